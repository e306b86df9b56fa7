#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One awkward tree with a file of 4.5 GB as a disc of ours with every view: what a Linux kernel shows of the plain tree, of
# Rock Ridge, Joliet and UDF, and what isoinfo, iso-info, bsdtar, 7-Zip, xorriso and udfinfo list and read, is the source:
# names, types, modes, owners, sizes, link targets, devices and data, of the large file some ranges.  What a view cannot
# hold is left out of the comparison by name, below, and only there.
#
# Boot records, partition tables, xorriso's -check_media, checkisomd5 and fsck.fat: iso-author.sh, hybrid.sh, profiles.sh.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/interop/awkward.sh"
requires python3

# ---- what goes in ----

awkward
# not on our discs
rm -f tree/fifo
# names of 254 bytes and more, which isofs cuts (fs/isofs/rock.c), and a number busybox does not show whole
rm -rf tree/nnn* tree/ddd* tree/big
[ "$root" ] || chmod u+r tree/modes/*
# text across the ends of extents: 1 GiB - 2048 in UDF, 4 GiB - 2048 in ISO 9660; and of the file
truncate -s 4500000000 tree/huge
for at in 0 1073737728 2147475456 4294963200 4499991808; do
	seq $at $((at + 3000)) | head -c 8192 | dd of=tree/huge bs=4096 seek=$((at / 4096)) conv=notrunc 2>/dev/null
done
views() {
	python3 "$top_srcdir/tests/interop/views.py" "$@"
}
views source tree | sort >want
grep -q '^f 644 [0-9:]* 4500000000 ' want || fail "the source is not as meant"
# no sums and no devices, for lists
sed -E 's/^(f [^ ]* [^ ]* [^ ]*) [^ ]*/\1 -/; s/^(o [^ ]* [^ ]*) [^ ]*/\1 -/' want | sort >want.list

expect 0 imgconv --udf --opt joliet=yes --owner keep --mode keep tree a.iso
[ "$(grep -c 'Joliet calls it' stderr)" = 3 ] || { cat stderr; fail "names changed"; }
[ "$(du -k a.iso | cut -f1)" -lt 8192 ] || fail "the image is not sparse"
# Joliet has neither links nor devices, and other names for three
sed -e '/^[lo]/d' -e 's/ [*]?"<>|\\$/ __"<>|_/' -e 's/ a;1$/ a_1/' -e "s/$(printf '\033')/_/" want |
	sed -E 's/^(.) [^ ]* [^ ]*/\1/' | sort >want.joliet
ran=

# names LIST: of the form of want.joliet
names() {
	sed -E 's/^d - //; s/^f [^ ]* [^ ]* //' "$1" | sort
}

# alike WANT HAVE WHAT
alike() {
	[ -s "$2" ] || fail "$3: nothing"
	diff "$1" "$2" >difference || { head -n 30 difference >&2; fail "$3: not the source (<)"; }
	ran="$ran $3"
}

# ---- lists and data by tools ----

if command -v isoinfo >/dev/null; then
	# it shows neither bits above rwx nor long numbers of owners
	sed -E 's/^(. )[1-7]([0-7]{3}) /\1\2 /; s/ [0-9]+:[0-9]+ / : /' want.list | sort >want.part
	timeout 20 isoinfo -l -R -i a.iso >log || fail "isoinfo -R"
	views isoinfo <log | sort >have
	alike want.part have "isoinfo -R"
	# of wide characters it makes what the locale has: names without them
	names want.joliet | grep -v ^beyond >want.part
	timeout 20 isoinfo -J -f -i a.iso | sed -e 's,^/,,' -e 's/;1$//' | grep -av ^beyond | sort -u >have
	alike want.part have "isoinfo -J"
fi
if command -v iso-info >/dev/null; then
	# docs/formats/iso9660-author.md: it stops at a surrogate pair in Joliet and crashes over a long target, on discs of
	# xorriso too
	expect 0 imgconv -qq --opt joliet=yes --owner keep --mode keep --exclude huge --exclude links/long \
		--exclude 'beyond*' tree b.iso
	# nor does it show the sticky bit
	grep -v -e ' huge$' -e ' beyond' -e ' links/long$' want.list | sed 's/^d 1777/d 777/' | sort >want.part
	timeout 20 iso-info --no-joliet -l -i b.iso >log 2>&1 || { tail log; fail "iso-info"; }
	! grep WARN log || fail "iso-info finds fault"
	views libcdio <log | sort >have
	alike want.part have iso-info
	names want.joliet | grep -v -e ^beyond -e ^huge >want.part
	timeout 20 iso-info -f -i b.iso >log 2>&1 || { tail log; fail "iso-info, Joliet"; }
	! grep WARN log || fail "iso-info finds fault with Joliet"
	says log 'Joliet Level: 3'
	# it takes a point from the end of a name
	sed -n 's,^ *[0-9]* /,,p' log | sed 's/^trailing.dot$/&./' | sort >have
	alike want.part have "iso-info (Joliet)"
	rm b.iso
