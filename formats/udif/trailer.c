/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the trailer is.  512 bytes at the end of the file as a rule; but downloads are padded, very early images have it
 * at the head, and wrappers stand around the image.  A wrapper in front shifts all offsets: the parts the trailer names
 * then end before the trailer by the length of the wrapper (observed: 7-Zip reads such files). */
#include "config.h"

#include "formats/udif/trailer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"

#define MAX_PADDING 4095		/* bytes behind the trailer that are looked through as a matter of course */
#define MAX_SEARCH (1 << 20)		/* the deep search */

static bool
has_magic(const uint8_t *p)
{
	return memcmp(p, KOLY_MAGIC, KOLY_MAGIC_LEN) == 0;
}

/* Does what the trailer points at begin the way it must, with @base added?  False also for images without either. */
static bool
base_fits(struct img_source *file, const struct koly *k, uint64_t base)
{
	uint64_t at = k->xml_len ? k->xml_off : k->rsrc_off;
	uint8_t head[5];

	if ((!k->xml_len && !k->rsrc_len) || !u64_add(at, base, &at) || !span_ok(at, sizeof head, file->size) ||
	    img_source_read(file, at, head, sizeof head, NULL))
		return false;
	if (k->xml_len)
		return memcmp(head, "<?xml", 5) == 0;
	return load_be32(head) == 0x100;	/* resource data always begin there */
}

/* Raise *io_end to off + len, unless that is nonsense. */
static void
reach(uint64_t off, uint64_t len, uint64_t limit, uint64_t *io_end)
{
	uint64_t end;

	if (len && u64_add(off, len, &end) && end <= limit && end > *io_end)
		*io_end = end;
}

/* Does what the trailer names lie where it says?  Without property list and resources: the data end where it begins. */
static bool
is_placed(struct img_source *file, const struct koly *k, uint64_t pos)
{
	uint64_t end;

	if (k->xml_len || k->rsrc_len)
		return base_fits(file, k, 0);
	return u64_add(k->data_off, k->data_len, &end) && end == pos;
}

static void
find_base(struct img_source *file, struct udif_trailer *t)
{
	const struct koly *k = &t->koly;
	uint64_t end = 0, with_sign;

	t->placed = is_placed(file, k, t->pos);
	if (t->placed || !t->pos)
		return;
	reach(k->data_off, k->data_len, t->pos, &end);
	reach(k->xml_off, k->xml_len, t->pos, &end);
	reach(k->rsrc_off, k->rsrc_len, t->pos, &end);
	with_sign = end;
	reach(k->sign_off, k->sign_len, t->pos, &with_sign);
	if (base_fits(file, k, t->pos - with_sign))
		t->base = t->pos - with_sign;
	else if (base_fits(file, k, t->pos - end))
		t->base = t->pos - end;
}

static int
take_trailer(struct img_source *file, const uint8_t *raw, uint64_t pos, struct udif_trailer *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(raw, KOLY_SIZE);
	struct udif_trailer t = { .pos = pos };
	int rc = koly_parse(&c, &t.koly, err);

	if (rc)
		return rc;
	find_base(file, &t);
	*ret = t;
	return 0;
}

/* The last trailer in the last @max bytes of the file. */
static int
find_in_tail(struct img_source *file, size_t max, struct udif_trailer *ret, struct img_err *err)
{
	size_t n = file->size < max ? (size_t)file->size : max;
	img_autofree uint8_t *tail = malloc(n ? n : 1);
	int rc;

	if (!tail)
		return img_fail_nomem(err);
	rc = img_source_read(file, file->size - n, tail, n, err);
	if (rc)		/* a damaged chunk of a container below claims nothing */
		return rc == IMG_E_FORMAT ? IMG_E_UNKNOWN : rc;
	for (size_t i = n < KOLY_MAGIC_LEN ? 0 : n - KOLY_MAGIC_LEN + 1; i-- > 0;) {
		if (tail[i] != 'k' || !has_magic(tail + i))
			continue;
		if (n - i >= KOLY_SIZE)
			return take_trailer(file, tail + i, file->size - n + i, ret, err);
		return img_fail(err, IMG_E_FORMAT, "the trailer is cut: %zu of its %d bytes are there", n - i, KOLY_SIZE);
	}
	return img_fail(err, IMG_E_UNKNOWN, "no UDIF trailer");
}

