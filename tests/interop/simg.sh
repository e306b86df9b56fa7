#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Android's own tools and we read each other's sparse images, in one file and in several; those of the corpus decode as listed.

. "$top_builddir/tests/functions.sh"
requires simg2img -h
requires img2simg
requires simg2simg

# all kinds of runs, some shorter than a block and not on its grid; 30 MiB
python3 - <<'END' || fail "no image"
import random
r = random.Random(7)
size = 30 << 20
with open("disk.img", "wb") as f:
    f.truncate(size)
    at = 0
    while at < size:
        n = min(r.choice((512, 4096, 5000, 65536, 300000, 2 << 20)), size - at)
        kind = r.choice("dddzhp")
        f.seek(at)
        if kind != "h":
            f.write({"d": r.randbytes(n), "z": bytes(n), "p": (b"\x01\x02\x03\x04" * (n // 4 + 1))[:n]}[kind])
        at += n
END

expect 0 imgconv -q -f raw disk.img ours.simg
simg2img ours.simg a.img || fail "simg2img refuses ours"
same a.img disk.img
for option in simg-zeros=skip simg-crc=yes simg-block=1024; do
	expect 0 imgconv -q -y -f raw --opt $option disk.img ours.simg
	simg2img ours.simg a.img || fail "simg2img refuses ours with $option"
	same a.img disk.img
done

img2simg disk.img theirs.simg
expect 0 imgconv -q theirs.simg b.img
same b.img disk.img
[ "$(stat -c %b b.img)" -le "$(stat -c %b a.img)" ] || fail "more on disk than simg2img's"
# free space stays free through both
expect 0 imgconv -q -f raw --opt simg-zeros=skip disk.img free.simg
expect 0 imgconv -q free.simg free2.simg
same free2.simg free.simg

expect 0 imgconv -q -f raw --split 2M disk.img set.simg
# shellcheck disable=SC2046 # one word for each part
simg2img $(ls -v set.img_sparsechunk.*) c.img || fail "simg2img refuses our parts"
same c.img disk.img
simg2simg theirs.simg cut $((2 << 20)) >/dev/null || fail "simg2simg"
[ -e cut.2 ] || fail "simg2simg made few parts"
for i in cut.0 cut.2; do
	expect 0 imgconv -q -y $i d.img
	same d.img disk.img
done
rm cut.1
expect 4 imgconv -y cut.2 d.img
says stderr "cut.1 is missing"
# they cut ours once more, and join it
expect 0 imgconv -q -y -f raw disk.img ours.simg
simg2simg ours.simg again $((2 << 20)) >/dev/null || fail "simg2simg refuses ours"
expect 0 imgconv -q -y again.1 d.img
same d.img disk.img

# ---- the corpus ----
[ -e "$shared/corpus/MANIFEST.tsv" ] || skip "no shared/corpus beside the project; the rest passed"
n=0
awk -F'\t' '$2 ~ /^Android sparse/ { print $1 "|" $9 }' "$shared/corpus/MANIFEST.tsv" >images
while IFS='|' read -r name said; do
	want=$(printf %s "$said" | sed -nE 's/.*simg2img raw: [0-9]+ bytes sha256 ([0-9a-f]{64}).*/\1/p')
	[ -n "$want" ] || fail "MANIFEST.tsv says nothing of $name"
	expect 0 imgconv -q -y "$shared/corpus/$name" x.img
	[ "$(sha x.img)" = "$want" ] || fail "$name: other bytes than simg2img"
	expect 0 imginfo --verify "$shared/corpus/$name"
	n=$((n + 1))
done <images
[ "$n" -ge 3 ] || fail "only $n images of the corpus"
