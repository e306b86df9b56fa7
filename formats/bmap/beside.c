/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a map is looked for, as bmaptool does: disk.img.gz.bmap, disk.img.bmap, disk.bmap. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/bmap/bmap.h"

char *
bmap_beside(const char *image_path)
{
	const char *slash = strrchr(image_path, '/'), *base = slash ? slash + 1 : image_path;
	size_t n = strlen(image_path), first = (size_t)(base - image_path) + 1;
	char *path = malloc(n + sizeof ".bmap");

	while (path && n >= first) {
		sprintf(path, "%.*s.bmap", (int)n, image_path);
		if (strcmp(path, image_path) && !access(path, R_OK))
			return path;
		do {	/* one suffix less */
			n--;
		} while (n >= first && image_path[n] != '.');
	}
	free(path);
	return NULL;
}
