/* SPDX-License-Identifier: BSD-2-Clause */
/* Small disks in memory for tests: made with the emit functions, damaged by hand, opened as sources. */
#ifndef TESTS_UNIT_DISKS_H
#define TESTS_UNIT_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/gpt/layout.h"
#include "formats/mbr/layout.h"
#include "img/env.h"
#include "img/format.h"
#include "img/source.h"

struct disk {
	uint8_t *b;
	size_t len;
	struct img_env *env;		/* after disk_open and what uses it */
	struct img_source *source;
	struct img_volumes volumes;
};

struct disk disk_new(size_t len);
void disk_done(struct disk *d);

/* Give the disk a fresh environment and a source over its bytes as they are now. */
void disk_open(struct disk *d);
/* disk_open, and img_volumes with file systems. */
void disk_look(struct disk *d);

/* Problems with @code since disk_open; all of them for NULL. */
size_t disk_problems(const struct disk *d, const char *code);
/* Exactly one problem, and it is @code (NULL: none at all); else the test fails. */
void disk_expect(const struct disk *d, const char *code);
/* The table of @scheme, or NULL. */
const struct img_parts *disk_table(const struct disk *d, const char *scheme);

/* ---- content ---- */

struct mbr_row {
	uint8_t type;
	uint32_t first, count;
};
/* A table at @off, with up to four rows; @signature of the disk. */
void disk_mbr(struct disk *d, size_t off, uint32_t signature, const struct mbr_row *rows, size_t n);

struct gpt_row {
	const char *guid;
	uint64_t first, last;
	const char *name;
};
#define GUID_ESP "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define GUID_LINUX "0fc63daf-8483-4772-8e79-3d69d8477de4"
#define GUID_HFS "48465300-0000-11aa-aa11-00306543ecac"
/* Protective MBR, primary and backup GPT with 128 entries. */
void disk_gpt(struct disk *d, uint32_t ss, const struct gpt_row *rows, size_t n);
/* Change the header at sector @lba and give it a right CRC again; with @array the CRC of its entries too. */
void disk_gpt_edit(struct disk *d, uint32_t ss, uint64_t lba, void (*edit)(struct gpt_header *), bool array);

struct apm_row {
	uint32_t start, count;
	const char *name, *type;
};
void disk_driver_map(struct disk *d, uint16_t block_size);
/* Entries in blocks 1 to n of @step bytes each, telling @n_told entries. */
void disk_apm(struct disk *d, size_t step, uint32_t n_told, const struct apm_row *rows, size_t n);

void disk_iso9660(struct disk *d);
void disk_put(struct disk *d, size_t off, const void *bytes, size_t n);
#define DISK_PUT(d, off, text) disk_put(d, off, text, sizeof (text) - 1)

#endif
