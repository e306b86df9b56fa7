#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sparse images, sparse bundles and encrypted images that imgconv writes: read back, read by others' rules, the same every
# time where they should be, and what is left when they fail.

. "$top_builddir/tests/functions.sh"
requires python3
fast="--opt key-rounds=1000"

# 20 MiB and a bit: data at both ends, a piece across a band of 8 MiB, one byte alone, zeros that are written
python3 - <<'PY'
import random
r = random.Random(1)
with open("disk.img", "wb") as f:
    f.write(r.randbytes(700000))
    f.seek(8 * 2**20 - 5000); f.write(r.randbytes(10000))
    f.seek(17 * 2**20 + 12345); f.write(b"x")
    f.seek(20 * 2**20); f.write(r.randbytes(512))
PY
cp --sparse=never disk.img full.img
printf 'one\n' >pw; printf 'two\n' >pw2; printf 'bad\n' >bad

# back IMAGE [OPTION...]: what it holds is the disk
back() {
	image_=$1; shift
	rm -f back.img
	expect 0 imgconv "$@" "$image_" back.img
	same back.img disk.img
}

# ---- sparse images ----
expect 0 imgconv -f raw disk.img a.sparseimage
back a.sparseimage
# the bands 0, 7, 8, 17 and 20, one node
[ "$(stat -c %s a.sparseimage)" = $((4096 + 5 * 1048576)) ] || fail "a.sparseimage has $(stat -c %s a.sparseimage) bytes"
[ "$(du -k a.sparseimage | cut -f1)" -lt 1600 ] || fail "zeros inside of bands are no holes"
expect 0 imginfo --field layers.0.bands_stored a.sparseimage
says stdout 5
want=$(sha a.sparseimage)
expect 0 imgconv -T 1 -f raw full.img b.sparseimage
[ "$(sha b.sparseimage)" = "$want" ] || fail "zeros that are written, or one thread, make another sparse image"
imgconv -q -f raw -O sparseimage full.img - | cmp - a.sparseimage || fail "to a pipe it is another one"
expect 0 imgconv -f raw --no-sparse full.img c.sparseimage
same c.sparseimage a.sparseimage
expect 0 imgconv -f raw full.img a.sparseimage.gz
gzip -dc a.sparseimage.gz | cmp - a.sparseimage || fail "inside of gzip it is another one"
back a.sparseimage.gz
expect 6 imgconv -f raw disk.img a.sparseimage
expect 0 imgconv -y -f raw -O udsp --opt sparse-band-size=128 disk.img a.sparseimage
back a.sparseimage
expect 0 imginfo --field layers.0.band_size a.sparseimage
says stdout 65536
expect 2 imgconv -f raw --opt band-size=1MB disk.img x.sparseimage
says stderr "a multiple of 4K from 64K to 8G"
expect 2 imgconv -f raw --opt band-size=1M disk.img x.img
says stderr "band-size is nothing that raw has"
expect 2 imgconv -f raw -c disk.img x.sparseimage
# nothing but zeros, and a disk that is no whole number of sectors
truncate -s 3M zero.img
expect 0 imgconv -f raw zero.img zero.sparseimage
[ "$(stat -c %s zero.sparseimage)" = 4096 ] || fail "zeros are stored"
expect 0 imgconv zero.sparseimage zero2.img
same zero.img zero2.img
printf 'odd' >odd.img
for i in sparseimage sparsebundle; do
	expect 0 imgconv -f raw odd.img odd.$i
	expect 0 imgconv -y odd.$i odd2.img
	[ "$(stat -c %s odd2.img)" = 512 ] && cmp -n 3 odd.img odd2.img || fail "odd.$i"
done

# three nodes: more bands than two have room for
python3 - <<'PY'
with open("many.img", "wb") as f:
    for i in range(2100):
        f.seek(i * 65536 + 7 * i); f.write(b"%d" % i)
    f.truncate(2100 * 65536)
PY
expect 0 imgconv -f raw --opt band-size=64K many.img many.sparseimage
expect 0 imginfo --field layers.0.index_nodes many.sparseimage
says stdout 3
expect 0 imginfo --compare many.sparseimage -f raw many.img
imgconv -q -f raw -O sparseimage --opt band-size=64K many.img - | cmp - many.sparseimage || fail "to a pipe, nodes differ"
python3 - <<'PY' || fail "nodes"
import struct
f = open("many.sparseimage", "rb").read()
sig, version, band, flags, low, node, n = struct.unpack(">4sIIIIQQ", f[:36])
assert (sig, version, band, flags, low, n) == (b"sprs", 3, 128, 1, 2100 * 128, 2100 * 128)
assert node == 4096 + 1008 * 65536
for number, last in ((0, False), (1, True)):
    sig, got, flags, after = struct.unpack(">4sIIQ", f[node:node + 20])
    assert (sig, got, flags) == (b"sprs", number, 1), number
    assert after == (0 if last else node + 4096 + 1010 * 65536), after
    node = after
