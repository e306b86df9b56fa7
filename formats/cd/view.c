/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of one track: 2048 of each sector of data, or the sound.
 *
 * The EDC of a sector is tested when it is read, by whichever thread does that, and the verdict is kept: one byte for each
 * sector, 0 while nobody looked.  Where a job counts such sectors, one that fails is given as it lies: what follows from it is
 * the business of the check over all sectors (struct edc), which is another view of these verdicts and reads only what nobody
 * read.  Elsewhere it cannot be read. */
#include "config.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/zeros.h"
#include "formats/cd/disc.h"
#include "img/check.h"
#include "img/env.h"
#include "img/source.h"

#define BATCH 64		/* sectors read at a time: 150 KB stay in the processor's cache */
#define MAX_SECTORS (1 << 21)	/* four times what the fullest disc has */

enum verdict { UNKNOWN, GOOD, BAD };

struct view {
	struct img_source src;
	struct cd_track t;	/* a copy, with a reference to its file */
	atomic_uchar *verdict;	/* of each sector; NULL where sectors have no EDC */
};

static struct view *
view_of(struct img_source *s)
{
	return (struct view *)s;
}

/* ---- one sector ---- */

/* Mode 1 all through, unless a sector of another kind proves itself: a damaged header proves nothing. */
static enum cd_form
form_of(const struct cd_track *t, const uint8_t *s)
{
	enum cd_form form = cd_form_of(s, t->mode);
	bool proven = form == CD_FORM1 || form == CD_FORM2;

	if (t->mode != 1 || form == CD_MODE1)
		return form;
	return proven && load_le32(s + (form == CD_FORM1 ? 2072 : 2348)) && cd_sector_ok(s, form) ? form : CD_MODE1;
}

/* Test @s, sector @i, and mend it if that is wanted. */
static enum cd_form
test(struct view *v, uint64_t i, uint8_t *s)
{
	enum cd_form form = form_of(&v->t, s);
	bool known = atomic_load_explicit(&v->verdict[i], memory_order_relaxed) != UNKNOWN, ok;

	ok = cd_sector_ok(s, form) || zeros_only(s + CD_HEAD, CD_RAW - CD_HEAD);
	if (!ok && img_env_repairs(v->src.env) && cd_repair(s, form)) {
		ok = true;
		form = form_of(&v->t, s);
		if (!known)
			img_problem(v->src.env, IMG_WARNING, "sector-repaired", "track %u: sector %" PRIu64
				    " was damaged and is repaired by its ECC", v->t.number, i);
	} else if (!ok && !known && img_env_keeps_damaged(v->src.env)) {
		img_problem(v->src.env, IMG_WARNING, "sector-damaged", "track %u: sector %" PRIu64 " fails its EDC%s", v->t.number, i,
			    img_env_repairs(v->src.env) ? ", and its ECC cannot repair it" : "");
	}
	atomic_store_explicit(&v->verdict[i], ok ? GOOD : BAD, memory_order_relaxed);
	return form;
}

/* The main channel of a sector that lies at @from, as 2352 bytes. */
static void
load_sector(const struct cd_track *t, const uint8_t *from, uint8_t *ret)
{
	if (t->main == CD_MAIN_XA) {
		memset(ret, 0, CD_HEAD);
		memcpy(ret + CD_HEAD, from, CD_XA);
	} else {
		memcpy(ret, from, CD_RAW);
	}
}

static int
user_bytes(struct view *v, uint64_t i, const uint8_t *from, uint8_t *ret, struct img_err *err)
{
	uint8_t s[CD_RAW];
	enum cd_form form;

	if (!v->verdict) {
		memcpy(ret, from, CD_USER);
		return 0;
	}
	load_sector(&v->t, from, s);
	form = test(v, i, s);
	if (v->verdict[i] == BAD && !img_env_keeps_damaged(v->src.env))
		return img_fail(err, IMG_E_FORMAT, "sector %" PRIu64 " fails its EDC%s", i, img_env_repairs(v->src.env) ?
				", and its ECC cannot repair it" : "");
	if (form == CD_FORM2 || form == CD_MODE2)
		return img_fail(err, IMG_E_UNSUPPORTED, "sector %" PRIu64 " is of mode 2 %s: its %d bytes have no place among sectors of "
				"%d", i, form == CD_FORM2 ? "form 2" : "without a form", form == CD_FORM2 ? CD_XA_USER : CD_XA, CD_USER);
	if (form == CD_MODE0)
		memset(ret, 0, CD_USER);
	else
		memcpy(ret, s + (form == CD_MODE1 ? 16 : 24), CD_USER);
	return 0;
}

