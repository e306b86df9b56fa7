# SPDX-License-Identifier: BSD-2-Clause
# Sourced behind functions.sh by tests that start images in an emulated PC: trees with loaders that say something on the
# serial port, and the PC.  It is emulated altogether: /dev/kvm is often there and broken.
# shellcheck shell=sh disable=SC2154 # tmp, shared come from functions.sh

grub_says=grub-has-started
isolinux_says=boot:		# its prompt, once it has read its configuration

# grub_tree FOLDER: GRUB for BIOS (with its code for the MBR) and for UEFI, as a folder EFI/BOOT
grub_tree() {
	[ -d /usr/lib/grub/i386-pc ] && [ -d /usr/lib/grub/x86_64-efi ] || return 1
	mkdir -p "$1/boot/grub/i386-pc" "$1/EFI/BOOT"
	printf 'serial --unit=0 --speed=115200\nterminal_output serial\necho %s\nsleep 60\n' "$grub_says" >early.cfg
	grub-mkimage -O i386-pc-eltorito -p /boot/grub -c early.cfg -o "$1/boot/grub/i386-pc/eltorito.img" \
		biosdisk iso9660 echo serial terminal sleep || return 1
	grub-mkimage -O x86_64-efi -p /boot/grub -c early.cfg -o "$1/EFI/BOOT/BOOTX64.EFI" echo serial terminal sleep || return 1
	cp /usr/lib/grub/i386-pc/boot_hybrid.img "$1/boot/grub/i386-pc/"
	echo data >"$1/data"
}

# isolinux_tree FOLDER [EFI-IMAGE]: isolinux with its code for the MBR, and boot/grub/efi.img
isolinux_tree() {
	[ -r /usr/lib/ISOLINUX/isolinux.bin ] && [ -r /usr/lib/syslinux/modules/bios/ldlinux.c32 ] || return 1
	mkdir -p "$1/isolinux" "$1/boot/grub"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/ISOLINUX/isohdpfx.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$1/isolinux/"
	printf 'SERIAL 0 115200\nPROMPT 1\nTIMEOUT 0\n' >"$1/isolinux/isolinux.cfg"
	[ $# = 1 ] || cp "$2" "$1/boot/grub/efi.img"
	echo data >"$1/data"
}

# efi_image FILE EFI-PROGRAM: a FAT image made by others
efi_image() {
	truncate -s 2M "$1"
	mkfs.vfat "$1" >/dev/null && mmd -i "$1" ::/EFI ::/EFI/BOOT && mcopy -i "$1" "$2" ::/EFI/BOOT/BOOTX64.EFI
}

# both_trees GRUB ISOLINUX: these two, which may be one, with efi.img and the code for the MBR beside them
both_trees() {
	requires grub-mkimage
	requires mkfs.vfat
	requires mcopy
	grub_tree "$1" || skip "GRUB's modules (grub-pc-bin, grub-efi-amd64-bin) are not installed"
	efi_image efi.img "$1/EFI/BOOT/BOOTX64.EFI" || fail "no FAT image"
	isolinux_tree "$2" efi.img || skip "isolinux is not installed"
	cp "$2/isolinux/isohdpfx.bin" "$1/boot/grub/i386-pc/boot_hybrid.img" .
}

# layout_of DISTRIBUTION: how it has xorriso -as mkisofs lay out both_trees
layout_of() {
	isolinux_="-c isolinux/boot.cat -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table"
	grub_="-b boot/grub/i386-pc/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info"
	efi_="-eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot"
	appended_="-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot"
	esp_=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
	case $1 in
	debian)		# debian-cd
		echo "-isohybrid-mbr isohdpfx.bin $isolinux_ $efi_ -isohybrid-gpt-basdat -isohybrid-apm-hfsplus" ;;
	alpine)		# its mkimage
		echo "-isohybrid-mbr isohdpfx.bin $isolinux_ $efi_ -isohybrid-gpt-basdat" ;;
	alpine-efi)	# without isolinux, as for other machines
		echo "-m isolinux -m i386-pc -efi-boot-part --efi-boot-image -e boot/grub/efi.img -no-emul-boot" ;;
	arch)		# archiso: bios.syslinux and uefi.systemd-boot
		echo "-isohybrid-mbr isohdpfx.bin --mbr-force-bootable -partition_offset 16 -append_partition 2 $esp_ efi.img" \
			"$isolinux_ $appended_ -isohybrid-gpt-basdat" ;;
	ubuntu)		# livecd-rootfs
		echo "--grub2-mbr boot_hybrid.img --mbr-force-bootable -partition_offset 16" \
			"-append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b efi.img -appended_part_as_gpt" \
			"-iso_mbr_part_type a2a0d0ebe5b9334487c068b6b72699c7 -c boot.catalog $grub_ $appended_" ;;
	fedora)		# lorax
		echo "--grub2-mbr boot_hybrid.img -partition_offset 16 -append_partition 2 $esp_ efi.img -appended_part_as_gpt" \
			"-iso_mbr_part_type EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 -c boot.catalog $grub_ $appended_" ;;
	esac
}

