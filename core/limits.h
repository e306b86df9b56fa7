/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounds against hostile input, each with its reason.  Those of struct img_limits can be raised by an option. */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdint.h>

/* One chunk goes through memory whole.  hdiutil writes 1 MiB; third-party images with 250 MiB exist.  --max-chunk. */
#define IMG_MAX_CHUNK (UINT64_C(512) << 20)

/* Block tables in memory.  A 1 TB DMG has about 1 million runs of 56 bytes. */
#define IMG_MAX_TABLE (UINT64_C(256) << 20)

/* Text of a property list.  1 MiB is ordinary; a 1 TB DMG has about 100 MiB. */
#define IMG_MAX_PLIST (UINT64_C(256) << 20)

/* Nesting of elements in a property list; real ones need 8. */
#define IMG_MAX_XML_DEPTH 32

/* What a stream's header may make a decoder allocate: covers xz presets up to -9 (64 MiB). */
#define IMG_MAX_DECODER (UINT64_C(192) << 20)

/* Decoded chunks kept for reads of parts of chunks. */
#define IMG_CACHE_BYTES (UINT64_C(16) << 20)

/* Containers inside containers. */
#define IMG_MAX_DEPTH 8

/* Partitions in one table: GPT images with 128 are ordinary, the array is capped anyway. */
#define IMG_MAX_PARTS 4096

/* Problems kept for one image; the rest is counted. */
#define IMG_MAX_PROBLEMS 64
/* The same while an image is made from files: every name that had to be changed. */
#define IMG_MAX_PROBLEMS_MAKING 1000000

/* A probe may read so much of a file in all, and so much of it through a container; whoever only looks at volumes may
 * read a little more.  Together with the trailer an image is described from 64 KiB beside its property list. */
#define IMG_PROBE_BUDGET (64 << 10)
#define IMG_PROBE_INSIDE (12 << 10)
#define IMG_LOOK_BUDGET (36 << 10)

/* What whole chunks may decode to for whoever only looks, over all he looks at: label and counts of a file system lie in
 * two or three chunks of 1 MiB.  Costs at most some 20 ms by zlib, 100 by bzip2, at any size of image. */
#define IMG_LOOK_CHUNKS (4 << 20)

/* Of a chunk, what may be decoded without the rest of it: superblocks lie in the first 68 KiB. */
#define IMG_MAX_HEAD (128 << 10)

/* The same for the files on plain sectors, where nothing has to be decoded: about a thousand are counted. */
#define IMG_LOOK_FILES (1 << 20)

/* A run's place in the decoded stream: beyond 2^60 bytes no file system can hold the output. */
#define IMG_MAX_SIZE (UINT64_C(1) << 60)

/* A path inside a tree.  40 folders of 255 bytes are ordinary in tests of file systems; a walk keeps the lists of all
 * folders on the way down, so this bounds their number too. */
#define IMG_MAX_PATH 32768

/* Folders that come by again below links to folders, for every folder there is: links in what is linked multiply.  A
 * Time Machine volume shows most folders once for each of its backups. */
#define IMG_MAX_REPEATS 256

#endif
