/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read an image back share. */
#ifndef FORMATS_ISO9660_REPLAY_PRIVATE_H
#define FORMATS_ISO9660_REPLAY_PRIVATE_H

#include "formats/iso9660/boot_plan.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "formats/iso9660/replay.h"

#define REPLAY_PAD (150 * (uint64_t)ISO_SECTOR)	/* as the author pads */
#define REPLAY_NAMES 4		/* of one boot image, that are remembered */

/* Something in the image that may be a file of the tree. */
struct replay_spot {
	uint64_t off, len;	/* in the volume; @len as far as it is known */
	uint64_t size;		/* of the file that begins here */
	uint64_t next;		/* where the next file begins; UINT64_MAX: none */
	size_t n_names;
	char *name[REPLAY_NAMES];	/* paths in the tree, owned */
};

enum replay_scheme { REPLAY_MBR, REPLAY_GPT, REPLAY_APM };
#define REPLAY_PARTS (PLAN_MBR_PARTS + PLAN_GPT_PARTS + PLAN_APM_PARTS)

/* An entry of a partition table. */
struct replay_part {
	enum replay_scheme scheme;
	size_t index;			/* in its table */
	struct replay_spot spot;
	uint8_t chs_last[3];
	struct plan_part plan;
};

struct iso_replay {
	struct img_source *volume;	/* owned */
	struct img_tree *tree;		/* owned: the files */
	struct img_tree *own;		/* owned: the tree of ISO 9660 where @tree is UDF's; else NULL */
	struct iso *iso;		/* borrowed from either */
	bool lossy;
	size_t n_lost;
	enum iso_replay_remedy remedy;	/* of the failure */
	/* views */
	bool udf, md5, padded;
	unsigned int level;
	/* El Torito */
	struct et_catalog catalog;
	struct et_image image[ET_MAX_ENTRIES];
	uint8_t catalog_id[24];
	struct replay_spot boot[ET_MAX_ENTRIES], catalog_spot;
	uint64_t data_end;		/* of the last file */
	/* all that is known of the tables, with the boot images left to be found in the new tree */
	struct boot_plan *plan;
	size_t n_parts;
	struct replay_part part[REPLAY_PARTS];
	uint64_t gpt_end;		/* of what partitions may use */
	uint64_t append_off[ISO_MAX_APPEND], append_len[ISO_MAX_APPEND];
	uint64_t tables_end;		/* of partitions and the second GPT */
};

/* Something cannot be written again: fails, or notes it and goes on. */
int replay_lost(struct iso_replay *r, struct img_err *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Walk the tree: which files are started, what kind of names there are (replay_walk.c). */
int replay_walk(struct iso_replay *r, struct img_err *err);

static inline uint64_t
replay_end(const struct replay_part *p)
{
	return p->spot.off + p->spot.len;
}

/* The catalog (replay_boot.c), system area and partition tables (replay_read.c, replay_tables.c): first what they say; after
 * the walk what that means, into the plan, the tables before the catalog. */
int replay_boot_read(struct iso_replay *r, struct img_err *err);
int replay_tables_read(struct iso_replay *r, struct img_err *err);
int replay_tables_plan(struct iso_replay *r, struct img_err *err);
int replay_boot_plan(struct iso_replay *r, struct img_err *err);
const char *replay_scheme_name(enum replay_scheme s);

/* Does @again, the new image read back, start and look as @r does (replay_compare.c)? */
int replay_compare(const struct iso_replay *r, const struct iso_replay *again, struct img_err *err);

#endif
