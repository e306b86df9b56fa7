/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv about making images, whatever the format: rows, and what they set. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert/options.h"
#include "convert/options_tables.h"
#include "core/memory.h"

#define MAX_ID 999999999

const struct cmd_option conv_build_options[] = {
	{ OPT_STORE, 'V', "label", "NAME", 0, "Building", "name of the volume", .into = OPT_INTO(label) },
	{ OPT_STORE, 0, "volname", "NAME", CMD_ALIAS, NULL, "the same as --label", .into = OPT_INTO(label) },
	{ OPT_STORE, 0, "fs", "FS", 0, NULL, "file system: hfs+ (default for DMGs), iso or fat32",
	  .into = OPT_INTO(fs) },
	{ OPT_PARTITION_MAP, 0, "partition-map", "MAP", 0, NULL, "around it: gpt (default for hfs+), apm, mbr or none" },
	{ OPT_SIZE, 0, "size", "SIZE", 0, NULL, "size of the image, to leave room; else what the files need" },
	{ OPT_STORE, 0, "repack", NULL, 0, NULL, "copy the files of an image into a new one, not its sectors",
	  .into = OPT_INTO(repack) },
	{ OPT_EXCLUDE, 0, "exclude", "GLOB", 0, NULL, "leave out names, or with a slash whole paths, that fit" },
	{ OPT_STORE, 0, "exclude-from", "FILE", 0, NULL, "patterns to leave out, one a line",
	  .into = OPT_INTO(exclude_from) },
	{ OPT_GRAFT, 0, "graft", "SRC:DEST", 0, NULL, "put a file or the contents of a folder at DEST" },
	{ OPT_STORE, 0, "files-from", "FILE", 0, NULL, "put in the paths listed in FILE (- is standard input)",
	  .into = OPT_INTO(files_from) },
	{ OPT_STORE, '0', "null", NULL, 0, NULL, "paths in that list end with NUL, not with a line",
	  .into = OPT_INTO(null_lists) },
	{ OPT_STORE, 0, "keep-parent", NULL, 0, NULL, "a folder goes in under its own name, not its contents",
	  .into = OPT_INTO(keep_parent) },
	{ OPT_STORE, 0, "contents-only", NULL, 0, NULL, "of a bundle (.app) too only the contents go in",
	  .into = OPT_INTO(contents_only) },
	{ OPT_MODE, 0, "mode", "keep|FILES,DIRS", 0, NULL, "permissions as in the source (default for hfs+), or these (octal); else 0444, 0555" },
	{ OPT_STORE, 0, "follow-links", NULL, 0, NULL, "put in what symbolic links lead to",
	  .into = OPT_INTO(follow_links) },
	{ OPT_STORE, 0, "timestamp", "EPOCH", 0, NULL, "newest time in the image; else $SOURCE_DATE_EPOCH",
	  .into = OPT_INTO(timestamp) },
	{ OPT_OPT, 0, "opt", "KEY=VALUE", 0, NULL, "a detail of the format, see imgconv(1)" },
	{ 0 }
};

/* One of two numbers that @end ends: in @base, or a word for what is no number.  Moves *@p behind it; false: neither. */
static bool
take_number(const char **p, int base, char end, bool has_default, uint32_t max, uint32_t *ret)
{
	static const char keep[] = "keep", deflt[] = "default";
	unsigned long v;
	char *stop;

	if (!strncmp(*p, keep, sizeof keep - 1)) {
		*ret = IMG_AS_KEPT;
		*p += sizeof keep - 1;
	} else if (has_default && !strncmp(*p, deflt, sizeof deflt - 1)) {
		*ret = IMG_AS_DEFAULT;
		*p += sizeof deflt - 1;
	} else {
		if (**p < '0' || **p > '9')
			return false;
		errno = 0;
		v = strtoul(*p, &stop, base);
		if (errno || v > max)
			return false;
		*ret = (uint32_t)v;
		*p = stop;
	}
	return *(*p)++ == end;
}

int
conv_set_owner(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *p = c->value;

	o->owner = OWNER_KEEP;
	if (strcmp(p, "keep") == 0)
		return 0;
	if (!take_number(&p, 10, ':', false, MAX_ID, &o->uid) || !take_number(&p, 10, '\0', false, MAX_ID, &o->gid))
		return img_fail(err, IMG_E_USAGE, "%s %s: keep or UID:GID is expected", c->shown, c->value);
	o->owner = OWNER_SET;
	return 0;
}

static int
set_mode(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *p = c->value;

	o->mode = IMG_MODE_KEEP;
	if (strcmp(p, "keep") == 0)
		return 0;
	if (!take_number(&p, 8, ',', true, 07777, &o->file_mode) || !take_number(&p, 8, '\0', true, 07777, &o->dir_mode))
		return img_fail(err, IMG_E_USAGE, "%s %s: keep, or permissions as in 0644,0755 are expected", c->shown, c->value);
	o->mode = IMG_MODE_SET;
	return 0;
}

static int
set_map(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	static const char *const maps[] = { "gpt", "apm", "mbr", "none", NULL };
	unsigned int w = 0;
	int rc = cmd_word(c->shown, c->value, maps, &w, err);

	o->partition_map = rc ? NULL : maps[w];
	return rc;
}

static int
set_opt(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *eq = strchr(c->value, '='), *key;
	size_t n = eq ? (size_t)(eq - c->value) : strlen(c->value);

	if (!n)
		return img_fail(err, IMG_E_USAGE, "%s %s: KEY=VALUE is expected", c->shown, c->value);
	key = img_arena_str(o->arena, c->value, n);
	return key ? conv_add_key(o, key, eq ? eq + 1 : "yes", err) : img_fail_nomem(err);
}

/* SRC:DEST */
static int
add_graft(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *colon = strrchr(c->value, ':'), *from;

	if (!colon || colon == c->value)
		return img_fail(err, IMG_E_USAGE, "%s %s: SRC:DEST is expected", c->shown, c->value);
	from = img_arena_str(o->arena, c->value, (size_t)(colon - c->value));
	return from ? conv_add_graft(o, from, colon + 1, err) : img_fail_nomem(err);
}

int
conv_set_build_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	switch (id) {
	case OPT_PARTITION_MAP:
		return set_map(c, o, err);
	case OPT_SIZE:
		return cmd_size(c->shown, c->value, &o->size, err);
	case OPT_EXCLUDE:
		return conv_add_exclude(o, c->value, err);
	case OPT_GRAFT:
		return add_graft(c, o, err);
	case OPT_MODE:
		return set_mode(c, o, err);
	case OPT_OPT:
		return set_opt(c, o, err);
	case OPT_KEY:
		return conv_add_key(o, c->opt->key, c->opt->value ? c->opt->value : c->value, err);
	case OPT_HABIT:
		return 0;
	default:
		return conv_set_dmg_option(id, c, o, err);
	}
}
