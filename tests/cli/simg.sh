#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Android sparse images: written from every kind of run, to files and pipes, in one file and in several; sets found by their
# names; what contradicts itself.

. "$top_builddir/tests/functions.sh"

# data, written zeros, a hole, a pattern, data, and an end inside a block
head -c 300000 /dev/urandom >disk.img
head -c 200000 /dev/zero >>disk.img
truncate -s 4M disk.img
head -c 1000000 /dev/zero | tr '\0' '\377' >>disk.img
head -c 3000000 /dev/urandom >>disk.img
truncate -s 12000000 disk.img
cp disk.img grown.img
truncate -s 12001280 grown.img

# ---- one file, the same bytes whatever the threads and the way out ----
expect 0 imgconv -f raw disk.img one.simg
says stderr "grows from 12000000 to 12001280 bytes"
expect 0 imgconv one.simg back.img
same back.img grown.img
expect 0 imgconv -q -f raw -T 1 disk.img t1.simg
same t1.simg one.simg
expect 0 imgconv -q -f raw -O simg disk.img -
same stdout one.simg
expect 0 imgconv -q -f raw --checksum disk.img sum.simg
same sum.simg one.simg
[ "$(cut -d' ' -f1 sum.simg.sha256)" = "$(sha one.simg)" ] || fail "the checksum is another one"
cp --sparse=never disk.img full.img
expect 0 imgconv -q -f raw full.img full.simg
same full.simg one.simg
[ "$(stat -c %s one.simg)" -lt 3400000 ] || fail "zeros are stored"
expect 0 imginfo --field layers.0.dont_care_bytes one.simg
says stdout 0

# ---- options ----
expect 0 imgconv -q -f raw --opt simg-zeros=skip --opt simg-crc=yes --opt simg-block=1024 disk.img o.simg
expect 0 imgconv -q o.simg -y back.img
cp disk.img want.img
truncate -s 12000256 want.img
same back.img want.img
expect 0 imginfo --verify o.simg
says stdout "ok      the image, CRC-32"
expect 0 imginfo --field layers.0.block_size o.simg
says stdout 1024
expect 0 imginfo --field layers.0.fill_bytes o.simg
says stdout 999424
# of the free space of a source nobody cares: it stays so from one image to the next
expect 0 imgconv -q o.simg again.simg
expect 0 imginfo --field layers.0.fill_bytes again.simg
[ "$(cat stdout)" -lt 2000000 ] || fail "free space was filled"
expect 0 imgconv -q again.simg -y back.img
cmp -n 12000000 back.img disk.img || fail "another image"
for bad in simg-block=1000 simg-block=2M simg-zeros=maybe simg-crc=1; do
	expect 2 imgconv -f raw --opt $bad disk.img x.simg
	says stderr "${bad%=*}"
done
expect 2 imgconv -f raw --opt simg-crc=yes disk.img x.dmg
says stderr "--opt simg-crc is nothing that dmg has"
expect 2 imgconv -f raw -c disk.img x.simg
says stderr "is not compressed"
expect 2 imgconv -f raw --opt simg-crc=yes --split 1M disk.img x.simg
nothing_left x.simg
# a file system made of files goes in as well, and what is for the container is not for its author
mkdir tree
echo hi >tree/file
expect 0 imgconv -q --opt simg-crc=yes --fs fat32 -O simg tree tree.simg
expect 0 imginfo -l tree.simg
says stdout file

# ---- damage ----
cp o.simg bad.simg
printf changed | dd of=bad.simg bs=1 seek=100000 conv=notrunc 2>/dev/null
# this sum counts fills in a way that not all writers follow, so that it only warns
expect 0 imgconv bad.simg bad.img
says stderr "warning: the image fails its CRC-32"
expect 4 imgconv -y --strict bad.simg bad.img
head -c 500000 /dev/urandom >plain.img
expect 0 imgconv -q -f raw --opt simg-crc=yes --opt simg-block=512 plain.img p.simg
printf 'xyz' | dd of=p.simg bs=1 seek=100000 conv=notrunc 2>/dev/null
rm -f bad.img
expect 4 imgconv p.simg bad.img
says stderr "blocks 0 to 976 fails its CRC-32"
expect 4 imginfo --verify p.simg
nothing_left bad.img
head -c 100000 one.simg >cut.simg
expect 4 imgconv cut.simg x.img
says stderr "truncated"
expect 4 imginfo cut.simg
cp one.simg stray.simg
echo stray >>stray.simg
expect 0 imgconv -y stray.simg back.img
says stderr "warning: 6 bytes behind the last chunk"

