/* SPDX-License-Identifier: BSD-2-Clause */
/* What a conversion may refuse before it reads anything: the format, the target and its sidecar, options that the sink
 * cannot follow. */
#include "config.h"

#include "convert/conversion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/build.h"
#include "convert/dress.h"
#include "convert/edit.h"
#include "convert/sums.h"
#include "formats/sparseimage/sparseimage.h"
#include "formats/split/names.h"
#include "formats/udif/agreement.h"
#include "formats/udif/udif.h"
#include "img/pack.h"

static int
look_format(struct conversion *c, struct img_err *err)
{
	const char *to = c->o->in_place ? "iso" : c->o->to;	/* whatever its name is */
	struct split_name part;
	int rc = target_format_find(c->parts.path ? c->parts.path : c->o->dest, to, c->o->raw, &c->format, err);

	if (rc) {
		target_format_hint(c->hint, sizeof c->hint);
		if (!c->o->split && split_name_parse(c->o->dest, &part) && !part.letters)
			conversion_hint(c, "--split SIZE writes a set of numbered files");
		return rc;
	}
	if (!c->format.contradiction[0])
		return 0;
	rc = conversion_strict(c, IMG_E_USAGE, c->format.contradiction, err);
	if (rc)
		err->side = IMG_SIDE_TARGET;
	else
		tool_say(c->t, TONE_WARNING, "name-contradicts", conversion_dest(c->o), NULL, "%s", c->format.contradiction);
	return rc;
}

bool
conversion_packs(const struct conversion *c)
{
	return c->format.pack && c->o->compress && (!c->o->method || img_pack_by_word(c->o->method) == c->format.pack);
}

struct img_sink_job
conversion_sink_job(const struct conversion *c)
{
	return (struct img_sink_job) {
		.source = conversion_sectors(c), .volumes = conversion_sectors(c) ? &c->volumes : NULL,
		.variant = c->format.variant, .compress = c->o->compress && !conversion_packs(c),
		.method = conversion_packs(c) ? NULL : c->o->method, .level = conversion_packs(c) ? -1 : c->o->level,
		.min_macos = c->o->min_macos, .sparse = c->o->sparse,
		.seal = c->seal,
		.resources = c->resources, .n_resources = c->n_resources, .split = c->parts.even ? 0 : c->o->split,
		.keys = c->o->key, .n_keys = c->o->n_keys,
		.name = strrchr(c->o->dest, '/') ? strrchr(c->o->dest, '/') + 1 : c->o->dest,
	};
}

/* The compressor that the name asks for, against the one of --compress. */
static int
look_pack(const struct conversion *c, struct img_err *err)
{
	const struct img_pack *p = c->format.pack;

	if (!c->o->compress || !c->o->method)
		return 0;
	if (!conversion_packs(c))
		return !img_pack_by_word(c->o->method) ? 0 :
		       img_fail(err, IMG_E_USAGE, "--compress %s, but the name ends in \".%s\"", c->o->method, p->suffix);
	if (c->o->level >= 0 && (c->o->level < p->min_level || c->o->level > p->max_level))
		return img_fail(err, IMG_E_USAGE, "%s has levels %d to %d, not %d", p->name, p->min_level, p->max_level,
				c->o->level);
	return 0;
}

/* Details of a format that the target does not have. */
static int
look_keys(const struct conversion *c, struct img_err *err)
{
	for (size_t i = 0; i < c->o->n_keys; i++) {
		const char *key = c->o->key[i].key, *const *k = c->format.format->sink->keys;
		bool known = !img_sink_of_key(key);

		for (; k && *k && !known; k++)
			known = !strcmp(*k, key);
		if (!known)
			return img_fail(err, IMG_E_USAGE, "--opt %s is nothing that %s has", key, c->format.format->name);
	}
	return 0;
}

/* What can be done with a file, but not with a folder. */
static int
look_folder(const struct conversion *c, struct img_err *err)
{
	const char *name = c->format.format->name;

	if (!(c->format.format->sink->needs & IMG_NEEDS_FOLDER))
		return 0;
	if (c->format.pack)
		return img_fail(err, IMG_E_USAGE, "a %s is a folder, which %s cannot be put around", name, c->format.pack->name);
	if (c->o->checksum)
		return img_fail(err, IMG_E_USAGE, "--checksum sums one file; a %s is a folder", name);
	if (c->o->split)
		return img_fail(err, IMG_E_USAGE, "--split makes parts of one file; a %s is a folder, --opt band-size is the size of "
				"its files", name);
	return 0;
}

