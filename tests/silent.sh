#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# silent.sh SET IMGINFO: whoever ends with a failure says why.  Every file of the hostile set is described, listed and
# verified under -qq, which leaves nothing but errors: status 0 may be silent, no other may.  The words that begin an
# error are the tool and the file.

set -u
bad=0 good=0
said=$(mktemp) || exit 99
trap 'rm -f "$said"' EXIT
cd "$1" || exit 99
for file in *; do
	[ "$file" != MANIFEST.tsv ] || continue
	for how in -qq -lqq '--verify -qq'; do
		rc=0
		# shellcheck disable=SC2086 # words
		timeout 20 "$2" $how "./$file" >/dev/null 2>"$said" </dev/null || rc=$?
		if [ $rc = 0 ] || { [ $rc -lt 10 ] && grep -q "^imginfo: \./$file: " "$said"; }; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
			echo "FAIL $file $how: status $rc, and says: $(head -n 1 "$said")"
		fi
	done
done
echo "$good passed, $bad failed"
