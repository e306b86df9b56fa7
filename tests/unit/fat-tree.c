/* SPDX-License-Identifier: BSD-2-Clause */
/* Damaged and strange volumes: a good one is made in memory, changed by hand, and read. */
#include "config.h"

#include "formats/fat/author.h"
#include "formats/fat/fat.h"
#include "formats/fat/volume.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

#define SS 512
#define TEXT_1 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT_8 TEXT_1 TEXT_1 TEXT_1 TEXT_1 TEXT_1 TEXT_1 TEXT_1 TEXT_1
#define TEXT_24 "1" TEXT_8 "2" TEXT_8 "3" TEXT_8		/* four clusters, the last with three bytes */

static const struct toy_row rows[] = {
	TOY_FILE(0, 1, "FILE", TEXT_24),
	TOY_DIR(0, 2, "DIR"),
	TOY_DIR(2, 3, "SUB"),
	TOY_FILE(3, 4, "a long name.txt", "deep"),
	TOY_FILE(0, 5, "OTHER", TEXT_24),
	TOY_FILE(0, 6, "long name in root", "x"),
	{0},
};

static struct img_err err;

struct vol {
	struct img_env *env;
	uint8_t *b;
	size_t len;
	struct fat_boot boot;
	struct fat_geometry geo;
	struct img_source *source;
	struct img_tree *tree;
};

static struct vol
vol_new(unsigned int bits)
{
	const struct fat_options o = { .bits = bits, .cluster_size = SS, .label = "GOOD", .slack = 64 * SS };
	struct vol v = { 0 };
	struct img_source *s;
	struct toy t;

	TEST_OK(img_env_new(NULL, &v.env, &err), err);
	toy_init(&t, v.env, rows);
	TEST_OK(fat_author(&t.tree, &o, &s, &err), err);
	v.len = (size_t)s->size;
	v.b = malloc(v.len);
	TEST_TRUE(v.b);
	TEST_OK(img_source_read(s, 0, v.b, v.len, &err), err);
	TEST_OK(fat_boot_read(s, &v.boot, &v.geo, &err), err);
	img_unref(s);
	return v;
}

static void
vol_open(struct vol *v)
{
	TEST_OK(img_memory(v->env, v->b, v->len, false, &v->source, &err), err);
	TEST_OK(img_format_fat.tree(&(struct img_tree_open) { .volume = v->source }, &v->tree, &err), err);
}

static void
vol_done(struct vol *v)
{
	img_tree_unref(v->tree);
	img_unref(v->source);
	img_env_free(v->env);
	free(v->b);
}

static uint8_t *
cluster_at(struct vol *v, uint32_t cluster)
{
	return v->b + v->geo.data_off + (size_t)(cluster - 2) * v->geo.cluster_size;
}

/* Set a table entry in both tables. */
static void
set(struct vol *v, uint32_t cluster, uint32_t value)
{
	unsigned int bits = v->geo.bits;

	for (uint32_t i = 0; i < v->geo.n_fats; i++) {
		uint8_t *p = v->b + v->geo.fat_off + i * v->geo.fat_len + fat_entry_off(bits, cluster);

		if (bits == 12)		/* fat_entry_put adds to zeros */
			store_le16(p, load_le16(p) & (cluster & 1 ? 0x000f : 0xf000));
		fat_entry_put(bits, cluster, p, value);
	}
}

/* The 32 bytes of the entry with the short @name in the root. */
static uint8_t *
root_entry(struct vol *v, const char *name)
{
	uint8_t *p = v->geo.bits == 32 ? cluster_at(v, v->boot.root_cluster) : v->b + v->geo.root_off;

	while (*p && (memcmp(p, name, strlen(name)) || p[11] == FAT_LONG_NAME))
		p += FAT_ENTRY_LEN;
	TEST_TRUE(*p);
	return p;
}

static uint32_t
first_of(struct vol *v, const char *name)
{
	return load_le16(root_entry(v, name) + 26);
}

