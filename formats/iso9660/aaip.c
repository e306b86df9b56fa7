/* SPDX-License-Identifier: BSD-2-Clause */
/* AAIP 2.0, libburnia's attributes: AL entries carry components {flags, length, bytes}, name and value in turn; flag 1
 * continues a component.  The first byte of a name may be a code for its namespace.  A pair without a name is the ACL,
 * which becomes what Linux stores under system.posix_acl_access and _default. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/susp.h"

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

struct attrs {
	struct img_nodes *nodes;	/* NULL: not wanted */
	const char *want;		/* NULL: no value wanted */
	struct img_buf *value;
	bool *found;
};

static int
give(struct attrs *a, const char *name, const struct img_buf *value, struct img_err *err)
{
	struct img_nodes *n = a->nodes;

	if (a->want && !strcmp(a->want, name)) {
		*a->found = true;
		a->value->len = 0;
		return value->len ? img_buf_add(a->value, value->p, value->len, err) : 0;
	}
	if (n) {
		struct img_node *v = realloc(n->v, (n->n + 1) * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		n->v = v;
		if (!n->arena)
			n->arena = img_arena_new();
		v[n->n] = (struct img_node) { .size = value->len };
		v[n->n].name = n->arena ? img_arena_str(n->arena, name, strlen(name)) : NULL;
		if (!v[n->n].name)
			return img_fail_nomem(err);
		n->n++;
	}
	return 0;
}

/* ---- ACLs ---- */

/* Linux: le32 version 2, then entries of le16 tag, le16 permissions, le32 id (-1 where the tag says it all). */
static int
acl_entry(struct img_buf *out, uint16_t tag, uint16_t perm, uint32_t id, struct img_err *err)
{
	uint8_t b[8];

	store_le16(b, tag);
	store_le16(b + 2, perm);
	store_le32(b + 4, id);
	return img_buf_add(out, b, sizeof b, err);
}

/* The tag of an entry's type; 0: none.  *ret_id says whether an id follows in any case. */
static uint16_t
acl_tag(unsigned int type, bool *ret_id)
{
	*ret_id = type == 10 || type == 12;
	switch (type) {
	case 1: return 0x01;	/* the owner */
	case 10: return 0x02;	/* a user */
	case 3: return 0x04;	/* the owning group */
	case 12: return 0x08;	/* a group */
	case 5: return 0x10;	/* the mask */
	case 6: return 0x20;	/* others */
	default: return 0;
	}
}

/* Length (bit 7: continues) and bytes, most significant first. */
static uint32_t
acl_qualifier(struct img_cursor *c)
{
	uint32_t id = 0;
	uint8_t head;

	do {
		head = cur_u8(c);
		for (unsigned int i = 0; i < (head & 0x7f) && cur_ok(c); i++)
			id = id << 8 | cur_u8(c);
	} while (head & 0x80 && cur_ok(c));
	return id;
}

static int
give_acl(struct attrs *a, const struct img_buf *value, struct img_err *err)
{
	static const uint8_t version[4] = { 2 };
	img_autobuf struct img_buf access = img_buf_new(1 << 20), other = img_buf_new(1 << 20);
	struct img_cursor c = cur_over(value->p, value->len);
	struct img_buf *to = &access;
	int rc = img_buf_add(&access, version, 4, err);

	if (!rc)
		rc = img_buf_add(&other, version, 4, err);
	while (!rc && cur_left(&c) && cur_ok(&c)) {
		uint8_t e = cur_u8(&c);
		bool has_id;
		uint16_t tag = acl_tag(e >> 4, &has_id);
		uint32_t id = e & 8 ? acl_qualifier(&c) : UINT32_MAX;

		if (e >> 4 == 8)
			to = &other;
		if (tag && cur_ok(&c))
			rc = acl_entry(to, tag, e & 7, has_id ? id : UINT32_MAX, err);
	}
	if (!rc && access.len > 4)
		rc = give(a, ACL_ACCESS, &access, err);
	if (!rc && other.len > 4)
		rc = give(a, ACL_DEFAULT, &other, err);
	return rc;
}

/* ---- pairs ---- */

/* A name as Linux has it, or NULL: what only libburnia needs ("isofs.") and names that are none. */
static const char *
full_name(const struct img_buf *name, char *buf, size_t room)
{
	static const char *const space[] = { "", "", "system.", "user.", "isofs.", "trusted.", "security." };
	size_t code = name->len ? name->p[0] : 0, skip = code >= 1 && code <= 6, n;

	if (!skip)
		code = 0;
	n = strlen(space[code]);
	if (code == 4 || name->len == skip || n + name->len - skip >= room || memchr(name->p, 0, name->len))
		return NULL;
	memcpy(buf, space[code], n);
	memcpy(buf + n, name->p + skip, name->len - skip);
	buf[n + name->len - skip] = '\0';
	return strncmp(buf, "isofs.", 6) ? buf : NULL;
}

static int
give_pair(struct attrs *a, const struct img_buf *name, const struct img_buf *value, struct img_err *err)
{
	char buf[512];
	const char *full;

	if (!name->len)
		return give_acl(a, value, err);
	full = full_name(name, buf, sizeof buf);
	return full ? give(a, full, value, err) : 0;
}

int
aaip_parse(const uint8_t *p, size_t n, struct img_nodes *ret, const char *want, struct img_buf *ret_value, bool *ret_found,
	   struct img_err *err)
{
	struct attrs a = { .nodes = ret, .want = want, .value = ret_value, .found = ret_found };
	img_autobuf struct img_buf name = img_buf_new(n + 1), value = img_buf_new(n + 1);
	struct img_cursor c = cur_over(p, n);
	bool in_value = false;
	int rc = 0;

	while (!rc && cur_left(&c) >= 2) {
		uint8_t flags = cur_u8(&c), len = cur_u8(&c);
		const uint8_t *bytes = cur_bytes(&c, len);

		if (!bytes)
			return img_fail(err, IMG_E_FORMAT, "an attribute is longer than its entry");
		rc = len ? img_buf_add(in_value ? &value : &name, bytes, len, err) : 0;
		if (rc || flags & 1)
			continue;
		if (in_value) {
			rc = give_pair(&a, &name, &value, err);
			name.len = value.len = 0;
		}
		in_value = !in_value;
	}
	return rc;
}
