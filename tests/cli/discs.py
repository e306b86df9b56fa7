#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Raw CD images of all kinds from an ISO, by the definitions alone: discs.py FILE.iso, into the working folder.

The parity is found by solving for its two bytes, not by the formula of the program under test."""
import struct
import sys

EXP, LOG = [0] * 512, [0] * 256
x = 1
for i in range(255):
    EXP[i], LOG[x] = x, i
    x = x << 1 ^ (0x11d if x & 0x80 else 0)
EXP[255:510] = EXP[:255]

EDC = []
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (0xd8018001 if c & 1 else 0)
    EDC.append(c)


def edc(data):
    c = 0
    for b in data:
        c = c >> 8 ^ EDC[(c ^ b) & 255]
    return struct.pack('<I', c)


def parity(word):
    """p, q with sum = 0 and sum weighted by 2^(n-1-i) = 0: p + q = s, 2p + q = w."""
    s = w = 0
    n = len(word) + 2
    for i, b in enumerate(word):
        s ^= b
        if b:
            w ^= EXP[(LOG[b] + n - 1 - i) % 255]
    t = s ^ w           # = p + 2p = 3p
    p = EXP[(LOG[t] - LOG[3]) % 255] if t else 0
    return p, p ^ s


def ecc(s, form1=False):
    t = bytearray(s[12:12 + 2236])
    if form1:
        t[0:4] = bytes(4)
    for m in range(86):
        t[2064 + m], t[2150 + m] = parity([t[m + 86 * k] for k in range(24)])
    q = bytearray(104)
    for m in range(52):
        q[m], q[52 + m] = parity([t[(m // 2 * 86 + 88 * k) % 2236 + m % 2] for k in range(43)])
    s[2076:2248] = t[2064:]
    s[2248:2352] = q


def bcd(n):
    return n // 10 << 4 | n % 10


def header(lba, mode):
    a = lba + 150
    return b'\0' + b'\xff' * 10 + b'\0' + bytes([bcd(a // 4500), bcd(a // 75 % 60), bcd(a % 75), mode])


def mode1(user, lba):
    s = bytearray(header(lba, 1) + user + bytes(288))
    s[2064:2068] = edc(s[:2064])
    ecc(s)
    return bytes(s)


def form1(user, lba, sub=b'\0\0\x08\0'):
    s = bytearray(header(lba, 2) + sub * 2 + user + bytes(280))
    s[2072:2076] = edc(s[16:2072])
    ecc(s, True)
    return bytes(s)


def form2(user, lba):
    s = bytearray(header(lba, 2) + b'\0\0\x20\0' * 2 + user + bytes(4))
    s[2348:2352] = edc(s[16:2348])
    return bytes(s)


def put(name, data):
    with open(name, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def msf(n):
    return '%02d:%02d:%02d' % (n // 4500, n // 75 % 60, n % 75)


def sound(n, seed):
    """n sectors that are neither silence nor the same from sector to sector"""
    return b''.join(struct.pack('<588I', *[(seed * 7919 + k * 588 + i * 2654435761) & 0xffffffff for i in range(588)])
                    for k in range(n))


def swapped(b):
    r = bytearray(b)
    r[0::2], r[1::2] = b[1::2], b[0::2]
    return bytes(r)


def wav(b):
    return b'RIFF' + struct.pack('<I', 36 + len(b)) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 2, 44100, 176400, 4, 16) + \
        b'data' + struct.pack('<I', len(b)) + b


def nrg(data, tracks, wide):
    """tracks: (sector size, mode, index 0, index 1, end)"""
    f = '>QQQ' if wide else '>III'
    dao = struct.pack('<I', 0) + b'0123456789012\0' + bytes([0, 0, 1, len(tracks)])
    for size, mode, *at in tracks:
        dao += bytes(12) + struct.pack('>HBBH', size, mode, 0, 0) + struct.pack(f, *at)
    out = (b'DAOX' if wide else b'DAOI') + struct.pack('>I', len(dao)) + dao
    out += b'SINF' + struct.pack('>II', 4, len(tracks)) + b'END!' + bytes(4)
    return data + out + (b'NER5' + struct.pack('>Q', len(data)) if wide else b'NERO' + struct.pack('>I', len(data)))


def tao(data, tracks):
    """tracks: (offset, size, mode, lba)"""
    body = b''.join(struct.pack('>QQIIQ', *t, 0) for t in tracks)
    out = b'ETN2' + struct.pack('>I', len(body)) + body + b'SINF' + struct.pack('>II', 4, len(tracks)) + b'END!' + bytes(4)
    return data + out + b'NER5' + struct.pack('>Q', len(data))


def mds(tracks, medium=0):
    """tracks: (mode, sub, number, size, lba, offset, sectors)"""
    n = len(tracks)
    at = 88 + 24
    extra = at + 80 * n
    foot = extra + 8 * n
    head = b'MEDIA DESCRIPTOR' + bytes([1, 3]) + struct.pack('<HH', medium, 1) + bytes(58) + struct.pack('<II', 88, 0)
    session = struct.pack('<iiHBBHHII', -150, 0, 1, n, 0, 1, n, 0, at)
    blocks = extras = b''
    for i, (mode, sub, number, size, lba, off, sectors) in enumerate(tracks):
        blocks += struct.pack('<BBBBB7xIH18xIQII24x', mode, sub, 0x14, 0, number, sectors if medium >= 16 else extra + 8 * i, size, lba,
                              off, 1, foot)
        extras += struct.pack('<II', 150 if i else 0, sectors)
    text = foot + 16
    return head + session + blocks + extras + struct.pack('<IIII', text, 0, 0, 0) + b'*.mdf\0'


def ccd(entries, tracks):
    """entries: (session, point, control, plba); tracks: (number, mode, index 0 or None, index 1)"""
    t = '[CloneCD]\r\nVersion=3\r\n[Disc]\r\nTocEntries=%d\r\nSessions=1\r\nDataTracksScrambled=0\r\nCDTextLength=0\r\n' % len(entries)
    for i, (session, point, control, plba) in enumerate(entries):
        t += '[Entry %d]\r\nSession=%d\r\nPoint=0x%02x\r\nADR=0x01\r\nControl=0x%02x\r\nTrackNo=0\r\nPLBA=%d\r\n' % (
            i, session, point, control, plba)
    for number, mode, i0, i1 in tracks:
        t += '[TRACK %d]\r\nMODE=%d\r\n' % (number, mode)
        t += 'INDEX 0=%d\r\n' % i0 if i0 is not None else ''
        t += 'INDEX 1=%d\r\n' % i1
    return t.encode()


def main():
    iso = open(sys.argv[1], 'rb').read()
    n = len(iso) // 2048
    user = [iso[i * 2048:i * 2048 + 2048] for i in range(n)]
    m1 = b''.join(mode1(u, i) for i, u in enumerate(user))
    m2 = b''.join(form1(u, i) for i, u in enumerate(user))
    sub = bytes(range(96))
    a, b = sound(170, 1), sound(75, 2)
    # one data track in each shape
    one = 'FILE "%s" BINARY\n  TRACK 01 %s\n    INDEX 01 00:00:00\n'
    for name, kind, data in (('m1', 'MODE1/2352', m1), ('m2', 'MODE2/2352', m2), ('cooked', 'MODE1/2048', iso),
                             ('xa', 'MODE2/2336', b''.join(m2[i * 2352 + 16:(i + 1) * 2352] for i in range(n))),
                             ('sub', 'MODE1/2448', b''.join(m1[i * 2352:(i + 1) * 2352] + sub for i in range(n)))):
        put(name + '.bin', data)
        put(name + '.cue', one % (name + '.bin', kind))
    # two seconds of pregap in front, as a drive dumps them
    put('gap.bin', b''.join(mode1(bytes(2048), i - 150) for i in range(150)) + m1)
    # data, then sound with a stored and a silent pregap, in one file; lower case, no quotes, a mark in front
    put('mixed.bin', m1 + a + b)
    put('mixed.cue', '\ufefftitle "Mixed \\ Tape"\r\nfile mixed.bin binary\r\n track 1 mode1/2352\r\n  index 1 00:00:00\r\n'
        ' track 2 audio\r\n  title "One, two"\r\n  performer Somebody\r\n  isrc ABCDE1234567\r\n  flags dcp\r\n'
        '  index 0 %s\r\n  index 1 %s\r\n track 3 audio\r\n  pregap 00:02:00\r\n  index 1 %s\r\n' %
        (msf(n), msf(n + 20), msf(n + 170)))
    # three files: data, WAVE, big-endian sound whose pregap ends the file before
    put('three 1.bin', m1)
    put('three 2.wav', wav(a))
    put('three 3.raw', swapped(b))
    put('three.cue', 'FILE "three 1.bin" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nFILE "three 2.wav" WAVE\nTRACK 02 AUDIO\n'
        'INDEX 01 00:00:00\nTRACK 03 AUDIO\nINDEX 00 00:02:00\nFILE "three 3.raw" MOTOROLA\nINDEX 01 00:00:00\n')
    # CloneCD, with sub-channels that nobody reads
    put('clone.img', m1 + a)
    put('clone.sub', sub * (n + 170))
    put('clone.ccd', ccd([(1, 0xa0, 4, 0), (1, 0xa1, 0, 0), (1, 0xa2, 0, n + 170), (1, 1, 4, 0), (1, 2, 0, n + 20)],
                         [(1, 1, None, 0), (2, 0, n, n + 20)]))
    # Alcohol: mode 1 and sound; with sub-channels; a DVD
    put('alcohol.mdf', m1 + a)
    put('alcohol.mds', mds([(0xaa, 0, 1, 2352, 0, 0, n), (0xa9, 0, 2, 2352, n + 150, n * 2352, 170)]))
    put('alsub.mdf', b''.join(m1[i * 2352:(i + 1) * 2352] + sub for i in range(n)))
    put('alsub.mds', mds([(0xaa, 8, 1, 2448, 0, 0, n)]))
    put('dvd.mdf', iso)
    put('dvd.mds', mds([(0xaa, 0, 1, 2048, 0, 0, n)], 0x10))
    # Nero: disc at once with 150 sectors of pregap, both versions; track at once
    gap = bytes(150 * 2048)
    put('nero.nrg', nrg(gap + iso, [(2048, 0, 0, len(gap), len(gap + iso))], True))
    put('nero1.nrg', nrg(gap + iso, [(2048, 0, 0, len(gap), len(gap + iso))], False))
    put('nerotao.nrg', tao(m1 + a, [(0, len(m1), 5, 0), (len(m1), len(a), 7, n + 150)]))
    # cdrdao: data, sound from a big-endian file and from a WAVE, zeros between
    put('dao.bin', m1 + swapped(a))
    put('dao.wav', wav(b))
    put('dao.toc', 'CD_ROM\n// a comment with FILE "no" in it\nCATALOG "0123456789012"\nCD_TEXT { LANGUAGE 0 { TITLE "a } b" } }\n'
        'TRACK MODE1_RAW\nNO COPY\nDATAFILE "dao.bin" %s\n\nTRACK AUDIO\nPREGAP 00:00:20\nFILE "dao.bin" #%d 0 %s\n'
        'TRACK AUDIO\nSILENCE 00:00:10\nSTART 00:00:10\nFILE "dao.wav" 00:00:05 %d\n' % (msf(n), len(m1), msf(170), 30 * 588))
    # VCD-like: a second track that no file system can show; and form 2 inside the first
    put('vcd.bin', m2 + b''.join(form2(bytes([i & 255]) * 2324, n + i) for i in range(20)))
    put('vcd.cue', 'FILE "vcd.bin" BINARY\nTRACK 01 MODE2/2352\nINDEX 01 00:00:00\nTRACK 02 MODE2/2352\nINDEX 01 %s\n' % msf(n))
    put('psx.bin', m2[:30 * 2352] + form2(b'x' * 2324, 30) + m2[31 * 2352:])
    # damage: three sectors that parity mends, one that it does not
    bad = bytearray(m1)
    for s, first, count in ((18, 40, 12), (19, 2065, 2), (25, 500, 30)):
        for i in range(count):
            bad[s * 2352 + first + 3 * i if first + 3 * i < 2352 else s * 2352 + 16] ^= 0x5a
    put('scratched.bin', bytes(bad))
    put('scratched.cue', one % ('scratched.bin', 'MODE1/2352'))
    for i in range(1200):
        bad[28 * 2352 + 100 + i] ^= 0xff
    put('broken.bin', bytes(bad))
    put('broken.cue', one % ('broken.bin', 'MODE1/2352'))
    # for comparison
    put('a.wav', wav(a))
    put('a20.wav', wav(a[20 * 2352:]))
    put('a150.wav', wav(a[:150 * 2352]))
    put('b.wav', wav(b))
    put('b30.wav', wav(b[5 * 2352:35 * 2352]))


if __name__ == '__main__':
    main()
