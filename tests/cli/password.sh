#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Encrypted images through the tools: where passwords come from, what is said without one, sparse bundles, and SIGINT
# while a key is derived.

. "$top_builddir/tests/functions.sh"
crypt=$top_builddir/tests/unit/crypt-tool
requires python3

# a disk of 1 MiB with a FAT-like boot sector, data in the first, fourth and last 64 KiB
python3 - <<'PY'
d = bytearray(1 << 20)
d[3:11] = b"MSDOS5.0"; d[11:13] = b"\0\2"; d[13] = 1; d[14] = 1; d[16] = 2; d[17:19] = b"\x10\0"; d[19:21] = b"\0\x08"
d[21] = 0xf8; d[22] = 6; d[54:62] = b"FAT12   "; d[510:512] = b"\x55\xaa"
for k in (0, 3, 15):
    for i in range(600, 40000):
        d[k << 16 | i] = (i * 31 + k) % 255 + 1
open("disk.img", "wb").write(d)
PY
$crypt image disk.img a.dmg || fail "crypt-tool"
printf 'secret\n' >good
printf 'Secret\n' >bad

# ---- where it comes from ----
expect 0 imgconv --password-file good a.dmg a.img
same a.img disk.img
[ "$(du -k a.img | cut -f1)" -lt 900 ] || fail "zeros of the disk are not holes"
expect 0 sh -c 'imgconv -y --password-fd 3 a.dmg a.img 3<good'
expect 0 env IMGCONV_PASSWORD_FILE=good imgconv -y a.dmg a.img
# an option goes before the environment
expect 5 env IMGCONV_PASSWORD_FILE=good imgconv -y --password-file bad a.dmg a.img
# exactly one line end is cut, none is needed
printf secret >none; printf 'secret\n\n' >two; printf 'secret\r\n' >crlf
expect 0 imgconv -y --password-file none a.dmg a.img
expect 5 imgconv -y --password-file two a.dmg a.img
expect 5 imgconv -y --password-file crlf a.dmg a.img
# one descriptor serves several images
expect 0 sh -c 'imginfo --password-fd 0 a.dmg a.dmg <good'
expect 1 imginfo --password-file nowhere a.dmg
says stderr 'nowhere'
expect 1 sh -c 'imginfo --password-fd 9 a.dmg 9<&-'
expect 2 imginfo --password-fd x a.dmg
head -c 2000 /dev/zero | tr '\0' a >long
expect 5 imginfo --password-file long a.dmg
says stderr 'longer'
printf 'sec\0ret' >nul
expect 5 imginfo --password-file nul a.dmg

# ---- what is said ----
rm -f a.img
expect 5 imgconv a.dmg a.img
says stderr 'imgconv: a.dmg: encrypted (AES-256); a password is needed and there is no terminal to ask on'
says stderr '  hint: use --password-file FILE or --password-fd N'
nothing_left a.img
expect 5 imgconv --password-file bad a.dmg a.img
[ "$(cat stderr)" = 'imgconv: a.dmg: wrong password' ] || fail "$(cat stderr)"
nothing_left a.img
for word in "" "--password-file bad"; do
	# shellcheck disable=SC2086
	expect 5 imginfo $word a.dmg
	says stdout 'a.dmg: encrypted Apple disk image'
	says stdout 'AES-256'
	says stdout '1000'
done
expect 5 imginfo --json a.dmg
says stdout '"encryption": "AES-256"'
says stdout '"result": "password"'
expect 5 imginfo --verify a.dmg
expect 5 imginfo --hash sha256 a.dmg
expect 5 imginfo --partitions a.dmg
expect 5 imginfo -l a.dmg
for how in "" -v --json "-v --json --verify"; do
	# shellcheck disable=SC2086
	expect 0 imginfo $how --password-file good a.dmg
	! grep -qi secret stdout stderr || fail "the password is shown"
done
expect 0 imgconv -v --progress=json --password-file good a.dmg a.img
! grep -qi secret stdout stderr || fail "the password is shown"

# ---- kinds ----
for how in version=1 "version=1 bits=128 block=4096" bits=128 block=4096 wrap=aes "certificate=1 other=more"; do
	# shellcheck disable=SC2086
	$crypt image disk.img k.dmg $how || fail "crypt-tool"
	for threads in 1 3; do
		expect 0 imgconv -y -T$threads --password-file good k.dmg k.img
		same k.img disk.img
	done
done
printf more >other
expect 0 imgconv -y --password-file other k.dmg k.img
same k.img disk.img

# ---- what is inside is opened too ----
if cp "$fixtures/udif/"udzo*.dmg . 2>/dev/null; then
	for f in udzo*.dmg; do
		$crypt image "$f" in.dmg block=4096
		imginfo --hash sha256 "$f" 2>/dev/null | cut -d' ' -f1 >want
		expect 0 imginfo --hash sha256 --password-file good in.dmg
		cut -d' ' -f1 stdout >got
		[ ! -s want ] || same got want
	done
