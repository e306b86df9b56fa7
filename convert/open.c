/* SPDX-License-Identifier: BSD-2-Clause */
/* The source of a conversion, opened down to what is written:
 *
 *	files on the command line	become an image					(build)
 *	an image				its sectors, or those of a partition		(conversion_open)
 *	  that is edited			the changed one					(convert/edit.c)
 *	  whose files are wanted		another image of them				(check_repack)
 *	an archive			as files on the command line			(build_archive) */
#include "config.h"

#include "convert/conversion.h"

#include <string.h>

#include "convert/bmap.h"
#include "convert/build.h"
#include "convert/edit.h"
#include "convert/sums.h"
#include "core/image_tree.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/verdict.h"
#include "formats/archive/archive.h"
#include "formats/iso9660/iso9660.h"
#include "formats/udif/codesign.h"
#include "formats/udif/udif.h"
#include "img/env.h"

/* For a sink that stores by region.  A map that could not be read would make another image of the same disk. */
static int
find_volumes(struct conversion *c, struct img_err *err)
{
	const struct img_problem *p;
	size_t lost, n;
	int rc = img_volumes(conversion_sectors(c), true, &c->volumes, err);

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
		conversion_hint(c, "--mbr /usr/lib/ISOLINUX/isohdpfx.bin is Debian's, of the package isolinux; or put it beside isolinux.bin");
	else if (rc == IMG_E_USAGE && strstr(err->msg, "starts with boot_hybrid.img"))
		conversion_hint(c, "--mbr /usr/lib/grub/i386-pc/boot_hybrid.img is Debian's, of the package grub-pc-bin; or put it into the source");
	return rc;
}

