/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted Apple images ("encrcdsa", "cdsaencr"), the descriptor and the source.  Read this file first.
 *
 * A stream of plain bytes (a UDIF, raw sectors, a sparse image) is cut into blocks of 512 or 4096 bytes, each encrypted
 * for itself with AES in CBC mode.  The IV of a block is the HMAC-SHA1 of its number.  Both keys are random and stand in
 * the header, wrapped by a key that PBKDF2 makes of the password.  Version 2 has its header in front of the blocks and
 * room for several key slots (passwords, certificates), version 1 one set of keys behind the blocks.
 *
 *   layout.c    the headers on disk
 *   keys.c      password to keys
 *   cipher.c    keys and block number to plain bytes
 *   lock.c      finds the header and opens it with whatever slot fits
 *   seal.c      new keys, and the header that wraps them
 *   out.c       an out in front of another: what is written through it is encrypted
 *
 * Nothing proves a plain byte: that is left to what is inside.  Corners that bite: a certificate slot may come first; a
 * slot's place and length are told, not fixed; the HMAC key stands behind the AES key even where it repeats its first
 * bytes; in version 1 the header's offset is also the length of the data.
 *
 * Without the password, or with a wrong one, the source is there to be described, and every read fails. */
#include "config.h"

#include "formats/encrcdsa/encrcdsa.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/encrcdsa/lock.h"
#include "img/report.h"
#include "img/source.h"

/* Probes and parsers read a few bytes here and there, often of the same blocks: the last ones are kept. */
#define N_KEPT 4

struct kept {
	uint8_t *bytes;		/* NULL: none */
	uint64_t block;
};

struct encrcdsa {
	struct img_source src;
	struct enc_lock *lock;
	struct img_source *below;	/* NULL: locked */
	uint64_t off, first;		/* of the first block: where, and its number */
	struct img_err why;		/* locked: why */
	pthread_mutex_t mutex;		/* guards what follows */
	struct kept kept[N_KEPT];
	unsigned int next;		/* the one to be replaced */
};

static struct encrcdsa *
enc_of(struct img_source *s)
{
	return (struct encrcdsa *)s;
}

/* ---- the source ---- */

static int
enc_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

/* @n whole blocks from @block on, straight into @buf. */
static int
read_blocks(struct encrcdsa *e, uint64_t block, uint8_t *buf, size_t n, struct img_err *err)
{
	uint32_t size = e->lock->block_size;
	int rc = img_source_read(e->below, e->off + block * size, buf, n * size, err);

	return rc ? rc : enc_cipher_run(e->lock->cipher, e->first + block, buf, buf, n, err);
}

static bool
copy_kept(struct encrcdsa *e, uint64_t block, size_t skip, uint8_t *buf, size_t n)
{
	bool found = false;

	pthread_mutex_lock(&e->mutex);
	for (size_t i = 0; !found && i < N_KEPT; i++)
		if (e->kept[i].bytes && e->kept[i].block == block) {
			memcpy(buf, e->kept[i].bytes + skip, n);
			found = true;
		}
	pthread_mutex_unlock(&e->mutex);
	return found;
}

/* Takes @bytes. */
static void
keep(struct encrcdsa *e, uint64_t block, uint8_t *bytes)
{
	uint8_t *old;

	pthread_mutex_lock(&e->mutex);
	old = e->kept[e->next].bytes;
	e->kept[e->next] = (struct kept) { bytes, block };
	e->next = (e->next + 1) % N_KEPT;
	pthread_mutex_unlock(&e->mutex);
	free(old);
}

/* [skip, skip + n) of one block. */
static int
read_part(struct encrcdsa *e, uint64_t block, size_t skip, uint8_t *buf, size_t n, struct img_err *err)
{
	img_autofree uint8_t *whole = NULL;
	int rc;

	if (copy_kept(e, block, skip, buf, n))
		return 0;
	whole = malloc(e->lock->block_size);
	rc = whole ? read_blocks(e, block, whole, 1, err) : img_fail_nomem(err);
	if (rc)
		return rc;
	memcpy(buf, whole + skip, n);
	keep(e, block, img_steal(&whole));
	return 0;
}

static int
enc_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct encrcdsa *e = enc_of(s);
	uint32_t size = e->lock->block_size;
	uint8_t *p = buf;
	int rc = 0;

	if (!e->below) {
		if (err)
			*err = e->why;
		return IMG_E_KEY;
	}
	while (!rc && len) {
		size_t skip = (size_t)(off % size), n = size - skip < len ? size - skip : len;

		if (len >= 2 * (size_t)size && n == size) {
			n = len - len % size;
			rc = read_blocks(e, off / size, p, n / size, err);
		} else {
			rc = read_part(e, off / size, skip, p, n, err);
		}
		off += n;
		p += n;
		len -= n;
	}
	return rc;
}

