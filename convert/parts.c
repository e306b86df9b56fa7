/* SPDX-License-Identifier: BSD-2-Clause */
/* --split SIZE: the stream of any target cut into files.
 *
 *	App.img		App.img.001 App.img.002 …		as 7-Zip, HJSplit and others count (--split-names 001)
 *			App.img.aa App.img.ab …			as split(1) does (aa)
 *			App.img.part1 App.img.part2 …		(part1)
 *	App.dmg		App.dmg App.002.dmgpart …		as hdiutil does: each with a trailer of its own (dmgpart)
 *	super.simg	super.img_sparsechunk.0 …		as fastboot does: each an image by itself (sparsechunk)
 *
 * All but the last are cut alike, and cat(1) joins them, but for the last two.  A DEST that is the name of a first part
 * says the same as --split-names. */
#include "config.h"

#include "convert/parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/options.h"
#include "convert/sums.h"
#include "convert/target.h"
#include "core/cmdline.h"
#include "core/memory.h"
#include "core/sums.h"
#include "core/text.h"
#include "formats/split/names.h"
#include "formats/simg/simg.h"
#include "formats/udif/udif.h"

static const struct {
	const char *word;
	img_out_part_name *name;
} ways[] = {
	[PART_NAMES_DIGITS] = { "001", split_part_digits }, [PART_NAMES_LETTERS] = { "aa", split_part_letters },
	[PART_NAMES_WORD] = { "part1", split_part_word }, [PART_NAMES_DMG] = { "dmgpart", udif_part_name },
	[PART_NAMES_SIMG] = { "sparsechunk", simg_part_name },
};

int
parts_set_size(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	int rc = cmd_size(c->shown, c->value, &o->split, err);

	if (!rc && (o->split < UINT64_C(65536) || o->split > INT64_MAX / IMG_OUT_MAX_PARTS))
		rc = img_fail(err, IMG_E_USAGE, "%s %s: at least 64K is expected", c->shown, c->value);
	return rc;
}

int
parts_set_names(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	for (size_t i = PART_NAMES_DIGITS; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(c->value, ways[i].word)) {
			o->part_names = (enum part_names)i;
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "%s %s: 001, aa, part1, dmgpart or sparsechunk is expected", c->shown, c->value);
}

/* The naming whose first part of something is called @dest; that something is @dest's first *ret_len bytes. */
static enum part_names
named_by(const char *dest, size_t *ret_len)
{
	size_t n = strlen(dest);

	for (size_t i = PART_NAMES_DIGITS; i <= PART_NAMES_WORD; i++) {
		size_t k = strlen(ways[i].word) + 1;

		if (n > k && dest[n - k - 1] != '/' && dest[n - k] == '.' && !strcmp(dest + n - k + 1, ways[i].word)) {
			*ret_len = n - k;
			return (enum part_names)i;
		}
	}
	*ret_len = n;
	return PART_NAMES_DEFAULT;
}

int
parts_name(const struct conv_options *o, struct parts *ret, struct img_err *err)
{
	struct parts p = { .each = o->split };
	struct stat st;
	size_t len;

	if (!o->split) {
		*ret = p;
		return 0;
	}
	if (!strcmp(o->dest, "-")) {
		img_fail(err, IMG_E_USAGE, "--split makes files; a pipe is none");
		err->side = IMG_SIDE_TARGET;
		return IMG_E_USAGE;
	}
	named_by(o->dest, &len);
	if (lstat(o->dest, &st) == 0 && !S_ISREG(st.st_mode) && (stat(o->dest, &st) || !S_ISREG(st.st_mode))) {
		img_fail(err, IMG_E_EXISTS, "is no ordinary file; --split makes files that are called like it");
		err->side = IMG_SIDE_TARGET;
		return IMG_E_EXISTS;
	}
	p.path = strndup(o->dest, len);
	if (!p.path)
		return img_fail_nomem(err);
	*ret = p;
	return 0;
}

int
parts_choose(const struct conv_options *o, img_out_part_name *own, struct parts *io, struct img_err *err)
{
	size_t len;
	enum part_names how = o->part_names ? o->part_names : named_by(o->dest, &len);

	if (!o->split)
		return 0;
	if (how >= PART_NAMES_DMG && ways[how].name != own) {
		img_fail(err, IMG_E_USAGE, "--split-names %s; 001, aa and part1 are for all",
			 how == PART_NAMES_DMG ? "dmgpart is for DMGs" : "sparsechunk is for Android sparse images");
		err->side = IMG_SIDE_TARGET;
		return IMG_E_USAGE;
	}
	io->name = how ? ways[how].name : own ? own : split_part_digits;
	io->even = io->name != own;
	io->first = io->name(io->path, 0);
	return io->first ? 0 : img_fail_nomem(err);
}

static uint64_t
most(const struct parts *p)
{
	return p->name == split_part_letters ? SPLIT_MAX_LETTERS : IMG_OUT_MAX_PARTS;
}

int
parts_fit(const struct parts *p, uint64_t size, struct img_err *err)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];
	uint64_t n = p->each && size ? (size - 1) / p->each + 1 : 1;

	if (n <= most(p))
		return 0;
	img_fail(err, IMG_E_LIMIT, "--split: %" PRIu64 " parts of %s are more than the limit of %" PRIu64 "; parts of %s would do", n,
		 text_size(a, p->each), most(p), text_size(b, size / most(p) + 1));
	err->side = IMG_SIDE_TARGET;
	return IMG_E_LIMIT;
}

int
parts_open(const struct parts *p, struct target *t, bool overwrite, struct img_out **ret, struct img_err *err)
{
	int rc;

	if (!p->path)
		return target_open(t, overwrite, NULL, ret, err);
	t->path = p->path;
	rc = target_open(t, overwrite, p->name, ret, err);
	if (!rc && p->even)
		img_out_parts_even(*ret, p->each);
	return rc;
}

void
parts_count(struct parts *p, struct img_out *out)
{
	uint64_t len;

	while (p->path && img_out_parts_file(out, p->n, &len))
		p->n++;
}

int
parts_sums(const struct parts *p, struct img_env *env, const char *sidecar, const struct img_digest *d, bool replace,
	   struct img_err *err)
{
	img_autofree struct sums_line *lines = NULL;
	int rc = img_array(p->n, sizeof *lines, UINT64_MAX, "parts", &lines, err);
	size_t n = 0;

	for (; !rc && n < p->n; n++) {
		lines[n].name = p->name(p->path, n);
		rc = lines[n].name ? sums_of_file(env, lines[n].name, d, lines[n].sum, err) : img_fail_nomem(err);
	}
	if (!rc)
		rc = sums_write(sidecar, lines, n, d, replace, err);
	while (n)
		free(lines[--n].name);
	return rc;
}

uint64_t
parts_on_disk(const struct parts *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		img_autofree char *path = p->name(p->path, i);
		struct stat st;

		if (path && !stat(path, &st))
			sum += (uint64_t)st.st_blocks * 512;
	}
	return sum;
}

void
parts_done(struct parts *p)
{
	free(p->path);
	free(p->first);
	*p = (struct parts) { 0 };
}
