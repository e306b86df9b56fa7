/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of hdiutil; see convert/as_hdiutil.h. */
#include "config.h"

#include "convert/as_hdiutil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/options.h"
#include "core/cmdline.h"
#include "core/memory.h"
#include "core/tool.h"

enum { CREATE = 1, CONVERT = 2, SEGMENT = 4, HYBRID = 8, INFO = 16, VERIFY = 32, CHECKSUM = 64, PMAP = 128, ALL = 255 };
#define MAKES (CREATE | CONVERT | SEGMENT | HYBRID)

static const struct verb {
	const char *name;
	unsigned int bit;			/* 0: refused */
	int (*run)(struct hd *h, struct img_err *err);
	const char *why;
} verbs[] = {
	{ "create", CREATE, hd_create, NULL },
	{ "convert", CONVERT, hd_convert, NULL },
	{ "segment", SEGMENT, hd_segment, NULL },
	{ "makehybrid", HYBRID, hd_makehybrid, NULL },
	{ "imageinfo", INFO, hd_imageinfo, NULL },
	{ "verify", VERIFY, hd_verify, NULL },
	{ "checksum", CHECKSUM, hd_checksum, NULL },
	{ "pmap", PMAP, hd_pmap, NULL },
	{ "attach", 0, NULL, "nothing is mounted here; \"imgconv IMAGE FOLDER/\" takes the files out" },
	{ "mount", 0, NULL, "nothing is mounted here; \"imgconv IMAGE FOLDER/\" takes the files out" },
	{ "mountvol", 0, NULL, "nothing is mounted here" },
	{ "detach", 0, NULL, "nothing is mounted here" },
	{ "eject", 0, NULL, "nothing is mounted here" },
	{ "unmount", 0, NULL, "nothing is mounted here" },
	{ "info", 0, NULL, "nothing is mounted here" },
	{ "burn", 0, NULL, "discs are burnt by other programs, xorriso or wodim" },
	{ "resize", 0, NULL, "build the image again with --size" },
	{ "compact", 0, NULL, "convert the image: what is zero is left out of the new one" },
	{ "chpass", 0, NULL, "convert the image with --encrypt and --new-password-file" },
	{ "isencrypted", 0, NULL, "imginfo --field layers.0.encrypted tells that" },
	{ "udifrez", 0, NULL, "imgconv --license puts licences into an image" },
	{ "udifderez", 0, NULL, "imginfo shows licences" },
	{ "internet-enable", 0, NULL, "macOS 10.15 and later know no such images" },
	{ "flatten", 0, NULL, "images written here are always flat" },
	{ "unflatten", 0, NULL, "images written here are always flat" },
	{ "fsid", 0, NULL, "imginfo shows the file systems" },
	{ "hfsanalyze", 0, NULL, "imginfo shows the file systems" },
	{ "plugins", 0, NULL, "there are none" },
	{ 0 }
};

/* ---- options ---- */

static int
refuse_password(struct hd *h, const char *value, struct img_err *err)
{
	return img_fail(err, IMG_E_USAGE, "-passphrase: everybody could read it in the list of processes; use -stdinpass");
}

static int
read_password(struct hd *h, const char *value, struct img_err *err)
{
	as_word(&h->words, "--password-fd=0");
	return 0;
}

/* A sparse image's bands, in sectors. */
static int
set_band_size(struct hd *h, const char *value)
{
	as_word(&h->words, "--opt=%s", value);
	return 0;
}

/* The method may be left out; AES-128 is then hdiutil's choice. */
static int
set_encryption(struct hd *h, const char *value, struct img_err *err)
{
	if (value && strcasecmp(value, "AES-128") && strcasecmp(value, "AES-256"))
		return img_fail(err, IMG_E_USAGE, "-encryption %.40s: AES-128 or AES-256 is expected", value);
	as_word(&h->words, "--encrypt=%s", value && !strcasecmp(value, "AES-256") ? "aes-256" : "aes-128");
	return 0;
}

static int
add_source(struct hd *h, const char *value, struct img_err *err)
{
	if (h->n_sources == HD_MAX_NAMES)
		return img_fail(err, IMG_E_USAGE, "-srcfolder: more than %d times", HD_MAX_NAMES);
	h->source[h->n_sources++] = value;
	return 0;
}

