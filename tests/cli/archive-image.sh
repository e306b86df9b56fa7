#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An archive that holds one image is that image; which one is meant, and what is refused.
. "${top_builddir:-.}/tests/functions.sh"
requires python3 -c pass

sh "$top_srcdir/fixtures/mksplit.sh" disk.img || fail "no disk"
expect 0 imgconv -q disk.img app.dmg

# pack ARCHIVE FILE...: a zip (stored: .store.zip) or a tar by its name
cat >pack.py <<'EOF'
import os, sys, tarfile, zipfile
out, names = sys.argv[1], sys.argv[2:]
every = []
for n in names:
    every.append(n)
    for d, ds, fs in os.walk(n):
        every += [os.path.join(d, x) for x in sorted(ds) + sorted(fs)]
if out.endswith(".zip"):
    how = zipfile.ZIP_STORED if out.endswith(".store.zip") else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", how) as z:
        for n in every:
            z.write(n)
else:
    with tarfile.open(out, "w:" + (out.rsplit(".", 1)[1] if not out.endswith(".tar") else "")) as t:
        for n in every:
            t.add(n, recursive=False)
EOF
pack() {
	python3 pack.py "$@" || fail "cannot pack $1"
}

# opens ARCHIVE: it is the disk
opens() {
	expect 0 imgconv -y -q "$1" out.img
	same out.img disk.img
	expect 0 imginfo "$1"
}

mkdir in __MACOSX
cp app.dmg in/App.dmg
echo 'Read this.' >in/README.txt
echo 0123 >in/App.dmg.sha256
: >in/.DS_Store
echo x >__MACOSX/._App.dmg
for a in a.zip a.store.zip a.tar a.tar.gz a.tar.xz; do
	pack $a in __MACOSX
	opens $a
	says stdout "in/App.dmg"
done
if command -v zstd >/dev/null; then
	zstd -q a.tar -o a.tar.zst
	opens a.tar.zst
fi
expect 0 imginfo --field layers.0.format a.zip
says stdout zip
expect 0 imginfo --field layers.1.format a.zip
says stdout dmg
expect 0 imginfo --field layers.1.format a.tar.gz
says stdout tar
expect 0 imginfo --verify a.zip

# from a pipe and into one; files of it; --dry-run
imgconv -q - out2.img <a.zip || fail "from a pipe"
same out2.img disk.img
imgconv -q - out3.img <a.tar.gz || fail "a compressed tar from a pipe"
same out3.img disk.img
imgconv -q -O raw a.tar - | cmp - disk.img || fail "into a pipe"

