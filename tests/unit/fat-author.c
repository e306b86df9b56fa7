/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes made from toy trees and read back: the same files in every type, exact bounds, names that collide, what
 * FAT cannot hold, and the same bytes every time. */
#include "config.h"

#include "core/memory.h"
#include "formats/fat/author.h"
#include "formats/fat/fat.h"
#include "formats/fat/layout.h"
#include "formats/fat/volume.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static struct img_env *env;
static struct img_err err;

/* ---- helpers ---- */

static struct img_source *
author(const struct toy_row *rows, const struct fat_options *o)
{
	struct img_source *s;
	struct toy t;

	toy_init(&t, env, rows);
	TEST_OK(fat_author(&t.tree, o, &s, &err), err);
	return s;
}

static int
author_fails(const struct toy_row *rows, const struct fat_options *o)
{
	struct img_source *s = NULL;
	struct toy t;
	int rc;

	toy_init(&t, env, rows);
	rc = fat_author(&t.tree, o, &s, &err);
	TEST_TRUE(!s || !rc);
	img_unref(s);
	return rc;
}

static struct img_tree *
open_tree(struct img_source *s)
{
	struct img_tree *t;

	TEST_EQ_I(img_format_fat.confirm(&(struct img_open) { .below = s, .env = env }), IMG_MATCH_STRUCTURE);
	TEST_OK(img_format_fat.tree(&(struct img_tree_open) { .volume = s }, &t, &err), err);
	return t;
}

static size_t
n_problems(void)
{
	const struct img_problem *p;
	size_t lost;

	return img_problems(env, &p, &lost);
}

static void
fresh_env(void)
{
	img_env_free(env);
	TEST_OK(img_env_new(NULL, &env, &err), err);
}

static void
same_content(struct img_tree *a, uint64_t id_a, struct img_tree *b, uint64_t id_b)
{
	static uint8_t x[65536], y[65536];
	struct img_source *s, *t;

	TEST_OK(img_tree_content(a, id_a, NULL, &s, &err), err);
	TEST_OK(img_tree_content(b, id_b, NULL, &t, &err), err);
	TEST_EQ_U(s->size, t->size);
	for (uint64_t at = 0; at < s->size; at += sizeof x) {
		size_t n = s->size - at < sizeof x ? (size_t)(s->size - at) : sizeof x;

		TEST_OK(img_source_read(s, at, x, n, &err), err);
		TEST_OK(img_source_read(t, at, y, n, &err), err);
		TEST_MEM(x, y, n);
	}
	img_unref(s);
	img_unref(t);
}

/* The volume @s has what @rows have, and its structure is sound. */
static void
same_files(const struct toy_row *rows, struct img_source *s)
{
	struct img_report *rep = img_report_new();
	struct img_tree *b = open_tree(s);
	const struct img_node *m, *n;
	const char *path_a, *path_b;
	struct img_walk *v, *w;
	struct toy a;

	toy_init(&a, env, rows);
	TEST_OK(img_walk_new(&a.tree, &v, &err), err);
	TEST_OK(img_walk_new(b, &w, &err), err);
	for (;;) {
		TEST_OK(img_walk_next(v, &m, &path_a, &err), err);
		TEST_OK(img_walk_next(w, &n, &path_b, &err), err);
		TEST_TRUE(!m == !n);
		if (!m)
			break;
		TEST_STR(path_b, path_a);
		TEST_EQ_I(n->type, m->type);
		if (!*path_a)
			continue;
		TEST_EQ_I(n->mtime.sec, m->mtime.sec & ~INT64_C(1));
		TEST_EQ_I(n->btime.sec, m->mtime.sec);
		TEST_EQ_U(n->size, m->type == IMG_NODE_FILE ? m->size : 0);
		TEST_EQ_U(n->mode, m->type == IMG_NODE_DIR ? 0755 : m->mode & 0222 ? 0644 : 0444);
		if (m->type == IMG_NODE_FILE)
			same_content(&a.tree, m->id, b, n->id);
	}
	img_walk_free(v);
	img_walk_free(w);
	TEST_OK(b->ops->verify(b, img_report_root(rep), &err), err);
	TEST_EQ_U(n_problems(), 0);
	img_report_free(rep);
	img_tree_unref(b);
}

