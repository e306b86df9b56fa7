/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures by their first bytes, and a TIFF of two images, as "tiffutil -cathidpicheck" makes one of a picture and its "@2x"
 * (TIFF Revision 6.0): macOS takes the image whose density fits the screen, known by its resolution, 72 or 144 to the inch.
 * The pixels are not compressed: the disk image does that. */
#include "config.h"

#include "trees/finder/picture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/memory.h"

/* ---- looking ---- */

static bool
starts(const uint8_t *bytes, size_t len, const void *with, size_t n)
{
	return len >= n && !memcmp(bytes, with, n);
}

/* The frame header of a JPEG (ITU-T T.81 B.2.2) follows segments of other kinds. */
static void
jpeg_size(const uint8_t *bytes, size_t len, struct picture *ret)
{
	struct img_cursor c = cur_over(bytes, len);

	cur_skip(&c, 2);
	while (cur_ok(&c)) {
		unsigned int mark, n;

		while (cur_u8(&c) != 0xff && cur_ok(&c))
			;
		do
			mark = cur_u8(&c);
		while (mark == 0xff);
		if (mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc) {
			cur_skip(&c, 3);
			ret->height = cur_be16(&c);
			ret->width = cur_be16(&c);
			return;
		}
		n = cur_be16(&c);
		cur_skip(&c, n > 2 ? n - 2 : 0);
	}
}

/* Width and height among the entries of the first image. */
static void
tiff_size(const uint8_t *bytes, size_t len, struct picture *ret)
{
	bool little = *bytes == 'I';
	struct img_cursor c = cur_over(bytes, len);
	uint32_t at;
	unsigned int n;

	cur_skip(&c, 4);
	at = little ? cur_le32(&c) : cur_be32(&c);
	if (at >= len)
		return;
	c = cur_over(bytes + at, len - at);
	n = little ? cur_le16(&c) : cur_be16(&c);
	for (unsigned int i = 0; i < n && cur_ok(&c); i++) {
		unsigned int tag = little ? cur_le16(&c) : cur_be16(&c);
		unsigned int type = little ? cur_le16(&c) : cur_be16(&c);
		const uint8_t *value;
		uint32_t v;

		cur_skip(&c, 4);
		value = cur_bytes(&c, 4);
		if (!value)
			return;
		if (type == 3)
			v = little ? load_le16(value) : load_be16(value);
		else
			v = little ? load_le32(value) : load_be32(value);
		if (tag == 256)
			ret->width = v;
		else if (tag == 257)
			ret->height = v;
	}
}

int
picture_look(const uint8_t *bytes, size_t len, struct picture *ret, struct img_err *err)
{
	struct picture p = { 0 };

	if (starts(bytes, len, "\x89PNG\r\n\x1a\n", 8) && len >= 24) {
		p = (struct picture) { ".png", load_be32(bytes + 16), load_be32(bytes + 20) };
	} else if (starts(bytes, len, "\xff\xd8\xff", 3)) {
		p.suffix = ".jpg";
		jpeg_size(bytes, len, &p);
	} else if (starts(bytes, len, "II*\0", 4) || starts(bytes, len, "MM\0*", 4)) {
		p.suffix = ".tiff";
		tiff_size(bytes, len, &p);
	} else if ((starts(bytes, len, "GIF87a", 6) || starts(bytes, len, "GIF89a", 6)) && len >= 10) {
		p = (struct picture) { ".gif", load_le16(bytes + 6), load_le16(bytes + 8) };
	} else {
		return img_fail(err, IMG_E_USAGE, "is no picture; a PNG, JPEG, TIFF or GIF file is expected");
	}
	if (!p.width || !p.height)
		return img_fail(err, IMG_E_FORMAT, "the picture is damaged: its size cannot be found");
	*ret = p;
	return 0;
}

/* ---- two in one ---- */

enum { TIFF_SHORT = 3, TIFF_LONG = 4, TIFF_RATIONAL = 5 };

#define N_ENTRIES 15
#define IFD_SIZE (2 + 12 * N_ENTRIES + 4)
#define EXTRA_SIZE 24		/* bits of the four samples, two resolutions */

