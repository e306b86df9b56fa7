/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv that change what is in an image: kept in the order they were given, because each works on what those
 * before left. */
#include "config.h"

#include <string.h>

#include "convert/options.h"
#include "convert/options_tables.h"
#include "core/memory.h"

const struct cmd_option conv_edit_options[] = {
	{ OPT_ADD, 0, "add", "SRC:DEST", 0, "Editing", "put a file, or the contents of a folder, at DEST of the image" },
	{ OPT_RM, 0, "rm", "PATH", 0, NULL, "take a file, or a folder and all in it, away" },
	{ OPT_MKDIR, 0, "mkdir", "PATH", 0, NULL, "make a folder" },
	{ OPT_MOVE, 0, "move", "FROM:TO", 0, NULL, "move or rename" },
	{ 0 }
};

int
conv_set_edit_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	struct conv_edit e = { .what = (enum conv_edit_what)(id - OPT_ADD), .value = c->value };
	const char *colon = strrchr(c->value, ':');

	if (e.what == CONV_ADD || e.what == CONV_MOVE) {
		if (!colon || colon == c->value || !colon[1])
			return img_fail(err, IMG_E_USAGE, "%s %s: %s is expected", c->shown, c->value,
					e.what == CONV_ADD ? "SRC:DEST" : "FROM:TO");
		e.first = img_arena_str(o->arena, c->value, (size_t)(colon - c->value));
		if (!e.first)
			return img_fail_nomem(err);
		e.value = colon + 1;
	}
	return conv_add_edit(o, &e, err);
}

/* What is for making images, or for taking files out, and would do nothing here. */
static const char *
idle_option(const struct conv_options *o, const char *partition)
{
	if (o->n_grafts)
		return "--graft (--add is what puts files in)";
	if (o->n_exclude || o->exclude_from)
		return "--exclude";
	if (o->files_from)
		return "--files-from";
	if (o->keep_parent || o->contents_only)
		return "--keep-parent or --contents-only";
	if (o->n_keys)
		return "how an image is built";
	if (o->raw || o->repack)
		return "--raw or --repack";
	if (o->layout || o->n_licences || o->n_links || (o->in_place && o->split))
		return "what a DMG is made with";
	if (o->fs || o->partition_map || o->size)
		return "--fs, --partition-map or --size";
	if (o->view || o->strip || o->owner == OWNER_DROP)
		return "how files are taken out";
	return partition ? "-P" : NULL;
}

int
conv_check_edit(const struct conv_options *o, const char *partition, struct img_err *err)
{
	const char *idle = idle_option(o, partition);

	if (!o->edit && o->n_edits)
		return img_fail(err, IMG_E_USAGE, "--%s changes an image: imgconv edit IMAGE --%s %s%s%s",
				conv_edit_options[o->edits[0].what].name, conv_edit_options[o->edits[0].what].name,
				o->edits[0].first ? o->edits[0].first : "", o->edits[0].first ? ":" : "", o->edits[0].value);
	if (!o->edit)
		return 0;
	if (idle)
		return img_fail(err, IMG_E_USAGE, "edit keeps the image as it is but for the changes; it has no use for %s", idle);
	if (o->in_place && !strcmp(o->source, "-"))
		return img_fail(err, IMG_E_USAGE, "standard input cannot be edited in place; -o names the target");
	if (o->in_place && o->to)
		return img_fail(err, IMG_E_USAGE, "-O would change the format of the image in place; -o names another target");
	if (o->in_place && !o->n_edits && !o->label)
		return img_fail(err, IMG_E_USAGE, "nothing to change: --add, --rm, --mkdir, --move or --label is expected");
	return 0;
}
