/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv that are about DMGs: each row hands its key to the format's author. */
#include "config.h"

#include "convert/options_tables.h"

const struct cmd_option conv_dmg_options[] = {
	{ 0 }
};
