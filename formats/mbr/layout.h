/* SPDX-License-Identifier: BSD-2-Clause */
/* MBR and EBR on disk: one sector with four entries. */
#ifndef FORMATS_MBR_LAYOUT_H
#define FORMATS_MBR_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define MBR_LEN 512

#define MBR_TYPE_EMPTY 0x00
#define MBR_TYPE_EXTENDED 0x05
#define MBR_TYPE_EXTENDED_LBA 0x0f
#define MBR_TYPE_EXTENDED_LINUX 0x85
#define MBR_TYPE_PROTECTIVE 0xee
#define MBR_ACTIVE 0x80

struct mbr_entry {
	uint8_t status;		/* 0 or MBR_ACTIVE */
	uint8_t chs_first[3], chs_last[3];	/* not used by this century's systems */
	uint8_t type;
	uint32_t first;		/* sectors; in an EBR relative, see mbr.c */
	uint32_t count;
};

struct mbr {
	uint32_t signature;	/* of the disk; 0: none */
	uint16_t copy_protect;	/* 0x5a5a: read-only */
	struct mbr_entry entry[4];
};

/* A sector of MBR_LEN bytes.  Fails without 55 AA at its end. */
int mbr_parse(struct img_cursor *c, struct mbr *ret, struct img_err *err);
/* Into a sector of MBR_LEN bytes, whose boot code (the first 440) is left alone. */
void mbr_emit(const struct mbr *m, uint8_t *sector);

bool mbr_is_extended(uint8_t type);

#endif
