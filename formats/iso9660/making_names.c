/* SPDX-License-Identifier: BSD-2-Clause */
/* The one mangler of names.  What a view calls a file follows from the file's own name alone, as long as no two names of a
 * folder become one; so nothing is kept of most names, and they are made again when a record is.  Where they collide, a
 * name that needed no change keeps itself, then the first in byte order wins, and the others get a number in place of
 * their last characters: the smallest that is free.  Only those are remembered.
 *
 * The plain tree (ECMA-119 7.5, 7.6): letters become capitals, what is no letter, digit or underscore becomes one
 * underscore, the part behind the last dot is the extension, "README" is spelt "README.;1".  Level 1: 8 and 3 characters,
 * else 30 in all; folders 8 or 31 and no dot. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

#define KEY_MAX 256

/* ---- what a name makes of itself ---- */

static bool
is_d_char(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* At most @max d-characters from the @n bytes of @s. */
static size_t
d_chars(const char *s, size_t n, size_t max, char *ret, bool *ret_changed)
{
	size_t out = 0, at = 0;

	while (at < n && out < max) {
		unsigned char c = (unsigned char)s[at];
		uint32_t code;
		size_t step = text_utf8(s + at, n - at, &code);

		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c - 'a' + 'A');
		if (!is_d_char(c)) {
			*ret_changed = true;
			c = '_';
		}
		ret[out++] = (char)c;
		at += step ? step : 1;
	}
	*ret_changed |= at < n;
	return out;
}

/* Limits of the parts of a file's name. */
static void
parts(unsigned int level, size_t n_name, size_t n_ext, size_t *ret_name, size_t *ret_ext)
{
	if (level == 1) {
		*ret_name = 8;
		*ret_ext = 3;
		return;
	}
	*ret_ext = 30 - (n_name < 22 ? n_name : 22);
	*ret_name = 30 - (n_ext < *ret_ext ? n_ext : *ret_ext);
}

static size_t
plain_from(unsigned int level, const char *name, bool is_dir, char *ret, bool *ret_changed)
{
	size_t n = strlen(name), max_name, max_ext, out;
	const char *dot = is_dir ? NULL : strrchr(name, '.');

	if (is_dir)
		return d_chars(name, n, level == 1 ? 8 : 31, ret, ret_changed);
	if (!dot || dot == name)
		dot = name + n;
	parts(level, (size_t)(dot - name), strlen(dot) ? strlen(dot) - 1 : 0, &max_name, &max_ext);
	out = d_chars(name, (size_t)(dot - name), max_name, ret, ret_changed);
	if (dot[0] && dot[1]) {
		ret[out++] = '.';
		out += d_chars(dot + 1, strlen(dot + 1), max_ext, ret + out, ret_changed);
	}
	return out;
}

/* Where the extension of @n bytes begins, with its dot; @n if there is none worth keeping. */
static size_t
extension(const char *name, size_t n)
{
	size_t at = n;

	while (at > 1 && name[at - 1] != '.')
		at--;
	return at > 1 && n - at < 32 ? at - 1 : n;
}

/* At most @max of @n bytes, without part of a character at the end. */
static size_t
whole_chars(const void *bytes, size_t max, size_t n)
{
	const uint8_t *p = bytes;
	size_t cut = max;

	if (n <= max)
		return n;
	while (cut && max - cut < 3 && (p[cut] & 0xc0) == 0x80)
		cut--;
	return (p[cut] & 0xc0) == 0x80 ? max : cut;
}

static size_t
enhanced_from(const char *name, char *ret, bool *ret_changed)
{
	size_t n = strlen(name), ext = extension(name, n), keep = n;

	if (n > MAX_ISO_NAME) {
		keep = whole_chars(name, MAX_ISO_NAME - (n - ext), n);
		*ret_changed = true;
	} else {
		ext = n;
	}
	memcpy(ret, name, keep);
	memcpy(ret + keep, name + ext, n - ext);
	return keep + (n - ext);
}

