#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real HFS, HFS+ and APFS volumes, bare, in partitions and in DMGs.  They list and extract exactly as 7-Zip (HFS: as
# hfsutils), on record in NAME.files.tsv, and their attributes are what it has; what we do otherwise stands below with its
# reason.  A line that decides nothing is a failure as well.

. "$top_builddir/tests/functions.sh"
requires_shared corpus/MANIFEST.tsv
corpus=$shared/corpus

# path that 7-Zip has and we have not|why
cat >choices <<'END'
.journal|no file for users: macOS hides it
.journal_info_block|no file for users: macOS hides it
END

bad=0
wrong() {
	echo "FAIL: $name: $*"
	bad=$((bad + 1))
}

# what was extracted, and the attributes of files and links; the Finder's, which 7-Zip leaves out, aside
contents() {
	(
		cd out || exit 99
		find . -type f -exec sha256sum {} + | sed 's/^\([0-9a-f]*\) [ *]\.\/\(.*\)/\2	\1/'
		find . -type l -printf '%P\tsymlink:%l\n'
	)
	awk -F '\t' '
	$2 != "stream" { kind = $2; next }
	kind == "d" || $3 == "com.apple.FinderInfo" { next }
	fs == "hfs+" && $3 == "com.apple.ResourceFork" { $3 = "rsrc" }
	{ print $1 ":" $3 "\t" $5 }' fs="$fs" tree
}

# try FS IMAGE [OPTION...]: it lists what it extracts, and that is what the record says
try() {
	fs=$1 image=$2; shift 2
	rm -rf out
	imgconv -q "$@" "$image" out/ >stdout 2>stderr </dev/null
	rc=$?
	sed -i '/cannot set the attribute/d' stderr	# for which the file system here has no room
	[ $rc = 0 ] && [ ! -s stderr ] || { wrong "extraction: exit $rc: $(cat stderr)"; return; }
	imginfo -l "$@" "$image" >listed 2>stderr </dev/null || { wrong "imginfo -l: exit $?: $(cat stderr)"; return; }
	(cd out && find . -mindepth 1 \( -type d -printf '%P/\n' -o -printf '%P\n' \)) >extracted
	sort listed >a && sort extracted >b
	diff a b >&2 || wrong "listed (<) is not what is extracted (>)"
	type=Apple_HFS
	[ "$fs" = hfs+ ] || type=Apple_APFS
	imgconv -y -q "$@" -P $type "$image" volume.img >stdout 2>stderr </dev/null ||
		imgconv -y -q "$@" "$image" volume.img ||
		wrong "cannot be converted"
	"$top_builddir/tests/unit/list-tree" volume.img >tree || wrong "its attributes cannot be read"
	contents >have
	awk -F '\t' -v image="$name" -v choices=choices -v fs="$fs" '
	BEGIN {
		while ((getline line < choices) > 0) { split(line, f, "|"); row[f[1]] = ++at }
		while ((getline line < "have") > 0) { split(line, f, "\t"); have[f[1]] = f[2] }
	}
	$1 == "7zz" {
		if (fs == "hfs+") sub(/^[^\/]*\//, "", $2)	# the name of the volume
		if ($2 in have) {
			if (have[$2] != $4) print "FAIL: " image ": " $2 ": " have[$2] ", 7-Zip has " $4
			delete have[$2]
		} else if ($2 in row) print "used " row[$2]
		else print "FAIL: " image ": " $2 " is not there, 7-Zip has " $4
	}
	END { for (p in have) print "FAIL: " image ": " p ": 7-Zip has none" }' "$corpus/$name.files.tsv" >decisions
	! grep '^FAIL' decisions || bad=$((bad + 1))
	sed -n 's/^used //p' decisions >>used
	imginfo --verify "$@" "$image" >stdout 2>stderr </dev/null || wrong "imginfo --verify: exit $?: $(cat stderr)"
}

# try_hfs IMAGE: both forks of all files are what the record says
try_hfs() {
	imgconv -y -q -P Apple_HFS "$1" volume.img >stdout 2>stderr </dev/null || imgconv -y -q "$1" volume.img ||
		wrong "cannot be converted"
	"$top_builddir/tests/unit/list-tree" volume.img >tree || { wrong "cannot be listed"; return; }
	imginfo --verify volume.img >stdout 2>stderr </dev/null || wrong "imginfo --verify: exit $?: $(cat stderr)"
	grep -q 'oddities  *0$' stdout || wrong "imginfo --verify finds something odd"
	awk -F '\t' '$2 == "f" { print "data " $1 "\t" $7 } $3 == "com.apple.ResourceFork" { print "resource " $1 "\t" $5 }' \
		tree | sort >a
	# ":" parts their folders
	sed -n 's/^hfsutils \([a-z]*\) fork	:\([^	]*\)	\([0-9]*\)	\(.*\)/\1	\3	\2	\4/p' "$corpus/$name.files.tsv" |
		awk -F '\t' '$1 == "data" || $2 > 0 { n = split($3, c, ""); p = ""
			for (i = 1; i <= n; i++) p = p (c[i] == ":" ? "/" : c[i] == "/" ? ":" : c[i])
			print $1 " " p "\t" $4 }' | sort -u >b
	[ -s b ] || wrong "there is no record of it"
	diff a b >&2 || wrong "we have (<) other files than hfsutils (>)"
}

