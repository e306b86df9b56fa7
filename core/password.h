/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a tool's password comes from: --password-file, --password-fd, $IMGCONV_PASSWORD_FILE, else whoever sits at the
 * terminal.  Never the command line. */
#ifndef CORE_PASSWORD_H
#define CORE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "img/error.h"

struct img_env;

#define PASSWORD_MAX 1024	/* with its NUL */

struct password {
	const char *file;	/* --password-file, or NULL */
	int fd;			/* --password-fd, or -1 */
	struct img_env *env;	/* of the run that asks now: a cancelled one asks no further */
	bool known;		/* read from a file or descriptor; kept for the next image */
	bool typed;		/* typed during the run of @env, which may open its image twice */
	char text[PASSWORD_MAX];
};

/* An img_password_fn; @ctx is a struct password.  IMG_E_KEY when there is nowhere to ask, IMG_E_IO when the file cannot be
 * read. */
int password_get(void *ctx, const char *what, char *buf, size_t len, struct img_err *err);

/* A password for what is to be encrypted: from @p, where it has a file or a descriptor, else from those of @other (and
 * $IMGCONV_PASSWORD_FILE), else from the terminal, asked for twice.  IMG_E_KEY also for an empty one. */
int password_new(struct password *p, struct password *other, const char *what, char *buf, size_t len,
		 struct img_err *err);

/* A new run begins: what was typed in the last one is forgotten. */
void password_run(struct password *p, struct img_env *env);

/* Clear what was kept. */
void password_done(struct password *p);

#endif
