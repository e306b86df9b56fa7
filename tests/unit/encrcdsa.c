/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted images: every combination of version, key, block and wrapping decodes to what went in; passwords, slots,
 * limits and damage end as they should. */
#include "config.h"

#include "formats/encrcdsa/encrcdsa.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "formats/encrcdsa/keys.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "tests/test.h"
#include "tests/unit/crypt.h"

#define PLAIN_LEN 20000		/* no whole number of blocks */

static uint8_t plain[20480];

struct opened {
	struct img_env *env;
	struct img_source *file, *s;
	int rc, asked;
	const char *password;
	struct img_err err;
};

static int
answer(void *ctx, const char *what, char *buf, size_t len, struct img_err *err)
{
	struct opened *o = ctx;

	o->asked++;
	if (!o->password)
		return img_fail(err, IMG_E_KEY, "none for %s", what);
	snprintf(buf, len, "%s", o->password);
	return 0;
}

static void
open_bytes(struct opened *o, const uint8_t *b, size_t n, const char *password)
{
	struct img_open how = { 0 };

	*o = (struct opened) { .password = password };
	TEST_OK(img_env_new(NULL, &o->env, &o->err), o->err);
	img_env_set_password(o->env, answer, o);
	TEST_OK(img_memory(o->env, b, n, false, &o->file, &o->err), o->err);
	how.below = o->file;
	how.env = o->env;
	o->rc = img_format_encrcdsa.open(&how, &o->s, &o->err);
}

static void
done(struct opened *o)
{
	img_unref(o->s);
	img_unref(o->file);
	img_env_free(o->env);
}

/* ---- what is right ---- */

static void
check_reads(struct img_source *s, size_t len)
{
	static const size_t off[] = { 0, 1, 511, 512, 513, 4095, 4096, 8000, 19999 };
	static const size_t n[] = { 1, 15, 16, 512, 513, 1024, 5000, 12000 };
	uint8_t buf[20480];
	struct img_err err = { 0 };

	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		for (size_t k = 0; k < sizeof n / sizeof *n; k++) {
			if (off[i] + n[k] > len)
				continue;
			TEST_OK(img_source_read(s, off[i], buf, n[k], &err), err);
			TEST_MEM(buf, plain + off[i], n[k]);
		}
	TEST_OK(img_source_read(s, 0, buf, len, &err), err);
	TEST_MEM(buf, plain, len);
	TEST_FAILS(img_source_read(s, len, buf, 1, &err), IMG_E_FORMAT, err);
}

static void
check_recipe(const struct crypt_recipe *r)
{
	size_t n, len = r->version == 1 ? sizeof plain : PLAIN_LEN;
	uint8_t *b = crypt_image(r, plain, len, &n), byte;
	struct opened o;

	open_bytes(&o, b, n, r->password);
	TEST_OK(o.rc, o.err);
	TEST_EQ_U(o.s->size, len);
	TEST_EQ_I(o.asked, 1);
	TEST_TRUE(!(o.s->flags & IMG_LOCKED));
	check_reads(o.s, len);
	done(&o);
	open_bytes(&o, b, n, "wrong");
	TEST_OK(o.rc, o.err);
	TEST_TRUE(o.s->flags & IMG_LOCKED);
	TEST_FAILS(img_source_read(o.s, 0, &byte, 1, &o.err), IMG_E_KEY, o.err);
	TEST_STR(o.err.msg, "wrong password");
	done(&o);
	free(b);
}

static void
test_matrix(void)
{
	static const uint32_t bits[] = { 128, 256 }, blocks[] = { 512, 4096 };

	for (unsigned int i = 0; i < 16; i++) {
		struct crypt_recipe r = { .version = i & 1 ? 1 : 2, .key_bits = bits[i >> 1 & 1], .block_size = blocks[i >> 2 & 1],
			.rounds = i & 8 ? 1 : 100, .wrap_aes = i & 8, .password = i & 2 ? "" : "p\xc3\xa4ss" };

		check_recipe(&r);
	}
}

