/* SPDX-License-Identifier: BSD-2-Clause */
/* The bands of a sparse bundle: one file each, named by its number in lower-case hex.
 *
 * In an encrypted bundle every band holds nothing but cipher blocks.  Two readings exist of how they are numbered for
 * their IVs: from 0 in each band (two independent readers), or across all bands (another one).  A wrong number garbles
 * the first 16 bytes of a block and no others, so the data tell: a block of which these are one byte repeated, as in
 * zeros, can be one under the right number only. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "formats/sparsebundle/bundle.h"
#include "img/env.h"
#include "img/tree.h"

#define MAX_LOOK (UINT64_C(16) << 20)	/* bytes that are tried to tell the numbering: a fraction of a second */
#define LOOK (64 << 10)

uint64_t
bundle_band_len(const struct bundle *b, uint64_t number)
{
	uint64_t left = b->info.size - number * b->info.band_size;

	return left < b->info.band_size ? left : b->info.band_size;
}

/* ---- listing ---- */

/* Lower-case hex without leading zeros, as all writers have it. */
static bool
parse_name(const char *name, uint64_t *ret)
{
	uint64_t n = 0;
	size_t len = strlen(name);

	if (!len || len > 15 || (name[0] == '0' && len > 1) || name[strspn(name, "0123456789abcdef")])
		return false;
	for (; *name; name++)
		n = n << 4 | (uint64_t)(*name <= '9' ? *name - '0' : *name - 'a' + 10);
	*ret = n;
	return true;
}

static int
add_band(struct bundle *b, uint64_t number, struct img_source *file /* taken */, struct img_err *err)
{
	if (b->n_bands == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct bundle_band *v = realloc(b->bands, room * sizeof *v);

		if (!v) {
			img_unref(file);
			return img_fail_nomem(err);
		}
		b->bands = v;
		b->room = room;
	}
	b->bands[b->n_bands++] = (struct bundle_band) { .number = number, .file = file };
	b->stored += file->size;
	return 0;
}

static int
offer(struct bundle *b, struct img_tree *folder, const struct img_node *node, struct img_err *err)
{
	struct img_source *file;
	uint64_t number;
	char name[80];
	int rc;

	text_safe(name, sizeof name, node->name, true);
	if (node->type != IMG_NODE_FILE || !parse_name(node->name, &number)) {
		img_problem(b->src.env, IMG_NOTE, "band-name", "bands/%s is no band, and left out", name);
		return 0;
	}
	if (number > (b->info.size - 1) / b->info.band_size) {
		img_problem(b->src.env, IMG_WARNING, "band-beyond-end", "bands/%s lies past the end of the disk (%" PRIu64
			    " bytes), and is left out", name, b->info.size);
		return 0;
	}
	if (!node->size)
		return 0;
	rc = img_tree_content(folder, node->id, NULL, &file, err);
	return rc ? img_note(err, rc, "bands/%s", name) : add_band(b, number, file, err);
}

static int
by_number(const void *a, const void *b)
{
	const struct bundle_band *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int
bundle_bands_list(struct bundle *b, const struct img_open *o, struct img_err *err)
{
	struct img_nodes list;
	struct img_node dir;
	int rc = img_tree_find(o->folder, IMG_TREE_ROOT, "bands", &dir, err);

	if (rc == IMG_E_UNKNOWN || (!rc && dir.type != IMG_NODE_DIR))
		return img_fail(err, IMG_E_FORMAT, "the folder \"bands\" is missing from the bundle");
	if (!rc)
		rc = img_tree_list(o->folder, dir.id, &list, err);
	if (rc)
		return img_note(err, rc, "bands");
	for (size_t i = 0; !rc && i < list.n; i++)
		rc = offer(b, o->folder, &list.v[i], err);
	img_nodes_done(&list);
	if (b->n_bands)
		qsort(b->bands, b->n_bands, sizeof *b->bands, by_number);
	return rc;
}

/* ---- opening ---- */

static int
open_band(const struct bundle *b, const struct bundle_band *band, bool across, struct img_source **ret,
	  struct img_err *err)
{
	uint32_t block = enc_lock_block_size(b->lock);
	uint64_t want = bundle_band_len(b, band->number), len = band->file->size;

	want += (block - want % block) % block;
	if (len > want)
		len = want;
	if (len % block)
		img_problem(b->src.env, IMG_WARNING, "band-cut", "band %" PRIx64 " ends inside a cipher block; what cannot be "
			    "decrypted reads as zeros", band->number);
	return enc_source(b->lock, band->file, 0, len - len % block, across ? band->number * (b->info.band_size / block) : 0,
			  ret, err);
}

static bool
is_one_byte(const uint8_t *p)
{
	return memcmp(p, p + 1, 15) == 0;
}

/* Which of the readings, @a restarting or @b running on, gives a block a head of one byte repeated? */
static int
look(struct img_source *a, struct img_source *b, uint32_t block, uint64_t *left, enum bundle_numbering *ret,
     struct img_err *err)
{
	img_autofree uint8_t *x = malloc(2 * LOOK);	/* one half for each */
	int rc = x ? 0 : img_fail_nomem(err);

	for (uint64_t off = 0; !rc && off < a->size && *left && !*ret; off += LOOK) {
		size_t n = a->size - off < LOOK ? (size_t)(a->size - off) : LOOK;

		rc = img_source_read(a, off, x, n, err);
		if (!rc)
			rc = img_source_read(b, off, x + LOOK, n, err);
		for (size_t i = 0; !rc && !*ret && i + 16 <= n; i += block)
			*ret = is_one_byte(x + i) ? NUMBERS_RESTART : is_one_byte(x + LOOK + i) ? NUMBERS_ACROSS : NUMBERS_NONE;
		*left -= *left < LOOK ? *left : LOOK;
	}
	return rc;
}

static int
settle_numbering(struct bundle *b, struct img_err *err)
{
	enum bundle_numbering found = NUMBERS_NONE;
	uint64_t left = MAX_LOOK;
	int rc = 0;

	for (size_t i = 0; !rc && !found && left && i < b->n_bands; i++) {
		img_autounref struct img_source *restart = NULL, *across = NULL;

		if (!b->bands[i].number)
			continue;
		rc = open_band(b, &b->bands[i], false, &restart, err);
		if (!rc)
			rc = open_band(b, &b->bands[i], true, &across, err);
		if (!rc)
			rc = look(restart, across, enc_lock_block_size(b->lock), &left, &found, err);
	}
	if (b->n_bands && b->bands[b->n_bands - 1].number)	/* with the first band alone there is no difference */
		b->numbering = found ? found : NUMBERS_RESTART;
	b->numbering_proven = found != NUMBERS_NONE;
	return rc;
}

int
bundle_bands_open(struct bundle *b, struct img_err *err)
{
	int rc = 0;

	if (b->locked)
		return 0;
	if (b->lock && b->info.band_size % enc_lock_block_size(b->lock))
		return img_fail(err, IMG_E_FORMAT, "bands of %" PRIu64 " bytes are no whole number of cipher blocks of %" PRIu32,
				b->info.band_size, enc_lock_block_size(b->lock));
	if (b->lock)
		rc = settle_numbering(b, err);
	for (size_t i = 0; !rc && i < b->n_bands; i++) {
		if (b->lock)
			rc = open_band(b, &b->bands[i], b->numbering == NUMBERS_ACROSS, &b->bands[i].plain, err);
		else
			b->bands[i].plain = img_ref(b->bands[i].file);
	}
	return rc;
}
