#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every command of the README does what it says: each is run as it stands there, with a sample as App.dmg.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
sample=$fixtures/udif/macos11.dmg
[ -f "$sample" ] || fail "no sample"
cp "$sample" App.dmg
mkdir -p tree/sub && echo one >tree/sub/a && ln -s sub/a tree/link
echo more >f.txt
echo secret >pw.txt
printf 'GIF89a\200\2\220\1' >bg.png && echo 'You agree.' >eula.txt && mkdir -p app/MyApp
mkdir -p MyApp.app/Contents/MacOS && echo run >MyApp.app/Contents/MacOS/MyApp && chmod 755 MyApp.app/Contents/MacOS/MyApp

# what starts: made-up loaders will do
fake_tree os
mkdir data esp seed
cp -r os/EFI esp
echo data >data/file
echo id >seed/meta-data
echo config >seed/user-data

# the indented lines that begin with one of our tools; a hash that stands for "the one you expect" becomes the sample's
sed -n 's/^    \(imgconv\|imginfo\) /\1 /p' "$top_srcdir/README.md" |
	sed "s/sha256:[0-9a-f]*…[0-9a-f]*/sha256:$(sha App.dmg)/" >commands
[ "$(grep -c . commands)" -ge 6 ] || fail "the README has lost its examples"
expect 0 imgconv -q App.dmg reference.img
want=$(sha reference.img)
size=$(stat -c %s reference.img)
while read -r line <&3; do
	rm -f ./*.img
	case $line in
	*"| jq "*) command -v jq >/dev/null 2>&1 || { echo "no jq: its part of '$line' is left out"; line=${line%%|*}; } ;;
	esac
	echo "\$ $line"
	rc=0
	sh -c "$line" </dev/null >stdout 2>stderr || rc=$?
	[ $rc = 0 ] || { cat stderr >&2; fail "'$line' ended with status $rc"; }
	case $line in
	*sha256sum*) says stdout "$want" ;;
	"imgconv -n --hybrid"*) says stdout 'UEFI from USB: BOOTX64.EFI' ;;
	*install.iso* | *debian.iso* | *uefi.iso*)
		image=$(echo "$line" | sed 's/ *#.*//; s/.* //')
		expect 0 imginfo --verify "$image"
		says stdout 'BOOTX64.EFI'
		;;
	*seed.iso*) expect 0 imginfo --verify seed.iso ;;
	*" tree/ my.iso"*) imginfo --verify my.iso >/dev/null || fail "'$line' makes no good disc" ;;
	"imgconv edit my.iso"*)
		imgconv -q new.iso edited/ && [ -f edited/f.txt ] && rm edited/f.txt && diff -r --no-dereference tree edited >&2 ||
			fail "'$line' gives other files" ;;
	"imgconv my.iso out/"*) diff -r --no-dereference tree out >&2 || fail "'$line' gives other files" ;;
	*"MyApp.app MyApp.dmg"*)
		imginfo --verify MyApp.dmg >/dev/null && imgconv -q MyApp.dmg full/ && diff -r MyApp.app full/MyApp.app >&2 &&
			[ -f full/.DS_Store ] && [ -f full/.background/background.gif ] && [ -h full/Applications ] ||
			fail "'$line' makes no good DMG" ;;
	"imgconv MyApp.app plain.dmg"*)
		imginfo --verify plain.dmg >/dev/null && imgconv -q plain.dmg plain/ && diff -r MyApp.app plain/MyApp.app >&2 ||
			fail "'$line' makes no good DMG" ;;
	*"tree/ secret.dmg"*)
		imgconv -q --password-file pw.txt secret.dmg secret/ && diff -r --no-dereference tree secret >&2 ||
			fail "'$line' makes no good DMG" ;;
	*App.sparsebundle*)
		imgconv -q App.sparsebundle bundle.img && [ "$(sha bundle.img)" = "$want" ] || fail "'$line' makes another disk" ;;
	*" packed.iso" | *" backup.udf")
		imginfo --verify "${line##* }" >/dev/null && rm -rf out && imgconv -q "${line##* }" out/ &&
			diff -r --no-dereference tree out >&2 || fail "'$line' holds other files" ;;
	*"small.dmg"*) imgconv -q small.dmg small.img && [ "$(sha small.img)" = "$want" ] || fail "'$line' gives other bytes" ;;
	"imgconv App.dmg App.img.xz") imgconv -q App.img.xz again.img && [ "$(sha again.img)" = "$want" ] ||
		fail "'$line' gives other bytes" ;;
	*" copy.img") [ "$(sha copy.img)" = "$want" ] || fail "'$line' gives other bytes" ;;
	*" back.img")	# whole blocks
		head -c "$size" back.img >cut && [ "$(sha cut)" = "$want" ] || fail "'$line' gives other bytes" ;;
	"imgconv App.dmg App.img"*) [ "$(sha App.img)" = "$want" ] || fail "'$line' gives other bytes" ;;
	esac
done 3<commands
