/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv edit: an image with other files, which starts as before. */
#ifndef CONVERT_EDIT_H
#define CONVERT_EDIT_H

#include <stdbool.h>
#include <stdio.h>

#include "core/image_arg.h"
#include "img/error.h"

struct conv_options;
struct edit;
struct img_rep;
struct img_source;
struct tool;

/* Refuse what cannot be edited in place, without reading the image. */
int edit_look(struct tool *t, const struct conv_options *o, struct img_err *err);

/* The edited image of @source, which is open.  @ret lives as long as the image; t->hint may be set.  edit_free may and must be
 * called after failure too. */
int edit_open(struct tool *t, const struct conv_options *o, struct image_arg *source, struct edit **ret,
	      struct img_source **ret_image, struct img_err *err);
struct edit *edit_free(struct edit *e);		/* NULL accepted; returns NULL */

/* Must a checksum for checkisomd5 be put in? */
bool edit_wants_md5(const struct edit *e);
/* Was something left out that could not be written again? */
bool edit_is_partial(const struct edit *e);

/* What changed: a line for people, an object for programs. */
void edit_tell(const struct edit *e, FILE *f);
void edit_report(const struct edit *e, struct img_rep *root);

#endif
