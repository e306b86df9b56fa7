#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The job of docs/ci.md, run as it stands there.
. "${top_builddir:-.}/tests/functions.sh"

sed -n '/^```sh$/,/^```$/p' "$top_srcdir/docs/ci.md" | sed '/^```/d' >job.sh
[ "$(grep -c imgconv job.sh)" -ge 2 ] || fail "docs/ci.md has lost its job"

mkdir -p build/MyApp.app/Contents/MacOS dist packaging
echo run >build/MyApp.app/Contents/MacOS/MyApp
chmod 755 build/MyApp.app/Contents/MacOS/MyApp
printf 'GIF89a\200\2\220\1' >packaging/background.png
printf 'icns\0\0\0\10' >packaging/volume.icns
printf 'You agree.\n' >packaging/licence.txt

expect 0 sh job.sh
says stdout '"MyApp 1.2"'
says stdout ULFO
first=$(sha dist/MyApp-1.2.dmg)
sed "s/ .*//" dist/MyApp-1.2.dmg.sha256 >sum
[ "$(cat sum)" = "$first" ] || fail "the checksum is not the image's"

# again, elsewhere and later: the same bytes; and an image that is there stays
expect 6 sh job.sh
mkdir other
cp -R build packaging job.sh other
(cd other && mkdir dist && sh job.sh >/dev/null 2>&1) || fail "the job fails in another folder"
[ "$(sha other/dist/MyApp-1.2.dmg)" = "$first" ] || fail "another folder gives other bytes"
