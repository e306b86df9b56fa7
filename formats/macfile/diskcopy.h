/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a DiskCopy 4.2 image. */
#ifndef FORMATS_MACFILE_DISKCOPY_H
#define FORMATS_MACFILE_DISKCOPY_H

#include <stdbool.h>
#include <stdint.h>

struct img_digest;

#define DC42_HEADER 84

struct dc42_header {
	uint8_t name_len, name[63];
	uint32_t data_len, tag_len, data_sum, tag_sum;
	uint8_t kind, format;
};

/* Do these bytes, in a file of @size bytes, make sense as a header?  A file that lacks its end still has one. */
bool dc42_parse(const uint8_t *b, uint64_t size, struct dc42_header *ret);

/* Its checksum; the result is big-endian, as stored. */
extern const struct img_digest dc42_digest;

#endif
