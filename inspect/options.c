/* SPDX-License-Identifier: BSD-2-Clause */
/* imginfo's options.  --help, the manual page and the completions are compared with this table by tests/cli/help.sh. */
#include "config.h"

#include "inspect/options.h"

#include <string.h>

#include "img/check.h"

enum {
	OPT_STORE = CMD_FIRST,		/* cmd_store into struct info_options */
	OPT_REQUIRE, OPT_HASH, OPT_OUTPUT, OPT_LIST, OPT_VIEW, OPT_SESSION,
};

#define INTO(member) CMD_INTO(struct info_options, member)

static const struct cmd_option everyday[] = {
	{ OPT_STORE, 0, "verify", NULL, 0, "What to show", "test the structure, every checksum in the image, and the lists beside it",
	  .into = INTO(verify) },
	{ OPT_STORE, 0, "quick", NULL, 0, NULL, "with --verify: test what describes the data, and not the data",
	  .into = INTO(quick) },
	{ OPT_REQUIRE, 0, "require", "PROOF", 0, NULL,
	  "with --verify: checksum, signature; exit with status 9 if the image has none" },
	{ OPT_STORE, 0, "ignore-missing", NULL, 0, NULL, "of a list of checksums test only the files that are there",
	  .into = INTO(ignore_missing) },
	{ OPT_STORE, 0, "keyring", "KEYS", 0, NULL, "with --verify: check OpenPGP signatures against these keys, by gpgv",
	  .into = INTO(keyring) },
	{ OPT_STORE, 0, "bmap", "FILE", 0, NULL, "with --verify: test this block map, not the one beside the image",
	  .into = INTO(bmap) },
	{ OPT_STORE, 0, "trust", "CERTS", 0, NULL, "with --verify: roots (PEM or DER) that code signatures must lead to",
	  .into = INTO(trust) },
	{ OPT_HASH, 0, "hash", "ALGO", 0, NULL, "hash of the decoded image (sha256, md5, crc32, ...); repeatable" },
	{ OPT_STORE, 0, "compare", "OTHER", 0, NULL, "do both hold the same sectors?  Exit with status 4 if not",
	  .into = INTO(compare) },
	{ OPT_STORE, 0, "files", NULL, 0, NULL, "with --compare: the same files?  Lists what was added, removed, changed",
	  .into = INTO(files) },
	{ OPT_STORE, 0, "partitions", NULL, 0, NULL, "only the partition tables", .into = INTO(partitions) },
	{ OPT_STORE, 0, "boot", NULL, 0, NULL, "only what boots, and how", .into = INTO(boot) },
	{ OPT_STORE, 0, "raw-plist", NULL, 0, NULL, "the property list of a DMG or sparse bundle, as it stands there",
	  .into = INTO(plist) },
	{ OPT_STORE, 0, "map", NULL, 0, NULL, "draw what its regions are made of; -v: list every run",
	  .into = INTO(map) },
	{ OPT_LIST, 'l', "list", NULL, 0, NULL, "the files inside, or those that fit the patterns; -ll: long" },
	{ OPT_STORE, 0, "tree", NULL, 0, NULL, "the files inside, drawn", .into = INTO(tree) },
	{ OPT_STORE, 0, "cat", "PATH", 0, NULL, "print one file", .into = INTO(cat) },
	{ OPT_VIEW, 0, "view", "TREE", 0, NULL, "which names of an optical disc: iso, joliet, rr or udf" },
	{ OPT_SESSION, 0, "session", "N", 0, NULL, "session of a multi-session disc, from 1; else the last" },
	{ OPT_STORE, 0, "field", "NAME", 0, NULL, "one value, bare: virtual_size, format, layers.0.variant",
	  .into = INTO(field) },
	{ TOOL_STORE, 'J', "json", NULL, 0, NULL, "one JSON document on standard output (schema imginfo/1)",
	  .into = CMD_INTO(struct tool, o.json) },
	{ OPT_STORE, 0, "report", "PAGE", 0, NULL, "write all of it as a page of HTML with pictures; \"-\": standard output",
	  .into = INTO(report) },
	{ OPT_STORE, 'y', "overwrite", NULL, 0, NULL, "replace an existing PAGE", .into = INTO(overwrite) },
	{ OPT_OUTPUT, 0, "output", "json", CMD_HIDDEN, NULL, "" },	/* qemu-img's spelling */
	{ 0 }
};

