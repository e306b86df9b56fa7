/* SPDX-License-Identifier: BSD-2-Clause */
/* jigdo templates: what is left of an image when the files that a mirror has are taken out.  The last part of one describes
 * the image, and with it the sum that the image must have:
 *
 *	"DESC", its own length (6 bytes, little-endian)
 *	entries: a byte of type, 6 bytes of length, and by type
 *		2	unmatched data
 *		6, 9	a file of a mirror: rolling sum (8 bytes), MD5 (16) or SHA-256 (32)
 *		5, 8	the image: MD5 (16) or SHA-256 (32), length of blocks (4)
 *	the length once more: the last 6 bytes of the file
 *
 * (jigdo-file, "Technical details"; observed: jigdo-file 0.8.0.)  The .jigdo file beside it names the mirror's files and has
 * no sum of the image. */
#include "config.h"

#include "inspect/jigdo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/sums.h"

#define MAGIC "JigsawDownload template "
#define PART_MAX (64 << 20)	/* a million files need half of that */

static uint64_t
load_le48(const uint8_t *b)
{
	return load_le32(b) | (uint64_t)load_le16(b + 4) << 32;
}

/* Bytes of an entry of @type; 0: no such type. */
static size_t
entry_len(uint8_t type)
{
	static const uint8_t lens[] = { [2] = 7, [5] = 27, [6] = 31, [7] = 31, [8] = 43, [9] = 47, [10] = 47 };

	return type < sizeof lens ? lens[type] : 0;
}

static bool
find_image(const uint8_t *b, size_t n, struct sums_entry *ret)
{
	for (size_t at = 0, len; at < n; at += len) {
		len = entry_len(b[at]);
		if (!len || len > n - at)
			return false;
		if (b[at] != 5 && b[at] != 8)
			continue;
		ret->digest = img_digest_by_name(b[at] == 5 ? "md5" : "sha256");
		if (!ret->digest)
			return false;
		memcpy(ret->sum, b + at + 7, ret->digest->size);
		return true;
	}
	return false;
}

static int
read_part(FILE *f, uint64_t size, struct sums_entry *ret, struct img_err *err)
{
	img_autofree uint8_t *b = NULL;
	uint8_t end[6];
	uint64_t len;

	if (fseeko(f, -6, SEEK_END) || fread(end, 6, 1, f) != 1)
		return img_fail(err, IMG_E_FORMAT, "its end cannot be read");
	len = load_le48(end);
	if (len < 16 || len > PART_MAX || len > size)
		return img_fail(err, IMG_E_FORMAT, "it ends before its description does");
	b = malloc((size_t)len);
	if (!b)
		return img_fail_nomem(err);
	if (fseeko(f, -(off_t)len, SEEK_END) || fread(b, (size_t)len, 1, f) != 1)
		return img_fail(err, IMG_E_FORMAT, "its end cannot be read");
	if (memcmp(b, "DESC", 4) || load_le48(b + 4) != len || !find_image(b + 10, (size_t)len - 16, ret))
		return img_fail(err, IMG_E_FORMAT, "its description of the image is not understood");
	return 0;
}

int
jigdo_read(const char *path, struct sums_entry *ret, struct img_err *err)
{
	char head[sizeof MAGIC - 1];
	FILE *f = fopen(path, "rbe");
	struct stat st;
	int rc;

	if (!f)
		return IMG_E_UNKNOWN;
	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode) || fread(head, sizeof head, 1, f) != 1 ||
	    memcmp(head, MAGIC, sizeof head))
		rc = IMG_E_UNKNOWN;
	else
		rc = read_part(f, (uint64_t)st.st_size, ret, err);
	fclose(f);
	return rc;
}
