/* SPDX-License-Identifier: BSD-2-Clause */
/* Type, cluster size and lengths of a volume.  A list of candidates (type, cluster size) is tried in order; the
 * first that keeps to the rules and holds the tree is taken.
 *
 * Rules [MS]: the number of clusters tells the type, 4085 and 65525 being the first of the next one, and one should
 * stay 16 away from both, for other people's off-by-ones.  That is tried first; exact bounds are for those who ask
 * for them with a size.  Cluster sizes are those of Microsoft's tables; where a volume of given size does not hold
 * the tree with them, smaller clusters waste less, and are tried next. */
#include "config.h"

#include <inttypes.h>

#include "core/text.h"
#include "formats/fat/plan.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define MARGIN 16

/* As far as everybody reads clusters: 64 KiB is for newer systems only. */
#define MAX_CLUSTER 32768u

/* What formatters give a fixed root; more if the tree needs it. */
#define ROOT_ENTRIES 512u

/* Up to @max bytes clusters have @cluster bytes.  FAT16 beyond 512 MiB and FAT12 beyond 4200 KiB are there for who asks
 * for them.  The odd numbers are Microsoft's. */
struct row {
	uint64_t max;
	uint32_t cluster;
};
static const struct row rows12[] = {
	{ UINT64_C(2080) << 10, 512 }, { UINT64_C(4200) << 10, 1024 }, { 8 * MIB, 2048 }, { 16 * MIB, 4096 },
	{ 32 * MIB, 8192 }, { 64 * MIB, 16384 }, { UINT64_MAX, 32768 },
};
static const struct row rows16[] = {
	{ UINT64_C(32680) * 512, 1024 }, { 128 * MIB, 2048 }, { 256 * MIB, 4096 }, { 512 * MIB, 8192 }, { GIB, 16384 },
	{ UINT64_MAX, 32768 },
};
static const struct row rows32[] = {
	{ UINT64_C(532480) * 512, 512 }, { 8 * GIB, 4096 }, { 16 * GIB, 8192 }, { 32 * GIB, 16384 },
	{ UINT64_MAX, 32768 },
};
#define AUTO12_MAX (UINT64_C(4200) << 10)
#define AUTO16_MAX (512 * MIB)

static const struct row *
rows_of(unsigned int bits)
{
	return bits == 12 ? rows12 : bits == 16 ? rows16 : rows32;
}

static uint32_t
table_cluster(unsigned int bits, uint64_t size, uint32_t sector)
{
	const struct row *r = rows_of(bits);

	while (size > r->max)
		r++;
	return r->cluster > sector ? r->cluster : sector;
}

/* ---- one candidate ---- */

struct try {
	const struct fat_scan *scan;
	const struct fat_options *opt;
	unsigned int bits;
	uint32_t sector, cluster;
	uint32_t margin;
	struct fat_boot boot;		/* the result */
	struct fat_geometry geo;
	uint64_t n;			/* clusters of the result; 0: no room for one */
	uint64_t need;			/* clusters of the tree */
};

static uint64_t
clusters_for(uint64_t bytes, uint32_t cluster)
{
	return (bytes + cluster - 1) / cluster;
}

static uint64_t
count_need(const struct try *t)
{
	uint64_t n = 0;

	for (const struct fat_node *f = t->scan->files; f; f = f->all_next)
		n += clusters_for(f->size, t->cluster);
	for (const struct fat_node *d = &t->scan->root; d; d = d->all_next)
		if (d->parent)
			n += clusters_for((uint64_t)d->held * FAT_ENTRY_LEN, t->cluster);
		else if (t->bits == 32)
			n += d->held ? clusters_for((uint64_t)d->held * FAT_ENTRY_LEN, t->cluster) : 1;
	return n + clusters_for(t->opt->slack, t->cluster);
}

static bool
count_ok(const struct try *t, uint64_t n)
{
	uint32_t m = t->margin;

	if (t->bits == 12)
		return n >= 1 && n <= FAT12_MAX_CLUSTERS - m;
	if (t->bits == 16)
		return n >= FAT12_MAX_CLUSTERS + 1 + m && n <= FAT16_MAX_CLUSTERS - m;
	return n >= FAT16_MAX_CLUSTERS + 1 + m && n <= FAT32_MAX_CLUSTERS;
}

static uint32_t
root_entries(const struct try *t)
{
	uint32_t per = t->sector / FAT_ENTRY_LEN,
		 n = t->scan->root.held < ROOT_ENTRIES ? ROOT_ENTRIES : t->scan->root.held;

	return t->bits == 32 ? 0 : (n + per - 1) / per * per;
}