fi

# ---- and goes on as another image ----
expect 0 imgconv -y --password-file good a.dmg again.dmg
expect 0 imgconv -y again.dmg again.img
same again.img disk.img
expect 5 imgconv --password-file bad a.dmg other.dmg
nothing_left other.dmg

# ---- bundles ----
mkdir -p plain.sparsebundle/bands x.sparsebundle/bands y.sparsebundle/bands z.sparsebundle/bands
$crypt bundle disk.img plain.sparsebundle plain=1
expect 0 imgconv plain.sparsebundle p.img
same p.img disk.img
[ "$(echo plain.sparsebundle/bands/*)" = "plain.sparsebundle/bands/0 plain.sparsebundle/bands/3 plain.sparsebundle/bands/f" ] ||
	fail "the recipe made other bands"
expect 0 imgconv -y plain.sparsebundle/ p.img
expect 0 imgconv -y plain.sparsebundle/Info.plist p.img
same p.img disk.img
expect 0 imginfo --json plain.sparsebundle
says stdout '"format": "sparsebundle"'
# leftovers are named, not read
cp plain.sparsebundle/bands/0 plain.sparsebundle/bands/10
: >plain.sparsebundle/bands/0f
expect 0 imgconv -y plain.sparsebundle p.img
says stderr 'bands/10 lies past the end'
same p.img disk.img
# a long band is cut, a short one filled up
rm plain.sparsebundle/bands/10 plain.sparsebundle/bands/0f
head -c 100000 /dev/zero | tr '\0' x >>plain.sparsebundle/bands/f
head -c 70000 /dev/zero | tr '\0' x >plain.sparsebundle/bands/1
truncate -s 1000 plain.sparsebundle/bands/3
expect 0 imgconv -y plain.sparsebundle p.img
[ "$(stat -c %s p.img)" = 1048576 ] || fail "size"
python3 - <<'PY'
d, p = bytearray(open("disk.img", "rb").read()), open("p.img", "rb").read()
f = open("plain.sparsebundle/bands/f", "rb").read()[:65536]
d[1 << 16:2 << 16] = b"x" * 65536
d[(3 << 16) + 1000:4 << 16] = bytes(65536 - 1000)
d[15 << 16:] = f
assert p == d
PY
[ $? = 0 ] || fail "long and short bands"

for number in "" across=1; do
	for block in 512 4096; do
		rm -rf x.sparsebundle; mkdir -p x.sparsebundle/bands
		# shellcheck disable=SC2086
		$crypt bundle disk.img x.sparsebundle block=$block $number
		expect 0 imgconv -y --password-file good x.sparsebundle x.img
		same x.img disk.img
		expect 0 imginfo --json --password-file good x.sparsebundle
		says stdout "\"block_numbers\": \"$([ "$number" ] && echo across bands || echo in each band)\""
		says stdout '"block_numbers_proven": true'
	done
done
expect 5 imginfo x.sparsebundle
says stdout 'AES-256'
expect 5 imgconv --password-file bad x.sparsebundle q.img
nothing_left q.img
$crypt bundle disk.img y.sparsebundle version=1
expect 0 imgconv -y --password-file good y.sparsebundle x.img
same x.img disk.img
echo junk >y.sparsebundle/token
expect 4 imginfo y.sparsebundle
says stderr 'token'
rm -r x.sparsebundle/bands
expect 4 imginfo x.sparsebundle
$crypt bundle disk.img z.sparsebundle plain=1
sed 's/65536/65537/' z.sparsebundle/Info.plist >i && cp i z.sparsebundle/Info.plist
expect 4 imginfo z.sparsebundle

# ---- an end to long derivations ----
$crypt image disk.img slow.dmg rounds=10000000
rc=0
timeout -s INT --preserve-status -k 5 1 imgconv --password-file good slow.dmg s.img >/dev/null 2>&1 || rc=$?
[ "$rc" = 130 ] || fail "SIGINT while a key is derived: exit $rc"
nothing_left s.img

# hdiutil's way: from standard input, with a NUL at the end or nothing
printf 'secret\000' >nul
printf 'secret' >bare
for i in good nul bare; do
	rm -f hd.dmg
	expect 0 sh -c "imgconv --as hdiutil convert a.dmg -stdinpass -format UDZO -o hd <$i"
	expect 0 imgconv -y hd.dmg hd.img
	same hd.img disk.img
	expect 0 sh -c "imgconv --as hdiutil verify -stdinpass a.dmg <$i"
	says stdout VALID
done
expect 5 sh -c "imgconv --as hdiutil verify -stdinpass a.dmg <bad"
