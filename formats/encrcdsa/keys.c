/* SPDX-License-Identifier: BSD-2-Clause */
/* Key derivation and unwrapping.  All that is secret lives in buffers that are cleared before they go. */
#include "config.h"

#include "formats/encrcdsa/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/encrcdsa/hmac.h"

#define SLICE 2048	/* rounds between two looks at the cancel flag: a millisecond or two */

static int
fail_crypto(struct img_err *err)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "libcrypto offers no 3DES or AES here");
}

/* ---- PBKDF2 (RFC 8018 5.2) ---- */

static int
derive_block(struct img_env *env, const struct enc_hmac *h, const struct enc_kdf *k, uint32_t block, uint8_t ret[ENC_HMAC_LEN],
	     struct img_err *err)
{
	uint8_t u[ENC_HMAC_LEN], number[4];
	int rc = 0;

	store_be32(number, block);
	enc_hmac(h, k->salt, k->salt_len, number, sizeof number, u);
	memcpy(ret, u, sizeof u);
	for (uint32_t i = 1; !rc && i < k->rounds; i++) {
		enc_hmac(h, u, sizeof u, NULL, 0, u);
		for (size_t j = 0; j < sizeof u; j++)
			ret[j] ^= u[j];
		if (i % SLICE == 0 && img_env_cancelled(env))
			rc = img_fail(err, IMG_E_CANCELLED, "cancelled");
	}
	OPENSSL_cleanse(u, sizeof u);
	return rc;
}

int
enc_derive(struct img_env *env, const struct enc_kdf *k, const char *password, uint8_t *ret, size_t n_ret,
	   struct img_err *err)
{
	struct enc_hmac h;
	uint8_t t[ENC_HMAC_LEN];
	int rc = 0;

	enc_hmac_key(&h, password, strlen(password));
	for (size_t done = 0, block = 1; !rc && done < n_ret; done += sizeof t, block++) {
		rc = derive_block(env, &h, k, (uint32_t)block, t, err);
		memcpy(ret + done, t, n_ret - done < sizeof t ? n_ret - done : sizeof t);
	}
	OPENSSL_cleanse(t, sizeof t);
	OPENSSL_cleanse(&h, sizeof h);
	return rc;
}

/* ---- unwrapping ---- */

/* CBC with PKCS#7.  The number of bytes in @ret (which has room for @n), or -1: bad padding, as a rule a wrong key. */
static int
cbc_open(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *src, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0;
	bool ok = ctx && EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) &&
		  EVP_DecryptUpdate(ctx, ret, &len, src, (int)n) && EVP_DecryptFinal_ex(ctx, ret + len, &last);

	EVP_CIPHER_CTX_free(ctx);
	return ok ? len + last : -1;
}

static const EVP_CIPHER *
slot_cipher(const struct enc_passphrase *p)
{
	if (p->algorithm == ENC_3DES)
		return EVP_des_ede3_cbc();
	return p->key_bits == 128 ? EVP_aes_128_cbc() : p->key_bits == 192 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
}

int
enc_open_slot(struct img_env *env, const struct enc_passphrase *p, uint32_t key_bits, const char *password,
	      struct enc_keys *ret, struct img_err *err)
{
	uint8_t dk[32], iv[32] = { 0 }, plain[sizeof p->blob + 16];
	size_t n_aes = key_bits / 8, want = n_aes + sizeof ret->hmac + 5;
	int n, rc = enc_derive(env, &p->kdf, password, dk, p->key_bits / 8, err);

	if (rc) {
		OPENSSL_cleanse(dk, sizeof dk);
		return rc;
	}
	memcpy(iv, p->iv, p->iv_len);		/* AES: 8 bytes, filled up with zeros */
	n = cbc_open(slot_cipher(p), dk, iv, p->blob, p->blob_len, plain);
	/* the AES key, the HMAC key, a mark: observed, hdiutil */
	if (n < 0 || (size_t)n != want || memcmp(plain + want - 5, "CKIE", 5) != 0) {
		rc = IMG_E_KEY;
	} else {
		memcpy(ret->aes, plain, n_aes);
		memcpy(ret->hmac, plain + n_aes, sizeof ret->hmac);
		ret->n_aes = n_aes;
	}
	OPENSSL_cleanse(dk, sizeof dk);
	OPENSSL_cleanse(plain, sizeof plain);
	return rc;
}

int
enc_close_slot(struct img_env *env, const struct enc_keys *keys, const char *password, struct enc_passphrase *p,
	       struct img_err *err)
{
	uint8_t dk[24], plain[sizeof keys->aes + sizeof keys->hmac + 5];
	size_t n = keys->n_aes;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0, rc = enc_derive(env, &p->kdf, password, dk, sizeof dk, err);

	p->key_bits = 8 * sizeof dk;
	p->algorithm = ENC_3DES;
	p->padding = ENC_PKCS7;
	p->mode = ENC_CBC_PAD;
	memcpy(plain, keys->aes, n);
	memcpy(plain + n, keys->hmac, sizeof keys->hmac);
	memcpy(plain + n + sizeof keys->hmac, "CKIE", 5);
	if (!rc && !(ctx && EVP_EncryptInit_ex2(ctx, EVP_des_ede3_cbc(), dk, p->iv, NULL) &&
		     EVP_EncryptUpdate(ctx, p->blob, &len, plain, (int)(n + sizeof keys->hmac + 5)) &&
		     EVP_EncryptFinal_ex(ctx, p->blob + len, &last)))
		rc = fail_crypto(err);
	p->blob_len = (uint32_t)(len + last);
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(dk, sizeof dk);
	OPENSSL_cleanse(plain, sizeof plain);
	return rc;
}

/* Triple-DES key wrap, a relative of RFC 3217: decrypt with a fixed IV, turn the bytes round, decrypt again with the first
 * eight as IV; four bytes of flags go before the key. */
static bool
unwrap_v1(const uint8_t dk[24], const struct enc_wrapped *w, uint8_t *ret, size_t n_ret)
{
	static const uint8_t iv[8] = { 0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05 };
	uint8_t a[ENC_V1_WRAPPED + 8], b[ENC_V1_WRAPPED + 8];
	int n = cbc_open(EVP_des_ede3_cbc(), dk, iv, w->key, w->len, a);
	bool ok = false;

	for (int i = 0; i < n; i++)
		b[i] = a[n - 1 - i];
	if (n > 8 && n % 8 == 0) {
		n = cbc_open(EVP_des_ede3_cbc(), dk, b, b + 8, (size_t)n - 8, a);
		ok = n > 4 && (size_t)n == n_ret + 4;
	}
	if (ok)
		memcpy(ret, a + 4, n_ret);
	OPENSSL_cleanse(a, sizeof a);
	OPENSSL_cleanse(b, sizeof b);
	return ok;
}

int
enc_open_v1(struct img_env *env, const struct enc_v1 *h, const char *password, struct enc_keys *ret,
	    struct img_err *err)
{
	uint8_t dk[24];
	int rc = enc_derive(env, &h->kdf, password, dk, sizeof dk, err);

	ret->n_aes = h->key_bits / 8;
	if (!rc && (!unwrap_v1(dk, &h->aes, ret->aes, ret->n_aes) ||
		    !unwrap_v1(dk, &h->hmac, ret->hmac, sizeof ret->hmac)))
		rc = IMG_E_KEY;
	OPENSSL_cleanse(dk, sizeof dk);
	return rc;
}
