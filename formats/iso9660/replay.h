/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing an ISO 9660 image again with other files: how it starts, its partitions, views, texts and dates are read back and
 * given to the author. */
#ifndef FORMATS_ISO9660_REPLAY_H
#define FORMATS_ISO9660_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;
struct img_tree;
struct iso_replay;

/* What would help when an image cannot be read back. */
enum iso_replay_remedy { ISO_REPLAY_NO_REMEDY, ISO_REPLAY_ONE_SESSION, ISO_REPLAY_LOSSY };

struct iso_replay_options {
	unsigned int session;	/* of a multi-session disc; 0: there may be only one */
	bool lossy;		/* what cannot be written again is left out, with a warning; else IMG_E_UNSUPPORTED */
	enum iso_replay_remedy *ret_remedy;	/* set on failure where one of these would do; NULL: nobody asks */
};

/* Read @volume, the whole image.  Keeps a reference. */
int iso_replay_open(struct img_source *volume, const struct iso_replay_options *o, struct iso_replay **ret,
		    struct img_err *err);
struct iso_replay *iso_replay_free(struct iso_replay *r);	/* NULL accepted; returns NULL */

/* Its files; borrowed. */
struct img_tree *iso_replay_tree(struct iso_replay *r);
/* Does it hold a checksum for checkisomd5, so that the new one must? */
bool iso_replay_has_md5(const struct iso_replay *r);
/* How many things were left out. */
size_t iso_replay_n_lost(const struct iso_replay *r);

/* What is different in the new image. */
struct iso_replay_change {
	const char *label;		/* NULL: as it was */
	/* The path in the new tree of what was @path, from malloc; NULL: out of memory. */
	char *(*where)(void *ctx, const char *path);
	/* The node of the old tree that node @id of the new one shows; false: it is new. */
	bool (*is_old)(void *ctx, uint64_t id, uint64_t *ret);
	void *ctx;
};

/* Lay @tree out as the old image was, and look at the result with the eyes of a reader: what the old image started, the new
 * one does.  IMG_E_USAGE when a file that it starts is no longer there. */
int iso_replay_author(struct iso_replay *r, struct img_tree *tree, const struct iso_replay_change *c,
		      struct img_source **ret, struct img_err *err);

#endif
