/* SPDX-License-Identifier: BSD-2-Clause */
/* MacBinary, AppleSingle and AppleDouble as wrappers of an image: what they hold is their data fork. */
#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "formats/macfile/forks.h"
#include "img/report.h"
#include "img/source.h"

struct macfile {
	struct img_source src;
	struct mac_forks forks;
};

static int
macfile_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct macfile *m = (const struct macfile *)s;

	*ret = (struct img_extent) { .len = s->size, .kind = IMG_DATA, .from = m->forks.data, .stored = s->size };
	return 0;
}

static int
macfile_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct mac_forks *f = &((struct macfile *)s)->forks;

	img_rep_str(rep, "wrapper", f->wrapper);
	if (f->name[0])
		img_rep_str(rep, "name", f->name);
	if (f->type[0])
		img_rep_str(rep, "file_type", f->type);
	if (f->creator[0])
		img_rep_str(rep, "creator", f->creator);
	if (f->rsrc)
		img_rep_uint(rep, "resource_fork_size", f->rsrc->size);
	return 0;
}

static void
macfile_destroy(struct img_source *s)
{
	mac_forks_done(&((struct macfile *)s)->forks);
	free(s);
}

static const struct img_source_ops macfile_ops = {
	.map = macfile_map, .describe = macfile_describe, .destroy = macfile_destroy,
};

static int
macfile_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct mac_forks f;
	struct macfile *m;
	int rc = mac_forks_open(o, &f, err);

	if (rc)
		return rc;
	if (!f.data || !f.data->size) {
		rc = img_fail(err, IMG_E_UNKNOWN, "not a disk image: this is the resource fork of a Macintosh file%s",
			      f.binary ? "" : ", whose data are another file");
		mac_forks_done(&f);
		return rc;
	}
	m = calloc(1, sizeof *m);
	if (!m) {
		mac_forks_done(&f);
		return img_fail_nomem(err);
	}
	m->forks = f;
	img_source_init(&m->src, &macfile_ops, o->env, f.binary ? "macbinary" : "applesingle", f.data->size, 512);
	m->src.flags = f.data->flags;
	*ret = &m->src;
	return 0;
}

static enum img_match
macbinary_confirm(const struct img_open *o)
{
	struct macbinary m;

	return macbinary_read(o->below, &m) ? IMG_MATCH_MAGIC : IMG_MATCH_NONE;
}

const struct img_format img_format_macbinary = {
	.name = "macbinary",
	.title = "MacBinary file",
	.mime = "application/x-macbinary",
	.confirm = macbinary_confirm,
	.open = macfile_open,
	.wraps_anything = true,
	.plain = true,
};

const struct img_format img_format_applesingle = {
	.name = "applesingle",
	.title = "AppleSingle or AppleDouble file",
	.mime = "application/applefile",
	.magics = (const struct img_magic[]) {
		{ "\0\5\x16\0\0\1\0\0", 8, IMG_FROM_START, 0 }, { "\0\5\x16\0\0\2\0\0", 8, IMG_FROM_START, 0 },
		{ "\0\5\x16\7\0\1\0\0", 8, IMG_FROM_START, 0 }, { "\0\5\x16\7\0\2\0\0", 8, IMG_FROM_START, 0 }, { 0 } },
	.open = macfile_open,
	.wraps_anything = true,
	.plain = true,
};
