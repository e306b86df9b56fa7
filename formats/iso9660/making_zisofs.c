/* SPDX-License-Identifier: BSD-2-Clause */
/* Files compressed for zisofs (see zisofs.c for the form).  Sizes come before the layout, so this is done before it: every
 * file goes to a work file without a name, block by block, and what came out shorter by a sector or more stands for the
 * file from then on.
 *
 * Blocks of all files form one sequence.  A batch of them is read and compressed by all threads, then written by one, in
 * order: the work file, and with it the image, does not depend on the number of threads. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/host.h"
#include "core/parallel.h"
#include "formats/iso9660/making.h"
#include "img/codec.h"
#include "img/env.h"

#define BATCH ((size_t)8 << 20)		/* bytes of files */
#define V1_HEAD 16
#define V2_HEAD 24

static const uint8_t v1_magic[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };

struct piece {			/* a block of a file on its way */
	uint32_t file;
	uint64_t index;
	size_t in, out;		/* bytes; @out 0: all zeros */
	uint8_t *bytes;		/* room for any */
};

struct packing {
	struct iso_author *a;
	const char *dir;	/* of the work file */
	int fd;			/* -1: not made yet */
	uint8_t bits;
	uint64_t end;		/* of what is kept in the work file */
	size_t room, n, max;	/* bytes for a compressed block; pieces, at most */
	struct piece *piece;
	uint64_t done, total;	/* bytes of files */
	/* the next block to be taken */
	uint32_t file;
	uint64_t index;
	/* the file being written */
	uint64_t at;		/* end of it, from its start */
	uint64_t *ptr;		/* of its blocks, from its start */
	/* what is kept, in order */
	size_t n_kept, room_kept;
	struct kept {
		uint64_t off, len;
		uint32_t file;
	} *kept;
};

static bool
is_v2(const struct mfile *f)
{
	return f->size > UINT32_MAX;
}

static uint64_t
n_blocks(const struct packing *p, const struct mfile *f)
{
	return (f->size + (UINT64_C(1) << p->bits) - 1) >> p->bits;
}

static uint64_t
head_len(const struct packing *p, const struct mfile *f)
{
	return is_v2(f) ? V2_HEAD + 8 * (n_blocks(p, f) + 1) : V1_HEAD + 4 * (n_blocks(p, f) + 1);
}

/* What firmware starts is read by programs that know no zisofs. */
static bool
is_wanted(const struct packing *p, const struct mfile *f)
{
	return f->content && f->size > BLOCK && !f->plain && f->same == NO_FILE && f->weight < INT32_MAX - ISO_MAX_BOOT &&
	       !(f->content->flags & IMG_FORWARD) && (!is_v2(f) || p->a->o.zisofs_v2);
}

/* ---- a batch ---- */

/* The next blocks; none: all files are through. */
static void
take(struct packing *p)
{
	const struct iso_author *a = p->a;

	for (p->n = 0; p->n < p->max && p->file < a->n_files; ) {
		const struct mfile *f = &a->file[p->file];
		uint64_t off = p->index << p->bits;

		if (off >= f->size || !is_wanted(p, f)) {
			p->file++;
			p->index = 0;
			continue;
		}
		p->piece[p->n].file = p->file;
		p->piece[p->n].index = p->index++;
		p->piece[p->n].in = f->size - off < (UINT64_C(1) << p->bits) ? (size_t)(f->size - off) : (size_t)1 << p->bits;
		p->n++;
	}
}

static bool
all_zero(const uint8_t *b, size_t n)
{
	return !*b && !memcmp(b, b + 1, n - 1);
}

/* Does the source say so without being read? */
static bool
is_hole(struct img_source *s, uint64_t off, size_t n)
{
	struct img_extent e;

	return !img_source_resolve(s, off, &e, NULL, NULL) && (e.kind == IMG_ZERO || e.kind == IMG_HOLE) &&
	       e.off + e.len >= off + n;
}

static int
compress(struct packing *p, struct piece *c, const uint8_t *raw, struct img_err *err)
{
	struct img_codec_state *state = NULL;
	size_t n = p->room;
	int rc = img_env_encoder_get(p->a->src.env, &img_codec_zlib, &state, err);

	if (rc)
		return rc;
	rc = img_codec_zlib.encode(state ? state->state : NULL, p->a->o.zisofs_level, raw, c->in, c->bytes, &n, err);
	img_env_codec_put(p->a->src.env, state);
	if (!rc)
		c->out = n;
	return rc;
}

