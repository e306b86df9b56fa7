#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --split on every stream that is written: names, sizes, what cat and we ourselves make of the parts, what is refused, and
# what becomes of an older set.
. "${top_builddir:-.}/tests/functions.sh"

# 4 MiB that do not shrink, a hole, and a little more; no whole number of parts
dd if=/dev/urandom of=disk.img bs=1M count=4 2>/dev/null
truncate -s 9M disk.img
printf 'the end' | dd of=disk.img bs=1 seek=9437500 conv=notrunc 2>/dev/null
truncate -s 9438208 disk.img

# listed NAME...: these files and no others begin with the first one's name up to ".img"
listed() {
	ls "${1%%.*}".* >names
	printf '%s\n' "$@" >want
	same names want
}

expect 0 imgconv -f raw --split 2M disk.img set.img
listed set.img.001 set.img.002 set.img.003 set.img.004 set.img.005
says stderr "set.img.001: raw, 9.0 MiB in 5 parts"
for i in 001 002 003 004; do
	[ "$(stat -c %s set.img.$i)" = 2097152 ] || fail "set.img.$i is not filled"
done
[ "$(stat -c %s set.img.005)" = 1049600 ] || fail "set.img.005 has not the rest"
[ "$(stat -c %b set.img.004)" -lt 64 ] || fail "a hole was written out"
cat set.img.0* >back.img
same back.img disk.img
expect 0 imgconv -f raw -q -y set.img.001 back.img
same back.img disk.img

# the same on one thread, from a pipe, without holes
mkdir again
expect 0 imgconv -T 1 -q -f raw --split 2M disk.img again/set.img
for i in set.img.*; do
	same "$i" "again/$i"
done
expect 0 imgconv -y -q -T 8 --no-sparse -f raw --split 2M disk.img again/set.img
for i in set.img.*; do
	same "$i" "again/$i"
done
cat disk.img | imgconv -f raw -q --split 2M - pipe.img || fail "from a pipe"
cat pipe.img.00* | cmp - disk.img || fail "from a pipe: other bytes"

# called otherwise; a DEST that is the name of the first
expect 0 imgconv -f raw -q --split 2M --split-names aa disk.img let.img
listed let.img.aa let.img.ab let.img.ac let.img.ad let.img.ae
expect 0 imgconv -f raw -q --split 2M disk.img word.img.part1
listed word.img.part1 word.img.part2 word.img.part3 word.img.part4 word.img.part5
expect 0 imgconv -f raw -q -y word.img.part2 back.img
same back.img disk.img
expect 0 imgconv -f raw -q --split 2M disk.img num.img.001
listed num.img.001 num.img.002 num.img.003 num.img.004 num.img.005

# through a compressor; a DMG as it lies, and in segments; an ISO with its checksum; an archive
expect 0 imgconv -f raw -q --split 1M disk.img z.img.gz
cat z.img.gz.0* | gzip -dc | cmp - disk.img || fail ".gz: other bytes"
expect 0 imgconv -f raw -q --split 1M disk.img z.img.xz
cat z.img.xz.0* | xz -dc | cmp - disk.img || fail ".xz: other bytes"
expect 0 imgconv -f raw -q --split 1M --split-names 001 disk.img app.dmg
expect 0 imgconv -f raw -q disk.img whole.dmg
cat app.dmg.0* | cmp - whole.dmg || fail "a DMG cut as it lies: other bytes"
expect 0 imgconv -y -q app.dmg.003 back.img
same back.img disk.img
expect 0 imgconv -f raw -q --split 1M disk.img seg.dmg
[ -e seg.002.dmgpart ] || fail "segments are not the default of a DMG"
expect 0 imgconv -f raw -q --split 1M disk.img seg.dmg.gz
cat seg.dmg.gz.0* | gzip -dc >back.dmg
expect 0 imgconv -y -q back.dmg back.img
same back.img disk.img
mkdir tree
cp disk.img tree/file
expect 0 imgconv -q --implant-md5 --split 2M tree tree.iso
expect 0 imgconv -q --implant-md5 tree whole.iso
cat tree.iso.0* | cmp - whole.iso || fail "an ISO: other bytes"
expect 0 imginfo --verify tree.iso.002
expect 0 imgconv -q --split 2M tree.iso.001 tree.tar
[ -e tree.tar.003 ] || fail "an archive in one piece"
cat tree.tar.0* | tar xOf - file | cmp - disk.img || fail "an archive: other bytes"