/* A trailer that ends the data fork of a MacBinary file: 128 bytes of header, length of the fork at 83. */
static int
find_in_macbinary(struct img_source *file, const uint8_t *head, struct udif_trailer *ret, struct img_err *err)
{
	uint64_t end = 128 + (uint64_t)load_be32(head + 83);
	uint8_t raw[KOLY_SIZE];
	int rc;

	if (head[0] || !head[1] || head[1] > 63 || head[74] || head[82] || end < 128 + KOLY_SIZE || end > file->size)
		return img_fail(err, IMG_E_UNKNOWN, "no UDIF trailer");
	rc = img_source_read(file, end - KOLY_SIZE, raw, KOLY_SIZE, err);
	if (rc)
		return rc;
	if (!has_magic(raw))
		return img_fail(err, IMG_E_UNKNOWN, "no UDIF trailer");
	return take_trailer(file, raw, end - KOLY_SIZE, ret, err);
}

int
udif_trailer_find(struct img_source *file, struct udif_trailer *ret, struct img_err *err)
{
	uint8_t head[KOLY_SIZE];
	struct img_err cut = { 0 };
	int rc;

	if (file->size == IMG_SIZE_UNKNOWN || file->size < KOLY_MAGIC_LEN)
		return img_fail(err, IMG_E_UNKNOWN, "no UDIF trailer");
	rc = find_in_tail(file, KOLY_SIZE + MAX_PADDING, ret, &cut);
	if ((rc == IMG_E_UNKNOWN || rc == IMG_E_FORMAT) && file->size >= KOLY_SIZE) {
		int rc_head = img_source_read(file, 0, head, sizeof head, err);

		if (!rc_head && has_magic(head))
			return take_trailer(file, head, 0, ret, err);
		if (!rc_head && !find_in_macbinary(file, head, ret, NULL))
			return 0;
	}
	if (rc && err)
		*err = cut;
	return rc;
}

int
udif_trailer_search(struct img_source *file, struct udif_trailer *ret, struct img_err *err)
{
	if (file->size == IMG_SIZE_UNKNOWN)
		return img_fail(err, IMG_E_UNKNOWN, "no UDIF trailer");
	return find_in_tail(file, MAX_SEARCH, ret, err);
}

int
udif_trailer_damaged(struct img_source *file, struct img_err *err)
{
	uint8_t raw[KOLY_SIZE];
	unsigned int same = 0;
	struct koly k;
	struct img_cursor c = cur_over(raw, sizeof raw);

	if (file->size == IMG_SIZE_UNKNOWN || file->size < KOLY_SIZE ||
	    img_source_read(file, file->size - KOLY_SIZE, raw, sizeof raw, NULL))
		return 0;
	for (unsigned int i = 0; i < KOLY_MAGIC_LEN; i++)
		same += raw[i] == (uint8_t)KOLY_MAGIC[i];
	/* twelve bytes, one of them wrong: not by chance when the property list is where the rest says */
	memcpy(raw, KOLY_MAGIC, 4);
	if (same < KOLY_MAGIC_LEN - 4 || koly_parse(&c, &k, NULL) || !k.xml_len ||
	    !span_ok(k.xml_off, k.xml_len, file->size) || !base_fits(file, &k, 0))
		return 0;
	return img_fail(err, IMG_E_FORMAT, "the trailer of a disk image (UDIF) at %" PRIu64 " is damaged: its first twelve bytes "
			"(\"koly\", version 4, size %d) do not read so", file->size - KOLY_SIZE, KOLY_SIZE);
}

bool
udif_trailer_fits(const struct img_source *file, const struct udif_trailer *t)
{
	uint64_t size = file->size - t->base;
	const struct koly *k = &t->koly;

	return span_ok(k->data_off, k->data_len, size) && span_ok(k->xml_off, k->xml_len, size) &&
	       span_ok(k->rsrc_off, k->rsrc_len, size);
}
