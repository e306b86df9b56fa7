/* SPDX-License-Identifier: BSD-2-Clause */
/* The top of an image's article: its name, what it is, how it went, key figures, problems. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/tool.h"
#include "core/verdict.h"
#include "img/check.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"

static void
put_name(const struct article *a)
{
	char tag = a->of > 1 ? '2' : '1';

	if (a->of < 2)
		html_raw(a->h, "<p class=\"eyebrow\">imginfo report</p>\n");
	html_fmt(a->h, "<h%c class=\"name\"", tag);
	html_attr(a->h, "title", a->in->path);
	html_raw(a->h, ">");
	html_text(a->h, page_name(a->in->path));
	html_fmt(a->h, "</h%c>\n", tag);
}

/* The sentence that imginfo begins with. */
static void
put_what(const struct article *a)
{
	FILE *f;

	if (!a->in->arg.opened && a->in->status != STATUS_PASSWORD)
		return;
	f = html_words(a->h);
	if (!f)
		return;
	text_what(f, a->in, a->doc, true);
	html_raw(a->h, "<p class=\"lead\">");
	html_words_end(a->h);
	html_raw(a->h, "</p>\n");
}

/* ---- how it went ---- */

struct outcome {
	const char *css_class, *mark, *words;
};

static struct outcome
outcome_of(const struct inspection *in)
{
	static const struct { int status; const char *words; } bad[] = {
		{ STATUS_NOT_RECOGNISED, "Not recognised" }, { STATUS_DAMAGED, "Damaged" },
		{ STATUS_PASSWORD, "Locked: a password is needed" }, { STATUS_PARTIAL, "Not everything could be read" },
		{ STATUS_UNVERIFIABLE, "Without the proof asked for" },
	};
	struct verdict v = verdict_of(&in->checks);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (in->status == bad[i].status)
			return (struct outcome) { "bad", "✗", bad[i].words };
	if (in->status)
		return (struct outcome) { "bad", "✗", "Could not be examined" };
	if (!in->checked)
		return (struct outcome) { "plain", "•", "Opened; checksums and structure were not tested" };
	return (struct outcome) { "ok", "✓", v.ok ? "Whole: checksums and structure hold"
						     : "The structure holds; there is no checksum to test" };
}

static void
put_outcome(const struct article *a)
{
	struct outcome o = outcome_of(a->in);
	const char *message = img_rep_get_str(img_rep_get(a->doc, "error"), "message");

	html_fmt(a->h, "<div class=\"result %s\"><p><span class=\"mark\" aria-hidden=\"true\">%s</span> <b>%s</b></p>", o.css_class,
		 o.mark, o.words);
	if (message && *message) {
		html_raw(a->h, "\n");
		html_element(a->h, "p", "class=\"why\"", message);
	}
	html_raw(a->h, "</div>\n");
}

/* ---- key figures ---- */

static void
put_size(const struct article *a, const char *title, const struct img_rep *v)
{
	if (!v || v->type != IMG_REP_UINT)
		return;
	html_fmt(a->h, "<div><dt>%s</dt><dd>", title);
	page_size(a->h, v->v.u);
	html_raw(a->h, "</dd></div>\n");
}

static void
put_count(const struct article *a, const char *title, uint64_t n)
{
	if (n)
		html_fmt(a->h, "<div><dt>%s</dt><dd>%" PRIu64 "</dd></div>\n", title, n);
}

static uint64_t
count_layers(const struct img_rep *doc, const char *kind)
{
	uint64_t n = 0;

	for (const struct img_rep *l = text_first_layer(doc, kind); l; l = text_next_layer(l->next, kind))
		n++;
	return n;
}

/* Of the table that has most. */
static uint64_t
count_partitions(const struct img_rep *doc)
{
	uint64_t most = 0;

	for (const struct img_rep *l = text_first_layer(doc, "partition_table"); l;
	     l = text_next_layer(l->next, "partition_table")) {
		const struct img_rep *parts = img_rep_get(l, "partitions");
		uint64_t n = 0;

		for (const struct img_rep *p = parts ? parts->first : NULL; p; p = p->next)
			n += !img_rep_get_bool(p, "meta");
		most = n > most && !img_rep_get_bool(l, "protective") ? n : most;
	}
	return most;
}

static void
put_keys(const struct article *a)
{
	const struct pictures *p = a->in->pictures;
	struct verdict v = verdict_of(&a->in->checks);
	const struct block_cell *sum = p->blocks.n ? &p->blocks.range[0].sum : NULL;
	uint64_t files = 0;

	for (size_t i = 0; i < p->n_trees; i++)
		files += p->tree[i].files.files;
	html_raw(a->h, "<dl class=\"keys\">\n");
	put_size(a, "File", img_rep_get(img_rep_get(a->doc, "file"), "size"));
	put_size(a, "Disk", img_rep_get(a->doc, "virtual_size"));
	if (sum && block_known(sum))
		html_fmt(a->h, "<div><dt>Stored</dt><dd>%.1f%%</dd></div>\n",
			 (double)sum->stored * 100 / (double)block_known(sum));
	put_count(a, "Partitions", count_partitions(a->doc));
	put_count(a, "File systems", count_layers(a->doc, "filesystem"));
	put_count(a, "Files", files);
	if (a->in->checked && a->in->checks.n)
		html_fmt(a->h, "<div><dt>Checksums that hold</dt><dd>%zu of %zu</dd></div>\n", v.ok, a->in->checks.n);
	else
		put_count(a, "Checksums", a->in->checks.n);
	html_raw(a->h, "</dl>\n");
}

/* ---- problems ---- */

static void
put_problem(const struct article *a, const struct img_rep *p)
{
	const char *severity = img_rep_get_str(p, "severity"), *word = severity ? severity : "note";
	bool error = !strcmp(word, "error"), warning = !strcmp(word, "warning");

	html_fmt(a->h, "<li class=\"%s\"><span class=\"mark\" aria-hidden=\"true\">%s</span> <b>%s</b> ",
		 error ? "bad" : warning ? "warn" : "plain", error ? "✗" : warning ? "!" : "•", word);
	html_element(a->h, "span", NULL, img_rep_get_str(p, "message") ? img_rep_get_str(p, "message") : "");
	html_raw(a->h, " ");
	html_element(a->h, "code", NULL, img_rep_get_str(p, "code") ? img_rep_get_str(p, "code") : "");
	html_raw(a->h, "</li>\n");
}

static void
put_problems(const struct article *a)
{
	const struct img_rep *list = img_rep_get(a->doc, "problems");
	uint64_t lost = img_rep_get_uint(a->doc, "problems_lost", 0);

	if (!list || !list->first)
		return;
	page_section(a, "Problems");
	html_raw(a->h, "<ul class=\"problems\">\n");
	for (const struct img_rep *p = list->first; p; p = p->next)
		put_problem(a, p);
	html_raw(a->h, "</ul>\n");
	if (lost)
		html_fmt(a->h, "<p class=\"note\">%" PRIu64 " more were not kept.</p>\n", lost);
	page_section_end(a);
}

void
page_head(const struct article *a)
{
	html_raw(a->h, "<header>\n");
	put_name(a);
	put_what(a);
	put_outcome(a);
	put_keys(a);
	html_raw(a->h, "</header>\n");
	put_problems(a);
}