/* "zlib-level=9"; those of the encoders become a level, the rest belongs to frameworks that are not here. */
static int
set_image_key(struct hd *h, const char *value, struct img_err *err)
{
	static const char *const methods[][2] = { { "zlib-level=", "zlib" }, { "bzip2-level=", "bzip2" }, { "lzma-level=", "xz" } };

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		size_t n = strlen(methods[i][0]);

		if (!strncmp(value, methods[i][0], n)) {
			as_word(&h->words, "--compress=%s:%s", methods[i][1], value + n);
			return 0;
		}
	}
	if (!strncmp(value, "sparse-band-size=", strlen("sparse-band-size=")))
		return set_band_size(h, value);
	if (!strncmp(value, "encrypted-encoding-version=", strlen("encrypted-encoding-version=")))
		return 0;	/* 2 is written */
	return img_fail(err, IMG_E_USAGE, "-imagekey %.60s: zlib-level, bzip2-level, lzma-level or sparse-band-size is expected",
			value);
}

static int
set_tasks(struct hd *h, const char *value, struct img_err *err)
{
	as_word(&h->words, "--threads=%s", value);
	return 0;
}

static int
set_partition(struct hd *h, const char *value, struct img_err *err)
{
	as_word(&h->words, "--partition=%s", value);
	return 0;
}

static int
set_skip(struct hd *h, const char *value, struct img_err *err)
{
	as_word(&h->words, "--ignore-errors");
	return 0;
}

static int
set_mode(struct hd *h, const char *value, struct img_err *err)
{
	return 0;		/* of the root, which the source has */
}

static int
set_verbose(struct hd *h, const char *value, struct img_err *err)
{
	as_word(&h->words, "-v");
	return 0;
}

static int
set_agreement(struct hd *h, const char *value, struct img_err *err)
{
	return conv_add_licence(h->o, value, NULL, err);
}

#define MOUNTS "nothing is mounted here"
#define MAYBE 2
#define AT(member) offsetof(struct hd, member)

