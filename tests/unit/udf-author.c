/* SPDX-License-Identifier: BSD-2-Clause */
/* UDF volumes made from toy trees: the same bytes however they are read, the same files read back, the places where
 * something just fits its entry, links and streams, what changes while it is read. */
#include "config.h"

#include <unistd.h>

#include "core/memory.h"
#include "formats/udf/author.h"
#include "formats/udf/udf.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

#define ROOM 1832		/* bytes that fit an entry */
#define MANY 3000

static struct img_env *env;
static struct img_err err;

static struct img_source *
author(struct img_tree *tree, const struct img_author_options *o)
{
	struct img_source *s;

	TEST_OK(img_format_udf.author(tree, o, &s, &err), err);
	TEST_EQ_U(s->size % 32768, 0);
	return s;
}

static struct img_tree *
open_tree(struct img_source *s)
{
	struct img_tree *t;

	TEST_EQ_I(img_format_udf.confirm(&(struct img_open) { .below = s, .env = env }), IMG_MATCH_STRUCTURE);
	TEST_OK(img_format_udf.tree(&(struct img_tree_open) { .volume = s }, &t, &err), err);
	return t;
}

static void
verified(struct img_source *s)
{
	struct img_report *rep = img_report_new();
	struct img_tree *t = open_tree(s);

	TEST_OK(t->ops->verify(t, img_report_root(rep), &err), err);
	TEST_EQ_U(img_rep_get_uint(img_report_root(rep), "faults", 99), 0);
	img_report_free(rep);
	img_tree_unref(t);
}

static uint8_t *
read_all(struct img_source *s, size_t step)
{
	uint8_t *p = malloc((size_t)s->size);

	TEST_TRUE(p);
	for (uint64_t off = 0; off < s->size; off += step) {
		size_t n = s->size - off < step ? (size_t)(s->size - off) : step;

		TEST_OK(img_source_read(s, off, p + off, n, &err), err);
	}
	return p;
}

/* ---- tests ---- */

/* Identifiers over many blocks, read in pieces that begin anywhere. */
static void
test_large_folder(void)
{
	static char names[MANY][64];
	struct toy_row *rows = calloc(MANY + 2, sizeof *rows);
	struct img_author_options o = { .epoch = IMG_NO_TIME };
	struct img_source *s;
	struct img_nodes list;
	struct img_tree *back;
	uint8_t *whole, *pieces;
	struct toy t;

	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "%06d%.*s", i, i % 50, "a name of some length, and then some more of it....");
		rows[i] = (struct toy_row) TOY_FILE(0, 0, "", "text");
		rows[i].node.id = (uint64_t)i + 1;
		rows[i].node.name = names[i];
	}
	toy_init(&t, env, rows);
	s = author(&t.tree, &o);
	whole = read_all(s, (size_t)s->size);
	pieces = read_all(s, 1531);
	TEST_MEM(whole, pieces, (size_t)s->size);
	verified(s);
	back = open_tree(s);
	TEST_OK(img_tree_list(back, IMG_TREE_ROOT, &list, &err), err);
	TEST_EQ_U(list.n, MANY);
	for (size_t i = 0; i < MANY; i++)
		TEST_STR(list.v[i].name, names[i]);
	img_nodes_done(&list);
	img_tree_unref(back);
	free(whole);
	free(pieces);
	img_unref(s);
	free(rows);
}

/* Files around what an entry holds and around whole blocks; their bytes. */
static void
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, ROOM - 1, ROOM, ROOM + 1, 2047, 2048, 2049, 4096, 100000 };
	static const char *const names[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	static char bytes[100001];
	struct toy_row rows[11] = { 0 };
	struct img_author_options o = { .epoch = IMG_NO_TIME };

	for (size_t i = 0; i < sizeof bytes - 1; i++)
		bytes[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < 10; i++) {
		rows[i] = (struct toy_row) TOY_FILE(0, 0, "", "");
		rows[i].node.id = i + 1;
		rows[i].node.name = names[i];
		rows[i].node.size = sizes[i];
		TEST_OK(img_memory(env, bytes, sizes[i], false, &rows[i].source, &err), err);
	}
	for (int embed = 0; embed < 2; embed++) {
		struct img_author_key key = { "embed", embed ? "yes" : "no" };
		struct img_source *s, *f;
		struct img_tree *back;
		struct img_node n;
		struct toy t;
		char got[100000];

		o.keys = &key;
		o.n_keys = 1;
		toy_init(&t, env, rows);
		s = author(&t.tree, &o);
		verified(s);
		back = open_tree(s);
		for (size_t i = 0; i < 10; i++) {
			TEST_OK(img_tree_find(back, IMG_TREE_ROOT, names[i], &n, &err), err);
			TEST_EQ_U(n.size, sizes[i]);
			TEST_EQ_U(n.mode, 0444);
			TEST_OK(img_tree_content(back, n.id, NULL, &f, &err), err);
			TEST_EQ_U(f->size, sizes[i]);
			if (sizes[i])
				TEST_OK(img_source_read(f, 0, got, sizes[i], &err), err);
			TEST_MEM(got, bytes, sizes[i]);
			img_unref(f);
		}
		img_tree_unref(back);
		img_unref(s);
	}
	for (size_t i = 0; i < 10; i++)
		img_unref(rows[i].source);
}