static int
fetch(const struct view *v, uint64_t first, size_t n, uint8_t *ret, struct img_err *err)
{
	const struct cd_track *t = &v->t;

	/* what follows the last sector may be missing */
	return img_source_read(t->file, t->at + first * t->stride, ret, (n - 1) * t->stride + cd_main_size(t->main), err);
}

static int
opaque_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

/* ---- the verdicts ---- */

struct edc {
	struct img_source src;
	struct img_source *view;
};

static int
edc_read(struct img_source *src, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct view *v = view_of(((struct edc *)src)->view);
	img_autofree uint8_t *raw = NULL;
	uint8_t *out = buf, s[CD_RAW];

	for (size_t i = 0; i < len; i += BATCH) {
		size_t n = len - i < BATCH ? len - i : BATCH;
		bool known = true;
		int rc;

		for (size_t k = 0; k < n; k++)
			known = known && v->verdict[off + i + k] != UNKNOWN;
		if (!known && !raw && !(raw = malloc((size_t)BATCH * v->t.stride)))
			return img_fail_nomem(err);
		rc = known ? 0 : fetch(v, off + i, n, raw, err);
		if (rc)
			return rc;
		for (size_t k = 0; k < n; k++) {
			if (v->verdict[off + i + k] == UNKNOWN) {
				load_sector(&v->t, raw + k * v->t.stride, s);
				test(v, off + i + k, s);
			}
			out[i + k] = v->verdict[off + i + k] == BAD;
		}
	}
	return 0;
}

static void
edc_destroy(struct img_source *s)
{
	img_unref(((struct edc *)s)->view);
	free(s);
}

static const struct img_source_ops edc_ops = { .map = opaque_map, .read = edc_read, .destroy = edc_destroy };

static uint64_t
count(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += p[i];
	return n;
}

static uint64_t
count_zeros(uint64_t len)
{
	return 0;
}

static uint64_t
count_combine(uint64_t a, uint64_t b, uint64_t len_b)
{
	return a + b;
}

static void
count_store(uint64_t sum, uint8_t *ret)
{
	store_be32(ret, (uint32_t)sum);
}

static const struct img_digest edc_digest = {
	.name = "edc", .size = 4, .piece = count, .zeros = count_zeros, .combine = count_combine, .store = count_store,
};

/* ---- data ---- */

static int
data_read(struct img_source *src, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct view *v = view_of(src);
	img_autofree uint8_t *raw = malloc((size_t)BATCH * v->t.stride);
	uint8_t *out = buf, whole[CD_USER];
	int rc = raw ? 0 : img_fail_nomem(err);

	while (!rc && len) {
		uint64_t first = off / CD_USER, last = (off + len - 1) / CD_USER;
		size_t n = last - first + 1 < BATCH ? (size_t)(last - first + 1) : BATCH;

		rc = fetch(v, first, n, raw, err);
		for (size_t i = 0; !rc && i < n; i++) {
			size_t skip = (size_t)(off % CD_USER), take = CD_USER - skip < len ? CD_USER - skip : len;

			rc = user_bytes(v, first + i, raw + i * v->t.stride, take == CD_USER ? out : whole, err);
			if (take != CD_USER)
				memcpy(out, whole + skip, take);
			off += take;
			out += take;
			len -= take;
		}
	}
	return rc;
}

static void
data_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "track %u", view_of(s)->t.number);
}