static const struct cmd_option *const tables[] = { everyday, tool_option_table, NULL };

static int
set_require(const struct cmdline *c, struct info_options *o, struct img_err *err)
{
	char list[64], *save = NULL;

	snprintf(list, sizeof list, "%s", c->value);
	for (char *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (strcmp(w, "checksum") == 0)
			o->require_checksum = true;
		else if (strcmp(w, "signature") == 0)
			o->require_signature = true;
		else
			return img_fail(err, IMG_E_USAGE, "%s: \"%s\" is none of checksum, signature", c->shown, w);
	}
	return 0;
}

static int
add_hash(const struct cmdline *c, struct info_options *o, struct img_err *err)
{
	const struct img_digest *d = img_digest_by_name(c->value);

	if (!d)
		return img_fail(err, IMG_E_USAGE, "%s: this build does not know the hash \"%s\"", c->shown, c->value);
	if (o->n_hashes == MAX_HASHES)
		return img_fail(err, IMG_E_USAGE, "%s: more than %d times", c->shown, MAX_HASHES);
	o->hash[o->n_hashes++] = d;
	return 0;
}

static int
set_output(const struct cmdline *c, struct tool *t, struct img_err *err)
{
	if (strcmp(c->value, "json") && strcmp(c->value, "human"))
		return img_fail(err, IMG_E_USAGE, "%s: imginfo writes no files; --output=json means --json", c->shown);
	t->o.json = c->value[0] == 'j';
	return 0;
}

static int
set_option(int id, const struct cmdline *c, struct tool *t, struct info_options *o, struct img_err *err)
{
	static const char *const views[] = { "iso", "joliet", "rr", "udf", NULL };
	unsigned int w = 0;
	uint64_t v = 0;
	int rc;

	switch (id) {
	case OPT_STORE:
		cmd_store(c, o);
		return 0;
	case OPT_REQUIRE:
		return set_require(c, o, err);
	case OPT_HASH:
		return add_hash(c, o, err);
	case OPT_LIST:
		o->list += o->list < 2;
		return 0;
	case OPT_VIEW:
		rc = cmd_word(c->shown, c->value, views, &w, err);
		o->view = rc ? NULL : views[w];
		return rc;
	case OPT_SESSION:
		rc = cmd_number(c->shown, c->value, 10000, &v, err);
		o->session = (unsigned int)v;
		return rc;
	case OPT_OUTPUT:
		return set_output(c, t, err);
	default:
		return img_fail(err, IMG_E_USAGE, "%s: not understood", c->shown);
	}
}

/* The page says everything; JSON may go beside it. */
static int
check_report(const struct tool *t, const struct info_options *o, struct img_err *err)
{
	if (o->overwrite && !o->report)
		return img_fail(err, IMG_E_USAGE, "--overwrite goes with --report");
	if (o->report && (o->straight || o->partitions || o->field || o->compare))
		return img_fail(err, IMG_E_USAGE, "--report writes a page of everything; it goes with --verify, --hash and --json only");
	if (o->report && t->o.json && !strcmp(o->report, "-"))
		return img_fail(err, IMG_E_USAGE, "--report - and --json cannot share standard output");
	return 0;
}

/* -l IMAGE [PATTERN...]; the other ways to print files and runs stand alone too. */
static int
check_straight(struct info_options *o, struct img_err *err)
{
	int n = o->map + (o->list > 0) + o->tree + (o->cat != NULL) + o->plist;

	o->straight = n > 0;
	if (n > 1)
		return img_fail(err, IMG_E_USAGE, "--map, --list, --tree, --cat and --raw-plist print one thing at a time");
	if (o->straight && (o->verify || o->n_hashes || o->partitions || o->boot || o->field || o->compare))
		return img_fail(err, IMG_E_USAGE, "%s prints nothing else", o->map ? "--map" : o->list ? "--list" :
				o->tree ? "--tree" : o->plist ? "--raw-plist" : "--cat");
	if (o->list && o->n_images > 1) {
		o->patterns = o->images + 1;
		o->n_patterns = (size_t)o->n_images - 1;
		o->n_images = 1;
	}
	return 0;
}

