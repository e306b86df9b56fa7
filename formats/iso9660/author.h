/* SPDX-License-Identifier: BSD-2-Clause */
/* Making ISO 9660: a tree in, the finished image out, as a source.  Nothing is written: everything that depends on sizes
 * is settled here, bytes are made when somebody reads them, the data of files stay where the tree has them. */
#ifndef FORMATS_ISO9660_AUTHOR_H
#define FORMATS_ISO9660_AUTHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct img_digest;
struct img_rep;
struct img_source;
struct img_tree;

#define ISO_SYSTEM_AREA 32768	/* bytes in front of the descriptors */
#define ISO_MAX_BOOT 16		/* boot entries */
#define ISO_MAX_APPEND 8	/* partitions behind the volume */

enum iso_choice { ISO_AUTO, ISO_YES, ISO_NO };
enum iso_xattrs { ISO_XATTRS_NONE, ISO_XATTRS_USER, ISO_XATTRS_ALL };	/* USER: with access control lists */

/* Something firmware may start. */
struct iso_boot {
	const char *path;		/* in the tree; NULL: @source or @append */
	struct img_source *source;	/* borrowed; stored without a name */
	int append;			/* index + 1 into the appended partitions; 0: none */
	uint8_t platform;		/* enum et_platform */
	uint8_t media;			/* 0: none, 1 to 3: floppy disks by size, 4: hard disk */
	uint8_t system;			/* partition type, for hard disks */
	uint16_t segment;		/* 0: 7c0 */
	uint32_t sectors;		/* of 512 bytes to be loaded; 0: what fits the platform and the program */
	bool info_table;		/* patch the boot information table into the program (isolinux, GRUB) */
	bool grub2;			/* patch GRUB 2's own information */
};

/* A partition behind the volume. */
struct iso_append {
	struct img_source *source;	/* borrowed */
	const char *path;		/* its file in the tree, whose data are then stored here only; NULL: none */
	uint8_t mbr_type;
	uint8_t guid[16];		/* of its type, as stored */
	uint32_t align;			/* bytes; 0: 2048 */
};

/* Where everything came to lie; known as soon as iso_author returns. */
struct iso_layout {
	uint64_t volume;		/* bytes that the volume descriptor claims */
	uint64_t size;			/* of the whole image */
	uint32_t catalog;		/* block of the boot catalog; 0: none */
	size_t n_boot, n_append;
	struct {
		uint64_t off, len;
		uint16_t sectors;	/* as the catalog has it */
		uint8_t platform, media;
	} boot[ISO_MAX_BOOT];
	struct {
		uint64_t off, len;
	} append[ISO_MAX_APPEND];
	int64_t date;			/* of the volume, seconds since 1970 */
	uint64_t n_files, n_dirs, n_links;
	uint64_t n_zisofs, zisofs_plain, zisofs_stored;	/* files compressed, their bytes before and after */
	uint64_t n_renamed[4];		/* names that the plain tree, Joliet, ISO 9660:1999 and UDF hold otherwise */
	uint64_t n_attributes;
	bool udf, joliet, rock_ridge;
	struct iso_author *author;	/* for iso_layout_find */
};

/* Partition tables are somebody else's business; these are called once the layout stands. */
struct iso_hybrid {
	void *ctx;
	/* Size of the image, when everything up to @end is laid out: room for a backup table, whole cylinders.  At least
	 * @end, a multiple of 512.  NULL: @end. */
	int (*size)(void *ctx, const struct iso_layout *l, uint64_t end, uint64_t *ret_size, struct img_err *err);
	/* Fill the system area, which holds what o->system_area had, and the last @tail_len bytes of the image. */
	int (*fill)(void *ctx, const struct iso_layout *l, uint8_t head[ISO_SYSTEM_AREA], uint8_t *tail, size_t tail_len,
		    struct img_err *err);
	size_t tail_len;		/* a multiple of 2048; with l->udf the first 512 bytes of its last block are not @fill's */
	bool whole_volume;		/* the volume descriptor claims the whole image */
	/* Tell what was made, for whoever plans; NULL: nothing to tell. */
	int (*describe)(void *ctx, const struct iso_layout *l, struct img_source *image, struct img_rep *rep,
			struct img_err *err);
	/* Once iso_author has succeeded the image owns @ctx and gives it back here.  NULL: it stays the caller's. */
	void (*destroy)(void *ctx);
};

struct iso_weight {
	const char *path;		/* in the tree: a file, a folder and all in it, or a pattern for such paths */
	int32_t weight;			/* heavier files come first */
};

struct iso_vd;

/* A volume that is written again with other files (replay.h): what stays as it was. */
struct iso_again {
	struct img_source *volume;	/* files whose data lie in it stay in their order, and go on sharing what they share */
	uint64_t catalog;		/* where its boot catalog lay, bytes */
	uint8_t catalog_id[24];		/* who made it, as the catalog says */
	const struct iso_vd *vd[3];	/* primary, Joliet, ISO 9660:1999: texts, dates, the application's bytes; NULL: none */
	bool relabel;			/* but for the label */
	/* Was node @id of the new tree there before?  Then its identifier in the primary tree; *ret_n is 0 if that is not known. */
	bool (*identifier)(void *ctx, uint64_t id, uint8_t ret[255], size_t *ret_n);
	void *ctx;
};

