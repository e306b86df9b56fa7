/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree contract: order, every node once, loops and second parents refused, bad names refused, look-up by path. */
#include "config.h"

#include "core/idmap.h"
#include "core/limits.h"
#include "img/env.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static struct img_env *env;
static struct img_err err;

/* Walk to the end or the first failure; the paths, each with a newline, are in @out. */
static int
walk_all(const struct toy_row *rows, char *out, size_t room)
{
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	struct toy t;
	int rc;

	toy_init(&t, env, rows);
	*out = '\0';
	TEST_OK(img_walk_new(&t.tree, &w, &err), err);
	while (!(rc = img_walk_next(w, &n, &path, &err)) && n) {
		TEST_TRUE(strlen(out) + strlen(path) + 2 < room);
		strcat(strcat(out, path), "\n");
	}
	img_walk_free(w);
	TEST_EQ_U(atomic_load(&t.tree.refs), 1);
	return rc;
}

static void
test_order(void)
{
	static const struct toy_row rows[] = {
		TOY_FILE(0, 9, "z", ""), TOY_DIR(0, 1, "b"), TOY_FILE(0, 2, "a", "x"), TOY_FILE(1, 3, "\xff", ""),
		TOY_DIR(1, 4, "B"), TOY_FILE(4, 5, "deep", ""), TOY_FILE(1, 6, "b", ""), TOY_DIR(0, 7, "b.d"), { 0 },
	};
	char out[500];

	TEST_OK(walk_all(rows, out, sizeof out), err);
	TEST_STR(out, "\na\nb\nb/B\nb/B/deep\nb/b\nb/\xff\nb.d\nz\n");
}

static void
test_loops(void)
{
	static const struct toy_row to_root[] = { TOY_DIR(0, 1, "a"), TOY_DIR(1, 0, "up"), { 0 } };
	static const struct toy_row to_self[] = { TOY_DIR(0, 1, "a"), TOY_DIR(1, 1, "self"), { 0 } };
	static const struct toy_row to_parent[] = {
		TOY_DIR(0, 1, "a"), TOY_DIR(1, 2, "b"), TOY_DIR(2, 1, "c"), { 0 },
	};
	char out[500];

	TEST_FAILS(walk_all(to_root, out, sizeof out), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "a/up: this folder contains itself");
	TEST_FAILS(walk_all(to_self, out, sizeof out), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "a/self: this folder contains itself");
	TEST_FAILS(walk_all(to_parent, out, sizeof out), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "a/b/c: this folder contains itself");
}

/* 28 folders, each twice in the one before: 2^28 paths. */
static void
test_fan(void)
{
	static char names[2][2] = { "x", "y" };
	struct toy_row rows[57] = { 0 };
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	struct toy t;
	int failures = 0, nodes = 0, rc;

	for (uint64_t i = 0; i < 28; i++) {
		rows[2 * i] = (struct toy_row) TOY_DIR(i, i + 1, names[0]);
		rows[2 * i + 1] = (struct toy_row) TOY_DIR(i, i + 1, names[1]);
	}
	toy_init(&t, env, rows);
	TEST_OK(img_walk_new(&t.tree, &w, &err), err);
	while ((rc = img_walk_next(w, &n, &path, &err)) || n) {
		failures += rc != 0;
		nodes += rc == 0;
		TEST_TRUE(!rc || strstr(err.msg, "y: this folder is in two places"));
		TEST_TRUE(nodes < 100);
	}
	img_walk_free(w);
	/* and the walk goes on after each */
	TEST_EQ_U(nodes, 29);
	TEST_EQ_U(failures, 28);
	TEST_EQ_U(t.n_lists, 29);
}

static void
test_names(void)
{
	static const char *const bad[] = { "..", ".", "", "a/b", "/", "/etc" };
	static const char *const good[] = { "...", "..a", " ", "-", "\n", "\\", "a\x1b[2J", "\xc0\xaf" };
	char out[100];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct toy_row rows[] = { TOY_DIR(0, 1, "d"), TOY_FILE(1, 2, bad[i], ""), { 0 } };

		TEST_FAILS(walk_all(rows, out, sizeof out), IMG_E_FORMAT, err);
		TEST_TRUE(!strncmp(err.msg, "d: ", 3));
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct toy_row rows[] = { TOY_FILE(0, 2, good[i], ""), { 0 } };

		TEST_OK(walk_all(rows, out, sizeof out), err);
	}
}

