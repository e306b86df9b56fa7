#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images on a web server: what is asked of it, what comes of it, and what servers do wrong.
. "${top_builddir:-.}/tests/functions.sh"
requires python3
grep -q "define HAVE_CURL 1" "$top_builddir/config.h" || skip "this build has no libcurl support"

mkdir www
server=
trap '[ -z "$server" ] || kill "$server"; cd /; rm -rf "$tmp"' EXIT
python3 "$top_srcdir/tests/ranges.py" www log >port & server=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -s port ] && break
	sleep 0.3
done
[ -s port ] || fail "the server did not start"
unset http_proxy HTTP_PROXY https_proxy all_proxy ALL_PROXY
at=http://127.0.0.1:$(cat port)

# bytes_sent: the sum of the log
bytes_sent() {
	awk '{ n += $2 } END { print n + 0 }' log
}

# a disc of 5 GB, of which some kilobytes are read
mkdir tree
echo hello >tree/readme.txt
truncate -s 5G tree/large.bin
dd if=/dev/urandom of=tree/middle.bin bs=1M count=3 2>/dev/null
SOURCE_DATE_EPOCH=1000000000 imgconv -q -V REMOTE tree www/disc.iso || fail "cannot make the disc"
expect 0 imginfo "$at/ok/disc.iso"
says stdout 'ISO 9660'
says stdout REMOTE
[ "$(bytes_sent)" -lt 600000 ] || fail "described after $(bytes_sent) bytes"
expect 0 imginfo --json "$at/ok/disc.iso"
jq -e '.file.size > 5000000000 and .result == "ok"' stdout >/dev/null || fail "the size is not told"
expect 0 imginfo -l "$at/ok/disc.iso"
says stdout readme.txt
expect 0 imginfo --cat readme.txt "$at/ok/disc.iso"
says stdout hello
expect 0 imginfo --cat middle.bin "$at/ok/disc.iso"
same stdout tree/middle.bin
[ "$(bytes_sent)" -lt 8000000 ] || fail "$(bytes_sent) bytes were sent in all"

# the whole of a smaller one, on any number of threads; compressed and archived ones are images like any other
rm tree/large.bin
imgconv -q tree www/small.dmg || fail "cannot make the image"
imgconv -q www/small.dmg want.img || fail "cannot convert"
gzip -c want.img >www/small.img.gz
for T in 1 4; do
	expect 0 imgconv -y -T $T "$at/ok/small.dmg" got.img
	same got.img want.img
done
expect 0 imgconv -y "$at/ok/small.img.gz" got.img
same got.img want.img
expect 0 imgconv "$at/ok/small.dmg" out/
same out/middle.bin tree/middle.bin
expect 0 imginfo --verify "$at/ok/small.dmg"
expect 0 imginfo --compare want.img "$at/ok/small.dmg"

# what servers do, and what is made of it
for how in moved cut busy signed slow; do
	expect 0 imginfo --cat middle.bin "$at/$how/small.dmg"
	same stdout tree/middle.bin
done
refuses() {	# STATUS PATH WORDS
	expect "$1" imgconv "$at/$2" none.img
	says stderr "$2: "
	says stderr "$3"
	nothing_left none.img
	expect "$1" imginfo --hash sha256 "$at/$2"
}
refuses 3 whole/small.dmg "the server sends only the whole file"
refuses 1 ok/absent.dmg "there is no such file (HTTP status 404)"
refuses 1 changed/small.dmg "the file changed on the server while it was being read"
refuses 1 other/small.dmg "the server sent another range"
refuses 1 more/small.dmg "the server sent another range"
refuses 1 far/small.dmg "cannot reach the server"
: >www/empty.img
refuses 1 ok/empty.img "the file is empty"
echo text >www/notes.txt
refuses 3 ok/notes.txt "not a disk image"
expect 2 imginfo http://user:secret@127.0.0.1/x.iso
says stderr ".netrc"
expect 1 imginfo http://127.0.0.1:1/x.iso
says stderr "cannot reach the server"

# nothing beside an address is looked for, on the server or here
cut -d' ' -f3 log | grep -v '/\(disc.iso\|small.dmg\|small.img.gz\|absent.dmg\|empty.img\|notes.txt\)$' && fail "something else was asked for"
exit 0
