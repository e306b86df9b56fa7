/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: the same bytes, sums and errors whatever the threads do; memory and order; damage. */
#include "config.h"

#include "tests/test.h"

#include <pthread.h>
#include <unistd.h>

#include "core/bytes.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/job.h"
#include "img/out.h"

#define CHUNK 65536
#define CHUNKS 100

/* A codec that makes CHUNK bytes from 4: the number of the chunk and noise from it; 0xbad is damage. */
static int
noise_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	uint8_t *out = dst;
	uint32_t x;

	memcpy(&x, src, 4);
	if (x % 7 == 3)
		usleep(300);		/* stir the order */
	if ((x & 0xfff) == 0xbad)
		return img_fail(err, IMG_E_FORMAT, "the noise is damaged");
	x = x * 2654435761u + 12345;
	for (size_t i = 0; i < n_dst / 4; i++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		store_le32(out + 4 * i, i % 3000 < 2048 ? x : 0);
	}
	return 0;
}

static const struct img_codec noise = { .name = "noise", .decode = noise_decode };

/* Chunk i: i % 10 == 4 zeros, == 5 hole, else noise; stored backwards. */
struct toy {
	struct img_source src;
	struct img_source *below;
};

static int
toy_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	uint64_t i = off / CHUNK;

	*ret = (struct img_extent) { .off = i * CHUNK, .len = CHUNK, .kind = i % 10 == 4 ? IMG_ZERO : IMG_HOLE };
	if (i % 10 != 4 && i % 10 != 5) {
		ret->kind = IMG_DATA;
		ret->from = ((struct toy *)s)->below;
		ret->at = (CHUNKS - 1 - i) * 4;
		ret->stored = 4;
		ret->codec = &noise;
		ret->whole = CHUNK;
	}
	return 0;
}

static void
toy_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "chunk %u", (unsigned int)(off / CHUNK));
}

static void
toy_destroy(struct img_source *s)
{
}

static const struct img_source_ops toy_ops = { .map = toy_map, .where = toy_where, .destroy = toy_destroy };

/* A sink that keeps the bytes; ordered or not. */
struct keeper {
	struct img_sink sink;
	uint8_t *bytes;
	uint64_t next;
	atomic_uint_fast64_t got;
};

static int
keep(struct img_sink *k, const struct img_unit *u, struct img_err *err)
{
	struct keeper *kp = (struct keeper *)k;

	if (!(k->flags & IMG_ANY_ORDER)) {
		TEST_EQ_U(u->off, kp->next);
		kp->next = u->off + u->len;
	}
	if (u->kind == IMG_DATA)
		memcpy(kp->bytes + u->off, u->raw, u->len);
	atomic_fetch_add(&kp->got, u->len);
	return 0;
}

static int
keep_finish(struct img_sink *k, struct img_err *err)
{
	return 0;
}

static uint64_t
keep_cut(const struct img_sink *k, uint64_t off)
{
	return off - off % 100000 + 100000;
}

static const struct img_sink_ops keeper_ops = { .append = keep, .finish = keep_finish };
static const struct img_sink_ops cutter_ops = { .append = keep, .finish = keep_finish, .cut = keep_cut };

/* A sink with cells of one chunk that takes stored chunks of even number as they lie.  encode turns bytes into their
 * number, so that append must find four bytes whichever way a unit went. */
static uint64_t
taker_cut(const struct img_sink *k, uint64_t off)
{
	return off - off % CHUNK + CHUNK;
}

static bool
taker_accept(const struct img_sink *k, const struct img_extent *e)
{
	TEST_EQ_U(e->len, CHUNK);
	return e->codec == &noise && e->off / CHUNK % 2 == 0;
}

struct taker {
	struct keeper keeper;
	bool want_raw;			/* IMG_RAW_TOO, a check or a digest: then accepted units bring their bytes */
	atomic_uint as_is;
};

