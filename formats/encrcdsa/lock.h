/* SPDX-License-Identifier: BSD-2-Clause */
/* A header in memory, and the cipher once its key is known. */
#ifndef FORMATS_ENCRCDSA_LOCK_H
#define FORMATS_ENCRCDSA_LOCK_H

#include <pthread.h>
#include <stdatomic.h>

#include "formats/encrcdsa/encrcdsa.h"
#include "formats/encrcdsa/keys.h"
#include "formats/encrcdsa/layout.h"

struct enc_cipher;

struct enc_lock {
	struct img_env *env;
	atomic_uint refs;
	unsigned int version;
	uint32_t key_bits, block_size;
	uint8_t uuid[16];
	uint64_t data_off, data_len;
	struct enc_v1 *v1;			/* version 1 */
	struct enc_passphrase *slots;		/* version 2: those a password opens */
	size_t n_slots;
	unsigned int n_pointers, n_certificates;	/* slots of any kind, those of type certificate */
	uint32_t rounds, wrap;			/* of the first slot */
	struct enc_cipher *cipher;		/* NULL: locked */
};

/* ---- formats/encrcdsa/cipher.c ---- */

/* @keys is copied; the copy is cleared with the cipher.  @seals: it encrypts, otherwise it decrypts. */
int enc_cipher_new(const struct enc_keys *keys, uint32_t block_size, bool seals, struct enc_cipher **ret,
		   struct img_err *err);
struct enc_cipher *enc_cipher_free(struct enc_cipher *c);	/* NULL accepted; returns NULL */
/* @n whole blocks from number @first on; @src may be @dst.  Any thread. */
int enc_cipher_run(struct enc_cipher *c, uint64_t first, const uint8_t *src, uint8_t *dst, size_t n, struct img_err *err);

#endif
