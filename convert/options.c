/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's options: the table, and what the words of one command mean.  --help, the manual page and the completions
 * are compared with this table by tests/cli/help.sh. */
#include "config.h"

#include "convert/options.h"

#include <stdio.h>
#include <string.h>

#include "convert/operands.h"
#include "convert/options_tables.h"
#include "convert/parts.h"
#include "img/check.h"

static const struct cmd_option everyday[] = {
	{ OPT_STORE, 'O', "to", "FORMAT", 0, "Everyday", "target format; else the target's suffix decides",
	  .into = OPT_INTO(to) },
	{ OPT_STORE, 0, "format", "FORMAT", CMD_ALIAS, NULL, "the same as --to", .into = OPT_INTO(to) },
	{ OPT_OUTPUT, 'o', "output", "DEST", 0, NULL, "the target" },
	{ OPT_INPUT, 'i', "input", "SOURCE", 0, NULL, "the source" },
	{ OPT_STORE, 'y', "overwrite", NULL, 0, NULL, "replace an existing target", .into = OPT_INTO(overwrite) },
	{ OPT_STORE, 'n', "dry-run", NULL, 0, NULL, "say what would be done, how large, whether it fits",
	  .into = OPT_INTO(dry_run) },
	{ OPT_AS, 0, "as", "TOOL", 0, NULL, "comes first: the rest are the words of mkisofs, genisoimage, xorrisofs or xorriso" },
	{ TOOL_STORE, 0, "json", NULL, 0, NULL, "one JSON document on standard output",
	  .into = CMD_INTO(struct tool, o.json) },
	{ 0 }
};

static const struct cmd_option converting[] = {
	{ OPT_COMPRESS, 'c', "compress", "METHOD[:LEVEL]", CMD_BARE, "Converting",
	  "zlib, bzip2, lzfse, xz, adc or none; -c alone: what the target format does by default" },
	{ OPT_MIN_MACOS, 0, "min-macos", "VERSION", 0, NULL, "refuse a DMG method that macOS VERSION cannot open" },
	{ OPT_ENCRYPT, 0, "encrypt", "METHOD", CMD_MAYBE, NULL,
	  "encrypt an image for macOS: aes-256 (default) or aes-128" },
	{ OPT_STORE, 0, "new-password-file", "FILE", 0, NULL,
	  "the password of the target; else that of the source, else it is asked for",
	  .into = OPT_INTO(new_password_file) },
	{ OPT_NEW_PASSWORD_FD, 0, "new-password-fd", "N", 0, NULL, "the same, from an open descriptor" },
	{ OPT_SPARSE, 'S', "sparse", "SIZE", 0, NULL,
	  "runs of zeros of at least SIZE become holes (default 4K)" },
	{ OPT_NO_SPARSE, 0, "no-sparse", NULL, 0, NULL, "write every zero" },
	{ OPT_STORE, 0, "raw", NULL, 0, NULL, "keep the sectors, whatever the target's name suggests",
	  .into = OPT_INTO(raw) },
	{ OPT_EXPECT, 0, "expect", "ALGO:HEX|FILE", 0, NULL,
	  "the source must have this checksum, or that listed for it in FILE" },
	{ OPT_SPLIT, 0, "split", "SIZE", 0, NULL, "write files of up to SIZE: DEST.001, DEST.002 ... (a DMG: .dmgpart)" },
	{ OPT_SPLIT_NAMES, 0, "split-names", "KIND", 0, NULL, "what they end in: 001, aa, part1, dmgpart, sparsechunk" },
	{ OPT_CHECKSUM, 0, "checksum", "ALGO", CMD_MAYBE, NULL, "write the target's checksum to DEST.sha256 (or .ALGO)" },
	{ OPT_BMAP, 0, "bmap", "FILE", CMD_MAYBE, NULL, "write DEST.bmap; with FILE: the block map of the source" },
	{ OPT_STORE, 0, "no-bmap", NULL, 0, NULL, "leave a block map beside the source (SOURCE.bmap) aside",
	  .into = OPT_INTO(no_bmap) },
	{ OPT_STORE, 0, "ignore-errors", NULL, 0, NULL,
	  "fill damaged runs with zeros, list them, exit with status 8", .into = OPT_INTO(ignore_errors) },
	{ 0 }
};

