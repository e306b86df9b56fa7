/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes packed in fixtures/, for the tests of file systems: unpacked, opened, listed, verified. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_format;

struct volume {
	const struct img_format *format;
	struct img_env *env;
	uint8_t *b;
	size_t n;
	struct img_source *source;
	struct img_tree *tree;
	const char *fs_volume, *snapshot;	/* as in struct img_tree_open */
};

extern struct img_err err;		/* of the last call */

/* fixtures/NAME, with a NUL behind; freed by the caller. */
char *fixture_slurp(const char *name, size_t *ret);
/* The packed fixtures/NAME, not yet opened, for changes. */
struct volume fixture_load(const struct img_format *format, const char *name);
int fixture_open(struct volume *v);
void fixture_done(struct volume *v);
/* How many problems have @code. */
size_t fixture_problems(const struct volume *v, const char *code);
/* The number of faults, *ret_odd of what is no more than odd. */
uint64_t fixture_verify(struct volume *v, uint64_t *ret_odd);
/* CRC-32 of a file or a stream. */
uint32_t fixture_sum(struct img_tree *t, uint64_t id, const char *stream, uint64_t *ret_size);
/* All that is in the tree is what fixtures/NAME lists: path, kind, mode, size, CRC-32; path, :stream, size, CRC-32. */
void fixture_compare(struct volume *v, const char *name);
/* Open each folder and file of an open volume; failures have messages. */
void fixture_walk(struct volume *v);
/* Opened, walked and verified, whatever comes of it: it ends, and failures have messages. */
void fixture_look(struct volume *v);

#endif
