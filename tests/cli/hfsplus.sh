#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What users see of HFS+: folders with several names.

. "$top_builddir/tests/functions.sh"
requires python3
python3 -B "$fixtures/mkhfs.py" . --raw || fail "the volumes cannot be made"

# a backup shows the whole folder each time, and takes the room of one
expect 0 imginfo -l folderlinks.hfs
[ "$(grep -c font stdout)" = 2 ] || fail "what is below the second name is not listed"
expect 0 imginfo --cat tuesday/system/library/font folderlinks.hfs
[ "$(cat stdout)" = glyphs ] || fail "another file"
expect 0 imgconv folderlinks.hfs out/
[ "$(cat out/tuesday/people/me)" = myself ] || fail "another file"
diff -r out/monday/system out/tuesday/system >&2 || fail "the names of a folder show different things"
for f in kernel library/font users/me twice; do
	[ "out/monday/system/$f" -ef "out/tuesday/system/$f" ] || fail "$f was copied"
done
[ "$(find out -type f -links 1 | wc -l)" = 0 ] || fail "files that are no links"
expect 0 imgconv folderlinks.hfs out.tar
tar tvf out.tar >listed || fail "not what tar reads"
grep -q '^d.* tuesday/system/$' listed || fail "a folder that tar takes for a link"
[ "$(grep -c '^h' listed)" = 6 ] || fail "hard links in the archive: $(cat listed)"

# made into other images, each file is there once
for to in made.iso made.udf made.dmg; do
	expect 0 imgconv -q --repack folderlinks.hfs $to
	expect 0 imginfo --verify $to
	expect 0 imginfo --list --json $to
	python3 - <<'END' || fail "$to: $(cat stdout)"
import json
rows = {r["path"]: r for r in map(json.loads, open("stdout"))}
for a, b in (("monday/system/kernel", "tuesday/system/kernel"), ("monday/system/users/me", "tuesday/people/me"),
             ("monday/system/twice", "tuesday/twice")):
    assert rows[a]["inode"] == rows[b]["inode"], (a, b)
assert len(rows) == 19
END
done

# circles and 2^30 paths end, with status 4 and all that can be had
expect 4 imginfo -l folderloop.hfs
says stderr 'loop/again/again: this folder contains itself'
[ "$(wc -l <stdout)" -lt 100000 ] || fail "a listing without bounds"
expect 4 imgconv folderloop.hfs none/
[ ! -e none ] || fail "a part of a tree was left"
for to in none.iso none.udf none.dmg; do
	expect 4 imgconv --repack folderloop.hfs $to
	says stderr 'loop/again/again: this folder is in two places, or contains itself'
	[ ! -e $to ] || fail "$to was left"
done

# described without --verify in any DMG, though the catalog lies behind data that do not shrink
mkdir src
head -c 3000000 /dev/urandom >src/noise
expect 0 imgconv -q -V Deep src/ deep.dmg
for to in udzo udbz ulfo ulmo; do
	imgconv --list-formats | grep -q "$to" || { echo "skipped: this build cannot write $to"; continue; }
	expect 0 imgconv -q -y deep.dmg -O $to there.dmg
	expect 0 imginfo there.dmg
	[ ! -s stderr ] || fail "$to: $(cat stderr)"
	grep -q '^    1 HFS+ .* Deep$' stdout || fail "$to: no label: $(cat stdout)"
	grep -q '^  uuid  ' stdout && grep -q '^  files  *1$' stdout || fail "$to: not described: $(cat stdout)"
done

# a stream that fails its own checksum is told, whatever is asked
gzip -c folderlinks.hfs >whole.gz
size=$(stat -c %s whole.gz)
{ head -c $((size - 8)) whole.gz; printf 'none'; tail -c 4 whole.gz; } >bad.gz
for what in -l --verify '--cat monday/system/kernel'; do
	# shellcheck disable=SC2086 # two words
	expect 4 imginfo $what bad.gz
	says stderr 'the gzip stream fails its CRC-32'
done
