# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the tests of --as mkisofs, behind functions.sh: a small tree with something of everything, and beside it what
# options name.

mkdir -p tree/sub/deep tree/boot other "od=d"
echo hello >tree/hello.txt
echo run >tree/prog
echo deep >tree/sub/deep/file
echo x >tree/sub/x.o
echo "mixed" >"tree/Mixed Case Name.tar.gz"
echo backup >tree/sub/old.bak
echo other >other/two
echo odd >"od=d/three"
ln -s hello.txt tree/link
ln tree/hello.txt tree/sub/hard
chmod 755 tree/prog
chmod 750 tree/sub
chmod 640 tree/hello.txt
chmod 600 tree/sub/x.o
# what starts: programs known by a few bytes, an EFI system partition, boot code for an MBR
bytes() {	# FILE OFFSET BYTES: written over what is there
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
filler() {	# LENGTH LETTER
	head -c "$1" /dev/zero | tr '\0' "$2"
}
filler 3000 i >tree/boot/isolinux.bin
bytes tree/boot/isolinux.bin 64 '\373\300\170\160'
filler 8192 g >tree/boot/grub.img
bytes tree/boot/grub.img 100 'cdrom read fails'
bytes tree/boot/grub.img 2100 'loading'
filler 6000 o >tree/boot/other.bin
filler 432 m >isohdpfx.bin
filler 30 '\220' >nops
{ printf '\063\355'; cat nops; } | dd of=isohdpfx.bin conv=notrunc status=none
bytes isohdpfx.bin 32 '\063\355\372\216\325\274\000\174\373\374'
filler 512 h >hybrid.img
bytes hybrid.img 0 '\353\143'
bytes hybrid.img 300 'GRUB '
bytes hybrid.img 432 '\001\000\000\000\000\000\000\000'
filler 32768 s >area.img
mkdir -p esp/EFI/BOOT
echo program >esp/EFI/BOOT/BOOTX64.EFI
"$top_builddir/tests/unit/fat-tool" make esp tree/boot/efi.img label=ESP || fail fat-tool
cp tree/boot/efi.img efi.img
filler 4096 l >linux.img
dd if=/dev/zero of=floppy.img bs=1024 seek=1440 count=0 status=none
# a disk with one partition
filler 446 d >tree/boot/disk.img
head -c 64 /dev/zero >>tree/boot/disk.img
bytes tree/boot/disk.img 446 '\200\001\001\000\006'
bytes tree/boot/disk.img 510 '\125\252'
# a file that came compressed for zisofs: as Joliet shows one that we compressed
mkdir plain
filler 40000 z >plain/packed
expect 0 imgconv -qq --zisofs --opt joliet=yes plain plain.iso
expect 0 imgconv x -q --view joliet plain.iso -C unpacked
[ "$(wc -c <unpacked/packed)" -lt 1000 ] || fail "nothing was compressed"
cp unpacked/packed tree/packed
echo tree/sub/deep/file 5 >sort.list
echo 'tree/boot/* -3' >>sort.list
printf '7 sub/x.o\n-2 boot\n' >weights.list
printf 'sub/x.o\n*.bak\n' | sed 's,^sub,tree/sub,' >exclude.list
printf 'other\ntree/hello.txt\n' >path.list
printf "other 'tree/hello.txt'\n" >quoted.list
echo tree >path.bad
printf 'gone/x 1\ntree/sub/none 2\n' >gone.list
find . -exec touch -h -d '2020-02-02 02:02:02' {} +
