/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan of an image's author as lines: the catalog, the partitions, what firmware will find. */
#include "config.h"

#include "convert/boot_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/tool.h"
#include "img/report.h"
#include "img/source.h"

static void
put_entry(const struct tool *t, const struct img_rep *e, unsigned int n)
{
	const struct img_rep *patches = img_rep_get(e, "patches");
	const char *emulation = img_rep_get_str(e, "emulation");
	char size[TEXT_SIZE_MAX], load[TEXT_SIZE_MAX];

	printf("  boot image %u: %s, ", n, img_rep_get_str(e, "platform"));
	text_put(stdout, img_rep_get_str(e, "image"), t->utf8);
	printf(": %s at %" PRIu64, text_size(size, img_rep_get_uint(e, "size", 0)), img_rep_get_uint(e, "offset", 0));
	if (img_rep_get_uint(e, "load_size", 0))
		printf(", loads %s", text_size(load, img_rep_get_uint(e, "load_size", 0)));
	if (emulation && strcmp(emulation, "none") != 0)
		printf(", as %s", emulation);
	for (const struct img_rep *p = patches ? patches->first : NULL; p; p = p->next)
		printf(", %s", p->v.s);
	putchar('\n');
}

static void
put_partition(const struct tool *t, const struct img_rep *p)
{
	const char *name = img_rep_get_str(p, "name");
	char size[TEXT_SIZE_MAX];

	printf("  %s partition %" PRIu64 ": %s at %" PRIu64 ", type %s", img_rep_get_str(p, "table"),
	       img_rep_get_uint(p, "index", 0), text_size(size, img_rep_get_uint(p, "size", 0)),
	       img_rep_get_uint(p, "offset", 0), img_rep_get_str(p, "type"));
	if (name) {
		fputs(", ", stdout);
		text_put(stdout, name, t->utf8);
	}
	puts(img_rep_get_bool(p, "active") ? " (active)" : "");
}

static void
put_firmware(const struct tool *t, const struct img_rep *f)
{
	static const char *const ways[][2] = {
		{ "bios_cd", "BIOS from CD" }, { "bios_usb", "BIOS from USB" },
		{ "uefi_cd", "UEFI from CD" }, { "uefi_usb", "UEFI from USB" },
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const char *what = img_rep_get_str(f, ways[i][0]);

		printf("  %s: ", ways[i][1]);
		text_put(stdout, what ? what : "nothing", t->utf8);
		putchar('\n');
	}
}

static void
put_catalog(const struct tool *t, const struct img_rep *c)
{
	const char *path = img_rep_get_str(c, "path");

	if (!img_rep_get(c, "offset"))
		return;
	printf("  boot catalog at %" PRIu64, img_rep_get_uint(c, "offset", 0));
	fputs(path ? ", " : ", without a name", stdout);
	if (path)
		text_put(stdout, path, t->utf8);
	putchar('\n');
}

void
boot_report(struct img_source *built, struct img_rep *root)
{
	if (built && built->ops->describe)
		built->ops->describe(built, root, NULL);
}

void
boot_text(const struct tool *t, struct img_source *built)
{
	struct img_report *rep = img_report_new();
	const struct img_rep *boot, *list;
	unsigned int n = 0;

	boot_report(built, img_report_root(rep));
	boot = img_rep_get(img_report_root(rep), "boot");
	if (boot) {
		put_catalog(t, img_rep_get(boot, "catalog"));
		list = img_rep_get(boot, "entries");
		for (const struct img_rep *e = list ? list->first : NULL; e; e = e->next)
			put_entry(t, e, ++n);
		list = img_rep_get(boot, "partitions");
		for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next)
			put_partition(t, p);
		put_firmware(t, img_rep_get(boot, "firmware"));
	}
	img_report_free(rep);
}
