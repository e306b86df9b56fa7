/* SPDX-License-Identifier: BSD-2-Clause */
/* libcrypto's own HMAC copies contexts on the heap for each message, and counts references that all threads share: for the
 * four bytes of a block number that costs more than the two blocks of SHA-1 (measured: a third of the time of opening an
 * encrypted image, and most of that of deriving its key).  The plain functions of SHA-1 are called deprecated, but copy
 * a structure. */
#include "config.h"

#include "formats/encrcdsa/hmac.h"

#include <openssl/crypto.h>
#include <string.h>

#define BLOCK 64

void
enc_hmac_key(struct enc_hmac *h, const void *key, size_t len)
{
	uint8_t pad[BLOCK] = { 0 };

	if (len > BLOCK)
		SHA1(key, len, pad);
	else if (len)
		memcpy(pad, key, len);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	SHA1_Init(&h->inner);
	SHA1_Update(&h->inner, pad, BLOCK);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA1_Init(&h->outer);
	SHA1_Update(&h->outer, pad, BLOCK);
	OPENSSL_cleanse(pad, sizeof pad);
}

void
enc_hmac(const struct enc_hmac *h, const void *a, size_t n_a, const void *b, size_t n_b, uint8_t ret[ENC_HMAC_LEN])
{
	SHA_CTX c = h->inner;
	uint8_t d[ENC_HMAC_LEN];

	SHA1_Update(&c, a, n_a);
	if (n_b)
		SHA1_Update(&c, b, n_b);
	SHA1_Final(d, &c);
	c = h->outer;
	SHA1_Update(&c, d, sizeof d);
	SHA1_Final(ret, &c);
}
