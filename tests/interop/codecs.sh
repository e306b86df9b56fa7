#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What our encoders write, 7zz, the reference LZFSE decoder, xz, bzip2 and we ourselves read.
. "${top_builddir:-.}/tests/functions.sh"
requires python3
encode=$top_builddir/tests/interop/encode-chunks
recipe=$top_srcdir/tests/interop/codecs.py

export top_srcdir
python3 "$recipe" disk disk.img || fail "no disk"
want=$(sha disk.img)

# dmg CODEC BYTES: the disk as CODEC.dmg
dmg() {
	"$encode" "$1" -1 "$2" <disk.img >chunks || fail "$1: encode-chunks fails"
	python3 "$recipe" dmg "$1" disk.img chunks "$2" "$1.dmg" || fail "$1: no image"
}

ran=
for codec in zlib bzip2 xz lzfse adc; do
	sizes=262144
	# 3584: LZVN blocks
	[ $codec != lzfse ] || sizes="3145728 1048576 3584"
	for bytes in $sizes; do
		dmg $codec $bytes
		expect 0 imgconv -q "$codec.dmg" out.img
		[ "$(sha out.img)" = "$want" ] || fail "$codec in chunks of $bytes: we read other bytes"
		rm out.img
		command -v 7zz >/dev/null || continue
		7zz x -so -tdmg "$codec.dmg" >out.img 2>log || { cat log >&2; fail "7zz does not read $codec, $bytes"; }
		[ "$(sha out.img)" = "$want" ] || fail "$codec in chunks of $bytes: 7zz reads other bytes"
		rm out.img
		ran="$ran 7zz"
	done
done

if command -v lzfse >/dev/null; then
	for bytes in 3145728 1048576 65536 4096 4095 300; do
		"$encode" lzfse -1 $bytes <disk.img >chunks
		head -c $bytes disk.img >a
		python3 "$recipe" first chunks 0 a.lzfse
		lzfse -decode -i a.lzfse -o b || fail "lzfse does not read a chunk of $bytes"
		same a b
	done
	ran="$ran lzfse"
fi
for codec in xz bzip2; do
	command -v $codec >/dev/null || continue
	"$encode" $codec 3 1000000 <disk.img >chunks
	python3 "$recipe" first chunks 0 a.z
	head -c 1000000 disk.img >a
	$codec -dc <a.z >b || fail "$codec does not read a chunk"
	same a b
	ran="$ran $codec"
done
[ "$ran" ] || skip "neither 7zz, lzfse, xz nor bzip2 is installed"
