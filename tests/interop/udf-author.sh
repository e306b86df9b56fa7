#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pure UDF 2.01 as we make it: what goes in comes out again, by our reader, udfinfo, 7-Zip and a Linux kernel.

. "$top_builddir/tests/functions.sh"
requires python3

long=$(printf 'n%.0s' $(seq 1 250))
mkdir -p tree/deep/2/3/4/5/6/7/8/9/10 tree/many
echo deep >tree/deep/2/3/4/5/6/7/8/9/10/file
echo hello >tree/hello.txt
: >tree/empty
echo long >"tree/$long.txt"
echo wide >"tree/ünïcödé.txt"
echo wider >"tree/漢字 😀"
seq 1 1000 >tree/blocks
head -c 1832 tree/blocks >tree/fits
head -c 1833 tree/blocks >tree/fits-not
# identifiers beyond the first mark
i=0
while [ $i -lt 700 ]; do
	echo $i >"tree/many/$(printf '%0*d' $((i % 230 + 5)) $i)"
	i=$((i + 1))
done
chmod 755 tree/hello.txt
chmod 711 tree/fits
chmod 1777 tree/deep
touch -d '1987-06-05 04:03:02.123456' tree/blocks

# listed FOLDER: names, types, modes, times to the microsecond, sizes
listed() {
	(cd "$1" && find . -mindepth 1 \( -type d -printf '%P %y %m %T@\n' -o -type l -printf '%P %y %l\n' \
		-o -printf '%P %y %m %s %n %T@\n' \) | sed -E 's/(\.[0-9]{6})[0-9]*$/\1/' | sort)
}

# back IMAGE: is it the tree?
back() {
	rm -rf out
	expect 0 imgconv x -q "$1" out/
	diff -r --no-dereference tree out >difference || { head difference; fail "$1: files differ"; }
	listed tree >want
	listed out >have
	diff want have >difference || { head difference; fail "$1: nodes differ"; }
}

judged() {
	expect 0 imginfo --verify "$1"
	says stdout 'revision           2.01'
	! grep -qE 'warning|BAD' stdout stderr || { cat stdout stderr; fail "$1: imginfo finds fault"; }
	if command -v udfinfo >/dev/null 2>&1; then
		udfinfo "$1" >info 2>&1 || { cat info; fail "$1: udfinfo"; }
		! grep -iE 'warning|error' info || fail "$1: udfinfo finds fault"
		says info udfrev=2.01
		says info integrity=closed
		[ "$(grep -c type=ANCHOR info)" = 3 ] || { cat info; fail "$1: anchors"; }
		says info type=RVDS
	else
		echo "udfinfo is not here: not asked"
	fi
}

# ---- files and folders only, which 7-Zip takes ----

expect 0 imgconv --mode keep -V 'Größe 漢' tree a.udf
grep -qE '^a\.udf: udf, ' stderr || { cat stderr; fail "closing line"; }
judged a.udf
says stdout 'Größe 漢'
if command -v 7zz >/dev/null 2>&1; then
	7zz t a.udf >log 2>&1 || { tail log; fail "7zz"; }
	rm -rf out
	7zz x -oout a.udf >log 2>&1 || { tail log; fail "7zz x"; }
	diff -r tree out || fail "7zz: files differ"
else
	echo "7zz is not here: not asked"
fi
expect 0 imgconv -q --mode keep --opt embed=no tree b.udf
judged b.udf
[ "$(stat -c %s b.udf)" -gt $(($(stat -c %s a.udf) + 600 * 2048)) ] || fail "embed=no embeds"

# every part that leads to the files is there twice, or can be missed
rm -rf out
for part in '256 1' '32 16' '64 4'; do
	cp b.udf scratched.udf
	# a block and a number of them
	dd if=/dev/zero of=scratched.udf bs=2048 seek="${part% *}" count="${part#* }" conv=notrunc 2>/dev/null
	expect 0 imgconv x -q scratched.udf out/
	diff -r tree out || fail "without blocks $part: files differ"
	rm -rf out
done

# ---- links, devices ----

ln tree/hello.txt tree/many/hard
ln -s ../some/./where tree/link
ln -s "/$(echo $long | cut -c1-240)/$long/$long/$long/$long/$long/$long/$long/$long" tree/longlink
expect 0 imgconv -y --mode keep tree a.udf
says stderr 'note: 2 links or devices: Linux has them whole'
judged a.udf
back a.udf
expect 0 imginfo --verify a.udf
says stdout 'files found        712'

