/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything the layers say of themselves, in the formats' own order and words, whatever its shape: a new fact of a format
 * is on the page without a line here. */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"

#define LONG_TEXT 300		/* bytes of a text that stands open */
#define LONGEST_TEXT 16384	/* bytes of a text on the page at all */
#define LONG_LIST 12		/* items that stand open */
#define LONGEST_LIST 1000	/* items on the page at all */

static void
put_key(struct html *h, const char *key)
{
	char name[64];

	html_text(h, text_key(name, sizeof name, key));
}

static void
put_text(struct html *h, const char *s)
{
	size_t n = strlen(s);
	char *some;

	if (n <= LONG_TEXT) {
		html_text(h, s);
		return;
	}
	some = strndup(s, n < LONGEST_TEXT ? n : LONGEST_TEXT);
	if (!some)
		html_nomem(h);
	html_fmt(h, "<details><summary>a text of %zu bytes</summary>", n);
	html_element(h, "div", "class=\"long\"", some ? some : "");
	html_raw(h, n > LONGEST_TEXT ? "<p class=\"note\">and so on</p></details>" : "</details>");
	free(some);
}

static void put_items(struct html *h, const struct img_rep *v);

/* Numbers and words as the text has them. */
static void
put_scalar(struct html *h, const struct img_rep *v)
{
	FILE *f = html_words(h);

	if (!f)
		return;
	text_value(f, v, true, SIZE_MAX);
	html_words_end(h);
}

static size_t
count(const struct img_rep *v)
{
	size_t n = 0;

	for (const struct img_rep *c = v->first; c; c = c->next)
		n++;
	return n;
}

/* A list of plain values stands on one line; one with structure is a list. */
static bool
is_flat(const struct img_rep *v)
{
	for (const struct img_rep *c = v->first; c; c = c->next)
		if (c->type == IMG_REP_OBJ || c->type == IMG_REP_ARR || (c->type == IMG_REP_STR && strlen(c->v.s) > 60))
			return false;
	return count(v) <= LONG_LIST;
}

void
page_value(struct html *h, const struct img_rep *v)
{
	size_t n;

	if (v->type == IMG_REP_STR) {
		put_text(h, v->v.s);
		return;
	}
	if ((v->type != IMG_REP_OBJ && v->type != IMG_REP_ARR) || is_flat(v)) {
		put_scalar(h, v);
		return;
	}
	n = count(v);
	if (n > LONG_LIST)
		html_fmt(h, "<details><summary>%zu</summary>", n);
	put_items(h, v);
	html_raw(h, n > LONG_LIST ? "</details>" : "");
}

static void
put_items(struct html *h, const struct img_rep *v)
{
	size_t n = 0;

	html_raw(h, "<ul>");
	for (const struct img_rep *c = v->first; c; c = c->next) {
		if (++n > LONGEST_LIST) {
			html_fmt(h, "<li>and %zu more</li>", count(v) - LONGEST_LIST);
			break;
		}
		html_raw(h, "<li>");
		if (c->key) {
			html_raw(h, "<i class=\"key\">");
			put_key(h, c->key);
			html_raw(h, "</i> ");
		}
		page_value(h, c);
		html_raw(h, "</li>");
	}
	html_raw(h, "</ul>");
}

static void
put_layer(const struct article *a, const struct img_rep *l, const char *title)
{
	const struct img_rep *part = img_rep_get(l, "partition");

	html_fmt(a->h, "<h%d>", a->of > 1 ? 4 : 3);
	html_text(a->h, title ? title : "");
	if (part && part->type == IMG_REP_UINT)
		html_fmt(a->h, ", partition %" PRIu64, part->v.u);
	html_fmt(a->h, "</h%d>\n<dl class=\"facts\">\n", a->of > 1 ? 4 : 3);
	for (const struct img_rep *v = l->first; v; v = v->next) {
		if (!strcmp(v->key, "kind") || !strcmp(v->key, "title") || !strcmp(v->key, "partition"))
			continue;
		html_raw(a->h, "<div><dt>");
		put_key(a->h, v->key);
		html_raw(a->h, "</dt><dd>");
		page_value(a->h, v);
		html_raw(a->h, "</dd></div>\n");
	}
	html_raw(a->h, "</dl>\n");
}

/* Has a section of its own, or is said at the top. */
static bool
is_told(const char *key)
{
	static const char *const told[] = {
		"schema", "file", "virtual_size", "layers", "boot", "checks", "hashes", "problems", "problems_lost", "result", "error",
	};

	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (!strcmp(key, told[i]))
			return true;
	return false;
}

static void
put_others(const struct article *a)
{
	for (const struct img_rep *v = a->doc->first; v; v = v->next) {
		if (is_told(v->key))
			continue;
		html_fmt(a->h, "<h%d>", a->of > 1 ? 4 : 3);
		put_key(a->h, v->key);
		html_fmt(a->h, "</h%d>\n<div>", a->of > 1 ? 4 : 3);
		page_value(a->h, v);
		html_raw(a->h, "</div>\n");
	}
}

/* Partition tables have their own section, and plain sectors have nothing to say. */
static bool
is_told_at_length(const struct article *a, const char *kind)
{
	return !strcmp(kind, "filesystem") || (!strcmp(kind, "container") && a->in->arg.image.n);
}

static bool
has_details(const struct article *a)
{
	const struct img_rep *layers = img_rep_get(a->doc, "layers");

	for (const struct img_rep *l = layers ? layers->first : NULL; l; l = l->next)
		if (is_told_at_length(a, img_rep_get_str(l, "kind")))
			return true;
	for (const struct img_rep *v = a->doc->first; v; v = v->next)
		if (!is_told(v->key))
			return true;
	return false;
}

#define MAX_FILE_SYSTEMS 64	/* told at length */

void
page_facts(const struct article *a)
{
	const struct img_rep *layers = img_rep_get(a->doc, "layers");
	unsigned int n = 0;

	if (!has_details(a))
		return;
	page_section(a, "Details");
	for (const struct img_rep *l = layers ? layers->first : NULL; l; l = l->next) {
		const char *kind = img_rep_get_str(l, "kind"), *title = img_rep_get_str(l, "title");

		if (!is_told_at_length(a, kind))
			continue;
		if (n++ < MAX_FILE_SYSTEMS)
			put_layer(a, l, title);
	}
	if (n > MAX_FILE_SYSTEMS)
		html_fmt(a->h, "<p class=\"note\">and %u more</p>\n", n - MAX_FILE_SYSTEMS);
	put_others(a);
	page_section_end(a);
}
