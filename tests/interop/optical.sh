#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One awkward tree as a disc by xorriso, genisoimage and bsdtar: what we take out is what went in, by diff -r and by a list
# of types, modes, owners, sizes, times, links and devices.  bsdtar, 7-Zip and osirrox, where they read a disc right, see
# the same data, and a Linux kernel in qemu the same files.  The same with 100,000 files and one of 4.5 GB: optical-large.sh.

. "${top_builddir:-.}/tests/functions.sh"
. "$top_srcdir/tests/interop/awkward.sh"

# sums FOLDER: path and SHA-256 of every regular file
sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | LC_ALL=C sort)
}

awkward
for i in $(seq 2000); do echo "$i" >"tree/many/file-$i"; done
if command -v xorriso >/dev/null; then
	xorriso -hardlinks on -outdev x.iso -map tree / -commit >log 2>&1 || fail "xorriso: $(tail -n 5 log)"
	back x.iso tree
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