static const struct cmd_option extracting[] = {
	{ OPT_DIRECTORY, 'C', "directory", "DIR", 0, "Taking files out", "into this folder, which is made if it is not there" },
	{ OPT_STRIP, 0, "strip-components", "N", 0, NULL, "cut N leading folders off every path" },
	{ OPT_XATTRS, 0, "xattrs", "HOW", 0, NULL, "keep (default), drop, or appledouble: as \"._NAME\" files" },
	{ OPT_FORKS, 0, "forks", "HOW", 0, NULL,
	  "resource forks: keep (default, as --xattrs says), drop, or appledouble: as \"._NAME\" files" },
	{ OPT_OWNER, 0, "owner", "keep|UID:GID", 0, NULL,
	  "keep: owners as in the source (taking out as root: devices, set-id bits); building: or these, else 0:0" },
	{ OPT_NO_OWNER, 0, "no-owner", NULL, 0, NULL, "no owners (default when not root)" },
	{ OPT_VIEW, 0, "view", "TREE", 0, NULL, "which names of an optical disc: iso, joliet, rr or udf" },
	{ OPT_SESSION, 0, "session", "N", 0, NULL, "session of a multi-session disc, from 1; else the last" },
	{ 0 }
};

/* Options of releases to come: known, so that a typo finds them and nobody wonders. */
static const struct cmd_option later[] = {
	{ 0, 0, "verify", NULL, CMD_LATER, NULL, "read the target again" },
	{ 0, 0, "checksum-file", "FILE", CMD_LATER, NULL, "update checksum lists" },
	{ 0 }
};

static const struct cmd_option *const tables[] = { everyday, converting, extracting, conv_build_options, conv_iso_options, conv_dmg_options,
	conv_edit_options,
	tool_option_table, later, NULL };

static int
set_sparse(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	uint64_t size;
	int rc = cmd_size(c->shown, c->value, &size, err);

	if (rc)
		return rc;
	if (size > (UINT32_C(1) << 30) || size % 512 != 0)
		return img_fail(err, IMG_E_USAGE, "%s: %s is no multiple of 512 up to 1G", c->shown, c->value);
	o->sparse = (uint32_t)size;
	return 0;
}

/* METHOD[:LEVEL] */
static int
set_compress(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *colon = strchr(c->value, ':');
	size_t n = colon ? (size_t)(colon - c->value) : strlen(c->value);
	uint64_t level = 0;
	int rc;

	if (!n || n >= sizeof o->method_text)
		return img_fail(err, IMG_E_USAGE, "%s: \"%.40s\" begins with no method", c->shown, c->value);
	memcpy(o->method_text, c->value, n);
	o->method_text[n] = '\0';
	o->method = o->method_text;
	if (!colon)
		return 0;
	rc = cmd_number(c->shown, colon + 1, 99, &level, err);
	o->level = (int)level;
	return rc;
}

/* "10.11", "11", "10.13.6" */
static int
set_min_macos(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *p = c->value;
	unsigned int v[3] = { 0 }, n = 0;

	for (;;) {
		unsigned int digits = 0;

		for (; *p >= '0' && *p <= '9' && digits < 3; p++, digits++)
			v[n] = v[n] * 10 + (unsigned int)(*p - '0');
		n += digits > 0;
		if (!digits || *p != '.' || n == 3)
			break;
		p++;
	}
	if (*p || !n || p[-1] == '.' || v[0] < 10 || v[0] > 99 || v[1] > 99)
		return img_fail(err, IMG_E_USAGE, "%s: \"%.40s\" is no version of macOS like 10.11 or 13", c->shown, c->value);
	o->min_macos = v[0] << 8 | v[1];
	return 0;
}

static int
set_checksum(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *name = c->value ? c->value : "sha256";

	o->checksum = img_digest_by_name(name);
	return o->checksum ? 0 : img_fail(err, IMG_E_USAGE, "%s: this build does not know the checksum \"%s\"", c->shown,
					  name);
}

static int
set_encrypt(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	static const char *const words[] = { "aes-256", "aes-128", NULL };
	unsigned int w = 0;
	int rc = c->value ? cmd_word(c->shown, c->value, words, &w, err) : 0;

	o->encrypt = w ? 128 : 256;
	return rc;
}

static int
set_new_password_fd(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	uint64_t n = 0;
	int rc = cmd_number(c->shown, c->value, 65535, &n, err);

	o->new_password_fd = (int)n;
	return rc;
}

