/* SPDX-License-Identifier: BSD-2-Clause */
/* The two headers of encrypted Apple images, parsed and emitted.  Numbers are those of CSSM. */
#ifndef FORMATS_ENCRCDSA_LAYOUT_H
#define FORMATS_ENCRCDSA_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define ENC_AES UINT32_C(0x80000001)
#define ENC_3DES 17
#define ENC_PBKDF2 103
#define ENC_HMAC_SHA1 91
#define ENC_CBC_IV 5		/* CBC, the IV is supplied */
#define ENC_CBC_PAD 6
#define ENC_PKCS7 7

#define ENC_MAX_SLOTS 64	/* hdiutil writes one or two; each may cost a key derivation */
#define ENC_V2_SIZE 76		/* up to the key pointers */
#define ENC_POINTER_SIZE 20
#define ENC_PASSPHRASE_SIZE 616	/* a slot as written; what counts ends with its blob */
#define ENC_V1_SIZE 1276
#define ENC_V1_WRAPPED 256	/* room for each wrapped key of version 1 */

enum enc_slot_type { ENC_SLOT_PASSPHRASE = 1, ENC_SLOT_CERTIFICATE = 2, ENC_SLOT_KEYBAG = 3 };

/* Version 2, at offset 0. */
struct enc_v2 {
	uint32_t version, block_iv_len, block_mode, block_algorithm, key_bits, iv_algorithm, iv_key_bits;
	uint8_t uuid[16];
	uint32_t block_size;
	uint64_t data_len, data_off;
	uint32_t n_slots;
};
struct enc_pointer {
	uint32_t type;
	uint64_t off, len;
};
struct enc_kdf {
	uint32_t algorithm, prng, rounds, salt_len;
	uint8_t salt[32];
};
struct enc_passphrase {
	struct enc_kdf kdf;
	uint32_t iv_len;
	uint8_t iv[32];
	uint32_t key_bits, algorithm, padding, mode, blob_len;
	uint8_t blob[512];
};

/* Version 1, the last 1276 bytes of a file. */
struct enc_wrapped {
	uint32_t algorithm, bits;	/* of the key inside; not told before the first */
	uint8_t iv[32];			/* not used */
	uint32_t len;
	uint8_t key[ENC_V1_WRAPPED];
};
struct enc_v1 {
	uint8_t uuid[16];
	uint32_t block_size, wrap_algorithm, wrap_padding, wrap_mode, wrap_bits, wrap_iv_len;
	struct enc_kdf kdf;
	uint32_t block_iv_len, block_mode, block_algorithm, key_bits;
	struct enc_wrapped aes, hmac, signing;	/* signing: no reader needs it */
	uint32_t signature_len;
	uint8_t signature[256];
	uint64_t data_len;		/* also where this header stands */
	uint32_t version;
};

int enc_v2_parse(struct img_cursor *c, struct enc_v2 *ret, struct img_err *err);
void enc_v2_emit(const struct enc_v2 *h, uint8_t ret[ENC_V2_SIZE]);
int enc_pointer_parse(struct img_cursor *c, struct enc_pointer *ret, struct img_err *err);
void enc_pointer_emit(const struct enc_pointer *p, uint8_t ret[ENC_POINTER_SIZE]);
/* Also checks every field that a reader depends on. */
int enc_passphrase_parse(struct img_cursor *c, struct enc_passphrase *ret, struct img_err *err);
void enc_passphrase_emit(const struct enc_passphrase *p, uint8_t ret[ENC_PASSPHRASE_SIZE]);
int enc_v1_parse(struct img_cursor *c, struct enc_v1 *ret, struct img_err *err);
void enc_v1_emit(const struct enc_v1 *h, uint8_t ret[ENC_V1_SIZE]);

#endif
