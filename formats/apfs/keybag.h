/* SPDX-License-Identifier: BSD-2-Clause */
/* Key bags: entries of an encrypted object, each for a volume or a user. */
#ifndef FORMATS_APFS_KEYBAG_H
#define FORMATS_APFS_KEYBAG_H

#include "formats/apfs/container.h"

enum { APFS_BAG_KEY = 2, APFS_BAG_UNLOCK = 3, APFS_BAG_HINT = 4 };

struct apfs_bag_entry {
	const uint8_t *uuid;		/* 16 bytes */
	uint16_t tag;
	const uint8_t *data;
	size_t n;
};

struct apfs_bag {
	uint8_t *bytes;			/* owned */
	size_t n;
};
/* The bag in @n blocks from @paddr on, locked with @uuid; @type: "keys" or "recs" as it stands in the object. */
int apfs_bag_read(struct apfs *c, uint64_t paddr, uint64_t n, const uint8_t uuid[16], uint32_t type, struct apfs_bag *ret,
		  struct img_err *err);
void apfs_bag_done(struct apfs_bag *b);
/* The next entry; *io_at is 0 before the first.  False: no more. */
bool apfs_bag_next(const struct apfs_bag *b, size_t *io_at, struct apfs_bag_entry *ret);

/* A wrapped key, and for one that a password opens how to make a key of it. */
struct apfs_wrapped {
	uint8_t uuid[16];
	uint32_t flags;
	uint8_t key[40], salt[64];
	size_t n_key, n_salt;
	uint64_t rounds;
};
int apfs_wrapped_parse(const uint8_t *b, size_t n, struct apfs_wrapped *ret, struct img_err *err);

#endif
