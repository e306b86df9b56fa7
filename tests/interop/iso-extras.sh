#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What only Rock Ridge can say, as others read it: files compressed by zisofs, extended attributes, access control lists.

. "$top_builddir/tests/functions.sh"
requires xorriso
requires bsdtar
requires python3

mkdir -p tree/sub
seq 1 120000 >tree/text
cp tree/text tree/sub/copy
ln tree/text tree/hard
seq 1 40000 | sha256sum >tree/small
: >tree/empty
truncate -s 1000000 tree/zeros
# noise no program shrinks, and a file of which only some blocks do
gzip -9nc tree/text >tree/noise
(cat tree/text; head -c 300000 /dev/zero; cat tree/noise) >tree/mixed
chmod 755 tree/sub/copy

# ---- zisofs ----

expect 0 imgconv -y --zisofs tree plain.iso
says stderr 'note: there is no Joliet'
[ "$(stat -c %s plain.iso)" -lt "$(($(stat -c %s tree/text) * 2))" ] || fail "zisofs does not shrink"
for options in "--zisofs -T1" "--zisofs -T3" "--opt zisofs=64K,level:9" "--opt zisofs=v2,128K" "--zisofs --dedupe"; do
	expect 0 imgconv -y -qq $options tree a.iso
	[ "$options" != "--zisofs -T1" ] || cp a.iso one.iso
	[ "$options" != "--zisofs -T3" ] || cmp one.iso a.iso || fail "threads change the bytes"
	expect 0 imginfo --verify a.iso
	expect 0 imgconv x -q a.iso out/
	diff -r tree out || fail "ours: $options"
	chmod -R u+w out && rm -rf out && mkdir out
	bsdtar -xf a.iso -C out || fail "bsdtar: $options"
	chmod -R u+w out
	diff -r tree out || fail "bsdtar: $options"
	rm -rf out && mkdir out
	xorriso -osirrox on -indev a.iso -extract / out >log 2>&1 || { tail log; fail "xorriso: $options"; }
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "xorriso finds fault: $options"
	chmod -R u+w out
	diff -r tree out || fail "xorriso: $options"
	rm -rf out
done

# it is told how far it is: a job before the job
expect 0 imgconv -y --progress=json --zisofs tree a.iso
grep -q '"event":"start","job":"compress"' stderr && grep -q '"event":"start","job":"build"' stderr || { cat stderr; fail "progress"; }

# views that cannot say it are there only by name, and are warned of
expect 0 imgconv -y -q --opt joliet=yes --udf --zisofs tree a.iso
says stderr 'warning: Joliet and UDF show the 5 compressed files as they lie'
expect 2 imgconv -y --zisofs --opt rock-ridge=no tree a.iso
says stderr 'zisofs needs Rock Ridge'
expect 2 imgconv -y --opt zisofs=24K tree a.iso
says stderr 'yes, no, or some of'

# what firmware starts stays as it is
head -c 100000 /dev/zero >tree/boot.bin
expect 0 imgconv -y -q -b boot.bin --zisofs tree a.iso
xorriso -indev a.iso -report_el_torito plain 2>/dev/null | grep -q 'El Torito boot img :   1  BIOS' || fail "no boot entry"
xorriso -indev a.iso -find /boot.bin -exec show_stream -- 2>/dev/null >log
says_not log ziso
xorriso -indev a.iso -find /text -exec show_stream -- 2>/dev/null >log
says log ziso
rm tree/boot.bin

# files that are compressed already
if command -v mkzftree >/dev/null; then
	rm -rf packed
	mkzftree tree packed
	# no zisofs, though it begins so
	printf '\067\344\123\226\311\333\326\007 and nothing that would fit' >packed/liar
	expect 0 imgconv -y -qq --opt zisofs=marked packed a.iso
	expect 0 imginfo --verify a.iso
	expect 0 imgconv x -q a.iso out/
	same packed/liar out/liar
	rm out/liar
	diff -r tree out || fail "mkzftree"
	rm -rf out
	expect 0 imgconv -y -qq packed a.iso
	expect 0 imgconv x -q a.iso out/
	diff -r packed out || fail "zisofs unasked for"
	rm -rf out
else
	echo "mkzftree is not here: not tried"
fi

