/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams beside a file's data: set as extended attributes, or laid into an AppleDouble file "._NAME".
 *
 * AppleDouble version 2 (RFC 1740, and xnu's vfs_xattr.c for the attributes), big-endian:
 *	0	magic 00051607, version 00020000, 16 bytes of filler, number of entries
 *	26	entry 9 (Finder info), entry 2 (resource fork): id, offset, length
 *	50	32 bytes of Finder info; where there are other attributes 2 bytes of padding, "ATTR", their table and values
 *	...	the resource fork */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/disk.h"
#include "convert/files_sink.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "core/out.h"
#include "img/env.h"
#include "trees/xattr.h"

#define MAX_XATTR (16 << 20)	/* of one value kept in memory; Linux takes 64 KiB */
#define FINDER_INFO "com.apple.FinderInfo"

static int
read_stream(struct img_tree *t, uint64_t id, const char *name, void **ret, size_t *ret_len, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	img_autofree void *p = NULL;
	int rc = img_tree_content(t, id, name, &s, err);

	if (!rc)
		rc = img_array(s->size, 1, MAX_XATTR, "bytes of an attribute", &p, err);
	if (!rc)
		rc = img_source_read(s, 0, p, (size_t)s->size, err);
	if (rc)
		return rc;
	*ret_len = (size_t)s->size;
	*ret = img_steal(&p);
	return 0;
}

/* ---- as attributes ---- */

/* The name it gets here: foreign ones go under "user.".  NULL: not for those who are not root. */
static const char *
name_here(const struct img_extract *x, const char *name, char *buf, size_t room)
{
#ifdef __linux__
	if (!strncmp(name, "user.", 5))
		return name;
	if (!strncmp(name, "security.", 9) || !strncmp(name, "trusted.", 8) || !strncmp(name, "system.", 7))
		return x->special ? name : NULL;
	snprintf(buf, room, "user.%s", name);
	return buf;
#else
	return name;
#endif
}

static int
set_attributes(struct img_extract *x, const struct out_node *n, const struct img_nodes *list, int fd,
	       struct img_err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		img_autofree void *value = NULL;
		struct img_err why = { 0 };
		char buf[300];
		const char *name = name_here(x, list->v[i].name, buf, sizeof buf);
		size_t len;
		int rc;

		if (!name)
			continue;
		rc = read_stream(x->tree, n->node.id, list->v[i].name, &value, &len, &why);
		if (rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED || (rc && rc != IMG_E_LIMIT && !x->ignore_errors)) {
			if (err)
				*err = why;
			return img_note(err, rc, "attribute %s", list->v[i].name);
		}
		if (!rc)
			rc = xattr_set(fd, name, value, len, &why);
		if (rc == IMG_E_UNSUPPORTED)
			img_problem(x->tree->env, IMG_WARNING, "xattrs", "extended attributes cannot be stored in the "
				    "target and were dropped");	/* kept once */
		else if (rc)
			img_problem(x->tree->env, IMG_WARNING, "xattrs", "%s: %s", n->path, why.msg);
	}
	return 0;
}

/* ---- as AppleDouble ---- */

#define AD_HEAD 50
#define AD_INFO 32
#define AD_ATTR (AD_HEAD + AD_INFO + 2)		/* "ATTR" and its table */
#define AD_ENTRIES (AD_ATTR + 36)

/* Does it go into the table? */
static bool
in_table(const char *name)
{
	return strcmp(name, FINDER_INFO) && strcmp(name, IMG_STREAM_RSRC) && strlen(name) <= 127;
}

static size_t
entry_size(const char *name)
{
	return (11 + strlen(name) + 1 + 3) & ~(size_t)3;
}

static int
put32(struct img_buf *b, uint32_t v, struct img_err *err)
{
	uint8_t bytes[4];

	store_be32(bytes, v);
	return img_buf_add(b, bytes, 4, err);
}

/* The table of attributes, then their values. */
static int
add_attributes(struct img_buf *b, struct img_tree *t, uint64_t id, const struct img_nodes *list, struct img_err *err)
{
	static const uint8_t zeros[64];
	img_autobuf struct img_buf values = img_buf_new(MAX_XATTR);
	size_t n = 0, start = AD_ENTRIES;
	int rc = 0;

	for (size_t i = 0; i < list->n; i++)
		if (in_table(list->v[i].name)) {
			start += entry_size(list->v[i].name);
			n++;
		}
	if (!n)
		return 0;
	rc = img_buf_add(b, zeros, AD_ATTR - AD_HEAD - AD_INFO + 36, err);
	for (size_t i = 0; !rc && i < list->n; i++) {
		const char *name = list->v[i].name;
		img_autofree void *value = NULL;
		uint8_t flags_len[3] = { 0, 0, (uint8_t)(strlen(name) + 1) };
		size_t len;

		if (!in_table(name))
			continue;
		rc = read_stream(t, id, name, &value, &len, err);
		if (!rc)
			rc = put32(b, (uint32_t)(start + values.len), err);
		if (!rc)
			rc = put32(b, (uint32_t)len, err);
		if (!rc)
			rc = img_buf_add(b, flags_len, 3, err);
		if (!rc)
			rc = img_buf_add(b, name, strlen(name) + 1, err);
		if (!rc)
			rc = img_buf_add(b, zeros, entry_size(name) - 11 - strlen(name) - 1, err);
		if (!rc)
			rc = img_buf_add(&values, value, len, err);
	}
	if (rc)
		return rc;
	memcpy(b->p + AD_ATTR, "ATTR", 4);
	store_be32(b->p + AD_ATTR + 8, (uint32_t)(start + values.len));
	store_be32(b->p + AD_ATTR + 12, (uint32_t)start);
	store_be32(b->p + AD_ATTR + 16, (uint32_t)values.len);
	store_be16(b->p + AD_ATTR + 34, (uint16_t)n);
	return img_buf_add(b, values.p, values.len, err);
}

