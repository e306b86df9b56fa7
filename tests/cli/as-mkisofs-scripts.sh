#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What build scripts say to mkisofs, genisoimage and xorriso: each gives, byte for byte, the image that our own options
# describe.  The words are those of the scripts; the names of files are those of a small tree.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/cli/mkisofs-tree.sh"
mkdir tools esptree
for tool in mkisofs genisoimage xorrisofs xorriso; do
	ln -s "$(command -v imgconv)" tools/$tool
done
PATH=$tmp/tools:$PATH
echo seed >user-data
echo meta >meta-data
cp tree/boot/efi.img esptree/efiboot.img
printf './boot/isolinux.bin 100\n./sub/deep 50\n' >iso.sort
printf 'sub=tree/sub\nboot=tree/boot\nhello.txt=tree/hello.txt\n' >pathlist
find . -exec touch -h -d '2020-02-02 02:02:02' {} +

esp=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
isolinux='-b boot/isolinux.bin -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table'
grub='-b boot/grub.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info'
efi='-eltorito-alt-boot -e boot/efi.img -no-emul-boot'
appended='-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot'
# what holds in all of them, in our words
u='--opt pad=yes --no-udf'
x="$u --opt system-id="	# of xorriso
keep='--owner keep --mode keep'
ourlinux='--boot-bios boot/isolinux.bin --boot-catalog boot/boot.cat'

tried=0
# script NAME COMMAND...: makes theirs.iso
script() {
	name_=$1
	shift
	rm -f theirs.iso
	case $1 in
	sh) expect 0 "$@" ;;
	*) expect 0 "$@" -o theirs.iso ;;
	esac
}
# means WORDS...: what that was in our words
means() {
	rm -f ours.iso
	expect 0 imgconv -qq "$@" ours.iso
	cmp theirs.iso ours.iso >&2 || fail "$name_: is not what is meant: imgconv $*"
	expect 0 imginfo --verify theirs.iso
	tried=$((tried + 1))
}

# ---- data ----

script cloud-init genisoimage -volid cidata -joliet -rock user-data meta-data
means $u --iso-level 1 $keep -V cidata user-data meta-data
# nova's config drive
script openstack genisoimage -ldots -allow-lowercase -allow-multidot -l -publisher OpenStack -quiet -J -r -V config-2 tree
means $u --iso-level 2 --opt publisher=OpenStack -V config-2 tree
# cd_files
script packer xorriso -as genisoimage -rock -joliet -volid cidata other
means $x $keep -V cidata other
script bundle genisoimage -JRVUTILS tree
means $u --iso-level 1 $keep -V UTILS tree

# ---- isolinux ----

# live-build; debian-cd for amd64 says the same but for -partition_offset
script debian xorriso -as mkisofs -R -r -J -joliet-long -l -cache-inodes -iso-level 3 -isohybrid-mbr isohdpfx.bin \
	-partition_offset 16 -A 'Debian Live' -p 'live-build 20230502' -publisher 'Debian Live project' -V 'Debian bookworm' \
	$isolinux $efi -isohybrid-gpt-basdat -isohybrid-apm-hfsplus tree
means $x --mbr isohdpfx.bin --opt partition-offset=16 --opt application='Debian Live' --opt preparer='live-build 20230502' \
	--opt publisher='Debian Live project' -V 'Debian bookworm' $ourlinux --boot-efi boot/efi.img --opt gpt-boot=basdat \
	--opt apm-boot=hfs tree
# Clonezilla has the entry for UEFI by --efi-boot
script clonezilla xorriso -as mkisofs -R -r -J -joliet-long -l -cache-inodes -iso-level 3 -isohybrid-mbr isohdpfx.bin \
	-partition_offset 16 -A X -V CLONEZILLA $isolinux -eltorito-alt-boot --efi-boot boot/efi.img -isohybrid-gpt-basdat \
	-isohybrid-apm-hfsplus tree
