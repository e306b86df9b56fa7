/* SPDX-License-Identifier: BSD-2-Clause */
/* What the disk is made of, as a picture: along the disk, columns that are full where data are stored as they are, low where
 * they were compressed well, empty where there is nothing.  From the bottom up: what is stored, what compression saved,
 * zeros, holes; so the order tells what the colours tell. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "img/codec.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/page.h"

#define HIGH 1000	/* units of height */
#define LEAST 25	/* of them for stored bytes, however few: they show as a line */
#define PARTS 24	/* of the disk that say what they are made of when pointed at */

enum layer { L_PLAIN, L_PACKED, L_MADE, L_SAVED, L_ZERO, L_HOLE, L_LOST, LAYERS };
static const char *const classes[LAYERS] = { "plain", "packed", "made", "saved", "zero", NULL, "lost" };

/* Heights of a column, from the bottom up; they sum up to HIGH. */
static void
column(const struct block_cell *c, uint64_t len, unsigned int ret[LAYERS])
{
	uint64_t direct = c->bytes[BLOCK_PLAIN] + c->bytes[BLOCK_MADE], packed = c->stored > direct ? c->stored - direct : 0;
	double part[LAYERS], at = 0;
	unsigned int below = 0;

	packed = packed < c->bytes[BLOCK_PACKED] ? packed : c->bytes[BLOCK_PACKED];
	part[L_PLAIN] = (double)c->bytes[BLOCK_PLAIN];
	part[L_PACKED] = (double)packed;
	part[L_MADE] = (double)c->bytes[BLOCK_MADE];
	part[L_SAVED] = (double)(c->bytes[BLOCK_PACKED] - packed);
	part[L_ZERO] = (double)c->bytes[BLOCK_ZERO];
	part[L_HOLE] = (double)c->bytes[BLOCK_HOLE];
	part[L_LOST] = (double)(len > block_known(c) ? len - block_known(c) : 0);
	for (unsigned int i = 0; i < LAYERS; i++) {
		unsigned int top;

		at += part[i];
		top = (unsigned int)(at * HIGH / (double)len + 0.5);
		if (i <= L_MADE && part[i] > 0 && top < below + LEAST)
			top = below + LEAST;
		top = top > HIGH ? HIGH : top < below ? below : top;
		ret[i] = top - below;
		below = top;
	}
}

static uint64_t
cell_len(const struct block_range *r, size_t i)
{
	return block_cell_start(r, i + 1) - block_cell_start(r, i);
}

/* One kind over the whole range: columns of the same height are one rectangle. */
static void
put_layer(struct html *h, const struct block_range *r, enum layer layer)
{
	bool open = false;

	for (size_t i = 0, n; i < r->n_cells; i += n) {
		unsigned int y = 0, first[LAYERS], now[LAYERS];

		column(&r->cell[i], cell_len(r, i), first);
		for (unsigned int k = 0; k < layer; k++)
			y += first[k];
		for (n = 1; i + n < r->n_cells; n++) {
			unsigned int below = 0;

			column(&r->cell[i + n], cell_len(r, i + n), now);
			for (unsigned int k = 0; k < layer; k++)
				below += now[k];
			if (now[layer] != first[layer] || (first[layer] && below != y))
				break;
		}
		if (!first[layer])
			continue;
		if (!open)
			html_fmt(h, "<path class=\"b-%s\" d=\"", classes[layer]);
		open = true;
		html_fmt(h, "M%zu %uh%zuv%uh-%zuz", i, HIGH - y - first[layer], n, first[layer], n);
	}
	html_raw(h, open ? "\"/>\n" : "");
}

static void
put_layers(struct html *h, const struct block_range *r)
{
	for (unsigned int i = 0; i < LAYERS; i++)
		if (classes[i])		/* holes are what is seen through */
			put_layer(h, r, (enum layer)i);
}

void
page_strip(struct html *h, const struct block_range *r, const char *css_class, const char *title)
{
	if (!r->n_cells)
		return;
	html_fmt(h, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
		 "role=\"img\"><title>%s</title>\n", css_class, r->n_cells, HIGH, title);
	put_layers(h, r);
	html_raw(h, "</svg>");
}

/* ---- the large one ---- */

/* "128 MiB to 256 MiB: data 40%, compressed 60% to 0.45 of its size" */
static void
put_words(struct html *h, const struct block_range *r, size_t from, size_t to)
{
	struct block_cell sum = { .stored = 0 };
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];
	uint64_t begin = block_cell_start(r, from), len = block_cell_start(r, to) - begin;

	for (size_t i = from; i < to; i++) {
		for (unsigned int k = 0; k < BLOCK_KINDS; k++)
			sum.bytes[k] += r->cell[i].bytes[k];
		sum.stored += r->cell[i].stored;
	}
	if (to - from == r->n_cells)
		sum = r->sum;		/* without what rounding did to the cells */
	html_fmt(h, "%s to %s: ", text_size(a, begin), text_size(b, begin + len));
	for (unsigned int k = 0; k < BLOCK_KINDS; k++)
		if (sum.bytes[k])
			html_fmt(h, "%s %.1f%%, ", block_kind_titles[k], (double)sum.bytes[k] * 100 / (double)len);
	html_fmt(h, "%s stored", text_size(a, sum.stored));
}

