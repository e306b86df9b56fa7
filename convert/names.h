/* SPDX-License-Identifier: BSD-2-Clause */
/* From -O and the target's name to the format to write. */
#ifndef CONVERT_NAMES_H
#define CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "img/error.h"

struct img_format;
struct img_pack;

struct target_format {
	const struct img_format *format;
	const char *variant;		/* the -O word, when it names a variant; else NULL */
	bool only_optical;		/* ".iso": right only if the sectors are ISO 9660 or UDF already */
	const char *disc;		/* then: which of them was asked for, "iso" or "udf" */
	const struct img_pack *pack;	/* a compressor around it all, by the name's last suffix; NULL: none */
	char contradiction[160];	/* what the suffix says against -O, for a warning; "" if nothing */
};

/* @to is NULL without -O; @raw: --raw was given. */
int target_format_find(const char *dest, const char *to, bool raw, struct target_format *ret, struct img_err *err);

/* Is the image that -O or else the name asks for a folder?  False too where neither tells. */
bool target_format_is_folder(const char *dest, const char *to);

/* "add -O; this build writes: raw" */
const char *target_format_hint(char *buf, size_t room);

#endif
