/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading block maps.
 *
 * An XML document, "bmap" with a version, in it the sizes, the kind of checksum, a checksum of the file itself and a list of
 * ranges "first-last" (both included) or "n", each with the checksum of its bytes.  A range that reaches past the image's end
 * is summed up to there.  The file's own checksum is that of the file with zeros ("0") in place of its digits.
 *
 *	1.0 to 1.2	no checksums
 *	1.3		SHA-1: elements and attributes have names of their own
 *	1.4, 2.0	any, as ChecksumType says
 *
 * Ranges may stand in any order here: whoever reads a map can seek (bmaptool's own writer puts them in order). */
#include "config.h"

#include "formats/bmap/bmap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/sums.h"
#include "core/xml.h"
#include "img/check.h"
#include "img/source.h"

#define MAX_FILE (16 << 20)	/* of a map with 100,000 ranges; each costs a check of 500 bytes */

enum element { SIZE, BLOCK, BLOCKS, MAPPED, TYPE, OWN, OWN_SHA1, MAP, N_ELEMENTS };
static const char *const names[N_ELEMENTS] = {
	"ImageSize", "BlockSize", "BlocksCount", "MappedBlocksCount", "ChecksumType", "BmapFileChecksum", "BmapFileSHA1", "BlockMap",
};

struct reading {
	struct bmap b;
	bool seen[N_ELEMENTS];
	bool in_map;
	char range_sum[2 * IMG_DIGEST_MAX + 1];	/* of the range at hand; "": none */
};

static int
number(const char *text, const char **ret_end, uint64_t *ret)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++, n++)
		if (!u64_mul(v, 10, &v) || !u64_add(v, (uint64_t)(*text - '0'), &v))
			return -1;
	*ret_end = text;
	*ret = v;
	return n ? 0 : -1;
}

static const char *
blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

static int
begin_bmap(struct reading *r, const char *name, const struct img_xml_attr *attrs, size_t n, struct img_err *err)
{
	char version[16] = "";

	if (strcmp(name, "bmap"))
		return img_fail(err, IMG_E_FORMAT, "the outermost element is <%.40s>, not <bmap>", name);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(attrs[i].name, "version") && attrs[i].len < sizeof version)
			memcpy(version, attrs[i].value, attrs[i].len);
	if (sscanf(version, "%3u.%3u", &r->b.major, &r->b.minor) != 2 || !r->b.major)
		return img_fail(err, IMG_E_FORMAT, "no version of the map");
	if (r->b.major > 2)
		return img_fail(err, IMG_E_UNSUPPORTED, "a block map of version %s; versions up to 2 are known", version);
	return 0;
}

static int
begin_range(struct reading *r, const struct img_xml_attr *attrs, size_t n, struct img_err *err)
{
	r->range_sum[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (strcmp(attrs[i].name, "chksum") && strcmp(attrs[i].name, "sha1"))
			continue;
		if (attrs[i].len >= sizeof r->range_sum)
			return img_fail(err, IMG_E_FORMAT, "range %zu: its checksum has %zu digits", r->b.n, attrs[i].len);
		memcpy(r->range_sum, attrs[i].value, attrs[i].len);
		r->range_sum[attrs[i].len] = '\0';
		if (!strcmp(attrs[i].name, "sha1") && !r->b.digest)
			r->b.digest = img_digest_by_name("sha1");
	}
	return 0;
}

static int
on_begin(void *ctx, unsigned int depth, const char *name, const struct img_xml_attr *attrs, size_t n, struct img_err *err)
{
	struct reading *r = ctx;

	if (!depth)
		return begin_bmap(r, name, attrs, n, err);
	if (depth == 1)
		r->in_map = !strcmp(name, names[MAP]);
	return depth == 2 && r->in_map && !strcmp(name, "Range") ? begin_range(r, attrs, n, err) : 0;
}

/* "first-last" or "n". */
static int
add_range(struct reading *r, const char *text, struct img_err *err)
{
	bool summed = r->range_sum[0];
	uint8_t sum[IMG_DIGEST_MAX];
	uint64_t first, last;
	const char *p;

	if (number(text, &p, &first))
		return img_fail(err, IMG_E_FORMAT, "range %zu: \"%.40s\" is no number of a block", r->b.n, text);
	last = first;
	p = blanks(p);
	if (*p == '-' && number(blanks(p + 1), &p, &last))
		return img_fail(err, IMG_E_FORMAT, "range %zu: \"%.40s\" has no last block", r->b.n, text);
	if (*blanks(p) || last < first)
		return img_fail(err, IMG_E_FORMAT, "range %zu: \"%.40s\" is no range of blocks", r->b.n, text);
	if (summed && !r->b.digest)
		return img_fail(err, IMG_E_FORMAT, "range %zu has a checksum, but nothing says of what kind", r->b.n);
	if (summed && !sums_hex(r->range_sum, r->b.digest, sum))
		return img_fail(err, IMG_E_FORMAT, "range %zu: \"%.80s\" is no %s", r->b.n, r->range_sum, r->b.digest->name);
	return bmap_add(&r->b, first, last, summed ? sum : NULL, err);
}

static int
take_digest(struct reading *r, const char *type, const char *own, struct img_err *err)
{
	const struct img_digest *d = type ? img_digest_by_name(type) : r->b.digest;

	if (type && !d)
		return img_fail(err, IMG_E_UNSUPPORTED, "checksums of the unknown type \"%.40s\"", type);
	r->b.digest = d;
	if (!own)
		return 0;
	if (!d || !sums_hex(own, d, r->b.own))
		return img_fail(err, IMG_E_FORMAT, "the map's own checksum, \"%.80s\", is no %s", own, d ? d->name : "checksum");
	r->b.has_own = true;
	return 0;
}

