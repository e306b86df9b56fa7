/* SPDX-License-Identifier: BSD-2-Clause */
/* The HFS+ reader on fixtures/hfsplus: what is there, what damage is found, and that no damage ends it. */
#include "config.h"

#include "formats/hfsplus/hfsplus.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "img/check.h"
#include "img/env.h"
#include "img/format.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"

struct volume {
	struct img_env *env;
	uint8_t *b;
	size_t n;
	struct img_source *source;
	struct img_tree *tree;
};

static struct img_err err;

static char *
slurp(const char *name, const char *suffix, size_t *ret)
{
	char path[512], *b;
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/hfsplus/%s.%s", getenv("top_srcdir"), name, suffix);
	f = fopen(path, "rb");
	b = calloc(1, 1 << 20);
	TEST_TRUE(f && b);
	*ret = fread(b, 1, (1 << 20) - 1, f);
	fclose(f);
	return b;
}

/* Unpacked, not yet opened, for changes. */
static struct volume
load(const char *name)
{
	struct volume v = { 0 };
	size_t len;
	char *packed = slurp(name, "hfsr", &len);

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

static int
open_tree(struct volume *v)
{
	struct img_tree_open o = { 0 };

	TEST_OK(img_memory(v->env, v->b, v->n, false, &v->source, &err), err);
	o.volume = v->source;
	err = (struct img_err) { 0 };
	return img_format_hfsplus.tree(&o, &v->tree, &err);
}

static void
done(struct volume *v)
{
	img_tree_unref(v->tree);
	img_unref(v->source);
	img_env_free(v->env);
	free(v->b);
}

/* How many problems have @code. */
static size_t
problems(const struct volume *v, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(v->env, &p, &lost), found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(p[i].code, code);
	return found;
}

/* The number of faults, *ret_odd of what is no more than odd. */
static uint64_t
verify(struct volume *v, uint64_t *ret_odd)
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

/* ---- what is there ---- */

static uint32_t
sum_of(struct img_tree *t, uint64_t id, const char *stream, uint64_t *ret_size)
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
	else if (n->inode)
		snprintf(kind, sizeof kind, "f%" PRIu64, n->inode);
	if (n->type == IMG_NODE_FILE) {
		sum = sum_of(t, n->id, NULL, &size);
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
		uint32_t sum = sum_of(t, n->id, s.v[i].name, &size);

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

static void
test_fixture(const char *name)
{
	struct volume v = load(name);
	const struct img_node *n;
	const char *path;
	struct img_walk *w;
	char *text, *want, *have;
	uint64_t odd;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	TEST_TRUE(f);
	TEST_OK(open_tree(&v), err);
	TEST_OK(img_walk_new(v.tree, &w, &err), err);
	for (;;) {
		TEST_OK(img_walk_next(w, &n, &path, &err), err);
		if (!n)
			break;
		if (!*path)
			continue;
		print_node(v.tree, n, path, f);
		print_streams(v.tree, n, path, f);
	}
	img_walk_free(w);
	fclose(f);
	have = sorted(text);
	want = sorted(slurp(name, "list", &len));
	TEST_STR(have, want);
	TEST_EQ_U(verify(&v, &odd), 0);
	TEST_EQ_U(odd, 0);
	TEST_EQ_U(problems(&v, "hfs-journal-dirty"), !strcmp(name, "journaled"));
	TEST_EQ_U(problems(&v, "hfs-key-order"), 0);
	free(have);
	free(want);
	done(&v);
}

static void
test_describe(void)
{
	struct volume v = load("wrapped");
	struct img_report *r = img_report_new();
	struct img_open probe = { 0 };
	const struct img_rep *o = img_report_root(r);

	TEST_OK(open_tree(&v), err);
	probe.below = v.source;
	TEST_EQ_I(img_format_hfsplus.confirm(&probe), IMG_MATCH_STRUCTURE);
	TEST_OK(v.tree->ops->describe(v.tree, img_report_root(r), &err), err);
	TEST_STR(img_rep_get_str(o, "label"), "Wrapped");
	TEST_STR(img_rep_get_str(o, "format"), "hfs+");
	TEST_STR(img_rep_get_str(o, "modified"), "2001-09-09T01:46:40Z");
	TEST_EQ_U(strlen(img_rep_get_str(o, "uuid")), 36);
	TEST_TRUE(img_rep_get_str(o, "uuid")[14] == '3');
	TEST_TRUE(img_rep_get_bool(o, "wrapped") && !img_rep_get_bool(o, "case_sensitive"));
	TEST_EQ_U(img_rep_get_uint(o, "files", 0), 1);
	img_report_free(r);
	done(&v);
}

/* ---- damage ---- */

static void
test_header(void)
{
	struct volume v = load("everything");
	uint64_t odd;

	store_be32(v.b + 1024 + 40, 1000);
	TEST_FAILS(open_tree(&v), IMG_E_FORMAT, err);
	done(&v);
	v = load("everything");
	store_be32(v.b + 1024 + 32, 7);		/* files */
	TEST_OK(open_tree(&v), err);
	TEST_EQ_U(verify(&v, &odd), 0);
	TEST_EQ_U(odd, 2);
	TEST_EQ_U(problems(&v, "hfs-count"), 1);
	TEST_EQ_U(problems(&v, "hfs-copy"), 1);
	done(&v);
	v = load("everything");
	store_be32(v.b + 1024 + 44, 100000);	/* blocks */
	TEST_OK(open_tree(&v), err);
	TEST_EQ_U(problems(&v, "hfs-cut"), 1);
	done(&v);
}

/* Where @what lies for the first time. */
static uint8_t *
find(const struct volume *v, const void *what, size_t n)
{
	for (size_t i = 0; i + n <= v->n; i++)
		if (!memcmp(v->b + i, what, n))
			return v->b + i;
	TEST_FAIL_("the bytes are there");
	return NULL;
}

static void
test_decmpfs(void)
{
	struct volume v = load("everything");
	struct img_source *s;
	struct img_node n;

	find(&v, "fpmc\x0c\0\0\0", 8)[4] = 14;
	find(&v, "fpmc\x03\0\0\0", 8)[8] ^= 1;
	find(&v, "hlnkhfs+", 8)[-1] = 78;	/* special: no such file */
	TEST_OK(open_tree(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "c12", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_UNSUPPORTED, err);
	TEST_TRUE(strstr(err.msg, "LZBITMAP"));
	TEST_OK(img_tree_lookup(v.tree, "c3", &n, &err), err);
	TEST_OK(img_tree_content(v.tree, n.id, NULL, &s, &err), err);
	TEST_FAILS(img_source_read(s, 0, v.b, (size_t)s->size, &err), IMG_E_FORMAT, err);
	img_unref(s);
	TEST_OK(img_tree_lookup(v.tree, "link1", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_FORMAT, err);
	TEST_TRUE(problems(&v, "hfs-hard-link"));
	done(&v);
}

/* A file whose blocks are those of another one is a fault. */
static void
test_overlap(void)
{
	struct volume v = load("wrapped");
	struct volume w = load("journaled");
	uint64_t odd;

	memcpy(find(&v, "\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0\1", 16) + 16, "\0\0\0\0", 4);	/* the boot blocks */
	TEST_OK(open_tree(&v), err);
	TEST_EQ_U(verify(&v, &odd), 1);
	TEST_EQ_U(problems(&v, "hfs-blocks"), 1);
	TEST_TRUE(strstr(err.msg, "1 fault"));
	done(&v);
	store_be32(find(&w, "\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\1", 16) + 16, 1 << 30);
	TEST_OK(open_tree(&w), err);
	TEST_EQ_U(verify(&w, &odd), 1);
	done(&w);
}

/* A transaction with a wrong sum does not count. */
static void
test_journal_sum(void)
{
	struct volume v = load("journaled");
	struct img_node n;
	uint64_t size;

	find(&v, "\x1f\0\x02\0\0\x04\0\0", 8)[32] ^= 1;		/* the sector */
	TEST_OK(open_tree(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "file", &n, &err), err);
	TEST_EQ_U(sum_of(v.tree, n.id, NULL, &size), img_digest_crc32.piece("old", 3));
	done(&v);
	v = load("journaled");
	find(&v, "\x1f\0\x02\0\0\x04\0\0", 8)[20] ^= 1;		/* in the sum's range */
	TEST_OK(open_tree(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "file", &n, &err), err);
	TEST_EQ_U(sum_of(v.tree, n.id, NULL, &size), img_digest_crc32.piece("old", 3));
	TEST_EQ_U(problems(&v, "hfs-journal"), 1);
	done(&v);
}

static void
look(struct volume *v)
{
	const struct img_node *n;
	const char *path;
	struct img_walk *w;
	uint64_t odd;
	int left = 400;

	if (open_tree(v)) {
		TEST_TRUE(err.msg[0]);
		return;
	}
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
	verify(v, &odd);
}

/* One byte wrong, here and there in the trees: something is said, and it ends. */
static void
test_flips(const char *name, size_t step)
{
	struct volume v = load(name);
	size_t n = v.n;

	done(&v);
	for (size_t i = 1024; i < n; i += step) {
		v = load(name);
		if (v.b[i] || i % 512 < 32) {
			v.b[i] ^= (uint8_t)(1 << i % 8);
			look(&v);
		}
		done(&v);
	}
}

int
main(void)
{
	test_fixture("everything");
	test_fixture("journaled");
	test_fixture("wrapped");
	test_describe();
	test_header();
	test_decmpfs();
	test_overlap();
	test_journal_sum();
	test_flips("everything", 53);
	test_flips("journaled", 31);
	test_flips("wrapped", 29);
	return 0;
}
