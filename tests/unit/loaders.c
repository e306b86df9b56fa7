/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/loaders.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/iso9660/boot_plan.h"

uint8_t isolinux[6000], isohdpfx[432], eltorito[6002], hybrid[512], disk_code[512], efi[700];

void
make_loaders(void)
{
	for (size_t i = 0; i < sizeof isolinux; i++)
		isolinux[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof eltorito; i++)
		eltorito[i] = (uint8_t)(i * 5 + 1);
	store_be32(isolinux + 64, UINT32_C(0xfbc07870));
	memcpy(eltorito + 1000, "cdrom read fails", 16);
	memcpy(eltorito + 2100, "loading", 7);
	memset(isohdpfx, 0x90, sizeof isohdpfx);
	memcpy(isohdpfx, "\x33\xed", 2);
	memcpy(isohdpfx + 32, "\x33\xed\xfa\x8e\xd5\xbc\x00\x7c\xfb\xfc", 10);
	memset(hybrid, 0x90, 432);
	memcpy(hybrid, "\xeb\x63", 2);
	memcpy(hybrid + 384, "GRUB ", 5);
	hybrid[432] = 1;
	memcpy(hybrid + 510, "\x55\xaa", 2);
	memcpy(disk_code, hybrid, sizeof hybrid);
	memset(disk_code + 432, 0, 8);
	store_le64(disk_code + 92, 1);
	memcpy(efi, "MZ", 2);
	store_le32(efi + 60, 128);
	memcpy(efi + 128, "PE\0\0\x64\x86", 6);
}

int
loaders_image(struct img_env *env, const struct toy_row *rows, const char *label, const char *keys, struct img_source **ret,
	      struct img_err *err)
{
	static struct toy t;		/* outlives what is made of it */
	struct img_author_key k[16];
	struct img_author_options o = { .label = label, .epoch = IMG_NO_TIME, .keys = k };
	static char text[512];
	char *save = NULL;

	snprintf(text, sizeof text, "%s", keys);
	for (char *p = strtok_r(text, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(p, '=');

		*eq = '\0';
		k[o.n_keys++] = (struct img_author_key) { p, eq + 1 };
	}
	toy_init(&t, env, rows);
	return iso_author_planned(&t.tree, &o, NULL, ret, err);
}
