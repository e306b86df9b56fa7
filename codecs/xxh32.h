/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH32 with seed 0, the checksum of lz4 frames (xxhash_spec.md). */
#ifndef CODECS_XXH32_H
#define CODECS_XXH32_H

#include <stddef.h>
#include <stdint.h>

struct xxh32 {
	uint32_t lane[4];
	uint64_t size;
	uint8_t rest[16];	/* size % 16 bytes that wait for the others */
};

void xxh32_begin(struct xxh32 *x);
void xxh32_update(struct xxh32 *x, const void *bytes, size_t n);
uint32_t xxh32_end(const struct xxh32 *x);

#endif
