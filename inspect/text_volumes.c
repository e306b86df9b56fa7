/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems, as text. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"

static void
put_line(const struct inspection *in, const struct img_rep *fs)
{
	uint64_t part = img_rep_get_uint(fs, "partition", UINT64_MAX);
	const char *label = img_rep_get_str(fs, "label");
	char size[TEXT_SIZE_MAX];

	if (part != UINT64_MAX)
		printf("  %3" PRIu64 " ", part);
	else
		printf("  %3s ", "-");
	printf("%-10s ", img_rep_get_str(fs, "title"));
	if (label && *label) {
		printf("%10s  ", text_size(size, img_rep_get_uint(fs, "size", 0)));
		text_put(stdout, label, in->t->utf8);
	} else {
		printf("%10s", text_size(size, img_rep_get_uint(fs, "size", 0)));
	}
	putchar('\n');
}

/* "12 files, 3 directories" of one tree, as far as they were counted. */
static void
put_tree(const struct img_rep *t)
{
	static const struct { const char *key, *one, *many; } kinds[] = {
		{ "files", "file", "files" }, { "directories", "directory", "directories" }, { "links", "link", "links" },
		{ "others", "other", "others" },
	};
	bool counted = false;

	printf("  %-18s ", img_rep_get_str(t, "view"));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		uint64_t n = img_rep_get_uint(t, kinds[i].key, 0);

		if (!img_rep_get(t, kinds[i].key) || (!n && i > 0))
			continue;
		printf("%s%" PRIu64 " %s", counted ? ", " : "", n, n == 1 ? kinds[i].one : kinds[i].many);
		counted = true;
	}
	if (!counted)
		fputs("not counted", stdout);
	puts(img_rep_get_bool(t, "shown") ? " (shown)" : "");
}

/* One whose describe had something to say has a block of its own. */
static void
put_details(const struct inspection *in, const struct img_rep *fs)
{
	const struct img_rep *trees = img_rep_get(fs, "trees");
	uint64_t part = img_rep_get_uint(fs, "partition", UINT64_MAX);
	char title[80];

	if (!text_has_facts(fs))
		return;
	if (part != UINT64_MAX)
		snprintf(title, sizeof title, "%s (partition %" PRIu64 ")", img_rep_get_str(fs, "title"), part);
	else
		snprintf(title, sizeof title, "%s", img_rep_get_str(fs, "title"));
	text_facts(in, fs, title);
	for (const struct img_rep *t = trees ? trees->first : NULL; t; t = t->next)
		put_tree(t);
}

void
text_file_systems(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *first = text_first_layer(doc, "filesystem");

	if (!first)
		return;
	text_heading(in, "File systems");
	for (const struct img_rep *fs = first; fs; fs = text_next_layer(fs->next, "filesystem"))
		put_line(in, fs);
	for (const struct img_rep *fs = first; fs; fs = text_next_layer(fs->next, "filesystem"))
		put_details(in, fs);
}