static void
test_slots(void)
{
	struct crypt_recipe r = { .version = 2, .key_bits = 256, .block_size = 512, .rounds = 10, .password = "second",
		.other = "first", .certificate_first = true };
	const struct img_problem *p;
	struct img_report *rep = img_report_new();
	size_t n, lost;
	uint8_t *b;
	struct opened o;

	check_recipe(&r);
	b = crypt_image(&r, plain, PLAIN_LEN, &n);
	open_bytes(&o, b, n, "first");
	TEST_OK(o.rc, o.err);
	check_reads(o.s, PLAIN_LEN);
	TEST_EQ_U(img_problems(o.env, &p, &lost), 1);
	TEST_STR(p[0].code, "key-slot-damaged");
	TEST_OK(o.s->ops->describe(o.s, img_report_root(rep), &o.err), o.err);
	TEST_STR(img_rep_get_str(img_report_root(rep), "encryption"), "AES-256");
	TEST_EQ_U(img_rep_get_uint(img_report_root(rep), "key_slots", 0), 4);
	TEST_EQ_U(img_rep_get_uint(img_report_root(rep), "key_rounds", 0), 10);
	TEST_TRUE(img_rep_get_bool(img_report_root(rep), "encrypted"));
	img_report_free(rep);
	done(&o);
	/* without any password it is described all the same */
	open_bytes(&o, b, n, NULL);
	TEST_OK(o.rc, o.err);
	TEST_TRUE(o.s->flags & IMG_LOCKED);
	TEST_EQ_U(o.s->size, PLAIN_LEN);
	done(&o);
	free(b);
}

static void *
read_much(void *ctx)
{
	for (int i = 0; i < 20; i++)
		check_reads(ctx, PLAIN_LEN);
	return NULL;
}

