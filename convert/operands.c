/* SPDX-License-Identifier: BSD-2-Clause */
/* What the words of a command mean; see convert/operands.h.  A verb counts only as the first word, spelled in full. */
#include "config.h"

#include "convert/operands.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/names.h"
#include "convert/options.h"
#include "core/image_arg.h"
#include "core/memory.h"

/* Verbs of releases to come, and what they are for. */
static const struct {
	const char *verb, *what;
} later_verbs[] = {
	{ "write", "write to disks" },
	{ "resize", "resize images" }, { "mount", "mount images" }, { "unmount", "mount images" },
};

int
operands_add(struct operands *w, const char *word, struct img_err *err)
{
	if (word[0] == '\0')
		return img_fail(err, IMG_E_USAGE, "an empty name");
	if (w->n == MAX_OPERANDS)
		return img_fail(err, IMG_E_USAGE, "more than %d names; --files-from takes any number", MAX_OPERANDS);
	w->v[w->n++] = word;
	return 0;
}

/* Take a verb off the front. */
static int
take_verb(struct operands *w, const char **ret_hint, struct img_err *err)
{
	const char *first = w->n ? w->v[0] : "";

	for (size_t i = 0; i < sizeof later_verbs / sizeof *later_verbs; i++) {
		if (strcmp(first, later_verbs[i].verb) != 0)
			continue;
		*ret_hint = "a file of that name is given as ./NAME";
		return img_fail(err, IMG_E_USAGE, "%s: this build cannot %s yet", first, later_verbs[i].what);
	}
	w->help = strcmp(first, "help") == 0;
	w->extract = strcmp(first, "extract") == 0 || strcmp(first, "x") == 0;
	w->build = strcmp(first, "build") == 0 || strcmp(first, "create") == 0;
	w->edit = strcmp(first, "edit") == 0;
	if (w->extract || w->build || w->edit || strcmp(first, "convert") == 0) {
		w->n--;
		memmove(w->v, w->v + 1, w->n * sizeof *w->v);
	}
	return 0;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A sparse bundle is an image, though a folder. */
static bool
is_source_folder(const char *path)
{
	return is_folder(path) && !image_arg_is_bundle(path);
}

/* "x.sparsebundle/", as shells complete it; NULL: out of memory */
static const char *
without_slashes(const char *path, struct img_arena *arena)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return path[n] ? img_arena_str(arena, path, n) : path;
}

/* Does the name say that it is a sparse bundle, whatever stands there? */
static bool
names_bundle(const char *path, struct img_arena *arena)
{
	const char *name = without_slashes(path, arena);

	return name && target_format_is_folder(name, NULL);
}

/* Is @dest a place for files: an archive by its name or by -O, a folder? */
static bool
takes_files(const char *dest, struct conv_options *o)
{
	const char *format, *filter;
	char word[40];

	if (o->to) {
		snprintf(word, sizeof word, "x.%s", o->to);
		if (!img_archive_suffix(word, &format, &filter))
			return false;
		if (img_archive_suffix(dest, &o->archive_format, &o->archive_filter) && !strcmp(o->archive_format, format))
			return true;
		o->archive_format = format;
		o->archive_filter = filter;
		return true;
	}
	if (names_bundle(dest, o->arena))
		return false;
	return img_archive_suffix(dest, &o->archive_format, &o->archive_filter) || dest[strlen(dest) - 1] == '/' ||
	       is_folder(dest);
}

/* imgconv [x] [-C DIR] IMAGE [DEST] [PATTERN...].  False: this is no job for files. */
static bool
sort_extract(struct operands *w, struct conv_options *ret, struct img_err *err, int *ret_rc)
{
	const char *dest = w->directory ? w->directory : w->output;

	*ret_rc = 0;
	if (w->directory && w->output) {
		*ret_rc = img_fail(err, IMG_E_USAGE, "-C and -o both name the target");
		return true;
	}
	if (dest && !w->directory && !w->extract && !takes_files(dest, ret))
		return false;
	if (dest && !w->directory && w->extract)
		takes_files(dest, ret);
	if (!dest && w->n > 1 && takes_files(w->v[w->n - 1], ret))
		dest = w->v[--w->n];
	if (!dest && !w->extract)
		return false;
	if (!w->n) {
		*ret_rc = img_fail(err, IMG_E_USAGE, "no source was named");
		return true;
	}
	ret->extract = true;
	ret->source = w->v[0];
	ret->dest = dest ? dest : ".";
	if (is_source_folder(ret->source))
		*ret_rc = img_fail(err, IMG_E_UNSUPPORTED, "%s: is a folder, no image to take files out of", ret->source);
	for (size_t i = 1; i < w->n; i++)
		ret->pattern[ret->n_patterns++] = w->v[i];
	return true;
}

/* imgconv edit IMAGE [-o DEST] */
static int
sort_edit(struct operands *w, struct conv_options *ret, const char **ret_hint, struct img_err *err)
{
	if (!w->n)
		return img_fail(err, IMG_E_USAGE, "no image was named");
	if (w->n > 1) {
		*ret_hint = "-o names the target; without it the image itself is changed";
		return img_fail(err, IMG_E_USAGE, "%s: edit takes one image", w->v[1]);
	}
	if (w->directory)
		return img_fail(err, IMG_E_USAGE, "-C is where files are taken out to; -o names the target");
	ret->edit = true;
	ret->in_place = !w->output;
	ret->source = w->v[0];
	ret->dest = w->output ? w->output : w->v[0];
	return 0;
}

int
operands_sort(struct operands *w, struct conv_options *ret, const char **ret_hint, struct img_err *err)
{
	int rc = take_verb(w, ret_hint, err);

	if (rc || w->help)
		return rc;
	if (w->edit)
		return sort_edit(w, ret, ret_hint, err);
	if (!w->build && !ret->files_from && !ret->layout && sort_extract(w, ret, err, &rc))
		return rc;
	ret->dest = w->output;
	if (!ret->dest && w->n > 1)
		ret->dest = w->v[--w->n];
	if (!ret->dest && w->n == 1 && (ret->files_from || ret->n_grafts || ret->layout))
		ret->dest = w->v[--w->n];
	if (w->n == 0 && !ret->files_from && !ret->n_grafts && !ret->layout && !ret->empty)
		return img_fail(err, IMG_E_USAGE, "no source was named");
	ret->source = w->n ? w->v[0] : ret->files_from ? ret->files_from : ret->layout ? ret->layout : ret->n_grafts ? ret->graft[0].from : "an empty volume";
	if (!ret->dest) {
		*ret_hint = "imgconv SOURCE DEST; imginfo SOURCE only describes it";
		return img_fail(err, IMG_E_USAGE, "%s: no target was named", ret->source);
	}
	if (names_bundle(ret->dest, ret->arena) && !(ret->dest = without_slashes(ret->dest, ret->arena)))
		return img_fail_nomem(err);
	ret->build = w->build || w->n != 1 || ret->files_from || ret->n_grafts || ret->layout || is_source_folder(ret->source);
	for (size_t i = 0; ret->build && i < w->n; i++)
		ret->sources[ret->n_sources++] = w->v[i];
	return 0;
}
