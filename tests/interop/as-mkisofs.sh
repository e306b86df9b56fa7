#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same words to genisoimage and to imgconv --as genisoimage, to xorriso -as mkisofs and to imgconv --as xorriso: what
# isoinfo and xorriso tell of both images, field by field.  Every difference that is meant stands here, with its reason.

. "$top_builddir/tests/functions.sh"
requires genisoimage
requires isoinfo
requires xorriso
requires python3
. "$top_srcdir/tests/cli/mkisofs-tree.sh"

# Addresses differ between two makers, and so do sizes where a folder's records or the order of tables do.
# Meant, everywhere:
#	data preparer and application are imgconv's
#	genisoimage ends an image on a multiple of 16 sectors, and keeps sectors for tables of its own
told() {
	isoinfo -d -i "$1" | sed -e 's/;1$//' -e '/^Data preparer id/d; /^Application id: GENISOIMAGE/d; /^Application id: *$/d; /^Volume size/d' \
		-e 's/^\( *Bootoff\).*/\1/; s/in sector .*/there/'
}

# Meant, in Rock Ridge: genisoimage -r takes the write bits off links too, which no system looks at.  The dates of the boot
# catalog and of folders in themselves (".", "..") are the clock's there.
forget=
names() {
	isoinfo -l -R -i "$1" | sed -e 's/MIXED_CA.*/MIXED/' -e 's/^l[r-][w-][x-][r-][w-][x-][r-][w-][x-]/l---------/; s/\[ *[0-9]* *\([0-9]*\)\]/\1/' \
		-e "$forget" -e '/^d/s/ 2048 / /; /boot.cat/s/ [A-Z][a-z][a-z] [ 0-9]* [0-9]* / /' -e '/^d.* \.\.* *$/d' -e 's/ *$//'
}

# Meant, in plain ISO 9660: "a.tar.gz" is A_TAR.GZ or A.TGZ; links are files without data in both, and left out where
# nothing but Rock Ridge could tell.
plain() {
	isoinfo -f -i "$1" | sed -e 's,MIXED_CA.*,MIXED,' | sort
}

# Meant, in Joliet: files have the version ";1" that Microsoft's description asks for, as xorriso gives them; links are
# left out, genisoimage shows them as empty files.
joliet() {
	isoinfo -J -f -i "$1" 2>&1 | sed -e 's/;1$//' | grep -v '^/\(.*/\)\?link$' | sort
}

boots() {
	xorriso -indev "$1" -report_el_torito plain 2>/dev/null |
		sed -e '/^El Torito boot img/s/ *[0-9]*$//; s/^\(El Torito catalog  : \).*/\1/'
}

# as_genisoimage WORDS...: sources are in "tree", which genisoimage patches, so it gets a copy of that name
as_genisoimage() {
	mkdir copy
	cp -a tree other "od=d" sort.list copy
	(cd copy && genisoimage -quiet -o ../theirs.iso "$@") >log 2>&1 || { cat log; fail "genisoimage $*"; }
	rm -rf copy
	expect 0 imgconv --as genisoimage -quiet -o ours.iso "$@"
	for view in told names plain joliet boots; do
		$view theirs.iso >theirs
		$view ours.iso >ours
		[ -s ours ] || [ ! -s theirs ] || fail "$view: nothing to compare ($*)"
		diff theirs ours >difference || { cat difference; fail "$view: genisoimage $*"; }
	done
}

