/* SPDX-License-Identifier: BSD-2-Clause */
/* Images of CDs sector by sector, by what describes them. */
#ifndef FORMATS_CD_CD_H
#define FORMATS_CD_CD_H

#include "img/format.h"

extern const struct img_format img_format_cue;	/* .cue and .bin; also written */
extern const struct img_format img_format_toc;	/* cdrdao */
extern const struct img_format img_format_ccd;	/* CloneCD: .ccd, .img, .sub */
extern const struct img_format img_format_mds;	/* Alcohol 120%: .mds, .mdf */
extern const struct img_format img_format_nrg;	/* Nero */
extern const struct img_format img_format_rawcd;	/* sectors that nothing describes */

#endif
