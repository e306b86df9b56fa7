#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# "imgconv --as mkisofs": every option of its list gives, byte for byte, what our own options give, or is refused by name.

. "$top_builddir/tests/functions.sh"

. "$top_srcdir/tests/cli/mkisofs-tree.sh"

# what they do without being asked, in our words
plain='-V CDROM --iso-level 1 --opt rock-ridge=no --no-joliet --no-udf --opt pad=yes --owner keep --mode keep'
rr='-V CDROM --iso-level 1 --no-joliet --no-udf --opt pad=yes --owner keep --mode keep'
uni='-V CDROM --iso-level 1 --no-joliet --no-udf --opt pad=yes'

isolinux='-b boot/isolinux.bin -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table'
ourlinux='--boot-bios boot/isolinux.bin --boot-catalog boot/boot.cat'
grub='-b boot/grub.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info'
ourgrub='--boot-bios boot/grub.img --boot-catalog boot/boot.cat'

# A line for every row: option | their words | ours.
cat >rows <<'ROWS'
-o | -o a.iso tree | PLAIN tree
-graft-points | -graft-points 'b\=c/=tree/hello.txt' sub=tree/sub 'od\\e/x=od=d/three' | PLAIN --graft tree/hello.txt:/b=c/ --graft tree/sub:sub --graft od=d/three:'od\e/x'
-path-list | -path-list path.list tree/prog | PLAIN --graft tree/prog:prog --graft other:/ --graft tree/hello.txt:hello.txt
-quoted_path_list | -quoted_path_list quoted.list | PLAIN other tree/hello.txt
-root | -root a/b tree other/two | PLAIN --graft tree:/a/b --graft other/two:/a/b/
-f | -f -R tree | RR --follow-links tree
-m | -m x.o -m ./tree/s*/deep tree | PLAIN --exclude x.o --exclude '/s*/deep' tree
-exclude-list | -exclude-list exclude.list tree | PLAIN --exclude '/sub/x.o' --exclude '*.bak' tree
-hide | -hide x.o -hide ./tree/b* -J tree | PLAIN --opt hide-iso=x.o --opt 'hide-iso=/b*' --opt joliet=yes tree
-hide-list | -hide-list exclude.list -J tree | PLAIN --opt hide-iso=/sub/x.o --opt 'hide-iso=*.bak' --opt joliet=yes tree
-hide-joliet | -hide-joliet sub -J tree | PLAIN --opt hide-joliet=sub --opt joliet=yes tree
-hide-joliet-list | -hide-joliet-list exclude.list -J -R tree | RR --opt hide-joliet=/sub/x.o --opt 'hide-joliet=*.bak' --opt joliet=yes tree
-hidden | -hidden x.o tree | PLAIN --opt hidden=x.o tree
-hidden-list | -hidden-list exclude.list tree | PLAIN --opt hidden=/sub/x.o --opt 'hidden=*.bak' tree
-no-bak | -no-bak tree | PLAIN --exclude '*.bak' tree
-sort | -sort sort.list tree | PLAIN --opt weight=sub/deep/file=5 --opt 'weight=boot/*=-3' tree
-sort-weight | -sort-weight 7 /sub/x.o -sort-weight -2 boot tree | PLAIN --opt weight=sub/x.o=7 --opt weight=boot=-2 tree
-sort-weight-list | -sort-weight-list weights.list tree | PLAIN --opt weight=sub/x.o=7 --opt weight=boot=-2 tree
-V | -V LABEL tree | PLAIN -V LABEL tree
-volset | -volset SET tree | PLAIN --opt volume-set=SET tree
-publisher | -publisher 'Some One' tree | PLAIN --opt publisher='Some One' tree
-preparer | -preparer 'Some One' tree | PLAIN --opt preparer='Some One' tree
-A | -A APP tree | PLAIN --opt application=APP tree
-sysid | -sysid SYS tree | PLAIN --opt system-id=SYS tree
-copyright | -copyright hello.txt -l tree | PLAIN --iso-level 2 --opt copyright=hello.txt tree
-abstract | -abstract hello.txt tree | PLAIN --opt abstract=hello.txt tree
-biblio | -biblio hello.txt tree | PLAIN --opt bibliographic=hello.txt tree
-volset-size | -volset-size 1 tree | PLAIN tree
-volset-seqno | -volset-seqno 1 tree | PLAIN tree
-R | -R tree | RR tree
-r | -r tree | UNI tree
-norock | -R -norock tree | PLAIN tree
-J | -J tree | PLAIN --opt joliet=yes tree
-joliet-long | -joliet-long tree | PLAIN --opt joliet=yes tree
-joliet-utf16 | -J -joliet-utf16 tree | PLAIN --opt joliet=yes tree
-ucs-level | -ucs-level 3 tree | PLAIN tree
-udf | -udf tree | PLAIN --udf tree
-allow-limited-size | -allow-limited-size tree | PLAIN --udf tree
-iso-level | -iso-level 4 tree | PLAIN --iso-level 4 tree
-l | -l tree | PLAIN --iso-level 2 tree
-max-iso9660-filenames | -max-iso9660-filenames -R tree | RR tree
-U | -U -R tree | RR tree
-untranslated_name_len | -untranslated_name_len 90 -R tree | RR tree
-relaxed-filenames | -relaxed-filenames -R tree | RR tree
-allow-lowercase | -allow-lowercase -R tree | RR tree
-allow-multidot | -allow-multidot -R tree | RR tree
-allow-leading-dots | -allow-leading-dots -R tree | RR tree
-d | -d -R tree | RR tree
-N | -N -R tree | RR tree
-no-iso-translate | -no-iso-translate -R tree | RR tree
-disallow_dir_id_ext | -disallow_dir_id_ext tree | PLAIN tree
-input-charset | -input-charset UTF-8 tree | PLAIN tree
-output-charset | -output-charset utf8 tree | PLAIN tree
-jcharset | -jcharset default tree | PLAIN --opt joliet=yes tree
-file_name_limit | -file_name_limit 255 tree | PLAIN tree
-D | -D tree | PLAIN tree
-hide-rr-moved | -hide-rr-moved tree | PLAIN tree
-rr_reloc_dir | -rr_reloc_dir moved tree | PLAIN tree
-translation-table | -translation-table tree | PLAIN tree
-table-name | -table-name T tree | PLAIN tree
-hide-joliet-trans-tbl | -hide-joliet-trans-tbl tree | PLAIN tree
-no-split-symlink-components | -no-split-symlink-components tree | PLAIN tree
-no-split-symlink-fields | -no-split-symlink-fields tree | PLAIN tree
-uid | -uid 12 tree | RR --owner 12:keep tree
-gid | -gid 34 -r tree | UNI --owner 0:34 tree
-file-mode | -file-mode 0604 tree | RR --mode 0604,keep tree
-dir-mode | -r -dir-mode 0700 tree | UNI --mode default,0700 tree
-cache-inodes | -cache-inodes tree | PLAIN tree
-no-cache-inodes | -no-cache-inodes tree | PLAIN tree
-hardlinks | -hardlinks -R tree | RR tree
-pad | -pad tree | PLAIN tree
-no-pad | -no-pad tree | PLAIN --opt pad=no tree
-s | -s data tree | PLAIN tree
-old-empty | -old-empty tree | PLAIN tree
-b | -b boot/other.bin -no-emul-boot tree | PLAIN --boot-bios boot/other.bin --opt boot-catalog=boot.catalog tree
-e | -e boot/efi.img tree | PLAIN --boot-efi boot/efi.img --opt boot-catalog=boot.catalog tree
-efi-boot | -b boot/other.bin -no-emul-boot -efi-boot boot/efi.img tree | PLAIN --boot-bios boot/other.bin --boot-efi boot/efi.img --opt boot-catalog=boot.catalog tree
-eltorito-alt-boot | -e boot/efi.img -eltorito-alt-boot -no-emul-boot -b boot/other.bin tree | PLAIN --boot-efi boot/efi.img --boot-bios boot/other.bin --opt boot-catalog=boot.catalog tree
-eltorito-platform | -eltorito-platform efi -b boot/efi.img -no-emul-boot tree | PLAIN --boot-efi boot/efi.img --opt boot-catalog=boot.catalog tree
-c | -b boot/other.bin -no-emul-boot -c boot/b.cat tree | PLAIN --boot-bios boot/other.bin --opt boot-catalog=boot/b.cat tree
-boot-catalog-hide | -b boot/other.bin -no-emul-boot -boot-catalog-hide tree | PLAIN --boot-bios boot/other.bin tree
-no-emul-boot | -no-emul-boot -b boot/isolinux.bin tree | PLAIN --boot-bios boot/isolinux.bin --opt boot-load-size=full --opt boot-info-table=no --opt boot-catalog=boot.catalog tree
-hard-disk-boot | -b boot/disk.img -hard-disk-boot tree | PLAIN --boot-bios boot/disk.img --opt boot-emulation=hard-disk --opt boot-catalog=boot.catalog tree
-boot-load-size | -b boot/other.bin -no-emul-boot -boot-load-size 8 tree | PLAIN --boot-bios boot/other.bin --opt boot-load-size=8 --opt boot-catalog=boot.catalog tree
-boot-load-seg | -b boot/other.bin -no-emul-boot -boot-load-seg 0x7C0 tree | PLAIN --boot-bios boot/other.bin --opt boot-load-segment=0x7c0 --opt boot-catalog=boot.catalog tree
-boot-info-table | -b boot/other.bin -no-emul-boot -boot-info-table tree | PLAIN --boot-bios boot/other.bin --opt boot-load-size=full --opt boot-info-table --opt boot-catalog=boot.catalog tree
-grub2-boot-info | -b boot/other.bin -no-emul-boot -grub2-boot-info tree | PLAIN --boot-bios boot/other.bin --opt boot-load-size=full --opt grub2-boot-info --opt boot-catalog=boot.catalog tree
-generic-boot | -generic-boot area.img tree | PLAIN --opt system-area=area.img tree
-protective-msdos-label | -protective-msdos-label -generic-boot area.img tree | PLAIN --opt mbr=area.img tree
-isohybrid-mbr | -isohybrid-mbr isohdpfx.bin ISOLINUX tree | PLAIN --mbr isohdpfx.bin OURLINUX tree
-grub2-mbr | -grub2-mbr hybrid.img GRUB tree | PLAIN --mbr hybrid.img --opt grub2-mbr OURGRUB tree
-isohybrid-gpt-basdat | -isohybrid-mbr isohdpfx.bin ISOLINUX -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat tree | PLAIN --mbr isohdpfx.bin OURLINUX --boot-efi boot/efi.img --opt gpt-boot=basdat tree
-isohybrid-gpt-hfsplus | -isohybrid-mbr isohdpfx.bin ISOLINUX -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-hfsplus tree | PLAIN --mbr isohdpfx.bin OURLINUX --boot-efi boot/efi.img --opt gpt-boot=hfs tree
-isohybrid-apm-hfsplus | -isohybrid-mbr isohdpfx.bin ISOLINUX -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-apm-hfsplus tree | PLAIN --mbr isohdpfx.bin OURLINUX --boot-efi boot/efi.img --opt gpt-boot=basdat --opt apm-boot=hfs tree
-efi-boot-part | -e boot/efi.img -efi-boot-part --efi-boot-image tree | PLAIN --boot-efi boot/efi.img --opt boot-catalog=boot.catalog --opt gpt-boot=efi tree
-append_partition | -append_partition 2 0xef efi.img -append_partition 3 Linux linux.img tree | PLAIN --append-partition 2:efi:efi.img --append-partition 3:linux:linux.img tree
-appended_part_as_gpt | -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b efi.img -appended_part_as_gpt tree | PLAIN --append-partition 2:c12a7328-f81f-11d2-ba4b-00a0c93ec93b:efi.img --gpt tree
-partition_offset | -partition_offset 16 tree | PLAIN --opt partition-offset=16 tree
-partition_cyl_align | -partition_cyl_align off -isohybrid-mbr isohdpfx.bin ISOLINUX tree | PLAIN --mbr isohdpfx.bin --opt cylinders=no OURLINUX tree
-partition_hd_cyl | -partition_hd_cyl 0 tree | PLAIN tree
-partition_sec_hd | -partition_sec_hd 0 tree | PLAIN tree
-iso_mbr_part_type | -iso_mbr_part_type 0x83 -isohybrid-mbr isohdpfx.bin ISOLINUX tree | PLAIN --mbr isohdpfx.bin --opt mbr-iso-type=83 OURLINUX tree
-mbr-force-bootable | -mbr-force-bootable -grub2-mbr hybrid.img GRUB -append_partition 2 0xef efi.img -appended_part_as_gpt tree | PLAIN --mbr hybrid.img --opt grub2-mbr --append-partition 2:efi:efi.img --gpt --opt mbr-bootable=yes OURGRUB tree
-gpt_disk_guid | -gpt_disk_guid 2303cd2a-73c7-424a-a298-25632da7f446 -append_partition 2 0xef efi.img -appended_part_as_gpt tree | PLAIN --append-partition 2:ef:efi.img --gpt --opt gpt-disk-guid=2acd0323c7734a42a29825632da7f446 tree
-part_like_isohybrid | -part_like_isohybrid tree | PLAIN tree
-modification-date | -modification-date=2010040711405800 tree | PLAIN --opt volume-date=2010040711405800 tree
-set_all_file_dates | -set_all_file_dates =86400 -R tree | RR --opt file-date=86400 tree
-xattr | -R -xattr tree | RR --opt xattrs=yes tree
-acl | -R -acl tree | RR --opt xattrs=yes tree
-xattr-any | -R -xattr-any tree | RR --opt xattrs=all tree
-z | -z -R tree | RR --opt zisofs=marked tree
-quiet | -quiet tree | PLAIN tree
-v | -v tree | PLAIN tree
-debug | -debug tree | PLAIN tree
-gui | -gui tree | PLAIN tree
-log-file | -log-file a.log tree | PLAIN tree
-no_rc | -no_rc tree | PLAIN tree
-stdio_sync | -stdio_sync off tree | PLAIN tree
-no-emul-toc | -no-emul-toc tree | PLAIN tree
-volume_date | -volume_date m =86400 -volume_date all_file_dates 1980010100000000 tree | PLAIN --opt volume-date=86400 --opt file-date=315532800 tree
-boot_image | -boot_image any gpt_disk_guid=2303cd2a-73c7-424a-a298-25632da7f446 -append_partition 2 0xef efi.img -appended_part_as_gpt tree | PLAIN --append-partition 2:ef:efi.img --gpt --opt gpt-disk-guid=2303cd2a-73c7-424a-a298-25632da7f446 tree
-follow | -follow link -R tree | RR --follow-links tree
-report_about | -report_about WARNING tree | PLAIN tree
-return_with | -return_with SORRY 32 tree | PLAIN tree
-abort_on | -abort_on FAILURE tree | PLAIN tree
ROWS
# those that make no image have tests of their own below
others='-print-size -help -version -as'

