/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of imginfo's text that stand in files of their own. */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct img_rep;
struct inspection;

void text_heading(const struct inspection *in, const char *words);
/* The next layer from @l on of a kind, and the first of a document; NULL if there is none. */
const struct img_rep *text_next_layer(const struct img_rep *l, const char *kind);
const struct img_rep *text_first_layer(const struct img_rep *doc, const char *kind);
/* inspect/headline.c: what is it, as "FILE: ..." on stdout, and the part behind the name in any encoding. */
void text_headline(const struct inspection *in, const struct img_rep *doc);
void text_what(FILE *f, const struct inspection *in, const struct img_rep *doc, bool utf8);
/* inspect/facts.c: every fact of a layer that the first line does not tell, in the format's own order. */
void text_facts(const struct inspection *in, const struct img_rep *layer, const char *title);
bool text_has_facts(const struct img_rep *layer);
/* inspect/text_tracks.c: those of a disc, as a table. */
void text_tracks(const struct inspection *in, const struct img_rep *doc);
/* "boot info table" for the key "boot_info_table". */
const char *text_key(char *buf, size_t room, const char *key);
/* A value on one line; of strings over @longest bytes only the length. */
void text_value(FILE *f, const struct img_rep *v, bool utf8, size_t longest);
/* inspect/text_volumes.c */
void text_file_systems(const struct inspection *in, const struct img_rep *doc);
/* inspect/boot.c */
void text_boot(const struct inspection *in, const struct img_rep *doc);
/* inspect/proofs.c */
void text_checks(const struct inspection *in, const struct img_rep *doc);
/* "HEX  FILE" for every hash, as sha256sum prints it. */
void text_hashes(const struct inspection *in, const struct img_rep *doc);

#endif
