/* SPDX-License-Identifier: BSD-2-Clause */
/* Which volume of an image has the files; see core/image_tree.h. */
#include "config.h"

#include "core/image_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "img/source.h"
#include "img/tree.h"

/* The only partition with files. */
static int
only_one(struct image_arg *a, const struct img_tree_open *how, struct img_tree **ret, struct img_err *err)
{
	img_autotree struct img_tree *found = NULL;
	struct img_err lost = { 0 };		/* of a volume that should have some */
	char names[200] = "";
	size_t n = 0, at = 0;
	int rc = image_arg_volumes(a, true, err);

	for (size_t i = 0; !rc && i < a->volumes.n; i++) {
		const struct img_volume *v = &a->volumes.v[i];
		img_autounref struct img_source *slice = NULL;
		struct img_tree_open o = *how;
		struct img_err why = { 0 };
		struct img_tree *t;
		int rc2;

		if (!v->part || v->part->meta || !v->fs || img_slice(a->sectors, v->off, v->len, &slice, NULL))
			continue;
		o.volume = slice;
		rc2 = img_volume_tree(&o, &t, &why);
		if (rc2 && rc2 != IMG_E_UNKNOWN && !lost.code)
			lost = why;
		if (rc2)
			continue;
		if (at < sizeof names)
			at += (size_t)snprintf(names + at, sizeof names - at, "%s%" PRIu32 " (%s)", n ? ", " : "",
					       v->part->index, v->fs->title);
		n++;
		img_tree_unref(found);
		found = t;
	}
	if (rc)
		return rc;
	if (n > 1)
		return img_fail(err, IMG_E_USAGE, "several partitions have files: %s; -P says which", names);
	if (!n && lost.code && err)
		*err = lost;
	if (!n)
		return lost.code ? (int)lost.code : IMG_E_UNKNOWN;
	*ret = img_steal(&found);
	return 0;
}

int
image_arg_tree(struct image_arg *a, const char *view, unsigned int session, struct img_tree **ret, struct img_err *err)
{
	struct img_tree_open o = {
		.volume = a->sectors, .view = view, .session = session, .fs_volume = a->fs_volume, .snapshot = a->snapshot,
		.names = a->names,
	};
	struct img_err why = { 0 };
	int rc = img_volume_tree(&o, ret, &why), rc2;

	if (rc == IMG_E_UNKNOWN && !a->only) {
		rc2 = only_one(a, &o, ret, err);
		if (rc2 != IMG_E_UNKNOWN)
			return rc2;
	}
	if (rc == IMG_E_UNKNOWN)
		for (size_t i = 0; image_arg_volumes(a, true, NULL) == 0 && i < a->volumes.n; i++)
			if (a->volumes.v[i].fs && (!a->only || &a->volumes.v[i] == a->only))
				return img_fail(err, IMG_E_UNSUPPORTED, "holds %s, whose files this build cannot read",
						a->volumes.v[i].fs->title);
	if (rc && err)
		*err = why;
	return rc;
}