means $x --mbr isohdpfx.bin --opt partition-offset=16 --opt application=X -V CLONEZILLA $ourlinux --boot-efi boot/efi.img \
	--opt gpt-boot=basdat --opt apm-boot=hfs tree
# mkarchiso with isolinux and UEFI, and for UEFI alone
script arch xorriso -no_rc -as mkisofs -iso-level 3 -full-iso9660-filenames -joliet -joliet-long -rational-rock \
	-volid ARCH_202601 -appid 'Arch Linux Live/Rescue DVD' -publisher 'Arch Linux <https://archlinux.org>' \
	-preparer 'prepared by mkarchiso' -isohybrid-mbr isohdpfx.bin --mbr-force-bootable -partition_offset 16 \
	-eltorito-boot boot/isolinux.bin -eltorito-catalog boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
	-append_partition 2 $esp efi.img $appended tree
means $x -V ARCH_202601 --opt application='Arch Linux Live/Rescue DVD' --opt preparer='prepared by mkarchiso' \
	--opt publisher='Arch Linux <https://archlinux.org>' --mbr isohdpfx.bin --opt mbr-bootable=yes \
	--opt partition-offset=16 $ourlinux --append-partition 2:efi:efi.img --boot-efi append:2 tree
script arch-uefi xorriso -no_rc -as mkisofs -iso-level 3 -full-iso9660-filenames -joliet -joliet-long -rational-rock \
	-volid ARCH -partition_offset 16 -append_partition 2 $esp efi.img -appended_part_as_gpt $appended tree
means $x -V ARCH --opt partition-offset=16 --append-partition 2:efi:efi.img --gpt --boot-efi append:2 \
	--boot-catalog boot.catalog tree
# Alpine's mkimage for BIOS and UEFI, and for UEFI alone
script alpine xorrisofs -quiet -full-iso9660-filenames -joliet -rational-rock -sysid LINUX -volid 'alpine-std 3.20 x86_64' \
	-isohybrid-mbr isohdpfx.bin -eltorito-boot boot/isolinux.bin -eltorito-catalog boot/boot.cat -no-emul-boot \
	-boot-load-size 4 -boot-info-table $efi -isohybrid-gpt-basdat -follow-links tree
means $u --opt system-id=LINUX -V 'alpine-std 3.20 x86_64' --mbr isohdpfx.bin $ourlinux --boot-efi boot/efi.img \
	--opt gpt-boot=basdat --follow-links tree
script alpine-uefi xorrisofs -quiet -full-iso9660-filenames -joliet -rock -volid alpine -efi-boot-part --efi-boot-image \
	-e boot/efi.img -no-emul-boot -follow-links tree
means $x $keep -V alpine --boot-efi boot/efi.img --opt gpt-boot=efi --boot-catalog boot.catalog --follow-links tree
# Slackware: a list of weights, and a folder that stays out, both as paths of the host
script slackware sh -c 'cd tree && exec "$@" -o ../theirs.iso' sh xorriso -as mkisofs -iso-level 3 -full-iso9660-filenames -R -J -A 'Slackware Install' -hide-rr-moved -v -d -N \
	-eltorito-boot boot/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table -sort ../iso.sort -b boot/isolinux.bin \
	-preparer 'Built for Slackware' -publisher 'The Slackware Linux Project' -V SlackDVD -x ./sub/x.o -c boot/boot.cat \
	-eltorito-alt-boot -no-emul-boot -e boot/efi.img .
means $x $keep --opt application='Slackware Install' --opt weight=boot/isolinux.bin=100 --opt weight=sub/deep=50 \
	--opt preparer='Built for Slackware' --opt publisher='The Slackware Linux Project' -V SlackDVD --exclude /sub/x.o \
	$ourlinux --boot-efi boot/efi.img tree
