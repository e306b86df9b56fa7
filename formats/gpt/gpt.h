/* SPDX-License-Identifier: BSD-2-Clause */
/* What the MBR reader wants to know about a GPT beside it. */
#ifndef FORMATS_GPT_GPT_H
#define FORMATS_GPT_GPT_H

#include <stdint.h>

struct img_source;

/* The sector size with which a GPT header's signature stands at sector 1; 0: none does. */
uint32_t gpt_sector_size(struct img_source *disk);

#endif
