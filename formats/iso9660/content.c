/* SPDX-License-Identifier: BSD-2-Clause */
/* What files are made of: one extent of the volume, or several where a file has sections.  The record is read again, so
 * that nothing is kept for a million files. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/susp.h"
#include "img/source.h"

/* The sections of one file while they are gathered. */
struct sections {
	size_t n, room;
	struct img_piece *v;
};

static int
check_record(const struct iso *iso, const struct iso_record *r, struct img_err *err)
{
	uint64_t at = iso_data_off(iso, r);

	if (r->unit || r->gap)
		return img_fail(err, IMG_E_UNSUPPORTED, "the file is interleaved (units of %u blocks, gaps of %u)", r->unit,
				r->gap);
	if (r->size && !span_ok(at, r->size, iso->volume->size))
		return img_fail(err, IMG_E_FORMAT, "its data, %" PRIu32 " bytes at %" PRIu64 ", lie past the end (%" PRIu64
				")", r->size, at, iso->volume->size);
	return 0;
}

static int
add_section(struct sections *s, const struct iso *iso, const struct iso_record *r, struct img_err *err)
{
	int rc = check_record(iso, r, err);

	if (rc)
		return rc;
	if (s->n == ISO_MAX_SECTIONS)
		return img_fail(err, IMG_E_LIMIT, "the file has more than %d sections", ISO_MAX_SECTIONS);
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 8;
		struct img_piece *v = realloc(s->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		s->v = v;
		s->room = room;
	}
	s->v[s->n++] = (struct img_piece) { iso->volume, iso_data_off(iso, r), r->size };
	return 0;
}

/* The record that follows the one at @off, in its sector or at the start of the next; its offset goes to *io_off. */
static int
next_record(const struct iso *iso, uint64_t *io_off, uint8_t len, uint8_t buf[256], struct iso_record *ret,
	    struct img_err *err)
{
	uint64_t off = *io_off + len;
	uint8_t first = 0;
	int rc = off % ISO_SECTOR ? iso_meta_read(iso->meta, off, &first, 1, err) : 0;

	if (rc)
		return rc;
	if (!first)
		off = (off + ISO_SECTOR - 1) / ISO_SECTOR * ISO_SECTOR;
	*io_off = off;
	return iso_record_at(iso, off, buf, ret, err);
}

/* A file of several sections: their records follow each other under one name. */
static int
concat_sections(const struct iso *iso, uint64_t off, const struct iso_record *first, struct img_source **ret,
		struct img_err *err)
{
	uint8_t name[255], buf[256], n_name = first->n_name;
	struct sections s = { 0 };
	struct iso_record r = *first;
	int rc;

	memcpy(name, first->name, n_name);
	for (;;) {
		uint8_t flags = r.flags;

		rc = add_section(&s, iso, &r, err);
		if (rc || !(flags & ISO_MORE))
			break;
		rc = next_record(iso, &off, r.len, buf, &r, err);
		if (!rc && (r.n_name != n_name || memcmp(r.name, name, n_name) ||
			    (r.flags ^ flags) & (ISO_ASSOCIATED | ISO_DIRECTORY)))
			rc = img_fail(err, IMG_E_FORMAT, "section %zu of the file is missing", s.n + 1);
		if (rc)
			break;
	}
	if (!rc)
		rc = img_concat(iso->tree.env, s.v, s.n, ret, err);
	free(s.v);
	return rc;
}

static int
stored_of(const struct iso *iso, uint64_t off, const struct iso_record *r, struct img_source **ret, struct img_err *err)
{
	int rc;

	if (r->flags & ISO_MORE)
		return concat_sections(iso, off, r, ret, err);
	rc = check_record(iso, r, err);
	if (rc)
		return rc;
	if (!r->size)
		return img_zeros(iso->tree.env, 0, ret, err);
	return img_slice(iso->volume, iso_data_off(iso, r), r->size, ret, err);
}

int
iso_stored(const struct iso *iso, uint64_t off, struct img_source **ret, struct img_err *err)
{
	struct iso_record r;
	uint8_t buf[256];
	int rc = iso_record_at(iso, off, buf, &r, err);

	return rc ? rc : stored_of(iso, off, &r, ret, err);
}

