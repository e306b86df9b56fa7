/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees of one volume share their data, so two of them show the same files when they show the same extents, whatever the
 * spelling of the names. */
#include "config.h"

#include "formats/iso9660/census.h"

#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "img/source.h"

static int
add_key(struct census *c, uint64_t key, struct img_err *err)
{
	int rc;

	if (c->n_keys == CENSUS_KEYS) {
		c->complete = false;
		return 0;
	}
	rc = img_room(&c->keys, c->n_keys, &c->room, sizeof *c->keys, err);
	if (!rc)
		c->keys[c->n_keys++] = key;
	return rc;
}

static int
add_cut(struct census *c, const char *path, struct img_err *err)
{
	if (c->n_cut < CENSUS_CUT) {
		c->cut[c->n_cut] = strdup(path);
		if (!c->cut[c->n_cut])
			return img_fail_nomem(err);
	}
	c->n_cut++;
	return 0;
}

static int
add_file(struct iso *iso, struct census *c, const struct img_node *n, const char *path, struct img_err *err)
{
	struct img_source *stored;
	struct iso_record r;
	uint8_t buf[256];
	uint64_t end;
	int rc = iso_record_at(iso, iso_file_off(n->id), buf, &r, err);

	if (rc)
		return rc;
	c->files++;
	end = iso_data_off(iso, &r) + r.size;
	if (!r.size)
		return 0;
	if (end > c->end)
		c->end = end;
	rc = add_key(c, (uint64_t)r.block << 32 | r.size, err);
	if (rc)
		return rc;
	if (end > iso->volume->size)
		return add_cut(c, path, err);
	if (!(r.flags & ISO_MORE))
		return 0;
	if (iso_stored(iso, iso_file_off(n->id), &stored, NULL))
		return add_cut(c, path, err);
	img_unref(stored);
	return 0;
}

static int
add_node(struct iso *iso, struct census *c, const struct img_node *n, const char *path, struct img_err *err)
{
	switch (n->type) {
	case IMG_NODE_FILE:
		return add_file(iso, c, n, path, err);
	case IMG_NODE_DIR:
		c->directories += *path != '\0';
		return 0;
	case IMG_NODE_LINK:
		c->links++;
		return 0;
	default:
		c->others++;
		return 0;
	}
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
sort_keys(struct census *c)
{
	size_t n = 0;

	if (!c->n_keys)
		return;
	qsort(c->keys, c->n_keys, sizeof *c->keys, by_value);
	for (size_t i = 1; i < c->n_keys; i++)
		if (c->keys[i] != c->keys[n])
			c->keys[++n] = c->keys[i];
	c->n_keys = n + 1;
}

int
census_take(struct iso *iso, struct census *ret, struct img_err *err)
{
	struct census c = { .complete = true };
	const struct img_node *n = NULL;
	struct img_walk *w;
	const char *path;
	int rc = img_walk_new(&iso->tree, &w, err);

	if (rc)
		return rc;
	for (;;) {
		struct img_err why = { 0 };

		rc = img_walk_next(w, &n, &path, &why);
		if (rc == IMG_E_FORMAT || rc == IMG_E_UNSUPPORTED) {
			iso_warn(iso, "iso-tree-damaged", "%s tree: %s", iso_view_words[iso->view], why.msg);
			c.complete = false;
			c.damaged = true;
			continue;
		}
		if (rc && err)
			*err = why;
		if (rc || !n)
			break;
		rc = add_node(iso, &c, n, path, err);
		if (rc)
			break;
	}
	img_walk_free(w);
	if (rc) {
		census_done(&c);
		return rc;
	}
	sort_keys(&c);
	*ret = c;
	return 0;
}

void
census_done(struct census *c)
{
	for (size_t i = 0; i < CENSUS_CUT; i++)
		free(c->cut[i]);
	free(c->keys);
	*c = (struct census) { 0 };
}

void
census_compare(const struct census *a, const struct census *b, size_t *ret_a_only, size_t *ret_b_only)
{
	size_t i = 0, k = 0, a_only = 0, b_only = 0;

	while (i < a->n_keys || k < b->n_keys) {
		if (k == b->n_keys || (i < a->n_keys && a->keys[i] < b->keys[k])) {
			a_only++;
			i++;
		} else if (i == a->n_keys || b->keys[k] < a->keys[i]) {
			b_only++;
			k++;
		} else {
			i++;
			k++;
		}
	}
	*ret_a_only = a_only;
	*ret_b_only = b_only;
}