as_genisoimage tree
as_genisoimage -R -J tree
as_genisoimage -r -J -joliet-long -iso-level 2 -V LABEL -volset SET -publisher 'Some One' -sysid SYS tree
as_genisoimage -r -l -copyright HELLO.TXT -abstract HELLO.TXT -biblio HELLO.TXT tree
as_genisoimage -R -uid 12 -gid 34 tree
as_genisoimage -r -file-mode 0640 -dir-mode 0750 tree
as_genisoimage -uid 12 tree
as_genisoimage -R -m x.o -x tree/sub/deep tree
as_genisoimage -R -m 'tree/*/*.bak' -no-bak tree other
# a link that is followed is one more name of its file here; genisoimage counts it neither
forget='s/^\(-[^ ]* *\)[0-9]*/\1/'
as_genisoimage -R -f tree
forget=
# folders that grafts make have 0555 and the clock's date there, 0755 and the source's date here
forget='s/^d[^a-zA-Z]*[^ ]* .* \([^ ]*\) *$/d \1/'
as_genisoimage -R -graft-points a=tree b/c=other 'd\=/=tree/prog' 'd\=/e=od=d/three'
as_genisoimage -R -root sub/way tree
forget=
as_genisoimage -R -J -hide x.o -hide-joliet boot -hide 'tree/*/deep' tree
as_genisoimage -R -hidden x.o tree
as_genisoimage -cache-inodes -R -sort sort.list tree
isolinux='-b boot/isolinux.bin -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table'
# shellcheck disable=SC2086 # options are words
{
	as_genisoimage -r $isolinux tree
	as_genisoimage -r -b boot/isolinux.bin -no-emul-boot tree
	as_genisoimage -R -J -udf $isolinux -eltorito-alt-boot -e boot/efi.img -no-emul-boot tree
	as_genisoimage -R -b boot/disk.img -hard-disk-boot tree
	as_genisoimage -R -b boot/other.bin -no-emul-boot -boot-load-seg 0x7c0 -boot-load-size 8 tree
	as_genisoimage -R -e boot/efi.img -no-emul-boot tree
}

# ---- xorriso ----

facts() {
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain 2>log >report || { cat log; fail "xorriso: $1"; }
	python3 "$top_srcdir/tests/interop/profiles.py" <report
}

# Meant, beside what stands above: xorriso counts no folders as links of a folder, takes write bits off links, and its boot
# catalog has the clock's date.  Its plain names are cut elsewhere.
theirs_and_ours() {
	told "$1"
	isoinfo -l -R -i "$1" | sed -e 's/^d\([^ ]*\) *[0-9]*/d\1/; s/^l[^ ]*/l/; s/\[ *[0-9]* *\([0-9]*\)\]/\1/' \
		-e '/boot\.cat/s/ [A-Z][a-z][a-z] [ 0-9]* [0-9]* / /' -e '/^d/s/ 2048 / /' -e 's/ *$//'
	joliet "$1"
}

# as_xorriso WORDS...: what may differ of what starts comes on standard input, as lines of diff
as_xorriso() {
	xorriso -as mkisofs -quiet -o theirs.iso "$@" >log 2>&1 || { cat log; fail "xorriso $*"; }
	expect 0 imgconv --as xorriso -as mkisofs -quiet -o ours.iso "$@"
	theirs_and_ours theirs.iso >theirs
	theirs_and_ours ours.iso >ours
	diff theirs ours >difference || { cat difference; fail "xorriso $*"; }
	facts theirs.iso >theirs
	facts ours.iso >ours
	sort >meant
	diff theirs ours | grep '^[<>]' | sort >found
	diff meant found >odd || { cat odd; fail "'<' is meant and did not come, '>' was not meant: xorriso $*"; }
}

# In a GPT, everywhere: xorriso fills the space before the volume with 248 entries (208 behind an Apple map) where tools
# expect 128, and calls what is between two partitions one of its own.
gpt() {
	cat <<'ENTRIES'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
ENTRIES
	cat
}
gap='type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is'
gap_behind() {
	echo "< gpt 3 Gap1 $gap what follows what UEFI starts"
}
efi_alone() {
	gap_behind
	esp_="EFI boot partition type 28732ac11ff8d211ba4b00a0c93ec93b flags 0x1000000000000001 is what UEFI starts"
	echo "< gpt 1 Gap0 $gap sector 64 up to what UEFI starts"
	echo "< gpt 2 $esp_"
	echo "> gpt 1 $esp_"
}