static const struct option {
	const char *name;
	unsigned int verbs;
	int takes;			/* a value?  MAYBE: if the next word names a cipher */
	size_t at;			/* with a value: of a const char *; else of a bool; 0: none */
	int (*set)(struct hd *h, const char *value, struct img_err *err);
	const char *why;		/* it is refused */
} options[] = {
	{ "o", MAKES, 1, AT(output), NULL, NULL },
	{ "ov", MAKES, 0, AT(overwrite), NULL, NULL },
	{ "format", CREATE | CONVERT, 1, AT(format), NULL, NULL },
	{ "format", INFO, 0, AT(only_format), NULL, NULL },
	{ "checksum", INFO, 0, AT(only_checksum), NULL, NULL },
	{ "plist", ALL, 0, AT(plist), NULL, NULL },
	{ "quiet", ALL, 0, AT(quiet), NULL, NULL },
	{ "verbose", ALL, 0, 0, set_verbose, NULL },
	{ "debug", ALL, 0, 0, set_verbose, NULL },
	{ "puppetstrings", ALL, 0, 0, NULL, NULL },
	{ "stdinpass", ALL, 0, 0, read_password, NULL },
	{ "passphrase", ALL, 1, 0, refuse_password, NULL },
	{ "encryption", CREATE | CONVERT, MAYBE, 0, set_encryption, NULL },
	{ "agentpass", ALL, 0, 0, NULL, "there is no agent to ask; use -stdinpass" },
	{ "srcfolder", CREATE, 1, 0, add_source, NULL },
	{ "srcdir", CREATE, 1, 0, add_source, NULL },
	{ "srcdevice", CREATE, 1, 0, NULL, "imgconv DEVICE IMAGE copies a device" },
	{ "volname", CREATE, 1, AT(volname), NULL, NULL },
	{ "fs", CREATE, 1, AT(fs), NULL, NULL },
	{ "fsargs", CREATE, 1, 0, NULL, NULL },
	{ "layout", CREATE, 1, AT(layout), NULL, NULL },
	{ "partitionType", CREATE, 1, 0, NULL, NULL },
	{ "partitionID", ALL, 1, 0, set_partition, NULL },
	{ "type", CREATE, 1, AT(type), NULL, NULL },
	{ "type", CHECKSUM, 1, AT(checksum_type), NULL, NULL },
	{ "size", CREATE, 1, AT(size), NULL, NULL },
	{ "megabytes", CREATE, 1, AT(size_mib), NULL, NULL },
	{ "sectors", CREATE, 1, AT(size_sectors), NULL, NULL },
	{ "imagekey", CREATE | CONVERT, 1, 0, set_image_key, NULL },
	{ "srcimagekey", ALL, 1, 0, NULL, NULL },
	{ "tasks", CREATE | CONVERT, 1, 0, set_tasks, NULL },
	{ "segmentSize", CONVERT | SEGMENT | CREATE, 1, AT(segment_size), NULL, NULL },
	{ "segmentCount", CONVERT | SEGMENT, 1, 0, NULL, "say how large files may be: -segmentSize" },
	{ "firstSegmentSize", SEGMENT, 1, 0, NULL, "all files are of one size: -segmentSize" },
	{ "restricted", SEGMENT, 0, 0, NULL, NULL },
	{ "align", CREATE | CONVERT, 1, 0, NULL, NULL },
	{ "pmap", CONVERT, 0, 0, NULL, "a disk is converted as it is" },
	{ "recover", CONVERT, 1, 0, NULL, "keys are not recovered here" },
	{ "shadow", ALL, 1, 0, NULL, "shadow files are not read here" },
	{ "cacert", ALL, 1, 0, NULL, "certificates are not used here" },
	{ "insecurehttp", ALL, 0, 0, NULL, NULL },
	{ "attach", CREATE, 0, 0, NULL, MOUNTS },
	{ "nospotlight", CREATE, 0, 0, NULL, NULL },
	{ "anyowners", CREATE, 0, 0, NULL, NULL },
	{ "noanyowners", CREATE, 0, 0, NULL, NULL },
	{ "skipunreadable", CREATE, 0, 0, set_skip, NULL },
	{ "noskipunreadable", CREATE, 0, 0, NULL, NULL },
	{ "scrub", CREATE, 0, 0, NULL, NULL },
	{ "noscrub", CREATE, 0, 0, NULL, NULL },
	{ "atomic", CREATE, 0, 0, NULL, NULL },
	{ "noatomic", CREATE, 0, 0, NULL, NULL },
	{ "crossdev", CREATE, 0, 0, NULL, NULL },
	{ "nocrossdev", CREATE, 0, 0, NULL, NULL },
	{ "copyuid", CREATE, 1, 0, NULL, NULL },
	{ "uid", CREATE, 1, 0, set_mode, NULL },
	{ "gid", CREATE, 1, 0, set_mode, NULL },
	{ "mode", CREATE, 1, 0, set_mode, NULL },
	{ "stretch", CREATE, 1, 0, NULL, NULL },
	{ "agreement", CREATE | CONVERT, 1, 0, set_agreement, NULL },
	{ "hfs", HYBRID, 0, AT(hfs), NULL, NULL },
	{ "iso", HYBRID, 0, AT(iso), NULL, NULL },
	{ "joliet", HYBRID, 0, AT(joliet), NULL, NULL },
	{ "udf", HYBRID, 0, AT(udf), NULL, NULL },
	{ "default-volume-name", HYBRID, 1, AT(volname), NULL, NULL },
	{ "hfs-volume-name", HYBRID, 1, AT(volname), NULL, NULL },
	{ "iso-volume-name", HYBRID, 1, AT(volname), NULL, NULL },
	{ "joliet-volume-name", HYBRID, 1, AT(volname), NULL, NULL },
	{ "udf-volume-name", HYBRID, 1, AT(volname), NULL, NULL },
	{ "ov", HYBRID, 0, AT(overwrite), NULL, NULL },
	{ "noverify", ALL, 0, 0, NULL, NULL },
	{ "verify", ALL, 0, 0, NULL, NULL },
	{ 0 }
};

static int
unknown_option(struct hd *h, const char *word, unsigned int verb, struct img_err *err)
{
	const char *best = NULL;
	unsigned int near = 1 + (unsigned int)strlen(word) / 4;

	for (const struct option *o = options; o->name; o++) {
		unsigned int d = cmd_distance(word + 1, strlen(word + 1), o->name, strlen(o->name));

		if (d && d <= near && (o->verbs & verb)) {
			near = d;
			best = o->name;
		}
	}
	if (best)
		return img_fail(err, IMG_E_USAGE, "unknown option %.60s of hdiutil %s; did you mean -%s?", word, h->verb, best);
	return img_fail(err, IMG_E_USAGE, "unknown option %.60s of hdiutil %s", word, h->verb);
}

