/* SPDX-License-Identifier: BSD-2-Clause */
/* The tracks of a disc as a table. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"

static void
put_word(const struct inspection *in, const char *before, const char *word)
{
	if (!word)
		return;
	fputs(before, stdout);
	text_put(stdout, word, in->t->utf8);
}

static void
put_track(const struct inspection *in, const struct img_rep *t)
{
	const char *type = img_rep_get_str(t, "type");

	printf("  %3" PRIu64 " %7" PRIu64 "  %-12s %8" PRIu64 " %8" PRIu64, img_rep_get_uint(t, "track", 0),
	       img_rep_get_uint(t, "session", 1), type ? type : "", img_rep_get_uint(t, "sector", 0), img_rep_get_uint(t, "sectors", 0));
	put_word(in, "  ", img_rep_get_str(t, "file"));
	put_word(in, "  ", img_rep_get_str(t, "performer"));
	put_word(in, img_rep_get(t, "performer") ? ": " : "  ", img_rep_get_str(t, "title"));
	putchar('\n');
}

void
text_tracks(const struct inspection *in, const struct img_rep *doc)
{
	for (const struct img_rep *l = text_first_layer(doc, "container"); l; l = text_next_layer(l->next, "container")) {
		const struct img_rep *list = img_rep_get(l, "tracks");

		if (!list || !list->first)
			continue;
		text_heading(in, "Tracks");
		printf("  %3s %7s  %-12s %8s %8s  %s\n", "#", "session", "type", "sector", "sectors", "file, title");
		for (const struct img_rep *t = list->first; t; t = t->next)
			put_track(in, t);
	}
}
