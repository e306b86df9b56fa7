/* SPDX-License-Identifier: BSD-2-Clause */
/* imginfo --verify SHA256SUMS.  Files are summed side by side, one on each processor; what is printed keeps the list's
 * order.  Names are taken in the folder of the list, which is the current one where people run this. */
#include "config.h"

#include "inspect/sumlist.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/host.h"
#include "core/memory.h"
#include "core/sums.h"
#include "core/text.h"
#include "img/env.h"
#include "img/job.h"
#include "img/report.h"
#include "img/source.h"
#include "inspect/evidence.h"
#include "inspect/inspect.h"

#define MAX_THREADS 64

enum outcome { WAITING, HOLDS, FAILS, ABSENT, UNREADABLE };

struct item {
	enum outcome outcome;
	uint8_t found[IMG_DIGEST_MAX];
	struct img_err err;
};

struct test {
	struct inspection *in;
	const struct sums_list *list;
	const char *folder;		/* with its slash, or "" */
	struct item *item;		/* of each entry */
	pthread_mutex_t lock;
	pthread_cond_t done;
	size_t next;			/* to be taken */
};

bool
sumlist_is(const struct inspection *in)
{
	struct sums_list l = { 0 };
	bool is;

	if (!in->arg.real || !in->arg.file || in->arg.bundle || sums_read(in->path, &l, NULL))
		return false;
	is = l.n && !l.n_strange;
	for (size_t i = 0; i < l.n; i++)
		is = is && l.v[i].name;
	sums_done(&l);
	return is;
}

/* ---- summing ---- */

/* A FIFO would wait, a device would be read: neither is a download. */
static void
sum_one(struct test *t, size_t i)
{
	const struct sums_entry *e = &t->list->v[i];
	struct item *item = &t->item[i];
	img_autofree char *path = NULL;
	enum outcome outcome;
	struct stat st;
	int rc;

	if (asprintf(&path, "%s%s", *e->name == '/' ? "" : t->folder, e->name) < 0) {
		path = NULL;
		img_fail_nomem(&item->err);
		outcome = UNREADABLE;
	} else if (stat(path, &st)) {
		outcome = errno == ENOENT || errno == ENOTDIR ? ABSENT : UNREADABLE;
		img_fail_sys(&item->err, errno, "%s: cannot open it", e->name);
	} else if (!S_ISREG(st.st_mode)) {
		outcome = UNREADABLE;
		img_fail(&item->err, IMG_E_IO, "%s: no ordinary file", e->name);
	} else {
		rc = sums_of_file(t->in->env, path, e->digest, item->found, &item->err);
		outcome = rc ? UNREADABLE : memcmp(item->found, e->sum, e->digest->size) ? FAILS : HOLDS;
	}
	pthread_mutex_lock(&t->lock);
	item->outcome = outcome;
	pthread_cond_broadcast(&t->done);
	pthread_mutex_unlock(&t->lock);
}

static void *
work(void *ctx)
{
	struct test *t = ctx;

	for (;;) {
		size_t i;

		pthread_mutex_lock(&t->lock);
		i = t->next;
		t->next += i < t->list->n;
		pthread_mutex_unlock(&t->lock);
		if (i >= t->list->n)
			return NULL;
		sum_one(t, i);
	}
}

/* ---- telling ---- */

static void
report_item(const struct test *t, size_t i)
{
	static const char *const states[] = { "not-run", "ok", "bad", "absent", "not-run" };
	struct img_rep *o = img_rep_obj(img_report_root(t->in->rows), NULL);
	const struct sums_entry *e = &t->list->v[i];
	const struct item *item = &t->item[i];
	char hex[2 * IMG_DIGEST_MAX + 1];

	img_rep_str(o, "name", "listed");
	img_rep_str(o, "what", e->name);
	img_rep_str(o, "algorithm", e->digest->name);
	img_rep_str(o, "state", states[item->outcome]);
	img_rep_str(o, "evidence", sums_base(t->in->path));
	img_rep_str(o, "stored", text_hex(hex, e->sum, e->digest->size));
	if (item->outcome == HOLDS || item->outcome == FAILS)
		img_rep_str(o, "found", text_hex(hex, item->found, e->digest->size));
}

