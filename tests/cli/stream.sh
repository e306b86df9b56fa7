#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compressed streams around images: every kind, alone and nested, whole and damaged.

. "$top_builddir/tests/functions.sh"
cp "$fixtures/udif/gpt.dmg" .
imgconv -q gpt.dmg small.img
# 6 MiB of which a third is data that does not shrink, so that streams have many blocks
cp small.img big.img
truncate -s 6M big.img
python3 -c '
import hashlib, sys
sys.stdout.buffer.write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(65536)))' |
	dd of=big.img bs=1M seek=3 conv=notrunc status=none

# pack KIND IN: to standard output
pack() {
	case $1 in
	gz) gzip -c "$2" ;;
	bz2) bzip2 -c "$2" ;;
	xz) xz -c "$2" ;;
	xzb) xz -T2 --block-size=512KiB -c "$2" ;;
	xz0) xz --check=none --block-size=300KiB -c "$2" ;;
	xz256) xz --check=sha256 --block-size=512KiB -c "$2" ;;
	zst) zstd -q -c "$2" ;;
	lz4) lz4 -q -c "$2" ;;
	lz) lzip -c "$2" ;;
	Z) compress -c "$2" || true ;;
	esac
}
kinds='gz xz xzb xz0 xz256'
imgconv --list-formats | grep -q "^zstd" && command -v zstd >/dev/null 2>&1 && kinds="$kinds zst"
for extra in bz2:bzip2 lz4:lz4 lz:lzip Z:compress; do
	command -v "${extra#*:}" >/dev/null 2>&1 && kinds="$kinds ${extra%:*}"
done
echo "kinds: $kinds"

for kind in $kinds; do
	for image in big.img gpt.dmg; do
		want=$image
		[ $image = gpt.dmg ] && want=small.img
		pack "$kind" $image >"x.$kind"
		expect 0 imgconv -q -y "x.$kind" -O raw out
		cmp out $want || fail "$kind of $image"
		expect 0 sh -c "cat x.$kind | imgconv -q -y -O raw - out"
		cmp out $want || fail "$kind of $image by a pipe"
		expect 0 imginfo "x.$kind"
		says stdout 'Partitions (GPT'
	done
	if [ $kind = xzb ]; then
		imgconv -q -y -T1 x.xzb -O raw one
		cmp one out || fail "one thread gives other bytes"
	fi
	[ $kind = Z ] && continue		# tells no length and carries no checksum
	# cut: an error, no file; and inside the compressed data a flipped bit never passes
	pack "$kind" big.img >whole
	size=$(wc -c <whole)
	for cut in 3 50; do
		head -c $((size * cut / 100)) whole >"cut.$kind"
		rm -f out
		expect 4 imgconv -q "cut.$kind" -O raw out
		[ ! -e out ] || fail "$kind: a cut stream leaves a file"
	done
	[ $kind = xz0 ] && continue		# carries no checksum
	cp whole flip
	printf '\252' | dd of=flip bs=1 seek=$((size / 2)) conv=notrunc status=none
	cmp -s whole flip && printf '\125' | dd of=flip bs=1 seek=$((size / 2)) conv=notrunc status=none
	expect 4 imgconv -q flip -O raw out
done

