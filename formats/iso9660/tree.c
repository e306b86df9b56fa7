/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory's records as nodes.  One pass: the sections of a long file and the record of a resource fork lie next to
 * the record they belong to (ECMA-119 9.3). */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/susp.h"
#include "img/source.h"

/* What a volume that knows no permissions gets: as if its files had just been made, with the usual umask. */
#define PLAIN_FILE_MODE 0644
#define PLAIN_DIR_MODE 0755

struct listing {
	struct iso *iso;
	struct img_nodes *nodes;
	size_t room;
	struct rr rr;
	bool hide_moved;		/* this is the root */
	/* the record before */
	uint8_t prev[255], n_prev;
	bool more;			/* it said that another section follows */
	bool hidden;			/* it gave no node */
	uint64_t fork_off;		/* of an associated file's first record; 0: none */
	char text[ISO_NAME_ROOM];
};

static bool
same_name(const struct listing *l, const struct iso_record *r)
{
	return r->n_name == l->n_prev && !memcmp(r->name, l->prev, r->n_name);
}

static struct img_node *
push(struct listing *l, struct img_err *err)
{
	struct img_nodes *n = l->nodes;

	if (img_room(&n->v, n->n, &l->room, sizeof *n->v, err))
		return NULL;
	memset(&n->v[n->n], 0, sizeof *n->v);
	return &n->v[n->n++];
}

static const char *
keep(struct listing *l, const void *p, size_t n)
{
	return img_arena_str(l->nodes->arena, p, n);
}

/* ---- Rock Ridge ---- */

/* Names of one file: the same serial number and the same data.  Without serial numbers (before RRIP 1.12) the data alone
 * must do, which an empty file has not. */
static uint64_t
inode_of(const struct rr *rr, const struct iso_record *rec, const struct img_node *n)
{
	if (rr->nlink < 2 || n->type == IMG_NODE_DIR)
		return 0;
	if (rr->serial)
		return (uint64_t)rr->serial << 32 | (rec->size ? rec->block : 0);
	return n->type == IMG_NODE_FILE && rec->size ? rec->block : 0;
}

/* Mode, owner, times: of @rr for @n, whose type is settled by the record. */
static void
set_posix(const struct rr *rr, const struct iso_record *rec, struct img_node *n)
{
	if (rr->px) {
		enum img_node_type type = img_node_type_of(rr->mode);

		/* the records know best what is a directory */
		if (n->type != IMG_NODE_DIR && type != IMG_NODE_DIR)
			n->type = type;
		n->mode = rr->mode & 07777;
		n->uid = rr->uid;
		n->gid = rr->gid;
		n->nlink = rr->nlink;
		n->inode = inode_of(rr, rec, n);
	}
	if (rr->tf_mtime)
		n->mtime = rr->mtime;
	n->atime = rr->atime;
	n->ctime = rr->ctime;
	n->btime = rr->btime;
	if (n->type != IMG_NODE_FILE)
		n->size = 0;
	else if (rr->zf.there)
		n->size = rr->zf.size;
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK)
		rr_device(rr, &n->dev_major, &n->dev_minor);
}

static int
set_link(struct listing *l, struct img_node *n, struct img_err *err)
{
	const struct img_buf *b = &l->rr.link;

	if (n->type != IMG_NODE_LINK)
		return 0;
	if (!b->len)
		iso_warn(l->iso, "iso-bad-link", "symbolic link \"%s\" has no target", n->name);
	n->link = keep(l, b->len ? (const char *)b->p : "", b->len);
	return n->link ? 0 : img_fail_nomem(err);
}

/* The directory that was moved away lies at rr->child_block; its own "." record tells what it is. */
static int
follow_child(struct listing *l, struct img_node *n, struct img_err *err)
{
	const struct iso *iso = l->iso;
	uint64_t block = l->rr.child_block;
	struct iso_record dot;
	uint8_t buf[256];
	int rc = iso_record_at(iso, block * iso->block, buf, &dot, err);

	if (!rc && !(dot.n_name == 1 && !dot.name[0]))
		rc = img_fail(err, IMG_E_FORMAT, "there is no directory at block %" PRIu64, block);
	if (!rc)
		rc = rr_parse(iso, &dot, &l->rr, err);
	if (rc)
		return img_note(err, rc, "\"%s\", a directory moved for its depth", n->name);
	n->type = IMG_NODE_DIR;
	n->mode = PLAIN_DIR_MODE;
	n->mtime = iso_time7(dot.date);
	n->id = iso_dir_id(iso, block + dot.xar, dot.size);
	n->nlink = 0;
	n->inode = 0;
	set_posix(&l->rr, &dot, n);
	return 0;
}

