/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's job, from names to closing line:
 *
 *	look	what may be refused without reading: format, target, sidecar	(look)
 *	open	the source down to its sectors, its checks, the outside sums	(open_source)
 *	size	what has to be written, and whether it fits			(measure)
 *	move	the engine; then what the checks proved				(move)
 *	keep	commit the target and its sidecar				(keep)
 *
 * Whatever fails before keep leaves nothing behind. */
#include "config.h"

#include "convert/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/build.h"
#include "convert/dress.h"
#include "convert/edit.h"
#include "convert/filesystem.h"
#include "convert/implant.h"
#include "convert/names.h"
#include "convert/options.h"
#include "convert/outcome.h"
#include "convert/sums.h"
#include "convert/target.h"
#include "core/image_arg.h"
#include "core/image_tree.h"
#include "core/progress.h"
#include "core/sums.h"
#include "core/text.h"
#include "core/verdict.h"
#include "core/memory.h"
#include "formats/udif/agreement.h"
#include "formats/udif/udif.h"
#include "img/env.h"
#include "img/out.h"
#include "img/pack.h"
#include "img/sink.h"

struct conversion {
	struct tool *t;
	const struct conv_options *o;
	struct img_env *env;
	struct target_format format;
	struct target target;
	char *sidecar;			/* DEST.sha256, or NULL */
	struct image_arg source;
	struct img_source *built;	/* the image, where files are put into one; else NULL */
	struct edit *edit;		/* how, where one is changed; else NULL */
	bool md5;			/* a checksum is put into the image */
	struct filesystem fs;		/* then: which */
	struct img_checks checks;
	struct img_volumes volumes;	/* of the sectors, where the sink asks for them */
	struct udif_agreement *agreement;	/* NULL: none */
	const struct img_resource *resources;	/* of it */
	size_t n_resources;
	struct img_out *out;
	struct img_out *packed;		/* in front of it, and its owner, where the target is compressed; NULL: it is not */
	struct img_sink *sink;
	struct img_job job;
	struct outcome outcome;
	char hint[160];			/* second line for the message of a failure */
};

/* What is written. */
static struct img_source *
sectors_of(const struct conversion *c)
{
	return c->built ? c->built : c->source.sectors;
}

static const char *
dest_name(const struct conv_options *o)
{
	return strcmp(o->dest, "-") == 0 ? "standard output" : o->dest;
}

static void
hint(struct conversion *c, const char *text)
{
	snprintf(c->hint, sizeof c->hint, "%.*s", (int)sizeof c->hint - 1, text);
}

static int
strict(struct conversion *c, enum img_code code, const char *what, struct img_err *err)
{
	return c->t->o.strict ? img_fail(err, code, "%s, and --strict was given", what) : 0;
}

/* May what stands under the target's name be replaced? */
static bool
replaces(const struct conversion *c)
{
	return c->o->overwrite || c->o->in_place;
}

/* ---- look ---- */

static int
look_format(struct conversion *c, struct img_err *err)
{
	const char *to = c->o->in_place ? "iso" : c->o->to;	/* whatever its name is */
	int rc = target_format_find(c->o->dest, to, c->o->raw, &c->format, err);

	if (rc) {
		target_format_hint(c->hint, sizeof c->hint);
		return rc;
	}
	if (!c->format.contradiction[0])
		return 0;
	rc = strict(c, IMG_E_USAGE, c->format.contradiction, err);
	if (rc)
		err->side = IMG_SIDE_TARGET;
	else
		tool_say(c->t, TONE_WARNING, "name-contradicts", dest_name(c->o), NULL, "%s", c->format.contradiction);
	return rc;
}

/* Is --compress about the stream around the image, not about the image? */
static bool
packs_by_option(const struct conversion *c)
{
	return c->format.pack && c->o->compress && (!c->o->method || img_pack_by_word(c->o->method) == c->format.pack);
}

