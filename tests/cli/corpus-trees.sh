#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real discs made by other people's tools.  They list and extract exactly as 7-Zip and bsdtar, on record in NAME.files.tsv,
# where those agree.  Where they do not, or only one of them reads the disc, the choice stands in the list below with its
# reason (docs/formats/iso9660.md has more).  A line of the list that decides nothing is a failure as well.

. "$top_builddir/tests/functions.sh"
requires_shared corpus/MANIFEST.tsv
corpus=$shared/corpus

# image ("*": any)|path|whom we follow: 7zz, bsdtar, none (no such file here), or what it is|why
cat >choices <<'END'
*|[BOOT]/Boot-NoEmul.img|bsdtar|no file of the disc: 7-Zip makes a folder of what boots
isofilereader-iso_test_udf_only_v102.iso|mactest-mactest-mactest-mactest-mactest-mactest-mactest-mact.txt|7zz|bsdtar reads no UDF
libcdio-udf102.iso|FéжΘvrier|7zz|bsdtar reads no UDF
util-linux-udf-cd-nero-6.img|test.txt|7zz|bsdtar reads no UDF
util-linux-udf-bdr-2.60-nero.img|test.txt|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|neither reads it; Linux sees this
libarchive-test_read_format_iso_joliet.iso|symlink|bsdtar|Rock Ridge over Joliet; 7-Zip takes Joliet and makes links empty files
libarchive-test_read_format_iso_rockridge_new.iso.xz|symlink3|bsdtar|7-Zip makes links that go upward empty files
libarchive-test_read_format_iso_rockridge_new.iso.xz|symlink4|bsdtar|7-Zip makes links that go upward empty files
libarchive-test_read_format_iso_rockridge_new.iso.xz|symlink5|7zz|a component without a name: bsdtar repeats the slash
libarchive-test_read_format_iso_rockridge_new.iso.xz|symlink6|symlink:/tmp/../|both: bsdtar repeats the slash, 7-Zip makes it an empty file
libarchive-test_read_format_iso_rockridge_rr_moved.iso.xz|dir1/dir2/dir3/dir4/dir5/dir6/dir7/dir8|bsdtar|a moved folder; 7-Zip makes it an empty file
libarchive-test_read_format_iso_rockridge_rr_moved.iso.xz|dir1/dir2/dir3/dir4/dir5/dir6/dir7/dir8/dir9/dir10/deep|bsdtar|in the moved folder
libarchive-test_read_format_iso_rockridge_rr_moved.iso.xz|rr_moved/dir8/dir9/dir10/deep|bsdtar|shown where it was moved from
libarchive-test_read_format_iso_zisofs.iso|file|bsdtar|7-Zip gives the compressed bytes
libarchive-test_read_format_iso_zisofs.iso|hardlink|bsdtar|7-Zip gives the compressed bytes
libarchive-test_read_format_iso_zisofs.iso|symlink3|bsdtar|7-Zip makes links that go upward empty files
libarchive-test_read_format_iso_zisofs.iso|symlink4|bsdtar|7-Zip makes links that go upward empty files
libcdio-cue/isofs-m1.bin|COPYING|32b1062f7da84967e7019d01ab805935caa7ab7321a7ced0e30ebe75e5df1670|neither reads raw sectors; bsdtar sees this in what bchunk makes of them
libcdio-cue/isofs-m1.bin|doc/readme.txt|92b4a2becc28e48c8a0ad55b833b15c314dcc9df06032a7ef30dba251a0565a9|neither reads raw sectors; bsdtar sees this in what bchunk makes of them
libcdio-cue/isofs-m1.cue|COPYING|32b1062f7da84967e7019d01ab805935caa7ab7321a7ced0e30ebe75e5df1670|neither reads raw sectors; bsdtar sees this in what bchunk makes of them
libcdio-cue/isofs-m1.cue|doc/readme.txt|92b4a2becc28e48c8a0ad55b833b15c314dcc9df06032a7ef30dba251a0565a9|neither reads raw sectors; bsdtar sees this in what bchunk makes of them
libcdio-copying-rr.iso|copy/COPYING|bsdtar|7-Zip makes links that go upward empty files
libcdio-copying-rr.iso|tmp/COPYING|bsdtar|7-Zip makes links that go upward empty files
libcdio-copying-rr.iso|fd0|bsdtar|a device; 7-Zip makes it an empty file
libcdio-copying-rr.iso|zero|bsdtar|a device; 7-Zip makes it an empty file
END

# a reason not to try this one; a line goes when a reader arrives
not_yet() {
	case $1 in
	qcow2*) echo "no reader of qcow2" ;;
	*) return 1 ;;
	esac
}

bad=0
wrong() {
	echo "FAIL: $name: $*"
	bad=$((bad + 1))
}

