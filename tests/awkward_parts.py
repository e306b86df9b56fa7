#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""awkward_parts.py OUT [COUNT]: a disk with COUNT (4000) GPT partitions whose names try to be something else: markup, ends of
attributes, comments and CDATA, entities, control characters, text that turns around, halves of characters.

The layout is that of the UEFI specification, 5.3: a protective MBR, the header in sector 1, entries of 128 bytes from sector
2 on, the same at the end in reverse; partitions of one sector each, in between.
"""
import struct
import sys
import uuid
import zlib

NAMES = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "]]>", "</title><svg onload=alert(1)>",
    "'\"`><b onclick=x>", "<!-- comment", "-->", "&amp;&lt;&#x3c;&nbsp", "</style><style>*{display:none}",
    "\u202egnp.exe\u202c", "a\u0007\u001b]0;x\u0007\u009b", "\ufffe\uffff\ufdd0", "\ud800lone\udc00", "zero\u200bwidth\ufeff",
    "<?xml version='1.0'?>", "<![CDATA[", "javascript:alert(1)", "a" * 36, "\U0001f4be" * 18, "%s%n%999999d",
    "{{7*7}}${x}", "\\x3cscript\\x3e", "line\nbreak\ttab\rreturn", " ", "<a href='//evil.example'>x</a>",
]
SECTOR = 512


def header(count, here, other, entries_at, first, last, entries):
    h = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, here, other, first, last,
                    uuid.UUID(int=7).bytes_le, entries_at, count, 128, zlib.crc32(entries))
    return (h[:16] + struct.pack("<I", zlib.crc32(h)) + h[20:]).ljust(SECTOR, b"\0")


def disk(count):
    table = (count * 128 + SECTOR - 1) // SECTOR
    first, last = 2 + table, 2 + table + count - 1
    total = last + 1 + table + 1
    entries = b""
    for i in range(count):
        name = ("%s %d" % (NAMES[i % len(NAMES)], i))[:36] if i >= len(NAMES) else NAMES[i]
        raw = name.encode("utf-16-le", "surrogatepass")[:72].ljust(72, b"\0")
        kind = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
        entries += kind.bytes_le + uuid.UUID(int=i + 1).bytes_le + struct.pack("<QQQ", first + i, first + i, 0) + raw
    padded = entries.ljust(table * SECTOR, b"\0")
    mbr = bytes(446) + struct.pack("<BBBBBBBBII", 0, 0, 2, 0, 0xee, 255, 255, 255, 1, total - 1) + bytes(48) + b"\x55\xaa"
    return (mbr + header(count, 1, total - 1, 2, first, last, entries) + padded + bytes(count * SECTOR) + padded +
            header(count, total - 1, 1, total - 1 - table, first, last, entries))


with open(sys.argv[1], "wb") as f:
    f.write(disk(int(sys.argv[2]) if len(sys.argv) > 2 else 4000))
