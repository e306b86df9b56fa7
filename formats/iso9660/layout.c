/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of ISO 9660, parse and emit side by side.  Numbers are stored twice, little-endian first; that half counts. */
#include "config.h"

#include "formats/iso9660/layout.h"

#include <string.h>

static void
put16(uint8_t *p, uint16_t v)
{
	store_le16(p, v);
	store_be16(p + 2, v);
}

static void
put32(uint8_t *p, uint32_t v)
{
	store_le32(p, v);
	store_be32(p + 4, v);
}

/* ---- directory records (ECMA-119 9.1) ---- */

size_t
iso_record_len(size_t n_name, size_t n_su)
{
	return (33 + n_name + (n_name % 2 == 0) + n_su + 1) & ~(size_t)1;
}

int
iso_record_parse(const uint8_t *p, size_t room, struct iso_record *ret, struct img_err *err)
{
	struct iso_record r = { .len = room ? p[0] : 0 };
	struct img_cursor c = cur_over(p, r.len < room ? r.len : room);
	size_t head;

	if (r.len < ISO_RECORD_MIN)
		return img_fail(err, IMG_E_FORMAT, "a directory record of %u bytes, at least %d expected", r.len,
				ISO_RECORD_MIN);
	if (r.len > room)
		return img_fail(err, IMG_E_FORMAT, "a directory record of %u bytes crosses the end of its sector", r.len);
	cur_skip(&c, 1);			/*  0 */
	r.xar = cur_u8(&c);			/*  1 */
	r.block = cur_both32(&c);		/*  2 */
	r.size = cur_both32(&c);		/* 10 */
	cur_copy(&c, r.date, sizeof r.date);	/* 18 */
	r.flags = cur_u8(&c);			/* 25 */
	r.unit = cur_u8(&c);			/* 26 */
	r.gap = cur_u8(&c);			/* 27 */
	r.volume = cur_both16(&c);		/* 28 */
	r.n_name = cur_u8(&c);			/* 32 */
	r.name = cur_bytes(&c, r.n_name);	/* 33 */
	r.uneven = c.uneven;
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a name of %u bytes in a directory record of %u", r.n_name, r.len);
	head = 33 + r.n_name + (r.n_name % 2 == 0);
	if (head < r.len) {
		r.su = p + head;
		r.n_su = (uint8_t)(r.len - head);
	}
	*ret = r;
	return 0;
}

void
iso_record_emit(const struct iso_record *r, uint8_t *p)
{
	size_t head = 33 + r->n_name + (r->n_name % 2 == 0);

	memset(p, 0, r->len);
	p[0] = r->len;
	p[1] = r->xar;
	put32(p + 2, r->block);
	put32(p + 10, r->size);
	memcpy(p + 18, r->date, sizeof r->date);
	p[25] = r->flags;
	p[26] = r->unit;
	p[27] = r->gap;
	put16(p + 28, r->volume);
	p[32] = r->n_name;
	if (r->n_name)
		memcpy(p + 33, r->name, r->n_name);
	if (r->n_su)
		memcpy(p + head, r->su, r->n_su);
}

/* ---- volume descriptors (ECMA-119 8) ---- */

int
iso_vd_type(const uint8_t *p)
{
	return memcmp(p + 1, "CD001", 5) ? -1 : p[0];
}

