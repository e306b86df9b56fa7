#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images cut into files by other programs: every way of naming them, whichever is opened, and what is wrong with a set.
. "${top_builddir:-.}/tests/functions.sh"

sh "$top_srcdir/fixtures/mksplit.sh" disk.img || fail "no disk"
cp disk.img whole.img
size=$(stat -c %s disk.img)

# joined NAME: that part stands for the whole
joined() {
	expect 0 imgconv -y -q "$1" out.img
	same out.img whole.img
}

split -b 100k disk.img disk.img.
joined disk.img.aa
joined disk.img.ac
split -b 100k disk.img disk.part
joined disk.partaa
split -b 100k disk.img
joined xaa
joined xad
split -b 100k -a 4 disk.img q-
joined q-aaaa
split -b 100k -d disk.img d.
joined d.00
joined d.02
split -b 100k -d -a 3 --numeric-suffixes=1 disk.img disk.img.
joined disk.img.001
joined disk.img.004
# names that run out: .89 and then .9000, .yz and then .zaaa, .part9 and then .part10
mkdir many
split -b 1000 -d disk.img many/d.
[ -e many/d.9000 ] || fail "split did not make room"
joined many/d.00
joined many/d.9001
split -b 600 disk.img many/d.
[ -e many/d.zaaa ] || fail "split did not make room"
joined many/d.aa
joined many/d.zaab
i=1
for f in disk.img.a?; do
	cp "$f" "p.part$i"
	i=$((i + 1))
done
joined p.part1
joined p.part3
for f in p.part?; do
	cp "$f" "P.PART0${f#p.part}"
done
joined P.PART01

# counted on behind .999, from .000
mkdir more
head -c $((1002 * 512)) disk.img >more/head
split -b 512 -d -a 4 more/head more/n.
for f in more/n.*; do
	n=${f##*.}
	[ "$n" -ge 1000 ] || mv "$f" "more/n.${n#0}"
done
[ -e more/n.000 ] && [ -e more/n.1001 ] || fail "the set is not as meant"
expect 0 imgconv -f raw -q more/n.000 more/out.img
same more/out.img more/head
expect 0 imgconv -f raw -y -q more/n.1001 more/out.img
same more/out.img more/head

# what imginfo says of a set; the layers inside
expect 0 imginfo disk.img.003
says stdout "image in parts ("
expect 0 imginfo --field layers.0.first_part disk.img.003
says stdout disk.img.001
expect 0 imginfo --field virtual_size disk.img.001
says stdout "$size"
expect 0 imgconv -q disk.img app.dmg
split -b 2k app.dmg app.dmg.
joined app.dmg.aa
joined app.dmg.ab
gzip -k disk.img
split -b 2k disk.img.gz disk.img.gz.
joined disk.img.gz.aa
expect 0 imginfo --verify app.dmg.aa

# -f is about the whole, and -f raw too
expect 0 imgconv -y -q -f dmg app.dmg.ab out.img
same out.img whole.img
expect 0 imgconv -y -q -f raw disk.img.002 out.img
same out.img whole.img
expect 0 imgconv -y -q -f split disk.img.002 out.img
same out.img whole.img
expect 2 imgconv -y -q -f split whole.img -
expect 2 sh -c 'cat disk.img.001 | imgconv -q -f split - out2.img'
says stderr "this has none"

# a part is gone: in the middle, the first
mkdir lost
cp disk.img.00? lost
rm lost/disk.img.003
for i in 001 002 004; do
	expect 4 imgconv "lost/disk.img.$i" out2.img
	says stderr 'part 3, "disk.img.003", is missing'
done
rm lost/disk.img.001
expect 3 imginfo lost/disk.img.002
says stderr 'the first, "disk.img.001", is not there'
mkdir first
cp app.dmg.aa first/app.dmg.001
expect 4 imginfo first/app.dmg.001
says stderr '"app.dmg.002" is not there'

# lengths that do not fit
mkdir uneven
cp disk.img.00? uneven
truncate -s 70000 uneven/disk.img.002
expect 4 imgconv uneven/disk.img.001 out2.img
says stderr 'part 2 of '
says stderr '"disk.img.002", has 70000 bytes, the one before it 102400'
cp disk.img.001 uneven/e.001
tail -c +102401 disk.img >uneven/e.002
expect 0 imgconv -q uneven/e.001 uneven/e.img
says stderr 'warning: part 2, "e.002", has 614400 bytes, the one before it 102400'
same uneven/e.img disk.img
expect 4 imgconv -q --strict uneven/e.001 out2.img
[ ! -e out2.img ] || fail "something was made of a damaged set"

# false friends: one file that is whole, images that are only numbered, logs, other suffixes
mkdir false
cp disk.img false/a.001
expect 0 imginfo false/a.001
says_not stdout "in parts"
cp disk.img false/a.002
expect 0 imginfo false/a.001
says_not stdout "in parts"
says stderr '"a.002" follows it by name, but is an image of its own'
cp app.dmg false/b.001
cp app.dmg false/b.002
expect 0 imginfo false/b.001
says_not stdout "in parts"
for i in log.1 log.2 c.2mg c.2mh d.r00 d.r01 e-2024 e-2025; do
	head -c 3000 disk.img >"false/$i"
done
for i in log.1 c.2mg d.r00 d.r01 e-2024; do
	imginfo "false/$i" >stdout 2>stderr </dev/null
	says_not stdout "in parts"
	says_not stderr "by its name"
done
cp disk.img.gz disk.gz
cp disk.img.aa disk.aa
cp disk.img.ab disk.ab
expect 0 imginfo --field layers.0.format disk.gz
says stdout gzip
rm disk.ab
expect 0 imginfo --field layers.0.format disk.gz
says stdout gzip

# thousands of files in the folder
mkdir crowd
(cd crowd && seq -f "f%06g" 30000 | xargs touch)
cp disk.img.00? crowd
expect 0 imgconv -y -q crowd/disk.img.002 out.img
same out.img whole.img
