/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing a code signature: nothing in it is believed before it is known to lie inside what it is part of.
 *
 *	SuperBlob	magic fade0cc0, length, count, then count times: slot, offset of a blob
 *	a blob		magic, length (these 8 bytes included), payload
 *	CodeDirectory	magic fade0c02: head, identifier, team, special hashes, hashes
 *
 * All numbers are big-endian.  Hash number i of a directory lies at hash_off + i * hash_size, and special ones have negative
 * numbers.  (cs_blobs.h of Apple's xnu.) */
#include "config.h"

#include "formats/udif/codesign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "img/check.h"
#include "img/source.h"

#define MAGIC_SUPERBLOB UINT32_C(0xfade0cc0)
#define MAGIC_DIRECTORY UINT32_C(0xfade0c02)
#define MAGIC_WRAPPER UINT32_C(0xfade0b01)
#define MAX_DIRECTORY (1 << 20)		/* one of an image has some 300 bytes, of which one page is hashed */
#define DIRECTORY_HEAD 44
#define BLOB_HEAD 8

/* ---- SHA-256, of which 20 bytes are kept ---- */

static void *
short_begin(void)
{
	return img_digest_by_name("sha256")->begin();
}

static void
short_update(void *state, const void *bytes, size_t len)
{
	img_digest_by_name("sha256")->update(state, bytes, len);
}

static void
short_finish(void *state, uint8_t *ret)
{
	uint8_t whole[IMG_DIGEST_MAX];

	img_digest_by_name("sha256")->finish(state, whole);
	memcpy(ret, whole, 20);
}

static void
short_abandon(void *state)
{
	img_digest_by_name("sha256")->abandon(state);
}

static const struct img_digest sha256_short = {
	.name = "sha256-160", .size = 20, .begin = short_begin, .update = short_update, .finish = short_finish,
	.abandon = short_abandon,
};

static const struct img_digest *
digest_of(unsigned int type, unsigned int size)
{
	const struct img_digest *d = type == 1 ? img_digest_by_name("sha1") : type == 2 ? img_digest_by_name("sha256") :
				     type == 3 ? &sha256_short : type == 4 ? img_digest_by_name("sha384") : NULL;

	return d && d->size == size ? d : NULL;
}

/* ---- code directories ---- */

static int
directory_parse(struct codesign_directory *d, struct img_err *err)
{
	struct img_cursor c = cur_over(d->bytes, d->len);

	if (cur_be32(&c) != MAGIC_DIRECTORY)		/*  0 */
		return img_fail(err, IMG_E_FORMAT, "the code directory lacks its signature");
	cur_skip(&c, 4);				/*  4 length */
	d->version = cur_be32(&c);			/*  8 */
	d->flags = cur_be32(&c);			/* 12 */
	d->hash_off = cur_be32(&c);			/* 16 */
	d->ident_off = cur_be32(&c);			/* 20 */
	d->n_special = cur_be32(&c);			/* 24 */
	d->n_code = cur_be32(&c);			/* 28 */
	d->code_limit = cur_be32(&c);			/* 32 */
	d->hash_size = cur_u8(&c);			/* 36 */
	d->hash_type = cur_u8(&c);			/* 37 */
	cur_skip(&c, 1);				/* 38 platform */
	d->page_shift = cur_u8(&c);			/* 39 */
	cur_skip(&c, 4);				/* 40 spare */
	if (d->version >= 0x20100)
		cur_skip(&c, 4);			/* 44 scatter */
	if (d->version >= 0x20200)
		d->team_off = cur_be32(&c);		/* 48 */
	if (d->version >= 0x20300) {
		uint64_t limit;

		cur_skip(&c, 4);			/* 52 spare */
		limit = cur_be64(&c);			/* 56: where 32 bits are too few */
		if (limit)
			d->code_limit = limit;
	}
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the code directory is cut (%zu bytes)", d->len);
	if (!span_ok(d->hash_off, (uint64_t)d->n_code * d->hash_size, d->len) ||
	    (uint64_t)d->n_special * d->hash_size > d->hash_off)
		return img_fail(err, IMG_E_FORMAT, "the hashes of the code directory leave it (%zu bytes)", d->len);
	d->digest = digest_of(d->hash_type, d->hash_size);
	return 0;
}

static int
take_directory(struct img_source *file, const struct codesign_blob *b, struct codesign *cs, struct img_err *err)
{
	struct codesign_directory *d = &cs->dir[cs->n_dirs];
	int rc;

	if (b->len < DIRECTORY_HEAD || b->len > MAX_DIRECTORY)
		return img_fail(err, IMG_E_FORMAT, "a code directory of %" PRIu32 " bytes", b->len);
	if (cs->n_dirs == CODESIGN_MAX_DIRECTORIES)
		return img_fail(err, IMG_E_FORMAT, "more than %d code directories", CODESIGN_MAX_DIRECTORIES);
	*d = (struct codesign_directory) { .slot = b->slot, .len = b->len, .bytes = malloc(b->len) };
	if (!d->bytes)
		return img_fail_nomem(err);
	cs->n_dirs++;
	rc = img_source_read(file, b->off, d->bytes, d->len, err);
	return rc ? rc : directory_parse(d, err);
}

/* ---- blobs ---- */

static int
take_blob(struct img_source *file, uint64_t at, uint32_t super_len, uint32_t slot, uint32_t off, struct codesign *cs,
	  struct img_err *err)
{
	struct codesign_blob b = { .slot = slot, .off = at + off };
	uint8_t head[BLOB_HEAD];
	int rc;

	if (codesign_find(cs, slot))
		return img_fail(err, IMG_E_FORMAT, "blob %" PRIu32 " is there twice", slot);
	if (!span_ok(off, sizeof head, super_len))
		return img_fail(err, IMG_E_FORMAT, "blob %" PRIu32 " at %" PRIu32 " leaves the signature (%" PRIu32 " bytes)",
				slot, off, super_len);
	rc = img_source_read(file, b.off, head, sizeof head, err);
	if (rc)
		return rc;
	b.magic = load_be32(head);
	b.len = load_be32(head + 4);
	if (b.len < sizeof head || !span_ok(off, b.len, super_len))
		return img_fail(err, IMG_E_FORMAT, "blob %" PRIu32 " of %" PRIu32 " bytes leaves the signature (%" PRIu32
				" bytes)", slot, b.len, super_len);
	cs->blob[cs->n_blobs++] = b;
	return slot == CODESIGN_DIRECTORY || (slot >= CODESIGN_ALTERNATE && slot < CODESIGN_ALTERNATE + 5)
	       ? take_directory(file, &b, cs, err) : 0;
}

/* The directory of slot 0 to the front. */
static int
primary_first(struct codesign *cs, struct img_err *err)
{
	for (size_t i = 0; i < cs->n_dirs; i++) {
		struct codesign_directory d = cs->dir[i];

		if (d.slot != CODESIGN_DIRECTORY)
			continue;
		cs->dir[i] = cs->dir[0];
		cs->dir[0] = d;
		return 0;
	}
	return img_fail(err, IMG_E_FORMAT, "no code directory");
}

int
codesign_read(struct img_source *file, uint64_t off, uint64_t len, struct codesign *ret, bool *ret_found,
	      struct img_err *err)
{
	uint8_t raw[12 + 8 * CODESIGN_MAX_BLOBS];
	struct codesign cs = { 0 };
	size_t have = len < sizeof raw ? (size_t)len : sizeof raw;
	uint32_t super_len, n;
	struct img_cursor c;
	int rc;

	*ret_found = false;
	if (len < 12 || !span_ok(off, len, file->size))
		return 0;
	rc = img_source_read(file, off, raw, have, err);
	if (rc)
		return rc;
	c = cur_over(raw, have);
	if (cur_be32(&c) != MAGIC_SUPERBLOB)
		return 0;
	*ret_found = true;
	super_len = cur_be32(&c);
	n = cur_be32(&c);
	if (super_len > len || n > CODESIGN_MAX_BLOBS || super_len < 12 + 8 * n)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " blobs in %" PRIu32 " bytes, where the trailer says %" PRIu64, n,
				super_len, len);
	for (uint32_t i = 0; !rc && i < n; i++) {
		uint32_t slot = cur_be32(&c), at = cur_be32(&c);

		rc = take_blob(file, off, super_len, slot, at, &cs, err);
	}
	if (!rc)
		rc = primary_first(&cs, err);
	if (rc)
		codesign_done(&cs);
	else
		*ret = cs;
	return rc;
}

