#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# hostile-page.sh FOLDER IMGINFO OUT IMAGE [OPTION...]: the page of one hostile image, written to OUT and judged by the fault
# kit, and its JSON; both are left in FOLDER for tests/told.py.  There is a page whatever becomes of the image.

keep=$1 imginfo=$2 out=$3 image=$4
shift 4
name=$(basename -- "$image")
"$imginfo" "$@" -q --report "$out" "$image"
rc=$?
cp "$out" "$keep/$name.html" || echo "no page of $name" >"$keep/$name.html"
"$imginfo" "$@" --json "$image" >"$keep/$name.json" 2>/dev/null
exit $rc
