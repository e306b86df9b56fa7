/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv that are about DMGs: each row hands its key to the format's author. */
#include "config.h"

#include "convert/options_tables.h"

const struct cmd_option conv_dmg_options[] = {
	{ OPT_KEY, 0, "case-sensitive", NULL, 0, "Building HFS+ and DMG", "names that differ only by case are two (HFSX)",
	  "case-sensitive", "yes" },
	{ 0 }
};