# ---- written: ordinary tools read them, threads do not matter ----
for kind in gz:gzip bz2:bzip2 xz:xz zst:zstd; do
	end=${kind%:*} tool=${kind#*:}
	imgconv --list-formats | grep -q "^$tool " || continue
	command -v "$tool" >/dev/null 2>&1 || continue
	expect 0 imgconv -q -T2 big.img "made.img.$end"
	"$tool" -dc "made.img.$end" >out.img || fail "$tool does not read what we write"
	cmp out.img big.img || fail "$tool reads something else"
	expect 0 imgconv -q -T5 big.img "again.img.$end"
	cmp "made.img.$end" "again.img.$end" || fail "$tool: the threads show"
	expect 0 imgconv -q -y "made.img.$end" out.img
	cmp out.img big.img || fail "$tool: we read something else"
	expect 0 imgconv -q -y --compress "$tool:1" --checksum big.img "fast.img.$end"
	sha256sum -c --quiet "fast.img.$end.sha256" || fail "$tool: the sum beside it"
	expect 0 sh -c "imgconv -q -O raw gpt.dmg x.raw.$end && $tool -dc x.raw.$end | cmp - small.img"
	expect 0 imgconv -q small.img "x.dmg.$end"
	expect 0 imgconv -q -y "x.dmg.$end" out.img
	cmp out.img small.img || fail "a DMG in $tool"
done
expect 2 imgconv big.img bad.gz
expect 2 imgconv --compress gzip:99 big.img bad.img.gz
says stderr 'gzip has levels 1 to 12, not 99'
expect 2 imgconv --compress xz big.img bad.img.gz
says stderr '--compress xz, but the name ends in ".gz"'
[ ! -e bad.img.gz ] || fail "something is left"

# ---- more than one stream, padding, what follows ----
{ gzip -c small.img; gzip -c small.img; } >two.gz
cat small.img small.img >two.img
expect 0 imgconv -q two.gz -y out.img
cmp out.img two.img || fail "two members"
{ xz -c small.img; head -c 8 /dev/zero; xz -c small.img; head -c 4 /dev/zero; } >two.xz
expect 0 imgconv -q two.xz -y out.img
cmp out.img two.img || fail "two streams with padding"
case " $kinds " in
*" bz2 "*)
	{ bzip2 -c small.img; bzip2 -c small.img; } >two.bz2
	expect 0 imgconv -q two.bz2 -y out.img
	cmp out.img two.img || fail "two bzip2 streams" ;;
esac
{ gzip -c small.img; head -c 100 /dev/zero; } >padded.gz
expect 0 imgconv padded.gz -y out.img
says_not stderr 'follow the gzip stream'
{ gzip -c small.img; echo "some words that do not belong here"; } >trailing.gz
expect 0 imgconv trailing.gz -y out.img
says stderr 'warning: 35 bytes follow the gzip stream at 4945; they are left out'
cmp out.img small.img || fail "trailing bytes"

# ---- nested, and what is no image ----
gzip -c gpt.dmg | xz -c | gzip -c >gpt.dmg.gz.xz.gz
expect 0 imgconv -q gpt.dmg.gz.xz.gz -y out.img
cmp out.img small.img || fail "three around a DMG"
echo words | gzip -c >words.gz
expect 3 imgconv words.gz -y out.img
says stderr 'words.gz: gzip stream: not a disk image (looks like plain text)'
expect 3 imginfo words.gz
i=0
cp small.img deep
while [ $i -lt 12 ]; do
	gzip -c deep >deeper
	mv deeper deep
	i=$((i + 1))
done
expect 1 imginfo deep
says stderr 'containers inside each other'

# ---- who only looks decodes only the beginning: an unknown size is null, a damaged end is not seen ----
if command -v python3 >/dev/null 2>&1; then
	gzip -c big.img >big.gz
	head -c 1700000 big.gz >cut.gz
	expect 0 imginfo --json cut.gz
	says stdout '"virtual_size": null'
	expect 0 imginfo cut.gz
	says_not stdout 'holding'
	expect 4 imginfo --verify cut.gz
	says stderr 'truncated: the gzip stream ends in the middle'
	xz -c big.img >big.xz
	[ "$(imginfo --field virtual_size big.xz)" = 6291456 ] || fail "the size in the index of xz"
fi

# ---- a bomb costs neither time nor room ----
truncate -s 300M zeros.img
dd if=small.img of=zeros.img conv=notrunc status=none
xz -0 -T2 --block-size=64MiB -c zeros.img >zeros.xz
expect 0 imgconv -q zeros.xz -y out.img
[ "$(du -k out.img | cut -f1)" -le 1024 ] || fail "zeros were written"
cmp out.img zeros.img || fail "300 MiB of zeros"
