/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a directory, in the order of the disc.  No record crosses the end of a sector, so a directory of any
 * size is read through a window of whole sectors. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/iso.h"
#include "img/source.h"

#define WINDOW ((size_t)128 << 10)

/* 40 bits of block, 22 bits of sectors */
uint64_t
iso_dir_id(const struct iso *iso, uint64_t block, uint64_t size)
{
	const struct iso_vd *vd = iso_descriptor(iso, iso->view);
	uint64_t sectors = (size + ISO_SECTOR - 1) / ISO_SECTOR;

	if (block == iso_data_block(&vd->root))
		return IMG_TREE_ROOT;
	return ISO_ID_DIR | sectors << 40 | block;
}

bool
iso_dir_span(const struct iso *iso, uint64_t id, uint64_t *ret_off, uint64_t *ret_len)
{
	const struct iso_vd *vd = iso_descriptor(iso, iso->view);

	if (id == IMG_TREE_ROOT) {
		*ret_off = iso_data_off(iso, &vd->root);
		*ret_len = vd->root.size;
		return true;
	}
	if (!(id & ISO_ID_DIR))
		return false;
	*ret_off = (id & ((UINT64_C(1) << 40) - 1)) * iso->block;
	*ret_len = (id >> 40 & ((1 << 22) - 1)) * ISO_SECTOR;
	return true;
}

int
iso_dir_open(const struct iso *iso, uint64_t id, struct iso_dir *ret, struct img_err *err)
{
	struct iso_dir d = { .iso = iso };
	uint64_t size = iso->volume->size;

	if (!iso_dir_span(iso, id, &d.at, &d.len))
		return img_fail(err, IMG_E_USAGE, "it is not a folder");
	/* the last sector of a directory may be short on the disc too */
	if (d.at < size && d.len && d.at + d.len > size && d.at + d.len - size < ISO_SECTOR)
		d.len = size - d.at;
	if (!span_ok(d.at, d.len, size))
		return img_fail(err, IMG_E_FORMAT, "the directory at %" PRIu64 ", %" PRIu64 " bytes, lies past the end (%"
				PRIu64 ")", d.at, d.len, size);
	if (d.len > ISO_MAX_DIR)
		return img_fail(err, IMG_E_LIMIT, "the directory at %" PRIu64 " has %" PRIu64 " bytes, more than the limit"
				" of %" PRIu64, d.at, d.len, ISO_MAX_DIR);
	d.win_room = d.len < WINDOW ? (size_t)d.len : WINDOW;
	d.win = malloc(d.win_room ? d.win_room : 1);
	if (!d.win)
		return img_fail_nomem(err);
	*ret = d;
	return 0;
}

void
iso_dir_close(struct iso_dir *d)
{
	free(d->win);
	d->win = NULL;
}

/* Bytes up to the end of the sector or directory, in the window. */
static int
window_at(struct iso_dir *d, size_t *ret_room, struct img_err *err)
{
	uint64_t left = d->len - d->pos;
	size_t room = ISO_SECTOR - d->pos % ISO_SECTOR;

	if (d->pos < d->win_pos || d->pos - d->win_pos >= d->win_len) {
		size_t n = left < d->win_room ? (size_t)left : d->win_room;
		int rc = img_source_read(d->iso->volume, d->at + d->pos, d->win, n, err);

		if (rc)
			return rc;
		d->win_pos = d->pos;
		d->win_len = n;
	}
	*ret_room = left < room ? (size_t)left : room;
	return 0;
}

int
iso_dir_next(struct iso_dir *d, struct iso_record *ret, uint64_t *ret_off, struct img_err *err)
{
	while (d->pos < d->len) {
		const uint8_t *p;
		size_t room;
		int rc = window_at(d, &room, err);

		if (rc)
			return rc;
		p = d->win + (d->pos - d->win_pos);
		if (!*p) {
			d->pos += room;		/* no more in this sector */
			continue;
		}
		rc = iso_record_parse(p, room, ret, err);
		if (rc)
			return img_note(err, rc, "at %" PRIu64, d->at + d->pos);
		*ret_off = d->at + d->pos;
		d->pos += ret->len;
		return 1;
	}
	return 0;
}

