/* SPDX-License-Identifier: BSD-2-Clause */
/* AppleDouble: what a file on another file system could not hold lies beside it in "._NAME" (RFC 1740; for attributes
 * xnu's vfs_xattr.c).  Such a file is taken for the one it describes, if that is there. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/hfsplus/making.h"
#include "img/env.h"

#define MAX_ENTRIES 16
#define MAX_HEAD (1 << 16)	/* entries of attributes lie in front of their values */
#define MAX_ATTRS 4096

/* What macOS writes where there is no resource fork at all. */
#define BLANK_FORK 286

static int
parse_attr(const uint8_t *head, size_t len, size_t *io_at, uint64_t size, struct mdouble_attr *ret)
{
	size_t at = *io_at, n;

	if (at + 11 > len)
		return -1;
	ret->off = load_be32(head + at);
	ret->len = load_be32(head + at + 4);
	n = head[at + 10];
	if (!n || n > sizeof ret->name || at + 11 + n > len || !span_ok(ret->off, ret->len, size))
		return -1;
	memcpy(ret->name, head + at + 11, n);
	ret->name[n - 1] = '\0';
	*io_at = (at + 11 + n + 3) & ~(size_t)3;
	return 0;
}

/* The table behind the Finder's fields, at @at. */
static int
parse_attrs(const uint8_t *head, size_t len, size_t at, uint64_t size, struct mdouble *d, struct img_err *err)
{
	size_t n;
	int rc;

	if (at + 36 > len || memcmp(head + at, "ATTR", 4))
		return 0;
	n = load_be16(head + at + 34);
	rc = img_array(n, sizeof *d->v, MAX_ATTRS * sizeof *d->v, "attributes", &d->v, err);
	at += 36;
	for (; !rc && d->n < n; d->n++)
		if (parse_attr(head, len, &at, size, &d->v[d->n]))
			break;
	return rc;
}

static bool
is_blank(struct img_source *s, uint64_t off)
{
	static const char text[] = "This resource fork intentionally left blank";
	char buf[sizeof text - 1];

	return !img_source_read(s, off + 16, buf, sizeof buf, NULL) && !memcmp(buf, text, sizeof buf);
}

int
hfs_double_parse(struct img_source *s, struct mdouble *ret, struct img_err *err)
{
	img_autofree uint8_t *head = NULL;
	size_t len = s->size < MAX_HEAD ? (size_t)s->size : MAX_HEAD, n;
	struct mdouble d = { 0 };
	uint8_t magic[26];
	int rc;

	if (len < sizeof magic)
		return img_fail(err, IMG_E_UNKNOWN, "it is too short");
	rc = img_source_read(s, 0, magic, sizeof magic, err);
	if (!rc && memcmp(magic, "\0\5\x16\7\0\2\0\0", 8))
		rc = img_fail(err, IMG_E_UNKNOWN, "it has no magic");
	if (!rc)
		rc = img_array(len, 1, MAX_HEAD, "bytes", &head, err);
	if (!rc)
		rc = img_source_read(s, 0, head, len, err);
	if (rc)
		return rc;
	n = load_be16(head + 24);
	for (size_t i = 0; !rc && i < n && i < MAX_ENTRIES && 26 + 12 * (i + 1) <= len; i++) {
		const uint8_t *e = head + 26 + 12 * i;
		uint32_t id = load_be32(e), off = load_be32(e + 4), size = load_be32(e + 8);

		if (!span_ok(off, size, s->size))
			rc = img_fail(err, IMG_E_UNKNOWN, "an entry lies past its end");
		else if (id == 9 && size >= 32 && span_ok(off, 32, len)) {
			memcpy(d.finder, head + off, 32);
			d.has_finder = true;
			rc = parse_attrs(head, len, (size_t)off + 34, s->size, &d, err);
		} else if (id == 2 && !(size == BLANK_FORK && is_blank(s, off))) {
			d.rsrc_off = off;
			d.rsrc_len = size;
		}
	}
	if (rc)
		hfs_double_done(&d);
	else
		*ret = d;
	return rc;
}

void
hfs_double_done(struct mdouble *d)
{
	free(d->v);
	*d = (struct mdouble) { 0 };
}

static struct mentry *
find_entry(struct mentry *v, size_t n, const char *name)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(v[mid].node->name, name);

		if (!c)
			return &v[mid];
		*(c < 0 ? &lo : &hi) = mid + (c < 0);
	}
	return NULL;
}

/* Entries come in byte order of names. */
int
hfs_double_pair(struct hfs_author *a, uint32_t dir, struct mentry *v, size_t n, struct img_err *err)
{
	struct mentry *e = v;

	for (; e < v + n; e++) {
		img_autounref struct img_source *s = NULL;
		struct mentry *of = NULL;
		struct mdouble d;
		char buf[256];
		int rc;

		if (strncmp(e->node->name, "._", 2) || e->node->type != IMG_NODE_FILE)
			continue;
		of = find_entry(v, n, e->node->name + 2);
		if (!of || of->node->type > IMG_NODE_LINK || of->sidecar)
			continue;
		rc = img_tree_content(a->tree, e->node->id, NULL, &s, err);
		if (!rc)
			rc = hfs_double_parse(s, &d, err);
		if (rc == IMG_E_UNKNOWN)
			continue;
		if (rc)
			return img_note(err, rc, "%s%s%s", hfs_making_path(a, a->dir[dir].node, buf, sizeof buf), dir ? "/" : "",
					e->node->name);
		hfs_double_done(&d);
		of->sidecar = img_steal(&s);
		e->drop = true;
		img_problem(a->src.env, IMG_NOTE, "apple-double",
			    "AppleDouble files (\"._NAME\") were put back into the files they belong to");
	}
	return 0;
}
