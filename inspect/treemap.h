/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles of given areas that fill a rectangle and are as square as possible. */
#ifndef INSPECT_TREEMAP_H
#define INSPECT_TREEMAP_H

#include <stddef.h>

struct treemap_rect {
	double x, y, w, h;
};

/* @size: @n positive numbers, largest first.  Fills @ret so that the areas within @w times @h are in proportion. */
void treemap_lay(const double *size, size_t n, double w, double h, struct treemap_rect *ret);

#endif
