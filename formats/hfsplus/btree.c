/* SPDX-License-Identifier: BSD-2-Clause */
/* B-trees of HFS+.  A node is checked once, when it comes into the cache: its kind and height, that its records lie inside
 * and one behind the other, that keys make sense and rise.  Way down and scan then check how nodes hang together. */
#include "config.h"

#include "formats/hfsplus/btree.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfsplus/btree_nodes.h"
#include "formats/hfsplus/names.h"
#include "img/env.h"

#define CACHE_BYTES (2 << 20)
#define MAX_SLOTS 256

const struct hfs_tree_head *
hfs_btree_head(const struct hfs_btree *t)
{
	return &t->head;
}

bool
hfs_btree_folded(const struct hfs_btree *t)
{
	return t->folded;
}

bool
hfs_btree_is_small(const struct hfs_btree *t)
{
	return t->n_slots >= t->head.n_nodes;
}

int
hfs_btree_compare(const struct hfs_btree *t, const struct hfs_key *a, const struct hfs_key *b)
{
	int order;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->fork != b->fork)
		return a->fork < b->fork ? -1 : 1;
	order = t->folded ? hfs_compare_folded(a->name, a->n, b->name, b->n)
			  : hfs_compare_binary(a->name, a->n, b->name, b->n);
	if (order)
		return order;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* ---- opening ---- */

static int
head_check(struct hfs_btree *t, struct img_err *err)
{
	const struct hfs_tree_head *h = &t->head;
	uint64_t room = t->file->size / h->node_size;

	if (!h->n_nodes || h->n_nodes > room)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " nodes in a file with room for %" PRIu64, h->n_nodes, room);
	if (h->root >= h->n_nodes || h->first_leaf >= h->n_nodes || h->last_leaf >= h->n_nodes)
		return img_fail(err, IMG_E_FORMAT, "root %" PRIu32 ", leaves %" PRIu32 " to %" PRIu32 " of %" PRIu32 " nodes",
				h->root, h->first_leaf, h->last_leaf, h->n_nodes);
	return 0;
}

static int
head_read(struct hfs_btree *t, struct img_err *err)
{
	uint8_t b[HFS_NODE_HEAD + HFS_TREE_HEAD];
	struct hfs_node n;
	int rc;

	if (t->file->size < 512)
		return img_fail(err, IMG_E_FORMAT, "the file has %" PRIu64 " bytes, less than a node", t->file->size);
	rc = img_source_read(t->file, 0, b, sizeof b, err);
	if (!rc)
		rc = hfs_node_parse(b, sizeof b, &n, err);
	if (!rc && n.kind != HFS_TREE_HEADER)
		rc = img_fail(err, IMG_E_FORMAT, "node 0 is of kind %d, expected a header", n.kind);
	if (!rc)
		rc = hfs_tree_head_parse(b + HFS_NODE_HEAD, HFS_TREE_HEAD, &t->head, err);
	return rc ? rc : head_check(t, err);
}

int
hfs_btree_open(enum hfs_tree_kind kind, struct img_source *file, bool x, struct hfs_btree **ret, struct img_err *err)
{
	static const char *const names[] = { "extents overflow file", "catalog", "attributes file" };
	static hfs_key_parser *const parsers[] = { hfs_extents_key_parse, hfs_catalog_key_parse, hfs_attr_key_parse };
	struct hfs_btree *t = calloc(1, sizeof *t);
	int rc;

	if (!t)
		return img_fail_nomem(err);
	*t = (struct hfs_btree) { .kind = kind, .name = names[kind], .parse = parsers[kind] };
	pthread_mutex_init(&t->lock, NULL);
	t->file = img_ref(file);
	rc = head_read(t, err);
	if (rc) {
		hfs_btree_close(t);
		return img_note(err, rc, "%s", names[kind]);
	}
	t->folded = kind == HFS_TREE_CATALOG && (!x || t->head.compare != HFS_BINARY);
	t->n_slots = CACHE_BYTES / t->head.node_size;
	if (t->n_slots > MAX_SLOTS)
		t->n_slots = MAX_SLOTS;
	if (t->n_slots > t->head.n_nodes)
		t->n_slots = t->head.n_nodes;
	t->slot = calloc(t->n_slots, sizeof *t->slot);
	if (!t->slot) {
		hfs_btree_close(t);
		return img_fail_nomem(err);
	}
	*ret = t;
	return 0;
}

