#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sets and archives of 7-Zip and Info-ZIP read by us, and our sets by them.
. "${top_builddir:-.}/tests/functions.sh"
requires 7zz
requires zip
requires unzip

sh "$top_srcdir/fixtures/mksplit.sh" disk.img || fail "no disk"
expect 0 imgconv -q disk.img app.dmg

opens() {
	expect 0 imgconv -y -q "$1" out.img
	same out.img disk.img
}

# archives cut by 7-Zip: joined, unpacked, opened; also encrypted ones, which are named
7zz a -v20k -bd vol.7z disk.img >/dev/null || fail "7zz a"
[ -e vol.7z.002 ] || fail "7zz made one file"
opens vol.7z.001
opens vol.7z.002
7zz a -v20k -tzip -bd vol.zip disk.img >/dev/null || fail "7zz a -tzip"
opens vol.zip.001
7zz a -bd -mx=0 -v100k plain.7z app.dmg >/dev/null || fail "7zz a -mx=0"
opens plain.7z.001
7zz a -bd -ttar -v100k plain.tar app.dmg >/dev/null || fail "7zz a -ttar"
opens plain.tar.001
7zz a -bd -psecret locked.7z app.dmg >/dev/null || fail "7zz a -p"
expect 3 imgconv locked.7z x.img
says stderr encrypted
7zz a -bd -psecret -mhe=on hidden.7z app.dmg >/dev/null || fail "7zz a -mhe"
expect 3 imgconv hidden.7z x.img
says stderr encrypted
zip -q info.zip app.dmg && opens info.zip
zip -q -P secret secret.zip app.dmg || fail "zip -P"
expect 3 imgconv secret.zip x.img
says stderr encrypted
zip -q - app.dmg >stream.zip || fail "zip -"		# sizes behind the data
opens stream.zip
[ ! -e x.img ] || fail "something was made of an encrypted archive"

# our sets
expect 0 imgconv -q --split 100K disk.img set.img
7zz x -bd -y -tsplit set.img.001 >/dev/null || fail "7zz cannot join our set"
same set.img disk.img
expect 0 imgconv -q --split 64K --split-names 001 -O udro disk.img raw.dmg
7zz l -bd -tsplit raw.dmg.001 >stdout || fail "7zz cannot list our set: $(cat stdout)"
says stdout "raw.dmg"
expect 0 imgconv -q --split 64K disk.img gz.img.gz
cat gz.img.gz.0* | gzip -t || fail "gzip"
mkdir tree && cp disk.img tree
expect 0 imgconv -q tree tree.iso
expect 0 imgconv -q --split 100K tree.iso tree.zip
cat tree.zip.0* >joined.zip
unzip -q -t joined.zip || fail "unzip"
