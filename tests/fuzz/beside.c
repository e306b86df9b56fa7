/* SPDX-License-Identifier: BSD-2-Clause */
/* Images with files beside them: sheets of raw CDs, and Macintosh files with their forks.  The input is the length of the
 * image's own file (32 bits), its bytes, and those of every file it could ask for; behind these lie as many zeros as the last
 * two bytes say, times 2352, so that tracks can be where they are said to be. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/unit/folder.h"

static void
look(const struct folder_file *files, size_t n, bool repair)
{
	struct img_env *env = NULL;
	struct img_limits limits;
	struct img_tree *t;

	img_limits_default(&limits);
	limits.max_table = 8 << 20;
	if (img_env_new(&limits, &env, NULL) || !(t = folder_new(env, files, n))) {
		fprintf(stderr, "out of memory\n");
		abort();
	}
	img_env_set_repair(env, repair);
	img_env_set_keep_damaged(env, !repair);
	folder_look(t, &files[0]);
	img_tree_unref(t);
	img_env_free(env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "x.bin", "x.img", "x.mdf", "x.wav", "x.raw", "._x" };
	struct folder_file files[1 + sizeof names / sizeof *names];
	size_t own, more;
	uint8_t *beside;

	if (size < 6)
		return 0;
	own = load_le32(data) < size - 4 ? load_le32(data) : size - 4;
	more = (size_t)(load_le16(data + size - 2) % 512) * 2352;
	beside = calloc(1, size - 4 - own + more + 1);
	if (!beside)
		return 0;
	memcpy(beside, data + 4 + own, size - 4 - own);
	files[0] = (struct folder_file) { "x", data + 4, own };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		files[1 + i] = (struct folder_file) { names[i], beside, size - 4 - own + more };
	look(files, sizeof files / sizeof *files, false);
	look(files, sizeof files / sizeof *files, true);
	free(beside);
	return 0;
}
