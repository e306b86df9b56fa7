/* SPDX-License-Identifier: BSD-2-Clause */
/* The layers as a diagram: the file, what is in it, what is in that, down to the file systems, which stand side by side
 * because they are no layers over each other. */
#include "config.h"

#include <inttypes.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"

#define MAX_BOXES 12	/* file systems; more are a number */

static void
open_box(struct html *h, const char *kind, const char *title)
{
	html_fmt(h, "<div class=\"box\"><span class=\"kind\">%s</span> ", kind);
	html_element(h, "b", NULL, title ? title : "");
}

/* Of strings of a layer, those it has: ", "-joined. */
static void
put_words(struct html *h, const struct img_rep *layer)
{
	const struct img_rep *list = img_rep_get(layer, "compression");
	const char *variant = img_rep_get_str(layer, "variant"), *before = " <span class=\"more\">";

	if (variant) {
		html_raw(h, before);
		html_text(h, variant);
		before = ", ";
	}
	for (const struct img_rep *c = list ? list->first : NULL; c; c = c->next) {
		html_raw(h, before);
		html_text(h, c->type == IMG_REP_STR ? c->v.s : "?");
		before = ", ";
	}
	if (img_rep_get_bool(layer, "encrypted")) {
		html_raw(h, before);
		html_raw(h, "encrypted");
		before = ", ";
	}
	html_raw(h, before[0] == ',' ? "</span>" : "");
}

static void
put_file(const struct article *a)
{
	const struct img_rep *file = img_rep_get(a->doc, "file"), *size = img_rep_get(file, "size");
	const char *mime = img_rep_get_str(file, "mime");

	html_raw(a->h, "<li>");
	open_box(a->h, "File", page_name(a->in->path));
	if (size) {
		html_raw(a->h, " <span class=\"more\">");
		page_size(a->h, size->v.u);
		html_raw(a->h, "</span>");
	}
	if (mime) {
		html_raw(a->h, " ");
		html_element(a->h, "span", "class=\"more\"", mime);
	}
	html_raw(a->h, "</div></li>\n");
}

static void
put_container(const struct article *a, const struct img_rep *l)
{
	html_raw(a->h, "<li>");
	open_box(a->h, "Container", img_rep_get_str(l, "title"));
	put_words(a->h, l);
	html_raw(a->h, "</div></li>\n");
}

static void
put_tables(const struct article *a)
{
	html_raw(a->h, "<li>");
	for (const struct img_rep *l = text_first_layer(a->doc, "partition_table"); l;
	     l = text_next_layer(l->next, "partition_table")) {
		const struct img_rep *parts = img_rep_get(l, "partitions");
		unsigned int n = 0;
		char name[16];

		for (const struct img_rep *p = parts ? parts->first : NULL; p; p = p->next)
			n += !img_rep_get_bool(p, "meta");
		open_box(a->h, "Partition table", text_upper(name, sizeof name, img_rep_get_str(l, "format")));
		if (img_rep_get_bool(l, "protective"))
			html_raw(a->h, " <span class=\"more\">protective</span></div>");
		else
			html_fmt(a->h, " <span class=\"more\">%u partition%s</span></div>", n, n == 1 ? "" : "s");
	}
	html_raw(a->h, "</li>\n");
}

static void
put_file_system(const struct article *a, const struct img_rep *fs)
{
	const char *label = img_rep_get_str(fs, "label");
	const struct img_rep *part = img_rep_get(fs, "partition");

	open_box(a->h, "File system", img_rep_get_str(fs, "title"));
	if (label && *label) {
		html_raw(a->h, " ");
		html_element(a->h, "span", "class=\"more\"", label);
	}
	html_raw(a->h, " <span class=\"more\">");
	page_size(a->h, img_rep_get_uint(fs, "size", 0));
	if (part && part->type == IMG_REP_UINT)
		html_fmt(a->h, ", partition %" PRIu64, part->v.u);
	html_raw(a->h, "</span></div>");
}

static void
put_file_systems(const struct article *a)
{
	unsigned int n = 0;

	html_raw(a->h, "<li>");
	for (const struct img_rep *l = text_first_layer(a->doc, "filesystem"); l; l = text_next_layer(l->next, "filesystem"))
		if (n++ < MAX_BOXES)
			put_file_system(a, l);
	if (n > MAX_BOXES)
		html_fmt(a->h, "<div class=\"box\"><span class=\"kind\">File systems</span> <b>%u more</b></div>", n - MAX_BOXES);
	html_raw(a->h, "</li>\n");
}

void
page_layers(const struct article *a)
{
	if (!img_rep_get(a->doc, "layers") || !img_rep_get(a->doc, "layers")->first)
		return;
	page_section(a, "Layers");
	html_raw(a->h, "<figure>\n<ol class=\"layers\">\n");
	put_file(a);
	for (const struct img_rep *l = text_first_layer(a->doc, "container"); l; l = text_next_layer(l->next, "container"))
		if (a->in->arg.image.n)
			put_container(a, l);
	if (text_first_layer(a->doc, "partition_table"))
		put_tables(a);
	if (text_first_layer(a->doc, "filesystem"))
		put_file_systems(a);
	html_raw(a->h, "</ol>\n<figcaption>From the file on the host to what it holds.</figcaption>\n</figure>\n");
	page_section_end(a);
}
