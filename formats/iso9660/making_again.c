/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a volume that is written again: what lies in it stays in its order, which somebody may have chosen for the sake of
 * a slow drive; what shares its data goes on sharing them; what is compressed stays so.  New files come behind. */
#include "config.h"

#include <stdlib.h>

#include "formats/iso9660/iso.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

#define MAX_LAYERS 16	/* between a file's content and the volume: slices, partitions */
#define LAST UINT64_MAX		/* as iso_place_of says it */

struct placed {
	uint64_t off, len;	/* in the old volume; LAST: it is not there */
	uint32_t file;
	bool whole;		/* in one piece */
	bool boots;
};

uint64_t
iso_place_of(struct img_source *s, struct img_source *volume, bool *ret_whole)
{
	uint64_t off = 0, len = s->size;

	*ret_whole = true;
	for (unsigned int i = 0; s != volume; i++) {
		struct img_extent e;

		if (i == MAX_LAYERS || img_source_map(s, off, &e, NULL) || e.kind != IMG_DATA || e.codec)
			return UINT64_MAX;
		if (e.off + e.len - off < len)
			*ret_whole = false;
		off = e.at + (off - e.off);
		s = e.from;
	}
	return off;
}

static int
by_place(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (a->off != b->off)
		return a->off < b->off ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->whole != b->whole)
		return a->whole ? -1 : 1;
	if (a->boots != b->boots)	/* what is patched keeps the data */
		return a->boots ? -1 : 1;
	return (a->file > b->file) - (a->file < b->file);
}

/* What lies compressed stays so. */
static void
keep_compressed(struct iso_author *a, struct mfile *f)
{
	struct img_source *stored, *plain = f->content;
	uint8_t bits;

	if (!a->layout.rock_ridge || !iso_zisofs_look(plain, &stored, &bits))
		return;
	f->plain = f->size;
	f->zf_bits = bits;
	f->content = img_ref(stored);
	f->size = stored->size;
	img_unref(plain);
}

static bool
same_place(const struct placed *a, const struct placed *b)
{
	return a->off != LAST && a->off == b->off && a->len == b->len && a->whole && b->whole;
}

int
making_again(struct iso_author *a, struct img_err *err)
{
	img_autofree struct placed *v = NULL;
	uint32_t first = 0;
	int rc = img_array(a->n_files, sizeof *v, UINT64_MAX, "files", &v, err);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < a->n_files; i++) {
		struct mfile *f = &a->file[i];

		v[i] = (struct placed) { .file = i, .off = LAST, .boots = f->weight > INT32_MAX - ISO_MAX_BOOT };
		if (f->content && !f->append) {
			keep_compressed(a, f);
			v[i].len = f->content->size;
			v[i].off = iso_place_of(f->content, a->o.again->volume, &v[i].whole);
		} else if (i == a->catalog_file) {
			v[i].off = a->o.again->catalog;
		}
	}
	if (a->n_files > 1)
		qsort(v, a->n_files, sizeof *v, by_place);
	for (uint32_t i = 0; i < a->n_files; i++) {
		struct mfile *f = &a->file[v[i].file];

		/* by_weight: the heaviest first; what is new keeps what weights say */
		if (v[i].off != LAST)
			f->weight = INT32_MAX - ISO_MAX_BOOT - (int32_t)i;
		if (i && same_place(&v[first], &v[i]))
			f->same = v[first].file;
		else
			first = i;
	}
	return 0;
}
