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
#include "tests/unit/fixture.h"

static struct volume
load(const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "hfsplus/%s.hfsr", name);
	return fixture_load(&img_format_hfsplus, path);
}

static void
test_fixture(const char *name)
{
	struct volume v = load(name);
	char list[64];
	uint64_t odd;

	snprintf(list, sizeof list, "hfsplus/%s.list", name);
	TEST_OK(fixture_open(&v), err);
	fixture_compare(&v, list);
	TEST_EQ_U(fixture_verify(&v, &odd), 0);
	TEST_EQ_U(odd, 0);
	TEST_EQ_U(fixture_problems(&v, "hfs-journal-dirty"), !strcmp(name, "journaled"));
	TEST_EQ_U(fixture_problems(&v, "hfs-key-order"), 0);
	fixture_done(&v);
}

static void
test_describe(void)
{
	struct volume v = load("wrapped");
	struct img_report *r = img_report_new();
	struct img_open probe = { 0 };
	const struct img_rep *o = img_report_root(r);

	TEST_OK(fixture_open(&v), err);
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
	fixture_done(&v);
}

/* Every name is found, in the form it is shown in only; what is hidden is not. */
static void
find_all(struct volume *v, uint64_t dir)
{
	struct img_nodes list;
	struct img_node n;

	TEST_OK(img_tree_list(v->tree, dir, &list, &err), err);
	for (size_t i = 0; i < list.n; i++) {
		TEST_OK(img_tree_find(v->tree, dir, list.v[i].name, &n, &err), err);
		TEST_EQ_U(n.id, list.v[i].id);
		TEST_EQ_U(n.size, list.v[i].size);
		if (n.type == IMG_NODE_DIR)
			find_all(v, n.id);
	}
	img_nodes_done(&list);
}

static void
test_find(void)
{
	static const char *const names[] = { "everything", "journaled", "wrapped", "folderlinks" };
	struct img_node n;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct volume v = load(names[i]);

		TEST_OK(fixture_open(&v), err);
		find_all(&v, IMG_TREE_ROOT);
		TEST_FAILS(img_tree_find(v.tree, IMG_TREE_ROOT, "C10", &n, &err), IMG_E_UNKNOWN, err);
		TEST_FAILS(img_tree_find(v.tree, IMG_TREE_ROOT, "\xff", &n, &err), IMG_E_UNKNOWN, err);
		TEST_FAILS(img_tree_find(v.tree, IMG_TREE_ROOT, ".journal", &n, &err), IMG_E_UNKNOWN, err);
		fixture_done(&v);
	}
}

/* The inode of @path, by walking. */
static uint64_t
inode_of(struct img_tree *t, const char *path)
{
	const struct img_node *n;
	struct img_walk *w;
	const char *at;
	uint64_t inode = 0;

	TEST_OK(img_walk_new(t, &w, &err), err);
	do {
		TEST_OK(img_walk_next(w, &n, &at, &err), err);
		TEST_TRUE(n);
	} while (strcmp(at, path));
	inode = n->inode;
	img_walk_free(w);
	return inode;
}

/* What lies below two names of a folder is one file, and what lies below one name only is none. */
static void
test_folder_links(void)
{
	static const char *const same[][2] = {
		{ "monday/system", "tuesday/system" }, { "monday/system/kernel", "tuesday/system/kernel" },
		{ "monday/system/library/font", "tuesday/system/library/font" },
		{ "monday/system/users/me", "tuesday/people/me" }, { "monday/system/twice", "tuesday/twice" },
	};
	struct volume v = load("folderlinks");

	TEST_OK(fixture_open(&v), err);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		uint64_t inode = inode_of(v.tree, same[i][0]);

		TEST_TRUE(inode && inode == inode_of(v.tree, same[i][1]));
		for (size_t k = 0; k < i; k++)
			TEST_TRUE(inode != inode_of(v.tree, same[k][0]));
	}
	TEST_EQ_U(inode_of(v.tree, "monday"), 0);
	fixture_done(&v);
}

