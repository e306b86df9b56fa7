#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Labels, UUIDs and block sizes of file systems whose files we do not read, against what libblkid says of them.

. "$top_builddir/tests/functions.sh"
requires blkid -V
requires python3 --version
PATH=$PATH:/usr/sbin:/sbin
tried=0 absent=

# compare NAME OUR-WORD: the image NAME
compare() {
	blkid -p -o udev "$1" >judge 2>/dev/null || fail "blkid does not know $1"
	imginfo --json "$1" >ours 2>log || { cat log; fail "imginfo $1"; }
	python3 - "$2" <<'END' || { cat judge ours; fail "$1 is described otherwise"; }
import json, re, sys
judge = dict(l.rstrip("\n").split("=", 1) for l in open("judge") if "=" in l)
fs = [l for l in json.load(open("ours"))["layers"] if l["kind"] == "filesystem"]
if len(fs) != 1 or fs[0]["format"] != sys.argv[1]:
    sys.exit("the file system is called %s" % [f["format"] for f in fs])
unquote = lambda s: re.sub(r"\\x(..)", lambda m: chr(int(m[1], 16)), s)
for ours, theirs in (("label", "ID_FS_LABEL_ENC"), ("uuid", "ID_FS_UUID_ENC"), ("block_size", "ID_FS_BLOCK_SIZE")):
    want = judge.get(theirs)
    if ours == "block_size" and judge["ID_FS_TYPE"] not in ("ext2", "ext3", "ext4", "f2fs", "erofs", "nilfs2"):
        continue        # blkid tells sectors of the others
    if want is not None and str(fs[0].get(ours, "")) != unquote(want):
        sys.exit("%s: %r, blkid says %r" % (ours, fs[0].get(ours), unquote(want)))
    if ours == "label" and want is None and fs[0].get("label"):
        sys.exit("a label out of nowhere: %r" % fs[0]["label"])
END
	tried=$((tried + 1))
}

# try WORD SIZE COMMAND...: a sparse image, and what makes the file system on it
try() {
	word=$1
	size=$2
	shift 2
	if ! command -v "$1" >/dev/null 2>&1; then
		absent="$absent $1"
		return
	fi
	rm -f x.img
	truncate -s "$size" x.img
	"$@" x.img >log 2>&1 </dev/null || { cat log; fail "$* fails"; }
	compare x.img "$word"
}

try ext2 8M mke2fs -q -F -t ext2 -L 'two words'
try ext3 16M mke2fs -q -F -t ext3 -b 2048 -L drei
try ext4 32M mke2fs -q -F -t ext4 -L 'Größe 16 Bytes'
try ext4 32M mke2fs -q -F -t ext4
try jbd 16M mke2fs -q -F -O journal_dev -L journal
try xfs 320M mkfs.xfs -q -L twelve-chars
try btrfs 120M mkfs.btrfs -q -L 'a longer label, as Btrfs allows them: äöü'
try f2fs 64M mkfs.f2fs -q -l 'F2FS ünïcode 𝄞'
try ntfs 8M mkntfs -q -F -f -L 'Neuer Träger'
try exfat 8M mkfs.exfat -L 'exFAT Träge'
try swap 1M mkswap -q -L auslagern
try jfs 24M mkfs.jfs -q -L journaled
try reiserfs 64M mkfs.reiserfs -q -ff -l reiser
# it wants to see what is mounted
[ -e /etc/mtab ] && try nilfs2 136M mkfs.nilfs2 -q -L 'log structured'
printf 'key' >key
luks() { cryptsetup -q luksFormat "$@" --pbkdf pbkdf2 --pbkdf-force-iterations 1000 x.img key; }
if command -v cryptsetup >/dev/null 2>&1; then
	for kind in '--type luks1' '--type luks2 --label secret'; do
		rm -f x.img
		truncate -s 20M x.img
		# shellcheck disable=SC2086
		luks $kind >log 2>&1 || { cat log; fail "luksFormat $kind"; }
		compare x.img luks
	done
else
	absent="$absent cryptsetup"
fi
mkdir tree
echo hello >tree/file
if command -v mkfs.erofs >/dev/null 2>&1; then
	mkfs.erofs -U 01234567-89ab-cdef-0123-456789abcdef x2.img tree >log 2>&1 || { cat log; fail mkfs.erofs; }
	compare x2.img erofs
fi
if command -v mksquashfs >/dev/null 2>&1; then
	mksquashfs tree x3.img -quiet -no-progress >log 2>&1 || { cat log; fail mksquashfs; }
	compare x3.img squashfs
fi
[ -z "$absent" ] || echo "not there to be compared:$absent"
echo "$tried file systems compared"
[ "$tried" -ge 3 ] || skip "hardly any mkfs here"
