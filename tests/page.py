#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""page.py [-x] PAGE [TEXT...]: is PAGE what imginfo --report promises, whatever the images held?

It is well-formed XML; with html5lib also HTML without a single parse error, and both parsers see the same elements, attributes
and text, so that nothing in it means one thing to a test and another to a browser.  Only elements and attributes of ours are in
it, nothing runs, nothing is loaded, no character hides or reorders text.  Every TEXT stands in what a reader sees.  -x: only
the XML.
"""
import re
import sys
import xml.parsers.expat

html5lib = None
if sys.argv[1] != "-x":
    try:
        import html5lib
    except ImportError:
        pass

ELEMENTS = {
    "html": {"lang", "xmlns"}, "head": set(), "meta": {"charset", "name", "content", "http-equiv"},
    "link": {"rel", "href"}, "title": {"id"}, "style": set(), "body": set(), "main": set(), "article": {"id"},
    "header": {"class"}, "footer": set(), "nav": set(), "section": set(), "div": {"class", "aria-hidden"},
    "p": {"class"}, "h1": {"class", "title"}, "h2": {"class", "title"}, "h3": set(), "h4": set(), "a": {"href"},
    "span": {"class", "title", "aria-hidden"}, "b": {"class"}, "i": {"class"}, "q": set(), "code": set(),
    "ul": {"class"}, "ol": {"class"}, "li": {"class", "style", "title"}, "dl": {"class"}, "dt": set(),
    "dd": {"class"}, "figure": set(), "figcaption": set(), "table": set(), "thead": set(), "tbody": set(),
    "tfoot": set(), "tr": {"class"}, "th": {"class"}, "td": {"class"}, "details": set(), "summary": set(),
    "svg": {"xmlns", "class", "viewBox", "width", "height", "x", "y", "role", "aria-labelledby",
            "preserveAspectRatio"},
    "g": set(), "rect": {"class", "x", "y", "width", "height"}, "path": {"class", "d"},
    "text": {"class", "x", "y"}, "tspan": {"class"}, "desc": {"id"},
}
# the values of all attributes but title, which may be anything
VALUES = {
    "href": r"#image-\d+|data:,", "style": r"left:[\d.]+%;top:[\d.]+%;width:[\d.]+%;height:[\d.]+%",
    "id": r"image-\d+|[td]\d+", "aria-labelledby": r"t\d+ d\d+", "class": r"[a-z0-9 -]+", "d": r"[Mhvz\d -]+",
    "viewBox": r"[\d ]+",
}
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]")


def as_xml(data):
    """The page as a list of (element, attributes), text and None for an end."""
    out = []
    p = xml.parsers.expat.ParserCreate("utf-8")
    p.buffer_text = True
    p.StartElementHandler = lambda tag, a: out.append((tag, a))
    p.EndElementHandler = lambda tag: out.append(None)
    p.CharacterDataHandler = out.append
    p.CommentHandler = lambda s: sys.exit("a comment: " + s)
    p.ProcessingInstructionHandler = lambda *s: sys.exit("a processing instruction: %s" % (s,))
    p.Parse(data, True)
    return out


def as_html(data):
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(data, transport_encoding="utf-8")
    out = []

    def local(name):
        return name.rsplit("}", 1)[-1]

    def walk(e):
        out.append((local(e.tag), {local(k): v for k, v in e.attrib.items()}))
        out.append(e.text or "")
        for c in e:
            walk(c)
            out.append(c.tail or "")
        out.append(None)
    walk(root)
    return out


def plain(events):
    """Without the blanks between elements, which the parsers keep in different places, and with joined text."""
    out = []
    for e in events:
        if isinstance(e, str):
            if out and isinstance(out[-1], str):
                out[-1] += e
            else:
                out.append(e)
        elif e and e[0] in ("html", "svg"):
            out.append((e[0], {k: v for k, v in e[1].items() if k != "xmlns"}))
        else:
            out.append(e)
    return [e for e in out if not isinstance(e, str) or e.strip()]


def check(data, wanted):
    text = data.decode("utf-8")
    if not text.startswith("<!DOCTYPE html>\n"):
        sys.exit("no doctype")
    hidden = HIDDEN.search(text)
    if hidden:
        sys.exit("U+%04X at %d" % (ord(hidden.group()), hidden.start()))
    events = as_xml(data)
    ids, seen = set(), []
    for e in events:
        if isinstance(e, str):
            seen.append(e)
        if not isinstance(e, tuple):
            continue
        tag, attributes = e
        if tag not in ELEMENTS:
            sys.exit("an element of no page: <%s>" % tag)
        for k, v in attributes.items():
            if k not in ELEMENTS[tag]:
                sys.exit("<%s> has %s=\"%s\"" % (tag, k, v))
            if k in VALUES and not re.fullmatch(VALUES[k], v):
                sys.exit("<%s %s=\"%s\">" % (tag, k, v))
            if k == "title":
                seen.append(v)
        i = attributes.get("id")
        if i and i in ids:
            sys.exit("the id %s twice" % i)
        ids.add(i)
    for e in events:
        if isinstance(e, tuple):
            for name in e[1].get("aria-labelledby", "").split() + [e[1].get("href", "")[1:]]:
                if name and name != "ata:," and name not in ids:
                    sys.exit("nothing has the id " + name)
    if re.search(r"url\(|@import|expression", re.search(r"<style>(.*?)</style>", text, re.S).group(1)):
        sys.exit("the style loads something")
    if html5lib:
        a, b = plain(events), plain(as_html(data))
        for x, y in zip(a, b):
            if x != y:
                sys.exit("XML says %r, HTML says %r" % (x, y))
        if len(a) != len(b):
            sys.exit("XML has %d pieces, HTML %d" % (len(a), len(b)))
    said = "\n".join(seen) + "\n" + "".join(e for e in events if isinstance(e, str))
    for w in wanted:
        if w not in said:
            sys.exit("nowhere on the page: " + w)


if __name__ == "__main__":
    if sys.argv[1] == "-x":
        del sys.argv[1]
    with open(sys.argv[1], "rb") as f:
        check(f.read(), sys.argv[2:])
