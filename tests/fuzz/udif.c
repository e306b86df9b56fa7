/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole UDIF image: open it, walk its map, read the head of every run, describe it, list and run its checks. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "formats/udif/udif.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/fuzz/extents.h"

#define MAX_OVER (1 << 20)	/* bytes of a check that are summed */

static struct img_env *
new_env(void)
{
	struct img_limits limits;
	struct img_env *env;

	img_limits_default(&limits);
	/* small, so that what an image claims costs no time */
	limits.max_chunk = 4 << 20;
	limits.max_decoder = 4 << 20;
	limits.max_table = 4 << 20;
	limits.max_plist = 4 << 20;
	check(!img_env_new(&limits, &env, NULL), "no environment");
	return env;
}

static void
sum(const struct img_check *c)
{
	uint8_t buf[4096], found[IMG_DIGEST_MAX];
	void *state = c->digest->begin();

	check(state && c->code && c->name[0], "a check without its names");
	for (uint64_t off = 0; off < c->over->size && off < MAX_OVER; off += sizeof buf) {
		size_t n = c->over->size - off < sizeof buf ? (size_t)(c->over->size - off) : sizeof buf;

		if (img_source_read(c->over, off, buf, n, NULL))
			break;
		c->digest->update(state, buf, n);
	}
	c->digest->finish(state, found);
}

static void
inspect(struct img_source *s)
{
	struct img_report *r = img_report_new();
	struct img_checks list = { 0 };
	struct img_err err = { 0 };

	fuzz_extents(s, false);
	if (s->ops->describe(s, img_report_root(r), &err))
		check(err.msg[0], "a failure without its message");
	img_report_free(r);
	if (s->ops->checks(s, &list, &err))
		check(err.msg[0], "a failure without its message");
	for (size_t i = 0; i < list.n && i < 32; i++)
		sum(&list.v[i]);
	img_checks_done(&list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_env *env = new_env();
	struct img_source *file, *s = NULL;
	struct img_err err = { 0 };
	struct img_open o = { 0 };
	int rc;

	check(!img_memory(env, data, size, false, &file, &err), err.msg);
	o.below = file;
	o.env = env;
	rc = (img_format_udif.confirm(&o) ? img_format_udif.open : udif_open_displaced)(&o, &s, &err);
	if (rc)
		check(rc == (int)err.code && err.msg[0], "a failure without its message");
	else
		inspect(s);
	(void)udif_looks_cut(file);
	img_unref(s);
	img_unref(file);
	img_env_free(env);
	return 0;
}
