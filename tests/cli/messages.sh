#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is said when something is wrong: the samples of the design's page on messages, word for word where they apply to
# what this build does, and traps that other tools fall into, each as it was seen there.

. "$top_builddir/tests/functions.sh"
cp "$fixtures"/udif/*.dmg .
cp "$fixtures/parts/gpt-backup-missing.img" disk.img
printf 'some words\nand more\n' >notes.txt
mkdir tree
head -c 300000 /dev/urandom >tree/file
imgconv -q -V DISC tree whole.iso || fail "no disc"
head -c 200704 whole.iso >install.iso
"$top_builddir/tests/unit/crypt-tool" image udzo.dmg Secret.dmg || fail "no encrypted image"

# line WANT: the first line of stderr, exactly
line() {
	[ "$(head -n 1 stderr)" = "$1" ] || { cat stderr; fail "the line is not: $1"; }
}
hint() {
	[ "$(sed -n 2p stderr)" = "  hint: $1" ] || { cat stderr; fail "the hint is not: $1"; }
}
# of nothing that is read here has a checksum failed
never_corrupted() {
	! grep -qi corrupt stdout stderr || { cat stdout stderr; fail "corrupted, it says"; }
}

# ---- the samples ----

expect 3 imgconv notes.txt out.img
line 'imgconv: notes.txt: not a disk image (looks like plain text)'
hint 'to store this file inside an image: imgconv build notes.txt FILE.iso'
expect 0 imgconv build notes.txt FILE.iso
expect 4 imgconv install.iso out.img
line 'imgconv: install.iso: truncated: the volume claims 646 KiB, the file has 196 KiB'
hint 'download it again; nothing was written.  --ignore-errors takes what is there'
expect 0 imgconv --ignore-errors install.iso cut.img
says stderr 'warning: truncated: the volume claims 646 KiB'
same cut.img install.iso
head -c 3000 udzo.dmg >App.dmg
expect 4 imgconv App.dmg out.img
line 'imgconv: App.dmg: the trailer that ends every compressed DMG is missing; the download probably stopped early (2.93 KiB here)'
expect 4 imgconv bad-flip.dmg out.img
line 'imgconv: bad-flip.dmg: block table 0 "whole disk (Apple_HFS : 0)": run 2: the zlib stream is damaged'
hint '--ignore-errors keeps the rest and fills what is damaged with zeros'
# the CRC-32 of a block table: the runs decode, and to other bytes
if command -v python3 >/dev/null 2>&1; then
	python3 - udro.dmg <<'END' || fail "cannot damage it"
import struct, sys
image = bytearray(open(sys.argv[1], "rb").read())
at = struct.unpack(">Q", image[-512 + 24:-512 + 32])[0]
image[at + 100] ^= 1
open("sum.dmg", "wb").write(image)
END
	expect 4 imgconv sum.dmg out.img
	grep -qE '^imgconv: sum\.dmg: block table 0 ".*" fails its CRC-32 \(stored [0-9a-f]{8}, found [0-9a-f]{8}\)$' stderr ||
		{ cat stderr; fail "the CRC-32 of a block table"; }
fi
expect 5 imgconv Secret.dmg out.img
line 'imgconv: Secret.dmg: encrypted (AES-256); a password is needed and there is no terminal to ask on'
hint 'use --password-file FILE or --password-fd N'
echo wrong >word
expect 5 imgconv --password-file word Secret.dmg out.img
line 'imgconv: Secret.dmg: wrong password'
: >there.img
expect 6 imgconv udzo.dmg there.img
line 'imgconv: there.img: already exists'
hint '-y replaces it'
expect 2 imgconv udzo.dmg disk.xyz
line 'imgconv: disk.xyz: cannot tell the format from ".xyz"'
sed -n 2p stderr | grep -q '^  hint: add -O; this build writes: dmg .*raw' || fail "what this build writes"
expect 2 imgconv --voluem x udzo.dmg out.img
grep -q '^imgconv: unknown option --voluem; did you mean .*--volume-icon' stderr || fail "the nearest word"
expect 2 imgconv -format UDZO udzo.dmg out.dmg
line 'imgconv: -format: options have two dashes here: -O UDZO or --format UDZO'
expect 2 imgconv --min-macos 10.9 -O ulfo udzo.dmg out.dmg
says stderr 'ULFO opens on macOS 10.11 and later, but --min-macos is 10.9'
hint '-O udzo reaches older systems'
expect 0 imginfo disk.img
line 'imginfo: disk.img: warning: the backup GPT is missing; the primary one is used'
# a full disk, where one may be had: /dev/shm with a limit on the size of files is as good
(ulimit -f 8; imgconv -q gpt.dmg full.img) >stdout 2>stderr
case $? in
7 | 153) nothing_left full.img ;;
*) cat stderr; fail "no space, and a status of its own for it" ;;
esac
echo 'not yet: writing to a device; hints that name qcow2; a build without zstd'
nothing_left out.img out.dmg disk.xyz

# ---- traps ----

# qemu-img info calls any bytes "raw", with status 0
head -c 65536 /dev/urandom >noise.bin
expect 3 imginfo noise.bin
says_not stdout raw
line 'imginfo: noise.bin: not a disk image we know: no container, no partition table and no file system (-f raw takes it as it is)'
never_corrupted
expect 3 imgconv noise.bin out.img
expect 3 imginfo --json noise.bin
says_not stdout '"raw"'
nothing_left out.img

# qemu-img, isoinfo and iso-info find nothing wrong with a disc cut in half
expect 0 imginfo install.iso
head -n 1 stdout | grep -q ', truncated$' || fail "a cut disc looks healthy"
expect 4 imginfo --verify install.iso
expect 4 imginfo --strict install.iso

# a QCOW2 image that lacks its end is an I/O error to qemu-img; so are others
if command -v python3 >/dev/null 2>&1; then
	python3 - <<'END' || fail "no images of machines"
import struct
# two clusters of data at 5 and 6; tables at 1 (references), 3 (first), 4 (second)
c = 65536
head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, 1 << 20, 0, 1, 3 * c, c, 1, 0, 0)
image = bytearray(7 * c)
image[:len(head)] = head
image[3 * c:3 * c + 8] = struct.pack(">Q", 4 * c | 1 << 63)
image[4 * c:4 * c + 16] = struct.pack(">QQ", 5 * c | 1 << 63, 6 * c | 1 << 63)
open("whole.qcow2", "wb").write(image)
open("cut.qcow2", "wb").write(image[:6 * c - 100])
open("tables.qcow2", "wb").write(image[:2 * c])
vdi = bytearray(8 * c)
vdi[:32] = b"<<< a disk image of VirtualBox >>"[:32]
struct.pack_into("<III", vdi, 64, 0xbeda107f, 0x10001, 400)
struct.pack_into("<I", vdi, 76, 1)
struct.pack_into("<II", vdi, 340, 512, 1024)
struct.pack_into("<QIIII", vdi, 368, 1 << 30, 1 << 20, 0, 1024, 3)
open("cut.vdi", "wb").write(vdi)
END
	expect 3 imginfo whole.qcow2
	head -n 1 stdout | grep -q '^whole.qcow2: QCOW2 image, 448 KiB holding 1 MiB$' || { cat stdout; fail "a QCOW2 image"; }
	line 'imginfo: whole.qcow2: a QCOW2 image of 1 MiB, which this build cannot read'
	expect 4 imginfo cut.qcow2
	line 'imginfo: cut.qcow2: truncated: a QCOW2 image that goes on beyond 384 KiB, the file has 384 KiB'
	expect 4 imginfo tables.qcow2
	says stderr 'truncated: a QCOW2 image'
	expect 4 imgconv cut.qcow2 out.img
	says stderr 'truncated: a QCOW2 image'
	expect 4 imginfo cut.vdi
	line 'imginfo: cut.vdi: truncated: a VDI image that goes on beyond 2.00 MiB, the file has 512 KiB'
	expect 3 imgconv whole.qcow2 out.img
	line 'imgconv: whole.qcow2: a QCOW2 image of 1 MiB, which this build cannot read'
	expect 3 imgconv -f qcow2 whole.qcow2 out.img
	line 'imgconv: whole.qcow2: -f qcow2: this build cannot read QCOW2 images'
	[ "$(imginfo --field virtual_size whole.qcow2 2>/dev/null)" = 1048576 ] || fail "the size of a QCOW2 image"
	# a fixed VHD begins as the disk does: only its end tells, which qemu-img takes for part of the disk
	python3 - <<'END' || fail "no VHD"
import struct
disk = bytearray(65536)
disk[510:512] = b"\x55\xaa"
struct.pack_into("<B3sB3sII", disk, 446, 0, b"", 0x83, b"", 1, 100)
foot = bytearray(512)
struct.pack_into(">8sIIQI4sI4sQQHBBI", foot, 0, b"conectix", 2, 0x10000, (1 << 64) - 1, 0, b"win ", 0xa0000, b"Wi2k",
                 len(disk), len(disk), 2, 4, 17, 2)
struct.pack_into(">I", foot, 64, ~sum(foot) & 0xffffffff)
open("fixed.vhd", "wb").write(disk + foot)
foot[70] ^= 1
open("not.vhd", "wb").write(disk + foot)
END
	expect 3 imginfo fixed.vhd
	head -n 1 stdout | grep -q '^fixed.vhd: VHD image (fixed), 64 KiB holding 64 KiB$' || { cat stdout; fail "a fixed VHD"; }
	gzip -k fixed.vhd
	expect 3 imginfo fixed.vhd.gz
	head -n 1 stdout | grep -q ', VHD image (fixed)$' || { cat stdout; fail "a fixed VHD in a stream"; }
	expect 0 imginfo not.vhd
	head -n 1 stdout | grep -q ': raw image, ' || fail "a footer whose checksum is wrong made it a VHD"
	# images of other trades are known by name
	python3 - <<'END' || fail "no images of other trades"
import struct
def write(name, *parts):
    image = bytearray(4096)
    for at, what in parts:
        image[at:at + len(what)] = what
    open(name, "wb").write(image)
section = lambda kind, next: struct.pack("<16sQQ40xI", kind, next, 0, 0)
write("disk.E01", (0, b"EVF\t\r\n\xff\0\1\1\0\0\0"), (13, section(b"header", 200)), (200, section(b"volume", 500)),
      (276, struct.pack("<IIIIQ", 1, 100, 64, 512, 6400)))
write("game.chd", (0, b"MComprHD" + struct.pack(">II16sQQQII", 124, 5, b"", 1 << 30, 0, 0, 4096, 512)))
write("install.wim", (0, b"MSWIM\0\0\0" + struct.pack("<II", 208, 0x10d00)), (40, struct.pack("<HH", 1, 2)))
write("game.cso", (0, b"CISO" + struct.pack("<IQI", 24, 1 << 20, 2048)))
write("disk.aff4", (0, b"PK\3\4" + bytes(22) + struct.pack("<HH", 21, 0) + b"container.description"))
write("disk.hds", (0, b"WithoutFreeSpace" + struct.pack("<IIIIIQ", 2, 16, 100, 2048, 5, 20480)))
END
	while read -r name title; do
		expect 3 imginfo "$name"
		head -n 1 stdout | grep -qF "$name: $title" || { cat stdout; fail "$name is no $title"; }
		never_corrupted
	done <<'END'
disk.E01 EnCase image, 4 KiB holding 3.1 MiB
game.chd CHD image, 4 KiB holding 1 GiB
install.wim Windows image (part 1 of 2), 4 KiB
game.cso compressed disc image, 4 KiB holding 1 MiB
disk.aff4 AFF4 image, 4 KiB
disk.hds Parallels disk image, 4 KiB holding 10 MiB
END
fi

# dmg2img says "corrupted" of whatever it does not know
for file in notes.txt noise.bin install.iso App.dmg Secret.dmg; do
	for command in 'imginfo' 'imginfo --verify' 'imgconv -y -o out.img'; do
		$command "$file" >stdout 2>stderr </dev/null
		never_corrupted
	done
done
rm -f out.img

# xorriso reads a text file as a blank image, and is content
expect 3 imginfo notes.txt
[ ! -s stdout ] || fail "a text file is described"
expect 3 imginfo -l notes.txt
expect 3 imgconv notes.txt out/
nothing_left out

# checkisomd5 ends alike when there is no checksum and when it is wrong
expect 9 imginfo --verify --require=checksum whole.iso
expect 4 imginfo --verify --require=checksum bad-flip.dmg
expect 0 imginfo --verify --require=checksum udzo.dmg

# 7zz asks for a password where there is no terminal to ask on, and waits; a pipe that stays open is none either
mkfifo pipe
exec 9<>pipe
for command in 'imginfo' 'imginfo --verify' 'imginfo -l' 'imgconv -o out.img'; do
	rc=0
	timeout 10 $command Secret.dmg >stdout 2>stderr <pipe || rc=$?
	[ $rc = 5 ] || fail "$command asks a pipe for a password: status $rc"
	says stderr 'there is no terminal to ask on'
done
exec 9>&-
if command -v setsid >/dev/null 2>&1; then
	timeout 10 setsid -w imginfo Secret.dmg >stdout 2>stderr </dev/null
	[ $? = 5 ] || fail "no session of a terminal"
fi

# qemu-img cannot be told of a file that is called -
cp udzo.dmg ./-
expect 0 imginfo ./-
head -n 1 stdout | grep -q '^\./-: Apple disk image' || fail "a file called -"
expect 0 imgconv ./- dash.img
expect 0 imgconv -o ./-- udzo.dmg -O raw
same ./-- dash.img
rm -f ./-
expect 0 imgconv -O raw udzo.dmg ./-
same ./- dash.img
expect 1 imginfo ./-x
line 'imginfo: ./-x: cannot open it: No such file or directory'
exit 0