boot_can() {
	command -v qemu-system-x86_64 >/dev/null 2>&1 || skip "qemu-system-x86 is not installed"
	ovmf_code= ovmf_vars=
	for v_ in _4M ''; do
		[ ! -r "/usr/share/OVMF/OVMF_CODE$v_.fd" ] || {
			ovmf_code=/usr/share/OVMF/OVMF_CODE$v_.fd
			ovmf_vars=/usr/share/OVMF/OVMF_VARS$v_.fd
		}
	done
}

# boots_ IMAGE cd|disk bios|uefi TEXT LOG: does TEXT come out of the serial port?  At most a minute and a half.
boots_() {
	work_=$tmp/pc.$5 limit_=90 seen_=1
	mkdir -p "$work_"
	: >"$work_/serial"
	case $2 in
	cd) set -- "$@" -drive "file=$1,format=raw,if=none,id=d,readonly=on" -device ide-cd,drive=d,bootindex=0 ;;
	disk) set -- "$@" -drive "file=$1,format=raw,if=none,id=d,readonly=on" -device qemu-xhci \
		-device usb-storage,drive=d,bootindex=0 ;;
	esac
	[ "$3" = bios ] || {
		cp "$ovmf_vars" "$work_/vars"
		set -- "$@" -drive "if=pflash,format=raw,readonly=on,file=$ovmf_code" \
			-drive "if=pflash,format=raw,file=$work_/vars"
	}
	text_=$4
	shift 5
	timeout -k 5 "$limit_" qemu-system-x86_64 -accel tcg -m 256 -nodefaults -no-reboot -display none -vga none \
		-serial "file:$work_/serial" "$@" </dev/null >"$work_/out" 2>&1 &
	pc_=$!
	while [ $seen_ = 1 ]; do
		alive_=1
		kill -0 $pc_ 2>/dev/null || alive_=0
		! grep -aqF -e "$text_" "$work_/serial" || seen_=0
		[ $alive_ = 1 ] || break
		sleep 0.2
	done
	kill $pc_ 2>/dev/null
	wait $pc_ 2>/dev/null
	[ $seen_ = 0 ] || { echo "the serial port said:"; tail -c 1000 "$work_/serial" "$work_/out"; }
	rm -rf "$work_"
	return $seen_
}

boot_jobs= boot_n=0

# boot_start NAME IMAGE cd|disk bios|uefi TEXT: begin; at most two run at once
boot_start() {
	[ "$4" = bios ] || [ -n "$ovmf_code" ] || { echo "no ovmf: $1, $3, $4 is left out"; return 0; }
	boot_n=$((boot_n + 1))
	{
		if [ -r "$shared/interop/boot-image.sh" ] && [ $((boot_n % 2)) = 1 ]; then
			bash "$shared/interop/boot-image.sh" "$2" "$3" "$4" "$5" 90
		else
			boots_ "$2" "$3" "$4" "$5" $boot_n
		fi
	} >"boot.$boot_n" 2>&1 &
	boot_jobs="$boot_jobs $!:$boot_n:$1/$3/$4"
	# shellcheck disable=SC2086 # words
	set -- $boot_jobs
	[ $# -lt 2 ] || boot_end
}

# boot_end: wait for the oldest
boot_end() {
	# shellcheck disable=SC2086 # words
	set -- $boot_jobs
	one_=$1
	shift
	boot_jobs=$*
	rest_=${one_#*:}
	wait "${one_%%:*}" || { cat "boot.${rest_%%:*}" >&2; fail "${rest_#*:} does not start"; }
}

# boot_all NAME IMAGE BIOS-TEXT UEFI-TEXT: in all four ways
boot_all() {
	for medium_ in cd disk; do
		boot_start "$1" "$2" $medium_ bios "$3"
		boot_start "$1" "$2" $medium_ uefi "$4"
	done
}

boot_wait() {
	while [ -n "$boot_jobs" ]; do boot_end; done
	echo "$boot_n starts"
}

# ---- loaders that are none, for tests that start nothing: what they are known by ----

# bytes N OCTAL
bytes_() { head -c "$1" /dev/zero | tr '\000' "$2"; }

# fake_tree FOLDER: both loaders, with their code for the MBR, and a program for UEFI
fake_tree() {
	mkdir -p "$1/isolinux" "$1/boot/grub/i386-pc" "$1/EFI/BOOT"
	{ bytes_ 64 '\151'; printf '\373\300\170\160'; bytes_ 4028 '\001'; } >"$1/isolinux/isolinux.bin"
	{ printf '\063\355'; bytes_ 30 '\220'; printf '\063\355\372\216\325\274\000\174\373\374'; bytes_ 390 '\220'; } \
		>"$1/isolinux/isohdpfx.bin"
	{ bytes_ 1000 '\002'; printf 'cdrom read fails'; bytes_ 1032 '\002'; printf loading; bytes_ 2947 '\002'; } \
		>"$1/boot/grub/i386-pc/eltorito.img"
	{ printf '\353\143'; bytes_ 382 '\220'; printf 'GRUB '; bytes_ 43 '\220'; printf '\001'; bytes_ 77 '\000'
	  printf '\125\252'; } >"$1/boot/grub/i386-pc/boot_hybrid.img"
	{ printf 'MZ'; bytes_ 58 '\000'; printf '\200\000\000\000'; bytes_ 64 '\000'; printf 'PE\000\000\144\206'
	  bytes_ 4000 '\003'; } >"$1/EFI/BOOT/BOOTX64.EFI"
	echo data >"$1/data"
}
