#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Containers of our recipe, read by others: what they list is what we list.  So the recipe makes APFS, and not only what our
# reader takes for it.  Volumes with snapshots, sealed and encrypted ones are beyond the others (docs/formats/apfs.md).

. "$top_builddir/tests/functions.sh"
requires python3
python3 -B - "$fixtures" <<'END' || fail "the recipe does not run"
import sys
sys.path.insert(0, sys.argv[1])
from mkapfs import *

def make(name, incompats):
    c = Container(200)
    for k, incompat in enumerate(incompats):
        v = Volume(c, "Volume %d" % k, incompat=incompat)
        v.file(2, "plain", b"data")
        v.file(2, "sparse", text(5) + bytes(9 * BS) + text(3), hole="told")
        sub = v.folder(2, "sub")
        v.link(sub, "link", "File 1", "")
        for i in range(100):
            rich = v.file(sub, "File %d" % i, text(i))
        v.xattr(rich, "user.small", b"odd")
        v.xattr(rich, "user.large", text(6000), stream=True)
        v.finish()
    c.finish()
    open(name, "wb").write(c.bytes())

make("folded.apfs", [1])
make("hashed.apfs", [8])
make("plain.apfs", [0])
END

tried=0
for image in folded.apfs hashed.apfs plain.apfs; do
	expect 0 imginfo -l "$image"
	sed 's/\/$//' stdout | sort >ours
	[ "$(grep -c . ours)" = 104 ] || fail "$image: $(grep -c . ours) names, expected 104"
	expect 0 imginfo --verify "$image"
	says stdout "oddities           0"
	if command -v 7zz >/dev/null; then
		7zz x -y -otheirs "$image" >7zz.log 2>&1 || { cat 7zz.log; fail "$image: 7zz refuses it"; }
		# attributes are files there; a hole that is told, block 0, is shown as the superblock that lies there
		rm -f theirs/*:* theirs/*/*:* theirs/sparse
		expect 0 imgconv -q "$image" out/
		[ "$(tr -d '\0' <out/sparse)" = wordswor ] || fail "$image: the sparse file has other data"
		rm out/sparse
		# 7-Zip 24 keeps the links of APFS as well
		diff -r --no-dereference out theirs >differences || { cat differences; fail "$image: 7zz has other files"; }
		rm -rf out theirs
		tried=$((tried + 1))
	fi
	if command -v fsapfsinfo >/dev/null; then
		fsapfsinfo -H "$image" 2>fsapfs.log | sed -n 's/^\/{[^}]*}\/\(.\)/\1/p' | sort >theirs.list
		diff ours theirs.list || fail "$image: fsapfsinfo lists other files"
		tried=$((tried + 1))
	fi
done
[ $tried -gt 0 ] || skip "neither 7zz nor fsapfsinfo is installed"
echo "$tried comparisons"
