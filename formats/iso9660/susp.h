/* SPDX-License-Identifier: BSD-2-Clause */
/* System use entries (SUSP 1.12) and what Rock Ridge says with them. */
#ifndef FORMATS_ISO9660_SUSP_H
#define FORMATS_ISO9660_SUSP_H

#include "formats/iso9660/iso.h"

/* Memory that one listing uses again and again for continuation areas. */
struct susp_scratch {
	uint8_t *p;
	size_t room;
	uint64_t spent;		/* bytes of areas read so far: bounded, many records may point at one long chain */
};

struct susp_entry {
	char sig[2];
	uint8_t version, n;
	const uint8_t *data;	/* @n bytes behind the four of the head; valid until the next call */
};

struct susp {
	const struct iso *iso;
	struct susp_scratch *scratch;
	const uint8_t *p;
	size_t left;
	bool has_ce;
	uint64_t ce_off;	/* in the volume */
	uint32_t ce_len;
	unsigned int n_seen;
	uint64_t seen[ISO_MAX_CE_AREAS];
	const char *bad;	/* what was wrong with an entry; the area ends there */
};

/* The entries of the area @p. */
void susp_begin(struct susp *s, const struct iso *iso, struct susp_scratch *scratch, const uint8_t *p, size_t n);
/* 1 and an entry, 0 at the end; fails on a continuation area that leads nowhere or in circles. */
int susp_next(struct susp *s, struct susp_entry *ret, struct img_err *err);

/* What the root's own record tells: are there system use entries, how many bytes lie in front of them elsewhere, and is it
 * Rock Ridge? */
struct susp_root {
	bool sp, rock_ridge, attrs;
	uint8_t skip;
};
int susp_root_read(const struct iso *iso, struct susp_root *ret, struct img_err *err);

/* ---- Rock Ridge (rockridge.c) ---- */

struct rr {
	/* memory that is used again */
	struct susp_scratch scratch;
	struct img_buf name, link, attrs;	/* @attrs: AL data, only if @want_attrs */
	bool want_attrs;

	/* of the record parsed last */
	bool px, pn, nm, sl, tf_mtime, relocated, child, sparse, al;
	uint32_t mode, nlink, uid, gid, serial;
	uint32_t dev_high, dev_low;
	uint64_t child_block;
	struct img_time mtime, atime, ctime, btime;
	struct iso_zf zf;
	const char *bad;		/* what was wrong, NULL: nothing */
	bool long_name;			/* beyond ISO_MAX_NAME: not to be used */
	bool link_open, link_done;	/* a link component continues in the next; there was one */
};

void rr_init(struct rr *rr);
void rr_done(struct rr *rr);
/* Read the system use area of @rec, found at @off.  Damage that leaves something to show is in rr->bad. */
int rr_parse(const struct iso *iso, const struct iso_record *rec, struct rr *rr, struct img_err *err);
/* Device numbers as the system has them. */
void rr_device(const struct rr *rr, uint32_t *ret_major, uint32_t *ret_minor);

/* ---- AAIP (aaip.c) ---- */

/* The attributes in the AL data @p, as nodes of which name and size count.  @want: also find the value of this one. */
int aaip_parse(const uint8_t *p, size_t n, struct img_nodes *ret, const char *want, struct img_buf *ret_value,
	       bool *ret_found, struct img_err *err);

#endif
