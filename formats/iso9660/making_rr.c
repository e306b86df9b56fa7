/* SPDX-License-Identifier: BSD-2-Clause */
/* The system use entries of a record (SUSP 1.12, RRIP 1.12): mode, owner, links and a number for each file, its time, its
 * true name, what a link points at.  In the root's own record they begin with SP and end with ER, which says that all of
 * this is Rock Ridge.  The time written is always the modification time: others say when somebody looked at the source,
 * which is no fact about the image. */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "formats/iso9660/making.h"

#define MAX_SU (1 << 20)	/* bytes of one record's entries: attributes of a file may have 64 KiB each */
#define MAX_PART 250		/* bytes of a name or link in one entry */

static const char er_id[] = "IEEE_P1282";
static const char er_text[] =
	"THE IEEE P1282 PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
static const char er_source[] =
	"PLEASE CONTACT THE IEEE STANDARDS DEPARTMENT, PISCATAWAY, NJ, USA FOR THE P1282 SPECIFICATION.";

static void
put_both(uint8_t *p, uint32_t v)
{
	store_le32(p, v);
	store_be32(p + 4, v);
}

/* An entry of @n bytes of data. */
static int
add(struct susp_out *s, const char *sig, const void *data, size_t n, struct img_err *err)
{
	uint8_t head[4] = { (uint8_t)sig[0], (uint8_t)sig[1], (uint8_t)(n + 4), 1 };
	int rc = img_buf_add(&s->buf, head, 4, err);

	return rc || !n ? rc : img_buf_add(&s->buf, data, n, err);
}

static uint32_t
type_bits(uint8_t type)
{
	switch (type) {
	case IMG_NODE_DIR: return S_IFDIR;
	case IMG_NODE_LINK: return S_IFLNK;
	case IMG_NODE_CHAR: return S_IFCHR;
	case IMG_NODE_BLOCK: return S_IFBLK;
	default: return S_IFREG;
	}
}

static int
add_px(const struct iso_author *a, uint32_t node, struct susp_out *s, struct img_err *err)
{
	const struct mnode *n = &a->node[node];
	uint32_t links = 1, serial = node + 1;
	uint8_t px[40];

	if (n->type == IMG_NODE_DIR) {
		links = 2 + a->dir[n->u.dir].n_subdirs - a->dir[n->u.dir].n_hidden_subdirs;
	} else if (n->type == IMG_NODE_FILE) {
		links = a->file[n->u.file].nlink;
		serial = a->file[n->u.file].node + 1;
	}
	put_both(px, type_bits(n->type) | n->mode);
	put_both(px + 8, links);
	put_both(px + 16, n->uid);
	put_both(px + 24, n->gid);
	put_both(px + 32, serial);
	return add(s, "PX", px, sizeof px, err);
}

static int
add_tf(const struct mnode *n, struct susp_out *s, struct img_err *err)
{
	uint8_t tf[22] = { 0x0e };	/* modification, access, attributes */

	iso_time7_emit((struct img_time) { n->mtime, 0 }, tf + 1);
	memcpy(tf + 8, tf + 1, 7);
	memcpy(tf + 15, tf + 1, 7);
	return add(s, "TF", tf, sizeof tf, err);
}

static int
add_nm(const char *name, struct susp_out *s, struct img_err *err)
{
	size_t n = strlen(name);
	int rc = 0;

	do {
		size_t part = n < MAX_PART ? n : MAX_PART;
		uint8_t nm[1 + MAX_PART] = { part < n };

		memcpy(nm + 1, name, part);
		rc = add(s, "NM", nm, 1 + part, err);
		name += part;
		n -= part;
	} while (!rc && n);
	return rc;
}

static int
add_pn(const struct mnode *n, struct susp_out *s, struct img_err *err)
{
	uint8_t pn[16];

	/* Linux reads high 0 and low above 255 as an old number in one */
	put_both(pn, n->u.dev.major);
	put_both(pn + 8, n->u.dev.minor);
	return add(s, "PN", pn, sizeof pn, err);
}

/* ---- links ---- */

struct sl {
	struct susp_out *s;
	size_t n;
	uint8_t data[1 + MAX_PART];
};

static int
sl_flush(struct sl *l, bool more, struct img_err *err)
{
	int rc;

	l->data[0] = more;
	rc = add(l->s, "SL", l->data, l->n, err);
	l->n = 1;
	return rc;
}

/* One component, in as many pieces as entries make necessary. */
static int
sl_component(struct sl *l, uint8_t flags, const char *p, size_t n, struct img_err *err)
{
	int rc = 0;

	do {
		size_t room = sizeof l->data - l->n, part;

		if (room < 2 + (n > 0)) {
			rc = sl_flush(l, true, err);
			if (rc)
				return rc;
			room = sizeof l->data - l->n;
		}
		part = n < room - 2 ? n : room - 2;
		l->data[l->n++] = flags | (part < n);
		l->data[l->n++] = (uint8_t)part;
		if (part)
			memcpy(l->data + l->n, p, part);
		l->n += part;
		p += part;
		n -= part;
	} while (n);
	return rc;
}

