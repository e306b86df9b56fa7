/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted images for tests; see tests/unit/crypt.h. */
#include "config.h"

#include "tests/unit/crypt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/encrcdsa/layout.h"
#include "tests/test.h"

#define DATA_OFF 8192

static const uint8_t *
aes_key(void)
{
	static uint8_t key[32];

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(i * 7 + 1);
	return key;
}

static const uint8_t hmac_key[20] = "twenty bytes of key.";
static const uint8_t salt[20] = "and twenty of salt..";
static const uint8_t iv8[8] = "eight IV";

static void *
room(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	TEST_TRUE(p);
	return p;
}

static size_t
cbc(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, bool pad, const uint8_t *src, size_t n, uint8_t *dst)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len, last;

	TEST_TRUE(ctx && EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv));
	EVP_CIPHER_CTX_set_padding(ctx, pad);
	TEST_TRUE(EVP_EncryptUpdate(ctx, dst, &len, src, (int)n) && EVP_EncryptFinal_ex(ctx, dst + len, &last));
	EVP_CIPHER_CTX_free(ctx);
	return (size_t)(len + last);
}

static void
derive(const struct crypt_recipe *r, const char *password, uint8_t dk[24])
{
	TEST_TRUE(PKCS5_PBKDF2_HMAC_SHA1(password, (int)strlen(password), salt, sizeof salt, (int)r->rounds, 24, dk));
}

static struct enc_kdf
kdf(const struct crypt_recipe *r)
{
	struct enc_kdf k = { .algorithm = ENC_PBKDF2, .rounds = r->rounds, .salt_len = sizeof salt };

	memcpy(k.salt, salt, sizeof salt);
	return k;
}

void
crypt_blocks(const struct crypt_recipe *r, uint32_t first, uint8_t *bytes, size_t len)
{
	const EVP_CIPHER *aes = r->key_bits == 128 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
	uint8_t number[4], iv[20], *out = room(r->block_size);

	for (size_t at = 0; at < len; at += r->block_size, first++) {
		store_be32(number, first);
		TEST_TRUE(HMAC(EVP_sha1(), hmac_key, sizeof hmac_key, number, sizeof number, iv, NULL));
		cbc(aes, aes_key(), iv, false, bytes + at, r->block_size, out);
		memcpy(bytes + at, out, r->block_size);
	}
	free(out);
}

/* ---- version 2 ---- */

static void
emit_slot(const struct crypt_recipe *r, const char *password, uint8_t ret[ENC_PASSPHRASE_SIZE])
{
	struct enc_passphrase p = { .kdf = kdf(r), .iv_len = 8, .key_bits = 192, .padding = ENC_PKCS7, .mode = ENC_CBC_PAD };
	uint8_t dk[24], plain[57], iv[16] = { 0 };
	size_t n = r->key_bits / 8;

	p.algorithm = r->wrap_aes ? ENC_AES : ENC_3DES;
	memcpy(p.iv, iv8, sizeof iv8);
	memcpy(iv, iv8, sizeof iv8);
	memcpy(plain, aes_key(), n);
	memcpy(plain + n, hmac_key, 20);
	memcpy(plain + n + 20, "CKIE", 5);
	derive(r, password, dk);
	p.blob_len = (uint32_t)cbc(r->wrap_aes ? EVP_aes_192_cbc() : EVP_des_ede3_cbc(), dk, iv, true, plain, n + 25, p.blob);
	enc_passphrase_emit(&p, ret);
}

static void
emit_v2(const struct crypt_recipe *r, size_t len, uint8_t *b)
{
	struct enc_v2 h = { .version = 2, .block_iv_len = 16, .block_mode = ENC_CBC_IV, .block_algorithm = ENC_AES,
		.key_bits = r->key_bits, .iv_algorithm = ENC_HMAC_SHA1, .iv_key_bits = 160, .block_size = r->block_size,
		.data_len = len, .data_off = DATA_OFF };
	uint64_t off = 1024;
	uint8_t *at = b + ENC_V2_SIZE;
	struct enc_pointer p = { ENC_SLOT_PASSPHRASE, off, ENC_PASSPHRASE_SIZE };

	if (r->certificate_first) {
		p.type = ENC_SLOT_CERTIFICATE;
		enc_pointer_emit(&p, at);
		p.type = ENC_SLOT_PASSPHRASE;
		enc_pointer_emit(&p, at + 20);	/* of zeros: damaged */
		at += 40;
		h.n_slots += 2;
		p.off += 1024;
	}
	if (r->other) {
		emit_slot(r, r->other, b + p.off);
		enc_pointer_emit(&p, at);
		at += 20;
		h.n_slots++;
		p.off += 1024;
	}
	emit_slot(r, r->password, b + p.off);
	enc_pointer_emit(&p, at);
	h.n_slots++;
	enc_v2_emit(&h, b);
}

/* ---- version 1 ---- */

static void
wrap(const uint8_t dk[24], const uint8_t *key, size_t n, struct enc_wrapped *ret)
{
	static const uint8_t iv[8] = { 0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05 };
	uint8_t plain[64] = { 0 }, once[128], turned[128];
	size_t len;

	memcpy(plain + 4, key, n);
	memcpy(once, iv8, 8);
	len = 8 + cbc(EVP_des_ede3_cbc(), dk, iv8, true, plain, n + 4, once + 8);
	for (size_t i = 0; i < len; i++)
		turned[i] = once[len - 1 - i];
	ret->len = (uint32_t)cbc(EVP_des_ede3_cbc(), dk, iv, true, turned, len, ret->key);
}

static void
emit_v1(const struct crypt_recipe *r, size_t len, uint8_t *b)
{
	struct enc_v1 h = { .block_size = r->block_size, .wrap_algorithm = ENC_3DES, .wrap_padding = ENC_PKCS7,
		.wrap_mode = ENC_CBC_PAD, .wrap_bits = 192, .wrap_iv_len = 8, .kdf = kdf(r), .block_iv_len = 16,
		.block_mode = ENC_CBC_IV, .block_algorithm = ENC_AES, .key_bits = r->key_bits, .data_len = len,
		.version = 1 };
	uint8_t dk[24];

	derive(r, r->password, dk);
	wrap(dk, aes_key(), r->key_bits / 8, &h.aes);
	h.hmac.algorithm = ENC_HMAC_SHA1;
	h.hmac.bits = 160;
	wrap(dk, hmac_key, 20, &h.hmac);
	enc_v1_emit(&h, b);
}

/* ---- files ---- */

uint8_t *
crypt_token(const struct crypt_recipe *r, size_t *ret_len)
{
	uint8_t *b = room(DATA_OFF);

	if (r->version == 1)
		emit_v1(r, 0, b);
	else
		emit_v2(r, 0, b);
	*ret_len = r->version == 1 ? ENC_V1_SIZE : DATA_OFF;
	return b;
}

uint8_t *
crypt_image(const struct crypt_recipe *r, const uint8_t *plain, size_t len, size_t *ret_len)
{
	size_t stored = (len + r->block_size - 1) / r->block_size * r->block_size;
	size_t before = r->version == 1 ? 0 : DATA_OFF, total = before + stored + (r->version == 1 ? ENC_V1_SIZE : 0);
	uint8_t *b = room(total);

	memcpy(b + before, plain, len);
	crypt_blocks(r, 0, b + before, stored);
	if (r->version == 1)
		emit_v1(r, stored, b + stored);
	else
		emit_v2(r, len, b);
	*ret_len = total;
	return b;
}
