/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksums inside compressed streams, as a check of the image. */
#ifndef FORMATS_STREAM_PROOF_H
#define FORMATS_STREAM_PROOF_H

#include "formats/stream/stream.h"

struct img_checks;

/* Whoever decodes tests them, so that bytes which were had have passed: the check holds once all of @s was read, and has no sum
 * of its own.  None is added where a stream carries no checksum.  @held: they passed already, so only who verifies wants to hear. */
int stream_proof(struct img_source *s, const struct stream_kind *k, const char *word, const struct stream_facts *facts,
		 bool held, struct img_checks *ret, struct img_err *err);

#endif
