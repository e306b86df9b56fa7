/* SPDX-License-Identifier: BSD-2-Clause */
/* Nero: the sectors come first, from the beginning of the file; behind them chunks (four letters, length, bytes) say what they
 * are, and a trailer where the chunks begin.  All numbers are big-endian.  Version 2 has 64-bit places:
 *
 *	trailer		version 1 "NERO" be32			version 2 "NER5" be64
 *	disc at once	DAOI, 30 bytes for each track		DAOX, 42 bytes
 *	track at once	ETNF, 20 bytes				ETN2, 32 bytes
 *	SINF ends what belongs to one session.
 *
 * Places of a track written disc at once are those of its pregap, of itself and of its end; the first pregap begins 150
 * sectors in front of sector 0, and addresses follow from there. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/memory.h"
#include "formats/cd/cd.h"
#include "formats/cd/disc.h"
#include "img/env.h"
#include "img/source.h"

#define MAX_CHUNKS 1000
#define MAX_CHUNK (1 << 20)
#define DAO_HEAD 22

struct nrg {
	struct img_source *file;
	struct cd_disc *disc;
	unsigned int session;
	uint64_t address;	/* where the next pregap begins, counted from 150 sectors in front of sector 0 */
};

static const struct {
	uint8_t code;
	enum cd_main main;
	unsigned int mode;
	uint32_t stride;
} modes[] = {
	{ 0x00, CD_MAIN_USER, 1, 2048 }, { 0x02, CD_MAIN_USER, 2, 2048 }, { 0x03, CD_MAIN_XA, 2, 2336 },
	{ 0x05, CD_MAIN_RAW, 1, 2352 }, { 0x06, CD_MAIN_RAW, 2, 2352 }, { 0x07, CD_MAIN_AUDIO, 0, 2352 },
	{ 0x0f, CD_MAIN_RAW, 1, 2448 }, { 0x10, CD_MAIN_AUDIO, 0, 2448 }, { 0x11, CD_MAIN_RAW, 2, 2448 },
};

static int
set_mode(struct cd_track *t, unsigned int code, struct img_err *err)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (modes[i].code != code)
			continue;
		t->main = modes[i].main;
		t->mode = modes[i].mode;
		t->stride = modes[i].stride;
		return 0;
	}
	return img_fail(err, IMG_E_UNSUPPORTED, "track %u is of kind %u, which is not known", t->number, code);
}

static int
add_track(struct nrg *g, struct cd_track **ret, struct img_err *err)
{
	int rc = cd_disc_add(g->disc, ret, err);

	if (rc)
		return rc;
	(*ret)->number = (unsigned int)g->disc->n;
	(*ret)->session = g->session;
	(*ret)->file = img_ref(g->file);
	return 0;
}

static uint64_t
place(struct img_cursor *c, bool wide)
{
	return wide ? cur_be64(c) : cur_be32(c);
}

