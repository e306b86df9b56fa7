#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real HFS+ volumes, bare, in partitions and in DMGs.  They list and extract exactly as 7-Zip, on record in NAME.files.tsv;
# what we do otherwise stands below with its reason.  A line that decides nothing is a failure as well.

. "$top_builddir/tests/functions.sh"
requires_shared corpus/MANIFEST.tsv
corpus=$shared/corpus

# path that 7-Zip has and we have not|why
cat >choices <<'END'
.journal|no file for users: macOS hides it
.journal_info_block|no file for users: macOS hides it
a_directory/a_file:myxattr|an attribute, not a file
a_directory/a_resourcefork:rsrc|a fork, not a file
f.txt:com.apple.provenance|an attribute, not a file
END

bad=0
wrong() {
	echo "FAIL: $name: $*"
	bad=$((bad + 1))
}

contents() {
	(
		cd out || exit 99
		find . -type f -exec sha256sum {} + | sed 's/^\([0-9a-f]*\) [ *]\.\/\(.*\)/\2	\1/'
		find . -type l -printf '%P\tsymlink:%l\n'
	)
}

# try IMAGE: it lists what it extracts, and that is what the record says, but for the volume's name in front
try() {
	rm -rf out
	imgconv -q "$1" out/ >stdout 2>stderr </dev/null
	rc=$?
	[ $rc = 0 ] && [ ! -s stderr ] || { wrong "extraction: exit $rc: $(cat stderr)"; return; }
	imginfo -l "$1" >listed 2>stderr </dev/null || { wrong "imginfo -l: exit $?: $(cat stderr)"; return; }
	(cd out && find . -mindepth 1 \( -type d -printf '%P/\n' -o -printf '%P\n' \)) >extracted
	sort listed >a && sort extracted >b
	diff a b >&2 || wrong "listed (<) is not what is extracted (>)"
	contents >have
	awk -F '\t' -v image="$name" -v choices=choices '
	BEGIN {
		while ((getline line < choices) > 0) { split(line, f, "|"); row[f[1]] = ++at }
		while ((getline line < "have") > 0) { split(line, f, "\t"); have[f[1]] = f[2] }
	}
	$1 == "7zz" {
		sub(/^[^\/]*\//, "", $2)
		if ($2 in have) {
			if (have[$2] != $4) print "FAIL: " image ": " $2 ": " have[$2] ", 7-Zip has " $4
			delete have[$2]
		} else if ($2 in row) print "used " row[$2]
		else print "FAIL: " image ": " $2 " is not there, 7-Zip has " $4
	}
	END { for (p in have) print "FAIL: " image ": " p ": 7-Zip has none" }' "$corpus/$name.files.tsv" >decisions
	! grep '^FAIL' decisions || bad=$((bad + 1))
	sed -n 's/^used //p' decisions >>used
	imginfo --verify "$1" >stdout 2>stderr </dev/null || wrong "imginfo --verify: exit $?: $(cat stderr)"
}

: >used
tried=0
for name in brew-container.dmg dfvfs-hfsplus.raw dfvfs-hfsplus_zlib.dmg dmgwiz-input_non_null_data_offset.dmg \
	dmgwiz-output_non_null_data_offset.bin go-apfs-v2-hfs-apm.img.gz node-udif-gpt.dmg qemu-simple-dmg.dmg \
	tika-test-documents.dmg; do
	tried=$((tried + 1))
	case $name in
	*.gz) gzip -dc "$corpus/$name" >unpacked.img && try unpacked.img ;;
	*) try "$corpus/$name" ;;
	esac
done

# an empty volume, of which there is no record
if command -v xz >/dev/null; then
	name=util-linux-hfsplus.img.xz
	xz -dc "$corpus/$name" >unpacked.img
	imginfo -l unpacked.img >listed 2>stderr && [ ! -s listed ] && [ ! -s stderr ] ||
		wrong "an empty volume: $(cat listed stderr)"
fi

awk 'NR == FNR { used[$1] = 1; next } !(FNR in used) { print "FAIL: needless choice: " $0; n++ } END { exit n > 0 }' \
	used choices || bad=$((bad + 1))
echo "$tried volumes tried, $bad wrong"
[ "$bad" = 0 ]
