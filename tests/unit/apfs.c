/* SPDX-License-Identifier: BSD-2-Clause */
/* The APFS reader on fixtures/apfs: what is there, what damage is found, and that no damage ends it. */
#include "config.h"

#include "formats/apfs/apfs.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/apfs/layout.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"
#include "tests/unit/fixture.h"

#define BLOCK 4096

static struct volume
load(const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "apfs/%s.apfsr", name);
	return fixture_load(&img_format_apfs, path);
}

static int
password(void *ctx, const char *what, char *buf, size_t len, struct img_err *e)
{
	TEST_STR(what, "APFS");
	TEST_TRUE(strlen(ctx) < len);
	strcpy(buf, ctx);
	return 0;
}

/* Correct the checksums of all blocks that have one. */
static void
sum_up(struct volume *v, const uint8_t *before)
{
	for (size_t at = 0; at + BLOCK <= v->n; at += BLOCK)
		if (memcmp(before + at, v->b + at, BLOCK) && apfs_sum(before + at, BLOCK) == load_le64(before + at))
			store_le64(v->b + at, apfs_sum(v->b + at, BLOCK));
}

static uint8_t *
copy_of(const struct volume *v)
{
	uint8_t *b = malloc(v->n);

	TEST_TRUE(b);
	return memcpy(b, v->b, v->n);
}

/* Where @what lies for the last time, which is where it counts: blocks are never written again. */
static uint8_t *
find(const struct volume *v, const void *what, size_t n)
{
	for (size_t i = v->n - n; i > 0; i--)
		if (!memcmp(v->b + i, what, n))
			return v->b + i;
	TEST_FAIL_("the bytes are there");
	return NULL;
}

/* ---- what is there ---- */

static void
test_fixture(const char *name)
{
	struct volume v = load(name);
	char list[64];
	uint64_t odd;

	snprintf(list, sizeof list, "apfs/%s.list", name);
	img_env_set_password(v.env, password, (void *)"secret");
	TEST_OK(fixture_open(&v), err);
	fixture_compare(&v, list);
	TEST_EQ_U(fixture_verify(&v, &odd), 0);
	TEST_EQ_U(odd, 0);
	fixture_done(&v);
}

static void
test_snapshot(void)
{
	static const char *const names[] = { "before", "5" };
	struct img_node n;
	uint64_t size;

	for (size_t i = 0; i < 2; i++) {
		struct volume v = load("everything");

		v.snapshot = names[i];
		TEST_OK(fixture_open(&v), err);
		TEST_OK(img_tree_lookup(v.tree, "old", &n, &err), err);
		fixture_sum(v.tree, n.id, NULL, &size);
		TEST_EQ_U(size, strlen("older than all"));
		TEST_FAILS(img_tree_lookup(v.tree, "clone", &n, &err), IMG_E_UNKNOWN, err);
		fixture_done(&v);
	}
	struct volume v = load("everything");

	v.snapshot = "after";
	TEST_FAILS(fixture_open(&v), IMG_E_USAGE, err);
	TEST_TRUE(strstr(err.msg, "5 \"before\""));
	fixture_done(&v);
}

static void
test_names(void)
{
	struct volume v = load("everything");
	struct img_node n;

	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "many/File77", &n, &err), err);
	TEST_OK(img_tree_lookup(v.tree, "Gr\xc3\xb6\xc3\x9f" "e", &n, &err), err);
	TEST_FAILS(img_tree_lookup(v.tree, "many/file77", &n, &err), IMG_E_UNKNOWN, err);
	TEST_FAILS(img_tree_lookup(v.tree, "many/File77/x", &n, &err), IMG_E_UNKNOWN, err);
	fixture_done(&v);
}

