/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted images for tests, made with libcrypto's own one-shot functions and none of the reader's. */
#ifndef TESTS_UNIT_CRYPT_H
#define TESTS_UNIT_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypt_recipe {
	unsigned int version;		/* 1 or 2 */
	uint32_t key_bits, block_size, rounds;
	bool wrap_aes;			/* version 2: the key is wrapped with AES, not 3DES */
	bool certificate_first;		/* version 2: a slot of that type, and one that is damaged, go before */
	const char *password;
	const char *other;		/* version 2: a slot with this password goes before; NULL: none */
};

/* The whole file; the caller frees it. */
uint8_t *crypt_image(const struct crypt_recipe *r, const uint8_t *plain, size_t len, size_t *ret_len);
/* Its header alone, as in a bundle's token. */
uint8_t *crypt_token(const struct crypt_recipe *r, size_t *ret_len);
/* @len bytes (whole blocks) in place, the first of them being block @first. */
void crypt_blocks(const struct crypt_recipe *r, uint32_t first, uint8_t *bytes, size_t len);

#endif
