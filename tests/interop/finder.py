# SPDX-License-Identifier: BSD-2-Clause
"""Shows what Finder would find in a DMG, field by field: the licence of the image, Finder's flags of the files, the settings
of the window (.DS_Store), the alias and the bookmark of its background, the pictures.

It shares nothing with the program that it tests: UDIF, GPT, HFS+, the buddy file, property lists, aliases, bookmarks and TIFF
are read here as their published descriptions have them, and every rule that can be broken is asserted.

usage: finder.py IMAGE.dmg"""
import datetime
import plistlib
import struct
import sys
import zlib


def sized(fmt, data, at=0):
    return struct.unpack_from(fmt, data, at)


# ---- UDIF ----

def read_udif(path):
    data = open(path, "rb").read()
    koly = data[-512:]
    assert koly[:4] == b"koly", "no trailer"
    off, length = sized(">QQ", koly, 216)
    rsrc = plistlib.loads(data[off:off + length])["resource-fork"]
    out = bytearray(sized(">Q", koly, 492)[0] * 512)
    for blkx in rsrc["blkx"]:
        t = blkx["Data"]
        assert t[:4] == b"mish"
        first, = sized(">Q", t, 8)
        base, = sized(">Q", t, 24)
        n, = sized(">I", t, 200)
        for i in range(n):
            kind, _, start, count, at, size = sized(">IIQQQQ", t, 204 + 40 * i)
            raw = data[base + at:base + at + size]
            pos = (first + start) * 512
            if kind == 0x80000005:
                raw = zlib.decompress(raw)
            elif kind in (0, 2):
                raw = bytes(count * 512)
            elif kind in (0x7ffffffe, 0xffffffff):
                continue
            else:
                assert kind == 1, hex(kind)
            assert len(raw) == count * 512
            out[pos:pos + len(raw)] = raw
    return bytes(out), rsrc, koly, off + length, len(data)


MAC = {0: "mac_roman", 3: "mac_roman", 1: "mac_roman", 14: "shift_jis", 49: "mac_cyrillic", 42: "mac_latin2", 71: "mac_roman"}


def pascal(data, at, charset):
    n = data[at]
    return data[at + 1:at + 1 + n].decode(charset), at + 1 + n


def show_licence(rsrc):
    if "LPic" not in rsrc:
        print("licence: none")
        return
    lpic, = [r for r in rsrc["LPic"]]
    assert lpic["ID"] == "5000"
    default, n = sized(">HH", lpic["Data"])
    assert len(lpic["Data"]) == 4 + 6 * n
    print("licence: %d languages, default region %d" % (n, default))
    by = {t: {int(r["ID"]): r for r in rsrc.get(t, [])} for t in ("STR#", "TEXT", "RTF ", "styl")}
    for i in range(n):
        region, rid, wide = sized(">HHH", lpic["Data"], 4 + 6 * i)
        charset = MAC[region]
        words = by["STR#"][5000 + rid]["Data"]
        count, = sized(">H", words)
        assert count == 6
        at, text = 2, []
        rtf = 5000 + rid in by["RTF "]
        names = []
        for _ in range(count):
            try:
                word, at = pascal(words, at, charset)
            except UnicodeDecodeError:
                word, at = "?", at + 1 + words[at]
            names.append(word)
        assert at == len(words), "words do not fill their resource"
        body = by["RTF " if rtf else "TEXT"][5000 + rid]["Data"]
        print("  region %d, two-byte %d, \"%s\": %s | %s" % (region, wide, names[0], names[1], names[2]))
        print("  %s: %r" % ("RTF" if rtf else "TEXT", body.decode("ascii" if rtf else charset)))
        if not rtf:
            runs, = sized(">H", by["styl"][5000 + rid]["Data"])
            assert len(by["styl"][5000 + rid]["Data"]) == 2 + 20 * runs
            print("  styl: %d run" % runs)


