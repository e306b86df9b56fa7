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

# circles and 2^30 paths end, with status 4 and all that can be had
expect 4 imginfo -l folderloop.hfs
says stderr 'loop/again/again: this folder contains itself'
[ "$(wc -l <stdout)" -lt 100000 ] || fail "a listing without bounds"
expect 4 imgconv folderloop.hfs none/
[ ! -e none ] || fail "a part of a tree was left"
