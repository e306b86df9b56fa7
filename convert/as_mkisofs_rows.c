/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of mkisofs, genisoimage and xorrisofs, a row each; docs/as-mkisofs.md shows them.
 *
 * Those that xorrisofs alone has stand behind a "+": it knows no abbreviations, and those of genisoimage stay what they
 * are there. */
#include "config.h"

#include "convert/as_mkisofs.h"

#define NO_SESSIONS "imgconv makes images of one session"
#define NO_HFS "imgconv makes no HFS beside ISO 9660"
#define NO_HOST "imgconv writes no boot blocks for this kind of machine"
#define NO_JIGDO "imgconv makes no jigdo files"
#define STRICT "plain ISO 9660 names stay strict; -R and -J bring the real ones"

const struct mk_row mk_rows[] = {
	/* what goes in, and where to */
	{ "o output", "FILE", mk_set, "--output FILE; else standard output", "output" },
	{ "graft-points", NULL, mk_set, "PATH=SOURCE is --graft SOURCE:PATH", "grafts" },
	{ "path-list", "FILE", mk_keep, "more sources, one a line", "path-list" },
	{ "+quoted_path_list", "FILE", mk_keep, "more sources, as words in quotes", "quoted-list" },
	{ "root", "PATH", mk_set, "all sources go below PATH", "root" },
	{ "f follow-links", NULL, mk_set, "--follow-links", "follow" },
	{ "m exclude x old-exclude", "GLOB", mk_keep, "--exclude, for paths as the sources have them", "exclude" },
	{ "exclude-list", "FILE", mk_keep, "the same for every line", "exclude-list" },
	{ "hide", "GLOB", mk_keep, "--opt hide-iso=GLOB", "hide", "hide-iso" },
	{ "hide-list", "FILE", mk_keep, "the same for every line", "hide-list", "hide-iso" },
	{ "hide-joliet", "GLOB", mk_keep, "--opt hide-joliet=GLOB", "hide", "hide-joliet" },
	{ "hide-joliet-list", "FILE", mk_keep, "the same for every line", "hide-list", "hide-joliet" },
	{ "hidden", "GLOB", mk_keep, "--opt hidden=GLOB", "hide", "hidden" },
	{ "hidden-list", "FILE", mk_keep, "the same for every line", "hide-list", "hidden" },
	{ "no-bak nobak", NULL, mk_set, "--exclude '*~*', '*#*' and '*.bak'", "no-bak" },
	{ "sort", "FILE", mk_keep, "--opt weight=PATH=N for every line", "sort" },
	{ "+sort-weight", "N PATH", mk_keep, "--opt weight=PATH=N", "weight" },
	{ "+sort-weight-list +sort-weight-patterns", "FILE", mk_keep, "--opt weight=PATH=N for every line", "weight-list" },
	/* names of the volume */
	{ "V volid", "ID", mk_set, "--label ID", "label" },
	{ "volset", "ID", mk_key, "--opt volume-set=ID", "volume-set" },
	{ "publisher P", "ID", mk_key, "--opt publisher=ID", "publisher" },
	{ "preparer p", "ID", mk_key, "--opt preparer=ID", "preparer" },
	{ "A appid", "ID", mk_key, "--opt application=ID", "application" },
	{ "sysid", "ID", mk_key, "--opt system-id=ID", "system-id" },
	{ "copyright", "FILE", mk_key, "--opt copyright=FILE", "copyright" },
	{ "abstract", "FILE", mk_key, "--opt abstract=FILE", "abstract" },
	{ "biblio", "FILE", mk_key, "--opt bibliographic=FILE", "bibliographic" },
	{ "volset-size", "N", mk_only, "1, as it is anyway", NULL, "1" },
	{ "volset-seqno", "N", mk_only, "1, as it is anyway", NULL, "1" },
	/* names of files */
	{ "R rock", NULL, mk_set, "Rock Ridge, with --owner keep --mode keep", "rock" },
	{ "r rational-rock", NULL, mk_set, "Rock Ridge; owners and modes are made uniform", "rational" },
	{ "+norock", NULL, mk_set, "--opt rock-ridge=no", "no-rock" },
	{ "J joliet", NULL, mk_set, "--opt joliet=64", "joliet" },
	{ "joliet-long", NULL, mk_set, "--opt joliet=103", "joliet-long" },
	{ "+joliet-utf16", NULL, mk_as_is, "is so anyway" },
	{ "ucs-level", "N", mk_only, "3, as it is anyway", NULL, "3" },
	{ "udf +UDF", NULL, mk_set, "--udf", "udf" },
	{ "allow-limited-size", NULL, mk_set, "--udf", "udf" },
	{ "iso-level", "N", mk_level, "--iso-level N" },
	{ "l full-iso9660-filenames", NULL, mk_set, "at least --iso-level 2", "long-names" },
	{ "max-iso9660-filenames", NULL, mk_relaxed, STRICT },
	{ "U untranslated-filenames", NULL, mk_relaxed, STRICT },
	{ "+untranslated_name_len", "N", mk_relaxed, STRICT },
	{ "relaxed-filenames", NULL, mk_relaxed, STRICT },
	{ "allow-lowercase", NULL, mk_relaxed, STRICT },
	{ "allow-multidot", NULL, mk_relaxed, STRICT },
	{ "allow-leading-dots L ldots", NULL, mk_relaxed, STRICT },
	{ "d omit-period", NULL, mk_relaxed, STRICT },
	{ "N omit-version-number", NULL, mk_relaxed, STRICT },
	{ "no-iso-translate", NULL, mk_relaxed, STRICT },
	{ "+disallow_dir_id_ext", NULL, mk_as_is, "plain names are nobody's business beside Rock Ridge" },
	{ "input-charset", "NAME", mk_charset, "UTF-8 and what is a part of it" },
	{ "output-charset", "NAME", mk_charset, "UTF-8 and what is a part of it" },
	{ "jcharset", "NAME", mk_charset, "-J and UTF-8", "joliet" },
	{ "+file_name_limit", "N", mk_only, "255, as it is anyway", NULL, "255" },
	{ "D disable-deep-relocation", NULL, mk_as_is, "is so anyway: deep folders stay where they are" },
	{ "hide-rr-moved", NULL, mk_as_is, "there is no RR_MOVED" },
	{ "+rr_reloc_dir", "NAME", mk_as_is, "there is no RR_MOVED: deep folders stay where they are" },
	{ "translation-table T", NULL, mk_as_is, "no TRANS.TBL is written; Rock Ridge has the names" },
	{ "table-name", "NAME", mk_as_is, "no TRANS.TBL is written" },
	{ "hide-joliet-trans-tbl", NULL, mk_as_is, "there is no TRANS.TBL" },
	{ "no-split-symlink-components", NULL, mk_as_is, "a care of SunOS 4; the links are the same" },
	{ "no-split-symlink-fields", NULL, mk_as_is, "a care of SunOS 4; the links are the same" },
	{ "use-fileversion", NULL, mk_refuse, "imgconv gives every file the version 1" },
	/* owners, permissions, dates */
	{ "uid", "UID", mk_set, "--owner UID:..., and Rock Ridge", "uid" },
	{ "gid", "GID", mk_set, "--owner ...:GID, and Rock Ridge", "gid" },
	{ "file-mode", "MODE", mk_mode, "--mode MODE,..., and Rock Ridge", "file-mode" },
	{ "dir-mode", "MODE", mk_mode, "--mode ...,MODE, and Rock Ridge", "dir-mode" },
	{ "new-dir-mode", NULL, mk_refuse, "folders that no source has get 0755; -dir-mode sets that of all" },
	{ "+modification-date", "DATE", mk_date, "--opt volume-date=DATE", "volume-date" },
	{ "+set_all_file_dates", "DATE", mk_date, "--opt file-date=DATE", "file-date" },
	{ "+xattr", NULL, mk_key, "--opt xattrs=yes", "xattrs", "yes" },
	{ "+acl", NULL, mk_key, "--opt xattrs=yes", "xattrs", "yes" },
	{ "+xattr-any", NULL, mk_key, "--opt xattrs=all", "xattrs", "all" },
	{ "cache-inodes", NULL, mk_as_is, "hard links are stored once anyway" },
	{ "no-cache-inodes", NULL, mk_as_is, "hard links are stored once anyway" },
	{ "+hardlinks", NULL, mk_as_is, "hard links are stored once anyway" },
	/* the image */
	{ "pad", NULL, mk_key, "--opt pad=yes", "pad", "yes" },
	{ "no-pad", NULL, mk_key, "--opt pad=no", "pad", "no" },
	{ "s sectype", "TYPE", mk_only, "data, as it is anyway", NULL, "data" },
	{ "z transparent-compression", NULL, mk_key, "--opt zisofs=marked: what mkzftree made", "zisofs", "marked" },
	{ "+zisofs-version-2 +zisofs2-susp-z2 +zisofs2-susp-zf", NULL, mk_refuse, "imgconv marks zisofs files of version 1" },
	{ "+old-empty", NULL, mk_as_is, "where files without data point is nobody's business" },
	/* what starts */
	{ "b eltorito-boot", "PATH", mk_boot_image, "--boot-bios PATH", NULL, "bios" },
	{ "e", "PATH", mk_boot_image, "--boot-efi PATH", NULL, "efi" },
	{ "efi-boot", "PATH", mk_boot_image, "--boot-efi PATH, an entry of its own", NULL, "grub" },
	{ "eltorito-alt-boot", NULL, mk_boot_next, "another entry follows" },
	{ "+eltorito-platform", "NAME", mk_platform, "x86 or efi: -b is --boot-bios or --boot-efi" },
	{ "c eltorito-catalog", "PATH", mk_set, "--opt boot-catalog=PATH; else boot.catalog", "catalog" },
	{ "+boot-catalog-hide", NULL, mk_set, "the boot catalog has no name", "hide-catalog" },
	{ "no-emul-boot", NULL, mk_boot_says, "--opt boot-emulation=none", "media", "none" },
	{ "hard-disk-boot", NULL, mk_boot_says, "--opt boot-emulation=hard-disk", "media", "hard-disk" },
	{ "boot-load-size", "SECTORS", mk_boot_says, "--opt boot-load-size=SECTORS", "sectors" },
	{ "boot-load-seg", "SEGMENT", mk_boot_says, "--opt boot-load-segment=SEGMENT", "segment" },
	{ "boot-info-table", NULL, mk_boot_says, "--opt boot-info-table=yes", "info-table" },
	{ "+grub2-boot-info", NULL, mk_boot_says, "--opt grub2-boot-info=yes", "grub2" },
	/* partitions */
	{ "generic-boot G +embedded-boot", "FILE", mk_set, "--opt system-area=FILE", "area" },
	{ "+protective-msdos-label", NULL, mk_set, "--opt mbr-table=yes; with -G FILE: --mbr FILE", "msdos-label" },
	{ "+isohybrid-mbr", "FILE", mk_key, "--mbr FILE", "mbr" },
	{ "+grub2-mbr", "FILE", mk_grub_mbr, "--mbr FILE --opt grub2-mbr=yes" },
	{ "+isohybrid-gpt-basdat", NULL, mk_boot_says, "--opt gpt-boot=basdat", "gpt", "basdat" },
	{ "+isohybrid-gpt-hfsplus", NULL, mk_boot_says, "--opt gpt-boot=hfs", "gpt", "hfs" },
	{ "+isohybrid-apm-hfsplus", NULL, mk_boot_says, "--opt apm-boot=hfs", "apm", "hfs" },
	{ "+efi-boot-part", "WHAT", mk_efi_part, "--efi-boot-image: --opt gpt-boot=efi for it" },
	{ "+append_partition", "N TYPE FILE", mk_append, "--append-partition N:TYPE:FILE" },
	{ "+appended_part_as_gpt", NULL, mk_key, "--gpt", "gpt", "yes" },
	{ "+partition_offset", "BLOCK", mk_key, "--opt partition-offset=BLOCK", "partition-offset" },
	{ "+partition_cyl_align", "MODE", mk_align, "--opt cylinders=yes or no; auto as it is anyway" },
	{ "+partition_hd_cyl", "N", mk_only, "0: imgconv has its own geometry", NULL, "0" },
	{ "+partition_sec_hd", "N", mk_only, "0: imgconv has its own geometry", NULL, "0" },
	{ "+iso_mbr_part_type", "TYPE", mk_iso_type, "--opt mbr-iso-type=TYPE", "mbr-iso-type" },
	{ "+mbr-force-bootable", NULL, mk_key, "--opt mbr-bootable=yes", "mbr-bootable", "yes" },
	{ "+gpt_disk_guid", "GUID", mk_disk_guid, "--opt gpt-disk-guid=GUID", "gpt-disk-guid" },
	{ "+part_like_isohybrid", NULL, mk_as_is, "is so anyway: -isohybrid-gpt-basdat needs no boot code" },
	/* talking */
	{ "print-size", NULL, mk_set, "-n, answering with the number of 2 KiB blocks alone", "print-size" },
	{ "quiet", NULL, mk_set, "--quiet", "quiet" },
	{ "v verbose", NULL, mk_set, "--verbose", "verbose" },
	{ "debug", NULL, mk_set, "--verbose", "verbose" },
	{ "gui", NULL, mk_as_is, "progress is shown on terminals" },
	{ "log-file", "FILE", mk_log_file, "2>FILE" },
	{ "help", NULL, mk_help, "this list" },
	{ "version", NULL, mk_version, "who answers to this name" },
	{ "+no_rc", NULL, mk_as_is, "no configuration file is read anyway" },
	{ "+stdio_sync", "SIZE", mk_as_is, "the image is on the disk when imgconv ends" },
	{ "+no-emul-toc", NULL, mk_as_is, "is so anyway" },
	/* xorriso, in front of -as mkisofs */
	{ "+as", "TOOL", mk_as, "of xorriso: mkisofs, genisoimage, genisofs or xorrisofs" },
	{ "+volume_date", "KIND DATE", mk_volume_date, "--opt volume-date=DATE; all_file_dates: --opt file-date=DATE" },
	{ "+boot_image", "LOADER WORD", mk_boot_word, "gpt_disk_guid=GUID: --opt gpt-disk-guid=GUID" },
	{ "+follow", "WHAT", mk_follow, "link or on: --follow-links" },
	{ "+report_about", "LEVEL", mk_as_is, "imgconv -q says less" },
	{ "+return_with", "LEVEL STATUS", mk_as_is, "exit statuses are imgconv's" },
	{ "+abort_on", "LEVEL", mk_as_is, "imgconv ends at the first error anyway" },
	/* refused */
	{ "M prev-session dev C cdrecord-params check-oldnames check-session old-root force-rr no-rr "
	  "+old-root-no-md5 +old-root-no-ino +old-root-devno +emul-toc", NULL, mk_refuse, NO_SESSIONS },
	{ "+hide-udf +hide-udf-list", NULL, mk_refuse, "imgconv shows every file in UDF" },
	{ "no-boot +eltorito-id +eltorito-selcrit", NULL, mk_refuse, "imgconv makes plain entries that start" },
	{ "+appended_part_as_apm", NULL, mk_refuse, "imgconv lists appended partitions in MBR and GPT" },
	{ "XA xa", NULL, mk_refuse, "imgconv writes no XA attributes" },
	{ "dvd-video", NULL, mk_refuse, "imgconv does not lay out DVD-Video" },
	{ "split-output", NULL, mk_refuse, "imgconv writes one file" },
	{ "stream-file-name stream-media-size", NULL, mk_refuse, "imgconv makes no empty image for a stream" },
	{ "i", NULL, mk_refuse, "genisoimage no longer has it either" },
	{ "+md5 +for_backup +scdbackup_tag", NULL, mk_refuse,
	  "imgconv writes none of xorriso's checksums; imgconv --implant-md5 writes one that checkisomd5 tests" },
	{ "+application_use", NULL, mk_refuse, "imgconv uses this field for --implant-md5" },
	{ "jigdo-jigdo jigdo-template jigdo-min-file-size jigdo-force-md5 jigdo-exclude jigdo-map md5-list "
	  "jigdo-template-compress checksum_algorithm_iso checksum_algorithm_template +jigdo-force-checksum +checksum-list "
	  "+jigdo-checksum-algorithm", NULL, mk_refuse, NO_JIGDO },
	{ "sparc-boot B sparc-label sunx86-boot sunx86-label mips-boot mipsel-boot alpha-boot hppa-cmdline hppa-kernel-32 "
	  "hppa-kernel-64 hppa-bootloader hppa-ramdisk +hppa-hdrversion prep-boot +prep-boot-part chrp-boot +chrp-boot-part "
	  "+grub2-sparc-core", NULL, mk_refuse, NO_HOST },
	{ "hfs h apple g hfs-type hfs-creator map H magic probe mac-name no-mac-files boot-hfs-file part cluster-size auto "
	  "no-desktop hide-hfs hide-hfs-list hfs-volid icon-position root-info input-hfs-charset output-hfs-charset "
	  "hfs-unlock hfs-bless hfs-parms cap netatalk double ethershare exchange sgi macbin single ushare xinet dave sfm "
	  "osx-double osx-hfs +hfsplus +hfsplus-file-creator-type +hfs-bless-by +hfsplus-serial-no +hfsplus-block-size "
	  "+apm-block-size +hide-hfsplus +hide-hfsplus-list", NULL, mk_refuse, NO_HFS },
	{ 0 }
};