static uint8_t *
entry(uint8_t *p, unsigned int tag, unsigned int type, uint32_t n, uint32_t value)
{
	store_be16(p, (uint16_t)tag);
	store_be16(p + 2, (uint16_t)type);
	store_be32(p + 4, n);
	if (type == TIFF_SHORT && n == 1)	/* to the left of its four bytes */
		value <<= 16;
	store_be32(p + 8, value);
	return p + 12;
}

/* The directory of an image at @at: pixels follow what does not fit an entry. */
static void
directory(uint8_t *p, uint32_t at, const struct picture *size, uint32_t density, uint32_t next)
{
	uint32_t extra = at + IFD_SIZE, pixels = extra + EXTRA_SIZE;
	uint8_t *e = p + IFD_SIZE;

	store_be16(p, N_ENTRIES);
	p += 2;
	p = entry(p, 254, TIFF_LONG, 1, 0);
	p = entry(p, 256, TIFF_LONG, 1, size->width);
	p = entry(p, 257, TIFF_LONG, 1, size->height);
	p = entry(p, 258, TIFF_SHORT, 4, extra);
	p = entry(p, 259, TIFF_SHORT, 1, 1);			/* not compressed */
	p = entry(p, 262, TIFF_SHORT, 1, 2);			/* RGB */
	p = entry(p, 273, TIFF_LONG, 1, pixels);
	p = entry(p, 274, TIFF_SHORT, 1, 1);			/* from the top left */
	p = entry(p, 277, TIFF_SHORT, 1, 4);
	p = entry(p, 278, TIFF_LONG, 1, size->height);		/* one strip */
	p = entry(p, 279, TIFF_LONG, 1, 4 * size->width * size->height);
	p = entry(p, 282, TIFF_RATIONAL, 1, extra + 8);
	p = entry(p, 283, TIFF_RATIONAL, 1, extra + 16);
	p = entry(p, 296, TIFF_SHORT, 1, 2);			/* to the inch */
	p = entry(p, 338, TIFF_SHORT, 1, 2);			/* opacity, colours not multiplied by it */
	store_be32(p, next);
	for (unsigned int i = 0; i < 4; i++)
		store_be16(e + 2 * i, 8);
	for (unsigned int i = 0; i < 2; i++) {
		store_be32(e + 8 + 8 * i, density);
		store_be32(e + 12 + 8 * i, 1);
	}
}

static int
add_image(struct img_buf *b, size_t start, const struct picture *size, const uint8_t *pixels, uint32_t density, bool last,
	  struct img_err *err)
{
	uint32_t at = (uint32_t)(b->len - start);
	size_t n = (size_t)4 * size->width * size->height;
	uint8_t head[IFD_SIZE + EXTRA_SIZE];
	int rc;

	directory(head, at, size, density, last ? 0 : (uint32_t)(at + sizeof head + n));
	rc = img_buf_add(b, head, sizeof head, err);
	return rc ? rc : img_buf_add(b, pixels, n, err);
}

int
picture_pair(const uint8_t *once, size_t n_once, const uint8_t *twice, size_t n_twice, struct img_buf *ret,
	     struct img_err *err)
{
	img_autofree uint8_t *a = NULL, *b = NULL;
	struct picture small, large;
	size_t start = ret->len;
	int rc = png_decode(once, n_once, &small, &a, err);

	if (!rc) {
		rc = png_decode(twice, n_twice, &large, &b, err);
		rc = rc ? img_note(err, rc, "the picture for dense screens (@2x)") : 0;
	}
	if (!rc && (large.width != 2 * small.width || large.height != 2 * small.height))
		rc = img_fail(err, IMG_E_USAGE, "the picture has %u x %u pixels, that for dense screens (@2x) %u x %u: twice as many "
			      "each way are expected", small.width, small.height, large.width, large.height);
	if (!rc)
		rc = img_buf_add(ret, "MM\0*\0\0\0\10", 8, err);
	if (!rc)
		rc = add_image(ret, start, &small, a, 72, false, err);
	return rc ? rc : add_image(ret, start, &large, b, 144, true, err);
}
