/* SPDX-License-Identifier: BSD-2-Clause */
/* An ISO 9660 image that is written again.
 *
 *   read	catalog, partition tables, then one walk over the files		(iso_replay_open)
 *   plan	what they mean, so that it can be placed anew			(replay_tables.c, replay_boot.c)
 *   author	the new tree, laid out by that plan				(iso_replay_author)
 *   look	the result is read back like the old image: the same must start	(look_back)
 *
 * The label, the dates and the texts of the descriptors stay to the letter: boot loaders look for them.  File names of ISO 9660
 * and Joliet are made anew; those of Rock Ridge are what the tree shows. */
#include "config.h"

#include "formats/iso9660/replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/iso9660.h"
#include "formats/iso9660/replay_private.h"
#include "formats/udf/udf.h"
#include "img/source.h"

#define MAX_TAIL (UINT64_C(64) << 20)		/* bytes behind everything that are looked through for data */
#define TAIL_PIECE 65536

/* For the author's questions about names. */
struct naming {
	struct iso_replay *r;
	const struct iso_replay_change *c;
};

int
replay_lost(struct iso_replay *r, struct img_err *err, const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (!r->lossy)
		return img_fail(err, IMG_E_UNSUPPORTED, "%s", msg);
	r->n_lost++;
	img_problem(r->volume->env, IMG_WARNING, "edit-lost", "left out: %s", msg);
	return 0;
}

const char *
replay_scheme_name(enum replay_scheme s)
{
	static const char *const names[] = { "MBR", "GPT", "APM" };

	return names[s];
}

/* ---- opening ---- */

static int
open_tree(struct iso_replay *r, unsigned int session, struct img_err *err)
{
	struct img_tree_open o = { .volume = r->volume, .session = session };
	struct iso *own;
	int rc = img_volume_tree(&o, &r->tree, err);

	if (rc)
		return rc;
	if (!strcmp(r->tree->layer, "iso9660")) {
		r->iso = iso_of(r->tree);
		return 0;
	}
	if (strcmp(r->tree->layer, "udf"))
		return img_fail(err, IMG_E_UNSUPPORTED, "holds no ISO 9660; only images with ISO 9660 can be edited");
	if (iso_open(&o, &own, NULL))
		return img_fail(err, IMG_E_UNSUPPORTED, "holds UDF without ISO 9660; only images with ISO 9660 can be edited");
	r->own = &own->tree;
	r->iso = own;
	img_problem(r->volume->env, IMG_NOTE, "edit-views",
		    "only UDF showed the files; ISO 9660 now shows them too");
	return 0;
}

static int
check_volume(struct iso_replay *r, unsigned int session, struct img_err *err)
{
	const struct iso_vd *pvd = &r->iso->set.pvd;

	if (r->iso->block != ISO_SECTOR)
		return replay_lost(r, err, "logical blocks of %" PRIu32 " bytes; this build writes 2048", r->iso->block);
	if (r->iso->n_sessions > 1 && !session)
		return img_fail(err, IMG_E_UNSUPPORTED, "has %u sessions, and an edited image has one", r->iso->n_sessions);
	if (pvd->set_size > 1)
		return replay_lost(r, err, "is disc %u of a set of %u; this build writes sets of one", pvd->sequence, pvd->set_size);
	return 0;
}

static bool
has_udf(struct img_source *volume)
{
	const struct img_open o = { .below = volume, .env = volume->env };

	return img_format_udf.confirm && img_format_udf.confirm(&o) >= IMG_MATCH_MAGIC;
}

/* Bytes @n from @at on: where the first is that is not zero, and whether xorriso's checksums begin there. */
static void
look_at_tail(const uint8_t *p, size_t n, uint64_t at, uint64_t *io_first, bool *io_sums)
{
	static const char tag[] = "libisofs_checksum_tag";

	for (size_t i = 0; i < n && *io_first == UINT64_MAX; i++)
		if (p[i])
			*io_first = at + i;
	for (size_t i = 0; i + sizeof tag <= n; i += ISO_SECTOR)
		*io_sums |= !memcmp(p + i, tag, sizeof tag - 1);
}

