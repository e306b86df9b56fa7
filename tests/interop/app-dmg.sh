#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An application's DMG with background, icons, licences and link, made of a fixture; what Finder would find in it is read
# by code that shares nothing with ours (finder.py) and shown field by field.
. "${top_builddir:-.}/tests/functions.sh"
requires python3

SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH

mkdir -p one/Größe.app/Contents/MacOS
echo 'binary' >one/Größe.app/Contents/MacOS/Größe
echo 'read me' >'one/Read Me.txt'
touch -d '2020-01-02 03:04:05 UTC' one/Größe.app/Contents/MacOS/Größe 'one/Read Me.txt'

# a picture of 40 x 30 and one for dense screens, in other kinds of samples; an icon; licences
python3 - <<'EOF' || fail "python3 does not make the fixture"
import struct, zlib

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def png(name, w, h, depth, colour, samples, extra=b""):
    bpp = max(1, samples * depth // 8)
    n = (w * samples * depth + 7) // 8
    rows, last, pixels = b"", bytes(n), b""
    for y in range(h):
        row = bytes((3 * x + 5 * y) & 255 for x in range(n))
        f = y % 5
        out = bytearray()
        for i in range(n):
            a = row[i - bpp] if i >= bpp else 0
            b = last[i]
            c = last[i - bpp] if i >= bpp else 0
            p = a + b - c
            paeth = min((abs(p - v), k, v) for k, v in enumerate((a, b, c)))[2]
            out.append((row[i] - (0, a, b, (a + b) // 2, paeth)[f]) & 255)
        rows += bytes([f]) + out
        last = row
        pixels += b"".join(row[i:i + 3] + (row[i + 3:i + 4] if samples == 4 else b"\xff") for i in range(0, n, samples))
    open(name + ".crc", "w").write("%08x" % zlib.crc32(pixels))
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0)
    packed = zlib.compress(rows)
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra +
                           chunk(b"IDAT", packed[:7]) + chunk(b"IDAT", packed[7:]) + chunk(b"IEND", b""))

png("bg.png", 40, 30, 8, 2, 3)
png("bg@2x.png", 80, 60, 8, 6, 4)
png("alone.png", 40, 30, 8, 2, 3)
open("volume.icns", "wb").write(b"icns" + struct.pack(">I", 16) + b"TOC " + struct.pack(">I", 8))
open("ja.txt", "w", encoding="utf-8").write("これは、ライセンスです。\r\n二行目\r\n")
open("de.txt", "w", encoding="utf-8-sig").write("Größe — “Lizenz”\nZeile 2\n")
open("en.rtf", "w").write("{\\rtf1\\ansi You agree.}")
EOF

build() {	# FOLDER TARGET
	imgconv -q -y -V 'Größe 1.2' --background bg.png --volume-icon volume.icns --window 100,90,400,300 --icon-size 96 \
		--text-size 13 --app-link --icon Größe.app@120,140 --icon Applications@280,140 --icon 'Read Me.txt@200,250' \
		--hide-extension Größe.app --license en.rtf --license de.txt:de --license ja.txt:ja "$1" "$2" ||
		fail "the image is not made"
}
build one app.dmg

cp -R one two	# another place, other readdir order, other times of folders
mv 'two/Read Me.txt' two/x; mv two/x 'two/Read Me.txt'
touch -d '2020-01-02 03:04:05 UTC' two/Größe.app/Contents/MacOS/Größe 'two/Read Me.txt'
build two/. again.dmg
same app.dmg again.dmg

expect 0 python3 "$top_srcdir/tests/interop/finder.py" app.dmg
sed -e "s/CRC1/$(cat bg.png.crc)/" -e "s/CRC2/$(cat bg@2x.png.crc)/" >want <<'EOF'
signature: none, and nothing between the list and the trailer: True
licence: 3 languages, default region 0
  region 0, two-byte 0, "English": Agree | Disagree
  RTF: '{\\rtf1\\ansi You agree.}'
  region 3, two-byte 0, "Deutsch": Akzeptieren | Ablehnen
  TEXT: 'Größe — “Lizenz”\rZeile 2\r'
  styl: 1 run
  region 14, two-byte 1, "日本語": 同意します | 同意しません
  TEXT: 'これは、ライセンスです。\r二行目\r'
  styl: 1 run
window opens for folder 2
flags: folder Größe 1.2: custom-icon
flags: folder .background: invisible
flags: folder Größe.app: hidden-extension
flags: file .VolumeIcon.icns: invisible
settings: . bwsp blob:
    ContainerShowSidebar: False
    PreviewPaneVisibility: False
    ShowPathbar: False
    ShowSidebar: False
    ShowStatusBar: False
    ShowTabView: False
    ShowToolbar: False
    SidebarWidth: 180
    WindowBounds: '{{100, 90}, {400, 300}}'
settings: . icvl type: icnv
settings: . icvp blob:
    arrangeBy: 'none'
    backgroundColorBlue: 1.0
    backgroundColorGreen: 1.0
    backgroundColorRed: 1.0
    alias: version 2, kind 0, volume "Gr??e 1.2", 2023-11-14 22:13:20, H+, disk 5
    alias: file "background.tiff", parent 16, id 22, created 2023-11-14 22:13:20, levels -1 -1
    alias tag 0: .background
    alias tag 1: (16,)
    alias tag 2: Größe 1.2:.background:background.tiff
    alias tag 14: background.tiff
    alias tag 15: Größe 1.2
    alias tag 16: 2023-11-14 22:13:20
    alias tag 17: 2023-11-14 22:13:20
    alias tag 18: /.background/background.tiff
    alias tag 19: /Volumes/Größe 1.2
    backgroundType: 2
    gridOffsetX: 0.0
    gridOffsetY: 0.0
    gridSpacing: 100.0
    iconSize: 96.0
    labelOnBottom: True
    showIconPreview: True
    showItemInfo: False
    textSize: 13.0
    viewOptionsVersion: 1
settings: . pBBk blob:
    bookmark 0x1004: ['.background', 'background.tiff']
    bookmark 0x1005: [16, 22]
    bookmark 0x1010: 01000000000000000f000000000000000000000000000000
    bookmark 0x1040: 2023-11-14 22:13:20
    bookmark 0x2002: /Volumes/Größe 1.2
    bookmark 0x2005: URL file:///Volumes/Gr%C3%B6%C3%9Fe%201.2/
    bookmark 0x2010: Größe 1.2
    bookmark 0x2013: 2023-11-14 22:13:20
    bookmark 0x2020: 0100000001000000ef130000010000000000000000000000
    bookmark 0x2030: False
    bookmark 0xc001: 0
    bookmark 0xc011: unknown
    bookmark 0xc012: 99
    bookmark 0xd001: True
    bookmark 0xd010: 512
settings: . vSrn long: 1
settings: . vstl type: icnv
settings: Applications Iloc: 280, 140
settings: Größe.app Iloc: 120, 140
settings: Read Me.txt Iloc: 200, 250
background: .background/background.tiff is there, under these numbers
picture: 40 x 30 at 72 to the inch, crc CRC1
picture: 80 x 60 at 144 to the inch, crc CRC2
EOF
# names are stored taken apart; the volume's folder has no parent in the tree
python3 - <<'EOF' || fail "what Finder would find differs"
import sys, unicodedata
nfc = lambda name: unicodedata.normalize("NFC", open(name, encoding="utf-8").read()).splitlines()
got, want = nfc("stdout"), nfc("want")
for a, b in zip(got, want):
    if a != b:
        sys.exit("got  %s\nwant %s" % (a, b))
sys.exit(len(got) != len(want))
EOF

# the volume is whole, the files are those of the folder
expect 0 imginfo --verify app.dmg
expect 0 imginfo --field layers.0.license_languages app.dmg
says stdout 3
imgconv -q app.dmg out/ || fail "the files do not come out"
same out/Größe.app/Contents/MacOS/Größe one/Größe.app/Contents/MacOS/Größe
same out/.VolumeIcon.icns volume.icns
[ "$(readlink out/Applications)" = /Applications ] || fail "the link leads elsewhere"

# a picture alone goes in as it is; a folder of that name is not touched; the window gets the picture's size
mkdir -p one/.background
echo mine >one/.background/mine
imgconv -q --background alone.png --no-app-link one single.dmg || fail "single.dmg"
expect 0 python3 "$top_srcdir/tests/interop/finder.py" single.dmg
says stdout "background: .background-2/background.png is there"
says stdout "{40, 30}}"
says stdout "licence: none"
imgconv -q single.dmg single/ || fail "single.dmg does not open"
same single/.background-2/background.png alone.png
same single/.background/mine one/.background/mine
rm -r one/.background

# a window without a picture, in colour
imgconv -q --background-color '#f80' --window 500,400 one colour.dmg || fail "colour.dmg"
expect 0 python3 "$top_srcdir/tests/interop/finder.py" colour.dmg
says stdout "backgroundType: 1"
says stdout "backgroundColorGreen: 0.533"
says stdout "{500, 400}}"

# more icons than one page of settings holds: the tree of records grows
mkdir many
set --
i=0
while [ $i -lt 400 ]; do
	: >"many/file with a name that takes room $i"
	set -- "$@" --icon "file with a name that takes room $i@$i,7"
	i=$((i + 1))
done
imgconv -q "$@" many many.dmg || fail "many.dmg"
expect 0 python3 "$top_srcdir/tests/interop/finder.py" many.dmg
[ "$(grep -c 'Iloc: [0-9]*, 7$' stdout)" = 400 ] || fail "icons are missing"
