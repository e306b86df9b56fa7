/* SPDX-License-Identifier: BSD-2-Clause */
/* How the files of a set are called: x.001 x.002, x.aa x.ab, x.part1 x.part2. */
#ifndef FORMATS_SPLIT_NAMES_H
#define FORMATS_SPLIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPLIT_MAX_INDEX 12	/* characters */

/* A name taken apart: what all parts of the set begin with, and what tells them apart. */
struct split_name {
	size_t stem;			/* bytes, separators and "part" among them */
	size_t bare;			/* bytes of the name that is left without all that: "x" of "x.part1" */
	bool letters;			/* else digits */
	char index[SPLIT_MAX_INDEX + 1];
};

/* Might a file called so be part of a set?  Says nothing about other files. */
bool split_name_parse(const char *name, struct split_name *ret);

/* The @i-th index that a first part may have in the set that @index belongs to; false at the end.  For "017" these are
 * "000", "001" and what is shorter: sets outgrow the length they began with. */
bool split_index_first(const struct split_name *n, unsigned int i, char ret[SPLIT_MAX_INDEX + 1]);

/* What follows @index: counted on in its length (.999 .1000, .yz .za), or as split(1) makes room (.89 .9000, .yz .zaaa).
 * False where that is nothing. */
bool split_index_next(const char *index, char ret[SPLIT_MAX_INDEX + 1]);
bool split_index_widen(const char *index, char ret[SPLIT_MAX_INDEX + 1]);

/* The place of an index among those of its length. */
uint64_t split_index_value(const char *index);

/* Names for a set to be written, as img_out_part_name: the way of 7-Zip, that of split(1), and ".part1". */
char *split_part_digits(const char *path, size_t i);
char *split_part_letters(const char *path, size_t i);
char *split_part_word(const char *path, size_t i);
/* Of letters there are so many. */
#define SPLIT_MAX_LETTERS 676

#endif
