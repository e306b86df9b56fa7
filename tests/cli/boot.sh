#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How images start: what -n says, what is refused and in which words, what the source looks like afterwards, and that two
# builds are the same image whatever differs around them.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
fake_tree both
for f in isolinux.bin isohdpfx.bin eltorito.img boot_hybrid.img; do
	find both -name $f -exec cp {} . \;
done
mkdir -p grub iso efi empty
cp -r both/. grub && rm -r grub/isolinux
cp -r both/. iso && rm -r iso/boot iso/EFI
cp -r both/EFI efi
# a FAT image by our own hand: what a disc with one starts
imgconv -q --hybrid --esp-size 1M efi efi.iso || fail "no image for UEFI alone"
expect 0 imgconv -q -P 2 --raw efi.iso efi.img
find both grub iso efi -type f -exec sha256sum {} + | sort >before

# ---- the plan ----

expect 0 imgconv -n --hybrid grub out.iso
for line in 'boot catalog at ' 'boot image 1: bios, boot/grub/i386-pc/eltorito.img: 4.9 KiB at ' 'loads 2 KiB, boot-info-table, grub2-boot-info' \
	'boot image 2: uefi, appended partition 2 (EFI/BOOT): ' 'mbr partition 1: ' 'type 0xee' 'mbr partition 2: 512 bytes at 0, type 0x00 (active)' \
	'gpt partition 1: ' ' at 32768, type ebd0a0a2-b9e5-4433-87c0-68b6b72699c7, ISO9660' 'type c12a7328-f81f-11d2-ba4b-00a0c93ec93b' \
	'BIOS from CD: boot/grub/i386-pc/eltorito.img' "BIOS from USB: boot/grub/i386-pc/eltorito.img, by GRUB's code in the MBR" \
	'UEFI from CD: BOOTX64.EFI (x86-64)' 'UEFI from USB: BOOTX64.EFI (x86-64)'; do
	says stdout "$line"
done
nothing_left out.iso
expect 0 imgconv -n --boot auto --boot-catalog isolinux/boot.cat iso out.iso
says_not stdout 'without a name'
says stdout ', isolinux/boot.cat'
says stdout 'BIOS from CD: isolinux/isolinux.bin'
says stdout 'BIOS from USB: nothing'
says stdout 'UEFI from CD: nothing'
says_not stdout partition
expect 0 imgconv -n --boot-efi both/EFI --gpt empty out.iso
says stdout 'UEFI from USB: BOOTX64.EFI (x86-64)'
expect 0 imgconv -n both out.iso
[ "$(wc -l <stdout)" = 1 ] || { cat stdout; fail "a plan for what starts nothing"; }
expect 0 imgconv -n --json --profile debian both out.iso
if command -v jq >/dev/null 2>&1; then
	jq -e '.boot.firmware.bios_usb and (.boot.entries | length) == 2 and .boot.entries[0].patches == ["boot-info-table"] and
		.boot.catalog.path == "isolinux/boot.cat" and ([.boot.partitions[].table] | unique) == ["apm", "gpt", "mbr"]' \
		stdout >/dev/null || { cat stdout; fail "the plan as a document"; }
fi
# with several loaders the profile says which
expect 0 imgconv -n --profile fedora both out.iso
says stdout 'BIOS from CD: boot/grub/i386-pc/eltorito.img'
says_not stdout active

# what a profile would like for UEFI is no mistake where there is none, and the other way round
for p in debian alpine arch; do
	expect 0 imgconv -n --profile $p iso out.iso
	says stdout 'UEFI from CD: nothing'
	says stdout "by isolinux's code in the MBR"
done
for p in debian arch ubuntu fedora; do
	expect 0 imgconv -n --profile $p efi out.iso
	says stdout 'BIOS from USB: nothing'
	says stdout 'UEFI from USB: BOOTX64.EFI (x86-64)'
	says_not stdout active
done
mkdir bios && cp -r grub/boot bios
for p in ubuntu fedora; do
	expect 0 imgconv -n --profile $p bios out.iso
	says stdout "by GRUB's code in the MBR"
	says stdout 'UEFI from USB: nothing'
