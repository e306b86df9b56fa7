/* SPDX-License-Identifier: BSD-2-Clause */
/* The code signature: a SuperBlob of blobs, one of them a CodeDirectory that holds hashes.
 *
 * For an image the directory has one code slot, the hash of everything in front of the signature, and special slots with
 * negative numbers: -2 is the hash of the requirements blob, -6 that of the trailer with its signature length set to 0.
 * Recomputing them proves that the image is the one that was signed.  Who signed it is in the CMS blob, which is only
 * noted here.  A blob of 8 bytes is empty: an ad-hoc signature.  Old images have garbage where the trailer says the
 * signature is, so that what does not look like one is none. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/udif/reader.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"

#define MAGIC_SUPERBLOB UINT32_C(0xfade0cc0)
#define MAGIC_DIRECTORY UINT32_C(0xfade0c02)
#define SLOT_DIRECTORY 0
#define SLOT_REQUIREMENTS 2
#define SLOT_ALTERNATE 0x1000	/* and the four after it */
#define SLOT_CMS 0x10000
#define SLOT_TICKET 0x10002
#define SPECIAL_TRAILER 6	/* "rep specific" */
#define MAX_BLOBS 64
#define MAX_DIRECTORY (64 << 10)	/* one of an image has some 300 bytes */
#define DIRECTORY_HEAD 44
#define MAX_CODE_SLOTS 4096

struct blob {
	uint64_t off;		/* in the file; 0: there is none */
	uint32_t len;
};

struct directory {
	uint8_t *bytes;		/* owned */
	size_t len;
	uint32_t version, flags, hash_off, ident_off, n_special, n_code, team_off;
	uint64_t code_limit;
	unsigned int hash_size, hash_type, page_shift;
	const struct img_digest *digest;	/* NULL: unknown, or cut short */
};

struct signature {
	struct directory dir;
	struct blob requirements;
	bool cms, ticket;
};

static const struct img_digest *
digest_of(unsigned int type, unsigned int size)
{
	static const char *const names[] = { NULL, "sha1", "sha256", NULL, "sha384" };
	const struct img_digest *d = NULL;

	if (type < sizeof names / sizeof *names && names[type])
		d = img_digest_by_name(names[type]);
	return d && d->size == size ? d : NULL;
}

static void
directory_done(struct directory *d)
{
	free(d->bytes);
	*d = (struct directory) { 0 };
}

static int
directory_parse(struct directory *d, struct img_err *err)
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

/* Read the directory at @b; it replaces the one in @sig if that had no hash we know, or SHA-1. */
static int
take_directory(struct img_source *file, const struct blob *b, struct signature *sig, struct img_err *err)
{
	struct directory d = { .len = b->len };
	int rc;

	if (b->len < DIRECTORY_HEAD || b->len > MAX_DIRECTORY)
		return img_fail(err, IMG_E_FORMAT, "a code directory of %" PRIu32 " bytes", b->len);
	d.bytes = malloc(d.len);
	if (!d.bytes)
		return img_fail_nomem(err);
	rc = img_source_read(file, b->off, d.bytes, d.len, err);
	if (!rc)
		rc = directory_parse(&d, err);
	if (!rc && (!sig->dir.bytes || (d.digest && (!sig->dir.digest || d.digest->size > sig->dir.digest->size)))) {
		struct directory old = sig->dir;

		sig->dir = d;
		d = old;
	}
	directory_done(&d);
	return rc;
}

static int
take_blob(struct img_source *file, const struct blob *super, uint32_t slot, uint32_t off, struct signature *sig,
	  struct img_err *err)
{
	uint8_t head[8];
	struct blob b;
	int rc;

	if (!span_ok(off, sizeof head, super->len))
		return img_fail(err, IMG_E_FORMAT, "blob %" PRIu32 " at %" PRIu32 " leaves the signature (%" PRIu32 " bytes)",
				slot, off, super->len);
	rc = img_source_read(file, super->off + off, head, sizeof head, err);
	if (rc)
		return rc;
	b = (struct blob) { super->off + off, load_be32(head + 4) };
	if (b.len < sizeof head || !span_ok(off, b.len, super->len))
		return img_fail(err, IMG_E_FORMAT, "blob %" PRIu32 " of %" PRIu32 " bytes leaves the signature (%" PRIu32
				" bytes)", slot, b.len, super->len);
	if (slot == SLOT_DIRECTORY || (slot >= SLOT_ALTERNATE && slot < SLOT_ALTERNATE + 5))
		return take_directory(file, &b, sig, err);
	if (slot == SLOT_REQUIREMENTS)
		sig->requirements = b;
	else if (slot == SLOT_CMS)
		sig->cms = b.len > sizeof head;
	else if (slot == SLOT_TICKET)
		sig->ticket = true;
	return 0;
}

