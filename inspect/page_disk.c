/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk: every partition table as a bar to scale and as a table that says the same in words. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"

#define MAX_DRAWN 400	/* the largest; a bar has no room for more */
#define MAX_LANES 4	/* partitions that lie over each other */
#define LANE 64		/* height of a lane in pixels, with the gap below it */

/* One table, and the disk it is on. */
struct bar {
	const struct article *a;
	const struct img_rep *table;
	uint64_t size;
	size_t n;		/* drawn, by offset */
	const struct img_rep **part;
	size_t n_all, n_lanes;
	unsigned char *lane;
};

static uint64_t
part_off(const struct img_rep *p)
{
	return img_rep_get_uint(p, "offset", 0);
}

static uint64_t
part_len(const struct img_rep *p)
{
	return img_rep_get_uint(p, "size", 0);
}

static const char *
part_type(const struct img_rep *p)
{
	const char *title = img_rep_get_str(p, "type_title"), *type = img_rep_get_str(p, "type");

	return title ? title : type ? type : "";
}

static int
by_size(const void *a, const void *b)
{
	const struct img_rep *p = *(const struct img_rep *const *)a, *q = *(const struct img_rep *const *)b;
	uint64_t m = part_len(p), n = part_len(q);

	if (m != n)
		return m > n ? -1 : 1;
	return part_off(p) < part_off(q) ? -1 : part_off(p) > part_off(q);
}

static int
by_offset(const void *a, const void *b)
{
	const struct img_rep *p = *(const struct img_rep *const *)a, *q = *(const struct img_rep *const *)b;
	uint64_t m = part_off(p), n = part_off(q);

	if (m != n)
		return m < n ? -1 : 1;
	return part_len(p) > part_len(q) ? -1 : part_len(p) < part_len(q);
}

/* What is drawn, and in which lane: the first that is free there. */
static bool
bar_new(const struct article *a, const struct img_rep *table, struct bar *ret)
{
	const struct img_rep *list = img_rep_get(table, "partitions");
	struct bar b = { .a = a, .table = table, .size = a->in->arg.image.top ? a->in->arg.image.top->size : 0 };
	uint64_t end[MAX_LANES] = { 0 };

	for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next)
		b.n_all += !img_rep_get_bool(p, "meta") && part_len(p);
	b.part = calloc(b.n_all + 1, sizeof *b.part);
	b.lane = calloc(b.n_all + 1, 1);
	if (!b.part || !b.lane) {
		free(b.part);
		free(b.lane);
		return false;
	}
	for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next)
		if (!img_rep_get_bool(p, "meta") && part_len(p))
			b.part[b.n++] = p;
	qsort(b.part, b.n, sizeof *b.part, by_size);
	b.n = b.n < MAX_DRAWN ? b.n : MAX_DRAWN;
	qsort(b.part, b.n, sizeof *b.part, by_offset);
	for (size_t i = 0; i < b.n; i++) {
		size_t k = 0;

		while (k + 1 < MAX_LANES && part_off(b.part[i]) < end[k])
			k++;
		b.lane[i] = (unsigned char)k;
		end[k] = part_off(b.part[i]) + part_len(b.part[i]);
		b.n_lanes = k + 1 > b.n_lanes ? k + 1 : b.n_lanes;
	}
	*ret = b;
	return true;
}

/* ---- the drawing ---- */

static void
put_part_label(struct html *h, const struct img_rep *p, double width)
{
	const char *name = img_rep_get_str(p, "name");
	char size[TEXT_SIZE_MAX];

	if (width < 2)
		return;
	html_fmt(h, "<text x=\"8\" y=\"23\"><tspan class=\"number\">%" PRIu64 "</tspan>", img_rep_get_uint(p, "index", 0));
	if (width >= 8) {
		html_raw(h, " ");
		html_plain(h, name ? name : part_type(p));
	}
	html_raw(h, "</text>");
	if (width >= 8)
		html_fmt(h, "<text x=\"8\" y=\"42\" class=\"sub\">%s</text>", text_size(size, part_len(p)));
}

static void
put_part(const struct bar *b, size_t i)
{
	struct html *h = b->a->h;
	const struct img_rep *p = b->part[i];
	const char *name = img_rep_get_str(p, "name");
	double x = (double)part_off(p) * 100 / (double)b->size, w = (double)part_len(p) * 100 / (double)b->size;
	char size[TEXT_SIZE_MAX];

	html_fmt(h, "<g><title>%" PRIu64 " ", img_rep_get_uint(p, "index", 0));
	if (name) {
		html_plain(h, name);
		html_raw(h, ", ");
	}
	html_plain(h, part_type(p));
	html_fmt(h, ", %s at %" PRIu64 "</title><svg x=\"%.3f%%\" y=\"%zu\" width=\"%.3f%%\" height=\"%d\">"
		 "<rect class=\"part%s%s\" width=\"100%%\" height=\"100%%\"/>", text_size(size, part_len(p)), part_off(p), x,
		 (size_t)b->lane[i] * LANE, w < 0.15 ? 0.15 : w, LANE - 6, w < 0.5 ? " thin" : "", i & 1 ? " odd" : "");
	put_part_label(h, p, w);
	html_raw(h, "</svg></g>\n");
}

static void
put_drawing(const struct bar *b)
{
	struct html *h = b->a->h;
	unsigned int id = ++h->ids;
	char size[TEXT_SIZE_MAX];

	html_fmt(h, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"bar\" width=\"100%%\" height=\"%zu\" role=\"img\" "
		 "aria-labelledby=\"t%u d%u\"><title id=\"t%u\">The disk to scale</title><desc id=\"d%u\">%zu partitions on %s; "
		 "the table below has their places and sizes.</desc>\n",
		 b->n_lanes * LANE - 6, id, id, id, id, b->n_all, text_size(size, b->size));
	for (size_t i = 0; i < b->n_lanes; i++)
		html_fmt(h, "<rect class=\"gap\" y=\"%zu\" width=\"100%%\" height=\"%d\"/>\n", i * LANE, LANE - 6);
	for (size_t i = 0; i < b->n; i++)
		put_part(b, i);
	html_raw(h, "</svg>\n");
}

