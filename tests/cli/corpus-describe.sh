#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real images made by other people's tools, each described as tests/corpus.tsv has it: containers, partitions, file
# systems with label, UUID and size, what boots.  A file of the corpus without a line is a failure.

. "$top_builddir/tests/functions.sh"
requires_shared corpus/MANIFEST.tsv
requires python3
export PYTHONDONTWRITEBYTECODE=1

python3 "$top_srcdir/tests/corpus.py" test "$shared/corpus" "$top_srcdir/tests/corpus.tsv" || fail "see above"
# the test can fail: a label changed in the list is found
sed 's/"container-apfs"/"other"/' "$top_srcdir/tests/corpus.tsv" >changed.tsv
if python3 "$top_srcdir/tests/corpus.py" test "$shared/corpus" changed.tsv brew-container-apfs.dmg >said; then
	fail "another label was not noticed"
fi
says said 'want 1:apfs +10481664 "other"'
