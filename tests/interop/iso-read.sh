#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same awkward tree as ISO 9660 by xorriso, genisoimage and bsdtar: we list and read what went in.  Multi-session
# images show the session asked for; what implantisomd5 writes holds, until a byte changes.
. "${top_builddir:-.}/tests/functions.sh"
list=$top_builddir/tests/unit/list-tree
ran=

tree() {
	mkdir -p src/a/b/c/d/e/f/g/h/i/j src/many src/Upper.Case
	(
		cd src || exit 99
		echo deep >a/b/c/d/e/f/g/h/i/j/deep.txt
		echo space >'file with space'
		echo 'ünï' >'ünïcödé-😀.txt'
		echo long >"$(printf 'n%.0s' $(seq 200))"
		: >empty
		head -c 300000 /dev/zero >zeros
		ln -s /abs/target absolute
		ln -s ../../up upward
		ln -s . dot
		ln -s "$(printf 'component/%.0s' $(seq 20))end" longlink
		echo linked >hard1
		ln hard1 hard2
		mkfifo fifo
		chmod 4750 hard1
		chmod 1777 many
		touch -d '1985-03-04 05:06:07' empty
		for i in $(seq 200); do echo "$i" >"many/file-number-$i"; done
		echo 1 >Upper.Case/readme
	)
}

# path, type, mode, size, time, target or sum, of what went in
wanted() {
	(cd src && find . -mindepth 1 -printf '%P\t%y\t%m\t%s\t%Ts\t%l\n') | awk -F '\t' -v OFS='\t' '
		$2 != "f" { $4 = 0 } { sub(/\..*/, "", $5); print }' | while IFS= read -r line; do
		path=${line%%	*}
		case $line in
		*"	f	"*) printf '%s%s\n' "$line" "$(sha "src/$path")" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done | sort
}

# the same of an image
ours() {
	"$list" "$1" >out 2>problems || fail "$1: $(cat problems)"
	awk -F '\t' -v OFS='\t' '$1 != "." && $2 != "stream" {
		sub(/^0+/, "", $3); t = $7; print $1, $2, $3, $5, $6, t }' out | sort
}

# compare IMAGE [COLUMNS]: all columns, or those that the writer keeps
compare() {
	ours "$1" | cut -f "${2:-1-}" >have
	cut -f "${2:-1-}" wanted >want
	diff want have >&2 || fail "$1: what went in (<) and what we see (>) differ"
	ran=yes
}

tree
wanted >wanted

if command -v xorriso >/dev/null; then
	xorriso -as mkisofs -quiet -J -joliet-long -o x.iso src 2>/dev/null || fail "xorriso"
	compare x.iso
	xorriso -zisofs level=9 -hardlinks on -outdev xz.iso -map src / -find / -type f -exec set_filter --zisofs -- \
		-commit >xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
	compare xz.iso
	mkdir s1 s2
	echo one >s1/one
	echo two >s2/two
	xorriso -outdev multi.iso -map s1 / -commit >/dev/null 2>&1
	xorriso -dev multi.iso -map s2 / -commit >/dev/null 2>&1
	[ "$("$list" multi.iso - 1 | cut -f1 | xargs)" = ". one" ] || fail "the first session of multi.iso"
	[ "$("$list" multi.iso | cut -f1 | xargs)" = ". one two" ] || fail "the last session of multi.iso"
	if command -v implantisomd5 >/dev/null; then
		implantisomd5 x.iso >/dev/null || fail implantisomd5
		REPORT=1 "$list" x.iso 2>/dev/null | grep -q '^check implanted-md5: ok' || fail "the implanted MD5 does not hold"
		printf X | dd of=x.iso bs=1 seek=200000 conv=notrunc 2>/dev/null
		REPORT=1 "$list" x.iso 2>/dev/null | grep -q '^check implanted-md5: BAD' || fail "a changed byte is not noticed"
	fi
fi
if command -v genisoimage >/dev/null; then
	genisoimage -quiet -R -J -joliet-long -o g.iso src 2>/dev/null || fail genisoimage
	compare g.iso
	genisoimage -quiet -udf -R -o gu.iso src 2>/dev/null || fail "genisoimage -udf"
	compare gu.iso
	# a disc meant for UDF: nothing but a readme in the other tree
	mkdir -p notice/dir
	echo readme >notice/README.TXT
	echo file >notice/dir/file
	genisoimage -quiet -udf -hide dir -hide file -o notice.iso notice 2>/dev/null || fail "genisoimage -udf -hide"
	[ "$("$list" notice.iso | cut -f1 | xargs)" = ". README.TXT dir dir/file" ] || fail "notice.iso: UDF is not preferred"
	[ "$("$list" notice.iso iso | cut -f1 | xargs)" = ". README.TXT" ] || fail "notice.iso: --view iso"
fi
if command -v bsdtar >/dev/null; then
	# its writer takes write permission away
	bsdtar -cf b.iso --format=iso9660 -C src . 2>/dev/null || fail bsdtar
	compare b.iso 1,2,4-
fi
[ "$ran" ] || skip "neither xorriso nor genisoimage nor bsdtar is installed"
