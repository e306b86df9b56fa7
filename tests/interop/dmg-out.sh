#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The DMGs we write: every method on every kind of disk, read back by ourselves, 7zz, qemu-img and dmg2img; the same bytes
# for every number of threads.  And one disk of more than 4 GiB with holes.
. "${top_builddir:-.}/tests/functions.sh"
PATH=$PATH:/sbin:/usr/sbin
requires python3
methods='udzo udbz ulfo ulmo udco udro'

# proven FILE: it carries checksums, and every one holds.  The file systems on these disks are heads without a body.
proven() {
	imginfo --json --verify "$1" >proven.json 2>proven.err
	python3 -c 'import json
checks = [c for c in json.load(open("proven.json"))["checks"] if c["name"] != "structure"]
assert checks and all(c["state"] == "ok" for c in checks), checks' || fail "$1: $(cat proven.err)"
}

# ---- the disks ----
python3 "$top_srcdir/fixtures/mkparts.py" small || fail "mkparts.py fails"
python3 - <<'END'
import random
r = random.Random(7)
words = [r.randbytes(r.randint(2, 9)) for _ in range(500)]
text = b"".join(r.choices(words, k=40000))
def fill(path, at, size):
    """text, noise and zeros from @at to the end"""
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(text[:size // 3] + r.randbytes(size // 5))
        f.seek(at + size - 5000)
        f.write(text[:5000])
with open("bare.img", "wb") as f:
    f.truncate(3 << 20)
fill("bare.img", 4096, (3 << 20) - 4096)
with open("bare.img", "r+b") as f:      # the head of an HFS+ volume
    f.seek(1024)
    f.write(b"H+\0\4")
    f.seek(1064)
    f.write((4096).to_bytes(4, "big"))
import os
os.mkdir("tree")
for i, size in enumerate((1, 5000, 1500000)):
    with open("tree/file%d" % i, "wb") as f:
        f.write((text * 12)[i:i + size])
for name in ("gpt", "mbr"):
    with open(name + ".img", "wb") as f:
        f.truncate(4 << 20)
END
if command -v sfdisk >/dev/null; then
	printf 'label: gpt\nstart=40, size=200, type=U, name="A & <B>"\nstart=2048, size=5000, type=48465300-0000-11AA-AA11-00306543ECAC, name="Grüße"\n' |
		sfdisk -q gpt.img || fail "sfdisk fails"
	printf 'label: dos\nstart=64, size=100, type=c\nstart=2048, type=83\n' | sfdisk -q mbr.img || fail "sfdisk fails"
else
	cp small/parts/gpt.img gpt.img
	cp small/parts/mbr.img mbr.img
fi
cp small/parts/apm.img apm.img
expect 0 imgconv -q tree disc.iso
# an MBR in front, whose entry is the whole disc
python3 - <<'END'
import struct
with open("disc.iso", "rb") as f:
    d = bytearray(f.read())
d[440:444] = b"1234"
d[446:462] = struct.pack("<B3sB3sII", 0x80, b"\0\1\0", 0x17, b"\xfe\xff\xff", 0, len(d) // 512)
d[510:512] = b"\x55\xaa"
with open("hybrid.iso", "wb") as f:
    f.write(d)
END

# tables FILE: "ID first-sector sectors name" of every block table
cat >tables.py <<'END'
import plistlib, struct, sys
d = open(sys.argv[1], "rb").read()
k = d[-512:]
assert k[:12] == b"koly\0\0\0\4\0\0\2\0" and k[12:16] == b"\0\0\0\1"
at, n = struct.unpack(">QQ", k[216:232])
assert at + n == len(d) - 512, "a gap before the trailer"
x = d[at:at + n]
for line in x.split(b"\n"):
    assert len(line.lstrip(b"\t")) <= 44 or line.lstrip(b"\t")[:1] == b"<", line
end = 0
for b in plistlib.loads(x)["resource-fork"]["blkx"]:
    m = b["Data"]
    first, count = struct.unpack(">QQ", m[8:24])
    assert first == end, "tables do not tile the disk"
    end = first + count
    runs = [struct.unpack(">IIQQQQ", m[204 + 40 * i:244 + 40 * i]) for i in range(struct.unpack(">I", m[200:204])[0])]
    assert len(m) == 204 + 40 * len(runs) and runs[-1][0] == 0xffffffff and runs[-1][2] == count
    pos = 0
    for a, b_ in zip(runs, runs[1:]):
        assert a[2] == pos and a[3] > 0, "runs do not tile the table"
        pos += a[3]
        assert a[0] in (0, 2) or a[3] <= 2048, "a run over the grid"
        assert not (a[0] == b_[0] and a[0] in (0, 2)), "two empty runs side by side"
    print(b["ID"], first, count, b["CFName"])
assert end == struct.unpack(">Q", k[492:500])[0]
print("variant", struct.unpack(">I", k[488:492])[0])
END

# judge SOURCE DMG METHOD: everybody reads the same bytes
judge() {
	proven "$2"
	expect 0 imgconv -q -y -f dmg "$2" back.img
	same "$1" back.img
	rm -f back.img
	if command -v 7zz >/dev/null; then
		7zz t -tdmg "$2" >log 2>&1 || { cat log >&2; fail "7zz t $2"; }
		7zz x -so -tdmg "$2" 2>log | cmp - "$1" >&2 || fail "7zz reads other bytes from $2"
	fi
	if [ "$3" = udzo ] && command -v qemu-img >/dev/null; then
		qemu-img convert -f dmg -O raw "$2" back.img 2>log || { cat log >&2; fail "qemu-img does not read $2"; }
		same "$1" back.img
	fi
	case $3 in
	udzo | udbz | udco | udro)
		if command -v dmg2img >/dev/null; then
			rm -f back.img
			dmg2img -s "$2" back.img >log 2>&1 || { cat log >&2; fail "dmg2img does not read $2"; }
			# it leaves zeros at the end away
			truncate -s "$(wc -c <"$1")" back.img
			same "$1" back.img
		fi ;;
	esac
}

for disk in gpt.img apm.img mbr.img bare.img disc.iso hybrid.iso; do
	for method in $methods; do
		expect 0 imgconv -q -f raw -T 1 -O $method $disk one.dmg
		expect 0 imgconv -q -f raw -T 4 -O $method $disk four.dmg
		same one.dmg four.dmg
		imgconv -q -f raw -O $method $disk - | cmp - one.dmg >&2 || fail "$disk as $method to a pipe: other bytes"
		judge $disk one.dmg $method
		python3 tables.py one.dmg >$disk.tables || fail "$disk as $method: tables"
		# chunks of the same method travel as they are: nothing changes
		expect 0 imgconv -q -O $method one.dmg again.dmg
		same one.dmg again.dmg
		# from one method to another
		expect 0 imgconv -q -O ulfo one.dmg other.dmg
		expect 0 imgconv -q -y -f dmg other.dmg back.img
		same $disk back.img
		rm -f one.dmg four.dmg again.dmg other.dmg back.img
	done
done

diff - apm.img.tables <<'END' >&2 || fail "tables of the APM disk"
-1 0 1 Driver Descriptor Map (DDM : 0)
0 1 2 Apple (Apple_partition_map : 1)
1 3 1  (Apple_Free : 2)
2 4 4 disk image (Apple_HFS : 3)
3 8 120  (Apple_Free : 4)
variant 1
END
printf '0 0 6144 whole disk (Apple_HFS : 0)\nvariant 2\n' | diff - bare.img.tables >&2 || fail "table of the bare volume"
for disc in disc hybrid; do
	printf '0 0 %d whole disk (Apple_ISO : 0)\nvariant 2\n' $(($(wc -c <$disc.iso) / 512)) |
		diff - $disc.iso.tables >&2 || fail "table of $disc.iso"
done
command -v sfdisk >/dev/null && {
	diff - gpt.img.tables <<-'END' >&2 || fail "tables of the GPT disk"
	-1 0 1 Protective Master Boot Record (MBR : 0)
	0 1 1 GPT Header (Primary GPT Header : 1)
	1 2 32 GPT Partition Data (Primary GPT Table : 2)
	2 34 6  (Apple_Free : 3)
	3 40 200 A & <B> (C12A7328-F81F-11D2-BA4B-00A0C93EC93B : 4)
	4 240 1808  (Apple_Free : 5)
	5 2048 5000 Grüße (Apple_HFS : 6)
	6 7048 1111  (Apple_Free : 7)
	7 8159 32 GPT Partition Data (Backup GPT Table : 8)
	8 8191 1 GPT Header (Backup GPT Header : 9)
	variant 1
	END
	diff - mbr.img.tables <<-'END' >&2 || fail "tables of the MBR disk"
	-1 0 1 Master Boot Record (MBR : 0)
	0 1 63  (Apple_Free : 1)
	1 64 100  (Windows_FAT_32 : 2)
	2 164 1884  (Apple_Free : 3)
	3 2048 6144  (Linux : 4)
	variant 1
	END
}

# ---- one of 5 GB, nearly all of it holes; full and sparse give the same ----
python3 - <<'END'
with open("big.img", "wb") as f:
    f.truncate((5 << 30) + 512)
    for at in (0, (1 << 32) - 700, (5 << 30) - 300):
        f.seek(at)
        f.write(b"across the border of 32 bits " * 28)
with open("head.img", "wb") as f:
    f.write(b"x" * 512 + bytes(3 << 20))
    f.truncate(6 << 20)
END
for method in $methods; do
	expect 0 imgconv -q -f raw -O $method big.img big.dmg
	[ "$(wc -c <big.dmg)" -lt 4300000 ] || fail "holes are stored"
	expect 0 imginfo --verify big.dmg
	rm big.dmg
done
expect 0 imgconv -q -f raw big.img big.dmg
expect 0 imgconv -q -f dmg big.dmg back.img
same_sparse big.img back.img
rm back.img big.dmg
# the same in every kind of disk, with a file system around it; what the DMG is made of, and of the files at once
mkdir large && truncate -s 5G large/sparse && echo small >large/small
for at in 0 4294967295 5000000000; do
	printf X | dd of=large/sparse bs=1 seek=$at conv=notrunc 2>/dev/null
done
for map in gpt apm none iso; do
	shape="-V Large --fs hfs+ --partition-map $map"
	[ $map != iso ] || shape="-V Large --fs iso"
	# shellcheck disable=SC2086 # words of their own
	expect 0 imgconv -q $shape large large.img
	for method in $methods; do
		expect 0 imgconv -q -f raw -O $method large.img large.dmg
		[ "$(wc -c <large.dmg)" -lt 12000000 ] || fail "5 GiB, $map, $method: holes are stored"
		expect 0 imginfo --verify large.dmg
		expect 0 imginfo --compare large.img large.dmg
		# shellcheck disable=SC2086
		expect 0 imgconv -q $shape -O $method large direct.dmg
		same large.dmg direct.dmg
		rm large.dmg direct.dmg
	done
	expect 0 imgconv -q -f raw large.img large.dmg
	if [ $map = gpt ]; then		# by somebody who knows nothing of maps of extents
		expect 0 imgconv -q -O raw large.dmg back.img
		same_sparse large.img back.img
		rm back.img
	fi
	expect 0 imgconv -q large.dmg back/
	[ "$(wc -c <back/sparse)" = 5368709120 ] && [ "$(dd if=back/sparse bs=1 skip=5000000000 count=1 2>/dev/null)" = X ] ||
		fail "5 GiB, $map: the sparse file"
	rm -rf back large.img large.dmg
done
rm -rf large
cp --sparse=never head.img full.img
expect 0 imgconv -q -f raw head.img a.dmg
expect 0 imgconv -q -f raw full.img b.dmg
same a.dmg b.dmg

# ---- free space stays free: an "ignore" run of a DMG is one again ----
expect 0 imgconv -q -O udbz "$fixtures/udif/mixed.dmg" free.dmg
imginfo --map "$fixtures/udif/mixed.dmg" >a
grep -q hole a && { imginfo --map free.dmg | grep -q hole || fail "free space became zeros"; }

# ---- sidecar, other names for raw, a size that is no whole number of sectors ----
expect 0 imgconv -q --checksum -f raw bare.img sum.dmg
sha256sum -c sum.dmg.sha256 >log || fail "the sidecar does not hold"
expect 0 imgconv sum.dmg plain.cdr
same bare.img plain.cdr
expect 0 imgconv -O udrw sum.dmg plain.dmg
same bare.img plain.dmg
[ ! -s stdout ] || fail "talks"
says_not stderr warning
head -c 1000 bare.img >odd.img
expect 0 imgconv -q -f raw odd.img odd.dmg
expect 0 imgconv -q -y -f dmg odd.dmg back.img
[ "$(wc -c <back.img)" = 1024 ] || fail "odd size"
head -c 1000 back.img | cmp - odd.img >&2 || fail "odd size: other bytes"

# a level makes a difference, and -O dmg is UDZO
python3 -c 'import sys; sys.stdout.write("".join("%d %x " % (i * i, i * 77) for i in range(90000)))' >text.img
expect 0 imgconv -q --compress zlib:1 -f raw text.img l1.dmg
expect 0 imgconv -q --compress zlib:12 -f raw text.img l12.dmg
[ "$(wc -c <l1.dmg)" -gt "$(wc -c <l12.dmg)" ] || fail "the level does nothing"
[ "$(imginfo --field variant sum.dmg)" = udzo ] || fail "the default is not UDZO"
exit 0
