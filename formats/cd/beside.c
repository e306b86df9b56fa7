/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a description names.  A description may come from anywhere: only a file of its own folder is opened for it,
 * and never a link. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "formats/cd/disc.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

static bool
is_path(const char *name)
{
	return strpbrk(name, "/\\") || !strcmp(name, "..") || !strcmp(name, ".") || (name[0] && name[1] == ':');
}

/* What the folder has as @node under @name. */
static int
take(const struct img_open *o, const struct img_node *node, const char *name, struct img_source **ret, char *ret_name,
     struct img_err *err)
{
	if (node->type != IMG_NODE_FILE)
		return img_fail(err, IMG_E_UNSUPPORTED, "\"%s\" beside it is %s", name, node->type == IMG_NODE_LINK ?
				"a link, and links are not followed from there" : "no file");
	snprintf(ret_name, 256, "%.255s", name);
	return img_tree_content(o->folder, node->id, NULL, ret, err);
}

/* The file called so, or else, among all of the folder, one that differs by case alone. */
static int
find(const struct img_open *o, const char *name, struct img_source **ret, char *ret_name, struct img_err *err)
{
	const struct img_node *found = NULL;
	struct img_nodes nodes;
	struct img_node node;
	int rc;

	if (name[0] && !img_tree_find(o->folder, IMG_TREE_ROOT, name, &node, NULL))
		return take(o, &node, name, ret, ret_name, err);
	rc = img_tree_list(o->folder, IMG_TREE_ROOT, &nodes, err);
	if (rc)
		return img_note(err, rc, "its folder");
	for (size_t i = 0; !found && i < nodes.n; i++)
		if (!strcasecmp(nodes.v[i].name, name))
			found = &nodes.v[i];
	rc = found ? take(o, found, found->name, ret, ret_name, err) : IMG_E_UNKNOWN;
	if (!rc)
		img_problem(o->env, IMG_NOTE, "name-case", "\"%s\" is named, \"%s\" is taken", name, found->name);
	img_nodes_done(&nodes);
	return rc;
}

/* The description's own name with another suffix; NULL: out of memory, or it has no name. */
static char *
akin(const struct img_open *o, const char *suffix)
{
	const char *dot = o->name ? strrchr(o->name, '.') : NULL;
	size_t n = dot && dot > o->name ? (size_t)(dot - o->name) : o->name ? strlen(o->name) : 0;
	char *s = n ? malloc(n + strlen(suffix) + 1) : NULL;

	if (s) {
		memcpy(s, o->name, n);
		strcpy(s + n, suffix);
	}
	return s;
}

int
cd_beside_suffix(const struct img_open *o, const char *suffix, struct img_source **ret, char *ret_name,
		 struct img_err *err)
{
	char *name = akin(o, suffix);
	int rc;

	if (!o->folder || !name) {
		free(name);
		return img_fail(err, IMG_E_UNSUPPORTED, "the sectors are in a file \"*%s\" beside it, and there is no folder to "
				"look in", suffix);
	}
	rc = find(o, name, ret, ret_name, err);
	if (rc == IMG_E_UNKNOWN)
		rc = img_fail(err, IMG_E_FORMAT, "the sectors are in a file \"%s\" beside it, which is not there", name);
	free(name);
	return rc;
}

int
cd_beside(const struct img_open *o, const char *name, const char *also, struct img_source **ret, char *ret_name,
	  struct img_err *err)
{
	char safe[200];
	int rc;

	text_safe(safe, sizeof safe, name, true);
	if (is_path(name))
		return img_fail(err, IMG_E_UNSUPPORTED, "names the file \"%s\": only one in its own folder is opened, named without "
				"a path", safe);
	if (!o->folder)
		return img_fail(err, IMG_E_UNSUPPORTED, "names the file \"%s\", and there is no folder to look in", safe);
	rc = find(o, name, ret, ret_name, err);
	if (rc != IMG_E_UNKNOWN)
		return rc;
	if (also) {
		char own[256];

		if (!cd_beside_suffix(o, also, ret, own, NULL)) {
			img_problem(o->env, IMG_WARNING, "file-renamed", "\"%s\" is not there; \"%s\" is taken in its place", safe, own);
			memcpy(ret_name, own, sizeof own);
			return 0;
		}
	}
	return img_fail(err, IMG_E_FORMAT, "names the file \"%s\", which is not there", safe);
}
