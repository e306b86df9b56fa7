/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stored checksums proved, told to people and programs. */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include <stddef.h>

struct img_check;
struct img_check_result;
struct img_checks;
struct img_digest;
struct img_rep;
struct tool;

struct verdict {
	size_t ok, bad, advisory, not_run;	/* advisory: known to be wrong in the wild, and wrong */
};
struct verdict verdict_of(const struct img_checks *checks);

/* Leave out the proofs that only a verification runs. */
void verdict_drop_requested(struct img_checks *checks);

/* "CRC-32", "SHA-256". */
const char *digest_title(const struct img_digest *d, char *buf, size_t room);

/* "block table 4 ... fails its CRC-32 (stored 8d1f0c2e, found 77a0013b)" */
void verdict_text(const struct img_check *c, const struct img_check_result *r, char *buf, size_t room);

/* One message for every check that failed: errors, or warnings with @excused.  The first few, then their number. */
void verdict_say(struct tool *t, const struct img_checks *checks, const char *file, int excused);

/* Append to the "checks" array @list. */
void verdict_report(const struct img_checks *checks, struct img_rep *list);

#endif