fi
if command -v xorriso >/dev/null; then
	timeout 60 xorriso -indev a.iso -find / -exec lsdl -- >lines 2>log || { tail log; fail xorriso; }
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "xorriso finds fault"
	[ ! -e tree/null ] || grep -q " 1,3 .*'/null'" lines || fail "xorriso: device number"
	views xorriso <lines | sort >have
	alike want.list have xorriso
	timeout 60 xorriso -osirrox on -indev a.iso -extract_cut /huge 4294963200 8192 piece >log 2>&1 ||
		{ tail log; fail "xorriso: huge"; }
	tail -c +4294963201 tree/huge | head -c 8192 | cmp - piece || fail "xorriso: huge"
fi
if command -v bsdtar >/dev/null; then
	timeout 60 bsdtar -cf - --format=pax --exclude huge @a.iso >a.tar 2>log || { cat log; fail bsdtar; }
	views tar <a.tar | sort >have
	grep -v ' huge$' want >want.part
	alike want.part have bsdtar
	rm a.tar
	timeout 60 bsdtar -xOf a.iso huge | tail -c +4294963201 | sha256sum >have
	tail -c +4294963201 tree/huge | sha256sum >want.part
	alike want.part have "bsdtar (huge)"
fi
if command -v 7zz >/dev/null; then
	timeout 60 7zz t a.iso >log 2>&1 || { tail log; fail 7zz; }
	says_not log WARNING
	grep -q 'Size: *4500304' log || { tail log; fail "7zz: sizes"; }
	timeout 60 7zz x -oout7 '-x!huge' a.iso >log 2>&1 || { tail log; fail "7zz x"; }
	views source out7 | sed -E 's/^(.) [^ ]* [^ ]*/\1/; s/ trailing.dot$/&./' | sort >have
	grep -v ' huge$' want.joliet >want.part
	alike want.part have 7zz
	chmod -R u+w out7
	rm -rf out7
	# of UDF it takes no links
	expect 0 imgconv -qq --udf --exclude huge --exclude links --exclude null --exclude disk tree b.iso
	timeout 60 7zz x -tudf -oout7 b.iso >log 2>&1 || { tail log; fail "7zz, UDF"; }
	views source out7 | sed -E 's/^(.) [^ ]* [^ ]*/\1/' | sort >have
	grep -v -e '^o' -e ' huge$' -e ' links$' -e ' links/' want | sed -E 's/^(.) [^ ]* [^ ]*/\1/' | sort >want.part
	alike want.part have "7zz (UDF)"
	chmod -R u+w out7
	rm -rf out7 b.iso
fi
if command -v udfinfo >/dev/null; then
	timeout 20 udfinfo a.iso >log 2>&1 || { cat log; fail udfinfo; }
	! grep -iE 'warning|error' log || fail "udfinfo finds fault"
	# hard links are one
	says log "numfiles=$(find tree \( -type f -o -type l \) -printf '%i\n' | sort -u | wc -l)"
	says log "numdirs=$(($(grep -c '^d' want) + 1))"
	ran="$ran udfinfo"
fi

# ---- devices, also without the right to make any ----

python3 - <<-'EOP' || fail "python3 makes no archive"
	import tarfile
	t = tarfile.open("dev.tar", "w")
	for name, major, minor in ("null", 1, 3), ("disk", 259, 255), ("zero", 0, 7):
	    f = tarfile.TarInfo(name)
	    f.type, f.devmajor, f.devminor, f.mode = tarfile.CHRTYPE, major, minor, 0o640
	    t.addfile(f)
	t.close()
EOP
expect 0 imgconv -qq --mode keep dev.tar b.iso
printf '%s\n' 'o 640 0:0 0,7 zero' 'o 640 0:0 1,3 null' 'o 640 0:0 103,ff disk' >want.part
expect 0 imginfo -ll --json b.iso
says stdout '"dev_major":259,"dev_minor":255'
if command -v bsdtar >/dev/null; then
	bsdtar -cf - --format=pax @b.iso 2>log | views tar | sort >have
	alike want.part have "bsdtar (devices)"
fi
if command -v xorriso >/dev/null; then
	xorriso -indev b.iso -find / -exec lsdl -- 2>log >lines
	for number in 1,3 259,255 0,7; do
		grep -q " $number " lines || { cat lines; fail "xorriso: device $number"; }
	done
fi
rm b.iso

# ---- a Linux kernel ----

