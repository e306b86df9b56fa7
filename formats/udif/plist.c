/* SPDX-License-Identifier: BSD-2-Clause */
/* The property list of a UDIF image: root dict, key "resource-fork", a dict of resource types, each an array of dicts with
 * Attributes, CFName, Data, ID (a decimal string) and Name, in any order.  Everything else is passed over. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/xml.h"
#include "formats/udif/resources.h"

struct plist {
	struct udif_resources *list;
	struct udif_resource item;	/* being read */
};

/* Is this a dict of a resource of a type that is kept? */
static bool
is_item(const struct img_plist_at *at)
{
	return img_plist_at(at, 3, "resource-fork", "*", "*") && at->key[2] && udif_resource_wanted(at->key[2]);
}

static int
plist_begin(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *err)
{
	struct plist *p = ctx;

	if (img_plist_at(at, 2, "resource-fork", "attribution"))
		p->list->has_attribution = true;
	if (type == IMG_PLIST_DICT && is_item(at)) {
		udif_resource_done(&p->item);
		memcpy(p->item.type, at->key[2], 5);
	}
	return 0;
}

static int
plist_end(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *err)
{
	struct plist *p = ctx;
	int rc;

	if (type != IMG_PLIST_DICT || !is_item(at))
		return 0;
	rc = udif_resources_add(p->list, &p->item, err);
	if (!rc)
		p->item = (struct udif_resource) { 0 };
	return rc;
}

/* Take what @value holds; a second one of the same key replaces the first. */
static void
take(void *io_bytes, struct img_buf *value)
{
	void **to = io_bytes;

	free(*to);
	*to = value->p;
	value->p = NULL;
}

static int
plist_value(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_buf *value,
	    struct img_err *err)
{
	struct plist *p = ctx;
	const char *key;

	if (!img_plist_at(at, 4, "resource-fork", "*", "*", "*") || !at->key[4] || !p->item.type[0])
		return 0;
	key = at->key[4];
	if (type == IMG_PLIST_DATA && strcmp(key, "Data") == 0) {
		p->item.len = value->len;
		take(&p->item.data, value);
	} else if (type == IMG_PLIST_STRING && strcmp(key, "Name") == 0) {
		take(&p->item.name, value);
	} else if (type == IMG_PLIST_STRING && strcmp(key, "CFName") == 0) {
		take(&p->item.cf_name, value);
	} else if ((type == IMG_PLIST_STRING || type == IMG_PLIST_INTEGER) && strcmp(key, "ID") == 0) {
		p->item.id = (int32_t)strtol((const char *)value->p, NULL, 10);
	}
	return 0;
}

int
udif_plist_read(struct img_source *s, uint64_t off, uint64_t len, struct udif_resources *ret, struct img_err *err)
{
	static const struct img_plist_ops ops = { .begin = plist_begin, .end = plist_end, .value = plist_value };
	struct plist p = { .list = ret };
	int rc = img_plist_read(s, off, len, &ops, &p, err);

	udif_resource_done(&p.item);
	return rc ? img_note(err, rc, "property list") : 0;
}