/* Does the directory hold nothing but directories that were moved there, at least one? */
static bool
only_relocated(struct listing *l, const struct iso_record *rec)
{
	const struct iso *iso = l->iso;
	bool some = false, only = true;
	struct iso_record r;
	struct iso_dir d;
	uint64_t off;

	if (iso_dir_open(iso, iso_dir_id(iso, iso_data_block(rec), rec->size), &d, NULL))
		return false;
	while (only && iso_dir_next(&d, &r, &off, NULL) > 0) {
		if (iso_is_dot(&r))
			continue;
		only = !rr_parse(iso, &r, &l->rr, NULL) && l->rr.relocated;
		some = true;
	}
	iso_dir_close(&d);
	return some && only;
}

static bool
is_rr_moved(const struct listing *l, const struct iso_record *r)
{
	return l->hide_moved && r->flags & ISO_DIRECTORY && r->n_name == 8 && !memcmp(r->name, "RR_MOVED", 8);
}

/* ---- nodes ---- */

/* Several versions of one file: all but the first keep their number. */
static size_t
plain_name(struct listing *l, const struct iso_record *r)
{
	const struct img_nodes *n = l->nodes;
	size_t len = iso_plain_name(l->iso, r, false, l->text);

	/* the node being made is the last one already */
	if (n->n > 1 && !l->hidden && !strcmp(n->v[n->n - 2].name, l->text) && !same_name(l, r))
		len = iso_plain_name(l->iso, r, true, l->text);
	return len;
}

static int
set_name(struct listing *l, const struct iso_record *r, struct img_node *n, struct img_err *err)
{
	struct img_buf *nm = &l->rr.name;

	if (l->iso->view == ISO_ROCK_RIDGE && nm->len && memchr(nm->p, 0, nm->len))
		l->rr.bad = "a Rock Ridge name has a NUL";
	else if (l->iso->view == ISO_ROCK_RIDGE && nm->len && !l->rr.long_name)
		n->name = keep(l, nm->p, nm->len);
	if (!n->name)
		n->name = keep(l, l->text, plain_name(l, r));
	return n->name ? 0 : img_fail_nomem(err);
}

static void
set_plain(struct listing *l, const struct iso_record *r, uint64_t off, struct img_node *n)
{
	bool dir = r->flags & ISO_DIRECTORY;

	n->type = dir ? IMG_NODE_DIR : IMG_NODE_FILE;
	n->mode = dir ? PLAIN_DIR_MODE : PLAIN_FILE_MODE;
	n->size = dir ? 0 : r->size;
	n->mtime = iso_time7(r->date);
	n->atime = n->ctime = n->btime = (struct img_time) { .sec = IMG_NO_TIME };
	n->id = dir ? iso_dir_id(l->iso, iso_data_block(r), r->size) :
		iso_file_id(off, l->fork_off && off - l->fork_off <= 0xffff ? off - l->fork_off : 0);
}

static int
add_node(struct listing *l, const struct iso_record *r, uint64_t off, struct img_err *err)
{
	struct img_node *n;
	int rc = 0;

	l->rr.bad = NULL;
	if (l->iso->view == ISO_ROCK_RIDGE) {
		rc = rr_parse(l->iso, r, &l->rr, err);
		l->hidden = !rc && l->rr.relocated;
		if (rc) {
			iso_plain_name(l->iso, r, true, l->text);
			return img_note(err, rc, "\"%s\" (directory record at %" PRIu64 ")", l->text, off);
		}
		if (l->rr.al)
			atomic_store_explicit(&l->iso->attrs, true, memory_order_relaxed);
		if (l->hidden)
			return 0;
	}
	n = push(l, err);
	if (!n)
		return IMG_E_NOMEM;
	set_plain(l, r, off, n);
	rc = set_name(l, r, n, err);
	l->hidden = false;
	if (rc || l->iso->view != ISO_ROCK_RIDGE)
		return rc;
	set_posix(&l->rr, r, n);
	rc = set_link(l, n, err);
	if (l->rr.bad)
		iso_warn(l->iso, "iso-bad-susp", "\"%s\": %s", n->name, l->rr.bad);
	if (!rc && l->rr.child && n->type != IMG_NODE_DIR)
		rc = follow_child(l, n, err);
	return rc;
}

