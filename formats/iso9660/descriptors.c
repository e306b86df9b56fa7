/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume descriptors of one session: sectors from the sixteenth on, up to one of type 255. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/iso.h"
#include "img/source.h"

/* Escape sequences of Joliet's three levels; 0: another character set. */
static uint8_t
joliet_level(const uint8_t esc[32])
{
	for (size_t i = 0; i + 3 <= 32; i++) {
		if (esc[i] != 0x25 || esc[i + 1] != 0x2f)
			continue;
		if (esc[i + 2] == 0x40)
			return 1;
		if (esc[i + 2] == 0x43)
			return 2;
		if (esc[i + 2] == 0x45)
			return 3;
	}
	return 0;
}

static int
add_supplementary(struct iso_set *set, const uint8_t *p, struct img_err *err)
{
	struct iso_vd vd;
	uint8_t level;
	int rc = iso_vd_parse(p, &vd, err);

	if (rc)
		return rc;
	level = joliet_level(vd.escapes);
	/* only the first counts, as for Linux */
	if (level && !set->has_joliet) {
		set->joliet = vd;
		set->joliet_level = level;
		set->has_joliet = true;
	} else if (!level && vd.version == 2 && !set->has_enhanced) {
		set->enhanced = vd;
		set->has_enhanced = true;
	}
	return 0;
}

static void
add_boot(struct iso_set *set, const uint8_t *p)
{
	if (set->has_catalog || memcmp(p + 7, "EL TORITO SPECIFICATION", 23))
		return;
	set->has_catalog = true;
	set->catalog = load_le32(p + 71);
}

static int
add(struct iso_set *set, const uint8_t *p, bool *ret_primary, struct img_err *err)
{
	switch (p[0]) {
	case ISO_VD_BOOT:
		add_boot(set, p);
		return 0;
	case ISO_VD_PRIMARY:
		if (*ret_primary)
			return 0;	/* copies are legal; the first counts */
		*ret_primary = true;
		return iso_vd_parse(p, &set->pvd, err);
	case ISO_VD_SUPPLEMENTARY:
		return add_supplementary(set, p, err);
	default:
		return 0;
	}
}

static int
check_primary(const struct iso_vd *pvd, struct img_err *err)
{
	if (pvd->block_size != 512 && pvd->block_size != 1024 && pvd->block_size != 2048)
		return img_fail(err, IMG_E_FORMAT, "the logical block size is %u; 512, 1024 or 2048 expected",
				pvd->block_size);
	return 0;
}

int
iso_set_read(struct img_source *volume, uint64_t session, bool quiet, struct iso_set *ret, struct img_err *err)
{
	struct iso_set set = { .session = session };
	uint8_t buf[ISO_SECTOR];
	bool primary = false, ended = false;
	uint64_t at = (session + ISO_VD_BLOCK) * ISO_SECTOR;
	unsigned int n = 0;

	for (; n < ISO_MAX_DESCRIPTORS && !ended && span_ok(at, ISO_SECTOR, volume->size); n++, at += ISO_SECTOR) {
		int type, rc = img_source_read(volume, at, buf, sizeof buf, err);

		if (rc)
			return rc;
		type = iso_vd_type(buf);
		if (type < 0)
			break;
		ended = type == ISO_VD_END;
		rc = add(&set, buf, &primary, err);
		if (rc)
			return img_note(err, rc, "volume descriptor at %" PRIu64, at);
	}
	if (!n)
		return img_fail(err, IMG_E_UNKNOWN, "no volume descriptor at %" PRIu64, at);
	if (!primary)
		return img_fail(err, IMG_E_FORMAT, "none of the %u volume descriptors is the primary one", n);
	if (!ended && !quiet)
		img_problem(volume->env, IMG_WARNING, "iso-no-terminator", "the volume descriptors are not terminated");
	*ret = set;
	return check_primary(&set.pvd, err);
}