/* Files and folders that some trees do not show; their data are in the image all the same. */
enum iso_hide_in {
	ISO_HIDE_ISO = 1, ISO_HIDE_JOLIET = 2,
	ISO_HIDE_SHOWN = 4		/* shown, with the flag that makes DOS pass over it */
};
struct iso_hide {
	const char *glob;		/* for any name or, with a slash, for whole paths */
	uint8_t in;			/* enum iso_hide_in */
};

struct iso_options {
	/* identity */
	const char *label, *volume_set, *publisher, *preparer, *application, *system_id;	/* NULL: the default */
	const char *copyright, *abstract, *bibliographic;	/* names of files in the root */
	/* views */
	unsigned int level;		/* 1 to 4; 0: 3 */
	unsigned int joliet_units;	/* longest name: 64 or 103; 0: 103 */
	enum iso_choice joliet, rock_ridge, udf;	/* ISO_AUTO: yes, yes, if a file is 4 GiB or larger */
	/* nodes */
	int64_t epoch;			/* newest time that may stand in the image; IMG_NO_TIME: no bound */
	bool has_file_date;		/* every file has the time @file_date, whatever it has in the tree */
	int64_t file_date;
	bool has_date;			/* @date is the volume's own date, whatever the times of files */
	int64_t date;
	enum img_owner owner;		/* default: 0:0 */
	uint32_t uid, gid;		/* IMG_OWNER_SET */
	enum img_mode mode;		/* default: 0444, 0555 for programs and folders */
	uint32_t file_mode, dir_mode;	/* IMG_MODE_SET */
	bool dedupe;			/* files of equal content are stored once */
	enum iso_xattrs xattrs;		/* attributes to be kept, with Rock Ridge */
	bool zisofs;			/* files that shrink by it are stored compressed; needs Rock Ridge */
	bool zisofs_marked;		/* files that hold zisofs already (mkzftree) are said to */
	bool zisofs_v2;			/* also those of 4 GiB and more, in a form that few readers know */
	uint8_t zisofs_bits;		/* log2 of the block: 15 to 17, 0: 15 */
	int zisofs_level;		/* of zlib; negative: its own choice */
	const char *work_dir;		/* for files compressed ahead; NULL: TMPDIR */
	unsigned int threads;		/* to compress on; 0: one for each processor */
	img_progress_fn *progress;	/* of compressing; NULL: none */
	void *progress_ctx;
	/* data */
	enum iso_choice pad;		/* 150 sectors of zeros; ISO_AUTO: up to 900 MB */
	size_t n_weights;
	const struct iso_weight *weights;
	size_t n_hides;
	const struct iso_hide *hides;
	/* boot */
	size_t n_boot;
	const struct iso_boot *boot;	/* the first is the initial entry */
	const char *catalog;		/* its path in the tree; NULL: it has no name */
	struct img_source *system_area;	/* borrowed; its first 32 KiB at most */
	uint32_t partition_offset;	/* blocks: a second set of descriptors for a volume that begins there; 0 or 16 */
	size_t n_append;
	const struct iso_append *append;
	const struct iso_hybrid *hybrid;	/* NULL: none */
	bool implant_md5;		/* leave a field for iso_implant_field */
	const struct iso_again *again;	/* NULL: a new volume */
};

void iso_options_default(struct iso_options *ret);

/* Lay out @tree.  The source keeps a reference to @tree and to whatever of @o it needs; strings are copied. */
int iso_author(struct img_tree *tree, const struct iso_options *o, struct img_source **ret, struct img_err *err);

/* Of a source that iso_author made. */
const struct iso_layout *iso_layout_of(struct img_source *s);
/* Where the data of @path lie; IMG_E_UNKNOWN when there is no such file. */
int iso_layout_find(const struct iso_layout *l, const char *path, uint64_t *ret_off, uint64_t *ret_len,
		    struct img_err *err);
/* What the image holds, into a digest: names, sizes, times and places. */
int iso_layout_feed(const struct iso_layout *l, const struct img_digest *d, void *state, struct img_err *err);

/* The sum that implantisomd5 would make, of a whole image written with implant_md5 (in order, from the first byte on), and
 * the field that holds it, at ISO_IMPLANT_OFF; @sum NULL: the field before. */
#define ISO_IMPLANT_OFF (16 * 2048 + 883)
#define ISO_IMPLANT_LEN 512
extern const struct img_digest iso_implant_digest;
void iso_implant_field(uint64_t volume, const uint8_t *sum, uint8_t ret[ISO_IMPLANT_LEN]);

/* The author hook of the format. */
int iso_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret,
		    struct img_err *err);

#endif
