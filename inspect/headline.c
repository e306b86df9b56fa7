/* SPDX-License-Identifier: BSD-2-Clause */
/* The first line of a report: what is it.  A container comes first and what it holds behind it; a disc that is nothing
 * but its file system is called by that. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"
#include "inspect/volumes.h"

/* "Apple disk image (UDZO, zlib)" */
static void
put_kind(const struct inspection *in, const struct img_rep *layer)
{
	const char *title = img_rep_get_str(layer, "title"), *variant = img_rep_get_str(layer, "variant");
	const struct img_rep *list = img_rep_get(layer, "compression");
	const char *before = " (";

	if (!title)
		title = "disk image";
	printf("%.*s", (int)(strstr(title, " (") ? strstr(title, " (") - title : (ptrdiff_t)strlen(title)), title);
	if (variant) {
		fputs(before, stdout);
		for (; *variant; variant++)
			putchar(toupper((unsigned char)*variant));
		before = ", ";
	}
	for (const struct img_rep *c = list ? list->first : NULL; c; c = c->next) {
		fputs(before, stdout);
		text_put(stdout, c->type == IMG_REP_STR ? c->v.s : "?", in->t->utf8);
		before = ", ";
	}
	if (before[0] == ',')
		putchar(')');
}

/* No file system was recognised: the type of the largest partition says what should be there. */
static void
put_largest_type(const struct inspection *in, const struct img_rep *table)
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
	fputs(best ? ", " : ", partitioned, empty", stdout);
	text_put(stdout, title ? title : "", in->t->utf8);
}

/* Up to three file systems by name, then their number. */
static void
put_contents(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *table = text_first_layer(doc, "partition_table"), *fs = text_first_layer(doc, "filesystem");
	unsigned int n = 0;

	for (; fs; fs = text_next_layer(fs->next, "filesystem")) {
		const char *label = img_rep_get_str(fs, "label");

		if (++n > 3)
			continue;
		printf(", %s", img_rep_get_str(fs, "title"));
		if (label && *label) {
			fputs(" \"", stdout);
			text_put(stdout, label, in->t->utf8);
			putchar('"');
		}
	}
	if (n > 3)
		printf(" and %u more", n - 3);
	if (n == 0 && table)
		put_largest_type(in, table);
}

/* The file system that the image is, or NULL: it begins where plain sectors begin, and could be opened. */
static const struct img_rep *
lead(const struct inspection *in, const struct img_rep *doc)
{
	if (in->arg.image.n || in->arg.only || !in->n_vol || !in->vol[0].tree || in->vol[0].volume->off)
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
put_also(const char *word, unsigned int *n)
{
	printf("%s%s", (*n)++ ? ", " : " (", word);
}

/* ISO 9660 "LABEL" (Joliet, Rock Ridge, UDF) */
static void
put_lead(const struct inspection *in, const struct img_rep *fs)
{
	uint64_t part = img_rep_get_uint(fs, "partition", UINT64_MAX);
	const char *label = img_rep_get_str(fs, "label");
	unsigned int n = 0;

	fputs(img_rep_get_str(fs, "title"), stdout);
	if (label && *label) {
		fputs(" \"", stdout);
		text_put(stdout, label, in->t->utf8);
		putchar('"');
	}
	if (has_view(fs, "joliet"))
		put_also("Joliet", &n);
	if (has_view(fs, "rr"))
		put_also("Rock Ridge", &n);
	for (fs = text_next_layer(fs->next, "filesystem"); fs; fs = text_next_layer(fs->next, "filesystem"))
		if (img_rep_get_uint(fs, "partition", UINT64_MAX) == part)
			put_also(img_rep_get_str(fs, "title"), &n);
	if (n)
		putchar(')');
}

static void
put_boots(const struct img_rep *doc)
{
	const struct img_rep *boot = img_rep_get(doc, "boot");
	bool bios = img_rep_get_bool(boot, "bios"), uefi = img_rep_get_bool(boot, "uefi");

	if (bios || uefi)
		printf(", boots %s", bios && uefi ? "BIOS and UEFI" : bios ? "BIOS" : "UEFI");
}

void
text_headline(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *top = text_first_layer(doc, "container"), *fs = lead(in, doc);
	uint64_t size = img_rep_get_uint(img_rep_get(doc, "file"), "size", img_rep_get_uint(top, "stored_size", 0));
	uint64_t holds = img_rep_get_uint(doc, "virtual_size", size);
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	text_put(stdout, in->path, in->t->utf8);
	fputs(": ", stdout);
	if (fs)
		put_lead(in, fs);
	else if (top)
		put_kind(in, top);
	else
		fputs("encrypted disk image", stdout);
	printf(", %s", text_size(a, size));
	if (top && holds != size && holds)
		printf(" holding %s", text_size(b, holds));
	if (fs) {
		put_boots(doc);
		fputs(img_rep_get_bool(fs, "truncated") ? ", truncated" : "", stdout);
	} else {
		put_contents(in, doc);
	}
	putchar('\n');
}
