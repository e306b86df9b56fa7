/* SPDX-License-Identifier: BSD-2-Clause */
/* GPT on disk, little-endian (UEFI 2.10, 5.3); GUIDs are mixed-endian: the first three groups little, the rest bytes. */
#include "config.h"

#include "formats/gpt/layout.h"


#include "img/check.h"

int
gpt_header_parse(struct img_cursor *c, struct gpt_header *ret, struct img_err *err)
{
	struct gpt_header h = { 0 };

	cur_tag(c, "EFI PART");			/*  0 */
	h.revision = cur_le32(c);		/*  8 */
	h.header_len = cur_le32(c);		/* 12 */
	h.crc = cur_le32(c);			/* 16 */
	cur_skip(c, 4);				/* 20 */
	h.my_lba = cur_le64(c);			/* 24 */
	h.alternate_lba = cur_le64(c);		/* 32 */
	h.first_usable_lba = cur_le64(c);	/* 40 */
	h.last_usable_lba = cur_le64(c);	/* 48 */
	cur_copy(c, h.guid, sizeof h.guid);	/* 56 */
	h.entries_lba = cur_le64(c);		/* 72 */
	h.n_entries = cur_le32(c);		/* 80 */
	h.entry_len = cur_le32(c);		/* 84 */
	h.entries_crc = cur_le32(c);		/* 88 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "it is cut short or lacks its signature");
	*ret = h;
	return 0;
}

void
gpt_header_emit(const struct gpt_header *h, uint8_t *ret)
{
	memcpy(ret, "EFI PART", 8);
	store_le32(ret + 8, h->revision);
	store_le32(ret + 12, h->header_len);
	store_le32(ret + 16, h->crc);
	store_le32(ret + 20, 0);
	store_le64(ret + 24, h->my_lba);
	store_le64(ret + 32, h->alternate_lba);
	store_le64(ret + 40, h->first_usable_lba);
	store_le64(ret + 48, h->last_usable_lba);
	memcpy(ret + 56, h->guid, sizeof h->guid);
	store_le64(ret + 72, h->entries_lba);
	store_le32(ret + 80, h->n_entries);
	store_le32(ret + 84, h->entry_len);
	store_le32(ret + 88, h->entries_crc);
}

void
gpt_header_seal(struct gpt_header *h)
{
	uint8_t b[GPT_HEADER_LEN];

	h->header_len = GPT_HEADER_LEN;
	gpt_header_emit(h, b);
	h->crc = gpt_header_crc(b, sizeof b);
}

uint32_t
gpt_crc(const void *bytes, size_t len)
{
	return (uint32_t)img_digest_crc32.piece(bytes, len);
}

uint32_t
gpt_header_crc(const uint8_t *header, size_t len)
{
	static const uint8_t zeros[4];
	const struct img_digest *d = &img_digest_crc32;
	uint64_t sum = d->piece(header, 16);

	sum = d->combine(sum, d->piece(zeros, 4), 4);
	return (uint32_t)d->combine(sum, d->piece(header + 20, len - 20), len - 20);
}

int
gpt_entry_parse(struct img_cursor *c, struct gpt_entry *ret, struct img_err *err)
{
	struct gpt_entry e = { 0 };

	cur_copy(c, e.type, sizeof e.type);	/*  0 */
	cur_copy(c, e.guid, sizeof e.guid);	/* 16 */
	e.first_lba = cur_le64(c);		/* 32 */
	e.last_lba = cur_le64(c);		/* 40 */
	e.attributes = cur_le64(c);		/* 48 */
	for (int i = 0; i < GPT_NAME_UNITS; i++)
		e.name[i] = cur_le16(c);	/* 56 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the entry is cut short");
	*ret = e;
	return 0;
}

void
gpt_entry_emit(const struct gpt_entry *e, uint8_t *ret)
{
	memcpy(ret, e->type, sizeof e->type);
	memcpy(ret + 16, e->guid, sizeof e->guid);
	store_le64(ret + 32, e->first_lba);
	store_le64(ret + 40, e->last_lba);
	store_le64(ret + 48, e->attributes);
	for (int i = 0; i < GPT_NAME_UNITS; i++)
		store_le16(ret + 56 + 2 * i, e->name[i]);
}

bool
gpt_guid_is_zero(const uint8_t *guid)
{
	for (int i = 0; i < 16; i++)
		if (guid[i])
			return false;
	return true;
}

/* Where the bytes stand that a GUID's text names from left to right. */
static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

void
gpt_guid_text(const uint8_t *guid, char *ret)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*ret++ = '-';
		*ret++ = hex[guid[order[i]] >> 4];
		*ret++ = hex[guid[order[i]] & 15];
	}
	*ret = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
gpt_guid_parse(const char *text, uint8_t *ret)
{
	uint8_t guid[16];

	for (int i = 0; i < 16; i++) {
		int hi, lo;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		hi = hex_digit(text[0]);
		lo = hi < 0 ? -1 : hex_digit(text[1]);
		if (lo < 0)
			return false;
		guid[order[i]] = (uint8_t)(hi << 4 | lo);
		text += 2;
	}
	if (*text)
		return false;
	memcpy(ret, guid, sizeof guid);
	return true;
}
