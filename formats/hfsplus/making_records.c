/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the catalog and of the attributes file, made from the tables when they are asked for.
 *
 * A place in the catalog: (0, 0) is the root folder's own record, the only entry of folder 1; (i + 1, 0) is the thread of
 * node i, (i + 1, k + 1) its entry k.  A place in the attributes file is (attribute, 0). */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/hfsplus/making.h"

enum { TYPE_FIFO = 0010000, TYPE_CHAR = 0020000, TYPE_DIR = 0040000, TYPE_BLOCK = 0060000, TYPE_FILE = 0100000,
       TYPE_LINK = 0120000, TYPE_SOCKET = 0140000 };
enum { FLAG_THREAD = 0x0002, FLAG_SECURITY = 0x0008, FLAG_FOLDER_COUNT = 0x0010 };
enum { OWNER_IMMUTABLE = 0x02 };
enum { UNICODE_ENCODING = 126 };	/* of the root, as newfs_hfs writes it */

/* ---- places ---- */

/* Whose record stands at @at, and whether it is that node's thread. */
static uint32_t
look(const struct hfs_author *a, struct mplace at, bool *ret_thread)
{
	*ret_thread = at.a && !at.b;
	return !at.a ? 0 : !at.b ? at.a - 1 : hfs_child(a, a->node[at.a - 1].u, at.b - 1);
}

static void
step(const struct hfs_author *a, struct mplace *io)
{
	const struct mnode *n = io->a ? &a->node[io->a - 1] : NULL;
	uint32_t entries = n && n->type == IMG_NODE_DIR ? hfs_valence(a, n->u) : 0;

	if (io->b < entries)
		io->b++;
	else
		*io = (struct mplace) { io->a + 1, 0 };
}

static uint32_t
parent_id(const struct hfs_author *a, uint32_t node)
{
	return node ? cnid_of(a->dir[a->node[node].parent].node) : HFS_ROOT_PARENT;
}

static void
key_at(const struct hfs_author *a, uint32_t node, bool thread, struct hfs_key *ret)
{
	*ret = (struct hfs_key) { .id = thread ? cnid_of(node) : parent_id(a, node) };
	if (!thread) {
		ret->n = a->node[node].n;
		memcpy(ret->name, a->node[node].name, ret->n * sizeof *ret->name);
	}
}

/* ---- records of the catalog ---- */

static uint16_t
type_bits(uint8_t type)
{
	static const uint16_t bits[] = {
		[IMG_NODE_FILE] = TYPE_FILE, [IMG_NODE_DIR] = TYPE_DIR, [IMG_NODE_LINK] = TYPE_LINK, [IMG_NODE_CHAR] = TYPE_CHAR,
		[IMG_NODE_BLOCK] = TYPE_BLOCK, [IMG_NODE_FIFO] = TYPE_FIFO, [IMG_NODE_SOCKET] = TYPE_SOCKET,
	};

	return type < sizeof bits / sizeof *bits ? bits[type] : TYPE_FILE;
}

static void
fill_fork(const struct hfs_author *a, uint32_t index, struct hfs_fork *ret)
{
	const struct mfork *f = index == HFS_NONE ? NULL : &a->fork[index];

	if (!f)
		return;
	ret->size = f->size;
	ret->blocks = (uint32_t)((f->size + a->header.block_size - 1) / a->header.block_size);
	ret->ext[0] = (struct hfs_extent) { f->block, ret->blocks };
}

static void
fill_folder(const struct hfs_author *a, uint32_t node, struct hfs_record *r)
{
	const struct mnode *n = &a->node[node];

	r->type = HFS_FOLDER;
	r->valence = hfs_valence(a, n->u);
	if (a->header.x) {		/* only HFSX counts folders */
		r->flags |= FLAG_FOLDER_COUNT;
		r->n_folders = a->dir[n->u].n_folders;
	}
	if (!node)
		r->encoding = UNICODE_ENCODING;
	if (n->flags & M_PRIVATE) {	/* invisible, its name locked, out of sight; observed: macOS */
		r->owner_flags = OWNER_IMMUTABLE;
		memcpy(r->finder + 8, "\x50\x00\x40\x00\x40\x00", 6);
	}
}

static void
fill_file(const struct hfs_author *a, const struct mnode *n, struct hfs_record *r)
{
	r->type = HFS_FILE;
	r->flags |= FLAG_THREAD;
	fill_fork(a, n->u, &r->data);
	if (n->extra != HFS_NONE)
		fill_fork(a, a->extra[n->extra].rsrc, &r->rsrc);
	if (n->type == IMG_NODE_LINK)
		memcpy(r->finder, "slnkrhap", 8);
	if (n->flags & M_LINKED) {
		r->flags |= HFS_LINK_CHAIN;
		r->valence = n->first_link;
	}
	if (n->flags & M_LINK) {
		r->flags |= HFS_LINK_CHAIN;
		r->owner_flags = OWNER_IMMUTABLE;
		memcpy(r->finder, "hlnkhfs+\x01\x00", 10);
	}
}

