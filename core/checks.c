/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of stored proofs. */
#include "config.h"

#include <stdlib.h>

#include "img/check.h"
#include "img/source.h"

int
img_checks_add(struct img_checks *list, const struct img_check *c, struct img_err *err)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct img_check *v = realloc(list->v, room * sizeof *v);
		struct img_check_result *result;

		if (!v)
			return img_fail_nomem(err);
		list->v = v;
		result = realloc(list->result, room * sizeof *result);
		if (!result)
			return img_fail_nomem(err);
		list->result = result;
		list->room = room;
	}
	list->result[list->n] = (struct img_check_result) { 0 };
	list->v[list->n++] = *c;
	return 0;
}

void
img_checks_done(struct img_checks *list)
{
	for (size_t i = 0; i < list->n; i++)
		img_unref(list->v[i].over);
	free(list->v);
	free(list->result);
	*list = (struct img_checks) { 0 };
}
