/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pieces of metadata (a record found again, a continuation area) lie close to each other: they are read through a
 * few windows that are kept.  Locks itself. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/iso.h"
#include "img/source.h"

#define WINDOW (UINT64_C(32) << 10)
#define N_WINDOWS 16

struct window {
	uint64_t off;		/* UINT64_MAX: empty */
	size_t len;
	uint8_t *bytes;
};

struct iso_meta {
	struct img_source *volume;	/* borrowed */
	pthread_mutex_t lock;
	struct window w[N_WINDOWS];
};

int
iso_meta_new(struct img_source *volume, struct iso_meta **ret, struct img_err *err)
{
	struct iso_meta *m = calloc(1, sizeof *m);

	if (!m)
		return img_fail_nomem(err);
	if (pthread_mutex_init(&m->lock, NULL)) {
		free(m);
		return img_fail_nomem(err);
	}
	m->volume = volume;
	for (size_t i = 0; i < N_WINDOWS; i++)
		m->w[i].off = UINT64_MAX;
	*ret = m;
	return 0;
}

void
iso_meta_free(struct iso_meta *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < N_WINDOWS; i++)
		free(m->w[i].bytes);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static int
fill(struct iso_meta *m, struct window *w, uint64_t off, struct img_err *err)
{
	uint64_t left = m->volume->size - off;
	size_t len = left < WINDOW ? (size_t)left : (size_t)WINDOW;
	int rc;

	if (!w->bytes)
		w->bytes = malloc(WINDOW);
	if (!w->bytes)
		return img_fail_nomem(err);
	w->off = UINT64_MAX;
	rc = img_source_read(m->volume, off, w->bytes, len, err);
	if (rc)
		return rc;
	w->off = off;
	w->len = len;
	return 0;
}

/* The part of a read that lies in one window. */
static int
read_in_window(struct iso_meta *m, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	uint64_t base = off - off % WINDOW;
	struct window *w = &m->w[off / WINDOW % N_WINDOWS];
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	if (w->off != base)
		rc = fill(m, w, base, err);
	if (!rc)
		memcpy(buf, w->bytes + (off - base), len);
	pthread_mutex_unlock(&m->lock);
	return rc;
}

int
iso_meta_read(struct iso_meta *m, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	uint8_t *out = buf;

	/* beyond the end: let the source find the words */
	if (!span_ok(off, len, m->volume->size))
		return img_source_read(m->volume, off, buf, len, err);
	while (len) {
		uint64_t left = WINDOW - off % WINDOW;
		size_t n = len < left ? len : (size_t)left;
		int rc = read_in_window(m, off, out, n, err);

		if (rc)
			return rc;
		off += n;
		out += n;
		len -= n;
	}
	return 0;
}
