/* SPDX-License-Identifier: BSD-2-Clause */
/* A proof that decoding brings; see formats/stream/proof.h. */
#include "config.h"

#include "formats/stream/proof.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "img/check.h"
#include "img/source.h"

static void *
none_begin(void)
{
	static int nothing;

	return &nothing;
}

static void
none_update(void *state, const void *bytes, size_t len)
{
}

static void
none_finish(void *state, uint8_t *ret)
{
}

static void
none_abandon(void *state)
{
}

static uint64_t
none_piece(const void *bytes, size_t len)
{
	return 0;
}

static uint64_t
none_zeros(uint64_t len)
{
	return 0;
}

static uint64_t
none_combine(uint64_t a, uint64_t b, uint64_t len_b)
{
	return 0;
}

static void
none_store(uint64_t sum, uint8_t *ret)
{
}

/* Of no length: what was read is right, or reading failed. */
#define DIGEST(id, title)									\
static const struct img_digest digest_##id = {							\
	.name = title, .size = 0, .begin = none_begin, .update = none_update, .finish = none_finish,	\
	.abandon = none_abandon, .piece = none_piece, .zeros = none_zeros, .combine = none_combine,	\
	.store = none_store,									\
}
DIGEST(crc32, "crc32");
DIGEST(crc64, "crc64");
DIGEST(sha256, "sha256");
DIGEST(xxh32, "xxh32");
DIGEST(xxh64, "xxh64");

int
stream_proof(struct img_source *s, const struct stream_kind *k, const char *word, const struct stream_facts *facts,
	     bool held, struct img_checks *ret, struct img_err *err)
{
	static const struct {
		const struct img_digest *digest;
		const char *code;
	} kinds[] = {
		{ &digest_crc32, "stream-crc32" }, { &digest_crc64, "stream-crc64" }, { &digest_sha256, "stream-sha256" },
		{ &digest_xxh32, "stream-xxh32" }, { &digest_xxh64, "stream-xxh64" },
	};
	struct img_check c = { 0 };
	int rc;

	if (!facts->n_sums || facts->n_bare)
		return 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].digest->name, facts->sum)) {
			c.digest = kinds[i].digest;
			c.code = kinds[i].code;
		}
	if (!c.digest)
		return 0;
	c.on_request = held;
	if (facts->n_streams > 1)
		snprintf(c.name, sizeof c.name, "%s stream (%u %ss)", k->name, facts->n_streams, word);
	else
		snprintf(c.name, sizeof c.name, "%s stream", k->name);
	rc = img_slice(s, 0, s->size, &c.over, err);
	if (!rc)
		rc = img_checks_add(ret, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}