/* What the sink is told; source and volumes are there once they are known. */
static struct img_sink_job
sink_job(const struct conversion *c)
{
	return (struct img_sink_job) {
		.source = sectors_of(c), .volumes = sectors_of(c) ? &c->volumes : NULL,
		.variant = c->format.variant, .compress = c->o->compress && !packs_by_option(c),
		.method = packs_by_option(c) ? NULL : c->o->method, .level = packs_by_option(c) ? -1 : c->o->level,
		.min_macos = c->o->min_macos, .sparse = c->o->sparse,
		.resources = c->resources, .n_resources = c->n_resources, .split = c->o->split,
	};
}

/* The compressor that the name asks for, against the one of --compress. */
static int
look_pack(const struct conversion *c, struct img_err *err)
{
	const struct img_pack *p = c->format.pack;

	if (!c->o->compress || !c->o->method)
		return 0;
	if (!packs_by_option(c))
		return !img_pack_by_word(c->o->method) ? 0 :
		       img_fail(err, IMG_E_USAGE, "--compress %s, but the name ends in \".%s\"", c->o->method, p->suffix);
	if (c->o->level >= 0 && (c->o->level < p->min_level || c->o->level > p->max_level))
		return img_fail(err, IMG_E_USAGE, "%s has levels %d to %d, not %d", p->name, p->min_level, p->max_level,
				c->o->level);
	return 0;
}

/* May the target be written as the options say? */
static int
look_options(struct conversion *c, struct img_err *err)
{
	const struct img_sink_ops *ops = c->format.format->sink;
	struct img_sink_job job = sink_job(c);
	int rc = c->format.pack ? look_pack(c, err) : 0;

	if (!rc && ops->options)
		rc = ops->options(&job, err);

	if (!rc)
		return 0;
	if (ops == &img_sink_raw)
		hint(c, "-O dmg writes a compressed image");
	else if (strstr(err->msg, "--min-macos"))
		hint(c, c->o->min_macos < (10 << 8 | 2) ? "-O udco reaches older systems" : "-O udzo reaches older systems");
	err->side = IMG_SIDE_TARGET;
	return rc;
}

static int
look_sidecar(struct conversion *c, struct img_err *err)
{
	int rc;

	if (!c->o->checksum)
		return 0;
	c->sidecar = sums_sidecar(c->o->dest, c->o->checksum);
	if (!c->sidecar)
		return img_fail_nomem(err);
	rc = replaces(c) ? 0 : target_absent(c->sidecar, err);
	return rc ? img_note(err, rc, "%s", c->sidecar) : 0;
}

/* What only DMGs have; the licence is read here, so that a faulty one stops the job early. */
static int
look_dmg(struct conversion *c, struct img_err *err)
{
	bool is_dmg = c->format.format->sink == &udif_sink_ops;
	const char *help = NULL;
	struct filesystem fs;
	bool hfs = !filesystem_choose(c->o, &c->format, &fs, &help, NULL) && !strcmp(fs.word, "hfs+");
	int rc = dress_look(c->o, is_dmg, hfs, err);

	if (!rc)
		rc = dress_agreement(c->o, &c->agreement, err);
	if (!rc && c->agreement && !(c->resources = udif_agreement_resources(c->agreement, &c->n_resources, err)))
		rc = IMG_E_NOMEM;
	if (rc)
		err->side = IMG_SIDE_TARGET;
	return rc;
}