static bool
has_problem(const struct vol *v, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(v->env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(p[i].code, code))
			return true;
	return false;
}

/* The file's bytes are @want, or reading it fails with @why. */
static void
file_is(struct vol *v, const char *path, const char *want, const char *why)
{
	struct img_source *s;
	struct img_node n;
	char buf[4096];
	int rc;

	TEST_OK(img_tree_lookup(v->tree, path, &n, &err), err);
	rc = img_tree_content(v->tree, n.id, NULL, &s, &err);
	if (why) {
		TEST_EQ_I(rc, IMG_E_FORMAT);
		if (!strstr(err.msg, why))
			TEST_FAIL_("\"%s\" lacks \"%s\"", err.msg, why);
		return;
	}
	TEST_OK(rc, err);
	TEST_EQ_U(s->size, strlen(want));
	TEST_OK(img_source_read(s, 0, buf, strlen(want), &err), err);
	TEST_MEM(buf, want, strlen(want));
	img_unref(s);
}

static void
verify_says(struct vol *v, const char *code)
{
	struct img_report *rep = img_report_new();
	const struct img_problem *p;
	size_t lost;

	TEST_OK(v->tree->ops->verify(v->tree, img_report_root(rep), &err), err);
	if (code ? !has_problem(v, code) : img_problems(v->env, &p, &lost) != 0)
		TEST_FAIL_("verify should say %s", code ? code : "nothing");
	img_report_free(rep);
}

/* ---- chains ---- */

static void
good(unsigned int bits)
{
	struct vol v = vol_new(bits);

	vol_open(&v);
	file_is(&v, "FILE", TEXT_24, NULL);
	file_is(&v, "DIR/SUB/a long name.txt", "deep", NULL);
	verify_says(&v, NULL);
	vol_done(&v);
}

/* A file whose clusters lie anywhere. */
static void
fragments(unsigned int bits)
{
	struct vol v = vol_new(bits);
	uint32_t a = first_of(&v, "FILE"), b = a + 40, c = a + 30;

	memcpy(cluster_at(&v, b), cluster_at(&v, a + 1), SS);
	memcpy(cluster_at(&v, c), cluster_at(&v, a + 2), SS);
	memset(cluster_at(&v, a + 1), '#', 2 * SS);
	set(&v, a, b);
	set(&v, b, c);
	set(&v, c, a + 3);
	set(&v, a + 1, 0);
	set(&v, a + 2, 0);
	vol_open(&v);
	file_is(&v, "FILE", TEXT_24, NULL);
	verify_says(&v, NULL);
	vol_done(&v);
}

static void
bad_chains(unsigned int bits)
{
	static const char *const why[] = {
		"breaks off at a free cluster", "leads to one marked bad", "chain of clusters leads to ",
		"comes back to cluster", "ends 515 bytes before the file of 1539", "comes back to cluster",
	};

	for (int i = 0; i < 6; i++) {
		struct vol v = vol_new(bits);
		uint32_t a = first_of(&v, "FILE");
		const uint32_t to[] = {
			FAT_FREE, FAT_BAD(bits), v.geo.n_clusters + 2, a, FAT_END(bits), a + 1,
		};

		set(&v, a + 1, to[i]);
		vol_open(&v);
		file_is(&v, "FILE", NULL, why[i]);
		file_is(&v, "OTHER", TEXT_24, NULL);
		verify_says(&v, "fat-chain");
		vol_done(&v);
	}
}

static void
first_cluster(unsigned int bits)
{
	struct vol v = vol_new(bits);

	store_le16(root_entry(&v, "FILE") + 26, 0);
	vol_open(&v);
	file_is(&v, "FILE", NULL, "breaks off at a free cluster");
	vol_done(&v);
}

