#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imgconv does its job, protects what is there, and says which way it ended.

. "$top_builddir/tests/functions.sh"
dmg=$fixtures/udif/udzo.dmg
want=$(awk '$1 == "udzo.dmg" { print $4 }' "$fixtures/udif/EXPECTED.tsv")
[ -n "$want" ] || fail "no expectation"
cp "$dmg" a.dmg

# right reads its file and holds it against the expectation
right() {
	[ "$(sha "$1")" = "$want" ] || fail "$1: wrong bytes"
}

expect 0 imgconv a.dmg a.img
right a.img
[ ! -s stdout ] || fail "writes on stdout"
grep -qE '^a\.img: raw, 20 KiB( \(.* on disk\))?, [0-9.]+ s$' stderr || { cat stderr; fail "closing line"; }

# ---- the target is protected ----
expect 6 imgconv a.dmg a.img
says stderr 'imgconv: a.img: already exists'
says stderr '  hint: -y replaces it'
printf precious >b.img
expect 0 imgconv -y a.dmg b.img
right b.img
ln a.dmg hard.img
ln -s a.dmg soft.img
before=$(sha a.dmg)
for name in a.dmg ./a.dmg hard.img soft.img; do
	expect 6 imgconv -y -O raw a.dmg "$name"
	says stderr 'is the source itself'
done
[ "$(sha a.dmg)" = "$before" ] || fail "the source was touched"
ln -s nowhere dangling.img
expect 6 imgconv a.dmg dangling.img
ln -s loop.img loop.img
expect 6 imgconv a.dmg loop.img
expect 1 imgconv a.dmg no/such/folder.img
says stderr 'cannot write to the folder no/such'
expect 1 imgconv missing.dmg c.img
says stderr 'imgconv: missing.dmg: cannot open it: No such file or directory'

# a failed run leaves the old target alone
printf precious >old.img
expect 4 imgconv -y "$fixtures/udif/bad-flip.dmg" old.img
says stderr 'block table 0 "whole disk (Apple_HFS : 0)": run 2: the zlib stream is damaged'
says stderr '  hint: --ignore-errors'
[ "$(cat old.img)" = precious ] || fail "the old target is gone"
nothing_left c.img

# ---- what the source is ----
printf 'some words\n' >notes.txt
expect 3 imgconv notes.txt c.img
says stderr 'imgconv: notes.txt: not a disk image (looks like plain text)'
expect 0 imgconv -f raw notes.txt c.img
same notes.txt c.img
: >empty.dmg
expect 3 imgconv empty.dmg d.img
expect 3 imgconv /dev/null d.img
"$top_builddir/tests/unit/crypt-tool" image a.dmg secret.dmg
expect 5 imgconv secret.dmg d.img
says stderr 'encrypted'
head -c 1000 a.dmg >cut.dmg
expect 4 imgconv cut.dmg d.img
says stderr 'the trailer that ends every compressed DMG is missing'
nothing_left d.img

# ---- partitions ----
expect 0 imgconv "$fixtures/udif/gpt.dmg" disk.img
expect 0 imgconv -P 1 "$fixtures/udif/gpt.dmg" part.img
offset=$(imginfo --field layers.1.partitions.0.offset disk.img)
size=$(imginfo --field layers.1.partitions.0.size disk.img)
tail -c +$((offset + 1)) disk.img | head -c "$size" >cut.img
same part.img cut.img
expect 0 imgconv -P 1 disk.img part2.img
same part.img part2.img

# ---- streams ----
expect 0 sh -c 'imgconv -q -O raw a.dmg - >out.img'
right out.img
expect 0 sh -c 'imgconv -q -O raw a.dmg - | cat >out2.img'
right out2.img
expect 0 sh -c 'cat a.dmg | imgconv - piped.img'
right piped.img
says_not stderr 'work file'		# so little fits in memory
expect 0 sh -c 'imgconv - direct.img <a.dmg'
right direct.img
says_not stderr 'work file'
mkfifo pipe
cat a.dmg >pipe &
expect 0 imgconv pipe fifo.img
right fifo.img
wait
expect 6 sh -c 'imgconv -O raw a.dmg - >>a.dmg'
[ "$(sha a.dmg)" = "$before" ] || fail "the source was touched through stdout"
[ -c /dev/full ] && {
	expect 7 sh -c 'imgconv -O raw a.dmg - >/dev/full'
	expect 1 sh -c 'imginfo a.dmg >/dev/full'
	says stderr 'imginfo: cannot write standard output: No space left on device'
}
expect 1 sh -c 'imginfo a.dmg >&-'
says stderr 'cannot write standard output'
expect 0 sh -c 'imgconv a.dmg closed.img >&- 2>&- <&-'
right closed.img
{ imgconv -O raw "$fixtures/udif/macos11.dmg" - 2>stderr; echo $? >status; } | true
[ "$(cat status)" = 1 ] || fail "a closed pipe ends it with $(cat status)"
says stderr 'imgconv: standard output: cannot write'

