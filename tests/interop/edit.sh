#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images of others, with the layout of each distribution, are edited: what starts and how they are partitioned is told by
# xorriso before and after; all other files stay; partition tools and readers find no fault; and an emulated PC starts them.
# shellcheck disable=SC2046 # layouts are words

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
requires xorriso
requires python3
requires sgdisk
requires sfdisk
boot_can
both_trees tree tree
seq 1 5000 >tree/numbers
cp tree/numbers tree/same
ln tree/numbers tree/twin
ln -s numbers tree/link
mkdir -p tree/deep/1/2/3/4/5/6/7/8 && echo deep >tree/deep/1/2/3/4/5/6/7/8/file
echo new >new.txt

facts() {
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain 2>log >report || { cat log; fail "xorriso: $1"; }
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "$1: xorriso's reports find fault"
	python3 "$top_srcdir/tests/interop/profiles.py" <report
}

# uuid IMAGE: what GRUB and others look for
uuid() { xorriso -indev "$1" -pvd_info 2>/dev/null | grep -E '^(Volume Id|.* Time|.*Id  *:)'; }

# take_out IMAGE FOLDER: its files by another reader, but for the loaders, into which addresses are written
take_out() {
	rm -rf "$2"
	mkdir "$2"
	xorriso -osirrox on -indev "$1" -extract / "$2" >log 2>&1 || { cat log; fail "$1: xorriso cannot take it out"; }
	chmod -R u+w "$2"
	rm -f "$2/isolinux/isolinux.bin" "$2/boot/grub/i386-pc/eltorito.img" "$2/isolinux/boot.cat" "$2/boot.catalog"
}

# changed NAME: edit NAME.iso; standard input: lines of diff between the facts that are meant
changed() {
	expect 0 imgconv -q edit "$1.iso" --add new.txt:/new.txt --mkdir /made/here --move /same:/made/same -o "$1.new.iso"
	facts "$1.iso" >before
	facts "$1.new.iso" >after
	grep -v '^#' | sort >meant
	diff before after | grep '^[<>]' | sort >found
	diff meant found >odd || { cat odd; fail "$1: '<' is meant and did not come, '>' was not meant"; }
	uuid "$1.iso" >before
	uuid "$1.new.iso" >after
	diff before after || fail "$1: label, dates or texts changed"
	take_out "$1.iso" old
	take_out "$1.new.iso" new
	mkdir -p old/made/here
	mv old/same old/made/same
	cp new.txt old/
	diff -r --no-dereference old new || fail "$1: other files changed"
	[ "$(imginfo --list --json "$1.new.iso" | sed -n 's/.*"path":"\(numbers\|twin\)".*"inode"/\1/p' | sort -u | sed 's/^[a-z]*//' | sort -u | wc -l)" = 1 ] ||
		fail "$1: two names of one file are two files"
	imginfo --list --json "$1.iso" | sed 's/,"inode":[0-9]*//' | grep -v '"\(same\|[^"]*[.]\(bin\|img\|cat\|catalog\)\)"' | sort >before
	imginfo --list --json "$1.new.iso" | sed 's/,"inode":[0-9]*//' | sort >after
	[ -z "$(comm -23 before after)" ] || { comm -23 before after; fail "$1: modes, owners or times changed"; }
	expect 0 imginfo --strict --verify "$1.new.iso"
	xorriso -indev "$1.new.iso" -check_media -- >log 2>&1 || { cat log; fail "$1: xorriso"; }
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "$1: xorriso finds fault"
	# once more, without a change: the same
	expect 0 imgconv -q edit "$1.new.iso" -o again.iso -y
	same again.iso "$1.new.iso"
}

# valid NAME: a GPT with which nothing is wrong
valid() {
	sgdisk -v "$1.new.iso" >log 2>&1 || { cat log; fail "$1: sgdisk"; }
	says log 'No problems found'
	sfdisk --verify "$1.new.iso" >log 2>&1 || { cat log; fail "$1: sfdisk"; }
	says log 'No errors detected'
}

