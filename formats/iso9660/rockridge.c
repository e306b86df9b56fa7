/* SPDX-License-Identifier: BSD-2-Clause */
/* Rock Ridge (RRIP 1.09 to 1.12): POSIX names, modes, links and times as system use entries of a directory record.
 *
 *   PX mode, links, owner, serial   PN device   SL link target   NM name   TF times   ZF zisofs   AL attributes (AAIP)
 *   CL this empty file stands for a directory that was moved because it lay too deep; RE marks the directory that moved,
 *   PL its true parent (not needed: we come from above)   SF sparse: refused   RR, AA, BA and others: passed over
 *
 * A damaged entry is a warning and ends the area; the record keeps what was understood. */
#include "config.h"

#include <string.h>

#include "formats/iso9660/susp.h"

void
rr_init(struct rr *rr)
{
	*rr = (struct rr) {
		.name = img_buf_new(ISO_MAX_NAME + 1), .link = img_buf_new(ISO_MAX_LINK), .attrs = img_buf_new(4 << 20),
	};
}

void
rr_done(struct rr *rr)
{
	img_buf_done(&rr->name);
	img_buf_done(&rr->link);
	img_buf_done(&rr->attrs);
	free(rr->scratch.p);
}

static void
rr_reset(struct rr *rr)
{
	static const struct img_time unset = { .sec = IMG_NO_TIME };
	struct rr keep = {
		.scratch = rr->scratch, .name = rr->name, .link = rr->link, .attrs = rr->attrs,
		.want_attrs = rr->want_attrs, .mtime = unset, .atime = unset, .ctime = unset, .btime = unset,
	};

	keep.name.len = keep.link.len = keep.attrs.len = 0;
	*rr = keep;
}

static void
parse_px(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);

	rr->mode = cur_both32(&c);
	rr->nlink = cur_both32(&c);
	rr->uid = cur_both32(&c);
	rr->gid = cur_both32(&c);
	rr->px = cur_ok(&c);
	if (!rr->px)
		rr->bad = "a PX entry is too short";
	/* only since RRIP 1.12 */
	rr->serial = cur_left(&c) >= 8 ? cur_both32(&c) : 0;
}

static void
parse_pn(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);

	rr->dev_high = cur_both32(&c);
	rr->dev_low = cur_both32(&c);
	rr->pn = cur_ok(&c);
	if (!rr->pn)
		rr->bad = "a PN entry is too short";
}

void
rr_device(const struct rr *rr, uint32_t *ret_major, uint32_t *ret_minor)
{
	uint32_t low = rr->dev_low;

	*ret_major = rr->dev_high;
	*ret_minor = low;
	/* libisofs stores the two halves of a 64-bit dev_t: the lower one then holds both numbers, as glibc packs them */
	if (!rr->dev_high && low > 255) {
		*ret_major = low >> 8 & 0xfff;
		*ret_minor = (low & 0xff) | (low >> 12 & 0xfff00);
	}
}

static void
parse_nm(struct rr *rr, const struct susp_entry *e)
{
	if (!e->n) {
		rr->bad = "an NM entry is too short";
		return;
	}
	/* "." and ".." need no name */
	if (e->data[0] & 6)
		return;
	rr->nm = true;
	if (rr->name.len + e->n - 1 > ISO_MAX_NAME) {
		rr->bad = "a Rock Ridge name is too long";
		rr->long_name = true;
	} else if (img_buf_add(&rr->name, e->data + 1, e->n - 1u, NULL)) {
		rr->bad = "no memory for a name";
	}
}

static bool
link_add(struct rr *rr, const void *p, size_t n)
{
	if (!n || !img_buf_add(&rr->link, p, n, NULL))
		return true;
	rr->bad = "a link target is too long";
	return false;
}

