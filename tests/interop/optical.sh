#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One awkward tree as a disc by xorriso, genisoimage and bsdtar: what we take out is what went in, by diff -r and by a list
# of types, modes, owners, sizes, times, links and devices.  bsdtar, 7-Zip and osirrox, where they read a disc right, see
# the same data, and a Linux kernel in qemu the same files.
#
# IMGTEST_LARGE=1: 100,000 files in one folder instead of 2,000, and a sparse file of 4.5 GB (needs 12 GB of room).

. "${top_builddir:-.}/tests/functions.sh"
large=${IMGTEST_LARGE:-}
root=
[ "$(id -u)" != 0 ] || root=yes
ran=

# ---- what goes in ----

# deep FOLDER N: N folders in each other, with a file at the bottom
deep() {
	d=$1
	for i in $(seq "$2"); do d=$d/$i; done
	mkdir -p "$d"
	echo bottom >"$d/bottom"
}

# awkward: everything that can be in a tree, in ./tree
awkward() {
	mkdir -p tree/empty-folder tree/modes tree/links/in tree/many tree/UPPER tree/upper
	(
		cd tree || exit 99
		deep . 40
		echo long >"$(printf 'n%.0s' $(seq 255))"
		mkdir "$(printf 'd%.0s' $(seq 255))"
		echo beyond >'beyond 😀𝄞 ünï-日本語'
		echo odd >'a;1'
		echo odd >'trailing.dot.'
		echo odd >' space '
		echo odd >"$(printf 'escape\033[31m')"
		echo odd >'-rf'
		echo odd >'*?"<>|\'
		echo case >case; echo Case >Case
		echo up >UPPER/x; echo down >upper/x
		: >empty
		head -c 2048 /dev/zero | tr '\0' a >sector
		head -c 2049 /dev/zero | tr '\0' b >sector+1
		{ head -c 300000 /dev/zero; echo end; } >zeros
		for m in 0000 0111 0400 0444 0600 0777; do echo $m >modes/$m; chmod $m modes/$m; done
		echo set >modes/setuid; chmod 6755 modes/setuid
		mkdir modes/sticky modes/closed
		chmod 1777 modes/sticky
		chmod 0700 modes/closed
		ln -s /etc/passwd links/absolute
		ln -s ../../../.. links/upward
		ln -s nowhere links/dangling
		ln -s . links/self
		ln -s "$(printf 'component/%.0s' $(seq 20))end" links/long
		ln -s 'ünï 😀' links/unicode
		echo hard >links/hard-a
		ln links/hard-a links/in/hard-b
		ln links/hard-a hard-c
		echo same >links/same-a; echo same >links/same-b
		mkfifo fifo
		if [ "$root" ]; then
			mknod null c 1 3 2>/dev/null && mknod big c 300 70000 && mknod disk b 8 17
			chown 1234:54321 case
			chown 65534:1 upper
			chown -h 12:34 links/self
		fi
		if [ "$large" ]; then
			seq -f 'many/file-%06g' 100000 | xargs touch
			truncate -s 4831838208 sparse
			for at in 0 2147483648 4294967295 4831838207; do
				printf X | dd of=sparse bs=1 seek=$at conv=notrunc 2>/dev/null
			done
		else
			for i in $(seq 2000); do echo "$i" >"many/file-$i"; done
		fi
		touch -d '1985-03-04 05:06:07.123456789' empty
		touch -d '2033-12-31 23:59:59.999999999' sector
		touch -h -d '2001-02-03 04:05:06' links/absolute
		touch -d '1999-12-31 23:59:59' modes/closed upper
	)
}

# list FOLDER COLUMNS: of everything in it, sorted.  Columns: path, type, mode, owner, size, time in s, target or number,
# first of the names that are one file.
list() {
	(
		cd "$1" || exit 99
		find . -printf '%P\t%y\t%m\t%U:%G\t%s\t%Ts\t%l\t%i %n\n' | LC_ALL=C sort | awk -F '\t' -v OFS='\t' '
			$2 != "f" { $5 = 0 } { sub(/[.].*/, "", $6); split($8, i, " ") }
			$2 == "d" || i[2] < 2 { $8 = "" }
			$8 != "" { if (!(i[1] in first)) first[i[1]] = $1; $8 = first[i[1]] }
			{ print }'
		find . -type b -exec stat -c '%n %t,%T' {} + -o -type c -exec stat -c '%n %t,%T' {} + | sort
	) | cut -f "$2"
}

# ---- what comes out ----

owner=--no-owner
[ ! "$root" ] || owner="--owner keep"

# back DISC SOURCE [COLUMNS]: take DISC out and compare with SOURCE
back() {
	columns=${3:-1-8}
	rm -rf out
	# shellcheck disable=SC2086 # two words
	imgconv -q $owner "$1" out/ >stdout 2>stderr </dev/null
	rc=$?
	# without root FIFOs and set-id bits are left out, and told
	[ $rc = 0 ] || { [ ! "$root" ] && [ $rc = 8 ]; } || fail "$1: exit $rc: $(cat stderr)"
	if [ "$root" ]; then
		diff -r --no-dereference "$2" out >differences 2>&1 ||
			{ grep -v -e '^File .* is a fifo while file .* is a fifo' -e '^File .* special file while file .* special file' differences >rest &&
				{ head rest >&2; fail "$1: diff -r is not empty"; }; }
		list "$2" "$columns" >want
		list out "$columns" >have
	else
		list "$2" "$columns" | grep -v -e '^fifo	' -e setuid >want
		list out "$columns" | grep -v setuid >have
	fi
	# bsdtar gives the root the time of writing
	[ "$1" != b.iso ] || sed -i '/^\td\t/d' want have
	diff want have >delta || { head -n 20 delta >&2; fail "$1: what went in (<) and what came out (>) differ"; }
	imginfo -l "$1" >listed 2>stderr || fail "$1: imginfo -l: $(cat stderr)"
	[ "$(wc -l <listed)" = "$(($(find "$2" -printf 'x\n' | wc -l) - 1))" ] || fail "$1: lists other files than went in"
	imginfo --verify "$1" >stdout 2>stderr || fail "$1: imginfo --verify: $(cat stderr)"
	ran="$ran $1"
}

