#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Apple's code signatures of disk images: described, their hashes recomputed, whose they are; and every way to forge one.

. "$top_builddir/tests/functions.sh"
requires openssl version
requires python3
cp "$fixtures/udif/gpt.dmg" plain.dmg
recipe=$top_srcdir/tests/codesign.py
python3 -B "$recipe" authority ca || fail "no certificates"

# signed NAME [KEY=VALUE...]: NAME.dmg
signed() {
	name_=$1; shift
	python3 -B "$recipe" sign plain.dmg "$name_.dmg" ca "$@" || fail "cannot sign $name_"
}

# proves STATUS NAME [OPTION...]: what --verify --require=signature says of NAME.dmg
proves() {
	status_=$1 name_=$2; shift 2
	expect "$status_" imginfo --verify --require=signature --trust ca/root.pem "$@" "$name_.dmg"
}

# ---- described ----

signed good ticket=yes
expect 0 imginfo --json good.dmg
cp stdout good.json
python3 - <<'END' || fail "not described"
import json
s = json.load(open("good.json"))["layers"][0]["signature"]
assert s["identifier"] == "org.example.signed" and s["team"] == "ABCDE12345" and s["hash"] == "sha256", s
assert s["authorities"] == ["Developer: Good Maker (ABCDE12345)", "Developer Authority", "Fruit Root CA"], s
assert s["signed_at"] == "2020-06-01T12:00:00Z" and s["cms"] and not s["ad_hoc"], s
assert s["ticket"] and not s["timestamp"] and len(s["cdhash"]) == 40, s
END
# the cdhash is that of the code directory
python3 - <<'END' || fail "another cdhash"
import hashlib, json
b = open("good.dmg", "rb").read()
at = b.index(b"\xfa\xde\x0c\x02")
want = hashlib.sha256(b[at:at + int.from_bytes(b[at + 4:at + 8], "big")]).hexdigest()[:40]
assert json.load(open("good.json"))["layers"][0]["signature"]["cdhash"] == want
END

# openssl takes what the recipe makes for a signature
python3 - <<'END'
b = open("good.dmg", "rb").read()
for name, magic, skip in (("directory", b"\xfa\xde\x0c\x02", 0), ("cms", b"\xfa\xde\x0b\x01", 8)):
    at = b.index(magic)
    open(name, "wb").write(b[at + skip:at + int.from_bytes(b[at + 4:at + 8], "big")])
END
openssl cms -verify -binary -inform DER -in cms -content directory -CAfile ca/root.pem -purpose any -ignore_critical \
	-out /dev/null 2>stderr || fail "openssl refuses it: $(cat stderr)"

# ---- whose it is ----

# without roots: signed, no more
expect 0 imginfo --verify good.dmg
says stdout 'ok      code signature, SHA-256'
says stdout 'ok      code signature of the trailer, SHA-256'
says stdout 'not run code signature by Developer: Good Maker (ABCDE12345); signed, chain not checked (--trust names roots)'
expect 9 imginfo --verify --require=signature good.dmg
says stderr '--trust the roots of code signatures'
# with them; by DER; by an authority in the middle; not by others
proves 0 good
says stdout 'ok      code signature by Developer: Good Maker (ABCDE12345)'
[ ! -s stderr ] || fail "talks about a good signature: $(cat stderr)"
proves 0 good --trust ca/root.der
proves 0 good --trust ca/middle.pem
cat ca/other.pem ca/root.pem >both.pem
proves 0 good --trust both.pem
proves 9 good --trust ca/other.pem
says stderr "warning: the code signature's chain does not lead to the certificates of --trust"
expect 0 imginfo --verify --trust ca/other.pem good.dmg
proves 0 good --json
python3 -c '
import json
row = [c for c in json.load(open("stdout"))["checks"] if c["name"] == "code-signature"][0]
assert row["state"] == "ok" and row["chain"] == "trusted" and row["ticket"] is True, row
assert row["team"] == "ABCDE12345" and row["signer"].startswith("Developer: Good"), row' || fail "JSON"

# every hash, pages, two directories, parts beside them
for how in hash=sha1 hash=sha256-160 hash=sha384 hash=sha1,sha256 hash=sha256,sha384,sha1 page=12 'page=12 hash=sha384' \
	entitlements=yes 'hash=sha1,sha256 agility=yes' agility=yes; do
	# shellcheck disable=SC2086 # several words
	signed how $how
	proves 0 how
done
signed how page=12
expect 0 imginfo --verify -v how.dmg
says stdout 'ok      code signature, page 2, SHA-256'

# certificates count today, or when an authority that is trusted too says it was signed
signed late signer=late
proves 9 late
says stderr 'expired'
signed stamped signer=late stamp=yes
proves 0 stamped
proves 9 stamped --trust ca/middle.pem
# not every certificate is for code, and not every mark is known
signed mail signer=mail
proves 9 mail
says stderr "the signer's certificate is not for code"
signed odd signer=odd
proves 9 odd
says stderr 'unhandled critical extension'
# a signature of a part of the image vouches for nothing
signed part limit=5000
proves 9 part
says stderr 'does not cover all of the image'
signed part page=1
proves 9 part
says stderr 'more than the limit of 4096'
signed part damage=pages
proves 9 part
says stderr 'does not fit the image'
signed part trailer=no
proves 9 part
# one of nobody
signed adhoc signer=
expect 0 imginfo --verify adhoc.dmg
proves 9 adhoc

# ---- forged and damaged ----

for what in image page; do
	signed bad damage=$what page=12
	proves 4 bad
	says stderr 'fails its SHA-256'
done
for what in cms-other cms-bit cms-nobody swap; do
	signed bad damage=$what
	proves 4 bad
	says stderr 'bad.dmg: the code signature is bad: '
	says stdout 'BAD     code signature by '
done
signed bad hash=sha1,sha256 agility=wrong
proves 4 bad
says stderr 'it lists other code directories'
for what in cms-cut cms-junk length offset count cut; do
	signed bad damage=$what
	proves 4 bad
	says stderr 'bad.dmg: the code signature is damaged: '
	# which is no reason not to read the image
	expect 0 imginfo bad.dmg
	says stderr 'warning: the code signature is damaged'
	expect 0 imgconv -q -y bad.dmg out.img
done

# ---- lost on the way ----

expect 0 imgconv -y good.dmg out.dmg
says stderr 'note: the code signature is not taken over'
expect 0 imginfo --field layers.0.code_signature out.dmg
[ "$(cat stdout)" = false ] || fail "a signature of another image"
expect 0 imgconv -y good.dmg out.img
says_not stderr 'note:'
expect 0 imgconv -y plain.dmg out.dmg
says_not stderr 'note:'

# ---- the option ----

expect 2 imginfo --trust ca/root.pem good.dmg
says stderr '--trust goes with --verify'
expect 2 imginfo --verify --trust nowhere.pem good.dmg
says stderr '--trust: cannot open nowhere.pem'
expect 2 imginfo --verify --trust good.json good.dmg
says stderr '--trust: good.json holds no certificate'