/* Components joined by '/', except where one continues in the next. */
static void
parse_sl(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);

	(void)cur_u8(&c);
	rr->sl = true;
	while (cur_left(&c) >= 2 && cur_ok(&c)) {
		uint8_t flags = cur_u8(&c), n = cur_u8(&c);
		bool ends_in_root = rr->link.len && rr->link.p[rr->link.len - 1] == '/';
		const uint8_t *p = cur_bytes(&c, n);

		if (!p) {
			rr->bad = "a link component is longer than its entry";
			return;
		}
		if (rr->link_done && !rr->link_open && !ends_in_root && !link_add(rr, "/", 1))
			return;
		/* 16 and 32, volume root and host name, died out with RRIP 1.09 */
		if (flags & (8 | 16))
			link_add(rr, "/", ends_in_root ? 0 : 1);
		else if (flags & 4)
			link_add(rr, "..", 2);
		else if (flags & 2)
			link_add(rr, ".", 1);
		link_add(rr, p, n);
		rr->link_open = flags & 1;
		rr->link_done = true;
	}
}

static void
parse_tf(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);
	uint8_t flags = cur_u8(&c);
	struct img_time *const to[4] = { &rr->btime, &rr->mtime, &rr->atime, &rr->ctime };
	size_t n = flags & 0x80 ? 17 : 7;

	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *p = flags & 1 << i ? cur_bytes(&c, n) : NULL;

		if (p)
			*to[i] = n == 7 ? iso_time7(p) : iso_time17(p);
	}
	rr->tf_mtime = flags & 2;
	if (!cur_ok(&c))
		rr->bad = "a TF entry is too short";
}

static void
parse_cl(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);

	rr->child_block = cur_both32(&c);
	rr->child = cur_ok(&c);
	if (!rr->child)
		rr->bad = "a CL entry is too short";
}

static void
parse_zf(struct rr *rr, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);
	struct iso_zf z = { .there = true, .version = e->version };

	cur_copy(&c, z.algorithm, 2);
	z.header = cur_u8(&c);
	z.bits = cur_u8(&c);
	z.size = z.version >= 2 ? cur_le64(&c) : cur_both32(&c);
	if (cur_ok(&c))
		rr->zf = z;
	else
		rr->bad = "a ZF entry is too short";
}

static void
parse_al(struct rr *rr, const struct susp_entry *e)
{
	rr->al = true;
	if (rr->want_attrs && e->n > 1 && img_buf_add(&rr->attrs, e->data + 1, e->n - 1u, NULL))
		rr->bad = "the attributes of a file are too long";
}

static void
parse_re(struct rr *rr, const struct susp_entry *e)
{
	rr->relocated = true;
}

static void
parse_sf(struct rr *rr, const struct susp_entry *e)
{
	rr->sparse = true;
}

static const struct {
	char sig[3];
	void (*parse)(struct rr *rr, const struct susp_entry *e);
} entries[] = {
	{ "NM", parse_nm }, { "PX", parse_px }, { "TF", parse_tf }, { "SL", parse_sl }, { "PN", parse_pn },
	{ "CL", parse_cl }, { "RE", parse_re }, { "ZF", parse_zf }, { "Z2", parse_zf }, { "AL", parse_al },
	{ "SF", parse_sf },
};

int
rr_parse(const struct iso *iso, const struct iso_record *rec, struct rr *rr, struct img_err *err)
{
	size_t skip = iso->susp_skip;
	struct susp_entry e;
	struct susp s;
	int rc;

	rr_reset(rr);
	/* the root's own record has its SP at the front, behind an XA record at most */
	if (rec->n_su >= 6 && !memcmp(rec->su, "SP\7\1\xbe\xef", 6))
		skip = 0;
	if (skip > rec->n_su)
		skip = rec->n_su;
	susp_begin(&s, iso, &rr->scratch, rec->n_su ? rec->su + skip : NULL, rec->n_su - skip);
	while ((rc = susp_next(&s, &e, err)) > 0) {
		for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
			if (e.sig[0] == entries[i].sig[0] && e.sig[1] == entries[i].sig[1]) {
				entries[i].parse(rr, &e);
				break;
			}
		}
	}
	if (s.bad)
		rr->bad = s.bad;
	return rc;
}
