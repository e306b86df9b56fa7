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

# hostile SUFFIXES OPERATION COMMAND...: one kind of work on all files whose names end so
hostile() {
	ends=$1 op=$2; shift 2
	# shellcheck disable=SC2086 # words
	tally "$ends $op" "$kit/run-faults.sh" -d "$set_" -e "$ends" -o "$op" --named $asan -- "$@"
}

# pages SUFFIXES OPERATION OPTION...: page and JSON of all these files, judged as they are made and then by what they hold
pages() {
	ends=$1 op=$2; shift 2
	keep=$tmp/told-$op
	mkdir "$keep"
	hostile "$ends" "$op" sh "$top_srcdir/tests/hostile-page.sh" "$keep" "$imginfo" '{out}' '{in}' "$@"
	tally "$ends $op, pages and JSON" "$python" "$top_srcdir/tests/told.py" "$keep" "$top_srcdir/inspect/imginfo.schema.json"
}

# environment WHAT INPUT OPTION... -- COMMAND...: where memory, disk and calls fail
environment() {
	what_=$1 in_=$2; shift 2
	tally "environment$what_" "$kit/run-env.sh" -i "$in_" "$@"
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
asan=
[ "${SANITIZERS:-no}" = no ] || asan="--asan -x 4"
disks=dmg,img,simg,sparseimage,gz,xz,bz2 volumes=iso,udf,hfs,apfs

hostile $disks,$volumes info "$imginfo" '{in}'
hostile $disks,$volumes verify "$imginfo" --verify '{in}'
hostile $disks convert "$imgconv" '{in}' -o '{out}'
hostile iso convert "$imgconv" edit '{in}' --mkdir /new/folder -o '{out}'
hostile $volumes,gz,xz,bz2 list "$imginfo" -l '{in}'
hostile $volumes extract "$imgconv" extract '{in}' '{dir}/'
pages $disks,$volumes info
[ -z "$asan" ] || exit $failed

pages $disks,$volumes verify --verify
tally "errors told" "$top_srcdir/tests/silent.sh" "$set_" "$imginfo"

dmg=$set_/good-zlib.dmg disk=$tmp/disks/parts/mbr.img
environment "" "$dmg" -- "$imgconv" '{in}' -o '{out}'
environment ", to a sparse bundle" "$dmg" -e sparsebundle -- "$imgconv" '{in}' -o '{out}'
environment ", to a sparse image" "$dmg" -e sparseimage -- "$imgconv" '{in}' -o '{out}'

python3 "$top_srcdir/fixtures/mkparts.py" "$tmp/disks"
truncate -s 3M "$disk"
environment ", to DMG" "$disk" -e dmg --uncut -- "$imgconv" '{in}' -o '{out}'
dd if=/dev/urandom of="$disk" bs=64K seek=8 count=10 conv=notrunc 2>/dev/null
environment ", to DMG in segments" "$disk" -e dmg --uncut -- "$imgconv" --split 256K '{in}' -o '{out}'
environment ", to raw in parts" "$disk" -e img --uncut -- "$imgconv" --split 1M '{in}' -o '{out}'
environment ", to Android sparse" "$disk" -e simg --uncut -- "$imgconv" '{in}' -o '{out}'
environment ", with a block map" "$disk" --uncut -- "$imgconv" --bmap '{in}' -o '{out}'

mkdir -p "$tmp/folder/sub"
head -c 200000 /dev/urandom >"$tmp/folder/data"
ln "$tmp/folder/data" "$tmp/folder/sub/hard" && ln -s data "$tmp/folder/link" && echo hi >"$tmp/folder/sub/file"
environment ", folder to DMG" "$tmp/folder" -e dmg -- "$imgconv" '{in}' -o '{out}'
exit $failed
