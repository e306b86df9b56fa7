/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted Apple images.  The header with its key slots is a lock; once it is unlocked, cipher blocks wherever they lie
 * (behind the header, in the bands of a sparse bundle) become a source of plain bytes. */
#ifndef FORMATS_ENCRCDSA_ENCRCDSA_H
#define FORMATS_ENCRCDSA_ENCRCDSA_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct enc_lock;
struct enc_seal;
struct img_env;
struct img_out;
struct img_rep;
struct img_source;

extern const struct img_format img_format_encrcdsa;

/* Read the header of version 2 at the start of @file, or of version 1 at its end, with at least one slot that a password
 * could open.  IMG_E_UNKNOWN: there is none. */
int enc_lock_read(struct img_source *file, struct enc_lock **ret, struct img_err *err);
struct enc_lock *enc_lock_ref(struct enc_lock *l);
struct enc_lock *enc_lock_unref(struct enc_lock *l);	/* clears the keys with the last one; returns NULL */

/* Ask the environment for the password and try every slot.  IMG_E_KEY: there is none, or it is wrong. */
int enc_lock_open(struct enc_lock *l, struct img_err *err);

uint32_t enc_lock_block_size(const struct enc_lock *l);
void enc_lock_describe(const struct enc_lock *l, struct img_rep *rep);

/* The plain bytes of the @len bytes that the cipher blocks from @off of @below on hold.  The first of them counts as block
 * @first.  The last block must be stored in full: IMG_E_FORMAT.  Takes references. */
int enc_source(struct enc_lock *l, struct img_source *below, uint64_t off, uint64_t len, uint64_t first,
	       struct img_source **ret, struct img_err *err);

/* The same when @l cannot be opened: every read fails with @why. */
int enc_source_locked(struct enc_lock *l, struct img_env *env, uint64_t len, const struct img_err *why,
		      struct img_source **ret, struct img_err *err);

/* ---- writing, version 2 ---- */

#define ENC_BLOCK 512		/* of what is written */
#define ENC_HEADER 122368	/* bytes in front of the blocks, and of the token of a bundle: as recent hdiutil has it */
#define ENC_ROUNDS 500000	/* of the key derivation: hdiutil calibrates to 217 000 to 500 000 */
#define ENC_MIN_ROUNDS 1000
#define ENC_MAX_ROUNDS 10000000	/* of all slots together, what the reader takes: some 10 seconds */

/* New random keys for AES with @key_bits (128 or 256), wrapped for @password.  Takes as long as opening the image will;
 * stops with IMG_E_CANCELLED soon after img_env_cancel. */
int enc_seal_new(struct img_env *env, uint32_t key_bits, uint32_t rounds, const char *password, struct enc_seal **ret,
		 struct img_err *err);
struct enc_seal *enc_seal_free(struct enc_seal *s);	/* clears the keys; NULL accepted; returns NULL */
/* The header of an image of @data_len plain bytes; 0 in a token, whose bundle has its size elsewhere. */
void enc_seal_header(const struct enc_seal *s, uint64_t data_len, uint8_t ret[ENC_HEADER]);
/* Encrypt @n blocks of ENC_BLOCK bytes, the first of them number @first; @src may be @dst.  Any thread. */
int enc_seal_blocks(struct enc_seal *s, uint64_t first, const uint8_t *src, uint8_t *dst, size_t n, struct img_err *err);

/* In front of @below (taken on success), front to back only: encrypts on @threads threads, 0 for one for each processor.
 * @seal is borrowed.  The length of the data stands in front of them: where @below does not seek, and nobody has set
 * ->expect by the first write, all is kept in a work file until it is known. */
int enc_out(struct img_out *below, struct enc_seal *seal, unsigned int threads, struct img_out **ret, struct img_err *err);

#endif
