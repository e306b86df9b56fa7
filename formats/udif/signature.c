/* SPDX-License-Identifier: BSD-2-Clause */
/* The code signature of an image: what it says, and checks of its hashes.
 *
 * A code directory of an image has one code slot, the hash of everything in front of the signature, and special slots with
 * negative numbers: -2 is the hash of the requirements blob, -6 that of the trailer with its signature length set to 0.
 * Recomputing them proves that the image is the one that was signed; who signed it is in the CMS blob, which covers the
 * first directory (core/cms.c, inspect/codesign.c).  All directories are tested: the CMS may cover one by SHA-1, and the
 * better hashes of another stand beside it.  Old images have garbage where the trailer says the signature is, so that what
 * does not look like one is none. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cms.h"
#include "core/memory.h"
#include "core/text.h"
#include "formats/udif/codesign.h"
#include "formats/udif/reader.h"
#include "formats/udif/udif.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"

#define MAX_CODE_SLOTS 4096	/* pages that become checks of their own: of an image there is one, of any size */
#define SIGN_LEN_OFF 0x130	/* in the trailer */

/* The signature of @u; *ret_found is false when there is none. */
static int
signature_read(const struct udif *u, struct codesign *ret, bool *ret_found, struct img_err *err)
{
	const struct udif_trailer *t = &u->segments[0].trailer;
	uint64_t off;

	*ret_found = false;
	if (!t->koly.sign_off || u->n_segments > 1 || !u64_add(t->koly.sign_off, t->base, &off))
		return 0;
	return codesign_read(u->segments[0].file, off, t->koly.sign_len, ret, ret_found, err);
}

/* The same for reports and checks, where a damaged signature is a problem to tell of and no reason to stop. */
static int
signature_try(const struct udif *u, struct codesign *ret, bool *ret_found, bool *ret_good, struct img_err *err)
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

static uint64_t
page_of(const struct codesign_directory *d)
{
	return d->page_shift ? UINT64_C(1) << (d->page_shift & 63) : d->code_limit;
}

/* Has the directory a hash for every page of what it says it covers, and is that in front of the signature? */
static bool
pages_fit(const struct udif *u, const struct codesign_directory *d)
{
	uint64_t page = page_of(d);

	return d->code_limit <= u->segments[0].trailer.koly.sign_off && page && d->page_shift <= 40 &&
	       span_ok(u->segments[0].trailer.base, d->code_limit, u->segments[0].file->size) &&
	       d->n_code == d->code_limit / page + (d->code_limit % page != 0);
}

/* Do its hashes, when they hold, leave nothing out?  Then whoever signed a directory signed the image. */
static bool
covers_all(const struct udif *u, const struct codesign *cs)
{
	const struct udif_trailer *t = &u->segments[0].trailer;

	for (size_t i = 0; i < cs->n_dirs; i++) {
		const struct codesign_directory *d = &cs->dir[i];

		if (d->digest && (d->code_limit != t->koly.sign_off || !pages_fit(u, d) || d->n_code > MAX_CODE_SLOTS ||
				  !codesign_hash(d, -CODESIGN_TRAILER)))
			return false;
	}
	return cs->dir[0].digest && !t->base && t->pos + KOLY_SIZE == u->segments[0].file->size;
}

int
udif_codesign(struct img_source *s, struct codesign *ret, bool *ret_found, struct udif_signed *ret_of, struct img_err *err)
{
	const struct udif *u = udif_of(s);
	int rc = signature_read(u, ret, ret_found, err);

	if (!rc && *ret_found)
		*ret_of = (struct udif_signed) { .file = u->segments[0].file, .whole = covers_all(u, ret) };
	return rc;
}

/* ---- describe ---- */

static void
describe_directory(const struct codesign_directory *d, struct img_rep *rep)
{
	char hex[2 * IMG_DIGEST_MAX + 1];
	uint8_t sum[IMG_DIGEST_MAX];

	img_rep_str(rep, "identifier", codesign_string(d, d->ident_off));
	img_rep_str(rep, "team", codesign_string(d, d->team_off));
	img_rep_str(rep, "hash", d->digest ? d->digest->name : NULL);
	if (codesign_sum(d, sum))
		img_rep_str(rep, "cdhash", text_hex(hex, sum, CODESIGN_CDHASH));
}

/* Who says that he signed, and when; nothing of it is checked here. */
static int
describe_cms(const struct udif *u, const struct codesign *cs, struct img_rep *rep, struct img_err *err)
{
	img_autofree uint8_t *bytes = NULL;
	struct img_err why = { 0 };
	struct cms_facts f;
	size_t len;
	int rc = codesign_cms(u->segments[0].file, cs, &bytes, &len, &why);

	img_rep_bool(rep, "ad_hoc", !rc && !bytes);
	img_rep_bool(rep, "cms", rc || bytes);
	if (!rc && bytes)
		rc = cms_read(bytes, len, &f, &why);
	if (rc == IMG_E_FORMAT) {
		img_problem(u->src.env, IMG_WARNING, "codesign-damaged", "the code signature is damaged: %s", why.msg);
		return 0;
	}
	if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	if (bytes)
		cms_describe(&f, rep);
	return 0;
}

