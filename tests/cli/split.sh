#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A DMG in several files: sizes, names, what is left of a job that fails, and what reads them.
. "${top_builddir:-.}/tests/functions.sh"

# 6 MiB that do not shrink, then a hole
dd if=/dev/urandom of=disk.img bs=1M count=6 2>/dev/null
truncate -s 40M disk.img

expect 0 imgconv -f raw --split 2M disk.img set.dmg
ls set* >names
printf '%s\n' set.002.dmgpart set.003.dmgpart set.004.dmgpart set.dmg >want
same names want
for i in set*; do
	[ "$(stat -c %s "$i")" -le 2097152 ] || fail "$i is too large"
done
[ "$(stat -c %s set.002.dmgpart)" = 2097152 ] || fail "set.002.dmgpart is not filled"
expect 0 imgconv set.dmg back.img
same back.img disk.img
expect 0 imginfo --verify set.dmg
says stdout "data fork of segment 4"
expect 0 imginfo --field layers.0.segments set.dmg
says stdout 4

# the same bytes on any number of threads
mkdir again
expect 0 imgconv -T 1 -f raw --split 2M disk.img again/set.dmg
for i in set*; do
	same "$i" "again/$i"
done

# one part gone, or changed
mkdir lost
cp set.dmg set.002.dmgpart set.004.dmgpart lost
expect 4 imgconv lost/set.dmg lost.img
says stderr "segment 3 of 4 is missing"
cp set.003.dmgpart lost
printf changed | dd of=lost/set.003.dmgpart bs=1 seek=1000000 conv=notrunc 2>/dev/null
expect 4 imgconv lost/set.dmg lost.img
[ ! -e lost.img ] || fail "damage was not noticed"

# what is there stays, unless asked
expect 6 imgconv -f raw --split 2M disk.img set.dmg
mkdir half
echo mine >half/set.003.dmgpart
expect 6 imgconv -f raw --split 2M disk.img half/set.dmg
says stderr "set.003.dmgpart: already exists"
[ "$(ls -A half)" = set.003.dmgpart ] || fail "something was left behind: $(ls -A half)"
expect 0 imgconv -y -f raw --split 4M disk.img set.dmg
expect 0 imgconv set.dmg -y back.img
same back.img disk.img
expect 0 imginfo --field layers.0.segments set.dmg
says stdout 2

# all in one file is no set
expect 0 imgconv -f raw --split 1G disk.img one.dmg
expect 0 imginfo --field layers.0.segments one.dmg
says stdout 1
[ ! -e one.002.dmgpart ] || fail "a second file"
expect 0 imgconv one.dmg one.img
same one.img disk.img

# every method; a source of many small runs; a licence
for i in udro udbz ulfo; do
	expect 0 imgconv -f raw -O $i --split 3M disk.img $i.dmg
	expect 0 imgconv $i.dmg $i.img
	same $i.img disk.img
done
truncate -s 20M holes.img
i=0
while [ $i -lt 400 ]; do
	printf 'data %d' $i | dd of=holes.img bs=1 seek=$((i * 50000)) conv=notrunc 2>/dev/null
	i=$((i + 1))
done
printf 'A licence.\n' >licence.txt
expect 0 imgconv -f raw --license licence.txt --split 128K holes.img holes.dmg
[ "$(stat -c %s holes.dmg)" -le 131072 ] || fail "the first part is too large"
expect 0 imgconv holes.dmg holes2.img
same holes2.img holes.img

# refused
expect 2 imgconv -f raw --split 1K disk.img x.dmg
says stderr "at least 64K"
expect 2 sh -c 'imgconv -f raw -O dmg --split 1M disk.img - | cat; exit 2'
says stderr "--split makes files"
truncate -s 3G sparse.img
printf x | dd of=sparse.img bs=1 seek=3000000000 conv=notrunc 2>/dev/null
expect 0 imgconv -f raw --split 1M sparse.img sparse.dmg
[ -z "$(find . -name '*.part')" ] || fail "a part was left behind"
