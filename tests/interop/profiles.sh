#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Profiles against xorriso with the options the distributions use, on the same files: El Torito, MBR, GPT and APM field by
# field, as xorriso reports them.  Every difference that is meant stands here, with its reason.
# shellcheck disable=SC2046 # layouts are words

. "$top_builddir/tests/functions.sh"
. "$top_srcdir/tests/boot.sh"
requires xorriso
requires python3
both_trees tree tree
facts() {
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain 2>log >report || { cat log; fail "xorriso: $1"; }
	python3 "$top_srcdir/tests/interop/profiles.py" <report
}

# differs NAME OUR-OPTIONS -- XORRISO-OPTIONS, and what may differ on standard input: lines of diff
differs() {
	name=$1
	shift
	ours=
	while [ "$1" != -- ]; do ours="$ours $1"; shift; done
	shift
	# shellcheck disable=SC2086 # options are words
	expect 0 imgconv -y -qq $ours tree ours.iso
	xorriso -as mkisofs -quiet -V ISOIMAGE -J -R -o theirs.iso "$@" tree >log 2>&1 || { cat log; fail "xorriso: $name"; }
	facts ours.iso >ours
	facts theirs.iso >theirs
	grep -v '^#' | sort >meant
	diff theirs ours | grep '^[<>]' | sort >found
	diff meant found >odd || { cat odd; fail "$name: '<' is meant and did not come, '>' was not meant"; }
}

# Everywhere: xorriso fills the space before the volume with 248 entries (208 behind an Apple map), tools expect 128; the
# first usable sector is behind them, which saves sgdisk a warning.
differs debian --profile debian -- $(layout_of debian) <<'END'
< gpt entries 208
< gpt first usable 64
> gpt entries 128
> gpt first usable 44
END
differs alpine --profile alpine -- $(layout_of alpine) <<'END'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
differs alpine-efi --profile alpine --exclude isolinux --exclude i386-pc --opt boot-catalog=boot.catalog -- $(layout_of alpine-efi) <<'END'
# nobody asked for partitions of what lies between partitions
< gpt 1 Gap0 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is sector 64 up to what UEFI starts
< gpt 2 EFI boot partition type 28732ac11ff8d211ba4b00a0c93ec93b flags 0x1000000000000001 is what UEFI starts
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
> gpt 1 EFI boot partition type 28732ac11ff8d211ba4b00a0c93ec93b flags 0x1000000000000001 is what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
differs arch --profile arch -- $(layout_of arch) <<'END'
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
# archiso: UEFI only
differs arch-efi --profile arch --exclude isolinux --exclude i386-pc -- -m isolinux -m i386-pc -partition_offset 16 \
	-append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B efi.img -appended_part_as_gpt \
	-c boot.cat -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot <<'END'
# no padding behind the partition, so no partition of padding
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
differs ubuntu --profile ubuntu -- $(layout_of ubuntu) <<'END'
# no padding behind the partition, so no partition of padding
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
differs fedora --profile fedora -- $(layout_of fedora) <<'END'
# no padding behind the partition, so no partition of padding
< gpt 3 Gap1 type a2a0d0ebe5b9334487c068b6b72699c7 flags 0x1000000000000001 is what follows what UEFI starts
< gpt entries 248
< gpt first usable 64
> gpt entries 128
> gpt first usable 34
END
# Microsoft's own discs: El Torito only
mkdir tree/sources
{ printf 'no real boot program: BOOTMGR'; head -c 4067 /dev/zero; } >tree/boot/etfsboot.com
cp efi.img tree/boot/efisys.bin
differs windows --profile windows --no-udf --exclude efi.img -- -m efi.img -b boot/etfsboot.com -no-emul-boot \
	-boot-load-size 8 -eltorito-alt-boot -e boot/efisys.bin -no-emul-boot <<'END'
# they do not show their catalog, and nor do we
< catalog /boot.catalog
> catalog None
END
# a seed starts nothing; what counts is the label and the two files
mkdir seed
echo instance-id: x >seed/meta-data
echo '#cloud-config' >seed/user-data
expect 0 imgconv -q --profile cloud-init seed seed.iso
xorriso -as mkisofs -quiet -V cidata -J -R -o theirs.iso seed >log 2>&1 || { cat log; fail "xorriso: a seed"; }
for view in iso joliet rr; do
	for file in user-data meta-data; do
		[ $view = iso ] || expect 0 imginfo --view $view --cat $file seed.iso
		[ $view = iso ] || same stdout seed/$file
	done
done
for image in seed theirs; do
	xorriso -indev $image.iso -pvd_info 2>/dev/null | grep -i '^Volume Id' >$image.id
	xorriso -indev $image.iso -report_el_torito plain 2>/dev/null >$image.boot
done
says seed.id cidata
same seed.id theirs.id
same seed.boot theirs.boot
