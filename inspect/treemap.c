/* SPDX-License-Identifier: BSD-2-Clause */
/* Squarified treemaps (Bruls, Huizing, van Wijk, 2000): rectangles are put into a row along the shorter side of what is
 * left for as long as that makes the worst of the row squarer; then the next row begins. */
#include "config.h"

#include "inspect/treemap.h"

/* The worst ratio of sides among rectangles from @least to @most in area, @sum in all, in a row along @side. */
static double
worst(double most, double least, double sum, double side)
{
	double a = side * side * most / (sum * sum), b = sum * sum / (side * side * least);

	return a > b ? a : b;
}

/* Lay @n areas (@sum in all) along the shorter side of @free, and take what they cover from it. */
static void
lay_row(const double *area, size_t n, double sum, struct treemap_rect *free, struct treemap_rect *ret)
{
	int upright = free->w >= free->h;	/* the row stands at the left */
	double side = upright ? free->h : free->w, deep = side > 0 ? sum / side : 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		double len = deep > 0 ? area[i] / deep : 0;

		ret[i] = upright ? (struct treemap_rect) { free->x, free->y + at, deep, len }
				 : (struct treemap_rect) { free->x + at, free->y, len, deep };
		at += len;
	}
	if (upright) {
		free->x += deep;
		free->w = free->w > deep ? free->w - deep : 0;
	} else {
		free->y += deep;
		free->h = free->h > deep ? free->h - deep : 0;
	}
}

void
treemap_lay(const double *size, size_t n, double w, double h, struct treemap_rect *ret)
{
	struct treemap_rect free = { 0, 0, w, h };
	double all = 0;

	for (size_t i = 0; i < n; i++)
		all += size[i];
	for (size_t i = 0; i < n; i++)
		ret[i].w = size[i] * (w * h / all);	/* areas, until their row is laid */
	for (size_t i = 0; i < n;) {
		double area[64], sum = 0, side = free.w < free.h ? free.w : free.h;
		size_t k = 0;

		while (i + k < n && k < sizeof area / sizeof *area) {
			double next = ret[i + k].w;

			if (k && worst(area[0], next, sum + next, side) > worst(area[0], area[k - 1], sum, side))
				break;
			area[k++] = next;
			sum += next;
		}
		lay_row(area, k, sum, &free, ret + i);
		i += k;
	}
}
