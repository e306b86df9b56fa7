#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The verbs of hdiutil that mount nothing, with its options, names and property lists.
. "${top_builddir:-.}/tests/functions.sh"

hdi() { imgconv --as hdiutil "$@"; }
hdi_says() {	# STATUS ARGUMENTS...
	want_=$1
	shift
	expect "$want_" imgconv --as hdiutil "$@"
}

mkdir -p src/App.app
echo x >src/App.app/x
echo y >src/y

# create: of folders
hdi_says 0 create -volname 'My Volume' -srcfolder src -fs HFS+ -format UDBZ -ov -quiet out
[ -f out.dmg ] || fail "hdiutil appends .dmg"
[ ! -s stdout ] && [ ! -s stderr ] || fail "-quiet is not quiet"
expect 0 imginfo out.dmg
says stdout UDBZ
says stdout '"My Volume"'
expect 0 imginfo -l out.dmg
says stdout App.app/x
says_not stdout Applications
hdi_says 6 create -srcfolder src out.dmg
hdi_says 0 create -srcfolder src -ov out.dmg
says stdout "created: $(pwd -P)/out.dmg"
hdi_says 0 create -srcfolder src -srcfolder src/App.app -plist -layout SPUD -imagekey zlib-level=9 two.dmg
says stdout "<string>$(pwd -P)/two.dmg</string>"
expect 0 imginfo -l two.dmg
says stdout src/y
says stdout App.app/x
expect 0 imginfo --partitions two.dmg
says stdout 'Apple HFS'
hdi_says 0 create -srcfolder src -fs 'Case-sensitive HFS+' -layout NONE hfsx.dmg
expect 0 imginfo hfsx.dmg
says stdout HFSX

hdi_says 0 create -srcfolder src -format UDRW rw
expect 0 imginfo -l rw.dmg
says stdout App.app/x
hdi_says 0 create -srcfolder src/App.app bundle.dmg
expect 0 imginfo -l bundle.dmg
says stdout App.app/x

# create: blank
hdi_says 0 create -size 10m -fs HFS+ -volname Blank blank
expect 0 imginfo --field virtual_size blank.dmg
says stdout 10485760
expect 0 imginfo --verify blank.dmg
says stdout '"Blank"'
hdi_says 0 create -sectors 20480 -fs HFS+ sectors
expect 0 imginfo --field virtual_size sectors.dmg
says stdout 10485760
hdi_says 0 create -megabytes 5 -fs HFS+ -volname Five five
hdi_says 2 create nothing.dmg
says stderr "-srcfolder or -size is expected"
hdi_says 2 create -size 5q x.dmg
says stderr "-size 5q"
hdi_says 3 create -size 5m -fs APFS x.dmg
says stderr "-fs APFS: this build makes HFS+, HFSX and MS-DOS volumes"
hdi_says 0 create -type SPARSE -size 5m -fs HFS+ grows
[ "$(stat -c %s grows.sparseimage)" -lt 5242880 ] || fail "grows.sparseimage is full"
hdi_says 2 create -type SPARS -size 5m -fs HFS+ x
says stderr "UDIF, SPARSE or SPARSEBUNDLE is expected"

# convert: suffixes as hdiutil has them
hdi_says 0 convert out.dmg -format UDTO -o disc
[ -f disc.cdr ] || fail "hdiutil appends .cdr"
hdi_says 0 convert out.dmg -format UDTO -o disc.iso
[ -f disc.iso.cdr ] || fail "hdiutil appends .cdr to whatever"
same disc.cdr disc.iso.cdr
hdi_says 0 convert out.dmg -format UDRW -o plain
expect 0 imgconv out.dmg want.img
same plain.dmg want.img
same disc.cdr want.img
hdi_says 0 convert disc.cdr -format ULFO -o back -tasks 1
expect 0 imgconv back.dmg back.img
same back.img want.img
hdi_says 2 convert out.dmg -o x
says stderr "-format is expected"
hdi_says 2 convert out.dmg -format UDXX -o x
says stderr "-format UDXX: UDZO, UDBZ"
hdi_says 2 convert out.dmg -format UDZO
says stderr "no image to write was named"
hdi_says 6 convert out.dmg -format UDZO -o out
hdi_says 2 convert out.dmg -format UDZO -o x -encryption AES-64
says stderr "-encryption AES-64: AES-128 or AES-256 is expected"
# sparse images and bundles; encrypted, with the password from standard input
hdi_says 0 convert out.dmg -format UDSP -o sparse
hdi_says 0 convert sparse.sparseimage -format UDSB -imagekey sparse-band-size=2048 -o sparse
expect 0 imgconv sparse.sparsebundle sparse.img
same sparse.img want.img
expect 0 imginfo --field layers.0.band_size sparse.sparsebundle
says stdout 1048576
printf secret >pass
for i in "" AES-128 AES-256; do
	# shellcheck disable=SC2086
	imgconv --as hdiutil convert out.dmg -quiet -format UDBZ -ov -o locked -stdinpass -encryption $i <pass 2>stderr ||
		{ cat stderr; fail "-encryption $i"; }
	expect 5 imginfo --json locked.dmg
	says stdout "\"encryption\": \"${i:-AES-128}\""
	expect 0 imgconv -y --password-file pass locked.dmg locked.img
	same locked.img want.img
