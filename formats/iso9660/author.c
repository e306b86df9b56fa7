/* SPDX-License-Identifier: BSD-2-Clause */
/* The author of ISO 9660 images.
 *
 *   scan	the tree, once, into compact tables		making_scan.c, making_same.c, making_again.c
 *   names	what each view calls a file, in its order	making_names.c, making_joliet.c
 *   measure	how long the records of each folder are	making_records.c, making_rr.c, making_paths.c
 *   layout	where everything goes				making_layout.c
 *   finish	what names addresses: descriptors, booting	making_volume.c, making_boot.c
 *
 * From then on the image is a map: folders and path tables are made from the tables when they are read, files are the
 * tree's own sources, everything else is zeros or a few kept bytes. */
#include "config.h"

#include "formats/iso9660/author.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/iso9660/making.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"

#define MAX_LABEL 32		/* characters of an identifier; Joliet has half */

/* ---- the source ---- */

static const struct region *
region_at(const struct iso_author *a, uint64_t off)
{
	size_t lo = 0, hi = a->n_regions;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->region[mid].off <= off ? &lo : &hi) = mid;
	}
	return &a->region[lo];
}

/* The file whose blocks hold @off, in the files' region. */
static const struct mfile *
file_at(const struct iso_author *a, uint64_t off)
{
	size_t lo = 0, hi = a->n_by_block;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*((uint64_t)a->file[a->by_block[mid]].block * BLOCK <= off ? &lo : &hi) = mid;
	}
	return &a->file[a->by_block[lo]];
}

static void
map_file(const struct mfile *f, uint64_t off, struct img_extent *ret)
{
	uint64_t at = (uint64_t)f->block * BLOCK, end = at + f->size;

	if (off < end)
		*ret = (struct img_extent) {
			.off = at, .len = f->size, .kind = IMG_DATA, .from = f->content, .stored = f->size,
		};
	else
		*ret = (struct img_extent) { .off = end, .len = (BLOCK - end % BLOCK) % BLOCK, .kind = IMG_ZERO };
}

static int
author_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct iso_author *a = author_of(s);
	const struct region *r = region_at(a, off);

	*ret = (struct img_extent) { .off = r->off, .len = r->len, .kind = IMG_OPAQUE };
	switch (r->kind) {
	case REGION_ZERO:
		ret->kind = IMG_ZERO;
		break;
	case REGION_SOURCE:
		ret->kind = IMG_DATA;
		ret->from = a->extra[r->index].source;
		ret->stored = r->len;
		break;
	case REGION_FILES:
		map_file(file_at(a, off), off, ret);
		break;
	default:
		break;
	}
	return 0;
}

static int
author_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct iso_author *a = author_of(s);
	const struct region *r = region_at(a, off);

	switch (r->kind) {
	case REGION_FIXED:
		memcpy(buf, a->fixed[r->index].bytes + (off - r->off), len);
		return 0;
	case REGION_PATHS:
		return making_paths_read(a, &a->view[r->index], r->big, off - r->off, buf, len, err);
	case REGION_DIRS:
		return making_dirs_read(a, &a->view[r->index], off - r->off, buf, len, err);
	case REGION_UDF:
		making_udf_read(a, off - r->off, buf, len);
		return 0;
	default:
		memset(buf, 0, len);
		return 0;
	}
}

static void
author_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	const struct iso_author *a = author_of(s);
	const struct region *r = region_at(a, off);
	char path[256];

	if (r->kind == REGION_FILES)
		snprintf(buf, len, "%s", making_path(a, file_at(a, off)->node, path, sizeof path));
	else
		snprintf(buf, len, "offset %" PRIu64 " of the image", off);
}

