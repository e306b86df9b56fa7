#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Raw CD images against other people's tools: bchunk, ccd2iso, nrg2iso and cdrdao read what the recipe and imgconv made, and find
# the same; libcdio's cd-info counts the same tracks; a second session, by genisoimage, shows its files.

. "$top_builddir/tests/functions.sh"
requires python3

mkdir tree
seq 1 30000 >tree/numbers
expect 0 imgconv -q tree disc.iso
python3 "$top_srcdir/tests/cli/discs.py" disc.iso || fail "the recipe"
tried=0
# a sheet that everybody can read: no gaps, capitals, two digits
n=$(($(stat -c %s disc.iso) / 2048))
at() { printf '%02d:%02d:%02d' $(($1 / 4500)) $(($1 / 75 % 60)) $(($1 % 75)); }
cp mixed.bin sound.bin
{
	printf 'FILE "sound.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n'
	printf '  TRACK 02 AUDIO\n    INDEX 01 %s\n  TRACK 03 AUDIO\n    INDEX 01 %s\n' "$(at $n)" "$(at $((n + 170)))"
} >sound.cue

# ---- readers ----

if command -v bchunk >/dev/null; then
	for image in m1 m2; do
		bchunk $image.bin $image.cue theirs >log 2>&1 || fail "bchunk $image"
		expect 0 imgconv $image.cue ours.iso -y
		same ours.iso theirs01.iso
	done
	bchunk -w sound.bin sound.cue mix >log 2>&1 || fail "bchunk sound"
	for track in 2 3; do
		expect 0 imgconv -P $track sound.cue track.wav -y
		same track.wav mix0$track.wav
	done
	expect 0 imgconv disc.iso made.cue
	bchunk made.bin made.cue made >log 2>&1 || fail "bchunk made"
	same made01.iso disc.iso
	tried=$((tried + 1))
fi
if command -v ccd2iso >/dev/null; then
	head -c $(($(stat -c %s disc.iso) / 2048 * 2352)) clone.img >data.img
	ccd2iso data.img theirs.iso >log 2>&1 || fail "ccd2iso"
	expect 0 imgconv clone.ccd ours.iso -y
	same ours.iso theirs.iso
	tried=$((tried + 1))
fi
if command -v nrg2iso >/dev/null; then
	nrg2iso nero.nrg theirs-nrg.iso >log 2>&1 || fail "nrg2iso"
	expect 0 imgconv nero.nrg ours.iso -y
	# it keeps what follows the sectors
	cmp -n "$(stat -c %s ours.iso)" ours.iso theirs-nrg.iso >&2 || fail "nrg2iso reads other bytes"
	tried=$((tried + 1))
fi

# ---- tracks ----

# tracks IMAGE: "number sector" of each, as imginfo says it
tracks() {
	imginfo --json "$1" 2>/dev/null | python3 -c '
import json, sys
for t in json.load(sys.stdin)["layers"][0]["tracks"]:
    print(t["track"], t["sector"])'
}
if command -v cd-info >/dev/null; then
	cd-info --no-device-info --no-cddb --no-vcd -b sound.cue 2>/dev/null |
		sed -n 's/^ *\([0-9][0-9]*\): [0-9:]* *0*\([0-9][0-9]*\) .*/\1 \2/p' | grep -v '^170 ' >theirs.list
	tracks sound.cue >ours.list
	diff theirs.list ours.list >&2 || fail "cd-info counts other tracks"
	tried=$((tried + 1))
fi
if command -v cdrdao >/dev/null; then
	cdrdao show-toc dao.toc 2>/dev/null | sed -n 's/^TRACK *\([0-9]*\) .*/\1/p; s/^ *START .*( *\([0-9]*\))$/\1/p' | paste -d' ' - - >theirs.list
	tracks dao.toc >ours.list
	diff theirs.list ours.list >&2 || fail "cdrdao counts other tracks"
	tried=$((tried + 1))
fi

