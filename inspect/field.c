/* SPDX-License-Identifier: BSD-2-Clause */
/* --field NAME: one value of the document, bare, for shell scripts.  NAME is a path as in "layers.0.format"; a single
 * word is looked for at the top, then in "file" and in the layers from the outside in. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"

static const struct img_rep *
child(const struct img_rep *o, const char *word, size_t n)
{
	char *end;
	unsigned long at;
	const struct img_rep *c;

	if (o->type == IMG_REP_OBJ) {
		for (c = o->first; c; c = c->next)
			if (strncmp(c->key, word, n) == 0 && c->key[n] == '\0')
				return c;
		return NULL;
	}
	if (o->type != IMG_REP_ARR || word[0] < '0' || word[0] > '9')
		return NULL;
	at = strtoul(word, &end, 10);
	if (end != word + n)
		return NULL;
	for (c = o->first; c && at > 0; c = c->next)
		at--;
	return c;
}

static const struct img_rep *
by_path(const struct img_rep *o, const char *path)
{
	while (o) {
		size_t n = strcspn(path, ".");

		o = child(o, path, n);
		if (!path[n])
			break;
		path += n + 1;
	}
	return o;
}

static const struct img_rep *
find(const struct img_rep *doc, const char *name)
{
	const struct img_rep *found = by_path(doc, name), *layers = img_rep_get(doc, "layers");

	if (!found && img_rep_get(doc, "file"))
		found = by_path(img_rep_get(doc, "file"), name);
	for (const struct img_rep *l = layers ? layers->first : NULL; l && !found; l = l->next)
		found = by_path(l, name);
	return found;
}

int
inspect_field(const struct inspection *in, const struct img_rep *doc, struct img_err *err)
{
	const struct img_rep *v = find(doc, in->o->field);

	if (!v)
		return img_fail(err, IMG_E_IO, "has no field \"%s\"", in->o->field);
	switch (v->type) {
	case IMG_REP_STR:
		text_put(stdout, v->v.s, in->t->utf8);
		putchar('\n');
		return 0;
	case IMG_REP_NULL:
		putchar('\n');
		return 0;
	case IMG_REP_UINT:
		printf("%" PRIu64 "\n", v->v.u);
		return 0;
	default:
		return json_print(v, true, stdout) ? 0 : img_fail_nomem(err);
	}
}