static void
cross_link(unsigned int bits)
{
	struct vol v = vol_new(bits);

	set(&v, first_of(&v, "FILE") + 1, first_of(&v, "OTHER") + 2);
	vol_open(&v);
	verify_says(&v, "fat-cross-link");
	TEST_TRUE(has_problem(&v, "fat-lost"));
	vol_done(&v);
}

static void
tables_differ(void)
{
	struct vol v = vol_new(16);

	v.b[v.geo.fat_off + v.geo.fat_len + 2000] = 1;
	vol_open(&v);
	file_is(&v, "FILE", TEXT_24, NULL);
	verify_says(&v, "fat-tables-differ");
	vol_done(&v);
}

/* FAT32 may say that the second table is the one. */
static void
second_table(void)
{
	struct vol v = vol_new(32);

	memset(v.b + v.geo.fat_off, 0, (size_t)v.geo.fat_len);
	store_le16(v.b + 40, 0x81);
	vol_open(&v);
	file_is(&v, "FILE", TEXT_24, NULL);
	vol_done(&v);
	v = vol_new(32);
	store_le16(v.b + 40, 0x85);
	vol_open(&v);
	TEST_TRUE(has_problem(&v, "fat-bad-table"));
	file_is(&v, "FILE", TEXT_24, NULL);
	vol_done(&v);
}

/* ---- directories ---- */

static int
walk_fails(struct vol *v)
{
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	int rc;

	TEST_OK(img_walk_new(v->tree, &w, &err), err);
	while (!(rc = img_walk_next(w, &n, &path, &err)) && n)
		;
	img_walk_free(w);
	return rc;
}

static void
loops(unsigned int bits)
{
	struct vol v = vol_new(bits);
	uint32_t dir = first_of(&v, "DIR");

	/* the folder's only entry behind the dots: SUB */
	store_le16(cluster_at(&v, dir) + 2 * FAT_ENTRY_LEN + 26, (uint16_t)dir);
	vol_open(&v);
	TEST_EQ_I(walk_fails(&v), IMG_E_FORMAT);
	TEST_STR(err.msg, "DIR/SUB: this folder contains itself");
	vol_done(&v);

	v = vol_new(bits);
	set(&v, dir, dir);		/* the chain of the folder */
	vol_open(&v);
	TEST_EQ_I(walk_fails(&v), IMG_E_FORMAT);
	TEST_TRUE(strstr(err.msg, "comes back to cluster"));
	vol_done(&v);

	if (bits == 32) {
		v = vol_new(bits);
		store_le16(cluster_at(&v, dir) + 2 * FAT_ENTRY_LEN + 26, (uint16_t)v.boot.root_cluster);
		vol_open(&v);
		TEST_EQ_I(walk_fails(&v), IMG_E_FORMAT);
		TEST_STR(err.msg, "DIR/SUB: this folder contains itself");
		vol_done(&v);
	}
	v = vol_new(bits);
	store_le16(root_entry(&v, "DIR") + 26, 0);
	vol_open(&v);
	TEST_EQ_I(walk_fails(&v), IMG_E_FORMAT);
	vol_done(&v);
}

/* A directory without an end, of as many clusters as the volume has. */
static void
endless(void)
{
	struct vol v = vol_new(32);
	uint32_t dir = first_of(&v, "DIR");

	for (uint32_t c = dir + 10; c < v.geo.n_clusters + 1; c++)
		set(&v, c, c + 1);
	set(&v, dir, dir + 10);
	for (uint32_t c = dir + 10; c < v.geo.n_clusters + 1; c++)
		memset(cluster_at(&v, c), FAT_SLOT_FREE, SS);
	memset(cluster_at(&v, dir) + 96, FAT_SLOT_FREE, SS - 96);
	vol_open(&v);
	TEST_EQ_I(walk_fails(&v), IMG_E_FORMAT);
	TEST_TRUE(strstr(err.msg, "longer than the 65536 entries"));
	vol_done(&v);
}