static int
enc_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	img_rep_str(rep, "format", "encrcdsa");
	enc_lock_describe(enc_of(s)->lock, rep);
	img_rep_uint(rep, "plain_size", s->size);
	return 0;
}

static void
enc_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "cipher block %" PRIu64, enc_of(s)->first + off / enc_of(s)->lock->block_size);
}

static void
enc_destroy(struct img_source *s)
{
	struct encrcdsa *e = enc_of(s);

	for (size_t i = 0; i < N_KEPT; i++)
		free(e->kept[i].bytes);
	pthread_mutex_destroy(&e->mutex);
	enc_lock_unref(e->lock);
	img_unref(e->below);
	free(e);
}

static const struct img_source_ops enc_ops = {
	.map = enc_map,
	.read = enc_read,
	.describe = enc_describe,
	.where = enc_where,
	.destroy = enc_destroy,
};

static int
new_source(struct enc_lock *l, struct img_env *env, uint64_t len, struct encrcdsa **ret, struct img_err *err)
{
	struct encrcdsa *e = calloc(1, sizeof *e);

	if (!e)
		return img_fail_nomem(err);
	img_source_init(&e->src, &enc_ops, env, "encrcdsa", len, 512);
	e->lock = enc_lock_ref(l);
	pthread_mutex_init(&e->mutex, NULL);
	*ret = e;
	return 0;
}

int
enc_source(struct enc_lock *l, struct img_source *below, uint64_t off, uint64_t len, uint64_t first,
	   struct img_source **ret, struct img_err *err)
{
	uint64_t tail = len % l->block_size, stored;
	struct encrcdsa *e;
	int rc;

	if (!u64_add(len, tail ? l->block_size - tail : 0, &stored) || !span_ok(off, stored, below->size))
		return img_fail(err, IMG_E_FORMAT, "truncated: the encryption header claims %" PRIu64 " bytes from %" PRIu64
				" on, the file has %" PRIu64, len, off, below->size);
	rc = new_source(l, below->env, len, &e, err);
	if (rc)
		return rc;
	e->below = img_ref(below);
	e->off = off;
	e->first = first;
	*ret = &e->src;
	return 0;
}

int
enc_source_locked(struct enc_lock *l, struct img_env *env, uint64_t len, const struct img_err *why,
		  struct img_source **ret, struct img_err *err)
{
	struct encrcdsa *e;
	int rc = new_source(l, env, len, &e, err);

	if (rc)
		return rc;
	e->why = *why;
	e->src.flags = IMG_LOCKED;
	*ret = &e->src;
	return 0;
}

/* ---- the container ---- */

static enum img_match
enc_confirm(const struct img_open *o)
{
	struct enc_lock *l;

	if (enc_lock_read(o->below, &l, NULL))
		return IMG_MATCH_MAGIC;
	enc_lock_unref(l);
	return IMG_MATCH_STRUCTURE;
}

static int
check_data(const struct enc_lock *l, const struct img_source *file, struct img_err *err)
{
	uint64_t have = file->size - (l->version == 1 ? ENC_V1_SIZE : 0), tail = l->data_len % l->block_size, stored;

	if (!l->data_len)
		return img_fail(err, IMG_E_FORMAT, "the encryption header says that there are no data");
	if (l->version == 2 && l->data_off < ENC_V2_SIZE)
		return img_fail(err, IMG_E_FORMAT, "the encryption header says that data begin at %" PRIu64 ", inside it",
				l->data_off);
	if (u64_add(l->data_len, tail ? l->block_size - tail : 0, &stored) && span_ok(l->data_off, stored, have))
		return 0;
	return img_fail(err, IMG_E_FORMAT, "truncated: the encryption header claims %" PRIu64 " bytes of data from %" PRIu64
			" on, the file has %" PRIu64, l->data_len, l->data_off, file->size);
}

static int
enc_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct img_err why = { 0 };
	struct enc_lock *l;
	int rc = enc_lock_read(o->below, &l, &why);

	if (!rc)
		rc = check_data(l, o->below, &why);
	else
		l = NULL;
	if (!rc)
		rc = enc_lock_open(l, &why);
	if (!rc)
		rc = enc_source(l, o->below, l->data_off, l->data_len, 0, ret, &why);
	else if (rc == IMG_E_KEY)
		rc = enc_source_locked(l, o->env, l->data_len, &why, ret, &why);
	if (rc && err)
		*err = why;
	enc_lock_unref(l);
	return rc;
}

static const struct img_magic magics[] = {
	{ "encrcdsa", 8, IMG_FROM_START, 0 },
	{ "cdsaencr", 8, IMG_FROM_END, 8 },
	{ 0 }
};

const struct img_format img_format_encrcdsa = {
	.name = "encrcdsa",
	.title = "encrypted Apple disk image",
	.mime = "application/x-apple-diskimage",
	.magics = magics,
	.confirm = enc_confirm,
	.open = enc_open,
};