static void
tell_item(const struct test *t, size_t i)
{
	static const char *const words[] = { "", "OK", "FAILED", "FAILED open or read", "FAILED open or read" };
	const struct inspection *in = t->in;
	const struct item *item = &t->item[i];

	report_item(t, i);
	if (!in->t->o.json && (item->outcome != HOLDS || !in->t->o.quiet)) {
		text_put(stdout, t->list->v[i].name, in->t->utf8);
		printf(": %s\n", words[item->outcome]);
		fflush(stdout);
	}
	if (item->outcome == ABSENT || item->outcome == UNREADABLE)
		tool_fail(in->t, &item->err, in->path, NULL);
}

/* Wait for each in turn; counts them by outcome. */
static int
tell_all(struct test *t, size_t *n, struct img_err *err)
{
	for (size_t i = 0; i < t->list->n; i++) {
		struct item *item = &t->item[i];

		pthread_mutex_lock(&t->lock);
		while (item->outcome == WAITING)
			pthread_cond_wait(&t->done, &t->lock);
		pthread_mutex_unlock(&t->lock);
		if (item->err.code == IMG_E_CANCELLED) {
			*err = item->err;
			return IMG_E_CANCELLED;
		}
		n[item->outcome]++;
		if (item->outcome != ABSENT || !t->in->o->ignore_missing)
			tell_item(t, i);
	}
	return 0;
}

static int
judge(const struct test *t, const size_t *n, struct img_err *err)
{
	size_t absent = t->in->o->ignore_missing ? 0 : n[ABSENT];

	if (t->in->bad_signature[0])
		return img_fail(err, IMG_E_CHECKSUM, "the list's signature is bad: it is not what was signed");
	if (n[FAILS])
		return img_fail(err, IMG_E_CHECKSUM, "%zu of %zu files do not have the sum listed", n[FAILS], t->list->n);
	if (n[UNREADABLE] || absent)
		return img_fail(err, IMG_E_IO, "%zu of %zu files could not be read", n[UNREADABLE] + absent, t->list->n);
	if (!n[HOLDS])
		return img_fail(err, IMG_E_IO, "none of the files it lists is here");
	if (t->in->o->require_signature && !t->in->authentic)
		return img_fail(err, IMG_E_UNPROVEN, "no signature vouches for the list%s",
				t->in->o->keyring ? "" : "; --keyring names keys");
	return 0;
}

static int
run(struct test *t, struct img_err *err)
{
	unsigned int n = t->in->t->o.threads ? t->in->t->o.threads : img_processors(), started = 0;
	size_t count[UNREADABLE + 1] = { 0 };
	pthread_t thread[MAX_THREADS];
	int rc;

	n = n > t->list->n ? (unsigned int)t->list->n : n;
	n = n > MAX_THREADS ? MAX_THREADS : n;
	while (started < n && !pthread_create(&thread[started], NULL, work, t))
		started++;
	if (!started)
		work(t);
	rc = tell_all(t, count, err);
	while (started)
		pthread_join(thread[--started], NULL);
	return rc ? rc : judge(t, count, err);
}

int
sumlist_run(struct inspection *in, struct img_err *err)
{
	img_autofree char *folder = strndup(in->path, (size_t)(sums_base(in->path) - in->path));
	struct test t = { .in = in, .folder = folder, .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };
	struct sums_list l = { 0 };
	int rc = sums_read(in->path, &l, err);

	if (rc)
		return rc;
	in->sumlist = true;
	rc = evidence_signature(in, in->path, &l, &in->authentic, err);
	t.list = &l;
	t.item = calloc(l.n ? l.n : 1, sizeof *t.item);
	if (!in->rows)
		in->rows = img_report_new();
	if (!rc)
		rc = folder && t.item && in->rows ? run(&t, err) : img_fail_nomem(err);
	free(t.item);
	sums_done(&l);
	return rc;
}
