/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence beside the file.  Two kinds of lists count:
 *
 *	of this file	FILE.sha256, FILE.sha256sum, FILE.md5.txt, FILE.CHECKSUM: a bare sum in one is the file's
 *	of the folder	SHA256SUMS, sha512sum.txt, MD5SUMS, b2sums, Fedora-40-CHECKSUM: only lines with the file's name
 *
 * A jigdo template (FILE.template, or disc.template for disc.iso) has the sum of its image.
 *
 * A list of disk.img.xz may mean the unpacked bytes, when it names disk.img: then those are summed.  A sum proves that the
 * file is what the list's writer had; who that was, only a signature tells. */
#include "config.h"

#include "inspect/evidence.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/sums.h"
#include "formats/split/names.h"
#include "formats/split/split.h"
#include "img/env.h"
#include "img/source.h"
#include "img/report.h"
#include "inspect/inspect.h"
#include "inspect/jigdo.h"
#include "inspect/openpgp.h"

#define MAX_LISTS 32
#define MAX_CLAIMS 8	/* lines of one list about the file: one for each algorithm */
#define MAX_SCAN 1000000	/* names of the folder; more are not looked at */

struct beside {
	struct inspection *in;
	const char *folder, *base;
	struct img_source *set;		/* the joined parts, where the file is one of several; else NULL */
	size_t whole;			/* bytes of its name that are that of the whole */
	size_t n;
	char *list[MAX_LISTS];		/* names in the folder */
};

/* Does @text begin with the name of an algorithm?  Its length, or 0. */
static size_t
algorithm(const char *text)
{
	static const char *const names[] = {
		"sha512-256", "sha3-256", "sha3-384", "sha3-512", "sha512", "sha384", "sha256", "sha224", "sha1", "md5",
		"blake2b", "blake2s", "b2",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncasecmp(text, names[i], strlen(names[i])))
			return strlen(names[i]);
	return 0;
}

/* "sha256", "sha256sum", "SHA256SUMS", "md5sum.txt", or with @sum only those that say "sum". */
static bool
names_a_list(const char *text, bool sum)
{
	size_t n = algorithm(text);

	if (!n)
		return false;
	text += n;
	if (!strncasecmp(text, "sum", 3)) {
		text += 3;
		text += *text == 's' || *text == 'S';
	} else if (sum) {
		return false;
	}
	return !*text || !strcasecmp(text, ".txt");
}

static bool
holds(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text++)
		if (!strncasecmp(text, word, n))
			return true;
	return false;
}

/* A list of nothing but this file? */
static bool
is_personal(const struct beside *b, const char *name)
{
	size_t n = strlen(b->base);

	if (b->set && !strncmp(name, b->base, b->whole) && strncmp(name, b->base, n))
		n = b->whole;
	if (strncmp(name, b->base, n) || name[n] != '.')
		return false;
	name += n + 1;
	return names_a_list(name, false) || !strcasecmp(name, "checksum") || !strcasecmp(name, "checksums");
}

static bool
is_signature(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".asc") || !strcasecmp(dot, ".sig") || !strcasecmp(dot, ".sign") || !strcasecmp(dot, ".gpg"));
}