PY

# more than 4 GiB, and more sectors than 32 bits count
if truncate -s 3T huge.img 2>/dev/null; then
	printf start | dd of=huge.img conv=notrunc 2>/dev/null
	printf 'beyond 2^32 sectors' | dd of=huge.img bs=1M seek=2621440 conv=notrunc 2>/dev/null
	for i in sparseimage sparsebundle; do
		expect 0 imgconv -f raw huge.img huge.$i
		[ "$(du -sk huge.$i | cut -f1)" -lt 200 ] || fail "huge.$i is huge"
		expect 0 imginfo --compare huge.$i -f raw huge.img
	done
	expect 0 imginfo --field virtual_size huge.sparseimage
	says stdout 3298534883328
	rm -rf huge.*
fi

# ---- sparse bundles ----
expect 0 imgconv -f raw disk.img a.sparsebundle
back a.sparsebundle
find a.sparsebundle -type f -printf '%P %s\n' | LC_ALL=C sort >names
cat >want <<'END'
Info.bckup 488
Info.plist 488
bands/0 8388608
bands/1 5120
bands/2 4194816
token 0
END
sed -i 's/ 488/ N/' want; sed -i -E 's/(Info\.[a-z]*) [0-9]*/\1 N/' names
sed -i 's/^bands\/1 .*/bands\/1 8192/' want
same names want
same a.sparsebundle/Info.plist a.sparsebundle/Info.bckup
python3 - <<'PY' || fail "Info.plist"
import plistlib
p = plistlib.load(open("a.sparsebundle/Info.plist", "rb"))
assert p == {"CFBundleInfoDictionaryVersion": "6.0", "band-size": 8388608, "bundle-backingstore-version": 1,
             "diskimage-bundle-type": "com.apple.diskimage.sparsebundle", "size": 20 * 2**20 + 512}, p
PY
expect 0 imgconv -T 1 -f raw full.img b.sparsebundle
diff -r a.sparsebundle b.sparsebundle >&2 || fail "zeros that are written, or one thread, make another bundle"
expect 0 imgconv a.sparseimage -O udsb --opt band-size=1M c.sparsebundle
back c.sparsebundle
[ "$(echo c.sparsebundle/bands/*)" = "$(printf 'c.sparsebundle/bands/%s ' 0 11 14 7 8 | sed 's/ $//')" ] ||
	fail "bands: $(ls c.sparsebundle/bands)"
expect 0 imgconv -f raw zero.img zero.sparsebundle
[ -d zero.sparsebundle/bands ] && [ -z "$(ls zero.sparsebundle/bands)" ] || fail "a bundle of zeros has bands"
expect 0 imgconv -y zero.sparsebundle zero2.img
same zero.img zero2.img

# what is there: refused, replaced, or no bundle at all
expect 6 imgconv -f raw disk.img a.sparsebundle
says stderr "already exists"
says stderr "-y replaces it"
echo more >a.sparsebundle/bands/99
expect 0 imgconv -y -f raw disk.img a.sparsebundle/
diff -r a.sparsebundle b.sparsebundle >&2 || fail "the old bundle was not replaced"
mkdir mine.sparsebundle && echo dear >mine.sparsebundle/letter
expect 6 imgconv -y -f raw disk.img mine.sparsebundle
says stderr "no sparse bundle"
[ "$(cat mine.sparsebundle/letter)" = dear ] || fail "a folder that is no bundle was replaced"
expect 6 imgconv -y a.sparsebundle a.sparsebundle
says stderr "is the source itself"
expect 6 imgconv -y a.sparsebundle/Info.plist a.sparsebundle
says stderr "is the source itself"
expect 0 imgconv -y a.sparsebundle/ b.sparsebundle
diff -r a.sparsebundle b.sparsebundle >&2 || fail "bundle to bundle"
echo file >plain.sparsebundle
expect 6 imgconv -f raw disk.img plain.sparsebundle
expect 0 imgconv -y -f raw disk.img plain.sparsebundle
back plain.sparsebundle
expect 2 imgconv -f raw -O sparsebundle disk.img -
says stderr "no folder"
expect 2 imgconv -f raw disk.img x.sparsebundle.gz
says stderr "cannot be put around"
expect 2 imgconv -f raw --checksum disk.img x.sparsebundle
expect 2 imgconv -f raw --split 1M disk.img x.sparsebundle
expect 1 imgconv -f raw disk.img no/such.sparsebundle
nothing_left x.sparseimage x.img x.sparsebundle x.sparsebundle.gz

