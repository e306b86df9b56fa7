/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a volume: its descriptors, which trees there are, and which of them is shown. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/text.h"
#include "formats/iso9660/iso9660.h"
#include "formats/iso9660/susp.h"
#include "img/format.h"
#include "img/source.h"

const char *const iso_view_words[ISO_N_VIEWS] = {
	[ISO_PLAIN] = "iso", [ISO_ENHANCED] = "iso1999", [ISO_JOLIET] = "joliet", [ISO_ROCK_RIDGE] = "rr",
};

void
iso_warn(const struct iso *iso, const char *code, const char *fmt, ...)
{
	atomic_uint *n = &((struct iso *)iso)->n_warned;
	char msg[300];
	va_list ap;

	if (atomic_fetch_add_explicit(n, 1, memory_order_relaxed) >= ISO_MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	img_problem(iso->tree.env, IMG_WARNING, code, "%s", msg);
}

const struct iso_vd *
iso_descriptor(const struct iso *iso, enum iso_view view)
{
	if (view == ISO_JOLIET)
		return &iso->set.joliet;
	return view == ISO_ENHANCED ? &iso->set.enhanced : &iso->set.pvd;
}

static void
iso_destroy(struct img_tree *t)
{
	iso_free(iso_of(t));
}

static const struct img_tree_ops iso_ops = {
	.list = iso_list, .root = iso_root, .streams = iso_streams, .content = iso_content, .describe = iso_describe,
	.checks = iso_checks, .verify = iso_verify, .destroy = iso_destroy,
};

void
iso_free(struct iso *iso)
{
	iso_meta_free(iso->meta);
	img_unref(iso->volume);
	free(iso);
}

static int
iso_new(struct img_source *volume, struct iso **ret, struct img_err *err)
{
	struct iso *iso = calloc(1, sizeof *iso);
	int rc;

	if (!iso)
		return img_fail_nomem(err);
	img_tree_init(&iso->tree, &iso_ops, volume->env, "iso9660");
	iso->volume = img_ref(volume);
	rc = iso_meta_new(volume, &iso->meta, err);
	if (rc) {
		iso_free(iso);
		return rc;
	}
	*ret = iso;
	return 0;
}

/* ---- what is there ---- */

static int
pick_session(struct iso *iso, const struct img_tree_open *o, struct img_err *err)
{
	uint64_t at[ISO_MAX_SESSIONS];
	int rc = iso_sessions_find(iso->volume, o->session > 0, at, &iso->n_sessions, err);

	if (rc)
		return rc;
	if (o->session > iso->n_sessions)
		return img_fail(err, IMG_E_USAGE, "there is no session %u; the volume has %u", o->session,
				iso->n_sessions);
	iso->session = o->session ? o->session : iso->n_sessions;
	return iso_set_read(iso->volume, at[iso->session - 1], false, &iso->set, err);
}

/* Does the root of @view lie in the volume? */
static int
check_root(const struct iso *iso, enum iso_view view, struct img_err *err)
{
	const struct iso_record *root = &iso_descriptor(iso, view)->root;
	uint64_t at = iso_data_off(iso, root);

	if (!span_ok(at, root->size ? 1 : 0, iso->volume->size))
		return img_fail(err, IMG_E_FORMAT, "the root directory (%s) at %" PRIu64 " lies past the end (%" PRIu64 ")",
				iso_view_words[view], at, iso->volume->size);
	return 0;
}

static bool
root_is_empty(struct iso *iso, enum iso_view view)
{
	enum iso_view was = iso->view;
	bool empty = true;
	struct iso_record rec;
	struct iso_dir d;
	uint64_t off;

	iso->view = view;
	if (!iso_dir_open(iso, IMG_TREE_ROOT, &d, NULL)) {
		while (empty && iso_dir_next(&d, &rec, &off, NULL) > 0)
			empty = iso_is_dot(&rec);
		iso_dir_close(&d);
	}
	iso->view = was;
	return empty;
}

/* Which trees are there?  A tree whose root is lost is left out, as long as another one remains. */
static int
find_views(struct iso *iso, struct img_err *err)
{
	struct img_err why[ISO_N_VIEWS] = { 0 };
	struct susp_root root = { 0 };
	int rc;

	iso->has[ISO_PLAIN] = !check_root(iso, ISO_PLAIN, &why[ISO_PLAIN]);
	iso->has[ISO_ENHANCED] = iso->set.has_enhanced && !check_root(iso, ISO_ENHANCED, &why[ISO_ENHANCED]);
	iso->has[ISO_JOLIET] = iso->set.has_joliet && !check_root(iso, ISO_JOLIET, &why[ISO_JOLIET]);
	if (!iso->has[ISO_PLAIN] && !iso->has[ISO_ENHANCED] && !iso->has[ISO_JOLIET]) {
		if (err)
			*err = why[ISO_PLAIN];
		return IMG_E_FORMAT;
	}
	for (size_t i = 0; i < ISO_N_VIEWS; i++)
		if (why[i].code)
			img_problem(iso->tree.env, IMG_WARNING, "iso-root-lost", "%s", why[i].msg);
	if (!iso->has[ISO_PLAIN] || !iso->set.pvd.root.size)
		return 0;
	rc = susp_root_read(iso, &root, &why[ISO_ROCK_RIDGE]);
	if (rc == IMG_E_LIMIT || rc == IMG_E_NOMEM) {	/* not damage: whoever only looks has read enough */
		if (err)
			*err = why[ISO_ROCK_RIDGE];
		return rc;
	}
	if (rc)
		img_problem(iso->tree.env, IMG_WARNING, "iso-bad-susp", "%s", why[ISO_ROCK_RIDGE].msg);
	iso->susp = root.sp;
	iso->susp_skip = root.skip;
	iso->attrs = root.attrs;
	iso->has[ISO_ROCK_RIDGE] = root.rock_ridge;
	return 0;
}

/* Rock Ridge over Joliet over enhanced over plain; a tree with nothing in it gives way to one that has something. */
static enum iso_view
best_view(struct iso *iso)
{
	static const enum iso_view order[] = { ISO_ROCK_RIDGE, ISO_JOLIET, ISO_ENHANCED, ISO_PLAIN };
	enum iso_view first = ISO_N_VIEWS;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (!iso->has[order[i]])
			continue;
		if (first == ISO_N_VIEWS)
			first = order[i];
		if (!root_is_empty(iso, order[i]))
			return order[i];
	}
	return first;
}

