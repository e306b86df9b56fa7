#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real images made by other people's tools: each decodes to the hash that is on record for it, with one thread and with
# eight.  The list is shared/corpus/EXPECTED.tsv; what we do not read yet is left out by kind, below, and only there.

. "$top_builddir/tests/functions.sh"
requires_shared corpus/EXPECTED.tsv

# not_yet KIND: remove a line when the reader arrives
not_yet() {
	case $1 in
	QCOW* | qcow2*) ;;
	VDI* | VHD* | VMDK*) ;;
	*) return 1 ;;
	esac
}

bad=0
wrong() {
	echo "FAIL: $file ($kind): $*"
	[ ! -s stderr ] || sed 's/^/    /' stderr
	bad=$((bad + 1))
}

# convert THREADS: to ./out.img; its status
convert() {
	rm -f out.img
	if [ -n "$password" ]; then
		printf '%s\n' "$password" >password
		imgconv -q -T"$1" --password-fd 3 "$shared/corpus/$file" -o out.img 3<password
	else
		imgconv -q -T"$1" "$shared/corpus/$file" -o out.img
	fi >stdout 2>stderr </dev/null
}

must_decode() {
	for threads in 1 8; do
		convert $threads || { wrong "-T$threads: exit $?"; return; }
		[ "$(stat -c %s out.img)" = "$bytes" ] ||
			{ wrong "-T$threads: $(stat -c %s out.img) bytes, want $bytes"; return; }
		[ "$(sha out.img)" = "$hash" ] || { wrong "-T$threads: other bytes than $hash"; return; }
	done
	echo "ok: $file ($kind)"
}

# must_end refuse|clean: a message and nothing left behind, or (if clean) success
must_end() {
	rc=0
	convert 2 || rc=$?
	case $rc in
	0) [ "$1" = clean ] || { wrong "was converted, should be refused"; return; } ;;
	[1-9])
		[ -s stderr ] || { wrong "exit $rc without a message"; return; }
		for left in out.img .*.part; do
			[ ! -e "$left" ] || { wrong "exit $rc, but $left is there"; return; }
		done ;;
	*) wrong "exit $rc"; return ;;
	esac
	echo "ok: $file ($kind): exit $rc"
}

tried=0 left_out=0
tr '\t' '|' <"$shared/corpus/EXPECTED.tsv" >list
while IFS='|' read -r file kind password expect bytes hash _ <&3; do
	[ "$file" != file ] || continue
	if not_yet "$kind"; then
		echo "not yet: $file ($kind)"
		left_out=$((left_out + 1))
		continue
	fi
	tried=$((tried + 1))
	case $expect in
	raw) must_decode ;;
	refuse | clean) must_end "$expect" ;;
	*) wrong "the list expects '$expect', which means nothing here" ;;
	esac
done 3<list
echo "$tried images of the corpus tried, $bad wrong, $left_out of kinds not read yet"
[ "$tried" -ge 15 ] || fail "only $tried images were tried"
[ "$bad" = 0 ]