# ---- GPT, HFS+ ----

def find_volume(disk):
    assert disk[512:520] == b"EFI PART"
    first, count, size = sized("<QII", disk, 512 + 72)
    for i in range(count):
        e = disk[first * 512 + i * size:][:size]
        if e[:16] == bytes.fromhex("005346480000aa11aa1100306543ecac"):
            lo, hi = sized("<QQ", e, 32)
            return disk[lo * 512:(hi + 1) * 512]
    raise AssertionError("no HFS+ partition")


class Hfs:
    def __init__(self, vol):
        self.vol = vol
        h = vol[1024:1536]
        assert h[:2] == b"H+" and h == vol[-1024:-512], "headers differ"
        self.block, = sized(">I", h, 40)
        self.created, = sized(">I", h, 16)
        self.open_folder, = sized(">I", h, 80 + 8)
        tree = self.fork(h, 272)
        node_size, = sized(">H", tree, 14 + 18)
        node, = sized(">I", tree, 14 + 10)
        self.folders, self.files = {}, {}
        while node:
            n = tree[node * node_size:(node + 1) * node_size]
            node, = sized(">I", n)
            for i in range(sized(">H", n, 10)[0]):
                at, = sized(">H", n, node_size - 2 * (i + 1))
                self.record(n, at)

    def fork(self, data, at):
        size, = sized(">Q", data, at)
        out = b""
        for i in range(8):
            start, count = sized(">II", data, at + 16 + 8 * i)
            out += self.vol[start * self.block:(start + count) * self.block]
        return out[:size]

    def record(self, n, at):
        length, parent, units = sized(">HIH", n, at)
        name = n[at + 8:at + 8 + 2 * units].decode("utf-16-be")
        r = n[at + 2 + length:]
        kind, = sized(">H", r)
        if kind == 1:
            self.folders[parent, name] = (sized(">I", r, 8)[0], r[48:80], sized(">I", r, 12)[0])
        elif kind == 2:
            self.files[parent, name] = (sized(">I", r, 8)[0], r[48:80], sized(">I", r, 12)[0], self.fork(r, 88))


FLAGS = {0x0010: "hidden-extension", 0x0400: "custom-icon", 0x4000: "invisible"}


def show_flags(vol):
    for where, table in (("folder", vol.folders), ("file", vol.files)):
        for (parent, name), v in sorted(table.items()):
            flags, = sized(">H", v[1], 8)
            if flags:
                assert not flags & ~sum(FLAGS)
                print("flags: %s %s: %s" % (where, name, " ".join(s for b, s in FLAGS.items() if flags & b)))


# ---- .DS_Store ----