static int
taker_encode(const struct img_sink *k, struct img_unit *u, struct img_err *err)
{
	struct taker *t = (struct taker *)(uintptr_t)k;
	uint32_t x = (uint32_t)(u->off / CHUNK);

	if (u->as_is) {
		TEST_EQ_U(u->n_stored, 4);
		TEST_EQ_I(u->raw != NULL, t->want_raw);
		atomic_fetch_add(&t->as_is, 1);
	} else if (u->kind == IMG_DATA) {
		TEST_TRUE(u->raw && !u->stored);
		u->stored = malloc(4);
		memcpy(u->stored, &x, 4);
		u->n_stored = u->raw[0] | u->raw[1] | u->raw[2] ? 4 : 0;	/* 0: filled with zeros */
		u->raw = NULL;
	}
	return 0;
}

static int
taker_append(struct img_sink *k, const struct img_unit *u, struct img_err *err)
{
	struct taker *t = (struct taker *)k;
	uint32_t x = (uint32_t)(u->off / CHUNK);

	TEST_EQ_U(u->off, t->keeper.next);
	t->keeper.next = u->off + u->len;
	if (u->kind == IMG_DATA && u->n_stored)
		TEST_MEM(u->stored, &x, 4);
	if (u->kind == IMG_DATA && u->n_stored)
		noise_decode(NULL, u->stored, 4, t->keeper.bytes + u->off, CHUNK, NULL);
	return 0;
}

static const struct img_sink_ops taker_ops = { .cut = taker_cut, .accept = taker_accept, .encode = taker_encode,
	.append = taker_append, .finish = keep_finish };

static struct img_env *env;
static struct img_err err;
static struct toy toy;
static uint32_t stored[CHUNKS];
static uint8_t *want;

/* Three checks: the decoded bytes without holes, the stored bytes, a stretch in the middle. */
static void
add_checks(struct img_checks *list, bool wrong)
{
	struct img_piece pieces[CHUNKS];
	struct img_check c = { .name = "decoded", .code = "a", .digest = &img_digest_crc32 };
	uint32_t sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < CHUNKS; i++)
		if (i % 10 != 5) {
			pieces[n++] = (struct img_piece) { &toy.src, i * CHUNK, CHUNK };
			sum = (uint32_t)img_digest_crc32.combine(sum, img_digest_crc32.piece(want + i * CHUNK, CHUNK),
								 CHUNK);
		}
	TEST_OK(img_concat(env, pieces, n, &c.over, &err), err);
	img_digest_crc32.store(sum + wrong, c.expect);
	TEST_OK(img_checks_add(list, &c, &err), err);

	c = (struct img_check) { .name = "stored", .code = "b", .digest = &img_digest_crc32 };
	TEST_OK(img_slice(toy.below, 4, sizeof stored - 4, &c.over, &err), err);
	img_digest_crc32.store(img_digest_crc32.piece((uint8_t *)stored + 4, sizeof stored - 4), c.expect);
	TEST_OK(img_checks_add(list, &c, &err), err);

	c = (struct img_check) { .name = "middle", .code = "c", .digest = img_digest_by_name("SHA-256") };
	TEST_OK(img_slice(&toy.src, 333333, 777777, &c.over, &err), err);
	void *st = c.digest->begin();
	c.digest->update(st, want + 333333, 777777);
	c.digest->finish(st, c.expect);
	TEST_OK(img_checks_add(list, &c, &err), err);
}

static void
run(unsigned int threads, bool ordered, bool cut, bool tap, bool wrong)
{
	struct keeper k = { .sink = { .ops = cut ? &cutter_ops : &keeper_ops, .flags = ordered ? 0 : IMG_ANY_ORDER } };
	struct img_checks checks = { 0 };
	struct img_tap taps[1] = { { .digest = img_digest_by_name("sha256") } };
	struct img_job j = { .source = &toy.src, .sink = &k.sink, .threads = threads, .serial = !threads,
		.checks = &checks, .checks_aside = true, .taps = taps, .n_taps = tap };
	uint8_t sha[32];
	void *st = taps[0].digest->begin();

	k.bytes = calloc(CHUNKS, CHUNK);
	add_checks(&checks, wrong);
	TEST_OK(img_job_run(&j, &err), err);
	TEST_EQ_U(k.got, (uint64_t)CHUNKS * CHUNK);
	TEST_MEM(k.bytes, want, (size_t)CHUNKS * CHUNK);
	TEST_EQ_I(checks.result[0].state, wrong ? IMG_CHECK_BAD : IMG_CHECK_OK);
	TEST_EQ_I(checks.result[1].state, IMG_CHECK_OK);
	TEST_EQ_I(checks.result[2].state, IMG_CHECK_OK);
	taps[0].digest->update(st, want, (size_t)CHUNKS * CHUNK);
	taps[0].digest->finish(st, sha);
	if (tap)
		TEST_MEM(sha, taps[0].found, 32);
	free(k.bytes);
	img_checks_done(&checks);
	img_job_done(&j);
}