/* Files become an image: those named, or those of the image that was opened. */
static int
build(struct conversion *c, struct img_tree *files, struct img_err *err)
{
	const char *help = NULL;
	int rc = filesystem_choose(c->o, &c->format, &c->fs, &help, err);

	if (help)
		conversion_hint(c, help);
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

bool
conversion_holds_disc(struct conversion *c)
{
	if (image_arg_volumes(&c->source, true, NULL))
		return false;
	for (size_t i = 0; i < c->source.volumes.n; i++) {
		const struct img_volume *v = &c->source.volumes.v[i];

		if (!v->part && v->fs && (strcmp(v->fs->name, c->format.disc) == 0 ||
					  (strcmp(c->format.disc, "iso") == 0 && is_disc(v->fs->name))))
			return true;
	}
	return false;
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
	if (!asked && conversion_holds_disc(c))
		return 0;
	rc = image_arg_tree(&c->source, NULL, 0, &files, err);
	if (rc && !asked)
		conversion_hint(c, "--raw keeps the sectors as they are");
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

static void
say_spooled(struct conversion *c)
{
	char size[TEXT_SIZE_MAX];

	if (c->source.spooled)
		tool_say(c->t, TONE_NOTE, "spooled", c->o->source, NULL, "copied to a work file in %s first (%s)",
			 c->target.folder, text_size(size, c->source.file->size));
}

static int
open_file(struct conversion *c, struct img_err *err)
{
	int rc = img_env_set_work_dir(c->env, c->target.folder, err);

	c->forward.may = forward_may(c);
	if (!rc && c->forward.may)
		rc = image_arg_look(&c->source, c->env, c->o->source, err);
	else if (!rc)
		rc = image_arg_file(&c->source, c->env, c->o->source, err);
	if (!rc)
		say_spooled(c);
	c->source.closed = (c->format.only_optical || c->o->fs) && !c->o->repack && !c->source.inner && !c->o->edit;
	if (!rc && c->source.file->size == 0)
		rc = img_fail(err, IMG_E_UNKNOWN, "is empty");
	return rc;
}

/* Down to the sectors or the partition that is meant, in all ways of reading. */
static int
open_whole(struct conversion *c, struct img_err *err)
{
	int rc = image_arg_open(&c->source, c->t->o.from, err);

	if (!rc)
		rc = bmap_apply(c, err);
	return rc ? rc : image_arg_pick(&c->source, c->t->o.partition, err);
}

/* Of what was opened while the environment peeked: is any of it a stream that was only looked at?  What lies in it may show
 * itself by its end, which was out of reach. */
static bool
left_out(const struct conversion *c)
{
	const struct img_image *im = &c->source.image;
	bool some = !c->source.opened || c->source.piped;

	if (!img_env_peeks(c->env) && !c->source.piped)	/* it was looked at again */
		return false;
	for (unsigned int i = 0; !some && i < im->n; i++)
		some = im->layer[i].source->ops->flow;
	return some;
}

/* The same, but if it will do, only the beginning: c->forward.on. */
static int
open_image(struct conversion *c, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc;

	if (!c->forward.may)
		return open_whole(c, err);
	img_env_set_peek(c->env, IMG_PEEK_FIRST);
	rc = open_whole(c, &why);
	c->forward.on = !rc && forward_fits(c);
	/* no second password, no second unpacking */
	if (c->forward.on || rc == IMG_E_CANCELLED || rc == IMG_E_NOMEM || !left_out(c)) {
		img_env_set_peek(c->env, IMG_PEEK_NOT);
		if (err && rc)
			*err = why;
		return rc;
	}
	rc = image_arg_settle(&c->source, err);
	if (rc)
		return rc;
	say_spooled(c);
	return open_whole(c, err);
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
	/* what streams carry is tested as they come by */
	int rc = c->forward.on ? 0 : image_arg_checks(&c->source, &c->checks, err);

	if (rc == IMG_E_FORMAT && c->o->ignore_errors) {	/* damaged checksum records stop nobody who takes damage */
		img_problem(c->env, IMG_ERROR, "checksum-record", "%s", err->msg);
		rc = 0;
	}
	verdict_drop_requested(&c->checks);
	for (size_t i = 0; !rc && i < c->o->n_expect; i++)
		rc = sums_expect(c->o->expect[i], c->o->source, c->source.file, &c->checks, err);
	return rc;
}

/* Is the image that was opened only one of the things in an archive, where a target may be made of files as well? */
static bool
holds_more(const struct conversion *c)
{
	const struct img_image *im = &c->source.image;

	if (!filesystem_wanted(c->o, &c->format) || c->source.inner || c->t->o.from || c->o->edit || c->o->raw || c->o->repack)
		return false;
	for (unsigned int i = 0; i < im->n; i++)
		if (im->layer[i].format->enter)
			return !archive_is_alone(im->layer[i].source);
	return false;
}

/* A signed DMG made into another DMG is one that nobody signed. */
static void
tell_of_signature(struct conversion *c)
{
	const struct img_image *im = &c->source.image;
	struct codesign cs = { 0 };
	struct udif_signed of;
	bool found = false;

	for (unsigned int i = 0; i < im->n && c->format.format == &img_format_udif && !found; i++) {
		if (im->layer[i].format != &img_format_udif || udif_codesign(im->layer[i].source, &cs, &found, &of, NULL) || !found)
			continue;
		codesign_done(&cs);
		img_problem(c->env, IMG_NOTE, "signature-lost", "the code signature is not taken over: it is of the file as it was");
	}
}

/* What is made of the source that is open. */
static int
finish_open(struct conversion *c, struct img_err *err)
{
	int rc = conversion_check_whole(c, c->source.sectors, err);

	if (rc)
		return rc;
	if (!c->source.sectors->size && c->source.image.n)
		return img_fail(err, IMG_E_UNKNOWN, "there is no track with data; -P N takes one with sound into a .wav (imginfo lists them)");
	c->source.fs_volume = c->t->o.fs_volume;
	c->source.snapshot = c->t->o.snapshot;
	c->source.names = (enum img_names)c->t->o.names;
	rc = c->o->edit ? edit_open(c->t, c->o, &c->source, &c->edit, &c->built, err) : check_repack(c, err);
	if (c->edit && c->t->hint[0])
		conversion_hint(c, c->t->hint);
	if (c->edit)
		c->outcome.built = c->built ? img_ref(c->built) : NULL;
	if (!rc && (!c->built || c->edit) && (c->format.format->sink->needs & IMG_NEEDS_VOLUMES))
		rc = find_volumes(c, err);
	if (!rc)
		tell_of_signature(c);
	return rc ? rc : gather_checks(c, err);
}

int
conversion_check_whole(struct conversion *c, struct img_source *sectors, struct img_err *err)
{
	struct img_err why = { 0 };

	if (c->o->edit || c->t->o.partition || (c->t->o.from && !strcmp(c->t->o.from, "raw")) ||
	    (sectors->flags & IMG_HEAD_ONLY) || !iso_check_whole(sectors, &why))
		return 0;
	if (c->o->ignore_errors) {
		img_problem(c->env, IMG_WARNING, "iso-truncated", "%s", why.msg);
		return 0;
	}
	conversion_hint(c, "download it again; nothing was written.  --ignore-errors takes what is there");
	if (err)
		*err = why;
	return IMG_E_FORMAT;
}

int
conversion_reopen(struct conversion *c, struct img_err *err)
{
	int rc;

	forward_done(&c->forward);
	c->forward = (struct forward) { 0 };
	img_checks_done(&c->checks);
	c->checks = (struct img_checks) { 0 };
	rc = image_arg_settle(&c->source, err);
	if (!rc)
		rc = open_whole(c, err);
	return rc ? rc : finish_open(c, err);
}

/* Text is no image, but a file that somebody may want in one. */
static void
hint_to_store(struct conversion *c)
{
	if (strlen(c->o->source) < 40)
		snprintf(c->hint, sizeof c->hint, "to store this file inside an image: imgconv build %s FILE.iso", c->o->source);
	else
		conversion_hint(c, "to store this file inside an image: imgconv build SOURCE FILE.iso");
}

int
conversion_open(struct conversion *c, struct img_err *err)
{
	bool more = false;
	int rc;

	if (c->o->build)
		return build(c, NULL, err);
	rc = bmap_look(c, err);
	if (!rc)
		rc = open_file(c, err);
	if (!rc) {
		rc = open_image(c, err);
		if (!rc && holds_more(c)) {
			rc = IMG_E_UNKNOWN;
			more = true;
		}
		if (rc == IMG_E_UNKNOWN || rc == IMG_E_UNSUPPORTED) {
			int archive = c->o->edit ? 0 : build_archive(c, err);

			if (archive > 0 && more)
				tool_say(c->t, TONE_NOTE, "archive-files", c->o->source, "-f zip, -f tar or -f 7z takes the image in it alone",
					 "it holds more than an image; its files were put in");
			if (archive)
				return archive > 0 ? 0 : archive;
		}
		if (rc == IMG_E_UNKNOWN && strstr(err->msg, "plain text"))
			hint_to_store(c);
		else if (rc == IMG_E_UNKNOWN && !c->t->o.from && !strstr(err->msg, "-f raw") && !strstr(err->msg, "says which"))
			conversion_hint(c, "-f raw takes the file as plain sectors");
	}
	return rc ? rc : finish_open(c, err);
}