static void
view_list(const struct iso *iso, char *buf, size_t room)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = ISO_N_VIEWS; i-- > 0; )
		if (iso->has[i] && n < room)
			n += (size_t)snprintf(buf + n, room - n, "%s%s", n ? ", " : "", iso_view_words[i]);
}

static int
choose_view(struct iso *iso, const char *word, struct img_err *err)
{
	char there[64];

	if (!word) {
		iso->view = best_view(iso);
		return 0;
	}
	for (size_t i = 0; i < ISO_N_VIEWS; i++) {
		if (!strcmp(word, iso_view_words[i]) && iso->has[i]) {
			iso->view = (enum iso_view)i;
			return 0;
		}
	}
	view_list(iso, there, sizeof there);
	return img_fail(err, IMG_E_USAGE, "the volume has no \"%s\" tree; it has: %s", word, there);
}

/* "truncated: the volume claims 4.45 MiB, the file has 1.91 MiB"; bytes, where three digits show no difference. */
static int
check_claim(uint64_t claimed, uint64_t have, struct img_err *err)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	if (claimed <= have)
		return 0;
	text_size_exact(a, claimed);
	text_size_exact(b, have);
	if (strcmp(a, b))
		return img_fail(err, IMG_E_FORMAT, "truncated: the volume claims %s, the file has %s", a, b);
	return img_fail(err, IMG_E_FORMAT, "truncated: the volume claims %" PRIu64 " bytes, the file has %" PRIu64, claimed, have);
}

int
iso_check_size(const struct iso *iso, struct img_err *err)
{
	return check_claim((uint64_t)iso->set.pvd.blocks * iso->block, iso->volume->size, err);
}

int
iso_check_whole(struct img_source *disc, struct img_err *err)
{
	uint8_t b[132];		/* ECMA-119 8.4: volume space size at 80, logical block size at 128 */

	if (disc->flags & (IMG_FORWARD | IMG_HEAD_ONLY) || !span_ok(ISO_VD_BLOCK * ISO_SECTOR, sizeof b, disc->size) ||
	    img_source_read(disc, ISO_VD_BLOCK * ISO_SECTOR, b, sizeof b, NULL) || memcmp(b, "\1CD001\1", 7) ||
	    load_le32(b + 80) != load_be32(b + 84))
		return 0;
	return check_claim((uint64_t)load_le32(b + 80) * load_le16(b + 128), disc->size, err);
}

static void
look_at_sizes(const struct iso *iso)
{
	const struct iso_vd *pvd = &iso->set.pvd;
	struct img_env *env = iso->tree.env;
	struct img_err why = { 0 };

	if (!pvd->blocks)
		img_problem(env, IMG_WARNING, "iso-no-size", "the volume says that it has no blocks at all");
	else if (iso_check_size(iso, &why))
		img_problem(env, IMG_WARNING, "iso-truncated", "%s", why.msg);
	if (pvd->uneven)
		img_problem(env, IMG_WARNING, "iso-both-endian",
			    "numbers of the volume descriptor differ between their little- and big-endian halves");
}

int
iso_open(const struct img_tree_open *o, struct iso **ret, struct img_err *err)
{
	struct iso *iso;
	int rc = iso_new(o->volume, &iso, err);

	if (rc)
		return rc;
	rc = pick_session(iso, o, err);
	if (!rc) {
		iso->block = iso->set.pvd.block_size;
		look_at_sizes(iso);
		rc = find_views(iso, err);
	}
	if (!rc)
		rc = choose_view(iso, o->view, err);
	if (!rc)
		rc = iso_roots_compare(iso, err);
	if (rc) {
		iso_free(iso);
		return rc;
	}
	*ret = iso;
	return 0;
}

int
iso_open_view(struct iso *iso, enum iso_view view, struct iso **ret, struct img_err *err)
{
	struct iso *other;
	int rc = iso_new(iso->volume, &other, err);

	if (rc)
		return rc;
	other->set = iso->set;
	other->block = iso->block;
	memcpy(other->has, iso->has, sizeof iso->has);
	other->susp = iso->susp;
	other->susp_skip = iso->susp_skip;
	other->attrs = atomic_load(&iso->attrs);
	other->session = iso->session;
	other->n_sessions = iso->n_sessions;
	other->view = view;
	*ret = other;
	return 0;
}