# sums of all parts, which sha256sum reads
expect 0 imgconv -f raw -q --split 2M --checksum disk.img sum.img
[ "$(wc -l <sum.img.sha256)" = 5 ] || fail "not a line for each part"
sha256sum -c --quiet sum.img.sha256 || fail "the sums do not fit"
expect 0 imgconv -f raw -q --split 2M --checksum disk.img sum.dmg
sha256sum -c --quiet sum.dmg.sha256 || fail "the sums of segments do not fit"
expect 0 imginfo --verify -f raw sum.img.002
says stdout "part 5, SHA-256 of sum.img.sha256"
sha256sum disk.img | sed 's/disk.img/sum.img/' >SHA256SUMS
expect 0 imginfo --verify -f raw sum.img.001
says stdout "the joined file, SHA-256 of SHA256SUMS"
printf x | dd of=sum.img.004 bs=1 seek=5000 conv=notrunc 2>/dev/null
expect 4 imginfo --verify -f raw sum.img.001
says stderr "part 4 does not have the SHA-256"
rm SHA256SUMS
expect 0 imgconv --json -f raw --split 4M disk.img json.img
says stdout '"json.img.003"'

# what is there stays, wherever it is in the row; -y leaves nothing of a longer set
expect 6 imgconv -f raw --split 2M disk.img set.img
says stderr "already exists"
mkdir half
echo mine >half/set.img.007
expect 6 imgconv -f raw --split 2M disk.img half/set.img
says stderr "set.img.007: already exists"
[ "$(ls -A half)" = set.img.007 ] || fail "something was left behind: $(ls -A half)"
expect 0 imgconv -y -f raw --split 4M disk.img set.img
listed set.img.001 set.img.002 set.img.003
expect 0 imgconv -y -f raw --split 1G disk.img set.img
listed set.img.001
same set.img.001 disk.img
expect 0 imgconv -y -f raw -q --split 4M disk.img seg.dmg
ls seg.*dmgpart >names
echo seg.002.dmgpart >want
same names want
expect 0 imgconv -y -q seg.dmg back.img
same back.img disk.img
expect 0 imgconv -f raw -q --split 100M disk.img lone.img
listed lone.img.001

mkfifo half/fifo.img.002
expect 6 imgconv -y -f raw --split 2M disk.img half/fifo.img
says stderr "fifo.img.002: is no ordinary file"
[ ! -e half/fifo.img.001 ] || fail "the set was begun"
ln -s nowhere half/link.img
expect 6 imgconv -f raw --split 2M disk.img half/link.img

# nothing is left of a job that fails
head -c 9000 whole.dmg >bad.dmg
tail -c +9001 whole.dmg | tr 'a-y' 'b-z' | head -c $(($(stat -c %s whole.dmg) - 9000 - 20000)) >>bad.dmg
tail -c 20000 whole.dmg >>bad.dmg
expect 4 imgconv --split 1M bad.dmg bad.img
nothing_left bad.img.001 bad.img.002

# refused
expect 2 imgconv -f raw --split 1K disk.img x.img
says stderr "at least 64K"
expect 2 imgconv -f raw -O raw --split 1M disk.img -
says stderr "--split makes files"
expect 2 imgconv -f raw --split 1M --split-names dmgpart disk.img x.img
says stderr "for DMGs"
expect 2 imgconv -f raw --split 1M --split-names q disk.img x.img
expect 2 imgconv -f raw --split-names aa disk.img x.img
expect 2 imgconv --split 1M tree.iso.001 folder/
says stderr "the target is a folder"
expect 2 imgconv -f raw disk.img x.img.001
says stderr "--split SIZE"
truncate -s 2G large.img
expect 1 imgconv -f raw --split 1M large.img x.img
says stderr "2048 parts of 1 MiB are more than the limit of 999"
expect 1 imgconv -f raw --split 2M --split-names aa large.img x.img
[ -z "$(ls | grep '^x')" ] || fail "something was written: $(ls | grep '^x')"
[ -z "$(find . -name '*.part')" ] || fail "a part was left behind"
