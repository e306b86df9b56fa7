/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 decoding, piece by piece. */
#include "config.h"

#include "core/base64.h"

enum { B64_SPACE = 64, B64_PAD = 65, B64_BAD = 66 };

static unsigned int
b64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26u;
	if (c >= '0' && c <= '9')
		return c - '0' + 52u;
	switch (c) {
	case '+':
		return 62;
	case '/':
		return 63;
	case '=':
		return B64_PAD;
	case ' ': case '\t': case '\n': case '\r': case '\f': case '\v':
		return B64_SPACE;
	default:
		return B64_BAD;
	}
}

static int
b64_bad(unsigned char c, struct img_err *err)
{
	if (c > ' ' && c < 0x7f)
		return img_fail(err, IMG_E_FORMAT, "'%c' is not a Base64 character", c);
	return img_fail(err, IMG_E_FORMAT, "byte 0x%02x is not a Base64 character", c);
}

int
img_base64_add(struct img_base64 *b, const char *text, size_t len, struct img_buf *out, struct img_err *err)
{
	uint8_t block[3072];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned int v = b64_value(c);

		if (v == B64_SPACE)
			continue;
		if (v == B64_PAD) {
			if (++b->n_pads > 2 || b->n_bits == 0 || b->n_bits == 6)
				return img_fail(err, IMG_E_FORMAT, "misplaced Base64 padding");
			continue;
		}
		if (v == B64_BAD)
			return b64_bad(c, err);
		if (b->n_pads)
			return img_fail(err, IMG_E_FORMAT, "Base64 goes on after its padding");
		b->acc = b->acc << 6 | v;
		b->n_bits += 6;
		if (b->n_bits < 24)
			continue;
		block[n++] = (uint8_t)(b->acc >> 16);
		block[n++] = (uint8_t)(b->acc >> 8);
		block[n++] = (uint8_t)b->acc;
		b->acc = b->n_bits = 0;
		if (n == sizeof block) {
			int rc = img_buf_add(out, block, n, err);

			if (rc)
				return rc;
			n = 0;
		}
	}
	return img_buf_add(out, block, n, err);
}

int
img_base64_end(struct img_base64 *b, struct img_buf *out, struct img_err *err)
{
	uint8_t last[2];
	size_t n = b->n_bits / 8;

	if (b->n_bits == 6)
		return img_fail(err, IMG_E_FORMAT, "Base64 ends inside a byte");
	if (n == 1) {
		last[0] = (uint8_t)(b->acc >> 4);
	} else if (n == 2) {
		last[0] = (uint8_t)(b->acc >> 10);
		last[1] = (uint8_t)(b->acc >> 2);
	}
	*b = (struct img_base64) { 0 };
	return img_buf_add(out, last, n, err);
}