static int
set_option(struct hd *h, const struct option *o, const char *value, struct img_err *err)
{
	if (o->why)
		return img_fail(err, IMG_E_USAGE, "-%s: %s", o->name, o->why);
	if (o->at && o->takes)
		*(const char **)(void *)((char *)h + o->at) = value;
	else if (o->at)
		*(bool *)((char *)h + o->at) = true;
	return o->set ? o->set(h, value, err) : 0;
}

static int
read_words(struct hd *h, unsigned int verb, struct img_err *err)
{
	int rc = 0;

	for (int i = 2; !rc && i < h->call->argc; i++) {
		const char *word = h->call->argv[i], *value = NULL;
		const struct option *o = options;

		if (word[0] != '-' || !word[1]) {
			if (h->n_names == HD_MAX_NAMES)
				return img_fail(err, IMG_E_USAGE, "more than %d names", HD_MAX_NAMES);
			h->name[h->n_names++] = word;
			continue;
		}
		while (o->name && (strcmp(word + 1, o->name) || !(o->verbs & verb)))
			o++;
		if (!o->name)
			return unknown_option(h, word, verb, err);
		if (o->takes == MAYBE && (i + 1 >= h->call->argc || strncasecmp(h->call->argv[i + 1], "AES-", 4)))
			value = NULL;
		else if (o->takes && i + 1 == h->call->argc)
			return img_fail(err, IMG_E_USAGE, "%s needs a value", word);
		else if (o->takes)
			value = h->call->argv[++i];
		rc = set_option(h, o, value, err);
	}
	return rc;
}

/* ---- the command ---- */

static int
help(struct as_call *call)
{
	puts("usage: imgconv --as hdiutil VERB [OPTIONS] ...\n"
	     "The verbs of hdiutil that mount nothing:");
	for (const struct verb *v = verbs; v->name; v++) {
		if (!v->run)
			continue;
		printf("  %s\n   ", v->name);
		for (const struct option *o = options; o->name; o++)
			if ((o->verbs & v->bit) && !o->why && (o->at || o->set))
				printf(" -%s", o->name);
		puts("");
	}
	call->done = true;
	call->status = STATUS_OK;
	return 0;
}

static int
unknown_verb(struct hd *h, struct img_err *err)
{
	snprintf(h->t->hint, sizeof h->t->hint, "imgconv --as hdiutil help lists the verbs");
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, h->verb))
			return img_fail(err, IMG_E_USAGE, "hdiutil %s: %s", v->name, v->why);
	return img_fail(err, IMG_E_USAGE, "hdiutil %.40s: no such verb", h->verb);
}

static int
parse(struct tool *t, struct as_call *call, struct conv_options *ret, struct img_err *err)
{
	struct hd *h = img_arena_alloc(ret->arena, sizeof *h);
	const struct verb *v = verbs;
	int rc;

	if (!h)
		return img_fail_nomem(err);
	*h = (struct hd) { .t = t, .o = ret, .call = call, .verb = call->argc > 1 ? call->argv[1] : "" };
	if (!*h->verb || !strcmp(h->verb, "help") || !strcmp(h->verb, "-help"))
		return help(call);
	as_words_start(&h->words, ret);
	while (v->name && (strcmp(v->name, h->verb) || !v->run))
		v++;
	if (!v->name)
		return unknown_verb(h, err);
	rc = read_words(h, v->bit, err);
	if (!rc && h->quiet)
		as_word(&h->words, "-q");
	return rc ? rc : v->run(h, err);
}

const struct as_tool as_hdiutil = {
	.names = (const char *const[]) { "hdiutil", NULL },
	.title = "disk images of macOS",
	.parse = parse,
};

/* ---- what was made ---- */

static void
put_escaped(const char *s)
{
	for (; *s; s++)
		if (*s == '&')
			fputs("&amp;", stdout);
		else if (*s == '<')
			fputs("&lt;", stdout);
		else
			putchar(*s);
}

void
hdiutil_created(const struct conv_options *o)
{
	img_autofree char *path = o->created ? realpath(o->dest, NULL) : NULL;

	if (o->created == CREATED_TEXT)
		printf("created: %s\n", path ? path : o->dest);
	if (o->created != CREATED_PLIST)
		return;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	      "<plist version=\"1.0\">\n<array>\n\t<string>", stdout);
	put_escaped(path ? path : o->dest);
	fputs("</string>\n</array>\n</plist>\n", stdout);
}
