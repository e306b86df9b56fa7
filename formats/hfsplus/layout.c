/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume header, forks, and the nodes and header of B-trees.  Records and keys: layout_records.c. */
#include "config.h"

#include "formats/hfsplus/layout.h"

#include <string.h>

#include "core/cursor.h"
#include "formats/hfsplus/layout_put.h"

void
hfs_fork_parse(struct img_cursor *c, struct hfs_fork *ret)
{
	ret->size = cur_be64(c);
	ret->clump = cur_be32(c);
	ret->blocks = cur_be32(c);
	for (unsigned int i = 0; i < HFS_EXTENTS; i++) {
		ret->ext[i].start = cur_be32(c);
		ret->ext[i].count = cur_be32(c);
	}
}

uint8_t *
hfs_fork_put(uint8_t *p, const struct hfs_fork *f)
{
	p = put_be64(p, f->size);
	p = put_be32(p, f->clump);
	p = put_be32(p, f->blocks);
	return p + hfs_extents_emit(f->ext, p);
}

static int
header_check(const struct hfs_header *h, struct img_err *err)
{
	if (h->version != (h->x ? 5 : 4))
		return img_fail(err, IMG_E_FORMAT, "volume header: version %u, expected %d", h->version, h->x ? 5 : 4);
	if (h->block_size < 512 || h->block_size & (h->block_size - 1))
		return img_fail(err, IMG_E_FORMAT, "volume header: blocks of %u bytes, expected a power of two from 512 on",
				h->block_size);
	return 0;
}

int
hfs_header_parse(const uint8_t *b, struct hfs_header *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, HFS_HEADER_LEN);
	struct hfs_header h = { 0 };
	uint16_t signature = cur_be16(&c);
	int rc;

	if (signature != 0x482b && signature != 0x4858)
		return img_fail(err, IMG_E_FORMAT, "volume header: signature %04x, expected 482b or 4858", signature);
	h.x = signature == 0x4858;
	h.version = cur_be16(&c);
	h.attributes = cur_be32(&c);
	cur_copy(&c, h.mounted_by, sizeof h.mounted_by);
	h.journal_block = cur_be32(&c);
	h.created = cur_be32(&c);
	h.modified = cur_be32(&c);
	h.backed_up = cur_be32(&c);
	h.checked = cur_be32(&c);
	h.n_files = cur_be32(&c);
	h.n_folders = cur_be32(&c);
	h.block_size = cur_be32(&c);
	h.n_blocks = cur_be32(&c);
	h.n_free = cur_be32(&c);
	h.next_block = cur_be32(&c);
	h.rsrc_clump = cur_be32(&c);
	h.data_clump = cur_be32(&c);
	h.next_id = cur_be32(&c);
	h.writes = cur_be32(&c);
	h.encodings = cur_be64(&c);
	for (unsigned int i = 0; i < 8; i++)
		h.finder[i] = cur_be32(&c);
	hfs_fork_parse(&c, &h.allocation);
	hfs_fork_parse(&c, &h.extents);
	hfs_fork_parse(&c, &h.catalog);
	hfs_fork_parse(&c, &h.attributes_file);
	hfs_fork_parse(&c, &h.startup);
	rc = header_check(&h, err);
	if (!rc)
		*ret = h;
	return rc;
}

size_t
hfs_header_emit(const struct hfs_header *h, uint8_t *ret)
{
	uint8_t *p = ret;

	p = put_be16(p, h->x ? 0x4858 : 0x482b);
	p = put_be16(p, h->version);
	p = put_be32(p, h->attributes);
	p = put_bytes(p, h->mounted_by, sizeof h->mounted_by);
	p = put_be32(p, h->journal_block);
	p = put_be32(p, h->created);
	p = put_be32(p, h->modified);
	p = put_be32(p, h->backed_up);
	p = put_be32(p, h->checked);
	p = put_be32(p, h->n_files);
	p = put_be32(p, h->n_folders);
	p = put_be32(p, h->block_size);
	p = put_be32(p, h->n_blocks);
	p = put_be32(p, h->n_free);
	p = put_be32(p, h->next_block);
	p = put_be32(p, h->rsrc_clump);
	p = put_be32(p, h->data_clump);
	p = put_be32(p, h->next_id);
	p = put_be32(p, h->writes);
	p = put_be64(p, h->encodings);
	for (unsigned int i = 0; i < 8; i++)
		p = put_be32(p, h->finder[i]);
	p = hfs_fork_put(p, &h->allocation);
	p = hfs_fork_put(p, &h->extents);
	p = hfs_fork_put(p, &h->catalog);
	p = hfs_fork_put(p, &h->attributes_file);
	p = hfs_fork_put(p, &h->startup);
	return (size_t)(p - ret);
}

int
hfs_node_parse(const uint8_t *b, size_t len, struct hfs_node *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct hfs_node n = { .next = cur_be32(&c) };

	n.prev = cur_be32(&c);
	n.kind = (int8_t)cur_u8(&c);
	n.height = cur_u8(&c);
	n.n = cur_be16(&c);
	cur_skip(&c, 2);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a node of %zu bytes", len);
	*ret = n;
	return 0;
}

size_t
hfs_node_emit(const struct hfs_node *n, uint8_t *ret)
{
	uint8_t *p = put_be32(ret, n->next);

	p = put_be32(p, n->prev);
	*p++ = (uint8_t)n->kind;
	*p++ = n->height;
	p = put_be16(p, n->n);
	p = put_be16(p, 0);
	return (size_t)(p - ret);
}

int
hfs_tree_head_parse(const uint8_t *b, size_t len, struct hfs_tree_head *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct hfs_tree_head h = { .depth = cur_be16(&c) };

	h.root = cur_be32(&c);
	h.n_leaf = cur_be32(&c);
	h.first_leaf = cur_be32(&c);
	h.last_leaf = cur_be32(&c);
	h.node_size = cur_be16(&c);
	h.max_key = cur_be16(&c);
	h.n_nodes = cur_be32(&c);
	h.n_free = cur_be32(&c);
	cur_skip(&c, 2);
	h.clump = cur_be32(&c);
	h.type = cur_u8(&c);
	h.compare = cur_u8(&c);
	h.attributes = cur_be32(&c);
	cur_skip(&c, 64);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a header record of %zu bytes, expected %d", len, HFS_TREE_HEAD);
	if (h.node_size < 512 || h.node_size & (h.node_size - 1))
		return img_fail(err, IMG_E_FORMAT, "nodes of %u bytes, expected a power of two from 512 on", h.node_size);
	*ret = h;
	return 0;
}

size_t
hfs_tree_head_emit(const struct hfs_tree_head *h, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, h->depth);

	p = put_be32(p, h->root);
	p = put_be32(p, h->n_leaf);
	p = put_be32(p, h->first_leaf);
	p = put_be32(p, h->last_leaf);
	p = put_be16(p, h->node_size);
	p = put_be16(p, h->max_key);
	p = put_be32(p, h->n_nodes);
	p = put_be32(p, h->n_free);
	p = put_be16(p, 0);
	p = put_be32(p, h->clump);
	*p++ = h->type;
	*p++ = h->compare;
	p = put_be32(p, h->attributes);
	memset(p, 0, 64);
	return (size_t)(p + 64 - ret);
}
