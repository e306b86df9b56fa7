#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Images of the classic Mac OS from plain sectors: oldmac.py FILE.img, into the working folder."""
import binascii
import struct
import sys


def put(name, data):
    with open(name, 'wb') as f:
        f.write(data)


def turning(b):
    c = 0
    for i in range(0, len(b), 2):
        c = (c + (b[i] << 8 | b[i + 1])) & 0xffffffff
        c = c >> 1 | (c & 1) << 31
    return c


def diskcopy(data, tags=b'', name=b'Floppy'):
    h = bytes([len(name)]) + name.ljust(63, b'\0')
    h += struct.pack('>IIII', len(data), len(tags), turning(data), turning(tags[12:]))
    return h + b'\1\x22\1\0' + data + tags


def macbinary(data, rsrc=b'', version=2, name=b'Image'):
    h = bytearray(128)
    h[1] = len(name)
    h[2:2 + len(name)] = name
    h[65:73] = b'dImgdCpy'
    h[83:91] = struct.pack('>II', len(data), len(rsrc))
    if version > 1:
        h[122:124] = bytes([127 + version, 129])
        if version == 3:
            h[102:106] = b'mBIN'
        h[124:126] = struct.pack('>H', binascii.crc_hqx(h[:124], 0))
    pad = lambda b: b + bytes(-len(b) % 128)
    return bytes(h) + pad(data) + pad(rsrc)


def apple(magic, entries):
    at = 26 + 12 * len(entries)
    head = struct.pack('>II16xH', magic, 0x20000, len(entries))
    body = b''
    for number, data in entries:
        head += struct.pack('>III', number, at + len(body), len(data))
        body += data
    return head + body


def fork(kind, number, data):
    """a resource fork with one resource"""
    body = struct.pack('>I', len(data)) + data
    head = struct.pack('>IIII', 256, 256 + len(body), len(body), 50)
    types = struct.pack('>H4sHH', 0, kind, 0, 10) + struct.pack('>hHII', number, 0xffff, 0, 0)
    return head + bytes(240) + body + head + bytes(8) + struct.pack('>HH', 28, 50) + types


def adc(b):
    """nothing but literals"""
    return b''.join(bytes([0x80 | len(b[i:i + 128]) - 1]) + b[i:i + 128] for i in range(0, len(b), 128))


def ndif(img, kinds, base=0, sectors=None, encrypted=0, segmented=0):
    """chunks of 64 sectors, of these kinds in turn; the two forks"""
    data, table = bytes(base), b''
    for i, at in enumerate(range(0, len(img), 32768)):
        part, kind = img[at:at + 32768], kinds[i % len(kinds)]
        if not any(part):
            kind = 0
        stored = b'' if kind == 0 else adc(part) if kind == 0x83 else part
        table += struct.pack('>III', at // 512 << 8 | kind, len(data) - base, len(stored))
        data += stored
    n = len(img) // 512
    table += struct.pack('>III', n << 8 | 0xff, 0, 0)
    head = struct.pack('>HH', 10, 0) + bytes([4]) + b'Disk'.ljust(63, b'\0')
    head += struct.pack('>IIIIIII20xIII', n if sectors is None else sectors, 64, base, 0, segmented, 0, 0, encrypted, 0, len(table) // 12)
    return data, fork(b'bcem', 128, head[:124] + struct.pack('>I', len(table) // 12) + table)


def main():
    img = open(sys.argv[1], 'rb').read()
    tags = bytes(12) + bytes(i * 7 & 255 for i in range(len(img) // 512 * 12 - 12))
    dc = diskcopy(img, tags)
    put('plain.dc42', diskcopy(img))
    put('tags.image', dc)
    bad = bytearray(dc)
    bad[84 + 5000] ^= 1
    put('badsectors.image', bytes(bad))
    bad = bytearray(dc)
    bad[84 + len(img) + 500] ^= 1
    put('badtags.image', bytes(bad))
    put('short.image', dc[:84 + len(img) - 5000])
    for v in (1, 2, 3):
        put('v%d.bin' % v, macbinary(dc, b'RSRC' * 40 if v > 1 else b'', v))
    bad = bytearray(macbinary(dc, b'', 3))
    bad[65] ^= 1
    put('badcrc.bin', bytes(bad))
    put('single.as', apple(0x51600, [(3, b'Name'), (9, b'dImgdCpy' + bytes(24)), (1, dc), (2, b'x' * 100)]))
    put('beside.img', dc)
    put('._beside.img', apple(0x51607, [(9, b'dImgdCpy' + bytes(24)), (2, b'x' * 100)]))
    put('._alone', apple(0x51607, [(9, b'dImgdCpy' + bytes(24)), (2, b'x' * 100)]))
    put('far.as', apple(0x51600, [(1, b'x' * 600)])[:40] + b'x' * 100)
    for name, kinds, more in (('adc', [0x83], {}), ('mix', [0x83, 2], {}), ('base', [2, 0x83], {'base': 84}), ('ken', [0x83, 0x80], {}),
                              ('lzh', [0x82], {}), ('odd', [0x77], {}), ('less', [2], {'sectors': 5}), ('locked', [2], {'encrypted': 1}),
                              ('part', [2], {'segmented': 1})):
        data, rsrc = ndif(img, kinds, **more)
        put(name + '.bin', macbinary(data, rsrc, 2))
        put(name + '.img', data)
        put('._' + name + '.img', apple(0x51607, [(2, rsrc)]))
    data, rsrc = ndif(img, [0x83])
    put('single.ndif', apple(0x51600, [(1, data), (2, rsrc)]))
    put('wide.asif', b'shdw' + struct.pack('>III', 1, 512, 0) + bytes(32) + struct.pack('>QQIHH', 1 << 21, 1 << 31, 1 << 20, 512, 0) + bytes(4096))


if __name__ == '__main__':
    main()