/* What went in, under which names. */
static void
describe_files(const struct iso_layout *l, unsigned int level, struct img_rep *rep)
{
	const struct {
		bool there;
		const char *name;
	} trees[] = {
		{ true, "iso9660" }, { l->joliet, "joliet" }, { level == 4, "iso1999" }, { l->udf, "udf" },
		{ l->rock_ridge, "rock-ridge" },
	};
	struct img_rep *list, *renamed;

	img_rep_uint(rep, "files", l->n_files);
	img_rep_uint(rep, "directories", l->n_dirs - 1);
	img_rep_uint(rep, "links", l->n_links);
	list = img_rep_arr(rep, "trees");
	for (size_t i = 0; i < 5; i++)
		if (trees[i].there)
			img_rep_str(list, NULL, trees[i].name);
	renamed = img_rep_obj(rep, "renamed");
	for (size_t i = 0; i < 4; i++)
		if (trees[i].there)
			img_rep_uint(renamed, trees[i].name, l->n_renamed[i]);
	if (l->n_attributes)
		img_rep_uint(rep, "attributes", l->n_attributes);
	if (l->n_zisofs) {
		list = img_rep_obj(rep, "compressed");
		img_rep_uint(list, "files", l->n_zisofs);
		img_rep_uint(list, "size", l->zisofs_plain);
		img_rep_uint(list, "stored", l->zisofs_stored);
	}
}

static int
author_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct iso_author *a = author_of(s);

	describe_files(&a->layout, a->o.level, rep);
	return a->hybrid.describe ? a->hybrid.describe(a->hybrid.ctx, &a->layout, s, rep, err) : 0;
}

static void
author_destroy(struct img_source *s)
{
	struct iso_author *a = author_of(s);

	if (a->hybrid.destroy)
		a->hybrid.destroy(a->hybrid.ctx);
	for (size_t i = 0; i < a->n_files; i++)
		img_unref(a->file[i].content);
	for (size_t i = 0; i < a->n_extra; i++)
		img_unref(a->extra[i].source);
	for (size_t i = 0; i < a->n_fixed; i++)
		free(a->fixed[i].bytes);
	for (size_t i = 0; i < N_KINDS; i++) {
		free(a->shape[i].order);
		free(a->shape[i].paths);
		free(a->shape[i].marks);
		free(a->shape[i].renamed);
	}
	free(a->node);
	free(a->dir);
	free(a->file);
	free(a->attrs);
	free(a->kept);
	free(a->by_block);
	making_udf_free(a->udf);
	img_arena_free(a->arena);
	img_tree_unref(a->tree);
	free(a);
}

static const struct img_source_ops author_ops = {
	.map = author_map, .read = author_read, .where = author_where, .describe = author_describe,
	.destroy = author_destroy,
};

/* ---- options ---- */

void
iso_options_default(struct iso_options *ret)
{
	*ret = (struct iso_options) { .epoch = IMG_NO_TIME, .zisofs_level = -1 };
}

static const char *
keep(struct iso_author *a, const char *s, const char *otherwise)
{
	s = s ? s : otherwise;
	return s ? img_arena_str(a->arena, s, strlen(s)) : NULL;
}

static int
check_text(const char *what, const char *text, size_t max, struct img_err *err)
{
	if (text && strlen(text) > max)
		return img_fail(err, IMG_E_USAGE, "the %s \"%.60s\" has %zu bytes; at most %zu fit", what, text, strlen(text), max);
	return 0;
}

static int
check_texts(struct iso_author *a, struct img_err *err)
{
	struct iso_options *o = &a->o;
	uint8_t wide[MAX_LABEL];
	int rc = check_text("label", o->label, MAX_LABEL, err);

	if (!rc)
		rc = check_text("system id", o->system_id, 32, err);
	if (!rc)
		rc = check_text("volume set id", o->volume_set, 128, err);
	if (!rc)
		rc = check_text("publisher", o->publisher, 128, err);
	if (!rc)
		rc = check_text("preparer", o->preparer, 128, err);
	if (!rc)
		rc = check_text("application", o->application, 128, err);
	if (!rc && a->shape[KIND_JOLIET].wanted && !joliet_field(o->label, wide, sizeof wide))
		img_problem(a->src.env, IMG_NOTE, "joliet-label", "Joliet shows only 16 characters of the label \"%s\"", o->label);
	return rc;
}

