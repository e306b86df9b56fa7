/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a UDIF image as plain structs; parse and emit mirror each other in layout.c and nowhere else. */
#ifndef FORMATS_UDIF_LAYOUT_H
#define FORMATS_UDIF_LAYOUT_H

#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define KOLY_SIZE 512
#define KOLY_MAGIC "koly\0\0\0\4\0\0\2\0"	/* with version 4 and header size 512: "koly" alone occurs by chance */
#define KOLY_MAGIC_LEN 12
#define MISH_SIZE 204
#define RUN_SIZE 40

#define UDIF_SECTOR 512

/* Checksum record of a trailer or block table. */
struct udif_sum {
	uint32_t type;		/* enum udif_sum_type */
	uint32_t bits;		/* of the value; what follows it may be garbage */
	uint8_t value[128];
};

enum udif_sum_type {
	UDIF_SUM_NONE = 0, UDIF_SUM_CRC28 = 1, UDIF_SUM_CRC32 = 2, UDIF_SUM_DC42 = 3, UDIF_SUM_MD5 = 4, UDIF_SUM_SHA = 5,
	UDIF_SUM_SHA1 = 6, UDIF_SUM_SHA256 = 7, UDIF_SUM_SHA384 = 8, UDIF_SUM_SHA512 = 9,
};

enum koly_flags { KOLY_FLATTENED = 1, KOLY_INTERNET_ENABLED = 4 };

/* The trailer.  Offsets are bytes of the file, before the correction for what stands in front of the image. */
struct koly {
	uint32_t version, header_size, flags;
	uint64_t running_off;			/* data fork bytes in earlier segments */
	uint64_t data_off, data_len;
	uint64_t rsrc_off, rsrc_len;
	uint32_t segment, n_segments;		/* 0 in images of macOS 11 and later */
	uint8_t segment_id[16];
	struct udif_sum data_sum;
	uint64_t xml_off, xml_len;
	uint64_t sign_off, sign_len;		/* old images hold garbage here */
	struct udif_sum master_sum;
	uint32_t variant;			/* 1: a whole device, 2: a bare volume */
	uint64_t n_sectors;			/* 0 from some writers */
};

/* Head of a block table. */
struct mish {
	uint32_t version;
	uint64_t first_sector, n_sectors;
	uint64_t data_off;			/* added to every run's offset; not 0 around 10.2 */
	uint32_t buffers;			/* sectors a sequential decoder wants; not to be trusted */
	uint32_t index;
	struct udif_sum sum;
	uint32_t n_runs;			/* terminator and comments included */
};

enum udif_run_type {
	UDIF_RUN_ZERO = 0x00000000, UDIF_RUN_RAW = 0x00000001, UDIF_RUN_IGNORE = 0x00000002,
	UDIF_RUN_COMMENT = 0x7ffffffe,
};
/* beyond the range of an enum in strict C11 */
#define UDIF_RUN_KENCODE UINT32_C(0x80000001)
#define UDIF_RUN_RLE UINT32_C(0x80000002)
#define UDIF_RUN_LZH UINT32_C(0x80000003)
#define UDIF_RUN_ADC UINT32_C(0x80000004)
#define UDIF_RUN_ZLIB UINT32_C(0x80000005)
#define UDIF_RUN_BZIP2 UINT32_C(0x80000006)
#define UDIF_RUN_LZFSE UINT32_C(0x80000007)
#define UDIF_RUN_LZMA UINT32_C(0x80000008)
#define UDIF_RUN_END UINT32_C(0xffffffff)

struct udif_run {
	uint32_t type;
	uint32_t comment;		/* "+beg", "+end" in old images, small numbers in new ones: no meaning known */
	uint64_t start_sector, n_sectors;	/* relative to the table's first sector */
	uint64_t off, len;		/* stored bytes, relative to data fork + mish.data_off */
};

/* IMG_E_FORMAT: too short, or without the signature.  Other values are for the caller to judge. */
int koly_parse(struct img_cursor *c, struct koly *ret, struct img_err *err);
void koly_emit(const struct koly *k, uint8_t *out);	/* KOLY_SIZE bytes */

int mish_parse(struct img_cursor *c, struct mish *ret, struct img_err *err);
void mish_emit(const struct mish *m, uint8_t *out);	/* MISH_SIZE bytes */

/* Overrun is left to the cursor. */
void run_parse(struct img_cursor *c, struct udif_run *ret);
void run_emit(const struct udif_run *r, uint8_t *out);	/* RUN_SIZE bytes */

#endif
