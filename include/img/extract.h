/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking files out of a tree: into a folder, or into an archive. */
#ifndef IMG_EXTRACT_H
#define IMG_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/job.h"

struct img_out;
struct img_tree;

enum img_xattrs { IMG_XATTRS_KEEP, IMG_XATTRS_DROP, IMG_XATTRS_APPLEDOUBLE };

struct img_extract {
	struct img_tree *tree;
	/* Globs over whole paths: '*' and '?' match '/' too; a pattern that matches a folder takes all that is in it.
	 * None: everything. */
	const char *const *patterns;
	size_t n_patterns;
	unsigned int strip;		/* leading path components to cut; what has no more is left out */
	enum img_xattrs xattrs;
	enum img_xattrs forks;		/* resource forks; keep: what becomes of attributes */
	bool owner;			/* owners and groups as in the tree */
	bool special;			/* devices, FIFOs, set-id bits; else they are left out and counted in @skipped */
	bool overwrite;			/* what is in the way gives way, but for folders */
	bool ignore_errors;		/* fill what cannot be read with zeros, and go on */
	uint32_t sparse;		/* smallest run of zeros that becomes a hole in a folder; 0: none does */
	unsigned int threads;		/* 0: one for each processor */
	uint64_t expect;		/* bytes there may be in all, for progress; 0: not known */
	img_progress_fn *progress;	/* NULL: none */
	void *progress_ctx;

	/* filled in */
	uint64_t files, folders, links, bytes;
	uint64_t skipped;		/* left out, each with a problem of the environment */
	uint64_t lost;			/* bytes filled with zeros */
};

/* Into the folder @target.  A folder that is not there is built beside its place and appears complete; into one that is
 * there files are written one by one, and what is incomplete is taken away when the job fails.  Nothing is ever written
 * outside, through a link, or over a file that was there (IMG_E_EXISTS without overwrite).
 *
 * Damage and clashes of names that leave something out are problems of the tree's environment; look at @skipped, @lost. */
int img_extract_folder(struct img_extract *x, const char *target, struct img_err *err);

/* As an archive into @out, which the caller commits: "tar" (pax), "zip", and the filter "gz", "bz2", "xz", "zst", "lz4" or
 * NULL.  In the order of the walk; the same tree gives the same bytes. */
int img_extract_archive(struct img_extract *x, struct img_out *out, const char *format, const char *filter,
			struct img_err *err);
/* The format and filter that a file name's suffix asks for (".tar.zst"); false if it is no archive. */
bool img_archive_suffix(const char *name, const char **ret_format, const char **ret_filter);

#endif
