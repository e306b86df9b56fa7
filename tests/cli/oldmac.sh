#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images of the classic Mac OS: DiskCopy 4.2 with its checksums, NDIF, and what carried both forks through other systems.

. "$top_builddir/tests/functions.sh"
requires python3

mkdir tree
seq 1 20000 >tree/numbers
expect 0 imgconv -q tree disk.iso
mv disk.iso disk.img
python3 "$top_srcdir/tests/cli/oldmac.py" disk.img || fail "the recipe"

# ---- all of them hold the same disk ----

for image in plain.dc42 tags.image v1.bin v2.bin v3.bin single.as ._beside.img adc.bin mix.bin base.bin adc.img mix.img single.ndif; do
	for threads in 1 8; do
		rm -f out.img
		expect 0 imgconv -T$threads "$image" out.img
		cmp -s out.img disk.img || fail "$image: other bytes with -T$threads"
	done
done
expect 0 imginfo tags.image
says stdout 'DiskCopy 4.2 image'
says stdout '800K GCR'
expect 0 imginfo v3.bin
says stdout 'MacBinary III'
says stdout 'DiskCopy 4.2'
expect 0 imginfo mix.img
says stdout 'Apple disk image (ndif, adc'
says stdout 'AppleDouble'
expect 0 imginfo --list adc.bin
says stdout numbers

# ---- checksums ----

expect 0 imginfo --verify --require=checksum tags.image
says stdout 'ok      sectors, DISKCOPY-CHECKSUM'
says stdout 'ok      tags, DISKCOPY-CHECKSUM'
expect 4 imgconv badsectors.image bad.img
says stderr 'sectors fails its DISKCOPY-CHECKSUM'
expect 4 imginfo --verify badtags.image
says stderr 'tags fails its'
expect 4 imgconv short.image bad.img
says stderr 'truncated'
expect 0 imginfo badcrc.bin
says stderr 'the MacBinary header fails its CRC'

# ---- what cannot be read says why ----

expect 3 imgconv ken.bin bad.img
says stderr 'compressed with KenCode'
expect 0 imginfo ken.bin
says stdout 'ndif, kencode, adc'
expect 3 imgconv lzh.img bad.img
says stderr 'compressed with LZH'
expect 4 imgconv odd.bin bad.img
says stderr 'of kind 77'
expect 4 imgconv less.bin bad.img
says stderr 'the disk has 5'
expect 3 imgconv locked.bin bad.img
says stderr 'encrypted by ShrinkWrap'
expect 3 imgconv part.bin bad.img
says stderr 'a segment of a larger image'
expect 3 imginfo ._alone
says stderr 'the resource fork of a Macintosh file'
expect 4 imginfo far.as
says stderr 'AppleSingle: entry 1 lies at'
expect 3 imginfo wide.asif
says stdout 'ASIF'
says stdout '1 GiB'
nothing_left bad.img