int
iso_vd_parse(const uint8_t *p, struct iso_vd *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(p, ISO_SECTOR);
	struct iso_vd v = { .type = cur_u8(&c) };	/*    0 */
	const uint8_t *root;
	int rc;

	cur_tag(&c, "CD001");				/*    1 */
	v.version = cur_u8(&c);				/*    6 */
	v.flags = cur_u8(&c);				/*    7 */
	cur_copy(&c, v.system_id, 32);			/*    8 */
	cur_copy(&c, v.volume_id, 32);			/*   40 */
	cur_skip(&c, 8);				/*   72 */
	v.blocks = cur_both32(&c);			/*   80 */
	cur_copy(&c, v.escapes, 32);			/*   88 */
	v.set_size = cur_both16(&c);			/*  120 */
	v.sequence = cur_both16(&c);			/*  124 */
	v.block_size = cur_both16(&c);			/*  128 */
	v.path_len = cur_both32(&c);			/*  132 */
	v.path_l = cur_le32(&c);			/*  140 */
	v.path_l2 = cur_le32(&c);			/*  144 */
	v.path_m = cur_be32(&c);			/*  148 */
	v.path_m2 = cur_be32(&c);			/*  152 */
	root = cur_bytes(&c, 34);			/*  156 */
	cur_copy(&c, v.set_id, 128);			/*  190 */
	cur_copy(&c, v.publisher, 128);			/*  318 */
	cur_copy(&c, v.preparer, 128);			/*  446 */
	cur_copy(&c, v.application, 128);		/*  574 */
	cur_copy(&c, v.copyright, 37);			/*  702 */
	cur_copy(&c, v.abstract, 37);			/*  739 */
	cur_copy(&c, v.bibliographic, 37);		/*  776 */
	cur_copy(&c, v.created, 17);			/*  813 */
	cur_copy(&c, v.modified, 17);			/*  830 */
	cur_copy(&c, v.expires, 17);			/*  847 */
	cur_copy(&c, v.effective, 17);			/*  864 */
	v.structure = cur_u8(&c);			/*  881 */
	cur_skip(&c, 1);				/*  882 */
	cur_copy(&c, v.app_use, ISO_APP_USE_LEN);	/*  883 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "no volume descriptor: its signature is missing");
	rc = iso_record_parse(root, 34, &v.root, err);
	if (rc)
		return img_note(err, rc, "root directory");
	v.root.name = v.root.su = NULL;
	v.uneven = c.uneven || v.root.uneven;
	*ret = v;
	return 0;
}

void
iso_vd_emit(const struct iso_vd *v, uint8_t *p)
{
	struct iso_record root = v->root;

	memset(p, 0, ISO_SECTOR);
	p[0] = v->type;
	memcpy(p + 1, "CD001", 5);
	p[6] = v->version;
	p[7] = v->flags;
	memcpy(p + 8, v->system_id, 32);
	memcpy(p + 40, v->volume_id, 32);
	put32(p + 80, v->blocks);
	memcpy(p + 88, v->escapes, 32);
	put16(p + 120, v->set_size);
	put16(p + 124, v->sequence);
	put16(p + 128, v->block_size);
	put32(p + 132, v->path_len);
	store_le32(p + 140, v->path_l);
	store_le32(p + 144, v->path_l2);
	store_be32(p + 148, v->path_m);
	store_be32(p + 152, v->path_m2);
	root.len = 34;
	root.n_name = 1;
	root.name = (const uint8_t *)"";
	root.n_su = 0;
	iso_record_emit(&root, p + 156);
	memcpy(p + 190, v->set_id, 128);
	memcpy(p + 318, v->publisher, 128);
	memcpy(p + 446, v->preparer, 128);
	memcpy(p + 574, v->application, 128);
	memcpy(p + 702, v->copyright, 37);
	memcpy(p + 739, v->abstract, 37);
	memcpy(p + 776, v->bibliographic, 37);
	memcpy(p + 813, v->created, 17);
	memcpy(p + 830, v->modified, 17);
	memcpy(p + 847, v->expires, 17);
	memcpy(p + 864, v->effective, 17);
	p[881] = v->structure;
	memcpy(p + ISO_APP_USE_OFF, v->app_use, ISO_APP_USE_LEN);
}

/* ---- path tables (ECMA-119 9.4) ---- */

void
iso_path_parse(struct img_cursor *c, bool big, struct iso_path *ret)
{
	struct iso_path r = { .n_name = cur_u8(c) };		/* 0 */

	r.xar = cur_u8(c);					/* 1 */
	r.block = big ? cur_be32(c) : cur_le32(c);		/* 2 */
	r.parent = big ? cur_be16(c) : cur_le16(c);		/* 6 */
	r.name = cur_bytes(c, r.n_name);			/* 8 */
	if (r.n_name % 2)
		cur_skip(c, 1);
	*ret = r;
}

size_t
iso_path_emit(const struct iso_path *r, bool big, uint8_t *p)
{
	size_t len = 8 + (size_t)r->n_name + r->n_name % 2;

	memset(p, 0, len);
	p[0] = r->n_name;
	p[1] = r->xar;
	if (big) {
		store_be32(p + 2, r->block);
		store_be16(p + 6, r->parent);
	} else {
		store_le32(p + 2, r->block);
		store_le16(p + 6, r->parent);
	}
	memcpy(p + 8, r->name, r->n_name);
	return len;
}