static int
copy_strings(struct iso_author *a, struct img_err *err)
{
	struct iso_options *o = &a->o;
	struct iso_boot *boot = NULL;
	struct iso_append *append = NULL;

	o->label = keep(a, o->label, "ISOIMAGE");
	o->system_id = keep(a, o->system_id, "LINUX");
	o->preparer = keep(a, o->preparer, "IMGCONV");
	o->volume_set = keep(a, o->volume_set, "");
	o->publisher = keep(a, o->publisher, "");
	o->application = keep(a, o->application, "");
	o->copyright = keep(a, o->copyright, NULL);
	o->abstract = keep(a, o->abstract, NULL);
	o->bibliographic = keep(a, o->bibliographic, NULL);
	o->catalog = keep(a, o->catalog, NULL);
	if (o->n_boot) {
		boot = img_arena_alloc(a->arena, o->n_boot * sizeof *boot);
		if (!boot)
			return img_fail_nomem(err);
		memcpy(boot, o->boot, o->n_boot * sizeof *boot);
		o->boot = boot;
	}
	if (o->n_append) {
		append = img_arena_alloc(a->arena, o->n_append * sizeof *append);
		if (!append)
			return img_fail_nomem(err);
		memcpy(append, o->append, o->n_append * sizeof *append);
		o->append = append;
	}
	return o->label && o->system_id && o->preparer ? 0 : img_fail_nomem(err);
}

static bool
wants_zisofs(const struct iso_author *a)
{
	return a->o.zisofs || a->o.zisofs_marked;
}

static int
settle_options(struct iso_author *a, struct img_err *err)
{
	struct iso_options *o = &a->o;
	int rc = copy_strings(a, err);

	if (rc)
		return rc;
	if (!o->level)
		o->level = 3;
	if (!o->joliet_units)
		o->joliet_units = MAX_JOLIET_UNITS;
	if (o->level > 4)
		return img_fail(err, IMG_E_USAGE, "there is no ISO 9660 level %u; 1 to 4 are", o->level);
	if (o->owner != IMG_OWNER_SET)
		o->uid = o->gid = 0;
	if (o->n_boot > ISO_MAX_BOOT || o->n_append > ISO_MAX_APPEND)
		return img_fail(err, IMG_E_LIMIT, "more than %d boot entries or %d appended partitions", ISO_MAX_BOOT,
				ISO_MAX_APPEND);
	if (o->catalog && !o->n_boot)
		return img_fail(err, IMG_E_USAGE, "a boot catalog was named, but nothing to boot");
	if (o->partition_offset && o->partition_offset != ISO_VD_BLOCK)
		return img_fail(err, IMG_E_USAGE, "a partition offset of %" PRIu32 " blocks; 16 is the one that works",
				o->partition_offset);
	if (wants_zisofs(a) && o->rock_ridge == ISO_NO)
		return img_fail(err, IMG_E_USAGE, "zisofs needs Rock Ridge, which says that a file is compressed");
	if (o->xattrs && o->rock_ridge == ISO_NO)
		return img_fail(err, IMG_E_USAGE, "extended attributes need Rock Ridge");
	if (!o->zisofs_bits)
		o->zisofs_bits = 15;
	a->layout.rock_ridge = o->rock_ridge != ISO_NO;
	a->layout.joliet = o->joliet != ISO_NO && (!wants_zisofs(a) || o->joliet == ISO_YES);
	a->shape[KIND_PRIMARY].wanted = true;
	a->shape[KIND_JOLIET].wanted = a->layout.joliet;
	a->shape[KIND_ENHANCED].wanted = o->level == 4;
	return check_texts(a, err);
}

/* ---- what the tree asks too much ---- */

static int
check_files(struct iso_author *a, struct img_err *err)
{
	char path[256];
	size_t lost = 0;

	for (size_t i = 0; i < a->n_files; i++)
		if (a->file[i].size > UINT32_MAX && a->o.level < 3)
			return img_fail(err, IMG_E_USAGE, "%s: %" PRIu64 " bytes; ISO 9660 level %u ends at 4 GiB, level 3 does not",
					making_path(a, a->file[i].node, path, sizeof path), a->file[i].size, a->o.level);
	for (size_t i = 0; i < a->n_nodes; i++) {
		uint8_t t = a->node[i].type;

		a->layout.n_links += t == IMG_NODE_LINK;
		lost += t != IMG_NODE_FILE && t != IMG_NODE_DIR && !a->layout.rock_ridge;
	}
	if (lost)
		img_problem(a->src.env, IMG_WARNING, "no-rock-ridge",
			    "%zu link%s and devices are left out: only Rock Ridge can hold them", lost, lost == 1 ? "" : "s");
	a->layout.n_files = a->n_files;
	a->layout.n_dirs = a->n_dirs;
	return 0;
}