# NixOS: dates and GUID in xorriso's own words, everything by a list of graft points
script nixos xorriso -boot_image any gpt_disk_guid=2303cd2a-73c7-424a-a298-25632da7f446 -volume_date all_file_dates =315532800 \
	-as mkisofs -iso-level 3 -volid nixos -appid nixos -publisher nixos -graft-points -full-iso9660-filenames -joliet \
	$isolinux -isohybrid-mbr isohdpfx.bin $efi -isohybrid-gpt-basdat -r -path-list pathlist --sort-weight 0 / \
	--sort-weight 1 /boot
means $x --opt gpt-disk-guid=2303cd2a-73c7-424a-a298-25632da7f446 --opt file-date=315532800 -V nixos --opt application=nixos \
	--opt publisher=nixos $ourlinux --mbr isohdpfx.bin --boot-efi boot/efi.img --opt gpt-boot=basdat \
	--opt weight=/=0 --opt weight=/boot=1 --graft tree/sub:sub --graft tree/boot:boot --graft tree/hello.txt:hello.txt
# RHEL's old recipe, Knoppix, Android-x86, coreos-assembler, VMware's for ESXi
script rhel mkisofs -U -r -v -T -J -joliet-long -V 'RHEL-7' -volset 'RHEL-7' -A 'RHEL-7' $isolinux $efi tree
means $u --iso-level 1 -V RHEL-7 --opt volume-set=RHEL-7 --opt application=RHEL-7 $ourlinux --boot-efi boot/efi.img tree
script knoppix mkisofs -pad -l -r -J -v -V KNOPPIX $isolinux -hide-rr-moved tree
means $u --iso-level 2 -V KNOPPIX $ourlinux tree
script android genisoimage -vJURT $isolinux $efi -input-charset utf-8 -V Android tree
means $u --iso-level 1 $keep -V Android $ourlinux --boot-efi boot/efi.img tree
script coreos genisoimage -verbose -V fedora-coreos -volset fedora-coreos -rational-rock -J -joliet-long \
	-eltorito-boot boot/isolinux.bin -eltorito-catalog boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
	-eltorito-alt-boot -efi-boot boot/efi.img -no-emul-boot tree
means $u --iso-level 1 -V fedora-coreos --opt volume-set=fedora-coreos $ourlinux --boot-efi boot/efi.img tree
script esxi genisoimage -relaxed-filenames -J $isolinux -eltorito-alt-boot -eltorito-platform efi -b boot/efi.img -no-emul-boot tree
means $u --iso-level 1 --opt rock-ridge=no -V CDROM $ourlinux --boot-efi boot/efi.img tree

# ---- GRUB ----

ourgrub='--boot-bios boot/grub.img'
sectors=$(($(wc -c <efi.img) / 512))
# Ubuntu since 22.04, as livecd-rootfs has it and as -report_el_torito as_mkisofs tells it
script ubuntu xorriso -as mkisofs -r -V 'Ubuntu 24.04' -J -joliet-long -l --grub2-mbr hybrid.img -partition_offset 16 \
	--mbr-force-bootable -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b efi.img -appended_part_as_gpt \
	-iso_mbr_part_type a2a0d0ebe5b9334487c068b6b72699c7 -c /boot.catalog $grub -eltorito-alt-boot \
	-e --interval:appended_partition_2_start_717863s_size_${sectors}d:all:: -no-emul-boot -boot-load-size $sectors tree
means $x -V 'Ubuntu 24.04' --mbr hybrid.img --opt grub2-mbr=yes --opt partition-offset=16 --opt mbr-bootable=yes \
	--append-partition 2:c12a7328-f81f-11d2-ba4b-00a0c93ec93b:efi.img --gpt \
	--opt mbr-iso-type=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7 --boot-catalog /boot.catalog $ourgrub --boot-efi append:2 \
	--opt boot-load-size=$sectors tree
