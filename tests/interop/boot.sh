#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images start, as discs and as sticks, by BIOS and by UEFI: of a GRUB tree and of an isolinux tree, in every layout.

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
boot_can
both_trees grub iso
find grub iso -type f -exec sha256sum {} + | sort >before

# one line each: what is found, nothing named
expect 0 imgconv -q --hybrid grub grub.iso
boot_all grub grub.iso $grub_says $grub_says
expect 0 imgconv -q --hybrid iso iso.iso
boot_all isolinux iso.iso $isolinux_says $grub_says
if grep -q __asan_init "$top_builddir/imgconv"; then
	echo "a build with sanitizers makes the same bytes: other layouts are left to the plain one"
	boot_wait
	exit 0
fi
for profile in debian arch; do
	expect 0 imgconv -q --profile $profile iso $profile.iso
	boot_all $profile $profile.iso $isolinux_says $grub_says
done
expect 0 imgconv -q --profile ubuntu grub ubuntu.iso
boot_all ubuntu ubuntu.iso $grub_says $grub_says
# these differ from the ones above in their partition tables
expect 0 imgconv -q --profile alpine iso alpine.iso
expect 0 imgconv -q --profile fedora grub fedora.iso
boot_start alpine alpine.iso disk bios $isolinux_says
boot_start alpine alpine.iso disk uefi $grub_says
boot_start fedora fedora.iso disk bios $grub_says
boot_start fedora fedora.iso disk uefi $grub_says
# the system partition inside the volume; UDF beside; boot code of the host
expect 0 imgconv -q --hybrid --mbr /usr/lib/grub/i386-pc/boot_hybrid.img --opt esp=inside --udf --apm grub inside.iso
boot_start inside inside.iso disk bios $grub_says
boot_start inside inside.iso disk uefi $grub_says
# no GPT: UEFI takes what the MBR calls ef
expect 0 imgconv -q --hybrid --no-gpt grub mbr.iso
boot_start mbr mbr.iso disk bios $grub_says
boot_start mbr mbr.iso disk uefi $grub_says
# a disc only, everything named
expect 0 imgconv -q -b isolinux/isolinux.bin --boot-efi grub/EFI --boot-catalog isolinux/boot.cat iso disc.iso
boot_start disc disc.iso cd bios $isolinux_says
boot_start disc disc.iso cd uefi $grub_says
boot_wait
find grub iso -type f -exec sha256sum {} + | sort >after
diff before after || fail "the source was changed"