/* A volume is picked by number, name, and role; one that is locked stops nobody from the others. */
static void
test_volumes(void)
{
	static const char *const which[] = { "1", "Plain", "plain", "2", "Secret", "data", "3", "recovery" };
	struct img_nodes list;
	struct img_node n;

	for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
		struct volume v = load("volumes");

		v.fs_volume = which[i];
		TEST_OK(fixture_open(&v), err);
		if (i < 3) {
			TEST_OK(img_tree_lookup(v.tree, "sub/deep", &n, &err), err);
		} else if (i < 6) {
			TEST_FAILS(img_tree_list(v.tree, IMG_TREE_ROOT, &list, &err), IMG_E_KEY, err);
		} else {
			TEST_OK(img_tree_list(v.tree, IMG_TREE_ROOT, &list, &err), err);
			TEST_EQ_U(list.n, 0);
			img_nodes_done(&list);
		}
		fixture_done(&v);
	}
	struct volume v = load("volumes");

	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "Plain/sub/deep", &n, &err), err);
	TEST_FAILS(img_tree_lookup(v.tree, "Secret/hidden", &n, &err), IMG_E_KEY, err);
	fixture_done(&v);
	v = load("volumes");
	img_env_set_password(v.env, password, (void *)"guess");
	v.fs_volume = "Secret";
	TEST_OK(fixture_open(&v), err);
	TEST_FAILS(img_tree_lookup(v.tree, "hidden", &n, &err), IMG_E_KEY, err);
	TEST_TRUE(strstr(err.msg, "wrong password"));
	fixture_done(&v);
	v = load("volumes");
	v.fs_volume = "4";
	TEST_FAILS(fixture_open(&v), IMG_E_USAGE, err);
	TEST_TRUE(strstr(err.msg, "2 \"Secret\""));
	fixture_done(&v);
}

static void
test_describe(void)
{
	struct volume v = load("everything");
	struct img_report *r = img_report_new();
	const struct img_rep *o = img_report_root(r), *s;

	TEST_OK(fixture_open(&v), err);
	TEST_OK(v.tree->ops->describe(v.tree, img_report_root(r), &err), err);
	TEST_STR(img_rep_get_str(o, "label"), "Everything");
	TEST_STR(img_rep_get_str(o, "container_uuid"), "10111213-1415-1617-1819-1a1b1c1d1e1f");
	TEST_STR(img_rep_get_str(o, "created"), "2001-09-09T01:46:40Z");
	TEST_TRUE(!img_rep_get_bool(o, "case_sensitive") && !img_rep_get_bool(o, "encrypted"));
	TEST_TRUE(img_rep_get_uint(o, "free", 0) > 0);
	s = img_rep_get(o, "snapshots");
	TEST_TRUE(s && s->first && !s->first->next);
	TEST_STR(img_rep_get_str(s->first, "name"), "before");
	TEST_EQ_U(img_rep_get_uint(s->first, "xid", 0), 5);
	TEST_TRUE(!img_rep_get(o, "volumes"));
	img_report_free(r);
	fixture_done(&v);
}

/* ---- damage ---- */

/* The newest superblock is broken: the one before counts.  All are: nothing does. */
static void
test_checkpoints(void)
{
	struct volume v = load("everything");
	struct img_node n;

	v.b[4 * BLOCK + 100] ^= 1;
	v.b[100] ^= 1;
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_problems(&v, "apfs-checkpoint"), 1);
	TEST_OK(img_tree_lookup(v.tree, "many/File77", &n, &err), err);
	v.tree = img_tree_unref(v.tree);
	v.source = img_unref(v.source);
	v.b[2 * BLOCK + 100] ^= 1;
	TEST_FAILS(fixture_open(&v), IMG_E_FORMAT, err);
	TEST_TRUE(strstr(err.msg, "(block 4) fails its checksum"));
	fixture_done(&v);
}

static void
test_node_sum(void)
{
	struct volume v = load("everything");
	struct img_nodes list;
	struct img_node n;
	uint64_t odd;

	*find(&v, "File40", 6) ^= 1;
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "many", &n, &err), err);
	TEST_FAILS(img_tree_list(v.tree, n.id, &list, &err), IMG_E_FORMAT, err);
	TEST_TRUE(strstr(err.msg, "fails its checksum"));
	TEST_EQ_U(fixture_verify(&v, &odd), 1);
	fixture_done(&v);
}

