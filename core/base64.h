/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 that comes in pieces (RFC 4648 4). */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "img/error.h"

struct img_base64 {
	uint32_t acc;
	unsigned int n_bits;	/* waiting in acc: 0, 6, 12 or 18 */
	unsigned int n_pads;
};

/* Decode @len characters onto @out.  White space is skipped wherever it stands. */
int img_base64_add(struct img_base64 *b, const char *text, size_t len, struct img_buf *out, struct img_err *err);

/* No more comes.  Missing padding is accepted; a lone last character is not. */
int img_base64_end(struct img_base64 *b, struct img_buf *out, struct img_err *err);

#endif
