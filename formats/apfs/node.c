/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes of B-trees, and the cache of them.
 *
 *   56 bytes              head: flags, level, number of records, where the table lies
 *   table                 per record where key and value are: le16 offsets, and lengths unless all have the same
 *   keys                  offsets count from their beginning
 *   values                offsets count back from the end, in a root from the footer, which is its last 40 bytes
 *
 * A node is checked once, when it comes into the cache; what cursors do with it then cannot go wrong. */
#include "config.h"

#include "formats/apfs/btree.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/apfs/container.h"

#define CACHE_BYTES (4 << 20)
#define GHOST 0xffff			/* offset of a value that is not there */

struct apfs_cache {
	pthread_mutex_t lock;
	size_t n;
	struct apfs_node *slot[];
};

struct apfs_cache *
apfs_cache_new(uint32_t block_size)
{
	size_t n = CACHE_BYTES / block_size;
	struct apfs_cache *c = calloc(1, sizeof *c + n * sizeof *c->slot);

	if (!c)
		return NULL;
	c->n = n;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
apfs_node_put(struct apfs_node *n)
{
	if (n && atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) == 1)
		free(n);
}

void
apfs_cache_free(struct apfs_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		apfs_node_put(c->slot[i]);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
apfs_cache_forget(struct apfs_cache *c, const struct apfs_btree *t)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n; i++)
		if (c->slot[i] && c->slot[i]->tree == t) {
			apfs_node_put(c->slot[i]);
			c->slot[i] = NULL;
		}
	pthread_mutex_unlock(&c->lock);
}

static size_t
slot_of(const struct apfs_cache *c, const struct apfs_btree *t, uint64_t id)
{
	uint64_t h = (id ^ (uint64_t)(uintptr_t)t << 20) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)((h >> 32) % c->n);
}

static struct apfs_node *
cache_get(struct apfs_cache *c, const struct apfs_btree *t, uint64_t id)
{
	struct apfs_node *n;

	pthread_mutex_lock(&c->lock);
	n = c->slot[slot_of(c, t, id)];
	if (n && (n->id != id || n->tree != t))
		n = NULL;
	if (n)
		atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&c->lock);
	return n;
}

static void
cache_add(struct apfs_cache *c, struct apfs_node *n)
{
	struct apfs_node *old, **slot = &c->slot[slot_of(c, n->tree, n->id)];

	atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
	pthread_mutex_lock(&c->lock);
	old = *slot;
	*slot = n;
	pthread_mutex_unlock(&c->lock);
	apfs_node_put(old);
}

/* ---- records ---- */

/* Where record @i lies, as the table says. */
static void
place(const struct apfs_node *n, uint32_t i, uint64_t *k, uint64_t *n_k, uint64_t *v, uint64_t *n_v)
{
	bool fixed = n->head.flags & APFS_NODE_FIXED;
	const uint8_t *e = n->b + APFS_NODE_LEN + n->head.table_off + (size_t)i * (fixed ? 4 : 8);
	uint64_t back;

	*k = n->keys + (uint64_t)load_le16(e);
	back = load_le16(e + (fixed ? 2 : 4));
	*n_k = fixed ? n->tree->footer.key_size : load_le16(e + 2);
	*n_v = !fixed ? load_le16(e + 6) : n->head.level ? 8 : n->tree->footer.value_size;
	if (back == GHOST)
		*n_v = back = 0;
	*v = back <= n->values ? n->values - back : UINT64_MAX;
}

void
apfs_node_rec(const struct apfs_node *n, uint32_t i, struct apfs_rec *ret)
{
	uint64_t k, n_k, v, n_v;

	place(n, i, &k, &n_k, &v, &n_v);
	*ret = (struct apfs_rec) { n->b + k, n->b + v, (uint32_t)n_k, (uint32_t)n_v };
}

void
apfs_node_key(const struct apfs_node *n, uint32_t i, struct apfs_key *ret)
{
	struct apfs_rec r;

	apfs_node_rec(n, i, &r);
	n->tree->parse(r.k, r.n_k, ret);
}

/* ---- checks ---- */

static int
fail_node(const struct apfs_node *n, struct img_err *err, const char *what)
{
	return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu64 " (block %" PRIu64 "): %s", n->tree->name, n->id, n->paddr, what);
}

static int
records_check(const struct apfs_node *n, struct img_err *err)
{
	struct apfs_key before = { 0 }, k;

	for (uint32_t i = 0; i < n->head.n; i++) {
		uint64_t ko, kn, vo, vn;

		place(n, i, &ko, &kn, &vo, &vn);
		if (!span_ok(ko, kn, n->values))
			return fail_node(n, err, "a key lies outside");
		if (vo < n->keys || !span_ok(vo, vn, n->values))
			return fail_node(n, err, "a value lies outside");
		if (n->head.level && vn < 8)
			return fail_node(n, err, "an index entry leads nowhere");
		if (n->tree->parse(n->b + ko, (size_t)kn, &k))
			return fail_node(n, err, "a key is too short");
		if (i && apfs_key_compare(&before, &k) > 0)
			return fail_node(n, err, "its keys do not rise");
		before = k;
	}
	return 0;
}

