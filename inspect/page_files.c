/* SPDX-License-Identifier: BSD-2-Clause */
/* The files as a treemap: areas are sizes.  The boxes are nested lists laid out in percent, so that they fill any width,
 * read as lists without styles, and keep their names (cut off by the box, whole in its title). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/text.h"
#include "inspect/treemap.h"

/* The layout is made for a picture of this many pixels; the real one may have others. */
#define WIDE 1000.0
#define HIGH 520.0
#define LEAST_AREA 150.0	/* smaller boxes join the rest */
#define HEADING 22.0		/* a folder's name */
#define MAX_ITEMS 49

/* What is drawn of a folder: its largest children, and what is left as one box. */
struct items {
	size_t n;
	double size[MAX_ITEMS];
	struct treemap_rect rect[MAX_ITEMS];
	size_t n_nodes;			/* items before the rest */
	uint64_t rest_size, rest_files;
};

static void
choose(const struct file_node *f, double area, struct items *ret)
{
	double least = (double)f->size * LEAST_AREA / area;

	*ret = (struct items) { .rest_size = f->rest_size, .rest_files = f->rest_files };
	for (size_t i = 0; i < f->n; i++) {
		const struct file_node *c = f->child[i];

		if (i == ret->n && i + 1 < MAX_ITEMS && c->size && (double)c->size >= least) {
			ret->size[ret->n++] = (double)c->size;
			continue;
		}
		ret->rest_size += c->size;
		ret->rest_files += c->folder ? c->files : 1;
	}
	ret->n_nodes = ret->n;
	if (!ret->rest_size)
		return;
	/* the order of sizes is the layout's; the rest may be anything */
	ret->size[ret->n++] = (double)ret->rest_size;
}

/* The rest is laid at its place among the sizes, and then told last. */
static void
lay(struct items *it, double w, double h)
{
	struct treemap_rect rect[MAX_ITEMS];
	double size[MAX_ITEMS];
	size_t at = it->n_nodes;

	memcpy(size, it->size, sizeof size);
	if (it->n > it->n_nodes) {
		for (; at > 0 && size[at - 1] < it->size[it->n_nodes]; at--)
			size[at] = size[at - 1];
		size[at] = it->size[it->n_nodes];
	}
	treemap_lay(size, it->n, w, h, rect);
	for (size_t i = 0; i < it->n_nodes; i++)
		it->rect[i] = rect[i < at ? i : i + 1];
	if (it->n > it->n_nodes)
		it->rect[it->n_nodes] = rect[at];
}

static void
open_box(struct html *h, const char *css_class, const struct treemap_rect *r, double w, double height)
{
	html_fmt(h, "<li class=\"%s\" style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"", css_class, r->x * 100 / w,
		 r->y * 100 / height, r->w * 100 / w, r->h * 100 / height);
}

static bool
has_room(const struct treemap_rect *r)
{
	return r->w >= 34 && r->h >= 15;
}

static void put_folder(struct html *h, const struct file_node *f, double w, double height, unsigned int depth);

static void
put_node(struct html *h, const struct file_node *n, const struct treemap_rect *r, double w, double height, unsigned int depth,
	 size_t nth)
{
	bool inside = n->folder && n->size && r->w > 60 && r->h > HEADING + 24;
	char words[40], size[TEXT_SIZE_MAX];

	/* folders at the top have a hue each, and what is in them has theirs */
	snprintf(words, sizeof words, "%s%s", n->folder ? "dir" : "file", has_room(r) ? "" : " tiny");
	if (depth == 0)
		snprintf(words + strlen(words), sizeof words - strlen(words), " h%zu", nth % 6);
	open_box(h, words, r, w, height);
	html_raw(h, " title=\"");
	html_plain(h, n->name);
	html_fmt(h, "%s: %s", n->folder ? "/" : "", text_size(size, n->size));
	if (n->folder)
		html_fmt(h, ", %" PRIu64 " file%s", n->files, n->files == 1 ? "" : "s");
	html_raw(h, "\"><span><b>");
	html_text(h, n->name);
	html_fmt(h, "%s</b> %s</span>", n->folder ? "/" : "", size);
	if (inside)
		put_folder(h, n, r->w - 6, r->h - HEADING - 3, depth + 1);
	html_raw(h, "</li>\n");
}

static void
put_folder(struct html *h, const struct file_node *f, double w, double height, unsigned int depth)
{
	char size[TEXT_SIZE_MAX];
	struct items it;

	choose(f, w * height, &it);
	if (!it.n)
		return;
	lay(&it, w, height);
	html_raw(h, "<ul>\n");
	for (size_t i = 0; i < it.n_nodes; i++)
		put_node(h, f->child[i], &it.rect[i], w, height, depth, i);
	if (it.n > it.n_nodes) {
		const struct treemap_rect *r = &it.rect[it.n_nodes];

		open_box(h, has_room(r) ? "rest" : "rest tiny", r, w, height);
		html_fmt(h, " title=\"%" PRIu64 " more: %s\"><span>%" PRIu64 " more %s</span></li>\n", it.rest_files,
			 text_size(size, it.rest_size), it.rest_files, size);
	}
	html_raw(h, "</ul>\n");
}

/* HFS+ "App 1.2", as the report has it. */
static void
put_title(const struct article *a, const struct img_volume *v)
{
	const struct img_rep *l = text_first_layer(a->doc, "filesystem");

	while (l && img_rep_get_uint(l, "partition", UINT64_MAX) != (v->part ? v->part->index : UINT64_MAX))
		l = text_next_layer(l->next, "filesystem");
	html_element(a->h, "b", NULL, l && img_rep_get_str(l, "title") ? img_rep_get_str(l, "title") : "File system");
	if (img_rep_get_str(l, "label") && *img_rep_get_str(l, "label")) {
		html_raw(a->h, " ");
		html_element(a->h, "q", NULL, img_rep_get_str(l, "label"));
	}
}

static void
put_tree(const struct article *a, const struct img_volume *v, const struct file_tree *t)
{
	char size[TEXT_SIZE_MAX];

	html_raw(a->h, "<figure>\n");
	if (t->root->size) {
		html_raw(a->h, "<div class=\"treemap\">");
		put_folder(a->h, t->root, WIDE, HIGH, 0);
		html_raw(a->h, "</div>\n");
	}
	html_raw(a->h, "<figcaption>");
	put_title(a, v);
	html_fmt(a->h, ": %s in %" PRIu64 " file%s and %" PRIu64 " folder%s", text_size(size, t->root->size), t->files,
		 t->files == 1 ? "" : "s", t->folders, t->folders == 1 ? "" : "s");
	if (t->others)
		html_fmt(a->h, ", %" PRIu64 " links and others", t->others);
	html_raw(a->h, t->root->size ? ". Areas are sizes." : ".");
	if (t->cut)
		html_fmt(a->h, " Only the first %d entries were looked at.", FILE_TREE_MAX);
	if (t->lost)
		html_fmt(a->h, " <b>%" PRIu64 " folder%s could not be read.</b>", t->lost, t->lost == 1 ? "" : "s");
	html_raw(a->h, "</figcaption>\n</figure>\n");
}

void
page_files(const struct article *a)
{
	const struct pictures *p = a->in->pictures;

	if (!p->n_trees)
		return;
	page_section(a, "Files");
	for (size_t i = 0; i < p->n_trees; i++)
		put_tree(a, p->tree[i].volume, &p->tree[i].files);
	page_section_end(a);
}
