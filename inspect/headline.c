/* SPDX-License-Identifier: BSD-2-Clause */
/* The first line of a report: what is it.  A container comes first and what it holds behind it; a disc that is nothing
 * but its file system is called by that. */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"
#include "inspect/volumes.h"

/* An xz stream is compressed by xz: once is enough. */
static bool
is_first_word(const char *title, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(title, word, n) && title[n] == ' ';
}

/* "a, b, c": what stands in brackets behind a kind; *before says what comes in front of the next word. */
static void
put_word(FILE *f, bool utf8, const char *word, const char **before)
{
	fputs(*before, f);
	text_put(f, word, utf8);
	*before = ", ";
}

/* Of a DMG hdiutil's word: UDZO. */
static void
put_variant(FILE *f, bool utf8, const struct img_rep *layer, const char **before)
{
	const char *variant = img_rep_get_str(layer, "variant");
	char word[64];

	if (variant)
		put_word(f, utf8, strcmp(img_rep_get_str(layer, "format"), "dmg") ? variant
										  : text_upper(word, sizeof word, variant), before);
}

/* "Apple disk image (UDZO, zlib)", "encrypted Apple disk image (AES-256)" */
static void
put_kind(FILE *f, bool utf8, const struct img_rep *layer)
{
	const char *title = img_rep_get_str(layer, "title"), *cipher = img_rep_get_str(layer, "encryption");
	const struct img_rep *list = img_rep_get(layer, "compression");
	const char *before = " (";

	if (!title)
		title = "disk image";
	fprintf(f, "%.*s", (int)(strstr(title, " (") ? strstr(title, " (") - title : (ptrdiff_t)strlen(title)), title);
	put_variant(f, utf8, layer, &before);
	for (const struct img_rep *c = list ? list->first : NULL; c; c = c->next)
		if (c->type == IMG_REP_STR && !is_first_word(title, c->v.s))
			put_word(f, utf8, c->v.s, &before);
	if (cipher)
		put_word(f, utf8, cipher, &before);
	if (before[0] == ',')
		putc(')', f);
	if (img_rep_get(layer, "parts"))
		fprintf(f, " (%" PRIu64 ")", img_rep_get_uint(layer, "parts", 0));
}

/* No file system was recognised: the type of the largest partition says what should be there. */
static void
put_largest_type(FILE *f, bool utf8, const struct img_rep *table)
{
	const struct img_rep *parts = img_rep_get(table, "partitions"), *best = NULL;
	const char *title;

	for (const struct img_rep *p = parts ? parts->first : NULL; p; p = p->next)
		if (!img_rep_get_bool(p, "meta") &&
		    (!best || img_rep_get_uint(p, "size", 0) > img_rep_get_uint(best, "size", 0)))
			best = p;
	title = img_rep_get_str(best, "type_title");
	if (!title)
		title = img_rep_get_str(best, "type");
	fputs(best ? ", " : ", partitioned, empty", f);
	text_put(f, title ? title : "", utf8);
}

/* Up to three file systems by name, then their number. */
static void
put_contents(FILE *f, bool utf8, const struct img_rep *doc)
{
	const struct img_rep *table = text_first_layer(doc, "partition_table"), *fs = text_first_layer(doc, "filesystem");
	unsigned int n = 0;

	for (; fs; fs = text_next_layer(fs->next, "filesystem")) {
		const char *label = img_rep_get_str(fs, "label");

		if (++n > 3)
			continue;
		fprintf(f, ", %s", img_rep_get_str(fs, "title"));
		if (label && *label) {
			fputs(" \"", f);
			text_put(f, label, utf8);
			putc('"', f);
		}
	}
	if (n > 3)
		fprintf(f, " and %u more", n - 3);
	if (n == 0 && table)
		put_largest_type(f, utf8, table);
}

/* The file system that the image is, or NULL: it begins where plain sectors begin, and could be opened; or it is one that
 * this build only knows by name, and there is no partition table. */
