#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sign disk images as codesign does, with certificates of nobody; openssl signs.

    codesign.py authority DIR          roots, signers and stamper into DIR
    codesign.py sign IN OUT DIR [KEY=VALUE...]

What sign takes: hash=sha1,sha256 (directories, the first is what is signed; also sha256-160, sha384), page=SHIFT (0: one
page), signer=NAME (of DIR, or "" for ad hoc), stamp=yes, ticket=yes, entitlements=yes, agility=yes|wrong (hashes of
directories among the signed attributes), limit=N (bytes covered), trailer=no (no hash of the trailer), damage=WORD (below).
"""
import base64
import hashlib
import os
import struct
import subprocess
import sys

KINDS = {"sha1": (1, 20, "sha1"), "sha256": (2, 32, "sha256"), "sha256-160": (3, 20, "sha256"), "sha384": (4, 48, "sha384")}


def be(form, *v):
    return struct.pack(">" + form, *v)


def run(*words, **kw):
    r = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    if r.returncode:
        sys.exit("%s: %s" % (" ".join(words), r.stderr.decode("utf-8", "replace")))
    return r.stdout


# ---- certificates ----

EXTENSIONS = """
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[middle]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[code]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,codeSigning
1.2.840.113635.100.6.1.13 = critical,DER:0500
[odd]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,codeSigning
1.2.3.4.5 = critical,DER:0500
[mail]
keyUsage = critical,digitalSignature
extendedKeyUsage = emailProtection
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def authority(top):
    os.makedirs(top, exist_ok=True)
    os.chdir(top)
    with open("ext.cnf", "w") as f:
        f.write(EXTENSIONS)

    def make(name, subject, kind, by=None, days=("20200101000000Z", "20400101000000Z")):
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name + ".key")
        run("openssl", "req", "-new", "-key", name + ".key", "-subj", subject, "-out", name + ".csr")
        open("index.txt", "w").close()
        with open("ca.cnf", "w") as f:
            f.write("[ca]\ndatabase = index.txt\nnew_certs_dir = .\ndefault_md = sha256\nrand_serial = yes\npolicy = any\n"
                    "unique_subject = no\n[any]\ncommonName = supplied\norganizationalUnitName = optional\n")
        signer = by or name
        run("openssl", "ca", "-batch", "-config", "ca.cnf", "-name", "ca", "-notext", "-in", name + ".csr", "-out", name + ".pem",
            "-startdate", days[0], "-enddate", days[1], "-extfile", "ext.cnf", "-extensions", kind, "-preserveDN",
            "-keyfile", signer + ".key", *(("-cert", by + ".pem") if by else ("-selfsign",)))

    make("root", "/CN=Fruit Root CA", "root")
    make("other", "/CN=Other Root CA", "root")
    make("middle", "/CN=Developer Authority", "middle", "root")
    make("maker", "/OU=ABCDE12345/CN=Developer: Good Maker (ABCDE12345)", "code", "middle")
    make("late", "/OU=ABCDE12345/CN=Developer: Late Maker", "code", "middle", ("20200101000000Z", "20210101000000Z"))
    make("mail", "/CN=Letter Writer", "mail", "middle")
    make("odd", "/CN=Odd Marks", "odd", "middle")
    make("tsa", "/CN=Clock", "tsa", "root")
    run("openssl", "x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")


# ---- DER, as far as it is needed ----

