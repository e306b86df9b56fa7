/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of mkisofs and its kin, a row each. */
#include "config.h"

#include "convert/as_mkisofs.h"

#include "convert/options.h"

int
mk_key(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return conv_add_key(m->o, w->row->key, w->row->value ? w->row->value : w->value[0], err);
}

int
mk_as_is(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return 0;
}

int
mk_refuse(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return img_fail(err, IMG_E_USAGE, "%s: %s", w->shown, w->row->says);
}

static int
set_output(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	m->o->dest = w->value[0];
	return 0;
}

static int
set_label(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	m->o->label = w->value[0];
	return 0;
}

const struct mk_row mk_rows[] = {
	{ "o output", "FILE", set_output, "--output" },
	{ "V volid", "ID", set_label, "--label" },
	{ "J joliet", NULL, mk_as_is, "is so anyway" },
	{ "R rock", NULL, mk_as_is, "is so anyway" },
	{ 0 }
};
