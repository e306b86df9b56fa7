#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images of files: what goes in comes out again, the same sources give the same bytes, nothing is left out in silence.

. "$top_builddir/tests/functions.sh"

long=$(printf 'n%.0s' $(seq 1 250))
mkdir -p tree/deep/2/3/4/5/6/7/8/9/10 tree/many "tree/sp ace"
echo deep >tree/deep/2/3/4/5/6/7/8/9/10/file
echo hello >tree/hello.txt
ln tree/hello.txt tree/many/hard
ln -s ../some/./where tree/link
ln -s "/$long/$long/$long" tree/longlink
: >tree/empty
echo long >"tree/$long.txt"
for name in UPPER.TXT upper.txt up-per.txt up_per.txt; do echo $name >tree/$name; done
for i in $(seq 1 400); do echo $i >"tree/many/a name that is long enough to fill sectors $i.dat"; done
head -c 100000 /dev/urandom >tree/data.bin
chmod 755 tree/hello.txt
touch -d @1500000000 tree/data.bin

# back IMAGE [VIEW]: its files, as a folder ./out
back() {
	[ ! -e out ] || chmod -R u+w out
	rm -rf out
	expect 0 imgconv x -q ${2:+--view $2} "$1" -C out
	chmod -R u+w out
}

expect 0 imgconv tree a.iso
grep -qE '^a\.iso: iso, [^,]*, 409 files, 12 folders, 2 links in Rock Ridge and Joliet, 1 name changed, [0-9.]+ s$' stderr || { cat stderr; fail "closing line"; }
says stderr 'note: folders are 11 deep'
says stderr 'Joliet calls it'
back a.iso
diff -r --no-dereference tree out || fail "files differ"
[ "$(stat -c %i out/hello.txt)" = "$(stat -c %i out/many/hard)" ] || fail "a hard link became two files"
[ -x out/hello.txt ] && [ ! -x out/data.bin ] || fail "modes"
[ "$(stat -c %Y out/data.bin)" = 1500000000 ] || fail "times"
imginfo --verify a.iso >/dev/null || fail "imginfo finds fault with it"

# Joliet has all names but the one it cannot hold
back a.iso joliet
rm -f out/nnn* && cp -r tree plain && rm -f plain/nnn* plain/link plain/longlink
diff -r plain out || fail "Joliet's files differ"
# the plain tree: four names that would be one are four
back a.iso iso
for name in UPPER.TXT UP_PER.TXT; do [ -e out/$name ] || { ls out; fail "$name"; }; done
[ "$(ls out | grep -c '^UP')" = 4 ] || { ls out; fail "names collide"; }
[ "$(ls out/MANY | wc -l)" = 401 ] || fail "the plain tree lost files"

# the same facts for programs
expect 0 imgconv --json tree j.iso
for fact in '"job": "build"' '"format": "iso"' '"files": 409' '"directories": 12' '"links": 2' '"rock-ridge"' '"joliet": 1'; do
	says stdout "$fact"
done
expect 0 imgconv -n --json tree k.iso
says stdout '"files": 409'
expect 0 imgconv -O udf tree j.udf
grep -qE '^j\.udf: udf, [^,]*, 409 files, 12 folders, 2 links, [0-9.]+ s$' stderr || { cat stderr; fail "closing line of UDF"; }
rm -f j.iso j.udf

# ---- the same bytes ----
cp -a tree elsewhere
(cd elsewhere && umask 077 && LC_ALL=C TZ=Asia/Tokyo imgconv -qq -T 1 ./ "$tmp/b.iso") || fail "in another folder"
same a.iso b.iso
expect 0 imgconv -q -T 4 elsewhere/ c.iso
same a.iso c.iso
expect 0 sh -c 'imgconv -qq -O iso tree - >d.iso'
same a.iso d.iso
expect 0 sh -c 'imgconv -qq -O iso tree - | cat >e.iso'
same a.iso e.iso
find elsewhere -exec touch -h -d '2030-01-01' {} +
SOURCE_DATE_EPOCH=1600000000 expect 0 imgconv -q elsewhere f.iso
find elsewhere -exec touch -h -d '2031-01-01' {} +
SOURCE_DATE_EPOCH=1600000000 expect 0 imgconv -q elsewhere g.iso
same f.iso g.iso
expect 0 imgconv -q --timestamp 1600000000 elsewhere h.iso
same f.iso h.iso
SOURCE_DATE_EPOCH=yesterday expect 2 imgconv elsewhere i.iso
says stderr 'SOURCE_DATE_EPOCH "yesterday"'
nothing_left i.iso

