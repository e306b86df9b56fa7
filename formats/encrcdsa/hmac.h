/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA1 (RFC 2104) of short messages, many of them with one key: the key is worked in once. */
#ifndef FORMATS_ENCRCDSA_HMAC_H
#define FORMATS_ENCRCDSA_HMAC_H

#define OPENSSL_SUPPRESS_DEPRECATED	/* see hmac.c */
#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

#define ENC_HMAC_LEN 20

struct enc_hmac {		/* as secret as the key: cleared by whoever holds it */
	SHA_CTX inner, outer;
};

void enc_hmac_key(struct enc_hmac *h, const void *key, size_t len);
/* Of @a and @b behind it.  @ret may be one of them. */
void enc_hmac(const struct enc_hmac *h, const void *a, size_t n_a, const void *b, size_t n_b, uint8_t ret[ENC_HMAC_LEN]);

#endif
