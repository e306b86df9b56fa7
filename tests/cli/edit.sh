#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imgconv edit: what changes, what stays, what is refused, and what is left behind when it fails.

. "$top_builddir/tests/functions.sh"

mkdir -p tree/docs/old tree/empty add/sub
seq 1 3000 >tree/data
seq 1 200 >tree/docs/text
ln tree/data tree/docs/twin
ln -s ../data tree/docs/link
: >tree/nothing
echo "a long name" >"tree/docs/A name, with blanks and ünïcode.text"
chmod 755 tree/docs/text
touch -d '2020-02-02 02:02:02' tree/data tree/docs tree/docs/text
echo one >add/one
echo two >add/sub/two
echo new >new.txt
chmod 600 new.txt
expect 0 imgconv -q -V OLD --mode keep --opt publisher=Somebody tree a.iso
cp a.iso kept.iso

# files IMAGE: a line for every node but for its inode
files() { imginfo --list --json "$1" | LC_ALL=C sort; }
# hash of what is in one file
cat_sha() { imginfo --cat "$2" "$1" | sha256sum | cut -d' ' -f1; }

# ---- each change, into another file; the old one stays ----
files a.iso >before
expect 0 imgconv edit a.iso --add new.txt:/docs/new.txt -o b.iso
says stderr 'b.iso: iso, '
same a.iso kept.iso
files b.iso >after
diff before after | grep '^<' && fail "something else changed"
[ "$(diff before after | grep -c '^>')" = 1 ] || fail "not one line more"
imginfo --cat /docs/new.txt b.iso | cmp - new.txt || fail "the new file has other bytes"
imginfo -ll b.iso | grep 'new.txt' >line
says line '-r--r--r--'
expect 0 imginfo --strict --verify b.iso
expect 0 imgconv -q edit a.iso --rm docs/text -o b.iso -y
files b.iso >after
[ "$(diff before after | grep -c '^<')" = 1 ] || fail "--rm took more than one away"
says_not after '"docs/text"'
expect 0 imgconv -q edit a.iso --rm /docs/ -o b.iso -y
files b.iso >after
says_not after docs
expect 0 imgconv -q edit a.iso --mkdir /x/y/z -o b.iso -y
files b.iso >after
says after '"x/y/z"'
expect 0 imgconv -q edit a.iso --move docs:papers --move papers/text:/ -o b.iso -y
files b.iso >after
says after '"papers/link"'
says after '"path":"text"'
says_not after '"docs'
[ "$(cat_sha b.iso text)" = "$(sha tree/docs/text)" ] || fail "a moved file has other bytes"
expect 0 imgconv -q edit a.iso --label NEW -o b.iso -y
imginfo b.iso >text
says text '"NEW"'
says text Somebody
says_not text OLD
# what is put in: a folder's contents, into a folder, owners and modes, times
expect 0 imgconv -q edit a.iso --add add:/in --add new.txt:/docs/ --add add/:/ --owner 7:8 --mode 0600,0700 -o b.iso -y
files b.iso >after
for path in in/one in/sub/two docs/new.txt one sub/two; do says after "\"$path\""; done
imginfo -ll b.iso | grep ' one' | grep -- '-rw------- .*7 .*8 ' >/dev/null || { imginfo -ll b.iso; fail "no owner, no mode"; }
SOURCE_DATE_EPOCH=86400 expect 0 imgconv -q edit a.iso --add new.txt:/n -o b.iso -y
imginfo -ll b.iso | grep '1970-01-02.* n$' >/dev/null || fail "SOURCE_DATE_EPOCH is not the newest time of what was put in"
imginfo -ll b.iso | grep '2020-02-02.* data$' >/dev/null || fail "the time of another file changed"
# one after the other: replaced
expect 0 imgconv -q edit a.iso --rm /data --add new.txt:/data -o b.iso -y
imginfo --cat data b.iso | cmp - new.txt || fail "the file was not replaced"
imginfo --cat docs/twin b.iso | cmp - tree/data || fail "its other name is gone too"
# nothing: the same image
expect 0 imgconv -q edit a.iso -o b.iso -y
same a.iso b.iso

