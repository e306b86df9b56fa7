#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""For codecs.sh.

    codecs.py disk FILE                         a disk of 3 MiB: text, noise, runs, records, odd stretches
    codecs.py dmg KIND DISK CHUNKS BYTES FILE   a UDIF image of the disk, its chunks as encode-chunks wrote them
    codecs.py first CHUNKS N FILE               the N-th chunk alone
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "fixtures"))
sys.dont_write_bytecode = True
import mkudif

KINDS = {"adc": mkudif.ADC, "zlib": mkudif.ZLIB, "bzip2": mkudif.BZIP2, "lzfse": mkudif.LZFSE, "xz": mkudif.XZ}


def records(n):
    return b"".join(struct.pack("<IIQ", 7, i * 24, i * i) for i in range(n // 16))


def disk():
    k = 1024
    parts = [mkudif.text(700 * k), mkudif.noise(300 * k), bytes(200 * k), records(400 * k), b"abc" * (100 * k),
             mkudif.noise(40 * k, 7) * 6, mkudif.text(5 * k, 3), mkudif.noise(3 * k, 9)]
    out = b"".join(parts) + mkudif.text(400 * k, 5) + records(200 * k)
    return out.ljust(3 << 20, b"\xe5")


def chunks(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        n = struct.unpack_from("<I", data, at)[0]
        yield data[at + 4:at + 4 + n]
        at += 4 + n


def dmg(kind, raw, path, size, out):
    fork, per, coded = mkudif.Fork(), size // mkudif.S, list(chunks(path))
    t = mkudif.Table(raw, 0, len(raw) // mkudif.S, "whole disk (Apple_HFS : 0)", rid=0, buffers=per + 8)
    for z in coded:
        n = min(per, t.count - t.pos)
        stored = z or t.part(n)
        mkudif.pack = lambda k, r, stored=stored: stored
        t.add(KINDS[kind] if z else mkudif.RAW, n, fork.store)
    assert t.pos == t.count and any(coded)
    open(out, "wb").write(mkudif.image(fork, [t], t.count))


def main(argv):
    if argv[0] == "disk":
        open(argv[1], "wb").write(disk())
    elif argv[0] == "dmg":
        dmg(argv[1], open(argv[2], "rb").read(), argv[3], int(argv[4]), argv[5])
    else:
        open(argv[3], "wb").write(list(chunks(argv[1]))[int(argv[2])])


main(sys.argv[1:])
