/* SPDX-License-Identifier: BSD-2-Clause */
/* parse(emit(x)) == x for every record of UDIF, and the offsets of fields that are easy to misplace. */
#include "config.h"

#include "formats/udif/layout.h"
#include "tests/test.h"

/* Distinct bytes everywhere, padding included, so that memcmp of structs is meaningful. */
static void
stir(void *p, size_t n, uint8_t seed)
{
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(seed + 37 * i + (i >> 8));
}

static void
test_sum(const struct udif_sum *a, const struct udif_sum *b)
{
	TEST_EQ_U(a->type, b->type);
	TEST_EQ_U(a->bits, b->bits);
	TEST_MEM(a->value, b->value, sizeof a->value);
}

static void
test_koly(void)
{
	struct koly a, b;
	struct img_err err = { 0 };
	uint8_t raw[KOLY_SIZE], again[KOLY_SIZE];

	stir(&a, sizeof a, 3);
	koly_emit(&a, raw);
	struct img_cursor c = cur_over(raw, sizeof raw);
	TEST_OK(koly_parse(&c, &b, &err), err);
	TEST_EQ_U(cur_left(&c), 0);
	koly_emit(&b, again);
	TEST_MEM(raw, again, sizeof raw);
#define SAME(f) TEST_EQ_U(a.f, b.f)
	SAME(version); SAME(header_size); SAME(flags); SAME(running_off); SAME(data_off); SAME(data_len);
	SAME(rsrc_off); SAME(rsrc_len); SAME(segment); SAME(n_segments); SAME(xml_off); SAME(xml_len);
	SAME(sign_off); SAME(sign_len); SAME(variant); SAME(n_sectors);
#undef SAME
	TEST_MEM(a.segment_id, b.segment_id, 16);
	test_sum(&a.data_sum, &b.data_sum);
	test_sum(&a.master_sum, &b.master_sum);
	/* spec offsets */
	TEST_EQ_U(load_be64(raw + 0xd8), a.xml_off);
	TEST_EQ_U(load_be64(raw + 0x128), a.sign_off);
	TEST_EQ_U(load_be32(raw + 0x160), a.master_sum.type);
	TEST_EQ_U(load_be64(raw + 0x1ec), a.n_sectors);

	c = cur_over(raw, sizeof raw - 1);
	TEST_FAILS(koly_parse(&c, &b, &err), IMG_E_FORMAT, err);
	raw[0] = 'K';
	c = cur_over(raw, sizeof raw);
	TEST_FAILS(koly_parse(&c, &b, &err), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "the trailer is cut short or lacks its signature \"koly\"");
}

static void
test_mish(void)
{
	struct mish a, b;
	struct img_err err = { 0 };
	uint8_t raw[MISH_SIZE];

	stir(&a, sizeof a, 91);
	mish_emit(&a, raw);
	struct img_cursor c = cur_over(raw, sizeof raw);
	TEST_OK(mish_parse(&c, &b, &err), err);
	TEST_EQ_U(cur_left(&c), 0);
#define SAME(f) TEST_EQ_U(a.f, b.f)
	SAME(version); SAME(first_sector); SAME(n_sectors); SAME(data_off); SAME(buffers); SAME(index); SAME(n_runs);
#undef SAME
	test_sum(&a.sum, &b.sum);
	TEST_EQ_U(load_be32(raw + 0x40), a.sum.type);
	TEST_EQ_U(load_be32(raw + 0xc8), a.n_runs);

	c = cur_over(raw, 60);
	TEST_FAILS(mish_parse(&c, &b, &err), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "60 bytes long, the head alone takes 204");
	raw[3] = 'H';
	c = cur_over(raw, sizeof raw);
	TEST_FAILS(mish_parse(&c, &b, &err), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "lacks its signature \"mish\"");
}

static void
test_run(void)
{
	struct udif_run a, b;
	uint8_t raw[RUN_SIZE];

	stir(&a, sizeof a, 17);
	run_emit(&a, raw);
	struct img_cursor c = cur_over(raw, sizeof raw);
	run_parse(&c, &b);
	TEST_TRUE(cur_ok(&c));
	TEST_EQ_U(cur_left(&c), 0);
	TEST_EQ_U(a.type, b.type);
	TEST_EQ_U(a.comment, b.comment);
	TEST_EQ_U(a.start_sector, b.start_sector);
	TEST_EQ_U(a.n_sectors, b.n_sectors);
	TEST_EQ_U(a.off, b.off);
	TEST_EQ_U(a.len, b.len);
	TEST_EQ_U(load_be64(raw + 24), a.off);
}

int
main(void)
{
	test_koly();
	test_mish();
	test_run();
	return 0;
}
