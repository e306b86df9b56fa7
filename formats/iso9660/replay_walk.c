/* SPDX-License-Identifier: BSD-2-Clause */
/* One walk over the files of an image that is to be written again: where do the boot images lie among them, and what does
 * the tree have that the author does not write? */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/census.h"
#include "formats/iso9660/replay_private.h"
#include "img/source.h"

struct walk {
	struct iso_replay *r;
	bool is_iso;			/* nodes are records of ISO 9660 */
	bool long_ids;			/* an identifier is longer than 8.3 */
	bool cut_ids;			/* a name longer than that has one that is not */
	uint64_t n_files, n_hidden, n_attributes, n_forks, n_special;
};

static int
meet(struct replay_spot *spot, uint64_t off, uint64_t size, const char *path, struct img_err *err)
{
	if (off > spot->off && off < spot->next)
		spot->next = off;
	if (off != spot->off)
		return 0;
	spot->size = size;
	if (spot->n_names == REPLAY_NAMES)
		return 0;
	spot->name[spot->n_names] = strdup(path);
	if (!spot->name[spot->n_names])
		return img_fail_nomem(err);
	spot->n_names++;
	return 0;
}

/* An identifier of at most 8.3 characters? */
static bool
is_short(const uint8_t *id, size_t n)
{
	const uint8_t *semicolon = memchr(id, ';', n), *dot;
	size_t base;

	n = semicolon ? (size_t)(semicolon - id) : n;
	dot = memchr(id, '.', n);
	base = dot ? (size_t)(dot - id) : n;
	return base <= 8 && n - base <= 4;
}

/* What the record says beyond the node. */
static int
look_at_record(struct walk *w, const struct img_node *n, struct img_err *err)
{
	const struct iso *iso = w->r->iso;
	struct iso_record rec;
	uint8_t buf[256];
	int rc;

	if (!w->is_iso || n->type == IMG_NODE_DIR)
		return 0;
	w->n_forks += iso_file_back(n->id) != 0;
	rc = iso_record_at(iso, iso_file_off(n->id), buf, &rec, err);
	if (rc)
		return rc;
	w->n_hidden += (rec.flags & ISO_HIDDEN) != 0;
	w->n_attributes += rec.xar != 0;
	if (iso->view == ISO_JOLIET || iso->view == ISO_ENHANCED)
		w->cut_ids |= !is_short((const uint8_t *)n->name, strlen(n->name));	/* see look_at_plain */
	else if (!is_short(rec.name, rec.n_name))
		w->long_ids = true;
	else if (!is_short((const uint8_t *)n->name, strlen(n->name)))
		w->cut_ids = true;
	return 0;
}

static int
look_at_file(struct walk *w, const struct img_node *n, const char *path, struct img_err *err)
{
	struct iso_replay *r = w->r;
	struct img_source *s, *stored;
	uint64_t off, size;
	uint8_t bits;
	bool begins = false, whole;
	int rc;

	if (n->type != IMG_NODE_FILE || !n->size)
		return 0;
	rc = img_tree_content(r->tree, n->id, NULL, &s, err);
	if (rc)
		return rc;
	stored = s;
	iso_zisofs_look(s, &stored, &bits);
	size = stored->size;
	off = iso_place_of(stored, r->volume, &whole);
	img_unref(s);
	if (off == UINT64_MAX)
		return 0;
	for (size_t i = 0; i < r->n_parts; i++)
		begins |= r->part[i].spot.off == off;
	if (!begins && off + size > r->data_end)
		r->data_end = off + size;
	for (size_t i = 0; !rc && i < r->catalog.n; i++)
		rc = meet(&r->boot[i], off, size, path, err);
	for (size_t i = 0; !rc && i < r->n_parts; i++)
		rc = meet(&r->part[i].spot, off, size, path, err);
	return rc || !r->iso->set.has_catalog ? rc : meet(&r->catalog_spot, off, size, path, err);
}

static int
tell_lost(struct walk *w, struct img_err *err)
{
	int rc = 0;

	if (w->n_forks)
		rc = replay_lost(w->r, err, "%" PRIu64 " files have resource forks, which this build does not write", w->n_forks);
	if (!rc && w->n_attributes)
		rc = replay_lost(w->r, err, "%" PRIu64 " files have extended attribute records (ECMA-119 9.5), which this build "
				 "does not write", w->n_attributes);
	if (!rc && w->n_special)
		rc = replay_lost(w->r, err, "%" PRIu64 " FIFOs and sockets have no place in an image that this build writes",
				 w->n_special);
	if (w->n_hidden)
		img_problem(w->r->volume->env, IMG_NOTE, "edit-hidden", "%" PRIu64 " files are marked as hidden; they no longer are",
			    w->n_hidden);
	return rc;
}

