#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# FAT volumes of ours under dosfstools, mtools, 7-Zip and (IMG_KERNEL=yes) Linux; those of mkfs.fat and mcopy under us.
. "${top_builddir:-.}/tests/functions.sh"
PATH=$PATH:/sbin:/usr/sbin
tool=$top_builddir/tests/unit/fat-tool
requires fsck.fat
requires mkfs.fat
export MTOOLS_NO_VFAT_PREFIX=1

# ---- a tree with every kind of name ----

mkdir -p src/EFI/BOOT src/empty src/many 'src/Long Folder Name.d/in side'
head -c 300000 /dev/urandom >src/EFI/BOOT/BOOTX64.EFI
: >src/zero
echo mixed >src/ReadMe.txt
echo dot >src/.hidden
echo latin >src/Grüße.txt
echo lower >src/lower.txt
echo upper >src/UPPER.low
echo real >'src/LONGNA~1.TXT'
echo long >'src/long name.txt'
echo dots >src/a.b.c.d
echo x >"src/$(printf 'n%.0s' $(seq 255))"
head -c 4096 /dev/zero >'src/Long Folder Name.d/in side/page'
i=0
while [ $i -lt 200 ]; do echo $i >"src/many/file number $i.conf"; i=$((i + 1)); done
find src -exec touch -h -d '2024-02-29 12:34:56 UTC' {} +
chmod 444 src/lower.txt

# clean IMAGE: fsck.fat says nothing but its name and the sum
clean() {
	fsck.fat -n "$1" >fsck 2>&1 || { cat fsck >&2; fail "fsck.fat complains about $1"; }
	[ "$(wc -l <fsck)" = 2 ] || { cat fsck >&2; fail "fsck.fat has something to say about $1"; }
}

# reads IMAGE: whoever is there reads it back
reads() {
	"$tool" list "$1" >list || fail "we cannot read $1"
	says_not list problem
	if command -v mcopy >/dev/null; then
		rm -rf back; mkdir back
		mcopy -s -n -m -i "$1" ::/ back/ 2>mcopy.err || { cat mcopy.err >&2; fail "mcopy fails on $1"; }
		diff -r src back >&2 || fail "$1: mtools reads something else"
		mdir -i "$1" ::/EFI/BOOT >mdir || fail "mdir fails on $1"
		says mdir '2024-02-29  12:34'
	fi
	if command -v 7zz >/dev/null; then
		rm -rf back
		7zz x -y -oback "$1" >7zz 2>&1 || { cat 7zz >&2; fail "7zz fails on $1"; }
		diff -r src back >&2 || fail "$1: 7zz reads something else"
	fi
}

for bits in 12 16 32; do
	for sector in 512 4096; do
		img=f$bits-$sector.img
		"$tool" make src $img bits=$bits sector=$sector label='test esp' || fail "cannot make $img"
		clean $img
		[ $sector = 512 ] && reads $img
		"$tool" list $img >list || fail "we cannot read $img"
		says list "bits $bits"
		says list 'label TEST ESP'
		says_not list problem
		fsck.fat -n -v $img | grep -q 'Data area starts' || fail "fsck.fat -v lacks the data area"
	done
done
for size in 1474560 16777216; do
	"$tool" make src sized.img size=$size || fail "no volume of $size"
	[ "$(wc -c <sized.img)" = $size ] || fail "it has another size than $size"
	clean sized.img
	reads sized.img
done

# ---- the bounds between the types, where dosfstools and we must agree ----

for row in '12 4084 1 12' '16 4085 1 16' '16 65524 1 256' '32 65525 32 512'; do
	set -- $row
	root=32; [ $1 = 32 ] && root=0
	"$tool" make src edge.img cluster=512 size=$((($3 + 2 * $4 + root + $2) * 512)) || fail "no volume of $2 clusters"
	clean edge.img
	says fsck "/$2 clusters"
	fsck.fat -n -v edge.img >fsck
	says fsck "2 FATs, $1 bit entries"
	reads edge.img
done

# ---- the same bytes: another folder, order, zone, umask ----

"$tool" make src one.img label=x time=1700000000 || fail "cannot make one.img"
(
	umask 077
	mkdir other
	find src -mindepth 1 -type d | sort -r | while read -r d; do mkdir -p "other/${d#src/}"; done
	find src -type f | sort -r | while read -r f; do cp "$f" "other/${f#src/}"; done
	chmod a-w other/lower.txt
	find other -exec touch -h -d '2024-02-29 12:34:56 UTC' {} +
)
TZ=Pacific/Kiritimati LC_ALL=C "$tool" make other two.img label=x time=1700000000 || fail "cannot make two.img"
same one.img two.img

# ---- theirs under us ----

for row in '12 2048' '16 20480' '32 40960'; do
	set -- $row
	rm -f theirs.img
	mkfs.fat -C -F $1 -n THEIRS -s 1 theirs.img $2 >/dev/null || fail "mkfs.fat fails"
	if command -v mcopy >/dev/null; then
		rm -rf work && cp -Rp src work
		(cd work && mcopy -s -m -i ../theirs.img ./* .hidden ::/) || fail "mcopy fails"
		# holes, so that chains are in pieces
		mdel -i theirs.img '::/many/file number 1*.conf' || fail "mdel fails"
		rm -f work/many/file\ number\ 1*.conf
		head -c 60000 /dev/urandom >work/pieces
		mcopy -o -i theirs.img work/pieces ::/ || fail "mcopy fails"
		"$tool" make work ours.img bits=$1 label=theirs || fail "cannot make ours.img"
		"$tool" list theirs.img | sed 's/^\([df]\) [0-9]* [0-9]*/\1/' >theirs || fail "we cannot read theirs.img"
		"$tool" list ours.img | sed 's/^\([df]\) [0-9]* [0-9]*/\1/' >ours || fail "we cannot read ours.img"
		diff theirs ours >&2 || fail "mcopy's volume (<) and ours (>) differ"
	else
		"$tool" list theirs.img >theirs || fail "we cannot read theirs.img"
	fi
	says theirs 'label THEIRS'
	says theirs "bits $1"
	says_not theirs problem
done

# ---- Linux, half a minute each under emulation ----

[ "${IMG_KERNEL:-}" = yes ] || exit 0
requires_shared interop/kernel-mount.sh
for bits in 12 16 32; do
	"$tool" make src k.img bits=$bits || fail "cannot make k.img"
	bash "$shared/interop/kernel-mount.sh" k.img vfat:utf8,iocharset=utf8 >seen 2>said || { cat said >&2; fail "Linux refuses FAT$bits"; }
	awk '$1 == "f" { h = $5; sub(/^f [^ ]* [^ ]* [^ ]* [^ ]* /, ""); print h, $0 }' seen | LC_ALL=C sort >a
	(cd src && find . -type f -exec sha256sum {} + | sed 's/  \.\// /') | LC_ALL=C sort >b
	diff b a >&2 || fail "FAT$bits: the tree (<) and what Linux sees (>) differ"
done
