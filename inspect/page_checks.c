/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks and evidence: what was tested, against what, and how it went; hashes that were asked for. */
#include "config.h"

#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"

static void
put_state(struct html *h, const char *state, bool advisory)
{
	static const struct { const char *state, *css_class, *mark, *words; } states[] = {
		{ "ok", "ok", "✓", "holds" }, { "bad", "bad", "✗", "fails" }, { "not-run", "plain", "•", "not run" },
		{ "absent", "plain", "•", "absent" },
	};
	size_t i = 0;

	while (i + 1 < sizeof states / sizeof *states && strcmp(states[i].state, state))
		i++;
	html_fmt(h, "<td class=\"state %s\"><span class=\"mark\" aria-hidden=\"true\">%s</span> %s%s</td>",
		 i == 1 && advisory ? "warn" : states[i].css_class, states[i].mark, states[i].words,
		 advisory ? ", advisory" : "");
}

static const char *
get(const struct img_rep *c, const char *key)
{
	const char *s = img_rep_get_str(c, key);

	return s ? s : "";
}

/* Where the expected value comes from. */
static void
put_evidence(struct html *h, const struct img_rep *c)
{
	const char *evidence = get(c, "evidence"), *signer = get(c, "signer"), *key = get(c, "key");

	html_raw(h, "<td>");
	if (*evidence)
		html_element(h, "span", NULL, evidence);
	else if (!*key)
		html_raw(h, "the image");
	if (*signer) {
		html_raw(h, " signed by ");
		html_element(h, "b", NULL, signer);
	}
	if (*key) {
		html_raw(h, " key ");
		html_element(h, "code", NULL, key);
	}
	html_raw(h, "</td>");
}

static void
put_row(struct html *h, const struct img_rep *c)
{
	const char *what = *get(c, "what") ? get(c, "what") : get(c, "name");

	html_raw(h, "<tr>");
	put_state(h, get(c, "state"), img_rep_get_bool(c, "advisory"));
	html_raw(h, "<td>");
	html_element(h, "span", NULL, what);
	html_raw(h, "</td><td>");
	html_text(h, get(c, "algorithm"));
	html_raw(h, "</td>");
	put_evidence(h, c);
	html_raw(h, "<td class=\"hex\">");
	if (*get(c, "stored"))
		html_element(h, "code", NULL, get(c, "stored"));
	if (*get(c, "found") && strcmp(get(c, "found"), get(c, "stored"))) {
		html_raw(h, " <span>found</span> ");
		html_element(h, "code", NULL, get(c, "found"));
	}
	html_raw(h, "</td></tr>\n");
}

static void
open_table(struct html *h)
{
	html_raw(h, "<div class=\"scroll stack checks\"><table>\n<thead><tr><th>State</th><th>What</th><th>By</th><th>According to</th>"
		 "<th>Value</th></tr></thead>\n<tbody>\n");
}

/* Failures first, then the others, folded away where they are many. */
static void
put_rows(struct html *h, const struct img_rep *list)
{
	size_t n = 0, all = 0;

	for (const struct img_rep *c = list->first; c; c = c->next)
		all++;
	open_table(h);
	for (int bad = 1; bad >= 0; bad--)
		for (const struct img_rep *c = list->first; c; c = c->next) {
			if ((strcmp(get(c, "state"), "bad") == 0) != bad)
				continue;
			if (n++ == PAGE_ROWS) {
				html_fmt(h, "</tbody>\n</table></div>\n<details><summary>%zu more checks</summary>\n", all - PAGE_ROWS);
				open_table(h);
			}
			put_row(h, c);
		}
	html_raw(h, n > PAGE_ROWS ? "</tbody>\n</table></div>\n</details>\n" : "</tbody>\n</table></div>\n");
}

static void
put_hashes(const struct article *a)
{
	const struct img_rep *hashes = img_rep_get(a->doc, "hashes");

	if (!hashes)
		return;
	html_raw(a->h, "<p>Of the decoded image:</p>\n<dl class=\"facts\">\n");
	for (const struct img_rep *v = hashes->first; v; v = v->next) {
		html_fmt(a->h, "<div><dt>%s</dt>", v->key);
		html_element(a->h, "dd", "class=\"hex\"", v->type == IMG_REP_STR ? v->v.s : "");
		html_raw(a->h, "</div>\n");
	}
	html_raw(a->h, "</dl>\n");
}

void
page_checks(const struct article *a)
{
	const struct img_rep *list = img_rep_get(a->doc, "checks");
	bool any = list && list->first;

	if (!any && !img_rep_get(a->doc, "hashes"))
		return;
	page_section(a, "Checks and evidence");
	if (any && !a->in->checked)
		html_raw(a->h, "<p class=\"note\">These were found and not tested; <code>imginfo --verify --report</code> tests them, and "
			 "what lies beside the file.</p>\n");
	if (any)
		put_rows(a->h, list);
	put_hashes(a);
	page_section_end(a);
}
