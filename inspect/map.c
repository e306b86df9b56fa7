/* SPDX-License-Identifier: BSD-2-Clause */
/* --map: what the decoded image is made of and where its bytes are stored.  A drawing for people (inspect/map_text.c), and
 * with -v every run behind it; with --json one object a line, printed as it is found: images have millions of runs. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "img/codec.h"
#include "img/source.h"
#include "inspect/blocks.h"
#include "inspect/inspect.h"
#include "inspect/map.h"

/* Who holds the bytes of @e: the image's own file, another one, or a layer that decodes. */
static const char *
holder(const struct inspection *in, const struct img_extent *e)
{
	if (e->from == in->arg.file)
		return "file";
	return strcmp(e->from->layer, "file") ? e->from->layer : "other";
}

/* Only words of ours and numbers: nothing to escape. */
static bool
print_json(void *ctx, const struct img_extent *e)
{
	enum block_kind kind = block_kind(e);

	printf("{\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"kind\":\"%s\"", e->off, e->len, block_kind_words[kind]);
	if (kind == BLOCK_PLAIN || kind == BLOCK_PACKED) {
		printf(e->codec ? ",\"codec\":\"%s\"" : ",\"codec\":null", e->codec ? e->codec->name : "");
		printf(",\"stored_in\":\"%s\",\"stored_offset\":%" PRIu64 ",\"stored_length\":%" PRIu64, holder(ctx, e), e->at,
		       e->stored);
		if (e->codec && e->skip)
			printf(",\"skip\":%" PRIu64, e->skip);
	}
	puts("}");
	return !ferror(stdout);
}

static bool
print_row(void *ctx, const struct img_extent *e)
{
	enum block_kind kind = block_kind(e);

	printf("%15" PRIu64 " %13" PRIu64 "  %-6s", e->off, e->len, block_kind_words[kind]);
	if (kind == BLOCK_PLAIN || kind == BLOCK_PACKED)
		printf(" %-6s %15" PRIu64 " %13" PRIu64 "  %s", e->codec ? e->codec->name : "-", e->at, e->stored,
		       holder(ctx, e));
	putchar('\n');
	return !ferror(stdout);
}

int
map_gather(struct inspection *in, size_t n_cells, size_t n_part_cells, struct block_map *ret,
	   const struct img_volume *ret_volume[MAP_MAX_VOLUMES], struct img_err *err)
{
	const struct img_volumes *v = &in->arg.volumes;
	struct block_map m = { 0 };
	int rc = block_map_new(in->arg.sectors, n_cells, &m, err);

	for (size_t i = 0; !rc && !in->arg.only && in->arg.listed && i < v->n && m.n <= MAP_MAX_VOLUMES; i++) {
		if (!v->v[i].part || v->v[i].part->meta)
			continue;
		ret_volume[m.n - 1] = &v->v[i];
		rc = block_map_add(&m, v->v[i].off, v->v[i].len, n_part_cells, err);
	}
	if (rc) {
		block_map_done(&m);
		return rc;
	}
	rc = block_map_fill(&m, in->arg.sectors, err);
	*ret = m;
	return rc;
}

int
inspect_map(struct inspection *in, struct img_err *err)
{
	int rc;

	if (in->t->o.json)
		return blocks_walk(in->arg.sectors, print_json, in, err);
	rc = in->arg.only ? 0 : image_arg_volumes(&in->arg, false, err);
	if (!rc)
		rc = map_draw(in, err);
	if (rc || !in->t->o.verbose)
		return rc;
	printf("\n%15s %13s  %-6s %-6s %15s %13s  %s\n", "offset", "length", "kind", "codec", "stored at", "stored", "in");
	return blocks_walk(in->arg.sectors, print_row, in, err);
}
