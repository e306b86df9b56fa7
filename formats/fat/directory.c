/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories: 32-byte entries in a chain of clusters, or in the fixed root of FAT12 and FAT16.
 *
 * A long name stands in front of its entry, in pieces, the last one first; each carries the checksum of the short
 * name, for programs that know nothing of long names move and delete entries as they like.  Pieces that do not fit
 * are passed over: the short name counts then.  So it does where a long name is none for a path. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/unicode.h"
#include "formats/fat/volume.h"
#include "img/env.h"

#define MAX_PIECES 20

/* The pieces seen so far. */
struct pending {
	uint16_t units[MAX_PIECES * FAT_LONG_UNITS];
	unsigned int n, next;	/* pieces in all; the number that must come next, 0: complete */
	uint8_t checksum;
};

struct fat_dir {
	const struct fat *fat;
	struct fat_chain chain;
	bool fixed;			/* the root of FAT12 and FAT16: one run */
	uint64_t run_off, run_len;	/* what is left of the run */
	uint64_t seen;			/* bytes gone through */
	uint8_t *buf;
	size_t at, len;			/* in buf */
	uint64_t buf_off;		/* on the volume */
	struct pending pending;
	char name[FAT_NAME_ROOM];
};
#define BUF_LEN 16384

uint64_t
fat_dir_id(const struct fat *f, uint32_t cluster)
{
	if (f->geo.bits == 32 && cluster == f->boot.root_cluster)
		return IMG_TREE_ROOT;
	return FAT_DIR_ID | cluster;
}

int
fat_dir_open(const struct fat *f, uint64_t id, struct fat_dir **ret, struct img_err *err)
{
	uint32_t first = id == IMG_TREE_ROOT ? f->boot.root_cluster : (uint32_t)id;
	struct fat_dir *d;

	if (id != IMG_TREE_ROOT && !(id & FAT_DIR_ID))
		return img_fail(err, IMG_E_USAGE, "a file has no entries");
	d = calloc(1, sizeof *d);
	if (!d)
		return img_fail_nomem(err);
	d->fat = f;
	d->buf = malloc(BUF_LEN);
	if (!d->buf) {
		free(d);
		return img_fail_nomem(err);
	}
	d->fixed = id == IMG_TREE_ROOT && f->geo.bits != 32;
	if (d->fixed) {
		d->run_off = f->geo.root_off;
		d->run_len = f->geo.root_len;
	} else {
		fat_chain_start(&d->chain, f, first, FAT_MAX_DIR / f->geo.cluster_size + 1);
	}
	*ret = d;
	return 0;
}

struct fat_dir *
fat_dir_close(struct fat_dir *d)
{
	if (d)
		free(d->buf);
	free(d);
	return NULL;
}

/* More of the directory into the buffer; len is 0 at its end. */
static int
refill(struct fat_dir *d, struct img_err *err)
{
	uint32_t first, n;
	int rc;

	d->at = d->len = 0;
	if (!d->run_len && !d->fixed) {
		rc = fat_chain_next(&d->chain, &first, &n, err);
		if (rc || !n)
			return rc;
		d->run_off = fat_cluster_off(d->fat, first);
		d->run_len = (uint64_t)n * d->fat->geo.cluster_size;
	}
	d->len = d->run_len < BUF_LEN ? (size_t)d->run_len : BUF_LEN;
	if (!d->len)
		return 0;
	d->seen += d->len;
	if (d->seen > FAT_MAX_DIR)
		return img_fail(err, IMG_E_FORMAT, "the directory is longer than the %d entries FAT allows",
				FAT_MAX_ENTRIES);
	rc = img_source_read(d->fat->volume, d->run_off, d->buf, d->len, err);
	if (rc)
		return rc;
	d->buf_off = d->run_off;
	d->run_off += d->len;
	d->run_len -= d->len;
	return 0;
}

/* ---- long names ---- */