/* The name without version, and without the dot that an empty extension has. */
static size_t
base_name(const struct iso_author *a, enum kind kind, const struct mnode *n, uint8_t *ret, bool *ret_changed)
{
	*ret_changed = false;
	switch (kind) {
	case KIND_JOLIET:
		return joliet_from(n->name, n->type == IMG_NODE_DIR, a->o.joliet_units, ret, ret_changed);
	case KIND_ENHANCED:
		return enhanced_from(n->name, (char *)ret, ret_changed);
	default:
		return plain_from(a->o.level, n->name, n->type == IMG_NODE_DIR, (char *)ret, ret_changed);
	}
}

/* ---- collisions ---- */

struct cand {
	uint32_t node;
	uint16_t n;
	bool changed;
	const uint8_t *key;
	const struct renamed *kept;	/* the identifier it had */
};

struct slot {
	uint32_t cand;		/* + 1; 0: free */
	uint32_t next;		/* number to be tried next when this key is taken */
};

struct folder {
	struct iso_author *a;
	enum kind kind;
	size_t n, room;		/* candidates; @room slots, a power of two */
	struct cand *v;
	struct slot *slot;
	struct img_arena *arena;
};

static struct slot *
place(const struct folder *f, const uint8_t *key, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	size_t i;

	for (size_t k = 0; k < n; k++)
		h = (h ^ key[k]) * UINT64_C(0x100000001b3);
	for (i = (size_t)(h ^ h >> 29) & (f->room - 1); f->slot[i].cand; i = (i + 1) & (f->room - 1)) {
		const struct cand *c = &f->v[f->slot[i].cand - 1];

		if (c->n == n && !memcmp(c->key, key, n))
			break;
	}
	return &f->slot[i];
}

/* Longest name of a kind, when its extension takes @ext bytes with the dot. */
static size_t
longest(const struct iso_author *a, enum kind kind, bool is_dir, size_t ext)
{
	if (kind == KIND_ENHANCED)
		return MAX_ISO_NAME;
	if (a->o.level == 1)
		return 8 + ext;
	return is_dir ? 31 : 30 + (ext > 0);	/* the dot is not counted */
}

/* @key with @tail in front of its extension. */
static size_t
with_tail(const struct iso_author *a, enum kind kind, bool is_dir, const uint8_t *key, size_t n, const char *tail,
	  uint8_t *ret)
{
	size_t k = strlen(tail), dot = n, keep, ext, most;

	if (kind == KIND_JOLIET)
		return joliet_with_tail(key, n, a->o.joliet_units, tail, ret);
	for (size_t i = n; !is_dir && dot == n && i-- > 1;)
		if (key[i] == '.')
			dot = i;
	ext = n - dot;
	most = longest(a, kind, is_dir, ext);
	if (ext + k > most)		/* an extension that leaves the number no room */
		ext = whole_chars(key + dot, most - k, ext);
	keep = whole_chars(key, most - k - ext, dot);
	memcpy(ret, key, keep);
	memcpy(ret + keep, tail, k);
	memcpy(ret + keep + k, key + dot, ext);
	return keep + k + ext;
}

static int
remember(struct folder *f, struct cand *c, const uint8_t *key, size_t n, struct img_err *err)
{
	struct shape *s = &f->a->shape[f->kind];
	uint8_t *own = img_arena_alloc(f->arena, n), *kept = img_arena_alloc(f->a->arena, n + 1);
	int rc = table_room(&s->renamed, s->n_renamed, &s->room_renamed, sizeof *s->renamed, err);

	if (rc)
		return rc;
	if (!own || !kept)
		return img_fail_nomem(err);
	memcpy(own, key, n);
	kept[0] = (uint8_t)n;
	memcpy(kept + 1, key, n);
	c->key = own;
	c->n = (uint16_t)n;
	c->changed = true;
	s->renamed[s->n_renamed++] = (struct renamed) { .node = c->node, .name = (const char *)kept };
	return 0;
}