static int
dao_track(struct nrg *g, struct img_cursor *c, bool wide, struct img_err *err)
{
	struct cd_track *t;
	uint64_t gap, begin, end;
	unsigned int size, code;
	int rc = add_track(g, &t, err);

	if (rc)
		return rc;
	cur_copy(c, t->isrc, 12);	/*  0 */
	t->isrc[strspn(t->isrc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] = '\0';
	size = cur_be16(c);		/* 12 */
	code = cur_u8(c);		/* 14 */
	cur_skip(c, 3);			/* 15 */
	gap = place(c, wide);		/* 18 */
	begin = place(c, wide);
	end = place(c, wide);
	rc = set_mode(t, code, err);
	if (rc)
		return rc;
	if (size && size != t->stride)
		return img_fail(err, IMG_E_FORMAT, "track %u: sectors of %u bytes, of a kind that has %u", t->number, size,
				(unsigned int)t->stride);
	if (gap > begin || begin > end || end > g->file->size)
		return img_fail(err, IMG_E_FORMAT, "track %u lies at %" PRIu64 ", %" PRIu64 " to %" PRIu64 " of %" PRIu64 " bytes",
				t->number, gap, begin, end, g->file->size);
	t->at = begin;
	t->n = (end - begin) / t->stride;
	t->gap = (begin - gap) / t->stride;
	t->lba = g->address + t->gap > CD_LEAD ? g->address + t->gap - CD_LEAD : 0;
	g->address += t->gap + t->n;
	return 0;
}

static int
do_dao(struct nrg *g, struct img_cursor *c, bool wide, struct img_err *err)
{
	const size_t each = wide ? 42 : 30;
	int rc = 0;

	cur_skip(c, 4);			/*  0: length again, little-endian */
	if (!g->disc->catalog[0])
		cur_copy(c, g->disc->catalog, 13);
	else
		cur_skip(c, 13);
	cur_skip(c, 5);			/* 17: kind of disc, first and last track */
	g->disc->catalog[strspn(g->disc->catalog, "0123456789")] = '\0';
	while (!rc && cur_left(c) >= each)
		rc = dao_track(g, c, wide, err);
	return rc;
}

static int
tao_track(struct nrg *g, struct img_cursor *c, bool wide, struct img_err *err)
{
	struct cd_track *t;
	uint64_t at, len;
	unsigned int code;
	int rc = add_track(g, &t, err);

	if (rc)
		return rc;
	at = place(c, wide);
	len = place(c, wide);
	code = cur_be32(c) & 0xff;
	t->lba = cur_be32(c);
	cur_skip(c, wide ? 8 : 4);
	rc = set_mode(t, code, err);
	t->at = at;
	t->n = rc ? 0 : len / t->stride;
	return rc;
}

static int
do_chunk(struct nrg *g, const uint8_t *id, struct img_cursor c, struct img_err *err)
{
	int rc = 0;

	if (!memcmp(id, "DAOX", 4))
		return do_dao(g, &c, true, err);
	if (!memcmp(id, "DAOI", 4))
		return do_dao(g, &c, false, err);
	if (!memcmp(id, "SINF", 4))
		g->session++;
	while (!rc && !memcmp(id, "ETN2", 4) && cur_left(&c) >= 32)
		rc = tao_track(g, &c, true, err);
	while (!rc && !memcmp(id, "ETNF", 4) && cur_left(&c) >= 20)
		rc = tao_track(g, &c, false, err);
	return rc;
}

static int
read_chunk(struct nrg *g, uint64_t *io_at, bool *ret_end, struct img_err *err)
{
	uint8_t head[8];
	uint32_t len;
	int rc = g->file->size - *io_at < sizeof head ? img_fail(err, IMG_E_FORMAT, "the list of chunks has no end") :
		 img_source_read(g->file, *io_at, head, sizeof head, err);

	if (rc)
		return rc;
	len = load_be32(head + 4);
	*io_at += sizeof head;
	*ret_end = !memcmp(head, "END!", 4);
	if (len > g->file->size - *io_at)
		return img_fail(err, IMG_E_FORMAT, "the chunk at %" PRIu64 " reaches past the end", *io_at - sizeof head);
	if (len <= MAX_CHUNK) {
		img_autofree uint8_t *b = malloc(len ? len : 1);

		rc = b ? img_source_read(g->file, *io_at, b, len, err) : img_fail_nomem(err);
		if (!rc)
			rc = do_chunk(g, head, cur_over(b, len), err);
	}
	*io_at += len;
	return rc;
}

/* Where the chunks begin. */
static int
read_trailer(struct img_source *s, uint64_t *ret, struct img_err *err)
{
	uint8_t b[12];
	int rc = s->size < sizeof b ? img_fail(err, IMG_E_FORMAT, "too short for a trailer") :
		 img_source_read(s, s->size - sizeof b, b, sizeof b, err);

	if (rc)
		return rc;
	if (!memcmp(b, "NER5", 4))
		*ret = load_be64(b + 4);
	else if (!memcmp(b + 4, "NERO", 4))
		*ret = load_be32(b + 8);
	else
		return img_fail(err, IMG_E_FORMAT, "the trailer is missing");
	return *ret < s->size ? 0 : img_fail(err, IMG_E_FORMAT, "the trailer says that chunks begin at %" PRIu64 " of %" PRIu64 " bytes",
					      *ret, s->size);
}

static int
nrg_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	struct nrg g = { .file = o->below, .disc = d, .session = 1 };
	bool end = false;
	uint64_t at = 0;
	int rc = read_trailer(o->below, &at, err);

	for (int i = 0; !rc && !end && i < MAX_CHUNKS; i++)
		rc = read_chunk(&g, &at, &end, err);
	return rc;
}

static int
nrg_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "nrg", nrg_fill, ret, err);
}

/* Raw sectors come first here: this knows more of them than whoever looks at these alone. */
static enum img_match
nrg_confirm(const struct img_open *o)
{
	return IMG_MATCH_STRUCTURE;
}

const struct img_format img_format_nrg = {
	.name = "nrg",
	.title = "Nero CD image",
	.suffixes = ".nrg",
	.magics = (const struct img_magic[]) { { "NER5", 4, IMG_FROM_END, 12 }, { "NERO", 4, IMG_FROM_END, 8 }, { 0 } },
	.confirm = nrg_confirm,
	.plain = true,
	.open = nrg_open,
};
