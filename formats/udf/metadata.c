/* SPDX-License-Identifier: BSD-2-Clause */
/* Metadata partitions (UDF 2.50, 2.2.10 and 2.2.13): file entries and folders are the blocks of a file in the physical
 * partition, which keeps them together and lets a second copy, the mirror, lie far away. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/udf/icb.h"
#include "formats/udf/volume.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

static int
meta_index(const struct udf_volume *v, uint16_t base, struct udf_meta *m, struct img_err *err)
{
	uint64_t block = 0;
	int rc = img_array(m->runs.n, sizeof *m->first, img_env_limits(v->env)->max_table, "extents", &m->first, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < m->runs.n; i++) {
		if (m->runs.v[i].len % v->bs)
			return img_fail(err, IMG_E_FORMAT, "extent %zu is no whole number of blocks (%" PRIu64 " bytes)", i,
					m->runs.v[i].len);
		if (m->runs.v[i].type == UDF_RECORDED && m->runs.v[i].part != base)
			return img_fail(err, IMG_E_FORMAT, "extent %zu lies in partition %" PRIu16, i, m->runs.v[i].part);
		m->first[i] = block;
		block += m->runs.v[i].len / v->bs;
	}
	return 0;
}

static int
meta_read(const struct udf_volume *v, struct udf_at at, struct udf_meta *ret, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(v->bs);
	struct udf_meta m = { 0 };
	struct udf_fe fe;
	int rc = buf ? udf_icb_read(v, NULL, at, buf, &fe, &at, err) : img_fail_nomem(err);

	if (!rc && (fe.flags & UDF_ICB_AD_MASK) == UDF_AD_EMBEDDED)
		rc = img_fail(err, IMG_E_FORMAT, "it is embedded in its own entry");
	if (!rc)
		rc = udf_runs_read(v, &fe, at, &m.runs, err);
	if (!rc)
		rc = meta_index(v, at.part, &m, err);
	if (rc) {
		udf_runs_done(&m.runs);
		free(m.first);
		return rc;
	}
	*ret = m;
	return 0;
}

int
udf_metadata_load(struct udf_volume *v, struct udf_part *p, struct img_err *err)
{
	struct img_err e = { 0 };
	int rc = meta_read(v, (struct udf_at) { p->base, p->map.file }, &p->meta, &e);
	int rc_mirror = meta_read(v, (struct udf_at) { p->base, p->map.mirror }, &p->mirror, rc ? err : NULL);

	if (rc && rc_mirror)
		return img_note(err, rc_mirror, "neither metadata file nor its mirror can be read");
	if (rc) {
		img_problem(v->env, IMG_WARNING, "udf-metadata-mirror", "the metadata file cannot be read: %s; its mirror is used",
			    e.msg);
		p->meta = p->mirror;
		p->mirror = (struct udf_meta) { 0 };
	} else if (rc_mirror) {
		img_problem(v->env, IMG_WARNING, "udf-metadata-mirror", "the mirror of the metadata file cannot be read (block %"
			    PRIu32 ")", p->map.mirror);
	} else if (!(p->map.flags & 1)) {	/* the mirror shares the data of the first */
		udf_runs_done(&p->mirror.runs);
		free(p->mirror.first);
		p->mirror = (struct udf_meta) { 0 };
	}
	return 0;
}