/* What macOS opens as an encrypted image, and what can be made of it. */
static int
look_encryption(struct conversion *c, struct img_err *err)
{
	const struct img_sink_ops *ops = c->format.format->sink;
	bool folder = ops->needs & IMG_NEEDS_FOLDER;
	uint32_t rounds;

	if (!c->o->encrypt && c->o->key_rounds)
		return img_fail(err, IMG_E_USAGE, "--opt " CONV_KEY_ROUNDS ": nothing is encrypted");
	if (!c->o->encrypt)
		return 0;
	if (c->format.disc)
		return img_fail(err, IMG_E_USAGE, "--encrypt makes images for macOS; no PC would know the disc");
	if (ops != &img_sink_raw && ops != &udif_sink_ops && ops != &sprs_sink_ops && !folder)
		return img_fail(err, IMG_E_USAGE, "--encrypt: %s images cannot be encrypted", c->format.format->name);
	return conversion_key_rounds(c->o, &rounds, err);
}

/* May the target be written as the options say? */
static int
look_options(struct conversion *c, struct img_err *err)
{
	const struct img_sink_ops *ops = c->format.format->sink;
	struct img_sink_job job = conversion_sink_job(c);
	int rc = c->format.pack ? look_pack(c, err) : 0;

	if (!rc && ops->several && (c->format.pack || c->o->checksum || c->o->split))
		rc = img_fail(err, IMG_E_USAGE, c->format.pack ? "%s is several files, which no compressor holds" : c->o->split ?
			      "%s is several files already, which --split does not cut" : "--checksum sums one file, %s is several",
			      c->format.format->name);
	if (!rc)
		rc = look_keys(c, err);
	if (!rc)
		rc = look_folder(c, err);
	if (!rc)
		rc = look_encryption(c, err);
	if (!rc && c->o->bmap && (ops != &img_sink_raw || c->o->encrypt))
		rc = img_fail(err, IMG_E_USAGE, "--bmap: block maps are of plain sectors, not of %s",
			      c->o->encrypt ? "encrypted ones" : c->format.format->name);
	if (!rc && ops->options)
		rc = ops->options(&job, err);

	if (!rc)
		return 0;
	if (ops == &img_sink_raw)
		conversion_hint(c, "-O dmg writes a compressed image");
	else if (strstr(err->msg, "--min-macos"))
		conversion_hint(c, c->o->min_macos < (10 << 8 | 2) ? "-O udco reaches older systems" : "-O udzo reaches older systems");
	err->side = IMG_SIDE_TARGET;
	return rc;
}

/* DEST.bmap */
static int
look_map(struct conversion *c, struct img_err *err)
{
	const char *dest = c->parts.path ? c->parts.path : c->o->dest;
	int rc;

	if (!c->o->bmap)
		return 0;
	c->map_out = malloc(strlen(dest) + sizeof ".bmap");
	if (!c->map_out)
		return img_fail_nomem(err);
	sprintf(c->map_out, "%s.bmap", dest);
	rc = conversion_replaces(c) ? 0 : target_absent(c->map_out, err);
	return rc ? img_note(err, rc, "%s", c->map_out) : 0;
}

static int
look_sidecar(struct conversion *c, struct img_err *err)
{
	int rc;

	if (!c->o->checksum)
		return 0;
	c->sidecar = sums_sidecar(c->parts.path ? c->parts.path : c->o->dest, c->o->checksum);
	if (!c->sidecar)
		return img_fail_nomem(err);
	rc = conversion_replaces(c) ? 0 : target_absent(c->sidecar, err);
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

/* Files of a set are called by the format. */
static int
look_parts(struct conversion *c, struct img_err *err)
{
	int rc = parts_name(c->o, &c->parts, err);

	if (rc || !c->o->split)
		return rc;
	rc = look_format(c, err);
	/* segments of a DMG are nothing a compressor or a cipher could be around */
	return rc ? rc : parts_choose(c->o, c->format.pack || c->o->encrypt ? NULL : c->format.format->sink->part_name, &c->parts,
				      err);
}

int
conversion_look(struct conversion *c, struct img_err *err)
{
	const char *source = c->o->source;
	struct stat st;
	bool known = image_arg_stat(source, &st);
	int rc;

	if (!known && !img_is_url(source) && (!c->o->build || c->o->n_sources))
		return img_fail_sys(err, errno, "cannot open it");
	rc = c->o->build ? build_look(c->o, err) : 0;
	if (rc)
		return rc;
	rc = c->o->edit ? edit_look(c->t, c->o, err) : 0;
	if (rc)
		return rc;
	rc = look_parts(c, err);
	if (rc)
		return rc;
	rc = target_look(c->parts.first ? c->parts.first : c->o->dest, known && !c->o->in_place ? &st : NULL, conversion_replaces(c),
			 !c->o->in_place && target_format_is_folder(c->o->dest, c->o->to), &c->target, err);
	if (!rc)
		rc = look_sidecar(c, err);
	if (!rc)
		rc = look_map(c, err);
	if (rc == IMG_E_EXISTS && !strstr(err->msg, "source itself"))
		conversion_hint(c, "-y replaces it");
	if (!rc && !c->o->split)
		rc = look_format(c, err);
	if (!rc)
		rc = look_dmg(c, err);
	return rc ? rc : look_options(c, err);
}
