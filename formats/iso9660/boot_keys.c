/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys about booting, as they come.  Those that describe a boot image follow it.  What they mean together is settled
 * when all have been read. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "formats/gpt/layout.h"
#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "img/env.h"

#define MEDIA_FLOPPY 5		/* in the words of boot-emulation: of whatever size the image has */

/* ---- values ---- */

static int
yes_no(const char *key, const char *v, bool *ret, struct img_err *err)
{
	if (!v || !*v || !strcmp(v, "yes") || !strcmp(v, "on") || !strcmp(v, "1"))
		*ret = true;
	else if (!strcmp(v, "no") || !strcmp(v, "off") || !strcmp(v, "0"))
		*ret = false;
	else
		return img_fail(err, IMG_E_USAGE, "%s=%s: yes or no is expected", key, v);
	return 0;
}

static int
choice(const char *key, const char *v, enum iso_choice *ret, struct img_err *err)
{
	bool yes;
	int rc = yes_no(key, v, &yes, err);

	if (!rc)
		*ret = yes ? ISO_YES : ISO_NO;
	return rc;
}

static int
number(const char *key, const char *v, uint64_t max, uint64_t *ret, struct img_err *err)
{
	char *end;
	unsigned long long n = strtoull(v ? v : "", &end, 0);

	if (!v || *v < '0' || *v > '9' || *end || n > max)
		return img_fail(err, IMG_E_USAGE, "%s=%s: a number up to %" PRIu64 " is expected", key, v ? v : "", max);
	*ret = n;
	return 0;
}

/* 64M, 2880K, 1474560 */
static int
size(const char *key, const char *v, uint64_t *ret, struct img_err *err)
{
	char *end;
	unsigned long long n = strtoull(v ? v : "", &end, 10);
	unsigned int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;

	if (!v || *v < '0' || *v > '9' || end[shift != 0] || !n || n > (UINT64_C(1) << 40 >> shift))
		return img_fail(err, IMG_E_USAGE, "%s=%s: a size like 64M is expected", key, v ? v : "");
	*ret = (uint64_t)n << shift;
	return 0;
}

/* A GUID as text, or its sixteen bytes as stored (as mkisofs habits have it). */
static bool
guid(const char *v, uint8_t ret[16])
{
	if (gpt_guid_parse(v, ret))
		return true;
	if (strlen(v) != 32 || strspn(v, "0123456789abcdefABCDEF") != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		unsigned int b;

		sscanf(v + 2 * i, "%2x", &b);
		ret[i] = (uint8_t)b;
	}
	return true;
}

/* Two hexadecimal digits, perhaps behind 0x. */
static bool
hex_type(const char *v, uint8_t *ret)
{
	unsigned int b;
	char end;

	v += !strncmp(v, "0x", 2) || !strncmp(v, "0X", 2) ? 2 : 0;
	if (strlen(v) > 2 || sscanf(v, "%2x%c", &b, &end) != 1)
		return false;
	*ret = (uint8_t)b;
	return true;
}

/* A partition type in both worlds. */
static bool
part_type(const char *v, uint8_t *ret_mbr, uint8_t ret_guid[16])
{
	static const struct {
		const char *name;
		uint8_t mbr;
		const uint8_t *guid;
	} types[] = {
		{ "efi", 0xef, boot_guid_esp }, { "linux", 0x83, boot_guid_linux }, { "data", 0x0c, boot_guid_data },
		{ "hfs", 0xaf, boot_guid_hfs },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(v, types[i].name)) {
			*ret_mbr = types[i].mbr;
			memcpy(ret_guid, types[i].guid, 16);
			return true;
		}
	if (guid(v, ret_guid)) {
		*ret_mbr = 0xcd;	/* observed: xorriso 1.5.4, for a GUID it cannot translate */
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (!memcmp(types[i].guid, ret_guid, 16))
				*ret_mbr = types[i].mbr;
		return true;
	}
	if (!hex_type(v, ret_mbr))
		return false;
	memcpy(ret_guid, boot_guid_data, 16);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].mbr == *ret_mbr)
			memcpy(ret_guid, types[i].guid, 16);
	return true;
}