/* Make the checksums of what was changed right again: the code of the fault that is found. */
static void
found(struct volume *v, uint8_t *before, const char *code)
{
	uint64_t odd;

	sum_up(v, before);
	free(before);
	TEST_OK(fixture_open(v), err);
	fixture_verify(v, &odd);
	if (!fixture_problems(v, code))
		fprintf(stderr, "%s: not found\n", code);
	TEST_TRUE(fixture_problems(v, code));
	fixture_done(v);
}

/* The extent that holds @data: le64 length, le64 block. */
static uint8_t *
extent_of(const struct volume *v, const char *data)
{
	uint8_t b[16];

	store_le64(b, BLOCK);
	store_le64(b + 8, (uint64_t)(find(v, data, strlen(data)) - v->b) / BLOCK);
	return find(v, b, sizeof b);
}

static void
test_faults(void)
{
	struct volume v = load("everything");
	uint8_t *before = copy_of(&v);
	uint8_t *p = v.b;

	while (memcmp(p, "File41", 6))		/* the entry comes before the inode */
		p++;
	*p = 'G';
	found(&v, before, "apfs-hash");
	v = load("everything");
	before = copy_of(&v);
	store_le64(find(&v, "Everything", 10) - 0x2c0 + 0xb8, 99);	/* files */
	found(&v, before, "apfs-count");
	for (uint64_t i = 0; i < 4; i++) {
		v = load("everything");
		before = copy_of(&v);
		p = extent_of(&v, "shared");
		if (i == 0)
			store_le64(p, BLOCK + 1);
		else if (i == 1)
			store_le64(p, UINT64_C(1) << 55);
		else
			store_le64(p + 8, i == 2 ? UINT64_C(1) << 40 : (uint64_t)(p - v.b) / BLOCK);
		found(&v, before, "apfs-extent");
	}
}

/* The target of a link, the header of a compressed file. */
static void
test_attributes(void)
{
	struct volume v = load("everything");
	uint8_t *before = copy_of(&v);
	struct img_source *s;
	struct img_node n;

	find(&v, "/Applications\0", 14)[13] = 'x';
	find(&v, "fpmc\x03\0\0\0", 8)[4] = 13;
	sum_up(&v, before);
	free(before);
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "Applications", &n, &err), err);
	TEST_EQ_I(n.type, IMG_NODE_FILE);
	TEST_EQ_U(fixture_problems(&v, "apfs-symlink"), 1);
	TEST_OK(img_tree_lookup(v.tree, "c3", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_UNSUPPORTED, err);
	TEST_TRUE(strstr(err.msg, "LZBITMAP"));
	fixture_done(&v);
}

static void
test_cut(void)
{
	struct volume v = load("sealed");

	v.n -= 8 * BLOCK;
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_problems(&v, "apfs-cut"), 1);
	fixture_done(&v);
	v = load("sealed");
	v.n = 1000;
	TEST_FAILS(fixture_open(&v), IMG_E_FORMAT, err);
	fixture_done(&v);
}

/* One byte wrong, here and there, under a right checksum: something is said or not, and it ends. */
static void
test_flips(const char *name, size_t step)
{
	struct volume v = load(name);
	uint8_t *before = copy_of(&v);
	size_t n = v.n;

	fixture_done(&v);
	for (size_t i = 8; i < n; i += step) {
		if (!before[i] && i % BLOCK > 100)
			continue;
		v = load(name);
		img_env_set_password(v.env, password, (void *)"secret");
		v.b[i] ^= (uint8_t)(1 << i / step % 8);
		sum_up(&v, before);
		fixture_look(&v);
		fixture_done(&v);
	}
	free(before);
}

int
main(void)
{
	test_fixture("everything");
	test_fixture("volumes");
	test_fixture("sealed");
	test_snapshot();
	test_names();
	test_volumes();
	test_describe();
	test_checkpoints();
	test_node_sum();
	test_faults();
	test_attributes();
	test_cut();
	test_flips("everything", 29);
	test_flips("volumes", 41);
	test_flips("sealed", 17);
	return 0;
}