static void
test_twice(void)
{
	static const struct toy_row rows[] = {
		TOY_FILE(0, 1, "a", "1"), TOY_DIR(0, 2, "a"), TOY_FILE(2, 3, "in", ""), TOY_FILE(0, 4, "b", ""), { 0 },
	};
	const struct img_problem *p;
	char out[100];
	size_t n;

	TEST_OK(walk_all(rows, out, sizeof out), err);
	TEST_TRUE(!strcmp(out, "\na\nb\n") || !strcmp(out, "\na\na/in\nb\n"));
	n = img_problems(env, &p, NULL);
	TEST_TRUE(n);
	TEST_STR(p[n - 1].code, "name-twice");
}

static void
test_long(void)
{
	enum { DEEP = 200 };
	static struct toy_row rows[DEEP + 1];
	static char name[256], out[DEEP * (DEEP + 1) * 128 + 1];
	int rc;

	memset(name, 'n', 255);
	for (uint64_t i = 0; i < DEEP; i++)
		rows[i] = (struct toy_row) TOY_DIR(i, i + 1, name);
	rc = walk_all(rows, out, sizeof out);
	TEST_FAILS(rc, IMG_E_LIMIT, err);
	TEST_TRUE(strlen(strrchr(strchr(out, 'n'), '\n') - 10) <= IMG_MAX_PATH);
}

static void
test_skip(void)
{
	static const struct toy_row rows[] = {
		TOY_DIR(0, 1, "a"), TOY_FILE(1, 2, "in", ""), TOY_DIR(0, 3, "b"), TOY_FILE(3, 4, "in", ""), { 0 },
	};
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	struct toy t;

	toy_init(&t, env, rows);
	TEST_OK(img_walk_new(&t.tree, &w, &err), err);
	TEST_OK(img_walk_next(w, &n, &path, &err), err);
	TEST_OK(img_walk_next(w, &n, &path, &err), err);
	TEST_STR(path, "a");
	img_walk_skip(w);
	TEST_OK(img_walk_next(w, &n, &path, &err), err);
	TEST_STR(path, "b");
	TEST_OK(img_walk_next(w, &n, &path, &err), err);
	TEST_STR(path, "b/in");
	TEST_STR(n->name, "in");
	TEST_OK(img_walk_next(w, &n, &path, &err), err);
	TEST_TRUE(!n);
	img_walk_free(w);
}

static void
test_lookup(void)
{
	static const struct toy_row rows[] = {
		TOY_DIR(0, 1, "a"), TOY_FILE(1, 2, "f", ""), TOY_LINK(1, 3, "l", "."), { 0 },
	};
	struct img_node n;
	struct toy t;

	toy_init(&t, env, rows);
	TEST_OK(img_tree_lookup(&t.tree, "/a//f", &n, &err), err);
	TEST_EQ_U(n.id, 2);
	TEST_OK(img_tree_lookup(&t.tree, "./a/", &n, &err), err);
	TEST_EQ_U(n.id, 1);
	TEST_OK(img_tree_lookup(&t.tree, "", &n, &err), err);
	TEST_EQ_U(n.id, 0);
	TEST_EQ_I(n.type, IMG_NODE_DIR);
	TEST_FAILS(img_tree_lookup(&t.tree, "a/g/h", &n, &err), IMG_E_UNKNOWN, err);
	TEST_STR(err.msg, "there is no \"a/g\"");
	TEST_FAILS(img_tree_lookup(&t.tree, "a/l/f", &n, &err), IMG_E_UNKNOWN, err);
	TEST_FAILS(img_tree_lookup(&t.tree, "a/..", &n, &err), IMG_E_UNKNOWN, err);
}

static void
test_idmap(void)
{
	struct idmap m = { 0 };
	uint64_t v;
	bool old;

	for (uint64_t i = 0; i < 5000; i++) {
		TEST_OK(idmap_add(&m, i << 50 | i, i * 3, &old, &err), err);
		TEST_TRUE(!old);
	}
	TEST_OK(idmap_add(&m, 0, 77, &old, &err), err);
	TEST_TRUE(old);
	for (uint64_t i = 0; i < 5000; i++) {
		TEST_TRUE(idmap_find(&m, i << 50 | i, &v));
		TEST_EQ_U(v, i * 3);
	}
	TEST_TRUE(!idmap_find(&m, UINT64_MAX, NULL));
	idmap_done(&m);
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_order();
	test_loops();
	test_fan();
	test_names();
	test_twice();
	test_long();
	test_skip();
	test_lookup();
	test_idmap();
	img_env_free(env);
	return 0;
}
