/* SPDX-License-Identifier: BSD-2-Clause */
/* The volumes of fixtures/udf for the tests of the UDF reader. */
#include "config.h"

#include "tests/unit/udf_image.h"

#include <stdarg.h>

#include "core/bytes.h"
#include "formats/udf/udf.h"
#include "img/check.h"
#include "tests/test.h"

#define MAX_TEXT (1 << 20)
#define MAX_LEVELS 32		/* of a walk: loops end there */

char *
udf_slurp(const char *name, size_t *ret_len)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *buf = malloc(MAX_TEXT);
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/udf/%s", top ? top : ".", name);
	f = fopen(path, "rb");
	if (!f)
		TEST_FAIL_("cannot open %s", path);
	TEST_TRUE(buf != NULL);
	*ret_len = fread(buf, 1, MAX_TEXT - 1, f);
	buf[*ret_len] = '\0';
	fclose(f);
	return buf;
}

void
udf_image_load(const char *name, struct udf_image *ret)
{
	char file[256];
	size_t at = 8;

	snprintf(file, sizeof file, "%s.udfs", name);
	ret->packed = (uint8_t *)udf_slurp(file, &ret->n_packed);
	TEST_TRUE(ret->n_packed > 8);
	ret->size = (size_t)load_le64(ret->packed);
	ret->bytes = calloc(1, ret->size);
	TEST_TRUE(ret->bytes != NULL);
	while (at + 12 <= ret->n_packed) {
		uint64_t off = load_le64(ret->packed + at);
		uint32_t len = load_le32(ret->packed + at + 8);

		TEST_TRUE(at + 12 + len <= ret->n_packed && off + len <= ret->size);
		memcpy(ret->bytes + off, ret->packed + at + 12, len);
		at += 12 + len;
	}
}

void
udf_image_done(struct udf_image *im)
{
	free(im->packed);
	free(im->bytes);
}

static void __attribute__((format(printf, 2, 3)))
say(struct udf_found *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(f->text + f->n_text, MAX_TEXT - f->n_text, fmt, ap);
	va_end(ap);
	TEST_TRUE(n >= 0 && (size_t)n < MAX_TEXT - f->n_text);
	f->n_text += (size_t)n;
}

static void
failed(struct udf_found *f, int rc, const struct img_err *err)
{
	TEST_TRUE(rc == (int)err->code && err->msg[0]);
	say(f, "! %s\n", err->msg);
	if (!f->rc) {
		f->rc = rc;
		f->err = *err;
	}
}

static void
say_sum(struct udf_found *f, const struct img_node *n)
{
	struct img_err err = { 0 };
	struct img_source *s = NULL;
	uint8_t *buf;
	int rc = img_tree_content(f->tree, n->id, NULL, &s, &err);

	if (rc) {
		say(f, "\n");
		failed(f, rc, &err);
		return;
	}
	TEST_EQ_U(s->size, n->size);
	buf = malloc((size_t)s->size + 1);
	TEST_TRUE(buf != NULL);
	rc = img_source_read(s, 0, buf, (size_t)s->size, &err);
	if (!rc)
		say(f, " %08x", (unsigned int)img_digest_crc32.piece(buf, (size_t)s->size));
	say(f, "\n");
	if (rc)
		failed(f, rc, &err);
	free(buf);
	img_unref(s);
}

static void
say_streams(struct udf_found *f, const struct img_node *n)
{
	struct img_err err = { 0 };
	struct img_nodes streams;
	int rc = img_tree_streams(f->tree, n->id, &streams, &err);

	if (rc) {
		failed(f, rc, &err);
		return;
	}
	for (size_t i = 0; i < streams.n; i++) {
		struct img_source *s = NULL;

		say(f, "+ %s %" PRIu64 "\n", streams.v[i].name, streams.v[i].size);
		rc = img_tree_content(f->tree, n->id, streams.v[i].name, &s, &err);
		if (rc)
			failed(f, rc, &err);
		else
			TEST_EQ_U(s->size, streams.v[i].size);
		img_unref(s);
	}
	img_nodes_done(&streams);
}

static void
say_node(struct udf_found *f, const struct img_node *n, const char *path, bool sums)
{
	say(f, "%c %o %u:%u %u %" PRIu64 " %" PRId64 ".%09u %s", "?fdlcbps"[n->type], n->mode, n->uid, n->gid, n->nlink, n->size,
	    n->mtime.sec, n->mtime.nsec, path);
	if (n->type == IMG_NODE_LINK)
		say(f, " -> %s", n->link);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK)
		say(f, " (%u,%u)", n->dev_major, n->dev_minor);
	if (n->type == IMG_NODE_FILE && sums)
		say_sum(f, n);
	else
		say(f, "\n");
	say_streams(f, n);
}

static void
walk(struct udf_found *f, uint64_t dir, const char *path, bool sums, unsigned int level)
{
	struct img_err err = { 0 };
	struct img_nodes nodes;
	int rc = img_tree_list(f->tree, dir, &nodes, &err);

	if (rc) {
		failed(f, rc, &err);
		return;
	}
	for (size_t i = 0; i < nodes.n; i++) {
		const struct img_node *n = &nodes.v[i];
		char below[8192];

		snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", n->name);
		say_node(f, n, below, sums);
		if (n->type == IMG_NODE_DIR && level < MAX_LEVELS)
			walk(f, n->id, below, sums, level + 1);
	}
	img_nodes_done(&nodes);
}

void
udf_find_all(const uint8_t *bytes, size_t size, bool sums, struct udf_found *ret)
{
	struct udf_found f = { .text = calloc(1, MAX_TEXT) };
	struct img_tree_open o;

	TEST_TRUE(f.text != NULL);
	TEST_OK(img_env_new(NULL, &f.env, &f.err), f.err);
	TEST_OK(img_memory(f.env, bytes, size, false, &f.volume, &f.err), f.err);
	o = (struct img_tree_open) { .volume = f.volume };
	f.rc = img_format_udf.tree(&o, &f.tree, &f.err);
	if (f.rc)
		f.tree = NULL;
	else
		walk(&f, IMG_TREE_ROOT, "", sums, 0);
	*ret = f;
}

void
udf_found_done(struct udf_found *f)
{
	img_tree_unref(f->tree);
	img_unref(f->volume);
	img_env_free(f->env);
	free(f->text);
}

bool
udf_has_problem(const struct udf_found *f, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(f->env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		if (!code || !strcmp(p[i].code, code))
			return true;
	return false;
}
