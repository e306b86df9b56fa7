/* SPDX-License-Identifier: BSD-2-Clause */
/* System use entries: packed behind a directory record's name, continued (CE) in areas anywhere on the disc.  The classic
 * hang is a continuation that leads back to itself; each area is entered once for a record. */
#include "config.h"

#include "formats/iso9660/susp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "img/source.h"

void
susp_begin(struct susp *s, const struct iso *iso, struct susp_scratch *scratch, const uint8_t *p, size_t n)
{
	s->iso = iso;
	s->scratch = scratch;
	s->p = p;
	s->left = n;
	s->has_ce = false;
	s->n_seen = 0;
	s->bad = NULL;
}

static int
scratch_room(struct susp_scratch *b, size_t n, struct img_err *err)
{
	uint8_t *p;

	if (n <= b->room)
		return 0;
	p = realloc(b->p, n);
	if (!p)
		return img_fail_nomem(err);
	b->p = p;
	b->room = n;
	return 0;
}

/* Go to the continuation area that was announced. */
static int
enter_area(struct susp *s, struct img_err *err)
{
	uint64_t size = s->iso->volume->size;
	int rc;

	if (!span_ok(s->ce_off, s->ce_len, size))
		return img_fail(err, IMG_E_FORMAT, "continuation area at %" PRIu64 ", %" PRIu32 " bytes, lies past the end (%"
				PRIu64 ")", s->ce_off, s->ce_len, size);
	if (s->ce_len > ISO_MAX_CE_LEN)
		return img_fail(err, IMG_E_LIMIT, "continuation area at %" PRIu64 " has %" PRIu32
				" bytes, more than the limit of %d", s->ce_off, s->ce_len, ISO_MAX_CE_LEN);
	for (unsigned int i = 0; i < s->n_seen; i++)
		if (s->seen[i] == s->ce_off)
			return img_fail(err, IMG_E_FORMAT, "continuation areas run in a circle at %" PRIu64, s->ce_off);
	if (s->n_seen == ISO_MAX_CE_AREAS)
		return img_fail(err, IMG_E_LIMIT, "more than %d continuation areas for one record", ISO_MAX_CE_AREAS);
	s->seen[s->n_seen++] = s->ce_off;
	s->scratch->spent += s->ce_len;
	if (s->scratch->spent > size + (1 << 20))
		return img_fail(err, IMG_E_FORMAT, "a directory's records share continuation areas: more than %" PRIu64
				" bytes of them", size + (1 << 20));
	rc = scratch_room(s->scratch, s->ce_len, err);
	if (!rc)
		rc = iso_meta_read(s->iso->meta, s->ce_off, s->scratch->p, s->ce_len, err);
	s->p = s->scratch->p;
	s->left = s->ce_len;
	s->has_ce = false;
	return rc;
}

/* The last CE of an area counts, once the area is done (SUSP 5.1). */
static void
note_ce(struct susp *s, const struct susp_entry *e)
{
	struct img_cursor c = cur_over(e->data, e->n);
	uint32_t block = cur_both32(&c), off = cur_both32(&c);

	s->ce_off = (uint64_t)block * s->iso->block + off;
	s->ce_len = cur_both32(&c);
	s->has_ce = cur_ok(&c);
	if (!s->has_ce)
		s->bad = "a CE entry is too short";
}

int
susp_next(struct susp *s, struct susp_entry *ret, struct img_err *err)
{
	for (;;) {
		struct susp_entry e;
		uint8_t len;

		/* fewer than four bytes are padding, and so is a zero where an entry would begin */
		if (s->left < 4 || !s->p[0]) {
			int rc;

			if (!s->has_ce)
				return 0;
			rc = enter_area(s, err);
			if (rc)
				return rc;
			continue;
		}
		len = s->p[2];
		if (len < 4 || len > s->left) {
			s->bad = len < 4 ? "a system use entry shorter than its head" :
				 "a system use entry longer than its area";
			s->left = 0;
			continue;
		}
		e = (struct susp_entry) {
			.sig = { (char)s->p[0], (char)s->p[1] }, .version = s->p[3], .n = (uint8_t)(len - 4),
			.data = s->p + 4,
		};
		s->p += len;
		s->left -= len;
		if (!memcmp(e.sig, "CE", 2)) {
			note_ce(s, &e);
			continue;
		}
		if (!memcmp(e.sig, "ST", 2)) {
			s->left = 0;
			continue;
		}
		*ret = e;
		return 1;
	}
}

/* ---- the root's own record ---- */

/* Is @e the ER of an extension whose name begins with @id?  Some writers add to the names. */
static bool
announces(const struct susp_entry *e, const char *id)
{
	size_t n = e->n ? e->data[0] : 0;

	return !memcmp(e->sig, "ER", 2) && e->n >= 4 && n <= e->n - 4u && n >= strlen(id) &&
	       !memcmp(e->data + 4, id, strlen(id));
}

static void
note_extension(struct susp_root *r, const struct susp_entry *e)
{
	r->attrs |= !memcmp(e->sig, "AL", 2);
	r->rock_ridge |= announces(e, "RRIP_1991A") || announces(e, "IEEE_P1282") || announces(e, "IEEE_1282");
	/* PX in the root will do: some writers forget the ER entry (observed: VirtualBox additions) */
	r->rock_ridge |= !memcmp(e->sig, "PX", 2) && e->n >= 32;
}

static bool
has_sp(const uint8_t *p, size_t n)
{
	return n >= 7 && !memcmp(p, "SP\7\1\xbe\xef", 6);
}

int
susp_root_read(const struct iso *iso, struct susp_root *ret, struct img_err *err)
{
	struct susp_scratch scratch = { 0 };
	struct susp_root r = { 0 };
	struct susp_entry e;
	struct iso_record rec;
	uint8_t buf[256];
	struct susp s;
	size_t at = 0;
	int rc = iso_record_at(iso, iso_data_off(iso, &iso->set.pvd.root), buf, &rec, err);

	if (rc)
		return rc;
	/* behind a CD-ROM XA record if there is one */
	if (!has_sp(rec.su, rec.n_su) && rec.n_su > 14 && has_sp(rec.su + 14, rec.n_su - 14u))
		at = 14;
	if (rec.n_su > at && has_sp(rec.su + at, rec.n_su - at)) {
		r.sp = true;
		r.skip = rec.su[at + 6];
	}
	susp_begin(&s, iso, &scratch, rec.n_su ? rec.su + at : NULL, rec.n_su > at ? rec.n_su - at : 0);
	while ((rc = susp_next(&s, &e, err)) > 0)
		note_extension(&r, &e);
	free(scratch.p);
	if (rc < 0)
		return img_note(err, rc, "the root's system use area");
	*ret = r;
	return 0;
}
