/* SPDX-License-Identifier: BSD-2-Clause */
/* How an image starts, as plain data.  Several produce a plan: keys of the command line with what the tree holds
 * (boot_wish.h), or an image that is taken up again.  One consumes it (boot_apply.c: the author's options, and the tables
 * once the layout stands), one tells it (boot_tell.c).
 *
 * A producer fills in whatever it wants; nothing but the arrays' bounds is assumed.  boot_plan_check says what cannot be. */
#ifndef FORMATS_ISO9660_BOOT_PLAN_H
#define FORMATS_ISO9660_BOOT_PLAN_H

#include "core/memory.h"
#include "formats/iso9660/author.h"

struct img_rep;

#define PLAN_MBR_PARTS 4
#define PLAN_GPT_PARTS 16
#define PLAN_APM_PARTS 6	/* with the map's own: the GPT array behind them still fits */

/* What a partition covers: told by meaning, since addresses come with the layout. */
enum plan_range {
	PLAN_UNUSED,
	PLAN_IMAGE,		/* from the first sector to the last; in a GPT to the last usable */
	PLAN_VOLUME,		/* from the partition offset to the first appended partition or, without one, as PLAN_IMAGE */
	PLAN_BOOT,		/* boot image @index */
	PLAN_APPEND,		/* appended partition @index */
	PLAN_PROTECT,		/* from sector 1 to the end: what guards a GPT */
	PLAN_GAP,		/* between its neighbours in the table, so that there is no hole; gone when there is none */
	PLAN_DUMMY,		/* sector 0, so that firmware that wants an active partition finds one */
	PLAN_MAP		/* APM: the map itself */
};

struct plan_part {
	enum plan_range what;
	unsigned int index;
	/* MBR */
	uint8_t mbr_type;
	bool active;
	/* GPT */
	uint8_t guid_type[16];		/* as stored */
	bool has_guid;
	uint8_t guid[16];		/* of the partition; else made from the layout */
	uint64_t attributes;
	/* GPT and APM: ASCII */
	char name[36];
	char apm_type[32];
	uint32_t apm_status;
	/* known once the image is laid out: bytes */
	uint64_t off, len;
};

/* What the boot code in the MBR is, which decides what is patched into it. */
enum plan_code {
	PLAN_NO_CODE,		/* zeros */
	PLAN_ISOLINUX,		/* isohdpfx.bin and its sisters: 432 is the sector of isolinux.bin */
	PLAN_GRUB2,		/* boot_hybrid.img: 432 is the sector of the second part of its El Torito image */
	PLAN_OTHER_CODE		/* as it is */
};

struct boot_plan {
	struct img_arena *arena;	/* of strings */
	/* El Torito */
	size_t n_boot;
	struct iso_boot boot[ISO_MAX_BOOT];	/* paths in the arena, sources owned */
	char *catalog;			/* path of its file; NULL: it has no name */
	/* behind the volume */
	size_t n_append;
	struct iso_append append[ISO_MAX_APPEND];	/* sources owned */
	/* system area */
	enum plan_code code;
	unsigned int code_boot;		/* the entry that the code starts */
	bool has_head;
	uint8_t head[ISO_SYSTEM_AREA];	/* code; what the tables need is laid over it */
	bool has_mbr;			/* write a partition table, and the signature 55 AA */
	struct plan_part mbr[PLAN_MBR_PARTS];
	bool has_mbr_id;
	uint32_t mbr_id;		/* else made from the layout */
	uint8_t heads, track;		/* geometry of CHS addresses; 0: 64, 32, isohybrid's */
	bool cylinders;			/* the image ends with a whole cylinder, while it has fewer than 1025 */
	bool has_gpt;
	struct plan_part gpt[PLAN_GPT_PARTS];
	bool has_disk_guid;
	uint8_t disk_guid[16];
	size_t n_apm;			/* without the map's own entry; 0: no APM */
	struct plan_part apm[PLAN_APM_PARTS];
	uint32_t partition_offset;	/* blocks: 0 or 16 */
	bool has_date;			/* of the volume */
	int64_t date;
	char salt[128];			/* what ids are made of beside the layout: label and the like */
	/* for the report: what has no path in the tree; may be empty */
	const char *boot_name[ISO_MAX_BOOT];
	bool boot_folder[ISO_MAX_BOOT];	/* built of a folder of that name */
	char append_number[ISO_MAX_APPEND][4];
};

int boot_plan_new(struct boot_plan **ret, struct img_err *err);
struct boot_plan *boot_plan_free(struct boot_plan *p);		/* NULL accepted; returns NULL */
#define img_autoplan __attribute__((cleanup(boot_plan_freep_)))
static inline void
boot_plan_freep_(struct boot_plan **p)
{
	boot_plan_free(*p);
}

/* Entries of the Apple map that cover nothing leave no hole. */
void boot_plan_close_apm(struct boot_plan *p);
/* Does anything start? */
bool boot_plan_empty(const struct boot_plan *p);
/* Whatever contradicts itself or does nothing: IMG_E_USAGE. */
int boot_plan_check(const struct boot_plan *p, struct img_err *err);

/* Point @o at the plan: boot entries, appended partitions, partition tables, date.  @ret becomes o->hybrid and lives as
 * long as @o is used; a plan that has nothing to do leaves o->hybrid alone.  With o->hybrid the plan goes to the image
 * that iso_author makes, which frees it in the end; if iso_author fails it is still the caller's. */
int boot_plan_apply(struct boot_plan *p, struct iso_options *o, struct iso_hybrid *ret, struct img_err *err);

/* The author's keys (author_options.c), with a plan of somebody else in place of theirs (NULL: what the keys say).
 * @plan is taken on success; keys about booting beside one are IMG_E_USAGE. */
int iso_author_planned(struct img_tree *tree, const struct img_author_options *o, struct boot_plan *plan,
		       struct img_source **ret, struct img_err *err);

/* ---- pieces a producer may want ---- */

/* What is this boot code?  @n bytes of it. */
enum plan_code boot_code_look(const uint8_t *p, size_t n);
/* Loaders that fetch the rest of themselves want to know where they lie: set info_table, grub2. */
int boot_program_look(struct iso_boot *b, struct img_source *s, struct img_err *err);
/* Types of GPT partitions, as stored. */
extern const uint8_t boot_guid_esp[16], boot_guid_data[16], boot_guid_hfs[16], boot_guid_linux[16];

/* ---- the report ---- */

/* Catalog, partitions, what firmware will find: into an object, with the addresses of @l. */
int boot_plan_describe(const struct boot_plan *p, const struct iso_layout *l, struct img_source *image, struct img_rep *rep,
		       struct img_err *err);

#endif
