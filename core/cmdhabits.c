/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that other tools' users type.  hdiutil has long options with one dash: read as ours, "-ov x" would mean "the
 * output is called v".  qemu-img's -o takes format details.  They are answered with our spelling, never obeyed. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/cmdline.h"

struct habit {
	const char *word;	/* without its dash */
	const char *example;	/* NULL: takes no value; else shown where none follows */
	const char *ours;	/* '@' stands for the value */
};

/* hdiutil(1); options that mean nothing here say so */
static const struct habit habits[] = {
	{ "format", "FORMAT", "-O @ or --format @" },
	{ "ov", NULL, "-y or --overwrite" },
	{ "srcfolder", "DIR", "give the folder as SOURCE: imgconv @ DEST" },
	{ "srcdir", "DIR", "give the folder as SOURCE: imgconv @ DEST" },
	{ "volname", "NAME", "-V @ or --volname @" },
	{ "fs", "FS", "--fs @" },
	{ "size", "SIZE", "--size @" },
	{ "megabytes", "N", "--size @M" },
	{ "imagekey", "KEY=VALUE", "--opt @" },
	{ "tgtimagekey", "KEY=VALUE", "--opt @" },
	{ "encryption", "aes-256", "--encrypt=aes-256" },
	{ "stdinpass", NULL, "--password-fd 0" },
	{ "passphrase", "PASSWORD", "--password-file FILE" },
	{ "segmentSize", "SIZE", "--split @" },
	{ "plist", NULL, "--json" },
	{ "puppetstrings", NULL, "--progress=json" },
	{ "quiet", NULL, "-q or --quiet" },
	{ "verbose", NULL, "-v or --verbose" },
	{ "debug", NULL, "-vv" },
	{ "tasks", "N", "-T @ or --threads @" },
	{ "layout", "LAYOUT", "leave it out: the image gets the usual partition map" },
	{ "type", "TYPE", "-O FORMAT" },
	{ "noverify", NULL, "leave it out" },
	{ "anyowners", NULL, "leave it out" },
	{ "skipunreadable", NULL, "leave it out" },
	{ "nospotlight", NULL, "leave it out" },
	{ "noautoopen", NULL, "leave it out" },
	{ "readonly", NULL, "leave it out" },
	{ "nobrowse", NULL, "leave it out" },
	{ "mountpoint", "DIR", "imgconv mount IMAGE @" },
};

/* @ours with every '@' replaced. */
static void
fill_in(char *buf, size_t room, const char *ours, const char *value)
{
	size_t at = 0;

	for (; *ours && at + 1 < room; ours++) {
		if (*ours == '@')
			at += (size_t)snprintf(buf + at, room - at, "%s", value);
		else
			buf[at++] = *ours;
		if (at >= room)
			at = room - 1;
	}
	buf[at] = '\0';
}

int
cmd_habit(struct cmdline *c, const char *word, const char *next, struct img_err *err)
{
	char ours[160];

	for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
		const struct habit *h = &habits[i];
		const char *value = h->example;

		if (strcasecmp(word, h->word) != 0)
			continue;
		if (value && next && next[0] != '-' && strlen(next) < 40 && h->word[0] != 'p')
			value = next;
		fill_in(ours, sizeof ours, h->ours, value ? value : "");
		if (strchr(h->ours, '-') == h->ours)
			return img_fail(err, IMG_E_USAGE, "-%s: options have two dashes here: %s", word, ours);
		return img_fail(err, IMG_E_USAGE, "-%s is hdiutil's; here, %s", word, ours);
	}
	return 0;
}

int
cmd_habit_output(struct cmdline *c, const char *value, struct img_err *err)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz_0123456789");

	/* "./a=b.img" and "dir/a=b" are files without doubt */
	if (n == 0 || value[n] != '=' || strchr(value, '/'))
		return 0;
	snprintf(c->hint_text, sizeof c->hint_text, "a file of that name is ./%.150s", value);
	c->hint = c->hint_text;
	return img_fail(err, IMG_E_USAGE, "-o %s: -o names the target here; format details are --opt %s", value, value);
}
