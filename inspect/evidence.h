/* SPDX-License-Identifier: BSD-2-Clause */
/* Proofs that lie beside the file: lists of checksums by the names people give them. */
#ifndef INSPECT_EVIDENCE_H
#define INSPECT_EVIDENCE_H

#include <stdbool.h>

#include "img/error.h"

struct inspection;
struct sums_list;

/* Add to in->checks what the lists beside the file say about it.  A list that cannot be read is a problem, no failure. */
int evidence_gather(struct inspection *in, struct img_err *err);

/* The same for what a block map (FILE.bmap, --bmap) says. */
int evidence_map(struct inspection *in, struct img_err *err);

/* The signature of the file @path, in it or beside it, is checked against the keys of --keyring, and told as a row of the
 * report; a bad one is no failure here.  @list: the file is this list of checksums, which becomes what was signed; NULL:
 * it is an image. */
int evidence_signature(struct inspection *in, const char *path, struct sums_list *list, bool *ret_good,
		       struct img_err *err);

#endif
