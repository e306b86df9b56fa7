/* SPDX-License-Identifier: BSD-2-Clause */
/* A window of files laid end to end as one source, and the sink that takes it apart again. */
#ifndef CONVERT_FILES_SINK_H
#define CONVERT_FILES_SINK_H

#include <pthread.h>

#include "img/extract.h"
#include "img/sink.h"
#include "img/tree.h"

struct disk;

/* A file with data, on its way out. */
struct out_node {
	struct img_node node;		/* its strings are in the window's arena */
	const char *path;		/* for messages */
	uint32_t dir;			/* on the disk */
	struct img_source *content;	/* owned; NULL for a hard link */
	uint64_t off, size;		/* in the window's source */
	uint64_t batch_end;		/* of the small files that travel together; 0: a file with cells of its own */
	struct img_source *first;	/* where its first byte lies */
	uint64_t first_at, seq;
	size_t first_name;		/* of a file with several: where the first one is */
	/* while it is written */
	int fd;				/* -1: not open */
	bool failed;
	uint64_t end;			/* of what was written */
	uint64_t left;			/* bytes to come */
};

struct files_sink {
	struct img_sink sink;
	struct img_extract *x;
	struct disk *disk;
	struct img_source *source;	/* the contents, end to end */
	struct out_node *v;
	size_t n;
	pthread_mutex_t lock;		/* guards what is written in @v and @made */
	uint64_t made;
};

/* Sort @v by place, lay them end to end.  The sink's fields x, disk, v, n are set by the caller. */
int files_sink_begin(struct files_sink *k, struct img_env *env, struct img_err *err);
/* Which file is at @off of the source? */
size_t files_sink_at(const struct files_sink *k, uint64_t off);
/* Close what is open; what is incomplete goes. */
void files_sink_end(struct files_sink *k);

/* Attributes of a file just written, as the options want them.  convert/extract_xattrs.c */
int extract_xattrs(struct img_extract *x, struct disk *disk, const struct out_node *n, int fd, struct img_err *err);

#endif
