/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that come by once.  A thread makes them front to back, a few megabytes ahead of who takes them; the source that
 * gives them is IMG_FORWARD, of a size that nobody knows before the end.  So decoding overlaps writing, and memory does not
 * depend on the image. */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_flow;
struct img_source;

/* Make all bytes: on the flow's own thread, which may itself read what is IMG_FORWARD. */
typedef int img_flow_make(void *ctx, struct img_flow *f, struct img_err *err);

/* @from: what @make reads, which @ctx holds.  @done frees @ctx (taken on success) when the flow goes.  @layer: static. */
int img_flow_new(struct img_source *from, const char *layer, img_flow_make *make, void (*done)(void *ctx), void *ctx,
		 struct img_source **ret, struct img_err *err);

/* For @make: room for at least one byte, and how many were put there.  _room waits for the taker, and fails with
 * IMG_E_CANCELLED once nobody wants more. */
int img_flow_room(struct img_flow *f, uint8_t **ret, size_t *ret_n, struct img_err *err);
void img_flow_came(struct img_flow *f, size_t n);
bool img_flow_wanted(struct img_flow *f);

/* Read and forget everything up to @off.  IMG_E_FORMAT when the end comes before. */
int img_flow_skip(struct img_source *s, uint64_t off, struct img_err *err);
/* Take what nobody took, to the end.  *ret_size is then known. */
int img_flow_drain(struct img_source *s, uint64_t *ret_size, struct img_err *err);

/* When the end was reached: the stream seen from its end, for those who look there (the trailer of a DMG).  The beginning is
 * that of @head, the middle fails with IMG_E_LIMIT. */
int img_flow_ends(struct img_source *s, struct img_source *head, uint64_t n_head, struct img_source **ret,
		  struct img_err *err);

#endif
