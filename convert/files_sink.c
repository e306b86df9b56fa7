/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer of files.
 *
 * The window's files are sorted by where their first byte lies, so that the image is read front to back.  Small files are
 * batched: one cell holds many, and the worker that has the cell creates, writes and closes each of them itself; creating
 * is what costs, and it runs on all processors.  A larger file has cells of its own, which end where its holes begin and
 * where its chunks end; the first worker to come creates it, the last one gives it its attributes. */
#include "config.h"

#include "convert/files_sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/disk.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/zeros.h"
#include "img/env.h"

#define SMALL_FILE (UINT64_C(128) << 10)	/* at most this is written in one go */
#define BATCH_BYTES (UINT64_C(256) << 10)
#define BATCH_FILES 32
#define CELL (UINT64_C(512) << 10)		/* of a large file: fits the second-level cache */

/* ---- layout ---- */

static int
by_place(const void *a, const void *b)
{
	const struct out_node *x = a, *y = b;

	if (x->first != y->first) {
		uint64_t i = x->first ? x->first->id : UINT64_MAX, k = y->first ? y->first->id : UINT64_MAX;

		return i < k ? -1 : 1;
	}
	if (x->first_at != y->first_at)
		return x->first_at < y->first_at ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Where does it begin, and is it one run of data? */
static void
look_at(struct out_node *n)
{
	struct img_extent e;

	n->first = NULL;
	n->first_at = 0;
	n->batch_end = 0;
	if (img_source_resolve(n->content, 0, &e, NULL, NULL))
		return;		/* reading will say why */
	if (e.kind == IMG_DATA || e.kind == IMG_OPAQUE) {
		n->first = e.from;
		n->first_at = e.at;
		n->batch_end = n->size <= SMALL_FILE && e.len >= n->size;
	}
}

static bool
is_small(const struct out_node *n)
{
	return n->batch_end != 0;
}

/* Neighbouring small files travel together. */
static void
batch(struct files_sink *k)
{
	for (size_t i = 0; i < k->n;) {
		uint64_t bytes = 0;
		size_t j = i;

		while (j < k->n && is_small(&k->v[j]) && bytes < BATCH_BYTES && j - i < BATCH_FILES)
			bytes += k->v[j++].size;
		for (size_t m = i; m < j; m++)
			k->v[m].batch_end = k->v[j - 1].off + k->v[j - 1].size;
		i = j > i ? j : i + 1;
	}
}

size_t
files_sink_at(const struct files_sink *k, uint64_t off)
{
	size_t lo = 0, hi = k->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(k->v[mid].off <= off ? &lo : &hi) = mid;
	}
	return lo;
}

static bool
is_empty(enum img_kind k)
{
	return k == IMG_HOLE || k == IMG_ZERO;
}

/* End of the cell: all small files of a batch; of a large file a run of zeros, or whole chunks up to about CELL. */
static uint64_t
files_cut(const struct img_sink *sink, uint64_t off)
{
	const struct files_sink *k = (const struct files_sink *)sink;
	const struct out_node *n = &k->v[files_sink_at(k, off)];
	uint64_t in = off - n->off, most = in - in % CELL + CELL, at = in;
	struct img_extent e;

	if (is_small(n))
		return n->batch_end;
	if (most > n->size)
		most = n->size;
	while (at < most) {
		if (img_source_resolve(n->content, at, &e, NULL, NULL))
			return n->off + most;
		if (is_empty(e.kind)) {
			if (at > in)
				break;
			return n->off + (e.off + e.len < n->size ? e.off + e.len : n->size);
		}
		at = e.off + e.len;
		if (!e.codec && at > most)
			at = most;
	}
	return n->off + at;
}

/* ---- writing ---- */

static int
blame(const struct out_node *n, struct img_err *err, int rc)
{
	if (rc && rc != IMG_E_CANCELLED && err) {
		err->side = IMG_SIDE_TARGET;
		return img_note(err, rc, "%s", n->path);
	}
	return rc;
}

/* A clash was noted by the disk. */
static void
leave_out(struct files_sink *k, struct out_node *n)
{
	n->failed = true;
	pthread_mutex_lock(&k->lock);
	k->x->skipped++;
	pthread_mutex_unlock(&k->lock);
}

static int
end_file(struct files_sink *k, struct out_node *n, int fd, struct img_err *err)
{
	int rc = extract_xattrs(k->x, k->disk, n, fd, err);

	if (rc)
		disk_file_drop(k->disk, n->dir, n->node.name, fd);
	else
		rc = disk_file_end(k->disk, n->dir, &n->node, fd, err);
	if (rc)
		n->failed = true;
	return rc;
}

/* Zeros that the map tells of, where none may become a hole. */
static int
write_zeros(const struct files_sink *k, int fd, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	while (len && !rc) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		rc = img_env_cancelled(k->source->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
						       : out_pwrite_all(fd, off, zeros, n, err);
		off += n;
		len -= n;
	}
	return rc;
}

/* Bytes [@from, @to) of a file; NULL: zeros.  *ret_end: how far the file reaches by this. */
static int
write_part(const struct files_sink *k, int fd, uint64_t from, uint64_t to, const uint8_t *bytes, uint64_t *ret_end,
	   struct img_err *err)
{
	size_t at = 0, run, end = 0;
	int rc = 0;

