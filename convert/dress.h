/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes a DMG of files one that Finder shows well, and the licence in front of it. */
#ifndef CONVERT_DRESS_H
#define CONVERT_DRESS_H

#include <stdbool.h>

#include "img/error.h"

struct conv_options;
struct img_author_options;
struct img_format;
struct img_source;
struct img_tree;
struct udif_agreement;

/* IMG_E_USAGE when @o asks for what only DMGs have, and @is_dmg is not so, or what only HFS+ volumes made of files have,
 * and @makes_hfs is not so. */
int dress_look(const struct conv_options *o, bool is_dmg, bool makes_hfs, struct img_err *err);

/* IMG_E_USAGE when @o asks for what only files can be dressed with, and sectors are converted. */
int dress_needless(const struct conv_options *o, struct img_err *err);

/* Lay out @tree by @fs, an author of HFS+ volumes, with what @o wants Finder to show. */
int dress_author(const struct conv_options *o, const struct img_format *fs, struct img_tree *tree,
		 const struct img_author_options *a, struct img_source **ret, struct img_err *err);

/* The licences of @o; *ret stays NULL where there is none. */
int dress_agreement(const struct conv_options *o, struct udif_agreement **ret, struct img_err *err);

#endif