/* Links to folders in circles, and 2^30 paths: the walk ends, and says what it left out. */
static void
test_folder_loop(void)
{
	struct volume v = load("folderloop");
	size_t n_nodes = 0, n_loops = 0, n_limits = 0;
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	int rc;

	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_walk_new(v.tree, &w, &err), err);
	while ((rc = img_walk_next(w, &n, &path, &err)) || n) {
		TEST_TRUE(!rc || rc == IMG_E_FORMAT || rc == IMG_E_LIMIT);
		n_loops += rc == IMG_E_FORMAT && strstr(err.msg, "loop/again/again: this folder contains itself");
		n_limits += rc == IMG_E_LIMIT;
		TEST_TRUE(++n_nodes < 100000);
	}
	TEST_EQ_U(n_loops, 1);
	TEST_TRUE(n_limits > 0 && n_limits < 1000 && n_nodes > 10000);
	img_walk_free(w);
	fixture_done(&v);
}

/* ---- damage ---- */

static void
test_header(void)
{
	struct volume v = load("everything");
	uint64_t odd;

	store_be32(v.b + 1024 + 40, 1000);
	TEST_FAILS(fixture_open(&v), IMG_E_FORMAT, err);
	fixture_done(&v);
	v = load("everything");
	store_be32(v.b + 1024 + 32, 7);		/* files */
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_verify(&v, &odd), 0);
	TEST_EQ_U(odd, 2);
	TEST_EQ_U(fixture_problems(&v, "hfs-count"), 1);
	TEST_EQ_U(fixture_problems(&v, "hfs-copy"), 1);
	fixture_done(&v);
	v = load("everything");
	store_be32(v.b + 1024 + 44, 100000);	/* blocks */
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_problems(&v, "hfs-cut"), 1);
	fixture_done(&v);
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
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "c12", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_UNSUPPORTED, err);
	TEST_TRUE(strstr(err.msg, "LZBITMAP"));
	TEST_OK(img_tree_lookup(v.tree, "c3", &n, &err), err);
	TEST_OK(img_tree_content(v.tree, n.id, NULL, &s, &err), err);
	TEST_FAILS(img_source_read(s, 0, v.b, (size_t)s->size, &err), IMG_E_FORMAT, err);
	img_unref(s);
	TEST_OK(img_tree_lookup(v.tree, "link1", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_FORMAT, err);
	TEST_TRUE(fixture_problems(&v, "hfs-hard-link"));
	fixture_done(&v);
}

/* A file whose blocks are those of another one is a fault. */
static void
test_overlap(void)
{
	struct volume v = load("wrapped");
	struct volume w = load("journaled");
	uint64_t odd;

	memcpy(find(&v, "\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0\1", 16) + 16, "\0\0\0\0", 4);	/* the boot blocks */
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_verify(&v, &odd), 1);
	TEST_EQ_U(fixture_problems(&v, "hfs-blocks"), 1);
	TEST_TRUE(strstr(err.msg, "1 fault"));
	fixture_done(&v);
	store_be32(find(&w, "\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\1", 16) + 16, 1 << 30);
	TEST_OK(fixture_open(&w), err);
	TEST_EQ_U(fixture_verify(&w, &odd), 1);
	fixture_done(&w);
}

/* A transaction with a wrong sum does not count. */
static void
test_journal_sum(void)
{
	struct volume v = load("journaled");
	struct img_node n;
	uint64_t size;

	find(&v, "\x1f\0\x02\0\0\x04\0\0", 8)[32] ^= 1;		/* the sector */
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "file", &n, &err), err);
	TEST_EQ_U(fixture_sum(v.tree, n.id, NULL, &size), img_digest_crc32.piece("old", 3));
	fixture_done(&v);
	v = load("journaled");
	find(&v, "\x1f\0\x02\0\0\x04\0\0", 8)[20] ^= 1;		/* in the sum's range */
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "file", &n, &err), err);
	TEST_EQ_U(fixture_sum(v.tree, n.id, NULL, &size), img_digest_crc32.piece("old", 3));
	TEST_EQ_U(fixture_problems(&v, "hfs-journal"), 1);
	fixture_done(&v);
}

/* One byte wrong, here and there in the trees: something is said, and it ends. */
static void
test_flips(const char *name, size_t step)
{
	struct volume v = load(name);
	size_t n = v.n;

	fixture_done(&v);
	for (size_t i = 1024; i < n; i += step) {
		v = load(name);
		if (v.b[i] || i % 512 < 32) {
			v.b[i] ^= (uint8_t)(1 << i % 8);
			fixture_look(&v);
		}
		fixture_done(&v);
	}
}

int
main(void)
{
	test_fixture("everything");
	test_fixture("folderlinks");
	test_folder_links();
	test_folder_loop();
	test_fixture("journaled");
	test_fixture("wrapped");
	test_find();
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
