/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes of host files; none where the system has none. */
#ifndef TREES_XATTR_H
#define TREES_XATTR_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

/* Names of @path's attributes, each with its NUL, from malloc; links are not followed. */
int xattr_list(const char *path, char **ret, size_t *ret_len, struct img_err *err);
/* 0, or -1 when it cannot be told. */
int xattr_size(const char *path, const char *name, uint64_t *ret);
/* The value, from malloc. */
int xattr_read(const char *path, const char *name, void **ret, size_t *ret_len, struct img_err *err);
/* Set one on an open file.  IMG_E_UNSUPPORTED where the file system or the system has none. */
int xattr_set(int fd, const char *name, const void *value, size_t len, struct img_err *err);

#endif
