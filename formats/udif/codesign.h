/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple's code signature as it stands in a file: a SuperBlob of blobs, some of them code directories, which hold hashes of
 * the file and of the other blobs.  Facts: docs/formats/codesign.md. */
#ifndef FORMATS_UDIF_CODESIGN_H
#define FORMATS_UDIF_CODESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_digest;
struct img_source;

/* Names of blobs in the SuperBlob, and, with the sign reversed, of the special hashes in front of a directory's others. */
enum codesign_slot {
	CODESIGN_DIRECTORY = 0,
	CODESIGN_INFO = 1,		/* Info.plist of a bundle */
	CODESIGN_REQUIREMENTS = 2,
	CODESIGN_RESOURCES = 3,		/* CodeResources of a bundle */
	CODESIGN_ENTITLEMENTS = 5,
	CODESIGN_TRAILER = 6,		/* "rep specific"; of a disk image its trailer */
	CODESIGN_ENTITLEMENTS_DER = 7,
	CODESIGN_ALTERNATE = 0x1000,	/* further directories, for other hashes: up to five */
	CODESIGN_CMS = 0x10000,
	CODESIGN_TICKET = 0x10002,	/* of the notary, stapled */
};

#define CODESIGN_MAX_BLOBS 64
#define CODESIGN_MAX_DIRECTORIES 6
#define CODESIGN_MAX_CMS (1 << 20)	/* with time stamp and four certificates one has 12 KiB */

struct codesign_blob {
	uint32_t slot, magic;
	uint64_t off;		/* in the file */
	uint32_t len;		/* with its head of 8 bytes */
};

struct codesign_directory {
	uint32_t slot;
	uint8_t *bytes;		/* owned */
	size_t len;
	uint32_t version, flags, hash_off, ident_off, n_special, n_code, team_off;
	uint64_t code_limit;
	unsigned int hash_size, hash_type, page_shift;
	const struct img_digest *digest;	/* NULL: one that is not known here */
};

struct codesign {
	size_t n_dirs;		/* at least 1; the first is that of slot 0, which the CMS signature covers */
	struct codesign_directory dir[CODESIGN_MAX_DIRECTORIES];
	size_t n_blobs;
	struct codesign_blob blob[CODESIGN_MAX_BLOBS];
};

/* Parse the SuperBlob in the @len bytes at @off of @file.  *ret_found is false, and all is well, when there is none;
 * IMG_E_FORMAT says what is wrong with one that is there. */
int codesign_read(struct img_source *file, uint64_t off, uint64_t len, struct codesign *ret, bool *ret_found,
		  struct img_err *err);
void codesign_done(struct codesign *cs);

/* NULL: there is none. */
const struct codesign_blob *codesign_find(const struct codesign *cs, uint32_t slot);
/* The directory with the strongest hash that is known here; NULL: none is known. */
const struct codesign_directory *codesign_best(const struct codesign *cs);
/* The string at @off of the directory; NULL if there is none. */
const char *codesign_string(const struct codesign_directory *d, uint32_t off);
/* The hash number @slot, which is negative for special ones; NULL: there is none, or it is zeros. */
const uint8_t *codesign_hash(const struct codesign_directory *d, int64_t slot);
/* The directory's own hash, as long as its algorithm makes it (its first 20 bytes are the "cdhash"), into @ret; false: the
 * algorithm is not known, or there is no memory. */
#define CODESIGN_CDHASH 20
bool codesign_sum(const struct codesign_directory *d, uint8_t *ret);
/* The payload of the CMS blob; from malloc.  *ret is NULL if there is none (signed ad hoc). */
int codesign_cms(struct img_source *file, const struct codesign *cs, uint8_t **ret, size_t *ret_len, struct img_err *err);

#endif
