/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: small ones lie in their record, large ones in a stream.  The target of a symbolic link and the
 * resource fork are attributes as well. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/apfs/container.h"

int
apfs_add_stream(struct img_nodes *ret, const char *name, size_t n_name, uint64_t size, struct img_err *err)
{
	struct img_node *v;

	if (!ret->arena)
		ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	v = realloc(ret->v, (ret->n + 1) * sizeof *v);
	if (!v)
		return img_fail_nomem(err);
	ret->v = v;
	v[ret->n] = (struct img_node) { .name = img_arena_str(ret->arena, name, n_name), .size = size };
	if (!v[ret->n].name)
		return img_fail_nomem(err);
	ret->n++;
	return 0;
}

/* The attribute @name (NULL: the next one, whatever its name) of object @id from where @c stands on; IMG_E_UNKNOWN: none. */
static int
find(struct apfs_cursor *c, uint64_t id, const char *name, struct apfs_xattr *ret, struct img_err *err)
{
	while (!c->end && c->key.oid == id && c->key.type <= APFS_XATTR) {
		int rc = 0;

		if (c->key.type == APFS_XATTR) {
			struct apfs_xattr x;

			rc = apfs_xattr_parse(c->rec.k, c->rec.n_k, c->rec.v, c->rec.n_v, &x, err);
			if (!rc && (!name || !strcmp(x.name, name))) {
				*ret = x;
				return 0;
			}
		}
		if (!rc)
			rc = apfs_cursor_next(c, err);
		if (rc)
			return rc;
	}
	return img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", name ? name : "");
}

static int
open_found(const struct apfs_volume *v, const struct apfs_xattr *x, struct img_source **ret, struct img_err *err)
{
	if (x->bytes)
		return img_memory(v->c->below->env, x->bytes, (size_t)x->size, true, ret, err);
	return apfs_stream_open(v, x->stream_id, &x->stream, ret, err);
}

int
apfs_xattr_open(const struct apfs_volume *v, uint64_t id, const char *name, struct img_source **ret,
		struct img_err *err)
{
	struct apfs_key key = { .oid = id, .type = APFS_XATTR };
	struct apfs_xattr x = { 0 };
	struct apfs_cursor c;
	int rc = apfs_cursor_seek(&v->fs, &key, &c, err);

	if (rc)
		return rc;
	rc = find(&c, id, name, &x, err);
	if (!rc) {
		rc = open_found(v, &x, ret, err);
		if (rc)
			img_note(err, rc, "attribute \"%s\"", name);
	}
	apfs_cursor_done(&c);
	return rc;
}

int
apfs_xattr_head(const struct apfs_volume *v, struct apfs_cursor *c, const char *name, uint8_t *buf, size_t room,
		uint64_t *ret_size, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	struct apfs_xattr x = { 0 };
	int rc = c->end ? img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", name)
			: find(c, c->key.oid, name, &x, err);
	size_t n = x.size < room ? (size_t)x.size : room;

	if (rc)
		return rc;
	if (x.bytes) {
		memcpy(buf, x.bytes, n);
	} else {
		rc = apfs_stream_open(v, x.stream_id, &x.stream, &s, err);
		if (!rc)
			rc = img_source_read(s, 0, buf, n, err);
	}
	if (!rc)
		*ret_size = x.size;
	return rc;
}

int
apfs_xattr_list(const struct apfs_volume *v, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct apfs_key key = { .oid = id, .type = APFS_XATTR };
	struct apfs_cursor c;
	int rc = apfs_cursor_seek(&v->fs, &key, &c, err);

	if (rc)
		return rc;
	while (!rc) {
		struct apfs_xattr x;
		struct img_err why = { 0 };

		rc = find(&c, id, NULL, &x, &why);
		if (rc == IMG_E_UNKNOWN) {
			rc = 0;
			break;
		}
		if (rc && err)
			*err = why;
		if (!rc)
			rc = apfs_add_stream(ret, x.name, x.n_name, x.size, err);
		if (!rc)
			rc = apfs_cursor_next(&c, err);
	}
	apfs_cursor_done(&c);
	return rc;
}
