/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the author hand to each other: nodes, the plan, directories, the image. */
#ifndef FORMATS_FAT_PLAN_H
#define FORMATS_FAT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "formats/fat/author.h"
#include "formats/fat/layout.h"
#include "formats/fat/names.h"
#include "formats/fat/times.h"

/* One name. */
struct fat_node {
	struct fat_node *parent;	/* NULL: the root */
	struct fat_node *next;		/* in the folder, by byte order of names */
	struct fat_node *all_next;	/* of the scan's folders, or of its files */
	struct fat_node *first, *last;	/* of a folder */
	const char *name;
	uint64_t id;
	uint32_t size;
	bool dir, alone, wants_tail;	/* @alone: no long name */
	uint8_t attributes, cases;
	uint8_t short_name[FAT_NAME_LEN];
	struct fat_time time;
	uint32_t slots;			/* entries it takes in its parent */
	uint32_t held;			/* entries a folder holds, with dots or label */
	uint32_t cluster, n_clusters;	/* 0, 0: none */
	size_t dir_off;			/* of a folder's entries, in the block of all directories */
};

struct fat_scan {
	struct img_tree *tree;
	struct img_arena *arena;
	struct fat_node root;		/* first of the folders */
	struct fat_node *last_dir;
	struct fat_node *files, *last_file;	/* in the order of the walk */
	size_t n_dirs, n_files;
	bool has_label;
	uint8_t label[FAT_NAME_LEN];
	struct img_time newest;		/* after clamping */
	struct fat_time label_time;
};

/* "a/b", cut at the front if it does not fit; returns @ret. */
#define FAT_PATH_ROOM 300
const char *fat_node_path(const struct fat_node *n, char ret[FAT_PATH_ROOM]);

/* ---- scan.c ---- */
int fat_scan(struct img_tree *tree, const struct fat_options *o, struct fat_scan *ret, struct img_err *err);
void fat_scan_done(struct fat_scan *s);
/* Something FAT cannot hold: a failure, or with o->lenient a problem and 0. */
int fat_refuse(struct img_env *env, const struct fat_options *o, struct img_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- short.c: short names for the children of @dir; those with a name that is there already go or fail ---- */
int fat_shorten(struct img_env *env, struct fat_node *dir, const struct fat_options *o, struct img_err *err);

/* ---- plan.c ---- */
/* Type, cluster size, lengths: all of *ret but for what emit knows. */
int fat_plan(const struct fat_scan *s, const struct fat_options *o, struct fat_boot *ret, struct fat_geometry *ret_geo,
	     struct img_err *err);

/* ---- emit.c ---- */
/* Give every folder and file its clusters; *ret_used: how many in all. */
void fat_place(struct fat_scan *s, const struct fat_geometry *g, uint32_t *ret_used);
/* All directories, one behind the other, in the order of the scan. */
int fat_emit_directories(struct fat_scan *s, const struct fat_geometry *g, uint8_t **ret, size_t *ret_len,
			 struct img_err *err);
/* The reserved sectors as far as they are not zero. */
int fat_emit_boot(const struct fat_boot *b, uint32_t n_free, uint32_t next_free, uint8_t **ret, size_t *ret_len,
		  struct img_err *err);

/* ---- image.c: the volume as a source ---- */

/* Clusters side by side that belong to one file or folder. */
struct fat_owner {
	uint32_t cluster, n;
	uint32_t len;			/* bytes, the rest of the last cluster is zeros */
	struct img_source *from;	/* the file's content; NULL: a directory */
	size_t dir_off;			/* of a directory: in the block of all directories */
};

struct fat_parts {
	struct fat_boot boot;
	struct fat_geometry geo;
	uint8_t *head;			/* reserved sectors */
	size_t head_len;
	uint8_t *dirs;			/* the fixed root comes first, if there is one */
	size_t dirs_len, root_len;
	struct fat_owner *owners;	/* by cluster, without gaps from cluster 2 on */
	size_t n_owners;
	uint32_t n_used;
};
/* Takes what @parts points at, on success. */
int fat_image(struct img_env *env, const struct fat_parts *parts, struct img_source **ret, struct img_err *err);
void fat_parts_done(struct fat_parts *p);

#endif
