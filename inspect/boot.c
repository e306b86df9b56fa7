/* SPDX-License-Identifier: BSD-2-Clause */
/* What boots how: the boot catalog of a disc, the code in an MBR, active partitions, EFI system partitions and the
 * programs in them.  Told in the report of every image, and by --boot alone. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "formats/iso9660/fat.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "inspect/inspect.h"
#include "inspect/text.h"
#include "inspect/volumes.h"

#define MBR_CODE 440		/* the disk's signature and the table follow */

/* By the type that GPT has for it, or the word of another table. */
static bool
is_type(const char *type, const char *gpt, const char *other)
{
	return strcasecmp(type, gpt) == 0 || strcasecmp(type, other) == 0;
}

bool
boot_is_esp(const char *type)
{
	return is_type(type, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "0xef");
}

/* ---- the MBR ---- */

static const struct boot_code {
	const char *bytes, *word, *title;
} codes[] = {
	/* observed: the boot sectors of these, each by a text that it prints */
	{ "GRUB", "grub2", "GRUB" },
	{ "isolinux", "isolinux", "isolinux, for discs on sticks" },
	{ "Operating system load error", "syslinux", "syslinux" },
	{ "LILO", "lilo", "LILO" },
	{ "iPXE", "ipxe", "iPXE" },
	{ "Error loading operating system", "microsoft", "Microsoft's, which starts the active partition" },
	{ "This is not a bootable disk", "mkfs.fat", "a notice that the disk does not boot" },
	{ "\xfa\xbe\0\x7c", "microsoft", "Microsoft's, which starts the active partition" },
};

/* "grub2", "unknown", or NULL: no code, or no sector to look at. */
static const char *
mbr_code(const struct inspection *in)
{
	uint8_t b[512];
	const void *text;
	size_t n = 0;

	if (img_source_read(in->arg.image.top, 0, b, sizeof b, NULL) || b[510] != 0x55 || b[511] != 0xaa)
		return NULL;
	while (n < MBR_CODE && !b[n])
		n++;
	if (n == MBR_CODE)
		return NULL;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		text = memmem(b, MBR_CODE, codes[i].bytes, strlen(codes[i].bytes));
		if (text)
			return codes[i].word;
	}
	return "unknown";
}

static const char *
code_title(const char *word)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i].word, word))
			return codes[i].title;
	return "not known to this build";
}

/* ---- the report ---- */

static void
report_esp(const struct inspection *in, const struct img_part *p, struct img_rep **io_list, struct img_rep *boot)
{
	char loaders[400] = "";
	uint64_t size;
	struct img_rep *o;

	if (!*io_list)
		*io_list = img_rep_arr(boot, "efi_partitions");
	o = img_rep_obj(*io_list, NULL);
	img_rep_uint(o, "partition", p->index);
	if (fat_probe(in->arg.image.top, p->start, &size))
		fat_loaders(in->arg.image.top, p->start, loaders, sizeof loaders);
	img_rep_str(o, "loaders", loaders[0] ? loaders : NULL);
}

struct found {
	bool bios, uefi;
	const struct img_part *active, *grub;	/* the first of their kind */
	struct img_rep *list;
};

static void
look_at_table(const struct inspection *in, const struct img_parts *t, struct found *f, struct img_rep *boot)
{
	for (size_t k = 0; k < t->n; k++) {
		const struct img_part *p = &t->v[k];

		/* the BIOS boot partition of GRUB */
		if (is_type(p->type, "21686148-6449-6e6f-744e-656564454649", "bios boot") && !f->grub)
			f->grub = p;
		if (p->bootable && !strcmp(t->scheme, "mbr") && !t->protective && !f->active)
			f->active = p;
		if (!boot_is_esp(p->type))
			continue;
		f->uefi = true;
		/* a hybrid disc lists the same range twice */
		if (!f->list || strcmp(t->scheme, "mbr"))
			report_esp(in, p, &f->list, boot);
	}
}

