/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of a layer as lines of text: whatever its describe says, except what is told elsewhere. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/text.h"

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void put_value(const struct inspection *in, const struct img_rep *v);

/* "zlib 12, zero 3" or "zlib, lzfse" */
static void
put_list(const struct inspection *in, const struct img_rep *v)
{
	for (const struct img_rep *c = v->first; c; c = c->next) {
		if (c != v->first)
			fputs(c->type == IMG_REP_OBJ ? "; " : ", ", stdout);
		if (v->type == IMG_REP_OBJ)
			printf("%s ", c->key);
		put_value(in, c);
	}
	if (!v->first)
		fputs("none", stdout);
}

static void
put_value(const struct inspection *in, const struct img_rep *v)
{
	char size[TEXT_SIZE_MAX];

	switch (v->type) {
	case IMG_REP_NULL:
		fputs("unknown", stdout);
		break;
	case IMG_REP_BOOL:
		fputs(v->v.b ? "yes" : "no", stdout);
		break;
	case IMG_REP_UINT:
		if (v->key && (ends_in(v->key, "size") || ends_in(v->key, "bytes") || !strcmp(v->key, "used") ||
			       !strcmp(v->key, "missing") || !strcmp(v->key, "free")))
			printf("%s (%" PRIu64 ")", text_size(size, v->v.u), v->v.u);
		else
			printf("%" PRIu64, v->v.u);
		break;
	case IMG_REP_INT:
		printf("%" PRId64, v->v.i);
		break;
	case IMG_REP_REAL:
		printf("%g", v->v.r);
		break;
	case IMG_REP_STR:
		if (strlen(v->v.s) > 200 && !in->t->o.verbose)
			printf("(%zu bytes; --field shows it)", strlen(v->v.s));
		else
			text_put(stdout, v->v.s, in->t->utf8);
		break;
	case IMG_REP_OBJ:
	case IMG_REP_ARR:
		put_list(in, v);
		break;
	}
}

/* Told by the first line, or in a block of its own. */
static bool
is_told(const char *key)
{
	static const char *const told[] = {
		"kind", "format", "title", "variant", "compression", "label", "partition", "trees", "el_torito", "boot_bios",
		"boot_uefi", "tracks",
	};

	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (!strcmp(key, told[i]))
			return true;
	return false;
}

bool
text_has_facts(const struct img_rep *layer)
{
	for (const struct img_rep *v = layer->first; v; v = v->next)
		if (!is_told(v->key) && strcmp(v->key, "size"))
			return true;
	return false;
}

void
text_facts(const struct inspection *in, const struct img_rep *layer, const char *title)
{
	text_heading(in, title);
	for (const struct img_rep *v = layer->first; v; v = v->next) {
		char name[40];

		if (is_told(v->key) || (v->type == IMG_REP_NULL && !in->t->o.verbose))
			continue;
		snprintf(name, sizeof name, "%s", v->key);
		for (char *p = name; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		printf("  %-18s ", name);
		put_value(in, v);
		putchar('\n');
	}
}
