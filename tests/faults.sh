#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make check-faults: the hostile files and the hostile environment of the fault kit beside the project, against the
# tools of this build.  Every run ends with "faults WHAT: N passed, N failed, N skipped"; status 1 when one failed.
#
# FAULT_SET=DIR keeps the generated files there for the next run.  SANITIZERS=yes: the build has AddressSanitizer.

. "$top_builddir/tests/functions.sh"
export PYTHONDONTWRITEBYTECODE=1
kit=$shared/faultkit
set_=${FAULT_SET:-$tmp/set}
failed=0

leave() {
	echo "skipped: $*"
	echo "faults all: 0 passed, 0 failed, 1 skipped"
	exit 0
}

# tally WHAT COMMAND...: run it, show what it says of failures, and count by its last line
tally() {
	what=$1; shift
	rc=0
	"$@" >"$tmp/said" 2>&1 || rc=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$tmp/said" | tail -n 1)
	if [ -z "$line" ]; then
		echo "FAIL: $what: the runner ended with status $rc and no count:"
		tail -n 10 "$tmp/said" | sed 's/^/  /'
		line="0 passed, 1 failed"
	fi
	grep '^FAIL ' "$tmp/said"
	grep -E '^(endings|marks|peak|calls)' "$tmp/said" | sed 's/^/  /'
	echo "faults $what: $line, 0 skipped"
	case $line in
	*" 0 failed") ;;
	*) failed=1 ;;
	esac
}

# hostile SUFFIXES OPERATION ARGUMENT... -- COMMAND...: one kind of work on all files whose names end so
hostile() {
	ends=$1 op=$2; shift 2
	tally "$ends $op" "$kit/run-faults.sh" -d "$set_" -e "$ends" -o "$op" --named "$@"
}

# pages SUFFIXES OPERATION RUNNER-OPTIONS... -- OPTION...: page and JSON of all these files, judged as they are made and
# then by what they hold
pages() {
	ends=$1 op=$2; shift 2
	options=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do options="$options $1"; shift; done
	shift
	keep=$tmp/told-$op
	mkdir "$keep"
	# shellcheck disable=SC2086 # words
	hostile "$ends" "$op" $options -- sh "$top_srcdir/tests/hostile-page.sh" "$keep" "$imginfo" '{out}' '{in}' "$@"
	tally "$ends $op, pages and JSON" "$python" "$top_srcdir/tests/told.py" "$keep" "$top_srcdir/inspect/imginfo.schema.json"
}

[ -f "$kit/mkhostile.py" ] || leave "no shared/faultkit beside the project"
command -v python3 >/dev/null 2>&1 || leave "python3 is not installed"
if [ ! -f "$set_/MANIFEST.tsv" ]; then
	python3 "$kit/mkhostile.py" "$set_" >"$tmp/made" 2>&1 || { cat "$tmp/made"; fail "cannot make the hostile set"; }
fi

# the one that has Debian's modules
python=python3
python3 -c 'import html5lib, jsonschema' 2>/dev/null || [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

# the programs themselves, not their names: the kit runs them in folders of its own
imgconv=$top_builddir/imgconv imginfo=$top_builddir/imginfo
if [ "${SANITIZERS:-no}" = yes ]; then
	hostile dmg,img info --asan -x 4 -- "$imginfo" '{in}'
	hostile dmg,img convert --asan -x 4 -- "$imgconv" '{in}' -o '{out}'
	hostile dmg,img verify --asan -x 4 -- "$imginfo" --verify '{in}'
	for op_ in info list verify; do
		case $op_ in info) word_= ;; list) word_=-l ;; *) word_=--verify ;; esac
		hostile gz,xz,bz2 $op_ --asan -x 4 -- "$imginfo" $word_ '{in}'
	done
	hostile gz,xz,bz2 convert --asan -x 4 -- "$imgconv" '{in}' -o '{out}'
	hostile simg info --asan -x 4 -- "$imginfo" '{in}'
	hostile simg convert --asan -x 4 -- "$imgconv" '{in}' -o '{out}'
	hostile simg verify --asan -x 4 -- "$imginfo" --verify '{in}'
	hostile sparseimage info --asan -x 4 -- "$imginfo" '{in}'
	hostile sparseimage convert --asan -x 4 -- "$imgconv" '{in}' -o '{out}'
	hostile iso,udf,hfs,apfs info --asan -x 4 -- "$imginfo" '{in}'
	hostile iso,udf,hfs,apfs list --asan -x 4 -- "$imginfo" -l '{in}'
	hostile iso,udf,hfs,apfs extract --asan -x 4 -- "$imgconv" extract '{in}' '{dir}/'
	hostile iso convert --asan -x 4 -- "$imgconv" edit '{in}' --mkdir /new/folder -o '{out}'
	hostile iso,udf,hfs,apfs verify --asan -x 4 -- "$imginfo" --verify '{in}'
	pages dmg,img,iso,udf,hfs,apfs,simg,sparseimage,gz,xz,bz2 info --asan -x 4 --
