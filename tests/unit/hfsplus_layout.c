/* SPDX-License-Identifier: BSD-2-Clause */
/* HFS+'s structures: what is emitted parses to the same, what is cut short does not.  And names: order and text. */
#include "config.h"

#include "formats/hfsplus/layout.h"

#include "formats/hfsplus/names.h"
#include "tests/test.h"

static struct img_err err;
static uint8_t a[1024], b[1024];

/* Bytes 1, 2, 3…: every field differs from its neighbours. */
static void
count_up(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + 1);
}

static void
test_header(void)
{
	struct hfs_header h;

	count_up(a, HFS_HEADER_LEN);
	memcpy(a, "HX\0\5", 4);
	memcpy(a + 40, "\0\0\x10\0", 4);
	TEST_OK(hfs_header_parse(a, &h, &err), err);
	TEST_TRUE(h.x && h.block_size == 4096);
	TEST_EQ_U(hfs_header_emit(&h, b), HFS_HEADER_LEN);
	TEST_MEM(a, b, HFS_HEADER_LEN);
	a[43] = 1;
	TEST_FAILS(hfs_header_parse(a, &h, &err), IMG_E_FORMAT, err);
	a[43] = 0;
	a[3] = 4;
	TEST_FAILS(hfs_header_parse(a, &h, &err), IMG_E_FORMAT, err);
}

static void
test_nodes(void)
{
	struct hfs_node n;
	struct hfs_tree_head h;

	count_up(a, sizeof a);
	a[12] = a[13] = 0;
	TEST_OK(hfs_node_parse(a, HFS_NODE_HEAD, &n, &err), err);
	TEST_EQ_U(hfs_node_emit(&n, b), HFS_NODE_HEAD);
	TEST_MEM(a, b, HFS_NODE_HEAD);
	TEST_FAILS(hfs_node_parse(a, HFS_NODE_HEAD - 1, &n, &err), IMG_E_FORMAT, err);
	memset(a + 42, 0, 64);
	memset(a + 30, 0, 2);
	a[18] = 2;
	a[19] = 0;		/* node size */
	a[30] = a[31] = 0;
	memset(a + 30, 0, 2);
	TEST_OK(hfs_tree_head_parse(a, HFS_TREE_HEAD, &h, &err), err);
	TEST_EQ_U(h.node_size, 512);
	TEST_EQ_U(hfs_tree_head_emit(&h, b), HFS_TREE_HEAD);
	TEST_MEM(a, b, 30);
	TEST_MEM(a + 32, b + 32, HFS_TREE_HEAD - 32);
	TEST_FAILS(hfs_tree_head_parse(a, HFS_TREE_HEAD - 1, &h, &err), IMG_E_FORMAT, err);
	a[18] = 3;
	TEST_FAILS(hfs_tree_head_parse(a, HFS_TREE_HEAD, &h, &err), IMG_E_FORMAT, err);
}

static void
key_round(hfs_key_parser *parse, size_t (*emit)(const struct hfs_key *, uint8_t *), const struct hfs_key *k, size_t want)
{
	struct hfs_key got = { 0 };
	size_t used;

	TEST_EQ_U(emit(k, a), want);
	TEST_OK(parse(a, want, &got, &used, &err), err);
	TEST_EQ_U(used, want);
	TEST_TRUE(got.id == k->id && got.fork == k->fork && got.start == k->start && got.n == k->n);
	TEST_MEM(got.name, k->name, k->n * sizeof *k->name);
	TEST_FAILS(parse(a, want - 1, &got, &used, &err), IMG_E_FORMAT, err);
	a[0] = 0xff;
	TEST_FAILS(parse(a, want, &got, &used, &err), IMG_E_FORMAT, err);
}