static void
signature_done(struct signature *sig)
{
	directory_done(&sig->dir);
}

/* Read the signature of @u.  *ret_found is false when there is none. */
static int
signature_read(const struct udif *u, struct signature *ret, bool *ret_found, struct img_err *err)
{
	const struct udif_trailer *t = &u->segments[0].trailer;
	struct img_source *file = u->segments[0].file;
	uint8_t raw[12 + 8 * MAX_BLOBS];
	struct signature sig = { 0 };
	struct img_cursor c;
	struct blob super;
	uint32_t n;
	size_t have;
	int rc;

	*ret_found = false;
	if (!t->koly.sign_off || t->koly.sign_len < 12 || u->n_segments > 1 ||
	    !u64_add(t->koly.sign_off, t->base, &super.off) || !span_ok(super.off, t->koly.sign_len, file->size))
		return 0;
	have = t->koly.sign_len < sizeof raw ? (size_t)t->koly.sign_len : sizeof raw;
	rc = img_source_read(file, super.off, raw, have, err);
	if (rc)
		return rc;
	c = cur_over(raw, have);
	if (cur_be32(&c) != MAGIC_SUPERBLOB)
		return 0;
	*ret_found = true;
	super.len = cur_be32(&c);
	n = cur_be32(&c);
	if (super.len > t->koly.sign_len || n > MAX_BLOBS || super.len < 12 + 8 * n)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " blobs in %" PRIu32 " bytes, where the trailer says %" PRIu64, n,
				super.len, t->koly.sign_len);
	for (uint32_t i = 0; !rc && i < n; i++) {
		uint32_t slot = cur_be32(&c), off = cur_be32(&c);

		rc = cur_ok(&c) ? take_blob(file, &super, slot, off, &sig, err) : img_fail(err, IMG_E_FORMAT, "cut short");
	}
	if (!rc && !sig.dir.bytes)
		rc = img_fail(err, IMG_E_FORMAT, "no code directory");
	if (rc)
		signature_done(&sig);
	else
		*ret = sig;
	return rc;
}

/* The same for reports and checks, where a damaged signature is a problem to tell of and no reason to stop. */
static int
signature_try(const struct udif *u, struct signature *ret, bool *ret_found, bool *ret_good, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = signature_read(u, ret, ret_found, &why);

	*ret_good = *ret_found && !rc;
	if (!rc)
		return 0;
	if (rc == IMG_E_FORMAT) {
		img_problem(u->src.env, IMG_WARNING, "codesign-damaged", "the code signature is damaged: %s", why.msg);
		return 0;
	}
	if (err)
		*err = why;
	return rc;
}

/* ---- describe ---- */

/* The string at @off of the directory; NULL if there is none. */
static const char *
string_at(const struct directory *d, uint32_t off)
{
	return off && off < d->len && memchr(d->bytes + off, 0, d->len - off) ? (const char *)d->bytes + off : NULL;
}

/* The hash that names this signature: of the directory, cut to 20 bytes. */
static void
describe_cdhash(const struct directory *d, struct img_rep *rep)
{
	uint8_t sum[IMG_DIGEST_MAX];
	char hex[41];
	void *state = d->digest ? d->digest->begin() : NULL;

	if (!state)
		return;
	d->digest->update(state, d->bytes, d->len);
	d->digest->finish(state, sum);
	for (unsigned int i = 0; i < 20; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	img_rep_str(rep, "cdhash", hex);
}

int
udif_signature_describe(const struct udif *u, struct img_rep *rep, struct img_err *err)
{
	struct signature sig = { 0 };
	struct img_rep *o;
	bool found, good;
	int rc = signature_try(u, &sig, &found, &good, err);

	if (rc == IMG_E_LIMIT) {	/* over the budget of who only looks */
		img_rep_null(rep, "code_signature");
		return 0;
	}
	if (rc)
		return rc;
	img_rep_bool(rep, "code_signature", found);
	if (!good)
		return 0;
	o = img_rep_obj(rep, "signature");
	img_rep_str(o, "identifier", string_at(&sig.dir, sig.dir.ident_off));
	img_rep_str(o, "team", string_at(&sig.dir, sig.dir.team_off));
	img_rep_str(o, "hash", sig.dir.digest ? sig.dir.digest->name : NULL);
	describe_cdhash(&sig.dir, o);
	img_rep_bool(o, "ad_hoc", !sig.cms);
	img_rep_bool(o, "cms", sig.cms);
	img_rep_bool(o, "ticket", sig.ticket);
	signature_done(&sig);
	return 0;
}

/* ---- checks ---- */

/* Append a check of @over (taken, also on failure) against hash number @slot of the directory. */
static int
add_hash(const struct directory *d, int64_t slot, const char *name, struct img_source *over, struct img_checks *list,
	 struct img_err *err)
{
	static const struct {
		const char *digest, *code;
	} codes[] = { { "sha1", "codesign-sha1" }, { "sha256", "codesign-sha256" }, { "sha384", "codesign-sha384" } };
	struct img_check c = { .digest = d->digest, .over = over };
	int rc;

	snprintf(c.name, sizeof c.name, "%s", name);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].digest, d->digest->name) == 0)
			c.code = codes[i].code;
	memcpy(c.expect, d->bytes + (int64_t)d->hash_off + slot * (int64_t)d->hash_size, d->hash_size);
	rc = img_checks_add(list, &c, err);
	if (rc)
		img_unref(over);
	return rc;
}