static int
look(struct conversion *c, struct img_err *err)
{
	const char *source = c->o->source;
	struct stat st;
	bool known = strcmp(source, "-") == 0 ? fstat(STDIN_FILENO, &st) == 0 : stat(source, &st) == 0;
	int rc;

	if (!known && (!c->o->build || c->o->n_sources))
		return img_fail_sys(err, errno, "cannot open it");
	rc = c->o->build ? build_look(c->o, err) : 0;
	if (rc)
		return rc;
	rc = c->o->edit ? edit_look(c->t, c->o, err) : 0;
	if (rc)
		return rc;
	rc = target_look(c->o->dest, known && !c->o->in_place ? &st : NULL, replaces(c), &c->target, err);
	if (!rc)
		rc = look_sidecar(c, err);
	if (rc == IMG_E_EXISTS && !strstr(err->msg, "source itself"))
		hint(c, "-y replaces it");
	if (!rc)
		rc = look_format(c, err);
	if (!rc)
		rc = look_dmg(c, err);
	return rc ? rc : look_options(c, err);
}

/* ---- open ---- */

/* For a sink that stores by region.  A map that could not be read would make another image of the same disk. */
static int
find_volumes(struct conversion *c, struct img_err *err)
{
	const struct img_problem *p;
	size_t lost, n;
	int rc = img_volumes(sectors_of(c), true, &c->volumes, err);

	n = rc ? 0 : img_problems(c->env, &p, &lost);
	for (size_t i = 0; !c->o->ignore_errors && i < n; i++)
		if (strcmp(p[i].code, "unreadable") == 0)
			return img_fail(err, IMG_E_IO, "%s", p[i].message);
	return rc;
}

static int
build_image(struct conversion *c, struct img_tree *files, struct img_err *err)
{
	int rc = build_open(c->t, c->o, c->env, &c->fs, files, &c->outcome.built, &c->built, err);

	if (rc == IMG_E_USAGE && strstr(err->msg, "starts with isohdpfx.bin"))
		hint(c, "--mbr /usr/lib/ISOLINUX/isohdpfx.bin is Debian's, of the package isolinux; or put it beside isolinux.bin");
	else if (rc == IMG_E_USAGE && strstr(err->msg, "starts with boot_hybrid.img"))
		hint(c, "--mbr /usr/lib/grub/i386-pc/boot_hybrid.img is Debian's, of the package grub-pc-bin; or put it into the source");
	return rc;
}

/* Files become an image: those named, or those of the image that was opened. */
static int
build(struct conversion *c, struct img_tree *files, struct img_err *err)
{
	const char *help = NULL;
	int rc = filesystem_choose(c->o, &c->format, &c->fs, &help, err);

	if (help)
		hint(c, help);
	if (!rc)
		rc = build_image(c, files, err);
	if (!rc && (c->format.format->sink->needs & IMG_NEEDS_VOLUMES))
		rc = find_volumes(c, err);
	return rc;
}

static bool
is_disc(const char *fs)
{
	return strcmp(fs, "iso9660") == 0 || strcmp(fs, "udf") == 0;
}

/* ".iso" says ISO 9660 or UDF, ".udf" the latter: if that is not what the sectors hold, the files are put into one.
 * --repack and --fs ask for that whatever they hold. */
static int
check_repack(struct conversion *c, struct img_err *err)
{
	img_autotree struct img_tree *files = NULL;
	bool asked = c->o->repack || c->o->fs;
	int rc = c->format.only_optical && !asked ? image_arg_volumes(&c->source, true, err) : 0;

	if (rc || (!c->format.only_optical && !asked))
		return rc;
	for (size_t i = 0; !asked && i < c->source.volumes.n; i++) {
		const struct img_volume *v = &c->source.volumes.v[i];

		if (!v->part && v->fs && (strcmp(v->fs->name, c->format.disc) == 0 ||
					  (strcmp(c->format.disc, "iso") == 0 && is_disc(v->fs->name))))
			return 0;
	}
	rc = image_arg_tree(&c->source, NULL, 0, &files, err);
	if (rc && !asked)
		hint(c, "--raw keeps the sectors as they are");
	if (rc == IMG_E_UNKNOWN || rc == IMG_E_UNSUPPORTED) {
		rc = img_fail(err, rc, asked ? "the source holds no file system whose files this build reads" :
			      "the source holds no ISO 9660 or UDF file system, and no other whose files this build reads");
		err->side = IMG_SIDE_TARGET;
	}
	if (rc)
		return rc;
	rc = build(c, files, err);
	if (!rc)
		tool_say(c->t, TONE_NOTE, "repacked", c->o->source, asked ? NULL : "--raw keeps the sectors instead",
			 "its files were copied, boot code and partitions were not");
	return rc;
}