int
udif_signature_describe(const struct udif *u, struct img_rep *rep, struct img_err *err)
{
	const struct codesign_directory *best;
	struct codesign cs = { 0 };
	struct img_rep *o;
	bool found, good;
	int rc = signature_try(u, &cs, &found, &good, err);

	if (rc == IMG_E_LIMIT) {	/* over the budget of who only looks */
		img_rep_null(rep, "code_signature");
		return 0;
	}
	if (rc)
		return rc;
	img_rep_bool(rep, "code_signature", found);
	if (!good)
		return 0;
	best = codesign_best(&cs);
	o = img_rep_obj(rep, "signature");
	describe_directory(best ? best : &cs.dir[0], o);
	rc = describe_cms(u, &cs, o, err);
	img_rep_bool(o, "ticket", codesign_find(&cs, CODESIGN_TICKET));
	codesign_done(&cs);
	return rc == IMG_E_LIMIT ? 0 : rc;
}

/* ---- checks ---- */

/* Append a check of @over (taken, also on failure) against hash number @slot of the directory. */
static int
add_hash(const struct codesign_directory *d, int64_t slot, const char *name, struct img_source *over,
	 struct img_checks *list, struct img_err *err)
{
	static const char *const codes[] = { NULL, "codesign-sha1", "codesign-sha256", "codesign-sha256-160",
					     "codesign-sha384" };
	struct img_check c = { .digest = d->digest, .over = over, .code = codes[d->hash_type] };
	int rc;

	snprintf(c.name, sizeof c.name, "%s", name);
	memcpy(c.expect, codesign_hash(d, slot), d->hash_size);
	rc = img_checks_add(list, &c, err);
	if (rc)
		img_unref(over);
	return rc;
}

/* The pages of the image in front of the signature: one of any size for images, but the directory may say otherwise. */
static int
add_code(const struct udif *u, const struct codesign_directory *d, struct img_checks *list, struct img_err *err)
{
	uint64_t base = u->segments[0].trailer.base, page = page_of(d);
	struct img_source *file = u->segments[0].file;
	int rc = 0;

	if (pages_fit(u, d) && d->n_code > MAX_CODE_SLOTS) {
		img_problem(u->src.env, IMG_NOTE, "codesign-hash", "the code signature has hashes of %" PRIu32 " pages, more than the "
			    "limit of %d: they are not checked", d->n_code, MAX_CODE_SLOTS);
		return 0;
	}
	if (!pages_fit(u, d)) {
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
add_trailer(const struct udif *u, const struct codesign_directory *d, struct img_checks *list, struct img_err *err)
{
	const struct udif_segment *seg = &u->segments[0];
	struct img_source *over;
	uint8_t raw[KOLY_SIZE];
	int rc = img_source_read(seg->file, seg->trailer.pos, raw, sizeof raw, err);

	if (rc)
		return rc;
	memset(raw + SIGN_LEN_OFF, 0, 8);	/* the length of the signature was not known when it was signed */
	rc = img_memory(u->src.env, raw, sizeof raw, true, &over, err);
	return rc ? rc : add_hash(d, -CODESIGN_TRAILER, "code signature of the trailer", over, list, err);
}

/* What else has a special hash lies in the signature itself, or is not there. */
static int
add_special(const struct udif *u, const struct codesign *cs, const struct codesign_directory *d, uint32_t slot,
	    struct img_checks *list, struct img_err *err)
{
	static const char *const names[] = { NULL, NULL, "requirements", NULL, NULL, "entitlements", NULL, "entitlements (DER)" };
	const struct codesign_blob *b = codesign_find(cs, slot);
	struct img_source *over;
	char name[64];
	int rc;

	if (slot == CODESIGN_TRAILER)
		return add_trailer(u, d, list, err);
	if (!b) {
		img_problem(u->src.env, IMG_WARNING, "codesign-lost", "the code signature speaks of a part %" PRIu32
			    " that is not there", slot);
		return 0;
	}
	if (slot < sizeof names / sizeof *names && names[slot])
		snprintf(name, sizeof name, "code signature %s", names[slot]);
	else
		snprintf(name, sizeof name, "code signature part %" PRIu32, slot);
	rc = img_slice(u->segments[0].file, b->off, b->len, &over, err);
	return rc ? rc : add_hash(d, -(int64_t)slot, name, over, list, err);
}

static int
add_directory(const struct udif *u, const struct codesign *cs, const struct codesign_directory *d, struct img_checks *list,
	      struct img_err *err)
{
	int rc;

	if (!d->digest) {
		img_problem(u->src.env, IMG_NOTE, "codesign-hash", "the code signature uses hash type %u of %u bytes, which is "
			    "not checked here", d->hash_type, d->hash_size);
		return 0;
	}
	rc = add_code(u, d, list, err);
	for (uint32_t slot = 1; !rc && slot <= d->n_special && slot < CODESIGN_MAX_BLOBS; slot++)
		if (codesign_hash(d, -(int64_t)slot))
			rc = add_special(u, cs, d, slot, list, err);
	return rc;
}

int
udif_signature_checks(const struct udif *u, struct img_checks *ret, struct img_err *err)
{
	struct codesign cs = { 0 };
	bool found, good;
	int rc = signature_try(u, &cs, &found, &good, err);

	if (rc || !good)
		return rc;
	for (size_t i = 0; !rc && i < cs.n_dirs; i++)
		rc = add_directory(u, &cs, &cs.dir[i], ret, err);
	codesign_done(&cs);
	return rc;
}
