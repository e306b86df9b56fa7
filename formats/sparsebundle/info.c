/* SPDX-License-Identifier: BSD-2-Clause */
/* Info.plist of a sparse bundle. */
#include "config.h"

#include "formats/sparsebundle/info.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "core/xml.h"

#define MAX_PLIST (1 << 20)	/* real ones have 500 bytes */

struct reading {
	struct bundle_info info;
	bool has_size, has_band;
};

/* Decimal and nothing else; hand-made lists have numbers as strings. */
static int
number(const char *key, enum img_plist_type type, const struct img_buf *v, uint64_t *ret, struct img_err *err)
{
	uint64_t n = 0;

	if (type != IMG_PLIST_INTEGER && type != IMG_PLIST_STRING)
		return img_fail(err, IMG_E_FORMAT, "Info.plist: %s is no number", key);
	for (size_t i = 0; i < v->len; i++)
		if (v->p[i] < '0' || v->p[i] > '9' || !u64_mul(n, 10, &n) || !u64_add(n, (uint64_t)(v->p[i] - '0'), &n))
			return img_fail(err, IMG_E_FORMAT, "Info.plist: %s is no number of bytes", key);
	if (!v->len)
		return img_fail(err, IMG_E_FORMAT, "Info.plist: %s is empty", key);
	*ret = n;
	return 0;
}

static int
on_value(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_buf *v, struct img_err *err)
{
	struct reading *r = ctx;

	if (img_plist_at(at, 1, "band-size")) {
		r->has_band = true;
		return number("band-size", type, v, &r->info.band_size, err);
	}
	if (img_plist_at(at, 1, "size")) {
		r->has_size = true;
		return number("size", type, v, &r->info.size, err);
	}
	if (img_plist_at(at, 1, "bundle-backingstore-version"))
		return number("bundle-backingstore-version", type, v, &r->info.version, err);
	if (img_plist_at(at, 1, "diskimage-bundle-type"))
		r->info.is_bundle = type == IMG_PLIST_STRING && v->len == strlen(SPARSEBUNDLE_TYPE) &&
				    memcmp(v->p, SPARSEBUNDLE_TYPE, v->len) == 0;
	return 0;
}

static int
check(const struct reading *r, struct img_err *err)
{
	const struct bundle_info *i = &r->info;

	if (!i->is_bundle)
		return img_fail(err, IMG_E_UNKNOWN, "Info.plist is not that of a sparse bundle");
	if (!r->has_size || !r->has_band)
		return img_fail(err, IMG_E_FORMAT, "Info.plist: %s is missing", r->has_size ? "band-size" : "size");
	if (!i->band_size || i->band_size % 512 || i->band_size > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_FORMAT, "Info.plist: a band size of %" PRIu64 " bytes is no whole number of sectors",
				i->band_size);
	if (!i->size || i->size % 512 || i->size > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_FORMAT, "Info.plist: a size of %" PRIu64 " bytes is no whole number of sectors",
				i->size);
	if (i->version > 1)
		return img_fail(err, IMG_E_UNSUPPORTED, "Info.plist: backing store version %" PRIu64 "; 1 is known", i->version);
	return 0;
}

int
bundle_info_read(struct img_source *plist, struct bundle_info *ret, struct img_err *err)
{
	static const struct img_plist_ops ops = { .value = on_value };
	struct reading r = { 0 };
	int rc;

	if (plist->size > MAX_PLIST)
		return img_fail(err, IMG_E_LIMIT, "Info.plist has %" PRIu64 " bytes, more than the limit of %d", plist->size,
				MAX_PLIST);
	rc = img_plist_read(plist, 0, plist->size, &ops, &r, err);
	if (!rc)
		rc = check(&r, err);
	if (rc)
		return rc;
	*ret = r.info;
	return 0;
}