/* Is there anything behind volume and partitions, which nothing names? */
static int
check_tail(struct iso_replay *r, struct img_err *err)
{
	uint64_t at = (r->iso->set.session + r->iso->set.pvd.blocks) * r->iso->block, size = r->volume->size, first = UINT64_MAX, stop;
	img_autofree uint8_t *buf = NULL;
	bool sums = false;
	int rc = 0;

	at = at > r->data_end ? at : r->data_end;
	at = at > r->tables_end ? at : r->tables_end;
	at = (at + ISO_SECTOR - 1) / ISO_SECTOR * ISO_SECTOR;
	stop = size > at && size - at > MAX_TAIL ? at + MAX_TAIL : size;
	if (at >= stop)
		return 0;
	buf = malloc(TAIL_PIECE);
	if (!buf)
		return img_fail_nomem(err);
	for (; !rc && at < stop; at += TAIL_PIECE) {
		size_t n = stop - at < TAIL_PIECE ? (size_t)(stop - at) : TAIL_PIECE;

		rc = img_source_read(r->volume, at, buf, n, err);
		if (!rc)
			look_at_tail(buf, n, at, &first, &sums);
	}
	if (rc || first == UINT64_MAX)
		return rc;
	if (!sums)
		return replay_lost(r, err, "there are data at %" PRIu64 ", behind the volume, that no table names", first);
	img_problem(r->volume->env, IMG_NOTE, "edit-checksums", "xorriso's own checksums behind the volume are left out");
	return 0;
}

static bool
is_padded(const struct iso_replay *r)
{
	uint64_t end = (r->iso->set.session + r->iso->set.pvd.blocks) * r->iso->block;

	if (r->plan->n_append && r->append_off[0] < end)
		end = r->append_off[0];
	if (r->plan->has_gpt && r->gpt_end < end)
		end = r->gpt_end;
	return end >= r->data_end && end - r->data_end >= REPLAY_PAD;
}

static int
read_all(struct iso_replay *r, const struct iso_replay_options *o, struct img_err *err)
{
	int rc = boot_plan_new(&r->plan, err);

	if (!rc)
		rc = open_tree(r, o->session, err);
	if (!rc)
		rc = check_volume(r, o->session, err);
	if (!rc)
		rc = replay_boot_read(r, err);
	if (!rc)
		rc = replay_tables_read(r, err);
	if (!rc)
		rc = replay_walk(r, err);
	if (!rc)
		rc = replay_tables_plan(r, err);
	if (!rc)
		rc = replay_boot_plan(r, err);
	if (!rc)
		rc = check_tail(r, err);
	if (rc)
		return rc;
	r->udf = has_udf(r->volume);
	r->md5 = iso_has_md5(&r->iso->set.pvd);
	r->padded = is_padded(r);
	return 0;
}

int
iso_replay_open(struct img_source *volume, const struct iso_replay_options *o, struct iso_replay **ret,
		struct img_err *err)
{
	struct iso_replay *r = calloc(1, sizeof *r);
	int rc;