/* A file's bytes: as stored, or taken out of zisofs. */
static int
file_content(const struct iso *iso, uint64_t off, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *stored = NULL;
	struct iso_record r;
	uint8_t buf[256];
	struct rr rr;
	int rc = iso_record_at(iso, off, buf, &r, err);

	if (rc)
		return rc;
	if (iso->view != ISO_ROCK_RIDGE || !r.n_su)
		return stored_of(iso, off, &r, ret, err);
	rr_init(&rr);
	rc = rr_parse(iso, &r, &rr, err);
	rr_done(&rr);
	if (!rc && rr.sparse)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "the file is sparse (Rock Ridge SF), which this build cannot read");
	if (!rc)
		rc = stored_of(iso, off, &r, rr.zf.there ? &stored : ret, err);
	if (rc || !rr.zf.there)
		return rc;
	return iso_zisofs(stored, &rr.zf, ret, err);
}

/* ---- further streams ---- */

static int
read_attrs(struct iso *iso, uint64_t id, struct rr *rr, struct img_err *err)
{
	struct iso_record r;
	uint8_t buf[256];
	int rc;

	if (iso->view != ISO_ROCK_RIDGE || !iso->attrs)
		return 0;
	if (id == IMG_TREE_ROOT || id & ISO_ID_DIR)
		rc = iso_dir_record(iso, id, buf, &r, err);
	else
		rc = iso_record_at(iso, iso_file_off(id), buf, &r, err);
	if (rc == IMG_E_UNKNOWN)
		return 0;
	rr->want_attrs = true;
	return rc ? rc : rr_parse(iso, &r, rr, err);
}

static int
attr_content(struct iso *iso, uint64_t id, const char *name, struct img_source **ret, struct img_err *err)
{
	img_autobuf struct img_buf value = img_buf_new(4 << 20);
	bool found = false;
	struct rr rr;
	int rc;

	rr_init(&rr);
	rc = read_attrs(iso, id, &rr, err);
	if (!rc)
		rc = aaip_parse(rr.attrs.p, rr.attrs.len, NULL, name, &value, &found, err);
	rr_done(&rr);
	if (rc)
		return rc;
	if (!found)
		return img_fail(err, IMG_E_UNKNOWN, "there is no stream \"%s\"", name);
	return img_memory(iso->tree.env, value.len ? (const void *)value.p : "", value.len, true, ret, err);
}

int
iso_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct iso *iso = iso_of(t);

	if (stream && strcmp(stream, IMG_STREAM_RSRC))
		return attr_content(iso, id, stream, ret, err);
	if (id == IMG_TREE_ROOT || id & ISO_ID_DIR)
		return img_fail(err, IMG_E_USAGE, "it is a folder");
	if (!stream)
		return file_content(iso, iso_file_off(id), ret, err);
	if (!iso_file_back(id))
		return img_fail(err, IMG_E_UNKNOWN, "the file has no resource fork");
	return iso_stored(iso, iso_file_off(id) - iso_file_back(id), ret, err);
}

static int
add_fork(const struct iso *iso, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct img_source *fork;
	struct img_node *v;
	int rc;

	if (id == IMG_TREE_ROOT || id & ISO_ID_DIR || !iso_file_back(id))
		return 0;
	rc = iso_stored(iso, iso_file_off(id) - iso_file_back(id), &fork, err);
	if (rc)
		return rc;
	v = realloc(ret->v, (ret->n + 1) * sizeof *v);
	if (v) {
		ret->v = v;
		v[ret->n++] = (struct img_node) { .name = IMG_STREAM_RSRC, .size = fork->size };
	}
	img_unref(fork);
	return v ? 0 : img_fail_nomem(err);
}

int
iso_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct iso *iso = iso_of(t);
	struct rr rr;
	int rc;

	rr_init(&rr);
	rc = read_attrs(iso, id, &rr, err);
	if (!rc && rr.attrs.len)
		rc = aaip_parse(rr.attrs.p, rr.attrs.len, ret, NULL, NULL, NULL, err);
	rr_done(&rr);
	return rc ? rc : add_fork(iso, id, ret, err);
}
