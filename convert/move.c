/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a conversion: how many, through which outs, what the checks say of them, and the names at the end. */
#include "config.h"

#include "convert/conversion.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/bmap.h"
#include "convert/edit.h"
#include "convert/implant.h"
#include "convert/sums.h"
#include "core/progress.h"
#include "core/sums.h"
#include "core/verdict.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "img/out.h"
#include "img/pack.h"

int
conversion_measure(struct conversion *c, struct img_err *err)
{
	struct outcome *out = &c->outcome;
	int rc = c->forward.on ? 0 : img_source_need(conversion_sectors(c), &out->need, err);

	if (rc)
		return rc;
	out->size = conversion_sectors(c)->size;
	out->format = !c->built || !conversion_is_stream(c) ? c->format.format->name : c->edit ? "iso" : c->fs.word;
	out->edit = c->edit;
	if (c->edit && edit_is_partial(c->edit))
		out->status = STATUS_PARTIAL;
	out->free = c->target.free;
	if (c->forward.on)	/* how much comes nobody knows before the end */
		return 0;
	if (!c->o->sparse || c->target.stream || (c->o->encrypt && c->format.format->sink == &img_sink_raw))
		out->need = out->size;
	if (conversion_is_stream(c) && (rc = parts_fit(&c->parts, out->size, err)))
		return rc;
	if (c->parts.path)
		out->parts = &c->parts;
	if (c->o->dry_run && c->t->o.json)
		return 0;
	if (c->format.format->sink->shrinks || c->format.pack)	/* nobody knows how far: a full disk is told when it is full */
		return 0;
	return target_fits(&c->target, out->need, err);
}

/* --compress zstd:19 for disk.img.zst is about the stream around it. */
static int
pack_level(const struct conversion *c)
{
	return conversion_packs(c) ? c->o->level : -1;
}

/* A disc's description may name any file beside it: what a set of files would replace could be the source's own sectors. */
static int
spare_source(const struct conversion *c, const struct img_sink_ops *ops, struct img_err *err)
{
	const struct img_image *im = &c->source.image;
	bool disc = false;
	struct stat st;
	char *path;
	int rc = 0;

	for (unsigned int i = 0; c->source.opened && i < im->n; i++)
		disc = disc || im->layer[i].source->ops->track;
	if (!disc || !ops->several)
		return 0;
	path = ops->several(c->o->dest, 1);
	if (!path)
		return img_fail_nomem(err);
	if (lstat(path, &st) == 0) {
		rc = img_fail(err, IMG_E_EXISTS, "%s is there and may be what the source is made of; another name is needed", path);
		err->side = IMG_SIDE_TARGET;
	}
	free(path);
	return rc;
}

static int
begin_sink(struct conversion *c, struct img_err *err)
{
	const struct img_sink_ops *ops = c->format.format->sink;
	struct img_sink_job job = conversion_sink_job(c);
	int rc = spare_source(c, ops, err);

	if (rc)
		return rc;
	rc = ops->several ? target_open(&c->target, conversion_replaces(c), ops->several, &c->out, err) :
	     parts_open(&c->parts, &c->target, conversion_replaces(c), &c->out, err);
	if (rc)
		return rc;
	c->out->env = c->env;
	if ((ops->needs & IMG_NEEDS_SEEK) && !(c->out->flags & IMG_OUT_SEEKS)) {
		conversion_hint(c, "-O raw can be written to a pipe");
		rc = img_fail(err, IMG_E_USAGE, "%s cannot be written front to back", c->format.format->name);
		err->side = IMG_SIDE_TARGET;
		return rc;
	}
	if (c->o->checksum && !conversion_is_stream(c) && !c->o->split) {
		rc = img_out_digest(c->out, c->o->checksum, &c->out, err);
		if (rc)
			return rc;
	}
	if (c->format.pack) {
		rc = img_out_pack(c->out, c->format.pack, pack_level(c), c->t->o.threads, &c->packed, err);
		if (rc)
			return rc;
		c->packed->env = c->env;
	}
	if (c->seal && !(ops->needs & IMG_NEEDS_FOLDER)) {
		rc = enc_out(conversion_front(c), c->seal, c->t->o.threads, &c->sealed, err);
		if (rc)
			return rc;
		c->sealed->env = c->env;
	}
	rc = ops->begin(&job, conversion_front(c), &c->sink, err);
	return !rc && c->map_out ? bmap_sink_new(c->sink, job.source->size, !c->o->sparse, &c->sink, err) : rc;
}

/* Where the field cannot be written last. */
static bool
md5_comes_ahead(const struct conversion *c)
{
	return c->target.stream || c->map_out || !conversion_is_stream(c);
}

