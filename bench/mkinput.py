#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A UDIF image for timing, where no bench kit lies beside the project.

    mkinput.py --size 512M --codec zlib --mix app --raw want.img out.dmg

The same arguments give the same decoded bytes everywhere.  One block table, chunks of 512 KiB, every checksum right
(table, data fork, master).  Chunks of zeros become runs without data.  Prints one JSON object with the SHA-256 of the
decoded image.  Layout: docs/formats/udif.md.
"""
import argparse
import bz2
import hashlib
import json
import lzma
import multiprocessing
import plistlib
import random
import struct
import zlib

CHUNK = 512 << 10
RUN_ZERO, RUN_RAW, RUN_END = 0, 1, 0xFFFFFFFF
PACKERS = {
    "raw": (RUN_RAW, lambda b: b),
    "zlib": (0x80000005, lambda b: zlib.compress(b, 6)),
    "bzip2": (0x80000006, lambda b: bz2.compress(b, 9)),
    "lzma": (0x80000008, lambda b: lzma.compress(b, check=lzma.CHECK_CRC32)),
}
# of sixteen stretches: so many of words, of noise, of zeros
MIXES = {"app": (11, 3, 2), "free": (4, 1, 11), "zero": (0, 0, 16)}


def size_of(text):
    unit = {"K": 10, "M": 20, "G": 30}.get(text[-1].upper())
    return int(text) if unit is None else int(text[:-1]) << unit


def words(rng, size):
    """Text-like bytes that deflate to a little under a half."""
    vocabulary = [bytes(rng.choices(range(33, 127), k=rng.randint(2, 9))) + b" " for _ in range(4000)]
    likely = [1 / (i + 1) for i in range(len(vocabulary))]
    return b"".join(rng.choices(vocabulary, likely, k=size // 4))[:size]


def stretches(size, mix):
    """The decoded image, piece by piece: stretches of 1 MiB, cut to chunks."""
    rng = random.Random(f"{mix} {size}")
    pool = words(rng, 4 << 20) if mix != "zero" else b""
    left = size
    while left:
        kind = rng.choices("wnz", MIXES[mix])[0]
        n = min(left, 1 << 20)
        if kind == "w":
            at = rng.randrange(len(pool) - n)
            piece = pool[at:at + n]
        else:
            piece = rng.randbytes(n) if kind == "n" else bytes(n)
        for at in range(0, n, CHUNK):
            yield piece[at:at + CHUNK]
        left -= n


def pack(job):
    """(chunk, codec) to (run type, stored bytes)."""
    chunk, codec = job
    if not any(chunk):
        return RUN_ZERO, b""
    kind, packer = PACKERS[codec]
    packed = packer(chunk)
    return (kind, packed) if len(packed) < len(chunk) else (RUN_RAW, chunk)


def in_turn(pool, jobs, ahead):
    """(chunk, packed) in order, with at most @ahead chunks in memory."""
    waiting = []
    for job in jobs:
        waiting.append((job[0], pool.apply_async(pack, (job,))))
        if len(waiting) > ahead:
            chunk, result = waiting.pop(0)
            yield chunk, result.get()
    for chunk, result in waiting:
        yield chunk, result.get()


def crc32_field(value):
    return struct.pack(">III", 2, 32, value) + bytes(124)


def block_table(runs, sectors, crc):
    head = struct.pack(">4sIQQQII24x", b"mish", 1, 0, sectors, 0, CHUNK // 512 + 8, 0)
    return head + crc32_field(crc) + struct.pack(">I", len(runs)) + b"".join(
        struct.pack(">IIQQQQ", kind, 0, first, count, off, length) for kind, first, count, off, length in runs)


def trailer(data_len, data_crc, plist_len, master, sectors):
    return b"".join((
        struct.pack(">4sIIIQQQQQII16x", b"koly", 4, 512, 1, 0, 0, data_len, 0, 0, 1, 1),
        crc32_field(data_crc), struct.pack(">QQ120x", data_len, plist_len),
        crc32_field(master), struct.pack(">IQ12x", 1, sectors)))


def main():
    ap = argparse.ArgumentParser(description="write a UDIF image for timing")
    ap.add_argument("--size", default="64M")
    ap.add_argument("--codec", default="zlib", choices=PACKERS)
    ap.add_argument("--mix", default="app", choices=MIXES)
    ap.add_argument("--zero-kind", help="taken for the kit's sake; free space is always zeros here")
    ap.add_argument("--raw", help="also write the decoded image, with holes")
    ap.add_argument("out")
    a = ap.parse_args()

    size = size_of(a.size)
    runs, off, first, crc, data_crc, sha = [], 0, 0, 0, 0, hashlib.sha256()
    raw = open(a.raw, "wb") if a.raw else None
    with open(a.out, "wb") as out, multiprocessing.Pool() as pool:
        jobs = ((chunk, a.codec) for chunk in stretches(size, a.mix))
        for chunk, (kind, packed) in in_turn(pool, jobs, 16):
            count = len(chunk) // 512
            crc = zlib.crc32(chunk, crc)
            sha.update(chunk)
            if kind == RUN_ZERO and runs and runs[-1][0] == RUN_ZERO:
                runs[-1][2] += count
            else:
                runs.append([kind, first, count, off, len(packed)])
            out.write(packed)
            data_crc = zlib.crc32(packed, data_crc)
            off += len(packed)
            first += count
            if raw and packed:
                raw.seek((first - count) * 512)
                raw.write(chunk)
        runs.append([RUN_END, first, 0, off, 0])
        table = block_table(runs, first, crc)
        plist = plistlib.dumps({"resource-fork": {"blkx": [{
            "Attributes": "0x0050", "CFName": "bench", "Data": table, "ID": "0", "Name": "bench"}]}})
        out.write(plist)
        out.write(trailer(off, data_crc, len(plist), zlib.crc32(struct.pack(">I", crc)), first))
    if raw:
        raw.truncate(size)
        raw.close()
    print(json.dumps({"out": a.out, "raw_bytes": size, "data_bytes": off, "raw_sha256": sha.hexdigest()}))


if __name__ == "__main__":
    main()
