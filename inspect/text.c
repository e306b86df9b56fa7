/* SPDX-License-Identifier: BSD-2-Clause */
/* The document for people.  The first line answers "what is it"; blocks follow, the short ones first. */
#include "config.h"

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

const struct img_rep *
text_next_layer(const struct img_rep *l, const char *kind)
{
	for (; l; l = l->next) {
		const char *k = img_rep_get_str(l, "kind");

		if (k && strcmp(k, kind) == 0)
			return l;
	}
	return NULL;
}

const struct img_rep *
text_first_layer(const struct img_rep *doc, const char *kind)
{
	const struct img_rep *layers = img_rep_get(doc, "layers");

	return layers ? text_next_layer(layers->first, kind) : NULL;
}

/* ---- blocks ---- */

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

	snprintf(words, sizeof words, "Partitions (%s, sectors of %" PRIu64 " bytes%s)",
		 text_upper(name, sizeof name, img_rep_get_str(layer, "format")),
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

	for (const struct img_rep *l = text_first_layer(doc, "partition_table"); l;
	     l = text_next_layer(l->next, "partition_table"))
		if (all || !img_rep_get_bool(l, "protective"))
			put_table(in, l);
}

void
inspect_text_partitions(const struct inspection *in, const struct img_rep *doc)
{
	if (!in->arg.opened)
		return;
	put_tables(in, doc);
	if (!text_first_layer(doc, "partition_table"))
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
	text_headline(in, doc);
	for (const struct img_rep *l = text_first_layer(doc, "container"); l;
	     l = text_next_layer(l->next, "container"))
		if (in->arg.image.n && text_has_facts(l))
			text_facts(in, l, img_rep_get_str(l, "title"));
	text_tracks(in, doc);
	put_tables(in, doc);
	text_file_systems(in, doc);
	text_boot(in, doc);
	text_checks(in, doc);
	put_try(in);
}
