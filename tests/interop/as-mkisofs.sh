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
exit 0