struct hfs_btree *
hfs_btree_close(struct hfs_btree *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; t->slot && i < t->n_slots; i++)
		free(t->slot[i].bytes);
	free(t->slot);
	img_unref(t->file);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

/* ---- nodes ---- */

/* Where record @i of a checked node lies. */
static void
record_span(const struct hfs_btree *t, const uint8_t *b, uint16_t i, size_t *ret_at, size_t *ret_end)
{
	const uint8_t *p = b + t->head.node_size - 2 * ((size_t)i + 1);

	*ret_at = load_be16(p);
	*ret_end = load_be16(p - 2);
}

/* The key of record @i and where its data begins in the node. */
int
hfs_record_key(const struct hfs_btree *t, const uint8_t *b, uint16_t i, struct hfs_key *ret, size_t *ret_data, size_t *ret_end,
	   struct img_err *err)
{
	bool index = (int8_t)b[8] == HFS_INDEX;
	size_t at, end, used;
	int rc;

	record_span(t, b, i, &at, &end);
	rc = t->parse(b + at, end - at, ret, &used, err);
	if (rc)
		return img_note(err, rc, "record %u", i);
	/* without this attribute keys of index records are as long as the longest (TN1150) */
	if (index && !(t->head.attributes & HFS_VARIABLE_KEYS))
		used = ((size_t)t->head.max_key + 3) & ~(size_t)1;
	if (used > end - at || (index && end - at - used < 4))
		return img_fail(err, IMG_E_FORMAT, "record %u ends inside its key", i);
	*ret_data = at + used;
	*ret_end = end;
	return 0;
}

static int
check_offsets(const struct hfs_btree *t, const uint8_t *b, const struct hfs_node *n, struct img_err *err)
{
	size_t size = t->head.node_size, most = (size - HFS_NODE_HEAD - 2) / 2, last = HFS_NODE_HEAD;

	if (n->n > most)
		return img_fail(err, IMG_E_FORMAT, "%u records in a node of %zu bytes", n->n, size);
	for (size_t i = 0; i <= n->n; i++) {
		size_t at = load_be16(b + size - 2 * (i + 1));

		if (i ? at <= last : at != HFS_NODE_HEAD)
			return img_fail(err, IMG_E_FORMAT, "record %zu begins at %zu, expected more than %zu", i, at, last);
		if (at > size - 2 * ((size_t)n->n + 1))
			return img_fail(err, IMG_E_FORMAT, "record %zu begins at %zu, past the records", i, at);
		last = at;
	}
	return 0;
}

/* Keys of records of one folder or file may stand in an order of their own: other tables of letters were in use before
 * Apple froze this one.  That is told, and only numbers must rise. */
static int
check_keys(const struct hfs_btree *t, const uint8_t *b, uint32_t node, const struct hfs_node *n, struct img_err *err)
{
	struct hfs_key key[2];
	size_t data, end;

	for (uint16_t i = 0; i < n->n; i++) {
		struct hfs_key *now = &key[i & 1], *before = &key[~i & 1];
		int rc = hfs_record_key(t, b, i, now, &data, &end, err);

		if (rc)
			return rc;
		if (!i || hfs_btree_compare(t, before, now) < 0)
			continue;
		if (now->id < before->id)
			return img_fail(err, IMG_E_FORMAT, "record %u: key %" PRIu32 " behind %" PRIu32, i, now->id, before->id);
		img_problem(t->file->env, IMG_WARNING, "hfs-key-order", "%s: node %" PRIu32
			    ": names stand in an unexpected order", t->name, node);
	}
	return 0;
}