static void
add_piece(struct pending *p, const uint8_t *raw)
{
	struct img_cursor c = cur_over(raw, FAT_ENTRY_LEN);
	unsigned int order;
	struct fat_long l;

	(void)fat_long_parse(&c, &l, NULL);
	order = l.order & 0x3f;
	if (l.order & FAT_LONG_LAST && order >= 1 && order <= MAX_PIECES) {
		p->n = p->next = order;
		p->checksum = l.checksum;
	}
	if (!p->n || order != p->next || l.checksum != p->checksum) {
		p->n = 0;
		return;
	}
	memcpy(p->units + (order - 1) * FAT_LONG_UNITS, l.units, sizeof l.units);
	p->next--;
}

/* May the long name be part of a path? */
static bool
is_name(const char *s)
{
	return *s && strcmp(s, ".") && strcmp(s, "..") && !strchr(s, '/');
}

/* The pending long name, if it belongs to @name. */
static bool
long_name(struct fat_dir *d, const uint8_t *name)
{
	const struct pending *p = &d->pending;
	size_t n = p->n * FAT_LONG_UNITS;

	if (!p->n || p->next || p->checksum != fat_checksum(name))
		return false;
	if (n > FAT_LONG_MAX)
		n = FAT_LONG_MAX;
	img_utf16_to_utf8(p->units, n, d->name, sizeof d->name);
	if (is_name(d->name))
		return true;
	img_problem(d->fat->tree.env, IMG_WARNING, "fat-bad-name", "FAT: the long name of an entry at %" PRIu64
		    " is none for a file; its short name is used", d->buf_off + d->at);
	return false;
}

static bool
is_dots(const uint8_t *name)
{
	return memcmp(name, ".          ", FAT_NAME_LEN) == 0 || memcmp(name, "..         ", FAT_NAME_LEN) == 0;
}

/* @ret->entry is there: give it a name.  False: there is none, the entry is passed over. */
static bool
name_entry(struct fat_dir *d, struct fat_found *ret)
{
	ret->name = d->name;
	ret->label = ret->entry.attributes & FAT_LABEL;
	if (ret->label) {
		fat_label_text((const char *)ret->entry.name, d->name);
		return true;
	}
	if (long_name(d, ret->entry.name))
		return true;
	if (!fat_short_text(ret->entry.name, ret->entry.cases, d->name))
		img_problem(d->fat->tree.env, IMG_WARNING, "fat-bad-name",
			    "FAT: the short name of the entry at %" PRIu64 " has characters that no file name has",
			    ret->off);
	if (*d->name)
		return true;
	img_problem(d->fat->tree.env, IMG_ERROR, "fat-bad-name", "FAT: the entry at %" PRIu64
		    " has no name; it is left out", ret->off);
	return false;
}

int
fat_dir_next(struct fat_dir *d, struct fat_found *ret, bool *ret_more, struct img_err *err)
{
	*ret_more = false;
	for (;; d->at += FAT_ENTRY_LEN) {
		const uint8_t *p;
		struct img_cursor c;
		bool named;
		int rc;

		if (d->at + FAT_ENTRY_LEN > d->len) {
			rc = refill(d, err);
			if (rc || !d->len)
				return rc;
		}
		p = d->buf + d->at;
		if (*p == FAT_SLOT_END)
			return 0;
		if (*p != FAT_SLOT_FREE && (p[11] & 0x3f) == FAT_LONG_NAME) {
			add_piece(&d->pending, p);
			continue;
		}
		c = cur_over(p, FAT_ENTRY_LEN);
		ret->off = d->buf_off + d->at;
		named = *p != FAT_SLOT_FREE && !is_dots(p) &&
			!fat_entry_parse(&c, d->fat->boot.fat32, &ret->entry, NULL) && name_entry(d, ret);
		d->pending.n = 0;
		if (!named)
			continue;
		d->at += FAT_ENTRY_LEN;
		*ret_more = true;
		return 0;
	}
}
