/* SPDX-License-Identifier: BSD-2-Clause */
/* One image on its way through imginfo, and the steps of that way. */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include <stdbool.h>

#include "core/image_arg.h"
#include "core/tool.h"
#include "img/check.h"
#include "img/job.h"
#include "inspect/options.h"

struct img_report;

struct inspection {
	struct tool *t;
	const struct info_options *o;
	const char *path;
	struct img_env *env;
	struct image_arg arg;
	struct img_checks checks;
	bool checked;			/* they were run */
	struct img_tap tap[MAX_HASHES];	/* of o->hash; found once hashed */
	bool hashed;
	bool sumlist;			/* the file is a list of checksums */
	struct img_report *rows;	/* checks beside those of the image: the files of such a list, signatures */
	struct img_report *compared;	/* what came of --compare; NULL: not asked for */
	bool authentic;			/* a good signature over the file itself */
	char bad_signature[128];	/* what it is of; "": none is bad */
	char bad_codesign[256];		/* why a code signature does not hold; "": none is bad */
	size_t n_vol;
	struct info_volume *vol;	/* see inspect/volumes.h */
	struct pictures *pictures;	/* with --report, see inspect/page.h */
	bool partial;			/* a pattern that nothing fitted */
	int status;
	struct img_err err;		/* why status is not 0, if it is not */
};

/* inspect/imginfo.c: the command line of imginfo; returns its exit status. */
int info_run(struct tool *t, int argc, char **argv, struct img_err *err);
/* One image: examine, say, print; returns a status.  With --json nothing is printed: its document goes to @ret (NULL: there
 * is none), which the caller frees in any case. */
int inspect_image(struct tool *t, const struct info_options *o, const char *path, struct img_report **ret);
/* inspect/report.c: the document of an image, whatever of it could be found out.  NULL: out of memory. */
struct img_report *inspect_report(struct inspection *in);
/* Its next row among the checks, beside those of the image; NULL: out of memory. */
struct img_rep *inspect_row(struct inspection *in, const char *name, const char *what);
/* inspect/boot.c: its "boot", from what the layers in @root say and the tables of the image. */
void inspect_report_boot(struct inspection *in, struct img_rep *root);
/* Is it the type of an EFI system partition, in GPT or MBR? */
bool boot_is_esp(const char *type);
/* "BIOS" for "bios": a platform of the report for people. */
const char *boot_platform(const char *word);
/* inspect/plist.c: --raw-plist, straight to stdout. */
int inspect_plist(struct inspection *in, struct img_err *err);
/* inspect/verify.c: --verify and --hash, in one pass over the image.  Sets the status. */
int inspect_verify(struct inspection *in, struct img_err *err);
/* inspect/map.c: --map, straight to stdout. */
int inspect_map(struct inspection *in, struct img_err *err);
/* inspect/list.c: -l, -ll, --tree and --cat, straight to stdout. */
int inspect_list(struct inspection *in, struct img_err *err);
int inspect_cat(struct inspection *in, struct img_err *err);
/* inspect/text.c: the document for people. */
void inspect_text(const struct inspection *in, const struct img_rep *doc);
void inspect_text_partitions(const struct inspection *in, const struct img_rep *doc);
/* inspect/field.c: one value; IMG_E_IO when there is no such field. */
int inspect_field(const struct inspection *in, const struct img_rep *doc, struct img_err *err);

#endif