	if (!r)
		return img_fail_nomem(err);
	r->volume = img_ref(volume);
	r->lossy = o->lossy;
	rc = read_all(r, o, err);
	if (rc) {
		iso_replay_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

static void
spot_done(struct replay_spot *s)
{
	for (size_t i = 0; i < s->n_names; i++)
		free(s->name[i]);
}

struct iso_replay *
iso_replay_free(struct iso_replay *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < ET_MAX_ENTRIES; i++)
		spot_done(&r->boot[i]);
	for (size_t i = 0; i < r->n_parts; i++)
		spot_done(&r->part[i].spot);
	spot_done(&r->catalog_spot);
	boot_plan_free(r->plan);
	img_tree_unref(r->own);
	img_tree_unref(r->tree);
	img_unref(r->volume);
	free(r);
	return NULL;
}

struct img_tree *
iso_replay_tree(struct iso_replay *r)
{
	return r->tree;
}

bool
iso_replay_has_md5(const struct iso_replay *r)
{
	return r->md5;
}

size_t
iso_replay_n_lost(const struct iso_replay *r)
{
	return r->n_lost;
}

/* ---- the new image ---- */

/* Which of the names a spot had leads to a file now?  NULL: none; *ret_first is what the first would be. */
static int
find_name(struct iso_replay *r, struct img_tree *tree, const struct replay_spot *s, const struct iso_replay_change *c,
	  const char **ret, struct img_node *ret_node, struct img_err *err)
{
	*ret = NULL;
	for (size_t i = 0; i < s->n_names; i++) {
		img_autofree char *now = c->where(c->ctx, s->name[i]);
		struct img_err why = { 0 };
		int rc;

		if (!now)
			return img_fail_nomem(err);
		rc = img_tree_lookup(tree, now, ret_node, &why);
		if (rc == IMG_E_UNKNOWN || (!rc && ret_node->type != IMG_NODE_FILE))
			continue;
		if (rc) {
			*err = why;
			return rc;
		}
		*ret = img_arena_str(r->plan->arena, now, strlen(now));
		return *ret ? 0 : img_fail_nomem(err);
	}
	return 0;
}

/* Appended partitions that are files as well. */
static int
find_appended(struct iso_replay *r, struct img_tree *tree, const struct iso_replay_change *c, struct img_err *err)
{
	struct boot_plan *p = r->plan;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->n_parts; i++) {
		const struct replay_part *part = &r->part[i];
		struct img_source *content;
		struct iso_append *a;
		struct img_node n;
		uint64_t old;

		if (part->plan.what != PLAN_APPEND || !part->spot.n_names)
			continue;
		a = &p->append[part->plan.index];
		rc = find_name(r, tree, &part->spot, c, &a->path, &n, err);
		if (rc || !a->path || c->is_old(c->ctx, n.id, &old))
			continue;
		rc = img_tree_content(tree, n.id, NULL, &content, err);
		if (rc)
			break;
		img_unref(a->source);
		a->source = content;
	}
	return rc;
}

/* The identifier of a node of the new tree in the old primary one. */
static size_t
identifier(void *ctx, uint64_t id, uint8_t ret[255])
{
	const struct naming *n = ctx;
	struct iso *iso = n->r->iso;
	struct iso_record rec;
	uint8_t buf[256];
	uint64_t old;
	int rc;

	if (n->r->own || (iso->view != ISO_ROCK_RIDGE && iso->view != ISO_PLAIN) || !n->c->is_old(n->c->ctx, id, &old))
		return 0;
	rc = old & ISO_ID_DIR ? iso_dir_record(iso, old, buf, &rec, NULL) :
	     iso_record_at(iso, iso_file_off(old), buf, &rec, NULL);
	if (rc || !rec.n_name)
		return 0;
	memcpy(ret, rec.name, rec.n_name);
	return rec.n_name;
}

/* Another file stands where the boot image was: a load size that was its length becomes that of the new one. */
static int
look_at_new(struct img_tree *tree, const struct img_node *n, const struct replay_spot *s, struct iso_boot *b,
	    const struct iso_replay_change *c, struct img_err *err)
{
	uint64_t sectors = (s->size + 511) / 512, old;
	struct img_source *content;
	int rc;

	if (c->is_old(c->ctx, n->id, &old))
		return 0;
	if (b->sectors == sectors || b->sectors == (sectors + 3) / 4 * 4)
		b->sectors = 0;
	if (b->platform != ET_X86)
		return 0;
	b->info_table = b->grub2 = false;
	rc = img_tree_content(tree, n->id, NULL, &content, err);
	if (rc)
		return rc;
	rc = boot_program_look(b, content, err);
	img_unref(content);
	return rc;
}

