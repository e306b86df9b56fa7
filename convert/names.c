/* SPDX-License-Identifier: BSD-2-Clause */
/* The format of the target.  -O wins, else the suffix decides, else it is an error: never a silent fall back to raw. */
#include "config.h"

#include "convert/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "img/format.h"
#include "img/pack.h"
#include "img/sink.h"

/* Words for plain sectors with a file system of discs on them. */
static const char *const optical[] = { "iso", "udf" };

/* What people may ask for and this build cannot write: suffixes and -O words. */
static const char *const later[] = {
	"qcow2", "vmdk", "vhd", "vpc", "vhdx", "vdi", "tar", "zip", "tgz",
	"zst", "lz4",
};

/* Does @word stand in the space-separated @list with a dot before it? */
static bool
in_suffixes(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p && (p = strchr(p, '.')); p++)
		if (strncasecmp(p + 1, word, n) == 0 && (p[1 + n] == '\0' || p[1 + n] == ' '))
			return true;
	return false;
}

/* The format's own spelling of a variant; NULL if it is none. */
static const char *
variant_of(const struct img_format *f, const char *word)
{
	for (size_t i = 0; f->sink_variants && f->sink_variants[i]; i++)
		if (strcasecmp(f->sink_variants[i], word) == 0)
			return f->sink_variants[i];
	return NULL;
}

static bool
is_later(const char *word)
{
	for (size_t i = 0; i < sizeof later / sizeof *later; i++)
		if (strcasecmp(later[i], word) == 0)
			return true;
	return false;
}

/* A format this build writes, by the word of -O or by a suffix without its dot. */
static const struct img_format *
by_word(const char *word, const char **ret_variant, bool *ret_optical)
{
	*ret_variant = NULL;
	*ret_optical = false;
	for (size_t i = 0; i < sizeof optical / sizeof *optical; i++)
		*ret_optical = *ret_optical || strcasecmp(word, optical[i]) == 0;
	if (*ret_optical)
		return img_format_by_name("raw");
	for (size_t i = 0; img_containers[i]; i++) {
		const struct img_format *f = img_containers[i];

		if (!f->sink)
			continue;
		*ret_variant = variant_of(f, word);
		if (*ret_variant || strcasecmp(f->name, word) == 0 || in_suffixes(f->suffixes, word))
			return f;
	}
	return NULL;
}

const char *
target_format_hint(char *buf, size_t room)
{
	size_t n = (size_t)snprintf(buf, room, "add -O; this build writes:");

	for (size_t i = 0; img_containers[i] && n < room; i++)
		if (img_containers[i]->sink)
			n += (size_t)snprintf(buf + n, room - n, " %s", img_containers[i]->name);
	for (size_t i = 0; i < sizeof optical / sizeof *optical && n < room; i++)
		n += (size_t)snprintf(buf + n, room - n, " %s", optical[i]);
	return buf;
}

/* What follows the last dot of the file's own name; NULL if nothing does. */
static const char *
suffix_of(const char *dest)
{
	const char *slash = strrchr(dest, '/'), *name = slash ? slash + 1 : dest, *dot = strrchr(name, '.');

	return dot && dot > name && dot[1] ? dot + 1 : NULL;
}

static int
by_option(const char *dest, const char *to, struct target_format *ret, struct img_err *err)
{
	const char *suffix = suffix_of(dest), *variant;
	const struct img_format *said;
	bool disc;

	ret->format = by_word(to, &ret->variant, &ret->only_optical);
	if (!ret->format && (is_later(to) || img_format_by_name(to)))
		return img_fail(err, IMG_E_UNSUPPORTED, "this build cannot write %s yet", to);
	if (!ret->format)
		return img_fail(err, IMG_E_USAGE, "-O %s: no such format; see --list-formats", to);
	if (!suffix)
		return 0;
	said = by_word(suffix, &variant, &disc);
	if (disc)	/* sectors under a disc's name: that is what -O says */
		return 0;
	if (ret->variant && strcasecmp(ret->variant, "udrw") == 0 && strcasecmp(suffix, "dmg") == 0)
		return 0;	/* hdiutil's name for plain sectors in a file of that suffix */
	if ((said && said != ret->format) || (!said && is_later(suffix)))
		snprintf(ret->contradiction, sizeof ret->contradiction,
			 "the name ends in \".%.20s\", but -O %.20s decides what is written", suffix, to);
	return 0;
}

static int
by_suffix(const char *dest, struct target_format *ret, struct img_err *err)
{
	const char *suffix = suffix_of(dest);

	if (strcmp(dest, "-") == 0)
		return img_fail(err, IMG_E_USAGE, "cannot tell the format: a pipe has no name");
	if (!suffix)
		return img_fail(err, IMG_E_USAGE, "cannot tell the format from a name without suffix");
	ret->format = by_word(suffix, &ret->variant, &ret->only_optical);
	if (ret->format)
		return 0;
	if (is_later(suffix))
		return img_fail(err, IMG_E_UNSUPPORTED, "this build cannot write \".%s\" yet", suffix);
	return img_fail(err, IMG_E_USAGE, "cannot tell the format from \".%s\"", suffix);
}

/* "disk.img.xz" is xz around "disk.img"; the name without that, from malloc, or NULL where memory ends. */
static char *
take_pack(const char *dest, const struct img_pack **ret)
{
	const char *suffix = suffix_of(dest);

	*ret = suffix ? img_pack_by_word(suffix) : NULL;
	return *ret ? strndup(dest, (size_t)(suffix - dest) - 1) : strdup(dest);
}

int
target_format_find(const char *path, const char *to, bool raw, struct target_format *ret, struct img_err *err)
{
	struct target_format f = { 0 };
	img_autofree char *dest = take_pack(path, &f.pack);
	int rc = !dest ? img_fail_nomem(err) : to ? by_option(dest, to, &f, err) : by_suffix(dest, &f, err);

	if (rc) {
		if (err)
			err->side = IMG_SIDE_TARGET;
		return rc;
	}
	if (f.only_optical)
		f.disc = to ? (strcasecmp(to, "udf") ? "iso" : "udf") : (strcasecmp(suffix_of(dest), "udf") ? "iso" : "udf");
	if (raw)
		f.only_optical = false;
	*ret = f;
	return 0;
}

bool
target_format_is_folder(const char *dest, const char *to)
{
	struct target_format f;

	return !target_format_find(dest, to, false, &f, NULL) && (f.format->sink->needs & IMG_NEEDS_FOLDER);
}
