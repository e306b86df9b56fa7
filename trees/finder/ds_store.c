/* SPDX-License-Identifier: BSD-2-Clause */
/* ".DS_Store" (docs/formats/ds_store.md).  A file in two layers:
 *
 * The buddy file divides 2 GiB of addresses into blocks whose sizes are powers of two from 32 bytes up and whose addresses
 * are multiples of their sizes; address 0 is byte 4 of the file.  Block 0 is the information: a table of all blocks by
 * number, each as its address with the exponent of its size in the lower five bits; a list of names, here only "DSDB" for
 * block 1; and for every size the free blocks.  The first 36 bytes of the file say where block 0 is.
 *
 * The B-tree lies in blocks of 4096 bytes.  Block 1 names the root, the number of levels above the leaves, of records and
 * of nodes.  A node is the number of its last child (0 in a leaf), a count, and so many records, each in an inner node
 * behind the number of the child with all that sorts before it.  So a record stands in one node only, inner ones included.
 *
 * A record is a name in UTF-16, four letters that say what about it, four for the type of the value, the value.  They are
 * sorted by the names as HFS+ compares them, then by the letters. */
#include "config.h"

#include "trees/finder/ds_store.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfsplus/names.h"

#define PAGE 4096
#define NODE_HEAD 8
#define MAX_NAME 255
#define MAX_BLOB 3000		/* with the longest name it leaves room in a page for a record without a blob */
#define MAX_FILE (64 << 20)
#define BUDDY_MAX 31		/* 2^31 addresses */
#define BUDDY_MIN 5
#define HEAD 32			/* addresses the head of the file takes */

struct record {
	uint16_t name[MAX_NAME];
	size_t n_name;
	char id[4], type[4];
	uint8_t *value;
	size_t len, order;	/* when it came */
};

struct ds_store {
	size_t n, room;
	struct record *v;
};

struct ds_store *
ds_store_new(void)
{
	return calloc(1, sizeof(struct ds_store));
}

struct ds_store *
ds_store_free(struct ds_store *d)
{
	for (size_t i = 0; d && i < d->n; i++)
		free(d->v[i].value);
	if (d)
		free(d->v);
	free(d);
	return NULL;
}

/* ---- records ---- */

static int
compare(const struct record *a, const struct record *b)
{
	int c = hfs_compare_folded(a->name, a->n_name, b->name, b->n_name);

	return c ? c : memcmp(a->id, b->id, 4);
}

