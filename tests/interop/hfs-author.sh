#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# HFS+ volumes made of an awkward tree: what we take out is what went in, by a list of types, modes, owners, sizes, times,
# links, devices, attributes and data; the structure check finds nothing; 7-Zip, the Sleuth Kit, libfshfs, fsck_hfs and a
# Linux kernel in qemu, where they are there, see the same.

. "${top_builddir:-.}/tests/functions.sh"
PATH=$PATH:/sbin:/usr/sbin
root=
[ "$(id -u)" != 0 ] || root=yes
owner=--no-owner
[ ! "$root" ] || owner="--owner keep"
judged= absent=

# ---- what goes in ----
mkdir -p tree/empty-folder tree/modes tree/links/in tree/many tree/attrs
(
	cd tree || exit 99
	d=.
	for i in $(seq 40); do d=$d/$i; done
	mkdir -p "$d" && echo bottom >"$d/bottom"
	echo long >"$(printf 'n%.0s' $(seq 255))"
	mkdir "$(printf 'd%.0s' $(seq 255))"
	echo hangul >"$(printf '각%.0s' $(seq 85))"		# 255 units once they are taken apart
	echo beyond >'beyond 😀𝄞 ünï-日本語'
	echo marks >"$(printf 'a\314\247\314\201\314\243x')"	# in an order of their own
	echo odd >'a;1'; echo odd >'a:b'; echo odd >' space '; echo odd >"$(printf 'escape\033[31m')"; echo odd >'-rf'
	echo odd >'*?"<>|\'
	echo odd >'.hidden'; echo odd >'._no-double'
	: >empty
	head -c 4096 /dev/zero | tr '\0' a >block
	head -c 4097 /dev/zero | tr '\0' b >block+1
	for m in 0000 0111 0400 0444 0600 0777; do echo $m >modes/$m; chmod $m modes/$m; done
	mkdir modes/sticky modes/closed
	chmod 1777 modes/sticky
	chmod 0700 modes/closed
	ln -s /etc/passwd links/absolute
	ln -s ../../../.. links/upward
	ln -s nowhere links/dangling
	ln -s "$(printf 'component/%.0s' $(seq 90))end" links/long
	ln -s 'ünï 😀' links/unicode
	echo hard >links/hard-a
	ln links/hard-a links/in/hard-b
	ln links/hard-a hard-c
	echo other >links/z-first; ln links/z-first a-second
	seq -f 'many/file-%06g' 20000 | xargs touch
	truncate -s 4831838208 sparse
	for at in 0 2147483648 4294967295 4831838207; do
		printf X | dd of=sparse bs=1 seek=$at conv=notrunc 2>/dev/null
	done
	if [ "$root" ]; then
		mkfifo fifo
		echo set >modes/setuid; chmod 6755 modes/setuid
		mknod null c 1 3 2>/dev/null && mknod disk b 8 70000
		chown 1234:54321 block
		chown -h 12:34 links/absolute
	fi
	touch -d '1985-03-04 05:06:07.123456789' empty
	touch -d '2033-12-31 23:59:59.999999999' block
	touch -h -d '2001-02-03 04:05:06' links/absolute
	touch -d '1999-12-31 23:59:59' modes/closed
)
attrs=
if command -v setfattr >/dev/null && setfattr -n user.test -v 1 tree/empty 2>/dev/null; then
	attrs=yes
	(
		cd tree/attrs || exit 99
		echo data >file
		setfattr -n user.com.apple.quarantine -v '0083;5f;Safari;' file
		setfattr -n user.com.apple.FinderInfo -v 0x5445585474747874000000000000000000000000000000000000000000000000 file
		setfattr -n user.com.apple.ResourceFork -v 'a resource fork' file
		setfattr -n user.ünï -v '' file
		setfattr -n user.folder -v 'of a folder' .
		echo two >linked; ln linked also-linked
		setfattr -n user.shared -v 'by both names' linked
		for i in $(seq 40); do echo >many-$i; setfattr -n "user.attribute-$i" -v "$(printf "value $i%.0s" $(seq 100))" many-$i; done
	)
fi

