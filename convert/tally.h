/* SPDX-License-Identifier: BSD-2-Clause */
/* The tally sums the stored proofs from bytes as they pass.  Only digests whose pieces combine are summed here; the
 * others are run aside, in order. */
#ifndef CONVERT_TALLY_H
#define CONVERT_TALLY_H

#include "img/check.h"
#include "img/source.h"

struct tally;

/* @checks must outlive the tally; those with on_request are taken too (leave them out of the list otherwise). */
int tally_new(struct img_checks *checks, struct tally **ret, struct img_err *err);
void tally_free(struct tally *t);		/* NULL accepted */

/* Does anybody sum bytes at all? */
bool tally_active(const struct tally *t);

/* @bytes are bytes [off, off + len) of @s: sum them for whoever covers them, here or in the layers below that they come
 * from undecoded.  NULL bytes: zeros.  Thread-safe. */
int tally_bytes(struct tally *t, struct img_source *s, uint64_t off, const void *bytes, uint64_t len,
		struct img_err *err);

/* What has not passed yet, as one source made of the pieces; *ret is NULL when nothing is missing.  Checks that miss more
 * than @most bytes are left alone. */
int tally_missing(struct tally *t, uint64_t most, struct img_source **ret, struct img_err *err);

/* Compare the sums that are complete; the others stay IMG_CHECK_NOT_RUN. */
void tally_settle(struct tally *t);

#endif
