/* SPDX-License-Identifier: BSD-2-Clause */
/* Android sparse images: what opens is described, its map is walked without gaps, heads of runs are read, checksums list. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "formats/simg/simg.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "tests/fuzz/extents.h"

#define MAX_SIZE (1 << 20)

static void
walk(struct img_source *s)
{
	struct img_checks checks = { 0 };
	struct img_err err = { 0 };
	struct img_report *r = img_report_new();

	check(!s->ops->describe(s, img_report_root(r), &err), "an opened image cannot be described");
	img_report_free(r);
	check(!s->ops->checks(s, &checks, &err), "an opened image cannot list its checks");
	img_checks_done(&checks);
	fuzz_extents(s, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_err err = { 0 };
	struct img_source *file, *s;
	struct img_env *env;
	struct img_open o = { 0 };
	int rc;

	if (!size || size > MAX_SIZE)
		return 0;
	check(!img_env_new(NULL, &env, NULL), "no environment");
	check(!img_memory(env, data, size, false, &file, &err), err.msg);
	o.below = file;
	o.env = env;
	rc = img_format_simg.open(&o, &s, &err);
	if (!rc)
		walk(s);
	else
		check(rc == (int)err.code && err.msg[0], "a failure without its message");
	if (!rc)
		img_unref(s);
	img_unref(file);
	img_env_free(env);
	return 0;
}
