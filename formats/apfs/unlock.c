/* SPDX-License-Identifier: BSD-2-Clause */
/* From the password to the key of a volume:
 *
 *   container's key bag   for the volume: its key, wrapped; where its own bag is
 *   volume's key bag      for every user: a key, wrapped by what PBKDF2 makes of the password
 *
 * Volumes of Macs with a security chip have the same bags, but a key in that chip goes into the wrapping, and no password
 * opens them anywhere else. */
#include "config.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/apfs/keybag.h"
#include "img/env.h"

#define BAG_KEYS UINT32_C(0x6b657973)
#define BAG_RECS UINT32_C(0x72656373)
#define MAX_ROUNDS 20000000	/* macOS takes 100,000 or so; this takes some seconds */
#define MAX_PASSWORD 1024

enum { KEY_256 = 0, KEY_128 = 2, KEY_KIND = 0xff };

/* AES key unwrap (RFC 3394): @n bytes to eight less.  False: a wrong key, as a rule. */
static bool
unwrap(const uint8_t *kek, size_t n_kek, const uint8_t *wrapped, size_t n, uint8_t *ret)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok;

	if (x)
		EVP_CIPHER_CTX_set_flags(x, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = x && EVP_DecryptInit_ex2(x, n_kek == 16 ? EVP_aes_128_wrap() : EVP_aes_256_wrap(), kek, NULL, NULL) &&
	     EVP_DecryptUpdate(x, ret, &len, wrapped, (int)n) && (size_t)len == n - 8;
	EVP_CIPHER_CTX_free(x);
	return ok;
}

static size_t
key_len(const struct apfs_wrapped *w)
{
	return (w->flags & KEY_KIND) == KEY_128 ? 16 : 32;
}

/* The volume's own key.  Of those that came from CoreStorage only half is wrapped; the other half is made of it. */
static bool
open_volume_key(const struct apfs_wrapped *w, const uint8_t kek[32], uint8_t ret[32])
{
	uint8_t both[32], digest[32];
	size_t n = key_len(w);

	if (w->n_key != n + 8 || !unwrap(kek, n, w->key, w->n_key, ret))
		return false;
	if (n == 32)
		return true;
	memcpy(both, ret, 16);
	memcpy(both + 16, w->uuid, 16);
	if (!EVP_Q_digest(NULL, "SHA256", NULL, both, sizeof both, digest, NULL))
		return false;
	memcpy(ret + 16, digest, 16);
	OPENSSL_cleanse(both, sizeof both);
	return true;
}

/* One record of the volume's bag, tried with the password.  *ret_ok says whether it fits. */
static int
try_record(const struct apfs_bag_entry *e, const struct apfs_wrapped *vek, const char *password, uint8_t ret[32],
	   bool *ret_ok, struct img_err *err)
{
	struct apfs_wrapped w;
	uint8_t dk[32], kek[32];
	size_t n;

	if (apfs_wrapped_parse(e->data, e->n, &w, NULL) || !w.n_salt || !w.rounds)
		return 0;
	n = key_len(&w);
	if (w.n_key != n + 8)
		return 0;
	if (w.rounds > MAX_ROUNDS)
		return img_fail(err, IMG_E_LIMIT, "the password is hashed %" PRIu64 " times, more than %d", w.rounds, MAX_ROUNDS);
	if (!PKCS5_PBKDF2_HMAC(password, (int)strlen(password), w.salt, (int)w.n_salt, (int)w.rounds, EVP_sha256(),
			       (int)n, dk))
		return img_fail(err, IMG_E_UNSUPPORTED, "libcrypto offers no PBKDF2 here");
	*ret_ok = unwrap(dk, n, w.key, w.n_key, kek) && open_volume_key(vek, kek, ret);
	OPENSSL_cleanse(dk, sizeof dk);
	OPENSSL_cleanse(kek, sizeof kek);
	return 0;
}

static int
try_password(struct img_env *env, const struct apfs_bag *bag, const struct apfs_wrapped *vek, const char *password,
	     uint8_t ret[32], struct img_err *err)
{
	struct apfs_bag_entry e;
	bool ok = false;
	size_t at = 0;
	int rc = 0;

	while (!rc && !ok && apfs_bag_next(bag, &at, &e)) {
		if (img_env_cancelled(env))
			rc = img_fail(err, IMG_E_CANCELLED, "cancelled");
		else if (e.tag == APFS_BAG_UNLOCK)
			rc = try_record(&e, vek, password, ret, &ok, err);
	}
	return rc || ok ? rc : img_fail(err, IMG_E_KEY, "encrypted APFS volume: wrong password");
}

/* What the container's bag has for the volume. */
static int
find_keys(struct apfs_volume *v, struct apfs_wrapped *ret_key, struct apfs_bag *ret_bag, struct img_err *err)
{
	struct apfs *c = v->c;
	struct apfs_bag bag = { 0 };
	struct apfs_bag_entry e;
	bool has_key = false;
	uint64_t paddr = 0, n = 0;
	size_t at = 0;
	int rc = apfs_bag_read(c, c->s.keybag, c->s.keybag_blocks, c->s.uuid, BAG_KEYS, &bag, err);

	while (!rc && apfs_bag_next(&bag, &at, &e)) {
		if (memcmp(e.uuid, v->s.uuid, 16))
			continue;
		if (e.tag == APFS_BAG_KEY) {
			rc = apfs_wrapped_parse(e.data, e.n, ret_key, err);
			has_key = !rc;
		} else if (e.tag == APFS_BAG_UNLOCK && e.n >= 16) {
			paddr = load_le64(e.data);
			n = load_le64(e.data + 8);
		}
	}
	if (!rc && (!has_key || !n))
		rc = img_fail(err, IMG_E_KEY, "encrypted APFS volume: the container has no key for it that a password opens");
	if (!rc)
		rc = apfs_bag_read(c, paddr, n, v->s.uuid, BAG_RECS, ret_bag, err);
	apfs_bag_done(&bag);
	return rc;
}

int
apfs_volume_unlock(struct apfs_volume *v, struct apfs_cipher **ret, struct img_err *err)
{
	struct img_env *env = v->c->below->env;
	struct apfs_bag bag = { 0 };
	struct apfs_wrapped vek;
	char password[MAX_PASSWORD];
	uint8_t key[32];
	int rc;

	if (!(v->s.flags & APFS_FS_ONE_KEY) || !v->c->s.keybag)
		return img_fail(err, IMG_E_KEY, "encrypted APFS volume: its keys are in the Mac it was made on");
	rc = find_keys(v, &vek, &bag, err);
	if (!rc)
		rc = img_env_password(env, "APFS", password, sizeof password, err);
	if (!rc)
		rc = try_password(env, &bag, &vek, password, key, err);
	if (!rc)
		rc = apfs_cipher_new(key, ret, err);
	OPENSSL_cleanse(password, sizeof password);
	OPENSSL_cleanse(key, sizeof key);
	apfs_bag_done(&bag);
	return rc;
}
