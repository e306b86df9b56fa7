/* SPDX-License-Identifier: BSD-2-Clause */
/* --split: a target in several files. */
#ifndef CONVERT_PARTS_H
#define CONVERT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/out.h"

struct cmdline;
struct conv_options;
struct img_digest;
struct img_env;
struct target;

/* The options --split and --split-names. */
int parts_set_size(const struct cmdline *c, struct conv_options *o, struct img_err *err);
int parts_set_names(const struct cmdline *c, struct conv_options *o, struct img_err *err);

struct parts {
	char *path;			/* what their names are made of; NULL: no --split */
	char *first;			/* the name of the first */
	img_out_part_name *name;
	bool even;			/* plain cuts of the stream; else the sink has a way of its own */
	uint64_t each;
	size_t n;			/* once they are there */
};

/* Without DEST's format: the name it is told by, ".001" and the like taken off. */
int parts_name(const struct conv_options *o, struct parts *ret, struct img_err *err);
/* How they are called; @own: what the target's format calls parts that it makes itself, NULL: it makes none. */
int parts_choose(const struct conv_options *o, img_out_part_name *own, struct parts *io, struct img_err *err);
/* IMG_E_LIMIT when so many bytes are too many files. */
int parts_fit(const struct parts *p, uint64_t size, struct img_err *err);
int parts_open(const struct parts *p, struct target *t, bool overwrite, struct img_out **ret, struct img_err *err);
/* How many were written. */
void parts_count(struct parts *p, struct img_out *out);
/* A list of their sums: what --checksum leaves beside them. */
int parts_sums(const struct parts *p, struct img_env *env, const char *sidecar, const struct img_digest *d, bool replace,
	       struct img_err *err);
/* Bytes they take on disk. */
uint64_t parts_on_disk(const struct parts *p);
void parts_done(struct parts *p);

#endif
