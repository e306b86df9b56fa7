/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink writes one format: the engine hands it the source's bytes in units, cut to its grid. */
#ifndef IMG_SINK_H
#define IMG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/source.h"

struct enc_seal;
struct img_author_key;
struct img_out;
struct img_sink;
struct img_volumes;

/* One piece of a job on its way through. */
struct img_unit {
	uint64_t seq, off, len;
	enum img_kind kind;	/* IMG_HOLE and IMG_ZERO carry no bytes, however long; else IMG_DATA */
	const uint8_t *raw;	/* decoded; NULL when nobody needs them.  encode sets it to NULL when append does not */
	/* Accepted: take the stored bytes as they lie.  A chunk's are in @stored; plain data are for append to fetch. */
	const struct img_extent *as_is;
	void *stored;		/* made by encode, from malloc: the engine frees it; for as_is the chunk */
	size_t n_stored;
	uint64_t note[4];	/* encode tells append: method, CRC */
};

enum img_sink_needs {
	IMG_NEEDS_SIZE = 1 << 0,	/* the source's size must be known */
	IMG_NEEDS_SEEK = 1 << 1,	/* the out must seek */
	IMG_NEEDS_MAP = 1 << 2,		/* the source's map, ahead of its bytes */
	IMG_NEEDS_VOLUMES = 1 << 3,	/* job->volumes, with file systems */
	IMG_NEEDS_FOLDER = 1 << 4,	/* the out is a folder, and what goes in it its children */
};

enum img_sink_flags {
	IMG_ANY_ORDER = 1 << 0,	/* append may come from any worker, in any order */
	IMG_RAW_TOO = 1 << 1,	/* encode sums the decoded bytes of an accepted chunk as well */
};

/* Something small that goes into the image beside the sectors, where the format has a place for it: a licence. */
struct img_resource {
	char type[5];		/* "TEXT" */
	int32_t id;
	const char *name;	/* ASCII */
	const void *data;
	size_t len;
};

/* What a sink is told about the job. */
struct img_sink_job {
	struct img_source *source;		/* borrowed */
	const struct img_volumes *volumes;	/* of the source; NULL: not looked for */
	const char *variant;			/* the -O word ("udbz"); NULL: the format's default */
	bool compress;				/* -c, --compress: asked for in so many words */
	const char *method;			/* --compress: a codec's name, or "none"; NULL: the variant's own */
	int level;				/* of compression; -1: the format's default */
	uint32_t min_macos;			/* oldest macOS to open the target, major << 8 | minor; 0: any */
	uint32_t sparse;			/* smallest run of zeros that becomes a hole; 0: none */
	const struct img_resource *resources;	/* by type; borrowed until the sink is destroyed */
	size_t n_resources;
	struct enc_seal *seal;			/* of a folder: the sink encrypts what it writes; NULL: nothing is encrypted */
	const char *name;			/* of the target, without its folder */
	uint64_t split;				/* bytes of each file of the target, 0: one file; then the out is a set of parts */
	const struct img_author_key *keys;	/* --opt; those of others are passed over */
	size_t n_keys;
};

struct img_sink_ops {
	uint32_t needs;		/* enum img_sink_needs: checked before a byte is written */
	/* The target is always several files, called so, and its out a set of parts.  NULL: it is one. */
	char *(*several)(const char *path, size_t i);
	bool shrinks;		/* what is written may be far less than what is read */
	const char *usual_fs;	/* the word of --fs for what files are put into in it, unless one is given.  NULL: one must be */
	const char *const *keys;	/* of --opt that it understands, ends with NULL: no author uses them.  NULL: none */
	char *(*part_name)(const char *path, size_t i);	/* --split: what file @i is called, from 0 on.  NULL: cannot */
	/* Can the options of @job be met?  Asked before anything is opened: source and volumes are NULL.  NULL: any can. */
	int (*options)(const struct img_sink_job *job, struct img_err *err);
	int (*begin)(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err);
	/* End of the cell that begins at @off; NULL: the source's chunks. */
	uint64_t (*cut)(const struct img_sink *k, uint64_t off);
	/* Store @e as it is?  Asked for a chunk that is visible whole and fills its cell, and where there are no cells for
	 * plain data.  NULL: never. */
	bool (*accept)(const struct img_sink *k, const struct img_extent *e);
	/* Turn u->raw into u->stored; pure, any thread.  Also called for units that were accepted.  NULL: nothing to do. */
	int (*encode)(const struct img_sink *k, struct img_unit *u, struct img_err *err);
	/* In order, one thread, unless IMG_ANY_ORDER. */
	int (*append)(struct img_sink *k, const struct img_unit *u, struct img_err *err);
	/* Write what remains; the out is committed by the caller. */
	int (*finish)(struct img_sink *k, struct img_err *err);
	void (*destroy)(struct img_sink *k);	/* without finish: abandon */
};

struct img_sink {		/* first member of every sink's own struct */
	const struct img_sink_ops *ops;
	struct img_out *out;	/* borrowed */
	uint32_t flags;		/* enum img_sink_flags */
};

/* Is @key of --opt for a sink?  Whose; NULL: none. */
const struct img_sink_ops *img_sink_of_key(const char *key);

/* Does @job ask for compression?  --compress none does not. */
bool img_sink_job_packs(const struct img_sink_job *job);

extern const struct img_sink_ops img_sink_raw;
extern const struct img_sink_ops img_sink_null;

#endif
