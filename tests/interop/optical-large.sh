#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# optical.sh at large: the awkward tree with 100,000 files in one folder and a sparse file of 4.5 GB, as a disc by xorriso
# (all of it), genisoimage without and with UDF (without the large file, which it gets wrong) and bsdtar (also without the
# deep folders, at which it crashes); and back.  The sparse file comes out sparse.
#
# The names in that folder are 8.3 names, since genisoimage takes minutes over others.  xorriso keeps the children of a
# folder in a list that it walks from its beginning for each file it adds, and adds them as readdir has them: minutes again,
# but seconds when it is told of the last name first.

. "${top_builddir:-.}/tests/functions.sh"
. "$top_srcdir/tests/interop/awkward.sh"

files=100000
room=$(df -Pk . | awk 'END { print $4 }')
[ "$room" -gt 2000000 ] || skip "2 GB of room are needed, $room KiB are free"

awkward
seq -f 'tree/many/%06g' $files | xargs touch -d '2011-11-11 11:11:11.11'
touch -d '2012-12-12' tree/many
if command -v xorriso >/dev/null; then
	truncate -s 4831838208 tree/sparse
	for at in 0 2147483648 4294967295 4831838207; do
		printf X | dd of=tree/sparse bs=1 seek=$at conv=notrunc 2>/dev/null
	done
	touch -d '2020-01-01 00:00:00' tree
	seq -f %06g $files -1 1 | sed 's,.*,/many/&=tree/many/&,' >many
	# the folder twice: to have it there, and for its times
	{ xorriso -hardlinks on -outdev - -not_paths tree/many -- -map tree / -not_mgt erase -pathspecs on \
		-map_single tree/many /many -path_list many -map_single tree/many /many -commit 2>log || : >failed; } |
		dd of=x.iso bs=64K iflag=fullblock conv=sparse 2>log.dd
	[ ! -e failed ] || fail "xorriso: $(tail -n 5 log)"
	back x.iso tree 1-8 sparse
	same_sparse tree/sparse out/sparse
	[ "$(du -k out/sparse | cut -f1)" -lt 64 ] || fail "the sparse file came out full"
	rm -f tree/sparse x.iso
fi
touch -d '2020-01-01 00:00:00' tree
if command -v genisoimage >/dev/null; then
	genisoimage -quiet -R -J -joliet-long -o g.iso tree >log 2>&1 || fail "genisoimage: $(tail -n 5 log)"
	back g.iso tree
	genisoimage -quiet -R -J -joliet-long -udf -o gu.iso tree >log 2>&1 || fail "genisoimage -udf: $(tail -n 5 log)"
	back gu.iso tree
fi
if command -v bsdtar >/dev/null; then
	mv tree/1 deep
	touch -d '2020-01-01 00:00:00' tree
	bsdtar -cf b.iso --format=iso9660 -C tree . 2>log || fail "bsdtar: $(tail -n 5 log)"
	back b.iso tree 1,2,4-
fi
[ "$ran" ] || skip "neither xorriso nor genisoimage nor bsdtar is installed"
echo "right:$ran"
