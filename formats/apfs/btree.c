/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding, scanning and verifying records.  Leaves do not know their neighbours, so a cursor keeps the way down.  Levels
 * fall by one with every step, and a child's keys lie between those of its index entry and the next: nothing loops, and no
 * node is met twice. */
#include "config.h"

#include "formats/apfs/btree.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/apfs/container.h"

/* May several records have this key?  Then an index entry equal to it need not be where they begin. */
static bool
is_shared(const struct apfs_key *k)
{
	return k->type == APFS_XATTR || k->type == APFS_ENTRY || k->type == APFS_SNAP_NAME;
}

/* The first record not below @key; the number of records if there is none. */
static uint32_t
lower_bound(const struct apfs_node *n, const struct apfs_key *key)
{
	uint32_t lo = 0, hi = n->head.n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct apfs_key k;

		apfs_node_key(n, mid, &k);
		if (apfs_key_compare(&k, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
apfs_node_floor(const struct apfs_node *n, const struct apfs_key *key, uint32_t *ret)
{
	uint32_t i = lower_bound(n, key);
	struct apfs_key k;

	if (i < n->head.n)
		apfs_node_key(n, i, &k);
	if (i == n->head.n || apfs_key_compare(&k, key)) {
		if (!i)
			return false;
		i--;
	}
	*ret = i;
	return true;
}

/* The child in which @key is, if it is anywhere. */
static uint32_t
child_of(const struct apfs_node *n, const struct apfs_key *key)
{
	uint32_t i = lower_bound(n, key);
	struct apfs_key k;

	if (i < n->head.n && !is_shared(key)) {
		apfs_node_key(n, i, &k);
		if (!apfs_key_compare(&k, key))
			return i;
	}
	return i ? i - 1 : 0;
}

int
apfs_child_get(const struct apfs_node *n, uint32_t i, struct apfs_node **ret, struct img_err *err)
{
	struct apfs_node *child;
	struct apfs_key first, low, last, high;
	struct apfs_rec r;
	int rc;

	apfs_node_rec(n, i, &r);
	rc = apfs_node_get(n->tree, load_le64(r.v), false, &child, err);
	if (rc)
		return rc;
	apfs_node_key(n, i, &low);
	apfs_node_key(child, 0, &first);
	apfs_node_key(child, child->head.n - 1, &last);
	if (i + 1 < n->head.n)
		apfs_node_key(n, i + 1, &high);
	if (child->head.level + 1 != n->head.level)
		rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu64 " has level %u below one of level %u", n->tree->name,
			      child->id, child->head.level, n->head.level);
	else if (apfs_key_compare(&first, &low) < 0 || (i + 1 < n->head.n && apfs_key_compare(&last, &high) > 0))
		rc = img_fail(err, IMG_E_FORMAT, "%s: the keys of node %" PRIu64 " are not those its index says", n->tree->name,
			      child->id);
	if (rc) {
		apfs_node_put(child);
		return rc;
	}
	*ret = child;
	return 0;
}

/* ---- cursors ---- */

void
apfs_cursor_done(struct apfs_cursor *c)
{
	while (c->depth)
		apfs_node_put(c->at[--c->depth].node);
}

static void
load(struct apfs_cursor *c)
{
	const struct apfs_node *n = c->at[c->depth - 1].node;
	uint32_t i = c->at[c->depth - 1].i;

	apfs_node_rec(n, i, &c->rec);
	c->tree->parse(c->rec.k, c->rec.n_k, &c->key);
}

/* From the last node on the way down to a leaf: where @key is, or to the left. */
static int
down(struct apfs_cursor *c, const struct apfs_key *key, struct img_err *err)
{
	for (;;) {
		struct apfs_node *n = c->at[c->depth - 1].node, *child;
		int rc;

		if (!n->head.level) {
			c->at[c->depth - 1].i = key ? lower_bound(n, key) : 0;
			return 0;
		}
		if (c->depth == APFS_MAX_DEPTH)
			return img_fail(err, IMG_E_FORMAT, "%s: more than %d levels", c->tree->name, APFS_MAX_DEPTH);
		c->at[c->depth - 1].i = key ? child_of(n, key) : 0;
		rc = apfs_child_get(n, c->at[c->depth - 1].i, &child, err);
		if (rc)
			return rc;
		c->at[c->depth].node = child;
		c->at[c->depth++].i = 0;
	}
}

/* Stand on a record, or behind the last. */
static int
settle(struct apfs_cursor *c, struct img_err *err)
{
	while (c->at[c->depth - 1].i >= c->at[c->depth - 1].node->head.n) {
		struct apfs_node *child;
		int rc;

		if (c->depth == 1) {
			c->end = true;
			return 0;
		}
		apfs_node_put(c->at[--c->depth].node);
		if (++c->at[c->depth - 1].i >= c->at[c->depth - 1].node->head.n)
			continue;
		rc = apfs_child_get(c->at[c->depth - 1].node, c->at[c->depth - 1].i, &child, err);
		if (rc)
			return rc;
		c->at[c->depth].node = child;
		c->at[c->depth++].i = 0;
		rc = down(c, NULL, err);
		if (rc)
			return rc;
	}
	load(c);
	return 0;
}

int
apfs_cursor_seek(const struct apfs_btree *t, const struct apfs_key *key, struct apfs_cursor *ret, struct img_err *err)
{
	struct apfs_cursor c = { .tree = t };
	int rc = apfs_node_get(t, t->root, true, &c.at[0].node, err);

	if (rc)
		return rc;
	c.depth = 1;
	rc = down(&c, key, err);
	if (!rc)
		rc = settle(&c, err);
	if (rc) {
		apfs_cursor_done(&c);
		return rc;
	}
	*ret = c;
	return 0;
}

int
apfs_cursor_go(struct apfs_cursor *c, const struct apfs_key *key, struct img_err *err)
{
	const struct apfs_btree *t = c->tree;
	const struct apfs_node *n = c->depth ? c->at[c->depth - 1].node : NULL;
	struct apfs_key first, last;

	if (n && !n->head.level && n->head.n) {
		apfs_node_key(n, 0, &first);
		apfs_node_key(n, n->head.n - 1, &last);
		if (apfs_key_compare(&first, key) < 0 && apfs_key_compare(key, &last) <= 0) {
			c->at[c->depth - 1].i = lower_bound(n, key);
			c->end = false;
			load(c);
			return 0;
		}
	}
	apfs_cursor_done(c);
	return apfs_cursor_seek(t, key, c, err);
}

int
apfs_cursor_next(struct apfs_cursor *c, struct img_err *err)
{
	c->at[c->depth - 1].i++;
	return settle(c, err);
}

/* ---- verification ---- */

struct verify {
	const struct apfs_btree *t;
	apfs_seen_fn *seen;
	void *ctx;
	struct apfs_tally sum;
};

static int
verify_below(struct verify *v, const struct apfs_node *n, struct img_err *err)
{
	int rc = v->seen ? v->seen(v->ctx, n->paddr, err) : 0;

	if (rc)
		return img_note(err, rc, "%s", v->t->name);
	v->sum.n_nodes++;
	if (!n->head.level)
		v->sum.n_keys += n->head.n;
	for (uint32_t i = 0; !rc && n->head.level && i < n->head.n; i++) {
		struct apfs_node *child;

		rc = apfs_child_get(n, i, &child, err);
		if (!rc) {
			rc = verify_below(v, child, err);
			apfs_node_put(child);
		}
	}
	return rc;
}

int
apfs_btree_verify(const struct apfs_btree *t, apfs_seen_fn *seen, void *ctx, struct apfs_tally *ret,
		  struct img_err *err)
{
	struct verify v = { .t = t, .seen = seen, .ctx = ctx };
	struct apfs_node *root;
	int rc = apfs_node_get(t, t->root, true, &root, err);

	if (rc)
		return rc;
	rc = verify_below(&v, root, err);
	apfs_node_put(root);
	if (!rc && v.sum.n_keys != t->footer.n_keys)
		rc = img_fail(err, IMG_E_FORMAT, "%s: %" PRIu64 " records, its root says %" PRIu64, t->name, v.sum.n_keys,
			      t->footer.n_keys);
	if (!rc && v.sum.n_nodes != t->footer.n_nodes)
		rc = img_fail(err, IMG_E_FORMAT, "%s: %" PRIu64 " nodes, its root says %" PRIu64, t->name, v.sum.n_nodes,
			      t->footer.n_nodes);
	if (rc)
		return rc;
	*ret = v.sum;
	return 0;
}