static int
work(void *ctx, size_t i, struct img_err *err)
{
	struct packing *p = ctx;
	struct piece *c = &p->piece[i];
	const struct mfile *f = &p->a->file[c->file];
	img_autofree uint8_t *raw = NULL;
	char path[256];
	int rc;

	if (img_env_cancelled(p->a->src.env))
		return img_fail(err, IMG_E_CANCELLED, "interrupted");
	c->out = 0;
	if (is_hole(f->content, c->index << p->bits, c->in))
		return 0;
	raw = malloc(c->in);
	if (!raw)
		return img_fail_nomem(err);
	rc = img_source_read(f->content, c->index << p->bits, raw, c->in, err);
	if (!rc && !all_zero(raw, c->in))
		rc = compress(p, c, raw, err);
	return rc ? img_note(err, rc, "%s", making_path(p->a, f->node, path, sizeof path)) : 0;
}

/* ---- the work file ---- */

static int
put(struct packing *p, uint64_t off, const void *bytes, size_t n, struct img_err *err)
{
	const uint8_t *b = bytes;

	while (n) {
		ssize_t done = pwrite(p->fd, b, n, (off_t)off);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return img_fail_sys(err, done ? errno : ENOSPC, "cannot write to the work file in %s", p->dir);
		b += done;
		off += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

static int
begin_file(struct packing *p, const struct mfile *f, struct img_err *err)
{
	if (p->fd < 0)
		p->fd = host_work_file(p->dir);
	if (p->fd < 0)
		return img_fail_sys(err, errno, "cannot make a work file in %s", p->dir);
	free(p->ptr);
	p->ptr = NULL;
	p->at = head_len(p, f);
	return img_array(n_blocks(p, f) + 1, sizeof *p->ptr, UINT64_MAX, "zisofs block pointers", &p->ptr, err);
}

static void
make_head(const struct packing *p, const struct mfile *f, uint8_t *b)
{
	static const uint8_t v2[8] = { 0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0 };
	uint64_t n = n_blocks(p, f) + 1;

	memcpy(b, is_v2(f) ? v2 : v1_magic, 8);
	if (is_v2(f)) {
		b[9] = V2_HEAD / 4;
		b[10] = 1;	/* zlib */
		b[11] = p->bits;
		store_le64(b + 12, f->size);
	} else {
		store_le32(b + 8, (uint32_t)f->size);
		b[12] = V1_HEAD / 4;
		b[13] = p->bits;
	}
	for (uint64_t i = 0; i < n; i++)
		if (is_v2(f))
			store_le64(b + V2_HEAD + 8 * i, p->ptr[i]);
		else
			store_le32(b + V1_HEAD + 4 * i, (uint32_t)p->ptr[i]);
}

/* Keep the file if that saves a sector; else the next one takes its place. */
static int
finish_file(struct packing *p, uint32_t file, struct img_err *err)
{
	const struct mfile *f = &p->a->file[file];
	img_autofree uint8_t *head = NULL;
	int rc;

	p->ptr[n_blocks(p, f)] = p->at;
	if (blocks_of(p->at) >= blocks_of(f->size))
		return 0;
	rc = img_array(head_len(p, f), 1, UINT64_MAX, "bytes of a zisofs header", &head, err);
	if (rc)
		return rc;
	make_head(p, f, head);
	rc = put(p, p->end, head, (size_t)head_len(p, f), err);
	if (!rc)
		rc = table_room(&p->kept, p->n_kept, &p->room_kept, sizeof *p->kept, err);
	if (rc)
		return rc;
	p->kept[p->n_kept++] = (struct kept) { p->end, p->at, file };
	p->end += p->at;
	return 0;
}

static int
store(struct packing *p, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n; i++) {
		const struct piece *c = &p->piece[i];
		const struct mfile *f = &p->a->file[c->file];

		if (!c->index)
			rc = begin_file(p, f, err);
		if (rc)
			break;
		p->ptr[c->index] = p->at;
		rc = put(p, p->end + p->at, c->bytes, c->out, err);
		p->at += c->out;
		p->done += c->in;
		if (!rc && c->index + 1 == n_blocks(p, f))
			rc = finish_file(p, c->file, err);
	}
	return rc;
}

/* ---- files that are compressed already ---- */

/* mkzftree leaves what it compressed with a header, and nothing else says so.  The table of blocks must be there, or the
 * file would be damaged for all who read it. */
static int
find_marked(struct iso_author *a, struct mfile *f, struct img_err *err)
{
	uint8_t p[V1_HEAD + 4];
	uint64_t plain, n;
	int rc = f->content && f->size > sizeof p ? img_source_read(f->content, 0, p, sizeof p, err) : 1;

	if (rc)
		return rc > 0 ? 0 : rc;
	plain = load_le32(p + 8);
	if (memcmp(p, v1_magic, 8) || p[12] != V1_HEAD / 4 || p[13] < 15 || p[13] > 17 || !plain)
		return 0;
	n = ((plain - 1) >> p[13]) + 2;
	if (V1_HEAD + 4 * n > f->size || load_le32(p + V1_HEAD) != V1_HEAD + 4 * n)
		return 0;
	f->plain = plain;
	f->zf_bits = p[13];
	a->layout.n_zisofs++;
	a->layout.zisofs_plain += plain;
	a->layout.zisofs_stored += f->size;
	return 0;
}

static int
find_all_marked(struct iso_author *a, struct img_err *err)
{
	char path[256];
	int rc = 0;

	for (size_t i = 0; !rc && i < a->n_files; i++) {
		rc = find_marked(a, &a->file[i], err);
		if (rc)
			img_note(err, rc, "%s", making_path(a, a->file[i].node, path, sizeof path));
	}
	return rc;
}

/* ---- all of it ---- */

static int
replace(struct iso_author *a, struct img_source *spool, uint8_t bits, const struct kept *k, struct img_err *err)
{
	struct mfile *f = &a->file[k->file];
	struct img_source *s;
	int rc = img_slice(spool, k->off, k->len, &s, err);

	if (rc)
		return rc;
	a->layout.n_zisofs++;
	a->layout.zisofs_plain += f->size;
	a->layout.zisofs_stored += k->len;
	img_unref(f->content);
	f->content = s;
	f->plain = f->size;
	f->size = k->len;
	f->zf_bits = bits;
	return 0;
}

static int
replace_all(struct packing *p, struct img_err *err)
{
	img_autounref struct img_source *spool = NULL;
	int rc = 0;

	if (!p->n_kept)
		return 0;
	/* what follows the last kept file was written for one that did not shrink */
	if (ftruncate(p->fd, (off_t)p->end))
		return img_fail_sys(err, errno, "cannot cut the work file in %s", p->dir);
	rc = img_file_fd(p->a->src.env, p->fd, p->dir, &spool, NULL, err);
	for (size_t i = 0; !rc && i < p->n_kept; i++)
		rc = replace(p->a, spool, p->bits, &p->kept[i], err);
	for (size_t i = 0; !rc && i < p->a->n_files; i++) {
		struct mfile *f = &p->a->file[i];

		if (f->same != NO_FILE && !f->plain && p->a->file[f->same].plain) {
			f->plain = f->size;
			f->size = p->a->file[f->same].size;
			f->zf_bits = p->a->file[f->same].zf_bits;
		}
	}
	return rc;
}

static int
make_room(struct packing *p, struct img_err *err)
{
	size_t block = (size_t)1 << p->bits;
	int rc;

	p->room = block + block / 512 + 128;	/* what zlib makes of noise, and what it keeps spare */
	p->max = BATCH / block;
	rc = img_array(p->max, sizeof *p->piece, UINT64_MAX, "blocks", &p->piece, err);
	for (size_t i = 0; !rc && i < p->max; i++) {
		p->piece[i].bytes = malloc(p->room);
		if (!p->piece[i].bytes)
			rc = img_fail_nomem(err);
	}
	return rc;
}

static void
packing_done(struct packing *p)
{
	for (size_t i = 0; p->piece && i < p->max; i++)
		free(p->piece[i].bytes);
	free(p->piece);
	free(p->ptr);
	free(p->kept);
	if (p->fd >= 0)
		close(p->fd);
}

int
making_zisofs(struct iso_author *a, struct img_err *err)
{
	const char *tmp = getenv("TMPDIR");
	struct packing p = {
		.a = a, .fd = -1, .bits = a->o.zisofs_bits,
		.dir = a->o.work_dir ? a->o.work_dir : tmp && *tmp ? tmp : "/tmp",
	};
	int rc = 0;

	if (a->o.zisofs_marked)
		rc = find_all_marked(a, err);
	if (rc || !a->o.zisofs)
		return rc;
	if (!img_codec_zlib.encode)
		return img_fail(err, IMG_E_UNSUPPORTED, "this build cannot compress by zlib, which zisofs needs");
	rc = make_room(&p, err);
	for (size_t i = 0; i < a->n_files; i++)
		p.total += is_wanted(&p, &a->file[i]) ? a->file[i].size : 0;
	while (!rc) {
		take(&p);
		if (!p.n)
			break;
		if (a->o.progress)
			a->o.progress(a->o.progress_ctx, &(struct img_progress) { "compress", p.done, p.total });
		rc = img_parallel(a->o.threads, p.n, work, &p, err);
		if (!rc)
			rc = store(&p, err);
	}
	if (!rc)
		rc = replace_all(&p, err);
	packing_done(&p);
	return rc;
}