make() {
	name=$1
	shift
	xorriso -as mkisofs -quiet -J -R -o "$name.iso" "$@" tree >log 2>&1 || { cat log; fail "xorriso: $name"; }
}

# Everywhere: xorriso fills the space in front of the volume with entries of the GPT, tools expect 128.
make debian -V DEB $(layout_of debian)
changed debian <<'END'
< gpt entries 208
< gpt first usable 64
> gpt entries 128
> gpt first usable 44
END
boot_all debian debian.new.iso $isolinux_says $grub_says
make alpine -V ALP $(layout_of alpine)
changed alpine <<'END'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
boot_all alpine alpine.new.iso $isolinux_says $grub_says
make alpine-efi -V ALPE $(layout_of alpine-efi)
changed alpine-efi <<'END'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
valid alpine-efi
boot_start alpine-efi alpine-efi.new.iso cd uefi $grub_says
boot_start alpine-efi alpine-efi.new.iso disk uefi $grub_says
# Behind the partition xorriso pads; ours is in front of it.
make arch -V ARCH $(layout_of arch)
changed arch <<'END'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
boot_all arch arch.new.iso $isolinux_says $grub_says
make ubuntu -V UBU $(layout_of ubuntu)
changed ubuntu <<'END'
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
valid ubuntu
boot_all ubuntu ubuntu.new.iso $grub_says $grub_says
make fedora -V FED --boot-catalog-hide $(layout_of fedora)
changed fedora <<'END'
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
valid fedora
boot_all fedora fedora.new.iso $grub_says $grub_says
# discs only; isolinux stands for Microsoft's program
make windows -V WIN -iso-level 3 -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
	-c boot.catalog --boot-catalog-hide -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot
changed windows </dev/null
boot_start windows windows.new.iso cd bios $isolinux_says
boot_start windows windows.new.iso cd uefi $grub_says
make seed -V cidata
changed seed </dev/null

# in place, and an EFI image that is replaced by a larger one
cp debian.iso place.iso
expect 0 imgconv -q edit place.iso --add new.txt:/new.txt --mkdir /made/here --move /same:/made/same
same place.iso debian.new.iso
truncate -s 4M larger.img
mkfs.vfat larger.img >/dev/null
mmd -i larger.img ::/EFI ::/EFI/BOOT
mcopy -i larger.img tree/EFI/BOOT/BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
expect 0 imgconv -q edit place.iso --rm boot/grub/efi.img --add larger.img:/boot/grub/efi.img
facts place.iso >text
says text 'boot image 2 UEFI emulation none segment 0x0000 type 0x00 sectors 8192 path /boot/grub/efi.img'
boot_start replaced place.iso disk uefi $grub_says
expect 2 imgconv edit debian.iso --rm boot -o x.iso
says stderr 'the image starts by this file (uefi)'

# a checksum of others is made anew
if command -v implantisomd5 >/dev/null 2>&1; then
	cp fedora.iso sum.iso
	implantisomd5 sum.iso >/dev/null || fail "implantisomd5"
	expect 0 imgconv -q edit sum.iso --add new.txt:/new.txt
	checkisomd5 sum.iso >log 2>&1 || { cat log; fail "checkisomd5 refuses the new sum"; }
else
	echo "no isomd5sum: its checksum is left out"