static int
node_check(const struct hfs_btree *t, const uint8_t *b, uint32_t node, struct img_err *err)
{
	struct hfs_node n;
	int rc = hfs_node_parse(b, t->head.node_size, &n, err);

	if (rc)
		return rc;
	if (n.kind == HFS_LEAF ? n.height != 1 : n.kind != HFS_INDEX || n.height < 2 || n.height > HFS_MAX_HEIGHT)
		return img_fail(err, IMG_E_FORMAT, "kind %d at height %u", n.kind, n.height);
	if (n.next >= t->head.n_nodes || n.prev >= t->head.n_nodes)
		return img_fail(err, IMG_E_FORMAT, "neighbours %" PRIu32 " and %" PRIu32 " of %" PRIu32 " nodes", n.prev, n.next,
				t->head.n_nodes);
	if (!n.n)
		return img_fail(err, IMG_E_FORMAT, "no records");
	rc = check_offsets(t, b, &n, err);
	return rc ? rc : check_keys(t, b, node, &n, err);
}

static int
node_load(struct hfs_btree *t, uint32_t node, uint8_t *buf, struct img_err *err)
{
	int rc = img_source_read(t->file, (uint64_t)node * t->head.node_size, buf, t->head.node_size, err);

	return rc ? rc : node_check(t, buf, node, err);
}

/* Copy a node into @buf, from the cache if it is there. */
int
hfs_node_get(struct hfs_btree *t, uint32_t node, uint8_t *buf, struct hfs_node *ret, struct img_err *err)
{
	struct slot *s = &t->slot[node % t->n_slots];
	bool hit;
	int rc = 0;

	if (!node || node >= t->head.n_nodes)
		return img_fail(err, IMG_E_FORMAT, "%s: a link leads to node %" PRIu32 " of %" PRIu32, t->name, node,
				t->head.n_nodes);
	pthread_mutex_lock(&t->lock);
	hit = s->node == node;
	if (hit)
		memcpy(buf, s->bytes, t->head.node_size);
	pthread_mutex_unlock(&t->lock);
	if (!hit) {
		rc = node_load(t, node, buf, err);
		if (rc)
			return img_note(err, rc, "%s: node %" PRIu32, t->name, node);
		pthread_mutex_lock(&t->lock);
		if (!s->bytes)
			s->bytes = malloc(t->head.node_size);
		if (s->bytes) {
			memcpy(s->bytes, buf, t->head.node_size);
			s->node = node;
		}
		pthread_mutex_unlock(&t->lock);
	}
	return hfs_node_parse(buf, t->head.node_size, ret, err);
}

/* ---- cursors ---- */

static int
cursor_load(struct hfs_cursor *c, struct img_err *err)
{
	size_t data, end;
	int rc = hfs_record_key(c->tree, c->buf, c->rec, &c->key, &data, &end, err);

	if (rc)
		return rc;
	c->data = c->buf + data;
	c->len = end - data;
	return 0;
}

/* The first record of the node that is not below @key. */
static int
lower_bound(const struct hfs_cursor *c, const struct hfs_key *key, bool *ret_equal, uint16_t *ret, struct img_err *err)
{
	uint16_t lo = 0, hi = c->head.n;
	struct hfs_key k;
	size_t data, end;

	*ret_equal = false;
	while (lo < hi) {
		uint16_t mid = (uint16_t)(lo + (hi - lo) / 2);
		int rc = hfs_record_key(c->tree, c->buf, mid, &k, &data, &end, err), order;

		if (rc)
			return rc;
		order = hfs_btree_compare(c->tree, &k, key);
		if (order < 0) {
			lo = (uint16_t)(mid + 1);
		} else {
			hi = mid;
			*ret_equal |= !order;
		}
	}
	*ret = lo;
	return 0;
}

/* From an index node to the child that may hold @key. */
static int
step_down(struct hfs_cursor *c, const struct hfs_key *key, struct img_err *err)
{
	uint8_t height = c->head.height;
	uint16_t at = 0;
	size_t data, end;
	bool equal = false;
	struct hfs_key k;
	int rc = key ? lower_bound(c, key, &equal, &at, err) : 0;

	if (rc)
		return rc;
	if (at && !equal)
		at--;
	rc = hfs_record_key(c->tree, c->buf, at, &k, &data, &end, err);
	if (rc)
		return rc;
	c->node = load_be32(c->buf + data);
	rc = hfs_node_get(c->tree, c->node, c->buf, &c->head, err);
	if (!rc && c->head.height != height - 1)
		rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " has height %u below a node of height %u", c->tree->name,
			      c->node, c->head.height, height);
	return rc;
}