static int
check_depth(struct iso_author *a)
{
	uint32_t deepest = 0;

	for (size_t i = 0; i < a->n_dirs; i++)
		if (a->dir[i].depth > deepest)
			deepest = a->dir[i].depth;
	if (deepest > 8 && a->o.level < 4)
		img_problem(a->src.env, IMG_NOTE, "iso-depth",
			    "folders are %" PRIu32 " deep; they stay where they are, though ISO 9660 allows 8", deepest);
	return 0;
}

/* Give a weight to every file that fits: below @prefix, or by a pattern for whole paths.  How many did? */
static size_t
weigh(struct iso_author *a, const char *want, bool pattern, int32_t weight)
{
	size_t len = strlen(want), fits = 0;

	for (size_t k = 0; k < a->n_files; k++) {
		char buf[4096];
		const char *path = making_path(a, a->file[k].node, buf, sizeof buf);

		if (pattern ? fnmatch(want, path, FNM_PATHNAME | FNM_LEADING_DIR) != 0 :
		    strncmp(path, want, len) != 0 || (len && path[len] && path[len] != '/'))
			continue;
		a->file[k].weight = weight;
		fits++;
	}
	return fits;
}

/* Later ones win.  A list of weights is often older than the tree: what it names in vain is told, no reason to fail. */
static void
apply_weights(struct iso_author *a)
{
	for (size_t i = 0; i < a->o.n_weights; i++) {
		const struct iso_weight *w = &a->o.weights[i];
		const struct mnode *n = making_find(a, w->path);
		const char *want = w->path + strspn(w->path, "/");

		if (n && n->type == IMG_NODE_FILE)
			a->file[n->u.file].weight = w->weight;
		else if (!weigh(a, want, !n, w->weight) && !n)
			img_problem(a->src.env, IMG_WARNING, "weight-unused", "%s: has a weight, but is not in the source", w->path);
	}
}

/* What is in a folder that does not show is not met either. */
static void
apply_hides(struct iso_author *a)
{
	char buf[4096];

	for (size_t i = 0; i < a->o.n_hides; i++) {
		const struct iso_hide *h = &a->o.hides[i];
		bool whole = strchr(h->glob, '/') != NULL;
		const char *glob = h->glob + (whole ? strspn(h->glob, "/") : 0);
		size_t fits = 0;

		for (uint32_t k = 1; k < a->n_nodes; k++) {
			const char *text = whole ? making_path(a, k, buf, sizeof buf) : a->node[k].name;

			if (fnmatch(glob, text, whole ? FNM_PATHNAME : 0))
				continue;
			a->node[k].hidden |= h->in;
			fits++;
		}
		if (!fits)
			img_problem(a->src.env, IMG_WARNING, "hide-unused", "%s: is to be hidden, but is not in the source", h->glob);
	}
	for (uint32_t i = 1; i < a->n_dirs; i++)
		if (a->node[a->dir[i].node].hidden & ISO_HIDE_ISO)
			a->dir[a->dir[i].parent].n_hidden_subdirs++;
}

/* Only Rock Ridge can say that a file is compressed.  Trees that would show the compressed bytes are there only when
 * they were asked for by name. */
static void
tell_zisofs(struct iso_author *a)
{
	const char *views = a->o.joliet == ISO_YES ? (a->o.udf == ISO_YES ? "Joliet and UDF show" : "Joliet shows") :
			    a->o.udf == ISO_YES ? "UDF shows" : NULL;

	if (a->layout.n_zisofs && views)
		img_problem(a->src.env, IMG_WARNING, "zisofs-view", "%s the %" PRIu64 " compressed file%s as they lie: compressed",
			    views, a->layout.n_zisofs, a->layout.n_zisofs == 1 ? "" : "s");
	if (!a->layout.joliet && a->o.joliet == ISO_AUTO)
		img_problem(a->src.env, IMG_NOTE, "zisofs-view", "there is no Joliet: it would show compressed files as they lie");
}