/* Times to the microsecond and bounded, owners, streams, two names of one file, links. */
static void
test_nodes(void)
{
	struct toy_row rows[] = {
		TOY_DIR(0, 1, "folder"), TOY_FILE(0, 2, "file", "bytes"), TOY_FILE(1, 2, "other", "bytes"),
		TOY_LINK(1, 4, "link", "../file"), TOY_FILE(0, 5, "tagged", "tag"), { 0 },
	};
	struct img_author_options o = {
		.epoch = 1100000003, .label = "label", .owner = IMG_OWNER_SET, .uid = 7, .gid = 8, .mode = IMG_MODE_KEEP, .xattrs = true,
	};
	struct img_source *s, *value;
	struct img_tree *back;
	struct img_nodes list;
	struct img_node n;
	struct toy t;
	char got[5];

	rows[1].node.inode = rows[2].node.inode = 77;
	rows[1].node.mtime = rows[2].node.mtime = (struct img_time) { 1100000002, 123456789 };
	rows[1].node.btime = (struct img_time) { 1000000000, 5000 };
	rows[4].node.btime.sec = IMG_NO_TIME;
	rows[4].xattr = "user.colour";
	rows[4].value = "green";
	toy_init(&t, env, rows);
	s = author(&t.tree, &o);
	verified(s);
	back = open_tree(s);
	TEST_OK(img_tree_lookup(back, "file", &n, &err), err);
	TEST_TRUE(n.mode == 0640 && n.uid == 7 && n.gid == 8 && n.nlink == 2 && n.size == 5);
	TEST_TRUE(n.mtime.sec == 1100000002 && n.mtime.nsec == 123456000);
	TEST_TRUE(n.btime.sec == 1000000000 && n.btime.nsec == 5000);
	TEST_OK(img_tree_lookup(back, "tagged", &n, &err), err);
	TEST_TRUE(n.mtime.sec == 1100000003 && n.mtime.nsec == 0 && n.btime.sec == 1100000003);
	TEST_OK(img_tree_content(back, n.id, "user.colour", &value, &err), err);
	TEST_EQ_U(value->size, 5);
	TEST_OK(img_source_read(value, 0, got, 5, &err), err);
	TEST_MEM(got, "green", 5);
	img_unref(value);
	TEST_OK(img_tree_lookup(back, "folder", &n, &err), err);
	TEST_EQ_U(n.nlink, 1);
	TEST_OK(img_tree_list(back, n.id, &list, &err), err);
	TEST_EQ_U(list.n, 2);
	TEST_STR(list.v[0].link, "../file");
	TEST_TRUE(list.v[1].inode && list.v[1].nlink == 2);
	img_nodes_done(&list);
	img_tree_unref(back);
	img_unref(s);
}

/* A small file that grows, or goes, after the layout: said with its name, when its entry is made. */
static void
test_changing(void)
{
	char dir[] = "/tmp/imgtest.XXXXXX", path[64], gone[64];
	struct img_author_options o = { .epoch = IMG_NO_TIME };
	struct img_source *s;
	struct img_tree *t;
	uint8_t *p;
	FILE *f;

	TEST_TRUE(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/grows", dir);
	snprintf(gone, sizeof gone, "%s/goes", dir);
	for (int i = 0; i < 2; i++) {
		f = fopen(path, "w");
		TEST_TRUE(f && fputs("small", f) > 0 && !fclose(f));
		f = fopen(gone, "w");
		TEST_TRUE(f && fputs("small", f) > 0 && !fclose(f));
		TEST_OK(img_directory(env, dir, &t, &err), err);
		s = author(t, &o);
		p = malloc((size_t)s->size);
		if (i) {
			unlink(gone);
		} else {
			f = fopen(path, "a");
			TEST_TRUE(f && fputs(" no more", f) > 0 && !fclose(f));
		}
		TEST_TRUE(img_source_read(s, 0, p, (size_t)s->size, &err) < 0);
		TEST_TRUE(strstr(err.msg, i ? "goes" : "grows"));
		free(p);
		img_unref(s);
		img_tree_unref(t);
	}
	unlink(path);
	rmdir(dir);
}

static void
test_refused(void)
{
	struct toy_row rows[] = { TOY_DIR(0, 1, "a"), TOY_DIR(1, 1, "b"), { 0 } };
	struct img_author_key key = { "level", "3" };
	struct img_author_options o = { .epoch = IMG_NO_TIME };
	struct img_source *s;
	struct toy t;

	toy_init(&t, env, rows);
	TEST_FAILS(img_format_udf.author(&t.tree, &o, &s, &err), IMG_E_FORMAT, err);
	rows[1].node.name = NULL;
	o.keys = &key;
	o.n_keys = 1;
	toy_init(&t, env, rows);
	TEST_FAILS(img_format_udf.author(&t.tree, &o, &s, &err), IMG_E_USAGE, err);
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_large_folder();
	test_sizes();
	test_nodes();
	test_changing();
	test_refused();
	img_env_free(env);
	return 0;
}