# devices and owners from an archive; names and targets that UDF cannot hold
python3 - <<-'EOF' || fail "python3 makes no archive"
	import io, tarfile
	t = tarfile.open("odd.tar", "w", format=tarfile.PAX_FORMAT)
	def add(name, type=tarfile.REGTYPE, **more):
	    f = tarfile.TarInfo(name)
	    f.type = type
	    for k in more:
	        setattr(f, k, more[k])
	    t.addfile(f, io.BytesIO(b"") if type == tarfile.REGTYPE else None)
	add("null", tarfile.CHRTYPE, devmajor=1, devminor=300, mode=0o640, uid=70000, gid=5)
	add("disk", tarfile.BLKTYPE, devmajor=259, devminor=70000)
	add("pipe", tarfile.FIFOTYPE)
	add("setid", mode=0o6711)
	add("\u6f22" * 130)
	add("\u6f22" * 130 + "b")
	add("link", tarfile.SYMTYPE, linkname="\u6f22" * 200)
	f = tarfile.TarInfo("attributed")
	f.size = 6
	f.pax_headers = {"SCHILY.xattr.user.small": "value", "SCHILY.xattr.user.large": "x" * 5000,
	    "SCHILY.xattr.security.selinux": "label", "SCHILY.xattr.com.apple.FinderInfo": "F" * 32}
	t.addfile(f, io.BytesIO(b"bytes\n"))
	t.close()
EOF
expect 0 imgconv --owner keep --mode keep --xattrs=keep odd.tar odd.udf
[ "$(grep -c 'UDF cannot hold this name and calls it' stderr)" = 2 ] || { cat stderr; fail "names"; }
says stderr 'warning: link: UDF cannot hold the target of this link; it is left out'
judged odd.udf
expect 0 imginfo -ll --json odd.udf
says stdout '"path":"null","type":"char","mode":"0640","uid":70000,"gid":5'
says stdout '{"name":"user.large","size":5000},{"name":"user.small","size":5}'
says stdout '"path":"setid","type":"file","size":0,"mode":"6711"'
says stdout '"com.apple.FinderInfo","size":32'
says_not stdout security.selinux
[ "$(grep -c '~' stdout)" = 2 ] || { cat stdout; fail "the two long names"; }
expect 0 imgconv -y -q --owner keep --opt xattrs=all odd.tar odd.udf
expect 0 imginfo -ll --json odd.udf
says stdout security.selinux
expect 4 imgconv --strict odd.tar strict.udf
nothing_left strict.udf

# ---- sizes ----

mkdir big
printf end | dd of=big/huge bs=1 seek=4500000000 2>/dev/null
python3 - <<-'EOF'
	f = open("big/holes", "wb")
	for i in range(300):
	    f.seek(i * 81920)
	    f.write(b"block %d" % i * 20)
	f.truncate(300 * 81920 + 12345)
EOF
expect 0 imgconv -q big big.udf
judged big.udf
rm -rf out
expect 0 imgconv x -q big.udf out/
same big/holes out/holes
[ "$(stat -c %s out/huge)" = 4500000003 ] && [ "$(tail -c 3 out/huge)" = end ] || fail "4.5 GB"
# zeros that are not recorded: descriptors over several blocks
expect 0 imgconv -y -q --opt sparse=yes big big.udf
[ "$(stat -c %s big.udf)" -lt 4000000 ] || fail "sparse=yes records zeros"
judged big.udf
rm -rf out
expect 0 imgconv x -q big.udf out/
same big/holes out/holes
[ "$(stat -c %s out/huge)" = 4500000003 ] && [ "$(tail -c 3 out/huge)" = end ] || fail "4.5 GB, sparse"
rm -rf out big.udf big/huge

# ---- other sources, other targets ----

expect 0 imgconv -q tree t.iso
expect 0 imgconv t.iso t.udf
says stderr 'its files were copied'
judged t.udf
expect 0 imgconv -qq -y tree t.udf
expect 0 imgconv -qq -O udf tree -
same stdout t.udf
expect 2 imgconv -O udf --opt level=3 tree no.udf
says stderr 'UDF has no option "level"'
expect 2 imgconv -V "$long" tree no.udf
says stderr '126 characters fit'
nothing_left no.udf

# ---- a Linux kernel ----

if [ -e "$shared/interop/kernel-mount.sh" ] && command -v qemu-system-x86_64 >/dev/null; then
	rm -rf tree/many
	# it reads no target that is longer than a block
	ln -sfn "/$(echo $long | cut -c1-240)/$long/$long" tree/longlink
	cp big/holes tree/holes
	expect 0 imgconv -y -qq --mode keep --opt sparse=yes tree k.udf
	bash "$shared/interop/kernel-mount.sh" k.udf udf >seen 2>said || { cat said; fail "Linux refuses the volume"; }
	(cd tree && find . -mindepth 1 -type f | sed 's,^\./,,' | while read -r f; do
		echo "f $(stat -c '%a' "$f") $(stat -c %s "$f") $(sha256sum <"$f" | cut -d' ' -f1) $f"
	done; find . -mindepth 1 -type d -printf 'd %m - %P\n'; find . -type l -printf 'l 777 -> %l %P\n') | sort >want
	sed -E 's/^(. [0-7]*) 0:0 /\1 /' seen | sort >have
	diff want have || fail "Linux reads other files"
else
	echo "no kernel was asked: qemu or shared/interop is not there"
fi
exit 0