static int
find_boot(struct iso_replay *r, struct img_tree *tree, const struct iso_replay_change *c, struct img_err *err)
{
	struct boot_plan *p = r->plan;
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n_boot; i++) {
		const struct replay_spot *s = &r->boot[i];
		struct img_node n;

		if (!s->n_names || p->boot[i].append)
			continue;
		rc = find_name(r, tree, s, c, &p->boot[i].path, &n, err);
		if (!rc && !p->boot[i].path)
			return img_fail(err, IMG_E_USAGE, "/%s: the image starts by this file (%s); it can be moved or replaced, not "
					"taken away", s->name[0], et_platform_name(p->boot[i].platform));
		if (!rc)
			rc = look_at_new(tree, &n, s, &p->boot[i], c, err);
		if (rc)
			rc = img_note(err, rc, "/%s", s->name[0]);
	}
	return rc;
}

/* The catalog's file may be moved, and goes on without a name where that was taken away. */
static int
find_catalog(struct iso_replay *r, struct img_tree *tree, const struct iso_replay_change *c, struct img_err *err)
{
	const char *path = NULL;
	struct img_node n;
	int rc = r->plan->n_boot ? find_name(r, tree, &r->catalog_spot, c, &path, &n, err) : 0;

	r->plan->catalog = (char *)path;
	return rc;
}

static int
check_label(const struct iso_replay_change *c, struct img_err *err)
{
	if (c->label && strlen(c->label) > 32)
		return img_fail(err, IMG_E_USAGE, "the label \"%.60s\" has %zu bytes; at most 32 fit", c->label, strlen(c->label));
	return 0;
}

static void
set_options(const struct iso_replay *r, const struct iso_replay_change *c, struct iso_again *again, char *label,
	    struct iso_options *o)
{
	const struct iso *iso = r->iso;
	struct img_time date = iso_time17(iso->set.pvd.modified);

	if (date.sec == IMG_NO_TIME)
		date = iso_time17(iso->set.pvd.created);
	iso_text(iso->set.pvd.volume_id, sizeof iso->set.pvd.volume_id, false, label);
	*again = (struct iso_again) {
		.volume = r->volume, .catalog = r->catalog_spot.off, .relabel = c->label,
		.vd = {
			&iso->set.pvd, iso->set.has_joliet ? &iso->set.joliet : NULL,
			iso->set.has_enhanced ? &iso->set.enhanced : NULL,
		},
	};
	memcpy(again->catalog_id, r->catalog_id, sizeof again->catalog_id);
	iso_options_default(o);
	o->label = c->label ? c->label : label;
	o->level = r->level;
	o->joliet = iso->has[ISO_JOLIET] ? ISO_YES : ISO_NO;
	o->rock_ridge = iso->has[ISO_ROCK_RIDGE] ? ISO_YES : ISO_NO;
	o->xattrs = iso->has[ISO_ROCK_RIDGE] && atomic_load(&r->iso->attrs) ? ISO_XATTRS_ALL : ISO_XATTRS_NONE;
	o->udf = r->udf ? ISO_YES : ISO_NO;
	o->has_date = date.sec != IMG_NO_TIME;
	o->date = date.sec;
	o->owner = IMG_OWNER_KEEP;
	o->mode = IMG_MODE_KEEP;
	o->pad = r->padded ? ISO_YES : ISO_NO;
	o->implant_md5 = r->md5;
	o->again = again;
}

/* ---- the look back ---- */

static int
differs(struct img_err *err, const char *what)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "%s would not be as before; nothing was written", what);
}

static int
compare_boot(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	if (a->plan->n_boot != b->plan->n_boot)
		return differs(err, "the boot catalog");
	for (size_t i = 0; i < a->plan->n_boot; i++) {
		const struct iso_boot *x = &a->plan->boot[i], *y = &b->plan->boot[i];

		if (x->platform != y->platform || x->media != y->media || x->segment != y->segment || x->append != y->append ||
		    x->info_table != y->info_table || x->grub2 != y->grub2 || b->image[i].table == ET_TABLE_BAD ||
		    (x->sectors && x->sectors != y->sectors) || a->image[i].fat != b->image[i].fat)
			return differs(err, "a boot image");
	}
	return 0;
}

