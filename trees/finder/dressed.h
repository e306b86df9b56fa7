/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of dressing know of each other. */
#ifndef TREES_FINDER_DRESSED_H
#define TREES_FINDER_DRESSED_H

#include "core/memory.h"
#include "img/tree.h"
#include "trees/finder/alias.h"
#include "trees/finder/finder.h"
#include "trees/finder/picture.h"

enum extra { EXTRA_SETTINGS, EXTRA_ICON, EXTRA_FOLDER, EXTRA_PICTURE, EXTRA_LINK, N_EXTRAS };

/* Bits of Finder's flags, bytes 8 and 9 of its information (Apple: Finder.h). */
enum { FLAG_HIDDEN_EXTENSION = 0x0010, FLAG_CUSTOM_ICON = 0x0400, FLAG_INVISIBLE = 0x4000 };

struct flagged {
	uint64_t id;
	unsigned int flags;
};

struct dressed {
	struct img_tree tree;
	struct img_tree *below;
	struct img_arena *arena;
	struct {
		const char *name;	/* NULL: it is not there */
		struct img_buf bytes;
	} extra[N_EXTRAS];
	const char *path;		/* of the picture */
	size_t n_flagged;
	struct flagged *flagged;
	/* for the settings */
	struct finder_options o;	/* names copied */
	struct picture picture;
};

/* ---- dressed.c ---- */

uint64_t dressed_id(enum extra which);
int dressed_flag(struct dressed *d, uint64_t id, unsigned int flags, struct img_err *err);
int dressed_new(struct img_tree *below, struct dressed **ret, struct img_err *err);

/* ---- settings.c ---- */

/* The file of settings; @t is NULL where there is no picture. */
int finder_settings(const struct dressed *d, const struct finder_target *t, struct img_buf *ret, struct img_err *err);

#endif
