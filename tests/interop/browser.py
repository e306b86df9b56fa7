#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""browser.py BROWSER PAGE OUT-PREFIX [SCALE]: show PAGE in headless Chromium, light and dark, 390 and 1280 pixels wide, and measure it.

A page beside it holds PAGE in a frame of that width (headless windows are not made narrow) and asks the frame how wide its content
is and which elements stand out of it; scripts run in that outer page only.  The pictures are OUT-PREFIX-light-390.png and so on.
A picture must be neither blank nor the other scheme's; the browser must have nothing to say on its console.
"""
import html
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

HIGH = 4000   # pixels of the page that are looked at
OUTER = """<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0}iframe{border:0;width:%(width)dpx;height:%(height)dpx}</style>
<iframe id="f" src="%(page)s"></iframe><pre id="out" hidden></pre><script>
document.getElementById("f").onload = function () {
	var d = this.contentDocument, e = d.documentElement, w = e.clientWidth, wide = [], small = [];
	d.querySelectorAll("body *").forEach(function (x) {
		var r = x.getBoundingClientRect(), inside = x.closest(".scroll,.treemap,svg,.long");
		if (!inside && r.width && (r.right > w + 1 || r.left < -1)) wide.push(x.tagName + "." + x.className);
	});
	d.querySelectorAll("svg.bar, svg.blocks, .treemap").forEach(function (x) {
		var r = x.getBoundingClientRect();
		if (r.width < 0.8 * Math.min(w, 900) - 60 || r.height < 30) small.push(x.tagName + " " + r.width + "x" + r.height);
	});
	document.getElementById("out").textContent = JSON.stringify({ client: w, scroll: e.scrollWidth, body: d.body.scrollWidth,
		height: e.scrollHeight, wide: wide.slice(0, 9), small: small, scripts: d.scripts.length, titles: d.title });
};
</script>
"""


def run(browser, scheme, width, height, url, *more):
    home = tempfile.mkdtemp(prefix="browser.", dir=".")
    r = subprocess.run([browser, "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
                        "--user-data-dir=" + home, "--enable-logging=stderr", "--virtual-time-budget=4000",
                        "--window-size=%d,%d" % (width, height),
                        "--blink-settings=preferredColorScheme=%d" % (scheme == "light"), *more, url],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    said = r.stderr.decode("utf-8", "replace")
    console = [line for line in said.split("\n") if "CONSOLE" in line]
    if console:
        sys.exit("the console says: " + console[0])
    if r.returncode:
        sys.exit("%s: status %d\n%s" % (browser, r.returncode, said[-1000:]))
    return r.stdout.decode("utf-8", "replace")


def pixels(path):
    """Rows of (r, g, b, ...) of an 8-bit PNG (PNG specification, 9: filters)."""
    with open(path, "rb") as f:
        data = f.read()
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    assert depth == 8 and color in (2, 6), (depth, color)
    bpp, at, packed = (3 if color == 2 else 4), 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += 12 + size
    raw, line, stride, at = zlib.decompress(packed), None, width * bpp, 0
    for _ in range(height):
        kind, new = raw[at], bytearray(raw[at + 1:at + 1 + stride])
        old = line or bytearray(stride)
        for i in range(stride if kind else 0):
            a, b, c = (new[i - bpp] if i >= bpp else 0), old[i], (old[i - bpp] if i >= bpp else 0)
            if kind == 1:
                p = a
            elif kind == 2:
                p = b
            elif kind == 3:
                p = (a + b) // 2
            else:
                p = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            new[i] = new[i] + p & 255
        line = new
        at += stride + 1
        yield line, bpp


def judge(path, scheme):
    bright, n, colors, rows = 0, 0, {}, 0
    for row, (line, bpp) in enumerate(pixels(path)):
        if row % 3:
            continue
        here = set()
        for i in range(0, len(line), 5 * bpp):
            c = (line[i] >> 4, line[i + 1] >> 4, line[i + 2] >> 4)
            colors[c] = colors.get(c, 0) + 1
            here.add(c)
            bright += line[i] + line[i + 1] + line[i + 2]
            n += 3
        rows += len(here) > 1
    mean, most = bright / n, max(colors.values()) * 3 / n
    if len(colors) < 12 or most > 0.995 or rows < 30:
        sys.exit("%s is as good as blank: %d colours, %.3f of one, %d rows" % (path, len(colors), most, rows))
    if (mean > 127) != (scheme == "light"):
        sys.exit("%s: brightness %d is not %s" % (path, mean, scheme))


def main():
    browser, page, prefix = sys.argv[1:4]
    for scheme in ("light", "dark"):
        for width in (390, 1280):
            what = "%s, %s, %d pixels" % (page, scheme, width)
            outer = "%s-%d.outer.html" % (prefix, width)
            with open(outer, "w") as f:
                f.write(OUTER % {"width": width, "height": HIGH, "page": "file://" + os.path.abspath(page)})
            shot = "%s-%s-%d.png" % (prefix, scheme, width)
            dom = run(browser, scheme, width if width > 500 else 500, HIGH, "file://" + os.path.abspath(outer), "--dump-dom",
                      "--force-device-scale-factor=" + (sys.argv[4:] or ["0.5"])[0], "--screenshot=" + os.path.abspath(shot))
            said = re.search(r'<pre id="out"[^>]*>(.*?)</pre>', dom, re.S)
            m = json.loads(html.unescape(said.group(1))) if said and said.group(1) else sys.exit(what + ": not measured")
            if m["client"] != width or m["scroll"] > m["client"] or m["body"] > m["client"] or m["wide"]:
                sys.exit("%s: wider than its window: %s" % (what, m))
            if m["small"] or m["scripts"] or m["height"] < 500:
                sys.exit("%s: %s" % (what, m))
            judge(shot, scheme)


main()