static int
add_expect(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	if (o->n_expect == MAX_EXPECT)
		return img_fail(err, IMG_E_USAGE, "%s: more than %d times", c->shown, MAX_EXPECT);
	o->expect[o->n_expect++] = c->value;
	return 0;
}

static int
set_extract_option(int id, const struct cmdline *c, struct conv_options *o, struct operands *words, struct img_err *err)
{
	static const char *const xattrs[] = { "keep", "drop", "appledouble", NULL };
	static const char *const views[] = { "iso", "joliet", "rr", "udf", NULL };
	unsigned int w = 0;
	uint64_t v = 0;
	int rc = 0;

	switch (id) {
	case OPT_DIRECTORY:
		words->directory = c->value;
		return 0;
	case OPT_STRIP:
		rc = cmd_number(c->shown, c->value, 1000, &v, err);
		o->strip = (unsigned int)v;
		return rc;
	case OPT_XATTRS:
		rc = cmd_word(c->shown, c->value, xattrs, &w, err);
		o->xattrs = (enum img_xattrs)w;
		o->xattrs_asked = !rc && o->xattrs == IMG_XATTRS_KEEP;
		return rc;
	case OPT_FORKS:
		rc = cmd_word(c->shown, c->value, xattrs, &w, err);
		o->forks = (enum img_xattrs)w;
		return rc;
	case OPT_OWNER:
		return conv_set_owner(c, o, err);
	case OPT_NO_OWNER:
		o->owner = OWNER_DROP;
		return 0;
	case OPT_VIEW:
		rc = cmd_word(c->shown, c->value, views, &w, err);
		o->view = rc ? NULL : views[w];
		return rc;
	case OPT_SESSION:
		rc = cmd_number(c->shown, c->value, 10000, &v, err);
		o->session = (unsigned int)v;
		return rc;
	case OPT_ADD:
	case OPT_RM:
	case OPT_MKDIR:
	case OPT_MOVE:
		return conv_set_edit_option(id, c, o, err);
	default:
		return conv_set_build_option(id, c, o, err);
	}
}

static int
set_option(int id, const struct cmdline *c, struct conv_options *o, struct operands *words, struct img_err *err)
{
	switch (id) {
	case OPT_STORE:
		cmd_store(c, o);
		return 0;
	case OPT_AS:
		return img_fail(err, IMG_E_USAGE, "%s %s: comes first: imgconv --as TOOL and then the words of that tool",
				c->shown, c->value);
	case OPT_OUTPUT:
		words->output = c->value;
		return 0;
	case OPT_INPUT:
		return operands_add(words, c->value, err);
	case OPT_SPARSE:
		words->sparse = true;
		return set_sparse(c, o, err);
	case OPT_NO_SPARSE:
		words->no_sparse = true;
		o->sparse = 0;
		return 0;
	case OPT_EXPECT:
		return add_expect(c, o, err);
	case OPT_ENCRYPT:
		return set_encrypt(c, o, err);
	case OPT_NEW_PASSWORD_FD:
		return set_new_password_fd(c, o, err);
	case OPT_CHECKSUM:
		return set_checksum(c, o, err);
	case OPT_BMAP:
		if (c->value)
			o->source_bmap = c->value;
		else
			o->bmap = true;
		return 0;
	case OPT_SPLIT:
		return parts_set_size(c, o, err);
	case OPT_SPLIT_NAMES:
		return parts_set_names(c, o, err);
	case OPT_COMPRESS:
		o->compress = true;
		return c->value ? set_compress(c, o, err) : 0;
	case OPT_MIN_MACOS:
		return set_min_macos(c, o, err);
	default:
		return set_extract_option(id, c, o, words, err);
	}
}

