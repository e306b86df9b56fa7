#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The ISO 9660 images of shared/corpus: we list and read what bsdtar did, but for the differences below.
. "${top_builddir:-.}/tests/functions.sh"
requires_shared corpus/MANIFEST.tsv
list=$top_builddir/tests/unit/list-tree

# Image, path, and what we say instead, each with its reason.
accepted() {
	case $1:$2 in
	# a component without a name: bsdtar repeats the slash; xorriso and 7-Zip show what we show
	libarchive-test_read_format_iso_rockridge_new.iso.xz:symlink5) echo symlink:./file ;;
	libarchive-test_read_format_iso_rockridge_new.iso.xz:symlink6) echo symlink:/tmp/../ ;;
	*) return 1 ;;
	esac
}

# path and sum or target, of bsdtar
theirs() {
	awk -F '\t' -v OFS='\t' '$1 == "bsdtar" { gsub(/%2F/, "/", $4); print $2, $4 }' "$1" |
	while IFS='	' read -r path what; do
		printf '%s\t%s\n' "$path" "$(accepted "$name" "$path" || printf '%s' "$what")"
	done | sort
}

ours() {
	"$list" "$1" >out 2>problems || { cat problems >&2; return 1; }
	awk -F '\t' -v OFS='\t' '$2 == "f" { print $1, $7 } $2 == "l" { print $1, "symlink:" $7 }' out | sort
}

n=0
for name in clamav-iso_normal.logo.iso dfvfs-iso9660.raw isofilereader-small_iso_juliet_udf_260.iso \
	libarchive-test_read_format_iso_joliet.iso libarchive-test_read_format_iso_multi_extent.iso \
	libarchive-test_read_format_iso_rockridge_new.iso.xz libarchive-test_read_format_iso_rockridge_rr_moved.iso.xz \
	libarchive-test_read_format_iso_xorriso.iso libarchive-test_read_format_iso_zisofs.iso libcdio-copying-rr.iso \
	libcdio-joliet.iso libcdio-multi_extent_8k.iso modified-plopbootmgr-plpbt.iso nunux-cloudinit-ipxe.iso \
	pxe-3-roms-ipxe.iso toyos-os.iso util-linux-iso-rr-joliet.img; do
	image=$shared/corpus/$name
	case $name in
	*.xz)
		command -v xz >/dev/null || continue
		xz -dc "$image" >image
		image=image
		;;
	esac
	theirs "$shared/corpus/$name.files.tsv" >want
	ours "$image" >have || fail "$name"
	[ -s want ] || fail "$name: nothing to compare with"
	diff want have >&2 || fail "$name: bsdtar (<) and we (>) differ"
	n=$((n + 1))
done
# three sessions of genisoimage, without files
for s in 1 2 3; do
	REPORT=1 "$list" "$shared/corpus/util-linux-iso-multi-0-174-348-genisoimage.img" - $s >out || fail "session $s"
	says out "session: $s"
done
says out "label: third session"
# must be refused
"$list" "$shared/corpus/libcdio-malformed.iso" >out 2>&1 && fail "libcdio-malformed.iso is taken"
says out "root directory"
echo "$n images"
