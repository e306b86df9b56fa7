/* SPDX-License-Identifier: BSD-2-Clause */
/* Layouts of DMGs written for other tools. */
#ifndef CONVERT_LAYOUT_H
#define CONVERT_LAYOUT_H

#include "img/error.h"

struct conv_options;

/* Take what the specification of node-appdmg at @path says into @o.  What @o has already stays.  IMG_E_USAGE names the key
 * that is wrong. */
int layout_read(struct conv_options *o, const char *path, struct img_err *err);

#endif
