/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse bundles (.sparsebundle), the descriptor and the map.
 *
 * A bundle is a folder: Info.plist says how large the disk is and how large its bands are, bands/0, bands/1, …, bands/a
 * hold them.  A band that does not exist reads as zeros, and so does what a short one lacks.  "token" is empty, or holds
 * the header of an encrypted image, and then all bands are encrypted.  The file that is opened is Info.plist; whoever is
 * given the folder opens that (core/image_arg.c).
 *
 *   info.c     Info.plist
 *   bands.c    finding the bands, and decrypting them
 *   write.c    the sink
 *
 * Corners that bite: a band file may be longer than a band (the rest is nothing); the size in an encrypted token may be
 * 0, and its data offset is the token's own length; how cipher blocks are numbered is settled in bands.c. */
#include "config.h"

#include "formats/sparsebundle/sparsebundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/sparsebundle/bundle.h"
#include "img/env.h"
#include "img/report.h"
#include "img/tree.h"

#define HEAD 4096	/* the type stands in the first 500 bytes of a list */

static struct bundle *
bundle_of(struct img_source *s)
{
	return (struct bundle *)s;
}

/* ---- the map ---- */

/* The first existing band from @number on. */
static size_t
find(const struct bundle *b, uint64_t number)
{
	size_t lo = 0, hi = b->n_bands;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->bands[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
bundle_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct bundle *b = bundle_of(s);
	uint64_t band = b->info.band_size, number = off / band, start = number * band, have, len;
	size_t i = find(b, number);

	if (b->locked) {
		*ret = (struct img_extent) { .len = s->size, .kind = IMG_DATA, .from = b->locked, .stored = s->size };
		return 0;
	}
	if (i == b->n_bands || b->bands[i].number != number) {
		uint64_t from = i ? (b->bands[i - 1].number + 1) * band : 0;
		uint64_t to = i < b->n_bands ? b->bands[i].number * band : s->size;

		*ret = (struct img_extent) { .off = from, .len = to - from, .kind = IMG_ZERO };
		return 0;
	}
	len = bundle_band_len(b, number);
	have = b->bands[i].plain->size < len ? b->bands[i].plain->size : len;
	if (off - start < have)
		*ret = (struct img_extent) { .off = start, .len = have, .kind = IMG_DATA, .from = b->bands[i].plain,
			.stored = have };
	else
		*ret = (struct img_extent) { .off = start + have, .len = len - have, .kind = IMG_ZERO };
	return 0;
}

static int
bundle_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct bundle *b = bundle_of(s);

	img_rep_str(rep, "format", "sparsebundle");
	img_rep_uint(rep, "band_size", b->info.band_size);
	img_rep_uint(rep, "bands", (s->size - 1) / b->info.band_size + 1);
	img_rep_uint(rep, "bands_stored", b->n_bands);
	img_rep_uint(rep, "stored_size", b->stored);
	if (!b->lock) {
		img_rep_bool(rep, "encrypted", false);
		return 0;
	}
	enc_lock_describe(b->lock, rep);
	if (b->numbering)
		img_rep_str(rep, "block_numbers", b->numbering == NUMBERS_ACROSS ? "across bands" : "in each band");
	if (b->numbering)
		img_rep_bool(rep, "block_numbers_proven", b->numbering_proven);
	return 0;
}

static void
bundle_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "bands/%" PRIx64, off / bundle_of(s)->info.band_size);
}

static void
bundle_destroy(struct img_source *s)
{
	struct bundle *b = bundle_of(s);

	for (size_t i = 0; i < b->n_bands; i++) {
		img_unref(b->bands[i].plain);
		img_unref(b->bands[i].file);
	}
	free(b->bands);
	img_unref(b->locked);
	enc_lock_unref(b->lock);
	free(b);
}

static const struct img_source_ops bundle_ops = {
	.map = bundle_map,
	.describe = bundle_describe,
	.where = bundle_where,
	.destroy = bundle_destroy,
};

/* ---- opening ---- */

/* Without a password the bundle is there to be described. */
static int
unlock(struct bundle *b, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = enc_lock_open(b->lock, &why);

	if (rc == IMG_E_KEY) {
		b->src.flags = IMG_LOCKED;
		return enc_source_locked(b->lock, b->src.env, b->src.size, &why, &b->locked, err);
	}
	if (rc && err)
		*err = why;
	return rc;
}

static int
read_token(struct bundle *b, const struct img_open *o, struct img_err *err)
{
	img_autounref struct img_source *token = NULL;
	struct img_node node;
	int rc = img_tree_find(o->folder, IMG_TREE_ROOT, "token", &node, err);

	if (rc == IMG_E_UNKNOWN)
		return 0;
	if (!rc && node.type != IMG_NODE_FILE)
		return img_fail(err, IMG_E_FORMAT, "token: is no file");
	if (!rc && !node.size)
		return 0;
	if (!rc)
		rc = img_tree_content(o->folder, node.id, NULL, &token, err);
	if (!rc)
		rc = enc_lock_read(token, &b->lock, err);
	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "token: neither empty nor the header of an encrypted image");
	return rc ? img_note(err, rc, "token") : unlock(b, err);
}

static int
bundle_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	struct bundle_info info;
	struct bundle *b;
	int rc = bundle_info_read(o->below, &info, err);

	if (rc)
		return rc;
	if (!o->folder)
		return img_fail(err, IMG_E_FORMAT, "the property list of a sparse bundle, without its folder");
	b = calloc(1, sizeof *b);
	if (!b)
		return img_fail_nomem(err);
	s = &b->src;
	img_source_init(s, &bundle_ops, o->env, "sparsebundle", info.size, 512);
	b->info = info;
	rc = bundle_bands_list(b, o, err);
	if (!rc)
		rc = read_token(b, o, err);
	if (!rc)
		rc = bundle_bands_open(b, err);
	if (rc)
		return rc;
	*ret = img_steal(&s);
	return 0;
}

bool
sparsebundle_plist(struct img_source *plist)
{
	char head[HEAD + 1];
	size_t n = plist->size < HEAD ? (size_t)plist->size : HEAD;

	if (n < sizeof SPARSEBUNDLE_TYPE || img_source_read(plist, 0, head, n, NULL))
		return false;
	head[n] = '\0';
	return strlen(head) == n && strstr(head, SPARSEBUNDLE_TYPE) && strstr(head, "plist");
}

/* The type may stand in any file; the name decides. */
static enum img_match
bundle_confirm(const struct img_open *o)
{
	if (!o->folder || !o->name || strcmp(o->name, SPARSEBUNDLE_PLIST) != 0 || !sparsebundle_plist(o->below))
		return IMG_MATCH_NONE;
	return IMG_MATCH_STRUCTURE;
}

static const char *const variants[] = { "udsb", NULL };	/* hdiutil's word */

const struct img_format img_format_sparsebundle = {
	.name = "sparsebundle",
	.title = "Apple sparse bundle",
	.suffixes = ".sparsebundle .backupbundle",
	.mime = "application/x-apple-diskimage",
	.confirm = bundle_confirm,
	.open = bundle_open,
	.sink = &sparsebundle_sink_ops,
	.sink_variants = variants,
};