# ---- sets ----
expect 0 imgconv -q -f raw --split 1M disk.img set.simg
for i in 0 1 2 3; do
	[ "$(stat -c %s set.img_sparsechunk.$i)" -le 1048576 ] || fail "part $i is too large"
done
[ ! -e set.simg ] && [ ! -e set.img_sparsechunk.4 ] || fail "other files: $(ls set*)"
expect 0 imgconv -q set.img_sparsechunk.2 -y back.img
same back.img grown.img
expect 0 imginfo --field layers.0.segments set.img_sparsechunk.0
says stdout 4
mkdir t1
expect 0 imgconv -q -f raw -T 1 --split 1M disk.img t1/set.simg
for i in 0 1 2 3; do
	same t1/set.img_sparsechunk.$i set.img_sparsechunk.$i
done
expect 6 imgconv -f raw --split 1M disk.img set.simg
says stderr "already exists"
expect 0 imgconv -q -y -f raw --split 2M disk.img t1/set.simg
[ ! -e t1/set.img_sparsechunk.2 ] || fail "a part of the old set is left"
expect 0 imgconv -q t1/set.img_sparsechunk.0 -y back.img
same back.img grown.img
expect 0 imgconv -q -f raw --split 1M disk.img x.simg.gz	# what is compressed is cut as it comes
expect 0 imgconv -q x.simg.gz.001 -y back.img
same back.img grown.img
expect 0 imgconv -q -f raw --split 1M --split-names 001 disk.img plain.simg
cat plain.simg.00? >plain.simg
same plain.simg one.simg
expect 2 imgconv -f raw --split 1M --split-names sparsechunk disk.img x.dmg
says stderr "sparsechunk is for Android sparse images"
expect 0 imgconv -q -f raw --split 1M -O simg disk.img other.img_sparsechunk.0
same other.img_sparsechunk.2 set.img_sparsechunk.2
expect 2 sh -c 'imgconv -f raw -O simg --split 1M disk.img - | cat; exit 2'
says stderr "--split makes files"

# every way to name them
name() {
	rm -rf names
	mkdir names
	for i in 0 1 2 3; do
		cp set.img_sparsechunk.$i "names/$(printf "$1" $((i + $2)))"
	done
	expect 0 imgconv -q "names/$(printf "$1" $((3 + $2)))" -y back.img
	same back.img grown.img
	rm "names/$(printf "$1" $((1 + $2)))"
	expect 4 imgconv -y "names/$(printf "$1" $((3 + $2)))" x.img
	says stderr "$(printf "$1" $((1 + $2))) is missing: this image is in several files"
	rm "names/$(printf "$1" $2)"
	expect 4 imgconv -y "names/$(printf "$1" $((3 + $2)))" x.img
	says stderr "is missing"
}
name system.img_sparsechunk.%d 0
name system.img_sparsechunk%d 1
name system.img_sparsechunk.%02d 0
name super_%d.img 1
name out.%d 0
name super-%d.simg 0
# a set of more than nine is sorted by number
expect 0 imgconv -q -f raw --split 256K disk.img many.simg
[ -e many.img_sparsechunk.11 ] || fail "not so many parts"
expect 0 imgconv -q many.img_sparsechunk.0 -y back.img
same back.img grown.img
# files of two images, or of none
rm -rf names
mkdir names
cp set.img_sparsechunk.0 set.img_sparsechunk.2 names
cp many.img_sparsechunk.0 names/set.img_sparsechunk.1
expect 4 imgconv -y names/set.img_sparsechunk.0 x.img
says stderr "both have block"
cp p.simg names/set.img_sparsechunk.1
expect 4 imgconv -y names/set.img_sparsechunk.0 x.img
says stderr "set.img_sparsechunk.1: has 977 blocks of 512 bytes"
# whole images whose names only look alike are images by themselves
cp one.simg names/android_10.img
cp one.simg names/android_11.img
expect 0 imgconv -q names/android_11.img -y back.img
same back.img grown.img
cp stray.simg names/android_10.img	# and what is wrong with the other one is not said of this one
expect 0 imgconv --strict names/android_11.img -y back.img
says_not stderr "behind the last chunk"
# a part alone says so
mkdir alone
cp set.img_sparsechunk.2 alone/super_3.img
expect 4 imgconv -y alone/super_3.img x.img
says stderr "super_2.img is missing"
