/* SPDX-License-Identifier: BSD-2-Clause */
/* The document that imginfo prints as JSON and text.  Its keys are a contract: see imginfo.schema.json. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "core/verdict.h"
#include "img/env.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/volumes.h"

/* The media type of the outermost container, or of the disc that plain sectors are. */
static const char *
media_type(const struct inspection *in)
{
	const struct img_image *im = &in->arg.image;
	const struct img_volumes *v = &in->arg.volumes;
	const char *mime = in->arg.opened && im->n ? im->layer[0].format->mime : NULL;

	for (size_t i = 0; in->arg.opened && !im->n && !mime && in->arg.listed && i < v->n; i++)
		if (!v->v[i].part && v->v[i].fs && (!strcmp(v->v[i].fs->name, "iso9660") || !strcmp(v->v[i].fs->name, "udf")))
			mime = "application/x-iso9660-image";
	return mime ? mime : "application/octet-stream";
}

static void
report_file(const struct inspection *in, struct img_rep *root)
{
	struct img_rep *o = img_rep_obj(root, "file");

	img_rep_str(o, "path", in->path);
	if (!in->arg.file)
		return;
	if (!in->arg.bundle)	/* a folder has none */
		img_rep_uint(o, "size", in->arg.file->size);
	img_rep_str(o, "mime", media_type(in));
}

/* ---- layers ---- */

static int
report_container(const struct img_format *f, struct img_source *s, struct img_rep *list, struct img_err *err)
{
	struct img_rep *o = img_rep_obj(list, NULL);
	int rc;

	img_rep_str(o, "kind", "container");
	rc = s->ops->describe ? s->ops->describe(s, o, err) : 0;
	if (!img_rep_get(o, "format"))
		img_rep_str(o, "format", f->name);
	img_rep_str(o, "title", f->title);
	return rc;
}

static void
report_partition(const struct img_part *p, struct img_rep *list)
{
	struct img_rep *o = img_rep_obj(list, NULL);

	img_rep_uint(o, "index", p->index);
	img_rep_str(o, "name", p->name[0] ? p->name : NULL);
	img_rep_str(o, "type", p->type);
	if (p->type_title)
		img_rep_str(o, "type_title", p->type_title);
	img_rep_uint(o, "offset", p->start);
	img_rep_uint(o, "size", p->len);
	if (p->uuid[0])
		img_rep_str(o, "uuid", p->uuid);
	if (p->bootable)
		img_rep_bool(o, "bootable", true);
	if (p->meta)
		img_rep_bool(o, "meta", true);
}

static void
report_table(const struct img_parts *t, struct img_rep *list)
{
	struct img_rep *o = img_rep_obj(list, NULL), *parts;

	img_rep_str(o, "kind", "partition_table");
	img_rep_str(o, "format", t->scheme);
	img_rep_uint(o, "sector_size", t->sector_size);
	if (t->protective)
		img_rep_bool(o, "protective", true);
	parts = img_rep_arr(o, "partitions");
	for (size_t i = 0; i < t->n; i++)
		report_partition(&t->v[i], parts);
}

static void
report_layers(struct inspection *in, struct img_rep *root)
{
	const struct img_image *im = &in->arg.image;
	const struct img_volumes *v = &in->arg.volumes;
	struct img_rep *list = img_rep_arr(root, "layers");
	struct img_err err = { 0 };

	if (!in->arg.opened)
		return;
	for (unsigned int i = 0; i < im->n; i++)
		if (report_container(im->layer[i].format, im->layer[i].source, list, &err))
			img_problem(in->env, IMG_WARNING, "not-described", "%s", err.msg);
	if (!im->n) {
		struct img_rep *o = img_rep_obj(list, NULL);

		img_rep_str(o, "kind", "container");
		img_rep_str(o, "format", "raw");
		img_rep_str(o, "title", "raw image");
	}
	for (size_t i = 0; in->arg.listed && i < v->n_tables; i++)
		report_table(&v->table[i], list);
	for (size_t i = 0; in->arg.listed && i < v->n; i++)
		if (!in->arg.only || (v->v[i].off == in->arg.only->off && v->v[i].len == in->arg.only->len))
			volumes_report(in, &v->v[i], list);
}