void
inspect_report_boot(struct inspection *in, struct img_rep *root)
{
	const struct img_volumes *v = &in->arg.volumes;
	const struct img_rep *layers = img_rep_get(root, "layers");
	bool discs = false;
	struct found f = { 0 };
	struct img_report *scratch;
	struct img_rep *o, *more;
	const char *code;

	for (const struct img_rep *l = layers ? layers->first : NULL; l; l = l->next) {
		discs = discs || img_rep_get(l, "el_torito");
		f.bios = f.bios || img_rep_get_bool(l, "boot_bios");
		f.uefi = f.uefi || img_rep_get_bool(l, "boot_uefi");
	}
	if (!in->arg.listed || !(v->n_tables || discs))
		return;
	scratch = img_report_new();	/* what comes behind the two words that it decides */
	more = img_report_root(scratch);
	volumes_look(in);
	code = v->n_tables ? mbr_code(in) : NULL;
	for (size_t i = 0; i < v->n_tables; i++)
		look_at_table(in, &v->table[i], &f, more);
	volumes_looked(in);
	o = img_rep_obj(root, "boot");
	img_rep_bool(o, "bios", f.bios || (code && (f.grub || f.active)));
	img_rep_bool(o, "uefi", f.uefi);
	volumes_report_boot(layers, o);
	if (code)
		img_rep_str(o, "mbr_code", code);
	if (f.active)
		img_rep_uint(o, "active_partition", f.active->index);
	if (f.grub)
		img_rep_uint(o, "bios_boot_partition", f.grub->index);
	for (const struct img_rep *c = more ? more->first : NULL; c; c = c->next)
		img_rep_copy(c, o);
	img_report_free(scratch);
}

/* ---- as text ---- */

const char *
boot_platform(const char *word)
{
	return !strcmp(word, "bios") ? "BIOS" : !strcmp(word, "uefi") ? "UEFI" : word;
}

/* "1 UEFI, no emulation, loads 2 KiB at 77824, EFI/BOOT/BOOTX64.EFI" */
static void
put_entry(const struct inspection *in, const struct img_rep *e, unsigned int number)
{
	const char *table = img_rep_get_str(e, "boot_info_table"), *loader = img_rep_get_str(e, "loader");
	const char *emulation = img_rep_get_str(e, "emulation");
	const struct img_rep *efi = img_rep_get(e, "efi_loaders");
	char size[TEXT_SIZE_MAX];

	printf("  %3u %s, %s, loads %s at %" PRIu64, number, boot_platform(img_rep_get_str(e, "platform")),
	       strcmp(emulation, "none") ? emulation : "no emulation",
	       text_size(size, img_rep_get_uint(e, "load_size", 0)), img_rep_get_uint(e, "offset", 0));
	if (!img_rep_get_bool(e, "bootable"))
		fputs(", not bootable", stdout);
	if (loader)
		printf(", %s", loader);
	if (table)
		printf(", boot info table %s", table);
	if (efi) {
		fputs(", ", stdout);
		text_put(stdout, efi->type == IMG_REP_STR ? efi->v.s : "no loader found", in->t->utf8);
	}
	putchar('\n');
}

static void
put_tables(const struct inspection *in, const struct img_rep *boot)
{
	const char *code = img_rep_get_str(boot, "mbr_code");
	const struct img_rep *esp = img_rep_get(boot, "efi_partitions");

	if (code)
		printf("  code in the MBR: %s\n", code_title(code));
	if (img_rep_get(boot, "active_partition"))
		printf("  partition %" PRIu64 " is active%s\n", img_rep_get_uint(boot, "active_partition", 0),
		       code ? "" : ", but the MBR holds no code that would start it");
	if (img_rep_get(boot, "bios_boot_partition"))
		printf("  partition %" PRIu64 " holds GRUB's core for a BIOS\n", img_rep_get_uint(boot, "bios_boot_partition", 0));
	for (const struct img_rep *e = esp ? esp->first : NULL; e; e = e->next) {
		const char *loaders = img_rep_get_str(e, "loaders");

		printf("  partition %" PRIu64 " is for UEFI: ", img_rep_get_uint(e, "partition", 0));
		text_put(stdout, loaders ? loaders : "no loader found", in->t->utf8);
		putchar('\n');
	}
}

void
text_boot(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *boot = img_rep_get(doc, "boot"), *entries = img_rep_get(boot, "entries");
	bool bios = img_rep_get_bool(boot, "bios"), uefi = img_rep_get_bool(boot, "uefi");
	unsigned int n = 0;

	if (!bios && !uefi && !entries && !img_rep_get(boot, "mbr_code") && !img_rep_get(boot, "active_partition")) {
		if (in->o->boot)
			puts("nothing boots: no boot catalog, no boot code, no active and no EFI system partition");
		return;
	}
	text_heading(in, "Boot");
	printf("  BIOS %s, UEFI %s\n", bios ? "yes" : "no", uefi ? "yes" : "no");
	for (const struct img_rep *e = entries ? entries->first : NULL; e; e = e->next)
		put_entry(in, e, ++n);
	put_tables(in, boot);
}
