/* SPDX-License-Identifier: BSD-2-Clause */
/* A FAT volume from a tree: for EFI system partitions and boot media. */
#ifndef FORMATS_FAT_AUTHOR_H
#define FORMATS_FAT_AUTHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"
#include "img/source.h"
#include "img/tree.h"

struct fat_options {
	uint64_t size;		/* of the volume, bytes; 0: the smallest that holds the tree */
	uint64_t slack;		/* bytes that stay free beside the tree */
	unsigned int bits;	/* 12, 16, 32; 0: by size, as Microsoft does */
	uint32_t cluster_size;	/* bytes; 0: by type and size, as Microsoft does */
	uint32_t sector_size;	/* 512 (0), 1024, 2048, 4096 */
	uint32_t hidden_sectors;	/* in front of the volume on its disk */
	uint32_t serial;	/* 0: made from the names, sizes and times */
	const char *label;	/* up to 11 ASCII characters, made capital; NULL or "": none */
	const char *oem;	/* up to 8 ASCII characters; NULL: "MSWIN4.1", which old systems trust most */
	bool clamp;		/* no time is later than max_time (SOURCE_DATE_EPOCH) */
	int64_t max_time;
	bool lenient;		/* what FAT cannot hold is left out and a problem ("fat-left-out"), not a failure */
};

/* Lay out @tree as a FAT volume and return the finished volume as a source: nothing is read of the files before
 * somebody reads the volume.  The same tree and options give the same bytes, wherever and whenever.  Keeps names,
 * modification times (2 s, UTC) and, for files nobody may write, the read-only bit.
 *
 * IMG_E_UNSUPPORTED: something FAT cannot hold (links, devices, names, files of 4 GiB), named by its path.
 * IMG_E_NOSPACE: it does not fit; the message says how much is needed.  IMG_E_USAGE: options that exclude each
 * other. */
int fat_author(struct img_tree *tree, const struct fat_options *o, struct img_source **ret, struct img_err *err);

/* The author hook of the format, which makes FAT32; keys: bits=12|16|32|auto, cluster-size=BYTES, serial=HEX8,
 * hidden-sectors=N, leave-out (what FAT cannot hold is left out, not refused). */
int fat_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err);

#endif
