/* SPDX-License-Identifier: BSD-2-Clause */
/* On-disk records of UDIF: the trailer ("koly"), the head of a block table ("mish") and its runs.  All big-endian.
 * Layout: docs/formats/udif.md; field by field as hdiutil writes them. */
#include "config.h"

#include "formats/udif/layout.h"

#include <string.h>

/* Bytes written in order. */
struct put {
	uint8_t *p;
};

static void
put32(struct put *w, uint32_t v)
{
	store_be32(w->p, v);
	w->p += 4;
}

static void
put64(struct put *w, uint64_t v)
{
	store_be64(w->p, v);
	w->p += 8;
}

static void
put_bytes(struct put *w, const void *bytes, size_t n)
{
	memcpy(w->p, bytes, n);
	w->p += n;
}

static void
put_zeros(struct put *w, size_t n)
{
	memset(w->p, 0, n);
	w->p += n;
}

static void
sum_parse(struct img_cursor *c, struct udif_sum *ret)
{
	ret->type = cur_be32(c);
	ret->bits = cur_be32(c);
	cur_copy(c, ret->value, sizeof ret->value);
}

static void
sum_emit(struct put *w, const struct udif_sum *s)
{
	put32(w, s->type);
	put32(w, s->bits);
	put_bytes(w, s->value, sizeof s->value);
}

int
koly_parse(struct img_cursor *c, struct koly *ret, struct img_err *err)
{
	struct koly k = { 0 };

	cur_tag(c, "koly");				/*   0 */
	k.version = cur_be32(c);			/*   4 */
	k.header_size = cur_be32(c);			/*   8 */
	k.flags = cur_be32(c);				/*  12 */
	k.running_off = cur_be64(c);			/*  16 */
	k.data_off = cur_be64(c);			/*  24 */
	k.data_len = cur_be64(c);			/*  32 */
	k.rsrc_off = cur_be64(c);			/*  40 */
	k.rsrc_len = cur_be64(c);			/*  48 */
	k.segment = cur_be32(c);			/*  56 */
	k.n_segments = cur_be32(c);			/*  60 */
	cur_copy(c, k.segment_id, 16);			/*  64 */
	sum_parse(c, &k.data_sum);			/*  80 */
	k.xml_off = cur_be64(c);			/* 216 */
	k.xml_len = cur_be64(c);			/* 224 */
	cur_skip(c, 64);				/* 232 reserved; garbage around 10.2 */
	k.sign_off = cur_be64(c);			/* 296 */
	k.sign_len = cur_be64(c);			/* 304 */
	cur_skip(c, 40);				/* 312 reserved */
	sum_parse(c, &k.master_sum);			/* 352 */
	k.variant = cur_be32(c);			/* 488 */
	k.n_sectors = cur_be64(c);			/* 492: not aligned to 8 */
	cur_skip(c, 12);				/* 500 reserved */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the trailer is cut short or lacks its signature \"koly\"");
	*ret = k;
	return 0;
}

void
koly_emit(const struct koly *k, uint8_t *out)
{
	struct put w = { out };

	put_bytes(&w, "koly", 4);			/*   0 */
	put32(&w, k->version);				/*   4 */
	put32(&w, k->header_size);			/*   8 */
	put32(&w, k->flags);				/*  12 */
	put64(&w, k->running_off);			/*  16 */
	put64(&w, k->data_off);				/*  24 */
	put64(&w, k->data_len);				/*  32 */
	put64(&w, k->rsrc_off);				/*  40 */
	put64(&w, k->rsrc_len);				/*  48 */
	put32(&w, k->segment);				/*  56 */
	put32(&w, k->n_segments);			/*  60 */
	put_bytes(&w, k->segment_id, 16);		/*  64 */
	sum_emit(&w, &k->data_sum);			/*  80 */
	put64(&w, k->xml_off);				/* 216 */
	put64(&w, k->xml_len);				/* 224 */
	put_zeros(&w, 64);				/* 232 reserved */
	put64(&w, k->sign_off);				/* 296 */
	put64(&w, k->sign_len);				/* 304 */
	put_zeros(&w, 40);				/* 312 reserved */
	sum_emit(&w, &k->master_sum);			/* 352 */
	put32(&w, k->variant);				/* 488 */
	put64(&w, k->n_sectors);			/* 492 */
	put_zeros(&w, 12);				/* 500 reserved */
}

int
mish_parse(struct img_cursor *c, struct mish *ret, struct img_err *err)
{
	struct mish m = { 0 };

	if (cur_left(c) < MISH_SIZE)
		return img_fail(err, IMG_E_FORMAT, "%zu bytes long, the head alone takes %d", cur_left(c), MISH_SIZE);
	cur_tag(c, "mish");				/*   0 */
	m.version = cur_be32(c);			/*   4 */
	m.first_sector = cur_be64(c);			/*   8 */
	m.n_sectors = cur_be64(c);			/*  16 */
	m.data_off = cur_be64(c);			/*  24 */
	m.buffers = cur_be32(c);			/*  32 */
	m.index = cur_be32(c);				/*  36 */
	cur_skip(c, 24);				/*  40 reserved */
	sum_parse(c, &m.sum);				/*  64 */
	m.n_runs = cur_be32(c);				/* 200 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "lacks its signature \"mish\"");
	*ret = m;
	return 0;
}

void
mish_emit(const struct mish *m, uint8_t *out)
{
	struct put w = { out };

	put_bytes(&w, "mish", 4);			/*   0 */
	put32(&w, m->version);				/*   4 */
	put64(&w, m->first_sector);			/*   8 */
	put64(&w, m->n_sectors);			/*  16 */
	put64(&w, m->data_off);				/*  24 */
	put32(&w, m->buffers);				/*  32 */
	put32(&w, m->index);				/*  36 */
	put_zeros(&w, 24);				/*  40 reserved */
	sum_emit(&w, &m->sum);				/*  64 */
	put32(&w, m->n_runs);				/* 200 */
}

void
run_parse(struct img_cursor *c, struct udif_run *ret)
{
	ret->type = cur_be32(c);			/*   0 */
	ret->comment = cur_be32(c);			/*   4 */
	ret->start_sector = cur_be64(c);		/*   8 */
	ret->n_sectors = cur_be64(c);			/*  16 */
	ret->off = cur_be64(c);				/*  24 */
	ret->len = cur_be64(c);				/*  32 */
}

void
run_emit(const struct udif_run *r, uint8_t *out)
{
	struct put w = { out };

	put32(&w, r->type);				/*   0 */
	put32(&w, r->comment);				/*   4 */
	put64(&w, r->start_sector);			/*   8 */
	put64(&w, r->n_sectors);			/*  16 */
	put64(&w, r->off);				/*  24 */
	put64(&w, r->len);				/*  32 */
}
