/* SPDX-License-Identifier: BSD-2-Clause */
/* The checked map, resolve through layers, and the generic read with its cache. */
#include "config.h"

#include "tests/test.h"

#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"

/* A codec for tests: every stored byte stands for 16 decoded ones; 0xff is damage. */
static unsigned int decodes;

static int
x16_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	const uint8_t *in = src;

	decodes++;
	if (n_src * 16 != n_dst)
		return img_fail(err, IMG_E_FORMAT, "the x16 stream has the wrong length");
	for (size_t i = 0; i < n_dst; i++)
		((uint8_t *)dst)[i] = in[i / 16];
	return memchr(src, 0xff, n_src) ? img_fail(err, IMG_E_FORMAT, "the x16 stream is damaged") : 0;
}

static const struct img_codec x16 = { .name = "x16", .decode = x16_decode };

/* A format for tests: hole, chunk of 64 bytes made from 4, zeros; or whatever lie it is told to tell. */
struct toy {
	struct img_source src;
	struct img_source *below;
	struct img_extent lie;
};

static int
toy_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct toy *t = (const struct toy *)s;

	if (t->lie.len)
		*ret = t->lie;
	else if (off < 32)
		*ret = (struct img_extent) { .len = 32, .kind = IMG_HOLE };
	else if (off < 96)
		*ret = (struct img_extent) { .off = 32, .len = 64, .kind = IMG_DATA, .from = t->below, .at = 8,
			.stored = 4, .codec = &x16, .whole = 64 };
	else
		*ret = (struct img_extent) { .off = 96, .len = 32, .kind = IMG_ZERO };
	return 0;
}

static void
toy_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "toy %u", (unsigned int)off);
}

static void
toy_destroy(struct img_source *s)
{
}

static const struct img_source_ops toy_ops = { .map = toy_map, .where = toy_where, .destroy = toy_destroy };

static struct img_env *env;
static struct img_err err;

static void
test_read(struct img_source *top)
{
	uint8_t got[128], want[128] = { 0 };
	unsigned int whole = 1;

	memset(want + 32, 'i', 16);
	memset(want + 48, 'j', 16);
	memset(want + 64, 'k', 16);
	memset(want + 80, 'l', 16);
	TEST_OK(img_source_read(top, 0, got, 128, &err), err);
	TEST_MEM(got, want, 128);
	TEST_EQ_U(decodes, whole);
	for (size_t off = 0; off < 128; off++)
		for (size_t n = 0; off + n <= 128; n += 7) {
			whole += off <= 32 && off + n >= 96;
			TEST_OK(img_source_read(top, off, got, n, &err), err);
			TEST_MEM(got, want + off, n);
		}
	TEST_EQ_U(decodes, whole + 1);	/* parts of chunks come from the cache, whole ones go straight to the buffer */
	TEST_FAILS(img_source_read(top, 120, got, 9, &err), IMG_E_FORMAT, err);
}

static void
test_resolve(struct img_source *toy, struct img_source *below)
{
	struct img_source *slice, *two;
	struct img_extent e;
	struct img_trail way;

	TEST_OK(img_slice(toy, 40, 70, &slice, &err), err);
	TEST_OK(img_source_resolve(slice, 20, &e, &way, &err), err);
	TEST_EQ_U(e.off, 0);
	TEST_EQ_U(e.len, 56);
	TEST_TRUE(e.kind == IMG_DATA && e.codec == &x16 && e.from == below);
	TEST_EQ_U(e.at, 8);
	TEST_EQ_U(e.whole, 64);
	TEST_EQ_U(e.skip, 8);
	TEST_EQ_U(way.n, 2);
	TEST_TRUE(way.step[0].s == slice && way.step[1].s == toy);
	TEST_EQ_U(way.step[1].off, 40);

	struct img_piece pieces[] = { { below, 4, 6 }, { below, 10, 2 }, { toy, 90, 38 } };

	TEST_OK(img_concat(env, pieces, 3, &two, &err), err);
	TEST_EQ_U(two->size, 46);
	TEST_OK(img_source_resolve(two, 7, &e, &way, &err), err);
	TEST_EQ_U(e.len, 8);		/* merged */
	TEST_TRUE(e.kind == IMG_OPAQUE && e.from == below);
	TEST_EQ_U(e.at, 4);
	TEST_OK(img_source_resolve(two, 9, &e, &way, &err), err);
	TEST_EQ_U(e.off, 8);
	TEST_EQ_U(e.len, 6);
	TEST_EQ_U(e.skip, 58);
	img_unref(two);
	img_unref(slice);
}

