#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a folder holds, and what programs say of a disc, in the one form of interop/kernel-mount.sh:

    d MODE UID:GID - PATH   f MODE UID:GID SIZE SUM PATH   l MODE UID:GID -> TARGET PATH   o MODE UID:GID MAJOR,MINOR PATH

views.py source FOLDER reads the folder; tar, isoinfo, libcdio and xorriso read, from standard input, an archive or what
isoinfo -l, iso-info -l and xorriso -exec lsdl print.  SUM is SHA-256, of a file over 1 GB that of some ranges, and "-"
where only names are shown; a device in such a list is "-", too, since not all show it."""

import hashlib, os, re, stat, sys, tarfile

BLOCK = 65536
RANGES = 0, 16383, 32767, 65535, 68664


def digest(f, size, forward=False):
    sum, at = hashlib.sha256(), 0
    if size < 1000000000:
        for data in iter(lambda: f.read(BLOCK), b""):
            sum.update(data)
        return sum.hexdigest()
    for block in RANGES:
        while forward and at < block:
            at += len(f.read(min(block - at, 64) * BLOCK)) // BLOCK
        if not forward:
            f.seek(block * BLOCK)
        sum.update(f.read(BLOCK))
        at += 1
    return sum.hexdigest()


def octal(mode):
    """-rwsr-x--x is 4751."""
    bits = 0
    for i, c in enumerate(mode[1:10]):
        if c not in "-ST":
            bits |= 0o400 >> i
        if c in "sStT":
            bits |= 0o4000 >> i // 3
    return "%o" % bits


def show(kind, mode, uid, gid, what, path):
    if kind not in "dfl":
        kind = "o"
    print(kind, mode, "%s:%s" % (uid, gid), "- " + path if kind == "d" else "%s %s" % (what, path))


def source(folder):
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            s = os.lstat(path)
            kind, what = "o", "%x,%x" % (os.major(s.st_rdev), os.minor(s.st_rdev))
            if stat.S_ISDIR(s.st_mode):
                kind = "d"
            elif stat.S_ISLNK(s.st_mode):
                kind, what = "l", "-> " + os.readlink(path)
            elif stat.S_ISREG(s.st_mode):
                with open(path, "rb") as f:
                    kind, what = "f", "%d %s" % (s.st_size, digest(f, s.st_size))
            show(kind, "%o" % (s.st_mode & 0o7777), s.st_uid, s.st_gid, what, os.path.relpath(path, folder))


def tar():
    seen = {}
    archive = tarfile.open(fileobj=sys.stdin.buffer, mode="r|", bufsize=1 << 20)
    for m in archive:
        path = m.name[2:] if m.name.startswith("./") else m.name
        if path == ".":
            continue
        kind, what = "o", "%x,%x" % (m.devmajor, m.devminor)
        if m.isdir():
            kind = "d"
        elif m.issym():
            kind, what = "l", "-> " + m.linkname
        elif m.islnk():
            kind, what = "f", seen[m.linkname]
        elif m.isreg():
            kind, what = "f", "%d %s" % (m.size, digest(archive.extractfile(m), m.size, True))
            seen[m.name] = what
        show(kind, "%o" % m.mode, m.uid, m.gid, what, path)


def listed(lines, folder, entry):
    """A list of folders, each with its entries; what is there in several extents comes several times."""
    at, found = "", {}
    for line in lines:
        if m := re.match(folder, line):
            at = m[1].strip("/")
        elif m := re.match(entry, line):
            mode, uid, gid, size, name = m.groups()
            if name in (".", ".."):
                continue
            target = "-"
            if mode[0] == "l":
                name, target = name.split(" -> ", 1)
            path = at + "/" + name if at else name
            before = found[path][4] if path in found else 0
            found[path] = mode, uid, gid, target, before + int(size)
    for path, (mode, uid, gid, target, size) in found.items():
        kind = {"-": "f"}.get(mode[0], mode[0])
        show(kind, octal(mode), uid, gid, "-> " + target if kind == "l" else "%d -" % size if kind == "f" else "-", path)


def isoinfo(lines):
    """Owners are cut and joined, bits above rwx not shown; flags above 7F lack the bracket; a name has a blank behind it."""
    lines = (line[:-1] if line[:1] in "-dbc" and line.endswith(" ") else line for line in lines)
    listed(lines, r"Directory listing of (/.*)$",
           r"([-dlbcps]\S{9}) +\d+ [0-7 ]+ ()()(\d+) .{11} \[ *\d+ (?:..\] |FFFF)\s(.*)$")


def libcdio(lines):
    listed(lines, r"(/.*):$",
           r"  ([-dlbcps]\S{9}) +\d+ (\d+) (\d+) \[LSN +\d+\] +(\d+) \w{3} \d\d \d{4} \d\d:\d\d:\d\d  (.*)$")


def xorriso(lines):
    for line in lines:
        m = re.match(r"(\S{10}) +\d+ (\d+) +(\d+) +(\S+) \w{3} [ \d]\d +[\d:]+ '/(.*?)'(?: -> '(.*)')?$", line)
        if m and m[5]:
            kind = {"-": "f"}.get(m[1][0], m[1][0])
            what = "-> %s" % m[6] if kind == "l" else m[4] + " -" if kind == "f" else "-"
            show(kind, octal(m[1]), m[2], m[3], what, m[5])


if sys.argv[1] == "source":
    source(sys.argv[2])
elif sys.argv[1] == "tar":
    tar()
else:
    {"isoinfo": isoinfo, "libcdio": libcdio, "xorriso": xorriso}[sys.argv[1]](
        line.rstrip("\n") for line in sys.stdin)
