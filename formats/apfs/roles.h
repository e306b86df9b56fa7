/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FORMATS_APFS_ROLES_H
#define FORMATS_APFS_ROLES_H

#include <stdint.h>

/* What a volume is for, as diskutil says (AFSR "Volume Roles"); "" for no role, "other" for one that is not known. */
static inline const char *
apfs_role(uint16_t role)
{
	static const struct { uint16_t role; const char *name; } roles[] = {
		{ 0, "" }, { 1, "system" }, { 2, "user" }, { 4, "recovery" }, { 8, "vm" }, { 0x10, "preboot" },
		{ 0x20, "installer" }, { 0x40, "data" }, { 0x80, "baseband" }, { 0xc0, "update" }, { 0x100, "xart" },
		{ 0x140, "hardware" }, { 0x180, "backup" }, { 0x240, "enterprise" }, { 0x2c0, "prelogin" },
	};

	for (unsigned int i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "other";
}

#endif
