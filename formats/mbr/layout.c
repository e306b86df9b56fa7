/* SPDX-License-Identifier: BSD-2-Clause */
/* MBR and EBR on disk, little-endian. */
#include "config.h"

#include "formats/mbr/layout.h"

static struct mbr_entry
entry_parse(struct img_cursor *c)
{
	struct mbr_entry e = { 0 };

	e.status = cur_u8(c);			/*  0 */
	cur_copy(c, e.chs_first, 3);		/*  1 */
	e.type = cur_u8(c);			/*  4 */
	cur_copy(c, e.chs_last, 3);		/*  5 */
	e.first = cur_le32(c);			/*  8 */
	e.count = cur_le32(c);			/* 12 */
	return e;
}

static void
entry_emit(const struct mbr_entry *e, uint8_t *ret)
{
	ret[0] = e->status;
	memcpy(ret + 1, e->chs_first, 3);
	ret[4] = e->type;
	memcpy(ret + 5, e->chs_last, 3);
	store_le32(ret + 8, e->first);
	store_le32(ret + 12, e->count);
}

int
mbr_parse(struct img_cursor *c, struct mbr *ret, struct img_err *err)
{
	struct mbr m = { 0 };

	cur_skip(c, 440);			/*   0: boot code */
	m.signature = cur_le32(c);		/* 440 */
	m.copy_protect = cur_le16(c);		/* 444 */
	for (int i = 0; i < 4; i++)
		m.entry[i] = entry_parse(c);	/* 446 */
	cur_tag(c, "\x55\xaa");			/* 510 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the sector does not end with 55 AA");
	*ret = m;
	return 0;
}

void
mbr_emit(const struct mbr *m, uint8_t *sector)
{
	store_le32(sector + 440, m->signature);
	store_le16(sector + 444, m->copy_protect);
	for (int i = 0; i < 4; i++)
		entry_emit(&m->entry[i], sector + 446 + 16 * i);
	memcpy(sector + 510, "\x55\xaa", 2);
}

bool
mbr_is_extended(uint8_t type)
{
	return type == MBR_TYPE_EXTENDED || type == MBR_TYPE_EXTENDED_LBA || type == MBR_TYPE_EXTENDED_LINUX;
}
