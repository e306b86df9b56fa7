/* SPDX-License-Identifier: BSD-2-Clause */
/* A file on a web server as a source.  Describing a disc of 5 GB takes a few hundred kilobytes of it, in small pieces that lie
 * close together: blocks of 32 KiB are asked for and kept.  One who reads on gets more blocks at a time.  Reads of a megabyte are
 * asked for as they are, by every thread that wants some, and not kept. */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/http.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

#define BLOCK ((size_t)32 << 10)
#define MAX_AHEAD 32			/* blocks of one request */
#define MAX_BLOCKS 512			/* kept: 16 MiB */
#define LARGE ((size_t)1 << 20)		/* a read of this size is not kept */

struct block {
	uint64_t index, used;		/* used: by age; 0: free */
	uint8_t *bytes;
};

struct url {
	struct img_source src;
	struct http *http;
	pthread_mutex_t fetch;		/* one miss at a time; taken before @lock */
	uint64_t next;			/* the block after the last one fetched */
	size_t ahead;			/* blocks of the last request */
	uint8_t *scratch;		/* MAX_AHEAD blocks */
	pthread_mutex_t lock;		/* guards what follows */
	uint64_t clock;
	struct block block[MAX_BLOCKS];
};

static struct url *
url_of(struct img_source *s)
{
	return (struct url *)s;
}

static int
url_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

/* ---- blocks ---- */

static size_t
block_len(const struct url *u, uint64_t index)
{
	uint64_t left = u->src.size - index * BLOCK;

	return left < BLOCK ? (size_t)left : BLOCK;
}

/* Copy from block @index, if it is kept. */
static bool
copy_kept(struct url *u, uint64_t index, size_t at, void *buf, size_t n)
{
	bool found = false;

	pthread_mutex_lock(&u->lock);
	for (size_t i = 0; !found && i < MAX_BLOCKS; i++) {
		struct block *b = &u->block[i];

		found = b->used && b->index == index;
		if (found) {
			b->used = ++u->clock;
			memcpy(buf, b->bytes + at, n);
		}
	}
	pthread_mutex_unlock(&u->lock);
	return found;
}

/* In place of the one that was not used for longest.  What there is no memory for is asked for again. */
static void
keep(struct url *u, uint64_t index, const uint8_t *bytes)
{
	struct block *b = &u->block[0];

	pthread_mutex_lock(&u->lock);
	for (size_t i = 1; b->used && i < MAX_BLOCKS; i++)
		if (u->block[i].used < b->used)
			b = &u->block[i];
	if (!b->bytes)
		b->bytes = malloc(BLOCK);
	if (b->bytes) {
		memcpy(b->bytes, bytes, block_len(u, index));
		b->index = index;
		b->used = ++u->clock;
	}
	pthread_mutex_unlock(&u->lock);
}

/* Block @index and, for one who reads on, more of them.  The fetch lock is held. */
static int
fetch(struct url *u, uint64_t index, struct img_err *err)
{
	uint64_t n = index == u->next ? u->ahead * 2 : 1, all = (u->src.size + BLOCK - 1) / BLOCK;
	uint64_t end;
	int rc;

	if (n > MAX_AHEAD)
		n = MAX_AHEAD;
	if (n > all - index)
		n = all - index;
	end = (index + n) * BLOCK;
	if (end > u->src.size)
		end = u->src.size;
	rc = http_read(u->http, index * BLOCK, u->scratch, (size_t)(end - index * BLOCK), err);
	if (rc)
		return rc;
	for (uint64_t i = 0; i < n; i++)
		keep(u, index + i, u->scratch + i * BLOCK);
	u->next = index + n;
	u->ahead = (size_t)n;
	return 0;
}

static int
read_block(struct url *u, uint64_t index, size_t at, void *buf, size_t n, struct img_err *err)
{
	int rc = 0;

	if (copy_kept(u, index, at, buf, n))
		return 0;
	pthread_mutex_lock(&u->fetch);
	if (!copy_kept(u, index, at, buf, n)) {		/* nobody was faster */
		rc = fetch(u, index, err);
		if (!rc)
			memcpy(buf, u->scratch + at, n);
	}
	pthread_mutex_unlock(&u->fetch);
	return rc;
}

static int
url_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct url *u = url_of(s);
	uint8_t *p = buf;
	int rc = 0;

	if (len >= LARGE)
		return http_read(u->http, off, buf, len, err);
	while (!rc && len) {
		size_t at = off % BLOCK, n = BLOCK - at < len ? BLOCK - at : len;

		rc = read_block(u, off / BLOCK, at, p, n, err);
		off += n;
		p += n;
		len -= n;
	}
	return rc;
}

static void
url_destroy(struct img_source *s)
{
	struct url *u = url_of(s);

	http_close(u->http);
	for (size_t i = 0; i < MAX_BLOCKS; i++)
		free(u->block[i].bytes);
	pthread_mutex_destroy(&u->fetch);
	pthread_mutex_destroy(&u->lock);
	free(u->scratch);
	free(u);
}

static const struct img_source_ops url_ops = { .map = url_map, .read = url_read, .destroy = url_destroy };

bool
img_is_url(const char *path)
{
	return !strncasecmp(path, "http://", 7) || !strncasecmp(path, "https://", 8);
}

int
img_url(struct img_env *env, const char *url, struct img_source **ret, struct img_err *err)
{
	img_autofree uint8_t *scratch = malloc(MAX_AHEAD * BLOCK);
	struct url *u = scratch ? calloc(1, sizeof *u) : NULL;
	uint64_t size;
	size_t got;
	int rc;

	if (!u)
		return img_fail_nomem(err);
	rc = http_open(env, url, scratch, BLOCK, &got, &size, &u->http, err);
	if (rc) {
		free(u);
		return rc;
	}
	img_source_init(&u->src, &url_ops, env, "url", size, 512);
	pthread_mutex_init(&u->fetch, NULL);
	pthread_mutex_init(&u->lock, NULL);
	u->scratch = img_steal(&scratch);
	u->ahead = u->next = 1;
	keep(u, 0, u->scratch);
	*ret = &u->src;
	return 0;
}
