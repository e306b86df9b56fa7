/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 decoding, piece by piece. */
#include "config.h"

#include "core/base64.h"

/* What a character stands for; above 63: white space, padding, anything else. */
enum { S = 64, P = 65, X = 66 };

static const uint8_t values[128] = {
	  X,   X,   X,   X,   X,   X,   X,   X,   X,   S,   S,   S,   S,   S,   X,   X,
	  X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,
	  S,   X,   X,   X,   X,   X,   X,   X,   X,   X,   X,  62,   X,   X,   X,  63,
	 52,  53,  54,  55,  56,  57,  58,  59,  60,  61,   X,   X,   X,   P,   X,   X,
	  X,   0,   1,   2,   3,   4,   5,   6,   7,   8,   9,  10,  11,  12,  13,  14,
	 15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,   X,   X,   X,   X,   X,
	  X,  26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,  39,  40,
	 41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,   X,   X,   X,   X,   X,
};

static unsigned int
b64_value(char c)
{
	return (unsigned char)c < sizeof values ? values[(unsigned char)c] : X;
}

/* Groups of four characters that stand together, as many as there are and fit; most of a long text goes this way. */
static size_t
b64_groups(const char *text, size_t len, uint8_t *out, size_t room, size_t *io_n)
{
	size_t i = 0, n = *io_n;

	while (len - i >= 4 && room - n >= 3) {
		unsigned int a = b64_value(text[i]), b = b64_value(text[i + 1]), c = b64_value(text[i + 2]),
			     d = b64_value(text[i + 3]);

		if ((a | b | c | d) > 63)
			break;
		out[n++] = (uint8_t)(a << 2 | b >> 4);
		out[n++] = (uint8_t)(b << 4 | c >> 2);
		out[n++] = (uint8_t)(c << 6 | d);
		i += 4;
	}
	*io_n = n;
	return i;
}

static int
b64_bad(unsigned char c, struct img_err *err)
{
	if (c > ' ' && c < 0x7f)
		return img_fail(err, IMG_E_FORMAT, "'%c' is not a Base64 character", c);
	return img_fail(err, IMG_E_FORMAT, "byte 0x%02x is not a Base64 character", c);
}

/* One character that does not stand in such a group. */
static int
b64_char(struct img_base64 *b, char c, uint8_t *out, size_t *io_n, struct img_err *err)
{
	unsigned int v = b64_value(c);

	if (v == S)
		return 0;
	if (v == P) {
		if (++b->n_pads > 2 || b->n_bits == 0 || b->n_bits == 6)
			return img_fail(err, IMG_E_FORMAT, "misplaced Base64 padding");
		return 0;
	}
	if (v == X)
		return b64_bad((unsigned char)c, err);
	if (b->n_pads)
		return img_fail(err, IMG_E_FORMAT, "Base64 goes on after its padding");
	b->acc = b->acc << 6 | v;
	b->n_bits += 6;
	if (b->n_bits == 24) {
		out[(*io_n)++] = (uint8_t)(b->acc >> 16);
		out[(*io_n)++] = (uint8_t)(b->acc >> 8);
		out[(*io_n)++] = (uint8_t)b->acc;
		b->acc = b->n_bits = 0;
	}
	return 0;
}

int
img_base64_add(struct img_base64 *b, const char *text, size_t len, struct img_buf *out, struct img_err *err)
{
	uint8_t block[3072];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < len;) {
		if (!b->n_bits && !b->n_pads)
			i += b64_groups(text + i, len - i, block, sizeof block, &n);
		if (n + 3 <= sizeof block) {
			if (i < len)
				rc = b64_char(b, text[i++], block, &n, err);
		} else {
			rc = img_buf_add(out, block, n, err);
			n = 0;
		}
	}
	return rc ? rc : img_buf_add(out, block, n, err);
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