# list FOLDER: of everything in it, sorted: path, type, mode, owner, size, time in s, target, first of the names that are
# one file; devices; attributes
list() {
	(
		cd "$1" || exit 99
		find . -mindepth 1 -printf '%P\t%y\t%m\t%U:%G\t%s\t%Ts\t%l\t%i %n\n' | LC_ALL=C sort | awk -F '\t' -v OFS='\t' '
			$2 != "f" { $5 = 0 } { sub(/[.].*/, "", $6); split($8, i, " ") }
			$2 == "d" || i[2] < 2 { $8 = "" }
			$8 != "" { if (!(i[1] in first)) first[i[1]] = $1; $8 = first[i[1]] }
			{ print }'
		find . -type b -exec stat -c '%n %t,%T' {} + -o -type c -exec stat -c '%n %t,%T' {} + | sort
		[ ! "$attrs" ] || find attrs | LC_ALL=C sort | xargs getfattr -h -d -e hex 2>/dev/null
	)
}
# names that HFS+ stores in one form only come back composed, in the order of Unicode
mv "tree/$(printf 'a\314\247\314\201\314\243x')" "tree/$(printf '\341\272\241\314\247\314\201x')"
list tree >want

# back IMAGE: take it out and compare
back() {
	rm -rf out
	# shellcheck disable=SC2086 # two words
	expect 0 imgconv -q $owner "$1" out/
	list out >have
	diff want have >delta || { head -n 20 delta >&2; fail "$1: what went in (<) and what came out (>) differ"; }
	diff -r --no-dereference -x sparse -x many tree out 2>/dev/null | grep -v -e ' is a fifo while ' -e ' special file while ' >delta
	[ ! -s delta ] || { head delta >&2; fail "$1: diff -r is not empty"; }
	[ "$(du -k out/sparse | cut -f1)" -lt 4096 ] || fail "the sparse file came out full"
	for at in 0 2147483648 4294967295 4831838207; do
		[ "$(dd if=out/sparse bs=1 skip=$at count=1 2>/dev/null)" = X ] || fail "$1: byte $at of the sparse file"
	done
	sound "$1"
}

# sound IMAGE: the structure check finds nothing at all
sound() {
	expect 0 imginfo --verify "$1"
	for word in oddities faults 'blocks unowned'; do
		grep -q "^ *$word  *0$" stdout || { cat stdout stderr >&2; fail "$1: --verify: $word"; }
	done
	! grep -q warning stderr || { cat stderr >&2; fail "$1: --verify warns"; }
}

judge() { judged="$judged $1"; }

# ---- one tree, every shape ----
keep=
[ ! "$root" ] || keep="--owner keep"
# with so many files in a folder once, then with fewer: others need long for them
expect 0 imgconv -q $keep tree many.dmg
says_not stderr warning
back many.dmg
rm many.dmg
find tree/many -type f ! -name '*00' -delete
touch -d '2020-01-01' tree/many
list tree >want
for shape in "out.dmg" "--case-sensitive x.dmg" "--partition-map apm -O ulfo apm.dmg" "--fs hfs+ --partition-map mbr mbr.img" \
	"--fs hfs+ --partition-map none bare.img" "--case-sensitive --fs hfs+ --partition-map none cased.img"; do
	# shellcheck disable=SC2086 # words of their own
	expect 0 imgconv -q $keep -V 'Volüme' tree $shape
	says_not stderr warning
	back "${shape##* }"
done
[ "$(imginfo --json bare.img | grep -c '"label": *"Volüme"')" = 1 ] || fail "the label"

# ---- the same bytes from another place, in another order, by any number of threads ----
mkdir elsewhere
(cd tree && tar --xattrs -cf - --exclude=./sparse . 2>/dev/null) | (cd elsewhere && tar --xattrs -xpf - 2>/dev/null) && cp -a tree/sparse elsewhere/
touch -r tree elsewhere
# shellcheck disable=SC2086
TZ=Asia/Tokyo expect 0 imgconv -q -T 1 $keep -V 'Volüme' elsewhere/ again.dmg
same out.dmg again.dmg
rm -rf elsewhere again.dmg

# ---- from an archive, from another image ----
tar -C tree --exclude=./sparse --exclude=./many -cf some.tar .
expect 0 imgconv -q some.tar some.dmg
sound some.dmg
# shellcheck disable=SC2086
expect 0 imgconv -q $owner some.dmg some/
diff -r --no-dereference -x sparse -x many tree some 2>/dev/null | grep -v -e ' is a fifo while ' -e ' special file while ' >delta
[ ! -s delta ] || { head delta >&2; fail "from an archive: diff -r is not empty"; }
# shellcheck disable=SC2086
expect 0 imgconv -q $keep --repack out.dmg repacked.dmg
[ "$(imginfo --json repacked.dmg | grep -c '"label": *"Volüme"')" = 1 ] || fail "the label of the image that was repacked"
back repacked.dmg
rm -rf some repacked.dmg

