#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo: what it is, what lies on it, whether it is whole; for people, shells and programs.

. "$top_builddir/tests/functions.sh"
cp "$fixtures"/udif/*.dmg .

expect 0 imginfo udzo.dmg
head -n 1 stdout | grep -qE '^udzo\.dmg: Apple disk image \(UDZO, zlib\), [0-9.]+ KiB holding 20 KiB' ||
	{ cat stdout; fail "first line"; }
[ ! -s stderr ] || fail "talks about a good image"
says_not stdout 'Try'
expect 0 imginfo gpt.dmg
says stdout 'Partitions (GPT, sectors of 512 bytes)'
expect 0 imginfo --partitions mbr.dmg
says stdout 'Partitions (MBR'

# ---- one value ----
[ "$(imginfo --field virtual_size udzo.dmg)" = 20480 ] || fail "--field virtual_size"
[ "$(imginfo --field size udzo.dmg)" = "$(wc -c <udzo.dmg)" ] || fail "--field size"
[ "$(imginfo --field layers.0.variant udzo.dmg)" = udzo ] || fail "--field with a path"
[ "$(imginfo --field variant udzo.dmg udbz.dmg | tr '\n' ' ')" = 'udzo udbz ' ] || fail "--field of two"
expect 1 imginfo --field nonsense udzo.dmg
says stderr 'has no field "nonsense"'

# ---- hashes, the map ----
want=$(awk '$1 == "udzo.dmg" { print $4 }' "$fixtures/udif/EXPECTED.tsv")
expect 0 imginfo --hash sha256 udzo.dmg
[ "$(cat stdout)" = "$want  udzo.dmg" ] || fail "--hash"
expect 0 imginfo --map -v udzo.dmg
awk '$1 == "offset" { on = 1; next } on { if ($1 != at) exit 1; at += $2 } END { exit at != 20480 }' stdout || { cat stdout; fail "--map has gaps"; }
expect 0 imginfo -f raw --hash md5 udzo.dmg
[ "$(cut -d' ' -f1 stdout)" = "$(md5sum <udzo.dmg | cut -d' ' -f1)" ] || fail "-f raw"

# ---- proofs ----
expect 0 imginfo --verify udzo.dmg
says stdout 'master checksum, CRC-32'
expect 0 imginfo --verify --require=checksum udzo.dmg
expect 4 imginfo --verify bad-flip.dmg
says stderr 'imginfo: bad-flip.dmg: block table 0'
imgconv -q gpt.dmg disk.img
expect 0 imginfo --verify disk.img
says stdout 'structure only'
expect 9 imginfo --verify --require=checksum disk.img
says stderr 'imginfo: disk.img: carries no checksum'

# metadata alone: a damaged run is not seen, a damaged table is
expect 0 imginfo --verify --quick udzo.dmg
head -c 3000000 /dev/urandom >big.raw
imgconv -q -f raw -O udro big.raw big.dmg || fail "no big image"
expect 0 imginfo --verify --quick big.dmg
says stdout '--quick leaves the data alone'
says stdout 'ok      master checksum'
printf changed | dd of=big.dmg bs=1 seek=2000000 conv=notrunc 2>/dev/null
expect 0 imginfo --verify --quick big.dmg
expect 4 imginfo --verify big.dmg
expect 2 imginfo --quick udzo.dmg
says stderr '--quick goes with --verify'
expect 2 imginfo --verify --quick --hash md5 udzo.dmg

# ---- what boots ----
expect 0 imginfo --boot udzo.dmg
says stdout 'nothing boots'
head -c 3145728 /dev/zero >boot.img
if command -v sfdisk >/dev/null 2>&1 && command -v mkfs.fat >/dev/null 2>&1 && command -v mmd >/dev/null 2>&1; then
	head -c 1048576 /dev/zero >esp.img
	mkfs.fat esp.img >/dev/null && mmd -i esp.img ::/EFI ::/EFI/BOOT && echo MZ >loader &&
		mcopy -i esp.img loader ::/EFI/BOOT/BOOTX64.EFI || fail "no ESP"
	printf 'label: gpt\nstart=2048, size=2048, type=uefi\nstart=4096, size=100, type=21686148-6449-6E6F-744E-656564454649\n' |
		sfdisk -q boot.img >/dev/null || fail "no GPT"
	dd if=esp.img of=boot.img bs=512 seek=2048 conv=notrunc 2>/dev/null
	printf '\353\143GRUB ' | dd of=boot.img bs=1 conv=notrunc 2>/dev/null
	expect 0 imginfo --boot boot.img
	says stdout 'BIOS yes, UEFI yes'
	says stdout 'code in the MBR: GRUB'
	says stdout "partition 2 holds GRUB's core for a BIOS"
	says stdout 'partition 1 is for UEFI: BOOTX64.EFI'
	[ "$(imginfo --field boot.efi_partitions.0.partition boot.img)" = 1 ] || fail "the EFI partition as a field"
	printf 'label: dos\nstart=2048, size=2048, type=c, bootable\n' | sfdisk -q --wipe always boot.img >/dev/null || fail "no MBR"
	dd if=/dev/zero of=boot.img bs=1 count=440 conv=notrunc 2>/dev/null
	expect 0 imginfo --boot boot.img
	says stdout 'BIOS no'
	says stdout 'partition 1 is active, but the MBR holds no code that would start it'
fi
expect 2 imginfo --boot --partitions udzo.dmg

# ---- the property list, as it stands there ----
expect 0 imginfo --raw-plist udzo.dmg
head -n 1 stdout | grep -q '^<?xml' || fail "no property list"
LC_ALL=C grep -qF "$(sed -n 5p stdout)" udzo.dmg || fail "not as it stands there"
tail -n 1 stdout | grep -q '</plist>' || fail "not all of it"
expect 1 imginfo --raw-plist rsrc.dmg
expect 1 imginfo --raw-plist boot.img -f raw
says stderr 'has no property list'

# ---- several; the worst status counts ----
printf 'words\n' >notes.txt
expect 3 imginfo udzo.dmg notes.txt udbz.dmg
says stdout 'udbz.dmg: Apple disk image'
says stderr 'imginfo: notes.txt: not a disk image'
expect 0 sh -c 'cat udzo.dmg | imginfo -'
"$top_builddir/tests/unit/crypt-tool" image udzo.dmg secret.dmg
expect 5 imginfo secret.dmg
says stdout 'secret.dmg: encrypted'

# ---- names and values cannot drive a terminal ----
evil=$(printf 'e\033]0;x\007\302\233\342\200\256.dmg')
cp udzo.dmg "$evil"
: >"$evil.txt"
for command in "imginfo" "imginfo --json" "imginfo --verify" "imgconv -y -O raw -o x.img"; do
	$command "$evil" >stdout 2>stderr || fail "$command"
	$command "$evil.txt" >>stdout 2>>stderr && fail "$command"
	LC_ALL=C grep -qE "$(printf '[\001-\010\016-\037\177]|\302[\200-\237]|\342\200[\252-\256]')" stdout stderr &&
		fail "$command lets control bytes through"
done
for image in *.dmg; do
	imginfo "$image" >stdout 2>&1
	LC_ALL=C grep -qE "$(printf '[\001-\010\016-\037\177]|\302[\200-\237]|\342\200[\252-\256]')" stdout &&
		fail "$image lets control bytes through"
done
expect 0 env LC_ALL=C imginfo names.dmg
LC_ALL=C grep -q "$(printf '[\200-\377]')" stdout && fail "bytes beyond ASCII in the C locale"

# ---- JSON ----
command -v python3 >/dev/null 2>&1 || skip "no python3 for the JSON"
cat >check.py <<'END'
import json, sys
try:
    import jsonschema
    schema = json.load(open(sys.argv[1]))
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
except ImportError:
    judge = None
    print("no jsonschema: only the syntax is tested")
doc = json.load(sys.stdin)
if judge:
    judge.validate(doc)
for one in doc if isinstance(doc, list) else [doc]:
    assert (one["result"] == "ok") == ("error" not in one), one
if len(sys.argv) > 2:
    assert eval(sys.argv[2]), (sys.argv[2], doc)
END
json() {
	expect "$1" imginfo --json "$2"
	python3 check.py "$top_srcdir/inspect/imginfo.schema.json" "$3" <stdout || { cat stdout; fail "JSON of $2"; }
}
json 0 udzo.dmg 'doc["virtual_size"] == 20480 and doc["layers"][0]["variant"] == "udzo"'
json 0 gpt.dmg 'doc["layers"][1]["format"] == "gpt" and doc["boot"]["bios"] is False'
json 3 notes.txt 'doc["result"] == "not-recognised" and doc["error"]["exit"] == 3'
json 5 secret.dmg 'doc["result"] == "password"'
json 1 missing.dmg 'doc["result"] == "failed" and "size" not in doc["file"]'
json 0 licence.dmg 'doc["layers"][0]["license"] is True'
for image in *.dmg; do
	imginfo -J "$image" >stdout 2>/dev/null
	python3 check.py "$top_srcdir/inspect/imginfo.schema.json" <stdout || { cat stdout; fail "JSON of $image"; }
done
imginfo -J --verify --hash sha256 udzo.dmg |
	python3 check.py "$top_srcdir/inspect/imginfo.schema.json" \
	"all(c['state'] == 'ok' for c in doc['checks']) and doc['hashes']['sha256'] == '$want'" || fail "JSON of --verify"
imginfo -J udzo.dmg notes.txt udbz.dmg 2>/dev/null |
	python3 check.py "$top_srcdir/inspect/imginfo.schema.json" 'len(doc) == 3' || fail "JSON of three"
imginfo -J --map udzo.dmg | python3 -c '
import json, sys
at = 0
for line in sys.stdin:
    run = json.loads(line)
    assert run["offset"] == at, run
    at += run["length"]
assert at == 20480' || fail "JSON of --map"
# every value of the document is a field
imginfo -J --verify gpt.dmg >doc.json
python3 - <<'END' || fail "--field"
import json, subprocess
doc = json.load(open("doc.json"))
def leaves(v, path=()):
    if isinstance(v, (dict, list)):
        for k, c in v.items() if isinstance(v, dict) else enumerate(v):
            yield from leaves(c, path + (str(k),))
    else:
        yield ".".join(path), v
seen = 0
for path, value in leaves(doc):
    if path.startswith("checks") or "." in str(value):
        continue
    said = subprocess.run(["imginfo", "--field", path, "gpt.dmg"], stdin=subprocess.DEVNULL, capture_output=True).stdout.decode()
    want = "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
    assert said == want + "\n", (path, value, said)
    seen += 1
assert seen > 25, seen
END
byte=$(printf 'b\377d.dmg')
cp udzo.dmg "$byte"
imginfo -J "$byte" | python3 check.py "$top_srcdir/inspect/imginfo.schema.json" \
	'__import__("base64").b64decode(doc["file"]["path_b64"]) == b"b\xffd.dmg"' || fail "JSON of a name that is no UTF-8"
exit 0
