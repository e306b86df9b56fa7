#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo --compare: sectors across containers, and files across file systems.

. "$top_builddir/tests/functions.sh"
cp "$fixtures/udif/gpt.dmg" .
imgconv -q gpt.dmg a.img

# ---- sectors ----
expect 0 imginfo --compare a.img gpt.dmg
says stdout 'gpt.dmg and a.img hold the same sectors'
expect 0 imginfo --compare gpt.dmg a.img
expect 0 imginfo --compare a.img a.img
for method in udbz ulfo ulmo udco udro; do
	imgconv -q -O $method a.img "$method.dmg"
	expect 0 imginfo --compare "$method.dmg" gpt.dmg
	expect 0 imginfo -T1 --compare gpt.dmg "$method.dmg"
done
expect 0 imginfo -q --compare a.img gpt.dmg
[ ! -s stdout ] || fail "-q says that they are equal"
# the first of several differences, whichever side is compressed, on one thread and on many
truncate -s 64M big.img
dd if=a.img of=big.img conv=notrunc status=none
imgconv -q -f raw big.img big.dmg
cp big.img other.img
for at in 60000000 30000000 29999999 30500; do
	printf x | dd of=other.img bs=1 seek=$at conv=notrunc status=none
	for threads in 1 2 8; do
		expect 4 imginfo -T$threads --compare other.img big.dmg
		says stdout "first difference: byte $at (sector $((at / 512)))"
		expect 4 imginfo -T$threads --compare big.dmg other.img
		says stdout "first difference: byte $at (sector $((at / 512)))"
	done
done
says stdout 'partition 1'
says stderr 'differs from big.dmg: first at byte 30500'
expect 4 imginfo --json --compare other.img big.dmg
says stdout '"first_difference": 30500'
says stdout '"equal": false'
cp a.img longer.img
truncate -s +512 longer.img
expect 4 imginfo --compare longer.img a.img
says stderr 'differs from longer.img in size: 80 KiB against 80.5 KiB'
expect 0 imginfo -P 1 --compare longer.img a.img
# a checksum that fails is not an answer about equality
expect 4 imginfo --compare a.img "$fixtures/udif/bad-flip.dmg"
expect 4 imginfo --compare "$top_srcdir/configure.ac" a.img
expect 1 imginfo --compare absent.img a.img
says stderr 'absent.img'
expect 2 imginfo --compare a.img
expect 2 imginfo --files a.img
expect 2 imginfo --compare a.img --verify a.img

# ---- the file that owns the difference ----
mkdir tree tree/d
echo one >tree/first
seq 10000 >tree/d/numbers
ln -s first tree/link
imgconv -q tree 1.iso
seq 10000 | sed 's/^7777$/7778/' >tree/d/numbers
imgconv -q --timestamp 1000000000 tree 2.iso
imgconv -q --timestamp 1000000000 tree 3.iso
expect 0 imginfo --compare 2.iso 3.iso
printf X | dd of=3.iso bs=1 seek="$(grep -abo 7776 3.iso | head -n 1 | cut -d: -f1)" conv=notrunc status=none
expect 4 imginfo --compare 2.iso 3.iso
says stdout ', d/numbers'

# ---- files ----
rm tree/first
mkdir tree/new
echo x >'tree/d!'
ln -sf elsewhere tree/link
imgconv -q tree 4.iso
expect 0 imginfo --compare 4.iso --files 4.iso
says stdout 'hold the same files'
expect 4 imginfo --compare 4.iso --files 1.iso
cat >want <<'END'
changed  d/numbers (data)
added    d!
removed  first
changed  link (target)
added    new
END
sed 's/, time)/)/; /(time)/d' stdout | diff want - || fail "--files"
expect 4 imginfo --json --compare 4.iso --files 1.iso
says stdout '"change": "added"'
expect 3 imginfo --compare a.img --files 1.iso