static struct fat_geometry
geometry_of(struct img_source *s)
{
	struct fat_geometry g;
	struct fat_boot b;

	TEST_OK(fat_boot_read(s, &b, &g, &err), err);
	TEST_EQ_U(g.size, s->size);
	return g;
}

static uint64_t
n_free(struct img_source *s)
{
	struct img_report *rep = img_report_new();
	uint64_t n;

	TEST_OK(s->ops->describe(s, img_report_root(rep), &err), err);
	n = img_rep_get_uint(img_report_root(rep), "free", UINT64_MAX);
	img_report_free(rep);
	return n;
}

/* ---- every type ---- */

#define N_MANY 1000
#define BYTES_2048 T512 T512 T512 T512
#define T512 T128 T128 T128 T128
#define T128 T32 T32 T32 T32
#define T32 "0123456789abcdefFEDCBA9876543210"

static const char name_255[256] = T128 T32 T32 T32 "0123456789abcdefFEDCBA987654321";

static const struct toy_row some[] = {
	TOY_DIR(0, 1, "EFI"),
	TOY_DIR(1, 2, "BOOT"),
	TOY_FILE(2, 3, "BOOTX64.EFI", BYTES_2048 "and more"),
	TOY_DIR(0, 4, "empty"),
	TOY_FILE(0, 5, "zero bytes", ""),
	TOY_FILE(0, 6, "readme.txt", "hello\n"),
	TOY_FILE(0, 7, name_255, "long"),
	TOY_FILE(0, 8, "exact", T512),
	TOY_FILE(0, 9, "exact2", BYTES_2048),
	TOY_FILE(1, 10,
		 "Gr\xc3\xbc\xc3\x9f"
		 "e \xf0\x9f\x98\x80.txt",
		 "utf-16"),
	TOY_FILE(1, 11, ".hidden", "."),
	TOY_DIR(2, 12, "a b c"),
	TOY_DIR(12, 13, "d.e.f"),
	TOY_FILE(13, 14, "deep", "down"),
	TOY_FILE(0, 15, "FOO~1.TXT", "real"),
	TOY_FILE(0, 16, "foo bar.txt", "not"),
	TOY_FILE(0, 17, "foo.bar.txt", "nor"),
	{.dir = 0,
	 .bytes = "ro",
	 .node = {.id = 18,
		  .type = IMG_NODE_FILE,
		  .mode = 0444,
		  .name = "ReadOnly",
		  .size = 2,
		  .mtime = {1300000001, 5}}},
	{.dir = 4,
	 .node = {.id = 19,
		  .type = IMG_NODE_FILE,
		  .mode = 0600,
		  .name = "zeros",
		  .size = 300000,
		  .mtime = {1300000000, 0}}},
	{0},
};

/* @some, and a folder (or the root) with many files. */
static struct toy_row *
with_many(uint64_t dir)
{
	size_t n = sizeof some / sizeof *some - 1;
	struct toy_row *rows = calloc(n + N_MANY + 2, sizeof *rows);
	static char names[N_MANY][40];

	TEST_TRUE(rows);
	memcpy(rows, some, sizeof some);
	rows[n++] = (struct toy_row) TOY_DIR(0, 99, "many");
	for (unsigned int i = 0; i < N_MANY; i++) {
		snprintf(names[i], sizeof names[i], "%s number %u.conf", i % 3 ? "file" : "other", i);
		rows[n++] = (struct toy_row) {
			.dir = dir, .bytes = names[i], .node = { .id = 100 + i, .type = IMG_NODE_FILE, .mode = 0644,
			.name = names[i], .size = i % 30, .mtime = { 1400000000 + i, 0 } },
		};
	}
	return rows;
}