static bool
is_list(const struct beside *b, const char *name)
{
	return strcmp(name, b->base) && !is_signature(name) &&
	       (is_personal(b, name) || names_a_list(name, true) || holds(name, "checksum"));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
find_lists(struct beside *b, struct img_err *err)
{
	DIR *d = opendir(b->folder);
	const struct dirent *e;

	for (size_t i = 0; d && i < MAX_SCAN && b->n < MAX_LISTS && (e = readdir(d)); i++) {
		if (!is_list(b, e->d_name))
			continue;
		b->list[b->n] = strdup(e->d_name);
		if (!b->list[b->n]) {
			closedir(d);
			return img_fail_nomem(err);
		}
		b->n++;
	}
	if (d)
		closedir(d);
	qsort(b->list, b->n, sizeof *b->list, by_name);
	return 0;
}

/* "disk.img" is what "disk.img.xz" unpacks to, as far as names tell. */
static bool
is_unpacked(const struct beside *b, const char *name)
{
	size_t n = strlen(name);

	return b->in->arg.opened && b->in->arg.image.n && !strncmp(b->base, name, n) && b->base[n] == '.' &&
	       !strchr(b->base + n + 1, '.');
}

/* ---- signatures ---- */

/* What was and what was not proved, for the report; a bad one fails the verification. */
static int
tell(struct inspection *in, const char *what, const char *where, const struct openpgp *p, struct img_err *err)
{
	static const char *const states[] = { "ok", "bad", "absent", "not-run", "not-run" };
	struct img_rep *o = inspect_row(in, "openpgp-signature", what);

	if (!o)
		return img_fail_nomem(err);
	img_rep_str(o, "state", states[p->state]);
	img_rep_str(o, "evidence", where);
	img_rep_str(o, "signer", p->signer[0] ? p->signer : NULL);
	img_rep_str(o, "key", p->key);
	if (p->state == OPENPGP_BAD && !in->bad_signature[0])
		snprintf(in->bad_signature, sizeof in->bad_signature, "%s", what);
	if (p->state == OPENPGP_NO_KEY)
		img_problem(in->env, IMG_WARNING, "unknown-key", "%s is signed with key %s, which the keyring does not hold",
			    what, p->key);
	if (p->state == OPENPGP_DOUBTFUL)
		img_problem(in->env, IMG_WARNING, "doubtful-key",
			    "%s is signed by \"%s\", but the signature or its key has expired, or the key was revoked", what,
			    p->signer);
	return 0;
}

/* The detached signature of @path, in @ret; false: there is none. */
static bool
find_signature(const char *path, char *ret, size_t room)
{
	static const char *const ends[] = { "asc", "sig", "sign", "gpg" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if ((size_t)snprintf(ret, room, "%s.%s", path, ends[i]) < room && !access(ret, R_OK))
			return true;
	return false;
}

/* Check @signature over @path; NULL: @path is a clear-signed list, and @list becomes what was signed. */
static int
check_signature(struct inspection *in, const char *path, const char *signature, struct sums_list *list, bool *ret_good,
		struct img_err *err)
{
	struct openpgp p = { 0 };
	int rc = openpgp_check(in->o->keyring, signature ? signature : path, signature ? path : NULL, &p, err);

	if (!rc && p.state != OPENPGP_NONE)
		rc = tell(in, list ? sums_base(path) : "the file", sums_base(signature ? signature : path), &p, err);
	*ret_good = !rc && p.state == OPENPGP_GOOD;
	if (!rc && !signature) {
		sums_done(list);
		rc = sums_parse(p.text, p.text_len, sums_hint(path), list, err);
		p.text = rc ? p.text : NULL;
	}
	openpgp_done(&p);
	return rc;
}

int
evidence_signature(struct inspection *in, const char *path, struct sums_list *list, bool *ret_good, struct img_err *err)
{
	char signature[4096];
	bool clear = list && list->armoured, detached = !clear && find_signature(path, signature, sizeof signature);

	*ret_good = false;
	if (!clear && !detached)
		return 0;
	if (in->o->keyring)
		return check_signature(in, path, detached ? signature : NULL, list, ret_good, err);
	img_problem(in->env, IMG_NOTE, "unchecked-signature", "the signature of %s was not checked",
		    list ? sums_base(path) : "the file");
	return 0;
}

/* ---- lists ---- */

static int
add(struct beside *b, const char *list, bool vouched, const struct sums_entry *e, struct img_source *over, const char *what,
    struct img_err *err)
{
	struct img_check c = { .code = "listed", .digest = e->digest, .vouched = vouched };
	int rc;

	snprintf(c.name, sizeof c.name, "%s", what);
	snprintf(c.evidence, sizeof c.evidence, "%s", list);
	memcpy(c.expect, e->sum, sizeof c.expect);
	c.over = img_ref(over);
	rc = img_checks_add(&b->in->checks, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}

/* What an entry of the list @list is about: the file, what it unpacks to, or (NULL) something else. */
static struct img_source *
over_of(const struct beside *b, const char *list, const struct sums_entry *e)
{
	if (!e->name && b->set && is_personal(b, list) && strncmp(list, b->base, strlen(b->base)))
		return b->set;
	if (e->name && b->set && split_part_find(b->set, sums_base(e->name)) != SIZE_MAX)
		return b->set;
	if (e->name ? !strcmp(sums_base(e->name), b->base) : is_personal(b, list))
		return b->in->arg.file;
	return e->name && is_unpacked(b, sums_base(e->name)) ? b->in->arg.image.layer[0].source : NULL;
}

static bool
speaks_of(const struct beside *b, const char *list, const struct sums_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (over_of(b, list, &l->v[i]))
			return true;
	return false;
}

static int
take_entry(struct beside *b, const char *list, bool vouched, const struct sums_entry *e, size_t *found,
	   struct img_err *err)
{
	struct img_source *over = over_of(b, list, e), *part;
	size_t i = over && b->set && e->name ? split_part_find(b->set, sums_base(e->name)) : SIZE_MAX;
	char name[64];
	int rc;

	if (!over)
		return 0;
	if (i == SIZE_MAX) {
		++*found;
		return add(b, list, vouched, e, over, over == b->set ? "the joined file" : over == b->in->arg.file ? "the file" :
			   "what it unpacks to", err);
	}
	rc = split_part(b->set, i, &part, err);		/* as many as there are: they do not count */
	if (rc)
		return rc;
	snprintf(name, sizeof name, "part %zu", i + 1);
	rc = add(b, list, vouched, e, part, name, err);
	img_unref(part);
	return rc;
}

static int
take_list(struct beside *b, const char *name, struct img_err *err)
{
	struct img_env *env = b->in->env;
	struct sums_list l = { 0 };
	struct img_err why = { 0 };
	char path[4096];
	bool vouched = false;
	size_t found = 0;
	int rc;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", b->folder, name) >= sizeof path)
		return 0;
	if (sums_read(path, &l, &why)) {
		img_problem(env, IMG_WARNING, "evidence-unreadable", "%s", why.msg);
		return 0;
	}
	rc = speaks_of(b, name, &l) ? evidence_signature(b->in, path, &l, &vouched, err) : 0;
	for (size_t i = 0; !rc && i < l.n && found < MAX_CLAIMS; i++)
		rc = take_entry(b, name, vouched, &l.v[i], &found, err);
	if (!rc && !found && is_personal(b, name) && !speaks_of(b, name, &l))
		img_problem(env, IMG_WARNING, "evidence-other", "%s says nothing about this file", name);
	sums_done(&l);
	return rc;
}

/* disc.iso.template, or as jigdo calls it disc.template. */
static int
take_template(struct beside *b, size_t n_name, struct img_err *err)
{
	struct sums_entry e = { 0 };
	struct img_err why = { 0 };
	char path[4096], name[300];
	int rc;

	if ((size_t)snprintf(name, sizeof name, "%.*s.template", (int)n_name, b->base) >= sizeof name ||
	    (size_t)snprintf(path, sizeof path, "%s/%s", b->folder, name) >= sizeof path)
		return 0;
	rc = jigdo_read(path, &e, &why);
	if (rc == IMG_E_FORMAT)
		img_problem(b->in->env, IMG_WARNING, "evidence-unreadable", "%s: %s", name, why.msg);
	if (rc == IMG_E_NOMEM) {
		*err = why;
		return rc;
	}
	return rc ? 0 : add(b, name, false, &e, b->in->arg.file, "the file", err);
}

static int
take_templates(struct beside *b, struct img_err *err)
{
	const char *dot = strrchr(b->base, '.');
	int rc = take_template(b, strlen(b->base), err);

	return rc || !dot || dot == b->base ? rc : take_template(b, (size_t)(dot - b->base), err);
}

int
evidence_gather(struct inspection *in, struct img_err *err)
{
	struct beside b = { .in = in, .base = sums_base(in->path) };
	img_autofree char *folder = NULL;
	struct split_name part;
	int rc;

	if (!in->arg.file || !in->arg.real || in->arg.bundle || in->arg.spooled)
		return 0;
	if (in->arg.opened && in->arg.image.n && split_part_find(in->arg.image.layer[0].source, sums_base(in->arg.real)) != SIZE_MAX &&
	    split_name_parse(b.base, &part)) {
		b.set = in->arg.image.layer[0].source;
		b.whole = part.bare;
	}
	folder = b.base == in->path ? strdup(".") : strndup(in->path, (size_t)(b.base - in->path));
	if (!folder)
		return img_fail_nomem(err);
	b.folder = folder;
	rc = evidence_signature(in, in->path, NULL, &in->authentic, err);
	if (!rc)
		rc = find_lists(&b, err);
	for (size_t i = 0; i < b.n; i++) {
		if (!rc)
			rc = take_list(&b, b.list[i], err);
		free(b.list[i]);
	}
	return rc ? rc : take_templates(&b, err);
}