/* What contradicts itself. */
static int
check_together(const struct tool *t, const struct conv_options *o, const struct operands *words, struct img_err *err)
{
	bool to_stdout = o->dest && strcmp(o->dest, "-") == 0;

	if (words->sparse && words->no_sparse)
		return img_fail(err, IMG_E_USAGE, "--sparse and --no-sparse contradict each other");
	if (o->keep_parent && o->contents_only)
		return img_fail(err, IMG_E_USAGE, "--keep-parent and --contents-only contradict each other");
	if (o->raw && o->repack)
		return img_fail(err, IMG_E_USAGE, "--raw and --repack contradict each other");
	if (o->null_lists && !o->files_from)
		return img_fail(err, IMG_E_USAGE, "-0 describes the list of --files-from, which was not given");
	if (conv_check_edit(o, t->o.partition, err))
		return IMG_E_USAGE;
	if (o->extract && o->owner == OWNER_SET)
		return img_fail(err, IMG_E_USAGE, "--owner UID:GID is for building; taking files out knows only keep");
	if (to_stdout && t->o.json && !o->dry_run)
		return img_fail(err, IMG_E_USAGE, "--json and the image cannot both go to standard output");
	if ((o->new_password_file || o->new_password_fd >= 0) && !o->encrypt)
		return img_fail(err, IMG_E_USAGE, "a new password goes with --encrypt only");
	if (o->encrypt && (o->extract || o->edit))
		return img_fail(err, IMG_E_USAGE, "--encrypt goes with images for macOS, not with %s", o->edit ? "edit" : "files");
	if (o->part_names && !o->split)
		return img_fail(err, IMG_E_USAGE, "--split-names says how the files of --split are called, which was not given");
	if (o->split && o->extract && !o->archive_format)
		return img_fail(err, IMG_E_USAGE, "--split cuts one file; the target is a folder");
	if (o->no_bmap && o->source_bmap)
		return img_fail(err, IMG_E_USAGE, "--bmap=FILE and --no-bmap contradict each other");
	if ((o->build || o->extract) && o->source_bmap)
		return img_fail(err, IMG_E_USAGE, "--bmap=FILE is the map of an image that is converted");
	if (o->extract && o->bmap)
		return img_fail(err, IMG_E_USAGE, "--bmap: a folder or archive has no block map");
	if (to_stdout && o->bmap)
		return img_fail(err, IMG_E_USAGE, "--bmap writes beside the target; standard output has no place for it");
	if (to_stdout && o->checksum)
		return img_fail(err, IMG_E_USAGE, "--checksum writes beside the target; standard output has no place for it");
	return 0;
}

int
conv_options_parse(struct tool *t, int argc, char **argv, struct conv_options *ret, struct img_err *err)
{
	struct operands words = { 0 };
	struct cmdline c;
	int id, rc = 0;

	ret->sparse = 4096;
	ret->level = -1;
	ret->new_password_fd = -1;
	cmd_start(&c, t->name, tables, argc, argv);
	while (!rc && (id = cmd_next(&c, err)) != CMD_END) {
		if (id < 0)
			rc = id;
		else if (id == CMD_OPERAND)
			rc = operands_add(&words, c.value, err);
		else if ((rc = tool_option(t, id, &c, err)) == 1)
			rc = set_option(id, &c, ret, &words, err);
	}
	if (!rc && !t->o.help && !t->o.version && !t->o.list_formats)
		rc = operands_sort(&words, ret, &c.hint, err);
	if (!rc)
		rc = check_together(t, ret, &words, err);
	if (rc && c.hint)
		snprintf(t->hint, sizeof t->hint, "%s", c.hint);
	if (!rc && words.help) {	/* imgconv help [TOPIC] */
		t->o.help = true;
		t->o.topic = words.n > 1 ? words.v[1] : NULL;
	} else if (t->o.help && !t->o.topic && words.n) {
		t->o.topic = words.v[0];
	}
	return rc;
}

void
conv_usage(FILE *f)
{
	fputs("usage: imgconv [OPTIONS] SOURCE DEST\n"
	      "Converts disk images; the names say what is meant.\n"
	      "\n"
	      "  imgconv App.dmg App.img              any DMG to raw sectors, checked while reading\n"
	      "  imgconv -p -T 4 App.dmg App.img      with progress, on four threads\n"
	      "  imgconv -P 2 disk.dmg volume.img     one partition only\n"
	      "  imgconv -O raw App.dmg - | wc -c     to a pipe\n"
	      "  imgconv -n App.dmg App.img           what would happen\n"
	      "  imgconv disc.iso out/                the files inside\n"
	      "  imgconv -V NAME tree/ disc.iso       an ISO of a folder\n"
	      "  imgconv edit a.iso --add f:/f -o b.iso   a file more in it\n"
	      "imgconv --help lists everything; imginfo describes images.\n", f);
}

/* ---- help ---- */

#define USE_CONVERT \
	"usage: imgconv [convert] [OPTIONS] SOURCE DEST\n" \
	"       imgconv [convert] [OPTIONS] -o DEST SOURCE\n"
