/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass; see convert/forward.h.
 *
 *	look	the beginning of the stream is decoded, its partitions and file systems show there
 *	move	the stream is decoded from its beginning on a thread of its own, while the engine writes
 *	end	its last megabytes are still there: who is known by the end of a file (a DMG) claims it now
 *
 * A late claim means that what was written is a container and not what it holds.  A file is then opened again, and decoded
 * into a work file; a pipe has come by. */
#include "config.h"

#include "convert/forward.h"

#include <stdio.h>
#include <string.h>

#include "convert/conversion.h"
#include "core/flow.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

#define HEAD (UINT64_C(1) << 20)	/* of what was looked at, at most so much is there */

bool
forward_may(const struct conversion *c)
{
	const struct conv_options *o = c->o;
	const struct img_sink_ops *ops = c->format.format->sink;

	if (o->build || o->edit || o->dry_run || o->ignore_errors || o->repack || o->fs || o->implant_md5)
		return false;
	if (c->map_in || c->map_out)		/* ranges of a source that is whole */
		return false;
	if (o->n_expect && strcmp(o->source, "-") == 0)		/* a sum of the file itself */
		return false;
	return !(ops->needs & (IMG_NEEDS_SIZE | IMG_NEEDS_MAP | IMG_NEEDS_VOLUMES)) && !ops->cut;
}

bool
forward_fits(struct conversion *c)
{
	const struct img_image *im = &c->source.image;

	if (!(im->top->flags & IMG_HEAD_ONLY) || !im->top->ops->flow)
		return false;
	return !c->format.only_optical || conversion_holds_disc(c);
}

int
forward_begin(struct conversion *c, struct img_err *err)
{
	struct forward *f = &c->forward;
	const struct img_volume *only = c->source.only;
	int rc = img_source_flow(c->source.image.top, &f->flow, err);

	if (!rc && only)
		rc = img_flow_skip(f->flow, only->off, err);
	if (!rc && only)
		rc = img_slice(f->flow, only->off, only->len, &f->sectors, err);
	else if (!rc)
		f->sectors = img_ref(f->flow);
	return rc;
}

static bool
is_raw_by_option(const struct conversion *c)
{
	return c->t->o.from && !strcmp(c->t->o.from, "raw");
}

static int
late(struct conversion *c, const struct img_format *f, struct img_err *err)
{
	if (!c->source.piped && !c->target.stream)
		return 1;
	if (!c->source.piped)
		conversion_hint(c, "write it to a file instead");
	else if (c->source.image.n)
		conversion_hint(c, "save it to a file first, and convert that");
	else
		snprintf(c->hint, sizeof c->hint, "-f %s copies it to a work file first", f->name);
	return img_fail(err, IMG_E_UNSUPPORTED, "its end shows it to be an image in a container: %s; its sectors cannot be had in "
			"one pass", f->title);
}

int
forward_end(struct conversion *c, struct img_err *err)
{
	img_autounref struct img_source *ends = NULL;
	struct forward *f = &c->forward;
	const struct img_format *claim = NULL;
	struct img_volumes volumes;
	uint64_t size;
	int rc = img_flow_drain(f->flow, &size, err);

	if (rc)
		return rc;
	c->outcome.size = c->source.only ? c->source.only->len : size;
	rc = img_flow_ends(f->flow, c->source.image.top, size < HEAD ? size : HEAD, &ends, err);
	if (rc || is_raw_by_option(c))
		return rc;
	rc = img_late_claim(ends, &claim, err);
	if (rc)
		return rc;
	if (claim)
		return late(c, claim, err);
	/* what only the end tells: a backup table that is missing, partitions that are cut */
	if (img_volumes(ends, false, &volumes, NULL) == 0)
		img_volumes_done(&volumes);
	return conversion_check_whole(c, ends, err);
}

void
forward_done(struct forward *f)
{
	f->sectors = img_unref(f->sectors);
	f->flow = img_unref(f->flow);
}
