/* SPDX-License-Identifier: BSD-2-Clause */
/* What a format module offers, and how a file is opened: probing, the chain of containers, the volumes inside. */
#ifndef IMG_FORMAT_H
#define IMG_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/progress.h"

struct img_env;
struct img_rep;
struct img_sink_ops;
struct img_source;
struct img_tree;

/* How sure a format is; the more bits were verified, the higher. */
enum img_match {
	IMG_MATCH_NONE,
	IMG_MATCH_MAGIC,	/* a signature is there */
	IMG_MATCH_STRUCTURE,	/* the fields behind the signature make sense too */
	IMG_MATCH_PART,		/* it is but a part of the whole: goes before all who claim its bytes */
};

enum img_where { IMG_FROM_START, IMG_FROM_END };

struct img_magic {
	const void *bytes;
	size_t n;
	enum img_where where;
	uint64_t off;		/* from the start, or of the first byte before the end */
};

/* What an opener gets. */
struct img_open {
	struct img_source *below;	/* borrowed; take a reference to keep it */
	struct img_env *env;
	struct img_tree *folder;	/* where siblings (segments, bands) are asked for by name; NULL: nowhere */
	const char *name;		/* the file's own name in @folder; NULL if it has none */
	const char *inner;	/* of an archive: the path of the image in it; NULL: the only one */
	bool closed;		/* archives are not asked: their files are wanted */
};

/* What came out of an archive, and where: all owned by who asked. */
struct img_entered {
	struct img_source *source;
	struct img_tree *folder;
	char *name;
};

/* --names: how names are composed where that differs from what is stored.  Default: HFS+ composes what it keeps taken apart,
 * APFS shows what was typed. */
enum img_names { IMG_NAMES_DEFAULT, IMG_NAMES_NFC, IMG_NAMES_NFD, IMG_NAMES_RAW };

/* What a file system gets to show its files. */
struct img_tree_open {
	struct img_source *volume;	/* borrowed; take a reference to keep it */
	const char *view;		/* --view: "iso", "joliet", "rr", "udf"; NULL: the format's own choice */
	unsigned int session;		/* --session: 1…; 0: the last */
	const char *fs_volume;		/* --volume: of several that share the space (APFS), by name or number; NULL: all or the only */
	enum img_names names;		/* --names; asked of HFS+ and APFS only */
	const char *snapshot;		/* --snapshot: its name or number; NULL: the volume as it is now */
};

/* One partition, as its table says. */
struct img_part {
	uint32_t index;		/* as tools of that scheme count: GPT and MBR from 1 (logical from 5), APM from 1 */
	uint64_t start, len;	/* bytes in the source the table was read from; clipped to its size */
	char name[128];		/* UTF-8; "" if the scheme has none */
	char type[48];		/* "Apple_HFS", "0x83", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" */
	const char *type_title;	/* "EFI system partition"; static; NULL if not known */
	char uuid[40];		/* "" if none */
	uint64_t flags;		/* the scheme's own attribute bits */
	bool bootable;
	bool meta;		/* the map itself, free space, an extended partition: not a volume */
};

struct img_parts {
	const char *scheme;	/* "gpt", "mbr", "apm" */
	uint32_t sector_size;	/* unit the table counts in */
	bool protective;	/* an MBR that only guards a GPT: its entries are no volumes */
	size_t n;
	struct img_part *v;	/* owned; img_parts_done */
};
void img_parts_done(struct img_parts *p);
/* Append a copy; IMG_E_NOMEM, or IMG_E_LIMIT over IMG_MAX_PARTS. */
int img_parts_add(struct img_parts *p, const struct img_part *part, struct img_err *err);

/* What an author of a file system is told, whatever it makes.  Strings are borrowed until the call returns. */
enum img_owner { IMG_OWNER_DEFAULT, IMG_OWNER_KEEP, IMG_OWNER_SET };
enum img_mode { IMG_MODE_DEFAULT, IMG_MODE_KEEP, IMG_MODE_SET };

