/* SPDX-License-Identifier: BSD-2-Clause */
/* hdiutil, the verbs that mount nothing: "imgconv --as hdiutil VERB [OPTIONS] ...".
 *
 *   as_hdiutil.c	reads words: verbs, and the table of options, each for some verbs
 *   as_hdiutil_jobs.c	create, convert, segment, makehybrid: words of ours
 *   as_hdiutil_info.c	imageinfo, verify, checksum, pmap: what imginfo tells, in hdiutil's keys
 *
 * Options have one dash and are spelled in full; what would only steer the system's frameworks does nothing, what cannot be
 * done is refused by name. */
#ifndef CONVERT_AS_HDIUTIL_H
#define CONVERT_AS_HDIUTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "convert/as.h"
#include "convert/as_words.h"

struct conv_options;

extern const struct as_tool as_hdiutil;

/* After a job: tell standard output what was made, as o->created says. */
void hdiutil_created(const struct conv_options *o);

#define HD_MAX_NAMES 64

/* A command that was read. */
struct hd {
	struct tool *t;
	struct conv_options *o;
	struct as_call *call;
	const char *verb;
	struct as_words words;		/* ours */
	size_t n_names, n_sources;
	const char *name[HD_MAX_NAMES];		/* words that are no options */
	const char *source[HD_MAX_NAMES];	/* -srcfolder */
	/* values of options; NULL: not given */
	const char *output, *format, *fs, *volname, *size, *size_mib, *size_sectors, *layout, *type, *segment_size, *checksum_type;
	bool plist, quiet, only_format, only_checksum, overwrite;
	bool hfs, iso, joliet, udf;
};

/* ---- as_hdiutil_jobs.c ---- */
int hd_create(struct hd *h, struct img_err *err);
int hd_convert(struct hd *h, struct img_err *err);
int hd_segment(struct hd *h, struct img_err *err);
int hd_makehybrid(struct hd *h, struct img_err *err);

/* ---- as_hdiutil_info.c ---- */
/* hdiutil's word for how @path is stored, "UDZO"; false if it is no such image. */
bool hd_variant(struct hd *h, const char *path, char *ret, size_t room);
int hd_imageinfo(struct hd *h, struct img_err *err);
int hd_verify(struct hd *h, struct img_err *err);
int hd_checksum(struct hd *h, struct img_err *err);
int hd_pmap(struct hd *h, struct img_err *err);

#endif