fi
# names of level 1, and of those who take liberties, stay
if command -v genisoimage >/dev/null 2>&1; then
	for how in "-R" "-J" "-R -J -l -allow-lowercase -allow-multidot" "-U"; do
		# shellcheck disable=SC2086
		genisoimage -quiet $how -V GEN -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
			-c boot.cat -m deep -o gen.iso tree >log 2>&1 || { cat log; fail "genisoimage $how"; }
		expect 0 imgconv -qq -y edit gen.iso --add new.txt:/new.txt -o gen.new.iso
		isoinfo -f -i gen.iso 2>/dev/null | sort >before
		isoinfo -f -i gen.new.iso 2>/dev/null | sort >after
		[ "$(diff before after | grep -c '^>')" = 1 ] && ! diff before after | grep '^<' ||
			{ diff before after; fail "genisoimage $how: names of ISO 9660 changed"; }
		expect 0 imginfo --verify gen.new.iso
	done
	# the tool changes the boot program of its source: take ours back
	cp /usr/lib/ISOLINUX/isolinux.bin tree/isolinux/
	# folders that were moved for their depth come back
	genisoimage -quiet -R -o gen.iso tree >log 2>&1
	expect 0 imgconv -q edit gen.iso --rm /same -o x.iso
	expect 0 imginfo --cat deep/1/2/3/4/5/6/7/8/file x.iso
	rm x.iso
	genisoimage -quiet -R -J -hide-joliet data -o gen.iso tree >log 2>&1
	expect 0 imgconv edit gen.iso --rm /same -o x.iso
	says stderr 'are not in the "joliet" tree; now they are'
	rm x.iso
	# discs meant for UDF
	genisoimage -quiet -udf -hide '*' -m deep -o gen.iso tree >log 2>&1
	expect 0 imgconv edit gen.iso --add new.txt:/new.txt -o x.iso
	says stderr 'only UDF showed the files'
	expect 0 imginfo --view udf --cat new.txt x.iso
	expect 0 imginfo --verify x.iso
	rm x.iso
	genisoimage -quiet -R -udf -hide data -m deep -o gen.iso tree >log 2>&1
	expect 3 imgconv edit gen.iso --rm /same -o x.iso
	says stderr 'UDF has'
	genisoimage -quiet -R -J -hide data -o gen.iso tree >log 2>&1
	expect 3 imgconv edit gen.iso --rm /same -o x.iso
	says stderr 'only in the "joliet" tree'
	expect 8 imgconv edit gen.iso --rm /same --ignore-errors -o x.iso
	rm x.iso
else
	echo "no genisoimage: its images are left out"
fi
# zisofs stays compressed, attributes stay, shared data stay shared
setfattr -n user.mark -v here tree/numbers 2>/dev/null
xorriso -zisofs default -xattr user -outdev z.iso -map tree / -find / -type f -exec set_filter --zisofs -- >log 2>&1 ||
	{ cat log; fail "xorriso: zisofs"; }
expect 0 imgconv -qq edit z.iso --rm /link -o z.new.iso
[ "$(stat -c %s z.new.iso)" -le $(($(stat -c %s z.iso) + 400000)) ] || fail "compressed files were expanded"
take_out z.iso old
take_out z.new.iso new
rm -f old/link
diff -r --no-dereference old new || fail "compressed files changed"
xorriso -xattr user -indev z.new.iso -getfattr /numbers -- >text 2>/dev/null
! getfattr -n user.mark tree/numbers >/dev/null 2>&1 || says text 'user.mark'
# several sessions: one of them, on request
make grow -V GROW
xorriso -dev grow.iso -map new.txt /second -commit >log 2>&1 || { cat log; fail "xorriso: a second session"; }
if imginfo grow.iso | grep -q 'sessions  *2'; then
	expect 3 imgconv edit grow.iso --rm /link -o x.iso
	says stderr 'has 2 sessions'
	says stderr '--session N'
	expect 0 imgconv -q edit grow.iso --session 2 --rm /link -o x.iso
	expect 0 imginfo --cat second x.iso
	rm x.iso
fi
# HFS+ beside ISO 9660
if command -v grub-mkrescue >/dev/null 2>&1; then
	xorriso -as mkisofs -quiet -J -R -hfsplus -o hfs.iso tree >log 2>&1 || { cat log; fail "xorriso: HFS+"; }
	expect 3 imgconv edit hfs.iso --rm /link -o x.iso
	says stderr 'HFS+'
	expect 8 imgconv edit hfs.iso --rm /link --ignore-errors -o x.iso
	expect 0 imginfo --verify x.iso
fi
boot_wait