/* Records of the next leaf, if this one has none left. */
static int
cross(struct hfs_cursor *c, struct img_err *err)
{
	uint32_t from = c->node, last;
	size_t data, end;
	int rc;

	if (c->rec < c->head.n)
		return cursor_load(c, err);
	if (!c->head.next) {
		c->end = true;
		return 0;
	}
	rc = hfs_record_key(c->tree, c->buf, (uint16_t)(c->head.n - 1), &c->key, &data, &end, err);
	if (rc)
		return rc;
	last = c->key.id;
	c->node = c->head.next;
	rc = hfs_node_get(c->tree, c->node, c->buf, &c->head, err);
	if (rc)
		return rc;
	if (c->head.kind != HFS_LEAF || c->head.prev != from || ++c->n_seen >= c->tree->head.n_nodes)
		return img_fail(err, IMG_E_FORMAT, "%s: leaf %" PRIu32 " is followed by node %" PRIu32
				", which does not continue it", c->tree->name, from, c->node);
	c->rec = 0;
	rc = cursor_load(c, err);
	if (!rc && c->key.id < last)
		rc = img_fail(err, IMG_E_FORMAT, "%s: leaf %" PRIu32 " begins with key %" PRIu32 " behind %" PRIu32,
			      c->tree->name, c->node, c->key.id, last);
	return rc;
}

static int
cursor_new(struct hfs_btree *t, struct hfs_cursor *ret, struct img_err *err)
{
	*ret = (struct hfs_cursor) { .tree = t, .buf = malloc(t->head.node_size) };
	return ret->buf ? 0 : img_fail_nomem(err);
}

static int
root_check(const struct hfs_cursor *c, struct img_err *err)
{
	if (c->head.next || c->head.prev)
		return img_fail(err, IMG_E_FORMAT, "%s: the root, node %" PRIu32 ", has neighbours %" PRIu32 " and %" PRIu32,
				c->tree->name, c->node, c->head.prev, c->head.next);
	return 0;
}

int
hfs_cursor_seek(struct hfs_btree *t, const struct hfs_key *key, struct hfs_cursor *ret, struct img_err *err)
{
	struct hfs_cursor c;
	bool equal;
	int rc = cursor_new(t, &c, err);

	if (rc)
		return rc;
	c.node = t->head.root;
	c.end = !t->head.root;
	if (!c.end) {
		rc = hfs_node_get(t, c.node, c.buf, &c.head, err);
		if (!rc)
			rc = root_check(&c, err);
		while (!rc && c.head.kind == HFS_INDEX)
			rc = step_down(&c, key, err);
		if (!rc && key)
			rc = lower_bound(&c, key, &equal, &c.rec, err);
		if (!rc)
			rc = cross(&c, err);
	}
	if (rc) {
		hfs_cursor_done(&c);
		return rc;
	}
	*ret = c;
	return 0;
}

int
hfs_cursor_next(struct hfs_cursor *c, struct img_err *err)
{
	if (c->end)
		return 0;
	c->rec++;
	return cross(c, err);
}

void
hfs_cursor_done(struct hfs_cursor *c)
{
	free(c->buf);
	c->buf = NULL;
}

int
hfs_cursor_at(struct hfs_btree *t, uint32_t node, uint16_t rec, struct hfs_cursor *ret, struct img_err *err)
{
	struct hfs_cursor c;
	int rc = cursor_new(t, &c, err);

	if (rc)
		return rc;
	c.node = node;
	c.rec = rec;
	rc = hfs_node_get(t, node, c.buf, &c.head, err);
	if (!rc && (c.head.kind != HFS_LEAF || rec >= c.head.n))
		rc = img_fail(err, IMG_E_USAGE, "%s: no record %u in node %" PRIu32, t->name, rec, node);
	if (!rc)
		rc = cursor_load(&c, err);
	if (rc) {
		hfs_cursor_done(&c);
		return rc;
	}
	*ret = c;
	return 0;
}
