/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes and access control lists as AAIP has them (aaip.c reads them): components {flags, length, bytes},
 * names and values in turn, cut into AL entries.  The list goes last, under an empty name (xorriso 1.5.4 fails
 * on one in front of an attribute without bytes); a name's namespace is a byte.
 * They are read when the tree is scanned, since the length of a record depends on them. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

#define MAX_VALUE (64 << 10)	/* of Linux */
/* Linux follows 32 continuation areas of a record and then gives the file up: the rest of the entries need some too */
#define MAX_AL (28 * (BLOCK - 28))
#define MAX_ENTRY 250		/* bytes of components in an entry */

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* Entries' data behind length bytes. */
struct al {
	struct img_buf out;
	size_t entry;			/* where the length byte of the last one stands */
	bool begun;
};

/* ---- components and entries ---- */

static int
entry_begin(struct al *al, struct img_err *err)
{
	static const uint8_t head[2] = { 1, 0 };	/* its flags alone */

	if (al->begun)
		al->out.p[al->entry + 1] = 1;	/* goes on in the next */
	al->begun = true;
	al->entry = al->out.len;
	return img_buf_add(&al->out, head, sizeof head, err);
}

static int
component(struct al *al, const uint8_t *p, size_t n, struct img_err *err)
{
	int rc = 0;

	do {
		size_t used = al->begun ? al->out.p[al->entry] - 1u : MAX_ENTRY, part;
		uint8_t head[2];

		if (MAX_ENTRY - used < 2 + (n > 0)) {
			rc = entry_begin(al, err);
			used = 0;
		}
		part = n < MAX_ENTRY - used - 2 ? n : MAX_ENTRY - used - 2;
		head[0] = part < n;
		head[1] = (uint8_t)part;
		if (!rc)
			rc = img_buf_add(&al->out, head, 2, err);
		if (!rc && part)
			rc = img_buf_add(&al->out, p, part, err);
		if (rc)
			return rc;
		al->out.p[al->entry] = (uint8_t)(al->out.p[al->entry] + 2 + part);
		p += part;
		n -= part;
	} while (n);
	return 0;
}

/* ---- lists ---- */

static uint8_t
acl_type(uint16_t tag)
{
	switch (tag) {
	case 0x01: return 1;
	case 0x02: return 10;
	case 0x04: return 3;
	case 0x08: return 12;
	case 0x10: return 5;
	case 0x20: return 6;
	default: return 0;
	}
}

/* Type, whether an id follows, permissions; the id with as few bytes as it needs. */
static int
acl_put(struct img_buf *out, uint8_t type, uint8_t perm, uint32_t id, struct img_err *err)
{
	uint8_t b[6], n = 1;

	if (type != 10 && type != 12) {
		b[0] = (uint8_t)(type << 4 | perm);
		return img_buf_add(out, b, 1, err);
	}
	while (n < 4 && id >> 8 * n)
		n++;
	b[0] = (uint8_t)(type << 4 | 8 | perm);
	b[1] = n;
	for (uint8_t i = 0; i < n; i++)
		b[2 + i] = (uint8_t)(id >> 8 * (n - 1 - i));
	return img_buf_add(out, b, 2u + n, err);
}

/* What Linux stores: le32 version 2, then le16 tag, le16 permissions, le32 id. */
static int
acl_add(struct img_buf *out, const uint8_t *p, size_t n, bool is_default, struct img_err *err)
{
	struct img_cursor c = cur_over(p, n);
	int rc = 0;

	if (cur_le32(&c) != 2 || (n - 4) % 8)
		return img_fail(err, IMG_E_UNSUPPORTED, "an access control list of %zu bytes in an unknown form", n);
	if (is_default)		/* from here on: 81, observed: xorriso, which overlooks 80 */
		rc = acl_put(out, 8, 1, 0, err);
	while (!rc && cur_left(&c)) {
		uint16_t tag = cur_le16(&c), perm = cur_le16(&c);
		uint32_t id = cur_le32(&c);

		if (acl_type(tag))
			rc = acl_put(out, acl_type(tag), perm & 7, id, err);
	}
	return rc;
}

/* ---- one file ---- */

/* The stored form of a name; 0: not wanted.  What is in no namespace of Linux goes under "user.", as on extraction. */
static size_t
name_stored(const struct iso_author *a, const char *name, uint8_t *ret)
{
	static const char *const space[] = { NULL, NULL, "system.", "user.", "isofs.", "trusted.", "security." };
	uint8_t code = 3;
	size_t skip = 0;

	for (uint8_t i = 2; i <= 6; i++)
		if (!strncmp(name, space[i], strlen(space[i]))) {
			code = i;
			skip = strlen(space[i]);
		}
	if (code == 4 || !name[skip] || strlen(name) > 255 || (code != 3 && a->o.xattrs != ISO_XATTRS_ALL))
		return 0;
	ret[0] = code;
	memcpy(ret + 1, name + skip, strlen(name) - skip);
	return 1 + strlen(name) - skip;
}

