/* SPDX-License-Identifier: BSD-2-Clause */
/* What the outs of core share. */
#ifndef CORE_OUT_H
#define CORE_OUT_H

#include "img/out.h"

int out_pwrite_all(int fd, uint64_t off, const void *buf, size_t len, struct img_err *err);

/* As img_out_fd; @own: the descriptor is closed at the end (on success only). */
int out_fd_new(int fd, bool own, struct img_out **ret, struct img_err *err);

#endif