# sums FOLDER: path and SHA-256 of every regular file
sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | LC_ALL=C sort)
}

awkward
if command -v xorriso >/dev/null; then
	xorriso -hardlinks on -outdev x.iso -map tree / -commit >log 2>&1 || fail "xorriso: $(tail -n 5 log)"
	back x.iso tree
	[ ! "$large" ] || [ "$(du -k out/sparse | cut -f1)" -lt 4096 ] || fail "the sparse file came out full"
	sums tree >want
	if command -v osirrox >/dev/null; then
		osirrox -indev x.iso -extract / peer >log 2>&1 || fail "osirrox: $(tail -n 5 log)"
		chmod -R u+rwX peer
		sums peer >have
		diff want have >&2 || fail "x.iso: osirrox sees other data (>)"
	fi
	if command -v bsdtar >/dev/null; then
		rm -rf peer && mkdir peer
		bsdtar -xf x.iso -C peer --no-same-permissions 2>log || fail "bsdtar: $(tail -n 5 log)"
		chmod -R u+rwX peer
		sums peer >have
		diff want have >&2 || fail "x.iso: bsdtar sees other data (>)"
	fi
	if command -v 7zz >/dev/null; then
		# of what it neither moves (deep folders), renames nor makes an empty file
		7zz x -y -opeer7 x.iso many modes links/hard-a zeros >log 2>&1
		chmod -R u+rwX peer7
		sums peer7 >have
		grep -e ' [*]\?[.]/many/' -e '[.]/modes/' -e '[.]/links/hard-a$' -e '[.]/zeros$' want | diff - have >&2 ||
			fail "x.iso: 7-Zip sees other data (>)"
	fi
fi

# genisoimage gets files of 4 GiB and more wrong
rm -f tree/sparse x.iso
touch -d '2020-01-01 00:00:00' tree
if command -v genisoimage >/dev/null; then
	genisoimage -quiet -R -J -joliet-long -o g.iso tree >log 2>&1 || fail "genisoimage: $(tail -n 5 log)"
	back g.iso tree
	genisoimage -quiet -R -J -joliet-long -udf -o gu.iso tree >log 2>&1 || fail "genisoimage -udf: $(tail -n 5 log)"
	back gu.iso tree
fi

# bsdtar crashes at 40 levels
if command -v bsdtar >/dev/null; then
	cp -a tree flat
	rm -rf flat/1
	bsdtar -cf b.iso --format=iso9660 -C flat . 2>log || fail "bsdtar: $(tail -n 5 log)"
	back b.iso flat 1,2,4-
fi

# ---- a Linux kernel ----

# kernel DISC TYPE: what it sees, into ./want; status 1 where it cannot be asked
kernel() {
	[ -x "$shared/interop/kernel-mount.sh" ] && command -v qemu-system-x86_64 >/dev/null ||
		{ echo "no kernel was asked: qemu or shared/interop is not there"; return 1; }
	rc=0
	KERNEL_MOUNT_SECONDS=120 "$shared/interop/kernel-mount.sh" "$1" "$2" >seen 2>log || rc=$?
	[ $rc != 1 ] || fail "$1: the kernel does not mount it: $(cat log)"
	[ $rc = 0 ] || { echo "no kernel was asked: $(tail -n 1 log)"; return 1; }
	LC_ALL=C sort seen >want
}

# ours DISC: the same of what we take out
ours() {
	rm -rf out
	# shellcheck disable=SC2086 # two words
	imgconv -q $owner "$1" out/ || fail "$1: exit $?"
	(
		cd out || exit 99
		find . -mindepth 1 -type d -printf 'd %m %U:%G - %P\n' -o -type l -printf 'l %m %U:%G -> %l %P\n'
		find . -type f -printf '%m %U:%G %s %P\n' | while IFS= read -r line; do
			path=${line#* * * }
			echo "f ${line%" $path"} $(sha "$path") $path"
		done
		find . ! -type d ! -type l ! -type f -exec stat -c 'o %a %u:%g %t,%T %n' {} + | sed 's/ [.][/]/ /'
	) | LC_ALL=C sort
}

if [ "$root" ] && command -v xorriso >/dev/null; then
	# without the many, since every file takes a while under emulation; names of 254 bytes and more, which isofs cuts
	# (fs/isofs/rock.c); and the minor number that busybox shows without its upper bits
	rm -rf tree/many tree/nnn* tree/ddd* tree/big
	xorriso -hardlinks on -outdev k.iso -map tree / -commit >log 2>&1 || fail "xorriso: $(tail -n 5 log)"
	if kernel k.iso iso9660; then
		ours k.iso >have
		diff want have >&2 || fail "k.iso: the kernel (<) and we (>) differ"
		ran="$ran kernel:iso9660"
	fi
fi
disc=$shared/corpus/isofilereader-iso_test_udf_only_v102.iso
if [ -f "$disc" ] && kernel "$disc" udf; then
	# the kernel gives files without owner to nobody
	ours "$disc" | cut -d' ' -f1,4- >have
	cut -d' ' -f1,4- want | diff - have >&2 || fail "$disc: the kernel (<) and we (>) differ"
	ran="$ran kernel:udf"
fi
[ "$ran" ] || skip "neither xorriso nor genisoimage nor bsdtar is installed"
echo "right:$ran"