static int
check_together(const struct tool *t, struct info_options *o, struct img_err *err)
{
	if (t->o.help || t->o.version || t->o.list_formats)
		return 0;
	if (!o->n_images)
		return img_fail(err, IMG_E_USAGE, "no image was named");
	if ((o->require_checksum || o->require_signature) && !o->verify)
		return img_fail(err, IMG_E_USAGE, "--require goes with --verify");
	if ((o->keyring || o->trust || o->bmap || o->ignore_missing) && !o->verify)
		return img_fail(err, IMG_E_USAGE, "--%s goes with --verify", o->keyring ? "keyring" : o->trust ? "trust" :
				o->bmap ? "bmap" : "ignore-missing");
	if (o->quick && (!o->verify || o->n_hashes))
		return img_fail(err, IMG_E_USAGE, o->verify ? "--quick reads no data, and --hash all" : "--quick goes with --verify");
	if (o->boot && (o->partitions || o->field))
		return img_fail(err, IMG_E_USAGE, "--boot prints nothing else");
	if (o->files && !o->compare)
		return img_fail(err, IMG_E_USAGE, "--files goes with --compare");
	if (o->compare && (o->verify || o->n_hashes || o->partitions || o->boot || o->field || o->n_images > 1))
		return img_fail(err, IMG_E_USAGE, "--compare compares two images, and does nothing else");
	if (check_straight(o, err) || check_report(t, o, err))
		return IMG_E_USAGE;
	if (o->field && t->o.json)
		return img_fail(err, IMG_E_USAGE, "--field and --json contradict each other");
	return 0;
}

int
info_options_parse(struct tool *t, int argc, char **argv, struct info_options *ret, struct img_err *err)
{
	struct info_options o = { .images = argv + 1 };
	struct cmdline c;
	int id, rc = 0;

	cmd_start(&c, t->name, tables, argc, argv);
	while (!rc && (id = cmd_next(&c, err)) != CMD_END) {
		if (id < 0)
			rc = id;
		else if (id == CMD_OPERAND && !c.value[0])
			rc = img_fail(err, IMG_E_USAGE, "an empty name");
		else if (id == CMD_OPERAND)
			o.images[o.n_images++] = (char *)c.value;	/* never ahead of what was read */
		else if ((rc = tool_option(t, id, &c, err)) == 1)
			rc = set_option(id, &c, t, &o, err);
	}
	if (!rc)
		rc = check_together(t, &o, err);
	if (t->o.help && !t->o.topic && o.n_images)
		t->o.topic = o.images[0];
	if (rc && c.hint)
		snprintf(t->hint, sizeof t->hint, "%s", c.hint);
	if (!rc)
		*ret = o;
	return rc;
}

static const struct cmd_topic topics[] = {
	{ "describe show", "usage: imginfo [OPTIONS] IMAGE...\n\nWhat is it, what lies on it, what boots.\n\nFor example:\n"
	  "  imginfo App.dmg\n  imginfo --json App.dmg | jq .virtual_size\n  size=$(imginfo --field virtual_size App.dmg)\n",
	  (const char *const []) { "What to show", NULL } },
	{ "common", "Options of imgconv and imginfo both.\n", (const char *const []) { "In both tools", NULL } },
	{ 0 }
};

int
info_help_topic(struct tool *t)
{
	return tool_print_topic(t, tables, topics);
}

void
info_usage(FILE *f)
{
	fputs("usage: imginfo [OPTIONS] IMAGE...\n"
	      "Describes disk images; never changes anything.\n"
	      "\n"
	      "  imginfo App.dmg                          what is it\n"
	      "  imginfo --verify App.dmg                 is it whole: tests every checksum inside\n"
	      "  imginfo --json App.dmg | jq .virtual_size\n"
	      "  imginfo -l disc.iso                      the files inside\n"
	      "  imginfo --partitions disk.img            the partition tables\n"
	      "  imginfo --hash sha256 App.dmg            hash of the decoded image\n"
	      "imginfo --help lists everything; imgconv converts images.\n", f);
}

void
info_help(FILE *f)
{
	fputs("usage: imginfo [OPTIONS] IMAGE...\n"
	      "       imginfo -l [OPTIONS] IMAGE [PATTERN...]\n"
	      "\n"
	      "Describes disk images without changing them; \"-\" is standard input.\n", f);
	cmd_help(tables, f);
	fputs("\nExit status: 0 good, 1 failed, 2 usage, 3 not recognised, 4 damaged, 5 password,\n"
	      "9 unverifiable, 128+N ended by signal N; of several images the highest.\n", f);
}
