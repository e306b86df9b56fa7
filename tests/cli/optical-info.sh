#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# imginfo on optical discs: volumes, trees, what boots, what is cut, and the proofs.

. "$top_builddir/tests/functions.sh"
command -v python3 >/dev/null 2>&1 || skip "no python3 to make the images"

python3 "$fixtures/mkiso.py" --whole . || fail "cannot make the images"
# the packed UDF images: size, then runs of offset, length, bytes
cat >unpack.py <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
image, at = bytearray(struct.unpack_from("<Q", data)[0]), 8
while at < len(data):
    off, n = struct.unpack_from("<QI", data, at)
    at += 12
    image[off:off + n] = data[at:at + n]
    at += n
open(sys.argv[2], "wb").write(image)
END
for name in plain-102 bridge-102 virtual-200; do
	python3 unpack.py "$fixtures/udf/$name.udfs" $name.udf || fail "cannot unpack $name"
done
cat >judge.py <<'END'
import json, sys
doc = json.load(sys.stdin)
try:
    import jsonschema
    jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(doc)
except ImportError:
    pass
fs = [l for l in doc["layers"] if l["kind"] == "filesystem"]
state = {c["name"]: c["state"] for c in doc["checks"]}
codes = {p["code"] for p in doc["problems"]}
assert eval("(" + sys.argv[2] + ")"), (sys.argv[2], doc)
END

# json STATUS EXPRESSION IMGINFO-ARGUMENT...
json() {
	want=$1 that=$2; shift 2
	expect "$want" imginfo --json "$@"
	python3 judge.py "$top_srcdir/inspect/imginfo.schema.json" "$that" <stdout || fail "JSON of $*"
}

# flip FILE OFFSET: another value for the byte there
flip() {
	python3 - "$1" "$2" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte ^ 0x55]))
END
}

# ---- what it is ----
expect 0 imginfo rr.iso
[ "$(head -n 1 stdout)" = 'rr.iso: ISO 9660 "ROCKRIDGE" (Rock Ridge), 72 KiB, boots BIOS and UEFI' ] ||
	{ cat stdout; fail "first line"; }
says stdout '10 files, 2 directories, 1 link, 1 other (shown)'
says stdout 'boot info table valid'
says stderr 'boot image 2 is for UEFI, but holds no FAT file system'
json 0 'fs[0]["label"] == "ROCKRIDGE" and fs[0]["files"] == 10 and doc["boot"]["bios"] and doc["boot"]["uefi"] and
	[e["platform"] for e in doc["boot"]["entries"]] == ["bios", "uefi"]' rr.iso
[ "$(imginfo --field label rr.iso 2>err)" = ROCKRIDGE ] || fail "--field label"
[ "$(imginfo --field file.mime rr.iso 2>err)" = application/x-iso9660-image ] || fail "the media type of a disc"
json 0 'fs[0]["label"] == "SESSION2" and fs[0]["session"] == 2' joliet.iso
json 0 'fs[0]["label"] == "Joliet" and {t["view"] for t in fs[0]["trees"]} == {"iso", "joliet"}' --session 1 joliet.iso
says stdout iso-trees-differ
json 0 '[t["view"] for t in fs[0]["trees"] if t["shown"]] == ["iso"]' --session 1 --view iso joliet.iso
expect 2 imginfo --view udf rr.iso
expect 0 imginfo plain-102.udf
head -n 1 stdout | grep -q '^plain-102.udf: UDF "Plain é", ' || { cat stdout; fail "first line of UDF"; }
json 0 'len(fs) == 1 and fs[0]["format"] == "udf" and fs[0]["revision"] == "1.02"' plain-102.udf

# ---- proofs ----
for image in rr.iso joliet.iso small.iso plain-102.udf virtual-200.udf; do
	expect 0 imginfo --verify $image
	says stdout 'structure only'
	json 0 'state == {"structure": "ok"}' --verify $image
	expect 9 imginfo --verify --require=checksum $image
done
# the check sum in the catalog's first entry, and the file that the boot info table sums up
cp rr.iso sum.iso
catalog=$(imginfo --field layers.1.el_torito.catalog rr.iso 2>err)
flip sum.iso $((catalog + 28))
expect 0 imginfo sum.iso
says stderr 'warning: the checksum of the boot catalog does not fit'
json 4 'state["structure"] == "bad" and "boot-catalog-checksum" in codes' --verify sum.iso
cp rr.iso table.iso
boot=$(imginfo --field boot.entries.0.offset rr.iso 2>err)
flip table.iso $((boot + 70))
expect 4 imginfo --verify table.iso
says stderr 'imginfo: table.iso: the ISO 9660 structure has'
says stdout 'boot info table invalid'
expect 4 imginfo --strict rr.iso

# ---- cut, broken ----
size=$(wc -c <rr.iso)
head -c $((size - 20480)) rr.iso >cut.iso
expect 0 imginfo cut.iso
head -n 1 stdout | grep -q ', truncated$' || { cat stdout; fail "a cut image"; }
says stderr 'truncated: the volume claims'
json 0 'fs[0]["truncated"] and fs[0]["missing"] == 20480 and fs[0]["cut_file_count"] == len(fs[0]["cut_files"]) > 0' cut.iso
expect 4 imginfo --verify cut.iso
says stderr 'past the end'
cp small.iso lost.iso
flip lost.iso 32768	# the type of the only descriptor
expect 4 imginfo lost.iso
says stdout 'lost.iso: raw image'
json 4 'doc["result"] == "damaged" and fs[0]["format"] == "iso9660"' lost.iso
expect 0 imginfo -f raw lost.iso
says stderr 'ISO 9660: none of the 2 volume descriptors'
expect 4 imginfo -f raw --verify lost.iso
says stdout 'BAD     structure'

# ---- made by others ----
if command -v xorriso >/dev/null 2>&1; then
	mkdir src
	echo hello >src/file
	head -c 4096 /dev/zero >src/boot.bin
	head -c 32768 /dev/zero >mbr
	head -c 70000 /dev/zero | tr '\0' x >esp
	xorriso -as mkisofs -quiet -V HYBRID -J -R -b boot.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
		-append_partition 2 0xef esp -isohybrid-gpt-basdat -G mbr -o hybrid.iso src >log 2>&1 ||
		{ cat log; fail "xorriso"; }
	json 0 'len([f for f in fs if "label" in f]) == 1 and fs[0]["hybrid"] == ["mbr"] and
		{t["view"] for t in fs[0]["trees"]} == {"joliet", "rr"}' hybrid.iso
	expect 0 imginfo --verify hybrid.iso
	head -n 1 stdout | grep -q '"HYBRID" (Joliet, Rock Ridge), ' || { cat stdout; fail "a hybrid"; }
	if command -v implantisomd5 >/dev/null 2>&1; then
		implantisomd5 -f hybrid.iso >log 2>&1 || { cat log; fail "implantisomd5"; }
		json 0 'state == {"implanted-md5": "not-run"} and fs[0]["implanted_md5"]' hybrid.iso
		expect 0 imginfo --verify --require=checksum hybrid.iso
		says stdout 'ok      implanted MD5'
		says stdout 'ok      structure'
		flip hybrid.iso 40000
		json 4 'state == {"implanted-md5": "bad", "structure": "ok"}' --verify hybrid.iso
		expect 4 imginfo --verify hybrid.iso
		says stderr 'implanted MD5 fails'
	fi
fi
exit 0