static void
every_type(void)
{
	static const unsigned int types[] = { 0, 12, 16, 32 };
	static const uint32_t sectors[] = { 512, 2048, 4096 };

	for (int in_root = 0; in_root < 2; in_root++) {
		struct toy_row *rows = with_many(in_root ? 0 : 99);

		for (int i = 0; i < 4; i++)
			for (int k = 0; k < 3; k++) {
				const struct fat_options o = {
					.bits = types[i], .label = i ? "my label" : NULL, .sector_size = sectors[k],
				};
				struct img_source *s = author(rows, &o);

				TEST_EQ_U(geometry_of(s).bits, types[i] ? types[i] : sectors[k] < 4096 ? 12 : 16);
				TEST_EQ_U(s->sector_size, sectors[k]);
				same_files(rows, s);
				img_unref(s);
			}
		free(rows);
	}
}

static void
empty_tree(void)
{
	static const struct toy_row none[] = { { 0 } };

	for (unsigned int bits = 12; bits <= 32; bits = bits == 16 ? 32 : bits + 4) {
		struct img_source *s = author(none, &(struct fat_options) { .bits = bits });

		same_files(none, s);
		TEST_EQ_U(geometry_of(s).bits, bits);
		TEST_EQ_U(n_free(s),
			  (geometry_of(s).n_clusters - (bits == 32)) * (uint64_t)geometry_of(s).cluster_size);
		img_unref(s);
	}
}

/* ---- bounds ---- */

static void
boundary(uint32_t n, uint32_t fat, unsigned int bits)
{
	uint64_t sectors = (bits == 32 ? 32 : 1 + 32) + 2 * (uint64_t)fat + n;
	struct fat_options o = { .size = sectors * 512, .cluster_size = 512 };
	struct img_source *s = author(some, &o);

	TEST_EQ_U(geometry_of(s).bits, bits);
	TEST_EQ_U(geometry_of(s).n_clusters, n);
	same_files(some, s);
	img_unref(s);
	o.bits = bits;
	s = author(some, &o);
	TEST_EQ_U(geometry_of(s).n_clusters, n);
	img_unref(s);
}

static void
boundaries(void)
{
	boundary(4084, 12, 12);
	boundary(4085, 16, 16);
	boundary(65524, 256, 16);
	boundary(65525, 512, 32);
	/* a cluster more for FAT12 is too many, and for FAT16 still too few */
	TEST_FAILS(author_fails(some, &(struct fat_options){.size = (1 + 32 + 24 + 4085) * 512, .cluster_size = 512}),
		   IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .size = 4 << 20, .bits = 32 }), IMG_E_NOSPACE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .size = 1 << 30, .bits = 12 }), IMG_E_USAGE, err);
}

/* With a size of our own, other people's off-by-ones are kept away. */
static void
margins(void)
{
	struct toy_row rows[] = {
		{ .dir = 0, .node = { .id = 1, .type = IMG_NODE_FILE, .mode = 0644, .name = "f",
			.mtime = { 1400000000, 0 } } }, { 0 },
	};

	for (uint64_t n = 2000; n < 4200; n += 7) {
		struct img_source *s;
		struct fat_geometry g;

		rows[0].node.size = n * 1024;
		s = author(rows, &(struct fat_options) { 0 });
		g = geometry_of(s);
		TEST_TRUE(g.bits == 12 ? g.n_clusters <= 4084 - 16 : g.n_clusters >= 4085 + 16);
		TEST_TRUE(n_free(s) < 64 * 1024 || g.n_clusters < 4085 + 16 + 64);
		same_files(rows, s);
		img_unref(s);
	}
}

