/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot code known by its bytes: what goes into the MBR, and the programs that El Torito starts.
 *
 *   isohdpfx.bin and sisters (isolinux)	432 bytes or more; 33 ED, NOPs for an APM to lie over, at 32 the code
 *   boot_hybrid.img (GRUB)			512 bytes; EB 63, and at 432 the sector to load (1 as shipped)
 *   boot.img (GRUB)				the same but for 432: it has that number at 92, and starts disks, not images */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/iso9660/boot_plan.h"
#include "formats/iso9660/eltorito.h"

/* As stored: the first three groups little-endian (UEFI 2.10, 5.3.3; HFS+ and Linux as their makers registered them). */
const uint8_t boot_guid_esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
const uint8_t boot_guid_data[16] = { 0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7 };
const uint8_t boot_guid_hfs[16] = { 0x00, 0x53, 0x46, 0x48, 0x00, 0x00, 0xaa, 0x11, 0xaa, 0x11, 0x00, 0x30, 0x65, 0x43, 0xec, 0xac };
const uint8_t boot_guid_linux[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };

static bool
find_text(const uint8_t *p, size_t n, const char *text)
{
	size_t k = strlen(text);

	for (size_t i = 0; i + k <= n; i++)
		if (!memcmp(p + i, text, k))
			return true;
	return false;
}

enum plan_code
boot_code_look(const uint8_t *p, size_t n)
{
	static const uint8_t isohdp[] = { 0x33, 0xed, 0xfa, 0x8e, 0xd5, 0xbc, 0x00, 0x7c, 0xfb, 0xfc };
	size_t used = n;

	while (used && !p[used - 1])
		used--;
	if (!used)
		return PLAN_NO_CODE;
	/* an APM of the image it was cut from may lie over its first bytes */
	if (n >= 432 && !memcmp(p + 32, isohdp, sizeof isohdp) && (!memcmp(p, isohdp, 2) || !memcmp(p, "ER", 2)))
		return PLAN_ISOLINUX;
	if (n >= 512 && (!memcmp(p, "\xeb\x63", 2) || !memcmp(p, "ER", 2)) && find_text(p, 440, "GRUB ") &&
	    load_le64(p + 432) && load_le64(p + 92) != 1)
		return PLAN_GRUB2;
	/* a system area whose code was taken out */
	for (size_t i = 0; i < n && i < 440; i++)
		if (p[i])
			return PLAN_OTHER_CODE;
	return n > 512 ? PLAN_OTHER_CODE : PLAN_NO_CODE;
}

int
boot_program_look(struct iso_boot *b, struct img_source *s, struct img_err *err)
{
	uint8_t p[4096];
	size_t n = s->size < sizeof p ? (size_t)s->size : sizeof p;
	int rc = n ? img_source_read(s, 0, p, n, err) : 0;

	if (rc)
		return rc;
	if (n > 68 && load_be32(p + 64) == UINT32_C(0xfbc07870))	/* isohybrid's mark in isolinux.bin */
		b->info_table = true;
	else if (n > 2556 && (find_text(p, 2048, "isolinux") || find_text(p, 2048, "ISOLINUX")))
		b->info_table = true;
	/* cdboot.img in front of GRUB's core image, which begins with diskboot.img ("loading") */
	else if (n == sizeof p && find_text(p, 2048, "cdrom read fails") && find_text(p + 2048, 512, "loading"))
		b->info_table = b->grub2 = true;
	return 0;
}