def read_ds_store(b):
    assert sized(">I", b) == (1,) and b[4:8] == b"Bud1"
    off, size, again = sized(">III", b, 8)
    assert off == again and size >= 32 and size & (size - 1) == 0
    info = b[4 + off:4 + off + size]
    n, zero = sized(">II", info)
    assert not zero
    addrs = sized(">%dI" % n, info, 8)
    at = 8 + (n + 255) // 256 * 1024
    count, = sized(">I", info, at)
    assert count == 1 and info[at + 4:at + 9] == b"\4DSDB"
    dsdb, = sized(">I", info, at + 9)
    at += 13
    used = {}       # every address belongs to one block or is free once
    for a in addrs:
        used[a & ~31] = 1 << (a & 31)
    used[0] = 32
    for w in range(32):
        k, = sized(">I", info, at)
        for a in sized(">%dI" % k, info, at + 4):
            assert a % (1 << w) == 0 and a not in used, "free block %x" % a
            used[a] = 1 << w
        at += 4 + 4 * k
    pos = 0
    for a in sorted(used):
        assert a == pos, "hole in the buddy file at %x" % pos
        pos += used[a]
    assert pos == 1 << 31

    def block(i):
        a = addrs[i]
        assert a % 32 == a & 31 and (a & ~31) % (1 << (a & 31)) == 0
        return b[4 + (a & ~31):][:1 << (a & 31)]

    root, levels, records, nodes, page = sized(">5I", block(dsdb))
    assert page == 4096
    seen = []

    def walk(i, depth):
        x = block(i)
        seen.append(i)
        last, k = sized(">II", x)
        assert (last == 0) == (depth == levels), "leaf at depth %d" % depth
        assert k or not last
        at, out = 8, []
        for _ in range(k):
            if last:
                out += walk(sized(">I", x, at)[0], depth + 1)
                at += 4
            units, = sized(">I", x, at)
            name = x[at + 4:at + 4 + 2 * units].decode("utf-16-be")
            at += 4 + 2 * units
            code, kind = x[at:at + 4].decode(), x[at + 4:at + 8].decode()
            at += 8
            if kind == "blob":
                n, = sized(">I", x, at)
                value = x[at + 4:at + 4 + n]
                at += 4 + n
            elif kind in ("long", "shor"):
                value, = sized(">I", x, at)
                at += 4
            elif kind == "type":
                value = x[at:at + 4].decode()
                at += 4
            else:
                raise AssertionError(kind)
            assert at <= page, "record leaves its page"
            out.append((name, code, kind, value))
        return out + (walk(last, depth + 1) if last else [])

    out = walk(root, 0)
    assert len(out) == records and len(seen) == nodes and len(set(seen)) == nodes
    keys = [(name.lower(), code) for name, code, _, _ in out]
    assert keys == sorted(keys) and len(set(keys)) == len(keys), "records out of order"
    return out


EPOCH_1904 = datetime.datetime(1904, 1, 1)
EPOCH_2001 = datetime.datetime(2001, 1, 1)