static int
by_key(const void *x, const void *y)
{
	const struct record *a = x, *b = y;
	int c = compare(a, b);

	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* By key; of several values for one the last counts. */
static void
sort_records(struct ds_store *d)
{
	size_t n = 0;

	if (d->n > 1)
		qsort(d->v, d->n, sizeof *d->v, by_key);
	for (size_t i = 0; i < d->n; i++)
		if (i + 1 < d->n && !compare(&d->v[i], &d->v[i + 1]))
			free(d->v[i].value);
		else
			d->v[n++] = d->v[i];
	d->n = n;
}

static int
add(struct ds_store *d, const char *name, const char *id, const char *type, const void *bytes, size_t len,
    struct img_err *err)
{
	struct record r = { .len = len, .order = d->n };
	bool foreign;

	r.n_name = hfs_name_units(name, r.name, MAX_NAME, &foreign);
	if (!r.n_name || r.n_name > MAX_NAME)
		return img_fail(err, IMG_E_USAGE, "\"%.80s\" is no name of a file of up to %d characters", name, MAX_NAME);
	memcpy(r.id, id, 4);
	memcpy(r.type, type, 4);
	if (d->n == d->room) {
		size_t room = d->room ? d->room * 2 : 16;
		struct record *v = realloc(d->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		d->v = v;
		d->room = room;
	}
	r.value = malloc(len + 1);
	if (!r.value)
		return img_fail_nomem(err);
	memcpy(r.value, bytes, len);
	d->v[d->n++] = r;
	return 0;
}

int
ds_store_long(struct ds_store *d, const char *name, const char *id, uint32_t value, struct img_err *err)
{
	uint8_t b[4];

	store_be32(b, value);
	return add(d, name, id, "long", b, sizeof b, err);
}

int
ds_store_type(struct ds_store *d, const char *name, const char *id, const char *four, struct img_err *err)
{
	return add(d, name, id, "type", four, 4, err);
}

int
ds_store_blob(struct ds_store *d, const char *name, const char *id, const void *bytes, size_t len, struct img_err *err)
{
	uint8_t b[4 + MAX_BLOB];

	if (len > MAX_BLOB)
		return img_fail(err, IMG_E_LIMIT, "a value of %zu bytes does not fit a .DS_Store", len);
	store_be32(b, (uint32_t)len);
	memcpy(b + 4, bytes, len);
	return add(d, name, id, "blob", b, 4 + len, err);
}

static size_t
record_size(const struct record *r)
{
	return 4 + 2 * r->n_name + 8 + r->len;
}

/* ---- the tree ---- */

/* What of the records goes where: leaves are filled from left to right, with the record between two of them in the level
 * above, whose nodes are filled in the same way. */
struct node {
	size_t first, n;	/* records, by their index in the list of the level */
	size_t child;		/* number of its first child in the level below; it has n + 1 */
};

struct level {
	size_t n_records, n_nodes;
	size_t *records;	/* of all records those that stand in this level or above */
	struct node *nodes;
	size_t base;		/* block number of the first node */
};

#define MAX_LEVELS 16

static void
level_done(struct level *l)
{
	free(l->records);
	free(l->nodes);
}

/* The last record found no room: the one before it parts the nodes. */
static int
push_last(struct level *l, struct level *up, struct img_err *err)
{
	struct node *last = &l->nodes[l->n_nodes - 1];

	if (last->n < 3)
		return img_fail(err, IMG_E_LIMIT, "too many large values for a .DS_Store");
	last->n -= 2;
	up->records[up->n_records++] = l->records[l->n_records - 2];
	l->nodes[l->n_nodes++] = (struct node) { l->n_records - 1, 1, last->child + last->n + 1 };
	return 0;
}

/* Cut @l->records into nodes; what falls between two goes to @up. */
static int
fill(const struct ds_store *d, struct level *l, bool leaf, struct level *up, struct img_err *err)
{
	size_t used = NODE_HEAD, child = 0;

	l->nodes = calloc(l->n_records + 1, sizeof *l->nodes);
	up->records = calloc(l->n_records + 1, sizeof *up->records);
	if (!l->nodes || !up->records)
		return img_fail_nomem(err);
	l->n_nodes = 1;
	l->nodes[0] = (struct node) { 0 };
	for (size_t i = 0; i < l->n_records; i++) {
		struct node *n = &l->nodes[l->n_nodes - 1];
		size_t size = record_size(&d->v[l->records[i]]) + (leaf ? 0 : 4);

		/* the last record cannot part two nodes */
		if (used + size <= PAGE || i + 1 == l->n_records) {
			n->n++;
			used += size;
			continue;
		}
		up->records[up->n_records++] = l->records[i];
		child += n->n + 1;
		l->nodes[l->n_nodes++] = (struct node) { .first = i + 1, .child = child };
		used = NODE_HEAD;
	}
	if (used <= PAGE)
		return 0;
	return push_last(l, up, err);
}

static void
emit_record(const struct record *r, uint8_t *p)
{
	store_be32(p, (uint32_t)r->n_name);
	p += 4;
	for (size_t i = 0; i < r->n_name; i++, p += 2)
		store_be16(p, r->name[i]);
	memcpy(p, r->id, 4);
	memcpy(p + 4, r->type, 4);
	memcpy(p + 8, r->value, r->len);
}

/* Node @k of level @l; @below: of its children, NULL for leaves. */
static void
emit_node(const struct ds_store *d, const struct level *l, size_t k, const struct level *below, uint8_t *page)
{
	const struct node *n = &l->nodes[k];
	size_t at = NODE_HEAD;

	store_be32(page, below ? (uint32_t)(below->base + n->child + n->n) : 0);
	store_be32(page + 4, (uint32_t)n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct record *r = &d->v[l->records[n->first + i]];

		if (below) {
			store_be32(page + at, (uint32_t)(below->base + n->child + i));
			at += 4;
		}
		emit_record(r, page + at);
		at += record_size(r);
	}
}

/* ---- the buddy file ---- */

struct buddy {
	size_t n_blocks;
	uint32_t *block;	/* address and exponent */
	uint32_t end;		/* of the addresses in use */
	size_t n_free[BUDDY_MAX + 1];
	uint32_t free[BUDDY_MAX + 1][64];
};

static uint32_t
width_for(size_t size)
{
	uint32_t w = BUDDY_MIN;

	while ((size_t)1 << w < size)
		w++;
	return w;
}

/* The lowest free block of 2^@width, divided from a larger one where need be.  Free blocks are kept by address. */
static uint32_t
take(struct buddy *b, uint32_t width)
{
	uint32_t w = width, at;

	while (!b->n_free[w])
		w++;
	at = b->free[w][0];
	memmove(b->free[w], b->free[w] + 1, --b->n_free[w] * sizeof *b->free[w]);
	for (; w > width; w--)		/* the upper half of each division stays free: alone of its size */
		b->free[w - 1][b->n_free[w - 1]++] = at + (UINT32_C(1) << (w - 1));
	if (at + (UINT32_C(1) << width) > b->end)
		b->end = at + (UINT32_C(1) << width);
	return at | width;
}

/* Bytes of block 0 when it lists @n blocks: addresses in groups of 256. */
static size_t
info_size(size_t n)
{
	return 8 + (n + 255) / 256 * 1024 + 13 + 4 * (BUDDY_MAX + 1) + 4 * (BUDDY_MAX + 1);
}

static int
lay_out(struct buddy *b, size_t n_nodes, struct img_err *err)
{
	b->n_blocks = 2 + n_nodes;
	b->block = calloc(b->n_blocks, sizeof *b->block);
	if (!b->block)
		return img_fail_nomem(err);
	b->n_free[BUDDY_MAX] = 1;
	take(b, width_for(HEAD));
	b->block[1] = take(b, BUDDY_MIN);
	b->block[0] = take(b, width_for(info_size(b->n_blocks)));
	for (size_t i = 0; i < n_nodes; i++)
		b->block[2 + i] = take(b, width_for(PAGE));
	return 0;
}

static uint8_t *
block_at(const struct buddy *b, uint8_t *file, size_t k)
{
	return file + 4 + (b->block[k] & ~UINT32_C(31));
}

static void
emit_info(const struct buddy *b, uint8_t *p)
{
	store_be32(p, (uint32_t)b->n_blocks);
	p += 8;
	for (size_t i = 0; i < b->n_blocks; i++)
		store_be32(p + 4 * i, b->block[i]);
	p += (b->n_blocks + 255) / 256 * 1024;
	memcpy(p, "\0\0\0\1\4DSDB\0\0\0\1", 13);
	p += 13;
	for (size_t w = 0; w <= BUDDY_MAX; w++) {
		store_be32(p, (uint32_t)b->n_free[w]);
		p += 4;
		for (size_t i = 0; i < b->n_free[w]; i++, p += 4)
			store_be32(p, b->free[w][i]);
	}
}

static void
emit_head(const struct buddy *b, uint8_t *file)
{
	uint32_t at = b->block[0] & ~UINT32_C(31);

	store_be32(file, 1);
	memcpy(file + 4, "Bud1", 4);
	store_be32(file + 8, at);
	store_be32(file + 12, UINT32_C(1) << (b->block[0] & 31));
	store_be32(file + 16, at);
	/* observed: what Finder leaves in the sixteen bytes after it differs and means nothing */
}

static int
emit(const struct ds_store *d, struct level *level, size_t n_levels, struct img_buf *ret, struct img_err *err)
{
	struct buddy b = { 0 };
	size_t n_nodes = 0;
	uint8_t *p;
	int rc;

	for (size_t i = n_levels; i-- > 0; n_nodes += level[i].n_nodes)
		level[i].base = 2 + n_nodes;
	rc = lay_out(&b, n_nodes, err);
	p = rc ? NULL : calloc(1, (size_t)b.end + 4);
	if (!rc && !p)
		rc = img_fail_nomem(err);
	if (!rc) {
		uint8_t *dsdb = block_at(&b, p, 1);

		emit_head(&b, p);
		emit_info(&b, block_at(&b, p, 0));
		store_be32(dsdb, 2);		/* the root is the first node */
		store_be32(dsdb + 4, (uint32_t)n_levels - 1);
		store_be32(dsdb + 8, (uint32_t)d->n);
		store_be32(dsdb + 12, (uint32_t)n_nodes);
		store_be32(dsdb + 16, PAGE);
		for (size_t i = 0; i < n_levels; i++)
			for (size_t k = 0; k < level[i].n_nodes; k++)
				emit_node(d, &level[i], k, i ? &level[i - 1] : NULL, block_at(&b, p, level[i].base + k));
		rc = img_buf_add(ret, p, (size_t)b.end + 4, err);
	}
	free(b.block);
	free(p);
	return rc;
}

int
ds_store_emit(struct ds_store *d, struct img_buf *ret, struct img_err *err)
{
	struct level level[MAX_LEVELS + 1] = { 0 };
	size_t n = 0;
	int rc = 0;

	sort_records(d);
	level[0].n_records = d->n;
	level[0].records = calloc(d->n + 1, sizeof *level[0].records);
	if (!level[0].records)
		rc = img_fail_nomem(err);
	for (size_t i = 0; !rc && i < d->n; i++)
		level[0].records[i] = i;
	while (!rc && (!n || level[n].n_records)) {
		rc = fill(d, &level[n], !n, &level[n + 1], err);
		if (!rc && ++n == MAX_LEVELS)
			rc = img_fail(err, IMG_E_LIMIT, "too many records for a .DS_Store");
	}
	if (!rc)
		rc = emit(d, level, n, ret, err);
	for (size_t i = 0; i <= MAX_LEVELS; i++)
		level_done(&level[i]);
	return rc;
}
