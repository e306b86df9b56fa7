/* SPDX-License-Identifier: BSD-2-Clause */
/* Not a test, but what interop/fat.sh works with:
 *   fat-tool make FOLDER OUT [bits=12|16|32] [size=N] [slack=N] [cluster=N] [sector=N] [label=L] [serial=N] [time=N] [lenient=1]
 *   fat-tool list IMAGE	"d MODE MTIME PATH", "f MODE MTIME SIZE SHA256 PATH", then the structure's problems */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/fat/author.h"
#include "formats/fat/fat.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"

static struct img_err err;

static void
ok(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "%s: %s\n", what, err.msg);
	exit(1);
}

/* ---- make ---- */

static void
option(struct fat_options *o, const char *word)
{
	const char *value = strchr(word, '=');
	uint64_t n = value ? strtoull(value + 1, NULL, 0) : 0;

	if (value && !strncmp(word, "bits=", 5))
		o->bits = (unsigned int)n;
	else if (value && !strncmp(word, "size=", 5))
		o->size = n;
	else if (value && !strncmp(word, "slack=", 6))
		o->slack = n;
	else if (value && !strncmp(word, "cluster=", 8))
		o->cluster_size = (uint32_t)n;
	else if (value && !strncmp(word, "sector=", 7))
		o->sector_size = (uint32_t)n;
	else if (value && !strncmp(word, "serial=", 7))
		o->serial = (uint32_t)n;
	else if (value && !strncmp(word, "label=", 6))
		o->label = value + 1;
	else if (value && !strncmp(word, "lenient=", 8))
		o->lenient = n;
	else if (value && !strncmp(word, "time=", 5))
		o->clamp = true, o->max_time = (int64_t)n;
	else
		ok(img_fail(&err, IMG_E_USAGE, "\"%s\" is no option", word), "make");
}

static void
write_out(struct img_source *s, const char *path)
{
	FILE *f = fopen(path, "wb");
	static uint8_t buf[1 << 18];
	struct img_extent e;

	if (!f)
		ok(img_fail(&err, IMG_E_IO, "cannot be created"), path);
	for (uint64_t off = 0; off < s->size; off = e.off + e.len) {
		ok(img_source_map(s, off, &e, &err), "map");
		if (e.kind == IMG_ZERO)
			continue;
		for (uint64_t at = e.off; at < e.off + e.len; ) {
			size_t n = e.off + e.len - at < sizeof buf ? (size_t)(e.off + e.len - at) : sizeof buf;

			ok(img_source_read(s, at, buf, n, &err), "read");
			if (fseeko(f, (off_t)at, SEEK_SET) || fwrite(buf, 1, n, f) != n)
				ok(img_fail(&err, IMG_E_IO, "cannot be written"), path);
			at += n;
		}
	}
	if (s->size && (fseeko(f, (off_t)s->size - 1, SEEK_SET) ||
			(ok(img_source_read(s, s->size - 1, buf, 1, &err), "read"), fputc(*buf, f) == EOF)))
		ok(img_fail(&err, IMG_E_IO, "cannot be written"), path);
	fclose(f);
}

static void
make(struct img_env *env, char **args)
{
	struct fat_options o = { 0 };
	struct img_tree *tree;
	struct img_source *s;

	for (char **a = args + 2; *a; a++)
		option(&o, *a);
	ok(img_directory(env, args[0], &tree, &err), args[0]);
	ok(fat_author(tree, &o, &s, &err), "author");
	write_out(s, args[1]);
	img_unref(s);
	img_tree_unref(tree);
}

/* ---- list ---- */

static void
print_sum(struct img_tree *t, const struct img_node *n)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	uint8_t buf[4096], sum[IMG_DIGEST_MAX];
	void *state = d->begin();
	struct img_source *s;

	ok(img_tree_content(t, n->id, NULL, &s, &err), "content");
	for (uint64_t at = 0; at < s->size; ) {
		size_t len = s->size - at < sizeof buf ? (size_t)(s->size - at) : sizeof buf;

		ok(img_source_read(s, at, buf, len, &err), "content");
		d->update(state, buf, len);
		at += len;
	}
	d->finish(state, sum);
	img_unref(s);
	for (size_t i = 0; i < d->size; i++)
		printf("%02x", sum[i]);
}

static void
list(struct img_env *env, const char *image)
{
	const struct img_problem *p;
	const struct img_node *n;
	struct img_source *file;
	struct img_report *rep = img_report_new();
	struct img_tree *t;
	struct img_walk *w;
	const char *path;
	size_t lost, count;

	ok(img_file(env, image, &file, &err), image);
	ok(img_format_fat.confirm(&(struct img_open){.below = file, .env = env}) == IMG_MATCH_STRUCTURE ? 0 : -1,
	   "confirm");
	ok(img_format_fat.tree(&(struct img_tree_open) { .volume = file }, &t, &err), image);
	ok(img_walk_new(t, &w, &err), "walk");
	while (ok(img_walk_next(w, &n, &path, &err), "walk"), n) {
		if (!*path)
			continue;
		printf("%c %03o %" PRId64 " ", n->type == IMG_NODE_DIR ? 'd' : 'f', n->mode, n->mtime.sec);
		if (n->type == IMG_NODE_FILE) {
			printf("%" PRIu64 " ", n->size);
			print_sum(t, n);
			putchar(' ');
		}
		puts(path);
	}
	img_walk_free(w);
	ok(t->ops->verify(t, img_report_root(rep), &err), "verify");
	ok(t->ops->describe(t, img_report_root(rep), &err), "describe");
	printf("label %s\n",
	       img_rep_get_str(img_report_root(rep), "label") ? img_rep_get_str(img_report_root(rep), "label") : "");
	printf("bits %d\n", (int)img_rep_get_uint(img_report_root(rep), "fat_bits", 0));
	count = img_problems(env, &p, &lost);
	for (size_t i = 0; i < count; i++)
		printf("problem %s: %s\n", p[i].code, p[i].message);
	img_report_free(rep);
	img_tree_unref(t);
	img_unref(file);
}

int
main(int argc, char **argv)
{
	struct img_env *env;

	ok(img_env_new(NULL, &env, &err), "env");
	if (argc >= 4 && !strcmp(argv[1], "make"))
		make(env, argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "list"))
		list(env, argv[2]);
	else
		return 2;
	img_env_free(env);
	return 0;
}