/* @total sectors with tables of @fat sectors each: where the clusters begin, and how many there are.  The first
 * lies on a multiple of its size, so that files can be shared with what is below; reserved sectors fill the gap. */
static uint64_t
clusters_with(const struct try *t, uint64_t total, uint64_t fat, uint64_t *ret_start)
{
	uint64_t per = t->cluster / t->sector, reserved = t->bits == 32 ? 32 : 1;
	uint64_t start = reserved + 2 * fat + (uint64_t)root_entries(t) * FAT_ENTRY_LEN / t->sector;

	*ret_start = (start + per - 1) / per * per;
	return total > *ret_start ? (total - *ret_start) / per : 0;
}

static uint64_t
table_for(const struct try *t, uint64_t n)
{
	return ((n + 2) * t->bits + 8 * t->sector - 1) / 8 / t->sector;
}

/* The shortest table for @total sectors: every sector more of it leaves fewer clusters to name. */
static uint64_t
table_sectors(const struct try *t, uint64_t total)
{
	uint64_t fat = 1, want, start;

	while ((want = table_for(t, clusters_with(t, total, fat, &start))) > fat)
		fat = want;
	while (fat > 1 && table_for(t, clusters_with(t, total, fat - 1, &start)) < fat)
		fat--;
	return fat;
}

static bool
lay_out(struct try *t, uint64_t total)
{
	struct fat_boot *b = &t->boot;
	uint64_t start, fat;

	t->n = 0;
	if (total > UINT32_MAX || root_entries(t) > UINT16_MAX)
		return false;
	fat = table_sectors(t, total);
	t->n = clusters_with(t, total, fat, &start);
	b->sector_size = t->sector;
	b->cluster_sectors = t->cluster / t->sector;
	b->n_fats = 2;
	b->root_entries = root_entries(t);
	b->fat_sectors = (uint32_t)fat;
	b->total_sectors = (uint32_t)total;
	b->fat32 = t->bits == 32;
	b->reserved_sectors = (uint32_t)(start - 2 * fat - (uint64_t)b->root_entries * FAT_ENTRY_LEN / t->sector);
	return count_ok(t, t->n) && (b->fat32 || fat <= UINT16_MAX) && !fat_geometry(b, &t->geo, NULL) &&
	       t->geo.bits == t->bits;
}

static uint64_t
least_clusters(const struct try *t)
{
	uint64_t least = t->bits == 12 ? 1 : (t->bits == 16 ? FAT12_MAX_CLUSTERS : FAT16_MAX_CLUSTERS) + 1 + t->margin;

	return t->need > least ? t->need : least;
}

/* Tracks of 32 sectors come out even, for tools that look at what nobody has used for decades (mtools). */
#define TRACK 32

/* The smallest volume for the tree. */
static bool
shrink(struct try *t)
{
	uint64_t n = least_clusters(t), total = n * (t->cluster / t->sector);

	if (n > FAT32_MAX_CLUSTERS)
		return false;
	for (total = (total + TRACK - 1) / TRACK * TRACK; total <= UINT32_MAX; total += TRACK) {
		if (lay_out(t, total) && t->n >= n)
			return true;
		if (t->n >= n)
			return false;		/* too many for the type: more sectors do not help */
		if (t->n)
			total += (n - t->n) * (t->cluster / t->sector) / TRACK * TRACK;
	}
	return false;
}

/* ---- candidates ---- */

static bool
fits_size(struct try *t)
{
	return lay_out(t, t->opt->size / t->sector) && t->need <= t->geo.n_clusters;
}

/* Without a size the volume must have the cluster size that goes with the size it gets. */
static bool
fits_small(struct try *t, bool chosen)
{
	uint64_t max = t->opt->bits ? UINT64_MAX : t->bits == 12 ? AUTO12_MAX : t->bits == 16 ? AUTO16_MAX : UINT64_MAX;

	if (!shrink(t) || t->geo.size > max)
		return false;
	return chosen || table_cluster(t->bits, t->geo.size, t->sector) <= t->cluster;
}

static bool
try_one(struct try *t, unsigned int bits, uint32_t cluster)
{
	t->bits = bits;
	t->cluster = cluster;
	t->need = count_need(t);
	return t->opt->size ? fits_size(t) : fits_small(t, t->opt->cluster_size != 0);
}