def der(tag, body):
    n = len(body)
    head = bytes([n]) if n < 128 else bytes([128 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


def oid(text):
    v = [int(x) for x in text.split(".")]
    out = bytes([40 * v[0] + v[1]])
    for n in v[2:]:
        part = [n & 127]
        while n > 127:
            n >>= 7
            part.append(n & 127 | 128)
        out += bytes(reversed(part))
    return der(6, out)


def parts(b):
    """The elements of a constructed value's body: (tag, whole, body)."""
    at, out = 0, []
    while at < len(b):
        n, skip = b[at + 1], 2
        if n & 128:
            k = n & 127
            n, skip = int.from_bytes(b[at + 2:at + 2 + k], "big"), 2 + k
        out.append((b[at], b[at:at + skip + n], b[at + skip:at + skip + n]))
        at += skip + n
    return out


def pem(path):
    text = open(path).read()
    return base64.b64decode("".join(text[text.index("-----BEGIN"):].split("-----")[2].split()))


SHA256 = der(0x30, oid("2.16.840.1.101.3.4.2.1"))
OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}


def stamp(top, value, when):
    """A time stamp of @value by the authority's clock, which stood at @when."""
    info = der(0x30, der(2, b"\1") + oid("1.2.3.4.1") + der(0x30, SHA256 + der(4, hashlib.sha256(value).digest())) +
               der(2, b"\7") + der(0x18, when))
    cert = pem(top + "/tsa.pem")
    hashed = der(0x30, der(0x30, der(0x30, der(4, hashlib.sha256(cert).digest()))))
    return signed(top, "tsa", ["tsa"], info, "1.2.840.113549.1.9.16.1.4", True, when,
                  [der(0x30, oid("1.2.840.113549.1.9.16.2.47") + der(0x31, hashed))])


def signed(top, name, chain, content, kind, inside, when, more=(), stamped=None):
    """SignedData over @content by @name."""
    cert = pem("%s/%s.pem" % (top, name))
    tbs = parts(parts(cert)[0][2])[0][2]
    fields = parts(tbs)
    serial, issuer = fields[1][1], fields[3][1]
    attrs = [der(0x30, oid("1.2.840.113549.1.9.3") + der(0x31, oid(kind))),
             der(0x30, oid("1.2.840.113549.1.9.5") + der(0x31, der(0x17, when[2:]))),
             der(0x30, oid("1.2.840.113549.1.9.4") + der(0x31, der(4, hashlib.sha256(content).digest())))] + list(more)
    body = b"".join(sorted(attrs))
    with open("tbs.tmp", "wb") as f:
        f.write(der(0x31, body))
    value = run("openssl", "dgst", "-sha256", "-sign", "%s/%s.key" % (top, name), "tbs.tmp")
    os.unlink("tbs.tmp")
    info = der(2, b"\1") + der(0x30, issuer + serial) + SHA256 + der(0xa0, body) + der(0x30, oid("1.2.840.10045.4.3.2")) + \
        der(4, value)
    if stamped:
        info += der(0xa1, der(0x30, oid("1.2.840.113549.1.9.16.2.14") + der(0x31, stamp(top, value, stamped))))
    certs = b"".join(pem("%s/%s.pem" % (top, c)) for c in chain)
    inner = oid(kind) + (der(0xa0, der(4, content)) if inside else b"")
    data = der(2, b"\3" if inside else b"\1") + der(0x31, SHA256) + der(0x30, inner) + der(0xa0, certs) + \
        der(0x31, der(0x30, info))
    return der(0x30, oid("1.2.840.113549.1.7.2") + der(0xa0, der(0x30, data)))


# ---- the signature ----

def directory(body, trailer, blobs, kind, o):
    number, size, name = KINDS[kind]
    h = lambda b: hashlib.new(name, b).digest()[:size]
    ident, team = b"org.example.signed\0", b"ABCDE12345\0"
    special = {2: h(blobs[2])}
    if 5 in blobs:
        special[5] = h(blobs[5])
    if o.get("trailer") != "no":
        special[6] = h(trailer)
    limit = int(o.get("limit", len(body)))
    shift = int(o.get("page", 0))
    page = 1 << shift if shift else max(limit, 1)
    code = [h(body[i:min(i + page, limit)]) for i in range(0, limit, page)]
    if o.get("damage") == "page":
        code[-1] = bytes(size)
    if o.get("damage") == "pages":
        code = code[:0]
    ident_off = 64
    team_off = ident_off + len(ident)
    hash_off = team_off + len(team) + 6 * size
    d = be("IIIIIIIBBBBI", 0x20300, 0, hash_off, ident_off, 6, len(code), limit, size, number, 0, shift, 0) + \
        be("IIIQ", 0, team_off, 0, 0) + ident + team + b"".join(special.get(i, bytes(size)) for i in range(6, 0, -1)) + \
        b"".join(code)
    return be("II", 0xfade0c02, len(d) + 8) + d


def superblob(blobs, damage):
    at = 12 + 8 * len(blobs)
    table, data = b"", b""
    for slot, b in sorted(blobs.items()):
        table += be("II", slot, at + len(data) if not (damage == "offset" and slot == 2) else 1 << 30)
        data += b if not (damage == "length" and slot == 0) else b[:4] + be("I", 1 << 30) + b[8:]
    return be("III", 0xfade0cc0, at + len(data), len(blobs) if damage != "count" else 1 << 28) + table + data


def sign(src, dst, top, o):
    image = open(src, "rb").read()
    body, damage = image[:-512], o.get("damage")
    koly = bytearray(image[-512:])
    koly[296:304] = be("Q", len(body))
    trailer = bytes(koly)
    blobs = {2: be("III", 0xfade0c01, 12, 0)}
    if o.get("entitlements"):
        blobs[5] = be("II", 0xfade7171, 8 + 25) + b"<plist><dict/></plist>   "
    if o.get("ticket"):
        blobs[0x10002] = be("II", 0xfade7172, 8 + 4) + b"s8ch"
    kinds = o.get("hash", "sha256").split(",")
    dirs = [directory(body, trailer, blobs, k, o) for k in kinds]
    for i, d in enumerate(dirs):
        blobs[0x1000 + i - 1 if i else 0] = d
    more = []
    if o.get("agility"):
        sums = [(k, hashlib.new(KINDS[k][2], d).digest()) for k, d in zip(kinds, dirs)]
        if o["agility"] == "wrong":
            sums[-1] = (sums[-1][0], bytes(len(sums[-1][1])))
        text = b"<plist><dict><key>cdhashes</key><array>%s</array></dict></plist>" % b"".join(
            b"<data>\n%s\n</data>" % base64.b64encode(s[:20]) for _, s in sums)
        more = [der(0x30, oid("1.2.840.113635.100.9.1") + der(0x31, der(4, text))),
                der(0x30, oid("1.2.840.113635.100.9.2") + der(0x31, b"".join(sorted(
                    der(0x30, oid(OIDS[KINDS[k][2]]) + der(4, s)) for k, s in sums))))]
    who = o.get("signer", "maker")
    cms = b""
    if who:
        cms = signed(top, who, [who, "middle", "root"] + (["tsa"] if o.get("stamp") else []), dirs[0], "1.2.840.113549.1.7.1",
                     False, b"20200601120000Z", more, b"20200601120001Z" if o.get("stamp") else None)
    if damage == "cms-cut":
        cms = cms[:len(cms) // 2]
    elif damage == "cms-other":		# a good signature, of something else
        cms = signed(top, who, [who, "middle", "root"], b"something else", "1.2.840.113549.1.7.1", False, b"20200601120000Z")
    elif damage == "cms-bit":
        cms = cms[:-10] + bytes([cms[-10] ^ 1]) + cms[-9:]
    elif damage == "cms-nobody":
        cms = signed(top, who, ["middle", "root"], dirs[0], "1.2.840.113549.1.7.1", False, b"20200601120000Z")
    elif damage == "cms-junk":
        cms = os.urandom(300)
    blobs[0x10000] = be("II", 0xfade0b01, 8 + len(cms)) + cms
    if damage == "swap":		# the directory of another image under the signature of this one
        blobs[0] = directory(body, trailer, blobs, kinds[0], dict(o, page=12))
    signature = superblob(blobs, damage)
    if damage == "cut":
        signature = signature[:40]
    koly[304:312] = be("Q", len(signature))
    if damage == "image":		# where nothing but the signature sees it: white space of the property list
        at = body.rindex(b"\n")
        body = body[:at] + b" " + body[at + 1:]
    with open(dst, "wb") as f:
        f.write(body + signature + bytes(koly))


if sys.argv[1] == "authority":
    authority(sys.argv[2])
else:
    sign(*sys.argv[2:5], dict(w.split("=", 1) for w in sys.argv[5:]))
