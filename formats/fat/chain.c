/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of clusters.  The table is read through a small window, so that a chain costs memory of no account,
 * however large the volume; what a table entry names is checked before it is followed. */
#include "config.h"

#include <inttypes.h>

#include "formats/fat/volume.h"

void
fat_chain_start(struct fat_chain *c, const struct fat *f, uint32_t first, uint32_t max)
{
	c->fat = f;
	c->next = first;
	c->left = max < f->geo.n_clusters ? max : f->geo.n_clusters;
	c->mark = first;
	c->step = 0;
	c->power = 1;
	c->window_len = 0;
	c->window_off = 0;
}

static int
window_fill(struct fat_chain *c, uint64_t off, struct img_err *err)
{
	const struct fat *f = c->fat;
	uint64_t start = off & ~UINT64_C(511), len = f->geo.fat_len - start;
	int rc;

	if (len > sizeof c->window)
		len = sizeof c->window;
	rc = img_source_read(f->volume, f->table_off + start, c->window, (size_t)len, err);
	if (rc)
		return img_note(err, rc, "the allocation table");
	c->window_off = start;
	c->window_len = (uint32_t)len;
	return 0;
}

int
fat_chain_look(struct fat_chain *c, uint32_t cluster, uint32_t *ret, struct img_err *err)
{
	unsigned int bits = c->fat->geo.bits, n = bits == 32 ? 4 : 2;
	uint64_t off = fat_entry_off(bits, cluster);

	if (off < c->window_off || off + n > c->window_off + c->window_len) {
		int rc = window_fill(c, off, err);

		if (rc)
			return rc;
	}
	*ret = fat_entry_get(bits, cluster, c->window + (off - c->window_off));
	return 0;
}

/* Is @cluster, named as the first or by the entry of the one before, one that a chain may go to? */
static int
check_place(const struct fat_chain *c, uint32_t cluster, struct img_err *err)
{
	if (cluster == FAT_FREE || cluster == 1)
		return img_fail(err, IMG_E_FORMAT, "the chain of clusters breaks off at a free cluster");
	if (cluster == FAT_BAD(c->fat->geo.bits))
		return img_fail(err, IMG_E_FORMAT, "the chain of clusters leads to one marked bad");
	return img_fail(err, IMG_E_FORMAT, "the chain of clusters leads to %" PRIu32 ", the last one is %" PRIu32,
			cluster, c->fat->geo.n_clusters + 1);
}

/* Brent's way to see a circle: a mark that stays put for longer and longer. */
static int
check_circle(struct fat_chain *c, uint32_t cluster, struct img_err *err)
{
	if (cluster == c->mark)
		return img_fail(err, IMG_E_FORMAT, "the chain of clusters comes back to cluster %" PRIu32, cluster);
	if (++c->step == c->power) {
		c->mark = cluster;
		c->step = 0;
		c->power = c->power > UINT32_MAX / 2 ? c->power : c->power * 2;
	}
	return 0;
}

static bool
is_end(const struct fat_chain *c, uint32_t cluster)
{
	return cluster > FAT_BAD(c->fat->geo.bits);
}

int
fat_chain_next(struct fat_chain *c, uint32_t *ret_first, uint32_t *ret_n, struct img_err *err)
{
	uint32_t first = c->next, n = 0, at = first;

	while (c->left && at == first + n && !is_end(c, at)) {
		int rc;

		if (!fat_on_volume(c->fat, at))
			return check_place(c, at, err);
		n++;
		c->left--;
		rc = fat_chain_look(c, at, &at, err);
		if (!rc && c->left && !is_end(c, at))
			rc = check_circle(c, at, err);
		if (rc)
			return rc;
	}
	c->next = at;
	*ret_first = first;
	*ret_n = n;
	return 0;
}
