/* SPDX-License-Identifier: BSD-2-Clause */
/* What the outs of core share. */
#ifndef CORE_OUT_H
#define CORE_OUT_H

#include "img/out.h"

int out_pwrite_all(int fd, uint64_t off, const void *buf, size_t len, struct img_err *err);

/* As img_out_fd; @own: taken on success: its write-back is begun when it is committed, and it is closed. */
int out_fd_new(int fd, bool own, struct img_out **ret, struct img_err *err);

struct img_env;

/* In front of @below: takes bytes at any offset into a work file of @env, and hands them on front to back when the size is told.
 * @own: @below is taken on success, committed and freed with this one; otherwise both are left to its owner. */
int img_out_spooled(struct img_out *below, bool own, struct img_env *env, struct img_out **ret, struct img_err *err);

#endif
