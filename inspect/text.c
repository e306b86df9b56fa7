/* SPDX-License-Identifier: BSD-2-Clause */
/* The document for people.  The first line answers "what is it"; blocks follow, the short ones first. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"

void
text_heading(const struct inspection *in, const char *words)
{
	bool color = tool_color(in->t, stdout);

	printf("%s%s%s\n", color ? "\033[1m" : "", words, color ? "\033[0m" : "");
}

static const struct img_rep *
next_layer(const struct img_rep *l, const char *kind)
{
	for (; l; l = l->next) {
		const char *k = img_rep_get_str(l, "kind");

		if (k && strcmp(k, kind) == 0)
			return l;
	}
	return NULL;
}

static const struct img_rep *
first_layer(const struct img_rep *doc, const char *kind)
{
	const struct img_rep *layers = img_rep_get(doc, "layers");

	return layers ? next_layer(layers->first, kind) : NULL;
}

/* ---- the first line ---- */

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
	fputs(best ? ", partitioned, " : ", partitioned, empty", stdout);
	text_put(stdout, title ? title : "", in->t->utf8);
}

/* Up to three file systems by name, then their number. */
static void
put_contents(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *table = first_layer(doc, "partition_table"), *fs = first_layer(doc, "filesystem");
	unsigned int n = 0;

	for (; fs; fs = next_layer(fs->next, "filesystem")) {
		const char *label = img_rep_get_str(fs, "label");

		if (++n > 3)
			continue;
		printf(", %s", img_rep_get_str(fs, "title"));
		if (label) {
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

static void
first_line(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *top = first_layer(doc, "container");
	uint64_t size = img_rep_get_uint(img_rep_get(doc, "file"), "size", img_rep_get_uint(top, "stored_size", 0));
	uint64_t holds = img_rep_get_uint(doc, "virtual_size", size);
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	text_put(stdout, in->path, in->t->utf8);
	fputs(": ", stdout);
	if (top)
		put_kind(in, top);
	else
		fputs("encrypted disk image", stdout);
	printf(", %s", text_size(a, size));
	if (top && holds != size)
		printf(" holding %s", text_size(b, holds));
	put_contents(in, doc);
	putchar('\n');
}

/* ---- blocks ---- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void put_value(const struct inspection *in, const struct img_rep *v);

/* "zlib 12, zero 3" or "zlib, lzfse" */
static void
put_list(const struct inspection *in, const struct img_rep *v)
{
	for (const struct img_rep *c = v->first; c; c = c->next) {
		if (c != v->first)
			fputs(", ", stdout);
		if (v->type == IMG_REP_OBJ)
			printf("%s ", c->key);
		put_value(in, c);
	}
	if (!v->first)
		fputs("none", stdout);
}

static void
put_value(const struct inspection *in, const struct img_rep *v)
{
	char size[TEXT_SIZE_MAX];

	switch (v->type) {
	case IMG_REP_NULL:
		fputs("unknown", stdout);
		break;
	case IMG_REP_BOOL:
		fputs(v->v.b ? "yes" : "no", stdout);
		break;
	case IMG_REP_UINT:
		if (v->key && (ends_in(v->key, "size") || ends_in(v->key, "bytes")))
			printf("%s (%" PRIu64 ")", text_size(size, v->v.u), v->v.u);
		else
			printf("%" PRIu64, v->v.u);
		break;
	case IMG_REP_INT:
		printf("%" PRId64, v->v.i);
		break;
	case IMG_REP_REAL:
		printf("%g", v->v.r);
		break;
	case IMG_REP_STR:
		if (strlen(v->v.s) > 200 && !in->t->o.verbose)
			printf("(%zu bytes; --field shows it)", strlen(v->v.s));
		else
			text_put(stdout, v->v.s, in->t->utf8);
		break;
	case IMG_REP_OBJ:
	case IMG_REP_ARR:
		put_list(in, v);
		break;
	}
}

/* Every fact of a container that the first line does not tell, in the format's own order. */
static void
put_container(const struct inspection *in, const struct img_rep *layer)
{
	static const char *const told[] = { "kind", "format", "title", "variant", "compression" };

	text_heading(in, img_rep_get_str(layer, "title"));
	for (const struct img_rep *v = layer->first; v; v = v->next) {
		char name[40];
		size_t i = 0;

		while (i < sizeof told / sizeof *told && strcmp(v->key, told[i]))
			i++;
		if (i < sizeof told / sizeof *told || (v->type == IMG_REP_NULL && !in->t->o.verbose))
			continue;
		snprintf(name, sizeof name, "%s", v->key);
		for (char *p = name; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		printf("  %-18s ", name);
		put_value(in, v);
		putchar('\n');
	}
}

static void
put_partition(const struct inspection *in, const struct img_rep *p)
{
	const char *title = img_rep_get_str(p, "type_title"), *name = img_rep_get_str(p, "name");
	char size[TEXT_SIZE_MAX], type[32];

	text_safe(type, sizeof type, title ? title : img_rep_get_str(p, "type") ? img_rep_get_str(p, "type") : "",
		  in->t->utf8);
	printf("  %3" PRIu64 " %15" PRIu64 " %10s  %-24s%s", img_rep_get_uint(p, "index", 0),
	       img_rep_get_uint(p, "offset", 0), text_size(size, img_rep_get_uint(p, "size", 0)), type,
	       name || img_rep_get_bool(p, "bootable") ? " " : "");
	if (name)
		text_put(stdout, name, in->t->utf8);
	if (img_rep_get_bool(p, "bootable"))
		fputs(name ? " (active)" : "(active)", stdout);
	putchar('\n');
}

static void
put_table(const struct inspection *in, const struct img_rep *layer)
{
	const struct img_rep *parts = img_rep_get(layer, "partitions");
	char words[80], name[16];
	size_t n = 0;

	snprintf(name, sizeof name, "%s", img_rep_get_str(layer, "format"));
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	snprintf(words, sizeof words, "Partitions (%s, sectors of %" PRIu64 " bytes%s)", name,
		 img_rep_get_uint(layer, "sector_size", 512),
		 img_rep_get_bool(layer, "protective") ? ", protective" : "");
	text_heading(in, words);
	for (const struct img_rep *p = parts ? parts->first : NULL; p; p = p->next) {
		if (img_rep_get_bool(p, "meta") && !in->t->o.verbose && !in->o->partitions)
			continue;
		if (n++ == 0)
			printf("  %3s %15s %10s  %-24s %s\n", "#", "offset", "size", "type", "name");
		put_partition(in, p);
	}
	if (n == 0)
		puts("  none");
}

static void
put_file_systems(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *fs = first_layer(doc, "filesystem");
	char size[TEXT_SIZE_MAX];

	if (!fs)
		return;
	text_heading(in, "File systems");
	for (; fs; fs = next_layer(fs->next, "filesystem")) {
		uint64_t part = img_rep_get_uint(fs, "partition", UINT64_MAX);

		if (part != UINT64_MAX)
			printf("  %3" PRIu64 " ", part);
		else
			printf("  %3s ", "-");
		printf("%-10s %s\n", img_rep_get_str(fs, "title"), text_size(size, img_rep_get_uint(fs, "size", 0)));
	}
}

static void
put_boot(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *boot = img_rep_get(doc, "boot");

	if (!boot || !(img_rep_get_bool(boot, "bios") || img_rep_get_bool(boot, "uefi")))
		return;
	text_heading(in, "Boot");
	printf("  BIOS %s, UEFI %s\n", img_rep_get_bool(boot, "bios") ? "yes" : "no",
	       img_rep_get_bool(boot, "uefi") ? "yes" : "no");
}

/* Could the name stand in a shell command as it is? */
static bool
is_plain(const char *path)
{
	return path[0] != '-' && path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-")] == '\0';
}

static void
put_try(const struct inspection *in)
{
	const char *slash = strrchr(in->path, '/'), *name = slash ? slash + 1 : in->path, *dot = strrchr(name, '.');

	if (!isatty(STDOUT_FILENO) || !in->arg.opened || in->arg.image.locked.code ||
	    !is_plain(in->path) || in->o->verify)
		return;
	text_heading(in, "Try");
	if (in->checks.n)
		printf("  imginfo --verify %s\n", in->path);
	if (in->arg.image.n)
		printf("  imgconv %s %.*s.img\n", in->path, (int)(dot && dot > name ? dot - name : (ptrdiff_t)strlen(name)),
		       name);
	else if (in->arg.volumes.n_tables)
		printf("  imgconv -P 1 %s partition1.img\n", in->path);
}

static void
put_tables(const struct inspection *in, const struct img_rep *doc)
{
	bool all = in->t->o.verbose || in->o->partitions;	/* also what only guards the others */

	for (const struct img_rep *l = first_layer(doc, "partition_table"); l; l = next_layer(l->next, "partition_table"))
		if (all || !img_rep_get_bool(l, "protective"))
			put_table(in, l);
}

void
inspect_text_partitions(const struct inspection *in, const struct img_rep *doc)
{
	if (!in->arg.opened)
		return;
	put_tables(in, doc);
	if (!first_layer(doc, "partition_table"))
		puts("no partition table");
}

void
inspect_text(const struct inspection *in, const struct img_rep *doc)
{
	if (!in->arg.opened && in->status != STATUS_PASSWORD)
		return;
	if (in->o->n_hashes && !in->o->verify) {
		text_hashes(in, doc);
		return;
	}
	first_line(in, doc);
	for (const struct img_rep *l = first_layer(doc, "container"); l; l = next_layer(l->next, "container"))
		if (in->arg.image.n)
			put_container(in, l);
	put_tables(in, doc);
	put_file_systems(in, doc);
	put_boot(in, doc);
	text_checks(in, doc);
	put_try(in);
}