static void
test_records(void)
{
	struct hfs_extent ext[HFS_EXTENTS];
	struct hfs_thread t = { .type = HFS_FILE_THREAD, .to = { .id = 9, .n = 2, .name = { 'x', 0x3b1 } } }, t2;
	struct hfs_attr attr = { .type = HFS_ATTR_INLINE, .size = 3, .bytes = (const uint8_t *)"odd" }, attr2;
	struct hfs_record r;

	key_round(hfs_catalog_key_parse, hfs_catalog_key_emit,
		  &(struct hfs_key) { .id = 7, .n = 3, .name = { 'a', 0x301, 'z' } }, 14);
	key_round(hfs_extents_key_parse, hfs_extents_key_emit,
		  &(struct hfs_key) { .id = 7, .fork = HFS_RSRC, .start = 99 }, 12);
	key_round(hfs_attr_key_parse, hfs_attr_key_emit,
		  &(struct hfs_key) { .id = 7, .start = 5, .n = 2, .name = { 'n', 'm' } }, 18);
	for (unsigned int type = HFS_FOLDER; type <= HFS_FILE; type++) {
		size_t len = type == HFS_FILE ? HFS_FILE_LEN : HFS_FOLDER_LEN;

		count_up(a, len);
		a[0] = 0;
		a[1] = (uint8_t)type;
		TEST_OK(hfs_record_parse(a, len, &r, &err), err);
		TEST_EQ_U(hfs_record_emit(&r, b), len);
		TEST_MEM(a, b, len);
		TEST_FAILS(hfs_record_parse(a, len - 1, &r, &err), IMG_E_FORMAT, err);
	}
	a[1] = 77;
	TEST_FAILS(hfs_record_parse(a, HFS_FILE_LEN, &r, &err), IMG_E_UNKNOWN, err);
	TEST_EQ_U(hfs_thread_emit(&t, a), 14);
	TEST_OK(hfs_thread_parse(a, 14, &t2, &err), err);
	TEST_TRUE(t2.type == t.type && t2.to.id == 9 && t2.to.n == 2 && t2.to.name[1] == 0x3b1);
	TEST_FAILS(hfs_thread_parse(a, 13, &t2, &err), IMG_E_FORMAT, err);
	count_up(a, 64);
	TEST_OK(hfs_extents_parse(a, 64, ext, &err), err);
	TEST_EQ_U(hfs_extents_emit(ext, b), 64);
	TEST_MEM(a, b, 64);
	TEST_EQ_U(hfs_attr_emit(&attr, a), 20);
	TEST_OK(hfs_attr_parse(a, 20, &attr2, &err), err);
	TEST_TRUE(attr2.size == 3 && !memcmp(attr2.bytes, "odd", 3));
	TEST_FAILS(hfs_attr_parse(a, 18, &attr2, &err), IMG_E_FORMAT, err);
	for (uint32_t type = HFS_ATTR_FORK; type <= HFS_ATTR_EXTENTS; type += 0x10) {
		size_t len = type == HFS_ATTR_FORK ? 88 : 72;

		count_up(a, len);
		memset(a, 0, 8);
		a[3] = (uint8_t)type;
		TEST_OK(hfs_attr_parse(a, len, &attr2, &err), err);
		TEST_EQ_U(hfs_attr_emit(&attr2, b), len);
		TEST_MEM(a, b, len);
		TEST_FAILS(hfs_attr_parse(a, len - 1, &attr2, &err), IMG_E_FORMAT, err);
	}
}

static void
test_order(void)
{
	static const uint16_t upper[] = { 'A', 0x391, 0x200d, 0x10a0 }, lower[] = { 'a', 0x3b1, 0x10d0 }, nul[] = { 0 };
	static const uint16_t odd[] = { 0x13f }, even[] = { 0x140 }, z[] = { 'z' };

	TEST_EQ_I(hfs_compare_folded(upper, 4, lower, 3), 0);
	TEST_TRUE(hfs_compare_binary(upper, 4, lower, 3) < 0);
	TEST_EQ_I(hfs_compare_folded(odd, 1, even, 1), 0);
	TEST_EQ_I(hfs_compare_folded(even, 1, even, 1), 0);
	TEST_TRUE(hfs_compare_folded(nul, 1, z, 1) > 0);
	TEST_TRUE(hfs_compare_binary(nul, 1, z, 1) < 0);
	TEST_TRUE(hfs_compare_folded(z, 0, z, 1) < 0);
}

static void
test_names(void)
{
	static const struct {
		uint16_t units[8];
		size_t n;
		const char *want;
	} rows[] = {
		{ { 'e', 0x301 }, 2, "\u00e9" },
		{ { 0x301, 'e' }, 2, "\u0301e" },
		{ { 'q', 0x323, 0x307 }, 3, "q\u0323\u0307" },
		{ { 'a', 0x323, 0x302 }, 3, "\u1ead" },
		{ { 'a', 0x327, 0x301 }, 3, "\u00e1\u0327" },		/* the accent goes past the cedilla */
		{ { 'a', 0x315, 0x301 }, 3, "a\u0315\u0301" },	/* out of order: left alone */
		{ { 0x1112, 0x1161, 0x11ab, 0x11ab }, 4, "\ud55c\u11ab" },
		{ { 0x915, 0x93c }, 2, "\u0915\u093c" },		/* excluded from composition */
		{ { 0x2190, 0x338 }, 2, "\u2190\u0338" },		/* HFS+ stores U+219A as it is */
		{ { 0x212b }, 1, "\u212b" },
		{ { 'a', '/', 'b', 0 }, 4, "a:b\u2400" },
		{ { 0xd83d, 0xdcbe, 0xd800 }, 3, "\U0001f4be\ufffd" },
	};
	char text[HFS_NAME_ROOM];
	uint16_t units[4];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		hfs_name_utf8(rows[i].units, rows[i].n, text);
		TEST_STR(text, rows[i].want);
	}
	TEST_EQ_U(hfs_attr_name_units("a\u20ac\U0001f4be", units, 4), 4);
	TEST_TRUE(units[1] == 0x20ac && units[2] == 0xd83d && units[3] == 0xdcbe);
	TEST_EQ_U(hfs_attr_name_units("a\u20ac\U0001f4be", units, 3), 0);
	TEST_EQ_U(hfs_attr_name_units("abcd", units, 3), 0);
	TEST_EQ_U(hfs_attr_name_units("\xff", units, 3), 0);
}

int
main(void)
{
	test_header();
	test_nodes();
	test_records();
	test_order();
	test_names();
	return 0;
}
