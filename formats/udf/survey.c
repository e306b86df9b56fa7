/* SPDX-License-Identifier: BSD-2-Clause */
/* A short look at a tree: bounded in files and folders, keeping no names. */
#include "config.h"

#include <stdlib.h>

#include "formats/udf/names.h"
#include "formats/udf/tree.h"
#include "formats/udf/udf.h"

/* a queue of folders this long has told enough */
#define MAX_FOLDERS 1024

struct look {
	const struct udf_volume *v;
	struct udf_window window;
	uint8_t *buf;			/* a block */
	struct udf_at queue[MAX_FOLDERS];
	size_t head, tail;
	struct udf_survey s;
};

static void
file_look(struct look *l, const struct udf_fid *f)
{
	struct udf_at icb = { f->icb.part, f->icb.block }, at;
	struct udf_survey *s = &l->s;
	struct udf_fe fe;

	if (f->flags & UDF_FID_DIR) {
		s->n_dirs++;
		if (l->tail < MAX_FOLDERS)
			l->queue[l->tail++] = icb;
		else
			s->complete = false;
		return;
	}
	s->n_files++;
	if (udf_icb_read(l->v, &l->window, icb, l->buf, &fe, &at, NULL))
		s->complete = false;
	else if (fe.file_type != UDF_FILE_LINK && fe.size > s->largest)
		s->largest = fe.size;
}

static void
dir_look(struct look *l, struct udf_at at, unsigned int max_nodes)
{
	char name[UDF_NAME_MAX];
	struct udf_dir d;
	struct udf_fid f;
	struct udf_fe fe;
	bool more = true;
	size_t len;

	if (udf_icb_read(l->v, &l->window, at, l->buf, &fe, &at, NULL) || udf_dir_open(l->v, &fe, at, &d, NULL)) {
		l->s.complete = false;
		return;
	}
	while (l->s.n_files + l->s.n_dirs < max_nodes) {
		if (udf_dir_name(&d, &f, name, &len, &more, NULL)) {
			l->s.complete = false;
			break;
		}
		if (!more)
			break;
		file_look(l, &f);
	}
	if (more)
		l->s.complete = false;
	udf_dir_done(&d);
}

int
udf_survey(struct img_tree *t, unsigned int max_nodes, struct udf_survey *ret, struct img_err *err)
{
	const struct udf_volume *v = ((const struct udf_tree *)t)->v;
	struct look *l = calloc(1, sizeof *l);

	if (l)
		l->buf = malloc(v->bs);
	if (!l || !l->buf) {
		free(l);
		return img_fail_nomem(err);
	}
	l->v = v;
	l->queue[l->tail++] = ((const struct udf_tree *)t)->root;
	l->s = (struct udf_survey) {
		.complete = true, .counts = v->vat.counts || (v->has_lvid && v->lvid.counts),
		.said_files = v->vat.counts ? v->vat.n_files : v->lvid.n_files,
		.said_dirs = v->vat.counts ? v->vat.n_dirs : v->lvid.n_dirs,
	};
	while (l->head < l->tail && l->s.n_files + l->s.n_dirs < max_nodes)
		dir_look(l, l->queue[l->head++], max_nodes);
	l->s.complete = l->s.complete && l->head == l->tail;
	*ret = l->s;
	udf_window_done(&l->window);
	free(l->buf);
	free(l);
	return 0;
}

int
udf_has_large_files(struct img_tree *t, bool *ret, struct img_err *err)
{
	struct udf_survey s;
	int rc = udf_survey(t, 4096, &s, err);

	if (!rc)
		*ret = s.largest >= UINT64_C(1) << 32;
	return rc;
}