static const struct img_rep *
lead(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_volumes *v = &in->arg.volumes;

	if (in->arg.image.n || in->arg.only)
		return NULL;
	if (in->n_vol ? !in->vol[0].tree || in->vol[0].volume->off : in->status || v->n_tables || v->n != 1)
		return NULL;
	return text_first_layer(doc, "filesystem");
}

static bool
has_view(const struct img_rep *fs, const char *view)
{
	const struct img_rep *trees = img_rep_get(fs, "trees");

	for (const struct img_rep *t = trees ? trees->first : NULL; t; t = t->next)
		if (!strcmp(img_rep_get_str(t, "view"), view))
			return true;
	return false;
}

/* "x" and "y" become " (x, y": the next word of a list in brackets. */
static void
put_also(FILE *f, const char *word, unsigned int *n)
{
	fprintf(f, "%s%s", (*n)++ ? ", " : " (", word);
}

/* ISO 9660 "LABEL" (Joliet, Rock Ridge, UDF) */
static void
put_lead(FILE *f, bool utf8, const struct img_rep *fs)
{
	uint64_t part = img_rep_get_uint(fs, "partition", UINT64_MAX);
	const char *label = img_rep_get_str(fs, "label");
	unsigned int n = 0;

	fputs(img_rep_get_str(fs, "title"), f);
	if (label && *label) {
		fputs(" \"", f);
		text_put(f, label, utf8);
		putc('"', f);
	}
	if (has_view(fs, "joliet"))
		put_also(f, "Joliet", &n);
	if (has_view(fs, "rr"))
		put_also(f, "Rock Ridge", &n);
	for (fs = text_next_layer(fs->next, "filesystem"); fs; fs = text_next_layer(fs->next, "filesystem"))
		if (img_rep_get_uint(fs, "partition", UINT64_MAX) == part)
			put_also(f, img_rep_get_str(fs, "title"), &n);
	if (n)
		putc(')', f);
}

static void
put_boots(FILE *f, const struct img_rep *doc)
{
	const struct img_rep *boot = img_rep_get(doc, "boot");
	bool bios = img_rep_get_bool(boot, "bios"), uefi = img_rep_get_bool(boot, "uefi");

	if (bios || uefi)
		fprintf(f, ", boots %s", bios && uefi ? "BIOS and UEFI" : bios ? "BIOS" : "UEFI");
}

/* The containers inside the first one; an encrypted one around a DMG says enough. */
static void
put_inner(FILE *f, bool utf8, const struct img_rep *top)
{
	const struct img_rep *l = top ? text_next_layer(top->next, "container") : NULL;

	for (; l; l = text_next_layer(l->next, "container")) {
		fputs(", ", f);
		put_kind(f, utf8, l);
	}
}

void
text_what(FILE *f, const struct inspection *in, const struct img_rep *doc, bool utf8)
{
	const struct img_rep *top = text_first_layer(doc, "container"), *fs = lead(in, doc);
	uint64_t size = img_rep_get_uint(img_rep_get(doc, "file"), "size", 0);
	uint64_t holds;
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	if (!size || img_rep_get(top, "parts"))		/* a bundle, a set of files */
		size = img_rep_get_uint(top, "stored_size", 0);
	holds = img_rep_get_uint(doc, "virtual_size", size);
	if (fs)
		put_lead(f, utf8, fs);
	else if (top)
		put_kind(f, utf8, top);
	else
		fputs("encrypted disk image", f);
	fprintf(f, ", %s", text_size(a, size));
	if (top && holds != size && holds)
		fprintf(f, " holding %s", text_size(b, holds));
	put_inner(f, utf8, top);
	if (fs) {
		put_boots(f, doc);
		fputs(img_rep_get_bool(fs, "truncated") ? ", truncated" : "", f);
	} else {
		put_contents(f, utf8, doc);
	}
}

void
text_headline(const struct inspection *in, const struct img_rep *doc)
{
	text_put(stdout, in->path, in->t->utf8);
	fputs(": ", stdout);
	text_what(stdout, in, doc, in->t->utf8);
	putchar('\n');
}
