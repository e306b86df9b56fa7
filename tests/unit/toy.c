/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/toy.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static int
toy_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct toy *y = (struct toy *)t;
	size_t n = 0;

	y->n_lists++;
	for (const struct toy_row *r = y->rows; r->node.name; r++)
		n += r->dir == dir;
	ret->v = calloc(n + 1, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	for (const struct toy_row *r = y->rows; r->node.name; r++)
		if (r->dir == dir)
			ret->v[ret->n++] = r->node;
	return 0;
}

static const struct toy_row *
row_of(const struct toy *y, uint64_t id)
{
	const struct toy_row *r = y->rows;

	while (r->node.name && r->node.id != id)
		r++;
	return r;
}

static int
toy_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	const struct toy_row *r = row_of((struct toy *)t, id);

	if (!r->xattr)
		return 0;
	ret->v = calloc(1, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	ret->n = 1;
	ret->v[0] = (struct img_node) { .id = id, .name = r->xattr, .size = strlen(r->value) };
	return 0;
}

static int
toy_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct toy_row *r = row_of((struct toy *)t, id);

	if (stream)
		return img_memory(t->env, r->value, strlen(r->value), true, ret, err);
	if (r->source) {
		*ret = img_ref(r->source);
		return 0;
	}
	return r->bytes ? img_memory(t->env, r->bytes, (size_t)r->node.size, false, ret, err)
			: img_zeros(t->env, r->node.size, ret, err);
}

static void
toy_destroy(struct img_tree *t)
{
}

static const struct img_tree_ops toy_ops = {
	.list = toy_list, .streams = toy_streams, .content = toy_content, .destroy = toy_destroy,
};

void
toy_init(struct toy *t, struct img_env *env, const struct toy_row *rows)
{
	*t = (struct toy) { .rows = rows };
	img_tree_init(&t->tree, &toy_ops, env, "toy");
}
