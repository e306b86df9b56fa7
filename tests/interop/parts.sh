#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Disks made by sfdisk, sgdisk and parted: we list what they list, without a warning.
. "${top_builddir:-.}/tests/functions.sh"
PATH=$PATH:/sbin:/usr/sbin
list=$top_builddir/tests/unit/list-parts
ran=

# ours FILE: "start len" of every partition that is a volume or a container of them, in sectors, in order
ours() {
	"$list" "$1" >out || fail "$1: list-parts fails"
	! grep '^problem' out >&2 || fail "$1: a problem on a good disk"
	awk -v want="$2" '
		$1 == "table" { on = $2 == want; ss = $3 }
		on && $1 == "part" { printf "%d %d %d\n", $2, $3 / ss, $4 / ss }' out
}

# the same from sfdisk; the number is what follows the file's name
sfdisks() {
	sfdisk -d "$1" 2>/dev/null | sed -n 's/^[^ ]*[^0-9]\([0-9][0-9]*\) : start= *\([0-9]*\), size= *\([0-9]*\),.*/\1 \2 \3/p'
}

compare() {
	ours "$1" "$2" >a
	sfdisks "$1" >b
	[ -s b ] || fail "$1: sfdisk lists nothing"
	diff b a >&2 || fail "$1: sfdisk (<) and we (>) differ"
	ran=yes
}

if command -v sfdisk >/dev/null; then
	truncate -s 64M gpt_ mbr_
	truncate -s 256M deep_
	sfdisk -q gpt_ <<-END
		label: gpt
		size=1M, type=U, name="EFI System Partition"
		size=8M, type=48465300-0000-11AA-AA11-00306543ECAC, name="Grüße"
		start=40960, size=2M, attrs=LegacyBIOSBootable
		type=L
	END
	compare gpt_ gpt
	says out 'EFI System Partition'
	says out 'Grüße'
	says out '48465300-0000-11aa-aa11-00306543ecac'
	sfdisk -d gpt_ | sed -n 's/.*uuid=\([0-9A-Fa-f-]*\).*/\1/p' | tr A-F a-f >uuids
	[ "$(wc -l <uuids)" = 4 ] || fail "sfdisk lists no GUIDs"
	while read -r uuid; do says out "$uuid"; done <uuids
	sfdisk -q mbr_ <<-END
		label: dos
		label-id: 0xdeadbeef
		size=4M, type=c, bootable
		size=8M, type=83
		size=30M, type=5
		type=af
		size=4M, type=83
		size=6M, type=82
		type=83
	END
	compare mbr_ mbr
	says out 'deadbeef-07'
	# a long chain (sfdisk stops at 60 partitions)
	{ echo 'label: dos'; echo 'type=5'; i=0; while [ $i -lt 55 ]; do echo 'size=64K, type=83'; i=$((i + 1)); done; } |
		sfdisk -q deep_ || fail "sfdisk cannot make 55 logical partitions"
	compare deep_ mbr
fi

if command -v sgdisk >/dev/null; then
	truncate -s 32M sg_
	sgdisk -Z sg_ >/dev/null 2>&1
	sgdisk -n 1:0:+4M -t 1:ef00 -c 1:boot -n 7:0:+4M -t 7:8300 -c 7:seven sg_ >/dev/null || fail "sgdisk fails"
	ours sg_ gpt >a
	printf '1 2048 8192\n7 10240 8192\n' | diff - a >&2 || fail "sgdisk (<) and we (>) differ"
	# the hybrid MBR of sgdisk: both tables list partition 1
	sgdisk -h 1 sg_ >/dev/null || fail "sgdisk -h fails"
	"$list" sg_ >out
	says out 'volume 1048576 4194304 gpt mbr '
	says_not out 'problem'
	ran=yes
fi

if command -v parted >/dev/null; then
	truncate -s 32M mac_
	parted -s mac_ mklabel mac mkpart primary hfs+ 1MiB 20MiB name 2 Data >/dev/null 2>&1 || fail "parted fails"
	ours mac_ apm >a
	parted -sm mac_ unit s print 2>/dev/null |
		sed -n 's/^\([0-9]*\):\([0-9]*\)s:[0-9]*s:\([0-9]*\)s:.*/\1 \2 \3/p' >b
	[ -s b ] || fail "parted lists nothing"
	while read -r row; do grep -qxF "$row" a || fail "parted has $row, we do not"; done <b
	says out 'Data'
	ran=yes
fi

[ "$ran" ] || skip "neither sfdisk, sgdisk nor parted is installed"