/* In place of one number of IMG_OWNER_SET or IMG_MODE_SET: as in the tree; as it is when nothing is asked for. */
#define IMG_AS_KEPT UINT32_MAX
#define IMG_AS_DEFAULT (UINT32_MAX - 1)

struct img_author_key {
	const char *key, *value;	/* "joliet", "no": what a format understands is in its documentation */
};

/* What an author is asked to tell about a node once it is laid out. */
struct img_author_told {
	const char *path;		/* in the tree */
	uint64_t id;			/* its number on the volume, 0: it has none */
	int64_t date;			/* when it came to be, as the volume says */
};

struct img_author_options {
	const char *label;		/* NULL: the format's default */
	int64_t epoch;			/* no time in the image is newer; IMG_NO_TIME: no bound */
	bool has_date;			/* the volume's own date is @date; else the newest time in the tree */
	int64_t date;
	enum img_owner owner;		/* default: the format's, which does not depend on who builds */
	uint32_t uid, gid;		/* IMG_OWNER_SET */
	enum img_mode mode;
	uint32_t file_mode, dir_mode;	/* IMG_MODE_SET */
	uint64_t size;			/* of the image, to leave room; 0: what is needed */
	bool xattrs;			/* attributes are wanted, where the format does not keep them anyway */
	const char *work_dir;		/* for what has to be made ahead, such as compressed files; NULL: TMPDIR */
	unsigned int threads;		/* for that; 0: one for each processor */
	img_progress_fn *progress;	/* of that, from the caller's thread; NULL: none */
	void *progress_ctx;
	size_t n_keys;
	const struct img_author_key *keys;
	size_t n_told;
	struct img_author_told *told;	/* filled in by authors that number their nodes */
};

struct img_format {
	const char *name;	/* "udif": the -f and -O word */
	const char *title;	/* "Apple disk image (UDIF)" */
	const char *suffixes;	/* ".dmg .smi": space-separated, the first is preferred; NULL: none */
	const char *mime;	/* NULL: application/octet-stream */
	const struct img_magic *magics;	/* ends with n == 0; any one that fits is IMG_MATCH_MAGIC.  NULL: ask confirm */
	/* Look closer: called when a magic fits (or there are none).  May read anywhere within the probe budget and must
	 * not fail because bytes are strange: that is IMG_MATCH_NONE.  NULL: the magic is all there is. */
	enum img_match (*confirm)(const struct img_open *o);
	/* Containers: source out.  The claim is final: if this fails, that is the error. */
	int (*open)(const struct img_open *o, struct img_source **ret, struct img_err *err);
	/* In place of open, for archives: siblings of what comes out are looked for there too. */
	int (*enter)(const struct img_open *o, struct img_entered *ret, struct img_err *err);
	/* Partition tables: fills @ret (zeroed before).  IMG_E_UNKNOWN when there is no such table; damage that leaves
	 * something to show is a problem of the environment, not a failure. */
	int (*parts)(struct img_source *disk, struct img_parts *ret, struct img_err *err);
	/* File systems: a tree out.  Their confirm gets the volume as o->below. */
	int (*tree)(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);
	/* Makes one: lay out @tree and return the finished image as a source, which any sink can write.  IMG_E_USAGE for a
	 * key it does not know.  NULL: this build cannot. */
	int (*author)(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret,
		      struct img_err *err);
	const struct img_sink_ops *sink;	/* NULL: this build cannot write it */
	bool wraps_anything;	/* a compressed stream: that it is one does not make it an image, and who is as sure goes first */
	bool plain;		/* its sectors are not decoded: looking at them costs no more than at those of a plain image */
	const char *const *sink_variants;	/* further -O words for the same sink ("udzo", …), ends with NULL */
};

/* By the role they play; each ends with NULL (formats/table.c). */
extern const struct img_format *const img_containers[];
extern const struct img_format *const img_partition_tables[];
extern const struct img_format *const img_file_systems[];

/* Number @i of the images that this build names and cannot read; NULL behind the last.  A name may come twice. */
const struct img_format *img_recognised(size_t i);

