/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot loaders that are made up: what counts are the marks they are known by.  And images that start by them. */
#ifndef TESTS_UNIT_LOADERS_H
#define TESTS_UNIT_LOADERS_H

#include "tests/unit/toy.h"

extern uint8_t isolinux[6000], isohdpfx[432], eltorito[6002], hybrid[512], disk_code[512], efi[700];

void make_loaders(void);
/* A row of a toy tree whose bytes are those of @array. */
#define BYTES(parent, id_, name_, array) { .dir = parent, .bytes = (const char *)(array), .node = { .id = id_, \
	.type = IMG_NODE_FILE, .mode = 0644, .name = name_, .size = sizeof(array), .mtime = { 1100000000 + (id_), 0 } } }

/* An ISO of @rows; @keys: "key=value key=value", as --opt takes them.  The tree it is of stands until the next call. */
int loaders_image(struct img_env *env, const struct toy_row *rows, const char *label, const char *keys,
		  struct img_source **ret, struct img_err *err);

#endif
