/* SPDX-License-Identifier: BSD-2-Clause */
/* A classic resource fork, as very old images and those with a licence have it.
 *
 * A header says where the data area and the map are.  The map holds a list of types, each type leads to its references
 * (id, name, place in the data area), and a resource is a length and its bytes.  Offsets into the map count from
 * different points: the type list from the map, a reference list from the type list, a name from the name list. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/udif/resources.h"
#include "img/source.h"

#define HEADER_SIZE 16
#define MAP_HEAD_SIZE 28
#define TYPE_SIZE 8
#define REF_SIZE 12
/* The offsets in a map have 16 bits: types, references and names lie in its first 128 KiB and a bit. */
#define MAX_MAP (256 << 10)

struct fork {
	struct img_source *s;
	uint64_t off;			/* of the fork in @s */
	uint64_t data_off, data_len;	/* in @s */
	uint8_t *map;
	size_t map_len;
	size_t types_off, names_off;	/* in the map */
};

static struct img_cursor
map_at(const struct fork *f, size_t off)
{
	return off <= f->map_len ? cur_over(f->map + off, f->map_len - off) : (struct img_cursor) { .bad = true };
}

static int
read_head(struct fork *f, uint64_t len, struct img_err *err)
{
	uint8_t raw[HEADER_SIZE];
	struct img_cursor c = cur_over(raw, sizeof raw);
	uint64_t data_off, map_off, map_len;
	int rc;

	if (len < HEADER_SIZE)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes long, the header alone takes %d", len, HEADER_SIZE);
	rc = img_source_read(f->s, f->off, raw, sizeof raw, err);
	if (rc)
		return rc;
	data_off = cur_be32(&c);		/*  0 */
	map_off = cur_be32(&c);			/*  4 */
	f->data_len = cur_be32(&c);		/*  8 */
	map_len = cur_be32(&c);			/* 12 */
	if (!span_ok(data_off, f->data_len, len))
		return img_fail(err, IMG_E_FORMAT, "the data at %" PRIu64 "+%" PRIu64 " lie past the end (%" PRIu64 ")",
				data_off, f->data_len, len);
	if (!span_ok(map_off, map_len, len) || map_len < MAP_HEAD_SIZE)
		return img_fail(err, IMG_E_FORMAT, "the map at %" PRIu64 "+%" PRIu64 " does not fit (%" PRIu64 ")",
				map_off, map_len, len);
	f->data_off = f->off + data_off;
	f->map_len = map_len < MAX_MAP ? (size_t)map_len : MAX_MAP;
	f->map = malloc(f->map_len);
	if (!f->map)
		return img_fail_nomem(err);
	return img_source_read(f->s, f->off + map_off, f->map, f->map_len, err);
}

/* The Pascal string at @off of the name list; NULL in *ret if there is none. */
static int
read_name(const struct fork *f, unsigned int off, char **ret, struct img_err *err)
{
	struct img_cursor c = map_at(f, f->names_off + off);
	unsigned int n = cur_u8(&c);
	const uint8_t *p = cur_bytes(&c, n);

	*ret = NULL;
	if (off == 0xffff || !p)
		return 0;
	*ret = udif_macroman(p, n);
	return *ret ? 0 : img_fail_nomem(err);
}

static int
read_data(const struct fork *f, uint32_t off, struct udif_resource *r, const struct udif_resources *list,
	  struct img_err *err)
{
	uint8_t head[4];
	int rc;

	if (!span_ok(off, 4, f->data_len))
		return img_fail(err, IMG_E_FORMAT, "its data at %" PRIu32 " lie past the data area (%" PRIu64 " bytes)", off,
				f->data_len);
	rc = img_source_read(f->s, f->data_off + off, head, 4, err);
	if (rc)
		return rc;
	r->len = load_be32(head);
	if (!span_ok((uint64_t)off + 4, r->len, f->data_len))
		return img_fail(err, IMG_E_FORMAT, "its %zu bytes at %" PRIu32 " lie past the data area (%" PRIu64 " bytes)",
				r->len, off, f->data_len);
	rc = img_array(r->len, 1, list->max_bytes, "bytes of a resource", &r->data, err);
	return rc ? rc : img_source_read(f->s, f->data_off + off + 4, r->data, r->len, err);
}

static int
read_reference(const struct fork *f, struct img_cursor *c, const char *type, struct udif_resources *list,
	       struct img_err *err)
{
	struct udif_resource r = { 0 };
	unsigned int name_off;
	uint32_t data_off;
	int rc;

	memcpy(r.type, type, 5);
	r.id = (int16_t)cur_be16(c);		/* 0 */
	name_off = cur_be16(c);			/* 2 */
	data_off = cur_be32(c) & 0xffffff;	/* 4: attributes in the high byte */
	cur_skip(c, 4);				/* 8: a handle, garbage */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the list of \"%s\" resources leaves the map", type);
	rc = read_name(f, name_off, &r.name, err);
	if (!rc)
		rc = read_data(f, data_off, &r, list, err);
	if (!rc)
		rc = udif_resources_add(list, &r, err);
	if (!rc)
		return 0;
	img_note(err, rc, "resource \"%s\" %" PRId32, type, r.id);
	udif_resource_done(&r);
	return rc;
}

static int
read_types(const struct fork *f, struct udif_resources *list, struct img_err *err)
{
	struct img_cursor c = map_at(f, f->types_off);
	unsigned int n_types = (cur_be16(&c) + 1u) & 0xffff;

	for (unsigned int i = 0; i < n_types; i++) {
		char type[5] = "";
		unsigned int n_refs, refs_off;
		struct img_cursor refs;

		cur_copy(&c, type, 4);
		n_refs = cur_be16(&c) + 1u;
		refs_off = cur_be16(&c);
		if (!cur_ok(&c))
			return img_fail(err, IMG_E_FORMAT, "the list of types leaves the map");
		if (!udif_resource_wanted(type))
			continue;
		refs = map_at(f, f->types_off + refs_off);
		for (unsigned int k = 0; k < n_refs; k++) {
			int rc = read_reference(f, &refs, type, list, err);

			if (rc)
				return rc;
		}
	}
	return 0;
}

int
udif_rsrc_read(struct img_source *s, uint64_t off, uint64_t len, struct udif_resources *ret, struct img_err *err)
{
	struct fork f = { .s = s, .off = off };
	int rc = read_head(&f, len, err);

	if (!rc) {
		f.types_off = load_be16(f.map + 24);
		f.names_off = load_be16(f.map + 26);
		rc = read_types(&f, ret, err);
	}
	free(f.map);
	return rc ? img_note(err, rc, "resource fork") : 0;
}
