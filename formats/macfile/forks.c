/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the two forks of a file are.
 *
 * MacBinary: 128 bytes, the data fork, the resource fork, each padded to 128 bytes.  0 a zero, 1 the name, 65 type, 69
 * creator, 74 a zero, 82 a zero, 83 and 87 the lengths (big-endian); II and III: 120 length of a second header, 122 version
 * (129, 130), 124 CRC of the first 124 bytes; III: 102 "mBIN".  The first version has no signature, so all must fit.
 *
 * AppleSingle and AppleDouble: a number (00051600, 00051607), version, 16 bytes, then a count of entries of 12 bytes: what it
 * is (1 data fork, 2 resource fork, 3 name, 9 Finder information), offset, length.  AppleDouble "._NAME" has everything but
 * the data fork, which is the file NAME itself (RFC 1740). */
#include "config.h"

#include "formats/macfile/forks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/crc16.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "core/zeros.h"
#include "formats/udif/resources.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

enum { SINGLE = 0x00051600, DOUBLE = 0x00051607, ENTRIES_AT = 26, MAX_ENTRIES = 64, DATA = 1, RSRC = 2, NAME = 3, FINDER = 9 };

/* ---- MacBinary ---- */

static uint64_t
padded(uint64_t n)
{
	return (n + 127) & ~UINT64_C(127);
}

bool
macbinary_parse(const uint8_t *b, uint64_t size, struct macbinary *ret)
{
	struct macbinary m = { .name_len = b[1] };
	uint64_t end;

	if (b[0] || b[74] || b[82] || !m.name_len || m.name_len > 63)
		return false;
	for (size_t i = 0; i < m.name_len; i++)
		if (b[2 + i] < 0x20 || b[2 + i] == ':')
			return false;
	memcpy(m.name, b + 2, 63);
	memcpy(m.type, b + 65, 4);
	memcpy(m.creator, b + 69, 4);
	m.data_len = load_be32(b + 83);
	m.rsrc_len = load_be32(b + 87);
	m.crc = load_be16(b + 124);
	m.crc_found = crc16_of(b, 124);
	m.version = !memcmp(b + 102, "mBIN", 4) ? 3 : b[122] >= 129 ? 2 : 1;
	m.second_len = m.version > 1 ? load_be16(b + 120) : 0;
	end = MACBINARY_HEADER + padded(m.second_len) + padded(m.data_len) + m.rsrc_len;
	if (!m.data_len && !m.rsrc_len)
		return false;
	/* what may follow is padding, and a comment */
	if (end > size || size > padded(end) + 512)
		return false;
	if (m.version == 1 && (size > padded(end) || !zeros_only(b + 101, 25)))
		return false;
	if (m.version == 2 && m.crc != m.crc_found)
		return false;
	*ret = m;
	return true;
}

bool
macbinary_read(struct img_source *s, struct macbinary *ret)
{
	uint8_t b[MACBINARY_HEADER];

	return s->size > sizeof b && !img_source_read(s, 0, b, sizeof b, NULL) && macbinary_parse(b, s->size, ret);
}

static void
name_text(const uint8_t *p, size_t n, char *ret, size_t room)
{
	char *s = udif_macroman(p, n);

	snprintf(ret, room, "%.*s", (int)room - 1, s ? s : "");
	free(s);
}

static int
open_binary(const struct img_open *o, struct mac_forks *ret, struct img_err *err)
{
	static const char *const titles[] = { "", "MacBinary", "MacBinary II", "MacBinary III" };
	struct mac_forks f = { 0 };
	struct macbinary m;
	uint64_t at;
	int rc;

	if (!macbinary_read(o->below, &m))
		return img_fail(err, IMG_E_UNKNOWN, "no MacBinary");
	f.wrapper = titles[m.version];
	f.binary = m.version;
	name_text(m.name, m.name_len, f.name, sizeof f.name);
	memcpy(f.type, m.type, 4);
	memcpy(f.creator, m.creator, 4);
	at = MACBINARY_HEADER + padded(m.second_len);
	rc = m.data_len ? img_slice(o->below, at, m.data_len, &f.data, err) : 0;
	if (!rc && m.rsrc_len)
		rc = img_slice(o->below, at + padded(m.data_len), m.rsrc_len, &f.rsrc, err);
	if (!rc && m.version == 3 && m.crc != m.crc_found)
		img_problem(o->env, IMG_WARNING, "macbinary-crc", "the MacBinary header fails its CRC (stored %04x, found %04x)", m.crc,
			    m.crc_found);
	if (rc)
		mac_forks_done(&f);
	else
		*ret = f;
	return rc;
}

/* ---- AppleSingle, AppleDouble ---- */