static void
put_picture(struct html *h, const struct block_range *r)
{
	unsigned int id = ++h->ids;
	size_t parts = r->n_cells < PARTS ? r->n_cells : PARTS;

	html_fmt(h, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"blocks\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
		 "role=\"img\" aria-labelledby=\"t%u d%u\"><title id=\"t%u\">What the disk is made of</title>"
		 "<desc id=\"d%u\">From its beginning at the left to its end: ", r->n_cells, HIGH, id, id, id, id);
	put_words(h, r, 0, r->n_cells);
	html_raw(h, ".</desc>\n");
	put_layers(h, r);
	for (size_t i = 0; i < parts; i++) {
		size_t from = i * r->n_cells / parts, to = (i + 1) * r->n_cells / parts;

		html_fmt(h, "<rect class=\"hit\" x=\"%zu\" width=\"%zu\" height=\"%d\"><title>", from, to - from, HIGH);
		put_words(h, r, from, to);
		html_raw(h, "</title></rect>\n");
	}
	html_raw(h, "</svg>\n");
}

static void
put_axis(struct html *h, uint64_t len)
{
	char size[TEXT_SIZE_MAX];

	html_raw(h, "<div class=\"axis\" aria-hidden=\"true\">");
	for (unsigned int i = 0; i <= 4; i++)
		html_fmt(h, "<span>%s</span>", i ? text_size(size, len / 4 * i + len % 4 * i / 4) : "0");
	html_raw(h, "</div>\n");
}

static void
put_total(struct html *h, const struct block_total *t, uint64_t len)
{
	static const char *const swatch[BLOCK_KINDS] = { "plain", "packed", "made", "zero", "hole" };

	html_fmt(h, "<tr><td><span class=\"swatch b-%s\" aria-hidden=\"true\"></span> %s", swatch[t->kind],
		 block_kind_titles[t->kind]);
	if (t->kind == BLOCK_MADE)
		html_raw(h, ", made when read as by a cipher");
	if (t->codec)
		html_fmt(h, ", <code>%s</code>", t->codec->name);
	html_raw(h, "</td><td class=\"n\">");
	page_size(h, t->bytes);
	html_fmt(h, "</td><td class=\"n\">%.1f%%</td><td class=\"n\">", (double)t->bytes * 100 / (double)len);
	page_size(h, t->stored);
	if (t->kind == BLOCK_PACKED)
		html_fmt(h, "</td><td class=\"n\">%.2f</td>", (double)t->stored / (double)t->bytes);
	else
		html_raw(h, "</td><td class=\"n\"></td>");
	html_fmt(h, "<td class=\"n\">%" PRIu64 "</td></tr>\n", t->runs);
}

static void
put_totals(struct html *h, const struct block_map *m)
{
	const struct block_cell *sum = &m->range[0].sum;
	uint64_t len = m->range[0].len, lost = len - block_known(sum);

	html_raw(h, "<div class=\"scroll totals\"><table>\n<thead><tr><th>Made of</th><th class=\"n\">Bytes</th><th class=\"n\">Share</th>"
		 "<th class=\"n\">Stored</th><th class=\"n\">Ratio</th><th class=\"n\">Runs</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < m->n_totals; i++)
		put_total(h, &m->total[i], len);
	if (lost) {
		html_raw(h, "<tr><td><span class=\"swatch b-lost\" aria-hidden=\"true\"></span> not known: damaged</td><td class=\"n\">");
		page_size(h, lost);
		html_fmt(h, "</td><td class=\"n\">%.1f%%</td><td></td><td></td><td></td></tr>\n", (double)lost * 100 / (double)len);
	}
	html_raw(h, "</tbody>\n<tfoot><tr><td>All</td><td class=\"n\">");
	page_size(h, len);
	html_raw(h, "</td><td></td><td class=\"n\">");
	page_size(h, sum->stored);
	html_fmt(h, "</td><td></td><td class=\"n\">%" PRIu64 "</td></tr></tfoot>\n</table></div>\n", m->runs);
}

/* The legend shows what compression saved too, which is no kind of block. */
static bool
is_packed(const struct block_map *m)
{
	for (size_t i = 0; i < m->n_totals; i++)
		if (m->total[i].kind == BLOCK_PACKED)
			return true;
	return false;
}

void
page_blocks(const struct article *a)
{
	const struct block_map *m = &a->in->pictures->blocks;

	if (!m->n || !m->range[0].len)
		return;
	page_section(a, "Blocks");
	html_raw(a->h, "<figure>\n");
	put_picture(a->h, &m->range[0]);
	put_axis(a->h, m->range[0].len);
	html_fmt(a->h, "<figcaption>%s from its beginning to its end. The height of a column is the share of its region that is "
		 "stored as it is%s.</figcaption>\n</figure>\n", a->in->arg.only ? "The partition" : "The disk",
		 is_packed(m) ? ", or that is left after compression; the fainter part above it (<span class=\"swatch b-saved\" "
		 "aria-hidden=\"true\"></span>) is what compression saved" : "");
	put_totals(a->h, m);
	page_section_end(a);
}
