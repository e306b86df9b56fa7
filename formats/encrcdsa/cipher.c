/* SPDX-License-Identifier: BSD-2-Clause */
/* The data blocks: AES-CBC without padding, every block for itself, its IV the HMAC-SHA1 of its number.
 *
 * A libcrypto context, keyed once, serves one call at a time; idle ones are kept, so that there are as many as threads ever
 * read or write at the same moment. */
#include "config.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/encrcdsa/hmac.h"
#include "formats/encrcdsa/lock.h"

struct contexts {
	struct contexts *next;
	EVP_CIPHER_CTX *aes;
};

struct enc_cipher {
	struct enc_keys keys;
	uint32_t block_size;
	bool seals;			/* plain bytes to stored ones */
	struct enc_hmac hmac;
	pthread_mutex_t lock;
	struct contexts *idle;
};

static void
contexts_free(struct contexts *x)
{
	EVP_CIPHER_CTX_free(x->aes);	/* clears the key schedule */
	free(x);
}

static bool
contexts_key(struct contexts *x, const struct enc_keys *k, bool seals)
{
	const EVP_CIPHER *aes = k->n_aes == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();

	x->aes = EVP_CIPHER_CTX_new();
	return x->aes && EVP_CipherInit_ex2(x->aes, aes, k->aes, NULL, seals, NULL) && EVP_CIPHER_CTX_set_padding(x->aes, 0);
}

static int
contexts_get(struct enc_cipher *c, struct contexts **ret, struct img_err *err)
{
	struct contexts *x;

	pthread_mutex_lock(&c->lock);
	x = c->idle;
	if (x)
		c->idle = x->next;
	pthread_mutex_unlock(&c->lock);
	if (!x) {
		x = calloc(1, sizeof *x);
		if (!x)
			return img_fail_nomem(err);
		if (!contexts_key(x, &c->keys, c->seals)) {
			contexts_free(x);
			return img_fail(err, IMG_E_UNSUPPORTED, "libcrypto offers no AES here");
		}
	}
	*ret = x;
	return 0;
}

static void
contexts_put(struct enc_cipher *c, struct contexts *x)
{
	pthread_mutex_lock(&c->lock);
	x->next = c->idle;
	c->idle = x;
	pthread_mutex_unlock(&c->lock);
}

static bool
one_block(const struct enc_cipher *c, EVP_CIPHER_CTX *aes, uint64_t number, const uint8_t *src, uint8_t *dst)
{
	uint8_t n[4], iv[ENC_HMAC_LEN];
	int len;

	store_be32(n, (uint32_t)number);	/* wraps at 2 TiB of 512-byte blocks, as the field does */
	enc_hmac(&c->hmac, n, sizeof n, NULL, 0, iv);
	return EVP_CipherInit_ex2(aes, NULL, NULL, iv, -1, NULL) &&
	       EVP_CipherUpdate(aes, dst, &len, src, (int)c->block_size) && (uint32_t)len == c->block_size;
}

int
enc_cipher_run(struct enc_cipher *c, uint64_t first, const uint8_t *src, uint8_t *dst, size_t n, struct img_err *err)
{
	struct contexts *x = NULL;
	int rc = contexts_get(c, &x, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < n; i++)
		if (!one_block(c, x->aes, first + i, src + i * c->block_size, dst + i * c->block_size))
			rc = img_fail(err, IMG_E_UNSUPPORTED, "libcrypto failed on cipher block %" PRIu64, first + i);
	contexts_put(c, x);
	return rc;
}

int
enc_cipher_new(const struct enc_keys *keys, uint32_t block_size, bool seals, struct enc_cipher **ret, struct img_err *err)
{
	struct enc_cipher *c = calloc(1, sizeof *c);

	if (!c)
		return img_fail_nomem(err);
	c->keys = *keys;
	enc_hmac_key(&c->hmac, keys->hmac, sizeof keys->hmac);
	c->block_size = block_size;
	c->seals = seals;
	pthread_mutex_init(&c->lock, NULL);
	*ret = c;
	return 0;
}

struct enc_cipher *
enc_cipher_free(struct enc_cipher *c)
{
	if (!c)
		return NULL;
	while (c->idle) {
		struct contexts *x = c->idle;

		c->idle = x->next;
		contexts_free(x);
	}
	pthread_mutex_destroy(&c->lock);
	OPENSSL_cleanse(&c->keys, sizeof c->keys);
	OPENSSL_cleanse(&c->hmac, sizeof c->hmac);
	free(c);
	return NULL;
}
