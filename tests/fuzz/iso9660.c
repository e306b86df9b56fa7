/* SPDX-License-Identifier: BSD-2-Clause */
/* ISO 9660: the input is an image without its system area, which is zeros.  Every tree of it is listed, small files and
 * attributes are read, the report is made, the structure checked.  What is listed must be there to be read, or fail with
 * words. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/iso9660.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

#define SYSTEM_AREA 32768
#define MAX_FILE (64 << 10)	/* larger files are read up to here */
#define MAX_NODES 2000

static void
check_rc(int rc, const struct img_err *err)
{
	check(rc == 0 || (rc == (int)err->code && err->msg[0]), "a failure without its message");
}

static void
read_stream(struct img_tree *t, const struct img_node *n, const char *stream)
{
	static uint8_t buf[MAX_FILE];
	struct img_err err = { 0 };
	struct img_source *s;
	int rc = img_tree_content(t, n->id, stream, &s, &err);

	check_rc(rc, &err);
	if (rc)
		return;
	if (!stream)
		check(s->size == n->size, "a file has not the size it was listed with");
	rc = img_source_read(s, 0, buf, s->size < MAX_FILE ? (size_t)s->size : MAX_FILE, &err);
	check_rc(rc, &err);
	img_unref(s);
}

static void
read_node(struct img_tree *t, const struct img_node *n)
{
	struct img_nodes streams;
	struct img_err err = { 0 };
	int rc;

	if (n->type == IMG_NODE_FILE)
		read_stream(t, n, NULL);
	check((n->link != NULL) == (n->type == IMG_NODE_LINK), "a link without target, or a target without link");
	rc = img_tree_streams(t, n->id, &streams, &err);
	check_rc(rc, &err);
	for (size_t i = 0; !rc && i < streams.n; i++)
		read_stream(t, n, streams.v[i].name);
	if (!rc)
		img_nodes_done(&streams);
}

static void
walk(struct img_tree *t)
{
	const struct img_node *n = NULL;
	struct img_err err = { 0 };
	struct img_walk *w;
	const char *path;

	check(!img_walk_new(t, &w, &err), "out of memory");
	for (unsigned int i = 0; i < MAX_NODES; i++) {
		int rc = img_walk_next(w, &n, &path, &err);

		check_rc(rc, &err);
		if (!rc && !n)
			break;
		if (!rc)
			read_node(t, n);
	}
	img_walk_free(w);
}

static void
look(struct img_tree *t)
{
	struct img_report *r = img_report_new();
	struct img_checks checks = { 0 };
	struct img_err err = { 0 };

	check(r != NULL, "out of memory");
	check_rc(t->ops->describe(t, img_report_root(r), &err), &err);
	check_rc(t->ops->verify(t, img_report_root(r), &err), &err);
	check_rc(t->ops->checks(t, &checks, &err), &err);
	img_checks_done(&checks);
	img_report_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const views[] = { NULL, "rr", "joliet", "iso", "iso1999" };
	uint8_t *image = calloc(1, SYSTEM_AREA + size);
	struct img_err err = { 0 };
	struct img_env *env = NULL;
	struct img_source *volume;

	check(image && !img_env_new(NULL, &env, &err), "out of memory");
	memcpy(image + SYSTEM_AREA, data, size);
	check(!img_memory(env, image, SYSTEM_AREA + size, false, &volume, &err), "out of memory");
	for (unsigned int i = 0; i < sizeof views / sizeof *views; i++) {
		struct img_tree_open o = { .volume = volume, .view = views[i], .session = i == 3 };
		struct img_tree *t;
		int rc = img_format_iso9660.tree(&o, &t, &err);

		check_rc(rc, &err);
		if (rc)
			continue;
		walk(t);
		if (!i)
			look(t);
		img_tree_unref(t);
	}
	img_unref(volume);
	img_env_free(env);
	free(image);
	return 0;
}