static int
open_file(struct conversion *c, struct img_err *err)
{
	char size[TEXT_SIZE_MAX];
	int rc = img_env_set_work_dir(c->env, c->target.folder, err);

	if (!rc)
		rc = image_arg_file(&c->source, c->env, c->o->source, err);
	if (!rc && c->source.spooled)
		tool_say(c->t, TONE_NOTE, "spooled", c->o->source, NULL, "copied to a work file in %s first (%s)",
			 c->target.folder, text_size(size, c->source.file->size));
	if (!rc && c->source.file->size == 0)
		rc = img_fail(err, IMG_E_UNKNOWN, "is empty");
	return rc;
}

/* An archive where files are wanted: 1, or 0 when it is none. */
static int
build_archive(struct conversion *c, struct img_err *err)
{
	img_autotree struct img_tree *files = NULL;
	struct img_err why = { 0 };
	int rc;

	if (!filesystem_wanted(c->o, &c->format) || c->t->o.from)
		return 0;
	rc = img_archive(c->env, c->source.file, c->target.folder, &files, &why);
	if (rc == IMG_E_UNKNOWN)
		return 0;
	if (rc) {
		*err = why;
		return rc;
	}
	rc = build(c, files, err);
	return rc ? rc : 1;
}

static int
gather_checks(struct conversion *c, struct img_err *err)
{
	int rc = img_image_checks(&c->source.image, &c->checks, err);

	if (rc == IMG_E_FORMAT && c->o->ignore_errors) {	/* damaged checksum records stop nobody who takes damage */
		img_problem(c->env, IMG_ERROR, "checksum-record", "%s", err->msg);
		rc = 0;
	}
	verdict_drop_requested(&c->checks);
	for (size_t i = 0; !rc && i < c->o->n_expect; i++)
		rc = sums_expect(c->o->expect[i], c->o->source, c->source.file, &c->checks, err);
	return rc;
}

static int
open_source(struct conversion *c, struct img_err *err)
{
	int rc;

	if (c->o->build)
		return build(c, NULL, err);
	rc = open_file(c, err);

	if (!rc) {
		rc = image_arg_open(&c->source, c->t->o.from, err);
		if (rc == IMG_E_UNKNOWN || rc == IMG_E_UNSUPPORTED) {
			int archive = c->o->edit ? 0 : build_archive(c, err);

			if (archive)
				return archive > 0 ? 0 : archive;
		}
		if (rc == IMG_E_UNKNOWN && !c->t->o.from && !strstr(err->msg, "-f raw"))
			hint(c, "-f raw takes the file as plain sectors");
	}
	if (!rc)
		rc = image_arg_pick(&c->source, c->t->o.partition, err);
	c->source.fs_volume = c->t->o.fs_volume;
	c->source.snapshot = c->t->o.snapshot;
	c->source.names = (enum img_names)c->t->o.names;
	if (!rc)
		rc = c->o->edit ? edit_open(c->t, c->o, &c->source, &c->edit, &c->built, err) : check_repack(c, err);
	if (c->edit && c->t->hint[0])
		hint(c, c->t->hint);
	if (c->edit)
		c->outcome.built = c->built ? img_ref(c->built) : NULL;
	if (!rc && (!c->built || c->edit) && (c->format.format->sink->needs & IMG_NEEDS_VOLUMES))
		rc = find_volumes(c, err);
	if (!rc)
		rc = gather_checks(c, err);
	return rc;
}