int
boot_wish_date(const char *key, const char *v, int64_t *ret, struct img_err *err)
{
	size_t n = v ? strlen(v) : 0;
	struct tm t = { 0 };
	uint64_t sec;

	if (n != 14 && n != 16) {
		int rc = number(key, v, UINT64_C(253402300799), &sec, err);

		*ret = (int64_t)sec;
		return rc;
	}
	if (strspn(v, "0123456789") != n ||
	    sscanf(v, "%4d%2d%2d%2d%2d%2d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec) != 6 ||
	    t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 23 ||
	    t.tm_min > 59 || t.tm_sec > 60)
		return img_fail(err, IMG_E_USAGE, "%s=%s: seconds since 1970 or YYYYMMDDhhmmsscc is expected", key, v);
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	*ret = (int64_t)timegm(&t);
	return 0;
}

static int
word(const char *key, const char *v, const char *const *words, unsigned int *ret, struct img_err *err)
{
	char list[128] = "";
	size_t n = 0;

	for (unsigned int i = 0; words[i]; i++) {
		if (v && !strcmp(v, words[i])) {
			*ret = i;
			return 0;
		}
		n += (size_t)snprintf(list + n, n < sizeof list ? sizeof list - n : 0, "%s%s", i ? ", " : "", words[i]);
		n = n < sizeof list ? n : sizeof list;
	}
	return img_fail(err, IMG_E_USAGE, "%s=%s: one of %s is expected", key, v ? v : "", list);
}

/* ---- keys with something to them ---- */

/* N:TYPE:FILE */
static int
append_partition(struct boot_wish *w, const char *v, struct img_err *err)
{
	const char *one = v ? strchr(v, ':') : NULL, *two = one ? strchr(one + 1, ':') : NULL;
	struct boot_wish_append *a;
	char *type;

	if (!two || one != v + 1 || *v < '1' || *v > '0' + ISO_MAX_APPEND || !two[1])
		return img_fail(err, IMG_E_USAGE, "append-partition=%s: N:TYPE:FILE is expected, with N from 1 to %d", v ? v : "",
				ISO_MAX_APPEND);
	a = &w->append[*v - '1'];
	if (a->type)
		return img_fail(err, IMG_E_USAGE, "append-partition=%s: partition %c was given before", v, *v);
	type = img_arena_str(w->plan->arena, one + 1, (size_t)(two - one - 1));
	if (!type)
		return img_fail_nomem(err);
	if (!part_type(type, &a->mbr_type, a->guid))
		return img_fail(err, IMG_E_USAGE, "append-partition=%s: the type is efi, linux, data, hfs, two hexadecimal digits or "
				"a GUID", v);
	a->type = type;
	a->file = two + 1;
	return 0;
}

static int
describing(struct boot_wish *w, const char *key, struct boot_wish_entry **ret, struct img_err *err)
{
	if (!w->n_entries)
		return img_fail(err, IMG_E_USAGE, "%s describes a boot image, but none was named before it", key);
	*ret = &w->entry[w->n_entries - 1];
	return 0;
}

/* Keys of the boot image before. */
static int
entry_key(struct boot_wish *w, const char *key, const char *v, bool *ret_known, struct img_err *err)
{
	static const char *const media[] = { "none", "floppy-1200k", "floppy-1440k", "floppy-2880k", "hard-disk",
						"floppy", NULL };
	static const char *const marks[] = { "no", "basdat", "efi", "hfs", NULL };
	static const char *const keys[] = { "boot-info-table", "grub2-boot-info", "boot-load-size", "boot-load-segment",
					    "boot-emulation", "gpt-boot", "apm-boot", NULL };
	struct boot_wish_entry *e = NULL;
	unsigned int i = 0;
	uint64_t n = 0;
	int rc;

	while (keys[i] && strcmp(key, keys[i]))
		i++;
	*ret_known = keys[i] != NULL;
	if (!keys[i])
		return 0;
	rc = describing(w, key, &e, err);
	if (rc)
		return rc;
	switch (i) {
	case 0:
		e->table_said = true;
		return yes_no(key, v, &e->boot.info_table, err);
	case 1:
		e->grub2_said = true;
		return yes_no(key, v, &e->boot.grub2, err);
	case 2:
		e->load_full = v && !strcmp(v, "full");
		rc = e->load_full ? 0 : number(key, v, 65535, &n, err);
		e->load_said = true;
		e->boot.sectors = (uint32_t)n;
		return rc;
	case 3:
		rc = number(key, v, 65535, &n, err);
		e->boot.segment = (uint16_t)n;
		return rc;
	case 4:
		rc = word(key, v, media, &i, err);
		e->any_floppy = i == MEDIA_FLOPPY;
		e->boot.media = (uint8_t)(e->any_floppy ? 0 : i);
		return rc;
	case 5:
		rc = word(key, v, marks, &i, err);
		e->gpt = (enum boot_mark)i;
		return rc;
	default:
		rc = word(key, v, marks, &i, err);
		if (!rc && i != MARK_NONE && i != MARK_HFS)
			rc = img_fail(err, IMG_E_USAGE, "apm-boot=%s: hfs or no is expected", v);
		e->apm = i == MARK_HFS;
		return rc;
	}
}

static int
disk_guid(struct boot_wish *w, const char *v, struct img_err *err)
{
	w->plan->has_disk_guid = v && guid(v, w->plan->disk_guid);
	return w->plan->has_disk_guid ? 0 : img_fail(err, IMG_E_USAGE, "gpt-disk-guid=%s: a GUID is expected", v ? v : "");
}

static int
mbr_id(struct boot_wish *w, const char *v, struct img_err *err)
{
	const char *digits = v ? v + (!strncmp(v, "0x", 2) ? 2 : 0) : "";

	if (strlen(digits) != 8 || strspn(digits, "0123456789abcdefABCDEF") != 8)
		return img_fail(err, IMG_E_USAGE, "mbr-id=%s: eight hexadecimal digits are expected", v ? v : "");
	w->plan->has_mbr_id = true;
	w->plan->mbr_id = (uint32_t)strtoul(digits, NULL, 16);
	return 0;
}

static int
iso_type(struct boot_wish *w, const char *v, struct img_err *err)
{
	if (!v || !part_type(v, &w->iso_type, w->iso_guid))
		return img_fail(err, IMG_E_USAGE, "mbr-iso-type=%s: a partition type is expected", v ? v : "");
	w->has_iso_type = true;
	w->iso_type_is_guid = strlen(v) > 4;
	return 0;
}

static int
words_key(struct boot_wish *w, const char *key, const char *v, bool *ret_known, struct img_err *err)
{
	static const char *const asked[] = { "auto", "none", NULL };
	static const char *const hybrid[] = { "no", "yes", "isohybrid", NULL };
	static const char *const place[] = { "inside", "append", NULL };
	unsigned int i = 0;
	int rc;

	*ret_known = true;
	if (!strcmp(key, "boot")) {
		rc = word(key, v, asked, &i, err);
		w->asked = i ? BOOT_NONE : BOOT_AUTO;
	} else if (!strcmp(key, "hybrid")) {
		rc = word(key, v && *v ? v : "yes", hybrid, &i, err);
		w->style = i == 0 ? STYLE_NONE : i == 1 ? STYLE_VALID : STYLE_ISOHYBRID;
	} else if (!strcmp(key, "esp")) {
		rc = word(key, v, place, &i, err);
		w->place = i ? PLACE_APPEND : PLACE_INSIDE;
	} else {
		*ret_known = false;
		return 0;
	}
	return rc;
}

static int
simple_key(struct boot_wish *w, const char *key, const char *v, bool *ret_known, struct img_err *err)
{
	const struct {
		const char *key;
		enum iso_choice *to;
	} choices[] = {
		{ "gpt", &w->gpt }, { "apm", &w->apm }, { "mbr-bootable", &w->bootable }, { "grub2-mbr", &w->grub2_mbr },
		{ "cylinders", &w->cylinders }, { "mbr-table", &w->table },
	};
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "mbr", &w->mbr }, { "system-area", &w->system_area }, { "boot-catalog", &w->catalog },
	};

	*ret_known = true;
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		if (!strcmp(key, choices[i].key))
			return choice(key, v, choices[i].to, err);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(key, texts[i].key)) {
			*texts[i].to = v && *v ? v : NULL;
			return *texts[i].to ? 0 : img_fail(err, IMG_E_USAGE, "%s: no file was named", key);
		}
	*ret_known = false;
	return 0;
}

