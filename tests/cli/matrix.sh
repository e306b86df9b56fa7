#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Layers in every combination: containers, each encrypted or not, whole or in parts, within each compressor or none.  What
# was written comes back byte for byte, through each of the layers, and goes on from there into another container.
#
# The tables below are all there is to it: a row more is a kind more.

. "$top_builddir/tests/functions.sh"

# container | suffix | options | few: another word for what is below, not within every compressor
cat >containers <<'END'
raw|img||
udrw|dmg|-O udrw|few
udro|dmg|-O udro|
udzo|dmg||
udbz|dmg|-O udbz|few
ulfo|dmg|-O ulfo|few
ulmo|dmg|-O ulmo|
udco|dmg|-O udco|few
sparseimage|sparseimage|--opt band-size=64K|
sparsebundle|sparsebundle|--opt band-size=64K|
simg|simg||
END
# encryption | options; METHOD is one of them in turn
cat >ciphers <<'END'
none|
encrypted|--encrypt=METHOD --new-password-file pw --opt key-rounds=1000
END
# compressor of the stream | suffix | few: not around every container
cat >packs <<'END'
none||
gzip|.gz|
bzip2|.bz2|few
xz|.xz|
zstd|.zst|
END
# parts | options
cat >parts <<'END'
whole|
split|--split 64K
END
# what makes no sense, and is refused with status 2: container encryption compressor parts, * for any
cat >refused <<'END'
sparsebundle * gzip *
sparsebundle * bzip2 *
sparsebundle * xz *
sparsebundle * zstd *
sparsebundle * * split
simg encrypted * *
END

command -v python3 >/dev/null 2>&1 || skip "no python3 to make a disk"
# 320 KiB: noise, text, holes, and a partition so that raw sectors are a disk too
python3 - <<'PY'
import random
r = random.Random(7)
d = bytearray(320 << 10)
d[446:462] = b"\0\0\2\0\x0c\0\0\0" + (1).to_bytes(4, "little") + (639).to_bytes(4, "little"); d[510:512] = b"\x55\xaa"
d[70000:170000] = r.randbytes(100000)
d[200000:260000] = (b"all work and no play " * 10000)[:60000]
d[-100:] = r.randbytes(100)
open("disk.img", "wb").write(d)
PY
printf 'a password\n' >pw
expect 0 imgconv --list-formats
awk '$3 == "yes" || ($2 == "yes" && NF == 2) { print $1 }' stdout >writes

# is_refused CONTAINER CIPHER PACK PARTS
is_refused() {
	while read -r r1 r2 r3 r4; do
		case "$r1" in "$1" | "*") ;; *) continue ;; esac
		case "$r2" in "$2" | "*") ;; *) continue ;; esac
		case "$r3" in "$3" | "*") ;; *) continue ;; esac
		case "$r4" in "$4" | "*") return 0 ;; esac
	done <refused
	return 1
}

n=0 no=0 method=aes-256
# try CONTAINER SUFFIX OPTIONS CIPHER OPTIONS PACK SUFFIX PARTS OPTIONS: there and back, and on into a DMG
try() {
	rm -rf work && mkdir work
	target=work/x.$2$7
	cipher=${5%METHOD*}$method${5#*METHOD}
	[ -n "$5" ] || cipher=
	case $method in aes-256) method=aes-128 ;; *) method=aes-256 ;; esac
	if is_refused "$1" "$4" "$6" "$8"; then
		# shellcheck disable=SC2086
		expect 2 imgconv -q -f raw $3 $cipher $9 disk.img "$target"
		[ -z "$(ls -A work)" ] || fail "$1, $4, $6, $8: something was left: $(ls -A work)"
		no=$((no + 1))
		return
	fi
	# shellcheck disable=SC2086
	expect 0 imgconv -q -f raw $3 $cipher $9 disk.img "$target"
	[ "$8" = whole ] || [ "$(find work -type f | wc -l)" -gt 1 ] || fail "$1, $4, $6, $8: one file"
	[ -e "$target" ] || target=$(find work -type f | LC_ALL=C sort | head -n 1)
	rm -f back.img
	expect 0 imgconv -q --password-file pw "$target" back.img
	cmp back.img disk.img >&2 || fail "$1, $4, $6, $8: other bytes came back"
	n=$((n + 1))
}

while IFS='|' read -r c c_end c_opt c_few <&4; do
	grep -qw "$c" writes || { echo "$c: not written by this build"; continue; }
	while IFS='|' read -r e e_opt <&5; do
		while IFS='|' read -r p p_end p_few <&6; do
			[ "$p" = none ] || [ "$c" = raw ] || [ -z "$c_few$p_few" ] || continue
			while IFS='|' read -r s s_opt <&7; do
				try "$c" "$c_end" "$c_opt" "$e" "$e_opt" "$p" "$p_end" "$s" "$s_opt"
			done 7<parts
		done 6<packs
	done 5<ciphers
done 4<containers
[ $n -gt 80 ] || fail "only $n combinations"
echo "$n combinations, $no refused"

# from one to another: what an encrypted container holds goes into every container, and back
while IFS='|' read -r c c_end c_opt c_few <&4; do
	[ -z "$c_few" ] && grep -qw "$c" writes || continue
	rm -rf one.* two.*
	# shellcheck disable=SC2086
	{
	is_refused "$c" encrypted none whole && lock= || lock="--encrypt --opt key-rounds=1000 --password-file pw"
	expect 0 imgconv -q -f raw $c_opt $lock disk.img "one.$c_end"
	expect 0 imgconv -q --encrypt --opt key-rounds=1000 --password-file pw "one.$c_end" two.sparsebundle
	expect 0 imgconv -q $c_opt -y --password-file pw two.sparsebundle "one.$c_end"
	expect 0 imgconv -q -y "one.$c_end" back.img
	}
	cmp back.img disk.img >&2 || fail "$c: other bytes after three conversions"
done 4<containers
