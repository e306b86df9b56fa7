/* SPDX-License-Identifier: BSD-2-Clause */
/* A disc of one data track as CUE sheet and BIN. */
#ifndef FORMATS_CD_CUE_WRITE_H
#define FORMATS_CD_CUE_WRITE_H

struct img_sink_ops;

extern const struct img_sink_ops cue_sink_ops;

#endif
