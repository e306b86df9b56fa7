/* SPDX-License-Identifier: BSD-2-Clause */
/* The resources of a UDIF image that matter here, wherever they were found: property list or resource fork. */
#ifndef FORMATS_UDIF_RESOURCES_H
#define FORMATS_UDIF_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;

struct udif_resource {
	char type[5];		/* "blkx" */
	int32_t id;
	char *name;		/* UTF-8 as a rule, as found; NULL if none */
	char *cf_name;		/* stands in where the name is empty; NULL if none */
	uint8_t *data;		/* NULL if none */
	size_t len;
};

struct udif_resources {
	size_t n, room;
	struct udif_resource *v;	/* in the order found */
	uint64_t max_bytes;		/* of all data together; set before the first is added */
	uint64_t n_bytes;
	bool has_attribution;		/* Mozilla's: a raw run whose bytes are patched after the build */
};

/* Is @type one that is kept: block tables, those of NDIF too, and the parts of a licence? */
bool udif_resource_wanted(const char *type);

/* Append; name, cf_name and data are taken on success. */
int udif_resources_add(struct udif_resources *list, const struct udif_resource *r, struct img_err *err);
void udif_resource_done(struct udif_resource *r);
void udif_resources_done(struct udif_resources *list);
size_t udif_resources_count(const struct udif_resources *list, const char *type);
/* NULL if there is none. */
const struct udif_resource *udif_resources_find(const struct udif_resources *list, const char *type, int32_t id);

/* Read the property list at [off, off + len) of @s into @ret. */
int udif_plist_read(struct img_source *s, uint64_t off, uint64_t len, struct udif_resources *ret, struct img_err *err);

/* Read the classic resource fork at [off, off + len) of @s into @ret. */
int udif_rsrc_read(struct img_source *s, uint64_t off, uint64_t len, struct udif_resources *ret, struct img_err *err);

/* A copy of @len MacRoman bytes as UTF-8, to be freed; carriage returns become line feeds.  NULL: out of memory. */
char *udif_macroman(const uint8_t *bytes, size_t len);

/* The byte for a character; false if MacRoman has none. */
bool udif_macroman_byte(uint32_t c, uint8_t *ret);

#endif
