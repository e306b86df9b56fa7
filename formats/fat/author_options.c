/* SPDX-License-Identifier: BSD-2-Clause */
/* The author's options as keys and values, which is how --opt and the tool's own options bring them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/fat/author.h"

static int
number(const struct img_author_key *k, int base, unsigned long max, unsigned long *ret, struct img_err *err)
{
	char *end;
	unsigned long v = strtoul(k->value ? k->value : "", &end, base);

	if (!k->value || !*k->value || *end || v > max)
		return img_fail(err, IMG_E_USAGE, "%s=%s: a number up to %lu is expected", k->key, k->value ? k->value : "", max);
	*ret = v;
	return 0;
}

static int
set_key(const struct img_author_key *k, struct fat_options *o, struct img_err *err)
{
	unsigned long v = 0;
	int rc = 0;

	if (!strcmp(k->key, "bits")) {
		if (k->value && strcmp(k->value, "auto"))
			rc = number(k, 10, 32, &v, err);
		if (!rc && v && v != 12 && v != 16 && v != 32)
			rc = img_fail(err, IMG_E_USAGE, "bits=%s: 12, 16, 32 or auto is expected", k->value);
		o->bits = (unsigned int)v;
	} else if (!strcmp(k->key, "cluster-size")) {
		rc = number(k, 10, 65536, &v, err);
		o->cluster_size = (uint32_t)v;
	} else if (!strcmp(k->key, "hidden-sectors")) {
		rc = number(k, 10, UINT32_MAX, &v, err);
		o->hidden_sectors = (uint32_t)v;
	} else if (!strcmp(k->key, "serial")) {
		rc = number(k, 16, UINT32_MAX, &v, err);
		o->serial = (uint32_t)v;
	} else if (!strcmp(k->key, "leave-out")) {
		o->lenient = !k->value || !strcmp(k->value, "yes");
	} else {
		rc = img_fail(err, IMG_E_USAGE, "--opt %s: FAT has no such detail", k->key);
	}
	return rc;
}

int
fat_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err)
{
	struct fat_options f = {
		.size = o->size, .bits = 32, .label = o->label, .clamp = o->epoch != IMG_NO_TIME, .max_time = o->epoch,
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < o->n_keys; i++)
		rc = set_key(&o->keys[i], &f, err);
	return rc ? rc : fat_author(tree, &f, ret, err);
}
