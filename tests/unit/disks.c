/* SPDX-License-Identifier: BSD-2-Clause */
/* See disks.h. */
#include "config.h"

#include "tests/unit/disks.h"

#include "formats/apm/layout.h"
#include "tests/test.h"

struct disk
disk_new(size_t len)
{
	struct disk d = { .b = calloc(len ? len : 1, 1), .len = len };

	TEST_TRUE(d.b != NULL);
	return d;
}

static void
disk_close(struct disk *d)
{
	img_volumes_done(&d->volumes);
	d->source = img_unref(d->source);
	d->env = img_env_free(d->env);
}

void
disk_done(struct disk *d)
{
	disk_close(d);
	free(d->b);
	d->b = NULL;
}

void
disk_open(struct disk *d)
{
	struct img_err err = { 0 };

	disk_close(d);
	TEST_OK(img_env_new(NULL, &d->env, &err), err);
	TEST_OK(img_memory(d->env, d->b, d->len, false, &d->source, &err), err);
}

void
disk_look(struct disk *d)
{
	struct img_err err = { 0 };

	disk_open(d);
	TEST_OK(img_volumes(d->source, true, &d->volumes, &err), err);
}

size_t
disk_problems(const struct disk *d, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(d->env, &p, &lost), found = 0;

	for (size_t i = 0; i < n; i++)
		found += !code || strcmp(p[i].code, code) == 0;
	return found;
}

void
disk_expect(const struct disk *d, const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(d->env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		if (!code || strcmp(p[i].code, code) != 0)
			TEST_FAIL_("problem \"%s\" (%s), want \"%s\"", p[i].code, p[i].message, code ? code : "none");
	TEST_EQ_U(n, code ? 1 : 0);
}

const struct img_parts *
disk_table(const struct disk *d, const char *scheme)
{
	for (size_t i = 0; i < d->volumes.n_tables; i++)
		if (strcmp(d->volumes.table[i].scheme, scheme) == 0)
			return &d->volumes.table[i];
	return NULL;
}

void
disk_put(struct disk *d, size_t off, const void *bytes, size_t n)
{
	TEST_TRUE(off <= d->len && n <= d->len - off);
	memcpy(d->b + off, bytes, n);
}

void
disk_mbr(struct disk *d, size_t off, uint32_t signature, const struct mbr_row *rows, size_t n)
{
	struct mbr m = { .signature = signature };

	for (size_t i = 0; i < n; i++)
		m.entry[i] = (struct mbr_entry) { .type = rows[i].type, .first = rows[i].first, .count = rows[i].count };
	TEST_TRUE(off + MBR_LEN <= d->len);
	mbr_emit(&m, d->b + off);
}

static void
header_put(struct disk *d, uint32_t ss, struct gpt_header *h)
{
	gpt_header_seal(h);
	gpt_header_emit(h, d->b + h->my_lba * ss);
}

void
disk_gpt(struct disk *d, uint32_t ss, const struct gpt_row *rows, size_t n)
{
	uint64_t last = d->len / ss - 1, array = 128 * GPT_ENTRY_LEN / ss;
	struct gpt_header h = {
		.revision = 0x10000, .my_lba = 1, .alternate_lba = last, .first_usable_lba = 2 + array,
		.last_usable_lba = last - array - 1, .entries_lba = 2, .n_entries = 128, .entry_len = GPT_ENTRY_LEN,
	};

	disk_mbr(d, 0, 0, &(struct mbr_row) { MBR_TYPE_PROTECTIVE, 1, (uint32_t)last }, 1);
	memset(h.guid, 0x42, sizeof h.guid);
	for (size_t i = 0; i < n; i++) {
		struct gpt_entry e = { .first_lba = rows[i].first, .last_lba = rows[i].last };

		TEST_TRUE(gpt_guid_parse(rows[i].guid, e.type));
		memset(e.guid, (int)i + 1, sizeof e.guid);
		for (size_t k = 0; k < strlen(rows[i].name); k++)
			e.name[k] = (uint8_t)rows[i].name[k];
		gpt_entry_emit(&e, d->b + 2 * ss + i * GPT_ENTRY_LEN);
	}
	memcpy(d->b + (last - array) * ss, d->b + 2 * ss, array * ss);
	h.entries_crc = gpt_crc(d->b + 2 * ss, array * ss);
	header_put(d, ss, &h);
	h.my_lba = last;
	h.alternate_lba = 1;
	h.entries_lba = last - array;
	header_put(d, ss, &h);
}

void
disk_gpt_edit(struct disk *d, uint32_t ss, uint64_t lba, void (*edit)(struct gpt_header *), bool array)
{
	struct img_cursor c = cur_over(d->b + lba * ss, GPT_HEADER_LEN);
	struct gpt_header h;
	struct img_err err = { 0 };
	uint32_t len;

	TEST_OK(gpt_header_parse(&c, &h, &err), err);
	if (edit)
		edit(&h);
	if (array)
		h.entries_crc = gpt_crc(d->b + h.entries_lba * ss, (size_t)h.n_entries * h.entry_len);
	len = h.header_len;
	gpt_header_seal(&h);
	h.header_len = len;	/* may be a lie; then the CRC is not looked at */
	gpt_header_emit(&h, d->b + lba * ss);
}

void
disk_driver_map(struct disk *d, uint16_t block_size)
{
	struct apm_driver_map m = { .block_size = block_size, .block_count = (uint32_t)(d->len / 512) };

	apm_driver_map_emit(&m, d->b);
}

void
disk_apm(struct disk *d, size_t step, uint32_t n_told, const struct apm_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct apm_entry e = { .n_entries = n_told, .start = rows[i].start, .count = rows[i].count, .status = 0x33 };

		memcpy(e.name, rows[i].name, strlen(rows[i].name));
		memcpy(e.type, rows[i].type, strlen(rows[i].type));
		apm_entry_emit(&e, d->b + (i + 1) * step);
	}
}

void
disk_iso9660(struct disk *d)
{
	DISK_PUT(d, 32768, "\1CD001\1");
}
