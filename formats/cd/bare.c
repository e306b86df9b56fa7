/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw sectors without a description: a .bin whose sheet is lost, an .iso that somebody renamed.  The synchronisation pattern
 * at the beginning and one sector further on tells the distance; where sectors have none (2336 bytes of mode 2), the
 * signature of ISO 9660 in sector 16 does.  The name never decides.
 *
 * Sound has no pattern: what follows the last sector that has one belongs to other tracks, which only a sheet could tell. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "formats/cd/cd.h"
#include "formats/cd/disc.h"
#include "img/env.h"
#include "img/source.h"

static const uint32_t strides[] = { CD_RAW, CD_RAW + 96, CD_RAW + 16 };

static bool
has_sync(struct img_source *s, uint64_t at)
{
	uint8_t b[sizeof cd_sync];

	return at <= s->size && s->size - at >= CD_RAW && !img_source_read(s, at, b, sizeof b, NULL) && !memcmp(b, cd_sync, sizeof b);
}

static bool
has_volume(struct img_source *s, uint64_t at)
{
	uint8_t b[6];

	return at < s->size && s->size - at > CD_USER && !img_source_read(s, at, b, sizeof b, NULL) && b[0] == 1 &&
	       !memcmp(b + 1, "CD001", 5);
}

/* The distance of sectors that begin with the pattern; 0: they do not. */
static uint32_t
raw_stride(struct img_source *s)
{
	if (!has_sync(s, 0))
		return 0;
	for (size_t i = 0; i < sizeof strides / sizeof *strides; i++)
		if (has_sync(s, strides[i]))
			return strides[i];
	return s->size < 2 * CD_RAW ? CD_RAW : 0;
}

/* Sectors of 2336 bytes: which one is sector 0?  False: there are none. */
static bool
xa_first(struct img_source *s, uint64_t *ret)
{
	for (*ret = 0; *ret <= CD_LEAD; *ret += CD_LEAD)
		if (has_volume(s, (*ret + 16) * CD_XA + 8))
			return true;
	return false;
}

static enum img_match
bare_confirm(const struct img_open *o)
{
	uint64_t first;

	return raw_stride(o->below) || xa_first(o->below, &first) ? IMG_MATCH_MAGIC : IMG_MATCH_NONE;
}

/* Of @n sectors the first that is no data. */
static uint64_t
end_of_data(const struct cd_track *t, uint64_t n)
{
	uint64_t lo = 0, hi = n;

	if (n && has_sync(t->file, t->at + (n - 1) * t->stride))
		return n;
	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;

		*(has_sync(t->file, t->at + mid * t->stride) ? &lo : &hi) = mid;
	}
	return hi;
}

static void
say_rest(const struct img_open *o, uint64_t n)
{
	struct img_source *sheet = NULL;
	char name[256];

	if (!cd_beside_suffix(o, ".cue", &sheet, name, NULL)) {
		img_problem(o->env, IMG_WARNING, "cd-more-tracks", "%" PRIu64 " sectors behind the data are other tracks; \"%s\" beside it "
			    "knows them", n, name);
		img_unref(sheet);
	} else {
		img_problem(o->env, IMG_WARNING, "cd-more-tracks", "%" PRIu64 " sectors behind the data are other tracks, which only a "
			    "sheet (.cue) could tell", n);
	}
}

/* Behind a pregap, if the file begins with one. */
static void
skip_pregap(struct cd_track *t)
{
	uint8_t head[CD_HEAD];
	int64_t lba;

	if (!img_source_read(t->file, t->at, head, sizeof head, NULL) && cd_address(head, &lba) && lba < 0 &&
	    has_sync(t->file, t->at + (uint64_t)-lba * t->stride)) {
		t->gap = (uint64_t)-lba;
		t->at += t->gap * t->stride;
	}
	/* 16: where a file system begins; the first sectors may be of any mode */
	if (!img_source_read(t->file, t->at + 16 * t->stride, head, sizeof head, NULL) ||
	    !img_source_read(t->file, t->at, head, sizeof head, NULL))
		t->mode = head[15] == 2 ? 2 : 1;
}

static int
bare_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	uint64_t first = 0, n, size = o->below->size;
	struct cd_track *t;
	int rc = cd_disc_add(d, &t, err);

	if (rc)
		return rc;
	t->number = t->session = 1;
	t->file = img_ref(o->below);
	t->stride = raw_stride(o->below);
	if (t->stride) {
		t->main = CD_MAIN_RAW;
		skip_pregap(t);
	} else if (xa_first(o->below, &first)) {
		t->main = CD_MAIN_XA;
		t->mode = 2;
		t->stride = CD_XA;
		t->gap = first;
		t->at = first * CD_XA;
	} else {
		return img_fail(err, IMG_E_FORMAT, "begins with no raw sectors of a CD");
	}
	n = (size - t->at) / t->stride + ((size - t->at) % t->stride >= cd_main_size(t->main));
	t->n = t->main == CD_MAIN_RAW ? end_of_data(t, n) : n;
	if (t->n < n)
		say_rest(o, n - t->n);
	else if ((size - t->at) % t->stride && (size - t->at) % t->stride < cd_main_size(t->main))
		img_problem(o->env, IMG_WARNING, "cd-rest", "ends inside a sector: %" PRIu64 " bytes are left over",
			    (size - t->at) % t->stride);
	return 0;
}

static int
bare_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "rawcd", bare_fill, ret, err);
}

const struct img_format img_format_rawcd = {
	.name = "rawcd",
	.title = "raw sectors of a CD",
	.confirm = bare_confirm,
	.plain = true,
	.open = bare_open,
};