static bool
try_clusters(struct try *t, unsigned int bits)
{
	uint32_t usual;

	if (t->opt->cluster_size)
		return try_one(t, bits, t->opt->cluster_size);
	if (!t->opt->size) {
		for (uint32_t c = table_cluster(bits, 0, t->sector); c <= MAX_CLUSTER; c *= 2)
			if (try_one(t, bits, c))
				return true;
		return false;
	}
	usual = table_cluster(bits, t->opt->size, t->sector);
	for (uint32_t c = usual; c >= t->sector; c /= 2)
		if (try_one(t, bits, c))
			return true;
	for (uint32_t c = usual * 2; c <= MAX_CLUSTER; c *= 2)
		if (try_one(t, bits, c))
			return true;
	return false;
}

static bool
try_types(struct try *t)
{
	static const unsigned int small[] = { 12, 16, 32 }, middle[] = { 16, 12, 32 }, large[] = { 32, 16, 12 };
	const unsigned int *order = t->opt->size <= AUTO12_MAX ? small : t->opt->size <= AUTO16_MAX ? middle : large;

	if (t->opt->bits)
		return try_clusters(t, t->opt->bits);
	for (int i = 0; i < 3; i++)
		if (try_clusters(t, order[i]))
			return true;
	return false;
}

/* ---- what is asked for ---- */

static int
check_options(const struct fat_options *o, uint32_t sector, struct img_err *err)
{
	if (sector < 512 || sector > 4096 || sector & (sector - 1))
		return img_fail(err, IMG_E_USAGE, "FAT has sectors of 512, 1024, 2048 or 4096 bytes, not of %" PRIu32,
				sector);
	if (o->bits && o->bits != 12 && o->bits != 16 && o->bits != 32)
		return img_fail(err, IMG_E_USAGE, "there is FAT12, FAT16 and FAT32, but no FAT%u", o->bits);
	if (o->cluster_size && (o->cluster_size < sector || o->cluster_size > 128 * sector ||
				o->cluster_size > 2 * MAX_CLUSTER || o->cluster_size & (o->cluster_size - 1)))
		return img_fail(err, IMG_E_USAGE,
				"clusters of %" PRIu32 " bytes: expected a power of two from %" PRIu32 " to %" PRIu32,
				o->cluster_size, sector,
				128 * sector < 2 * MAX_CLUSTER ? 128 * sector : 2 * MAX_CLUSTER);
	if (o->size % sector)
		return img_fail(err, IMG_E_USAGE,
				"a FAT volume of %" PRIu64 " bytes is no whole number of sectors (%" PRIu32 " bytes)",
				o->size, sector);
	if (o->size / sector > UINT32_MAX)
		return img_fail(err, IMG_E_USAGE, "a FAT volume has up to %" PRIu64 " bytes",
				(uint64_t)UINT32_MAX * sector);
	return 0;
}

/* Nothing fits: say how much is missing, or which rule is in the way. */
static int
fail(struct try *t, struct img_err *err)
{
	const struct fat_options *o = t->opt;
	struct fat_options any = *o;
	struct try small = { .scan = t->scan, .opt = &any, .sector = t->sector };
	char have[TEXT_SIZE_MAX], want[TEXT_SIZE_MAX];
	uint64_t n;

	any.size = 0;
	if (!try_types(&small))
		return img_fail(err, IMG_E_UNSUPPORTED, o->bits || o->cluster_size ?
				"the tree does not fit into a FAT volume of this type and cluster size" :
				"the tree does not fit into a FAT volume");
	if (!o->size)
		return img_fail(err, IMG_E_UNSUPPORTED, "no FAT volume has these properties");
	if (small.geo.size > o->size)
		return img_fail(err, IMG_E_NOSPACE, "a FAT volume of %s is too small: it takes %s (%" PRIu64 " bytes)",
				text_size_exact(have, o->size), text_size_exact(want, small.geo.size), small.geo.size);
	t->cluster = o->cluster_size ? o->cluster_size : table_cluster(small.bits, o->size, t->sector);
	n = o->size / t->cluster;
	return img_fail(err, IMG_E_USAGE,
			"no FAT%u volume has %s: about %" PRIu64 " clusters of %" PRIu32
			" bytes; FAT12 has up to 4084, FAT16 up to 65524, FAT32 more",
			small.bits, text_size_exact(have, o->size), n, t->cluster);
}

int
fat_plan(const struct fat_scan *s, const struct fat_options *o, struct fat_boot *ret, struct fat_geometry *ret_geo,
	 struct img_err *err)
{
	struct try t = { .scan = s, .opt = o, .sector = o->sector_size ? o->sector_size : 512, .margin = MARGIN };
	int rc = check_options(o, t.sector, err);

	if (rc)
		return rc;
	if (!try_types(&t)) {
		t.margin = 0;
		if (!try_types(&t))
			return fail(&t, err);
	}
	*ret = t.boot;
	*ret_geo = t.geo;
	return 0;
}
