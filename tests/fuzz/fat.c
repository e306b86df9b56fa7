/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a FAT volume: opened, walked, described, verified, and every file's first bytes read.  The last two
 * bytes, times 4 KiB, are zeros added to the volume, so that small inputs can claim much. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/fat/fat.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

static void
read_file(struct img_tree *t, const struct img_node *n)
{
	struct img_source *s;
	uint8_t buf[600];

	if (img_tree_content(t, n->id, NULL, &s, NULL))
		return;
	check(s->size == n->size, "a content is not as long as its node says");
	if (s->size)
		(void)img_source_read(s, s->size / 2, buf, s->size - s->size / 2 < sizeof buf ?
				      (size_t)(s->size - s->size / 2) : sizeof buf, NULL);
	img_unref(s);
}

static void
walk(struct img_tree *t)
{
	const struct img_node *n = NULL;
	unsigned int left = 2000;
	struct img_walk *w;
	const char *path;

	check(!img_walk_new(t, &w, NULL), "no walk");
	while (left--) {
		if (img_walk_next(w, &n, &path, NULL))
			continue;
		if (!n)
			break;
		check(!*path || (*n->name && !strchr(n->name, '/')), "a bad name");
		if (n->type == IMG_NODE_FILE)
			read_file(t, n);
	}
	img_walk_free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_source *head = NULL, *zeros = NULL, *volume = NULL;
	uint64_t extra = size >= 2 ? (uint64_t)load_le16(data + size - 2) * 4096 : 0;
	struct img_report *rep = img_report_new();
	struct img_env *env = NULL;
	struct img_tree *t;

	check(rep && !img_env_new(NULL, &env, NULL) && !img_memory(env, data, size, false, &head, NULL) &&
	      !img_zeros(env, extra, &zeros, NULL), "cannot make the volume");
	check(!img_concat(env, (const struct img_piece[]) { { head, 0, size }, { zeros, 0, extra } }, 2, &volume, NULL),
	      "cannot join the volume");
	(void)img_format_fat.confirm(&(struct img_open) { .below = volume, .env = env });
	if (!img_format_fat.tree(&(struct img_tree_open) { .volume = volume }, &t, NULL)) {
		walk(t);
		(void)t->ops->describe(t, img_report_root(rep), NULL);
		(void)t->ops->verify(t, img_report_root(rep), NULL);
		img_tree_unref(t);
	}
	img_report_free(rep);
	img_unref(volume);
	img_unref(zeros);
	img_unref(head);
	img_env_free(env);
	return 0;
}