# ---- 100,000 files through an archive, so that the host's file system has no part in it ----
if command -v bsdtar >/dev/null; then
	awk 'BEGIN {
		print "#mtree"
		for (d = 0; d < 100; d++) {
			printf "./folder-%d type=dir mode=0755 uid=0 gid=0 time=1600000000.0\n", d
			for (i = 0; i < 1000; i++)
				printf "./folder-%d/file-%d-%d type=file mode=0%d uid=0 gid=0 time=%d.0 size=0\n", d, i * 7919 % 1000, d, 400 + i % 8 * 10, 1500000000 + i
		}
	}' | bsdtar -cf a.tar --format=ustar @- 2>/dev/null || fail "bsdtar"
	for option in "" --case-sensitive; do
		# shellcheck disable=SC2086
		expect 0 imgconv -q $option a.tar a.dmg
		sound a.dmg
		expect 0 imgconv -q a.dmg b.tar
		for t in a b; do tar -tvf $t.tar | sed 's|\./||' | grep -v ' $' | LC_ALL=C sort -k 6 >$t; done
		[ "$(wc -l <a)" = 100100 ] || fail "the archive has $(wc -l <a) entries"
		diff a b >delta || { head delta >&2; fail "100,000 files: other names, modes or times"; }
		rm -f a.dmg b.tar
	done
	rm -f a.tar
else
	absent="$absent bsdtar"
fi

# ---- what HFS+ cannot hold or tell apart ----
mkdir odd
echo 1 >odd/Readme; echo 2 >odd/README; echo 3 >"odd/$(printf 'bad\377')"; echo 4 >"odd/$(printf 'ΐ%.0s' $(seq 127))"
expect 0 imgconv odd odd.dmg
[ "$(grep -c warning: stderr)" = 3 ] || { cat stderr >&2; fail "three names had to be changed"; }
sound odd.dmg
imginfo -l odd.dmg >names
says names README; says names 'Readme~2'; says names 'bad%FF'
expect 4 imgconv --strict odd strict.dmg
nothing_left strict.dmg
expect 0 imgconv --case-sensitive odd cased.dmg
[ "$(grep -c warning: stderr)" = 2 ] || { cat stderr >&2; fail "two names had to be changed"; }

# ---- AppleDouble files become part of what they belong to, and come out again ----
if [ "$attrs" ]; then
	# shellcheck disable=SC2086
	expect 0 imgconv -q $owner --xattrs appledouble out.dmg double/
	[ -f double/attrs/._file ] || fail "no AppleDouble file"
	rm -f double/sparse && touch -r tree double && touch -r tree/attrs double/attrs
	expect 0 imgconv -q double merged.dmg
	sound merged.dmg
	# shellcheck disable=SC2086
	expect 0 imgconv -q $owner merged.dmg merged/
	(cd tree && find attrs | LC_ALL=C sort | xargs getfattr -h -d -e hex 2>/dev/null) >a
	(cd merged && find attrs | LC_ALL=C sort | xargs getfattr -h -d -e hex 2>/dev/null) >b
	diff a b >delta || { head delta >&2; fail "attributes did not come through AppleDouble"; }
	[ -f merged/._no-double ] || fail "a file that only looks like AppleDouble is gone"
	rm -rf double merged merged.dmg
else
	echo "no extended attributes here: they are not compared"
fi

# ---- room, and none ----
expect 0 imgconv -q --size 64M odd roomy.dmg
[ "$(imginfo --field virtual_size roomy.dmg)" = 67108864 ] || fail "--size"
sound roomy.dmg
expect 0 imgconv -q --fs hfs+ --partition-map none --size 64M odd roomy.img
[ "$(wc -c <roomy.img)" = 67108864 ] || fail "--size of a bare volume"
sound roomy.img

# ---- FAT32 ----
mkdir fat && echo x >fat/file && mkdir fat/sub && echo y >'fat/sub/Größe.txt'
expect 0 imgconv -q -V BOOT --fs fat32 --partition-map gpt fat fat.img
expect 0 imginfo --verify fat.img
expect 0 imgconv -q fat.img fat-out/
diff -r fat fat-out || fail "FAT32"
command -v fsck.vfat >/dev/null && {
	expect 0 imgconv -q --fs fat32 fat bare-fat.img
	fsck.vfat -n bare-fat.img >log 2>&1 || { cat log >&2; fail "fsck.vfat"; }
}

