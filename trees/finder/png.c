/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG to plain pixels (PNG Specification, second edition).
 *
 * Behind eight bytes of signature come chunks: length, type, data, CRC.  IHDR has the size and kind of samples, PLTE and tRNS
 * the palette and its opacity, IDAT chunks together are one zlib stream: rows, each with a byte that says how its bytes were
 * made from their neighbours (9.2).  Samples of 16 bits are cut to 8.  Interlaced pictures are refused: nobody makes
 * backgrounds so, and a TIFF made elsewhere is taken as it is. */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/crc32.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "img/codec.h"
#include "trees/finder/picture.h"

#define MAX_SIDE 16384		/* pixels; caps memory at a gigabyte together with the next */
#define MAX_PIXELS (UINT64_C(1) << 26)

enum { GRAY = 0, RGB = 2, PALETTE = 3, GRAY_ALPHA = 4, RGBA = 6 };

struct png {
	uint32_t width, height;
	unsigned int depth, colour;
	uint8_t palette[256][4];
	bool has_key;
	uint16_t key[3];	/* tRNS: this sample is clear */
	struct img_buf packed;
};

static unsigned int
samples(const struct png *p)
{
	static const uint8_t n[] = { 1, 0, 3, 1, 2, 0, 4 };

	return n[p->colour];
}

static int
read_header(struct png *p, struct img_cursor *c, struct img_err *err)
{
	static const uint8_t depths[] = { 1 | 2 | 4 | 8 | 16, 0, 8 | 16, 1 | 2 | 4 | 8, 8 | 16, 0, 8 | 16 };
	unsigned int how[3];

	p->width = cur_be32(c);
	p->height = cur_be32(c);
	p->depth = cur_u8(c);
	p->colour = cur_u8(c);
	for (unsigned int i = 0; i < 3; i++)	/* compression, filters, interlace */
		how[i] = cur_u8(c);
	if (!cur_ok(c) || !p->width || !p->height || p->colour > RGBA || !(depths[p->colour] & p->depth) ||
	    (p->depth & (p->depth - 1)) || how[0] || how[1] || how[2] > 1)
		return img_fail(err, IMG_E_FORMAT, "the header of the PNG picture is damaged");
	if (how[2])
		return img_fail(err, IMG_E_UNSUPPORTED, "an interlaced PNG picture, which cannot be paired; save it without "
				"interlacing");
	if (p->width > MAX_SIDE || p->height > MAX_SIDE || (uint64_t)p->width * p->height > MAX_PIXELS)
		return img_fail(err, IMG_E_LIMIT, "%u x %u pixels are too large for a background", p->width, p->height);
	return 0;
}

static int
read_chunk(struct png *p, const char *type, const uint8_t *data, size_t len, struct img_err *err)
{
	struct img_cursor c = cur_over(data, len);

	if (!memcmp(type, "IHDR", 4))
		return read_header(p, &c, err);
	if (!memcmp(type, "PLTE", 4))
		for (size_t i = 0; i < len / 3 && i < 256; i++)
			memcpy(p->palette[i], data + 3 * i, 3);
	else if (!memcmp(type, "tRNS", 4) && p->colour == PALETTE)
		for (size_t i = 0; i < len && i < 256; i++)
			p->palette[i][3] = data[i];
	else if (!memcmp(type, "tRNS", 4))
		for (unsigned int i = 0; i < 3 && 2 * i + 2 <= len; i++) {
			p->has_key = true;
			p->key[i] = cur_be16(&c);
		}
	else if (!memcmp(type, "IDAT", 4))
		return img_buf_add(&p->packed, data, len, err);
	return 0;
}

static int
read_chunks(struct png *p, const uint8_t *bytes, size_t len, struct img_err *err)
{
	struct img_cursor c = cur_over(bytes, len);

	cur_skip(&c, 8);
	for (unsigned int i = 0;; i++) {
		uint32_t n = cur_be32(&c), crc;
		const uint8_t *type = cur_bytes(&c, 4), *data = cur_bytes(&c, n);
		int rc;

		crc = cur_be32(&c);
		if (!cur_ok(&c))
			return img_fail(err, IMG_E_FORMAT, "the PNG picture is cut off");
		if (crc32_of(0, type, (size_t)n + 4) != crc || (!i && memcmp(type, "IHDR", 4)))
			return img_fail(err, IMG_E_FORMAT, "the PNG picture is damaged");
		if (!memcmp(type, "IEND", 4))
			return 0;
		rc = read_chunk(p, (const char *)type, data, n, err);
		if (rc)
			return rc;
	}
}