# ---- what is edited twice is what is built so ----
for how in "" --no-joliet "--opt rock-ridge=no" "--iso-level 1" "--iso-level 4" --udf --implant-md5 --zisofs --dedupe \
	"--udf --implant-md5" "--opt pad=no" "--opt weight=docs=9" "--owner 5:6 --opt volume-set=S --opt system-id=X"; do
	# shellcheck disable=SC2086 # options are words
	expect 0 imgconv -qq -y $how tree c.iso
	expect 0 imgconv -qq -y edit c.iso -o d.iso
	cmp c.iso d.iso || fail "built with '$how' it is another image when nothing is changed"
	expect 0 imgconv -qq -y edit c.iso --add new.txt:/new.txt --mkdir /m -o d.iso
	expect 0 imgconv -qq -y edit d.iso --rm /new.txt --rm /m -o e.iso
	cmp c.iso e.iso || fail "built with '$how' it is another image when a file came and went"
	expect 0 imginfo --strict --verify d.iso
done
# UDF and the rest stay, or stay away
expect 0 imgconv -qq -y --udf tree c.iso
expect 0 imgconv -qq -y edit c.iso --add new.txt:/new.txt -o d.iso
expect 0 imginfo --view udf --cat new.txt d.iso
expect 0 imginfo --view joliet --cat new.txt d.iso
expect 0 imgconv -qq -y --no-joliet tree c.iso
expect 0 imgconv -qq -y edit c.iso --add new.txt:/new.txt -o d.iso
expect 2 imginfo --view joliet -l d.iso
expect 2 imginfo --view udf -l d.iso
# zisofs: stored as it was
expect 0 imgconv -qq -y --zisofs tree c.iso
expect 0 imgconv -qq -y edit c.iso --rm /empty -o d.iso
[ "$(stat -c %s d.iso)" -le "$(stat -c %s c.iso)" ] || fail "compressed files were expanded"
imginfo --cat data d.iso | cmp - tree/data || fail "a compressed file has other bytes"
command -v checkisomd5 >/dev/null 2>&1 && {
	expect 0 imgconv -qq -y --implant-md5 tree c.iso
	expect 0 imgconv -qq -y edit c.iso --add new.txt:/new.txt -o d.iso
	checkisomd5 d.iso >/dev/null 2>&1 || fail "checkisomd5 refuses the implanted sum"
	imgconv -qq edit c.iso --add new.txt:/new.txt -O iso -o - >e.iso || fail "to a pipe"
	same d.iso e.iso
	rm -f small.dmg
	expect 0 imgconv -qq edit c.iso --add new.txt:/new.txt -o small.dmg
	expect 0 imgconv -qq -y --raw small.dmg e.iso
	same d.iso e.iso
}

# ---- boot files ----
head -c 4096 /dev/zero >tree/loader
head -c 9000 /dev/zero | tr '\0' x >loader2
expect 0 imgconv -qq -y -b loader --opt boot-catalog=docs/boot.cat tree c.iso
expect 0 imgconv -q edit c.iso --move loader:/docs/other -o d.iso -y
imginfo c.iso >c.txt
imginfo d.iso >d.txt
grep 'BIOS, no emulation' c.txt >c.boot && grep 'BIOS, no emulation' d.txt >d.boot || fail "nothing starts"
diff c.boot d.boot || fail "a boot file that was moved is started otherwise"
expect 2 imgconv edit c.iso --rm loader -o x.iso
says stderr '/loader: the image starts by this file'
expect 2 imgconv edit c.iso --rm loader --mkdir loader -o x.iso
expect 0 imgconv -q edit c.iso --rm loader --add loader2:/loader -o d.iso -y
imginfo d.iso >text
says text 'loads 10 KiB'
expect 0 imgconv -q edit c.iso --rm docs/boot.cat -o d.iso -y
expect 0 imginfo --strict --verify d.iso
imginfo d.iso | grep -q 'BIOS, no emulation' || fail "without the catalog's file nothing starts"
nothing_left x.iso

