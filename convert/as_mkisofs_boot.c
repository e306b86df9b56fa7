/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of the boot catalog, which mkisofs describes by options before and behind the image's name.
 *
 *	-b, -e		name the image of the current entry, which begins with the first option about one
 *	-eltorito-alt-boot	ends it; around the image of --efi-boot that goes without saying
 *	all others	describe the current one
 *
 * The author of ISO 9660 is told entry by entry: the image, and then what describes it.  What it would find out by
 * looking (information tables for ISOLINUX and GRUB) is told too: only what was asked for is patched. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/as_mkisofs.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/tool.h"

/* ---- entries ---- */

/* The entry that is being described. */
static struct mk_boot *
current(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	struct mk_boot *b = m->n_boot ? &m->boot[m->n_boot - 1] : NULL;

	if (b && !b->closed)
		return b;
	if (m->n_boot == MK_MAX_BOOT) {
		img_fail(err, IMG_E_USAGE, "%s: more than %d entries to boot from", w->shown, MK_MAX_BOOT);
		return NULL;
	}
	m->boot[m->n_boot] = (struct mk_boot) { 0 };
	return &m->boot[m->n_boot++];
}

int
mk_boot_next(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (m->n_boot)
		m->boot[m->n_boot - 1].closed = true;
	return 0;
}

int
mk_boot_image(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	bool whole = !strcmp(w->row->value, "grub");	/* --efi-boot: an entry of its own */
	struct mk_boot *b;

	if (m->n_boot && m->boot[m->n_boot - 1].path && (whole || m->boot[m->n_boot - 1].whole))
		mk_boot_next(m, w, err);
	b = current(m, w, err);
	if (!b)
		return IMG_E_USAGE;
	if (b->path && strcmp(b->path, w->value[0])) {
		snprintf(m->t->hint, sizeof m->t->hint, "-eltorito-alt-boot in front of it begins another entry");
		return img_fail(err, IMG_E_USAGE, "%s %.80s: this entry already boots %.80s", w->shown, w->value[0], b->path);
	}
	b->path = w->value[0];
	if (strcmp(w->row->value, "bios"))
		b->platform = "efi";
	else if (m->platform)
		b->platform = m->platform;
	m->platform = NULL;
	b->whole = whole;
	if (whole)
		b->media = "none";
	return 0;
}

int
mk_boot_says(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const char *key = w->row->key, *v = w->row->value ? w->row->value : w->value[0];
	struct mk_boot *b = current(m, w, err);

	if (!b)
		return IMG_E_USAGE;
	if (!strcmp(key, "media"))
		b->media = v;
	else if (!strcmp(key, "sectors"))
		b->sectors = v;
	else if (!strcmp(key, "segment"))
		b->segment = v;
	else if (!strcmp(key, "gpt"))
		b->gpt = v;
	else if (!strcmp(key, "apm"))
		b->apm = v;
	else if (!strcmp(key, "info-table"))
		b->info_table = true;
	else
		b->grub2 = true;
	return 0;
}

/* Of the image that comes next or, where one is named already, of that. */
int
mk_platform(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	struct mk_boot *b = m->n_boot ? &m->boot[m->n_boot - 1] : NULL;
	const char *v = w->value[0];

	if (!strcasecmp(v, "x86") || !strcmp(v, "0"))
		v = "x86";
	else if (!strcasecmp(v, "efi") || !strcasecmp(v, "0xef") || !strcmp(v, "239"))
		v = "efi";
	else
		return img_fail(err, IMG_E_USAGE, "%s %.40s: imgconv makes entries for x86 and efi", w->shown, v);
	if (b && b->path && !b->closed && (b->platform || !strcmp(v, "efi")))
		b->platform = v;
	else
		m->platform = v;
	return 0;
}

/* ---- partitions ---- */