	if (!bytes) {
		*ret_end = k->x->sparse ? 0 : to;
		return k->x->sparse ? 0 : write_zeros(k, fd, from, to - from, err);
	}
	while (!rc && zeros_skip(bytes, (size_t)(to - from), from, k->x->sparse, &at, &run)) {
		rc = out_pwrite_all(fd, from + run, bytes + run, at - run, err);
		end = at;
	}
	*ret_end = end ? from + end : 0;
	return rc;
}

/* A hole at the end: what was written does not give the file its size. */
static int
set_size(int fd, const struct out_node *n, uint64_t end, struct img_err *err)
{
	if (end < n->size && ftruncate(fd, (off_t)n->size))
		return img_fail_sys(err, errno, "cannot set the size to %" PRIu64, n->size);
	return 0;
}

static int
put_small(struct files_sink *k, struct out_node *n, const uint8_t *bytes, struct img_err *err)
{
	uint64_t end;
	int fd, rc = disk_file(k->disk, n->dir, &n->node, &fd, err);

	if (rc == DISK_CLASH) {
		leave_out(k, n);
		return 0;
	}
	if (rc) {
		n->failed = true;
		return rc;
	}
	rc = write_part(k, fd, 0, n->size, bytes, &end, err);
	if (!rc)
		rc = set_size(fd, n, end, err);
	if (rc) {
		n->failed = true;
		disk_file_drop(k->disk, n->dir, n->node.name, fd);
		return rc;
	}
	return end_file(k, n, fd, err);
}

/* The descriptor of a file that comes in parts; -1 when it is left out. */
static int
open_large(struct files_sink *k, struct out_node *n, int *ret_fd, struct img_err *err)
{
	int rc = 0;

	pthread_mutex_lock(&k->lock);
	if (n->fd < 0 && !n->failed) {
		rc = disk_file(k->disk, n->dir, &n->node, &n->fd, err);
		if (rc) {
			n->failed = true;
			k->x->skipped += rc == DISK_CLASH;
		}
	}
	*ret_fd = n->failed ? -1 : n->fd;
	pthread_mutex_unlock(&k->lock);
	return rc == DISK_CLASH ? 0 : rc;
}

/* Bytes [@from, @to) of a large file; NULL: zeros. */
static int
put_part(struct files_sink *k, struct out_node *n, uint64_t from, uint64_t to, const uint8_t *bytes, struct img_err *err)
{
	uint64_t end;
	bool last;
	int fd, rc = open_large(k, n, &fd, err);

	if (rc || fd < 0)
		return rc;
	rc = write_part(k, fd, from, to, bytes, &end, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&k->lock);
	n->left -= to - from;
	if (n->end < end)
		n->end = end;
	last = n->left == 0;
	if (last)
		n->fd = -1;
	pthread_mutex_unlock(&k->lock);
	if (!last)
		return 0;
	rc = set_size(fd, n, n->end, err);
	if (rc) {
		n->failed = true;
		disk_file_drop(k->disk, n->dir, n->node.name, fd);
		return rc;
	}
	return end_file(k, n, fd, err);
}

static int
files_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct files_sink *k = (struct files_sink *)sink;
	uint64_t end = u->off + u->len;
	int rc = 0;

	for (size_t i = files_sink_at(k, u->off); !rc && i < k->n && k->v[i].off < end; i++) {
		struct out_node *n = &k->v[i];
		uint64_t from = u->off > n->off ? u->off - n->off : 0;
		uint64_t to = end - n->off < n->size ? end - n->off : n->size;
		const uint8_t *bytes = u->raw ? u->raw + (n->off + from - u->off) : NULL;

		if (bytes && from == 0 && to == n->size)
			rc = put_small(k, n, bytes, err);
		else
			rc = put_part(k, n, from, to, bytes, err);
		rc = blame(n, err, rc);
	}
	return rc;
}

static int
files_finish(struct img_sink *sink, struct img_err *err)
{
	return 0;
}

static void
files_destroy(struct img_sink *sink)
{
}

static const struct img_sink_ops files_ops = {
	.cut = files_cut, .append = files_append, .finish = files_finish, .destroy = files_destroy,
};

int
files_sink_begin(struct files_sink *k, struct img_env *env, struct img_err *err)
{
	img_autofree struct img_piece *pieces = NULL;
	uint64_t off = 0;
	int rc;

	k->sink = (struct img_sink) { .ops = &files_ops, .flags = IMG_ANY_ORDER };
	rc = img_array(k->n, sizeof *pieces, UINT64_MAX, "files", &pieces, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < k->n; i++)
		look_at(&k->v[i]);
	qsort(k->v, k->n, sizeof *k->v, by_place);
	for (size_t i = 0; i < k->n; i++) {
		struct out_node *n = &k->v[i];

		n->off = off;
		n->left = n->size;
		n->end = 0;
		n->fd = -1;
		pieces[i] = (struct img_piece) { n->content, 0, n->size };
		off += n->size;
	}
	batch(k);
	rc = img_concat(env, pieces, k->n, &k->source, err);
	if (!rc)
		pthread_mutex_init(&k->lock, NULL);
	return rc;
}

void
files_sink_end(struct files_sink *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].fd >= 0)
			disk_file_drop(k->disk, k->v[i].dir, k->v[i].node.name, k->v[i].fd);
	k->source = img_unref(k->source);
	pthread_mutex_destroy(&k->lock);
}