int
boot_wish_key(struct boot_wish *w, const char *key, const char *v, bool *ret_known, struct img_err *err)
{
	struct boot_wish_entry *e;
	uint64_t n = 0;
	int rc = entry_key(w, key, v, ret_known, err);

	if (!rc && !*ret_known)
		rc = words_key(w, key, v, ret_known, err);
	if (!rc && !*ret_known)
		rc = simple_key(w, key, v, ret_known, err);
	if (rc || *ret_known)
		return rc;
	*ret_known = true;
	if (!strcmp(key, "boot-bios"))
		return boot_wish_add(w, ET_X86, v, &e, err);
	if (!strcmp(key, "boot-efi"))
		return boot_wish_add(w, ET_UEFI, v, &e, err);
	if (!strcmp(key, "append-partition"))
		return append_partition(w, v, err);
	if (!strcmp(key, "partition-offset")) {
		rc = number(key, v, ISO_VD_BLOCK, &n, err);
		w->has_offset = true;
		w->offset = (uint32_t)n;
		return rc;
	}
	if (!strcmp(key, "esp-size"))
		return size(key, v, &w->esp_size, err);
	if (!strcmp(key, "gpt-disk-guid"))
		return disk_guid(w, v, err);
	if (!strcmp(key, "mbr-id"))
		return mbr_id(w, v, err);
	if (!strcmp(key, "mbr-iso-type"))
		return iso_type(w, v, err);
	if (!strcmp(key, "volume-date")) {
		rc = boot_wish_date(key, v, &w->plan->date, err);
		w->plan->has_date = !rc;
		return rc;
	}
	*ret_known = false;
	return 0;
}

