/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the partition types of the MBR: those still met in images. */
#include "config.h"

#include "formats/mbr/types.h"

#include <stddef.h>

static const char *const titles[256] = {
	[0x00] = "empty",
	[0x01] = "FAT12",
	[0x04] = "FAT16, up to 32 MiB",
	[0x05] = "extended",
	[0x06] = "FAT16",
	[0x07] = "NTFS or exFAT",
	[0x0b] = "FAT32",
	[0x0c] = "FAT32 (LBA)",
	[0x0e] = "FAT16 (LBA)",
	[0x0f] = "extended (LBA)",
	[0x11] = "hidden FAT12",
	[0x14] = "hidden FAT16, up to 32 MiB",
	[0x16] = "hidden FAT16",
	[0x17] = "hidden NTFS, or ISO 9660",
	[0x1b] = "hidden FAT32",
	[0x1c] = "hidden FAT32 (LBA)",
	[0x1e] = "hidden FAT16 (LBA)",
	[0x27] = "Windows recovery",
	[0x39] = "Plan 9",
	[0x41] = "PowerPC PReP boot",
	[0x42] = "Windows dynamic disk",
	[0x63] = "GNU Hurd or UnixWare",
	[0x80] = "old Minix",
	[0x81] = "Minix",
	[0x82] = "Linux swap",
	[0x83] = "Linux",
	[0x85] = "Linux extended",
	[0x8e] = "Linux LVM",
	[0x96] = "CHRP ISO 9660",
	[0xa5] = "FreeBSD",
	[0xa6] = "OpenBSD",
	[0xa8] = "macOS UFS",
	[0xa9] = "NetBSD",
	[0xab] = "macOS boot",
	[0xaf] = "Apple HFS/HFS+",
	[0xbe] = "Solaris boot",
	[0xbf] = "Solaris",
	[0xcd] = "ISO 9660",
	[0xda] = "data without a file system",
	[0xea] = "Linux extended boot",
	[0xeb] = "BeOS",
	[0xee] = "GPT protective",
	[0xef] = "EFI system partition",
	[0xfb] = "VMware VMFS",
	[0xfc] = "VMware swap",
	[0xfd] = "Linux RAID",
};

const char *
mbr_type_title(uint8_t type)
{
	return titles[type];
}
