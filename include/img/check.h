/* SPDX-License-Identifier: BSD-2-Clause */
/* Stored proofs, and the one engine that tests them: bytes that a job moves anyway are summed as they pass. */
#ifndef IMG_CHECK_H
#define IMG_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;

#define IMG_DIGEST_MAX 64	/* bytes of the longest digest */

/* A digest algorithm.  Where @combine is set, pieces can be summed apart and joined in any order; else bytes go in
 * order. */
struct img_digest {
	const char *name;		/* "crc32", "md5", "sha256" */
	size_t size;			/* of the result, bytes */
	/* Serial interface; NULL state on out of memory. */
	void *(*begin)(void);
	void (*update)(void *state, const void *bytes, size_t len);
	void (*finish)(void *state, uint8_t *ret);	/* and frees the state */
	void (*abandon)(void *state);
	/* Combining interface, for digests that fit 64 bits; NULL otherwise. */
	uint64_t (*piece)(const void *bytes, size_t len);
	uint64_t (*zeros)(uint64_t len);			/* digest of @len zeros, in O(log len) */
	uint64_t (*combine)(uint64_t a, uint64_t b, uint64_t len_b);	/* of a's bytes followed by b's */
	void (*store)(uint64_t sum, uint8_t *ret);
};

extern const struct img_digest img_digest_crc32;	/* zlib/PNG; big-endian result */
const struct img_digest *img_digest_by_name(const char *name);	/* "sha256", "SHA-256"; NULL: unknown */
/* That of bytes in memory. */
int img_digest_bytes(const struct img_digest *d, const void *bytes, size_t len, uint8_t *ret, struct img_err *err);

/* @digest over all of @over gives @expect.  @over is a source made for it whose map leads in one step to the layer whose
 * bytes it is: a slice of the layer below for stored bytes, the runs that are no holes for a block table. */
struct img_check {
	char name[96];			/* "koly-data-crc32", "block table 4 \"disk image (Apple_HFS : 4)\"" */
	const char *code;		/* short word for JSON: "koly-data-crc32", "blkx-crc32"; static */
	const struct img_digest *digest;
	struct img_source *over;	/* owned by the list */
	uint8_t expect[IMG_DIGEST_MAX];
	char evidence[64];		/* what says so, when it is not the image: "given", "SHA256SUMS"; "": the image */
	bool vouched;			/* that evidence bears a good signature */
	const char *counts;		/* "sectors": @over is a byte for each, and the digest counts those that are wrong */
	bool advisory;			/* known to be wrong in the wild: a mismatch only warns */
	bool on_request;		/* of what is not shown, or was found right when it was opened: only --verify tells of it */
};

enum img_check_state { IMG_CHECK_NOT_RUN, IMG_CHECK_OK, IMG_CHECK_BAD };

struct img_check_result {
	enum img_check_state state;
	uint8_t found[IMG_DIGEST_MAX];
};

struct img_checks {
	size_t n, room;
	struct img_check *v;
	struct img_check_result *result;	/* parallel to v; filled by the engine */
};
/* Append; takes the reference c->over on success. */
int img_checks_add(struct img_checks *list, const struct img_check *c, struct img_err *err);
void img_checks_done(struct img_checks *list);

/* All checks of @s and of every layer in @image chain are gathered by img_image_checks (convert/checks.c). */

#endif