/* "a2a0d0eb-..." of 32 digits as they are stored, or with dashes as they are written: as written. */
static bool
as_guid(const char *text, char ret[37])
{
	static const uint8_t at[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t n = 0;

	if (strlen(text) == 36) {
		snprintf(ret, 37, "%s", text);
		return true;
	}
	if (strlen(text) != 32 || strspn(text, "0123456789abcdefABCDEF") != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			ret[n++] = '-';
		ret[n++] = text[2 * at[i]];
		ret[n++] = text[2 * at[i] + 1];
	}
	ret[n] = '\0';
	return true;
}

/* The type of a partition as our key has it: two digits or a GUID; "Linux", "FAT12" and numbers are theirs. */
static bool
as_type(const char *text, char ret[37])
{
	unsigned long v;
	char *end;

	if (as_guid(text, ret))
		return true;
	v = strtoul(text, &end, 16);
	if (!strcasecmp(text, "linux"))
		v = 0x83;
	else if (!strcasecmp(text, "fat12"))
		v = 0x01;
	else if (!strcasecmp(text, "fat16"))
		v = 0x06;
	else if (!*text || *end || v > 255)
		return false;
	snprintf(ret, 37, "%02lx", v);
	return true;
}

int
mk_append(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	size_t room = strlen(w->value[2]) + 48;
	char *value = img_arena_alloc(m->o->arena, room), type[37];

	if (!value)
		return img_fail_nomem(err);
	if (w->value[0][0] < '1' || w->value[0][0] > '8' || w->value[0][1])
		return img_fail(err, IMG_E_USAGE, "%s %.20s: the number of a partition, 1 to 8, is expected", w->shown,
				w->value[0]);
	if (!as_type(w->value[1], type))
		return img_fail(err, IMG_E_USAGE, "%s %s %.40s: the type of a partition, as 0xef or a GUID, is expected",
				w->shown, w->value[0], w->value[1]);
	snprintf(value, room, "%s:%s:%s", w->value[0], type, w->value[2]);
	return conv_add_key(m->o, "append-partition", value, err);
}

/* The first entry for UEFI becomes a partition. */
int
mk_efi_part(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (strcmp(w->value[0], "--efi-boot-image")) {
		snprintf(m->t->hint, sizeof m->t->hint, "-append_partition 2 0xef FILE puts a file into a partition");
		return img_fail(err, IMG_E_USAGE, "%s %.80s: imgconv knows only --efi-boot-image", w->shown, w->value[0]);
	}
	m->efi_part = true;
	return 0;
}

int
mk_grub_mbr(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	int rc = conv_add_key(m->o, "mbr", w->value[0], err);

	return rc ? rc : conv_add_key(m->o, "grub2-mbr", "yes", err);
}

/* "random" and "modification-date" leave it to the writer, and ours is made of the layout. */
int
mk_disk_guid(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (!strcmp(w->value[0], "random") || !strcmp(w->value[0], "modification-date"))
		return 0;
	return mk_key(m, w, err);
}

int
mk_iso_type(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return strcmp(w->value[0], "default") ? mk_key(m, w, err) : 0;
}

/* Whole cylinders are what our isohybrids have anyway, and only they. */
int
mk_align(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const char *v = w->value[0];

	if (!strcmp(v, "auto"))
		return 0;
	if (strcmp(v, "on") && strcmp(v, "all") && strcmp(v, "off"))
		return img_fail(err, IMG_E_USAGE, "%s %.40s: auto, on, all or off is expected", w->shown, v);
	return conv_add_key(m->o, "cylinders", strcmp(v, "off") ? "yes" : "no", err);
}

/* ---- all of it ---- */

/* What "-G FILE" brings is a whole system area, or boot code below the table that another option asks for. */
static int
tell_area(struct mk *m, struct img_err *err)
{
	if (m->area)
		return conv_add_key(m->o, m->msdos_label ? "mbr" : "system-area", m->area, err);
	return m->msdos_label ? conv_add_key(m->o, "mbr-table", "yes", err) : 0;
}

/* "--interval:appended_partition_2:all::", with perhaps "_start_…_size_…" in it as xorriso reports it: its number. */
static const char *
appended(struct mk *m, const char *path)
{
	static const char head[] = "--interval:appended_partition_";
	const char *p = path + sizeof head - 1;
	char *value;

	if (strncmp(path, head, sizeof head - 1) || !isdigit((unsigned char)*p) || !strstr(p, ":all::"))
		return NULL;
	value = img_arena_alloc(m->o->arena, 16);
	if (value)
		snprintf(value, 16, "append:%.*s", (int)strspn(p, "0123456789") & 7, p);
	return value;
}

static int
boot_key(struct mk *m, const char *key, const char *value, struct img_err *err)
{
	return value ? conv_add_key(m->o, key, value, err) : 0;
}

static int
tell_entry(struct mk *m, const struct mk_boot *b, struct img_err *err)
{
	bool efi = b->platform && !strcmp(b->platform, "efi");
	const char *path = b->path;
	int rc;

	if (!strncmp(path, "--interval:", 11)) {
		path = appended(m, path);
		if (!path || !efi)
			return img_fail(err, IMG_E_USAGE, "%.80s: imgconv can start an appended partition by UEFI, nothing else",
					b->path);
	}
	rc = conv_add_key(m->o, efi ? "boot-efi" : "boot-bios", path, err);
	if (!rc && path == b->path)
		rc = boot_key(m, "boot-emulation", b->media ? b->media : efi ? "none" : "floppy", err);
	if (!rc && (path == b->path || b->sectors))
		rc = boot_key(m, "boot-load-size", b->sectors ? b->sectors : "full", err);
	if (!rc)
		rc = boot_key(m, "boot-load-segment", b->segment, err);
	if (!rc)
		rc = boot_key(m, "boot-info-table", b->info_table ? "yes" : efi ? NULL : "no", err);
	if (!rc)
		rc = boot_key(m, "grub2-boot-info", b->grub2 ? "yes" : efi ? NULL : "no", err);
	if (!rc)
		rc = boot_key(m, "gpt-boot", b->gpt, err);
	return rc ? rc : boot_key(m, "apm-boot", b->apm, err);
}

/* --efi-boot-image takes the first entry for UEFI. */
static int
mark_efi(struct mk *m, struct img_err *err)
{
	for (size_t i = 0; i < m->n_boot; i++)
		if (m->boot[i].platform && !strcmp(m->boot[i].platform, "efi")) {
			m->boot[i].gpt = "efi";
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "-efi-boot-part --efi-boot-image: no image to boot by UEFI was named");
}

int
mk_boot_settle(struct mk *m, struct img_err *err)
{
	int rc = m->efi_part ? mark_efi(m, err) : 0;

	if (!rc && !m->n_boot && (m->catalog || m->hide_catalog))
		return img_fail(err, IMG_E_USAGE, "a boot catalog is described, but nothing to boot was named");
	if (!rc && m->n_boot && !m->boot[m->n_boot - 1].path) {
		snprintf(m->t->hint, sizeof m->t->hint, "-b or -e names it");
		return img_fail(err, IMG_E_USAGE, "an entry to boot from is described, but its image was not named");
	}
	for (size_t i = 0; !rc && i < m->n_boot; i++)
		rc = m->boot[i].path ? tell_entry(m, &m->boot[i], err) : 0;
	if (!rc)
		rc = tell_area(m, err);
	if (rc || !m->n_boot || m->hide_catalog)
		return rc;
	return conv_add_key(m->o, "boot-catalog", m->catalog ? m->catalog : "boot.catalog", err);
}
