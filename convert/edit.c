/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv edit:
 *
 *   read	how the image starts, its views, texts, dates		(iso_replay_open)
 *   change	its tree, option by option				(change)
 *   author	the new tree like the old image				(iso_replay_author)
 *
 * What is put in gets owners, modes and times like those of an image that is built; what was there keeps its own. */
#include "config.h"

#include "convert/edit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/build.h"
#include "convert/build_tree.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/tool.h"
#include "formats/author_rules.h"
#include "formats/iso9660/replay.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "trees/edited.h"

struct edit {
	const struct conv_options *o;
	struct img_env *env;
	struct iso_replay *replay;
	struct edited *files;
	struct img_author_options rules;	/* of what is put in */
};

/* ---- what is put in ---- */

static void
rule(void *ctx, struct img_node *n)
{
	const struct img_author_options *a = ctx;

	n->mode = author_mode(a->mode, a->file_mode, a->dir_mode, n);
	n->uid = author_id(a->owner, a->uid, n->uid);
	n->gid = author_id(a->owner, a->gid, n->gid);
	n->mtime = author_time(n->mtime, a->epoch);
}

/* SRC:DEST */
static int
add(struct edit *e, const struct conv_edit *change, struct img_err *err)
{
	img_autofree char *trimmed = strdup(change->first);
	img_autotree struct img_tree *tree = NULL;
	struct img_node n;
	size_t len;
	int rc;

	if (!trimmed)
		return img_fail_nomem(err);
	rc = build_tree_host(e->env, change->first, e->o->follow_links, &tree, &n, err);
	if (rc)
		return rc;
	for (len = strlen(trimmed); len > 1 && trimmed[len - 1] == '/'; )
		trimmed[--len] = '\0';
	return edited_add(e->files, change->value, tree, &n, strrchr(trimmed, '/') ? strrchr(trimmed, '/') + 1 : trimmed, rule,
			  &e->rules, err);
}

static int
change(struct edit *e, const struct conv_edit *c, struct img_err *err)
{
	switch (c->what) {
	case CONV_ADD: return add(e, c, err);
	case CONV_RM: return edited_remove(e->files, c->value, err);
	case CONV_MKDIR: return edited_mkdir(e->files, c->value, err);
	default: return edited_move(e->files, c->first, c->value, err);
	}
}

/* ---- the image ---- */