static void
exact_fit(void)
{
	static const unsigned int types[] = { 12, 16, 32 };

	for (int i = 0; i < 3; i++) {
		struct toy_row rows[] = {
			TOY_DIR(0, 1, "d"),
			TOY_FILE(1, 2, "small", "x"),
			{.dir = 1,
			 .node = {.id = 3,
				  .type = IMG_NODE_FILE,
				  .mode = 0644,
				  .name = "f",
				  .mtime = {1400000000, 0},
				  .size = i == 2 ? 70000 * 512 : 3700 * (i + 1) * 512}},
			{0},
		};
		struct fat_options o = { .bits = types[i], .cluster_size = 512 };
		struct img_source *s = author(rows, &o);
		uint64_t size = s->size, spare = n_free(s);

		img_unref(s);
		TEST_TRUE(spare < 32 * 512);
		o.size = size - spare;		/* a sector of the table may come free as well */
		s = author(rows, &o);
		TEST_TRUE(n_free(s) <= 1024);
		same_files(rows, s);
		o.size -= n_free(s);
		img_unref(s);
		o.size -= 512;
		TEST_FAILS(author_fails(rows, &o), IMG_E_NOSPACE, err);
		TEST_TRUE(strstr(err.msg, "is too small: it takes"));
		o.size = 0;
		o.slack = 100000;
		s = author(rows, &o);
		TEST_TRUE(n_free(s) >= 100000 && n_free(s) < 100000 + 64 * 512);
		img_unref(s);
	}
}

/* Microsoft's cluster sizes, where nothing forbids them. */
static void
cluster_sizes(void)
{
	static const struct {
		uint64_t size;
		unsigned int bits, got_bits;
		uint32_t cluster;
	} want[] = {
		{1440 << 10, 0, 12, 512},
		{4 << 20, 0, 12, 1024},
		{8 << 20, 0, 16, 1024},
		{32 << 20, 0, 16, 2048},
		{128 << 20, 0, 16, 2048},
		{200 << 20, 0, 16, 4096},
		{500 << 20, 0, 16, 8192},
		{600 << 20, 0, 32, 4096},
		{200 << 20, 32, 32, 512},
		{261 << 20, 32, 32, 4096},
		{UINT64_C(9) << 30, 0, 32, 8192},
		{UINT64_C(2047) << 20, 16, 16, 32768},
		{UINT64_C(100) << 30, 0, 32, 32768},
	};

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct img_source *s = author(some, &(struct fat_options){.size = want[i].size, .bits = want[i].bits});
		struct fat_geometry g = geometry_of(s);

		TEST_EQ_U(g.bits, want[i].got_bits);
		TEST_EQ_U(g.cluster_size, want[i].cluster);
		TEST_EQ_U(g.data_off % g.cluster_size, 0);
		if (want[i].size <= 600 << 20)
			same_files(some, s);
		img_unref(s);
	}
}

/* Many small files do not fit with the usual clusters: smaller ones are taken. */
static void
smaller_clusters(void)
{
	static char names[6000][8];
	struct toy_row *rows = calloc(6001, sizeof *rows);
	struct img_source *s;

	TEST_TRUE(rows);
	for (unsigned int i = 0; i < 6000; i++) {
		snprintf(names[i], sizeof names[i], "F%u", i);
		rows[i] = (struct toy_row) { .dir = 0, .bytes = "x", .node = { .id = i + 1, .type = IMG_NODE_FILE,
			.name = names[i], .mode = 0644, .size = 1, .mtime = { 1400000000, 0 } } };
	}
	s = author(rows, &(struct fat_options) { .size = 6 << 20 });
	TEST_EQ_U(geometry_of(s).cluster_size, 512);
	TEST_EQ_U(geometry_of(s).bits, 16);
	same_files(rows, s);
	img_unref(s);
	free(rows);
}

/* ---- names ---- */

/* The short names in the root of a FAT12 or FAT16 volume, each with a blank behind it. */
static void
short_names(struct img_source *s, char *ret, size_t room)
{
	struct fat_geometry g = geometry_of(s);
	size_t used = 0;

	for (uint64_t at = 0; at < g.root_len; at += FAT_ENTRY_LEN) {
		uint8_t raw[FAT_ENTRY_LEN];

		TEST_OK(img_source_read(s, g.root_off + at, raw, sizeof raw, &err), err);
		if (!raw[0])
			break;
		if (raw[11] == FAT_LONG_NAME)
			continue;
		TEST_TRUE(used + 13 < room);
		memcpy(ret + used, raw, 11);
		used += 11;
		ret[used++] = ' ';
	}
	ret[used] = '\0';
}