# ---- in place ----
cp a.iso p.iso
chmod 640 p.iso
inode=$(stat -c %i p.iso)
expect 0 imgconv edit p.iso --add new.txt:/new.txt
says stderr 'p.iso: iso, '
[ "$(stat -c %a p.iso)" = 640 ] || fail "its mode was not kept"
[ "$(stat -c %i p.iso)" != "$inode" ] || fail "the file was written over"
expect 0 imgconv -q edit a.iso --add new.txt:/new.txt -o q.iso
same p.iso q.iso
nothing_left
# under any name, by a link, with other names
cp a.iso image
ln -s image link
expect 0 imgconv -q edit link --add new.txt:/new.txt
[ -L link ] || fail "the link was replaced"
same image q.iso
cp a.iso image
ln image other
expect 0 imgconv edit image --add new.txt:/new.txt
says stderr 'hard links'
same other a.iso
[ "$(id -u)" != 0 ] || {
	chown 12:34 image
	expect 0 imgconv -q edit image --rm /new.txt
	[ "$(stat -c %u:%g image)" = 12:34 ] || fail "its owner was not kept"
	same image a.iso
}
[ "$(id -u)" = 0 ] || {
	chmod 444 image
	expect 6 imgconv edit image --rm /new.txt
	says stderr 'write-protected'
	expect 0 imgconv -q -y edit image --rm /new.txt
}
# a kill in the middle leaves the old image, or the new one
cp a.iso k.iso
head -c 60000000 /dev/zero | tr '\0' k >big
imgconv -q edit k.iso --add big:/big &
pc=$!
n=0
until ls .k.iso.*.part >/dev/null 2>&1 || [ $n = 400 ] || ! kill -0 $pc 2>/dev/null; do
	sleep 0.01
	n=$((n + 1))
done
kill -9 $pc 2>/dev/null
wait $pc 2>/dev/null
cmp -s k.iso a.iso || { imginfo --verify k.iso >/dev/null && imginfo --cat big k.iso | cmp - big; } || fail "a kill left half an image"
rm -f .k.iso.*.part big
nothing_left

# ---- refused ----
refuse() {
	status=$1 words=$2
	shift 2
	expect "$status" imgconv edit a.iso "$@" -o x.iso
	says stderr "$words"
	nothing_left x.iso
	same a.iso kept.iso
}
refuse 2 '/absent: is not in the image' --rm absent
refuse 2 'there is no "absent"' --rm absent/deep/er
refuse 2 '"data" is no folder' --rm data/x
refuse 2 '"data" is no folder' --add new.txt:/data/x
refuse 2 '"link" is no folder' --add new.txt:/docs/link/x
refuse 2 'the root of the image stays' --rm /
refuse 2 'the root of the image stays' --rm ././
refuse 2 '".." has no place' --rm docs/../data
refuse 2 '".." has no place' --add new.txt:../x
refuse 2 '".." has no place' --move data:docs/../../x
refuse 6 '/data: is in the image already' --add new.txt:/data
says stderr '--rm before'
refuse 6 '/docs: is in the image already' --add new.txt:/docs
refuse 6 '/docs: is in the image already' --mkdir docs
refuse 6 '/nothing: is in the image already' --move data:nothing
refuse 6 '/docs/text: is in the image already' --mkdir t --move docs/text:t/ --move t/text:docs/ --add new.txt:docs/text
refuse 2 '/data: is not in the image' --rm data --rm data
refuse 2 'into itself' --move docs:docs/old/more
refuse 2 'is the root' --add new.txt:/.
refuse 2 'is the root' --mkdir /
refuse 2 'is not in the image' --move nowhere:x
refuse 1 'nofile: cannot open it' --add nofile:/x
refuse 2 'SRC:DEST is expected' --add new.txt
refuse 2 'FROM:TO is expected' --move data
refuse 2 'at most 32 fit' --label 123456789012345678901234567890123
refuse 2 'at most 255 fit' --mkdir "$(printf '%0300d' 1)"
refuse 2 'no use for' --exclude x
refuse 2 'no use for' --no-joliet
refuse 2 'no use for' --graft a:b
mkdir clash && echo x >clash/data
refuse 6 '/data: is in the image already' --add clash:/
expect 6 imgconv edit a.iso --add new.txt:/x -o a.iso
says stderr 'the source itself'
expect 6 imgconv edit a.iso --add new.txt:/x -o kept.iso
says stderr 'already exists'
expect 2 imgconv edit a.iso
says stderr 'nothing to change'
expect 2 imgconv edit
expect 2 imgconv edit a.iso b.iso
says stderr '-o names the target'
expect 2 imgconv a.iso --rm data b2.iso
says stderr 'imgconv edit IMAGE --rm data'
expect 2 imgconv edit - --rm data
says stderr 'standard input'
expect 1 imgconv edit nosuch.iso --rm data
[ "$(imgconv edit - --rm data -o s.iso -q <a.iso && imginfo -l s.iso | grep -c '^data$')" = 0 ] || fail "from a pipe"
# no image, no ISO 9660, images around images
expect 3 imgconv edit new.txt --rm x -o x.iso
expect 0 imgconv -qq a.iso a.dmg
expect 2 imgconv edit a.dmg --rm data
says stderr 'container'
expect 0 imgconv -q edit a.dmg --rm data -o x.iso
imgconv -q edit a.iso --rm data -o y.iso
same x.iso y.iso
rm -f x.iso y.iso
[ ! -f "$fixtures/fat/fat16.img" ] || { expect 3 imgconv edit "$fixtures/fat/fat16.img" --rm x -o x.iso; says stderr 'only images with ISO 9660'; }
nothing_left x.iso

