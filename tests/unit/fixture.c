/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes packed in fixtures/; see fixture.h. */
#include "config.h"

#include "tests/unit/fixture.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "img/check.h"
#include "img/env.h"
#include "img/format.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"

struct img_err err;

char *
fixture_slurp(const char *name, size_t *ret)
{
	char path[512], *b;
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/%s", getenv("top_srcdir"), name);
	f = fopen(path, "rb");
	b = calloc(1, 1 << 20);
	TEST_TRUE(f && b);
	*ret = fread(b, 1, (1 << 20) - 1, f);
	fclose(f);
	return b;
}

struct volume
fixture_load(const struct img_format *format, const char *name)
{
	struct volume v = { .format = format };
	size_t len;
	char *packed = fixture_slurp(name, &len);

	v.n = (size_t)load_le64(packed);
	v.b = calloc(1, v.n);
	TEST_TRUE(v.b);
	for (size_t at = 8; at + 12 <= len; ) {
		uint32_t n = load_le32(packed + at + 8);

		memcpy(v.b + load_le64(packed + at), packed + at + 12, n);
		at += 12 + n;
	}
	free(packed);
	TEST_OK(img_env_new(NULL, &v.env, &err), err);
	return v;
}

int
fixture_open(struct volume *v)
{
	struct img_tree_open o = { .fs_volume = v->fs_volume, .snapshot = v->snapshot };

	TEST_OK(img_memory(v->env, v->b, v->n, false, &v->source, &err), err);
	o.volume = v->source;
	err = (struct img_err) { 0 };
	return v->format->tree(&o, &v->tree, &err);
}

void
fixture_done(struct volume *v)
{
	img_tree_unref(v->tree);
	img_unref(v->source);
	img_env_free(v->env);
	free(v->b);
}

size_t
fixture_problems(const struct volume *v, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(v->env, &p, &lost), found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(p[i].code, code);
	return found;
}

uint64_t
fixture_verify(struct volume *v, uint64_t *ret_odd)
{
	struct img_report *r = img_report_new();
	uint64_t n;
	int rc = v->tree->ops->verify(v->tree, img_report_root(r), &err);

	n = img_rep_get_uint(img_report_root(r), "faults", 999);
	TEST_TRUE(n != 999 && !rc == !n && (!rc || (rc == IMG_E_FORMAT && err.msg[0])));
	*ret_odd = img_rep_get_uint(img_report_root(r), "oddities", 999);
	img_report_free(r);
	return n;
}

uint32_t
fixture_sum(struct img_tree *t, uint64_t id, const char *stream, uint64_t *ret_size)
{
	struct img_source *s;
	uint8_t *buf;
	uint32_t sum;

	TEST_OK(img_tree_content(t, id, stream, &s, &err), err);
	buf = malloc((size_t)s->size + 1);
	TEST_TRUE(buf);
	TEST_OK(img_source_read(s, 0, buf, (size_t)s->size, &err), err);
	sum = (uint32_t)img_digest_crc32.piece(buf, (size_t)s->size);
	*ret_size = s->size;
	free(buf);
	img_unref(s);
	return sum;
}

static void
print_node(struct img_tree *t, const struct img_node *n, const char *path, FILE *f)
{
	char kind[64] = "f";
	uint64_t size = 0;
	uint32_t sum = 0;

	if (n->type == IMG_NODE_DIR)
		strcpy(kind, "d");
	else if (n->type == IMG_NODE_LINK)
		snprintf(kind, sizeof kind, "l:%s", n->link);
	else if (n->type == IMG_NODE_CHAR)
		snprintf(kind, sizeof kind, "c%u:%u", n->dev_major, n->dev_minor);
	else if (n->inode && !(n->inode >> 61))	/* of the volume, not of the walk */
		snprintf(kind, sizeof kind, "f%" PRIu64, n->inode);
	if (n->type == IMG_NODE_FILE) {
		sum = fixture_sum(t, n->id, NULL, &size);
		TEST_EQ_U(n->size, size);
	}
	fprintf(f, "%s\t%s\t%o\t%" PRIu64 "\t%08x\n", path, kind, n->mode, size, sum);
}

static void
print_streams(struct img_tree *t, const struct img_node *n, const char *path, FILE *f)
{
	struct img_nodes s;

	if (n->type == IMG_NODE_LINK)
		return;
	TEST_OK(img_tree_streams(t, n->id, &s, &err), err);
	for (size_t i = 0; i < s.n; i++) {
		uint64_t size;
		uint32_t sum = fixture_sum(t, n->id, s.v[i].name, &size);

		TEST_EQ_U(s.v[i].size, size);
		if (strcmp(path, "folder link"))
			fprintf(f, "%s\t:%s\t%" PRIu64 "\t%08x\n", path, s.v[i].name, size, sum);
	}
	img_nodes_done(&s);
}

static int
by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of lines is that of names, which differs between a walk and a sorted list. */
static char *
sorted(char *text)
{
	char *line[256], *out = calloc(1, strlen(text) + 2);
	size_t n = 0;

	TEST_TRUE(out);
	for (char *p = strtok(text, "\n"); p && n < 256; p = strtok(NULL, "\n"))
		line[n++] = p;
	qsort(line, n, sizeof *line, by_line);
	for (size_t i = 0; i < n; i++)
		strcat(strcat(out, line[i]), "\n");
	free(text);
	return out;
}

void
fixture_compare(struct volume *v, const char *name)
{
	const struct img_node *n;
	const char *path;
	struct img_walk *w;
	char *text, *want, *have;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	TEST_TRUE(f);
	TEST_OK(img_walk_new(v->tree, &w, &err), err);
	for (;;) {
		TEST_OK(img_walk_next(w, &n, &path, &err), err);
		if (!n)
			break;
		if (!*path)
			continue;
		print_node(v->tree, n, path, f);
		print_streams(v->tree, n, path, f);
	}
	img_walk_free(w);
	fclose(f);
	have = sorted(text);
	want = sorted(fixture_slurp(name, &len));
	TEST_STR(have, want);
	free(have);
	free(want);
}

void
fixture_walk(struct volume *v)
{
	const struct img_node *n;
	const char *path;
	struct img_walk *w;
	int left = 400;

	TEST_OK(img_walk_new(v->tree, &w, &err), err);
	while (left--) {
		struct img_source *s;

		err = (struct img_err) { 0 };
		if (img_walk_next(w, &n, &path, &err)) {
			TEST_TRUE(err.msg[0]);
			continue;
		}
		if (!n)
			break;
		if (n->type != IMG_NODE_DIR && !img_tree_content(v->tree, n->id, NULL, &s, &err))
			img_unref(s);
	}
	img_walk_free(w);
	TEST_TRUE(left > 0);
}

void
fixture_look(struct volume *v)
{
	uint64_t odd;

	if (fixture_open(v)) {
		TEST_TRUE(err.msg[0]);
		return;
	}
	fixture_walk(v);
	fixture_verify(v, &odd);
}
