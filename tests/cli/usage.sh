#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Wrong command lines: exit 2 (or 3 for what this build cannot do yet), one message that says what to type instead, and
# nothing written.

. "$top_builddir/tests/functions.sh"
cp "$fixtures/udif/udzo.dmg" a.dmg

# refused STATUS MESSAGE COMMAND...
refused() {
	status_=$1 message_=$2
	shift 2
	expect "$status_" "$@"
	says stderr "$message_"
	[ ! -s stdout ] || fail "$*: writes on stdout"
}

refused 2 'imgconv: unknown option --voluem; did you mean --volume-icon or --volume?' imgconv --voluem x a.dmg b.img
refused 2 'imgconv: -format: options have two dashes here: -O UDZO or --format UDZO' \
	imgconv a.dmg -format UDZO -o b.img
refused 2 'imgconv: -ov: options have two dashes here: -y or --overwrite' imgconv -ov a.dmg b.img
[ ! -e v ] || fail "-ov wrote a file called v"
refused 2 '--opt compat=1.1' imgconv -o compat=1.1 a.dmg b.img
says stderr '  hint: a file of that name is ./compat=1.1'
refused 2 'imginfo: -plist: options have two dashes here: --json' imginfo -plist a.dmg
refused 2 'unknown option -Z' imgconv -Z a.dmg b.img
refused 2 '--threads: "x" is not a number' imgconv --threads=x a.dmg b.img
refused 2 '--from needs a value (FORMAT)' imgconv a.dmg b.img --from
refused 2 '--raw takes no value' imgconv --raw=1 a.dmg b.img
refused 2 'no target was named' imgconv a.dmg
refused 2 'no source was named' imgconv -o b.img
refused 2 '--sparse and --no-sparse' imgconv -S 4K --no-sparse a.dmg b.img
refused 2 '-S: 100 is no multiple of 512' imgconv -S 100 a.dmg b.img
refused 2 '--json and the image' imgconv --json -O raw a.dmg -
refused 2 '--checksum' imgconv --checksum=md17 a.dmg b.img
refused 2 'sha256 has 64' imgconv --expect sha256:00 a.dmg b.img
refused 2 'cannot tell the format from ".xyz"' imgconv a.dmg b.xyz
says stderr '  hint: add -O; this build writes: dmg'
refused 2 'a pipe has no name' imgconv a.dmg -
refused 2 '-O nonsense: no such format' imgconv -O nonsense a.dmg b.img
refused 2 'unknown source format "nonsense"' imgconv -f nonsense a.dmg b.img
refused 2 'partition 9 not found' imgconv -P 9 "$fixtures/udif/gpt.dmg" b.img
refused 2 'descriptor 77 is not open' imgconv --progress-fd 77 a.dmg b.img
refused 2 'no image was named' imginfo --verify
refused 2 '--require goes with --verify' imginfo --require checksum a.dmg
refused 2 '--field and --json' imginfo --json --field x a.dmg

# how to compress
refused 2 'ULFO opens on macOS 10.11 and later, but --min-macos is 10.9' imgconv --min-macos 10.9 -O ulfo a.dmg b.dmg
says stderr '  hint: -O udzo reaches older systems'
refused 2 'UDZO opens on macOS 10.2 and later, but --min-macos is 10.1' imgconv --min-macos 10.1 a.dmg b.dmg
says stderr '  hint: -O udco reaches older systems'
refused 2 'ULMO opens on macOS 10.15' imgconv --min-macos 10.14.6 --compress xz a.dmg b.dmg
refused 2 '-O udbz and --compress zlib contradict each other' imgconv -O udbz --compress zlib a.dmg b.dmg
refused 2 'zlib has levels 1 to 12, not 13' imgconv --compress zlib:13 a.dmg b.dmg
refused 2 'lzfse has no levels' imgconv --compress=lzfse:1 a.dmg b.dmg
refused 2 'not "zstd"' imgconv --compress zstd a.dmg b.dmg
refused 2 '"x" is not a number' imgconv --compress zlib:x a.dmg b.dmg
refused 2 '-c: UDRO is not compressed' imgconv -c -O udro a.dmg b.dmg
refused 2 'raw sectors cannot be compressed' imgconv -c a.dmg b.img
for version in 9 x 10. .10 10.11.12.13 10..1 1000 '' 10.1x -1; do
	refused 2 'is no version of macOS' imgconv --min-macos="$version" a.dmg b.dmg
done

# known, but of another release
refused 3 'this build cannot write ".qcow2" yet' imgconv a.dmg b.qcow2
refused 3 'this build cannot write vhdx yet' imgconv -O vhdx a.dmg b.vhdx
refused 3 'no file system that this build can read' imgconv a.dmg ./
refused 6 'b.img: lies in the source folder ., and would become part of itself' imgconv . b.img
mkdir folder
refused 2 'raw images may hold any file system' imgconv folder b.img
says stderr '  hint: --fs hfs+, --fs fat32 or --fs iso'
refused 2 'raw images may hold any file system' imgconv a.dmg a.dmg b.img
refused 2 '--fs ext4: hfs+, iso, udf or fat32 is expected' imgconv --fs ext4 folder b.img
refused 2 '--fs hfs+ contradicts the target' imgconv --fs hfs+ folder b.iso
refused 2 'an iso image has none' imgconv --fs iso --partition-map gpt folder b.img
refused 2 '--raw and --repack contradict' imgconv --raw --repack a.dmg b.dmg
refused 7 'the files need a volume of' imgconv --size 100K folder b.dmg
refused 2 'HFS+ has no such detail' imgconv --opt joliet=no folder b.dmg
refused 3 'no ISO 9660 or UDF file system' imgconv a.dmg b.iso
says stderr '  hint: --raw keeps the sectors as they are'
refused 3 'no file system that this build can read' imgconv extract a.dmg b
refused 2 '--encrypt: "rot13" is none of' imgconv --encrypt=rot13 a.dmg b.img
refused 2 'a new password goes with --encrypt only' imgconv --new-password-file f a.dmg b.img
refused 3 'no file system that this build can read' imginfo --list a.dmg
refused 2 'one thing at a time' imginfo --list --map a.dmg
nothing_left b.img b.iso b.qcow2 b.xyz b.dmg

# --as comes first and knows its tools
refused 2 '--as mkfs: imgconv does not stand in for that tool' imgconv --as mkfs
says stderr '  hint: this build knows the words of mkisofs, genisoimage, xorrisofs, xorriso'
refused 2 '--as needs a value' imgconv --as
refused 2 '--as mkisofs: comes first' imgconv a.dmg --as mkisofs b.img
refused 2 'unknown option -vollid of mkisofs; did you mean -volid?' imgconv --as=mkisofs -vollid A a

# contradictions are warnings, and errors with --strict
expect 0 imgconv -O raw a.dmg b.vmdk
says stderr 'warning: the name ends in ".vmdk", but -O raw decides'
refused 2 '--strict was given' imgconv --strict -O raw a.dmg c.vmdk
nothing_left c.vmdk

# a verb is a verb only in front; everything after -- is a name
expect 0 imgconv convert a.dmg d.img
cp a.dmg ./-q
expect 0 imgconv -y -- -q d.img
[ -s stderr ] || fail "-- was ignored: -q was obeyed"
expect 0 imgconv -qy a.dmg -o d.img
[ ! -s stderr ] || fail "-q talks"
IMGCONV_THREADS=abc refused 2 'IMGCONV_THREADS: "abc" is not a number' imgconv a.dmg e.img
