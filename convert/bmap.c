/* SPDX-License-Identifier: BSD-2-Clause */
/* The source's block map (bmap): SOURCE.bmap, or that of --bmap=FILE.  It is one more layer over the sectors, with checks. */
#include "config.h"

#include "convert/bmap.h"

#include <stdlib.h>
#include <string.h>

#include "convert/conversion.h"
#include "core/memory.h"
#include "core/sums.h"
#include "core/text.h"
#include "formats/bmap/bmap.h"
#include "img/source.h"

int
bmap_look(struct conversion *c, struct img_err *err)
{
	const struct conv_options *o = c->o;

	if (o->edit && o->source_bmap)
		return img_fail(err, IMG_E_USAGE, "--bmap: an image that is edited is not the one the map describes");
	if (!o->source_bmap && (o->no_bmap || o->edit || !strcmp(o->source, "-")))
		return 0;
	c->map_in = o->source_bmap ? strdup(o->source_bmap) : bmap_beside(o->source);
	return c->map_in || !o->source_bmap ? 0 : img_fail_nomem(err);
}

/* A map that was found by a part of the name only, and does not fit, is somebody else's. */
static bool
is_own(const struct conversion *c)
{
	size_t n = strlen(c->o->source);

	return c->o->source_bmap || !strcmp(c->map_in + (strncmp(c->map_in, c->o->source, n) ? 0 : n), ".bmap");
}

static int
apply(struct conversion *c, struct bmap *b, struct img_source *file, struct img_err *err)
{
	struct img_image *im = &c->source.image;
	char mapped[TEXT_SIZE_MAX], all[TEXT_SIZE_MAX];
	uint64_t bytes = b->n_mapped * b->block < b->size ? b->n_mapped * b->block : b->size;
	struct img_source *layer;
	int rc;

	if (b->size != im->top->size && !is_own(c))
		return 0;
	if (im->n >= IMG_CHAIN_MAX)
		return img_fail(err, IMG_E_LIMIT, "more than %d layers", IMG_CHAIN_MAX);
	rc = bmap_layer(b, file, sums_base(c->map_in), im->top, &layer, err);
	if (rc) {
		if (!c->o->source_bmap)
			conversion_hint(c, "--no-bmap leaves the map aside");
		return rc;
	}
	im->layer[im->n].format = &img_format_bmap;
	im->layer[im->n++].source = layer;
	im->top = layer;
	img_unref(c->source.sectors);
	c->source.sectors = img_ref(layer);
	if (bytes < layer->size)
		tool_say(c->t, TONE_NOTE, "bmap", c->o->source, c->o->source_bmap ? NULL : "--no-bmap copies everything",
			 "%s says that only %s of %s matter; the rest is left empty", sums_base(c->map_in),
			 text_size(mapped, bytes), text_size(all, layer->size));
	return 0;
}

int
bmap_apply(struct conversion *c, struct img_err *err)
{
	img_autounref struct img_source *file = NULL;
	struct bmap b = { 0 };
	int rc;

	if (!c->map_in)
		return 0;
	rc = img_file(c->env, c->map_in, &file, err);
	if (!rc)
		rc = bmap_read(file, &b, err);
	if (!rc)
		rc = apply(c, &b, file, err);
	bmap_done(&b);
	return rc ? img_note(err, rc, "%s", c->map_in) : 0;
}
