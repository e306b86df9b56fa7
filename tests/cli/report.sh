#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo --report: the page is valid and says what the text says, whatever the image holds; files are treated with care.

. "$top_builddir/tests/functions.sh"
requires python3
python=python3
python3 -c 'import html5lib' 2>/dev/null || [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
$python -c 'import html5lib' 2>/dev/null || echo "no html5lib: pages are tested as XML only"
mkdir all
pages=0
# page FILE [TEXT...]: it is what a page has to be, and every TEXT stands on it; as HTML it is tested with all others at the end
page() {
	"$python" "$top_srcdir/tests/page.py" -x "$@" || fail "page $1"
	pages=$((pages + 1))
	cp "$1" "all/$pages-$1"
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

# ---- the pictures tell the truth ----
# a quarter data, a quarter that the file does not hold, half data
truncate -s 1M disk.img
head -c 262144 /dev/zero | tr '\0' x | dd of=disk.img conv=notrunc 2>/dev/null
head -c 524288 /dev/zero | tr '\0' y | dd of=disk.img bs=4096 seek=128 conv=notrunc 2>/dev/null
expect 0 imginfo -q -f raw --report disk.html disk.img
page disk.html 'data 75.0%, zeros 25.0%, 768 KiB stored'
if [ "$(stat -c %b disk.img)" -le 1600 ]; then	# the file system here keeps holes
	grep -qF '<path class="b-plain" d="M0 0h60v1000h-60zM120 0h120v1000h-120z"/>' disk.html || fail "data are drawn elsewhere"
	grep -qF '<path class="b-zero" d="M60 0h60v1000h-60z"/>' disk.html || fail "zeros are drawn elsewhere"
fi
# bars are as wide as partitions are long, boxes as large as files
mkdir -p sizes/folder && head -c 400000 /dev/urandom >sizes/large && head -c 100000 /dev/urandom >sizes/small
head -c 150000 /dev/urandom >sizes/folder/one && head -c 50000 /dev/urandom >sizes/folder/two && truncate -s 300000 sizes/folder/zeros
imgconv -q -V Sizes sizes sizes.dmg
expect 0 imginfo -q --report sizes.html sizes.dmg
imginfo --json sizes.dmg >doc.json
python3 - <<'END' || fail "the pictures are not to scale"
import json, re
import xml.etree.ElementTree as tree
page, doc = tree.parse("sizes.html"), json.load(open("doc.json"))
x = "{http://www.w3.org/1999/xhtml}"
svg = "{http://www.w3.org/2000/svg}"
part = next(l for l in doc["layers"] if l["format"] == "gpt")["partitions"][0]
bar = next(s for s in page.iter(svg + "svg") if s.get("class") == "bar").find(".//%ssvg" % svg)
for key, value in ("x", part["offset"]), ("width", part["size"]):
    assert abs(float(bar.get(key)[:-1]) - 100 * value / doc["virtual_size"]) < 0.01, (key, bar.attrib)
sizes = {"large": 400000, "small": 100000, "folder/": 500000, "one": 150000, "two": 50000, "zeros": 300000}
def areas(ul, names):
    found = {}
    for li in ul.findall(x + "li"):
        w, h = (float(re.search(k + r":([\d.]+)%", li.get("style")).group(1)) for k in ("width", "height"))
        found[li.get("title").split(":")[0]] = w * h
    assert set(found) == set(names), found
    for n in names:
        want = 10000 * sizes[n] / sum(sizes[k] for k in names)
        assert abs(found[n] - want) < 5, (n, found[n], want)
top = next(d for d in page.iter(x + "div") if d.get("class") == "treemap").find(x + "ul")
areas(top, ["folder/", "large", "small"])
areas(next(li for li in top if li.get("title").startswith("folder/")).find(x + "ul"), ["one", "two", "zeros"])
END

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
for image in *.dmg; do
	imginfo -qq --verify --report "all/$image.html" "$image" 2>/dev/null
	[ $? -lt 100 ] || fail "$image"
	[ -s "all/$image.html" ] || fail "no page of $image"
done

# ---- names that try to be something else ----
python3 "$top_srcdir/tests/awkward_parts.py" awkward.img 4000
expect 0 imginfo -qq --report parts.html awkward.img awkward.img awkward.img
[ "$(grep -c '<tr><td class="n">' parts.html)" -ge 12000 ] || fail "not all of 12,000 partitions"
"$python" "$top_srcdir/tests/page.py" -x parts.html '<script>alert(1)</script>' '"><img src=x onerror=alert(1)>' ']]>' '</title><svg onload=alert(1)>' \
	'\u{202e}gnp.exe\u{202c}' 'a\x07\x1b]0;x\x07\u{9b}' '</style><style>*{display:none}' '%s%n%999999d' || fail "12,000 names"
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

"$python" "$top_srcdir/tests/told.py" all "$top_srcdir/inspect/imginfo.schema.json" >told || { cat told; fail "pages as HTML"; }
exit 0