int
edit_look(struct tool *t, const struct conv_options *o, struct img_err *err)
{
	struct stat st;

	if (!o->in_place || stat(o->source, &st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return img_fail(err, IMG_E_USAGE, "is no file that could be edited in place; -o names the target");
	if (access(o->source, W_OK) && !o->overwrite) {
		snprintf(t->hint, sizeof t->hint, "-y edits it all the same, -o names another target");
		return img_fail(err, IMG_E_EXISTS, "is write-protected");
	}
	if (st.st_nlink > 1)
		tool_say(t, TONE_NOTE, "edit-hard-links", o->source, NULL,
			 "has other names (hard links); only this one gets the new image");
	return 0;
}

static char *
where(void *ctx, const char *path)
{
	return edited_where(((struct edit *)ctx)->files, path);
}

static bool
is_old(void *ctx, uint64_t id, uint64_t *ret)
{
	return edited_is_base(((struct edit *)ctx)->files, id, ret);
}

static void
hint(struct tool *t, const char *text)
{
	snprintf(t->hint, sizeof t->hint, "%s", text);
}

static int
check_container(const struct conv_options *o, const struct image_arg *source, struct img_err *err)
{
	if (o->in_place && (source->image.n || source->bundle))
		return img_fail(err, IMG_E_USAGE, "lies in a container (%s); only plain images are edited in place, -o names another "
				"target", source->image.n ? source->image.layer[0].format->title : "bundle");
	return 0;
}

static int
change_all(struct tool *t, struct edit *e, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < e->o->n_edits; i++) {
		rc = change(e, &e->o->edits[i], err);
		if (rc == IMG_E_EXISTS && e->o->edits[i].what == CONV_MOVE)
			hint(t, "a '/' behind TO moves it into that folder; --rm before takes the old one away");
		else if (rc == IMG_E_EXISTS)
			hint(t, "--rm before takes the old one away; a '/' behind DEST means: into that folder");
	}
	return rc;
}

static int
open_image(struct tool *t, struct edit *e, struct image_arg *source, struct img_source **ret, struct img_err *err)
{
	const struct conv_options *o = e->o;
	enum iso_replay_remedy remedy = ISO_REPLAY_NO_REMEDY;
	struct iso_replay_options how = { .session = o->session, .lossy = o->ignore_errors, .ret_remedy = &remedy };
	struct iso_replay_change c = { .label = o->label, .where = where, .is_old = is_old, .ctx = e };
	int rc = check_container(o, source, err);

	if (!rc)
		rc = iso_replay_open(source->sectors, &how, &e->replay, err);
	if (rc && remedy == ISO_REPLAY_ONE_SESSION)
		hint(t, "--session N edits the files of one");
	else if (rc && remedy == ISO_REPLAY_LOSSY)
		hint(t, "--ignore-errors leaves it out");
	if (!rc)
		rc = edited_new(iso_replay_tree(e->replay), &e->files, err);
	if (!rc)
		rc = build_author_options(o, &e->rules, err);
	if (!rc)
		rc = change_all(t, e, err);
	return rc ? rc : iso_replay_author(e->replay, edited_tree(e->files), &c, ret, err);
}

int
edit_open(struct tool *t, const struct conv_options *o, struct image_arg *source, struct edit **ret,
	  struct img_source **ret_image, struct img_err *err)
{
	struct edit *e = calloc(1, sizeof *e);

	if (!e)
		return img_fail_nomem(err);
	e->o = o;
	e->env = source->sectors->env;
	*ret = e;
	return open_image(t, e, source, ret_image, err);
}

struct edit *
edit_free(struct edit *e)
{
	if (!e)
		return NULL;
	if (e->files)
		img_tree_unref(edited_tree(e->files));
	iso_replay_free(e->replay);
	free(e);
	return NULL;
}

bool
edit_wants_md5(const struct edit *e)
{
	return iso_replay_has_md5(e->replay);
}

bool
edit_is_partial(const struct edit *e)
{
	return iso_replay_n_lost(e->replay) > 0;
}

/* ---- telling ---- */

static void
part(FILE *f, const char **io_sep, uint64_t n, const char *what)
{
	if (!n)
		return;
	fprintf(f, "%s%" PRIu64 " %s", *io_sep, n, what);
	*io_sep = ", ";
}

void
edit_tell(const struct edit *e, FILE *f)
{
	const struct edited_counts *n = edited_counts(e->files);
	const char *sep = "changes: ";

	part(f, &sep, n->added, "added");
	part(f, &sep, n->removed, "removed");
	part(f, &sep, n->moved, "moved");
	part(f, &sep, n->made, n->made == 1 ? "folder made" : "folders made");
	if (e->o->label) {
		fputs(sep, f);
		fputs("label", f);
		sep = ", ";
	}
	fputs(*sep == ',' ? "\n" : "changes: none\n", f);
}

void
edit_report(const struct edit *e, struct img_rep *root)
{
	const struct edited_counts *n = edited_counts(e->files);
	struct img_rep *r = img_rep_obj(root, "changes");

	img_rep_uint(r, "added", n->added);
	img_rep_uint(r, "removed", n->removed);
	img_rep_uint(r, "moved", n->moved);
	img_rep_uint(r, "folders_made", n->made);
	img_rep_str(r, "label", e->o->label);
	img_rep_bool(r, "in_place", e->o->in_place);
	img_rep_uint(r, "left_out", iso_replay_n_lost(e->replay));
}
