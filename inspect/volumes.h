/* SPDX-License-Identifier: BSD-2-Clause */
/* The file systems whose files this build reads, on their way through imginfo. */
#ifndef INSPECT_VOLUMES_H
#define INSPECT_VOLUMES_H

#include "img/check.h"
#include "img/error.h"

struct img_rep;
struct img_report;
struct img_tree;
struct img_volume;
struct inspection;

struct info_volume {
	const struct img_volume *volume;
	struct img_tree *tree;		/* NULL: could not be opened */
	struct img_report *found;	/* what the structure check counted; NULL: not run */
	enum img_check_state state;	/* of the structure */
	struct img_err why;		/* why it is bad */
};

/* Open them and gather their checks.  Fails where nothing else makes the file an image; else that is a problem. */
int volumes_open(struct inspection *in, struct img_err *err);
void volumes_done(struct inspection *in);
/* Check the structure of all; what is bad is no failure. */
int volumes_verify(struct inspection *in, struct img_err *err);
/* The first whose structure is bad, or NULL. */
const struct info_volume *volumes_bad(const struct inspection *in);
/* The file systems of @v as layers of @list. */
void volumes_report(struct inspection *in, const struct img_volume *v, struct img_rep *list);
/* What boots according to them: "entries" of @boot. */
void volumes_report_boot(const struct img_rep *layers, struct img_rep *boot);
/* The budget of a description, on and off. */
void volumes_look(struct inspection *in);
void volumes_looked(struct inspection *in);

#endif