static int
value_read(const struct iso_author *a, uint64_t id, const char *name, uint8_t **ret, size_t *ret_len, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	img_autofree uint8_t *p = NULL;
	int rc = img_tree_content(a->tree, id, name, &s, err);

	if (!rc)
		rc = img_array(s->size + 1, 1, MAX_VALUE + 1, "bytes of an attribute", &p, err);
	if (!rc && s->size)
		rc = img_source_read(s, 0, p, (size_t)s->size, err);
	if (rc)
		return rc;
	*ret_len = (size_t)s->size;
	*ret = img_steal(&p);
	return 0;
}

static void
lost(struct iso_author *a, uint32_t node, const char *name, const char *why)
{
	char path[256];

	img_problem(a->src.env, IMG_WARNING, "attribute-lost", "%s: the attribute %s is left out: %s",
		    making_path(a, node, path, sizeof path), name, why);
}

static int
add_acl(struct iso_author *a, uint32_t node, uint64_t id, const struct img_nodes *list, struct al *al, struct img_err *err)
{
	img_autobuf struct img_buf acl = img_buf_new(MAX_AL);
	int rc = 0;

	/* by byte order the access list comes first */
	for (size_t i = 0; !rc && i < list->n; i++) {
		const char *name = list->v[i].name;
		img_autofree uint8_t *p = NULL;
		size_t n = 0;

		if (strcmp(name, ACL_ACCESS) && strcmp(name, ACL_DEFAULT))
			continue;
		rc = value_read(a, id, name, &p, &n, err);
		if (!rc)
			rc = acl_add(&acl, p, n, !strcmp(name, ACL_DEFAULT), err);
		if (rc == IMG_E_UNSUPPORTED || rc == IMG_E_LIMIT) {
			lost(a, node, name, "its form is not known");
			return 0;
		}
	}
	if (rc || !acl.len)
		return rc;
	a->layout.n_attributes++;
	rc = component(al, NULL, 0, err);
	return rc ? rc : component(al, acl.p, acl.len, err);
}

static int
add_pair(struct iso_author *a, uint32_t node, uint64_t id, const char *name, struct al *al, struct img_err *err)
{
	img_autofree uint8_t *p = NULL;
	uint8_t stored[256];
	size_t n_name, n = 0;
	int rc;

	if (!strcmp(name, ACL_ACCESS) || !strcmp(name, ACL_DEFAULT))
		return 0;
	if (!strcmp(name, IMG_STREAM_RSRC)) {
		lost(a, node, name, "ISO 9660 has no resource forks");
		return 0;
	}
	n_name = name_stored(a, name, stored);
	if (!n_name)
		return 0;
	rc = value_read(a, id, name, &p, &n, err);
	if (rc && rc != IMG_E_LIMIT)
		return rc;
	if (rc || al->out.len + (n_name + n) * 255 / 247 + 16 > MAX_AL) {
		lost(a, node, name, "Linux would not read a file with that much in its record");
		return 0;
	}
	a->layout.n_attributes++;
	rc = component(al, stored, n_name, err);
	return rc ? rc : component(al, p, n, err);
}

static int
keep(struct iso_author *a, uint32_t node, const struct al *al, struct img_err *err)
{
	uint8_t *p = img_arena_alloc(a->arena, al->out.len);
	int rc = p ? table_room(&a->attrs, a->n_attrs, &a->room_attrs, sizeof *a->attrs, err) : img_fail_nomem(err);

	if (rc)
		return rc;
	memcpy(p, al->out.p, al->out.len);
	a->attrs[a->n_attrs++] = (struct attr_set) { (uint32_t)al->out.len, p };
	a->node[node].attrs = (uint32_t)a->n_attrs;
	return 0;
}

int
making_attrs(struct iso_author *a, uint32_t node, uint64_t id, struct img_err *err)
{
	struct al al = { .out = img_buf_new(2 * MAX_AL) };
	struct img_nodes list = { 0 };
	int rc = img_tree_streams(a->tree, id, &list, err);

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = add_pair(a, node, id, list.v[i].name, &al, err);
	if (!rc && list.n)
		rc = add_acl(a, node, id, &list, &al, err);
	if (!rc && al.out.len)
		rc = keep(a, node, &al, err);
	img_nodes_done(&list);
	img_buf_done(&al.out);
	return rc ? img_note(err, rc, "attributes") : 0;
}