/* The stored words have changed: another source, since the environment keeps what it has decoded of this one. */
static void
renew(void)
{
	img_unref(toy.below);
	TEST_OK(img_memory(env, stored, sizeof stored, false, &toy.below, &err), err);
}

/* Two damaged chunks: the first one is reported, by name; or both are filled with zeros and listed in order. */
static void
run_damaged(unsigned int threads, bool ignore)
{
	struct keeper k = { .sink = { .ops = &keeper_ops, .flags = IMG_ANY_ORDER } };
	struct img_job j = { .source = &toy.src, .sink = &k.sink, .threads = threads, .serial = !threads,
		.ignore_errors = ignore };

	k.bytes = calloc(CHUNKS, CHUNK);
	stored[CHUNKS - 1 - 17] = stored[CHUNKS - 1 - 18] = stored[CHUNKS - 1 - 71] = 0xbad;
	renew();
	if (!ignore) {
		TEST_FAILS(img_job_run(&j, &err), IMG_E_FORMAT, err);
		TEST_STR(err.msg, "chunk 17: the noise is damaged");
	} else {
		TEST_OK(img_job_run(&j, &err), err);
		TEST_EQ_U(j.lost, 3 * CHUNK);
		TEST_EQ_U(j.n_damage, 3);	/* named apart: the reason tells the chunk */
		TEST_EQ_U(j.damage[0].off, 17 * CHUNK);
		TEST_EQ_U(j.damage[2].off, 71 * CHUNK);
		for (size_t i = 0; i < CHUNKS; i++)
			if (i == 17 || i == 18 || i == 71)
				TEST_EQ_U(k.bytes[i * CHUNK], 0);
			else
				TEST_MEM(k.bytes + i * CHUNK, want + i * CHUNK, CHUNK);
	}
	for (uint32_t i = 0; i < CHUNKS; i++)
		stored[CHUNKS - 1 - i] = i;
	free(k.bytes);
	img_job_done(&j);
}

/* Stored chunks that travel as they lie, in every company. */
static void
run_taken(unsigned int threads, bool raw_too, bool check, bool tap, bool damaged)
{
	struct taker t = { .keeper.sink = { .ops = &taker_ops, .flags = raw_too ? IMG_RAW_TOO : 0 },
		.want_raw = raw_too || check || tap || damaged };
	struct img_checks checks = { 0 };
	struct img_tap taps[1] = { { .digest = &img_digest_crc32 } };
	struct img_job j = { .source = &toy.src, .sink = &t.keeper.sink, .threads = threads, .serial = !threads,
		.checks = check ? &checks : NULL, .checks_aside = true, .taps = taps, .n_taps = tap,
		.ignore_errors = damaged };
	uint8_t crc[4];

	t.keeper.bytes = calloc(CHUNKS, CHUNK);
	if (check)
		add_checks(&checks, false);
	if (damaged) {
		stored[CHUNKS - 1 - 18] = stored[CHUNKS - 1 - 71] = 0xbad;
		renew();
	}
	TEST_OK(img_job_run(&j, &err), err);
	TEST_EQ_U(t.as_is, 40 - damaged);	/* even numbers but 4, 14 ... */
	if (damaged) {
		TEST_EQ_U(j.n_damage, 2);
		TEST_EQ_U(j.damage[0].off, 18 * CHUNK);
		TEST_EQ_U(j.lost, 2 * CHUNK);
		for (uint32_t i = 0; i < CHUNKS; i++)
			stored[CHUNKS - 1 - i] = i;
		memcpy(t.keeper.bytes + 18 * CHUNK, want + 18 * CHUNK, CHUNK);
		memcpy(t.keeper.bytes + 71 * CHUNK, want + 71 * CHUNK, CHUNK);
	}
	TEST_MEM(t.keeper.bytes, want, (size_t)CHUNKS * CHUNK);
	for (size_t i = 0; check && !damaged && i < checks.n; i++)
		TEST_EQ_I(checks.result[i].state, IMG_CHECK_OK);
	img_digest_crc32.store(img_digest_crc32.piece(want, (size_t)CHUNKS * CHUNK), crc);
	if (tap && !damaged)
		TEST_MEM(crc, taps[0].found, 4);
	free(t.keeper.bytes);
	img_checks_done(&checks);
	img_job_done(&j);
}

