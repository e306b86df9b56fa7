#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Raw CD images: every description and every shape of sectors gives the same data track and the same sound; damage is found,
# counted and mended; what a description names outside its folder is never opened; a CUE sheet and its BIN are a pair.

. "$top_builddir/tests/functions.sh"
requires python3

mkdir tree
seq 1 30000 >tree/numbers
printf 'hello\n' >tree/hello
expect 0 imgconv -q tree disc.iso
python3 "$top_srcdir/tests/cli/discs.py" disc.iso || fail "the recipe"

# ---- data tracks ----

for image in m1.cue m2.cue cooked.cue xa.cue sub.cue mixed.cue three.cue clone.ccd alcohol.mds alsub.mds dvd.mds nero.nrg nero1.nrg \
	nerotao.nrg dao.toc vcd.cue m1.bin m2.bin xa.bin sub.bin gap.bin; do
	for threads in 1 8; do
		rm -f out.iso
		expect 0 imgconv -T$threads "$image" out.iso
		cmp -s out.iso disc.iso || fail "$image: other bytes with -T$threads"
	done
done
# a name decides nothing
cp m1.bin renamed.iso
expect 0 imgconv renamed.iso out2.iso
same out2.iso disc.iso
# what follows the data of a lone BIN is not taken for data
expect 0 imgconv mixed.bin out3.iso
same out3.iso disc.iso
says stderr '245 sectors behind the data are other tracks; "mixed.cue" beside it knows them'
# a sheet in an archive has its files beside it
python3 -m zipfile -c three.zip three.cue 'three 1.bin' 'three 2.wav' 'three 3.raw'
expect 0 imgconv three.zip out4.img
same out4.img disc.iso
expect 0 imgconv -P 3 three.zip out4.wav
same out4.wav b.wav
gzip -k m1.bin
expect 0 imgconv m1.bin.gz out5.img
same out5.img disc.iso
# files straight from the image
expect 0 imgconv m2.cue files/
same files/numbers tree/numbers
expect 0 imginfo --list vcd.cue
says stdout hello

# ---- what is told ----

expect 0 imginfo mixed.cue
says stdout 'CD image with a CUE sheet'
says stdout 'mode1/2352'
says stdout 'Somebody: One, two'
expect 0 imginfo --json three.cue
python3 - <<'END' || fail "the JSON of three.cue"
import json
t = json.load(open('stdout'))['layers'][0]['tracks']
n = t[0]['sectors']
assert [x['type'] for x in t] == ['mode1/2352', 'audio', 'audio'], t
assert [x['sector'] for x in t] == [0, n, n + 170], t
assert [x['sectors'] for x in t] == [n, 150, 75], t
assert t[2]['pregap'] == 20 and t[2]['file'] == 'three 3.raw', t
END
expect 0 imginfo --json dao.toc
python3 - <<'END' || fail "the JSON of dao.toc"
import json
c = json.load(open('stdout'))['layers'][0]
t, n = c['tracks'], c['tracks'][0]['sectors']
assert c['catalog'] == '0123456789012', c
assert [(x['sector'], x['sectors'], x.get('pregap')) for x in t] == [(0, n, None), (n + 20, 170, 20), (n + 200, 30, 10)], t
END

# ---- sound ----

# track IMAGE NUMBER WAVE
track() {
	rm -f out.wav
	expect 0 imgconv -P "$2" "$1" out.wav
	cmp -s out.wav "$3" || fail "$1: track $2 is not $3"
}
# index 1 of track 2 is 20 sectors in, and track 3 begins 170 sectors in
track mixed.cue 2 a20.wav
track mixed.cue 3 b.wav
track three.cue 2 a150.wav
track three.cue 3 b.wav
track clone.ccd 2 a20.wav
track alcohol.mds 2 a.wav
track nerotao.nrg 2 a.wav
track dao.toc 2 a.wav
track dao.toc 3 b30.wav
expect 2 imgconv -P 4 mixed.cue no.wav
says stderr 'there is no track 4; this disc has tracks 1 to 3'
expect 2 imgconv mixed.cue no.wav
says stderr 'only a track with sound'
sed '/mode1/d; /index 1 00:00:00/d' mixed.cue >sound.cue
expect 3 imgconv sound.cue no.iso
says stderr 'there is no track with data'
expect 0 imgconv -P 1 mixed.cue one.iso
same one.iso disc.iso
nothing_left no.wav no.iso

# ---- damage ----