static void
test_threads(void)
{
	struct crypt_recipe r = { .version = 2, .key_bits = 128, .block_size = 512, .rounds = 1, .password = "x" };
	pthread_t thread[4];
	struct opened o;
	size_t n;
	uint8_t *b = crypt_image(&r, plain, PLAIN_LEN, &n);

	open_bytes(&o, b, n, "x");
	TEST_OK(o.rc, o.err);
	for (size_t i = 0; i < 4; i++)
		TEST_EQ_I(pthread_create(&thread[i], NULL, read_much, o.s), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	done(&o);
	free(b);
}

/* RFC 6070, and libcrypto's own for lengths it does not have. */
static void
test_derive(void)
{
	static const uint8_t want[20] = "\x4b\x00\x79\x01\xb7\x65\x48\x9a\xbe\xad\x49\xd9\x26\xf7\x21\xd0\x65\xa4\x29\xc1";
	struct enc_kdf k = { .rounds = 4096, .salt_len = 4, .salt = "salt" };
	uint8_t got[24], other[24];
	struct img_err err = { 0 };
	struct img_env *env;

	TEST_OK(img_env_new(NULL, &env, &err), err);
	TEST_OK(enc_derive(env, &k, "password", got, 20, &err), err);
	TEST_MEM(got, want, 20);
	k.rounds = 777;
	TEST_OK(enc_derive(env, &k, "", got, 24, &err), err);
	TEST_TRUE(PKCS5_PBKDF2_HMAC_SHA1("", 0, k.salt, 4, 777, 24, other));
	TEST_MEM(got, other, 24);
	k.rounds = 0xffffffff;
	img_env_cancel(env);
	TEST_FAILS(enc_derive(env, &k, "password", got, 24, &err), IMG_E_CANCELLED, err);
	img_env_free(env);
}

/* ---- what is wrong ---- */

static const struct damage {
	unsigned int version;
	size_t at;		/* version 1: from the header's start */
	uint64_t value;		/* 32 bits, be; for offsets and lengths 64 */
	bool wide;
	int want;
} damages[] = {
	{ 2, 8, 3, false, IMG_E_UNSUPPORTED }, { 2, 12, 8, false, IMG_E_UNSUPPORTED },
	{ 2, 20, 17, false, IMG_E_UNSUPPORTED }, { 2, 24, 192, false, IMG_E_FORMAT },
	{ 2, 28, 1, false, IMG_E_UNSUPPORTED }, { 2, 52, 0, false, IMG_E_FORMAT }, { 2, 52, 24, false, IMG_E_FORMAT },
	{ 2, 52, 1 << 30, false, IMG_E_FORMAT }, { 2, 56, 0, true, IMG_E_FORMAT },
	{ 2, 56, PLAIN_LEN + 480 + 1, true, IMG_E_FORMAT }, { 2, 56, UINT64_MAX, true, IMG_E_FORMAT },
	{ 2, 64, 8192 + 1, true, IMG_E_FORMAT }, { 2, 64, UINT64_MAX - 5, true, IMG_E_FORMAT },
	{ 2, 64, 10, true, IMG_E_FORMAT }, { 2, 72, 0, false, IMG_E_FORMAT }, { 2, 72, 65, false, IMG_E_FORMAT },
	{ 2, 76, 2, false, IMG_E_UNSUPPORTED }, { 2, 80, 75, true, IMG_E_FORMAT }, { 2, 88, 100, true, IMG_E_FORMAT },
	{ 2, 88, 103 + 64, true, IMG_E_FORMAT }, { 2, 1024, 104, false, IMG_E_UNSUPPORTED },
	{ 2, 1032, 0, false, IMG_E_FORMAT }, { 2, 1032, 10000001, false, IMG_E_LIMIT },
	{ 2, 1036, 33, false, IMG_E_FORMAT }, { 2, 1072, 9, false, IMG_E_FORMAT }, { 2, 1108, 128, false, IMG_E_FORMAT },
	{ 2, 1112, 1, false, IMG_E_UNSUPPORTED }, { 2, 1124, 63, false, IMG_E_FORMAT },
	{ 2, 1124, 520, false, IMG_E_FORMAT },
	{ 1, 0x10, 0, false, IMG_E_FORMAT }, { 1, 0x14, 1, false, IMG_E_UNSUPPORTED },
	{ 1, 0x30, 0, false, IMG_E_FORMAT }, { 1, 0x30, UINT32_MAX, false, IMG_E_LIMIT },
	{ 1, 0x34, 33, false, IMG_E_FORMAT }, { 1, 0x64, 64, false, IMG_E_FORMAT },
	{ 1, 0x88, 264, false, IMG_E_FORMAT }, { 1, 0x1b4, 0, false, IMG_E_FORMAT },
	{ 1, 0x4e8, sizeof plain + 512, true, IMG_E_FORMAT }, { 1, 0x4e8, UINT64_MAX, true, IMG_E_FORMAT },
	{ 1, 0x4f0, 2, false, IMG_E_UNSUPPORTED },
};

static void
test_damage(void)
{
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		const struct damage *d = &damages[i];
		struct crypt_recipe r = { .version = d->version, .key_bits = 256, .block_size = 512, .rounds = 1, .password = "x" };
		size_t n, len = d->version == 1 ? sizeof plain : PLAIN_LEN;
		uint8_t *b = crypt_image(&r, plain, len, &n), *at = b + d->at + (d->version == 1 ? n - 1276 : 0);
		struct opened o;

		for (size_t k = 0; k < (d->wide ? 8U : 4U); k++)
			at[k] = (uint8_t)(d->value >> 8 * ((d->wide ? 7 : 3) - k));
		open_bytes(&o, b, n, "x");
		if (o.rc != d->want)
			TEST_FAIL_("damage %zu: %d (%s), want %d", i, o.rc, o.rc ? o.err.msg : "no error", d->want);
		TEST_EQ_I(o.asked, 0);	/* nobody is asked for a password that would not help */
		done(&o);
		free(b);
	}
}

static void
test_cut(void)
{
	struct crypt_recipe r = { .version = 2, .key_bits = 256, .block_size = 4096, .rounds = 1, .password = "x" };
	size_t n;
	uint8_t *b = crypt_image(&r, plain, PLAIN_LEN, &n);
	struct opened o;

	/* the last block is needed in full, though the data end inside it */
	for (size_t cut = 8; cut < n; cut += cut < 2000 ? 13 : 700) {
		open_bytes(&o, b, cut, "x");
		TEST_FAILS(o.rc, IMG_E_FORMAT, o.err);
		done(&o);
	}
	open_bytes(&o, b, n - 1, "x");
	TEST_FAILS(o.rc, IMG_E_FORMAT, o.err);
	done(&o);
	free(b);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)(i * i >> 3 ^ i >> 9);
	test_matrix();
	test_slots();
	test_threads();
	test_derive();
	test_damage();
	test_cut();
	return 0;
}