# files go in as into a DMG
mkdir -p tree/sub && echo hello >tree/sub/file && ln -s sub/file tree/link
for i in sparseimage sparsebundle; do
	expect 0 imgconv tree tree.$i
	expect 0 imgconv tree.$i tree.$i.out/
	diff -r --no-dereference tree tree.$i.out >&2 || fail "tree.$i"
done

# ---- a disk that fills up, and no time: nothing is left ----
rc=0
(ulimit -f 2000; imgconv -f raw full.img full.sparsebundle) >stdout 2>stderr || rc=$?
[ $rc = 7 ] || { cat stderr >&2; fail "a full disk: exit $rc"; }
(ulimit -f 2000; imgconv -y -f raw full.img a.sparsebundle) >stdout 2>stderr
diff -r a.sparsebundle b.sparsebundle >&2 || fail "a full disk took the old bundle"
nothing_left full.sparsebundle
for i in sparsebundle sparseimage dmg; do
	rc=0
	timeout -s INT --preserve-status -k 5 0.5 imgconv -f raw --encrypt --opt key-rounds=10000000 --new-password-file pw \
		disk.img slow.$i >/dev/null 2>&1 || rc=$?
	[ "$rc" = 130 ] || fail "SIGINT while a key is derived for $i: exit $rc"
	nothing_left slow.$i
done

# ---- encrypted ----
for bits in 256 128; do
	for i in dmg sparseimage sparsebundle img; do
		# shellcheck disable=SC2086
		expect 0 imgconv -y -f raw --encrypt=aes-$bits $fast --new-password-file pw disk.img e.$i
		back e.$i --password-file pw
		back e.$i --password-file pw -T 1
		expect 5 imgconv --password-file bad e.$i no.img
		expect 5 imginfo --json e.$i
		says stdout "\"encryption\": \"AES-$bits\""
		says stdout '"cipher_block": 512'
	done
done
[ "$(stat -c %s e.img)" = $((122368 + 20 * 1048576 + 512)) ] || fail "e.img has $(stat -c %s e.img) bytes"
[ "$(stat -c %s e.sparsebundle/token)" = 122368 ] || fail "token"
expect 0 imginfo --json --password-file pw e.sparsebundle
says stdout '"block_numbers": "in each band"'
says stdout '"block_numbers_proven": true'
# no two are alike, but their lengths
expect 0 imgconv -f raw --encrypt --new-password-file pw disk.img f.dmg
expect 0 imgconv -y -f raw --encrypt --new-password-file pw disk.img e.dmg
! cmp -s e.dmg f.dmg || fail "two encrypted images are the same"
expect 5 imginfo --json e.dmg
says stdout '"key_rounds": 500000'
[ "$(stat -c %s e.dmg)" = "$(stat -c %s f.dmg)" ] || fail "lengths differ"
# whose password: that of the source opens it, the new one the target; one file does for both
# shellcheck disable=SC2086
{
expect 0 imgconv $fast --encrypt --password-file pw --new-password-file pw2 e.dmg g.sparsebundle
back g.sparsebundle --password-file pw2
expect 5 imgconv --password-file pw g.sparsebundle no.img
expect 0 imgconv $fast --encrypt --password-file pw e.dmg h.sparseimage
back h.sparseimage --password-file pw
expect 0 env IMGCONV_PASSWORD_FILE=pw2 imgconv -f raw $fast --encrypt disk.img i.dmg
back i.dmg --password-file pw2
expect 0 sh -c "imgconv -f raw $fast --encrypt --new-password-fd 3 disk.img j.dmg 3<pw"
back j.dmg --password-file pw
expect 5 imgconv -f raw --encrypt disk.img k.dmg
says stderr "a new password is needed, and there is no terminal to ask on"
says stderr "hint: use --new-password-file FILE or --new-password-fd N"
: >empty
expect 5 imgconv -f raw --encrypt --new-password-file empty disk.img k.dmg
says stderr "the new password is empty"
expect 2 imgconv -f raw --encrypt --opt key-rounds=10 --new-password-file pw disk.img k.dmg
expect 2 imgconv -f raw --opt key-rounds=1000 disk.img k.dmg
says stderr "nothing is encrypted"
expect 2 imgconv --encrypt --new-password-file pw tree k.iso
}
nothing_left k.dmg k.iso no.img
# the files of a folder, and nothing of the password in sight
# shellcheck disable=SC2086
expect 0 imgconv -v --progress=json $fast --encrypt --new-password-file pw tree l.dmg
! grep -qw one stdout stderr || fail "the password is shown"
expect 0 imgconv --password-file pw l.dmg l.out/
diff -r --no-dereference tree l.out >&2 || fail "l.dmg"

