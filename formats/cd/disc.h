/* SPDX-License-Identifier: BSD-2-Clause */
/* A disc as its description (sheet, table of contents, trailer) tells it: tracks, and where their sectors lie.  All readers
 * of such descriptions fill in the same struct; what is made of it is in formats/cd/source.c. */
#ifndef FORMATS_CD_DISC_H
#define FORMATS_CD_DISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/cd/sector.h"
#include "img/error.h"
#include "img/format.h"

struct img_env;
struct img_rep;
struct img_source;

#define CD_MAX_TRACKS 99
#define CD_MAX_STRIDE (2448 + 96)
#define CD_MAX_TEXT 80		/* bytes kept of a title and the like */

/* What of each sector the file has. */
enum cd_main {
	CD_MAIN_AUDIO,		/* 2352 bytes of sound */
	CD_MAIN_RAW,		/* 2352 with synchronisation and header */
	CD_MAIN_XA,		/* 2336: mode 2 from the subheader on */
	CD_MAIN_USER,		/* 2048 user bytes */
	CD_MAIN_FORM2,		/* 2324 user bytes of form 2 */
};
uint32_t cd_main_size(enum cd_main m);

struct cd_track {
	unsigned int number, session;	/* from 1 */
	enum cd_main main;
	unsigned int mode;		/* of data: 1 or 2 */
	struct img_source *file;	/* a reference; its size bounds the track */
	uint64_t at;			/* of the first sector in @file */
	uint32_t stride;		/* bytes from sector to sector: with the sub-channel behind each */
	uint64_t n;			/* sectors */
	uint64_t gap;			/* pregap in all, sectors */
	uint64_t lba;			/* of the first sector */
	bool swapped;			/* sound in big-endian samples */
	char file_name[256];		/* "" where it is the description itself */
	char title[CD_MAX_TEXT], performer[CD_MAX_TEXT], isrc[13];
};

struct cd_disc {
	size_t n;
	struct cd_track v[CD_MAX_TRACKS];
	unsigned int n_sessions;
	char title[CD_MAX_TEXT], performer[CD_MAX_TEXT], catalog[14];
};

/* One more, zeroed; IMG_E_FORMAT when there are 99. */
int cd_disc_add(struct cd_disc *d, struct cd_track **ret, struct img_err *err);

/* Does @t hold data? */
bool cd_is_data(const struct cd_track *t);

/* Read the description @o->below into @d, which is zeroed. */
typedef int cd_fill_fn(const struct img_open *o, struct cd_disc *d, struct img_err *err);

/* Make a source of the disc that @fill reads: the data track of the last session and those in front of it, each at its
 * address on the disc, in sectors of 2048 bytes.  @layer: the format's name. */
int cd_open(const struct img_open *o, const char *layer, cd_fill_fn *fill, struct img_source **ret, struct img_err *err);

/* Is it the sound of a track, as img_source_track gives it? */
bool cd_is_sound(const struct img_source *s);

/* ---- parts of it (formats/cd/view.c) ---- */

/* 2048 bytes of each sector of @t. */
int cd_view_user(const struct cd_track *t, struct img_env *env, struct img_source **ret, struct img_err *err);
/* The sound of @t. */
int cd_view_sound(const struct cd_track *t, struct img_env *env, struct img_source **ret, struct img_err *err);

void cd_describe(const struct cd_disc *d, struct img_rep *rep);

/* ---- files beside the description (formats/cd/beside.c) ---- */

/* The file that a description calls @name, in its own folder.  One that is a path is refused (IMG_E_UNSUPPORTED), whatever it
 * leads to.  Spelt in other letters it is taken, with a note.  @also: where it is missing, the file called like the
 * description but with this suffix (".bin"); NULL: none.  @ret_name: 256 bytes for the name it has. */
int cd_beside(const struct img_open *o, const char *name, const char *also, struct img_source **ret, char *ret_name,
	      struct img_err *err);

/* The file called like the description but with @suffix. */
int cd_beside_suffix(const struct img_open *o, const char *suffix, struct img_source **ret, char *ret_name,
		     struct img_err *err);

#endif
