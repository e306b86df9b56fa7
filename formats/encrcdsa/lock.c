/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the header, keeping what a password could open, and opening it. */
#include "config.h"

#include "formats/encrcdsa/lock.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "img/report.h"
#include "img/source.h"

#define MAX_SLOTS_END (1 << 20)		/* key slots lie in the first 122368 or 126976 bytes of what hdiutil writes */
#define MAX_PASSWORD 1024

struct enc_lock *
enc_lock_ref(struct enc_lock *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

struct enc_lock *
enc_lock_unref(struct enc_lock *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	enc_cipher_free(l->cipher);
	free(l->slots);
	free(l->v1);
	free(l);
	return NULL;
}

/* ---- reading the header ---- */

static int
check_rounds(uint64_t rounds, struct img_err *err)
{
	if (rounds <= ENC_MAX_ROUNDS)
		return 0;
	return img_fail(err, IMG_E_LIMIT, "its key derivation has %" PRIu64 " rounds, more than the limit of %d", rounds,
			ENC_MAX_ROUNDS);
}

static int
read_slot(struct img_source *file, const struct enc_pointer *p, struct enc_passphrase *ret, struct img_err *err)
{
	uint8_t b[ENC_PASSPHRASE_SIZE];
	size_t n = p->len < sizeof b ? (size_t)p->len : sizeof b;
	struct img_cursor c = cur_over(b, n);
	int rc;

	if (p->off < ENC_V2_SIZE || !span_ok(p->off, p->len, file->size) || !span_ok(p->off, p->len, MAX_SLOTS_END))
		return img_fail(err, IMG_E_FORMAT, "it lies at %" PRIu64 "+%" PRIu64 ", outside the header", p->off, p->len);
	rc = img_source_read(file, p->off, b, n, err);
	return rc ? rc : enc_passphrase_parse(&c, ret, err);
}

/* Pointers to slots that are damaged, or of kinds no password opens, stop nobody as long as one is left. */
static int
read_slots(struct enc_lock *l, struct img_source *file, struct img_cursor *c, struct img_err *err)
{
	struct img_err why = { 0 };
	uint64_t rounds = 0;

	for (unsigned int i = 0; i < l->n_pointers; i++) {
		struct enc_pointer p;
		int rc = enc_pointer_parse(c, &p, err);

		if (rc)
			return rc;
		l->n_certificates += p.type == ENC_SLOT_CERTIFICATE;
		if (p.type != ENC_SLOT_PASSPHRASE)
			continue;
		rc = read_slot(file, &p, &l->slots[l->n_slots], err);
		if (!rc)
			rc = check_rounds(rounds + l->slots[l->n_slots].kdf.rounds, err);
		if (rc) {
			img_note(err, rc, "key slot %u", i + 1);
			if (!why.code && err)
				why = *err;
			continue;
		}
		rounds += l->slots[l->n_slots++].kdf.rounds;
	}
	if (l->n_slots) {
		if (why.code)
			img_problem(l->env, IMG_WARNING, "key-slot-damaged", "%s", why.msg);
		return 0;
	}
	if (why.code) {
		*err = why;
		return (int)why.code;
	}
	return img_fail(err, l->n_certificates ? IMG_E_UNSUPPORTED : IMG_E_FORMAT, "encrypted, but no key slot is one for a "
			"password (%u slots, %u of them certificates)", l->n_pointers, l->n_certificates);
}

static int
read_v2(struct enc_lock *l, struct img_source *file, struct img_err *err)
{
	uint8_t b[ENC_V2_SIZE + ENC_MAX_SLOTS * ENC_POINTER_SIZE];
	size_t n = file->size < sizeof b ? (size_t)file->size : sizeof b;
	struct img_cursor c = cur_over(b, n);
	struct enc_v2 h;
	int rc = img_source_read(file, 0, b, n, err);

	if (!rc)
		rc = enc_v2_parse(&c, &h, err);
	if (rc)
		return rc;
	l->version = 2;
	l->key_bits = h.key_bits;
	l->block_size = h.block_size;
	l->data_off = h.data_off;
	l->data_len = h.data_len;
	memcpy(l->uuid, h.uuid, sizeof l->uuid);
	l->n_pointers = h.n_slots;
	l->slots = calloc(h.n_slots, sizeof *l->slots);
	if (!l->slots)
		return img_fail_nomem(err);
	rc = read_slots(l, file, &c, err);
	if (rc)
		return rc;
	l->rounds = l->slots[0].kdf.rounds;
	l->wrap = l->slots[0].algorithm;
	return 0;
}

static int
read_v1(struct enc_lock *l, struct img_source *file, struct img_err *err)
{
	uint8_t b[ENC_V1_SIZE];
	struct img_cursor c = cur_over(b, sizeof b);
	int rc;

	if (file->size < sizeof b)
		return img_fail(err, IMG_E_FORMAT, "the encryption trailer is truncated: the file has %" PRIu64 " bytes, the "
				"trailer %d", file->size, ENC_V1_SIZE);
	l->v1 = calloc(1, sizeof *l->v1);
	if (!l->v1)
		return img_fail_nomem(err);
	rc = img_source_read(file, file->size - sizeof b, b, sizeof b, err);
	if (!rc)
		rc = enc_v1_parse(&c, l->v1, err);
	if (!rc)
		rc = check_rounds(l->v1->kdf.rounds, err);
	if (rc)
		return rc;
	l->version = 1;
	l->key_bits = l->v1->key_bits;
	l->block_size = l->v1->block_size;
	l->data_len = l->v1->data_len;
	memcpy(l->uuid, l->v1->uuid, sizeof l->uuid);
	l->n_pointers = 1;
	l->rounds = l->v1->kdf.rounds;
	l->wrap = l->v1->wrap_algorithm;
	return 0;
}

/* 2, 1, or 0: no header. */
static int
find_version(struct img_source *file, int *ret, struct img_err *err)
{
	uint8_t b[8];
	int rc = 0;

	*ret = 0;
	if (file->size == IMG_SIZE_UNKNOWN || file->size < sizeof b)
		return 0;
	rc = img_source_read(file, 0, b, sizeof b, err);
	if (rc)
		return rc;
	if (memcmp(b, "encrcdsa", sizeof b) == 0) {
		*ret = 2;
		return 0;
	}
	rc = img_source_read(file, file->size - sizeof b, b, sizeof b, err);
	if (!rc && memcmp(b, "cdsaencr", sizeof b) == 0)
		*ret = 1;
	return rc;
}

int
enc_lock_read(struct img_source *file, struct enc_lock **ret, struct img_err *err)
{
	struct img_err own = { 0 };
	struct enc_lock *l;
	int version, rc;

	if (!err)
		err = &own;
	rc = find_version(file, &version, err);
	if (!rc && !version)
		rc = img_fail(err, IMG_E_UNKNOWN, "no encryption header");
	if (rc)
		return rc;
	l = calloc(1, sizeof *l);
	if (!l)
		return img_fail_nomem(err);
	l->env = file->env;
	atomic_init(&l->refs, 1);
	rc = version == 2 ? read_v2(l, file, err) : read_v1(l, file, err);
	if (rc)
		enc_lock_unref(l);
	else
		*ret = l;
	return rc;
}

/* ---- opening it ---- */

static int
try_password(const struct enc_lock *l, const char *password, struct enc_keys *ret, struct img_err *err)
{
	int rc;

	if (l->v1)
		return enc_open_v1(l->env, l->v1, password, ret, err);
	rc = IMG_E_KEY;
	for (size_t i = 0; rc == IMG_E_KEY && i < l->n_slots; i++)
		rc = enc_open_slot(l->env, &l->slots[i], l->key_bits, password, ret, err);
	return rc;
}

int
enc_lock_open(struct enc_lock *l, struct img_err *err)
{
	char password[MAX_PASSWORD], what[16];
	struct enc_keys keys = { 0 };
	int rc;

	if (l->cipher)
		return 0;
	snprintf(what, sizeof what, "AES-%" PRIu32, l->key_bits);
	rc = img_env_password(l->env, what, password, sizeof password, err);
	if (!rc) {
		rc = try_password(l, password, &keys, err);
		if (rc == IMG_E_KEY)
			img_fail(err, IMG_E_KEY, "wrong password");
	}
	OPENSSL_cleanse(password, sizeof password);
	if (!rc)
		rc = enc_cipher_new(&keys, l->block_size, false, &l->cipher, err);
	OPENSSL_cleanse(&keys, sizeof keys);
	return rc;
}

/* ---- telling ---- */

uint32_t
enc_lock_block_size(const struct enc_lock *l)
{
	return l->block_size;
}

void
enc_lock_describe(const struct enc_lock *l, struct img_rep *rep)
{
	char text[40];
	const uint8_t *u = l->uuid;

	img_rep_bool(rep, "encrypted", true);
	snprintf(text, sizeof text, "AES-%" PRIu32, l->key_bits);
	img_rep_str(rep, "encryption", text);
	img_rep_uint(rep, "encryption_version", l->version);
	img_rep_uint(rep, "cipher_block", l->block_size);
	img_rep_str(rep, "key_derivation", "PBKDF2-HMAC-SHA1");
	img_rep_uint(rep, "key_rounds", l->rounds);
	img_rep_str(rep, "key_wrap", l->wrap == ENC_3DES ? "3DES" : "AES");
	img_rep_uint(rep, "key_slots", l->n_pointers);
	if (l->n_certificates)
		img_rep_uint(rep, "certificate_slots", l->n_certificates);
	snprintf(text, sizeof text, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2],
		 u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
	img_rep_str(rep, "uuid", text);
	img_rep_bool(rep, "unlocked", l->cipher != NULL);
}
