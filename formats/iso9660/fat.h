/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough FAT to see what an EFI system partition starts. */
#ifndef FORMATS_ISO9660_FAT_H
#define FORMATS_ISO9660_FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct img_source;

/* Is there a FAT file system at @off of @s?  Its size in bytes. */
bool fat_probe(struct img_source *s, uint64_t off, uint64_t *ret_size);
/* The programs in its EFI/BOOT, with the machine they are for: "BOOTX64.EFI (x86-64), …".  Empty if there are none. */
void fat_loaders(struct img_source *s, uint64_t off, char *ret, size_t room);

#endif
