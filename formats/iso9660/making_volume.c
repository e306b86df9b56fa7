/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume descriptors: primary, boot record, Joliet, ISO 9660:1999, terminator, one a sector in this order, because El
 * Torito asks for its record in the second one. */
#include "config.h"

#include <string.h>

#include "core/text.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

struct img_time
making_date(const struct iso_author *a)
{
	return (struct img_time) { a->layout.date, 0 };
}

size_t
making_n_descriptors(const struct iso_author *a)
{
	return 2 + (a->o.n_boot > 0) + a->shape[KIND_JOLIET].wanted + a->shape[KIND_ENHANCED].wanted;
}

/* Padded with blanks; cut, which the options were checked against. */
static void
field(uint8_t *p, size_t n, const char *text, bool wide)
{
	size_t len = text ? strlen(text) : 0;

	if (wide) {
		joliet_field(text ? text : "", p, n);
		return;
	}
	memset(p, ' ', n);
	memcpy(p, text ? text : "", len < n ? len : n);
}

static const struct view *
view_of(const struct iso_author *a, enum kind kind, uint32_t bias)
{
	for (size_t i = 0; i < a->n_views; i++)
		if (a->view[i].kind == kind && a->view[i].bias == bias)
			return &a->view[i];
	return NULL;
}

/* A file in the root by its name or, as other tools' users give it, by its plain identifier, with a version or without. */
static const struct mnode *
root_file(const struct iso_author *a, const char *text)
{
	const struct mnode *n = making_find((struct iso_author *)a, text);
	uint8_t id[MAX_ISO_NAME + 4];

	for (uint32_t i = a->dir[0].first; !n && i < a->dir[0].first + a->dir[0].n; i++) {
		size_t len, k = strlen(text);

		if (a->node[i].type != IMG_NODE_FILE)
			continue;
		len = making_name(a, KIND_PRIMARY, i, id);
		if (k <= len && !memcmp(id, text, k) && (k == len || id[k] == ';'))
			n = &a->node[i];
	}
	return n;
}

/* The identifier of a file in the root that a descriptor names, as the view spells it.  What is not there is written as it
 * is given, and told. */
static void
file_field(const struct iso_author *a, const struct view *v, const char *name, uint8_t p[37])
{
	const struct mnode *n = name ? root_file(a, name) : NULL;
	uint8_t id[MAX_ISO_NAME + 4];
	size_t len;

	field(p, 37, n ? NULL : name, v->kind == KIND_JOLIET);
	if (name && !n && v->kind == KIND_PRIMARY && !v->bias)
		img_problem(a->src.env, IMG_WARNING, "file-id", "%s: the volume names it, but its root has no such file", name);
	if (!n)
		return;
	len = making_name(a, v->kind, (uint32_t)(n - a->node), id);
	memcpy(p, id, len < 37 ? len : 37 - (v->kind == KIND_JOLIET));
}

/* A volume that is written again says what it said: boot loaders look for its label and its dates. */
static void
say_again(const struct iso_vd *old, bool relabel, struct iso_vd *d)
{
	memcpy(d->system_id, old->system_id, sizeof d->system_id);
	if (!relabel)
		memcpy(d->volume_id, old->volume_id, sizeof d->volume_id);
	memcpy(d->set_id, old->set_id, sizeof d->set_id);
	memcpy(d->publisher, old->publisher, sizeof d->publisher);
	memcpy(d->preparer, old->preparer, sizeof d->preparer);
	memcpy(d->application, old->application, sizeof d->application);
	memcpy(d->copyright, old->copyright, sizeof d->copyright);
	memcpy(d->abstract, old->abstract, sizeof d->abstract);
	memcpy(d->bibliographic, old->bibliographic, sizeof d->bibliographic);
	memcpy(d->created, old->created, sizeof d->created);
	memcpy(d->modified, old->modified, sizeof d->modified);
	memcpy(d->expires, old->expires, sizeof d->expires);
	memcpy(d->effective, old->effective, sizeof d->effective);
	memcpy(d->app_use, old->app_use, sizeof d->app_use);
}

/* A volume seen as a partition ends where the next one begins. */
static uint32_t
end_of(const struct iso_author *a, uint32_t bias)
{
	uint64_t end = bias && a->layout.n_append ? a->layout.append[0].off : a->layout.volume;

	return (uint32_t)(end / BLOCK);
}

static void
describe(const struct iso_author *a, const struct view *v, uint8_t *p)
{
	const struct iso_options *o = &a->o;
	bool wide = v->kind == KIND_JOLIET;
	struct iso_vd d = {
		.type = v->kind == KIND_PRIMARY ? ISO_VD_PRIMARY : ISO_VD_SUPPLEMENTARY,
		.version = v->kind == KIND_ENHANCED ? 2 : 1, .structure = v->kind == KIND_ENHANCED ? 2 : 1,
		.blocks = end_of(a, v->bias) - v->bias,
		.set_size = 1, .sequence = 1, .block_size = BLOCK, .path_len = a->shape[v->kind].path_len,
		.path_l = v->path_l - v->bias, .path_m = v->path_m - v->bias,
	};

	field(d.system_id, 32, o->system_id, wide);
	field(d.volume_id, 32, o->label, wide);
	field(d.set_id, 128, o->volume_set, wide);
	field(d.publisher, 128, o->publisher, wide);
	field(d.preparer, 128, o->preparer, wide);
	field(d.application, 128, o->application, wide);
	file_field(a, v, o->copyright, d.copyright);
	file_field(a, v, o->abstract, d.abstract);
	file_field(a, v, o->bibliographic, d.bibliographic);
	iso_time17_emit(making_date(a), d.created);
	iso_time17_emit(making_date(a), d.modified);
	iso_time17_emit((struct img_time) { IMG_NO_TIME, 0 }, d.expires);
	iso_time17_emit((struct img_time) { IMG_NO_TIME, 0 }, d.effective);
	if (o->again && o->again->vd[v->kind])
		say_again(o->again->vd[v->kind], o->again->relabel, &d);
	making_root_record(a, v, &d.root);
	if (wide)
		memcpy(d.escapes, "%/E", 3);
	if (v->kind == KIND_PRIMARY && v->bias)
		memset(d.app_use, 0, sizeof d.app_use);
	if (v->kind == KIND_PRIMARY && !v->bias && o->implant_md5)
		iso_implant_field(a->layout.volume, NULL, d.app_use);
	iso_vd_emit(&d, p);
}

static void
boot_record(uint32_t catalog, uint8_t *p)
{
	memcpy(p, "\0CD001\1EL TORITO SPECIFICATION", 30);
	store_le32(p + 71, catalog);
}

int
making_descriptors(struct iso_author *a, uint64_t at, uint32_t bias, struct img_err *err)
{
	uint8_t *p = making_fixed(a, at, making_n_descriptors(a) * BLOCK);

	if (!p)
		return img_fail_nomem(err);
	describe(a, view_of(a, KIND_PRIMARY, bias), p);
	p += BLOCK;
	/* addresses in the catalog count from the start of the disc: it is nothing to a partition */
	if (a->o.n_boot && !bias) {
		boot_record(a->layout.catalog, p);
		p += BLOCK;
	}
	if (a->shape[KIND_JOLIET].wanted) {
		describe(a, view_of(a, KIND_JOLIET, bias), p);
		p += BLOCK;
	}
	if (a->shape[KIND_ENHANCED].wanted) {
		describe(a, view_of(a, KIND_ENHANCED, bias), p);
		p += BLOCK;
	}
	memcpy(p, "\377CD001\1", 7);
	return 0;
}
