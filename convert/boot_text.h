/* SPDX-License-Identifier: BSD-2-Clause */
/* How an image that is being made will start, for --dry-run. */
#ifndef CONVERT_BOOT_TEXT_H
#define CONVERT_BOOT_TEXT_H

struct img_rep;
struct img_source;
struct tool;

/* Lines on standard output; nothing for an image that starts nothing.  @built may be NULL. */
void boot_text(const struct tool *t, struct img_source *built);
/* The same into the document. */
void boot_report(struct img_source *built, struct img_rep *root);

#endif