/* ---- the table ---- */

static const struct img_rep *
file_system_of(const struct article *a, const struct img_rep *p)
{
	const struct img_volumes *v = &a->in->arg.volumes;

	for (size_t i = 0; i < v->n && text_first_layer(a->doc, "filesystem"); i++) {
		if (v->v[i].off != part_off(p) || v->v[i].len != part_len(p) || !v->v[i].part)
			continue;
		for (const struct img_rep *l = text_first_layer(a->doc, "filesystem"); l;
		     l = text_next_layer(l->next, "filesystem"))
			if (img_rep_get_uint(l, "partition", UINT64_MAX) == v->v[i].part->index)
				return l;
	}
	return NULL;
}

static const struct block_range *
blocks_of(const struct article *a, const struct img_rep *p)
{
	const struct block_map *m = &a->in->pictures->blocks;

	for (size_t i = 1; i < m->n; i++)
		if (m->range[i].off == part_off(p) && m->range[i].len == part_len(p))
			return &m->range[i];
	return NULL;
}

static void
put_row(const struct article *a, const struct img_rep *p)
{
	const struct img_rep *fs = img_rep_get_bool(p, "meta") ? NULL : file_system_of(a, p);
	const char *name = img_rep_get_str(p, "name"), *label = img_rep_get_str(fs, "label");
	const struct block_range *r = blocks_of(a, p);
	struct html *h = a->h;

	html_fmt(h, "<tr%s><td class=\"n\">%" PRIu64 "</td>", img_rep_get_bool(p, "meta") ? " class=\"meta\"" : "",
		 img_rep_get_uint(p, "index", 0));
	if (name) {
		html_raw(h, "<td><span class=\"cut\"");
		html_attr(h, "title", name);
		html_raw(h, ">");
		html_text(h, name);
		html_raw(h, "</span></td><td>");
	} else {
		html_raw(h, "<td></td><td>");
	}
	html_element(h, "span", "class=\"cut\"", part_type(p));
	html_raw(h, img_rep_get_bool(p, "bootable") ? " <b class=\"tag\">active</b>" : "");
	html_raw(h, "</td><td>");
	if (fs) {
		html_raw(h, "<span class=\"cut\">");
		html_text(h, img_rep_get_str(fs, "title") ? img_rep_get_str(fs, "title") : "");
		html_raw(h, label && *label ? " " : "");
		if (label && *label)
			html_element(h, "q", NULL, label);
		html_raw(h, "</span>");
	}
	html_fmt(h, "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">", part_off(p));
	page_size(h, part_len(p));
	html_raw(h, "</td><td class=\"strip\">");
	if (r)
		page_strip(h, r, "strip", "What the partition is made of");
	html_raw(h, "</td></tr>\n");
}

static void
open_table(struct html *h)
{
	html_raw(h, "<div class=\"scroll stack parts\"><table>\n<thead><tr><th class=\"n\">#</th><th>Name</th><th>Type</th><th>File system</th>"
		 "<th class=\"n\">Begins at</th><th class=\"n\">Size</th><th>Blocks</th></tr></thead>\n<tbody>\n");
}

static void
put_rows(const struct article *a, const struct img_rep *table)
{
	const struct img_rep *list = img_rep_get(table, "partitions");
	size_t all = 0, n = 0;

	for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next)
		all++;
	if (!all)
		return;
	open_table(a->h);
	for (const struct img_rep *p = list->first; p; p = p->next) {
		if (n++ == PAGE_ROWS) {
			html_fmt(a->h, "</tbody>\n</table></div>\n<details><summary>%zu more partitions</summary>\n",
				 all - PAGE_ROWS);
			open_table(a->h);
		}
		put_row(a, p);
	}
	html_raw(a->h, n > PAGE_ROWS ? "</tbody>\n</table></div>\n</details>\n" : "</tbody>\n</table></div>\n");
}

static void
put_table(const struct article *a, const struct img_rep *table)
{
	char name[16], size[TEXT_SIZE_MAX];
	struct bar b;

	text_upper(name, sizeof name, img_rep_get_str(table, "format"));
	html_raw(a->h, "<figure>\n");
	if (!bar_new(a, table, &b)) {
		html_nomem(a->h);
	} else {
		if (b.size && b.n)
			put_drawing(&b);
		html_fmt(a->h, "<figcaption><b>%s</b>, sectors of %" PRIu64 " bytes, %zu partition%s on %s", name,
			 img_rep_get_uint(table, "sector_size", 512), b.n_all, b.n_all == 1 ? "" : "s", text_size(size, b.size));
		html_raw(a->h, b.n_lanes > 1 ? "; what lies over another is drawn below it" : "");
		if (b.n < b.n_all)
			html_fmt(a->h, "; the %zu largest are drawn", b.n);
		html_raw(a->h, ".</figcaption>\n");
		free(b.part);
		free(b.lane);
	}
	html_raw(a->h, "</figure>\n");
	put_rows(a, table);
}

void
page_disk(const struct article *a)
{
	bool any = false;

	for (const struct img_rep *l = text_first_layer(a->doc, "partition_table"); l;
	     l = text_next_layer(l->next, "partition_table")) {
		if (img_rep_get_bool(l, "protective"))
			continue;
		if (!any)
			page_section(a, "Partitions");
		any = true;
		put_table(a, l);
	}
	if (any)
		page_section_end(a);
}