done
imgconv --as hdiutil create -quiet -type SPARSEBUNDLE -encryption -stdinpass -srcfolder src created <pass || fail "create"
expect 0 imgconv --password-file pass created.sparsebundle created.out/
diff -r --no-dereference src created.out >&2 || fail "created.sparsebundle"
hdi_says 2 create -type SPARSE -format UDZO -srcfolder src x
says stderr "contradict"
hdi_says 2 convert out.dmg -format UDZO -o x -passphrase secret
says stderr "-passphrase: everybody could read it"
hdi_says 2 convert out.dmg -fromat UDZO -o x
says stderr "unknown option -fromat of hdiutil convert; did you mean -format?"

# segment: the chunks as they are
dd if=/dev/urandom of=src/large bs=1M count=3 2>/dev/null
hdi create -quiet -srcfolder src -format UDBZ large || fail "large.dmg"
hdi_says 0 segment -segmentSize 1m -o part large.dmg
[ -f part.002.dmgpart ] || fail "one file"
expect 0 imginfo part.dmg
says stdout UDBZ
imgconv -q part.dmg part.img && imgconv -q large.dmg large.img || fail "parts are not read"
same part.img large.img
hdi_says 2 segment -o x large.dmg
says stderr "-segmentSize is expected"

# makehybrid
hdi_says 0 makehybrid -iso -joliet -default-volume-name HYBRID -o hybrid src
expect 0 imginfo hybrid.iso
says stdout '"HYBRID"'
hdi_says 0 makehybrid -hfs -o hyb src
expect 0 imginfo -l hyb.dmg
says stdout App.app/x
hdi_says 3 makehybrid -hfs -iso -o x src
says stderr "one or the other"

# what only looks
hdi_says 0 imageinfo out.dmg
says stdout "Apple disk image"
hdi_says 0 imageinfo -format large.dmg
[ "$(cat stdout)" = UDBZ ] || fail "imageinfo -format: $(cat stdout)"
hdi_says 0 imageinfo -plist large.dmg
cp stdout info.plist
if command -v python3 >/dev/null; then
	python3 - <<'EOF' || fail "imageinfo -plist"
import os, plistlib
p = plistlib.load(open("info.plist", "rb"))
assert p["Format"] == "UDBZ" and p["Properties"]["Partitioned"] and not p["Properties"]["Encrypted"], p
assert p["Properties"]["Compressed"] and not p["Properties"]["Software License Agreement"]
assert p["Size Information"]["Compressed Bytes"] == os.path.getsize("large.dmg")
assert p["Size Information"]["Total Bytes"] == os.path.getsize("large.img")
assert p["partitions"]["partition-scheme"] == "gpt"
assert p["partitions"]["partitions"][0]["partition-start"] == 40
EOF
fi
hdi_says 0 verify large.dmg
says stdout 'hdiutil: verify: checksum of "large.dmg" is VALID'
cp large.dmg bad.dmg
printf 'xxxx' | dd of=bad.dmg bs=1 seek=100000 conv=notrunc 2>/dev/null
hdi_says 4 verify bad.dmg
hdi_says 0 checksum -type SHA256 large.dmg
says stdout "SHA256: \$$(sha large.img)"
hdi_says 2 checksum large.dmg
says stderr "-type CRC32"
hdi_says 0 pmap large.dmg
says stdout "disk image"
hdi_says 1 verify nothing.dmg

# what is not done, and help
for i in attach detach mount burn resize compact chpass internet-enable; do
	hdi_says 2 "$i" out.dmg
	says stderr "hdiutil $i: "
done
hdi_says 2 frobnicate
says stderr "hdiutil frobnicate: no such verb"
hdi_says 0 help
says stdout makehybrid
ln -s "$(command -v imgconv)" hdiutil
expect 0 ./hdiutil verify large.dmg
says stdout VALID
[ -z "$(find . -name '*.part')" ] || fail "a part was left behind"