else
	hostile dmg,img info -- "$imginfo" '{in}'
	hostile dmg,img convert -- "$imgconv" '{in}' -o '{out}'
	hostile dmg,img verify -- "$imginfo" --verify '{in}'
	for op_ in info list verify; do
		case $op_ in info) word_= ;; list) word_=-l ;; *) word_=--verify ;; esac
		hostile gz,xz,bz2 $op_ -- "$imginfo" $word_ '{in}'
	done
	hostile gz,xz,bz2 convert -- "$imgconv" '{in}' -o '{out}'
	hostile simg info -- "$imginfo" '{in}'
	hostile simg convert -- "$imgconv" '{in}' -o '{out}'
	hostile simg verify -- "$imginfo" --verify '{in}'
	hostile sparseimage info -- "$imginfo" '{in}'
	hostile sparseimage convert -- "$imgconv" '{in}' -o '{out}'
	hostile iso,udf,hfs,apfs info -- "$imginfo" '{in}'
	hostile iso,udf,hfs,apfs list -- "$imginfo" -l '{in}'
	hostile iso,udf,hfs,apfs extract -- "$imgconv" extract '{in}' '{dir}/'
	hostile iso convert -- "$imgconv" edit '{in}' --mkdir /new/folder -o '{out}'
	hostile iso,udf,hfs,apfs verify -- "$imginfo" --verify '{in}'
	tally "errors told" "$top_srcdir/tests/silent.sh" "$set_" "$imginfo"
	pages dmg,img,iso,udf,hfs,apfs,simg,sparseimage,gz,xz,bz2 info --
	pages dmg,img,iso,udf,hfs,apfs,simg,sparseimage,gz,xz,bz2 verify -- --verify
	tally environment "$kit/run-env.sh" -i "$set_/good-zlib.dmg" -- "$imgconv" '{in}' -o '{out}'
	tally "environment, to a sparse bundle" "$kit/run-env.sh" -i "$set_/good-zlib.dmg" -e sparsebundle -- \
		"$imgconv" '{in}' -o '{out}'
	tally "environment, to a sparse image" "$kit/run-env.sh" -i "$set_/good-zlib.dmg" -e sparseimage -- \
		"$imgconv" '{in}' -o '{out}'
	python3 "$top_srcdir/fixtures/mkparts.py" "$tmp/disks"
	truncate -s 3M "$tmp/disks/parts/mbr.img"
	tally "environment, to DMG" "$kit/run-env.sh" -i "$tmp/disks/parts/mbr.img" -e dmg --uncut -- \
		"$imgconv" '{in}' -o '{out}'
	dd if=/dev/urandom of="$tmp/disks/parts/mbr.img" bs=64K seek=8 count=10 conv=notrunc 2>/dev/null
	tally "environment, to DMG in segments" "$kit/run-env.sh" -i "$tmp/disks/parts/mbr.img" -e dmg --uncut -- \
		"$imgconv" --split 256K '{in}' -o '{out}'
	tally "environment, to raw in parts" "$kit/run-env.sh" -i "$tmp/disks/parts/mbr.img" -e img --uncut -- \
		"$imgconv" --split 256K '{in}' -o '{out}'
	tally "environment, to Android sparse" "$kit/run-env.sh" -i "$tmp/disks/parts/mbr.img" -e simg --uncut -- \
		"$imgconv" '{in}' -o '{out}'
	tally "environment, with a block map" "$kit/run-env.sh" -i "$tmp/disks/parts/mbr.img" --uncut -- \
		"$imgconv" --bmap '{in}' -o '{out}'
	mkdir -p "$tmp/folder/sub"
	head -c 200000 /dev/urandom >"$tmp/folder/data"
	ln "$tmp/folder/data" "$tmp/folder/sub/hard" && ln -s data "$tmp/folder/link" && echo hi >"$tmp/folder/sub/file"
	tally "environment, folder to DMG" "$kit/run-env.sh" -i "$tmp/folder" -e dmg -- "$imgconv" '{in}' -o '{out}'
fi
exit $failed