# ---- checksums ----
expect 4 imgconv --expect sha256:$want a.dmg e.img
says stderr 'does not have the given SHA-256'
nothing_left e.img
expect 0 imgconv --expect "SHA256:$(sha a.dmg)" a.dmg e.img
right e.img
sha256sum a.dmg >SUMS
expect 0 imgconv -y --expect SUMS a.dmg e.img
printf 'SHA256 (some/a.dmg) = %s\r\n' "$before" >SUMS
expect 0 imgconv -y --expect SUMS a.dmg e.img
printf '# none\n%s  other.dmg\n' "$before" >SUMS
expect 2 imgconv -y --expect SUMS a.dmg e.img
says stderr 'has no line for "a.dmg"'
expect 0 imgconv --checksum a.dmg f.img
sha256sum -c f.img.sha256 >/dev/null || fail "the sidecar does not hold"
rm f.img
expect 6 imgconv --checksum a.dmg f.img
nothing_left f.img
expect 0 imgconv -y --checksum=md5 a.dmg "$(printf 'odd\\na\nme.img')"
for sums in odd*.md5; do
	md5sum -c "$sums" >/dev/null || fail "the sidecar of an odd name does not hold"
done

# a stored checksum that does not hold: the master checksum, 360 bytes into the trailer
command -v python3 >/dev/null 2>&1 && {
	python3 - <<'END'
data = bytearray(open("a.dmg", "rb").read())
data[len(data) - 512 + 360] ^= 1
open("sum.dmg", "wb").write(data)
END
	expect 4 imgconv sum.dmg g.img
	grep -qE '^imgconv: sum\.dmg: master checksum fails its CRC-32 \(stored [0-9a-f]{8}, found [0-9a-f]{8}\)$' stderr ||
		{ cat stderr; fail "message of a failed check"; }
	nothing_left g.img
	expect 8 imgconv --ignore-errors sum.dmg g.img
	says stderr 'warning: master checksum fails its CRC-32'
	right g.img
	expect 4 imginfo --verify sum.dmg
	says stderr 'imginfo: sum.dmg: master checksum fails'
	says stdout 'BAD'
	expect 0 imginfo sum.dmg
}

# ---- damage ----
expect 8 imgconv --ignore-errors "$fixtures/udif/bad-flip.dmg" h.img
says stderr 'filled with zeros: '
[ -s h.img ] || fail "nothing was kept"

# ---- dry run, space ----
expect 0 imgconv -n a.dmg n.img
says stdout 'a.dmg -> n.img: raw, 20 KiB'
says stdout 'fits'
nothing_left n.img
truncate -s 1024T huge.raw 2>/dev/null && {
	expect 7 imgconv --no-sparse -f raw huge.raw n.img
	grep -qE '^imgconv: n\.img: needs 1 PiB, but only .* is free on this file system$' stderr ||
		{ cat stderr; fail "message about space"; }
	nothing_left n.img
}

# ---- signals ----
mkfifo feed
for sig in TERM.15 HUP.1; do
	sleep 10 >feed &
	feeder=$!
	imgconv - s.img <feed 2>stderr &
	victim=$!
	sleep 0.3
	kill "-${sig%.*}" $victim || fail "it ended early"
	status=0
	wait $victim || status=$?
	kill $feeder
	wait $feeder 2>/dev/null
	[ $status = $((128 + ${sig#*.})) ] || { cat stderr; fail "SIG${sig%.*} ends it with $status"; }
	[ ! -s stderr ] || { cat stderr; fail "SIG${sig%.*} makes it talk"; }
	nothing_left s.img
done
exit 0