/* Is the target's file the decoded stream itself? */
static bool
is_stream(const struct conversion *c)
{
	return c->format.format->sink == &img_sink_raw && !c->format.pack;
}

/* ---- size ---- */

static int
measure(struct conversion *c, struct img_err *err)
{
	struct outcome *out = &c->outcome;
	int rc = img_source_need(sectors_of(c), &out->need, err);

	if (rc)
		return rc;
	out->size = sectors_of(c)->size;
	out->format = !c->built || !is_stream(c) ? c->format.format->name : c->edit ? "iso" : c->fs.word;
	out->edit = c->edit;
	if (c->edit && edit_is_partial(c->edit))
		out->status = STATUS_PARTIAL;
	out->free = c->target.free;
	if (!c->o->sparse || c->target.stream)
		out->need = out->size;
	if (c->o->dry_run && c->t->o.json)
		return 0;
	if (c->format.format->sink->shrinks || c->format.pack)	/* nobody knows how far: a full disk is told when it is full */
		return 0;
	return target_fits(&c->target, out->need, err);
}

/* ---- move ---- */

/* --compress zstd:19 for disk.img.zst is about the stream around it. */
static int
pack_level(const struct conversion *c)
{
	return packs_by_option(c) ? c->o->level : -1;
}

static int
begin_sink(struct conversion *c, struct img_err *err)
{
	const struct img_sink_ops *ops = c->format.format->sink;
	struct img_sink_job job = sink_job(c);
	int rc = target_open(&c->target, replaces(c), c->o->split ? udif_part_name : NULL, &c->out, err);

	if (rc)
		return rc;
	c->out->env = c->env;
	if ((ops->needs & IMG_NEEDS_SEEK) && !(c->out->flags & IMG_OUT_SEEKS)) {
		hint(c, "-O raw can be written to a pipe");
		rc = img_fail(err, IMG_E_USAGE, "%s cannot be written front to back", c->format.format->name);
		err->side = IMG_SIDE_TARGET;
		return rc;
	}
	if (c->o->checksum && !is_stream(c)) {
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
	return ops->begin(&job, c->packed ? c->packed : c->out, &c->sink, err);
}

/* Where the field cannot be written last. */
static bool
md5_comes_ahead(const struct conversion *c)
{
	return c->target.stream || !is_stream(c);
}

static int
run_job(struct conversion *c, struct img_err *err)
{
	struct progress progress;
	int rc;

	struct img_tap taps[1] = { { .digest = is_stream(c) ? c->o->checksum : NULL } };
	bool md5 = c->md5 && !md5_comes_ahead(c);

	c->outcome.tap.digest = c->o->checksum;
	if (md5)	/* it changes the image: a checksum takes a second reading */
		taps[0].digest = implant_digest();
	c->job = (struct img_job) {
		.source = sectors_of(c), .sink = c->sink, .threads = c->t->o.threads,
		.ignore_errors = c->o->ignore_errors, .checks = &c->checks,
		.checks_aside = !c->source.only || c->o->n_expect, .taps = taps, .n_taps = taps[0].digest != NULL,
		.progress = progress_step, .progress_ctx = &progress,
	};
	progress_begin(&progress, c->t, c->edit ? "edit" : c->built ? "build" : "convert", c->o->source, c->o->dest, sectors_of(c)->size);
	rc = img_job_run(&c->job, err);
	if (!rc && md5)
		rc = implant_write(c->out, sectors_of(c), taps[0].found, err);
	else
		memcpy(c->outcome.tap.found, taps[0].found, sizeof c->outcome.tap.found);
	c->job.taps = NULL;
	c->job.n_taps = 0;
	if (rc == IMG_E_FORMAT)
		hint(c, "--ignore-errors keeps the rest and fills what is damaged with zeros");
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

static int
move(struct conversion *c, struct img_err *err)
{
	int rc;

	c->md5 = c->edit ? edit_wants_md5(c->edit) : c->built && c->o->implant_md5;
	rc = c->md5 && md5_comes_ahead(c) ? implant_ahead(&c->built, c->t->o.threads, err) : 0;
	if (!rc)
		rc = begin_sink(c, err);
	if (!rc)
		rc = run_job(c, err);
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

/* ---- keep ---- */

static int
keep(struct conversion *c, struct img_err *err)
{
	int rc;

	if (c->o->checksum && !is_stream(c))
		img_out_digest_found(c->out, c->outcome.tap.found);
	rc = img_out_commit(c->packed ? c->packed : c->out, err);
	if (!rc && c->sidecar && c->md5 && is_stream(c))
		rc = sums_of_file(c->env, c->o->dest, c->o->checksum, c->outcome.tap.found, err);
	if (!rc && c->sidecar)
		rc = sums_write(c->sidecar, c->o->dest, c->o->checksum, c->outcome.tap.found, replaces(c), err);
	return rc;
}

/* Warnings so far; under --strict they end the job. */
static int
problems(struct conversion *c, struct img_err *err)
{
	if (tool_problems(c->t, c->env, c->o->source) == 0)
		return 0;
	return strict(c, IMG_E_FORMAT, "there were warnings", err);
}

static int
convert(struct conversion *c, bool *ret_said, struct img_err *err)
{
	int rc = look(c, err);

	if (!rc)
		rc = tool_env(c->t, &c->env, err);
	c->outcome.env = c->env;
	if (!rc)
		rc = open_source(c, err);
	if (!rc && !c->built)
		rc = dress_needless(c->o, err);
	if (!rc)
		rc = problems(c, err);
	if (!rc)
		rc = measure(c, err);
	if (!rc && c->o->dry_run)
		return 0;
	if (rc)
		return rc;
	rc = move(c, err);
	*ret_said = rc == IMG_E_CHECKSUM;
	return rc ? rc : keep(c, err);
}

static void
clean_up(struct conversion *c)
{
	img_job_done(&c->job);
	if (c->sink)
		c->sink->ops->destroy(c->sink);
	img_out_free(c->packed ? c->packed : c->out);
	img_checks_done(&c->checks);
	img_volumes_done(&c->volumes);
	img_unref(c->outcome.built);
	img_unref(c->built);
	edit_free(c->edit);
	udif_agreement_free(c->agreement);
	image_arg_done(&c->source);
	target_done(&c->target);
	free(c->sidecar);
	tool_env_free(c->env);
}

/* The file that a failure is about; NULL when the message begins with it, as those about one of several sources do. */
static const char *
blamed(const struct conv_options *o, const struct img_err *err)
{
	size_t n = strlen(o->source);

	if (err->side == IMG_SIDE_TARGET)
		return dest_name(o);
	return o->build && !strncmp(err->msg, o->source, n) && err->msg[n] == ':' ? NULL : o->source;
}

int
convert_run(struct tool *t, const struct conv_options *o)
{
	struct conversion c = { .t = t, .o = o, .target = { .fd = -1 } };
	struct img_err err = { 0 };
	char size[TEXT_SIZE_MAX], need[TEXT_SIZE_MAX];
	double began = progress_clock();
	bool said = false;
	int rc = convert(&c, &said, &err), status;

	c.outcome.elapsed = progress_clock() - began;
	if (rc == IMG_E_NOSPACE && !c.hint[0] && c.outcome.format)
		snprintf(c.hint, sizeof c.hint, "the image in %.90s holds %s, %s of it data", o->source,
			 text_size(size, c.outcome.size), text_size(need, c.outcome.need));
	if (rc) {
		c.outcome.err = &err;
		c.outcome.status = said ? status_of(rc) : tool_fail(t, &err, blamed(o, &err), c.hint[0] ? c.hint : NULL);
	}
	status = outcome_tell(t, o, &c.outcome);
	clean_up(&c);
	return status;
}
