/* SPDX-License-Identifier: BSD-2-Clause */
/* File entries: the way to them, and what they say about a file beside where its bytes lie. */
#include "config.h"

#include "formats/udf/icb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/memory.h"
#include "formats/udf/names.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

/* Versions of one file on a write-once disc of strategy 4096; Linux follows 1024. */
#define MAX_INDIRECT 1024

/* A target longer than any system takes. */
#define MAX_LINK_DATA 65536

enum { EA_HEADER = 24, EA_HEAD = 12, EA_FILE_TIMES = 5, EA_DEVICE = 12 };

/* Strategy 4096 (4/A.3): an entry is followed by an indirect entry once there is a newer one. */
static bool
newer_at(const struct udf_volume *v, struct udf_at at, uint8_t *buf, struct udf_at *ret)
{
	struct udf_tag tag;
	struct udf_ad next;
	struct img_err e = { 0 };

	at.block++;
	if (udf_block_read(v, NULL, at, 0, buf, &e) || udf_tag_check(buf, v->bs, UDF_IE, &tag, &e) ||
	    udf_ie_parse(buf, v->bs, &next, &e) || !next.len)
		return false;
	*ret = (struct udf_at) { next.part, next.block };
	return true;
}

static int
follow(const struct udf_volume *v, struct udf_window *w, struct udf_at *io_at, uint8_t *buf, struct udf_fe *ret,
       bool *ret_more, struct img_err *err)
{
	struct udf_at next;
	struct udf_tag tag;
	struct udf_ad ad;
	int rc = udf_desc_read(v, w, *io_at, 0, buf, &tag, err);

	if (rc)
		return rc;
	if (tag.id == UDF_IE) {
		rc = udf_ie_parse(buf, v->bs, &ad, err);
		if (!rc && !ad.len)
			rc = img_fail(err, IMG_E_FORMAT, "an indirect entry leads nowhere");
		*io_at = (struct udf_at) { ad.part, ad.block };
		*ret_more = true;
		return rc;
	}
	if (tag.id != UDF_FE && tag.id != UDF_EFE)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " of partition %" PRIu16 ": a file entry was expected; %s is "
				"there", io_at->block, io_at->part, udf_tag_title(tag.id));
	rc = udf_fe_parse(buf, v->bs, ret, err);
	if (rc)
		return img_note(err, rc, "block %" PRIu32 " of partition %" PRIu16, io_at->block, io_at->part);
	*ret_more = false;
	if (ret->strategy == 4096) {
		img_autofree uint8_t *other = malloc(v->bs);

		if (!other)
			return img_fail_nomem(err);
		*ret_more = newer_at(v, *io_at, other, &next);
		if (*ret_more)
			*io_at = next;
	} else if (ret->strategy != 4) {
		return img_fail(err, IMG_E_UNSUPPORTED, "block %" PRIu32 " of partition %" PRIu16 ": a file entry of strategy %"
				PRIu16, io_at->block, io_at->part, ret->strategy);
	}
	return 0;
}

int
udf_icb_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, uint8_t *buf, struct udf_fe *ret,
	     struct udf_at *ret_at, struct img_err *err)
{
	struct udf_at now = at;
	struct udf_fe fe = { 0 };
	bool more = true;
	int rc = 0;

	for (unsigned int i = 0; !rc && more && i < MAX_INDIRECT; i++)
		rc = follow(v, w, &now, buf, &fe, &more, err);
	if (!rc && more)
		rc = img_fail(err, IMG_E_FORMAT, "the indirect entries from block %" PRIu32 " of partition %" PRIu16
			      " on do not end", at.block, at.part);
	if (rc)
		return rc;
	*ret = fe;
	*ret_at = now;
	return 0;
}

/* The attribute of kind @type among those in the entry itself (4/14.10), without its head; a damaged list has none. */
static struct img_cursor
ea_find(const struct udf_fe *fe, uint32_t type)
{
	struct img_cursor c = cur_over(fe->ea, fe->ea_len);
	struct udf_tag tag;

	if (fe->ea_len < EA_HEADER || udf_tag_check(fe->ea, fe->ea_len, UDF_EAHD, &tag, NULL))
		return (struct img_cursor) { .bad = true };
	cur_skip(&c, EA_HEADER);
	while (cur_left(&c) >= EA_HEAD) {
		struct img_cursor one = c;
		uint32_t kind = cur_le32(&one), len;

		cur_skip(&one, 4);
		len = cur_le32(&one);
		if (len < EA_HEAD || !cur_bytes(&c, len))
			break;
		if (kind == type)
			return cur_over(one.p, len - EA_HEAD);
	}
	return (struct img_cursor) { .bad = true };
}