# theirs NAME WORDS: mkisofs' words give theirs.iso (through a pipe, which nobody waits for to reach the disk)
theirs() {
	name_=$1
	eval "set -- $2"
	rm -f a.iso
	expect 0 imgconv --as mkisofs "$@"
	if [ -e a.iso ]; then mv a.iso theirs.iso; else mv stdout theirs.iso; fi
	cmp theirs.iso ours.iso >&2 || fail "$name_: $* is not $ours_"
}
# ours WORDS: the image that is meant
ours() {
	ours_=$(echo "$1" | sed "s/PLAIN/$plain/; s/RR/$rr/; s/UNI/$uni/; s,OURLINUX,$ourlinux,; s,OURGRUB,$ourgrub,")
	eval "expect 0 imgconv -qq -O iso $ours_ -"
	mv stdout ours.iso
}
# alike NAME THEIRS OURS
alike() {
	ours "$3"
	theirs "$1" "$2"
}

expect 0 imgconv --as mkisofs -help
mv stdout help
awk 'length > 79 { print; bad = 1 } END { exit bad }' help || fail "-help is too wide"
# every row as a line: "-V ID, -volid ID|--label ID"
awk '
	function put() { if (names != "") print names "|" says; names = says = "" }
	function join(a, b) { return a == "" ? b : a " " b }
	/^Refused/ { put(); print "REFUSED" }
	!/^ / { next }
	/^  -/ {
		if (!more)
			put()
		text = $0
		sub(/^ */, "", text)
		if (length($0) > 30 && substr($0, 29, 2) == "  ") {
			says = substr($0, 31)
			text = substr($0, 3, 27)
		}
		sub(/ *$/, "", text)
		names = join(names, text)
		more = text ~ /,$/
		next
	}
	{ sub(/^ */, ""); says = join(says, $0) }
	END { put() }
