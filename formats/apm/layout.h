/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple partition map on disk: the driver map in block 0, then one entry a block. */
#ifndef FORMATS_APM_LAYOUT_H
#define FORMATS_APM_LAYOUT_H

#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define APM_DRIVER_MAP_LEN 18	/* the fields this project uses; drivers follow */
#define APM_ENTRY_LEN 136	/* the rest of the block is zero */

struct apm_driver_map {
	uint16_t block_size;
	uint32_t block_count;
	uint16_t type, id;
	uint32_t data;
	uint16_t n_drivers;
};

struct apm_entry {
	uint32_t n_entries;	/* of the whole map; the same in each */
	uint32_t start, count;	/* blocks */
	char name[32], type[32];	/* filled up with NULs, if there is room */
	uint32_t data_start, data_count;	/* relative to the partition */
	uint32_t status;	/* APM_STATUS_* */
	uint32_t boot_start, boot_len, boot_load, boot_load2, boot_entry, boot_entry2, boot_checksum;
	char processor[16];
};
#define APM_STATUS_BOOTABLE (UINT32_C(1) << 3)

int apm_driver_map_parse(struct img_cursor *c, struct apm_driver_map *ret, struct img_err *err);
void apm_driver_map_emit(const struct apm_driver_map *d, uint8_t *ret);	/* APM_DRIVER_MAP_LEN bytes */

int apm_entry_parse(struct img_cursor *c, struct apm_entry *ret, struct img_err *err);
void apm_entry_emit(const struct apm_entry *e, uint8_t *ret);		/* APM_ENTRY_LEN bytes */

#endif