static enum img_node_type
node_type(uint8_t file_type)
{
	switch (file_type) {
	case UDF_FILE_DIR:
	case UDF_FILE_STREAMS:
		return IMG_NODE_DIR;
	case UDF_FILE_LINK:
		return IMG_NODE_LINK;
	case UDF_FILE_BLOCK:
		return IMG_NODE_BLOCK;
	case UDF_FILE_CHAR:
		return IMG_NODE_CHAR;
	case UDF_FILE_FIFO:
		return IMG_NODE_FIFO;
	case UDF_FILE_SOCKET:
		return IMG_NODE_SOCKET;
	default:		/* bytes, real-time, and 0 of early writers */
		return IMG_NODE_FILE;
	}
}

static void
device_fill(const struct udf_fe *fe, struct img_node *n)
{
	struct img_cursor c = ea_find(fe, EA_DEVICE);	/* 4/14.10.7 */

	cur_skip(&c, 4);
	n->dev_major = cur_le32(&c);
	n->dev_minor = cur_le32(&c);
}

/* 4/14.10.5: the time a plain entry has no room for */
static struct img_time
birth_of(const struct udf_fe *fe)
{
	struct img_cursor c = ea_find(fe, EA_FILE_TIMES);
	struct udf_stamp s;
	uint32_t which;

	if (fe->extended)
		return udf_stamp_time(&fe->create);
	cur_skip(&c, 4);
	which = cur_le32(&c);
	s = udf_stamp_parse(&c);
	return cur_ok(&c) && which & 1 ? udf_stamp_time(&s) : (struct img_time) { IMG_NO_TIME, 0 };
}

int
udf_node_fill(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_node *ret,
	      struct img_err *err)
{
	ret->type = node_type(fe->file_type);
	ret->mode = udf_permissions_mode(fe->permissions, fe->flags);
	/* all ones: nobody (UDF 3.3.3.1) */
	ret->uid = fe->uid == UINT32_MAX ? 0 : fe->uid;
	ret->gid = fe->gid == UINT32_MAX ? 0 : fe->gid;
	ret->nlink = fe->links;
	ret->size = ret->type == IMG_NODE_FILE ? fe->size : 0;
	ret->mtime = udf_stamp_time(&fe->modify);
	ret->atime = udf_stamp_time(&fe->access);
	ret->ctime = udf_stamp_time(&fe->attribute);
	ret->btime = birth_of(fe);
	if (ret->type == IMG_NODE_CHAR || ret->type == IMG_NODE_BLOCK)
		device_fill(fe, ret);
	return 0;
}

/* One component (4/14.16.1) of a target, appended to @out. */
static int
component_add(struct img_cursor *c, struct img_buf *out, struct img_err *err)
{
	uint8_t type = cur_u8(c), len = cur_u8(c);
	char name[UDF_NAME_MAX];
	const uint8_t *b;
	size_t n = 0;

	cur_skip(c, 2);
	b = cur_bytes(c, len);
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the target of a symbolic link is cut short");
	if (type == 1 || type == 2) {		/* the root of something, or of everything */
		out->len = 0;
		return img_buf_add(out, "/", 1, err);
	}
	if (type == 3)
		return img_buf_add(out, "../", 3, err);
	if (type == 4)
		return img_buf_add(out, "./", 2, err);
	if (type != 5 || !udf_cs0_decode(b, len, name, sizeof name, &n))
		return img_fail(err, IMG_E_FORMAT, "the target of a symbolic link has a component of type %u that makes no sense",
				type);
	if (memchr(name, '\0', n) || memchr(name, '/', n))
		return img_fail(err, IMG_E_FORMAT, "the target of a symbolic link has a component with a NUL or a slash in it");
	name[n++] = '/';
	return img_buf_add(out, name, n, err);
}

int
udf_link_read(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_arena *arena,
	      const char **ret, size_t *ret_len, struct img_err *err)
{
	img_autounref struct img_source *data = NULL;
	img_autobuf struct img_buf out = img_buf_new(MAX_LINK_DATA);
	img_autofree uint8_t *b = NULL;
	struct img_cursor c;
	char *target;
	int rc = udf_content_open(v, fe, at, &data, err);

	if (!rc)
		rc = img_array(data->size, 1, MAX_LINK_DATA, "bytes of link target", &b, err);
	if (!rc)
		rc = img_source_read(data, 0, b, (size_t)data->size, err);
	if (rc)
		return rc;
	c = cur_over(b, (size_t)data->size);
	while (!rc && cur_left(&c))
		rc = component_add(&c, &out, err);
	if (rc)
		return rc;
	if (!out.len)
		return img_fail(err, IMG_E_FORMAT, "a symbolic link has no target");
	if (out.len > 1 && out.p[out.len - 1] == '/')
		out.len--;
	target = img_arena_str(arena, (const char *)out.p, out.len);
	if (!target)
		return img_fail_nomem(err);
	*ret = target;
	*ret_len = out.len;
	return 0;
}