static bool
is_there(struct vol *v, const char *path)
{
	struct img_node n;

	return !img_tree_lookup(v->tree, path, &n, &err);
}

static void
long_names(unsigned int bits)
{
	struct vol v = vol_new(bits);
	uint8_t *e = root_entry(&v, "LONGNA~1");

	vol_open(&v);
	TEST_TRUE(is_there(&v, "long name in root") && !is_there(&v, "LONGNA~1"));
	img_tree_unref(v.tree);
	img_unref(v.source);
	v.tree = NULL;
	v.source = NULL;

	memcpy(e, "RENAMED    ", 11);			/* by a program that knows no long names */
	vol_open(&v);
	TEST_TRUE(is_there(&v, "RENAMED") && !is_there(&v, "long name in root"));
	vol_done(&v);

	v = vol_new(bits);
	e = root_entry(&v, "LONGNA~1");
	e[-32 + 1] = '/';				/* first letter of the name */
	vol_open(&v);
	TEST_TRUE(is_there(&v, "LONGNA~1"));
	TEST_TRUE(has_problem(&v, "fat-bad-name"));
	vol_done(&v);

	v = vol_new(bits);
	e = root_entry(&v, "LONGNA~1");
	e[-32] = 3;					/* pieces out of order */
	vol_open(&v);
	TEST_TRUE(is_there(&v, "LONGNA~1"));
	vol_done(&v);

	v = vol_new(bits);
	e = root_entry(&v, "LONGNA~1");
	e[-64] = FAT_SLOT_FREE;				/* the last piece is gone */
	vol_open(&v);
	TEST_TRUE(is_there(&v, "LONGNA~1"));
	vol_done(&v);

	v = vol_new(bits);
	*root_entry(&v, "FILE") = FAT_SLOT_FREE;
	vol_open(&v);
	TEST_TRUE(!is_there(&v, "FILE") && is_there(&v, "OTHER"));
	vol_done(&v);

	v = vol_new(bits);
	memset(root_entry(&v, "FILE"), ' ', 11);
	vol_open(&v);
	TEST_TRUE(is_there(&v, "OTHER"));
	TEST_TRUE(has_problem(&v, "fat-bad-name"));
	vol_done(&v);
}

/* OS/2 keeps its own number where FAT32 has the upper half of the cluster's. */
static void
os2(void)
{
	struct vol v = vol_new(16);

	store_le16(root_entry(&v, "FILE") + 20, 0x1234);
	vol_open(&v);
	file_is(&v, "FILE", TEXT_24, NULL);
	vol_done(&v);
}

static void
cut(void)
{
	struct vol v = vol_new(16);

	v.len = (size_t)v.geo.data_off + 2 * SS;
	vol_open(&v);
	TEST_TRUE(has_problem(&v, "fat-cut"));
	file_is(&v, "FILE", NULL, "");
	vol_done(&v);
}

static void
claims(void)
{
	struct vol v = vol_new(12);
	struct img_open o = { .env = v.env };

	vol_open(&v);
	o.below = v.source;
	TEST_EQ_I(img_format_fat.confirm(&o), IMG_MATCH_STRUCTURE);
	v.b[v.geo.fat_off] ^= 1;
	TEST_EQ_I(img_format_fat.confirm(&o), IMG_MATCH_MAGIC);
	v.b[13] = 3;
	TEST_EQ_I(img_format_fat.confirm(&o), IMG_MATCH_NONE);
	vol_done(&v);
	TEST_TRUE(img_format_by_name("fat") == &img_format_fat);
}

int
main(void)
{
	static const unsigned int types[] = { 12, 16, 32 };

	for (int i = 0; i < 3; i++) {
		good(types[i]);
		fragments(types[i]);
		bad_chains(types[i]);
		first_cluster(types[i]);
		cross_link(types[i]);
		loops(types[i]);
		long_names(types[i]);
	}
	tables_differ();
	second_table();
	endless();
	os2();
	cut();
	claims();
	return 0;
}
