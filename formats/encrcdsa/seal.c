/* SPDX-License-Identifier: BSD-2-Clause */
/* New keys and the header that holds them: version 2, one slot for a password, as hdiutil writes it (observed, hdiutil of
 * macOS 10.15 and later): the list of slots has one entry, which points behind itself; zeros up to the first block.
 *
 * Everything random comes from libcrypto's generator, so no two images are alike. */
#include "config.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "formats/encrcdsa/encrcdsa.h"
#include "formats/encrcdsa/lock.h"

#define SLOT_OFF (ENC_V2_SIZE + ENC_POINTER_SIZE)
#define SALT_LEN 20
#define IV_LEN 8		/* of the wrapped keys */

struct enc_seal {
	uint32_t key_bits;
	uint8_t uuid[16];
	struct enc_passphrase slot;
	struct enc_cipher *cipher;
};

static bool
draw(struct enc_seal *s, struct enc_keys *keys)
{
	return RAND_priv_bytes(keys->aes, (int)keys->n_aes) == 1 && RAND_priv_bytes(keys->hmac, sizeof keys->hmac) == 1 &&
	       RAND_bytes(s->uuid, sizeof s->uuid) == 1 && RAND_bytes(s->slot.kdf.salt, SALT_LEN) == 1 &&
	       RAND_bytes(s->slot.iv, IV_LEN) == 1;
}

int
enc_seal_new(struct img_env *env, uint32_t key_bits, uint32_t rounds, const char *password, struct enc_seal **ret,
	     struct img_err *err)
{
	struct enc_seal *s = calloc(1, sizeof *s);
	struct enc_keys keys = { .n_aes = key_bits / 8 };
	int rc = 0;

	if (!s)
		return img_fail_nomem(err);
	s->key_bits = key_bits;
	s->slot.kdf.algorithm = ENC_PBKDF2;
	s->slot.kdf.rounds = rounds;
	s->slot.kdf.salt_len = SALT_LEN;
	s->slot.iv_len = IV_LEN;
	if (!draw(s, &keys))
		rc = img_fail(err, IMG_E_UNSUPPORTED, "libcrypto has no random numbers to give");
	s->uuid[6] = (uint8_t)((s->uuid[6] & 0x0f) | 0x40);	/* RFC 4122 4.4 */
	s->uuid[8] = (uint8_t)((s->uuid[8] & 0x3f) | 0x80);
	if (!rc)
		rc = enc_close_slot(env, &keys, password, &s->slot, err);
	if (!rc)
		rc = enc_cipher_new(&keys, ENC_BLOCK, true, &s->cipher, err);
	OPENSSL_cleanse(&keys, sizeof keys);
	if (rc)
		enc_seal_free(s);
	else
		*ret = s;
	return rc;
}

struct enc_seal *
enc_seal_free(struct enc_seal *s)
{
	if (s)
		enc_cipher_free(s->cipher);
	free(s);
	return NULL;
}

void
enc_seal_header(const struct enc_seal *s, uint64_t data_len, uint8_t ret[ENC_HEADER])
{
	struct enc_v2 h = {
		.version = 2, .block_iv_len = 16, .block_mode = ENC_CBC_IV, .block_algorithm = ENC_AES,
		.key_bits = s->key_bits, .iv_algorithm = ENC_HMAC_SHA1, .iv_key_bits = 160, .block_size = ENC_BLOCK,
		.data_len = data_len, .data_off = ENC_HEADER, .n_slots = 1,
	};
	struct enc_pointer p = { ENC_SLOT_PASSPHRASE, SLOT_OFF, ENC_PASSPHRASE_SIZE };

	memset(ret, 0, ENC_HEADER);
	memcpy(h.uuid, s->uuid, sizeof h.uuid);
	enc_v2_emit(&h, ret);
	enc_pointer_emit(&p, ret + ENC_V2_SIZE);
	enc_passphrase_emit(&s->slot, ret + SLOT_OFF);
}

int
enc_seal_blocks(struct enc_seal *s, uint64_t first, const uint8_t *src, uint8_t *dst, size_t n, struct img_err *err)
{
	return enc_cipher_run(s->cipher, first, src, dst, n, err);
}
