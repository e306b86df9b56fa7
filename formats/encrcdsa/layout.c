/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of encrypted images, big-endian throughout; each parse has its emit.  Only what a reader depends on is
 * checked here, value by value. */
#include "config.h"

#include "formats/encrcdsa/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"

#define MAX_BLOCK (1 << 20)	/* 512 and 4096 are seen; a block goes through memory whole */

/* ---- writing in order ---- */

static void
put32(uint8_t **p, uint32_t v)
{
	store_be32(*p, v);
	*p += 4;
}

static void
put64(uint8_t **p, uint64_t v)
{
	store_be64(*p, v);
	*p += 8;
}

static void
put(uint8_t **p, const void *bytes, size_t n)
{
	memcpy(*p, bytes, n);
	*p += n;
}

/* ---- what both versions have ---- */

static int
check_cipher(uint32_t algorithm, uint32_t mode, uint32_t key_bits, uint32_t iv_len, uint32_t block_size,
	     struct img_err *err)
{
	if (algorithm != ENC_AES || mode != ENC_CBC_IV || iv_len != 16)
		return img_fail(err, IMG_E_UNSUPPORTED, "the blocks are encrypted by algorithm %" PRIu32 ", mode %" PRIu32
				" with an IV of %" PRIu32 " bytes; only AES-CBC is known", algorithm, mode, iv_len);
	if (key_bits != 128 && key_bits != 256)
		return img_fail(err, IMG_E_FORMAT, "the encryption header says a key of %" PRIu32 " bits; AES images have 128 "
				"or 256", key_bits);
	if (!block_size || block_size % 16 || block_size > MAX_BLOCK)
		return img_fail(err, IMG_E_FORMAT, "the encryption header says blocks of %" PRIu32 " bytes; 512 and 4096 are "
				"usual", block_size);
	return 0;
}

static void
kdf_parse(struct img_cursor *c, struct enc_kdf *ret)
{
	ret->algorithm = cur_be32(c);
	ret->prng = cur_be32(c);
	ret->rounds = cur_be32(c);
	ret->salt_len = cur_be32(c);
	cur_copy(c, ret->salt, sizeof ret->salt);
}

static void
kdf_emit(uint8_t **p, const struct enc_kdf *k)
{
	put32(p, k->algorithm);
	put32(p, k->prng);
	put32(p, k->rounds);
	put32(p, k->salt_len);
	put(p, k->salt, sizeof k->salt);
}

static int
kdf_check(const struct enc_kdf *k, struct img_err *err)
{
	if (k->algorithm != ENC_PBKDF2)
		return img_fail(err, IMG_E_UNSUPPORTED, "the password is turned into a key by algorithm %" PRIu32 "; only "
				"PBKDF2 (%d) is known", k->algorithm, ENC_PBKDF2);
	if (!k->rounds)
		return img_fail(err, IMG_E_FORMAT, "the key derivation has 0 rounds");
	if (k->salt_len > sizeof k->salt)
		return img_fail(err, IMG_E_FORMAT, "the salt has %" PRIu32 " bytes in a field of %zu", k->salt_len,
				sizeof k->salt);
	return 0;
}

/* ---- version 2 ---- */