static bool
same_part(const struct plan_part *x, const struct plan_part *y)
{
	if (!x->what && !y->what)
		return true;
	return x->what == y->what && x->index == y->index && x->mbr_type == y->mbr_type && x->active == y->active &&
	       !memcmp(x->guid_type, y->guid_type, sizeof x->guid_type) && !memcmp(x->guid, y->guid, sizeof x->guid) &&
	       x->attributes == y->attributes && !strcmp(x->name, y->name) && !strcmp(x->apm_type, y->apm_type);
}

static int
compare_parts(const char *table, const struct plan_part *x, const struct plan_part *y, size_t n, struct img_err *err)
{
	char what[40];

	for (size_t i = 0; i < n; i++) {
		if (x[i].what == PLAN_GAP || y[i].what == PLAN_GAP || same_part(&x[i], &y[i]))
			continue;
		snprintf(what, sizeof what, "%s partition %zu", table, i + 1);
		return differs(err, what);
	}
	return 0;
}

/* The next entry of an Apple map that is no gap; NULL: none. */
static const struct plan_part *
next_apm(const struct boot_plan *p, size_t *io)
{
	while (*io < p->n_apm && p->apm[*io].what == PLAN_GAP)
		++*io;
	return *io < p->n_apm ? &p->apm[(*io)++] : NULL;
}

static int
compare_maps(const struct boot_plan *x, const struct boot_plan *y, struct img_err *err)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct plan_part *a = next_apm(x, &i), *b = next_apm(y, &k);

		if (!a && !b)
			return 0;
		if (!a || !b || !same_part(a, b))
			return differs(err, "the Apple partition map");
	}
}

static int
compare_tables(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	const struct boot_plan *x = a->plan, *y = b->plan;
	int rc;

	if (x->code != y->code || x->has_mbr != y->has_mbr || x->has_gpt != y->has_gpt || x->n_append != y->n_append || x->partition_offset != y->partition_offset)
		return differs(err, "the system area");
	rc = compare_parts("MBR", x->mbr, y->mbr, PLAN_MBR_PARTS, err);
	if (!rc)
		rc = compare_parts("GPT", x->gpt, y->gpt, PLAN_GPT_PARTS, err);
	return rc ? rc : compare_maps(x, y, err);
}

static int
compare(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	const bool *x = a->iso->has, *y = b->iso->has;
	int rc = compare_boot(a, b, err);

	if (!rc)
		rc = compare_tables(a, b, err);
	if (!rc && (x[ISO_JOLIET] != y[ISO_JOLIET] || x[ISO_ROCK_RIDGE] != y[ISO_ROCK_RIDGE] || a->udf != b->udf || a->md5 != b->md5))
		rc = differs(err, "the set of trees");
	return rc;
}

static int
look_back(const struct iso_replay *r, struct img_source *image, struct img_err *err)
{
	struct iso_replay_options o = { .lossy = r->lossy };
	struct iso_replay *again;
	int rc = iso_replay_open(image, &o, &again, err);

	if (rc)
		return img_note(err, rc, "the edited image, read back");
	rc = compare(r, again, err);
	iso_replay_free(again);
	return rc;
}

int
iso_replay_author(struct iso_replay *r, struct img_tree *tree, const struct iso_replay_change *c, struct img_source **ret,
		  struct img_err *err)
{
	img_autounref struct img_source *image = NULL;
	char label[ISO_TEXT_ROOM];
	struct iso_hybrid hybrid = { 0 };
	struct iso_options o;
	struct iso_again again;
	struct naming naming = { r, c };
	int rc = check_label(c, err);

	if (!rc)
		rc = find_boot(r, tree, c, err);
	if (!rc)
		rc = find_appended(r, tree, c, err);
	if (!rc)
		rc = find_catalog(r, tree, c, err);
	if (rc)
		return rc;
	set_options(r, c, &again, label, &o);
	again.identifier = identifier;
	again.ctx = &naming;
	rc = boot_plan_apply(r->plan, &o, &hybrid, err);
	if (!rc)
		rc = iso_author(tree, &o, &image, err);
	if (!rc)
		rc = look_back(r, image, err);
	if (image && o.hybrid)		/* the plan is the image's now */
		r->plan = NULL;
	if (!rc)
		*ret = img_steal(&image);
	return rc;
}