# ---- sources ----
expect 0 imgconv tree/hello.txt tree/data.bin two.iso
back two.iso
[ "$(ls out)" = "data.bin
hello.txt" ] || fail "two files"
expect 0 imgconv --keep-parent tree/many kept.iso
back kept.iso
diff -r tree/many out/many || fail "--keep-parent"
mkdir -p My.app/Contents && echo x >My.app/Contents/Info
expect 0 imgconv My.app app.iso
back app.iso
[ -e out/My.app/Contents/Info ] || fail "a bundle goes in as itself"
expect 0 imgconv -y --contents-only My.app app.iso
back app.iso
[ -e out/Contents/Info ] || fail "--contents-only"
expect 0 imgconv --graft tree/hello.txt:new/place/name --graft tree/many:other --exclude '*1*.dat' --exclude many/hard \
	tree graft.iso
back graft.iso
same tree/hello.txt out/new/place/name
[ -e out/other/hard ] && [ ! -e out/many/hard ] || fail "--exclude with a path"
[ -e "out/other/a name that is long enough to fill sectors 5.dat" ] || fail "--graft of a folder"
! ls out/many/*1*.dat >/dev/null 2>&1 || fail "--exclude"
printf '# none\n*.dat\n\n' >patterns
expect 0 imgconv -y --exclude-from patterns tree graft.iso
back graft.iso
[ "$(ls out/many)" = hard ] || fail "--exclude-from"
(cd tree && find many -name '*1.dat' -print0 | imgconv -q --files-from - -0 "$tmp/list.iso") || fail "--files-from"
back list.iso
[ "$(find out -type f | wc -l)" = 40 ] && [ -e "out/many/a name that is long enough to fill sectors 41.dat" ] ||
	fail "--files-from took $(find out -type f | wc -l)"
ln -s tree/many follow && mkdir f && ln -s ../tree/hello.txt f/a && ln -s . f/loop && ln -s nowhere f/b
expect 0 imgconv --follow-links f follow.iso
says stderr 'loop: leads to a folder it lies in'
back follow.iso
[ ! -L out/a ] && [ -L out/b ] && [ -L out/loop ] || fail "--follow-links"
same tree/hello.txt out/a
tar -C tree -cf tree.tar . && {
	expect 0 imgconv -q tree.tar tar.iso
	back tar.iso
	diff -r --no-dereference tree out || fail "from an archive"
	expect 0 sh -c 'imgconv -q - tar2.iso <tree.tar'
	same tar.iso tar2.iso
}
expect 0 imgconv -q --owner 12:34 --mode 0640,0750 -V 'My Label' tree own.iso
[ "$(tail -c +32809 own.iso | head -c 32)" = 'My Label                        ' ] || fail "label"
imginfo -ll own.iso | grep -F hello.txt | grep -q 'rw-r-----.*12.*34' || { imginfo -ll own.iso | head -5; fail "--owner, --mode"; }

# ---- files that the volume names: by their own name, by the plain one; what is not there is told ----
expect 0 imgconv -y -qq --copyright hello.txt --abstract HELLO.TXT tree names.iso
[ "$(tail -c +$((16 * 2048 + 703)) names.iso | head -c 74 | tr -s ' ')" = 'HELLO.TXT;1 HELLO.TXT;1 ' ] || fail "files that the volume names"
expect 0 imgconv -y --biblio NOT.THERE tree names.iso
says stderr 'warning: NOT.THERE: the volume names it, but its root has no such file'

# ---- plain ISO 9660 alone, and beside other trees: every file is in it ----
mkdir strict
i=0
while [ $i -lt 150 ]; do
	echo $i >strict/file-$i.txt
	i=$((i + 1))
done
for options in '' --no-joliet '--iso-level 4'; do
	# shellcheck disable=SC2086 # words
	expect 0 imgconv -y -qq --opt rock-ridge=no $options strict strict.iso
	[ "$(imginfo -l --view iso strict.iso | wc -l)" = 150 ] || fail "without Rock Ridge ($options) files are missing"
	expect 0 imginfo --verify strict.iso
done

# ---- the checksum in the image ----
expect 0 imgconv -q --implant-md5 --checksum tree md5.iso
sha256sum -c md5.iso.sha256 >/dev/null || fail "the sidecar of an image with a checksum inside"
[ "$(tail -c +33652 md5.iso | head -c 13)" = 'ISO MD5SUM = ' ] || fail "nothing was implanted"
imginfo --verify md5.iso >verify || fail "implanted MD5 does not hold"
expect 0 sh -c 'imgconv -qq --implant-md5 -O iso tree - | cat >md5-pipe.iso'
same md5.iso md5-pipe.iso

# ---- what is refused or said ----
expect 6 imgconv tree tree/many/x.iso
says stderr 'imgconv: tree/many/x.iso: lies in the source folder tree'
expect 1 imgconv tree missing x.iso
says stderr 'missing: cannot open it'
expect 2 imgconv -V 123456789012345678901234567890123 tree x.iso
says stderr 'has 33 bytes; at most 32 fit'
expect 2 imgconv -b no/such/file tree x.iso
says stderr 'no/such/file: is neither in the source nor beside it'
expect 2 imgconv --opt nonsense=1 tree x.iso
says stderr 'no option "nonsense"'
expect 2 imgconv --iso-level 5 tree x.iso
expect 2 imgconv --graft a:../b tree x.iso
mkfifo tree/fifo
expect 0 imgconv tree fifo.iso
says stderr 'warning: fifo: a FIFO has no place in an image; it is left out'
expect 4 imgconv --strict tree x.iso
rm tree/fifo
nothing_left x.iso
[ "$(id -u)" = 0 ] || {
	chmod 0 tree/data.bin
	expect 1 imgconv tree x.iso
	says stderr 'data.bin: cannot open it: Permission denied'
	chmod 644 tree/data.bin
	nothing_left x.iso
}

# a plain tree alone
expect 0 imgconv -qq --no-joliet --opt rock-ridge=no tree plain.iso
[ "$(imginfo -l plain.iso | wc -l)" = "$(find tree -mindepth 1 ! -type l | wc -l)" ] || fail "the plain tree lacks files"

# ---- what firmware starts ----
head -c 2048 /dev/urandom >tree/boot.bin
expect 0 imgconv -q -b boot.bin --opt boot-info-table --opt boot-load-size=4 --opt boot-catalog=boot.cat tree boot.iso
[ "$(tail -c +34824 boot.iso | head -c 23)" = 'EL TORITO SPECIFICATION' ] || fail "no boot record"
back boot.iso
[ "$(stat -c %s out/boot.cat)" = 2048 ] || fail "the catalog has no name"
cmp -s tree/boot.bin out/boot.bin && fail "no boot information table"
tail -c +65 tree/boot.bin >a && tail -c +65 out/boot.bin >b
same a b
expect 2 imgconv -b empty tree x.iso
says stderr 'nothing can be started from an empty file'
exit 0
