/* SPDX-License-Identifier: BSD-2-Clause */
/* What starts: each way from the firmware to what it loads is a row of steps. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"

#define MAX_WAYS 32

static void
step(struct html *h, const char *words)
{
	html_element(h, "li", NULL, words);
}

/* An entry of the boot catalog. */
static void
put_entry(struct html *h, const struct img_rep *e)
{
	const char *platform = img_rep_get_str(e, "platform"), *emulation = img_rep_get_str(e, "emulation");
	const char *loader = img_rep_get_str(e, "loader"), *efi = img_rep_get_str(e, "efi_loaders");
	const char *table = img_rep_get_str(e, "boot_info_table");
	char size[TEXT_SIZE_MAX];

	html_raw(h, "<ol class=\"way\">");
	step(h, platform ? boot_platform(platform) : "firmware");
	html_raw(h, "<li>El Torito boot catalog</li><li>boot image of ");
	html_fmt(h, "%s at %" PRIu64, text_size(size, img_rep_get_uint(e, "load_size", 0)), img_rep_get_uint(e, "offset", 0));
	if (emulation && strcmp(emulation, "none")) {
		html_raw(h, ", as ");
		html_text(h, emulation);
	}
	html_raw(h, img_rep_get_bool(e, "bootable") ? "" : ", not bootable");
	if (table)
		html_fmt(h, ", boot info table %s", table);
	html_raw(h, "</li>");
	if (efi)
		step(h, efi);
	else if (loader)
		step(h, loader);
	html_raw(h, "</ol>\n");
}

static void
put_partition(struct html *h, const char *scheme, const struct img_rep *p, bool uefi)
{
	const char *name = img_rep_get_str(p, "name");
	char table[16];

	html_fmt(h, "<ol class=\"way\"><li>%s</li><li>%s</li><li>%spartition %" PRIu64, uefi ? "UEFI" : "BIOS",
		 text_upper(table, sizeof table, scheme), uefi ? "EFI system " : "active ", img_rep_get_uint(p, "index", 0));
	if (name) {
		html_raw(h, " ");
		html_element(h, "q", NULL, name);
	}
	html_raw(h, "</li></ol>\n");
}

static void
put_partitions(const struct article *a, unsigned int *n)
{
	for (const struct img_rep *l = text_first_layer(a->doc, "partition_table"); l;
	     l = text_next_layer(l->next, "partition_table")) {
		const struct img_rep *list = img_rep_get(l, "partitions");
		const char *scheme = img_rep_get_str(l, "format");

		if (img_rep_get_bool(l, "protective"))
			continue;
		for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next) {
			bool mbr = img_rep_get_bool(p, "bootable") && !strcmp(scheme, "mbr");
			const char *type = img_rep_get_str(p, "type");
			bool esp = type && boot_is_esp(type);

			if ((esp || mbr) && (*n)++ < MAX_WAYS)
				put_partition(a->h, scheme, p, esp);
		}
	}
}

void
page_boot(const struct article *a)
{
	const struct img_rep *boot = img_rep_get(a->doc, "boot"), *entries = img_rep_get(boot, "entries");
	bool bios = img_rep_get_bool(boot, "bios"), uefi = img_rep_get_bool(boot, "uefi");
	unsigned int n = 0;

	if (!boot)
		return;
	page_section(a, "Boot");
	html_fmt(a->h, "<p>%s</p>\n", bios && uefi ? "Boots from BIOS and UEFI." : bios ? "Boots from BIOS." :
		 uefi ? "Boots from UEFI." : "Nothing was found that would boot.");
	if (bios || uefi || entries)
		html_raw(a->h, "<figure>\n");
	for (const struct img_rep *e = entries ? entries->first : NULL; e; e = e->next)
		if (n++ < MAX_WAYS)
			put_entry(a->h, e);
	put_partitions(a, &n);
	if (n > MAX_WAYS)
		html_fmt(a->h, "<p class=\"note\">and %u more</p>\n", n - MAX_WAYS);
	if (bios || uefi || entries)
		html_raw(a->h, "<figcaption>From the firmware to what it loads, as far as the image tells.</figcaption>\n</figure>\n");
	page_section_end(a);
}