static int
make_head(struct img_buf *b, struct img_tree *t, uint64_t id, const struct img_nodes *list, uint64_t fork,
	  struct img_err *err)
{
	uint8_t head[AD_HEAD + AD_INFO] = { 0 };
	img_autofree void *info = NULL;
	size_t len = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < list->n; i++)
		if (!strcmp(list->v[i].name, FINDER_INFO))
			rc = read_stream(t, id, FINDER_INFO, &info, &len, err);
	if (rc)
		return rc;
	store_be32(head, 0x00051607);
	store_be32(head + 4, 0x00020000);
	memcpy(head + 8, "Mac OS X        ", 16);
	store_be16(head + 24, 2);
	if (info)
		memcpy(head + AD_HEAD, info, len < AD_INFO ? len : AD_INFO);
	rc = img_buf_add(b, head, sizeof head, err);
	if (!rc)
		rc = add_attributes(b, t, id, list, err);
	if (rc)
		return rc;
	store_be32(b->p + 26, 9);
	store_be32(b->p + 30, AD_HEAD);
	store_be32(b->p + 34, (uint32_t)(b->len - AD_HEAD));
	store_be32(b->p + 38, 2);
	store_be32(b->p + 42, (uint32_t)b->len);
	store_be32(b->p + 46, (uint32_t)fork);
	return 0;
}

static int
copy_fork(struct img_source *s, int fd, uint64_t at, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(1 << 18);
	int rc = buf ? 0 : img_fail_nomem(err);

	for (uint64_t off = 0; !rc && off < s->size;) {
		size_t n = s->size - off < 1 << 18 ? (size_t)(s->size - off) : 1 << 18;

		rc = img_source_read(s, off, buf, n, err);
		if (!rc)
			rc = out_pwrite_all(fd, at + off, buf, n, err);
		off += n;
	}
	return rc;
}

static int
write_double(struct img_extract *x, struct disk *disk, const struct out_node *n, const struct img_nodes *list,
	     struct img_err *err)
{
	img_autobuf struct img_buf head = img_buf_new(2 * MAX_XATTR);
	img_autounref struct img_source *fork = NULL;
	img_autofree char *name = NULL;
	struct img_node side = n->node;
	int fd, rc = 0;

	if (asprintf(&name, "._%s", n->node.name) < 0) {
		name = NULL;
		return img_fail_nomem(err);
	}
	for (size_t i = 0; !rc && i < list->n; i++)
		if (!strcmp(list->v[i].name, IMG_STREAM_RSRC))
			rc = img_tree_content(x->tree, n->node.id, IMG_STREAM_RSRC, &fork, err);
	if (!rc && fork && fork->size > UINT32_MAX / 2)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "the resource fork is too long for AppleDouble");
	if (!rc)
		rc = make_head(&head, x->tree, n->node.id, list, fork ? fork->size : 0, err);
	if (rc)
		return rc;
	side.name = name;
	side.mode &= 0666;
	rc = disk_file(disk, n->dir, &side, &fd, err);
	if (rc)
		return rc == DISK_CLASH ? 0 : img_note(err, rc, "%s", name);
	rc = out_pwrite_all(fd, 0, head.p, head.len, err);
	if (!rc && fork)
		rc = copy_fork(fork, fd, head.len, err);
	if (!rc)
		return disk_file_end(disk, n->dir, &side, fd, err);
	disk_file_drop(disk, n->dir, name, fd);
	return rc;
}

/* Take the resource fork out of @list; false: there is none. */
static bool
take_fork(struct img_nodes *list, struct img_node *ret)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, IMG_STREAM_RSRC)) {
			*ret = list->v[i];
			memmove(&list->v[i], &list->v[i + 1], (--list->n - i) * sizeof *list->v);
			return true;
		}
	return false;
}

/* A fork whose way is not that of the attributes. */
static int
fork_apart(struct img_extract *x, struct disk *disk, const struct out_node *n, struct img_nodes *list, struct img_err *err)
{
	struct img_node fork;
	struct img_nodes alone = { .n = 1, .v = &fork };

	if (!take_fork(list, &fork) || x->forks == IMG_XATTRS_DROP)
		return 0;
	return write_double(x, disk, n, &alone, err);
}

int
extract_xattrs(struct img_extract *x, struct disk *disk, const struct out_node *n, int fd, struct img_err *err)
{
	struct img_nodes list = { 0 };
	int rc;

	if (x->xattrs == IMG_XATTRS_DROP && x->forks != IMG_XATTRS_APPLEDOUBLE)
		return 0;
	rc = img_tree_streams(x->tree, n->node.id, &list, err);
	if (!rc && x->forks != IMG_XATTRS_KEEP && x->forks != x->xattrs)
		rc = fork_apart(x, disk, n, &list, err);
	if (!rc && list.n && x->xattrs != IMG_XATTRS_DROP)
		rc = x->xattrs == IMG_XATTRS_KEEP ? set_attributes(x, n, &list, fd, err)
						  : write_double(x, disk, n, &list, err);
	img_nodes_done(&list);
	return rc;
}
