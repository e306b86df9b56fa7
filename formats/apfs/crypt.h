/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted volumes: from the password to the key of the volume, and what is read with it. */
#ifndef FORMATS_APFS_CRYPT_H
#define FORMATS_APFS_CRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct apfs_cipher;
struct apfs_volume;
struct img_source;

/* AES-XTS in sectors of 512 bytes, with @key of 32 bytes (two of AES-128). */
int apfs_cipher_new(const uint8_t key[32], struct apfs_cipher **ret, struct img_err *err);
struct apfs_cipher *apfs_cipher_ref(struct apfs_cipher *c);
struct apfs_cipher *apfs_cipher_unref(struct apfs_cipher *c);	/* NULL accepted; returns NULL */
/* Decrypt @len bytes, whole sectors, of which the first has number @sector.  Thread-safe. */
int apfs_cipher_blocks(struct apfs_cipher *c, uint64_t sector, uint8_t *b, size_t len, struct img_err *err);

/* What is in @below, decrypted: a stored sector has number @sector plus its place. */
int apfs_decrypted(struct img_source *below, struct apfs_cipher *c, uint64_t sector, struct img_source **ret,
		   struct img_err *err);

/* Ask for the password and open the volume's key.  IMG_E_KEY: wrong or none; IMG_E_UNSUPPORTED: no password opens it. */
int apfs_volume_unlock(struct apfs_volume *v, struct apfs_cipher **ret, struct img_err *err);

#endif
