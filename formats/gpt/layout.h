/* SPDX-License-Identifier: BSD-2-Clause */
/* GPT on disk: header and entries, parsed and emitted. */
#ifndef FORMATS_GPT_LAYOUT_H
#define FORMATS_GPT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define GPT_HEADER_LEN 92	/* what revision 1.0 uses; the header size field may say more */
#define GPT_ENTRY_LEN 128	/* the smallest entry */
#define GPT_NAME_UNITS 36

struct gpt_header {
	uint32_t revision;	/* 0x00010000 */
	uint32_t header_len;	/* bytes the header's CRC covers */
	uint32_t crc;		/* over header_len bytes, this field taken as 0 */
	uint64_t my_lba;
	uint64_t alternate_lba;	/* the other header */
	uint64_t first_usable_lba, last_usable_lba;	/* inclusive */
	uint8_t guid[16];	/* as stored: mixed-endian */
	uint64_t entries_lba;
	uint32_t n_entries;
	uint32_t entry_len;
	uint32_t entries_crc;	/* over n_entries * entry_len bytes */
};

struct gpt_entry {
	uint8_t type[16];	/* as stored; all zero: unused */
	uint8_t guid[16];
	uint64_t first_lba, last_lba;	/* inclusive */
	uint64_t attributes;
	uint16_t name[GPT_NAME_UNITS];
};
#define GPT_ATTR_LEGACY_BOOT (UINT64_C(1) << 2)

/* The first GPT_HEADER_LEN bytes.  Only the signature is checked. */
int gpt_header_parse(struct img_cursor *c, struct gpt_header *ret, struct img_err *err);
/* @ret: GPT_HEADER_LEN bytes, with the CRC that h->crc holds; gpt_header_seal computes the right one. */
void gpt_header_emit(const struct gpt_header *h, uint8_t *ret);
void gpt_header_seal(struct gpt_header *h);

/* The CRC that a header of @len bytes (at least 20) should carry. */
uint32_t gpt_header_crc(const uint8_t *header, size_t len);
uint32_t gpt_crc(const void *bytes, size_t len);

int gpt_entry_parse(struct img_cursor *c, struct gpt_entry *ret, struct img_err *err);
void gpt_entry_emit(const struct gpt_entry *e, uint8_t *ret);	/* GPT_ENTRY_LEN bytes */

bool gpt_guid_is_zero(const uint8_t *guid);
/* "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": 36 characters and a NUL. */
#define GPT_GUID_TEXT 37
void gpt_guid_text(const uint8_t *guid, char *ret);
/* The reverse; false if @text is no GUID. */
bool gpt_guid_parse(const char *text, uint8_t *ret);

#endif