static int
take_entry(struct img_source *s, uint32_t id, uint32_t off, uint32_t len, struct mac_forks *f, struct img_err *err)
{
	uint8_t b[64];
	uint32_t n = len < 63 ? len : 63;

	if (!span_ok(off, len, s->size))
		return img_fail(err, IMG_E_FORMAT, "entry %" PRIu32 " lies at %" PRIu32 "+%" PRIu32 " of %" PRIu64 " bytes", id, off, len,
				s->size);
	if (id == DATA && !f->data && len)
		return img_slice(s, off, len, &f->data, err);
	if (id == RSRC && !f->rsrc && len)
		return img_slice(s, off, len, &f->rsrc, err);
	if ((id == NAME || (id == FINDER && n >= 8)) && !img_source_read(s, off, b, n, NULL)) {
		if (id == NAME)
			name_text(b, n, f->name, sizeof f->name);
		else
			memcpy(f->type, b, 4), memcpy(f->creator, b + 4, 4);
	}
	return 0;
}

/* The entries of @s; IMG_E_UNKNOWN when it is neither of the two. */
static int
read_entries(struct img_source *s, bool *ret_double, struct mac_forks *ret, struct img_err *err)
{
	struct mac_forks f = { 0 };
	uint8_t b[ENTRIES_AT + 12 * MAX_ENTRIES];
	size_t have = s->size < sizeof b ? (size_t)s->size : sizeof b;
	struct img_cursor c = cur_over(b, have);
	uint32_t magic, version;
	unsigned int n;
	int rc = have < ENTRIES_AT ? IMG_E_UNKNOWN : img_source_read(s, 0, b, have, err);

	if (rc)
		return rc == IMG_E_UNKNOWN ? img_fail(err, rc, "neither AppleSingle nor AppleDouble") : rc;
	magic = cur_be32(&c);		/*  0 */
	version = cur_be32(&c);		/*  4 */
	cur_skip(&c, 16);		/*  8 */
	n = cur_be16(&c);		/* 24 */
	if ((magic != SINGLE && magic != DOUBLE) || (version != 0x10000 && version != 0x20000))
		return img_fail(err, IMG_E_UNKNOWN, "neither AppleSingle nor AppleDouble");
	if (n > MAX_ENTRIES)
		return img_fail(err, IMG_E_FORMAT, "%u entries", n);
	f.wrapper = magic == SINGLE ? "AppleSingle" : "AppleDouble";
	for (unsigned int i = 0; !rc && i < n; i++) {
		uint32_t id = cur_be32(&c), off = cur_be32(&c), len = cur_be32(&c);

		rc = cur_ok(&c) ? take_entry(s, id, off, len, &f, err) : img_fail(err, IMG_E_FORMAT, "the list of entries is cut");
	}
	if (rc) {
		mac_forks_done(&f);
		return img_note(err, rc, "%s", magic == SINGLE ? "AppleSingle" : "AppleDouble");
	}
	*ret_double = magic == DOUBLE;
	*ret = f;
	return 0;
}

/* The file called @name in the folder of @o. */
static int
open_beside(const struct img_open *o, const char *name, struct img_source **ret)
{
	struct img_node node;

	if (!o->folder || !name || !*name || img_tree_find(o->folder, IMG_TREE_ROOT, name, &node, NULL) || node.type != IMG_NODE_FILE)
		return IMG_E_UNKNOWN;
	return img_tree_content(o->folder, node.id, NULL, ret, NULL);
}

int
mac_forks_open(const struct img_open *o, struct mac_forks *ret, struct img_err *err)
{
	bool is_double = false;
	int rc = open_binary(o, ret, err);

	if (rc != IMG_E_UNKNOWN)
		return rc;
	rc = read_entries(o->below, &is_double, ret, err);
	if (!rc && is_double && !ret->data && o->name && !strncmp(o->name, "._", 2))
		open_beside(o, o->name + 2, &ret->data);
	return rc;
}

/* The resource fork that belongs to the plain file @o. */
static int
find_rsrc(const struct img_open *o, struct mac_forks *ret)
{
	img_autofree char *name = NULL;
	img_autounref struct img_source *file = NULL;
	struct img_node node;
	bool is_double;

	if (!o->folder || !o->name)
		return IMG_E_UNKNOWN;
	name = malloc(strlen(o->name) + 3);
	if (!name)
		return IMG_E_NOMEM;
	sprintf(name, "._%s", o->name);
	if (!open_beside(o, name, &file) && !read_entries(file, &is_double, ret, NULL)) {
		if (ret->rsrc)
			return 0;
		mac_forks_done(ret);
	}
	if (img_tree_find(o->folder, IMG_TREE_ROOT, o->name, &node, NULL) ||
	    img_tree_content(o->folder, node.id, IMG_STREAM_RSRC, &ret->rsrc, NULL))
		return IMG_E_UNKNOWN;
	ret->wrapper = "the file system";
	return 0;
}

int
mac_forks_find(const struct img_open *o, struct mac_forks *ret, struct img_err *err)
{
	struct mac_forks f = { 0 };
	int rc = mac_forks_open(o, &f, err);

	if (rc == IMG_E_UNKNOWN) {
		rc = find_rsrc(o, &f);
		if (rc)
			return img_fail(err, IMG_E_UNKNOWN, "no resource fork");
		f.data = img_unref(f.data);	/* what AppleDouble may say of it */
		f.data = img_ref(o->below);
	}
	if (!rc)
		*ret = f;
	return rc;
}

void
mac_forks_done(struct mac_forks *f)
{
	f->data = img_unref(f->data);
	f->rsrc = img_unref(f->rsrc);
}
