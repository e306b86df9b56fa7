/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a disk: partition tables, volumes, signatures, and a choice by number and name.  The last two bytes, times
 * 4 KiB, are zeros added to the disk, so that a table can have partitions that are there; then the end of the given bytes
 * (a backup GPT) stands at the end of the disk again. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "core/bytes.h"
#include "img/env.h"
#include "img/format.h"
#include "img/source.h"

static void
check_volumes(const struct img_source *disk, const struct img_volumes *v)
{
	const struct img_volume *found;

	check(v->n > 0, "no volume at all");
	for (size_t i = 0; i < v->n; i++) {
		check(v->v[i].off <= disk->size && v->v[i].len <= disk->size - v->v[i].off, "a volume outside the disk");
		check(v->v[i].len || !disk->size, "an empty volume");
		check(i == 0 || v->v[i - 1].off <= v->v[i].off, "volumes out of order");
	}
	for (size_t t = 0; t < v->n_tables; t++)
		for (size_t i = 0; i < v->table[t].n; i++) {
			char number[16];

			snprintf(number, sizeof number, "%u", (unsigned int)v->table[t].v[i].index);
			(void)img_volumes_pick(v, number, &found, NULL);
			(void)img_volumes_pick(v, v->table[t].v[i].name, &found, NULL);
			if (i == 40)
				break;	/* each choice walks the list */
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_source *whole = NULL, *zeros = NULL, *disk = NULL;
	struct img_volumes v = { 0 };
	struct img_env *env = NULL;
	uint64_t extra = size >= 2 ? (uint64_t)load_le16(data + size - 2) * 4096 : 0;
	size_t tail = size < 512 ? 0 : 512;

	check(!img_env_new(NULL, &env, NULL) && !img_memory(env, data, size, false, &whole, NULL) &&
	      !img_zeros(env, extra, &zeros, NULL), "cannot make the disk");
	{
		const struct img_piece pieces[] = {
			{ whole, 0, size }, { zeros, 0, extra }, { whole, size - tail, extra ? tail : 0 },
		};

		check(!img_concat(env, pieces, 3, &disk, NULL), "cannot join the disk");
	}
	check(!img_volumes(disk, true, &v, NULL), "looking fails");
	check_volumes(disk, &v);
	img_volumes_done(&v);
	img_unref(disk);
	img_unref(zeros);
	img_unref(whole);
	img_env_free(env);
	return 0;
}
