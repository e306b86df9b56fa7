/* SPDX-License-Identifier: BSD-2-Clause */
/* El Torito: the boot record descriptor points at a catalog of 32-byte entries, little-endian.  A validation entry, whose
 * sixteen words sum to zero, the initial entry, then sections: a header (90, the last one 91) with a platform and a
 * number of entries.  Firmware cares little, so writers do: headers that promise more entries than there are, a last
 * header that says 90, zeros where a header should be.  All of them are taken for the end. */
#include "config.h"

#include "formats/iso9660/eltorito.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "img/source.h"

#define ENTRY 32
#define CATALOG (2 * ISO_SECTOR)

const char *
et_platform_name(uint8_t platform)
{
	switch (platform) {
	case ET_X86: return "bios";
	case ET_PPC: return "powerpc";
	case ET_MAC: return "mac";
	case ET_UEFI: return "uefi";
	default: return "unknown";
	}
}

const char *
et_media_name(uint8_t media)
{
	static const char *const names[] = { "none", "floppy-1200k", "floppy-1440k", "floppy-2880k", "hard-disk" };

	return media < sizeof names / sizeof *names ? names[media] : "unknown";
}

static void
entry_parse(const uint8_t *p, uint8_t platform, bool initial, struct et_entry *ret)
{
	*ret = (struct et_entry) {
		.platform = platform, .bootable = p[0] == 0x88, .media = p[1] & 0x0f, .segment = load_le16(p + 2),
		.system = p[4], .sectors = load_le16(p + 6), .block = load_le32(p + 8),
		.criteria = initial ? 0 : p[12],
	};
}

static bool
sums_to_zero(const uint8_t *p)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < ENTRY; i += 2)
		sum = (uint16_t)(sum + load_le16(p + i));
	return !sum && p[30] == 0x55 && p[31] == 0xaa;
}

static void
add_entry(struct et_catalog *c, const uint8_t *p, uint8_t platform, bool initial)
{
	if (c->n == ET_MAX_ENTRIES)
		c->too_many = true;
	else
		entry_parse(p, platform, initial, &c->v[c->n++]);
}

/* The sections behind the initial entry. */
static void
read_sections(struct et_catalog *c, const uint8_t *p, size_t n)
{
	size_t at = 2;

	while (at < n && (p[at * ENTRY] & 0xfe) == 0x90) {
		const uint8_t *head = p + at++ * ENTRY;
		uint16_t count = load_le16(head + 2);

		for (; count && at < n; count--) {
			const uint8_t *e = p + at * ENTRY;

			/* zeros, or the next header: fewer entries than promised */
			if (e[0] != 0x88 && (e[0] || !load_le32(e + 8)))
				break;
			add_entry(c, e, head[1], false);
			at++;
			/* extension entries tell the loader something, not us */
			if (e[1] & 0x20)
				while (at < n && p[at * ENTRY] == 0x44)
					at++;
		}
		c->too_many |= count != 0;
		if (head[0] == 0x91)
			break;
	}
}

int
et_catalog_read(const struct iso *iso, struct et_catalog *ret, struct img_err *err)
{
	uint64_t at = (uint64_t)iso->set.catalog * ISO_SECTOR, size = iso->volume->size;
	struct et_catalog c = { 0 };
	uint8_t p[CATALOG];
	size_t len = CATALOG;
	int rc;

	if (!span_ok(at, 2 * ENTRY, size))
		return img_fail(err, IMG_E_FORMAT, "the boot catalog at %" PRIu64 " lies past the end (%" PRIu64 ")", at,
				size);
	if (len > size - at)
		len = (size_t)(size - at);
	rc = img_source_read(iso->volume, at, p, len, err);
	if (rc)
		return rc;
	if (p[0] != 1)
		return img_fail(err, IMG_E_FORMAT, "the boot catalog at %" PRIu64 " does not begin with a validation entry", at);
	c.sum_ok = sums_to_zero(p);
	iso_text(p + 4, 24, false, c.id);
	add_entry(&c, p + ENTRY, p[1], true);
	read_sections(&c, p, len / ENTRY);
	*ret = c;
	return 0;
}
