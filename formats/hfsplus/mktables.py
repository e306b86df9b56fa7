#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make name_tables.c: Unicode 3.2 as far as HFS+ goes by it (Python keeps that version for IDNA).

    mktables.py > name_tables.c
"""
import unicodedata

U = unicodedata.ucd_3_2_0
# pairs, and from where to where letters go; "+N": added to each, "->X": all to X; every second letter where "/2"
FOLD = """
0041-005A+32 00C6->00E6 00D0->00F0 00D8->00F8 00DE->00FE 0110->0111 0126->0127 0132->0133 013F-0141+1/2 014A->014B
0152->0153 0166->0167 0181->0253 0182-0184+1/2 0186->0254 0187->0188 0189-018A+205 018B->018C 018E->01DD 018F->0259
0190->025B 0191->0192 0193->0260 0194->0263 0196->0269 0197->0268 0198->0199 019C->026F 019D->0272 019F->0275
01A2-01A4+1/2 01A7->01A8 01A9->0283 01AC->01AD 01AE->0288 01B1-01B2+217 01B3-01B5+1/2 01B7->0292 01B8->01B9
01BC->01BD 01C4-01C5->01C6 01C7-01C8->01C9 01CA-01CB->01CC 01E4->01E5 01F1-01F2->01F3 0391-03A1+32 03A3-03A9+32
03E2-03EE+1/2 0402+80 0404-0406+80 0408-040B+80 040F->045F 0410-0418+32 041A-042F+32 0460-0474+1/2 0478-0480+1/2
0490-04BE+1/2 04C3->04C4 04C7->04C8 04CB->04CC 0531-0556+48 10A0-10C5+48 2160-216F+16 FF21-FF3A+32
"""


def fold_rows():
    for word in FOLD.split():
        word, _, step = word.partition("/")
        if "->" in word:
            span, to = word.split("->")
            first, _, last = span.partition("-")
            for c in range(int(first, 16), int(last or first, 16) + 1):
                yield c, c, int(to, 16) - c, 1
            continue
        span, add = word.split("+")
        first, _, last = span.partition("-")
        yield int(first, 16), int(last or first, 16), int(add), int(step or 1)


def stays(c):
    """Not decomposed by HFS+, or by arithmetic."""
    return 0x2000 <= c <= 0x2fff or 0xf900 <= c <= 0xfaff or 0xac00 <= c <= 0xd7a3


def pairs():
    for c in range(0x10000):
        parts = U.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<" and not stays(c) and U.normalize("NFC", chr(c)) == chr(c):
            yield int(parts[0], 16), int(parts[1], 16), c


def splits():
    """What HFS+ takes apart, one step at a time: 970 characters, as many as the table of Apple's kernel has."""
    for c in range(0x10000):
        parts = U.decomposition(chr(c)).split()
        if parts and parts[0][0] != "<" and not stays(c):
            yield c, int(parts[0], 16), int(parts[1], 16) if len(parts) == 2 else 0


def classes():
    runs = []
    for c in range(0x10000):
        k = U.combining(chr(c))
        if k and runs and runs[-1][1:] == [c - 1, k]:
            runs[-1][1] = c
        elif k:
            runs.append([c, c, k])
    return runs


def table(head, rows, form):
    print(head, "= {")
    line = "\t"
    for row in rows:
        cell = form % row + ","
        if len(line) + len(cell) > 108:
            print(line.rstrip())
            line = "\t"
        line += cell + " "
    print(line.rstrip())
    print("};")


def main():
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Made by mktables.py; do not edit.  Unicode 3.2 and Apple's case rule (TN1150, \"FastUnicodeCompare\"). */")
    print('#include "config.h"\n\n#include "formats/hfsplus/names.h"\n')
    table("const struct hfs_fold hfs_folds[]", fold_rows(), "{0x%04x,0x%04x,%d,%d}")
    print("const size_t hfs_n_folds = sizeof hfs_folds / sizeof hfs_folds[0];\n")
    table("const struct hfs_pair hfs_pairs[]", sorted(pairs()), "{0x%04x,0x%04x,0x%04x}")
    print("const size_t hfs_n_pairs = sizeof hfs_pairs / sizeof hfs_pairs[0];\n")
    table("const struct hfs_split hfs_splits[]", splits(), "{0x%04x,0x%04x,0x%04x}")
    print("const size_t hfs_n_splits = sizeof hfs_splits / sizeof hfs_splits[0];\n")
    runs, flat = [], classes()
    for first, last, k in flat:
        if runs and runs[-1][1] == first - 1 and runs[-1][2] == k:
            runs[-1][1] = last
        else:
            runs.append([first, last, k])
    table("const struct hfs_class hfs_classes[]", [tuple(r) for r in runs], "{0x%04x,0x%04x,%d}")
    print("const size_t hfs_n_classes = sizeof hfs_classes / sizeof hfs_classes[0];")


main()