# cut into parts, inside and outside; in a bundle's way; compressed twice; an archive in an archive
split -b 3k -d -a 3 --numeric-suffixes=1 app.dmg App.dmg.
pack parts.zip App.dmg.0*
opens parts.zip
says stdout "parts "
pack one.zip App.dmg.001
expect 4 imginfo one.zip
split -b 4k a.zip cut.zip.
opens cut.zip.aa
expect 0 imgconv -q --split 64K --split-names dmgpart -f raw a.tar seg.dmg
gzip -k disk.img
pack gz.zip disk.img.gz
opens gz.zip
pack twice.zip a.zip
opens twice.zip
python3 - <<'EOF'
import os, plistlib
os.makedirs("d/disk.sparsebundle/bands")
d = open("disk.img", "rb").read()
for i in range(0, len(d), 262144):
    open("d/disk.sparsebundle/bands/%x" % (i // 262144), "wb").write(d[i:i + 262144])
with open("d/disk.sparsebundle/Info.plist", "wb") as f:
    plistlib.dump({"CFBundleInfoDictionaryVersion": "6.0", "band-size": 262144, "bundle-backingstore-version": 1,
                   "diskimage-bundle-type": "com.apple.diskimage.sparsebundle", "size": len(d)}, f)
open("d/disk.sparsebundle/token", "w")
EOF
for a in bundle.zip bundle.tar; do
	pack $a d
	opens $a
	says stdout "d/disk.sparsebundle"
done

# a name that tells nothing; one that is told from others by what is in it
cp app.dmg thing
cp in/README.txt other
pack thing.zip thing other
opens thing.zip

# several: named, and chosen by path
cp app.dmg b.dmg
pack several.zip in/App.dmg b.dmg in/README.txt
expect 3 imgconv several.zip x.img
says stderr "more than one image: b.dmg, in/App.dmg"
says stderr "several.zip/b.dmg says which"
expect 3 imginfo several.zip
opens several.zip/b.dmg
opens several.zip/in/App.dmg
opens bundle.tar/d/disk.sparsebundle
opens a.tar.gz/in/App.dmg
expect 0 imgconv -y -q -f dmg several.zip/b.dmg out.img
same out.img disk.img
expect 0 imgconv -y -q -f raw several.zip/b.dmg out.img
same out.img b.dmg
expect 2 imginfo several.zip/none.dmg
says stderr 'no "none.dmg"'
expect 2 imginfo several.zip/in
expect 2 imginfo disk.img/none.dmg
says stderr "is no archive"
expect 1 imginfo nowhere.zip/none.dmg

# none: said as ever; files of an archive still become an image where that is meant
pack texts.zip in/README.txt other
expect 3 imginfo texts.zip
says stderr "looks like a zip archive"
expect 3 imgconv texts.zip x.img
expect 0 imgconv -q texts.zip texts.iso
expect 0 imginfo -l texts.iso
says stdout other
expect 0 imgconv -q a.zip files.iso
expect 0 imginfo -l files.iso
says stdout App.dmg
expect 0 imgconv -q several.zip files.dmg
expect 0 imginfo -l files.dmg
says stdout b.dmg
expect 0 imgconv a.zip more.dmg
says stderr "its files were put in"
expect 0 imginfo -l more.dmg
says stdout README.txt
(cd in && python3 ../pack.py ../alone.zip App.dmg)
expect 0 imgconv -q alone.zip alone.dmg
expect 0 imgconv -y -q alone.dmg out.img
same out.img disk.img
expect 0 imgconv -q -f zip a.zip taken.dmg
expect 0 imgconv -y -q taken.dmg out.img
same out.img disk.img

# damaged, encrypted, cut; names that lead elsewhere; what expands
head -c 2000 a.zip >cut.zip
expect 4 imgconv cut.zip x.img
python3 - <<'EOF'
import zipfile
d = bytearray(open("a.zip", "rb").read())
at = d.find(b"in/App.dmg") + 10 + 2000
for i in range(64):
    d[at + i] ^= 0x55
open("bad.zip", "wb").write(d)
with zipfile.ZipFile("up.zip", "w") as z:
    z.write("app.dmg", "../../escape.dmg")
with zipfile.ZipFile("abs.zip", "w") as z:
    z.write("app.dmg", "/abs.dmg")
import tarfile, io
with tarfile.open("link.tar", "w") as t:
    i = tarfile.TarInfo("App.dmg"); i.type = tarfile.SYMTYPE; i.linkname = "/etc/passwd"; t.addfile(i)
# the flag of encryption, in both headers
d = bytearray(open("alone.zip", "rb").read())
d[6] |= 1
c = d.rfind(b"PK\1\2")
d[c + 8] |= 1
open("locked.zip", "wb").write(d)
# 2 GiB of zeros
z = zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED)
with z.open("disk.img", "w", force_zip64=True) as f:
    f.write(open("disk.img", "rb").read())
    for i in range(256):
        f.write(bytes(1 << 20))
z.close()
EOF
expect 4 imgconv bad.zip x.img
expect 4 imgconv up.zip x.img
says stderr '".."'
opens abs.zip
expect 3 imginfo link.tar
expect 3 imgconv locked.zip x.img
says stderr "encrypted"
expect 0 imgconv -q bomb.zip bomb.img
[ "$(stat -c %s bomb.img)" = $((716800 + 268435456)) ] || fail "the large image has another size"
[ "$(stat -c %b bomb.img)" -lt 4096 ] || fail "zeros were written out"
[ ! -e x.img ] || fail "something was made of what was refused"
[ -z "$(find . -name 'escape*')" ] || fail "a file was written by its name in an archive"
nothing_left

if [ -e "$shared/corpus/john-aj_bundle.zip" ]; then
	expect 0 imgconv -q "$shared/corpus/john-aj_bundle.zip" aj.img
	[ "$(sha aj.img)" = 69fd05ee19642670734e25fd7c5f930fb11bb794bb04eb03411530cf25bd9bb8 ] || fail "aj_bundle.zip: other bytes"
	expect 0 imginfo -l "$shared/corpus/john-aj_bundle.zip"
	says stdout keep-calm-carry-on.jpg
else
	echo "no shared/corpus/john-aj_bundle.zip: left out"
fi
