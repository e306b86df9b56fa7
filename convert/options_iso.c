/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv that are about ISO 9660: each row hands its key to the format's author. */
#include "config.h"

#include "convert/options_tables.h"

const struct cmd_option conv_iso_options[] = {
	{ OPT_KEY, 0, "iso-level", "N", 0, "Building ISO 9660", "names of ISO 9660 by level 1 to 4 (default 3)", "level" },
	{ OPT_KEY, 0, "no-joliet", NULL, 0, NULL, "without the tree for Windows", "joliet", "no" },
	{ OPT_KEY, 0, "udf", NULL, 0, NULL, "add UDF 1.02 (done anyway when a file has 4 GiB or more)", "udf", "yes" },
	{ OPT_KEY, 0, "no-udf", NULL, 0, NULL, "never add UDF", "udf", "no" },
	{ OPT_KEY, 0, "zisofs", NULL, 0, NULL, "compress what shrinks; Linux unpacks it when reading", "zisofs", "yes" },
	{ OPT_KEY, 0, "dedupe", NULL, 0, NULL, "store files of equal content once", "dedupe", "yes" },
	{ OPT_KEY, 0, "implant-md5", NULL, 0, NULL, "put a checksum for checkisomd5 into the image", "implant-md5", "yes" },
	{ OPT_KEY, 0, "publisher", "TEXT", 0, NULL, "who publishes the disc", "publisher" },
	{ OPT_KEY, 0, "preparer", "TEXT", 0, NULL, "who prepared it (default IMGCONV)", "preparer" },
	{ OPT_KEY, 0, "application-id", "TEXT", 0, NULL, "what is on it", "application" },
	{ OPT_KEY, 0, "system-id", "TEXT", 0, NULL, "the system it is for (default LINUX)", "system-id" },
	{ OPT_KEY, 0, "volset", "TEXT", 0, NULL, "the set of discs it belongs to", "volume-set" },
	{ OPT_KEY, 0, "copyright", "FILE", 0, NULL, "the file of the root that holds the copyright", "copyright" },
	{ OPT_KEY, 0, "abstract", "FILE", 0, NULL, "the file of the root that holds the abstract", "abstract" },
	{ OPT_KEY, 0, "biblio", "FILE", 0, NULL, "the file of the root that holds the bibliography", "bibliographic" },
	{ OPT_KEY, 0, "profile", "NAME", 0, "Starting from ISO 9660",
	  "as shipped by debian, ubuntu, fedora, arch, alpine, windows, or a cloud-init seed", "profile" },
	{ OPT_KEY, 0, "boot", "auto|none", 0, NULL, "find what BIOS and UEFI can start in the source", "boot" },
	{ OPT_KEY, 'b', "boot-bios", "FILE", 0, NULL, "start this on PCs with a BIOS; a path in the source", "boot-bios" },
	{ OPT_KEY, 0, "boot-efi", "FILE|FOLDER", 0, NULL, "start this FAT image, or one made of a folder, by UEFI", "boot-efi" },
	{ OPT_KEY, 0, "boot-catalog", "FILE", 0, NULL, "name of the boot catalog in the image; else it has none", "boot-catalog" },
	{ OPT_KEY, 0, "esp-size", "SIZE", 0, NULL, "size of the FAT image made of a folder; else as small as it gets", "esp-size" },
	{ OPT_KEY, 0, "hybrid", "yes|isohybrid", CMD_MAYBE, NULL, "start from USB sticks too", "hybrid" },
	{ OPT_KEY, 0, "mbr", "FILE", 0, NULL, "boot code: isohdpfx.bin, boot_hybrid.img; else found in the source", "mbr" },
	{ OPT_KEY, 0, "append-partition", "N:TYPE:FILE", 0, NULL,
	  "put FILE behind the volume as partition N; TYPE is efi, linux, data, two hex digits or a GUID", "append-partition" },
	{ OPT_KEY, 0, "gpt", NULL, 0, NULL, "write a GPT, even without --hybrid", "gpt", "yes" },
	{ OPT_KEY, 0, "no-gpt", NULL, 0, NULL, "a hybrid with an MBR only", "gpt", "no" },
	{ OPT_KEY, 0, "apm", NULL, 0, NULL, "write an Apple partition map, for old Macs", "apm", "yes" },
	/* what mkisofs asks for, and is so anyway */
	{ OPT_HABIT, 'J', "joliet", NULL, CMD_HIDDEN, NULL, "Joliet" },
	{ OPT_HABIT, 'R', "rock", NULL, CMD_HIDDEN, NULL, "Rock Ridge" },
	{ OPT_HABIT, 'r', "rational-rock", NULL, CMD_HIDDEN, NULL, "Rock Ridge" },
	{ OPT_HABIT, 'l', "full-iso9660-filenames", NULL, CMD_HIDDEN, NULL, "31 characters" },
	{ 0 }
};
