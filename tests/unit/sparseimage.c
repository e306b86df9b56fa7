/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse images with three index nodes, read through the map; damage to the header and the index. */
#include "config.h"

#include "formats/sparseimage/sparseimage.h"

#include "core/bytes.h"
#include "formats/sparseimage/layout.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "tests/test.h"

#define N_DISK 5000		/* bands of the disk, one sector each */
#define N_STORED 2100		/* 1008 + 1010 + 82: the third node is not full */
#define STEP 1777		/* coprime to N_DISK: stored in a scattered order */

static uint8_t file[4 * SPRS_NODE + (N_STORED + 1) * 512];
static size_t file_len;

static size_t
node_of(size_t i)
{
	return i < SPRS_FIRST ? 0 : 1 + (i - SPRS_FIRST) / SPRS_NEXT;
}

static uint32_t
number_of(size_t i)
{
	return (uint32_t)(i * STEP % N_DISK);
}

static uint8_t *
entry_of(size_t i)
{
	size_t node = node_of(i), before = node ? SPRS_FIRST + (node - 1) * SPRS_NEXT : 0;

	return file + node * SPRS_NODE + before * 512 + (node ? 56 : 64) + 4 * (i - before);
}

static void
build(void)
{
	struct sprs_header h = { .version = 3, .band_sectors = 1, .flags = 1, .n_sectors_low = N_DISK, .n_sectors = N_DISK };

	memset(file, 0, sizeof file);
	sprs_header_emit(&h, file);
	for (size_t i = 0; i < N_STORED; i++) {
		uint8_t *band = file + (1 + node_of(i)) * SPRS_NODE + i * 512;

		store_be32(entry_of(i), number_of(i) + 1);
		store_be32(band, number_of(i));
		memset(band + 4, 0xa5, 508);
		file_len = (size_t)(band + 512 - file);
	}
}

struct opened {
	struct img_env *env;
	struct img_source *below, *s;
	int rc;
	struct img_err err;
};

static void
open_it(struct opened *o)
{
	struct img_open how = { 0 };

	*o = (struct opened) { 0 };
	TEST_OK(img_env_new(NULL, &o->env, &o->err), o->err);
	TEST_OK(img_memory(o->env, file, file_len, false, &o->below, &o->err), o->err);
	how.below = o->below;
	how.env = o->env;
	o->rc = img_format_sparseimage.open(&how, &o->s, &o->err);
}

static void
done(struct opened *o)
{
	img_unref(o->s);
	img_unref(o->below);
	img_env_free(o->env);
}

static void
expect(int want, const char *problem)
{
	const struct img_problem *p = NULL;
	struct opened o;
	size_t lost, n;

	open_it(&o);
	if (o.rc != want)
		TEST_FAIL_("opening gives %d (%s), want %d", o.rc, o.rc ? o.err.msg : "no error", want);
	n = img_problems(o.env, &p, &lost);
	TEST_EQ_U(n, problem ? 1 : 0);
	if (problem)
		TEST_STR(p[0].code, problem);
	done(&o);
}

static void
test_content(void)
{
	static bool stored[N_DISK];
	static uint8_t all[N_DISK * 512];
	struct opened o;
	size_t zero = 0, runs = 0;

	build();
	for (size_t i = 0; i < N_STORED; i++)
		stored[number_of(i)] = true;
	open_it(&o);
	TEST_OK(o.rc, o.err);
	TEST_EQ_U(o.s->size, N_DISK * 512);
	TEST_OK(img_source_read(o.s, 0, all, sizeof all, &o.err), o.err);
	for (size_t k = 0; k < N_DISK; k++) {
		TEST_EQ_U(load_be32(all + k * 512), stored[k] ? k : 0);
		TEST_EQ_U(all[k * 512 + 511], stored[k] ? 0xa5 : 0);
	}
	for (uint64_t off = 0; off < o.s->size; runs++) {
		struct img_extent e;

		TEST_OK(img_source_map(o.s, off, &e, &o.err), o.err);
		TEST_EQ_U(e.off, off);
		zero += e.kind == IMG_ZERO ? (size_t)e.len / 512 : 0;
		off = e.off + e.len;
	}
	TEST_EQ_U(zero, N_DISK - N_STORED);
	done(&o);
}

static void
test_cut(void)
{
	uint8_t buf[512];
	struct opened o;

	build();
	file_len -= 100;
	expect(0, "band-cut");
	open_it(&o);
	TEST_OK(img_source_read(o.s, number_of(N_STORED - 1) * UINT64_C(512), buf, sizeof buf, &o.err), o.err);
	TEST_EQ_U(buf[411], 0xa5);
	TEST_EQ_U(buf[412], 0);
	done(&o);
	file_len -= 412;
	expect(IMG_E_FORMAT, NULL);
	file_len = SPRS_NODE - 1;
	expect(IMG_E_FORMAT, NULL);
	file_len = 20;
	expect(IMG_E_FORMAT, NULL);
}

static void
test_damage(void)
{
	build();
	store_be32(entry_of(1500), N_DISK + 1);
	expect(IMG_E_FORMAT, NULL);
	build();
	store_be32(entry_of(N_STORED), number_of(N_STORED) + 1);	/* past the end of the file */
	expect(IMG_E_FORMAT, NULL);
	build();
	store_be32(entry_of(2000), number_of(3) + 1);
	expect(0, "band-twice");
	build();
	store_be32(file + 4, 4);
	expect(IMG_E_UNSUPPORTED, NULL);
	build();
	store_be32(file + 8, 0);
	expect(IMG_E_FORMAT, NULL);
	build();
	store_be32(file + 16, 0);
	expect(IMG_E_FORMAT, NULL);
	build();
	store_be32(file + 32, 7);
	expect(0, "sparse-size");
	build();
	store_be32(file + 32, 0);
	expect(0, NULL);
	/* a band larger than any disk: the map is cut to it */
	build();
	store_be32(file + 8, UINT32_MAX);
	expect(IMG_E_FORMAT, NULL);
}

int
main(void)
{
	test_content();
	test_cut();
	test_damage();
	return 0;
}