void
codesign_done(struct codesign *cs)
{
	for (size_t i = 0; i < cs->n_dirs; i++)
		free(cs->dir[i].bytes);
	*cs = (struct codesign) { 0 };
}

/* ---- what is in it ---- */

const struct codesign_blob *
codesign_find(const struct codesign *cs, uint32_t slot)
{
	for (size_t i = 0; i < cs->n_blobs; i++)
		if (cs->blob[i].slot == slot)
			return &cs->blob[i];
	return NULL;
}

/* Longer is better, and of SHA-256 cut to 20 bytes and SHA-1 the former. */
const struct codesign_directory *
codesign_best(const struct codesign *cs)
{
	static const unsigned int rank[] = { 0, 1, 3, 2, 4 };
	const struct codesign_directory *best = NULL;

	for (size_t i = 0; i < cs->n_dirs; i++) {
		const struct codesign_directory *d = &cs->dir[i];

		if (d->digest && (!best || rank[d->hash_type] > rank[best->hash_type]))
			best = d;
	}
	return best;
}

const char *
codesign_string(const struct codesign_directory *d, uint32_t off)
{
	return off && off < d->len && memchr(d->bytes + off, 0, d->len - off) ? (const char *)d->bytes + off : NULL;
}

const uint8_t *
codesign_hash(const struct codesign_directory *d, int64_t slot)
{
	static const uint8_t none[256];
	const uint8_t *h;

	if (slot >= (int64_t)d->n_code || slot < -(int64_t)d->n_special)
		return NULL;
	h = d->bytes + ((int64_t)d->hash_off + slot * (int64_t)d->hash_size);
	return slot < 0 && !memcmp(h, none, d->hash_size) ? NULL : h;
}