static int
run_job(struct conversion *c, struct img_err *err)
{
	struct progress progress;
	int rc;

	struct img_tap taps[1] = { { .digest = conversion_is_stream(c) ? c->o->checksum : NULL } };
	bool md5 = c->md5 && !md5_comes_ahead(c);

	c->outcome.tap.digest = c->o->split && !conversion_is_stream(c) ? NULL : c->o->checksum;
	if (md5)	/* it changes the image: a checksum takes a second reading */
		taps[0].digest = implant_digest();
	c->job = (struct img_job) {
		.source = conversion_sectors(c), .sink = c->sink, .threads = c->t->o.threads,
		.ignore_errors = c->o->ignore_errors, .checks = &c->checks,
		.checks_aside = (!c->source.only && !c->source.track) || c->o->n_expect, .taps = taps, .n_taps = taps[0].digest != NULL,
		.progress = progress_step, .progress_ctx = &progress,
	};
	progress_begin(&progress, c->t, c->edit ? "edit" : c->built ? "build" : "convert", c->o->source, c->o->dest, conversion_sectors(c)->size);
	rc = img_job_run(&c->job, err);
	if (!rc && md5)
		rc = implant_write(c->out, conversion_sectors(c), taps[0].found, err);
	else
		memcpy(c->outcome.tap.found, taps[0].found, sizeof c->outcome.tap.found);
	c->job.taps = NULL;
	c->job.n_taps = 0;
	if (rc == IMG_E_FORMAT && !c->forward.on)
		conversion_hint(c, "--ignore-errors keeps the rest and fills what is damaged with zeros");
	progress_end(&progress);
	return rc;
}

/* What the checks proved; says it, and returns the code that refuses the result. */
static int
judge(struct conversion *c)
{
	struct verdict v = verdict_of(&c->checks);

	verdict_say(c->t, &c->checks, c->o->source, c->o->ignore_errors);
	outcome_damage(c->t, &c->job, c->o->source);
	if ((v.bad || c->job.n_damage) && c->o->ignore_errors)
		c->outcome.status = STATUS_PARTIAL;
	else if (v.bad || (v.advisory && c->t->o.strict))
		return IMG_E_CHECKSUM;
	return 0;
}

/* What was written is not what was meant: leave it, and open the source in the other way. */
static int
move_again(struct conversion *c, struct img_err *err)
{
	int rc;

	img_job_done(&c->job);
	c->sink->ops->destroy(c->sink);
	img_out_free(conversion_front(c));
	c->sink = NULL;
	c->out = c->packed = c->sealed = NULL;
	rc = conversion_reopen(c, err);
	if (!rc)
		rc = conversion_measure(c, err);
	if (!rc)
		rc = begin_sink(c, err);
	return rc ? rc : run_job(c, err);
}

static int
move_once(struct conversion *c, struct img_err *err)
{
	int rc = c->forward.on ? forward_begin(c, err) : 0;

	if (!rc)
		rc = begin_sink(c, err);
	if (!rc)
		rc = run_job(c, err);
	if (!rc && c->forward.on)
		rc = forward_end(c, err);
	return rc > 0 ? move_again(c, err) : rc;
}

int
conversion_move(struct conversion *c, struct img_err *err)
{
	int rc;

	c->md5 = c->edit ? edit_wants_md5(c->edit) : c->built && c->o->implant_md5;
	rc = c->md5 && md5_comes_ahead(c) ? implant_ahead(&c->built, c->t->o.threads, err) : 0;
	if (!rc)
		rc = move_once(c, err);
	if (rc)
		return rc;
	c->outcome.checks = &c->checks;
	c->outcome.job = &c->job;
	rc = judge(c);
	if (rc) {
		/* every failed check was said already */
		img_fail(err, rc, "stored checksums do not hold");
		for (size_t i = c->checks.n; i-- > 0; )
			if (c->checks.result[i].state == IMG_CHECK_BAD)
				verdict_text(&c->checks.v[i], &c->checks.result[i], err->msg, sizeof err->msg);
	}
	return rc;
}

/* The target and its block map, which get their names together. */
static int
commit_both(struct conversion *c, struct img_out *map, struct img_err *err)
{
	struct img_out *both[] = { c->out, map };
	size_t named;
	int rc;

	c->out->unnamed = true;
	rc = img_out_commit(conversion_front(c), err);
	if (rc)
		return rc;
	rc = img_out_name(both, 2, &named, err);
	return rc && named ? img_note(err, rc, "%s", c->map_out) : rc;
}

static int
commit(struct conversion *c, struct img_err *err)
{
	struct img_out *map = NULL;
	int rc;

	if (!c->map_out)
		return img_out_commit(conversion_front(c), err);
	rc = bmap_sink_write(c->sink, c->map_out, conversion_replaces(c), &map, err);
	if (!rc)
		rc = commit_both(c, map, err);
	img_out_free(map);
	return rc;
}

int
conversion_keep(struct conversion *c, struct img_err *err)
{
	struct sums_line line = { .name = (char *)c->o->dest };
	bool split = c->parts.path;
	int rc;

	if (c->o->checksum && !conversion_is_stream(c) && !split)
		img_out_digest_found(c->out, c->outcome.tap.found);
	parts_count(&c->parts, c->out);
	rc = commit(c, err);
	if (!rc && (c->out->flags & IMG_OUT_SWAPPED))
		tool_say(c->t, TONE_NOTE, "swapped", c->o->dest, NULL, "the old one was replaced by two renames, since nothing here "
			 "exchanges two folders; for a moment there was none");
	if (!rc && c->sidecar && split)
		return parts_sums(&c->parts, c->env, c->sidecar, c->o->checksum, conversion_replaces(c), err);
	if (!rc && c->sidecar && c->md5 && conversion_is_stream(c))
		rc = sums_of_file(c->env, c->o->dest, c->o->checksum, c->outcome.tap.found, err);
	memcpy(line.sum, c->outcome.tap.found, sizeof line.sum);
	if (!rc && c->sidecar)
		rc = sums_write(c->sidecar, &line, 1, c->o->checksum, conversion_replaces(c), err);
	return rc;
}
