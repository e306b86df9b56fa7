/* SPDX-License-Identifier: BSD-2-Clause */
/* Split images: "App.dmg", "App.002.dmgpart", …, each with a trailer of its own.
 *
 * Any of them may be the file that was opened.  The others are looked for in its folder among all files with a suffix of
 * disk images, those with the same stem first, and known by the segment ID that all trailers share: names are only where
 * to look.  Joined in the order of their numbers the data forks make one, which all runs count in; a run may cross from
 * one file into the next. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/udif/reader.h"
#include "img/env.h"
#include "img/format.h"
#include "img/tree.h"

#define MAX_SEGMENTS 9999	/* numbers in names have three digits; folders are not searched for more */

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && strcasecmp(name + n - k, suffix) == 0;
}

/* Length of the name without ".dmg" or ".NNN.dmgpart". */
static size_t
stem_len(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);

	if (has_suffix(name, ".dmgpart"))
		while (n && (name[n - 1] == '.' || (name[n - 1] >= '0' && name[n - 1] <= '9')))
			n--;
	return n;
}

static bool
same_stem(const char *a, const char *b)
{
	size_t n = stem_len(a);

	return n == stem_len(b) && memcmp(a, b, n) == 0;
}

/* Is @file a segment we lack?  Then keep it. */
static int
offer(struct udif *u, const struct koly *own, struct img_source *file, const struct udif_trailer *t, struct img_err *err)
{
	const struct koly *k = &t->koly;
	struct udif_segment *seg;

	if (memcmp(k->segment_id, own->segment_id, sizeof k->segment_id) != 0 || k->n_segments != own->n_segments)
		return 0;
	if (!k->segment || k->segment > u->n_segments)
		return img_fail(err, IMG_E_FORMAT, "a trailer says segment %" PRIu32 " of %zu", k->segment, u->n_segments);
	seg = &u->segments[k->segment - 1];
	if (!seg->file)
		*seg = (struct udif_segment) { img_ref(file), *t };
	return 0;
}

static size_t
first_missing(const struct udif *u)
{
	for (size_t i = 0; i < u->n_segments; i++)
		if (!u->segments[i].file)
			return i;
	return u->n_segments;
}

/* Look into one file of the folder.  Files that cannot be read or are no segments are passed over. */
static int
try_file(struct udif *u, const struct koly *own, const struct img_open *o, const struct img_node *node,
	 struct img_err *err)
{
	img_autounref struct img_source *file = NULL;
	struct udif_trailer t;

	if (node->size < KOLY_SIZE || img_tree_content(o->folder, node->id, NULL, &file, NULL) ||
	    udif_trailer_find(file, &t, NULL))
		return 0;
	return offer(u, own, file, &t, err);
}

static bool
is_candidate(const struct img_open *o, const struct img_node *node, bool akin)
{
	const char *name = node->name;

	if (node->type != IMG_NODE_FILE || (o->name && strcmp(name, o->name) == 0))
		return false;
	if (!has_suffix(name, ".dmgpart") && !has_suffix(name, ".dmg") && !has_suffix(name, ".smi"))
		return false;
	return (o->name && same_stem(name, o->name)) == akin;
}

static int
search_folder(struct udif *u, const struct koly *own, const struct img_open *o, struct img_err *err)
{
	struct img_nodes nodes;
	int rc = img_tree_list(o->folder, IMG_TREE_ROOT, &nodes, err);

	if (rc)
		return img_note(err, rc, "the other segments");
	for (int pass = 0; !rc && pass < 2; pass++)
		for (size_t i = 0; !rc && i < nodes.n && first_missing(u) < u->n_segments; i++)
			if (is_candidate(o, &nodes.v[i], pass == 0))
				rc = try_file(u, own, o, &nodes.v[i], err);
	img_nodes_done(&nodes);
	return rc;
}

static int
fail_missing(const struct udif *u, const struct img_open *o, uint32_t own, struct img_err *err)
{
	size_t i = first_missing(u);
	int stem = o->name ? (int)(stem_len(o->name) < 200 ? stem_len(o->name) : 200) : 0;

	if (!o->folder)
		return img_fail(err, IMG_E_FORMAT, "this is segment %" PRIu32 " of %zu, and segment %zu cannot be looked for "
				"without a folder", own, u->n_segments, i + 1);
	if (i == 0)
		return img_fail(err, IMG_E_FORMAT, "segment 1 of %zu is missing (\"%.*s.dmg\" as a rule)", u->n_segments, stem,
				stem ? o->name : "");
	return img_fail(err, IMG_E_FORMAT, "segment %zu of %zu is missing (\"%.*s.%03zu.dmgpart\" as a rule)", i + 1,
			u->n_segments, stem, stem ? o->name : "", i + 1);
}

/* The data forks one after another. */
static int
join(struct udif *u, struct img_err *err)
{
	img_autofree struct img_piece *pieces = calloc(u->n_segments, sizeof *pieces);
	uint64_t running = 0;

	if (!pieces)
		return img_fail_nomem(err);
	for (size_t i = 0; i < u->n_segments; i++) {
		const struct udif_trailer *t = &u->segments[i].trailer;

		if (!udif_trailer_fits(u->segments[i].file, t))
			return img_fail(err, IMG_E_FORMAT, "segment %zu: its trailer names bytes past the end (%" PRIu64 ")",
					i + 1, u->segments[i].file->size);
		if (t->koly.running_off != running)
			return img_fail(err, IMG_E_FORMAT, "segment %zu: continues at byte %" PRIu64 ", but the segments before "
					"hold %" PRIu64, i + 1, t->koly.running_off, running);
		pieces[i] = (struct img_piece) { u->segments[i].file, t->base + t->koly.data_off, t->koly.data_len };
		running += t->koly.data_len;
	}
	return img_concat(u->src.env, pieces, u->n_segments, &u->data, err);
}

int
udif_segments_open(struct udif *u, const struct img_open *o, const struct udif_trailer *first, struct img_err *err)
{
	const struct koly *k = &first->koly;
	int rc;

	if (k->n_segments > MAX_SEGMENTS || !k->segment || k->segment > k->n_segments)
		return img_fail(err, IMG_E_FORMAT, "the trailer says segment %" PRIu32 " of %" PRIu32, k->segment,
				k->n_segments);
	u->segments = calloc(k->n_segments, sizeof *u->segments);
	if (!u->segments)
		return img_fail_nomem(err);
	u->n_segments = k->n_segments;
	u->segments[k->segment - 1] = (struct udif_segment) { img_ref(o->below), *first };
	rc = o->folder ? search_folder(u, k, o, err) : 0;
	if (rc)
		return rc;
	if (first_missing(u) < u->n_segments)
		return fail_missing(u, o, k->segment, err);
	return join(u, err);
}