def show_alias(a):
    assert len(a) == sized(">H", a, 4)[0]
    version, kind = sized(">HH", a, 6)
    date, fs, disk, parent = sized(">I2sHI", a, 38)
    cnid, created = sized(">II", a, 114)
    print("    alias: version %d, kind %d, volume \"%s\", %s, %s, disk %d" % (
        version, kind, a[11:11 + a[10]].decode(), EPOCH_1904 + datetime.timedelta(seconds=date), fs.decode(), disk))
    print("    alias: file \"%s\", parent %d, id %d, created %s, levels %d %d" % (
        a[51:51 + a[50]].decode(), parent, cnid, EPOCH_1904 + datetime.timedelta(seconds=created), *sized(">hh", a, 130)))
    at, tags = 150, {}
    while True:
        tag, n = sized(">hH", a, at)
        if tag == -1:
            break
        assert tag not in tags
        tags[tag] = a[at + 4:at + 4 + n]
        at += 4 + n + n % 2
    assert at + 4 == len(a)
    for tag in sorted(tags):
        v = tags[tag]
        if tag in (14, 15):
            assert sized(">H", v)[0] * 2 + 2 == len(v)
            v = v[2:].decode("utf-16-be")
        elif tag in (16, 17):
            v = EPOCH_1904 + datetime.timedelta(seconds=sized(">Q", v)[0] / 65536)
        elif tag == 1:
            v = sized(">%dI" % (len(v) // 4), v)
        else:
            v = v.decode()
        print("    alias tag %d: %s" % (tag, v))
    return parent, cnid, EPOCH_1904 + datetime.timedelta(seconds=date)


def bookmark_item(b, base, at):
    n, kind = sized("<II", b, base + at)
    v = b[base + at + 8:base + at + 8 + n]
    assert len(v) == n and at % 4 == 0
    if kind == 0x0101:
        return v.decode()
    if kind == 0x0901:
        return "URL " + v.decode()
    if kind == 0x0201:
        return v.hex()
    if kind == 0x0303:
        return sized("<i", v)[0]
    if kind == 0x0400:
        return str(EPOCH_2001 + datetime.timedelta(seconds=sized(">d", v)[0]))
    if kind in (0x0500, 0x0501):
        assert not n
        return kind == 0x0501
    assert kind == 0x0601, hex(kind)
    return [bookmark_item(b, base, x) for x in sized("<%dI" % (n // 4), v)]


def show_bookmark(b):
    magic, size, version, base = sized("<4sIII", b)
    assert magic == b"book" and size == len(b) and base == 48 and version == 0x10040000
    toc, = sized("<I", b, base)
    n, mark, ident, following, count = sized("<5I", b, base + toc)
    assert mark == 0xfffffffe and not following and n + 8 == 20 + 12 * count and base + toc + n + 8 == size
    keys = [sized("<II", b, base + toc + 20 + 12 * i) for i in range(count)]
    assert keys == sorted(keys) and len(dict(keys)) == count
    out = {}
    for key, at in keys:
        out[key] = bookmark_item(b, base, at)
        print("    bookmark %#06x: %s" % (key, out[key]))
    return out


def show_settings(vol):
    store = vol.files.get((2, ".DS_Store"))
    if not store:
        print("settings: none")
        return
    ids = picture = book = None
    for name, code, kind, value in read_ds_store(store[3]):
        if code in ("bwsp", "icvp"):
            assert value[:8] == b"bplist00"
            print("settings: %s %s %s:" % (name, code, kind))
            for k, v in sorted(plistlib.loads(value).items()):
                if k == "backgroundImageAlias":
                    ids = show_alias(v)
                else:
                    print("    %s: %r" % (k, v))
        elif code == "pBBk":
            print("settings: %s %s %s:" % (name, code, kind))
            book = show_bookmark(value)
        elif code == "Iloc":
            assert value[8:] == bytes.fromhex("ffffffffffff0000")
            print("settings: %s %s: %d, %d" % (name, code, *sized(">ii", value)))
        else:
            print("settings: %s %s %s: %s" % (name, code, kind, value))
    if ids:
        # alias and bookmark against the volume itself
        folder = {v[0]: k for k, v in vol.folders.items()}[ids[0]]
        picture = {v[0]: k for k, v in vol.files.items()}[ids[1]]
        assert folder[0] == 2 and picture[0] == ids[0]
        assert ids[2] == EPOCH_1904 + datetime.timedelta(seconds=vol.created), "volume date"
        assert book[0x1005] == list(ids[:2]) and book[0x1004] == [folder[1], picture[1]]
        print("background: %s/%s is there, under these numbers" % (folder[1], picture[1]))
        show_picture(vol.files[picture][3])


def show_picture(b):
    if b[:4] != b"MM\0*":
        print("picture: %d bytes beginning with %r" % (len(b), b[:4]))
        return
    at, = sized(">I", b, 4)
    while at:
        tags = {}
        for i in range(sized(">H", b, at)[0]):
            tag, kind, n, v = sized(">HHII", b, at + 2 + 12 * i)
            tags[tag] = v >> 16 if kind == 3 and n == 1 else v
        assert sorted(tags) == list(tags)
        num, den = sized(">II", b, tags[282])
        assert tags[273] + tags[279] <= len(b) and tags[279] == tags[256] * tags[257] * 4
        pixels = b[tags[273]:tags[273] + tags[279]]
        print("picture: %d x %d at %d to the inch, crc %08x" % (tags[256], tags[257], num // den, zlib.crc32(pixels)))
        at, = sized(">I", b, at + 2 + 12 * len(tags))


def main():
    disk, rsrc, koly, end, size = read_udif(sys.argv[1])
    assert koly[296:312] == bytes(16), "the place of a signature is taken"
    print("signature: none, and nothing between the list and the trailer: %s" % (end + 512 == size))
    show_licence(rsrc)
    vol = Hfs(find_volume(disk))
    print("window opens for folder %d" % vol.open_folder)
    show_flags(vol)
    show_settings(vol)


main()