# ---- what cannot be written again: named, refused, or left out on request ----
spoil() {
	cp a.iso s.iso
	printf "$2" | dd of=s.iso bs=1 seek="$1" conv=notrunc 2>/dev/null
}
left_out() {
	expect 3 imgconv edit s.iso --rm data -o x.iso
	says stderr "$1"
	says stderr '--ignore-errors leaves it out'
	nothing_left x.iso
	expect 8 imgconv edit s.iso --rm data -o x.iso --ignore-errors
	says stderr "left out: "
	expect 0 imginfo --verify x.iso
	rm x.iso
}
spoil 0 '\013\345\251\101'
left_out 'a MIPS volume header'
spoil 508 '\332\276'
left_out 'a SUN disk label'
# an MBR partition in the midst of the files
spoil 446 '\000\000\000\000\203\000\000\000\120\000\000\000\020\000\000\000'
printf '\125\252' | dd of=s.iso bs=1 seek=510 conv=notrunc 2>/dev/null
left_out 'MBR partition 1, 8192 bytes at 40960'
cp a.iso s.iso
echo "something behind" >>s.iso
truncate -s %2048 s.iso
left_out 'behind the volume'
# boot code nobody knows is kept
cp a.iso s.iso
printf '\353\376\220 a loader of its own' | dd of=s.iso bs=1 conv=notrunc 2>/dev/null
expect 0 imgconv edit s.iso --rm data -o x.iso
says stderr 'of a kind this build does not know'
dd if=x.iso bs=512 count=1 2>/dev/null | cmp - s.iso -n 512 || fail "the boot code was not kept"

# ---- telling ----
expect 0 imgconv -n edit a.iso --add new.txt:/n --rm data --label L
says stdout 'a.iso -> a.iso: iso'
says stdout 'changes: 1 added, 1 removed, label'
same a.iso kept.iso
expect 0 imgconv --json edit a.iso --add new.txt:/n --mkdir m -o x.iso -y
says stdout '"job": "edit"'
says stdout '"folders_made": 1'
if command -v jq >/dev/null 2>&1; then
	[ "$(jq -r '.job, .result, .changes.added, .changes.in_place' <stdout | tr '\n' ' ')" = "edit ok 1 false " ] || fail "the document"
fi
expect 0 imgconv edit a.iso --add new.txt:/n -o x.iso -y --checksum
[ "$(cut -d' ' -f1 x.iso.sha256)" = "$(sha x.iso)" ] || fail "the sidecar"
expect 0 imgconv --progress=json edit a.iso --add new.txt:/n -o x.iso -y
says stderr '"job":"edit"'
nothing_left