/* UDF by request, or because a file is too large for many readers of ISO 9660. */
static bool
wants_udf(const struct iso_author *a)
{
	if (wants_zisofs(a) && a->o.udf == ISO_AUTO)
		return false;
	for (size_t i = 0; a->o.udf == ISO_AUTO && i < a->n_files; i++)
		if (a->file[i].size > UINT32_MAX)
			return true;
	return a->o.udf == ISO_YES;
}

/* ---- all of it ---- */

static int
make(struct iso_author *a, struct img_err *err)
{
	int rc = settle_options(a, err);

	if (!rc)
		rc = making_scan(a, err);
	if (!rc)
		rc = check_depth(a);
	if (!rc) {
		apply_weights(a);
		apply_hides(a);
	}
	if (!rc)
		rc = making_boot_check(a, err);
	if (!rc)
		rc = making_append_check(a, err);
	if (!rc && a->o.again)
		rc = making_again(a, err);
	if (!rc && a->o.dedupe)
		rc = making_dedupe(a, err);
	if (!rc && wants_zisofs(a))
		rc = making_zisofs(a, err);
	if (!rc && wants_zisofs(a))
		tell_zisofs(a);
	if (!rc)
		rc = check_files(a, err);
	for (unsigned int k = 0; !rc && k < N_KINDS; k++) {
		if (!a->shape[k].wanted)
			continue;
		rc = making_names(a, (enum kind)k, err);
		if (!rc)
			rc = making_measure(a, (enum kind)k, err);
		if (!rc)
			rc = making_paths(a, (enum kind)k, err);
	}
	a->layout.udf = wants_udf(a);
	if (!rc && a->layout.udf)
		rc = making_udf_measure(a, err);
	a->layout.date = a->o.has_date ? a->o.date : a->newest;
	return rc ? rc : making_layout(a, err);
}

int
iso_author(struct img_tree *tree, const struct iso_options *o, struct img_source **ret, struct img_err *err)
{
	struct iso_author *a = calloc(1, sizeof *a);
	int rc;

	if (!a)
		return img_fail_nomem(err);
	img_source_init(&a->src, &author_ops, tree->env, "iso9660", 0, BLOCK);
	a->tree = img_tree_ref(tree);
	a->o = *o;
	a->layout.author = a;
	a->arena = img_arena_new();
	rc = a->arena ? make(a, err) : img_fail_nomem(err);
	if (rc) {
		author_destroy(&a->src);
		return rc;
	}
	if (a->o.hybrid)
		a->hybrid = *a->o.hybrid;
	*ret = &a->src;
	return 0;
}

const struct iso_layout *
iso_layout_of(struct img_source *s)
{
	return &author_of(s)->layout;
}

int
iso_layout_find(const struct iso_layout *l, const char *path, uint64_t *ret_off, uint64_t *ret_len, struct img_err *err)
{
	const struct mnode *n = making_find(l->author, path);

	if (!n || n->type != IMG_NODE_FILE)
		return img_fail(err, IMG_E_UNKNOWN, "there is no file \"%s\"", path);
	*ret_off = (uint64_t)l->author->file[n->u.file].block * BLOCK;
	*ret_len = l->author->file[n->u.file].size;
	return 0;
}

int
iso_layout_feed(const struct iso_layout *l, const struct img_digest *d, void *state, struct img_err *err)
{
	const struct iso_author *a = l->author;
	uint8_t b[24];

	for (size_t i = 0; i < a->n_nodes; i++) {
		const struct mnode *n = &a->node[i];

		store_le64(b, (uint64_t)n->mtime);
		store_le32(b + 8, n->parent);
		store_le16(b + 12, n->mode);
		store_le16(b + 14, n->type);
		d->update(state, b, 16);
		d->update(state, n->name, strlen(n->name) + 1);
	}
	for (size_t i = 0; i < a->n_files; i++) {
		store_le64(b, a->file[i].size);
		store_le64(b + 8, a->file[i].block);
		d->update(state, b, 16);
	}
	return 0;
}
