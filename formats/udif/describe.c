/* SPDX-License-Identifier: BSD-2-Clause */
/* What reports say about an image, in the words of the JSON contract. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/udif/reader.h"
#include "img/report.h"

/* hdiutil's word for the image: the compression most runs have.  Chunks that did not shrink are raw in all of them. */
static const char *
variant_of(const struct udif *u)
{
	const char *variant = u->plain ? "udrw" : "udro";
	uint64_t most = 0;

	for (size_t i = 0; i < UDIF_N_KINDS; i++) {
		if (udif_kinds[i].variant && u->map.n_runs[i] > most) {
			most = u->map.n_runs[i];
			variant = udif_kinds[i].variant;
		}
	}
	return variant;
}

static void
describe_runs(const struct udif *u, struct img_rep *rep)
{
	struct img_rep *compression = img_rep_arr(rep, "compression"), *runs;
	const struct udif_kind_info *since = &udif_kinds[UDIF_KIND_RAW];

	for (size_t i = 0; i < UDIF_N_KINDS; i++) {
		if (u->map.n_runs[i] && udif_kinds[i].variant)
			img_rep_str(compression, NULL, udif_kinds[i].name);
		if (u->map.n_runs[i] && udif_kinds[i].rank > since->rank)
			since = &udif_kinds[i];
	}
	img_rep_bool(rep, "encrypted", false);
	img_rep_str(rep, "opens_since", since->since);
	if (u->plain)
		return;
	img_rep_uint(rep, "block_tables", u->map.n_tables);
	runs = img_rep_obj(rep, "runs");
	for (size_t i = 0; i < UDIF_N_KINDS; i++)
		if (u->map.n_runs[i])
			img_rep_uint(runs, udif_kinds[i].name, u->map.n_runs[i]);
	if (u->map.max_chunk)
		img_rep_uint(rep, "chunk_size", u->map.max_chunk);
}

static void
describe_licence(const struct udif *u, struct img_rep *rep)
{
	img_rep_bool(rep, "license", u->licence.present);
	if (!u->licence.present)
		return;
	img_rep_uint(rep, "license_languages", u->licence.n_languages);
	if (u->licence.text) {
		img_rep_str(rep, "license_format", u->licence.rtf ? "rtf" : "text");
		img_rep_str(rep, "license_text", u->licence.text);
	}
}

/* What is out of the ordinary about the trailer. */
static void
describe_trailer(const struct udif *u, struct img_rep *rep)
{
	const struct udif_trailer *t = &u->segments[0].trailer;
	uint64_t end = t->pos + KOLY_SIZE;

	if (t->base)
		img_rep_uint(rep, "leading_bytes", t->base);
	if (!t->pos)
		img_rep_str(rep, "trailer", "head");
	else if (end < u->segments[0].file->size)
		img_rep_uint(rep, "trailing_bytes", u->segments[0].file->size - end);
	if (t->koly.flags & KOLY_INTERNET_ENABLED)
		img_rep_bool(rep, "internet_enabled", true);
	if (u->from_rsrc)
		img_rep_bool(rep, "resource_fork_only", true);
	if (u->has_attribution)
		img_rep_bool(rep, "attribution", true);
	img_rep_str(rep, "image_kind", t->koly.variant == 1 ? "device" : t->koly.variant == 2 ? "partition" : NULL);
}

int
udif_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct udif *u = udif_of(s);

	img_rep_str(rep, "format", "dmg");
	img_rep_str(rep, "variant", variant_of(u));
	describe_runs(u, rep);
	describe_licence(u, rep);
	img_rep_uint(rep, "segments", u->n_segments);
	describe_trailer(u, rep);
	return udif_signature_describe(u, rep, err);
}
