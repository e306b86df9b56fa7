/* SPDX-License-Identifier: BSD-2-Clause */
/* The null sink: verifying is converting into it. */
#include "config.h"

#include <stdlib.h>

#include "img/codec.h"
#include "img/sink.h"

static int
null_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct img_sink *k = calloc(1, sizeof *k);

	if (!k)
		return img_fail_nomem(err);
	k->ops = &img_sink_null;
	k->out = out;
	k->flags = IMG_ANY_ORDER;
	*ret = k;
	return 0;
}

/* What cannot be damaged need not be made. */
static bool
null_accept(const struct img_sink *k, const struct img_extent *e)
{
	return e->codec && e->codec->decode_at;
}

static int
null_append(struct img_sink *k, const struct img_unit *u, struct img_err *err)
{
	return 0;
}

static int
null_finish(struct img_sink *k, struct img_err *err)
{
	return 0;
}

static void
null_destroy(struct img_sink *k)
{
	free(k);
}

const struct img_sink_ops img_sink_null = {
	.begin = null_begin, .accept = null_accept, .append = null_append, .finish = null_finish, .destroy = null_destroy,
};