static void
test_lies(struct toy *t, struct img_source *below)
{
	static const struct { struct img_extent e; int rc; } lies[] = {
		{ { .off = 5, .len = 10, .kind = IMG_ZERO }, IMG_E_FORMAT },		/* does not contain 0 */
		{ { .len = 129, .kind = IMG_ZERO }, IMG_E_FORMAT },			/* past the end */
		{ { .len = UINT64_MAX, .kind = IMG_ZERO }, IMG_E_FORMAT },
		{ { .len = 16, .kind = IMG_DATA, .at = 10, .stored = 16 }, IMG_E_FORMAT },	/* data past the end */
		{ { .len = 4, .kind = IMG_DATA, .at = UINT64_MAX, .stored = 4 }, IMG_E_FORMAT },
		{ { .len = 8, .kind = IMG_DATA, .stored = 4 }, IMG_E_FORMAT },		/* plain, but lengths differ */
		{ { .len = 8, .kind = IMG_DATA, .stored = 4, .codec = &x16, .whole = 64, .skip = 60 }, IMG_E_FORMAT },
		{ { .len = 8, .kind = IMG_DATA, .stored = 4, .codec = &x16, .whole = UINT64_C(1) << 40 }, IMG_E_LIMIT },
	};
	uint8_t got[8];

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		t->lie = lies[i].e;
		t->lie.from = below;
		TEST_FAILS(img_source_read(&t->src, 0, got, 8, &err), lies[i].rc, err);
	}
	t->lie = (struct img_extent) { .len = 128, .kind = IMG_DATA, .from = &t->src, .stored = 128 };
	TEST_FAILS(img_source_read(&t->src, 0, got, 8, &err), IMG_E_FORMAT, err);	/* a loop */
	t->lie = (struct img_extent) { .len = 32, .kind = IMG_DATA, .from = below, .at = 14, .stored = 2, .codec = &x16,
		.whole = 32 };
	TEST_FAILS(img_source_read(&t->src, 3, got, 8, &err), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "toy 3: the x16 stream is damaged");
	t->lie.len = 0;
}

static void
test_patch(struct img_source *below)
{
	struct img_edit edits[] = { { 10, "XY", 2 }, { 0, "Z", 1 } };
	struct img_edit clash[] = { { 3, "XY", 2 }, { 4, "Z", 1 } };
	struct img_source *p;
	char got[17] = "";

	TEST_OK(img_patched(below, edits, 2, &p, &err), err);
	TEST_OK(img_source_read(p, 0, got, 16, &err), err);
	TEST_MEM(got, "ZbcdefghijXYmno\377", 16);
	img_unref(p);
	TEST_FAILS(img_patched(below, clash, 2, &p, &err), IMG_E_USAGE, err);
}

int
main(void)
{
	static const uint8_t bytes[] = "abcdefghijklmno\377";
	struct toy t = { 0 };

	TEST_OK(img_env_new(NULL, &env, &err), err);
	TEST_OK(img_memory(env, bytes, 16, true, &t.below, &err), err);
	img_source_init(&t.src, &toy_ops, env, "toy", 128, 512);
	test_read(&t.src);
	test_resolve(&t.src, t.below);
	test_lies(&t, t.below);
	test_patch(t.below);
	img_unref(&t.src);
	img_unref(t.below);
	img_env_free(env);
	return 0;
}