static void
tails(void)
{
	static const struct toy_row rows[] = {
		TOY_FILE(0, 1, "LONGFI~2.TXT", ""),
		TOY_FILE(0, 2, "longfile one.txt", ""),
		TOY_FILE(0, 3, "longfile three.txt", ""),
		TOY_FILE(0, 4, "longfile two.txt", ""),
		TOY_FILE(0, 5, "Mixed.Txt", ""),
		TOY_FILE(0, 6, "mixed.txt2", ""),
		{0},
	};
	struct img_source *s = author(rows, &(struct fat_options) { 0 });
	char got[500];

	short_names(s, got, sizeof got);
	TEST_STR(got, "LONGFI~2TXT MIXED   TXT LONGFI~1TXT LONGFI~3TXT LONGFI~4TXT MIXED~1 TXT ");
	same_files(rows, s);
	img_unref(s);
}

static int
by_name(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static void
many_tails(void)
{
	struct toy_row *rows = with_many(0);
	struct img_source *s = author(rows, &(struct fat_options) { 0 });
	static char got[13 * (N_MANY + 40)];
	size_t n;

	short_names(s, got, sizeof got);
	n = strlen(got) / 12;
	TEST_TRUE(n > N_MANY);
	qsort(got, n, 12, by_name);
	for (size_t i = 1; i < n; i++)
		TEST_TRUE(memcmp(got + 12 * i, got + 12 * (i - 1), 12));
	TEST_TRUE(strstr(got, "FILEN~10CON") && strstr(got, "FILE~666CON") && strstr(got, "OTHE~334CON"));
	img_unref(s);
	free(rows);
}

/* ---- what FAT cannot hold ---- */

static void
refused(const char *text, const struct toy_row *rows)
{
	struct fat_options o = { 0 };
	struct img_source *s;
	struct img_nodes n;
	struct img_tree *t;

	fresh_env();
	TEST_FAILS(author_fails(rows, &o), IMG_E_UNSUPPORTED, err);
	if (!strstr(err.msg, text))
		TEST_FAIL_("\"%s\" lacks \"%s\"", err.msg, text);
	o.lenient = true;
	s = author(rows, &o);
	TEST_EQ_U(n_problems(), 1);
	t = open_tree(s);
	TEST_OK(img_tree_list(t, IMG_TREE_ROOT, &n, &err), err);
	TEST_EQ_U(n.n, 1);		/* the first row is good */
	img_nodes_done(&n);
	img_tree_unref(t);
	img_unref(s);
	fresh_env();
}

#define REFUSED(text, ...) do {								\
	static const struct toy_row rows_[] = { TOY_FILE(0, 1, "GOOD", "x"), __VA_ARGS__, { 0 } };	\
	refused(text, rows_);								\
} while (0)

static void
limits(void)
{
	REFUSED("link: FAT has no symbolic links", TOY_LINK(0, 2, "link", "good"));
	REFUSED("pipe: FAT has no named pipes", { .node = { .id = 2, .type = IMG_NODE_FIFO, .name = "pipe" } });
	REFUSED("dev: FAT has no devices", { .node = { .id = 2, .type = IMG_NODE_BLOCK, .name = "dev" } });
	REFUSED("sock: FAT has no sockets", { .node = { .id = 2, .type = IMG_NODE_SOCKET, .name = "sock" } });
	REFUSED("big: FAT holds files up to 4 GiB less one byte",
		{ .node = { .id = 2, .type = IMG_NODE_FILE, .name = "big", .size = UINT64_C(1) << 32 } });
	REFUSED("a:b: FAT forbids", TOY_FILE(0, 2, "a:b", ""));
	REFUSED("it ends with a dot", TOY_FILE(0, 2, "end.", ""));
	REFUSED("it ends with a blank", TOY_FILE(0, 2, "end ", ""));
	REFUSED("it is not UTF-8", TOY_FILE(0, 2, "a\xff", ""));
	REFUSED("good: to FAT it has the same name as \"GOOD\"", TOY_FILE(0, 2, "good", ""));
	/* a folder goes with what is in it */
	REFUSED("Good: to FAT it has the same name", TOY_DIR(0, 2, "Good"), TOY_FILE(2, 3, "in it", ""));
	REFUSED("a?: FAT forbids", TOY_DIR(0, 2, "a?"), TOY_LINK(2, 3, "in it", ""));
}

