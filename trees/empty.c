/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "trees/empty.h"

#include <stdlib.h>

#include "img/source.h"

static int
empty_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	return 0;
}

static int
empty_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	return img_memory(t->env, "", 0, false, ret, err);
}

static void
empty_destroy(struct img_tree *t)
{
	free(t);
}

static const struct img_tree_ops empty_ops = { .list = empty_list, .content = empty_content, .destroy = empty_destroy };

int
img_empty_tree(struct img_env *env, struct img_tree **ret, struct img_err *err)
{
	struct img_tree *t = calloc(1, sizeof *t);

	if (!t)
		return img_fail_nomem(err);
	img_tree_init(t, &empty_ops, env, "empty");
	*ret = t;
	return 0;
}