# ---- others; without the sparse file, which they read from end to end ----
if command -v 7zz >/dev/null; then
	7zz l bare.img >log 2>&1
	says log ' 4831838208 '
fi
rm -f tree/sparse bare.img cased.img
expect 0 imgconv -q $keep --fs hfs+ --partition-map none -V 'Volüme' tree bare.img
expect 0 imgconv -q $keep --case-sensitive --fs hfs+ --partition-map none tree cased.img
files=$(($(find tree -mindepth 1 | wc -l)))
if command -v 7zz >/dev/null; then
	for volume in bare.img cased.img; do
		7zz t $volume >log 2>&1 || { tail log >&2; fail "7zz t $volume"; }
		says log 'Everything is Ok'
	done
	mkdir 7z && 7zz x -o7z -x!'*/many' -x!'*/links' -x!'*Private*' bare.img >log 2>&1
	for f in block block+1 modes/0777 empty; do
		for g in 7z/*/"$f"; do same "tree/$f" "$g"; done	# it leaves names taken apart
	done
	rm -rf 7z
	judge 7zz
else
	absent="$absent 7zz"
fi
if command -v fls >/dev/null; then
	# five files of the file system itself, the private folder and what lies in it
	linked=2
	[ ! "$attrs" ] || linked=3
	[ "$(fls -f hfs -r -p bare.img | wc -l)" = $((files + 5 + 1 + linked)) ] || fail "fls: other files"
	inode=$(fls -f hfs -r -p bare.img | sed -n 's|^r/r \([0-9]*\):	block+1$|\1|p')
	icat -f hfs bare.img "$inode" | cmp - tree/block+1 >&2 || fail "icat"
	fsstat -f hfs bare.img >log || fail "fsstat"
	says log 'Volume Unmounted Properly'
	judge fls
else
	absent="$absent fls"
fi
if command -v fshfsinfo >/dev/null; then
	fshfsinfo -H bare.img >log 2>&1 || { tail log >&2; fail "fshfsinfo"; }
	judge fshfsinfo
else
	absent="$absent fshfsinfo"
fi
for fsck in fsck.hfsplus fsck.hfs fsck_hfs; do
	command -v $fsck >/dev/null || continue
	for volume in bare.img cased.img roomy.img; do
		$fsck -fn $volume >log 2>&1 || { cat log >&2; fail "$fsck $volume"; }
		! grep -iE 'needs to be repaired|invalid|incorrect|orphan' log || { cat log >&2; fail "$fsck $volume finds fault"; }
	done
	judge $fsck
	break
done
case $judged in *fsck*) ;; *) absent="$absent fsck_hfs" ;; esac

# sums of a kernel for what it can show: Linux leaves out names beyond the BMP, composes marks in another order and knows
# another way to pack the numbers of devices
if [ -x "$shared/interop/kernel-mount.sh" ] && command -v qemu-system-x86_64 >/dev/null && [ "$root" ]; then
	rm -f tree/beyond* tree/*x tree/null tree/disk
	for option in "" --case-sensitive; do
		# shellcheck disable=SC2086
		expect 0 imgconv -y -q $keep $option --fs hfs+ tree kernel.img
		rc=0
		"$shared/interop/kernel-mount.sh" kernel.img hfsplus 1 >shown 2>log || rc=$?
		[ $rc != 2 ] || { absent="$absent kernel"; break; }
		[ $rc = 0 ] || { cat log >&2; fail "the kernel refuses the volume"; }
		LC_ALL=C sort <shown >have
		(
			cd tree || exit 99
			find . -mindepth 1 | LC_ALL=C sort | while IFS= read -r f; do
				name=${f#./}
				case $(stat -c %F "$f") in
				symbolic*) echo "l $(stat -c '%a %u:%g' "$f") -> $(readlink "$f") $name" ;;
				directory) echo "d $(stat -c '%a %u:%g' "$f") - $name" ;;
				regular*) echo "f $(stat -c '%a %u:%g %s' "$f") $(sha256sum <"$f" | cut -d' ' -f1) $name" ;;
				*) echo "o $(stat -c '%a %u:%g %t,%T' "$f") $name" ;;
				esac
			done
		) | LC_ALL=C sort >want
		diff want have >delta || { head -n 20 delta >&2; fail "the kernel sees other files"; }
	done
	case $absent in *kernel*) ;; *) judge kernel ;; esac
else
	absent="$absent kernel"
fi
echo "judged by:$judged; not here:${absent:- nobody}"
exit 0