# Fedora: lorax
script fedora xorrisofs -R -J -V 'Fedora-E-dvd-x86_64-41' --grub2-mbr hybrid.img -partition_offset 16 -appended_part_as_gpt \
	-append_partition 2 $esp efi.img -iso_mbr_part_type EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 -c boot.cat --boot-catalog-hide \
	$grub $appended -graft-points tree images=esptree/efiboot.img EFI/BOOT=esp/EFI/BOOT
means $x $keep -V 'Fedora-E-dvd-x86_64-41' --mbr hybrid.img --opt grub2-mbr=yes --opt partition-offset=16 --gpt \
	--append-partition 2:efi:efi.img --opt mbr-iso-type=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7 $ourgrub --boot-efi append:2 \
	--graft tree:/ --graft esptree/efiboot.img:images --graft esp/EFI/BOOT:EFI/BOOT
# Proxmox; grub-mkrescue without its HFS+; Limine without
script proxmox xorriso -as mkisofs -r -V PVE --grub2-mbr hybrid.img --protective-msdos-label -efi-boot-part --efi-boot-image \
	-c /boot/boot.cat $grub -eltorito-alt-boot -e boot/efi.img -no-emul-boot tree
means $x --no-joliet -V PVE --mbr hybrid.img --opt grub2-mbr=yes --opt mbr-table=yes --boot-catalog boot/boot.cat $ourgrub \
	--boot-efi boot/efi.img --opt gpt-boot=efi tree
script grub-mkrescue xorriso -as mkisofs -graft-points $grub --grub2-mbr hybrid.img --efi-boot boot/efi.img -efi-boot-part \
	--efi-boot-image --protective-msdos-label -r tree --sort-weight 0 / --sort-weight 1 /boot
means $x --no-joliet -V ISOIMAGE $ourgrub --mbr hybrid.img --opt grub2-mbr=yes --boot-efi boot/efi.img --opt gpt-boot=efi \
	--opt mbr-table --boot-catalog boot.catalog --opt weight=/=0 --opt weight=boot=1 tree
script limine xorriso -as mkisofs -R -r -J -b boot/other.bin -no-emul-boot -boot-load-size 4 -boot-info-table --efi-boot \
	boot/efi.img -efi-boot-part --efi-boot-image --protective-msdos-label tree
means $x -V ISOIMAGE --boot-bios boot/other.bin --opt boot-load-size=4 --opt boot-info-table --boot-efi boot/efi.img \
	--opt gpt-boot=efi --opt mbr-table --boot-catalog boot.catalog tree
# OpenWrt; the tutorials' GRUB legacy
script openwrt mkisofs -R -b boot/grub.img -no-emul-boot -boot-info-table tree
means $u --no-joliet --iso-level 1 $keep -V CDROM --boot-bios boot/grub.img --opt boot-load-size=full --opt grub2-boot-info=no \
	--boot-catalog boot.catalog tree
script tutorial genisoimage -R -b boot/other.bin -no-emul-boot -boot-load-size 4 -A os -input-charset utf8 -quiet \
	-boot-info-table tree
means $u --no-joliet --iso-level 1 $keep -V CDROM --boot-bios boot/other.bin --opt boot-load-size=4 --opt boot-info-table \
	--opt application=os --boot-catalog boot.catalog tree

# ---- Windows ----

script windows mkisofs -b boot/other.bin -no-emul-boot -boot-load-seg 0x07C0 -boot-load-size 8 -c BOOT.CAT -iso-level 4 -J -l \
	-D -N -joliet-long -relaxed-filenames -v -V Custom -udf -eltorito-alt-boot -eltorito-platform 0xEF \
	-eltorito-boot boot/efi.img -no-emul-boot tree
means --opt pad=yes --udf $keep --iso-level 4 --opt rock-ridge=no -V Custom --boot-bios boot/other.bin \
	--opt boot-load-segment=1984 --opt boot-load-size=8 --boot-catalog BOOT.CAT --boot-efi boot/efi.img tree

[ "$tried" = 25 ] || fail "only $tried scripts were tried"
exit 0