static int
take_number(const char *name, const char *text, uint64_t *ret, struct img_err *err)
{
	const char *end;

	if (number(text, &end, ret) || *end)
		return img_fail(err, IMG_E_FORMAT, "<%s> is \"%.40s\", no number", name, text);
	return 0;
}

static int
end_element(struct reading *r, const char *name, const char *text, struct img_err *err)
{
	uint64_t *const numbers[] = { &r->b.size, &r->b.block, &r->b.n_blocks, &r->b.n_mapped };
	size_t e = 0;

	while (e < N_ELEMENTS && strcmp(name, names[e]))
		e++;
	if (e == N_ELEMENTS)	/* versions after 2.0 may say more */
		return 0;
	if (r->seen[e])
		return img_fail(err, IMG_E_FORMAT, "<%s> stands there twice", name);
	r->seen[e] = true;
	if (e <= MAPPED)
		return take_number(name, text, numbers[e], err);
	if (e == TYPE)
		return take_digest(r, text, NULL, err);
	if (e == OWN_SHA1)
		return take_digest(r, "sha1", text, err);
	return e == OWN ? take_digest(r, NULL, text, err) : 0;
}

static int
on_end(void *ctx, unsigned int depth, const char *name, const char *text, struct img_err *err)
{
	struct reading *r = ctx;

	if (depth == 1)
		return end_element(r, name, text, err);
	return depth == 2 && r->in_map && !strcmp(name, "Range") ? add_range(r, text, err) : 0;
}

/* ---- does it make sense? ---- */

static int
check_ranges(struct bmap *b, struct img_err *err)
{
	uint64_t sum = 0;

	bmap_sort(b);
	for (size_t i = 0; i < b->n; i++) {
		if (b->v[i].last >= b->n_blocks)
			return img_fail(err, IMG_E_FORMAT, "a range ends with block %" PRIu64 " of %" PRIu64, b->v[i].last, b->n_blocks);
		if (i && b->v[i].first <= b->v[i - 1].last)
			return img_fail(err, IMG_E_FORMAT, "two ranges have block %" PRIu64, b->v[i].first);
		sum += b->v[i].last - b->v[i].first + 1;
	}
	if (sum != b->n_mapped)
		return img_fail(err, IMG_E_FORMAT, "the ranges have %" PRIu64 " blocks, <MappedBlocksCount> says %" PRIu64, sum,
				b->n_mapped);
	return 0;
}

static int
check(struct reading *r, struct img_err *err)
{
	struct bmap *b = &r->b;

	for (size_t e = 0; e < N_ELEMENTS; e++)
		if ((e <= MAPPED || e == MAP) && !r->seen[e])
			return img_fail(err, IMG_E_FORMAT, "<%s> is missing", names[e]);
	if (!b->block || b->block % 512 || b->size >> 60)
		return img_fail(err, IMG_E_FORMAT, "an image of %" PRIu64 " bytes in blocks of %" PRIu64, b->size, b->block);
	if (b->n_blocks != (b->size ? (b->size - 1) / b->block + 1 : 0))
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " blocks of %" PRIu64 " bytes are not %" PRIu64 " bytes", b->n_blocks,
				b->block, b->size);
	return check_ranges(b, err);
}

/* Where do the digits of the map's own checksum stand?  Behind the tag's name, not just anywhere. */
static int
find_own(const char *text, size_t len, struct bmap *b, struct img_err *err)
{
	const char *tag = memmem(text, len, "<BmapFile", 9), *end = text + len;

	tag = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
	while (tag && ++tag < end && (*tag == ' ' || *tag == '\t' || *tag == '\n' || *tag == '\r'))
		;
	if (!tag || (size_t)(end - tag) < 2 * b->digest->size)
		return img_fail(err, IMG_E_FORMAT, "the map's own checksum cannot be found in it");
	b->own_at = (uint64_t)(tag - text);
	return 0;
}

int
bmap_read(struct img_source *file, struct bmap *ret, struct img_err *err)
{
	static const struct img_xml_ops ops = { on_begin, on_end };
	struct reading r = { .b = { .sums = img_buf_new(MAX_FILE) } };
	img_autofree char *text = NULL;
	int rc;

	if (file->size > MAX_FILE)
		return img_fail(err, IMG_E_LIMIT, "a block map of %" PRIu64 " bytes; more than %d MiB are not read", file->size,
				MAX_FILE >> 20);
	text = malloc(file->size ? (size_t)file->size : 1);
	rc = text ? img_source_read(file, 0, text, (size_t)file->size, err) : img_fail_nomem(err);
	if (!rc)
		rc = img_xml_read(file, &ops, &r, err);
	if (!rc)
		rc = check(&r, err);
	if (!rc && r.b.has_own)
		rc = find_own(text, (size_t)file->size, &r.b, err);
	if (rc)
		bmap_done(&r.b);
	else
		*ret = r.b;
	return rc;
}

int
bmap_add(struct bmap *b, uint64_t first, uint64_t last, const uint8_t *sum, struct img_err *err)
{
	struct bmap_range r = { first, last, sum ? b->sums.len : BMAP_NO_SUM };
	int rc = sum ? img_buf_add(&b->sums, sum, b->digest->size, err) : 0;

	if (!rc)
		rc = img_room(&b->v, b->n, &b->room, sizeof r, err);
	if (!rc)
		b->v[b->n++] = r;
	return rc;
}

static int
by_first(const void *a, const void *b)
{
	const struct bmap_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void
bmap_sort(struct bmap *b)
{
	if (b->n)
		qsort(b->v, b->n, sizeof *b->v, by_first);
}

void
bmap_done(struct bmap *b)
{
	free(b->v);
	img_buf_done(&b->sums);
	*b = (struct bmap) { 0 };
}