static void
umlauts(void)
{
	static const struct toy_row rows[] = { TOY_FILE(0, 1, "\xc3\x84", ""), TOY_FILE(0, 2, "\xc3\xa4", ""), { 0 } };

	TEST_FAILS(author_fails(rows, &(struct fat_options) { 0 }), IMG_E_UNSUPPORTED, err);
}

static void
largest_file(void)
{
	static const struct toy_row rows[] = {
		{ .node = { .id = 1, .type = IMG_NODE_FILE, .mode = 0644, .name = "big", .size = UINT32_MAX,
			    .mtime = { 1400000000, 0 } } }, { 0 },
	};
	struct img_source *s = author(rows, &(struct fat_options) { 0 });
	struct img_tree *t = open_tree(s);
	struct img_source *c;
	struct img_node n;

	TEST_OK(img_tree_find(t, IMG_TREE_ROOT, "big", &n, &err), err);
	TEST_EQ_U(n.size, UINT32_MAX);
	TEST_OK(img_tree_content(t, n.id, NULL, &c, &err), err);
	TEST_EQ_U(c->size, UINT32_MAX);
	img_unref(c);
	img_tree_unref(t);
	img_unref(s);
}

static void
bad_options(void)
{
	TEST_FAILS(author_fails(some, &(struct fat_options) { .bits = 8 }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .sector_size = 1000 }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .cluster_size = 768 }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options){.cluster_size = 512, .sector_size = 4096}), IMG_E_USAGE,
		   err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .size = 1000001 }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .size = UINT64_C(1) << 50 }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .label = "twelve chars" }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .oem = "NINECHARS" }), IMG_E_USAGE, err);
	TEST_FAILS(author_fails(some, &(struct fat_options) { .size = 512 }), IMG_E_NOSPACE, err);
}

/* ---- the bytes ---- */

static uint8_t *
bytes_of(struct img_source *s)
{
	uint8_t *b = malloc((size_t)s->size);

	TEST_TRUE(b);
	TEST_OK(img_source_read(s, 0, b, (size_t)s->size, &err), err);
	return b;
}

/* Rows in another order with other ids are the same tree. */
static void
same_bytes(void)
{
	struct toy_row *a = with_many(99), *b = calloc(sizeof some / sizeof *some + N_MANY + 1, sizeof *b);
	const struct fat_options o = { .label = "X", .clamp = true, .max_time = 1400000100 };
	struct img_source *s, *t;
	uint8_t *x, *y;
	size_t n = 0;

	TEST_TRUE(b);
	while (a[n].node.name)
		n++;
	for (size_t i = 0; i < n; i++) {
		b[i] = a[n - 1 - i];
		b[i].node.id += 5000;
		b[i].node.atime.sec = (int64_t)i;
		b[i].node.ctime.sec = (int64_t)i;
		b[i].node.uid = (uint32_t)i;
		b[i].node.mode = b[i].node.mode & 0222 ? 0777 : 0555;
		if (b[i].dir)
			b[i].dir += 5000;
		if (b[i].node.mtime.sec > 1400000100)
			b[i].node.mtime.sec += 1000000;
	}
	s = author(a, &o);
	t = author(b, &o);
	TEST_EQ_U(s->size, t->size);
	x = bytes_of(s);
	y = bytes_of(t);
	TEST_MEM(x, y, (size_t)s->size);
	img_unref(t);
	free(y);
	/* another name gives another serial number */
	b[0].node.name = "other";
	t = author(b, &o);
	y = bytes_of(t);
	TEST_EQ_U(s->size, t->size);
	TEST_TRUE(memcmp(x + 39, y + 39, 4));
	img_unref(t);
	free(y);
	/* pieces read apart are those of the whole: the table is made as it is read */
	for (size_t at = 0, len = 1; at + len <= s->size; at += len, len = len * 7 % 4099) {
		uint8_t piece[4099];
		struct img_extent e;

		TEST_OK(img_source_map(s, at, &e, &err), err);
		if (e.off + e.len < at + len)
			len = (size_t)(e.off + e.len - at);
		TEST_OK(img_source_read(s, at, piece, len, &err), err);
		TEST_MEM(piece, x + at, len);
	}
	free(x);
	img_unref(s);
	free(a);
	free(b);
}

