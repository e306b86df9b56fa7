/* SPDX-License-Identifier: BSD-2-Clause */
/* An ISO 9660 image that is written again.
 *
 *   read	catalog, partition tables, then one walk over the files		(iso_replay_open)
 *   plan	what they mean, so that it can be placed anew			(replay_tables.c, replay_boot.c)
 *   author	the new tree, laid out by that plan				(iso_replay_author, replay_author.c)
 *   look	the result is read back like the old image: the same must start	(replay_compare.c) */
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

int
replay_lost(struct iso_replay *r, struct img_err *err, const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (!r->lossy) {
		r->remedy = ISO_REPLAY_LOSSY;
		return img_fail(err, IMG_E_UNSUPPORTED, "%s", msg);
	}
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
	if (r->iso->n_sessions > 1 && !session) {
		r->remedy = ISO_REPLAY_ONE_SESSION;
		return img_fail(err, IMG_E_UNSUPPORTED, "has %u sessions, and an edited image has one", r->iso->n_sessions);
	}
	if (pvd->set_size > 1)
		return replay_lost(r, err, "is disc %u of a set of %u; this build writes sets of one", pvd->sequence, pvd->set_size);
	return 0;
}

static bool
has_udf(struct img_source *volume)
{
	const struct img_open o = { .below = volume, .env = volume->env };

	return img_format_udf.confirm(&o) >= IMG_MATCH_MAGIC;
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
	/* other sessions, which were given up knowingly; what UDF has at the end of a disc */
	if (at >= stop || r->iso->n_sessions > 1 || r->udf)
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
	r->udf = has_udf(r->volume);
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
		if (o->ret_remedy)
			*o->ret_remedy = r->remedy;
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
