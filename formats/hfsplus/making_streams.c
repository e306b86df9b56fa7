/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node has beside its data: Finder information goes into its record, the resource fork becomes one, all else is an
 * extended attribute.  A tree of the host or an archive calls foreign attributes "user.NAME"; those of the host itself
 * (security., system., trusted.) mean nothing elsewhere and stay behind. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"
#include "img/env.h"

#define FINDER_INFO "com.apple.FinderInfo"

struct adding {
	struct hfs_author *a;
	uint32_t node;
	uint64_t id;			/* in the tree */
	bool has_finder, has_rsrc;
	size_t first;			/* of its attributes */
};

static void __attribute__((format(printf, 3, 4)))
tell(struct adding *x, const char *code, const char *fmt, ...)
{
	char buf[512], text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	img_problem(x->a->src.env, IMG_WARNING, code, "%s: %s", hfs_making_path(x->a, x->node, buf, sizeof buf), text);
}

/* Type and creator that mean something to the file system itself. */
static bool
is_claim(const uint8_t *finder)
{
	return !memcmp(finder, "hlnkhfs+", 8) || !memcmp(finder, "slnkrhap", 8) || !memcmp(finder, "jrnlhfs+", 8);
}

static int
add_finder(struct adding *x, const uint8_t *info, struct img_err *err)
{
	static const uint8_t none[32];
	struct mextra *e;
	int rc;

	if (x->has_finder || !memcmp(info, none, sizeof none))
		return 0;
	x->has_finder = true;
	rc = hfs_extra_of(x->a, x->node, &e, err);
	if (rc)
		return rc;
	memcpy(e->finder, info, sizeof e->finder);
	if (x->a->node[x->node].type == IMG_NODE_FILE && is_claim(info)) {
		tell(x, "hfs-finder-info", "its type \"%.4s\" says that it is something else; it is left out", (const char *)info);
		memset(e->finder, 0, 8);
	}
	return 0;
}

static int
add_rsrc(struct adding *x, struct img_source *from, struct img_err *err)
{
	struct mextra *e;
	uint32_t fork;
	int rc;

	if (x->has_rsrc || !from->size)
		return 0;
	if (x->a->node[x->node].type != IMG_NODE_FILE) {
		tell(x, "hfs-resource-fork", "only files have a resource fork; it is left out");
		return 0;
	}
	x->has_rsrc = true;
	rc = hfs_fork_add(x->a, x->node, from, from->size, &fork, err);
	if (!rc)
		rc = hfs_extra_of(x->a, x->node, &e, err);
	if (!rc)
		e->rsrc = fork;
	return rc;
}

/* Has the node an attribute of this name already? */
static bool
has_attr(const struct adding *x, const uint16_t *name, size_t n)
{
	for (size_t i = x->first; i < x->a->n_attrs; i++)
		if (!hfs_compare_binary(x->a->attr[i].name, x->a->attr[i].n, name, n))
			return true;
	return false;
}

/* @stream: the tree's name for it, or NULL where it is all of @from. */
static int
add_attr(struct adding *x, const char *name, const char *stream, struct img_source *from, uint64_t size,
	 struct img_err *err)
{
	struct hfs_author *a = x->a;
	uint16_t units[HFS_ATTR_UNITS], *kept;
	size_t n = hfs_attr_name_units(name, units, HFS_ATTR_UNITS);
	struct mattr *t;
	int rc;

	if (!n) {
		tell(x, "hfs-attribute", "the attribute \"%.60s…\" has a name that HFS+ cannot hold; it is left out", name);
		return 0;
	}
	if (has_attr(x, units, n))
		return 0;
	rc = hfs_table_room(&a->attr, a->n_attrs, &a->room_attrs, sizeof *a->attr, err);
	if (rc)
		return rc;
	kept = img_arena_alloc(a->arena, n * sizeof *kept);
	if (!kept)
		return img_fail_nomem(err);
	memcpy(kept, units, n * sizeof *kept);
	t = &a->attr[a->n_attrs];
	*t = (struct mattr) { .node = x->node, .n = (uint16_t)n, .name = kept, .id = x->id, .size = size, .fork = HFS_NONE };
	if (stream && !(t->stream = img_arena_str(a->arena, stream, strlen(stream))))
		return img_fail_nomem(err);
	t->from = from ? img_ref(from) : NULL;
	a->n_attrs++;
	a->node[x->node].flags |= M_HAS_ATTRS;
	if (!strcmp(name, "com.apple.system.Security"))
		a->node[x->node].flags |= M_HAS_SECURITY;
	return 0;
}

/* ---- what the tree has ---- */

/* What macOS calls the attribute; NULL: it stays behind. */
static const char *
name_there(const struct hfs_author *a, const char *name)
{
	if (a->plain_names)
		return name;
	if (!strncmp(name, "user.", 5) && name[5])
		return name + 5;
	return !strncmp(name, "security.", 9) || !strncmp(name, "system.", 7) || !strncmp(name, "trusted.", 8) ? NULL : name;
}

static int
add_stream(struct adding *x, const struct img_node *s, struct img_err *err)
{
	const char *name = name_there(x->a, s->name);
	img_autounref struct img_source *from = NULL;
	uint8_t info[32] = { 0 };
	int rc;

	if (!name)
		return 0;
	if (strcmp(name, FINDER_INFO) && strcmp(name, IMG_STREAM_RSRC)) {
		if (s->size <= HFS_ATTR_INLINE_MAX)
			return add_attr(x, name, s->name, NULL, s->size, err);
		rc = img_tree_content(x->a->tree, x->id, s->name, &from, err);
		return rc ? rc : add_attr(x, name, NULL, from, from->size, err);
	}
	rc = img_tree_content(x->a->tree, x->id, s->name, &from, err);
	if (!rc && !strcmp(name, IMG_STREAM_RSRC))
		return add_rsrc(x, from, err);
	if (!rc && from->size != sizeof info) {
		tell(x, "hfs-finder-info", "its Finder information is not 32 bytes long; it is left out");
		return 0;
	}
	if (!rc)
		rc = img_source_read(from, 0, info, sizeof info, err);
	return rc ? rc : add_finder(x, info, err);
}

/* ---- what its AppleDouble file has ---- */

static int
add_double(struct adding *x, struct img_source *s, struct img_err *err)
{
	struct mdouble d;
	int rc = hfs_double_parse(s, &d, err);

	if (rc)
		return rc;
	if (d.has_finder)
		rc = add_finder(x, d.finder, err);
	if (!rc && d.rsrc_len) {
		img_autounref struct img_source *fork = NULL;

		rc = img_slice(s, d.rsrc_off, d.rsrc_len, &fork, err);
		if (!rc)
			rc = add_rsrc(x, fork, err);
	}
	for (size_t i = 0; !rc && i < d.n; i++) {
		img_autounref struct img_source *value = NULL;

		rc = img_slice(s, d.v[i].off, d.v[i].len, &value, err);
		if (!rc)
			rc = add_attr(x, d.v[i].name, NULL, value, value->size, err);
	}
	hfs_double_done(&d);
	return rc;
}

int
hfs_making_streams(struct hfs_author *a, uint32_t node, uint64_t id, struct img_source *sidecar, struct img_err *err)
{
	struct adding x = { .a = a, .node = node, .id = id, .first = a->n_attrs };
	struct img_nodes list = { 0 };
	int rc = img_tree_streams(a->tree, id, &list, err);

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = add_stream(&x, &list.v[i], err);
	img_nodes_done(&list);
	if (!rc && sidecar)
		rc = add_double(&x, sidecar, err);
	return rc;
}
