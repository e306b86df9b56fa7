/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sparse image is to be like: formats/simg/write_options.c. */
#ifndef FORMATS_SIMG_WRITE_H
#define FORMATS_SIMG_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"

struct img_sink_job;

struct simg_options {
	uint32_t block;		/* bytes of one */
	bool skip_zeros;	/* zeros are don't-care */
	bool crc;
};

extern const char *const simg_keys[];	/* of --opt */
int simg_options_read(const struct img_sink_job *job, struct simg_options *ret, struct img_err *err);
/* Can they be met, together with the rest of @job? */
int simg_write_options(const struct img_sink_job *job, struct img_err *err);

#endif