static bool
has_special(const struct directory *d, uint32_t slot)
{
	static const uint8_t none[IMG_DIGEST_MAX];

	return d->n_special >= slot && memcmp(d->bytes + d->hash_off - slot * d->hash_size, none, d->hash_size) != 0;
}

/* The pages of the image in front of the signature: one of any size for images, but the directory may say otherwise. */
static int
add_code(const struct udif *u, const struct directory *d, struct img_checks *list, struct img_err *err)
{
	uint64_t base = u->segments[0].trailer.base, page = d->page_shift ? UINT64_C(1) << (d->page_shift & 63) : d->code_limit;
	struct img_source *file = u->segments[0].file;
	int rc = 0;

	if (d->code_limit > u->segments[0].trailer.koly.sign_off || !span_ok(base, d->code_limit, file->size) ||
	    d->n_code > MAX_CODE_SLOTS || !page || d->page_shift > 40 ||
	    d->n_code != d->code_limit / page + (d->code_limit % page != 0)) {
		img_problem(u->src.env, IMG_WARNING, "codesign-damaged", "the code signature covers %" PRIu64 " bytes in %" PRIu32
			    " pages, which does not fit the image", d->code_limit, d->n_code);
		return 0;
	}
	for (uint32_t i = 0; !rc && i < d->n_code; i++) {
		uint64_t at = i * page, len = d->code_limit - at < page ? d->code_limit - at : page;
		struct img_source *over;
		char name[64];

		if (d->n_code == 1)
			snprintf(name, sizeof name, "code signature");
		else
			snprintf(name, sizeof name, "code signature, page %" PRIu32, i);
		rc = img_slice(file, base + at, len, &over, err);
		if (!rc)
			rc = add_hash(d, i, name, over, list, err);
	}
	return rc;
}

static int
add_trailer(const struct udif *u, const struct directory *d, struct img_checks *list, struct img_err *err)
{
	const struct udif_segment *seg = &u->segments[0];
	struct img_source *over;
	uint8_t raw[KOLY_SIZE];
	int rc = img_source_read(seg->file, seg->trailer.pos, raw, sizeof raw, err);

	if (rc)
		return rc;
	memset(raw + 0x130, 0, 8);	/* the length of the signature was not known when it was signed */
	rc = img_memory(u->src.env, raw, sizeof raw, true, &over, err);
	return rc ? rc : add_hash(d, -SPECIAL_TRAILER, "code signature of the trailer", over, list, err);
}

static int
add_requirements(const struct udif *u, const struct signature *sig, struct img_checks *list, struct img_err *err)
{
	struct img_source *over;
	int rc = img_slice(u->segments[0].file, sig->requirements.off, sig->requirements.len, &over, err);

	return rc ? rc : add_hash(&sig->dir, -SLOT_REQUIREMENTS, "code signature requirements", over, list, err);
}

int
udif_signature_checks(const struct udif *u, struct img_checks *ret, struct img_err *err)
{
	struct signature sig = { 0 };
	bool found, good;
	int rc = signature_try(u, &sig, &found, &good, err);

	if (rc || !good)
		return rc;
	if (!sig.dir.digest) {
		img_problem(u->src.env, IMG_NOTE, "codesign-hash", "the code signature uses hash type %u, which is not checked here",
			    sig.dir.hash_type);
	} else {
		rc = add_code(u, &sig.dir, ret, err);
		if (!rc && has_special(&sig.dir, SPECIAL_TRAILER))
			rc = add_trailer(u, &sig.dir, ret, err);
		if (!rc && sig.requirements.off && has_special(&sig.dir, SLOT_REQUIREMENTS))
			rc = add_requirements(u, &sig, ret, err);
	}
	signature_done(&sig);
	return rc;
}
