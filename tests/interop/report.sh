#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pages of imginfo --report in a browser: light and dark, narrow and wide; nothing is wider than the window, nothing is blank,
# nothing is said on the console.  REPORT_SHOTS=DIR keeps pages and pictures there, to be looked at.

. "$top_builddir/tests/functions.sh"
requires python3
for browser in chromium-headless-shell chromium chromium-browser google-chrome ''; do
	command -v "$browser" >/dev/null 2>&1 && break
done
[ -n "$browser" ] || skip "neither chromium-headless-shell nor chromium is installed"

mkdir -p files/Applications files/Library
for i in 1 2 3 4 5 6 7 8 9; do
	head -c ${i}0000 /dev/urandom >"files/Applications/app $i"
	awk -v n=${i}000 'BEGIN { while (n-- > 0) print "the same line again" }' >"files/Library/text $i"
done
truncate -s 300000 files/zeros
imgconv -q -V 'App 1.2' files App.dmg || fail "no DMG"
# one that has nowhere to break
cp App.dmg "$(awk 'BEGIN { while (n++ < 200) printf "W" }').dmg"
python3 "$top_srcdir/tests/awkward_parts.py" awkward.img 400
head -c 9000 App.dmg >cut.dmg

expect 0 imginfo -q --verify --hash sha256 --report app.html App.dmg
imginfo -qq --verify --report several.html App.dmg W*.dmg awkward.img cut.dmg "$fixtures/parts/isohybrid.img" "$fixtures/parts/mbr.img" 2>/dev/null
pages=several		# the first of these is the other page's
[ -z "${REPORT_SHOTS-}" ] || pages="app several"
for page in $pages; do
	python3 "$top_srcdir/tests/interop/browser.py" "$browser" $page.html $page ${REPORT_SHOTS:+1} || fail "$page.html"
done
if [ -n "${REPORT_SHOTS-}" ]; then
	mkdir -p "$REPORT_SHOTS" && cp ./*.html ./*.png "$REPORT_SHOTS"
	rm -f "$REPORT_SHOTS"/*.outer.html
fi
exit 0