/* A damaged chunk is not passed on when somebody looks at it. */
static void
run_taken_damage(unsigned int threads)
{
	struct taker t = { .keeper.sink = { .ops = &taker_ops, .flags = IMG_RAW_TOO }, .want_raw = true };
	struct img_job j = { .source = &toy.src, .sink = &t.keeper.sink, .threads = threads, .serial = !threads };

	t.keeper.bytes = calloc(CHUNKS, CHUNK);
	stored[CHUNKS - 1 - 18] = 0xbad;
	renew();
	TEST_FAILS(img_job_run(&j, &err), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "chunk 18: the noise is damaged");
	stored[CHUNKS - 1 - 18] = 18;
	renew();
	free(t.keeper.bytes);
	img_job_done(&j);
}

static void
run_partial(void)
{
	struct keeper k = { .sink = { .ops = &keeper_ops, .flags = IMG_ANY_ORDER } };
	struct img_checks checks = { 0 };
	struct img_source *part;
	struct img_job j = { .sink = &k.sink, .threads = 2, .checks = &checks };

	k.bytes = calloc(CHUNKS, CHUNK);
	add_checks(&checks, false);
	TEST_OK(img_slice(&toy.src, 1000, 3000000, &part, &err), err);
	j.source = part;
	TEST_OK(img_job_run(&j, &err), err);
	TEST_MEM(k.bytes, want + 1000, 3000000);
	TEST_EQ_I(checks.result[0].state, IMG_CHECK_NOT_RUN);	/* too much of it did not pass */
	TEST_EQ_I(checks.result[1].state, IMG_CHECK_OK);	/* little: read aside */
	img_checks_done(&checks);
	img_unref(part);
	free(k.bytes);
}

static void
run_cancelled(void)
{
	struct keeper k = { .sink = { .ops = &keeper_ops, .flags = IMG_ANY_ORDER } };
	struct img_job j = { .source = &toy.src, .sink = &k.sink, .threads = 4 };

	k.bytes = calloc(CHUNKS, CHUNK);
	img_env_cancel(env);
	TEST_FAILS(img_job_run(&j, &err), IMG_E_CANCELLED, err);
	free(k.bytes);
}

int
main(void)
{
	want = calloc(CHUNKS, CHUNK);
	for (uint32_t i = 0; i < CHUNKS; i++) {
		stored[CHUNKS - 1 - i] = i;
		if (i % 10 != 4 && i % 10 != 5)
			noise_decode(NULL, &i, 4, want + (size_t)i * CHUNK, CHUNK, NULL);
	}
	TEST_OK(img_env_new(NULL, &env, &err), err);
	TEST_OK(img_memory(env, stored, sizeof stored, false, &toy.below, &err), err);
	img_source_init(&toy.src, &toy_ops, env, "toy", (uint64_t)CHUNKS * CHUNK, 512);
	for (unsigned int threads = 0; threads <= 8; threads += threads < 2 ? 1 : 3)
		for (unsigned int i = 0; i < 16; i++)
			run(threads, i & 1, i & 2, i & 4, i & 8);
	for (unsigned int threads = 0; threads <= 8; threads += 4) {
		run_damaged(threads, false);
		run_damaged(threads, true);
	}
	for (unsigned int threads = 0; threads <= 4; threads += threads < 2 ? 1 : 2) {
		for (unsigned int i = 0; i < 16; i++)
			run_taken(threads, i & 1, i & 2, i & 4, i & 8);
		run_taken_damage(threads);
	}
	run_partial();
	run_cancelled();
	img_unref(&toy.src);
	img_unref(toy.below);
	img_env_free(env);
	free(want);
	return 0;
}