/* A kept identifier that nobody has taken. */
static int
remember_whole(struct folder *f, const struct cand *c, struct img_err *err)
{
	struct shape *s = &f->a->shape[f->kind];
	int rc = table_room(&s->renamed, s->n_renamed, &s->room_renamed, sizeof *s->renamed, err);

	if (!rc)
		s->renamed[s->n_renamed++] = *c->kept;
	return rc;
}

/* Another one took the kept identifier (a file was moved): what the name makes of itself comes next. */
static int
let_go(struct folder *f, struct cand *c, struct img_err *err)
{
	uint8_t key[KEY_MAX], *own;

	c->n = (uint16_t)base_name(f->a, f->kind, &f->a->node[c->node], key, &c->changed);
	own = img_arena_alloc(f->arena, c->n + 1u);
	if (!own)
		return img_fail_nomem(err);
	memcpy(own, key, c->n);
	c->key = own;
	c->kept = NULL;
	return 0;
}

/* Give the candidate @i a name nobody has. */
static int
settle(struct folder *f, size_t i, struct img_err *err)
{
	struct cand *c = &f->v[i];
	struct slot *s = place(f, c->key, c->n), *t;
	uint8_t key[KEY_MAX];
	char tail[12];
	size_t n;
	int rc;

	if (!s->cand) {
		s->cand = (uint32_t)i + 1;
		return c->kept ? remember_whole(f, c, err) : 0;
	}
	if (c->kept) {
		rc = let_go(f, c, err);
		return rc ? rc : settle(f, i, err);
	}
	do {
		snprintf(tail, sizeof tail, "%u", (unsigned int)s->next++ % 10000000);
		n = with_tail(f->a, f->kind, f->a->node[c->node].type == IMG_NODE_DIR, c->key, c->n, tail, key);
		t = place(f, key, n);
	} while (t->cand);
	rc = remember(f, c, key, n, err);
	t->cand = (uint32_t)i + 1;
	return rc;
}

/* ---- names that are kept ---- */

/* Bytes of an identifier without its version and the dot of an empty extension. */
static size_t
without_version(const uint8_t *id, size_t n)
{
	const uint8_t *semicolon = memchr(id, ';', n);

	if (semicolon > id)
		n = (size_t)(semicolon - id);
	return n > 1 && id[n - 1] == '.' ? n - 1 : n;
}

int
making_keep_name(struct iso_author *a, uint32_t node, uint64_t id, struct img_err *err)
{
	uint8_t was[255], now[MAX_ISO_NAME + 4];
	size_t n, k;
	char *kept;
	int rc;

	if (!a->o.again->identifier(a->o.again->ctx, id, was, &n))
		return 0;
	a->node[node].old = true;
	if (!n)
		return 0;
	k = making_name(a, KIND_PRIMARY, node, now);
	if (n > MAX_ISO_NAME || (n == 1 && was[0] <= 1) || (k == n && !memcmp(was, now, n)))
		return 0;
	rc = table_room(&a->kept, a->n_kept, &a->room_kept, sizeof *a->kept, err);
	if (rc)
		return rc;
	kept = img_arena_alloc(a->arena, n + 1);
	if (!kept)
		return img_fail_nomem(err);
	kept[0] = (char)n;
	memcpy(kept + 1, was, n);
	a->kept[a->n_kept++] = (struct renamed) { .node = node, .whole = true, .name = kept };
	return 0;
}

static const struct renamed *
by_node(const struct renamed *v, size_t n, uint32_t node)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v[mid].node == node)
			return &v[mid];
		*(v[mid].node < node ? &lo : &hi) = v[mid].node < node ? mid + 1 : mid;
	}
	return NULL;
}

static int
order_by_node(const void *x, const void *y)
{
	const struct renamed *a = x, *b = y;

	return (a->node > b->node) - (a->node < b->node);
}

/* ---- folders ---- */

