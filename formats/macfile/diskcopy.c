/* SPDX-License-Identifier: BSD-2-Clause */
/* DiskCopy 4.2: floppies of the classic Mac OS, and of the Apple II.  A header of 84 bytes, big-endian, the sectors, then the
 * tags, 12 bytes that GCR disks have beside each sector.
 *
 *	 0  name (its length first)	64  bytes of sectors	68  bytes of tags	72, 76  their checksums
 *	80  kind of disk	81  format	82  0x0100, the only signature
 *
 * The checksum of a run of bytes adds them up in big-endian pairs, and after each turns the sum right by one bit.  That of
 * the tags leaves out the first 12: their bytes were wrong in the first release (observed: so do all images at hand). */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/memory.h"
#include "formats/macfile/diskcopy.h"
#include "formats/macfile/forks.h"
#include "formats/udif/resources.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

struct dc42 {
	struct img_source src;
	struct img_source *below;
	struct dc42_header header;
};

static struct dc42 *
dc42_of(struct img_source *s)
{
	return (struct dc42 *)s;
}

/* ---- the checksum ---- */

struct turning {
	uint32_t sum;
	bool odd;
	uint8_t first;		/* of a pair, when odd */
};

static void *
turning_begin(void)
{
	return calloc(1, sizeof(struct turning));
}

static void
add_pair(struct turning *t, unsigned int pair)
{
	t->sum += pair;
	t->sum = t->sum >> 1 | t->sum << 31;
}

static void
turning_update(void *state, const void *bytes, size_t len)
{
	struct turning *t = state;
	const uint8_t *p = bytes;

	if (t->odd && len) {
		add_pair(t, (unsigned int)t->first << 8 | *p++);
		t->odd = false;
		len--;
	}
	for (; len > 1; p += 2, len -= 2)
		add_pair(t, load_be16(p));
	if (len) {
		t->odd = true;
		t->first = *p;
	}
}

static void
turning_finish(void *state, uint8_t *ret)
{
	store_be32(ret, ((struct turning *)state)->sum);
	free(state);
}

const struct img_digest dc42_digest = {
	.name = "diskcopy-checksum", .size = 4, .begin = turning_begin, .update = turning_update, .finish = turning_finish,
	.abandon = free,
};

/* ---- layout ---- */

bool
dc42_parse(const uint8_t *b, uint64_t size, struct dc42_header *ret)
{
	struct img_cursor c = cur_over(b, DC42_HEADER);
	struct dc42_header h;

	h.name_len = cur_u8(&c);		/*  0 */
	cur_copy(&c, h.name, 63);		/*  1 */
	h.data_len = cur_be32(&c);		/* 64 */
	h.tag_len = cur_be32(&c);		/* 68 */
	h.data_sum = cur_be32(&c);		/* 72 */
	h.tag_sum = cur_be32(&c);		/* 76 */
	h.kind = cur_u8(&c);			/* 80 */
	h.format = cur_u8(&c);			/* 81 */
	if (cur_be16(&c) != 0x0100 || h.name_len > 63 || !h.data_len || h.data_len % 512)
		return false;
	/* tags are 12 bytes for each sector, or absent; behind them there may be padding of a MacBinary */
	if (h.tag_len && h.tag_len / 12 != h.data_len / 512)
		return false;
	if ((uint64_t)DC42_HEADER + h.data_len > size && (uint64_t)DC42_HEADER + h.data_len / 2 > size)
		return false;
	if (size > (uint64_t)DC42_HEADER + h.data_len + h.tag_len + 512)
		return false;
	*ret = h;
	return true;
}

static bool
read_header(struct img_source *s, struct dc42_header *ret)
{
	uint8_t b[DC42_HEADER];

	return s->size > sizeof b && !img_source_read(s, 0, b, sizeof b, NULL) && dc42_parse(b, s->size, ret);
}

/* ---- the source ---- */

static int
dc42_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_DATA, .from = dc42_of(s)->below, .at = DC42_HEADER, .stored = s->size };
	return 0;
}

static int
dc42_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	static const char *const kinds[] = { "400K GCR", "800K GCR", "720K MFM", "1440K MFM" };
	const struct dc42_header *h = &dc42_of(s)->header;
	char *name = udif_macroman(h->name, h->name_len);

	img_rep_str(rep, "format", "diskcopy");
	img_rep_str(rep, "name", name);
	img_rep_str(rep, "disk_kind", h->kind < 4 ? kinds[h->kind] : "other");
	img_rep_uint(rep, "format_byte", h->format);
	img_rep_uint(rep, "tag_bytes", h->tag_len);
	free(name);
	return 0;
}

static int
add_check(struct dc42 *d, struct img_checks *list, const char *name, uint64_t at, uint64_t len, uint32_t sum, struct img_err *err)
{
	struct img_check c = { .code = "diskcopy-checksum", .digest = &dc42_digest };
	int rc = img_slice(d->below, at, len, &c.over, err);

	if (rc)
		return rc;
	strcpy(c.name, name);
	store_be32(c.expect, sum);
	rc = img_checks_add(list, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}

static int
dc42_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	struct dc42 *d = dc42_of(s);
	const struct dc42_header *h = &d->header;
	uint64_t tags = (uint64_t)DC42_HEADER + h->data_len;
	int rc = add_check(d, ret, "sectors", DC42_HEADER, h->data_len, h->data_sum, err);

	if (rc || h->tag_len < 12)
		return rc;
	return add_check(d, ret, "tags", tags + 12, h->tag_len - 12, h->tag_sum, err);
}

static void
dc42_destroy(struct img_source *s)
{
	img_unref(dc42_of(s)->below);
	free(s);
}

static const struct img_source_ops dc42_ops = {
	.map = dc42_map, .describe = dc42_describe, .checks = dc42_checks, .destroy = dc42_destroy,
};

static int
dc42_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct dc42_header h;
	struct dc42 *d;

	if (!read_header(o->below, &h))
		return img_fail(err, IMG_E_FORMAT, "the header of DiskCopy 4.2 makes no sense");
	if ((uint64_t)DC42_HEADER + h.data_len + h.tag_len > o->below->size)
		return img_fail(err, IMG_E_FORMAT, "truncated: %" PRIu32 " bytes of sectors and %" PRIu32 " of tags behind the header, the "
				"file has %" PRIu64 " bytes", h.data_len, h.tag_len, o->below->size);
	d = calloc(1, sizeof *d);
	if (!d)
		return img_fail_nomem(err);
	img_source_init(&d->src, &dc42_ops, o->env, "diskcopy", h.data_len, 512);
	d->src.flags = o->below->flags;
	d->below = img_ref(o->below);
	d->header = h;
	*ret = &d->src;
	return 0;
}

static enum img_match
dc42_confirm(const struct img_open *o)
{
	struct dc42_header h;

	return read_header(o->below, &h) ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
}

const struct img_format img_format_diskcopy = {
	.name = "diskcopy",
	.title = "DiskCopy 4.2 image",
	.mime = "application/x-diskcopy",
	.magics = (const struct img_magic[]) { { "\1\0", 2, IMG_FROM_START, 82 }, { 0 } },
	.confirm = dc42_confirm,
	.open = dc42_open,
	.plain = true,
};
