/* SPDX-License-Identifier: BSD-2-Clause */
/* From a password to the keys of an encrypted image. */
#ifndef FORMATS_ENCRCDSA_KEYS_H
#define FORMATS_ENCRCDSA_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "formats/encrcdsa/layout.h"
#include "img/env.h"

struct enc_keys {		/* cleared by whoever holds it */
	uint8_t aes[32], hmac[20];
	size_t n_aes;
};

/* PBKDF2 with HMAC-SHA1.  Stops with IMG_E_CANCELLED soon after img_env_cancel. */
int enc_derive(struct img_env *env, const struct enc_kdf *k, const char *password, uint8_t *ret, size_t n_ret,
	       struct img_err *err);

/* IMG_E_KEY: the password does not open this slot; no message. */
int enc_open_slot(struct img_env *env, const struct enc_passphrase *p, uint32_t key_bits, const char *password,
		  struct enc_keys *ret, struct img_err *err);
int enc_open_v1(struct img_env *env, const struct enc_v1 *h, const char *password, struct enc_keys *ret,
		struct img_err *err);

/* Wrap @keys for @password: p->kdf and p->iv are set, the rest is filled in.  3DES, which every macOS opens. */
int enc_close_slot(struct img_env *env, const struct enc_keys *keys, const char *password, struct enc_passphrase *p,
		   struct img_err *err);

#endif