#define USE_BUILD "       imgconv [build] [OPTIONS] FOLDER|FILE... IMAGE\n"
#define USE_EXTRACT \
	"       imgconv [extract] [OPTIONS] IMAGE FOLDER/|ARCHIVE\n" \
	"       imgconv extract|x [OPTIONS] IMAGE [-C FOLDER] [PATTERN...]\n"
#define USE_EDIT "       imgconv edit [OPTIONS] IMAGE [-o DEST]\n"
#define ABOUT_CONVERT \
	"Converts a disk image.  SOURCE is recognised by what it holds, the target format\n" \
	"by the suffix of DEST; \"-\" is standard input or output.  Every checksum in the\n" \
	"image is tested on the way.\n"
#define ABOUT_BUILD \
	"A folder, or several files, as SOURCE are put into an image: of a folder its\n" \
	"contents.  The same sources give the same bytes.\n"
#define ABOUT_EXTRACT \
	"A folder or archive (.tar, .tar.gz, .tar.zst, .zip) as DEST takes the files out;\n" \
	"in a PATTERN * and ? match / too, and a folder brings all that is in it.\n"
#define ABOUT_EDIT \
	"edit changes the files or the label of an ISO, in place or into DEST, one option\n" \
	"after the other; it starts, and is partitioned, as before.\n"
#define EXAMPLE "\nFor example:\n"

static const struct cmd_topic topics[] = {
	{ "convert", USE_CONVERT "\n" ABOUT_CONVERT EXAMPLE
	  "  imgconv App.dmg App.img                a raw image, sparse\n"
	  "  imgconv -O ulfo App.dmg Small.dmg      another method of compression\n"
	  "  curl URL/disk.img.zst | imgconv - disk.img\n",
	  (const char *const []) { "Everyday", "Converting", NULL } },
	{ "build create", "usage:\n" USE_BUILD "\n" ABOUT_BUILD EXAMPLE
	  "  imgconv MyApp.app MyApp.dmg            with a link to /Applications\n"
	  "  imgconv -V CIDATA seed/ seed.iso       a disc for cloud-init\n",
	  (const char *const []) { "Building", "Building ISO 9660", "Starting from ISO 9660", "Building HFS+ and DMG", NULL } },
	{ "extract x", "usage:\n" USE_EXTRACT "\n" ABOUT_EXTRACT EXAMPLE
	  "  imgconv App.dmg out/\n"
	  "  imgconv x disc.iso -C out 'docs/*'\n", (const char *const []) { "Taking files out", NULL } },
	{ "edit", "usage:\n" USE_EDIT "\n" ABOUT_EDIT EXAMPLE
	  "  imgconv edit install.iso --add ks.cfg:/ks.cfg -o custom.iso\n", (const char *const []) { "Editing", NULL } },
	{ "iso", ABOUT_BUILD EXAMPLE "  imgconv --udf tree/ disc.iso\n",
	  (const char *const []) { "Building", "Building ISO 9660", "Starting from ISO 9660", NULL } },
	{ "boot", "What a disc or stick starts; found in the tree unless something is said.\n",
	  (const char *const []) { "Starting from ISO 9660", NULL } },
	{ "dmg hfs+", ABOUT_BUILD EXAMPLE "  imgconv -V \"App 1.2\" --background bg.png dist/ App.dmg\n",
	  (const char *const []) { "Building", "Building HFS+ and DMG", NULL } },
	{ "common", "Options of imgconv and imginfo both.\n", (const char *const []) { "In both tools", NULL } },
	{ 0 }
};

void
conv_help(FILE *f)
{
	fputs(USE_CONVERT USE_BUILD USE_EXTRACT USE_EDIT
	      "\n" ABOUT_CONVERT ABOUT_BUILD ABOUT_EXTRACT ABOUT_EDIT, f);
	cmd_help(tables, f);
	fputs("\nSizes take K, M, G, T (powers of 1024) and KB, MB, GB, TB (powers of 1000).\n"
	      "Exit status: 0 done, 1 failed, 2 usage, 3 not recognised, 4 damaged, 5 password,\n"
	      "6 target exists, 7 no space, 8 partial, 9 unverifiable, 128+N ended by signal N.\n", f);
}

int
conv_help_topic(struct tool *t)
{
	return tool_print_topic(t, tables, topics);
}
