/* SPDX-License-Identifier: BSD-2-Clause */
/* The small tree of facts between formats and printers; see img/report.h.  Everything lives in one arena. */
#include "config.h"

#include "img/report.h"

#include <string.h>

#include "core/memory.h"

struct img_report {
	struct img_arena *arena;
	struct img_rep root;
	bool failed;		/* sticky: some value is missing */
};

struct img_report *
img_report_new(void)
{
	struct img_report *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->arena = img_arena_new();
	if (!r->arena) {
		free(r);
		return NULL;
	}
	r->root.type = IMG_REP_OBJ;
	r->root.report = r;
	return r;
}

struct img_report *
img_report_free(struct img_report *r)
{
	if (r)
		img_arena_free(r->arena);
	free(r);
	return NULL;
}

struct img_rep *
img_report_root(struct img_report *r)
{
	return r ? &r->root : NULL;
}

bool
img_report_ok(const struct img_report *r)
{
	return r && !r->failed;
}

/* A new last child of @o, or NULL. */
static struct img_rep *
rep_add(struct img_rep *o, const char *key, enum img_rep_type type)
{
	struct img_rep *n;

	if (!o)
		return NULL;
	n = img_arena_alloc(o->report->arena, sizeof *n);
	if (!n) {
		o->report->failed = true;
		return NULL;
	}
	n->type = type;
	n->key = key;
	n->report = o->report;
	if (o->last)
		o->last->next = n;
	else
		o->first = n;
	o->last = n;
	return n;
}

void
img_rep_strn(struct img_rep *o, const char *key, const char *value, size_t len)
{
	char *copy;
	struct img_rep *n;

	if (!o)
		return;
	copy = img_arena_str(o->report->arena, value, len);
	if (!copy) {
		o->report->failed = true;
		return;
	}
	n = rep_add(o, key, IMG_REP_STR);
	if (n)
		n->v.s = copy;
}

void
img_rep_str(struct img_rep *o, const char *key, const char *value)
{
	if (value)
		img_rep_strn(o, key, value, strlen(value));
	else
		img_rep_null(o, key);
}

void
img_rep_uint(struct img_rep *o, const char *key, uint64_t value)
{
	struct img_rep *n = rep_add(o, key, IMG_REP_UINT);

	if (n)
		n->v.u = value;
}

void
img_rep_int(struct img_rep *o, const char *key, int64_t value)
{
	struct img_rep *n = rep_add(o, key, IMG_REP_INT);

	if (n)
		n->v.i = value;
}

void
img_rep_real(struct img_rep *o, const char *key, double value)
{
	struct img_rep *n = rep_add(o, key, IMG_REP_REAL);

	if (n)
		n->v.r = value;
}

void
img_rep_bool(struct img_rep *o, const char *key, bool value)
{
	struct img_rep *n = rep_add(o, key, IMG_REP_BOOL);

	if (n)
		n->v.b = value;
}

void
img_rep_null(struct img_rep *o, const char *key)
{
	(void)rep_add(o, key, IMG_REP_NULL);
}

struct img_rep *
img_rep_obj(struct img_rep *o, const char *key)
{
	return rep_add(o, key, IMG_REP_OBJ);
}

struct img_rep *
img_rep_arr(struct img_rep *o, const char *key)
{
	return rep_add(o, key, IMG_REP_ARR);
}

const struct img_rep *
img_rep_get(const struct img_rep *o, const char *key)
{
	if (!o)
		return NULL;
	for (const struct img_rep *n = o->first; n; n = n->next)
		if (n->key && strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const char *
img_rep_get_str(const struct img_rep *o, const char *key)
{
	const struct img_rep *n = img_rep_get(o, key);

	return n && n->type == IMG_REP_STR ? n->v.s : NULL;
}

uint64_t
img_rep_get_uint(const struct img_rep *o, const char *key, uint64_t absent)
{
	const struct img_rep *n = img_rep_get(o, key);

	return n && n->type == IMG_REP_UINT ? n->v.u : absent;
}

bool
img_rep_get_bool(const struct img_rep *o, const char *key)
{
	const struct img_rep *n = img_rep_get(o, key);

	return n && n->type == IMG_REP_BOOL && n->v.b;
}

void
img_rep_copy(const struct img_rep *from, struct img_rep *to)
{
	struct img_rep *o;

	switch (from->type) {
	case IMG_REP_NULL:
		img_rep_null(to, from->key);
		break;
	case IMG_REP_BOOL:
		img_rep_bool(to, from->key, from->v.b);
		break;
	case IMG_REP_UINT:
		img_rep_uint(to, from->key, from->v.u);
		break;
	case IMG_REP_INT:
		img_rep_int(to, from->key, from->v.i);
		break;
	case IMG_REP_REAL:
		img_rep_real(to, from->key, from->v.r);
		break;
	case IMG_REP_STR:
		img_rep_str(to, from->key, from->v.s);
		break;
	case IMG_REP_OBJ:
	case IMG_REP_ARR:
		o = from->type == IMG_REP_OBJ ? img_rep_obj(to, from->key) : img_rep_arr(to, from->key);
		for (const struct img_rep *c = from->first; c; c = c->next)
			img_rep_copy(c, o);
		break;
	}
}
