/* SPDX-License-Identifier: BSD-2-Clause */
/* list-parts FILE...: what img_volumes finds, one line a fact, for tests/interop/parts.sh and for looking at damaged
 * disks by hand:
 *	table SCHEME SECTOR_SIZE
 *	part INDEX START LEN TYPE UUID META NAME
 *	volume START LEN SCHEMES FS
 *	problem SEVERITY CODE MESSAGE */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "img/env.h"
#include "img/format.h"
#include "img/source.h"

static const char *
or_dash(const char *s)
{
	return s && s[0] ? s : "-";
}

static void
print_table(const struct img_parts *t)
{
	printf("table %s %" PRIu32 "%s\n", t->scheme, t->sector_size, t->protective ? " protective" : "");
	for (size_t i = 0; i < t->n; i++) {
		char type[64], name[160];

		text_safe(type, sizeof type, t->v[i].type, true);
		text_safe(name, sizeof name, t->v[i].name, true);
		printf("part %" PRIu32 " %" PRIu64 " %" PRIu64 " %s %s %s %s\n", t->v[i].index, t->v[i].start, t->v[i].len,
		       or_dash(type), or_dash(t->v[i].uuid), t->v[i].meta ? "meta" : "-", or_dash(name));
	}
}

static void
print_problems(struct img_env *env)
{
	static const char *const severity[] = { "note", "warning", "error" };
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		printf("problem %s %s %s\n", severity[p[i].severity], p[i].code, p[i].message);
}

static int
list(const char *path, struct img_err *err)
{
	struct img_source *file = NULL;
	struct img_volumes v = { 0 };
	struct img_env *env;
	int rc = img_env_new(NULL, &env, err);

	if (rc)
		return rc;
	rc = img_file(env, path, &file, err);
	if (!rc)
		rc = img_volumes(file, true, &v, err);
	for (size_t i = 0; i < v.n_tables; i++)
		print_table(&v.table[i]);
	for (size_t i = 0; i < v.n; i++)
		printf("volume %" PRIu64 " %" PRIu64 " %s %s\n", v.v[i].off, v.v[i].len, or_dash(v.v[i].schemes),
		       v.v[i].fs ? v.v[i].fs->name : "-");
	print_problems(env);
	img_volumes_done(&v);
	img_unref(file);
	img_env_free(env);
	return rc;
}

int
main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		struct img_err err = { 0 };

		if (list(argv[i], &err)) {
			fprintf(stderr, "list-parts: %s: %s\n", argv[i], err.msg);
			status = 1;
		}
	}
	return status;
}
