#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo --verify and what lies beside the file: lists of checksums in every form, and their signatures.

. "$top_builddir/tests/functions.sh"
cp "$fixtures/udif/udzo.dmg" a.dmg
cp "$fixtures/udif/udbz.dmg" b.dmg
sum() { "$1sum" <"$2" | cut -d' ' -f1; }
good=$(sum sha256 a.dmg)
wrong=$(printf '%064d' 0)
upper=$(printf %s "$good" | tr a-f A-F)

# ---- forms: each holds, and with another sum fails naming the list ----
try() {
	name=$1
	form=$2
	printf "$form" "$good" >"$name"
	expect 0 imginfo --verify --require=checksum "${3:-a.dmg}"
	says stdout "ok      the file, SHA-256 of $name"
	printf "$form" "$wrong" >"$name"
	expect 4 imginfo --verify "${3:-a.dmg}"
	says stderr "the file does not have the SHA-256 that $name lists (listed $wrong, found $good)"
	rm "$name"
}
try SHA256SUMS '%s  a.dmg\n'
try SHA256SUMS '%s *a.dmg\n'
try SHA256SUMS '%s *./some/folder/a.dmg\r\n'
try sha256sum.txt '# made with care\n\n%s\ta.dmg\n'
try SHA256SUMS.txt '\357\273\277%s  a.dmg'
try Some-40-x86_64-CHECKSUM '# a.dmg: 4900 bytes\nSHA256 (a.dmg) = %s\n'
try checksums.txt 'SHA2-256(a.dmg)= %s\n'
try a.dmg.sha256 '%s\n'
try a.dmg.SHA256 '%s  -\n'
try a.dmg.sha256sum.txt '%s  a.dmg\n'
printf '%s  a.dmg\n' "$upper" >SHA256SUMS
expect 0 imginfo --verify a.dmg
says stdout 'SHA-256 of SHA256SUMS'
cp a.dmg 'a
\b.dmg'
printf '\\%s  a\\n\\\\b.dmg\n' "$good" >SHA256SUMS
expect 0 imginfo --verify 'a
\b.dmg'
says stdout 'SHA-256 of SHA256SUMS'
rm SHA256SUMS

# ---- what is not about this file says nothing ----
printf '%s  b.dmg\n%s\n' "$wrong" "$wrong" >SHA256SUMS
expect 0 imginfo --verify a.dmg
says_not stdout SHA256SUMS
printf '%s  c.dmg\n' "$wrong" >a.dmg.sha256
expect 0 imginfo --verify a.dmg
says stderr 'warning: a.dmg.sha256 says nothing about this file'
mkdir sha256sums
mkfifo SHA512SUMS
expect 0 timeout 20 imginfo --verify a.dmg
rm -r SHA256SUMS sha256sums SHA512SUMS a.dmg.sha256

# ---- every algorithm the lists use, told by the list's name where the length does not ----
for algo in md5 sha1 sha224 sha256 sha384 sha512; do
	"${algo}sum" a.dmg >"$algo.sums"
	cp "$algo.sums" "$(printf %s "$algo" | tr a-z A-Z)SUMS"
