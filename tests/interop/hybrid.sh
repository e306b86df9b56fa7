#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Others look at our hybrids: partition tools, FAT checkers, readers of discs, and our own imginfo.  Nobody complains.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
requires xorriso
requires sgdisk
requires sfdisk
requires fsck.fat
requires mcopy
grub_tree grub || skip "GRUB's modules are not installed"
efi_image efi.img grub/EFI/BOOT/BOOTX64.EFI || fail "no FAT image"
isolinux_tree iso efi.img || skip "isolinux is not installed"

# esp IMAGE PROGRAM: the FAT that UEFI starts is whole and holds the program
esp() {
	at=$(xorriso -indev "$1" -report_el_torito plain 2>/dev/null | awk '/^El Torito boot img.*UEFI/ { print $NF, $(NF - 1) }')
	[ -n "$at" ] || fail "$1: no boot image for UEFI"
	dd if="$1" of=esp.img bs=2048 skip="${at% *}" count=$(((${at#* } + 3) / 4)) 2>/dev/null
	truncate -s $((${at#* } * 512)) esp.img
	fsck.fat -n esp.img >log 2>&1 || { cat log; fail "$1: fsck.fat"; }
	mcopy -n -i esp.img ::/EFI/BOOT/BOOTX64.EFI out.efi || fail "$1: mtools do not find the program"
	same out.efi "$2"
	rm -f out.efi
}

# disc IMAGE FILE: readers of discs
disc() {
	xorriso -indev "$1" -check_media -- >log 2>&1 || { cat log; fail "$1: xorriso"; }
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "$1: xorriso finds fault"
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain >report 2>log || fail "$1: xorriso's reports"
	! grep -E 'WARNING|SORRY|FAILURE' log || fail "$1: xorriso's reports find fault"
	command -v isoinfo >/dev/null 2>&1 && {
		isoinfo -d -i "$1" >log 2>&1 || { cat log; fail "$1: isoinfo"; }
		says log 'El Torito VD version 1'
		says log 'Nsect 4'
	}
	command -v 7zz >/dev/null 2>&1 && { 7zz t "$1" >log 2>&1 || { cat log; fail "$1: 7zz"; }; }
	expect 0 imginfo --strict --verify "$1"
	# the file system as others see it is the source's, the one that became a partition too
	rm -rf out && mkdir out
	xorriso -osirrox on -indev "$1" -extract "$2" out/file >log 2>&1 || { cat log; fail "$1: extract $2"; }
}

# gpt IMAGE: a table with which nothing is wrong
gpt() {
	sgdisk -v "$1" >log 2>&1 || { cat log; fail "$1: sgdisk"; }
	says log 'No problems found'
	# an Apple map lies between the header and its array, which sgdisk finds unusual
	! grep -iE 'caution|problem:|error' log || { cat log; fail "$1: sgdisk finds fault"; }
	[ -n "${2-}" ] || ! grep -i 'warning' log || { cat log; fail "$1: sgdisk finds fault"; }
	sfdisk --verify "$1" >log 2>&1 || { cat log; fail "$1: sfdisk"; }
	says log 'No errors detected'
	sgdisk -i 2 "$1" | grep -q 'EFI system partition' || fail "$1: no EFI system partition"
}

for how in "--hybrid" "--profile ubuntu" "--profile fedora" "--hybrid --udf" "--hybrid --apm"; do
	# shellcheck disable=SC2086 # options are words of their own
	expect 0 imgconv -y -qq $how grub a.iso
	case $how in *apm) gpt a.iso apm ;; *) gpt a.iso ;; esac
	disc a.iso /data
	esp a.iso grub/EFI/BOOT/BOOTX64.EFI
done
for how in "--hybrid" "--hybrid --opt dedupe=yes --iso-level 4" "--profile debian" "--profile arch" "--profile alpine"; do
	# shellcheck disable=SC2086
	expect 0 imgconv -y -qq $how iso a.iso
	case $how in --hybrid*) gpt a.iso ;; esac
	disc a.iso /boot/grub/efi.img
	same out/file efi.img
	esp a.iso grub/EFI/BOOT/BOOTX64.EFI
done
# a sum over all of it, tables included; UDF beside all of it
expect 0 imgconv -y -qq --hybrid --udf --implant-md5 grub a.iso
command -v checkisomd5 >/dev/null 2>&1 && { checkisomd5 a.iso >log 2>&1 </dev/null || { cat log; fail checkisomd5; }; }
command -v udfinfo >/dev/null 2>&1 && {
	udfinfo a.iso >log 2>&1 || { cat log; fail udfinfo; }
	! grep -iE 'warning|error' log || fail "udfinfo finds fault"
}
expect 0 imginfo --verify --require=checksum a.iso
# the partition that holds the volume is one by itself
expect 0 imgconv -y -qq --hybrid iso a.iso
expect 0 imgconv -y -qq -P 1 --raw a.iso volume.img
xorriso -indev stdio:volume.img -osirrox on -extract /isolinux/isolinux.cfg cfg >log 2>&1 || { cat log; fail "the partition"; }
same cfg iso/isolinux/isolinux.cfg
xorriso -indev stdio:volume.img -osirrox on -extract /boot/grub/efi.img efi >log 2>&1 || { cat log; fail "a file of the partition"; }
same efi efi.img
# every size of FAT, checked by others
for size in 1M 20M 300M; do
	expect 0 imgconv -y -qq --boot-efi grub/EFI --esp-size $size grub a.iso
	at=$(xorriso -indev a.iso -report_el_torito plain 2>/dev/null | awk '/^El Torito boot img.*UEFI/ { print $NF }')
	dd if=a.iso of=esp.img bs=2048 skip="$at" count=$((${size%M} * 512)) conv=sparse 2>/dev/null
	truncate -s "$size" esp.img
	fsck.fat -n esp.img >log 2>&1 || { cat log; fail "fsck.fat, $size"; }
done
exit 0
