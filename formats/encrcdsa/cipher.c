/* SPDX-License-Identifier: BSD-2-Clause */
/* The data blocks: AES-CBC without padding, every block for itself, its IV the HMAC-SHA1 of its number.
 *
 * A set of libcrypto contexts, keyed once, serves one call at a time; idle ones are kept, so that there are as many as
 * threads ever read at the same moment. */
#include "config.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/encrcdsa/lock.h"

struct contexts {
	struct contexts *next;
	EVP_CIPHER_CTX *aes;
	EVP_MAC_CTX *hmac;
};

struct enc_cipher {
	struct enc_keys keys;
	uint32_t block_size;
	bool seals;			/* plain bytes to stored ones */
	pthread_mutex_t lock;
	struct contexts *idle;
};

static void
contexts_free(struct contexts *x)
{
	EVP_CIPHER_CTX_free(x->aes);	/* clears the key schedule */
	EVP_MAC_CTX_free(x->hmac);
	free(x);
}

static bool
contexts_key(struct contexts *x, const struct enc_keys *k, bool seals)
{
	OSSL_PARAM digest[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA1", 0), OSSL_PARAM_construct_end(),
	};
	const EVP_CIPHER *aes = k->n_aes == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	x->hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac);
	x->aes = EVP_CIPHER_CTX_new();
	return x->hmac && x->aes && EVP_MAC_init(x->hmac, k->hmac, sizeof k->hmac, digest) &&
	       EVP_CipherInit_ex2(x->aes, aes, k->aes, NULL, seals, NULL) &&
	       EVP_CIPHER_CTX_set_padding(x->aes, 0);
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
			return img_fail(err, IMG_E_UNSUPPORTED, "libcrypto offers no AES or SHA-1 here");
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
one_block(struct contexts *x, uint64_t number, const uint8_t *src, uint8_t *dst, uint32_t size)
{
	uint8_t n[4], iv[20];
	size_t n_iv;
	int len;

	store_be32(n, (uint32_t)number);	/* wraps at 2 TiB of 512-byte blocks, as the field does */
	return EVP_MAC_init(x->hmac, NULL, 0, NULL) && EVP_MAC_update(x->hmac, n, sizeof n) &&
	       EVP_MAC_final(x->hmac, iv, &n_iv, sizeof iv) &&
	       EVP_CipherInit_ex2(x->aes, NULL, NULL, iv, -1, NULL) &&
	       EVP_CipherUpdate(x->aes, dst, &len, src, (int)size) && (uint32_t)len == size;
}

int
enc_cipher_run(struct enc_cipher *c, uint64_t first, const uint8_t *src, uint8_t *dst, size_t n, struct img_err *err)
{
	struct contexts *x = NULL;
	int rc = contexts_get(c, &x, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < n; i++)
		if (!one_block(x, first + i, src + i * c->block_size, dst + i * c->block_size, c->block_size))
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
	free(c);
	return NULL;
}