# by the rules of the format alone: keys and blocks with nothing of ours
if command -v openssl >/dev/null 2>&1; then
python3 - <<'PY' || fail "an independent reader"
import hashlib, hmac, os, struct, subprocess

def openssl(cipher, key, iv, data):
    p = subprocess.run(["openssl", "enc", "-d", "-nopad", "-" + cipher, "-K", key.hex(), "-iv", iv.hex()], input=data,
                       stdout=subprocess.PIPE, check=True)
    return p.stdout

def unlock(head):
    assert head[:8] == b"encrcdsa"
    version, ivlen, mode, alg, bits, ivalg, ivbits = struct.unpack(">7I", head[8:36])
    assert (version, ivlen, mode, alg, ivalg, ivbits) == (2, 16, 5, 0x80000001, 0x5b, 160)
    size, data_len, data_off, n = struct.unpack(">IQQI", head[52:76])
    kind, off, length = struct.unpack(">IQQ", head[76:96])
    assert (n, kind, off, length) == (1, 1, 0x60, 0x268)
    s = head[off:off + length]
    kdf, prng, rounds, salt_len = struct.unpack(">4I", s[:16])
    assert (kdf, prng, salt_len, struct.unpack(">I", s[48:52])[0]) == (103, 0, 20, 8)
    key_bits, wrap, pad, wmode, blob = struct.unpack(">5I", s[84:104])
    assert (key_bits, wrap, pad, wmode, blob) == (192, 17, 7, 6, 48 if bits == 128 else 64)
    dk = hashlib.pbkdf2_hmac("sha1", b"one", s[16:36], rounds, 24)
    plain = openssl("des-ede3-cbc", dk, s[52:60], s[104:104 + blob])
    plain = plain[:-plain[-1]]
    assert plain[-5:] == b"CKIE\0" and len(plain) == bits // 8 + 25
    return bits, plain[:bits // 8], plain[bits // 8:bits // 8 + 20], data_len, data_off

def block(bits, key, mac, n, stored):
    return openssl("aes-%d-cbc" % bits, key, hmac.new(mac, struct.pack(">I", n), "sha1").digest()[:16], stored)

disk = open("disk.img", "rb").read()
f = open("e.img", "rb").read()
bits, key, mac, data_len, off = unlock(f)
assert bits == 128 and data_len == len(disk) and off == 122368
for n in (0, 1, 1000, 20000, len(disk) // 512 - 1):
    assert block(bits, key, mac, n, f[off + n * 512:off + n * 512 + 512]) == disk[n * 512:n * 512 + 512], n
bits, key, mac, data_len, off = unlock(open("e.sparsebundle/token", "rb").read())
for band in range(3):
    f = open("e.sparsebundle/bands/%x" % band, "rb").read()
    assert len(f) % 512 == 0
    for n in (0, 3, len(f) // 512 - 1):
        at = band * 8388608 + n * 512
        assert block(bits, key, mac, n, f[n * 512:n * 512 + 512]) == disk[at:at + 512], (band, n)
PY
fi

# ---- 16 GiB of zeros in little more than a header ----
truncate -s 16G zeros.img
# shellcheck disable=SC2086
expect 0 imgconv -f raw $fast --encrypt --new-password-file pw zeros.img zeros.dmg
[ "$(stat -c %s zeros.dmg)" -lt 216064 ] || fail "zeros.dmg has $(stat -c %s zeros.dmg) bytes"
# in a few seconds of processor time
(ulimit -t 5; expect 0 imgconv --password-file pw zeros.dmg zeros2.img) || exit 1
[ "$(stat -c %s zeros2.img)" = 17179869184 ] && [ "$(du -k zeros2.img | cut -f1)" -lt 100 ] || fail "zeros2.img"
rc=0
(ulimit -f 1048576; imgconv --password-file pw zeros.dmg zeros3.img) >stdout 2>stderr || rc=$?
[ $rc = 7 ] || fail "16 GiB where 512 MiB may be: exit $rc"
says stderr 17179869184
says stderr "holds 16 GiB"
nothing_left zeros3.img
truncate -s 1024T large.img 2>/dev/null && {
	expect 7 imgconv -f raw --no-sparse large.img large2.img
	says stderr "needs 1.0 PiB"
	nothing_left large2.img
}
exit 0