' help >list
[ "$(grep -c . list)" -gt 80 ] || fail "-help lists hardly anything"

tried=0
sed '/^REFUSED/,$d' list >accepted
while IFS='|' read -r names says; do
	first=${names%% *} first=${first%,}
	case " $others " in *" $first "*) continue ;; esac
	line=$(grep -e "^$first |" rows) || fail "$first: no test has it"
	words=${line#*|}
	words=" $(echo "${words%%|*}" | sed "s,ISOLINUX,$isolinux,; s,GRUB,$grub,") "
	ours "${line##*|}"
	# under all its names
	for name in $(echo "$names" | sed 's/ [A-Z ]*//g; s/,/ /g'); do
		theirs "$name" "$(echo "$words" | sed "s, $first , $name ,g; s, $first=, $name=,g")"
		tried=$((tried + 1))
	done
done <accepted
[ "$tried" -gt 110 ] || fail "only $tried options were tried"
[ "$(wc -l <rows)" = "$(($(wc -l <accepted) - 4))" ] || fail "a test for an option that is not listed"

# the manual's tables are these
sed -n 's/^| `\(.*\)` | \(.*\) |$/\1|\2/p; s/^## Refused.*/REFUSED/p' "$top_srcdir/docs/as-mkisofs.md" | sed 's/`, `/, /g; s/`//g' >documented
diff list documented >difference || { cat difference; fail "docs/as-mkisofs.md has other tables than -help"; }

# what is refused says so and why
sed '1,/^REFUSED/d' list >refused
[ -s refused ] || fail "nothing is refused"
tried=0
while IFS='|' read -r names says; do
	for name in $(echo "$names" | tr -d ','); do
		expect 2 imgconv --as mkisofs -o no.iso "$name" x tree
		says stderr "imgconv: $name: $says"
		tried=$((tried + 1))
	done
done <refused
[ "$tried" -gt 100 ] || fail "only $tried options were refused"
[ ! -e no.iso ] || fail "an image in spite of all"

# ---- how words are read ----

alike bundle '-JRV X tree' 'RR --opt joliet=yes -V X tree'
alike attached '-JRVX tree' 'RR --opt joliet=yes -V X tree'
alike short '-voli X -q -appi Y -pub Z tree' 'PLAIN -V X --opt application=Y --opt publisher=Z tree'
alike attached '-Joa.iso -V X tree' 'PLAIN -V X --opt joliet=yes tree'
alike attached '-Vjoliet tree' 'PLAIN -V joliet tree'
alike 'two dashes' '--volid=X --joliet --rational-rock --iso-level 2 --exclude x.o tree' 'UNI -V X --opt joliet=yes --iso-level 2 --exclude x.o tree'
alike equals '-volid=X --appid=Y tree' 'PLAIN -V X --opt application=Y tree'
alike floppy '-b boot/floppy.img -R -graft-points tree boot/floppy.img=floppy.img' 'RR --graft tree:/ --graft floppy.img:boot/floppy.img --boot-bios boot/floppy.img --opt boot-emulation=floppy-1440k --boot-catalog boot.catalog tree'
alike full '-b boot/isolinux.bin -no-emul-boot -boot-load-size full -boot-info-table tree' 'PLAIN --boot-bios boot/isolinux.bin --opt boot-load-size=full --boot-catalog boot.catalog tree'
alike interval '-append_partition 2 0xef efi.img -e --interval:appended_partition_2:all:: tree' 'PLAIN --append-partition 2:ef:efi.img --boot-efi append:2 --boot-catalog boot.catalog tree'
alike interval '-append_partition 2 0xef efi.img -e --interval:appended_partition_2_start_717863s_size_8496d:all:: tree' 'PLAIN --append-partition 2:ef:efi.img --boot-efi append:2 --boot-catalog boot.catalog tree'
alike label '--protective-msdos-label tree' 'PLAIN --opt mbr-table tree'
alike anywhere 'tree -V X' 'PLAIN -V X tree'
alike dashes '-V X -- tree' 'PLAIN -V X tree'

# refused MESSAGE WORDS...
refused() {
	message_=$1
	shift
	expect 2 imgconv --as mkisofs -o no.iso "$@"
	says stderr "imgconv: $message_"
	[ ! -e no.iso ] || fail "$*: an image in spite of that"
}
refused 'unknown option -vollid of mkisofs; did you mean -volid?' -vollid X tree
says stderr '  hint: imgconv --as mkisofs -help lists the options'
refused 'unknown option --joliet-lang of mkisofs; did you mean -joliet-long?' --joliet-lang tree
refused 'unknown option -xyzzy-plugh of mkisofs' -xyzzy-plugh tree
refused 'unknown option -volume_data of mkisofs; did you mean -volume_date?' -volume_data x tree
refused 'unknown option -volumes of mkisofs' -volumes x tree
refused 'unknown option -JRX of mkisofs' -JRX tree
refused 'unknown option -quot of mkisofs' -quot path.list	# what xorrisofs alone has is not cut short
refused '-vol: more than one option of mkisofs begins so' -vol X tree
refused '-V needs a value (ID)' tree -V
refused '-sort-weight needs more values (N PATH)' tree -sort-weight 1
refused '-rock takes no value' -rock=yes tree
refused 'no source was named' -V X
refused '-iso-level 5: there is no such level; 1 to 4 are' -iso-level 5 tree
refused '-s xa: imgconv knows only data' -s xa tree
refused '-input-charset iso8859-1: imgconv takes the names of files for UTF-8' -input-charset iso8859-1 tree
refused '-uid no-such-user: a number is expected' -uid no-such-user tree
refused '-gid 4294967296: there are no such numbers' -gid 4294967296 tree
refused '-file-mode u+rx: permissions as in 0644 are expected' -file-mode u+rx tree
refused '-dir-mode 10000: permissions' -dir-mode 10000 tree
refused 'b=: no file is named behind it' -graft-points b= tree
refused '-sort: "tree" is no path with a number behind it' -sort path.bad tree
refused '-e boot/efi.img: this entry already boots boot/other.bin' -b boot/other.bin -no-emul-boot -e boot/efi.img tree
says stderr '  hint: -eltorito-alt-boot in front of it begins another entry'
refused 'an entry to boot from is described, but its image was not named' -no-emul-boot tree
refused '-eltorito-platform ppc: imgconv makes entries for x86 and efi' -eltorito-platform ppc -b boot/efi.img tree
refused '--interval:local_fs:0-9::x: imgconv can start an appended partition by UEFI' -e --interval:local_fs:0-9::x tree
refused 'tree: boot/other.bin: 6000 bytes are no floppy' -b boot/other.bin tree
refused 'a boot catalog is described, but nothing to boot was named' -c boot.cat tree
refused '-append_partition 9: the number of a partition, 1 to 8, is expected' -append_partition 9 0xef efi.img tree
refused '-append_partition 2 xyz: the type of a partition' -append_partition 2 xyz efi.img tree
refused '-efi-boot-part efi.img: imgconv knows only --efi-boot-image' -efi-boot-part efi.img tree
refused '-efi-boot-part --efi-boot-image: no image to boot by UEFI was named' -efi-boot-part --efi-boot-image tree
refused '-partition_cyl_align some: auto, on, all or off is expected' -partition_cyl_align some tree
refused '-set_all_file_dates yesterday: =SECONDS since 1970' -set_all_file_dates yesterday tree
expect 1 imgconv --as mkisofs -o no.iso not-there
says stderr 'imgconv: not-there: cannot open it: No such file'
expect 1 imgconv --as mkisofs -o no.iso -path-list not-there
says stderr 'not-there: cannot open it'

# ---- what comes out beside the image ----

expect 0 imgconv --as mkisofs -quiet -R -J -V X tree -o size.iso
[ ! -s stderr ] || fail "-quiet talks"
size=$(($(wc -c <size.iso) / 2048))
for to in '' '-o no.iso'; do
	expect 0 imgconv --as mkisofs -print-size -quiet -R -J -V X tree $to
	[ "$(cat stdout)" = $size ] || fail "-print-size says $(cat stdout), the image has $size blocks"
done
nothing_left no.iso
# standard output is where an image goes that has no place; an image that is there is replaced
imgconv --as mkisofs -R -J -V X tree >pipe.iso 2>/dev/null || fail "standard output"
same pipe.iso size.iso
imgconv --as mkisofs -R -J -V X tree -o - 2>/dev/null | cmp - size.iso || fail "-o -"
echo old >old.iso
expect 0 imgconv --as mkisofs -R -J -V X tree -o old.iso
same old.iso size.iso
# paths on standard input
echo tree | imgconv --as mkisofs -R -J -V X -path-list - -o list.iso 2>/dev/null || fail "-path-list -"
same list.iso size.iso
expect 0 imgconv --as mkisofs -log-file log -V X tree -o logged.iso
[ ! -s stderr ] || fail "-log-file leaves words on standard error"
says log 'logged.iso: iso'
expect 0 imgconv --as mkisofs -U tree -o strict.iso
says stderr 'warning: plain ISO 9660 names stay as strict as its level 1'
expect 0 imgconv --as mkisofs -U -J tree -o strict.iso
says_not stderr 'stay as strict'
expect 0 imgconv --as mkisofs -m gone/x -sort gone.list tree -o strict.iso
says stderr 'warning: gone/x: lies below none of the sources'
says stderr 'warning: -sort: gone/x lies below none of the sources'
says stderr 'warning: sub/none: has a weight, but is not in the source'

# marked, so that it is read as what it was
expect 0 imgconv --as mkisofs -quiet -z -R tree -o packed.iso
imginfo --cat packed packed.iso | cmp - plain/packed || fail "-z: the compressed file is not marked"
imginfo --cat packed size.iso | cmp - tree/packed || fail "a compressed file is marked without -z"

# ---- by the name of a link ----

for name in mkisofs genisoimage xorrisofs xorriso; do
	ln -s "$(command -v imgconv)" $name
	expect 0 ./$name -version
	grep -q "^$name [0-9.]*-Emulation imgconv [0-9]" stdout || fail "$name -version: $(cat stdout)"
	expect 2 ./$name -vollid
	says stderr "unknown option -vollid of $name"
	[ $name = xorriso ] && continue
	expect 0 ./$name -o $name.iso tree
done
same mkisofs.iso genisoimage.iso
expect 0 imgconv -y -qq --no-joliet --no-udf --owner keep --mode keep --opt pad=yes --opt system-id= tree ours.iso
same xorrisofs.iso ours.iso

expect 0 ./xorriso -no_rc -report_about WARNING -as mkisofs -o ours.iso tree
same xorrisofs.iso ours.iso
expect 2 ./xorriso -o no.iso tree
says stderr 'imgconv stands in for xorriso -as mkisofs alone, and there is no -as'
expect 2 ./xorriso -as cdrecord -o no.iso tree
says stderr 'imgconv: -as cdrecord: imgconv stands in for xorriso -as mkisofs alone'
refused '-as mkisofs: only xorriso has this option' -as mkisofs tree
refused '-volume_date x: imgconv knows c, m, uuid and all_file_dates' -volume_date x =1 tree
refused '-volume_date m noon: =SECONDS since 1970 or YYYYMMDDhhmmsscc is expected' -volume_date m noon tree
refused '-follow param: link, on, off or default is expected' -follow param tree
refused '-boot_image any partition_table=on: imgconv knows only gpt_disk_guid=GUID' -boot_image any partition_table=on tree

# ---- patterns are held against the paths of the sources ----

expect 0 imgconv --as mkisofs -R -graft-points -o a.iso -x tree/sub -x other/t?o -m "$PWD/tree/pr*" a=tree b=other c/=other/two \
	'd[e]=./tree/sub' -m './*/sub/x.o' -m tree/sub/deep/file
imginfo -l a.iso >names
for gone in a/sub a/prog b/two c/two 'd[e]/x.o' 'd[e]/deep/file'; do
	says_not names "$gone"
done
for there in a/hello.txt b 'd[e]/old.bak' 'd[e]/deep'; do
	says names "$there"
done
exit 0