/* Another section of the file before. */
static void
add_section(struct listing *l, const struct iso_record *r)
{
	struct img_node *n = &l->nodes->v[l->nodes->n - 1];

	if (!l->hidden && n->type == IMG_NODE_FILE && !(l->iso->view == ISO_ROCK_RIDGE && l->rr.zf.there))
		n->size += r->size;
}

static void
remember(struct listing *l, const struct iso_record *r)
{
	memcpy(l->prev, r->name, r->n_name);
	l->n_prev = r->n_name;
	l->more = r->flags & ISO_MORE;
}

static int
add_record(struct listing *l, const struct iso_record *r, uint64_t off, struct img_err *err)
{
	bool same = same_name(l, r);
	int rc = 0;

	if (r->uneven)
		iso_warn(l->iso, "iso-both-endian", "the directory record at %" PRIu64
			 " differs between its little- and big-endian halves", off);
	if (!r->n_name) {
		iso_warn(l->iso, "iso-no-name", "the directory record at %" PRIu64 " has no name; it is left out", off);
		return 0;
	}
	if (r->flags & ISO_ASSOCIATED) {
		if (!l->fork_off || !same)
			l->fork_off = off;
		remember(l, r);
		return 0;
	}
	if (l->more && same && !l->fork_off && l->nodes->n) {
		add_section(l, r);
		l->more = r->flags & ISO_MORE;
		return 0;
	}
	if (l->more && !l->fork_off)
		iso_warn(l->iso, "iso-section-missing", "a file's last section is missing in front of the directory record at %"
			 PRIu64, off);
	if (l->fork_off && !same)
		l->fork_off = 0;
	if (is_rr_moved(l, r) && only_relocated(l, r))
		l->hidden = true;
	else
		rc = add_node(l, r, off, err);
	l->fork_off = 0;
	remember(l, r);
	return rc;
}

/* What the root's own record says. */
int
iso_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct iso *iso = iso_of(t);
	const struct iso_record *root = &iso_descriptor(iso, iso->view)->root;
	struct iso_record dot;
	uint8_t buf[256];
	struct rr rr;

	ret->type = IMG_NODE_DIR;
	ret->mtime = iso_time7(root->date);
	/* what is wrong with it, listing will tell */
	if (iso->view != ISO_ROCK_RIDGE || !root->size || iso_record_at(iso, iso_data_off(iso, root), buf, &dot, NULL))
		return 0;
	rr_init(&rr);
	if (!rr_parse(iso, &dot, &rr, NULL))
		set_posix(&rr, &dot, ret);
	rr_done(&rr);
	return 0;
}

int
iso_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct listing l = { .iso = iso_of(t), .nodes = ret };
	struct iso_record rec;
	struct iso_dir d;
	uint64_t off;
	int rc;

	ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	rc = iso_dir_open(l.iso, dir, &d, err);
	if (rc)
		return rc;
	if (!d.len)
		iso_warn(l.iso, "iso-empty-directory", "the directory at %" PRIu64 " has no bytes at all", d.at);
	l.hide_moved = dir == IMG_TREE_ROOT && l.iso->view == ISO_ROCK_RIDGE;
	rr_init(&l.rr);
	while ((rc = iso_dir_next(&d, &rec, &off, err)) > 0) {
		if (iso_is_dot(&rec))
			continue;
		rc = add_record(&l, &rec, off, err);
		if (rc)
			break;
	}
	rr_done(&l.rr);
	iso_dir_close(&d);
	return rc;
}
