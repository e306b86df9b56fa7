#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bmaptool flashes by our maps, and we copy and test by its.

. "$top_builddir/tests/functions.sh"
requires bmaptool --version

head -c 2500000 /dev/urandom >disk.img
truncate -s 9M disk.img
head -c 700003 /dev/urandom >>disk.img

expect 0 imgconv -q -f raw --bmap disk.img ours.img
for image in ours.img ours.img.gz; do
	[ -e $image ] || gzip -1 -k ours.img
	rm -f a.img
	bmaptool copy $image a.img >said 2>&1 || { cat said; fail "bmaptool refuses our map of $image"; }
	grep -q "using bmap file 'ours.img.bmap'" said || { cat said; fail "bmaptool used no map"; }
	same a.img disk.img
done
# it notices what we say is there
cp ours.img bad.img
cp ours.img.bmap bad.img.bmap
printf changed | dd of=bad.img bs=1 seek=9500000 conv=notrunc 2>/dev/null
! bmaptool copy bad.img a.img >said 2>&1 || fail "bmaptool did not notice"

bmaptool create -o theirs.bmap disk.img || fail "bmaptool create"
expect 0 imgconv -q -f raw --bmap=theirs.bmap disk.img b.img
same b.img disk.img
expect 0 imginfo -f raw --verify --bmap theirs.bmap disk.img
says stdout "the block map, SHA-256 of theirs.bmap"
says stdout "range of blocks 0 to 610"
printf changed | dd of=disk.img bs=1 seek=5 conv=notrunc 2>/dev/null
expect 4 imgconv -f raw --bmap=theirs.bmap disk.img c.img
says stderr "range of blocks 0 to 610 does not have the SHA-256"
