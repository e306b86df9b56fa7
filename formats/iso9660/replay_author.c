/* SPDX-License-Identifier: BSD-2-Clause */
/* The new tree laid out as the old image was.  What is started is found by its name, which may have changed: boot images may
 * be moved and replaced.  The label, the dates and the texts of the descriptors stay to the letter, because boot loaders look
 * for them; so do identifiers of the primary tree.  Those of Joliet are made anew. */
#include "config.h"

#include "formats/iso9660/replay.h"

#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/replay_private.h"
#include "img/source.h"

/* For the author's questions about names. */
struct naming {
	struct iso_replay *r;
	const struct iso_replay_change *c;
};

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
static bool
identifier(void *ctx, uint64_t id, uint8_t ret[255], size_t *ret_n)
{
	const struct naming *n = ctx;
	struct iso *iso = n->r->iso;
	struct iso_record rec;
	uint8_t buf[256];
	uint64_t old;
	int rc;

	*ret_n = 0;
	if (!n->c->is_old(n->c->ctx, id, &old))
		return false;
	if (n->r->own || (iso->view != ISO_ROCK_RIDGE && iso->view != ISO_PLAIN))
		return true;
	rc = old & ISO_ID_DIR ? iso_dir_record(iso, old, buf, &rec, NULL) :
	     iso_record_at(iso, iso_file_off(old), buf, &rec, NULL);
	if (rc)
		return true;
	memcpy(ret, rec.name, rec.n_name);
	*ret_n = rec.n_name;
	return true;
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

static int
look_back(const struct iso_replay *r, struct img_source *image, struct img_err *err)
{
	struct iso_replay_options o = { .lossy = r->lossy };
	struct iso_replay *again;
	int rc = iso_replay_open(image, &o, &again, err);

	if (rc)
		return img_note(err, rc, "the edited image, read back");
	rc = replay_compare(r, again, err);
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