done
expect 2 imgconv -n --profile debian --apm iso out.iso
says stderr 'apm does nothing'

# ---- what is refused ----

# refuses TEXT ARGUMENT...: usage, one clear line, nothing written
refuses() {
	text=$1
	shift
	expect 2 imgconv -q "$@" out.iso
	says stderr "$text"
	[ "$(grep -vc '^  hint: ' stderr)" = 1 ] || { cat stderr; fail "more than one line"; }
	nothing_left out.iso
}

refuses 'nothing in the source can be started' --boot auto empty
refuses 'nothing in the source can be started' --hybrid empty
rm -f iso/isolinux/isohdpfx.bin
refuses 'no boot code for the MBR' --hybrid iso
says stderr 'hint: --mbr /usr/lib/ISOLINUX/isohdpfx.bin is Debian'
expect 0 imgconv -q --hybrid --mbr isohdpfx.bin iso out.iso
rm out.iso
cp isohdpfx.bin iso/isolinux/
mkdir nocode && cp -r grub/. nocode && find nocode -name boot_hybrid.img -exec rm {} +
refuses 'no boot code for the MBR' --hybrid nocode
says stderr 'package grub-pc-bin'
refuses 'is none' --mbr isohdpfx.bin -b boot/grub/i386-pc/eltorito.img grub
refuses 'no boot image for BIOS was named' --mbr isohdpfx.bin empty
head -c 400 isohdpfx.bin >short.bin
refuses 'has 400 bytes' --mbr short.bin -b isolinux/isolinux.bin iso
head -c 512 /dev/zero >zeros.bin
refuses 'only zeros' --mbr zeros.bin -b isolinux/isolinux.bin iso
mkdir -p bad/isolinux
head -c 100 isolinux.bin >bad/isolinux/isolinux.bin
refuses 'too few to be ISOLINUX' --boot auto bad
head -c 4096 /dev/zero >bad/isolinux/isolinux.bin
refuses 'is no ISOLINUX' -b isolinux/isolinux.bin bad
mkdir notfat && head -c 4096 /dev/urandom >notfat/efi.img
refuses 'holds no FAT file system' --boot auto notfat
refuses 'holds no FAT file system' --boot-efi efi.img notfat
head -c 500000 efi.img >notfat/efi.img
refuses 'is cut short' --boot auto notfat
refuses 'is an EFI program' --boot-efi EFI/BOOT/BOOTX64.EFI efi
refuses 'has EFI/BOOT/BOOT*.EFI, this has not' --boot-efi iso empty
refuses 'too small' --boot-efi both/EFI --esp-size 2K empty
refuses 'esp-size does nothing' --boot-efi efi.img --esp-size 2M empty
refuses 'apm does nothing' --apm empty
refuses 'contradict' --boot none --boot-efi efi.img empty
refuses 'does nothing without a partition table' --hybrid=no --append-partition 2:efi:efi.img empty
refuses 'from 1 to 8' --append-partition 9:efi:efi.img empty
refuses 'neither in the source nor beside it' --append-partition 2:efi:nowhere empty
refuses 'there is no profile "suse"' --profile suse grub
refuses 'wants a file meta-data' --profile cloud-init grub
refuses 'yes, isohybrid' --hybrid=maybe grub
# a program that is no program starts nothing, which is said; --strict takes no such image
mkdir -p weak/EFI/BOOT && echo text >weak/EFI/BOOT/BOOTX64.EFI
expect 0 imgconv -n --boot auto weak out.iso
says stderr 'warning: EFI/BOOT: UEFI will not start all of BOOTX64.EFI'
expect 4 imgconv -q --strict --boot auto weak out.iso
nothing_left out.iso

# the first part of a loader without the second
mkdir -p half/isolinux
{ cat isolinux.bin; bytes_ 3900 '\001'; printf 'ISOLINUX 6.04 '; } >half/isolinux/isolinux.bin
expect 0 imgconv -n --boot auto half out.iso
says stderr 'warning: isolinux/isolinux.bin: ISOLINUX 6 stops without its ldlinux.c32'
mkdir half/syslinux && : >half/syslinux/ldlinux.c32
expect 0 imgconv -n --boot auto half out.iso
says_not stderr ldlinux