int
enc_v2_parse(struct img_cursor *c, struct enc_v2 *ret, struct img_err *err)
{
	struct enc_v2 h = { 0 };
	int rc;

	cur_tag(c, "encrcdsa");				/*  0 */
	h.version = cur_be32(c);			/*  8 */
	h.block_iv_len = cur_be32(c);			/* 12 */
	h.block_mode = cur_be32(c);			/* 16 */
	h.block_algorithm = cur_be32(c);		/* 20 */
	h.key_bits = cur_be32(c);			/* 24 */
	h.iv_algorithm = cur_be32(c);			/* 28 */
	h.iv_key_bits = cur_be32(c);			/* 32 */
	cur_copy(c, h.uuid, sizeof h.uuid);		/* 36 */
	h.block_size = cur_be32(c);			/* 52 */
	h.data_len = cur_be64(c);			/* 56 */
	h.data_off = cur_be64(c);			/* 64 */
	h.n_slots = cur_be32(c);			/* 72 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the encryption header is truncated or lacks its signature");
	if (h.version != 2)
		return img_fail(err, IMG_E_UNSUPPORTED, "the encryption header has version %" PRIu32 "; 1 and 2 are known",
				h.version);
	if (h.iv_algorithm != ENC_HMAC_SHA1 || h.iv_key_bits != 160)
		return img_fail(err, IMG_E_UNSUPPORTED, "block IVs are made by algorithm %" PRIu32 " with a key of %" PRIu32
				" bits; only HMAC-SHA1 is known", h.iv_algorithm, h.iv_key_bits);
	if (!h.n_slots || h.n_slots > ENC_MAX_SLOTS)
		return img_fail(err, IMG_E_FORMAT, "the encryption header says %" PRIu32 " key slots; 1 to %d are allowed",
				h.n_slots, ENC_MAX_SLOTS);
	rc = check_cipher(h.block_algorithm, h.block_mode, h.key_bits, h.block_iv_len, h.block_size, err);
	if (rc)
		return rc;
	*ret = h;
	return 0;
}

void
enc_v2_emit(const struct enc_v2 *h, uint8_t ret[ENC_V2_SIZE])
{
	uint8_t *p = ret;

	put(&p, "encrcdsa", 8);
	put32(&p, h->version);
	put32(&p, h->block_iv_len);
	put32(&p, h->block_mode);
	put32(&p, h->block_algorithm);
	put32(&p, h->key_bits);
	put32(&p, h->iv_algorithm);
	put32(&p, h->iv_key_bits);
	put(&p, h->uuid, sizeof h->uuid);
	put32(&p, h->block_size);
	put64(&p, h->data_len);
	put64(&p, h->data_off);
	put32(&p, h->n_slots);
}

int
enc_pointer_parse(struct img_cursor *c, struct enc_pointer *ret, struct img_err *err)
{
	struct enc_pointer p;

	p.type = cur_be32(c);
	p.off = cur_be64(c);
	p.len = cur_be64(c);
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the list of key slots is truncated");
	*ret = p;
	return 0;
}

void
enc_pointer_emit(const struct enc_pointer *v, uint8_t ret[ENC_POINTER_SIZE])
{
	uint8_t *p = ret;

	put32(&p, v->type);
	put64(&p, v->off);
	put64(&p, v->len);
}

static int
passphrase_check(const struct enc_passphrase *p, struct img_err *err)
{
	bool aes = p->algorithm == ENC_AES;
	uint32_t unit = aes ? 16 : 8;

	if (!aes && p->algorithm != ENC_3DES)
		return img_fail(err, IMG_E_UNSUPPORTED, "the key is wrapped by algorithm %" PRIu32 "; 3DES and AES are known",
				p->algorithm);
	if (p->padding != ENC_PKCS7 || p->mode != ENC_CBC_PAD)
		return img_fail(err, IMG_E_UNSUPPORTED, "the key is wrapped in mode %" PRIu32 " with padding %" PRIu32 "; only "
				"CBC with PKCS#7 is known", p->mode, p->padding);
	if (p->key_bits != 192 && !(aes && (p->key_bits == 128 || p->key_bits == 256)))
		return img_fail(err, IMG_E_FORMAT, "the key is wrapped by a key of %" PRIu32 " bits", p->key_bits);
	if (p->iv_len != 8 && !(aes && p->iv_len == 16))
		return img_fail(err, IMG_E_FORMAT, "the wrapped key has an IV of %" PRIu32 " bytes", p->iv_len);
	if (!p->blob_len || p->blob_len % unit || p->blob_len > sizeof p->blob)
		return img_fail(err, IMG_E_FORMAT, "the wrapped key has %" PRIu32 " bytes, no whole number of cipher blocks up "
				"to %zu", p->blob_len, sizeof p->blob);
	return 0;
}

int
enc_passphrase_parse(struct img_cursor *c, struct enc_passphrase *ret, struct img_err *err)
{
	struct enc_passphrase p = { 0 };
	int rc;

	kdf_parse(c, &p.kdf);				/*   0 */
	p.iv_len = cur_be32(c);				/*  48 */
	cur_copy(c, p.iv, sizeof p.iv);			/*  52 */
	p.key_bits = cur_be32(c);			/*  84 */
	p.algorithm = cur_be32(c);			/*  88 */
	p.padding = cur_be32(c);			/*  92 */
	p.mode = cur_be32(c);				/*  96 */
	p.blob_len = cur_be32(c);			/* 100 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "it is truncated");
	rc = kdf_check(&p.kdf, err);
	if (!rc)
		rc = passphrase_check(&p, err);
	if (rc)
		return rc;
	cur_copy(c, p.blob, p.blob_len);		/* 104 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "its wrapped key of %" PRIu32 " bytes lies past its end", p.blob_len);
	*ret = p;
	return 0;
}

void
enc_passphrase_emit(const struct enc_passphrase *v, uint8_t ret[ENC_PASSPHRASE_SIZE])
{
	uint8_t *p = ret;

	kdf_emit(&p, &v->kdf);
	put32(&p, v->iv_len);
	put(&p, v->iv, sizeof v->iv);
	put32(&p, v->key_bits);
	put32(&p, v->algorithm);
	put32(&p, v->padding);
	put32(&p, v->mode);
	put32(&p, v->blob_len);
	put(&p, v->blob, sizeof v->blob);
}

/* ---- version 1 ---- */

static void
wrapped_parse(struct img_cursor *c, bool first, struct enc_wrapped *ret)
{
	if (!first) {
		ret->algorithm = cur_be32(c);
		ret->bits = cur_be32(c);
	}
	cur_copy(c, ret->iv, sizeof ret->iv);
	ret->len = cur_be32(c);
	cur_copy(c, ret->key, sizeof ret->key);
}

static void
wrapped_emit(uint8_t **p, bool first, const struct enc_wrapped *w)
{
	if (!first) {
		put32(p, w->algorithm);
		put32(p, w->bits);
	}
	put(p, w->iv, sizeof w->iv);
	put32(p, w->len);
	put(p, w->key, sizeof w->key);
}

static int
wrapped_check(const struct enc_wrapped *w, const char *what, struct img_err *err)
{
	if (w->len >= 24 && w->len % 8 == 0 && w->len <= sizeof w->key)
		return 0;
	return img_fail(err, IMG_E_FORMAT, "the wrapped %s key has %" PRIu32 " bytes, no whole number of cipher blocks up to %d",
			what, w->len, ENC_V1_WRAPPED);
}

static int
v1_check(const struct enc_v1 *h, struct img_err *err)
{
	int rc = check_cipher(h->block_algorithm, h->block_mode, h->key_bits, h->block_iv_len, h->block_size, err);

	if (!rc)
		rc = kdf_check(&h->kdf, err);
	if (!rc && (h->wrap_algorithm != ENC_3DES || h->wrap_padding != ENC_PKCS7 || h->wrap_mode != ENC_CBC_PAD ||
		    h->wrap_bits != 192 || h->wrap_iv_len != 8))
		rc = img_fail(err, IMG_E_UNSUPPORTED, "the keys are wrapped by algorithm %" PRIu32 " with %" PRIu32
			      " bits; version 1 knows 3DES only", h->wrap_algorithm, h->wrap_bits);
	if (!rc)
		rc = wrapped_check(&h->aes, "data", err);
	return rc ? rc : wrapped_check(&h->hmac, "IV", err);
}

int
enc_v1_parse(struct img_cursor *c, struct enc_v1 *ret, struct img_err *err)
{
	struct enc_v1 h = { 0 };
	int rc;

	cur_copy(c, h.uuid, sizeof h.uuid);		/* 000 */
	h.block_size = cur_be32(c);			/* 010 */
	h.wrap_algorithm = cur_be32(c);			/* 014 */
	h.wrap_padding = cur_be32(c);			/* 018 */
	h.wrap_mode = cur_be32(c);			/* 01c */
	h.wrap_bits = cur_be32(c);			/* 020 */
	h.wrap_iv_len = cur_be32(c);			/* 024 */
	kdf_parse(c, &h.kdf);				/* 028 */
	h.block_iv_len = cur_be32(c);			/* 058 */
	h.block_mode = cur_be32(c);			/* 05c */
	h.block_algorithm = cur_be32(c);		/* 060 */
	h.key_bits = cur_be32(c);			/* 064 */
	wrapped_parse(c, true, &h.aes);			/* 068 */
	wrapped_parse(c, false, &h.hmac);		/* 18c */
	wrapped_parse(c, false, &h.signing);		/* 2b8 */
	h.signature_len = cur_be32(c);			/* 3e4 */
	cur_copy(c, h.signature, sizeof h.signature);	/* 3e8 */
	h.data_len = cur_be64(c);			/* 4e8 */
	h.version = cur_be32(c);			/* 4f0 */
	cur_tag(c, "cdsaencr");				/* 4f4 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the encryption header is truncated or lacks its signature");
	if (h.version != 1)
		return img_fail(err, IMG_E_UNSUPPORTED, "the encryption trailer has version %" PRIu32 "; only 1 is known",
				h.version);
	rc = v1_check(&h, err);
	if (rc)
		return rc;
	*ret = h;
	return 0;
}

void
enc_v1_emit(const struct enc_v1 *h, uint8_t ret[ENC_V1_SIZE])
{
	uint8_t *p = ret;

	put(&p, h->uuid, sizeof h->uuid);
	put32(&p, h->block_size);
	put32(&p, h->wrap_algorithm);
	put32(&p, h->wrap_padding);
	put32(&p, h->wrap_mode);
	put32(&p, h->wrap_bits);
	put32(&p, h->wrap_iv_len);
	kdf_emit(&p, &h->kdf);
	put32(&p, h->block_iv_len);
	put32(&p, h->block_mode);
	put32(&p, h->block_algorithm);
	put32(&p, h->key_bits);
	wrapped_emit(&p, true, &h->aes);
	wrapped_emit(&p, false, &h->hmac);
	wrapped_emit(&p, false, &h->signing);
	put32(&p, h->signature_len);
	put(&p, h->signature, sizeof h->signature);
	put64(&p, h->data_len);
	put32(&p, h->version);
	put(&p, "cdsaencr", 8);
}