static int
gather(struct folder *f, const struct mdir *d, struct img_err *err)
{
	struct iso_author *a = f->a;

	f->room = 16;
	while (f->room < 2 * (size_t)d->n)
		f->room *= 2;
	f->v = calloc(d->n + 1, sizeof *f->v);
	f->slot = calloc(f->room, sizeof *f->slot);
	f->arena = img_arena_new();
	if (!f->v || !f->slot || !f->arena)
		return img_fail_nomem(err);
	for (uint32_t i = d->first; i < d->first + d->n; i++) {
		struct cand *c = &f->v[f->n];
		uint8_t key[KEY_MAX], *own;
		size_t n;

		if (!making_shows(a, f->kind, &a->node[i]))
			continue;
		n = base_name(a, f->kind, &a->node[i], key, &c->changed);
		c->kept = f->kind == KIND_PRIMARY ? by_node(a->kept, a->n_kept, i) : NULL;
		if (c->kept) {
			n = without_version((const uint8_t *)c->kept->name + 1, (uint8_t)c->kept->name[0]);
			memcpy(key, c->kept->name + 1, n);
		}
		own = img_arena_alloc(f->arena, n + 1);
		if (!own)
			return img_fail_nomem(err);
		memcpy(own, key, n);
		c->node = i;
		c->n = (uint16_t)n;
		c->key = own;
		f->n++;
	}
	return 0;
}

/* Whose turn is it to choose?  First what was there before, then what the plain tree spells as it is. */
enum turn { TURN_OLD, TURN_ITSELF, TURN_OTHERS, N_TURNS };
static enum turn
turn_of(const struct folder *f, const struct cand *c)
{
	const struct mnode *m = &f->a->node[c->node];
	bool itself = f->kind != KIND_PRIMARY ? !c->changed : strlen(m->name) == c->n && !memcmp(m->name, c->key, c->n);

	if (m->old && f->kind == KIND_PRIMARY)
		return TURN_OLD;
	return itself ? TURN_ITSELF : TURN_OTHERS;
}

static int
by_key(const void *x, const void *y)
{
	const struct cand *a = x, *b = y;
	int c = memcmp(a->key, b->key, a->n < b->n ? a->n : b->n);

	return c ? c : (a->n > b->n) - (a->n < b->n);
}

static void
tell(const struct folder *f, const struct cand *c)
{
	static const char *const views[N_KINDS] = { "ISO 9660", "Joliet", "ISO 9660:1999" };
	const struct iso_author *a = f->a;
	char path[512], name[KEY_MAX * 2];
	bool joliet = f->kind == KIND_JOLIET;

	if (joliet)
		joliet_to_utf8(c->key, c->n, name, sizeof name);
	else
		snprintf(name, sizeof name, "%.*s", (int)c->n, (const char *)c->key);
	img_problem(a->src.env, IMG_WARNING, joliet ? "joliet-name" : "iso-name", "%s: %s calls it \"%s\"",
		    making_path(a, c->node, path, sizeof path), views[f->kind], name);
}

/* Names that Windows, which does not tell capitals, takes for one: both stay, and it opens one of them only. */
static int
tell_cases(const struct folder *f, struct img_err *err)
{
	const struct iso_author *a = f->a;
	img_autofree uint64_t *sum = NULL;	/* parallel to the slots */
	int rc = img_array(f->room, sizeof *sum, UINT64_MAX, "names", &sum, err);

	if (rc)
		return rc;
	memset(f->slot, 0, f->room * sizeof *f->slot);
	for (size_t i = 0; i < f->n; i++) {
		const struct cand *c = &f->v[i], *other;
		uint64_t h = joliet_sum_folded(c->key, c->n);
		size_t k = (size_t)(h ^ h >> 29) & (f->room - 1);
		char path[512], name[KEY_MAX * 2];

		while (f->slot[k].cand && sum[k] != h)
			k = (k + 1) & (f->room - 1);
		if (!f->slot[k].cand) {
			f->slot[k].cand = (uint32_t)i + 1;
			sum[k] = h;
			continue;
		}
		other = &f->v[f->slot[k].cand - 1];
		joliet_to_utf8(other->key, other->n, name, sizeof name);
		img_problem(a->src.env, IMG_WARNING, "joliet-case", "%s: Windows takes it and \"%s\" for one name in Joliet",
			    making_path(a, c->node, path, sizeof path), name);
	}
	return 0;
}

