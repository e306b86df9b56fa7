/* SPDX-License-Identifier: BSD-2-Clause */
/* Digest algorithms behind one table: CRC-32, whose pieces combine, and libcrypto's, whose bytes go in order. */
#include "config.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "img/check.h"

/* ---- CRC-32 (ISO 3309, as in zlib and PNG) ---- */

static uint64_t
crc_piece(const void *bytes, size_t len)
{
	return crc32_of(0, bytes, len);
}

static uint64_t
crc_combine(uint64_t a, uint64_t b, uint64_t len_b)
{
	/* zlib takes the length as a signed offset: halve what is longer */
	while (len_b > INT64_MAX / 2) {
		a = crc32_combine((uLong)a, 0, INT64_MAX / 2);
		len_b -= INT64_MAX / 2;
	}
	return crc32_combine((uLong)a, (uLong)b, (z_off_t)len_b);
}

/* The CRC of n zeros: doubling, so in O(log n). */
static uint64_t
crc_zeros(uint64_t len)
{
	static const uint8_t zero;
	uint64_t sum = 0, part = crc32_of(0, &zero, 1);

	for (uint64_t n = 1; len; n *= 2) {
		if (len & n) {
			sum = crc_combine(sum, part, n);
			len -= n;
		}
		if (len)
			part = crc_combine(part, part, n);
	}
	return sum;
}

static void
crc_store(uint64_t sum, uint8_t *ret)
{
	store_be32(ret, (uint32_t)sum);
}

static void *
crc_begin(void)
{
	return calloc(1, sizeof(uint32_t));
}

static void
crc_update(void *state, const void *bytes, size_t len)
{
	uint32_t *c = state;

	*c = crc32_of(*c, bytes, len);
}

static void
crc_finish(void *state, uint8_t *ret)
{
	store_be32(ret, *(uint32_t *)state);
	free(state);
}

const struct img_digest img_digest_crc32 = {
	.name = "crc32", .size = 4,
	.begin = crc_begin, .update = crc_update, .finish = crc_finish, .abandon = free,
	.piece = crc_piece, .zeros = crc_zeros, .combine = crc_combine, .store = crc_store,
};

/* ---- libcrypto ---- */

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
/* A context of our own: when memory runs out while libcrypto sets up its default one, it crashes (observed: 3.0). */
static OSSL_LIB_CTX *
library(void)
{
	static _Atomic(OSSL_LIB_CTX *) shared;
	OSSL_LIB_CTX *lib = atomic_load(&shared), *none = NULL;

	if (lib || !(lib = OSSL_LIB_CTX_new()))
		return lib;
	if (atomic_compare_exchange_strong(&shared, &none, lib))
		return lib;
	OSSL_LIB_CTX_free(lib);
	return none;
}

static EVP_MD *
fetch(const EVP_MD *md)
{
	OSSL_LIB_CTX *lib = library();

	return lib ? EVP_MD_fetch(lib, EVP_MD_get0_name(md), NULL) : NULL;
}
#else
#define fetch(md) (md)
#define EVP_MD_free(md) ((void)(md))
#endif

static void *
evp_begin(const EVP_MD *md)
{
	__auto_type own = fetch(md);
	EVP_MD_CTX *ctx = own ? EVP_MD_CTX_new() : NULL;

	if (ctx && !EVP_DigestInit_ex(ctx, own, NULL)) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_MD_free(own);	/* the state holds it */
	return ctx;
}

static void
evp_update(void *state, const void *bytes, size_t len)
{
	EVP_DigestUpdate(state, bytes, len);
}

static void
evp_finish(void *state, uint8_t *ret)
{
	EVP_DigestFinal_ex(state, ret, NULL);
	EVP_MD_CTX_free(state);
}

static void
evp_abandon(void *state)
{
	EVP_MD_CTX_free(state);
}

#define EVP_DIGESTS(X)			\
	X(md5, "md5", 16)		\
	X(sha1, "sha1", 20)		\
	X(sha224, "sha224", 28)		\
	X(sha256, "sha256", 32)		\
	X(sha384, "sha384", 48)		\
	X(sha512, "sha512", 64)		\
	X(sha512_256, "sha512-256", 32)	\
	X(sha3_256, "sha3-256", 32)	\
	X(sha3_384, "sha3-384", 48)	\
	X(sha3_512, "sha3-512", 64)	\
	X(blake2b512, "blake2b", 64)	\
	X(blake2s256, "blake2s", 32)

#define EVP_BEGIN(id, word, n)			\
static void *					\
id##_begin(void)				\
{						\
	return evp_begin(EVP_##id());		\
}
EVP_DIGESTS(EVP_BEGIN)

#define EVP_ROW(id, word, n) {								\
	.name = word, .size = n,							\
	.begin = id##_begin, .update = evp_update, .finish = evp_finish, .abandon = evp_abandon,	\
},
static const struct img_digest evp_digests[] = { EVP_DIGESTS(EVP_ROW) };

/* "SHA-256" is "sha256", "SHA3-256" and "sha3_256" are "sha3-256": dashes count only where digits meet. */
static bool
same_name(const char *have, const char *given)
{
	for (; *have || *given; have++, given++) {
		if (*given == '-' && *have != '-')
			given++;
		if (*have == '-' && *given == '_')
			continue;
		if (strncasecmp(have, given, 1) != 0)
			return false;
		if (!*have)
			break;
	}
	return true;
}

const struct img_digest *
img_digest_by_name(const char *name)
{
	if (same_name(img_digest_crc32.name, name))
		return &img_digest_crc32;
	for (size_t i = 0; i < sizeof evp_digests / sizeof *evp_digests; i++)
		if (same_name(evp_digests[i].name, name))
			return &evp_digests[i];
	return NULL;
}

int
img_digest_bytes(const struct img_digest *d, const void *bytes, size_t len, uint8_t *ret, struct img_err *err)
{
	void *state = d->begin();

	if (!state)
		return img_fail_nomem(err);
	d->update(state, bytes, len);
	d->finish(state, ret);
	return 0;
}