/* A format by its -f/-O word, over all tables; NULL if there is none. */
const struct img_format *img_format_by_name(const char *name);
/* The container, read or only recognised, that a file of this name should be; NULL: plain sectors, or nothing is said. */
const struct img_format *img_format_promised(const char *file_name);

/* ---- opening ---- */

#define IMG_CHAIN_MAX 10

/* A file opened down to its sectors: the layers from the file upwards. */
struct img_image {
	struct img_env *env;			/* borrowed */
	struct img_source *file;		/* the bytes of the file itself */
	unsigned int n;				/* containers opened, outermost first; 0 for a plain raw image */
	struct {
		const struct img_format *format;
		struct img_source *source;
	} layer[IMG_CHAIN_MAX];
	struct img_source *top;			/* the sectors; borrowed from the last layer, or the file */
	struct img_tree *folder;		/* of an archive that was entered last, and the name there; else NULL */
	char *name;
	unsigned int entered;			/* how many layers were open then */
	struct img_err locked;			/* not 0: the last layer can be described but not read, and why */
};

/* Open @file (its reference is taken on success) and every container inside.  @from: the -f word, which claims the
 * outermost layer ("raw": open nothing); NULL: probe.  @folder and @name as in struct img_open.
 *
 * A source that no container claims is raw; it is accepted if it holds a partition table or file system we know, or with
 * @from "raw"; else IMG_E_UNKNOWN with a guess of what it is.  A container whose password is missing or wrong, or which this
 * build only recognises, is opened to be described: then ret->locked says why nothing can be read. */
int img_image_open(struct img_source *file, const char *from, struct img_tree *folder, const char *name,
		   struct img_image *ret, struct img_err *err);
/* The same; @o->inner: an archive is opened, and @from is about what lies at that path in it.  @o->closed: none is.
 * @o->below and @o->env are not looked at. */
int img_image_open_as(struct img_source *file, const char *from, const struct img_open *o, struct img_image *ret,
		      struct img_err *err);
void img_image_done(struct img_image *im);

/* The container that claims @ends, a stream that came by and of which the ends are known (core/flow.h); NULL: none does. */
int img_late_claim(struct img_source *ends, const struct img_format **ret, struct img_err *err);

/* ---- what lies on the sectors ---- */

/* A file system recognised by its signature. */
struct img_fs_hint {
	const char *name;	/* "hfs+", "apfs", "iso9660": the JSON word */
	const char *title;	/* "HFS+" */
};
/* The first signature found in @volume, or NULL.  Reads a few sectors. */
const struct img_fs_hint *img_fs_probe(struct img_source *volume);

/* The files of a volume: the file system that claims it with the most right opens it (a bridge disc has two).
 * IMG_E_UNKNOWN when no file system this build reads is there. */
int img_volume_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);

/* One range of the disk, with all who claim it. */
struct img_volume {
	uint64_t off, len;
	const struct img_part *part;		/* of the first table that lists it; NULL: the whole source */
	const char *schemes;			/* "gpt", or "gpt mbr apm" when several list the same range; owned */
	const struct img_fs_hint *fs;		/* NULL: not recognised, or not examined */
};

struct img_volumes {
	size_t n_tables;
	struct img_parts table[4];		/* every partition table found, in the order of img_partition_tables */
	size_t n;
	struct img_volume *v;			/* each range once, by offset */
};

/* Find the partition tables and file systems of @s.  Never fails because of damage: that is a problem of the env.
 * @probe_fs: also look for file systems. */
int img_volumes(struct img_source *s, bool probe_fs, struct img_volumes *ret, struct img_err *err);
void img_volumes_done(struct img_volumes *v);

/* Is there a partition table or file system on @s that we know? */
bool img_volumes_any(struct img_source *s);

/* The partition -P asks for: a number, or a name (a partition's own, or its type), compared without case.  An error
 * lists what there is. */
int img_volumes_pick(const struct img_volumes *v, const char *which, const struct img_volume **ret, struct img_err *err);

#endif
