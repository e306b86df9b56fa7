#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# HFS+ and APFS volumes of our recipes, of our author and of other people, read by Sleuthkit, libfshfs and libfsapfs: they
# list what we list, and what Sleuthkit takes out is what we take out.  None of Debian's judges opens an encrypted APFS
# volume: Sleuthkit comes without its crypto library there, and libfsapfs fails in its own (docs/formats/apfs.md).

. "$top_builddir/tests/functions.sh"
requires fls
requires tsk_recover
requires python3
tried=0

# files FOLDER: names, and what is in them; tsk_recover takes nothing out of empty ones
files() {
	(cd "$1" && find . -type f -size +0 -exec sha256sum {} +) | grep -v 'HFS+ Private\|/\.journal\|  \./\$' | sort
}

# judge FS NAME [LISTED-BY-FSHFS]: ./v.img
judge() {
	fs=$1 name=$2
	set -- -f "$fs"
	expect 0 imginfo -l --names raw v.img
	sed 's/\/$//' stdout | sort >ours
	if [ "$fs" = apfs ]; then
		block=$(pstat v.img 2>/dev/null | sed -n 's/.*APSB Block Number: //p' | head -n 1)
		set -- -f apfs -P apfs -B "$block"
		fsapfsinfo -H v.img 2>/dev/null | sed -n 's/^\/{[^}]*}\/\(.\)/\1/p' >list
	else
		fshfsinfo -H v.img 2>/dev/null | sed -n 's/^\/\(.\)/\1/p' >list
	fi
	fls "$@" -r -p v.img >fls.out 2>fls.err || { cat fls.err; fail "$name: fls refuses it"; }
	sed -n 's/^[^:]*:	//p' fls.out | grep -v '^\$\|HFS+ Private\|^\.journal' | sort >theirs
	diff ours theirs >&2 || fail "$name: fls (>) lists other files"
	# libfshfs 20201104 opens no wrapped volume, and gives up on some others: what it lists counts
	grep -v 'HFS+ Private\|^\.journal' list | sort >theirs
	if [ -s theirs ]; then
		diff ours theirs >&2 || fail "$name: libfshfs or libfsapfs (>) lists other files"
		tried=$((tried + 1))
	fi
	mkdir theirs.d
	tsk_recover "$@" -a v.img theirs.d >recover.out 2>&1 || { cat recover.out; fail "$name: tsk_recover"; }
	expect 0 imgconv -q --names raw --xattrs drop v.img ours.d/
	[ "$fs" = hfs ] || find ours.d -type l -exec rm {} +
	find ours.d -type l | while read -r link; do	# of HFS+ it makes files with the target inside
		to=$(readlink "$link"; echo .)
		rm "$link"
		printf %s "${to%
.}" >"$link"
	done
	rm -f ours.d/compressed.txt	# by LZFSE, which Sleuthkit cannot (in go-apfs-v2-basic-lzfse.dmg)
	files ours.d >a
	files theirs.d >b
	diff a b >&2 || fail "$name: tsk_recover (>) takes out other files"
	rm -rf ours.d theirs.d
	tried=$((tried + 1))
}

# a tree of ours, in HFS+ of our author
mkdir -p src/sub/deep
for i in $(seq 300); do
	echo "file $i" >"src/sub/File $i"
done
head -c 200000 /dev/urandom >src/sub/deep/large
printf x >"src/résumé"
: >src/nothing
expect 0 imgconv -q --fs hfs+ --partition-map none -O raw -V Judged src/ v.img
judge hfs author
expect 0 imgconv -q -y --fs hfs+ --partition-map none --case-sensitive -O raw -V Judged src/ v.img
judge hfs hfsx

if [ -e "$shared/corpus/MANIFEST.tsv" ]; then
	for name in brew-container.dmg dfvfs-hfsplus.raw dfvfs-hfsplus_zlib.dmg dmgwiz-input_non_null_data_offset.dmg \
		go-apfs-v2-hfs-apm.img.gz node-udif-gpt.dmg qemu-simple-dmg.dmg tika-test-documents.dmg; do
		imgconv -y -q -P Apple_HFS "$shared/corpus/$name" v.img 2>/dev/null ||
			expect 0 imgconv -y -q "$shared/corpus/$name" v.img
		judge hfs "$name"
	done
	for row in 'john-HFS+-UDZO-password-data.dmg password' 'john-HFS+-UDCO-openwall-data.dmg openwall'; do
		name=${row% *}
		echo "${row#* }" >pw
		imgconv -y -q --password-file pw -P Apple_HFS "$shared/corpus/$name" v.img 2>/dev/null ||
			expect 0 imgconv -y -q --password-file pw "$shared/corpus/$name" v.img
		judge hfs "$name"
	done
	for row in 'dmgwiz-input_aes256.dmg test123' 'Sparkle-SparkleTestCodeSignApp.enc.nolicense.dmg testpass'; do
		name=${row% *}
		echo "${row#* }" >pw
		expect 0 imgconv -y -q --password-file pw -P Apple_APFS "$shared/corpus/$name" v.img
		judge apfs "$name"
	done
	for name in Sparkle-SparkleTestCodeSign_apfs.dmg brew-container-apfs.dmg dfvfs-apfs.raw dmgwiz-input_zlib.dmg \
		go-apfs-v2-basic-lzfse.dmg; do
		imgconv -y -q -P Apple_APFS "$shared/corpus/$name" v.img 2>/dev/null ||
			expect 0 imgconv -y -q "$shared/corpus/$name" v.img
		judge apfs "$name"
	done
else
	echo "skipped: no shared/corpus beside the project"
fi
echo "$tried comparisons"
