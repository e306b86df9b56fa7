/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of a layer as lines of text: whatever its describe says, except what is told elsewhere. */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
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

/* "4.0 MiB (4153344)"; small ones are exact as they are. */
static void
put_size(FILE *f, uint64_t bytes)
{
	char size[TEXT_SIZE_MAX];

	fputs(text_size(size, bytes), f);
	if (bytes >= 1024)
		fprintf(f, " (%" PRIu64 ")", bytes);
}

/* "zlib 12, zero 3" or "zlib, lzfse" */
static void
put_list(FILE *f, const struct img_rep *v, bool utf8, size_t longest)
{
	for (const struct img_rep *c = v->first; c; c = c->next) {
		if (c != v->first)
			fputs(c->type == IMG_REP_OBJ ? "; " : ", ", f);
		if (v->type == IMG_REP_OBJ)
			fprintf(f, "%s ", c->key);
		text_value(f, c, utf8, longest);
	}
	if (!v->first)
		fputs("none", f);
}

void
text_value(FILE *f, const struct img_rep *v, bool utf8, size_t longest)
{
	switch (v->type) {
	case IMG_REP_NULL:
		fputs("unknown", f);
		break;
	case IMG_REP_BOOL:
		fputs(v->v.b ? "yes" : "no", f);
		break;
	case IMG_REP_UINT:
		if (v->key && (ends_in(v->key, "size") || ends_in(v->key, "bytes") || !strcmp(v->key, "used") ||
			       !strcmp(v->key, "missing") || !strcmp(v->key, "free")))
			put_size(f, v->v.u);
		else
			fprintf(f, "%" PRIu64, v->v.u);
		break;
	case IMG_REP_INT:
		fprintf(f, "%" PRId64, v->v.i);
		break;
	case IMG_REP_REAL:
		fprintf(f, "%g", v->v.r);
		break;
	case IMG_REP_STR:
		if (strlen(v->v.s) > longest)
			fprintf(f, "(%zu bytes; --field shows it)", strlen(v->v.s));
		else
			text_put(f, v->v.s, utf8);
		break;
	case IMG_REP_OBJ:
	case IMG_REP_ARR:
		put_list(f, v, utf8, longest);
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

const char *
text_key(char *buf, size_t room, const char *key)
{
	snprintf(buf, room, "%s", key);
	for (char *p = buf; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	return buf;
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
		printf("  %-18s ", text_key(name, sizeof name, v->key));
		text_value(stdout, v, in->t->utf8, in->t->o.verbose ? SIZE_MAX : 200);
		putchar('\n');
	}
}