/* Do all views show the same files?  What only another view shows would be lost. */
static int
compare_view(struct iso_replay *r, enum iso_view view, const struct census *base, struct img_err *err)
{
	struct iso *other;
	struct census c;
	size_t lost, more;
	int rc;

	if (!r->iso->has[view] || view == r->iso->view)
		return 0;
	rc = iso_open_view(r->iso, view, &other, err);
	if (rc)
		return rc;
	rc = census_take(other, &c, err);
	iso_free(other);
	if (rc)
		return rc;
	census_compare(&c, base, &lost, &more);
	if (lost)
		rc = replay_lost(r, err, "%zu files are only in the \"%s\" tree; all trees would get those of \"%s\"", lost,
				 iso_view_words[view], iso_view_words[r->iso->view]);
	else if (more)
		img_problem(r->volume->env, IMG_NOTE, "edit-views", "%zu files are not in the \"%s\" tree; now they are", more,
			    iso_view_words[view]);
	census_done(&c);
	return rc;
}

static int
compare_views(struct iso_replay *r, struct img_err *err)
{
	struct census base;
	int rc;

	if (!r->iso->has[ISO_JOLIET] && !r->iso->has[ISO_ENHANCED])
		return 0;
	rc = census_take(r->iso, &base, err);
	if (rc)
		return rc;
	rc = compare_view(r, ISO_JOLIET, &base, err);
	if (!rc)
		rc = compare_view(r, ISO_ENHANCED, &base, err);
	census_done(&base);
	return rc;
}

/* Joliet shows the files: are the names of the plain tree all short? */
static int
look_at_plain(struct walk *w, struct img_err *err)
{
	const struct img_node *n = NULL;
	struct img_walk *walk;
	struct iso *plain;
	const char *path;
	int rc = iso_open_view(w->r->iso, ISO_PLAIN, &plain, err);

	if (rc)
		return rc;
	rc = img_walk_new(&plain->tree, &walk, err);
	while (!rc && !w->long_ids && !(rc = img_walk_next(walk, &n, &path, err)) && n)
		w->long_ids = n->type != IMG_NODE_DIR && !is_short((const uint8_t *)n->name, strlen(n->name));
	img_walk_free(walk);
	img_tree_unref(&plain->tree);
	return rc;
}

/* Files that are partitions too: among the others, or behind the padding. */
static void
end_of_data(struct iso_replay *r)
{
	uint64_t end = r->data_end;

	for (size_t i = 0; i < r->n_parts; i++) {
		const struct replay_spot *s = &r->part[i].spot;

		if (s->n_names && s->off < r->data_end + REPLAY_PAD && s->off + s->size > end)
			end = s->off + s->size;
	}
	r->data_end = end;
}

/* Has UDF files that ISO 9660 does not show?  Extents tell trees of one kind apart; here their number must do. */
static int
compare_udf(struct iso_replay *r, uint64_t n_files, struct img_err *err)
{
	const struct img_tree_open o = { .volume = r->volume, .view = "udf" };
	const struct img_node *n = NULL;
	img_autotree struct img_tree *t = NULL;
	struct img_walk *walk;
	const char *path;
	uint64_t n_udf = 0;
	int rc = img_volume_tree(&o, &t, err);

	if (!rc)
		rc = img_walk_new(t, &walk, err);
	if (rc)
		return img_note(err, rc, "UDF");
	while (!rc && !(rc = img_walk_next(walk, &n, &path, err)) && n)
		n_udf += n->type == IMG_NODE_FILE;
	img_walk_free(walk);
	if (!rc && n_udf > n_files)
		rc = replay_lost(r, err, "UDF has %" PRIu64 " files, ISO 9660 %" PRIu64 "; all trees would get those of ISO 9660", n_udf,
				 n_files);
	return rc;
}

int
replay_walk(struct iso_replay *r, struct img_err *err)
{
	struct walk w = { .r = r, .is_iso = !r->own };
	const struct img_node *n = NULL;
	struct img_walk *walk;
	const char *path;
	int rc = img_walk_new(r->tree, &walk, err);

	while (!rc && !(rc = img_walk_next(walk, &n, &path, err)) && n) {
		w.n_files += n->type == IMG_NODE_FILE;
		w.n_special += n->type == IMG_NODE_FIFO || n->type == IMG_NODE_SOCKET;
		rc = look_at_record(&w, n, err);
		if (!rc)
			rc = look_at_file(&w, n, path, err);
		if (rc)
			rc = img_note(err, rc, "/%s", path);
	}
	img_walk_free(walk);
	if (rc)
		return rc;
	if (w.is_iso && r->iso->view == ISO_JOLIET && w.cut_ids && r->iso->has[ISO_PLAIN])
		rc = look_at_plain(&w, err);
	if (rc)
		return rc;
	end_of_data(r);
	r->level = r->iso->set.has_enhanced ? 4 : w.cut_ids && !w.long_ids ? 1 : 3;
	rc = tell_lost(&w, err);
	if (!rc && r->udf && !r->own)
		rc = compare_udf(r, w.n_files, err);
	return rc || r->own ? rc : compare_views(r, err);
}
