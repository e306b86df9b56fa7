/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of equal content stored once.  Only files that share their size with another are read, and those by their
 * SHA-256; of a group the first keeps the data. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/making.h"
#include "img/check.h"
#include "img/env.h"

struct item {
	uint64_t size;
	uint32_t file;
	uint8_t sum[IMG_DIGEST_MAX / 2];
};

static int
by_size(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	if (a->size != b->size)
		return (a->size > b->size) - (a->size < b->size);
	return (a->file > b->file) - (a->file < b->file);
}

static int
by_sum(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int c = memcmp(a->sum, b->sum, sizeof a->sum);

	return c ? c : (a->file > b->file) - (a->file < b->file);
}

static int
sum(struct img_source *s, const struct img_digest *d, uint8_t *ret, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(1 << 18);
	void *state = buf ? d->begin() : NULL;
	int rc = 0;

	if (!state)
		return img_fail_nomem(err);
	for (uint64_t off = 0; !rc && off < s->size;) {
		size_t n = s->size - off < 1 << 18 ? (size_t)(s->size - off) : 1 << 18;

		rc = img_env_cancelled(s->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted") :
		     img_source_read(s, off, buf, n, err);
		if (!rc)
			d->update(state, buf, n);
		off += n;
	}
	if (rc)
		d->abandon(state);
	else
		d->finish(state, ret);
	return rc;
}

/* Files of one size. */
static int
group(struct iso_author *a, const struct img_digest *d, struct item *v, size_t n, struct img_err *err)
{
	uint8_t found[IMG_DIGEST_MAX];
	char path[256];

	for (size_t i = 0; i < n; i++) {
		int rc = sum(a->file[v[i].file].content, d, found, err);

		if (rc)
			return img_note(err, rc, "%s", making_path(a, a->file[v[i].file].node, path, sizeof path));
		memcpy(v[i].sum, found, sizeof v[i].sum);
	}
	qsort(v, n, sizeof *v, by_sum);
	for (size_t i = 1, first = 0; i < n; i++) {
		if (memcmp(v[i].sum, v[first].sum, sizeof v[i].sum))
			first = i;
		else
			a->file[v[i].file].same = v[first].file;
	}
	return 0;
}

int
making_dedupe(struct iso_author *a, struct img_err *err)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	img_autofree struct item *v = NULL;
	size_t n = 0;
	int rc = img_array(a->n_files, sizeof *v, UINT64_MAX, "files", &v, err);

	/* what firmware starts may be patched: it is never shared */
	for (uint32_t i = 0; !rc && i < a->n_files; i++)
		if (a->file[i].size && a->file[i].content && !a->file[i].append &&
		    a->file[i].weight < INT32_MAX - ISO_MAX_BOOT)
			v[n++] = (struct item) { .size = a->file[i].size, .file = i };
	if (n > 1)
		qsort(v, n, sizeof *v, by_size);
	for (size_t i = 0, k; !rc && i < n; i = k) {
		for (k = i + 1; k < n && v[k].size == v[i].size; k++)
			;
		if (k - i > 1)
			rc = group(a, d, v + i, k - i, err);
	}
	return rc;
}
