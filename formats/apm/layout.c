/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple partition map on disk, big-endian (Inside Macintosh: Devices, 3-12). */
#include "config.h"

#include "formats/apm/layout.h"

int
apm_driver_map_parse(struct img_cursor *c, struct apm_driver_map *ret, struct img_err *err)
{
	struct apm_driver_map d = { 0 };

	cur_tag(c, "ER");			/*  0 */
	d.block_size = cur_be16(c);		/*  2 */
	d.block_count = cur_be32(c);		/*  4 */
	d.type = cur_be16(c);			/*  8 */
	d.id = cur_be16(c);			/* 10 */
	d.data = cur_be32(c);			/* 12 */
	d.n_drivers = cur_be16(c);		/* 16 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "block 0 is no driver map");
	*ret = d;
	return 0;
}

void
apm_driver_map_emit(const struct apm_driver_map *d, uint8_t *ret)
{
	memcpy(ret, "ER", 2);
	store_be16(ret + 2, d->block_size);
	store_be32(ret + 4, d->block_count);
	store_be16(ret + 8, d->type);
	store_be16(ret + 10, d->id);
	store_be32(ret + 12, d->data);
	store_be16(ret + 16, d->n_drivers);
}

int
apm_entry_parse(struct img_cursor *c, struct apm_entry *ret, struct img_err *err)
{
	struct apm_entry e = { 0 };

	cur_tag(c, "PM");			/*   0 */
	cur_skip(c, 2);				/*   2 */
	e.n_entries = cur_be32(c);		/*   4 */
	e.start = cur_be32(c);			/*   8 */
	e.count = cur_be32(c);			/*  12 */
	cur_copy(c, e.name, sizeof e.name);	/*  16 */
	cur_copy(c, e.type, sizeof e.type);	/*  48 */
	e.data_start = cur_be32(c);		/*  80 */
	e.data_count = cur_be32(c);		/*  84 */
	e.status = cur_be32(c);			/*  88 */
	e.boot_start = cur_be32(c);		/*  92 */
	e.boot_len = cur_be32(c);		/*  96 */
	e.boot_load = cur_be32(c);		/* 100 */
	e.boot_load2 = cur_be32(c);		/* 104 */
	e.boot_entry = cur_be32(c);		/* 108 */
	e.boot_entry2 = cur_be32(c);		/* 112 */
	e.boot_checksum = cur_be32(c);		/* 116 */
	cur_copy(c, e.processor, sizeof e.processor);	/* 120 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the block lacks its signature");
	*ret = e;
	return 0;
}

void
apm_entry_emit(const struct apm_entry *e, uint8_t *ret)
{
	memcpy(ret, "PM", 2);
	store_be16(ret + 2, 0);
	store_be32(ret + 4, e->n_entries);
	store_be32(ret + 8, e->start);
	store_be32(ret + 12, e->count);
	memcpy(ret + 16, e->name, sizeof e->name);
	memcpy(ret + 48, e->type, sizeof e->type);
	store_be32(ret + 80, e->data_start);
	store_be32(ret + 84, e->data_count);
	store_be32(ret + 88, e->status);
	store_be32(ret + 92, e->boot_start);
	store_be32(ret + 96, e->boot_len);
	store_be32(ret + 100, e->boot_load);
	store_be32(ret + 104, e->boot_load2);
	store_be32(ret + 108, e->boot_entry);
	store_be32(ret + 112, e->boot_entry2);
	store_be32(ret + 116, e->boot_checksum);
	memcpy(ret + 120, e->processor, sizeof e->processor);
}
