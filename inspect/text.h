/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of imginfo's text that stand in files of their own. */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

struct img_rep;
struct inspection;

void text_heading(const struct inspection *in, const char *words);
/* inspect/proofs.c */
void text_checks(const struct inspection *in, const struct img_rep *doc);
/* "HEX  FILE" for every hash, as sha256sum prints it. */
void text_hashes(const struct inspection *in, const struct img_rep *doc);

#endif
