/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the write-back of a file while it is being written, so that the sync at the end finds little to do. */
#ifndef CORE_WRITE_BACK_H
#define CORE_WRITE_BACK_H

#include <stdint.h>

struct write_back;

/* For the descriptor @fd, which stays the caller's.  NULL where the system has no such call, or no thread is to be had:
 * the other functions accept that. */
struct write_back *write_back_new(int fd);

/* Bytes up to about @off were written, in whatever order.  Any thread; does not block. */
void write_back_reached(struct write_back *w, uint64_t off);

/* Ends it; returns NULL. */
struct write_back *write_back_free(struct write_back *w);

#endif