static int
add_sl(const char *link, struct susp_out *s, struct img_err *err)
{
	struct sl l = { .s = s, .n = 1 };
	int rc = 0;

	if (*link == '/')
		rc = sl_component(&l, 8, "", 0, err);
	while (!rc && *link) {
		size_t n;

		link += strspn(link, "/");
		n = strcspn(link, "/");
		if (!n)
			break;
		if (n == 1 && *link == '.')
			rc = sl_component(&l, 2, "", 0, err);
		else if (n == 2 && link[0] == '.' && link[1] == '.')
			rc = sl_component(&l, 4, "", 0, err);
		else
			rc = sl_component(&l, 0, link, n, err);
		link += n;
	}
	return rc ? rc : sl_flush(&l, false, err);
}

/* ---- the rest ---- */

static int
add_zf(const struct mfile *f, struct susp_out *s, struct img_err *err)
{
	uint8_t zf[12] = { 'p', 'z', 4, f->zf_bits };
	int rc;

	if (f->plain <= UINT32_MAX) {
		put_both(zf + 4, (uint32_t)f->plain);
		return add(s, "ZF", zf, sizeof zf, err);
	}
	/* version 2 (libisofs): other letters, and a size of 64 bits */
	memcpy(zf, "PZ\x06", 3);
	store_le64(zf + 4, f->plain);
	rc = add(s, "ZF", zf, sizeof zf, err);
	if (!rc)
		s->buf.p[s->buf.len - sizeof zf - 1] = 2;
	return rc;
}

/* The components are cut at entry borders only: @al holds whole entries' data behind length bytes. */
static int
add_al(const struct attr_set *set, struct susp_out *s, struct img_err *err)
{
	int rc = 0;

	for (uint32_t at = 0; !rc && at < set->len; at += 1u + set->al[at])
		rc = add(s, "AL", set->al + at + 1, set->al[at], err);
	return rc;
}

static int
add_er(const char *id, const char *text, const char *source, struct susp_out *s, struct img_err *err)
{
	size_t a = strlen(id), b = strlen(text), c = strlen(source);
	uint8_t er[252] = { (uint8_t)a, (uint8_t)b, (uint8_t)c, 1 };

	memcpy(er + 4, id, a);
	memcpy(er + 4 + a, text, b);
	memcpy(er + 4 + a + b, source, c);
	return add(s, "ER", er, 4 + a + b + c, err);
}

static int
entry(const struct iso_author *a, const struct mnode *n, struct susp_out *s, struct img_err *err)
{
	const struct mfile *f = n->type == IMG_NODE_FILE ? &a->file[n->u.file] : NULL;
	int rc = add_nm(n->name, s, err);

	if (!rc && n->type == IMG_NODE_LINK)
		rc = add_sl(n->u.link, s, err);
	if (!rc && (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK))
		rc = add_pn(n, s, err);
	if (!rc && f && f->plain)
		rc = add_zf(f, s, err);
	if (!rc && n->attrs)
		rc = add_al(&a->attrs[n->attrs - 1], s, err);
	return rc;
}

static int
ends(const struct iso_author *a, struct susp_out *s, struct img_err *err)
{
	int rc = add_er(er_id, er_text, er_source, s, err);

	if (!rc && a->n_attrs)
		rc = add_er("AAIP_0200", "AL PROVIDES VIA AAIP 2.0 SUPPORT FOR ARBITRARY FILE ATTRIBUTES IN ISO 9660 IMAGES",
			    "PLEASE CONTACT THE LIBBURNIA PROJECT, LIBBURNIA-HACKERS@PYKIX.ORG", s, err);
	return rc;
}

int
su_build(const struct iso_author *a, enum su_what what, uint32_t node, struct susp_out *ret, struct img_err *err)
{
	static const uint8_t sp[3] = { 0xbe, 0xef, 0 };
	int rc = 0;

	if (!ret->buf.max)
		ret->buf = img_buf_new(MAX_SU);
	ret->buf.len = 0;
	if (!a->layout.rock_ridge)
		return 0;
	if (what == SU_ROOT)
		rc = add(ret, "SP", sp, sizeof sp, err);
	if (!rc)
		rc = add_px(a, node, ret, err);
	if (!rc)
		rc = add_tf(&a->node[node], ret, err);
	if (!rc && what == SU_ENTRY)
		rc = entry(a, &a->node[node], ret, err);
	if (!rc && what == SU_ROOT && a->node[node].attrs)
		rc = add_al(&a->attrs[a->node[node].attrs - 1], ret, err);
	if (!rc && what == SU_ROOT)
		rc = ends(a, ret, err);
	return rc;
}
