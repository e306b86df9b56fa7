/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk images that this build recognises and cannot read: named, with their size where the header tells it. */
#ifndef FORMATS_KNOWN_KNOWN_H
#define FORMATS_KNOWN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/format.h"

#define KNOWN_HEAD 1024

/* The file as a question sees it. */
struct known_file {
	struct img_source *s;
	uint8_t head[KNOWN_HEAD];	/* zeros where the file is shorter */
	uint8_t tail[512];
};

/* What the header tells. */
struct known {
	char variant[40];	/* "streamOptimized"; "": none */
	char version[16];	/* "": not told */
	uint64_t size;		/* of the disk; 0: not told */
	uint64_t block_size;	/* 0: not told */
	uint64_t beyond;	/* the file must go on beyond this byte; else it is cut */
	bool has_parent;	/* only changes; the rest is in another file */
	bool encrypted;
};

struct known_row {
	struct img_format format;	/* name, title, suffixes, mime; nothing that works */
	const char *article;		/* "a", "an" */
	uint16_t at;			/* where the bytes stand; KNOWN_TAIL: 512 before the end */
	uint8_t n;
	const char *bytes;
	/* Is it that, and what does it tell?  NULL: the bytes are all there is. */
	bool (*look)(const struct known_file *f, struct known *ret);
};
#define KNOWN_TAIL UINT16_MAX

/* Each ends with a row without a name.  known_vm.c: disks of virtual machines; known_other.c: all others. */
extern const struct known_row known_vm[], known_other[];

/* Read @len bytes at @off; false if they are not there. */
bool known_get(const struct known_file *f, uint64_t off, void *buf, size_t len);
/* The file must go on beyond @off. */
void known_need(struct known *k, uint64_t off);

/* Is it an AFF4 volume, of the first bytes of a zip (at least 51)?  The first member of one has its name. */
bool known_is_aff4(const uint8_t *head);

/* Does somebody recognise @o->below?  Then *ret is a locked source, which tells what is known and fails every read, and
 * *ret_format a format that nothing but describes it.  IMG_E_UNKNOWN, with @err untouched: nobody does. */
int known_open(const struct img_open *o, const struct img_format **ret_format, struct img_source **ret,
	       struct img_err *err);
/* The format of that name, or NULL. */
const struct img_format *known_by_name(const char *name);

#endif