static int
head_check(struct apfs_node *n, bool root, struct img_err *err)
{
	const struct apfs_btree *t = n->tree;
	uint32_t end = n->n_bytes - (root ? APFS_FOOTER_LEN : 0);
	uint64_t table;

	apfs_node_parse(n->b, &n->head);
	table = (uint64_t)n->head.n * (n->head.flags & APFS_NODE_FIXED ? 4 : 8);
	if (!(n->head.flags & APFS_NODE_ROOT) != !root)
		return fail_node(n, err, root ? "it is no root" : "it is a root");
	if (!(n->head.flags & APFS_NODE_LEAF) != (n->head.level != 0))
		return fail_node(n, err, "its flags and its level contradict each other");
	if (n->head.level >= APFS_MAX_DEPTH)
		return fail_node(n, err, "its level is out of reason");
	if ((!root || n->head.level) && !n->head.n)
		return fail_node(n, err, "it is empty");
	if (table > n->head.table_len || APFS_NODE_LEN + (uint64_t)n->head.table_off + n->head.table_len > end)
		return fail_node(n, err, "its table does not fit");
	if (n->head.flags & APFS_NODE_FIXED && (t->footer.key_size > 64 || t->footer.value_size > 4096 || !t->footer.key_size))
		return fail_node(n, err, "its records have no fixed size");
	n->keys = APFS_NODE_LEN + (uint32_t)n->head.table_off + n->head.table_len;
	n->values = end;
	return records_check(n, err);
}

/* Is it what it should be?  Nodes of a tree without headers have nothing to tell it by. */
static int
object_check(const struct apfs_node *n, bool root, bool bare, struct img_err *err)
{
	struct apfs_obj o;

	if (bare)
		return 0;
	if (apfs_sum(n->b, n->n_bytes) != load_le64(n->b))
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu64 " (block %" PRIu64 ") fails its checksum", n->tree->name,
				n->id, n->paddr);
	apfs_obj_parse(n->b, &o);
	if (o.oid != n->id)
		return img_fail(err, IMG_E_FORMAT, "%s: block %" PRIu64 " holds object %" PRIu64 ", expected %" PRIu64,
				n->tree->name, n->paddr, o.oid, n->id);
	if ((o.type & APFS_TYPE_MASK) != (root ? APFS_TYPE_ROOT : APFS_TYPE_NODE) || o.subtype != (uint32_t)n->tree->kind)
		return img_fail(err, IMG_E_FORMAT, "%s: block %" PRIu64 " is of type %08" PRIx32 ", subtype %" PRIu32
				", no node of this tree", n->tree->name, n->paddr, o.type, o.subtype);
	return 0;
}

/* ---- reading ---- */

static int
find_block(const struct apfs_btree *t, uint64_t id, bool root, struct apfs_omap_value *ret, struct img_err *err)
{
	int rc;

	if (!t->omap || (!root && t->footer.flags & APFS_TREE_PHYSICAL)) {
		*ret = (struct apfs_omap_value) { .paddr = id };
		return 0;
	}
	rc = apfs_omap_find(t->omap, id, t->xid, ret, err);
	return rc ? img_note(err, rc, "%s", t->name) : 0;
}

/* @footer: of a root that is read for the first time, to be filled in. */
static int
node_read(struct apfs_node *n, bool root, struct apfs_footer *footer, const struct apfs_omap_value *v,
	  struct img_err *err)
{
	const struct apfs_btree *t = n->tree;
	bool bare = !root && (t->footer.flags & APFS_TREE_NO_HEADER || v->flags & APFS_OMAP_NO_HEADER);
	int rc = apfs_block_read(t->c, n->paddr, n->b, err);

	if (!rc && v->flags & APFS_OMAP_ENCRYPTED && t->cipher)
		rc = apfs_cipher_blocks(t->cipher, n->paddr * (n->n_bytes / 512), n->b, n->n_bytes, err);
	if (rc)
		return img_note(err, rc, "%s", t->name);
	rc = object_check(n, root, bare, err);
	if (!rc && footer)
		apfs_footer_parse(n->b + n->n_bytes - APFS_FOOTER_LEN, footer);
	return rc ? rc : head_check(n, root, err);
}

static int
node_load(const struct apfs_btree *t, uint64_t id, bool root, struct apfs_footer *footer, struct apfs_node **ret,
	  struct img_err *err)
{
	struct apfs_omap_value v;
	struct apfs_node *n;
	int rc = find_block(t, id, root, &v, err);

	if (rc)
		return rc;
	n = malloc(sizeof *n + t->c->s.block_size);
	if (!n)
		return img_fail_nomem(err);
	atomic_init(&n->refs, 1);
	n->tree = t;
	n->id = id;
	n->paddr = v.paddr;
	n->n_bytes = t->c->s.block_size;
	rc = node_read(n, root, footer, &v, err);
	if (rc) {
		apfs_node_put(n);
		return rc;
	}
	cache_add(t->c->cache, n);
	*ret = n;
	return 0;
}

int
apfs_node_get(const struct apfs_btree *t, uint64_t id, bool root, struct apfs_node **ret, struct img_err *err)
{
	struct apfs_node *n = cache_get(t->c->cache, t, id);

	if (!n)
		return node_load(t, id, root, NULL, ret, err);
	if (!root != !(n->head.flags & APFS_NODE_ROOT)) {
		apfs_node_put(n);
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu64 " is its own descendant", t->name, id);
	}
	*ret = n;
	return 0;
}

int
apfs_btree_open(struct apfs_btree *t, struct img_err *err)
{
	struct apfs_node *n = NULL;
	int rc = node_load(t, t->root, true, &t->footer, &n, err);

	apfs_node_put(n);
	if (!rc && t->footer.node_size != t->c->s.block_size)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "%s: nodes of %" PRIu32 " bytes", t->name, t->footer.node_size);
	return rc;
}