/* A file's data are extents of its own source, a large volume is a few runs, and nothing of it is read. */
static void
extents(void)
{
	struct img_source *file, *s;
	struct toy_row rows[] = {
		{ .node = { .id = 1, .type = IMG_NODE_FILE, .mode = 0644, .name = "f", .size = 1000000,
			    .mtime = { 1400000000, 0 } } }, { 0 },
	};
	struct img_extent e;
	unsigned int runs = 0, data = 0;
	uint64_t made = 0;

	TEST_OK(img_zeros(env, 1000000, &file, &err), err);
	rows[0].source = file;
	s = author(rows, &(struct fat_options) { .size = UINT64_C(1) << 40, .serial = 0x12345678 });
	for (uint64_t off = 0; off < s->size; off = e.off + e.len, runs++) {
		TEST_OK(img_source_map(s, off, &e, &err), err);
		if (e.kind == IMG_OPAQUE)
			made += e.len;
		if (e.kind == IMG_DATA) {
			data++;
			TEST_TRUE(e.from == file);
			TEST_EQ_U(e.at, 0);
			TEST_EQ_U(e.len, 1000000);
		}
	}
	TEST_EQ_U(data, 1);
	TEST_TRUE(runs < 12 && made < 16384);
	img_unref(s);
	img_unref(file);
}

/* The file is not what it was when it was listed. */
static void
changed(void)
{
	struct img_source *file;
	struct toy_row rows[] = {
		TOY_DIR(0, 1, "d"),
		{.dir = 1, .node = {.id = 2, .type = IMG_NODE_FILE, .name = "f", .size = 100}},
		{0},
	};

	TEST_OK(img_zeros(env, 99, &file, &err), err);
	rows[1].source = file;
	TEST_FAILS(author_fails(rows, &(struct fat_options) { 0 }), IMG_E_IO, err);
	TEST_STR(err.msg, "d/f: the file has 99 bytes, it was listed with 100");
	TEST_EQ_U(atomic_load(&file->refs), 1);
	img_unref(file);
}

static void
full_folder(void)
{
	size_t n = 65535;
	struct toy_row *rows = calloc(n + 2, sizeof *rows);
	char (*names)[8] = calloc(n, sizeof *names);

	TEST_TRUE(rows && names);
	rows[0] = (struct toy_row) TOY_DIR(0, 1000000, "d");
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof *names, "%zX", i);
		rows[i + 1] = (struct toy_row) { .dir = 1000000, .node = { .id = i + 1, .type = IMG_NODE_FILE,
			.name = names[i], .mode = 0644 } };
	}
	TEST_FAILS(author_fails(rows, &(struct fat_options) { 0 }), IMG_E_UNSUPPORTED, err);
	TEST_STR(err.msg, "d: the folder needs 65537 directory entries, FAT allows 65536");
	rows[n].node.name = NULL;	/* one less, and the dots */
	TEST_EQ_I(author_fails(rows, &(struct fat_options) { 0 }), 0);
	free(rows);
	free(names);
}

int
main(void)
{
	fresh_env();
	every_type();
	empty_tree();
	boundaries();
	margins();
	exact_fit();
	cluster_sizes();
	smaller_clusters();
	tails();
	many_tails();
	limits();
	umlauts();
	largest_file();
	bad_options();
	same_bytes();
	extents();
	changed();
	full_folder();
	img_env_free(env);
	return 0;
}
