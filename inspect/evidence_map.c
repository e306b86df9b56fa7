/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence of a block map: FILE.bmap, or that of --bmap.  It tells the checksums of the ranges that carry data, as a rule of what a
 * compressed file unpacks to. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/sums.h"
#include "formats/bmap/bmap.h"
#include "img/env.h"
#include "img/source.h"
#include "inspect/evidence.h"
#include "inspect/inspect.h"

/* What a map of @size bytes is about; NULL: something else. */
static struct img_source *
image_of(const struct inspection *in, uint64_t size)
{
	if (in->arg.opened && in->arg.image.top->size == size)
		return in->arg.image.top;
	return in->arg.file->size == size ? in->arg.file : NULL;
}

static int
add_map(struct inspection *in, const char *name, const struct bmap *b, struct img_source *file, struct img_err *err)
{
	struct img_source *image = image_of(in, b->size);

	if (image)
		return bmap_checks(b, file, name, image, &in->checks, err);
	if (in->o->bmap)
		return img_fail(err, IMG_E_FORMAT, "is the map of an image of %" PRIu64 " bytes; this one has %" PRIu64, b->size,
				in->arg.opened ? in->arg.image.top->size : in->arg.file->size);
	img_problem(in->env, IMG_WARNING, "evidence-other", "%s is the map of an image of %" PRIu64 " bytes; this one has %" PRIu64,
		    name, b->size, in->arg.opened ? in->arg.image.top->size : in->arg.file->size);
	return 0;
}

int
evidence_map(struct inspection *in, struct img_err *err)
{
	img_autofree char *path = in->o->bmap ? strdup(in->o->bmap) : in->arg.real ? bmap_beside(in->path) : NULL;
	img_autounref struct img_source *file = NULL;
	struct img_err why = { 0 };
	struct bmap b = { 0 };
	int rc;

	if (!path || !in->arg.file || in->o->quick)	/* ranges are data */
		return in->o->bmap && !path ? img_fail_nomem(err) : 0;
	rc = img_file(in->env, path, &file, &why);
	if (!rc)
		rc = bmap_read(file, &b, &why);
	if (rc && !in->o->bmap && rc != IMG_E_NOMEM) {
		img_problem(in->env, IMG_WARNING, "evidence-unreadable", "%s: %s", sums_base(path), why.msg);
		return 0;
	}
	if (!rc)
		rc = add_map(in, sums_base(path), &b, file, &why);
	bmap_done(&b);
	if (rc && err)
		*err = why;
	return rc ? img_note(err, rc, "%s", path) : 0;
}
