/* SPDX-License-Identifier: BSD-2-Clause */
/* --map: every run of the decoded image, and where its bytes are stored.  Printed as it is found: images have millions
 * of runs. */
#include "config.h"

#include <inttypes.h>

#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"
#include "inspect/inspect.h"

static const char *const kinds[] = { "hole", "zero", "data", "opaque" };

/* Only words of ours and numbers: nothing to escape. */
static void
print_json(const struct img_extent *e)
{
	printf("{\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"kind\":\"%s\"", e->off, e->len, kinds[e->kind]);
	if (e->kind == IMG_DATA) {
		printf(",\"codec\":");
		printf(e->codec ? "\"%s\"" : "null", e->codec ? e->codec->name : "");
		printf(",\"stored_offset\":%" PRIu64 ",\"stored_length\":%" PRIu64, e->at, e->stored);
		if (e->codec && e->skip)
			printf(",\"skip\":%" PRIu64, e->skip);
	}
	puts("}");
}

static void
print_text(const struct img_extent *e)
{
	printf("%15" PRIu64 " %13" PRIu64 "  %-6s", e->off, e->len, kinds[e->kind]);
	if (e->kind == IMG_DATA)
		printf(" %-6s %15" PRIu64 " %13" PRIu64, e->codec ? e->codec->name : "-", e->at, e->stored);
	putchar('\n');
}

/* Holes and zeros that follow each other are one run. */
static bool
joins(const struct img_extent *a, const struct img_extent *b)
{
	return a->len && a->kind == b->kind && (b->kind == IMG_HOLE || b->kind == IMG_ZERO) && a->off + a->len == b->off;
}

int
inspect_map(struct inspection *in, struct img_err *err)
{
	struct img_source *s = in->arg.sectors;
	struct img_extent last = { 0 }, e;
	uint64_t off = 0;
	int rc = 0;

	if (!in->t->o.json)
		printf("%15s %13s  %-6s %-6s %15s %13s\n", "offset", "length", "kind", "codec", "stored at", "stored");
	while (off < s->size && !ferror(stdout)) {
		if (img_env_cancelled(in->env)) {
			rc = img_fail(err, IMG_E_CANCELLED, "cancelled");
			break;
		}
		rc = img_source_resolve(s, off, &e, NULL, err);
		if (rc)
			break;
		if (joins(&last, &e)) {
			last.len += e.len;
		} else {
			if (last.len)
				(in->t->o.json ? print_json : print_text)(&last);
			last = e;
		}
		off = e.off + e.len;
	}
	if (last.len)
		(in->t->o.json ? print_json : print_text)(&last);
	return rc;
}