/* ---- proofs ---- */

struct img_rep *
inspect_row(struct inspection *in, const char *name, const char *what)
{
	struct img_rep *o;

	if (!in->rows)
		in->rows = img_report_new();
	o = img_rep_obj(img_report_root(in->rows), NULL);
	img_rep_str(o, "name", name);
	img_rep_str(o, "what", what);
	return o;
}

static void
report_checks(const struct inspection *in, struct img_rep *root)
{
	struct img_rep *list = img_rep_arr(root, "checks"), *o;

	verdict_report(&in->checks, list);
	for (const struct img_rep *c = in->rows ? img_report_root(in->rows)->first : NULL; c; c = c->next)
		img_rep_copy(c, list);
	if (!in->checked)
		return;
	o = img_rep_obj(list, NULL);
	img_rep_str(o, "name", "structure");
	img_rep_str(o, "state", volumes_bad(in) ? "bad" : "ok");
	if (volumes_bad(in))
		img_rep_str(o, "what", volumes_bad(in)->why.msg);
}

static void
report_hashes(const struct inspection *in, struct img_rep *root)
{
	char hex[2 * IMG_DIGEST_MAX + 1];
	struct img_rep *o;

	if (!in->hashed || !in->o->n_hashes)
		return;
	o = img_rep_obj(root, "hashes");
	for (size_t i = 0; i < in->o->n_hashes; i++)
		img_rep_str(o, in->o->hash[i]->name, text_hex(hex, in->tap[i].found, in->o->hash[i]->size));
}

static void
report_compared(const struct inspection *in, struct img_rep *root)
{
	struct img_rep *o = img_rep_obj(root, "compare");

	for (const struct img_rep *c = img_report_root(in->compared)->first; c; c = c->next)
		img_rep_copy(c, o);
}

/* Warnings are failures under --strict; by now all of them are known. */
static void
apply_strict(struct inspection *in)
{
	const struct img_problem *p;
	size_t lost, n = in->env ? img_problems(in->env, &p, &lost) : 0;

	for (size_t i = 0; i < n && in->t->o.strict && !in->status; i++) {
		if (p[i].severity == IMG_NOTE)
			continue;
		img_fail(&in->err, IMG_E_FORMAT, "there were warnings, and --strict was given");
		in->status = STATUS_DAMAGED;
	}
}

/* What lies behind a password may be another container: its size is not that of the disk.  A bundle tells the disk's own. */
static bool
hides_an_image(const struct inspection *in)
{
	const struct img_image *im = &in->arg.image;

	return im->locked.code == IMG_E_KEY && !strcmp(im->layer[im->n - 1].format->name, "encrcdsa");
}

struct img_report *
inspect_report(struct inspection *in)
{
	struct img_report *r = img_report_new();
	struct img_rep *root = img_report_root(r);

	img_rep_str(root, "schema", "imginfo/1");
	report_file(in, root);
	if (in->arg.opened && (in->arg.sectors->size == IMG_MAX_SIZE || hides_an_image(in)))
		img_rep_null(root, "virtual_size");	/* a stream that does not say */
	else if (in->arg.opened)
		img_rep_uint(root, "virtual_size", in->arg.sectors->size);
	report_layers(in, root);
	inspect_report_boot(in, root);
	report_checks(in, root);
	report_hashes(in, root);
	if (in->compared)
		report_compared(in, root);
	tool_problems_report(in->env, root);
	apply_strict(in);
	img_rep_str(root, "result", status_name(in->status));
	if (in->status) {
		struct img_rep *e = img_rep_obj(root, "error");

		img_rep_str(e, "code", status_name(in->status));
		img_rep_int(e, "exit", in->status);
		img_rep_str(e, "message", in->err.msg);
	}
	return r;
}
