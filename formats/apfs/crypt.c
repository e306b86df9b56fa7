/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-XTS over sectors of 512 bytes, whatever the block size: blocks of metadata by their place, extents by a number of their
 * own, which stays when they move (AFSR j_file_extent_val_t). */
#include "config.h"

#include "formats/apfs/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "img/source.h"

#define SECTOR 512

struct apfs_cipher {
	atomic_uint refs;
	uint8_t key[32];
};

int
apfs_cipher_new(const uint8_t key[32], struct apfs_cipher **ret, struct img_err *err)
{
	struct apfs_cipher *c = calloc(1, sizeof *c);

	if (!c)
		return img_fail_nomem(err);
	atomic_init(&c->refs, 1);
	memcpy(c->key, key, sizeof c->key);
	*ret = c;
	return 0;
}

struct apfs_cipher *
apfs_cipher_ref(struct apfs_cipher *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

struct apfs_cipher *
apfs_cipher_unref(struct apfs_cipher *c)
{
	if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1) {
		OPENSSL_cleanse(c->key, sizeof c->key);
		free(c);
	}
	return NULL;
}

int
apfs_cipher_blocks(struct apfs_cipher *c, uint64_t sector, uint8_t *b, size_t len, struct img_err *err)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	uint8_t tweak[16] = { 0 };
	bool ok = x && EVP_DecryptInit_ex2(x, EVP_aes_128_xts(), c->key, NULL, NULL);

	for (size_t at = 0; ok && at < len; at += SECTOR) {
		int n;

		store_le64(tweak, sector++);
		ok = EVP_DecryptInit_ex2(x, NULL, NULL, tweak, NULL) && EVP_DecryptUpdate(x, b + at, &n, b + at, SECTOR);
	}
	EVP_CIPHER_CTX_free(x);
	return ok ? 0 : img_fail(err, IMG_E_UNSUPPORTED, "libcrypto offers no AES-XTS here");
}

/* ---- as a source ---- */

struct decrypted {
	struct img_source src;
	struct img_source *below;
	struct apfs_cipher *cipher;
	uint64_t sector;
};

static int
decrypted_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

/* The sectors around [off, off + len), by way of a buffer unless they are all that is wanted. */
static int
decrypted_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct decrypted *d = (struct decrypted *)s;
	uint8_t *out = buf, tmp[8192];

	while (len) {
		size_t skip = (size_t)(off % SECTOR), n = sizeof tmp - skip < len ? sizeof tmp - skip : len, whole;
		uint8_t *to = tmp;
		int rc;

		if (!skip && len >= SECTOR) {
			n = len - len % SECTOR;
			to = out;
		}
		whole = (skip + n + SECTOR - 1) / SECTOR * SECTOR;
		rc = img_source_read(d->below, off - skip, to, whole, err);
		if (!rc)
			rc = apfs_cipher_blocks(d->cipher, d->sector + off / SECTOR, to, whole, err);
		if (rc)
			return rc;
		if (to == tmp)
			memcpy(out, tmp + skip, n);
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static void
decrypted_destroy(struct img_source *s)
{
	struct decrypted *d = (struct decrypted *)s;

	apfs_cipher_unref(d->cipher);
	img_unref(d->below);
	free(d);
}

static const struct img_source_ops decrypted_ops = {
	.map = decrypted_map, .read = decrypted_read, .destroy = decrypted_destroy,
};

int
apfs_decrypted(struct img_source *below, struct apfs_cipher *c, uint64_t sector, struct img_source **ret,
	       struct img_err *err)
{
	struct decrypted *d = calloc(1, sizeof *d);

	if (!d)
		return img_fail_nomem(err);
	img_source_init(&d->src, &decrypted_ops, below->env, "apfs encryption", below->size, below->sector_size);
	d->below = img_ref(below);
	d->cipher = apfs_cipher_ref(c);
	d->sector = sector;
	*ret = &d->src;
	return 0;
}