# 4 GiB and more only in version 2; else they stay as they are
mkdir big
truncate -s 4295000000 big/huge
echo end >>big/huge
expect 0 imgconv -y -q --opt zisofs=v2 big a.iso
[ "$(stat -c %s a.iso)" -lt 4000000 ] || fail "version 2 does not shrink"
expect 0 imgconv x -q a.iso out/
[ "$(stat -c %s out/huge)" = "$(stat -c %s big/huge)" ] || fail "version 2: size"
tail -c 100000 big/huge >want
tail -c 100000 out/huge | cmp - want || fail "version 2: the end"
rm -rf out
xorriso -osirrox on -indev a.iso -extract_cut /huge 4294999000 1004 piece >log 2>&1 || { tail log; fail "xorriso: version 2"; }
tail -c 1004 big/huge | cmp - piece || fail "xorriso: version 2"
expect 0 imgconv -y -q --zisofs big a.iso
[ "$(stat -c %s a.iso)" -gt 4295000000 ] || fail "version 1 holds no 4 GiB"
rm -rf big a.iso

# ---- attributes ----

# more than Linux would follow in one record is left out, and said
python3 - <<-'EOF' || fail "python3 makes no archive"
	import io, tarfile
	t = tarfile.open("many.tar", "w", format=tarfile.PAX_FORMAT)
	f = tarfile.TarInfo("file")
	f.size = 6
	f.pax_headers = {"SCHILY.xattr.user.%02d" % i: "x" * 9000 for i in range(12)}
	t.addfile(f, io.BytesIO(b"bytes\n"))
EOF
expect 0 imgconv -y -q --xattrs=keep many.tar a.iso
says stderr 'warning: file: the attribute user.11 is left out: Linux would not read a file with that much'
expect 0 imginfo -ll --json a.iso
says stdout '{"name":"user.05","size":9000}'
says_not stdout 'user.06'
expect 0 imginfo --verify a.iso

if ! setfattr -n user.probe -v x tree/text 2>/dev/null; then
	skip "no extended attributes here; what comes before was tried"
fi
setfattr -x user.probe tree/text
setfattr -n user.colour -v blue tree/text
setfattr -n user.empty tree/small
setfattr -n user.long -v "$(printf 'x%.0s' $(seq 1 3000))" tree/sub
setfattr -n user.root -v yes tree
acl=0x0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000400ffffffff
setfattr -n system.posix_acl_access -v $acl tree/small 2>/dev/null && setfattr -n system.posix_acl_default -v $acl tree/sub &&
	lists=yes || { lists=; echo "no access control lists here: not tried"; }

expect 0 imgconv -y -qq tree none.iso
! grep -q AAIP none.iso || fail "attributes unasked for"
expect 0 imgconv -y -qq --xattrs=keep tree a.iso
expect 0 imginfo --verify a.iso
mkdir out
xorriso -xattr on -acl on -osirrox on -indev a.iso -extract / out >log 2>&1 || { tail log; fail "xorriso: attributes"; }
for f in text hard small sub; do
	getfattr -d tree/$f 2>/dev/null | grep = >want || true
	getfattr -d out/$f 2>/dev/null | grep = >have || true
	diff want have || fail "xorriso: attributes of $f"
done
xorriso -xattr on -indev a.iso -find / -exec getfattr -- 2>/dev/null >log
says log 'user.root="yes"'
if [ "$lists" ]; then
	xorriso -acl on -indev a.iso -getfacl /small -- 2>/dev/null >log
	grep -q '^user:.*:r--' log || { cat log; fail "xorriso: list"; }
	xorriso -acl on -indev a.iso -getfacl /sub -- 2>/dev/null >log
	grep -q '^default:user:.*:r--' log || { cat log; fail "xorriso: default list"; }
fi
chmod -R u+w out && rm -rf out
expect 0 imgconv x -q --owner keep a.iso out/
expect 0 imginfo -ll --json a.iso
grep '"path":"sub"' stdout >listed
says listed '{"name":"user.long","size":3000}'
for f in text hard small sub; do
	getfattr -d tree/$f 2>/dev/null | grep = >want || true
	getfattr -d out/$f 2>/dev/null | grep = >have || true
	diff want have || fail "ours: attributes of $f"
done

# ---- a Linux kernel ----

if [ -e "$shared/interop/kernel-mount.sh" ] && command -v qemu-system-x86_64 >/dev/null; then
	expect 0 imgconv -y -qq --zisofs --xattrs=keep tree a.iso
	bash "$shared/interop/kernel-mount.sh" a.iso iso9660 >seen 2>said || { cat said; fail "Linux refuses the disc"; }
	(cd tree && find . -type f | sed 's,^\./,,' | while read -r f; do
		echo "$(stat -c %s "$f") $(sha256sum <"$f" | cut -d' ' -f1) $f"
	done) | sort >want
	sed -n 's/^f [0-7]* 0:0 //p' seen | sort >have
	diff want have || fail "Linux reads other files"
else
	echo "no kernel was asked: qemu or shared/interop is not there"
fi
exit 0
