/* SPDX-License-Identifier: BSD-2-Clause */
/* What the descriptors of a volume say, for reports. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/udf/tree.h"
#include "img/report.h"
#include "img/tree.h"

static void
rep_time(struct img_rep *o, const char *key, const struct udf_stamp *s)
{
	struct udf_stamp utc;
	struct img_time t = udf_stamp_time(s);
	char text[48];

	if (t.sec == IMG_NO_TIME) {
		img_rep_null(o, key);
		return;
	}
	utc = udf_stamp_make(t);
	snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02uZ", utc.year, utc.month, utc.day, utc.hour, utc.minute,
		 utc.second);
	img_rep_str(o, key, text);
}

static void
rep_revision(struct img_rep *o, const char *key, uint16_t bcd)
{
	char text[16];

	if (!bcd) {
		img_rep_null(o, key);
		return;
	}
	snprintf(text, sizeof text, "%x.%02x", bcd >> 8, bcd & 0xffU);
	img_rep_str(o, key, text);
}

static unsigned int
hex_digits(const char *s)
{
	return (unsigned int)strspn(s, "0123456789abcdefABCDEF");
}

/* Sixteen hex digits out of the volume set identifier, as udftools and blkid make them. */
static void
uuid_of(const char *set_id, char *ret)
{
	unsigned int hex = hex_digits(set_id), n = hex >= 16 ? 16 : hex >= 8 ? 8 : 0, at = n;
	size_t len = strlen(set_id);

	ret[0] = '\0';
	if (len < 8)
		return;
	for (unsigned int i = 0; i < n; i++)
		ret[i] = (char)(set_id[i] >= 'A' && set_id[i] <= 'F' ? set_id[i] + ('a' - 'A') : set_id[i]);
	ret[n] = '\0';
	for (unsigned int i = n; at < 16; i++, at += 2)
		snprintf(ret + at, 3, "%02x", i < len ? (unsigned char)set_id[i] : 0U);
}

static const char *
map_title(enum udf_map_kind kind)
{
	static const char *const title[] = { "physical", "virtual", "sparable", "metadata", "unknown" };

	return title[kind];
}

static const char *
access_title(uint32_t access)
{
	static const char *const title[] = { "unspecified", "read-only", "write-once", "rewritable", "overwritable" };

	return access < 5 ? title[access] : "unknown";
}

static void
rep_parts(struct img_rep *o, const struct udf_volume *v)
{
	struct img_rep *list = img_rep_arr(o, "partition_maps");

	for (uint16_t i = 0; i < v->n_parts; i++) {
		const struct udf_part *p = &v->part[i];
		struct img_rep *m = img_rep_obj(list, NULL);

		img_rep_str(m, "kind", map_title(p->map.kind));
		img_rep_uint(m, "number", p->map.number);
		img_rep_str(m, "access", access_title(p->pd.access));
		if (p->map.kind == UDF_MAP_PHYSICAL || p->map.kind == UDF_MAP_SPARABLE) {
			img_rep_uint(m, "offset", (uint64_t)p->start * v->bs);
			img_rep_uint(m, "size", (uint64_t)p->len * v->bs);
		} else if (p->map.kind == UDF_MAP_METADATA) {
			img_rep_uint(m, "size", p->meta.runs.total);
			img_rep_bool(m, "mirrored", p->mirror.runs.n != 0);
		} else {
			img_rep_uint(m, "entries", p->n_vat);
		}
		if (p->map.kind == UDF_MAP_SPARABLE)
			img_rep_uint(m, "spared_packets", p->n_spare);
	}
}

/* Sizes and counts as the volume keeps them; nothing is walked. */
static void
rep_space(struct img_rep *o, const struct udf_volume *v)
{
	uint64_t size = 0, free_blocks = 0;
	bool known = v->has_lvid && v->lvid.n_parts >= v->n_parts;

	for (uint16_t i = 0; i < v->n_parts; i++) {
		const struct udf_part *p = &v->part[i];

		if (p->map.kind != UDF_MAP_PHYSICAL && p->map.kind != UDF_MAP_SPARABLE)
			continue;
		size += p->len;
		/* what a write-once disc has left, its recorder knows */
		known = known && v->lvid.free[i] != UINT32_MAX && v->lvid.free[i] <= p->len &&
			!(p->pd.access == 2 && v->lvid.free[i] == 0);
		free_blocks += known ? v->lvid.free[i] : 0;
	}
	img_rep_uint(o, "size", size * v->bs);
	if (known)
		img_rep_uint(o, "used", (size - free_blocks) * v->bs);
	if (v->vat.counts || (v->has_lvid && v->lvid.counts)) {
		img_rep_uint(o, "files", v->vat.counts ? v->vat.n_files : v->lvid.n_files);
		img_rep_uint(o, "directories", v->vat.counts ? v->vat.n_dirs : v->lvid.n_dirs);
	}
}

static void
rep_if(struct img_rep *o, const char *key, const char *value)
{
	if (*value)
		img_rep_str(o, key, value);
}

static void
rep_origin(struct img_rep *o, const struct udf_volume *v)
{
	if (v->has_pvd) {
		rep_time(o, "created", &v->pvd.time);
		rep_if(o, "volume_id", v->pvd.volume_id);
		rep_if(o, "volume_set_id", v->pvd.set_id);
		rep_if(o, "application", v->pvd.application.id);
	}
	rep_if(o, "implementation", v->lvd.implementation.id);
	if (v->has_iuvd) {
		rep_if(o, "owner", v->iuvd.info[0]);
		rep_if(o, "organisation", v->iuvd.info[1]);
		rep_if(o, "contact", v->iuvd.info[2]);
	}
	rep_if(o, "file_set", v->fsd.set_id);
	rep_if(o, "copyright_file", v->fsd.copyright);
	rep_if(o, "abstract_file", v->fsd.abstract);
}

int
udf_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	const struct udf_volume *v = ((const struct udf_tree *)t)->v;
	char uuid[40];

	img_rep_str(rep, "format", "udf");
	rep_revision(rep, "revision", udf_regid_revision(&v->lvd.domain));
	img_rep_str(rep, "label", v->vat.counts && v->vat.label[0] ? v->vat.label : v->lvd.label);
	if (v->has_pvd) {
		uuid_of(v->pvd.set_id, uuid);
		rep_if(rep, "uuid", uuid);
	}
	img_rep_uint(rep, "block_size", v->bs);
	rep_space(rep, v);
	if (v->has_lvid) {
		img_rep_str(rep, "integrity", v->lvid.closed ? "closed" : "open");
		rep_time(rep, "modified", &v->lvid.time);
		if (v->lvid.counts)
			rep_revision(rep, "min_read_revision", v->lvid.min_read);
	} else {
		img_rep_null(rep, "integrity");
	}
	img_rep_bool(rep, "write_protected", v->lvd.domain.suffix[2] & 3);
	img_rep_uint(rep, "anchors", v->n_anchors);
	img_rep_bool(rep, "bridge", v->bridge);
	rep_parts(rep, v);
	rep_origin(rep, v);
	return 0;
}
