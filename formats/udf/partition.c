/* SPDX-License-Identifier: BSD-2-Clause */
/* The partitions of a logical volume, as its maps list them. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "formats/udf/volume.h"
#include "img/env.h"

void
udf_part_done(struct udf_part *p)
{
	free(p->vat);
	free(p->spare);
	free(p->meta.first);
	free(p->mirror.first);
	udf_runs_done(&p->meta.runs);
	udf_runs_done(&p->mirror.runs);
}

static const struct udf_pd *
pd_find(const struct udf_pd *pds, unsigned int n, uint16_t number)
{
	for (unsigned int i = 0; i < n; i++)
		if (pds[i].number == number)
			return &pds[i];
	return NULL;
}

static bool
is_stretch(const struct udf_part *p)
{
	return p->map.kind == UDF_MAP_PHYSICAL || p->map.kind == UDF_MAP_SPARABLE;
}

static int
maps_parse(struct udf_volume *v, struct img_err *err)
{
	struct img_cursor c = cur_over(v->lvd.maps, v->lvd.maps_len);
	int rc = 0;

	if (!v->lvd.n_maps || v->lvd.n_maps > UDF_MAX_MAPS)
		return img_fail(err, IMG_E_FORMAT, "the logical volume has %" PRIu32 " partition maps", v->lvd.n_maps);
	for (uint32_t i = 0; !rc && i < v->lvd.n_maps; i++) {
		rc = udf_map_parse(&c, &v->part[i].map, err);
		if (rc)
			return img_note(err, rc, "partition map %" PRIu32, i);
	}
	v->n_parts = (uint16_t)v->lvd.n_maps;
	return 0;
}

/* Tie a map to the partition descriptor it names. */
static int
part_bind(struct udf_volume *v, uint16_t i, const struct udf_pd *pds, unsigned int n_pds, struct img_err *err)
{
	struct udf_part *p = &v->part[i];
	const struct udf_pd *pd = pd_find(pds, n_pds, p->map.number);

	if (p->map.kind == UDF_MAP_UNKNOWN)
		return img_fail(err, IMG_E_UNSUPPORTED, "partition map %" PRIu16 " is of the kind \"%s\"", i, p->map.what.id);
	if (p->map.volume_seq > 1 && v->has_pvd && p->map.volume_seq != v->pvd.volume_seq)
		return img_fail(err, IMG_E_UNSUPPORTED, "partition map %" PRIu16 " leads to volume %" PRIu16
				" of a set; this is volume %" PRIu16, i, p->map.volume_seq, v->pvd.volume_seq);
	if (!pd)
		return img_fail(err, IMG_E_FORMAT, "partition map %" PRIu16 " names partition %" PRIu16
				", which no descriptor describes", i, p->map.number);
	p->pd = *pd;
	if (is_stretch(p)) {
		p->start = pd->start;
		p->len = pd->len;
	}
	return 0;
}

/* What a virtual or metadata partition lies over. */
static int
part_base(struct udf_volume *v, uint16_t i, struct img_err *err)
{
	struct udf_part *p = &v->part[i];

	for (uint16_t k = 0; k < v->n_parts; k++)
		if (is_stretch(&v->part[k]) && v->part[k].map.number == p->map.number) {
			p->base = k;
			return 0;
		}
	return img_fail(err, IMG_E_FORMAT, "partition map %" PRIu16 " lies over partition %" PRIu16 ", which no map lists", i,
			p->map.number);
}

/* Sparable partitions first: the tables of the others may lie in them. */
static int
part_load(struct udf_volume *v, uint16_t i, bool stretch, struct img_err *err)
{
	struct udf_part *p = &v->part[i];

	if (is_stretch(p) != stretch || p->map.kind == UDF_MAP_PHYSICAL)
		return 0;
	if (p->map.kind == UDF_MAP_SPARABLE)
		return udf_sparing_load(v, p, err);
	if (part_base(v, i, err))
		return IMG_E_FORMAT;
	return p->map.kind == UDF_MAP_VIRTUAL ? udf_vat_load(v, p, err) : udf_metadata_load(v, p, err);
}

int
udf_parts_open(struct udf_volume *v, const struct udf_pd *pds, unsigned int n_pds, struct img_err *err)
{
	int rc = maps_parse(v, err);

	for (uint16_t i = 0; !rc && i < v->n_parts; i++)
		rc = part_bind(v, i, pds, n_pds, err);
	for (unsigned int round = 0; round < 2; round++)
		for (uint16_t i = 0; !rc && i < v->n_parts; i++)
			rc = part_load(v, i, round == 0, err);
	return rc;
}