# ---- two sessions ----

if command -v genisoimage >/dev/null; then
	mkdir second
	printf 'second session\n' >second/new
	base=$((n + 11400))
	# only the addresses are taken from the first one
	genisoimage -quiet -C 0,$base -M disc.iso -o second.iso -R second 2>log || fail "genisoimage: $(cat log)"
	python3 - "$top_srcdir/tests/cli" $base <<'END' || fail "the disc of two sessions"
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import discs
base = int(sys.argv[2])
read = lambda f: open(f, 'rb').read()
cut = lambda b: [b[i:i + 2048].ljust(2048, b'\0') for i in range(0, len(b), 2048)]
a, b = cut(read('disc.iso')), cut(read('second.iso'))
one = b''.join(discs.mode1(u, i) for i, u in enumerate(a))
two = b''.join(discs.mode1(u, base + i) for i, u in enumerate(b))
gap = b''.join(discs.mode1(bytes(2048), base - 150 + i) for i in range(150))
open('multi.bin', 'wb').write(one + two)
open('multi.cue', 'w').write('REM SESSION 01\nFILE "multi.bin" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nREM SESSION 02\n'
                             'TRACK 02 MODE1/2352\nINDEX 01 %s\n' % discs.msf(len(a)))
open('two.img', 'wb').write(one + gap + two)
discs.put('two.ccd', discs.ccd([(1, 0xa2, 4, len(a)), (1, 1, 4, 0), (2, 0xa2, 4, base + len(b)), (2, 2, 4, base)],
                               [(1, 1, None, 0), (2, 1, None, base)]))
END
	for image in multi.cue two.ccd; do
		expect 0 imginfo --list $image
		says stdout new
		says stdout numbers
		rm -rf both both.iso
		expect 0 imgconv $image both/
		same both/new second/new
		same both/numbers tree/numbers
		expect 0 imgconv $image both.iso
		says stderr 'sector 16 repeats the descriptors of session 2'
		isoinfo -R -f -i both.iso >list 2>/dev/null
		says list /new
		says list /numbers
		expect 0 imgconv -y -P 1 $image first.iso
		same first.iso disc.iso
		expect 0 imgconv -y -P 2 $image other.iso
		cmp -n "$(stat -c %s second.iso)" other.iso second.iso >&2 || fail "$image: track 2 is not the second session"
	done
	tried=$((tried + 1))
fi

[ $tried -gt 0 ] || skip "none of bchunk, ccd2iso, nrg2iso, cd-info, cdrdao, genisoimage is installed"
echo "$tried judges agree"

# ---- other people's images ----

cd_=$shared/corpus/libcdio-cue
[ -e "$cd_/isofs-m1.cue" ] || { echo "no shared/corpus beside the project: libcdio's own images were not tried"; exit 0; }
expect 0 imgconv "$cd_/isofs-m1.cue" libcdio.iso
[ "$(sha libcdio.iso)" = 03043ff0b8a634bd4bc709cfdfc5ccfa7e0af72403ecf0484fe456cbfa4299bf ] || fail "isofs-m1.cue: other bytes"
expect 0 imgconv libcdio.iso libcdio.cue
same libcdio.bin "$cd_/isofs-m1.bin"
expect 0 imginfo --verify "$cd_/isofs-m1.cue"
expect 4 imginfo "$cd_/bad-cat1.cue"
says stderr 'line 4: CATALOG has no number'
[ "$(tracks "$cd_/cdda.cue")" = "1 0" ] || fail "cdda.cue: $(tracks "$cd_/cdda.cue")"
[ "$(tracks "$shared/corpus/libcdio-p1.nrg")" = "1 150
2 300" ] || fail "p1.nrg: $(tracks "$shared/corpus/libcdio-p1.nrg")"
expect 0 imgconv -P 1 "$cd_/cdda.cue" cdda.wav
tail -c +45 cdda.wav >cdda.raw
same cdda.raw "$cd_/cdda.bin"