done
b2sum a.dmg >b2sums.txt
expect 0 imginfo --json --verify a.dmg
[ "$(grep -c '"evidence"' stdout)" = 7 ] || { cat stdout; fail "seven lists, not as many proofs"; }
says_not stdout '"bad"'
says stdout '"blake2b"'
rm -f ./*SUMS ./*.sums b2sums.txt

# ---- a list instead of an image, as sha256sum -c ----
sha256sum a.dmg b.dmg >list
expect 0 imginfo --verify list
printf 'a.dmg: OK\nb.dmg: OK\n' | diff - stdout || fail "two good files"
[ ! -s stderr ] || fail "talks about a good list"
expect 0 imginfo -q --verify list
[ ! -s stdout ] || fail "-q names files that hold"
mkdir sub
mv list sub
cp a.dmg b.dmg sub
printf x >>sub/b.dmg
expect 4 imginfo --verify sub/list
printf 'a.dmg: OK\nb.dmg: FAILED\n' | diff - stdout || fail "a good and a bad file"
says stderr '1 of 2 files do not have the sum listed'
rm sub/b.dmg
expect 1 imginfo --verify sub/list
says stdout 'b.dmg: FAILED open or read'
expect 0 imginfo --verify --ignore-missing sub/list
[ "$(cat stdout)" = 'a.dmg: OK' ] || fail "--ignore-missing"
rm sub/a.dmg
expect 1 imginfo --verify --ignore-missing sub/list
says stderr 'none of the files it lists is here'
mkfifo sub/a.dmg
expect 1 timeout 20 imginfo --verify sub/list
says stderr 'no ordinary file'
expect 2 imginfo --ignore-missing a.dmg
printf 'some words\n' >notes
expect 3 imginfo --verify notes
printf '%s  a.dmg\nsome words\n' "$good" >notes
expect 3 imginfo --verify notes

# ---- jigdo: the template of a disc has its sum ----
head -c 70000 /dev/urandom >disc.iso
if command -v python3 >/dev/null 2>&1; then
	cat >template.py <<'END'
import hashlib, struct, sys
image = open(sys.argv[1], "rb").read()
six = lambda n: struct.pack("<Q", n)[:6]
kind, total = (5, hashlib.md5) if sys.argv[2] == "md5" else (8, hashlib.sha256)
body = b"\2" + six(1000) + b"\6" + six(len(image) - 1000) + bytes(8 + 16)
body += bytes([kind]) + six(len(image)) + total(image).digest() + struct.pack("<I", 1024)
n = six(len(body) + 16)
open(sys.argv[3], "wb").write(b"JigsawDownload template 1.2 tests \r\n\r\n\r\nDATA" + six(10) + b"DESC" + n + body + n)
END
	for sum in md5 sha256; do
		for name in disc.template disc.iso.template; do
			python3 template.py disc.iso $sum $name || fail "no template"
			expect 0 imginfo -f raw --verify --require=checksum disc.iso
			says stdout "of $name"
			cp disc.iso kept
			printf x | dd of=disc.iso bs=1 seek=5000 conv=notrunc 2>/dev/null
			expect 4 imginfo -f raw --verify disc.iso
			says stderr "that $name lists"
			mv kept disc.iso
			head -c 60 $name >cut && mv cut $name
			expect 0 imginfo -f raw --verify disc.iso
			says stderr "warning: $name: it"
			rm $name
		done
	done
fi
if command -v jigdo-file >/dev/null 2>&1; then
	mkdir parts && head -c 60000 disc.iso >parts/part
	jigdo-file make-template --image=disc.iso --jigdo=disc.jigdo --template=disc.template parts// >/dev/null 2>&1
	expect 0 imginfo -f raw --verify --require=checksum disc.iso
	says stdout 'of disc.template'
	rm disc.template
fi

# ---- a compressed image: the sum of the file, or of what it unpacks to ----
gzip -c a.dmg >packed.dmg.gz
unpacked=$(sha a.dmg) whole=$(sha packed.dmg.gz)
for line in "$unpacked  packed.dmg" "$whole  packed.dmg.gz"; do
	echo "$line" >SHA256SUMS
	expect 0 imginfo --verify --require=checksum packed.dmg.gz
	echo "0000$line" | cut -c5- | sed 's/^..../0000/' >SHA256SUMS
	expect 4 imginfo --verify packed.dmg.gz
done
echo "$unpacked  packed.dmg" >SHA256SUMS
imginfo --verify packed.dmg.gz >stdout
says stdout 'ok      what it unpacks to, SHA-256 of SHA256SUMS'
echo "$whole  packed.dmg.gz" >SHA256SUMS
imginfo --verify packed.dmg.gz >stdout
says stdout 'ok      the file, SHA-256 of SHA256SUMS'
# each under the other's name is wrong
echo "$unpacked  packed.dmg.gz" >SHA256SUMS
expect 4 imginfo --verify packed.dmg.gz
echo "$whole  packed.dmg" >SHA256SUMS
expect 4 imginfo --verify packed.dmg.gz
rm SHA256SUMS

# ---- signatures ----
expect 2 imginfo --keyring k a.dmg
command -v gpg >/dev/null 2>&1 && command -v gpgv >/dev/null 2>&1 || skip "no gpg to sign with"
GNUPGHOME=$PWD/gpg
export GNUPGHOME
mkdir -m 700 gpg
quick() { gpg --batch --quiet --pinentry-mode loopback --passphrase '' "$@" 2>gpg.log || { cat gpg.log; fail "gpg $*"; }; }
quick --quick-generate-key 'Good Maker <good@example.org>' ed25519 sign never
quick --quick-generate-key 'Other One <other@example.org>' ed25519 sign never
quick --export good@example.org >good.gpg
quick --armor --export good@example.org >good.asc
quick --export other@example.org >other.gpg
sha256sum a.dmg >SHA256SUMS
quick -u good@example.org --armor --detach-sign -o SHA256SUMS.asc SHA256SUMS
expect 0 imginfo --verify a.dmg
says stderr 'note: the signature of SHA256SUMS was not checked'
expect 9 imginfo --verify --require=signature a.dmg
says stderr 'no signature vouches for it; --keyring names keys'
for keys in good.gpg good.asc; do
	expect 0 imginfo --verify --keyring $keys --require=signature a.dmg
	says stdout 'ok      SHA256SUMS, OpenPGP signature by Good Maker <good@example.org> (key '
	[ ! -s stderr ] || { cat stderr; fail "talks about a good signature"; }
done
expect 9 imginfo --verify --keyring other.gpg --require=signature a.dmg
says stderr 'which the keyring does not hold'
expect 0 imginfo --verify --keyring good.gpg --require=signature SHA256SUMS
expect 9 imginfo --verify --require=signature SHA256SUMS
printf '%s  other.dmg\n' "$good" >>SHA256SUMS
expect 4 imginfo --verify --keyring good.gpg a.dmg
says stderr 'the signature of SHA256SUMS is bad'
expect 4 imginfo --verify --keyring good.gpg --ignore-missing SHA256SUMS
rm SHA256SUMS*
# clear-signed: a line outside of what was signed proves nothing
sha256sum b.dmg >plain
quick -u good@example.org --clear-sign -o CHECKSUM plain
expect 0 imginfo --verify --keyring good.gpg --require=signature b.dmg
says stdout 'ok      CHECKSUM, OpenPGP signature by Good Maker'
{ printf '%s  a.dmg\n' "$good"; cat CHECKSUM; } >x
mv x CHECKSUM
expect 9 imginfo --verify --keyring good.gpg --require=signature a.dmg
expect 0 imginfo --verify --keyring good.gpg --require=signature b.dmg
rm CHECKSUM
# of the file itself
quick -u good@example.org --detach-sign -o a.dmg.sig a.dmg
expect 0 imginfo --verify --keyring good.gpg --require=signature --json a.dmg
says stdout '"signer": "Good Maker <good@example.org>"'
printf x >>b.dmg
quick -u good@example.org --detach-sign -o b.dmg.sig a.dmg
expect 4 imginfo -f raw --verify --keyring good.gpg b.dmg
says stderr 'the signature of the file is bad'
expect 1 imginfo --verify --keyring nowhere a.dmg
says stderr '--keyring: cannot open nowhere'
