/* SPDX-License-Identifier: BSD-2-Clause */
/* The block map as a drawing in a terminal: a strip for the disk and one for each partition, to scale over the width.  A
 * column is a region.  What is stored of it is the height of a block (or a tenth, as a digit, where the locale has no
 * UTF-8), so that compression and data between zeros show; regions without any data are zeros or holes. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/text.h"
#include "img/codec.h"
#include "inspect/blocks.h"
#include "inspect/inspect.h"
#include "inspect/map.h"

#define MAX_COLUMNS 400

/* What a column shows, by what weighs most in it; colours only repeat it. */
enum look { LOOK_PLAIN, LOOK_PACKED, LOOK_MADE, LOOK_ZERO, LOOK_HOLE, LOOK_UNKNOWN, LOOKS };
static const char *const colors[LOOKS] = { "\033[34m", "\033[32m", "\033[35m", "\033[2m", "\033[2m", "\033[31m" };

struct drawing {
	const struct inspection *in;
	bool color;
	size_t columns;
	bool seen[LOOKS];	/* the legend has no more than that */
};

static enum look
look_of(const struct block_cell *c)
{
	enum look best = LOOK_PLAIN;

	if (!block_known(c))
		return LOOK_UNKNOWN;
	if (!block_data(c))
		return c->bytes[BLOCK_ZERO] ? LOOK_ZERO : LOOK_HOLE;
	for (enum look i = LOOK_PLAIN; i <= LOOK_MADE; i++)
		if (c->bytes[i] > c->bytes[best])
			best = i;
	return best;
}

/* @share of the region is stored: a glyph of that height. */
static const char *
glyph(const struct drawing *d, enum look look, double share)
{
	static const char *const heights[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "#" };
	bool utf8 = d->in->t->utf8;
	double part = share < 0 ? 0 : share > 1 ? 1 : share;

	switch (look) {
	case LOOK_ZERO:
		return utf8 ? "·" : ".";
	case LOOK_HOLE:
		return utf8 ? "╌" : "-";
	case LOOK_UNKNOWN:
		return "?";
	case LOOK_MADE:
		return utf8 ? "▒" : "%";
	default:
		return utf8 ? heights[(int)(part * 7 + 0.5)] : digits[(int)(part * 10 + 0.5)];
	}
}

static void
put_strip(struct drawing *d, const struct block_range *r)
{
	enum look before = LOOKS;

	for (size_t i = 0; i < d->columns && r->n_cells; i++) {
		/* a range of fewer bytes than columns is drawn as wide as the others */
		const struct block_cell *c = &r->cell[i * r->n_cells / d->columns];
		enum look look = look_of(c);
		uint64_t known = block_known(c);

		if (d->color && look != before)
			printf("%s%s", before == LOOKS ? "" : "\033[0m", colors[look]);
		fputs(glyph(d, look, known ? (double)c->stored / (double)known : 0), stdout);
		d->seen[look] = true;
		before = look;
	}
	puts(d->color && before != LOOKS ? "\033[0m" : "");
}

static void
put_range(struct drawing *d, const struct block_range *r, const char *title, const char *name)
{
	char size[TEXT_SIZE_MAX], stored[TEXT_SIZE_MAX];

	printf("%s%s%s", d->color ? "\033[1m" : "", title, name ? " \"" : "");
	if (name) {
		text_put(stdout, name, d->in->t->utf8);
		putchar('"');
	}
	printf("%s: %s", d->color ? "\033[0m" : "", text_size(size, r->len));
	if (r->off)
		printf(" at %" PRIu64, r->off);
	printf(", %s stored\n", text_size(stored, r->sum.stored));
	put_strip(d, r);
}

static void
put_legend(const struct drawing *d)
{
	bool utf8 = d->in->t->utf8;
	static const struct { enum look look; const char *utf8, *ascii, *means; } rows[] = {
		{ LOOK_PLAIN, "▁▄█", "0-9#", "data" }, { LOOK_PACKED, "▁▄█", "0-9#", "compressed" },
		{ LOOK_MADE, "▒", "%", "opaque: made when read, as by a cipher" }, { LOOK_ZERO, "·", ".", "zeros" },
		{ LOOK_HOLE, "╌", "-", "hole" }, { LOOK_UNKNOWN, "?", "?", "not known: damaged" },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (d->seen[rows[i].look]) {
			printf("%s%s%s%s %s", n++ ? ";  " : "", d->color ? colors[rows[i].look] : "",
			       utf8 ? rows[i].utf8 : rows[i].ascii, d->color ? "\033[0m" : "", rows[i].means);
		}
	puts(d->seen[LOOK_PLAIN] || d->seen[LOOK_PACKED] ? utf8 ? "; height: how much of it is stored"
							   : "; tenths of it that are stored" : "");
}

static void
put_totals(const struct block_map *m)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	printf("\n%-16s %12s %6s  %12s %6s %9s\n", "kind", "bytes", "share", "stored", "ratio", "runs");
	for (size_t i = 0; i < m->n_totals; i++) {
		const struct block_total *t = &m->total[i];

		printf("%-16s %12s %5.1f%%  %12s", t->codec ? t->codec->name : block_kind_titles[t->kind],
		       text_size(a, t->bytes), (double)t->bytes * 100 / (double)m->range[0].len, text_size(b, t->stored));
		if (t->kind == BLOCK_PACKED)
			printf(" %6.2f", (double)t->stored / (double)t->bytes);
		else
			printf(" %6s", "");
		printf(" %9" PRIu64 "\n", t->runs);
	}
	printf("%-16s %12s %6s  %12s %6s %9" PRIu64 "\n", "all", text_size(a, block_known(&m->range[0].sum)), "",
	       text_size(b, m->range[0].sum.stored), "", m->runs);
}

static size_t
width(void)
{
	const char *c = getenv("COLUMNS");
	struct winsize w;
	long n = c ? strtol(c, NULL, 10) : 0;

	if (n < 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0)
		n = w.ws_col;
	return n < 1 ? 80 : n < 8 ? 8 : n > MAX_COLUMNS ? MAX_COLUMNS : (size_t)n;
}

/* 2 "disk image", or: partition 1. */
static void
put_volume(struct drawing *d, const struct block_range *r, const struct img_volume *v)
{
	char title[32];

	snprintf(title, sizeof title, "partition %" PRIu32, v->part->index);
	put_range(d, r, title, v->part->name[0] ? v->part->name : NULL);
}

int
map_draw(struct inspection *in, struct img_err *err)
{
	const struct img_volume *volume[MAP_MAX_VOLUMES];
	struct drawing d = { .in = in, .color = tool_color(in->t, stdout), .columns = width() };
	struct block_map m = { 0 };
	int rc = map_gather(in, d.columns, d.columns, &m, volume, err);

	if (m.n)
		put_range(&d, &m.range[0], in->arg.only ? "partition" : "disk", NULL);
	for (size_t i = 1; i < m.n; i++)
		put_volume(&d, &m.range[i], volume[i - 1]);
	if (m.n == MAP_MAX_VOLUMES + 1)
		puts("further partitions are part of the first strip only");
	if (m.n) {
		put_legend(&d);
		put_totals(&m);
	}
	block_map_done(&m);
	return rc;
}
