/* SPDX-License-Identifier: BSD-2-Clause */
/* One file on a web server, by ranges of its bytes.  libcurl is seen by core/http.c only, and loaded when the first address
 * is named: it brings two dozen libraries along, which no run should pay for that reads a file. */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct http;
struct img_env;

/* Ask for the first @n bytes of @url (http or https), which says how large the file is and whether the server sends ranges
 * at all.  *ret_got bytes of @first are filled; fewer than @n only if the file is shorter.  Redirects are followed once, then
 * the place they led to is asked.  IMG_E_UNSUPPORTED: no libcurl, or a server without ranges; IMG_E_IO: all else. */
int http_open(struct img_env *env, const char *url, void *first, size_t n, size_t *ret_got, uint64_t *ret_size,
	      struct http **ret, struct img_err *err);

/* @len bytes at @off, all of them.  What breaks off is asked for again, a few times.  A file that is another one now is
 * IMG_E_IO.  Thread-safe: every thread that reads has a connection of its own, and keeps it. */
int http_read(struct http *h, uint64_t off, void *buf, size_t len, struct img_err *err);

/* NULL is accepted. */
void http_close(struct http *h);

#endif
