/* SPDX-License-Identifier: BSD-2-Clause */
/* Where UDF begins: the recognition sequence at byte 32768 says that it is there, the anchor where its descriptors are.
 * Neither tells the size of a block; the anchor's tag names its own block, and that settles it. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "formats/udf/udf.h"
#include "formats/udf/volume.h"
#include "img/env.h"
#include "img/source.h"

/* most likely first: optical, hard disk, large sectors */
static const uint32_t block_sizes[] = { 2048, 512, 4096, 1024, 8192, 16384, 32768 };
#define N_BLOCK_SIZES (sizeof block_sizes / sizeof block_sizes[0])

/* 2/8.3: structures of 2048 bytes, or of a sector where that is larger.  Long lists are no list. */
#define MAX_STRUCTURES 64

struct announced {
	uint16_t nsr;
	bool iso;
};

static bool
vrs_read(struct img_source *s, uint32_t step, struct announced *ret)
{
	struct announced a = { 0 };
	uint8_t b[7];

	for (uint64_t i = 0, off = 32768; i < MAX_STRUCTURES; i++, off += step) {
		if (!span_ok(off, sizeof b, s->size) || img_source_read(s, off, b, sizeof b, NULL))
			break;
		if (!memcmp(b + 1, "NSR02", 5) || !memcmp(b + 1, "NSR03", 5))
			a.nsr = (uint16_t)(b[5] - '0');
		else if (!memcmp(b + 1, "CD001", 5))
			a.iso = true;
		else if (memcmp(b + 1, "BEA01", 5) && memcmp(b + 1, "BOOT2", 5) && memcmp(b + 1, "CDW02", 5))
			break;		/* TEA01, or no structure */
	}
	*ret = a;
	return a.nsr != 0;
}

static bool
announced_read(struct img_source *s, struct announced *ret)
{
	for (uint32_t step = 2048; step <= 32768; step *= 2)
		if (vrs_read(s, step, ret))
			return true;
	return false;
}

static bool
anchor_at(struct img_source *s, uint32_t bs, uint64_t block, struct udf_avdp *ret)
{
	uint8_t b[UDF_DESC_LEN];
	struct udf_tag tag;
	uint64_t off;

	return u64_mul(block, bs, &off) && span_ok(off, bs, s->size) && !img_source_read(s, off, b, sizeof b, NULL) &&
	       !udf_tag_check(b, sizeof b, UDF_AVDP, &tag, NULL) && tag.location == block &&
	       !udf_avdp_parse(b, ret, NULL);
}

struct anchors {
	uint32_t bs;
	uint64_t block;		/* of the first one found */
	unsigned int n;
	struct udf_avdp avdp;
};

/* Look at @n places, counted from the end where they are negative. */
static bool
anchors_in(struct img_source *s, uint32_t bs, const int *where, size_t n, struct anchors *a)
{
	uint64_t blocks = s->size / bs;

	for (size_t i = 0; i < n; i++) {
		uint64_t block = where[i] < 0 ? blocks - (uint64_t)-where[i] : (uint64_t)where[i];
		struct udf_avdp avdp;

		if (block >= blocks || (where[i] < 0 && block <= 256) || !anchor_at(s, bs, block, &avdp))
			continue;
		if (!a->n++)
			*a = (struct anchors) { bs, block, 1, avdp };
	}
	return a->n > 0;
}

static bool
anchors_find(struct img_source *s, struct anchors *ret)
{
	/* 3/8.4.2.1 and UDF 2.2.3: two of 256, N - 257 and N - 1; 512 on discs that are not closed (UDF 6.10.4) */
	static const int usual[] = { 256, -1, -257, 512 };
	/* run-out blocks and padding of 150 blocks behind the last one (as Linux) */
	static const int odd[] = { -2, -3, -151, -152, -153, -258, -259, -407, -408, -409 };
	struct anchors a = { 0 };

	for (size_t i = 0; i < N_BLOCK_SIZES && !a.n; i++)
		anchors_in(s, block_sizes[i], usual, sizeof usual / sizeof usual[0], &a);
	for (size_t i = 0; i < 3 && !a.n; i++)
		anchors_in(s, block_sizes[i], odd, sizeof odd / sizeof odd[0], &a);
	*ret = a;
	return a.n > 0;
}

bool
udf_is_announced(struct img_source *volume)
{
	struct announced announced;

	return announced_read(volume, &announced);
}

int
udf_probe(struct img_source *below, bool *ret_announced, bool *ret_anchored)
{
	struct announced announced;
	struct anchors anchors;
	bool says = announced_read(below, &announced);

	*ret_announced = says;
	*ret_anchored = anchors_find(below, &anchors);
	return 0;
}

int
udf_anchor_find(struct udf_volume *v, struct img_err *err)
{
	struct announced announced = { 0 };
	struct anchors a;
	bool says = announced_read(v->below, &announced);

	if (!anchors_find(v->below, &a))
		return img_fail(err, says ? IMG_E_FORMAT : IMG_E_UNKNOWN, "no UDF anchor at block 256, nor at the end (%" PRIu64
				" bytes)", v->below->size);
	if (!says)
		img_problem(v->env, IMG_WARNING, "udf-not-announced",
			    "no NSR descriptor at byte 32768 announces the UDF file system");
	v->nsr = announced.nsr;
	v->bridge = announced.iso;
	v->bs = a.bs;
	v->anchor = a.block;
	v->n_anchors = a.n;
	v->avdp = a.avdp;
	return 0;
}