# kernel-mount.sh shows one view per start and sums whole files, which takes minutes for a large one: it starts an ./init
# of ours, which it packs with cpio.  That has the same form, with the view before it.
cat >init <<'EOI'
#!/bin/busybox sh
/bin/busybox mkdir -p /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
mount -t proc none /proc
mount -t devtmpfs none /dev
for m in virtio_pci virtio_blk nls_utf8 isofs udf; do modprobe $m 2>/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; sleep 0.2; done
dmesg -c >/dev/null
sum() {
	if [ "$1" -lt 1000000000 ]; then
		cat "$2"
	else
		for at in 0 16383 32767 65535 68664; do
			dd if="$2" bs=65536 skip=$at count=1 2>/dev/null
		done
	fi | sha256sum
}
while read -r view type options; do
	mount -t $type -o ro,$options /dev/vda /mnt 2>/err || { sed "s/^/@k /" /err; continue; }
	cd /mnt
	find . -mindepth 1 | while IFS= read -r path; do
		name=${path#./}
		if [ -L "$path" ]; then
			echo "@= $view l $(stat -c '%a %u:%g' "$path") -> $(readlink "$path") $name"
		elif [ -d "$path" ]; then
			echo "@= $view d $(stat -c '%a %u:%g' "$path") - $name"
		elif [ -f "$path" ]; then
			size=$(stat -c %s "$path")
			sum=$(sum $size "$path")
			echo "@= $view f $(stat -c '%a %u:%g' "$path") $size ${sum%% *} $name"
		else
			echo "@= $view o $(stat -c '%a %u:%g %t,%T' "$path") $name"
		fi
	done
	cd /
	umount /mnt
done <<VIEWS
plain iso9660 norock,nojoliet,check=strict
rock iso9660 utf8
joliet iso9660 norock,iocharset=utf8,check=strict
udf udf iocharset=utf8
VIEWS
dmesg | sed 's/^/@k /'
echo "@status 0"
poweroff -f
EOI
mkdir bin
cat >bin/cpio <<'EOC'
#!/bin/sh
# what it is asked to pack is being listed while we add to it
cat >/dev/null
cp "$VIEWS/init" init
release=$(ls lib/modules)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kernel-mount/root/lib/modules
(cd "$cache" && find "$release" -name 'isofs.ko*') | while read -r f; do
	mkdir -p "lib/modules/${f%/*}"
	cp "$cache/$f" "lib/modules/$f"
done
depmod -b . "$release" 2>/dev/null
find . | "$VIEWS_CPIO" "$@"
EOC
chmod +x bin/cpio

# view NAME: what the kernel showed of it
view() {
	sed -n "s/^$1 //p" seen | sort
}

rc=2
if [ -r "$shared/interop/kernel-mount.sh" ] && command -v qemu-system-x86_64 >/dev/null && command -v cpio >/dev/null; then
	rc=0
	VIEWS=$tmp VIEWS_CPIO=$(command -v cpio) PATH=$tmp/bin:$PATH KERNEL_MOUNT_SECONDS=240 \
		timeout 300 bash "$shared/interop/kernel-mount.sh" a.iso udf >seen 2>said || rc=$?
	[ $rc = 0 ] || tail -n 3 said
fi
[ $rc != 1 ] || fail "Linux refuses the disc"
if [ $rc = 0 ]; then
	! grep -E 'mount:|[Ee]rror|UDF-fs: warn|isofs_' said || fail "Linux finds fault"
	view rock >have
	alike want have "Linux (Rock Ridge)"
	# devices and owners: UDF 1.02 has only the latter
	view udf >have
	grep -v '^o' want >want.part
	alike want.part have "Linux (UDF)"
	# it takes points from the ends of names
	view joliet | sed -E 's/^(.) [^ ]* [^ ]*/\1/; s/ trailing.dot$/&./' | sort >have
	alike want.joliet have "Linux (Joliet)"
	# the plain tree: names as isoinfo has them, in small letters; the data is there, links and devices are empty files
	view plain | cut -d' ' -f4- >plain
	empty=$(: | sha256sum | cut -d' ' -f1)
	sed -E -e '/^d/d' -e 's/^f [^ ]* [^ ]* ([^ ]* [^ ]*) .*/\1/' -e "s/^[lo] .*/0 $empty/" want | sort >want.part
	grep -v '^- ' plain | cut -d' ' -f1-2 | sort >have
	alike want.part have "Linux (plain: data)"
	if command -v isoinfo >/dev/null; then
		isoinfo -f -i a.iso | tr '[:upper:]' '[:lower:]' | sed -e 's,^/,,' -e 's/[.]\{0,1\};1$//' | sort -u >want.part
		sed -E 's/^(-|[0-9]+ [0-9a-f]{64}) //' plain | sort >have
		alike want.part have "Linux (plain: names)"
	fi
else
	echo "no kernel was asked: qemu, cpio or shared/interop is not there, or it could not run"
fi
[ "$ran" ] || skip "no reader of discs is installed"
echo "right:$ran"