static int
name_folder(struct iso_author *a, enum kind kind, uint32_t dir, size_t *io_changed, struct img_err *err)
{
	struct mdir *d = &a->dir[dir];
	struct folder f = { .a = a, .kind = kind };
	uint32_t *order = a->shape[kind].order + d->first;
	bool quiet = kind == KIND_PRIMARY && a->layout.rock_ridge;
	int rc = gather(&f, d, err);

	for (unsigned int t = 0; t < N_TURNS; t++)
		for (size_t i = 0; !rc && i < f.n; i++)
			if (turn_of(&f, &f.v[i]) == (enum turn)t)
				rc = settle(&f, i, err);
	if (!rc && f.n > 1)
		qsort(f.v, f.n, sizeof *f.v, by_key);
	for (size_t i = 0; !rc && i < f.n; i++) {
		order[i] = f.v[i].node;
		if (a->node[f.v[i].node].old)
			continue;
		if (f.v[i].changed && !quiet)
			tell(&f, &f.v[i]);
		*io_changed += f.v[i].changed;
	}
	if (!rc && kind == KIND_JOLIET && f.n > 1)
		rc = tell_cases(&f, err);
	d->n_shown[kind] = (uint32_t)f.n;
	img_arena_free(f.arena);
	free(f.v);
	free(f.slot);
	return rc;
}

int
making_names(struct iso_author *a, enum kind kind, struct img_err *err)
{
	struct shape *s = &a->shape[kind];
	size_t changed = 0;
	int rc = img_array(a->n_nodes, sizeof *s->order, UINT64_MAX, "names", &s->order, err);

	for (uint32_t i = 0; !rc && i < a->n_dirs; i++)
		rc = name_folder(a, kind, i, &changed, err);
	if (rc)
		return rc;
	if (a->o.again && s->n_renamed > 1)
		qsort(s->renamed, s->n_renamed, sizeof *s->renamed, order_by_node);
	a->layout.n_renamed[kind] = changed;
	if (changed && kind == KIND_PRIMARY && a->layout.rock_ridge)
		img_problem(a->src.env, IMG_NOTE, "iso-name",
			    "%zu name%s differ%s in the plain ISO 9660 tree; Rock Ridge has %s whole", changed,
			    changed == 1 ? "" : "s", changed == 1 ? "s" : "", changed == 1 ? "it" : "them");
	return 0;
}

/* ---- the names again ---- */

bool
making_shows(const struct iso_author *a, enum kind kind, const struct mnode *n)
{
	if (n->hidden & (kind == KIND_JOLIET ? ISO_HIDE_JOLIET : ISO_HIDE_ISO))
		return false;
	if (n->type == IMG_NODE_DIR || n->type == IMG_NODE_FILE)
		return true;
	return kind == KIND_PRIMARY && a->layout.rock_ridge;
}

size_t
making_name(const struct iso_author *a, enum kind kind, uint32_t node, uint8_t ret[MAX_ISO_NAME + 4])
{
	const struct mnode *m = &a->node[node];
	const struct renamed *r = by_node(a->shape[kind].renamed, a->shape[kind].n_renamed, node);
	size_t n;
	bool changed;

	if (r) {
		n = (uint8_t)r->name[0];
		memcpy(ret, r->name + 1, n);
		if (r->whole)
			return n;
	} else {
		n = base_name(a, kind, m, ret, &changed);
	}
	if (m->type == IMG_NODE_DIR || kind == KIND_ENHANCED)
		return n;
	if (kind == KIND_JOLIET) {
		memcpy(ret + n, "\0;\0001", 4);
		return n + 4;
	}
	if (!memchr(ret, '.', n))
		ret[n++] = '.';
	ret[n++] = ';';
	ret[n++] = '1';
	return n;
}