/* ---- shared ---- */

struct boot_wish_entry *
boot_wish_entry(struct boot_wish *w, uint8_t platform)
{
	for (size_t i = 0; i < w->n_entries; i++)
		if (w->entry[i].boot.platform == platform)
			return &w->entry[i];
	return NULL;
}

int
boot_wish_add(struct boot_wish *w, uint8_t platform, const char *path, struct boot_wish_entry **ret, struct img_err *err)
{
	if (w->n_entries == ISO_MAX_BOOT)
		return img_fail(err, IMG_E_LIMIT, "more than %d boot images", ISO_MAX_BOOT);
	if (!path || !*path)
		return img_fail(err, IMG_E_USAGE, "%s: no file was named", platform == ET_UEFI ? "boot-efi" : "boot-bios");
	*ret = &w->entry[w->n_entries++];
	**ret = (struct boot_wish_entry) { .path = path, .boot.platform = platform };
	return 0;
}

static int
tree_file(struct boot_wish *w, const char *path, struct img_source **ret, struct img_err *err)
{
	struct img_node n;
	int rc = img_tree_lookup(w->tree, path, &n, err);

	if (!rc && n.type != IMG_NODE_FILE)
		rc = img_fail(err, IMG_E_UNKNOWN, "%s: is no file", path);
	return rc ? rc : img_tree_content(w->tree, n.id, NULL, ret, err);
}

int
boot_wish_file(struct boot_wish *w, const char *path, bool host_first, struct img_source **ret, bool *ret_tree,
	       struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = host_first ? img_file(w->env, path, ret, &why) : tree_file(w, path, ret, &why);

	*ret_tree = !host_first;
	if (!rc || rc == IMG_E_NOMEM)
		return rc ? img_fail_nomem(err) : 0;
	if (!host_first && rc != IMG_E_UNKNOWN) {
		if (err)
			*err = why;
		return rc;
	}
	*ret_tree = host_first;
	rc = host_first ? tree_file(w, path, ret, &why) : img_file(w->env, path, ret, &why);
	return rc ? img_fail(err, IMG_E_USAGE, "%s: is neither in the source nor beside it", path) : 0;
}

bool
boot_wish_empty(const struct boot_wish *w)
{
	bool asked = w->asked == BOOT_AUTO || w->n_entries || w->style > STYLE_NONE || w->mbr || w->system_area ||
		     w->gpt == ISO_YES || w->apm == ISO_YES || w->table == ISO_YES || w->bootable == ISO_YES || w->grub2_mbr == ISO_YES ||
		     w->catalog || w->esp_size || w->has_iso_type || w->plan->has_mbr_id || w->plan->has_disk_guid ||
		     w->place;

	for (size_t i = 0; i < ISO_MAX_APPEND; i++)
		asked |= w->append[i].type != NULL;
	return !asked;
}

int
boot_wish_grant(struct boot_wish *w, struct img_err *err)
{
	int rc = boot_find(w, err);

	if (!rc)
		rc = boot_load(w, err);
	return rc ? rc : boot_settle(w, err);
}

void
boot_wish_done(struct boot_wish *w)
{
	for (size_t i = 0; i < ISO_MAX_APPEND; i++)
		w->append[i].source = img_unref(w->append[i].source);
	for (size_t i = 0; i < w->n_entries; i++)
		w->entry[i].boot.source = img_unref(w->entry[i].boot.source);
	boot_plan_free(w->plan);
	w->plan = NULL;
}
