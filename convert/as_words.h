/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools whose words become words of ours: a command line that grows. */
#ifndef CONVERT_AS_WORDS_H
#define CONVERT_AS_WORDS_H

#include <stdbool.h>

#include "img/error.h"

struct conv_options;
struct tool;

#define AS_MAX_WORDS 4096

struct as_words {
	struct conv_options *o;		/* in whose arena the words lie */
	bool failed;			/* out of memory, or too many */
	int argc;
	char *argv[AS_MAX_WORDS + 1];
};

/* Begin with the program's name. */
void as_words_start(struct as_words *w, struct conv_options *o);
/* One word more, made as printf does. */
void as_word(struct as_words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Take only what both tools know from them: passwords, threads, partitions. */
int as_words_common(struct as_words *w, struct tool *t, struct img_err *err);
/* Parse them as our own. */
int as_words_parse(struct as_words *w, struct tool *t, struct img_err *err);

#endif