# decide WANT HAVE: every claim of a tool on record against ours; prints what is wrong and, as "used LINE", each choice
# that was needed.  Two tools that say the same leave no choice.
decide() {
	awk -F '\t' -v image="$name" -v ours="$2" -v choices=choices '
	BEGIN {
		while ((getline line < choices) > 0) {
			split(line, f, "|"); at++
			if (f[1] == "*" || f[1] == image) { follow[f[2]] = f[3]; row[f[2]] = at }
		}
		while ((getline line < ours) > 0) {
			split(line, f, "\t"); have[f[1]] = f[2]; path[f[1]] = 1
		}
	}
	$1 == "7zz" || $1 == "bsdtar" {
		gsub(/%2F/, "/", $4)
		claim[$1, $2] = $4; path[$2] = 1; tools[$1] = 1
	}
	END {
		for (p in path) {
			a = ("7zz", p) in claim ? claim["7zz", p] : "none"
			b = ("bsdtar", p) in claim ? claim["bsdtar", p] : "none"
			mine = p in have ? have[p] : "none"
			if (a == b && a != "none") {
				if (mine != a) print "FAIL: " image ": " p ": " mine ", 7-Zip and bsdtar have " a
				continue
			}
			if (!(p in follow)) {
				print "FAIL: " image ": " p ": 7-Zip " a ", bsdtar " b ", we " mine ", and no choice is on the list"
				continue
			}
			want = follow[p] == "7zz" ? a : follow[p] == "bsdtar" ? b : follow[p]
			if (mine != want) print "FAIL: " image ": " p ": " mine ", chosen is " follow[p] ": " want
			print "used " row[p]
		}
	}' "$1"
}

# sums and targets of what is in ./out
contents() {
	(
		cd out || exit 99
		find . -type f -exec sha256sum {} + | sed 's/^\([0-9a-f]*\) [ *]\.\/\(.*\)/\2	\1/'
		find . -type l -printf '%P\tsymlink:%l\n'
	)
}

# try IMAGE: it lists what it extracts, and that is what the record says
try() {
	rm -rf out
	imgconv -q "$1" out/ >stdout 2>stderr </dev/null
	rc=$?
	# no devices without --owner keep: they are told
	if [ "$name" = libcdio-copying-rr.iso ]; then
		[ $rc = 8 ] && grep -q 'fd0: a device' stderr || { wrong "exit $rc, want 8 and a warning"; return; }
	elif [ $rc != 0 ] || [ -s stderr ]; then
		wrong "extraction: exit $rc: $(cat stderr)"
		return
	fi
	imginfo -l "$1" >listed 2>stderr </dev/null || { wrong "imginfo -l: exit $?: $(cat stderr)"; return; }
	(cd out && find . -mindepth 1 \( -type d -printf '%P/\n' -o -printf '%P\n' \)) >extracted
	[ "$name" != libcdio-copying-rr.iso ] || printf 'fd0\nzero\n' >>extracted
	sort listed >a && sort extracted >b
	diff a b >&2 || wrong "listed (<) is not what is extracted (>)"
	contents >have
	record=$corpus/$name.files.tsv
	[ -f "$record" ] || record=/dev/null
	decide "$record" have >decisions
	! grep '^FAIL' decisions || bad=$((bad + 1))
	sed -n 's/^used //p' decisions >>used
}

: >used
tried=0 later=0
awk -F '\t' 'NR > 1 && $2 ~ /ISO 9660|UDF|^iso |^udf |isofs/ { print $1 "|" $2 }' "$corpus/MANIFEST.tsv" >discs
while IFS='|' read -r name kind <&3; do
	if why=$(not_yet "$kind"); then
		echo "not yet: $name ($kind): $why"
		later=$((later + 1))
		continue
	fi
	tried=$((tried + 1))
	case $name in
	libcdio-malformed.iso)
		imgconv -q "$corpus/$name" out-malformed/ >stdout 2>stderr </dev/null
		rc=$?
		[ $rc = 4 ] && [ ! -e out-malformed ] && grep -q 'root directory' stderr ||
			wrong "exit $rc, must be refused with 4: $(cat stderr)" ;;
	*) try "$corpus/$name" ;;
	esac
done 3<discs

# three sessions of genisoimage, without files: each has its own label
name=util-linux-iso-multi-0-174-348-genisoimage.img
for s in 1 2 3; do
	imginfo -l --session $s "$corpus/$name" >listed 2>stderr || wrong "session $s: $(cat stderr)"
done
imginfo -l --session 4 "$corpus/$name" >listed 2>stderr && wrong "has a session 4"

awk 'NR == FNR { used[$1] = 1; next } !(FNR in used) { print "FAIL: needless choice: " $0; n++ } END { exit n > 0 }' \
	used choices || bad=$((bad + 1))
echo "$tried discs tried, $bad wrong, $later of kinds not read yet"
[ "$tried" -ge 20 ] || fail "only $tried discs were tried"
[ "$bad" = 0 ]