: >used
tried=0
for name in brew-container.dmg dfvfs-hfsplus.raw dfvfs-hfsplus_zlib.dmg dmgwiz-input_non_null_data_offset.dmg \
	dmgwiz-output_non_null_data_offset.bin go-apfs-v2-hfs-apm.img.gz node-udif-gpt.dmg qemu-simple-dmg.dmg \
	tika-test-documents.dmg; do
	tried=$((tried + 1))
	try hfs+ "$corpus/$name"
done
for name in Sparkle-SparkleTestCodeSign_apfs.dmg brew-container-apfs.dmg dfvfs-apfs.raw dmgwiz-input_adc.dmg \
	dmgwiz-input_bzip2.dmg dmgwiz-input_lzfse.dmg dmgwiz-input_lzma.dmg dmgwiz-input_ro.dmg dmgwiz-input_zlib.dmg \
	go-apfs-v2-basic-lzfse.dmg; do
	tried=$((tried + 1))
	try apfs "$corpus/$name"
done
echo test123 >pw
name=dmgwiz-input_aes256.dmg
try apfs "$corpus/$name" --password-file pw
echo testpass >pw
name=Sparkle-SparkleTestCodeSignApp.enc.nolicense.dmg
try apfs "$corpus/$name" --password-file pw
tried=$((tried + 2))

# floppies, bare and as DiskCopy 4.2 has them
for name in CiderPress2-simple-gsos.po CiderPress2-simple-linux.po format-corpus-hello-world-untitled-volume.img \
	CiderPress2-Installer_Disk_1.image; do
	tried=$((tried + 1))
	try_hfs "$corpus/$name"
done

# an empty volume, of which there is no record
name=util-linux-hfsplus.img.xz
imginfo -l "$corpus/$name" >listed 2>stderr && [ ! -s listed ] && [ ! -s stderr ] ||
	wrong "an empty volume: $(cat listed stderr)"

# an independent reader agrees about the volume
if command -v fsapfsinfo >/dev/null; then
	name=dfvfs-apfs.raw
	uuid=$(fsapfsinfo "$corpus/$name" | sed -n 's/^	Identifier.*: //p' | sed -n 2p)
	[ "$(imginfo --field layers.1.uuid "$corpus/$name")" = "$uuid" ] || wrong "libfsapfs says its UUID is $uuid"
fi

awk 'NR == FNR { used[$1] = 1; next } !(FNR in used) { print "FAIL: needless choice: " $0; n++ } END { exit n > 0 }' \
	used choices || bad=$((bad + 1))
echo "$tried volumes tried, $bad wrong"
[ "$bad" = 0 ]