esp=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
data=a2a0d0ebe5b9334487c068b6b72699c7
grub='-b boot/grub.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info'
efi='-eltorito-alt-boot -e boot/efi.img -no-emul-boot'
appended='-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot'
# shellcheck disable=SC2086 # options are words
{
	as_xorriso -r tree </dev/null
	as_xorriso -J -joliet-long -V 'Some Label' -publisher P -A A tree </dev/null
	as_xorriso -r -G area.img tree </dev/null
	# live-build
	as_xorriso -R -r -J -joliet-long -l -cache-inodes -iso-level 3 -isohybrid-mbr isohdpfx.bin -partition_offset 16 \
		$isolinux $efi -isohybrid-gpt-basdat -isohybrid-apm-hfsplus tree <<'MEANT'
< gpt entries 208
< gpt first usable 64
> gpt entries 128
> gpt first usable 44
MEANT
	# mkarchiso
	as_xorriso -iso-level 3 -full-iso9660-filenames -joliet -joliet-long -rational-rock -isohybrid-mbr isohdpfx.bin \
		--mbr-force-bootable -partition_offset 16 $isolinux -append_partition 2 $esp efi.img $appended tree </dev/null
	gap_behind | gpt | sort >wanted
	as_xorriso -iso-level 3 -joliet -rational-rock -partition_offset 16 -append_partition 2 $esp efi.img \
		-appended_part_as_gpt $appended tree <wanted
	# Ubuntu, Fedora
	as_xorriso -r -J -joliet-long -l --grub2-mbr hybrid.img -partition_offset 16 --mbr-force-bootable -append_partition 2 \
		28732ac11ff8d211ba4b00a0c93ec93b efi.img -appended_part_as_gpt -iso_mbr_part_type $data -c /boot.catalog $grub \
		$appended tree <wanted
	as_xorriso -R -J --grub2-mbr hybrid.img -partition_offset 16 -appended_part_as_gpt -append_partition 2 $esp efi.img \
		-iso_mbr_part_type EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 -c boot.cat --boot-catalog-hide $grub $appended tree <wanted
	# Alpine
	gpt </dev/null | sort >wanted
	as_xorriso -joliet -rational-rock -isohybrid-mbr isohdpfx.bin $isolinux $efi -isohybrid-gpt-basdat tree <wanted
	# the EFI image inside the volume is the only partition in the GPT: what is around it is the volume, not a gap
	efi_alone | gpt | sort >wanted
	as_xorriso -joliet -rock -efi-boot-part --efi-boot-image -e boot/efi.img -no-emul-boot tree <wanted
	as_xorriso -r --grub2-mbr hybrid.img --protective-msdos-label -efi-boot-part --efi-boot-image -c /boot/boot.cat $grub $efi \
		tree <wanted
	as_xorriso -R -r -J -b boot/other.bin -no-emul-boot -boot-load-size 4 -boot-info-table --efi-boot boot/efi.img \
		-efi-boot-part --efi-boot-image --protective-msdos-label tree <wanted
	# a table alone: addresses in cylinders by our geometry, whose size no tool asks for
	as_xorriso -r --protective-msdos-label tree <<'MEANT'
< mbr heads per cyl 27
< system area options 0x00000101
< system area summary MBR protective-msdos-label cyl-align-on
> mbr heads per cyl 64
> system area options 0x00000201
> system area summary MBR protective-msdos-label cyl-align-off
MEANT
	# without boot code: the volume ends where the next partition begins, and keeps its type and its mark
	as_xorriso -r -append_partition 2 0xef efi.img tree <<'MEANT'
< mbr 1 status 0x00 type 0x83 is the image to the end
< mbr 2 status 0x00 type 0xef is sector 264 and 64 more
> mbr 1 status 0x80 type 0xcd is the image to the last usable block
> mbr 2 status 0x00 type 0xef is sector 896 to the end
MEANT
}
exit 0