static void
view_destroy(struct img_source *s)
{
	struct view *v = view_of(s);

	img_unref(v->t.file);
	free(v->verdict);
	free(v);
}

static int
data_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	struct img_check c = { .code = "cd-edc", .digest = &edc_digest, .counts = "sectors" };
	struct edc *e;
	int rc;

	if (!view_of(s)->verdict || !s->size)
		return 0;
	e = calloc(1, sizeof *e);
	if (!e)
		return img_fail_nomem(err);
	img_source_init(&e->src, &edc_ops, s->env, "cd-edc", view_of(s)->t.n, 1);
	e->view = img_ref(s);
	c.over = &e->src;
	snprintf(c.name, sizeof c.name, "track %u", view_of(s)->t.number);
	rc = img_checks_add(ret, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}

static const struct img_source_ops data_ops = {
	.map = opaque_map, .read = data_read, .checks = data_checks, .where = data_where, .destroy = view_destroy,
};

static int
view_new(const struct cd_track *t, struct img_env *env, const struct img_source_ops *ops, const char *layer, uint32_t sector,
	 struct img_source **ret, struct img_err *err)
{
	struct view *v = calloc(1, sizeof *v);

	if (!v)
		return img_fail_nomem(err);
	img_source_init(&v->src, ops, env, layer, t->n * sector, sector);
	v->t = *t;
	img_ref(t->file);
	*ret = &v->src;
	return 0;
}

int
cd_view_user(const struct cd_track *t, struct img_env *env, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	int rc;

	if (t->main == CD_MAIN_AUDIO || t->main == CD_MAIN_FORM2)
		return img_fail(err, IMG_E_UNSUPPORTED, "track %u has no sectors of %d bytes", t->number, CD_USER);
	if (t->main == CD_MAIN_USER && t->stride == CD_USER)
		return img_slice(t->file, t->at, t->n * CD_USER, ret, err);
	if (t->n > MAX_SECTORS)
		return img_fail(err, IMG_E_LIMIT, "track %u has %" PRIu64 " sectors, no disc has more than %d", t->number, t->n,
				MAX_SECTORS);
	rc = view_new(t, env, &data_ops, "cd-data", CD_USER, &s, err);
	if (!rc && t->main != CD_MAIN_USER) {
		view_of(s)->verdict = calloc(t->n ? (size_t)t->n : 1, 1);
		if (!view_of(s)->verdict)
			rc = img_fail_nomem(err);
	}
	if (!rc)
		*ret = img_steal(&s);
	return rc;
}

/* ---- sound ---- */

static bool
is_plain(const struct cd_track *t)
{
	return t->stride == CD_RAW && !t->swapped;
}

static int
sound_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct view *v = view_of(s);

	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	if (is_plain(&v->t)) {
		ret->kind = IMG_DATA;
		ret->from = v->t.file;
		ret->at = v->t.at;
		ret->stored = s->size;
	}
	return 0;
}

static void
swap(uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint8_t b = p[i];

		p[i] = p[i + 1];
		p[i + 1] = b;
	}
}

static int
sound_read(struct img_source *src, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct view *v = view_of(src);
	uint8_t *out = buf, s[CD_RAW];
	int rc = 0;

	while (!rc && len) {
		size_t skip = (size_t)(off % CD_RAW), take = CD_RAW - skip < len ? CD_RAW - skip : len;

		rc = fetch(v, off / CD_RAW, 1, s, err);
		if (v->t.swapped)
			swap(s, sizeof s);
		memcpy(out, s + skip, take);
		off += take;
		out += take;
		len -= take;
	}
	return rc;
}

static const struct img_source_ops sound_ops = {
	.map = sound_map, .read = sound_read, .where = data_where, .destroy = view_destroy,
};

int
cd_view_sound(const struct cd_track *t, struct img_env *env, struct img_source **ret, struct img_err *err)
{
	return view_new(t, env, &sound_ops, "cd-audio", CD_RAW, ret, err);
}

bool
cd_is_sound(const struct img_source *s)
{
	return s->ops == &sound_ops;
}