int
iso_record_at(const struct iso *iso, uint64_t off, uint8_t buf[256], struct iso_record *ret, struct img_err *err)
{
	uint64_t left = off < iso->volume->size ? iso->volume->size - off : 0;
	size_t room = ISO_SECTOR - off % ISO_SECTOR;
	int rc;

	/* with 512-byte blocks a directory's sectors may begin anywhere */
	if (iso->block != ISO_SECTOR)
		room = 255;
	if (room > 255)
		room = 255;
	if (room > left)
		room = (size_t)left;
	rc = iso_meta_read(iso->meta, off, buf, room, err);
	if (!rc)
		rc = iso_record_parse(buf, room, ret, err);
	return rc ? img_note(err, rc, "directory record at %" PRIu64, off) : 0;
}

/* ---- the record of a directory in its parent ---- */

/* Where the parent's records lie, says the second record of a directory. */
static int
find_parent(const struct iso *iso, uint64_t at, struct iso_dir *ret, struct img_err *err)
{
	struct iso_record dot, up;
	uint8_t buf[256];
	int rc = iso_record_at(iso, at, buf, &dot, err);

	if (!rc)
		rc = iso_record_at(iso, at + dot.len, buf, &up, err);
	if (!rc && !(up.n_name == 1 && up.name[0] == 1))
		rc = img_fail(err, IMG_E_UNKNOWN, "the directory at %" PRIu64 " does not know its parent", at);
	return rc ? rc : iso_dir_open(iso, iso_dir_id(iso, iso_data_block(&up), up.size), ret, err);
}

/* Scan @d up to @end for the directory at @at. */
static int
scan(struct iso_dir *d, uint64_t end, uint64_t at, uint8_t buf[256], struct iso_record *ret, uint64_t *ret_off,
     struct img_err *err)
{
	struct iso_record r;
	uint64_t off;
	int rc;

	while (d->pos < end && (rc = iso_dir_next(d, &r, &off, err))) {
		if (rc < 0)
			return rc;
		if (iso_is_dot(&r) || !(r.flags & ISO_DIRECTORY) || iso_data_off(d->iso, &r) != at)
			continue;
		*ret_off = off;
		return iso_record_at(d->iso, off, buf, ret, err);
	}
	return img_fail(err, IMG_E_UNKNOWN, "the directory at %" PRIu64 " is not in its parent", at);
}

int
iso_dir_record(struct iso *iso, uint64_t id, uint8_t buf[256], struct iso_record *ret, struct img_err *err)
{
	uint64_t at, len, hint = atomic_load_explicit(&iso->dir_hint, memory_order_relaxed);
	uint64_t off = 0, start = 0;
	struct iso_dir d;
	int rc;

	if (!iso_dir_span(iso, id, &at, &len))
		return img_fail(err, IMG_E_USAGE, "it is not a folder");
	if (id == IMG_TREE_ROOT)
		return iso_record_at(iso, at, buf, ret, err);
	rc = find_parent(iso, at, &d, err);
	if (rc)
		return rc;
	if (hint >= d.at && hint - d.at < d.len)
		start = hint - d.at;
	d.pos = start;
	rc = scan(&d, d.len, at, buf, ret, &off, err);
	if (rc == IMG_E_UNKNOWN && start) {
		d.pos = d.win_pos = 0;
		d.win_len = 0;
		rc = scan(&d, start, at, buf, ret, &off, err);
	}
	iso_dir_close(&d);
	if (!rc)
		atomic_store_explicit(&iso->dir_hint, off, memory_order_relaxed);
	return rc;
}
