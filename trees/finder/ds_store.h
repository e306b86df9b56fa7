/* SPDX-License-Identifier: BSD-2-Clause */
/* ".DS_Store": where Finder keeps how a folder looks. */
#ifndef TREES_FINDER_DS_STORE_H
#define TREES_FINDER_DS_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_buf;
struct ds_store;

/* NULL: out of memory. */
struct ds_store *ds_store_new(void);
struct ds_store *ds_store_free(struct ds_store *d);	/* NULL accepted; returns NULL */

/* What is known of @name ("." is the folder itself) under the four letters @id.  Names are UTF-8 and go in as HFS+ keeps
 * them.  A later value for the same name and letters counts. */
int ds_store_long(struct ds_store *d, const char *name, const char *id, uint32_t value, struct img_err *err);
int ds_store_type(struct ds_store *d, const char *name, const char *id, const char *four, struct img_err *err);
int ds_store_blob(struct ds_store *d, const char *name, const char *id, const void *bytes, size_t len,
		  struct img_err *err);

/* The file, appended to @ret, which is empty. */
int ds_store_emit(struct ds_store *d, struct img_buf *ret, struct img_err *err);

#endif
