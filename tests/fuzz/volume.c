/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/fuzz/volume.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "tests/fuzz/fuzz.h"

#define MAX_VOLUME ((size_t)2 << 20)
#define MAX_NODES 500
#define MAX_LEVELS 12

/* ---- the input ---- */

void
fuzz_runs(const uint8_t *data, size_t size, uint8_t *b, size_t n, fuzz_run_fn *fn)
{
	for (size_t at = 8; at + 12 <= size; ) {
		uint64_t off = load_le64(data + at);
		size_t len = load_le32(data + at + 8), fits;

		at += 12;
		len = len < size - at ? len : size - at;
		fits = off >= n ? 0 : len < n - (size_t)off ? len : n - (size_t)off;
		if (off < n && fn)
			fn(b, n, (size_t)off, fits);
		else if (off < n)
			memcpy(b + off, data + at, fits);
		at += len;
	}
}

uint8_t *
fuzz_unpack(const uint8_t *data, size_t size, size_t *ret_size)
{
	size_t n;
	uint8_t *b;

	if (size < 8)
		return NULL;
	n = load_le64(data) < MAX_VOLUME ? (size_t)load_le64(data) : MAX_VOLUME;
	b = calloc(1, n ? n : 1);
	check(b != NULL, "out of memory");
	fuzz_runs(data, size, b, n, NULL);
	*ret_size = n;
	return b;
}

/* ---- the tree ---- */

static void
read_some(struct img_tree *t, uint64_t id, const char *stream)
{
	static uint8_t buf[65536];
	struct img_err err = { 0 };
	struct img_source *s = NULL;
	int rc = img_tree_content(t, id, stream, &s, &err);

	if (!rc)
		rc = img_source_read(s, 0, buf, s->size < sizeof buf ? (size_t)s->size : sizeof buf, &err);
	check(!rc || (rc == (int)err.code && err.msg[0]), "a failure without its message");
	img_unref(s);
}

static void
walk(struct img_tree *t, uint64_t dir, unsigned int level, unsigned int *budget)
{
	struct img_nodes nodes, streams;
	struct img_err err = { 0 };

	if (img_tree_list(t, dir, &nodes, &err)) {
		check(err.msg[0], "a failure without its message");
		return;
	}
	for (size_t i = 0; i < nodes.n && *budget; i++) {
		const struct img_node *n = &nodes.v[i];
		struct img_node again;

		--*budget;
		check(n->name && *n->name, "a node without a name");
		read_some(t, n->id, NULL);
		img_tree_find(t, dir, n->name, &again, NULL);
		if (!img_tree_streams(t, n->id, &streams, NULL)) {
			for (size_t k = 0; k < streams.n && k < 4; k++)
				read_some(t, n->id, streams.v[k].name);
			img_nodes_done(&streams);
		}
		if (n->type == IMG_NODE_DIR && level < MAX_LEVELS)
			walk(t, n->id, level + 1, budget);
	}
	img_nodes_done(&nodes);
}

static void
look(const struct img_format *format, struct img_source *volume)
{
	struct img_report *r = img_report_new();
	struct img_tree_open o = { .volume = volume };
	struct img_open probe = { .below = volume, .env = volume->env };
	struct img_tree *t = NULL;
	struct img_err err = { 0 };
	unsigned int budget = MAX_NODES;
	int rc;

	format->confirm(&probe);
	rc = format->tree(&o, &t, &err);
	check(!rc || (rc == (int)err.code && err.msg[0]), "a failure without its message");
	if (!rc) {
		t->ops->describe(t, img_report_root(r), &err);
		walk(t, IMG_TREE_ROOT, 0, &budget);
		t->ops->verify(t, img_report_root(r), &err);
	}
	img_tree_unref(t);
	img_report_free(r);
}

void
fuzz_volume(uint8_t *bytes, size_t n, const struct img_format *const *formats)
{
	struct img_source *volume = NULL;
	struct img_env *env = NULL;
	struct img_limits limits;

	img_limits_default(&limits);
	limits.max_table = 8 << 20;
	check(!img_env_new(&limits, &env, NULL) && !img_memory(env, bytes, n, false, &volume, NULL), "out of memory");
	for (; *formats; formats++)
		look(*formats, volume);
	img_unref(volume);
	img_env_free(env);
	free(bytes);
}
