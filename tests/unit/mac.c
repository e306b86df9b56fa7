/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers of HFS and MFS on fixtures/mac: what is there, what damage is found, and that no damage ends them. */
#include "config.h"

#include "formats/hfs/hfs.h"

#include "core/bytes.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"
#include "tests/unit/fixture.h"

#define MDB 1024

static struct volume
load(bool hfs)
{
	return fixture_load(hfs ? &img_format_hfs : &img_format_mfs, hfs ? "mac/hfs.macr" : "mac/mfs.macr");
}

static void
test_hfs(void)
{
	struct volume v = load(true);
	uint64_t odd;

	TEST_OK(fixture_open(&v), err);
	fixture_compare(&v, "mac/hfs.list");
	TEST_EQ_U(fixture_verify(&v, &odd), 0);
	TEST_EQ_U(odd, 0);
	fixture_done(&v);
}

static void
test_mfs(void)
{
	struct volume v = load(false);
	struct img_report *r = img_report_new();
	struct img_open probe = { 0 };

	TEST_OK(fixture_open(&v), err);
	fixture_compare(&v, "mac/mfs.list");
	TEST_OK(v.tree->ops->verify(v.tree, img_report_root(r), &err), err);
	TEST_OK(v.tree->ops->describe(v.tree, img_report_root(r), &err), err);
	TEST_STR(img_rep_get_str(img_report_root(r), "label"), "Oldest");
	TEST_EQ_U(img_rep_get_uint(img_report_root(r), "files_found", 0), 2);
	probe.below = v.source;
	TEST_EQ_I(img_format_mfs.confirm(&probe), IMG_MATCH_STRUCTURE);
	TEST_EQ_I(img_format_hfs.confirm(&probe), IMG_MATCH_NONE);
	img_report_free(r);
	fixture_done(&v);
}

/* A chain that comes back to its beginning ends when more blocks are read than there are. */
static void
test_chain(void)
{
	struct volume v = load(false);
	struct img_source *s;
	struct img_node n;

	v.b[MDB + 64 + 4] = 0;		/* of block 5: not 3, but 2 */
	v.b[MDB + 64 + 5] = 2;
	store_be32(v.b + 4 * 512 + 24, 390 * 1024);
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "Caf\xc3\xa9", &n, &err), err);
	TEST_OK(img_tree_content(v.tree, n.id, NULL, &s, &err), err);
	img_unref(s);
	fixture_done(&v);
	v = load(false);
	v.b[MDB + 64 + 4] = 0xff;
	TEST_OK(fixture_open(&v), err);
	TEST_OK(img_tree_lookup(v.tree, "Caf\xc3\xa9", &n, &err), err);
	TEST_FAILS(img_tree_content(v.tree, n.id, NULL, &s, &err), IMG_E_FORMAT, err);
	fixture_done(&v);
}

static void
test_damage(void)
{
	struct volume v = load(true);
	uint64_t odd;

	store_be32(v.b + MDB + 84, 7);			/* files */
	store_be16(v.b + MDB + 34, 1);			/* free blocks */
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_verify(&v, &odd), 0);
	TEST_EQ_U(odd, 2);
	fixture_done(&v);
	v = load(true);
	store_be16(v.b + MDB + 150, 0xfff0);		/* the catalog */
	TEST_FAILS(fixture_open(&v), IMG_E_FORMAT, err);
	fixture_done(&v);
	v = load(true);
	store_be16(v.b + MDB + 134, 0xfff0);		/* the extents overflow file, which one file needs */
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_problems(&v, "hfs-tree"), 1);
	TEST_TRUE(fixture_verify(&v, &odd) > 0);
	fixture_done(&v);
	v = load(true);
	v.n = 100 * 1024;
	TEST_OK(fixture_open(&v), err);
	TEST_EQ_U(fixture_problems(&v, "hfs-cut"), 1);
	fixture_done(&v);
}

static void
test_flips(bool hfs, size_t step)
{
	struct volume v = load(hfs);
	size_t n = v.n;

	fixture_done(&v);
	for (size_t i = MDB; i < n; i += step) {
		v = load(hfs);
		if (v.b[i] || i % 512 < 32) {
			v.b[i] ^= (uint8_t)(1 << i / step % 8);
			if (hfs)
				fixture_look(&v);
			else if (!fixture_open(&v))
				fixture_walk(&v);
		}
		fixture_done(&v);
	}
}

int
main(void)
{
	test_hfs();
	test_mfs();
	test_chain();
	test_damage();
	test_flips(true, 149);
	test_flips(false, 97);
	return 0;
}
