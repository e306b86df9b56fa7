#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo --report: the page is valid and says what the text says, whatever the image holds; files are treated with care.

. "$top_builddir/tests/functions.sh"
requires python3
python=python3
python3 -c 'import html5lib' 2>/dev/null || [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
$python -c 'import html5lib' 2>/dev/null || echo "no html5lib: pages are tested as XML only"
# page FILE [TEXT...]: it is valid, and every TEXT stands on it
page() {
	"$python" "$top_srcdir/tests/page.py" "$@" || fail "page $1"
}
cp "$fixtures"/udif/*.dmg .
printf 'words\n' >notes.txt

# ---- one image ----
expect 0 imginfo --report page.html gpt.dmg
[ ! -s stdout ] || fail "--report prints the text too"
says stderr 'page.html: report of 1 image, '
page page.html gpt.dmg 'Apple disk image' 'disk image' 'These were found and not tested' 'chunk size'
expect 0 imginfo --verify --hash sha256 --report verified.html gpt.dmg
page verified.html 'Whole: checksums and structure hold' 'master checksum' "$(imginfo --hash sha256 gpt.dmg | cut -d' ' -f1)"
# every fact of the JSON that is a word or a number is on the page, in whatever section
imginfo --json --verify gpt.dmg >doc.json
"$python" - <<'END' || fail "the page says less than the JSON"
import json, re, html
page = html.unescape(re.sub("<[^>]*>", "", open("verified.html").read()))
def leaves(v):
    if isinstance(v, dict):
        for k, x in v.items():
            if v.get("protective"):
                return			# only guards another table
            if k not in ("schema", "kind", "mime", "result"):
                yield from leaves(x)
    elif isinstance(v, list):
        for x in v:
            yield from leaves(x)
    elif isinstance(v, str) and v not in ("ok", "not-run"):
        yield v
doc = json.load(open("doc.json"))
names = {c["name"] for c in doc["checks"]}
# of a type with a title the title is shown
types = {p["type"] for l in doc["layers"] for p in l.get("partitions", []) if "type_title" in p}
types |= {p.get("uuid") for l in doc["layers"] for p in l.get("partitions", [])}
missing = [s for s in leaves(doc) if s.lower() not in page.lower() and s not in names | types]
assert not missing, missing
END
# the bytes depend on nothing but image and options
mkdir other
cp gpt.dmg other
(cd other && TZ=Asia/Tokyo LC_ALL=C COLUMNS=20 imginfo -q -T 1 --verify --hash sha256 --report ../again.html gpt.dmg) || fail "again"
same verified.html again.html

# ---- where it goes ----
expect 6 imginfo --report page.html gpt.dmg
says stderr 'imginfo: page.html: already exists'
says stderr '-y replaces it'
expect 0 imginfo -y -q --report page.html udzo.dmg
[ ! -s stderr ] || fail "-q says something"
page page.html udzo.dmg
expect 0 imginfo --report - udzo.dmg
same stdout page.html
[ ! -s stderr ] || fail "a page on standard output is talked about"
before=$(sha udzo.dmg)
ln udzo.dmg same.html
expect 6 imginfo -y --report udzo.dmg udzo.dmg
expect 6 imginfo -y --report same.html notes.txt udzo.dmg
[ "$(sha udzo.dmg)" = "$before" ] || fail "an image gave way to its report"
expect 1 imginfo --report missing/page.html udzo.dmg
says stderr 'missing/page.html'
if [ -c /dev/full ]; then
	expect 7 sh -c 'imginfo --report - udzo.dmg >/dev/full'
fi
for wrong in "--report a.html --map" "--report a.html -l" "--report a.html --field size" "--report - --json" "-y" \
	     "--report a.html --partitions" "--report a.html --compare udzo.dmg"; do
	# shellcheck disable=SC2086 # words
	expect 2 imginfo $wrong udzo.dmg
done
nothing_left a.html
expect 0 imginfo -y --json --report page.html udzo.dmg
python3 -c 'import json; assert json.load(open("stdout"))["result"] == "ok"' || fail "--json beside the page"
page page.html

# ---- several, and those that fail ----
"$top_builddir/tests/unit/crypt-tool" image udzo.dmg secret.dmg
head -c 3000 gpt.dmg >cut.dmg
expect 5 imginfo --report several.html udzo.dmg notes.txt cut.dmg secret.dmg none.dmg
says stderr 'several.html: report of 5 images'
page several.html '5 disk images' 'Not recognised' 'Damaged' 'Locked: a password is needed' 'none.dmg' 'looks like plain text'
for image in *.dmg split.dmg; do
	imginfo -qq -y --verify --report one.html "$image" 2>/dev/null
	[ $? -lt 100 ] || fail "$image"
	page one.html "$image"
done

# ---- names that try to be something else ----
python3 "$top_srcdir/tests/awkward_parts.py" awkward.img 4000
expect 0 imginfo -qq --report parts.html awkward.img awkward.img awkward.img
[ "$(grep -c '<tr><td class="n">' parts.html)" -ge 12000 ] || fail "not all of 12,000 partitions"
page -x parts.html '<script>alert(1)</script>' '"><img src=x onerror=alert(1)>' ']]>' '</title><svg onload=alert(1)>' \
	'\u{202e}gnp.exe\u{202c}' 'a\x07\x1b]0;x\x07\u{9b}' '</style><style>*{display:none}' '%s%n%999999d'
python3 "$top_srcdir/tests/awkward_parts.py" awkward.img 50
expect 0 imginfo -qq --report parts.html awkward.img -y
page parts.html '<!-- comment' '-->' '<![CDATA[' '&amp;&lt;&#x3c;&nbsp' "'\"\`><b onclick=x>"
mkdir -p files
python3 - <<'END'
import os
for i, n in enumerate(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "]]>", "' onmouseover='x", '&lt;b&gt;',
                       '</title>', '</svg>', '<!--', 'x' * 200, '\u202eevil', 'a\u2028b', '\U0001f4be', 'e\u0301', 'tab\there', '%s%n']):
    d = os.path.join("files", n.replace("/", ":"))
    os.mkdir(d)
    for k in range(3):
        open(os.path.join(d, n[:100].replace("/", ":") + str(k)), "wb").write(b"x" * (1000 * (i + 1) * (k + 1)))
END
label='<b onclick="x">&]]>'
for out in awkward.dmg awkward.iso; do
	expect 0 imgconv -q -V "$label" files $out
	expect 0 imginfo -q --verify --report "$out.html" $out
	page "$out.html" '<script>alert(1)<:script>' '"><img src=x onerror=alert(1)>' ']]>' '\u{202e}evil' '&lt;b&gt;'
done
page awkward.dmg.html "$label"
evil=$(printf '<b>&"\047\033]0;x\007\302\233\342\200\256\377.dmg')
cp udzo.dmg "$evil"
expect 0 imginfo -q --report name.html "$evil"
page name.html '<b>&"'\''\x1b]0;x\x07\u{9b}\u{202e}\xff.dmg'

# ---- evidence beside the file ----
sha256sum udzo.dmg >SHA256SUMS
expect 0 imginfo -q --verify --report evidence.html udzo.dmg
page evidence.html SHA256SUMS
exit 0
