/* SPDX-License-Identifier: BSD-2-Clause */
/* -l, -ll, --list --json and --tree: the files inside, in the order of the walk, printed as they are found.  Names are
 * shown safe for terminals; JSON has them as they are. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "convert/select.h"
#include "core/image_tree.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/text.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "inspect/inspect.h"

static const char letters[] = "?-dlcbps";	/* by enum img_node_type */
static const char *const types[] = { "?", "file", "dir", "link", "char", "block", "fifo", "socket" };

static void
mode_text(const struct img_node *n, char buf[11])
{
	static const char rwx[] = "rwxrwxrwx";

	buf[0] = letters[n->type];
	for (unsigned int i = 0; i < 9; i++)
		buf[i + 1] = n->mode & 0400U >> i ? rwx[i] : '-';
	if (n->mode & 04000)
		buf[3] = n->mode & 0100 ? 's' : 'S';
	if (n->mode & 02000)
		buf[6] = n->mode & 010 ? 's' : 'S';
	if (n->mode & 01000)
		buf[9] = n->mode & 01 ? 't' : 'T';
	buf[10] = '\0';
}

/* Calendar time in UTC; "" if there is none or none that can be said. */
static const char *
time_text(const struct img_time *t, bool exact, char buf[64])
{
	time_t sec = (time_t)t->sec;
	struct tm tm;
	size_t n;

	buf[0] = '\0';
	if (t->sec == IMG_NO_TIME || !gmtime_r(&sec, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		return buf;
	n = strftime(buf, 64, exact ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	if (exact && t->nsec)
		n += (size_t)snprintf(buf + n, 64 - n, ".%09" PRIu32, t->nsec);
	if (exact)
		snprintf(buf + n, 64 - n, "Z");
	return buf;
}

static void
put_name(const struct inspection *in, const char *path)
{
	const char *p = path;

	while (*p >= ' ' && *p <= '~' && *p != '\\')
		p++;
	if (*p)
		text_put(stdout, path, in->t->utf8);
	else
		fputs(path, stdout);
}

static void
put_long(const struct inspection *in, const struct img_node *n)
{
	char mode[11], when[64];

	mode_text(n, mode);
	printf("%s %5" PRIu32 " %5" PRIu32 " ", mode, n->uid, n->gid);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK)
		printf("%6" PRIu32 ",%6" PRIu32, n->dev_major, n->dev_minor);
	else
		printf("%13" PRIu64, n->size);
	printf(" %-19s ", time_text(&n->mtime, false, when));
}

static void
put_line(const struct inspection *in, const struct img_node *n, const char *path)
{
	if (in->o->list > 1)
		put_long(in, n);
	put_name(in, path);
	if (n->type == IMG_NODE_DIR)
		putchar('/');
	if (n->type == IMG_NODE_LINK && in->o->list > 1) {
		fputs(" -> ", stdout);
		put_name(in, n->link ? n->link : "");
	}
	putchar('\n');
}

/* ---- JSON ---- */

static int
put_xattrs(struct img_tree *t, const struct img_node *n, struct img_rep *r, struct img_err *err)
{
	struct img_nodes list = { 0 };
	int rc = img_tree_streams(t, n->id, &list, err);
	struct img_rep *o = list.n ? img_rep_arr(r, "xattrs") : NULL;

	for (size_t i = 0; i < list.n; i++) {
		struct img_rep *x = img_rep_obj(o, NULL);

		img_rep_str(x, "name", list.v[i].name);
		img_rep_uint(x, "size", list.v[i].size);
	}
	img_nodes_done(&list);
	return rc;
}

static int
put_json(struct img_tree *t, const struct img_node *n, const char *path, struct img_err *err)
{
	struct img_report *rep = img_report_new();
	struct img_rep *r = img_report_root(rep);
	char mode[8], when[64];
	int rc;

	img_rep_str(r, "path", path);
	img_rep_str(r, "type", types[n->type]);
	if (n->type == IMG_NODE_FILE)
		img_rep_uint(r, "size", n->size);
	snprintf(mode, sizeof mode, "%04" PRIo32, n->mode & 07777);
	img_rep_str(r, "mode", mode);
	img_rep_uint(r, "uid", n->uid);
	img_rep_uint(r, "gid", n->gid);
	time_text(&n->mtime, true, when);
	img_rep_str(r, "mtime", when[0] ? when : NULL);
	if (n->type == IMG_NODE_LINK)
		img_rep_str(r, "link_target", n->link);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		img_rep_uint(r, "dev_major", n->dev_major);
		img_rep_uint(r, "dev_minor", n->dev_minor);
	}
	if (n->inode)
		img_rep_uint(r, "inode", n->inode);
	rc = put_xattrs(t, n, r, err);
	if (!rc && (!img_report_ok(rep) || !json_print(r, true, stdout)))
		rc = img_fail_nomem(err);
	img_report_free(rep);
	return rc;
}

/* ---- the drawing ---- */

struct drawing {
	size_t room;
	bool *last;	/* of the folder at each depth: was it the last of its own? */
};

static int
draw(const struct inspection *in, struct drawing *d, const struct img_node *n, const char *path, bool last,
     struct img_err *err)
{
	const char *bar = in->t->utf8 ? "│   " : "|   ", *tee = in->t->utf8 ? "├── " : "|-- ";
	const char *corner = in->t->utf8 ? "└── " : "`-- ";
	size_t depth = 0;

	for (const char *p = path; *p; p++)
		depth += *p == '/';
	if (depth >= d->room) {
		size_t room = 2 * depth + 32;
		bool *v = realloc(d->last, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		d->last = v;
		d->room = room;
	}
	d->last[depth] = last;
	for (size_t i = 0; i < depth; i++)
		fputs(d->last[i] ? "    " : bar, stdout);
	fputs(last ? corner : tee, stdout);
	put_name(in, n->name);
	if (n->type == IMG_NODE_DIR)
		putchar('/');
	if (n->type == IMG_NODE_LINK) {
		fputs(" -> ", stdout);
		put_name(in, n->link ? n->link : "");
	}
	putchar('\n');
	return 0;
}

/* ---- the walk ---- */

static int
put(struct inspection *in, struct img_tree *t, struct drawing *d, const struct img_walk *w, const struct img_node *n,
    const char *path, struct img_err *err)
{
	if (in->o->tree)
		return draw(in, d, n, path, img_walk_is_last(w), err);
	if (in->t->o.json)
		return put_json(t, n, path, err);
	put_line(in, n, path);
	return 0;
}

/* A folder that cannot be listed is told, and the others follow. */
static int
walk_all(struct inspection *in, struct img_tree *t, struct selection *sel, struct img_err *err)
{
	struct drawing d = { 0 };
	const struct img_node *n = NULL;
	struct img_walk *w;
	const char *path;
	int worst = 0, rc = img_walk_new(t, &w, err);

	if (rc)
		return rc;
	while (!ferror(stdout)) {
		struct img_err why = { 0 };

		rc = img_env_cancelled(in->env) ? img_fail(&why, IMG_E_CANCELLED, "cancelled")
						: img_walk_next(w, &n, &path, &why);
		if (!rc && !n)
			break;
		if (!rc && *path && (in->o->tree || selection_has(sel, path)))
			rc = put(in, t, &d, w, n, path, &why);
		if (rc && !worst) {
			worst = rc;
			if (err)
				*err = why;
		} else if (rc) {
			img_problem(in->env, IMG_ERROR, "folder-lost", "%s", why.msg);
		}
		if (rc == IMG_E_CANCELLED || rc == IMG_E_NOMEM)
			break;
	}
	if (!worst && img_walk_twice(w))
		worst = img_fail(err, IMG_E_FORMAT, "%zu entries have the name of another in their folder", img_walk_twice(w));
	img_walk_free(w);
	free(d.last);
	return worst;
}

int
inspect_list(struct inspection *in, struct img_err *err)
{
	img_autotree struct img_tree *t = NULL;
	struct selection sel;
	int rc = image_arg_tree(&in->arg, in->o->view, in->o->session, &t, err);

	if (!rc)
		rc = selection_init(&sel, (const char *const *)in->o->patterns, in->o->n_patterns, err);
	if (rc)
		return rc;
	if (in->o->tree) {
		put_name(in, in->path);
		putchar('\n');
	}
	rc = walk_all(in, t, &sel, err);
	in->partial = !rc && selection_unused(&sel, in->env);
	selection_done(&sel);
	return rc;
}

/* ---- one file ---- */

int
inspect_cat(struct inspection *in, struct img_err *err)
{
	img_autotree struct img_tree *t = NULL;
	img_autounref struct img_source *s = NULL;
	img_autofree uint8_t *buf = malloc(1 << 20);
	struct img_node n;
	int rc = buf ? image_arg_tree(&in->arg, in->o->view, in->o->session, &t, err) : img_fail_nomem(err);

	if (!rc)
		rc = img_tree_lookup(t, in->o->cat, &n, err);
	if (rc == IMG_E_UNKNOWN && t)	/* the image is known, it only lacks that file */
		return err ? (int)(err->code = IMG_E_IO) : IMG_E_IO;
	if (!rc && n.type != IMG_NODE_FILE)
		rc = img_fail(err, IMG_E_USAGE, "\"%s\" is no file but a %s", in->o->cat, types[n.type]);
	if (!rc)
		rc = img_tree_content(t, n.id, NULL, &s, err);
	for (uint64_t off = 0; !rc && off < s->size && !ferror(stdout);) {
		size_t len = s->size - off < 1 << 20 ? (size_t)(s->size - off) : 1 << 20;

		rc = img_env_cancelled(in->env) ? img_fail(err, IMG_E_CANCELLED, "cancelled")
						: img_source_read(s, off, buf, len, err);
		if (rc)
			return img_note(err, rc, "%s", in->o->cat);
		fwrite(buf, 1, len, stdout);
		off += len;
	}
	return rc;
}