# the source is as it was
rm -f iso/isolinux/boot.cat
find both grub iso efi -type f -exec sha256sum {} + | sort >after
same before after

# ---- the same image, whatever differs around ----

mkdir -p one 'two x'
fake_tree one/tree
cp -r iso/. one/tree/
echo same >one/tree/same && cp one/tree/same one/tree/same2
ln -s data one/tree/link
chmod -R u=rwX,go=rX one/tree
# the other in another order, with other times of folders being read
(cd one && find tree -depth | sort -r | cpio -pdm --quiet "$tmp/two x" 2>/dev/null) || cp -a one/tree 'two x/'
for t in one 'two x'; do
	cp efi.img isohdpfx.bin boot_hybrid.img "$t"
	find "$t/tree" -exec touch -h -t 202101010000 {} +
	mkdir "$t/seed" && echo a >"$t/seed/meta-data" && echo b >"$t/seed/user-data"
	touch -t 202101010000 "$t"/seed/* "$t/seed"
	tar -C "$t/tree" --sort=name --owner=0 --group=0 -cf "$t/tree.tar" .
done
n=0
# again ARGUMENT...: two builds
again() {
	n=$((n + 1))
	(cd one && umask 022 && TZ=UTC LC_ALL=C imgconv -y -qq -T1 "$@" a.iso) || fail "$*"
	(cd 'two x' && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 imgconv -y -qq -T4 "$@" b.iso) || fail "$*"
	cmp one/a.iso 'two x/b.iso' >&2 || fail "two builds differ: $*"
}
again tree
again --udf --opt dedupe=yes tree
again --no-joliet --iso-level 1 tree
again --iso-level 4 --owner keep --mode keep tree
again --owner 5:6 --mode 0640,0750 --opt rock-ridge=no --timestamp 1600000000 tree
again --implant-md5 --hybrid tree
again --opt volume-date=2020010203040500 --opt publisher=P --opt weight=data=5 tree.tar
again --graft efi.img:x/efi.img --exclude 'same*' tree
for p in debian alpine arch ubuntu fedora; do again --profile $p tree; done
again --profile cloud-init seed
again --hybrid --mbr isohdpfx.bin -b isolinux/isolinux.bin --boot-efi efi.img --boot-catalog isolinux/boot.cat tree
again --hybrid=isohybrid --no-gpt --boot auto tree
again --boot-efi tree/EFI --esp-size 40M --gpt --append-partition 4:linux:efi.img tree
again --append-partition 2:0xef:efi.img --apm --boot-efi append:2 --opt gpt-boot=basdat tree
SOURCE_DATE_EPOCH=1500000000
export SOURCE_DATE_EPOCH
again --hybrid --udf tree
# every date in every nested structure: nothing is newer, in the FAT and in the volume
(cd one && expect 0 imgconv -y -q -P 2 --raw a.iso esp.img && imgconv -q x esp.img -C esp) || fail "the EFI system partition"
[ -z "$(find one/esp -mindepth 1 -newermt '2017-07-14 02:40:01 UTC')" ] || fail "a time in the FAT is newer than SOURCE_DATE_EPOCH"
echo "$n pairs"

# ---- the manual's recipes ----

unset SOURCE_DATE_EPOCH
mkdir manual && cd manual || exit 99
cp -r ../both tree
cp ../efi.img tree/boot/efi.img
mkdir seed && echo a >seed/meta-data && echo b >seed/user-data
cp -r ../efi esp
sed -n '/^\.SH EXAMPLES/,/^\.SH DESCRIPTION/s/^\.B \(imgconv .*\.iso\)$/\1/p' "$top_srcdir/man/imgconv.1" |
	sed 's/\\-/-/g; s,/usr/lib/ISOLINUX/,../,' | grep -E 'tree/|seed/|esp/' >recipes
[ "$(wc -l <recipes)" -ge 6 ] || fail "the manual has lost its examples"
while read -r line <&3; do
	expect 0 sh -c "$line"
	image=${line##* }
	expect 0 imginfo --verify "$image"
	case $line in *seed*) ;; *) says stdout 'BOOTX64.EFI (x86-64)' ;; esac
	rm "$image"
done 3<recipes
