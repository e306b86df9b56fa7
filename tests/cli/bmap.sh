#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Block maps: written beside a target, found beside a source, and what they prove of an image that was changed.

. "$top_builddir/tests/functions.sh"

# data from one cell into the next, zeros that are written, a hole, and a last block that is cut
head -c 1200000 /dev/urandom >disk.img
head -c 100000 /dev/zero >>disk.img
truncate -s 5M disk.img
head -c 300001 /dev/urandom >>disk.img
field() { sed -nE "s,.*<$1> *([^ ]*) *</$1>.*,\1,p" "$2"; }

# ---- writing ----
expect 0 imgconv -q -f raw --bmap disk.img out.img
same out.img disk.img
[ "$(field ImageSize out.img.bmap)" = 5542881 ] || fail "ImageSize"
[ "$(field BlocksCount out.img.bmap)" = 1354 ] || fail "BlocksCount"
[ "$(field MappedBlocksCount out.img.bmap)" = $((293 + 74)) ] || fail "MappedBlocksCount"
says out.img.bmap '> 0-255 <'
says out.img.bmap '> 256-292 <'
says out.img.bmap '> 1280-1353 <'
want=$(dd if=disk.img bs=4096 skip=1280 2>/dev/null | sha256sum | cut -d' ' -f1)
says out.img.bmap "chksum=\"$want\"> 1280-1353"
own=$(field BmapFileChecksum out.img.bmap)
[ "$(sed "s/$own/$(printf %064d 0)/" out.img.bmap | sha256sum | cut -d' ' -f1)" = "$own" ] || fail "the map's own checksum"
# the same whatever the threads, the way in and the way out
cp --sparse=never disk.img full.img
expect 0 imgconv -q -f raw -T 1 --bmap full.img t1.img
same t1.img.bmap out.img.bmap
expect 0 imgconv -q -f raw --bmap disk.img out.img.gz
same out.img.gz.bmap out.img.bmap
expect 0 imgconv -q -f raw --bmap --no-sparse disk.img all.img
[ "$(field MappedBlocksCount all.img.bmap)" = 1354 ] || fail "zeros that are written are not in the map"
rm -f new.img
echo mine >new.img.bmap
expect 6 imgconv -f raw --bmap disk.img new.img
says stderr "new.img.bmap: already exists"
nothing_left new.img
expect 0 imgconv -q -y -f raw --bmap disk.img new.img
same new.img.bmap out.img.bmap
expect 2 imgconv -f raw --bmap disk.img x.dmg
says stderr "block maps are of plain sectors"
expect 2 imgconv -f raw -O raw --bmap disk.img -

# ---- reading ----
expect 0 imgconv -f raw out.img back.img
says stderr "out.img.bmap says that only 1.4 MiB of 5.3 MiB matter"
same back.img disk.img
# what is not mapped does not come over, and what is not mapped is not tested
printf junk | dd of=out.img bs=1 seek=3000000 conv=notrunc 2>/dev/null
expect 0 imgconv -q -f raw -y out.img back.img
same back.img disk.img
expect 0 imginfo -f raw --verify out.img
expect 0 imgconv -q -f raw --no-bmap -y out.img back.img
same back.img out.img
# into a format that knows free space
expect 0 imgconv -q -f raw -O simg out.img out.simg
expect 0 imginfo --field layers.0.fill_bytes out.simg
says stdout 0
# a few bytes of a range: one might have been there by chance
cp out.img bad.img
cp out.img.bmap bad.img.bmap
printf changed | dd of=bad.img bs=1 seek=1100000 conv=notrunc 2>/dev/null
rm -f back.img
expect 4 imgconv -f raw bad.img back.img
says stderr "range of blocks 256 to 292 does not have the SHA-256 that bad.img.bmap lists"
nothing_left back.img
expect 4 imginfo -f raw --verify bad.img
says stdout "BAD     range of blocks 256 to 292"
expect 0 imgconv -q -f raw --no-bmap bad.img back.img
# one byte of the map
sed 's/> 256-292 </> 256-291 </; s/ 367 / 366 /' out.img.bmap >bad.img.bmap
cp out.img bad.img
expect 4 imginfo -f raw --verify bad.img
says stdout "BAD     the block map"
# the map of something else
cp disk.img other.img
truncate -s 1M other.img
cp out.img.bmap other.img.bmap
expect 4 imgconv -f raw other.img -y back.img
says stderr "is the map of an image of 5542881 bytes; this one has 1048576"
says stderr "--no-bmap"
expect 0 imginfo -f raw --verify other.img
says stderr "warning: other.img.bmap is the map of an image of 5542881 bytes"
expect 4 imginfo -f raw --verify --bmap out.img.bmap other.img
echo '<bmap version="2.0">' >other.img.bmap
expect 4 imgconv -f raw other.img -y back.img
says stderr "other.img.bmap: line"
expect 0 imginfo -f raw --verify other.img
says stderr "warning: other.img.bmap"
expect 4 imgconv -f raw --bmap=other.img.bmap disk.img -y back.img
# given, and by the name without its last suffix
expect 0 imgconv -f raw --bmap=t1.img.bmap disk.img -y back.img
says stderr "t1.img.bmap says"
mv out.img.bmap disk.bmap
expect 0 imginfo -f raw --verify disk.img
says stdout "of disk.bmap"
expect 2 imgconv -f raw --bmap=disk.bmap --no-bmap disk.img -y back.img
expect 2 imginfo --bmap disk.bmap disk.img