static void
fill_record(const struct hfs_author *a, uint32_t node, struct hfs_record *r)
{
	const struct mnode *n = &a->node[node];

	*r = (struct hfs_record) {
		.flags = (uint16_t)((n->flags & M_HAS_ATTRS ? HFS_HAS_ATTRIBUTES : 0) | (n->flags & M_HAS_SECURITY ? FLAG_SECURITY : 0)),
		.id = cnid_of(node), .created = n->created, .modified = n->modified, .changed = n->changed,
		.accessed = n->accessed, .owner = n->uid, .group = n->gid, .mode = (uint16_t)(type_bits(n->type) | n->mode),
		.special = n->special,
	};
	if (n->extra != HFS_NONE)
		memcpy(r->finder, a->extra[n->extra].finder, sizeof r->finder);
	if (n->type == IMG_NODE_DIR)
		fill_folder(a, node, r);
	else
		fill_file(a, n, r);
}

static size_t
catalog_measure(const struct hfs_author *a, struct mplace *io)
{
	uint32_t node;
	bool thread;
	size_t n;

	if (io->a > a->n_nodes)
		return 0;
	node = look(a, *io, &thread);
	step(a, io);
	n = 8 + (thread ? 10 : 0) + 2 * (size_t)a->node[node].n;
	return thread ? n : n + (a->node[node].type == IMG_NODE_DIR ? HFS_FOLDER_LEN : HFS_FILE_LEN);
}

static int
catalog_make(const struct hfs_author *a, struct mplace *io, uint8_t *ret, size_t *ret_len, struct img_err *err)
{
	struct hfs_record r;
	struct hfs_thread t = { 0 };
	struct hfs_key key;
	bool thread;
	uint32_t node = look(a, *io, &thread);
	size_t n;

	step(a, io);
	key_at(a, node, thread, &key);
	n = hfs_catalog_key_emit(&key, ret);
	if (thread) {
		t.type = a->node[node].type == IMG_NODE_DIR ? HFS_FOLDER_THREAD : HFS_FILE_THREAD;
		key_at(a, node, false, &t.to);
		n += hfs_thread_emit(&t, ret + n);
	} else {
		fill_record(a, node, &r);
		n += hfs_record_emit(&r, ret + n);
	}
	*ret_len = n;
	return 0;
}

static size_t
catalog_key(const struct hfs_author *a, struct mplace at, uint8_t *ret)
{
	struct hfs_key key;
	bool thread;
	uint32_t node = look(a, at, &thread);

	key_at(a, node, thread, &key);
	return hfs_catalog_key_emit(&key, ret);
}

const struct mrecords hfs_catalog_records = { catalog_measure, catalog_make, catalog_key };

/* ---- records of the attributes file ---- */

static size_t
attr_measure(const struct hfs_author *a, struct mplace *io)
{
	const struct mattr *t = &a->attr[io->a];
	size_t value;

	if (io->a >= a->n_attrs)
		return 0;
	value = t->fork == HFS_NONE ? 16 + (((size_t)t->size + 1) & ~(size_t)1) : 8 + HFS_FORK_LEN;
	io->a++;
	return 14 + 2 * (size_t)t->n + value;
}

static size_t
attr_key(const struct hfs_author *a, struct mplace at, uint8_t *ret)
{
	const struct mattr *t = &a->attr[at.a];
	struct hfs_key key = { .id = cnid_of(t->node), .n = t->n };

	memcpy(key.name, t->name, t->n * sizeof *t->name);
	return hfs_attr_key_emit(&key, ret);
}

/* The value of a small one, from where the tree has it. */
static int
read_value(const struct hfs_author *a, const struct mattr *t, uint8_t *ret, struct img_err *err)
{
	img_autounref struct img_source *s = t->from ? img_ref(t->from) : NULL;
	char buf[512];
	int rc = s ? 0 : img_tree_content(a->tree, t->id, t->stream, &s, err);

	if (!rc && s->size != t->size)
		rc = img_fail(err, IMG_E_IO, "an attribute changed while it was read");
	if (!rc && t->size)
		rc = img_source_read(s, 0, ret, (size_t)t->size, err);
	return rc ? img_note(err, rc, "%s", hfs_making_path(a, t->node, buf, sizeof buf)) : 0;
}

static int
attr_make(const struct hfs_author *a, struct mplace *io, uint8_t *ret, size_t *ret_len, struct img_err *err)
{
	const struct mattr *t = &a->attr[io->a];
	uint8_t value[HFS_ATTR_INLINE_MAX];
	struct hfs_attr v = { .type = t->fork == HFS_NONE ? HFS_ATTR_INLINE : HFS_ATTR_FORK };
	size_t n = attr_key(a, *io, ret);
	int rc = 0;

	if (v.type == HFS_ATTR_INLINE) {
		rc = read_value(a, t, value, err);
		v.size = (uint32_t)t->size;
		v.bytes = value;
	} else {
		fill_fork(a, t->fork, &v.fork);
	}
	if (rc)
		return rc;
	io->a++;
	*ret_len = n + hfs_attr_emit(&v, ret + n);
	return 0;
}

const struct mrecords hfs_attr_records = { attr_measure, attr_make, attr_key };