static unsigned int
paeth(int a, int b, int c)
{
	int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

	return (unsigned int)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* 9.2, in place: @row has its filter in front, @above is the finished row before it or zeros. */
static int
unfilter(uint8_t *row, const uint8_t *above, size_t n, size_t step, struct img_err *err)
{
	unsigned int filter = *row++;

	if (filter > 4)
		return img_fail(err, IMG_E_FORMAT, "the PNG picture is damaged: filter %u", filter);
	for (size_t i = 0; i < n; i++) {
		unsigned int left = i < step ? 0 : row[i - step], up = above[i], corner = i < step ? 0 : above[i - step];
		unsigned int add = filter == 1 ? left : filter == 2 ? up : filter == 3 ? (left + up) / 2 :
				   filter == 4 ? paeth((int)left, (int)up, (int)corner) : 0;

		row[i] = (uint8_t)(row[i] + add);
	}
	return 0;
}

static unsigned int
sample(const struct png *p, const uint8_t *row, size_t i)
{
	size_t bit = i * p->depth;

	if (p->depth == 16)
		return load_be16(row + 2 * i);
	return row[bit / 8] >> (8 - p->depth - bit % 8) & ((1U << p->depth) - 1);
}

static void
put_pixel(const struct png *p, const uint8_t *row, size_t x, uint8_t *ret)
{
	unsigned int n = samples(p), v[4], most = (1U << p->depth) - 1;
	bool clear = p->has_key;

	for (unsigned int i = 0; i < n; i++) {
		v[i] = sample(p, row, x * n + i);
		clear = clear && i < 3 && v[i] == p->key[i];
	}
	if (p->colour == PALETTE) {
		memcpy(ret, p->palette[v[0]], 4);
		return;
	}
	for (unsigned int i = 0; i < 3; i++)
		ret[i] = (uint8_t)(v[n < 3 ? 0 : i] * 255 / most);
	ret[3] = (uint8_t)(clear ? 0 : n % 2 ? 255 : v[n - 1] * 255 / most);
}

static int
unpack(const struct png *p, uint8_t *ret, struct img_err *err)
{
	size_t n = ((size_t)p->width * samples(p) * p->depth + 7) / 8;
	size_t step = samples(p) * p->depth < 8 ? 1 : samples(p) * p->depth / 8;
	img_autofree uint8_t *rows = malloc((n + 1) * p->height), *none = calloc(1, n);
	void *state = img_codec_zlib.state_new(0);
	int rc = rows && none && state ? 0 : img_fail_nomem(err);

	if (!rc)
		rc = img_codec_zlib.decode(state, p->packed.p, p->packed.len, rows, (n + 1) * p->height, err);
	if (state)
		img_codec_zlib.state_free(state);
	for (uint32_t y = 0; !rc && y < p->height; y++) {
		uint8_t *row = rows + y * (n + 1);

		rc = unfilter(row, y ? row - n : none, n, step, err);
		for (uint32_t x = 0; !rc && x < p->width; x++)
			put_pixel(p, row + 1, x, ret + 4 * ((size_t)y * p->width + x));
	}
	return rc;
}

int
png_decode(const uint8_t *bytes, size_t len, struct picture *ret_size, uint8_t **ret, struct img_err *err)
{
	struct png *p = calloc(1, sizeof *p);
	img_autofree uint8_t *pixels = NULL;
	int rc;

	if (!p)
		return img_fail_nomem(err);
	for (unsigned int i = 0; i < 256; i++)
		p->palette[i][3] = 255;
	p->packed = img_buf_new(len);
	rc = read_chunks(p, bytes, len, err);
	if (!rc) {
		pixels = malloc((size_t)4 * p->width * p->height);
		rc = pixels ? unpack(p, pixels, err) : img_fail_nomem(err);
	}
	if (!rc) {
		*ret_size = (struct picture) { ".png", p->width, p->height };
		*ret = img_steal(&pixels);
	}
	img_buf_done(&p->packed);
	free(p);
	return rc;
}
