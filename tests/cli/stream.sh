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
	xz) xz -1 -c "$2" ;;
	xzb) xz -1 -T2 --block-size=512KiB -c "$2" ;;
	xz0) xz -1 --check=none --block-size=300KiB -c "$2" ;;
	xz256) xz -1 --check=sha256 --block-size=512KiB -c "$2" ;;
	zst) zstd -q -c "$2" ;;
	lz4) lz4 -q -c "$2" ;;
	lz) lzip -0 -c "$2" ;;
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
	pack "$kind" big.img >"sum.$kind"
	[ $kind = Z ] && continue		# tells no length and carries no checksum
	# cut: an error, no file; and inside the compressed data a flipped bit never passes
	cp "sum.$kind" whole
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
for kind in gz:gzip bz2:bzip2 xz:xz zst:zstd lz4:lz4; do
	end=${kind%:*} tool=${kind#*:}
	imgconv --list-formats | grep -q "^$tool " || continue
	if [ $end = lz4 ] && ! imgconv -q small.img try.img.lz4 2>try; then
		grep -q 'built without lz4' try || fail "lz4: $(cat try)"
		continue
	fi
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

# ---- what is written can be read anywhere: no work file, and others read it, too ----
if command -v python3 >/dev/null 2>&1; then
	for end in gz zst bz2 xz; do
		[ -e made.img.$end ] || continue
		imginfo --json made.img.$end >made.json
		case $end in
		bz2) grep -q '"streams"\|"virtual_size": null' made.json || fail "$end: $(cat made.json)" ;;
		*) grep -q '"virtual_size": 6291456' made.json || fail "$end: the size is not known" ;;
		esac
	done
	imginfo --json made.img.gz | grep -q '"blocks": 6' || fail "the members of what we write"
	python3 -c '
import gzip, bz2, lzma, sys
want = open("big.img", "rb").read()
for m, n in (gzip, "gz"), (bz2, "bz2"), (lzma, "xz"):
    if m.open("made.img." + n).read() != want:
        sys.exit(n + ": python reads something else")' || fail "python"
fi
! command -v pigz >/dev/null 2>&1 || pigz -dc made.img.gz | cmp - big.img || fail "pigz"

# ---- the tools that cut or thread themselves ----
others=
for tool in pigz:gz lbzip2:bz2 pbzip2:bz2 bgzip:gz; do
	command -v "${tool%:*}" >/dev/null 2>&1 || continue
	others="$others ${tool%:*}"
	"${tool%:*}" -c big.img >"other.img.${tool#*:}"
	expect 0 imgconv -q -y "other.img.${tool#*:}" out.img
	cmp out.img big.img || fail "${tool%:*}"
	expect 0 imginfo --verify --require=checksum "other.img.${tool#*:}"
done
echo "others:$others"
# BGZF made by hand: members of 60 KB that tell their size, and the empty one at the end
if command -v python3 >/dev/null 2>&1; then
	python3 -c '
import struct, sys, zlib
d = open("big.img", "rb").read()
def member(b):
    z = zlib.compressobj(6, 8, -15)
    z = z.compress(b) + z.flush()
    return (struct.pack("<4BIBBH2sHH", 31, 139, 8, 4, 0, 0, 255, 6, b"BC", 2, len(z) + 25) + z +
            struct.pack("<II", zlib.crc32(b), len(b)))
out = [member(d[i:i + 60000]) for i in range(0, len(d), 60000)] + [member(b"")]
open("bgzf.gz", "wb").write(b"".join(out))
bad = bytearray(b"".join(out)); bad[len(bad) // 2] ^= 4
open("bad.gz", "wb").write(bad)
# one that lies about its size, and one whose map does not reach the end
lie = bytearray(b"".join(out)); lie[16] ^= 1
open("lie.gz", "wb").write(lie)
open("more.gz", "wb").write(b"".join(out) + b"rubbish at the end")'
	expect 0 imgconv -q bgzf.gz -y out.img
	cmp out.img big.img || fail "BGZF"
	imginfo --json bgzf.gz | grep -q '"blocks": 105' || fail "BGZF is no map of blocks"
	expect 0 imginfo --verify --require=checksum bgzf.gz
	says stdout 'gzip stream (105 members), CRC-32'
	rm -f no.img
	expect 4 imgconv -q bad.gz no.img
	says stderr 'member at '
	expect 0 imgconv -q lie.gz -y out.img	# the size is only a hint: front to back it is a good stream
	cmp out.img big.img || fail "BGZF with a wrong size"
	expect 0 imgconv -q more.gz -y out.img
	says stderr '18 bytes follow the gzip stream'
	[ ! -e no.img ] || fail "something is left"
fi

# ---- which of them carry a proof ----
for kind in $kinds; do
	case $kind in
	Z | xz0) expect 9 imginfo --verify --require=checksum "sum.$kind" ;;
	*) expect 0 imginfo --verify --require=checksum "sum.$kind" ;;
	esac
done
case " $kinds " in
*" zst "*)
	zstd -q --no-check -c big.img >sum.zst
	expect 9 imginfo --verify --require=checksum sum.zst
	zstd -q -c small.img >two.zst
	zstd -q --no-check -c big.img >>two.zst
	expect 9 imginfo --verify --require=checksum two.zst ;;
esac
case " $kinds " in
*" lz4 "*)
	lz4 -q --no-frame-crc -c big.img >sum.lz4
	expect 9 imginfo --verify --require=checksum sum.lz4 ;;
esac

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
if command -v python3 >/dev/null 2>&1; then	# which shrinks nothing: the trailer is there twice
	python3 -c 'import gzip, sys; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(), 0))' \
		<"$fixtures/udif/without-map.dmg" >stored.dmg.gz
	imgconv -q -y "$fixtures/udif/without-map.dmg" flat.img
	expect 0 imgconv -q stored.dmg.gz -y out.img
	cmp out.img flat.img || fail "a DMG that lies in gzip as it is"
fi
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