bool
codesign_sum(const struct codesign_directory *d, uint8_t *ret)
{
	void *state = d->digest ? d->digest->begin() : NULL;

	if (!state)
		return false;
	d->digest->update(state, d->bytes, d->len);
	d->digest->finish(state, ret);
	return true;
}

int
codesign_cms(struct img_source *file, const struct codesign *cs, uint8_t **ret, size_t *ret_len, struct img_err *err)
{
	const struct codesign_blob *b = codesign_find(cs, CODESIGN_CMS);
	img_autofree uint8_t *bytes = NULL;
	int rc;

	*ret = NULL;
	*ret_len = 0;
	if (!b || b->len == BLOB_HEAD)
		return 0;
	if (b->magic != MAGIC_WRAPPER || b->len > CODESIGN_MAX_CMS)
		return img_fail(err, IMG_E_FORMAT, "the blob of the CMS signature has %" PRIu32 " bytes and begins with %08" PRIx32,
				b->len, b->magic);
	bytes = malloc(b->len - BLOB_HEAD);
	if (!bytes)
		return img_fail_nomem(err);
	rc = img_source_read(file, b->off + BLOB_HEAD, bytes, b->len - BLOB_HEAD, err);
	if (rc)
		return rc;
	*ret = img_steal(&bytes);
	*ret_len = b->len - BLOB_HEAD;
	return 0;
}
