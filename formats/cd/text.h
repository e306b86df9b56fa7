/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of descriptions that are text: CUE sheets, tables of contents of cdrdao, the settings of CloneCD. */
#ifndef FORMATS_CD_TEXT_H
#define FORMATS_CD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;

#define CD_TEXT_MAX (1 << 20)	/* 99 tracks with all that can be said of them are a hundredth of it */
#define CD_WORD 300		/* room for one word */

struct cd_text {
	char *bytes;		/* owned; a NUL behind */
	const char *p;
	unsigned int line;
	bool escapes;		/* a backslash in a quoted word */
};

/* Read all of @s; IMG_E_FORMAT when it is too long for a description or no text. */
int cd_text_read(struct img_source *s, struct cd_text *ret, struct img_err *err);
void cd_text_done(struct cd_text *t);

/* The beginning of @s in @buf, to guess what it is; not to be done away with.  False: it is no text. */
bool cd_text_head(struct img_source *s, char *buf, size_t room, struct cd_text *ret);

/* The next word into @ret (cut to its room); with @same_line only one of this line.  False: there is none. */
bool cd_text_word(struct cd_text *t, bool same_line, char ret[CD_WORD]);
/* To the beginning of the next line; false at the end of the text. */
bool cd_text_next_line(struct cd_text *t);

/* "mm:ss:ff" as frames. */
bool cd_text_time(const char *word, uint64_t *ret);
/* A number that is the whole word, up to @max. */
bool cd_text_number(const char *word, uint64_t max, uint64_t *ret);

#endif
