/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of partitions, and the rules that hold for every scheme: where a partition may lie. */
#include "config.h"

#include "formats/parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/limits.h"
#include "core/memory.h"

void
img_parts_done(struct img_parts *p)
{
	free(p->v);
	p->v = NULL;
	p->n = 0;
}

int
img_parts_add(struct img_parts *p, const struct img_part *part, struct img_err *err)
{
	if (p->n >= IMG_MAX_PARTS)
		return img_fail(err, IMG_E_LIMIT, "more than %d partitions", IMG_MAX_PARTS);
	/* the array is full whenever n is 0 or a power of two */
	if (!(p->n & (p->n - 1))) {
		struct img_part *v = realloc(p->v, (p->n ? p->n * 2 : 1) * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		p->v = v;
	}
	p->v[p->n++] = *part;
	return 0;
}

void
img_parts_oddity(struct img_source *disk, const char *code, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (img_is_iso9660(disk) || (disk->flags & IMG_HEAD_ONLY))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	img_problem(disk->env, IMG_WARNING, code, "%s", text);
}

int
img_parts_place(struct img_parts *ret, struct img_source *disk, struct img_part *part, uint64_t start, uint64_t end,
		const char *label, struct img_err *err)
{
	if (start >= disk->size) {
		img_problem(disk->env, IMG_WARNING, "partition-outside",
			    "%s lies past the end of the disk (it starts at %" PRIu64 ", the disk has %" PRIu64 " bytes)",
			    label, start, disk->size);
		return 0;
	}
	if (end > disk->size) {
		img_problem(disk->env, IMG_WARNING, "partition-past-end",
			    "%s ends past the end of the disk (at %" PRIu64 ", the disk has %" PRIu64
			    " bytes); only the part inside is used", label, end, disk->size);
		end = disk->size;
	}
	part->start = start;
	part->len = end - start;
	return img_parts_add(ret, part, err);
}

static int
by_start(const void *a, const void *b)
{
	const struct img_part *x = *(const struct img_part *const *)a, *y = *(const struct img_part *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

int
img_parts_overlaps(const struct img_parts *p, struct img_source *disk, const char *title, uint32_t from, uint32_t to,
		   bool with_meta, struct img_err *err)
{
	img_autofree const struct img_part **v = NULL;
	const struct img_part *far = NULL;	/* of those passed, the one that reaches farthest */
	size_t n = 0;
	int rc = img_array(p->n, sizeof *v, UINT64_MAX, "partitions", &v, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].len && p->v[i].index >= from && p->v[i].index < to && (with_meta || !p->v[i].meta))
			v[n++] = &p->v[i];
	qsort(v, n, sizeof *v, by_start);
	for (size_t i = 0; i < n; i++) {
		if (far && far->start == v[i]->start && far->len == v[i]->len)
			img_parts_oddity(disk, "partition-duplicate",
				    "%s partitions %" PRIu32 " and %" PRIu32 " cover the same bytes (%" PRIu64 "+%" PRIu64 ")",
				    title, far->index, v[i]->index, far->start, far->len);
		else if (far && v[i]->start < far->start + far->len)
			img_parts_oddity(disk, "partition-overlap",
				    "%s partitions %" PRIu32 " and %" PRIu32 " overlap (at byte %" PRIu64 ")", title,
				    far->index, v[i]->index, v[i]->start);
		if (!far || v[i]->start + v[i]->len > far->start + far->len)
			far = v[i];
	}
	return 0;
}