expect 0 imginfo --verify m2.cue
says stdout 'ok      track 1, EDC'
expect 4 imginfo --verify scratched.cue
says stderr 'track 1: 3 of'
says stderr 'sectors fail their EDC'
expect 4 imgconv scratched.cue bad.iso
says stderr '--repair'
nothing_left bad.iso
expect 0 imgconv --repair scratched.cue mended.iso
same mended.iso disc.iso
[ "$(grep -c 'is repaired by its ECC' stderr)" = 3 ] || fail "three sectors were repaired, not told so"
expect 0 imginfo --verify --repair scratched.cue
expect 4 imgconv --repair broken.cue bad.iso
says stderr 'track 1: 1 of'
expect 8 imgconv --repair --ignore-errors broken.cue kept.iso
# what cannot be mended is kept as it lies, and nothing else differs
python3 - <<'END' || fail "--ignore-errors --repair"
a, b = open('disc.iso', 'rb').read(), open('kept.iso', 'rb').read()
assert len(a) == len(b)
assert {i // 2048 for i in range(len(a)) if a[i] != b[i]} == {28}
END
expect 4 imgconv broken.cue broken/
expect 0 imginfo --json --verify m1.cue
python3 -c 'import json; c = json.load(open("stdout"))["checks"][0]; assert c["name"] == "cd-edc" and c["state"] == "ok", c' ||
	fail "the check in JSON"

# ---- what has no 2048 bytes ----

expect 3 imgconv psx.bin bad.iso
says stderr 'track 1: sector 30 is of mode 2 form 2'
expect 8 imgconv --ignore-errors psx.bin holes.iso
python3 - <<'END' || fail "form 2 under --ignore-errors"
a, b = open('disc.iso', 'rb').read(), open('holes.iso', 'rb').read()
assert a[:30 * 2048] == b[:30 * 2048] and a[31 * 2048:] == b[31 * 2048:] and not any(b[30 * 2048:31 * 2048])
END

# ---- sheets that lie ----

mkdir outside
cp m1.bin outside/
sheet() { printf 'FILE "%s" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n' "$1" >evil.cue; }
for name in ../m1.bin "$PWD/m1.bin" outside/m1.bin 'outside\m1.bin' 'C:m1.bin' ..; do
	sheet "$name"
	expect 3 imginfo evil.cue
	says stderr 'only one in its own folder is opened'
done
ln -s outside/m1.bin link.bin
sheet link.bin
expect 3 imginfo evil.cue
says stderr 'is a link'
sheet missing.bin
expect 4 imginfo evil.cue
says stderr 'line 1: names the file "missing.bin", which is not there'
cp m1.bin evil.bin
expect 0 imginfo evil.cue
says stderr '"missing.bin" is not there; "evil.bin" is taken in its place'
rm evil.bin
sheet M1.BIN
expect 0 imginfo evil.cue
says stderr 'note: "M1.BIN" is named, "m1.bin" is taken'
head -c 300000 m1.bin >short.bin
sheet short.bin
expect 0 imginfo evil.cue
says stderr 'ends inside a sector'
# bad TEXT MESSAGE
bad() {
	printf "$1" >evil.cue
	expect "${3:-4}" imginfo -f cue evil.cue
	says stderr "$2"
}
bad 'FILE "m1.bin" BINARY\nTRACK 01 MODE1/2352\n' 'track 1 has no INDEX 01'
bad 'FILE "m1.bin" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 59:00:00\n' 'truncated: track 1 begins at sector 265500'
bad 'FILE "m1.bin" BINARY\nTRACK 02 AUDIO\nINDEX 01 00:00:00\nTRACK 01 AUDIO\nINDEX 01 00:01:00\n' 'track 1 follows track 2'
bad 'FILE "m1.bin" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:03:00\nTRACK 02 AUDIO\nINDEX 01 00:01:00\n' 'begins in front of the track before'
bad 'FILE "m1.bin" BINARY\nTRACK 01 MODE9/2352\n' 'is of type "MODE9/2352", which is not known' 3
bad 'FILE "m1.bin" MP3\nTRACK 01 AUDIO\n' 'BINARY, MOTOROLA and WAVE are read' 3
bad 'TRACK 01 AUDIO\nFILE x BINARY\n' 'TRACK stands in front of all files'
bad 'FILE "m1.bin" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:99:00\n' 'INDEX has no number or no time'
bad 'REM nothing\nFILE "m1.bin" BINARY\n' 'there are no tracks'
bad 'FILE "m1.bin" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n' 'no WAVE file'

# ---- written ----

expect 0 imgconv disc.iso new.cue
says new.cue 'FILE "new.bin" BINARY'
says new.cue 'TRACK 01 MODE1/2352'
same new.bin m1.bin
expect 6 imgconv disc.iso new.cue
says stderr 'already exists'
rm new.cue
expect 6 imgconv disc.iso new.cue
says stderr 'new.bin'
[ ! -e new.cue ] || fail "half of the pair"
same new.bin m1.bin
nothing_left
expect 0 imgconv -y -T1 disc.iso new.cue
same new.bin m1.bin
expect 0 imgconv -y disc.iso new.cue
same new.bin m1.bin
[ -e new.cue ] || fail "the pair is not replaced"
# what a description is made of is never replaced
expect 6 imgconv -y new.bin new.cue
expect 6 imgconv -y dao.toc dao.cue
says stderr 'dao.bin is there and may be what the source is made of'
same new.bin m1.bin
expect 0 imgconv -q tree built.cue
expect 0 imgconv built.cue built.iso
same built.iso disc.iso
# zeros are sectors too; what is no whole sector is filled up
truncate -s 1000001 zeros.img
expect 0 imgconv -f raw zeros.img zeros.cue
[ "$(stat -c %s zeros.bin)" = $((489 * 2352)) ] || fail "zeros.bin has $(stat -c %s zeros.bin) bytes"
expect 0 imginfo --verify zeros.cue
expect 2 imgconv disc.iso -O cue name.bin
expect 2 imgconv disc.iso -O cue -
expect 2 imgconv --checksum disc.iso sum.cue
truncate -s 900M large.img
expect 7 imgconv -f raw large.img large.cue
says stderr 'a CD has at most'
nothing_left large.cue large.bin sum.cue name.bin
