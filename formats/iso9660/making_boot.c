/* SPDX-License-Identifier: BSD-2-Clause */
/* El Torito: what the options ask to be started, as a catalog of 32-byte entries, and the addresses that some programs want
 * written into themselves.  The programs of the tree are never touched: the image has them with an edit laid over. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

#define ENTRY 32
#define MAX_SECTORS 65535
#define TABLE_OFF 8		/* of the boot information table, and its end */
#define TABLE_END 64
#define GRUB2_OFF 2548

static const uint64_t floppy[4] = { 0, 1228800, 1474560, 2949120 };

/* ---- checks, before anything is laid out ---- */

static int
check_size(const struct iso_boot *b, const char *name, uint64_t size, struct img_err *err)
{
	if (!size)
		return img_fail(err, IMG_E_USAGE, "%s: nothing can be started from an empty file", name);
	if (b->media > 4)
		return img_fail(err, IMG_E_USAGE, "%s: there is no kind of boot medium %u", name, b->media);
	if (b->media >= 1 && b->media <= 3 && size != floppy[b->media])
		return img_fail(err, IMG_E_USAGE, "%s: a floppy image of this kind has %" PRIu64 " bytes, not %" PRIu64, name,
				floppy[b->media], size);
	if (b->info_table && size < TABLE_END)
		return img_fail(err, IMG_E_USAGE, "%s: %" PRIu64 " bytes have no place for a boot information table", name,
				size);
	if (b->grub2 && size < GRUB2_OFF + 8)
		return img_fail(err, IMG_E_USAGE, "%s: %" PRIu64 " bytes are no GRUB boot image", name, size);
	return 0;
}

/* A hard disk image has an MBR with one partition, whose type the catalog repeats. */
static int
disk_type(struct iso_boot *b, struct img_source *s, const char *name, struct img_err *err)
{
	uint8_t mbr[512], n = 0;
	int rc;

	if (b->media != 4 || b->system)
		return 0;
	if (s->size < sizeof mbr)
		return img_fail(err, IMG_E_USAGE, "%s: no disk image: shorter than a sector", name);
	rc = img_source_read(s, 0, mbr, sizeof mbr, err);
	if (rc)
		return img_note(err, rc, "%s", name);
	for (size_t i = 0; i < 4; i++)
		if (mbr[446 + 16 * i + 4]) {
			b->system = mbr[446 + 16 * i + 4];
			n++;
		}
	if (n != 1 || mbr[510] != 0x55 || mbr[511] != 0xaa)
		return img_fail(err, IMG_E_USAGE, "%s: a hard disk to boot from has exactly one partition, this has %u", name, n);
	return 0;
}

static int
check_entry(struct iso_author *a, struct iso_boot *b, size_t i, struct img_err *err)
{
	const struct mnode *n;
	struct img_source *s = b->source;
	char name[32];
	int rc;

	if (b->path) {
		n = making_find(a, b->path);
		if (!n)
			return img_fail(err, IMG_E_USAGE, "%s: there is no such file to boot from in the source", b->path);
		if (n->type != IMG_NODE_FILE)
			return img_fail(err, IMG_E_USAGE, "%s: is no file to boot from", b->path);
		if (!a->file[n->u.file].content)
			return check_size(b, b->path, 0, err);
		s = a->file[n->u.file].content;
		a->file[n->u.file].weight = INT32_MAX - (int32_t)i;
	} else if (b->append) {
		if (b->append < 1 || (size_t)b->append > a->o.n_append)
			return img_fail(err, IMG_E_USAGE, "boot entry %zu: there is no appended partition %d", i + 1, b->append);
		s = a->o.append[b->append - 1].source;
		if (b->info_table || b->grub2)
			return img_fail(err, IMG_E_USAGE, "boot entry %zu: an appended partition takes no boot information", i + 1);
	}
	snprintf(name, sizeof name, "boot entry %zu", i + 1);
	if (!s)
		return img_fail(err, IMG_E_USAGE, "%s starts nothing", name);
	rc = check_size(b, b->path ? b->path : name, s->size, err);
	return rc ? rc : disk_type(b, s, b->path ? b->path : name, err);
}

int
making_boot_check(struct iso_author *a, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < a->o.n_boot; i++)
		rc = check_entry(a, (struct iso_boot *)&a->o.boot[i], i, err);
	if (!rc && a->catalog_file != NO_FILE) {
		a->file[a->catalog_file].size = BLOCK;
		a->file[a->catalog_file].weight = INT32_MAX - ISO_MAX_BOOT;
	}
	return rc;
}

/* Files that are stored as a partition behind the volume are stored nowhere else. */
int
making_append_check(struct iso_author *a, struct img_err *err)
{
	for (size_t i = 0; i < a->o.n_append; i++) {
		const char *path = a->o.append[i].path;
		const struct mnode *n = path ? making_find(a, path) : NULL;

		if (path && (!n || n->type != IMG_NODE_FILE))
			return img_fail(err, IMG_E_USAGE, "%s: there is no such file in the source", path);
		/* both must be the same bytes for good: one that is started has addresses written into it */
		if (n && a->file[n->u.file].weight <= INT32_MAX - ISO_MAX_BOOT)
			a->file[n->u.file].append = (uint8_t)(i + 1);
	}
	return 0;
}

/* ---- the catalog ---- */

static uint16_t
load_sectors(const struct iso_boot *b, uint64_t size)
{
	uint64_t n = (size + 511) / 512;

	if (b->sectors)
		return (uint16_t)(b->sectors < MAX_SECTORS ? b->sectors : MAX_SECTORS);
	if (b->media)
		return 1;
	if (b->platform == ET_UEFI)
		return (uint16_t)(n <= MAX_SECTORS ? n : 0);	/* 0: to the end of the medium; FAT knows its own size */
	if (b->info_table || b->grub2)
		return 4;		/* the loader fetches the rest */
	n = (n + 3) & ~UINT64_C(3);
	return (uint16_t)(n <= MAX_SECTORS ? n : MAX_SECTORS);
}

static void
put_entry(const struct iso_boot *b, uint32_t block, uint16_t sectors, uint8_t *p)
{
	p[0] = 0x88;
	p[1] = b->media;
	store_le16(p + 2, b->segment);
	p[4] = b->system;
	store_le16(p + 6, sectors);
	store_le32(p + 8, block);
}

static void
put_validation(uint8_t platform, const struct iso_again *again, uint8_t *p)
{
	uint16_t sum = 0;

	p[0] = 1;
	p[1] = platform;
	if (again)
		memcpy(p + 4, again->catalog_id, sizeof again->catalog_id);
	p[30] = 0x55;
	p[31] = 0xaa;
	for (size_t i = 0; i < ENTRY; i += 2)
		sum = (uint16_t)(sum + load_le16(p + i));
	store_le16(p + 28, (uint16_t)-sum);
}

/* Neighbours of one platform share a section. */
static void
put_sections(const struct iso_author *a, uint8_t *p)
{
	const struct iso_layout *l = &a->layout;

	for (size_t i = 1, n; i < a->o.n_boot; i += n) {
		for (n = 1; i + n < a->o.n_boot && a->o.boot[i + n].platform == a->o.boot[i].platform;)
			n++;
		p[0] = i + n < a->o.n_boot ? 0x90 : 0x91;
		p[1] = a->o.boot[i].platform;
		store_le16(p + 2, (uint16_t)n);
		p += ENTRY;
		for (size_t k = i; k < i + n; k++, p += ENTRY)
			put_entry(&a->o.boot[k], (uint32_t)(l->boot[k].off / BLOCK), l->boot[k].sectors, p);
	}
}

/* ---- patches ---- */

static int
sum_words(struct img_source *s, uint32_t *ret, struct img_err *err)
{
	uint8_t buf[4096];
	uint32_t sum = 0;
	int rc = 0;

	for (uint64_t off = TABLE_END; !rc && off < s->size; off += sizeof buf) {
		size_t n = s->size - off < sizeof buf ? (size_t)(s->size - off) : sizeof buf;

		memset(buf, 0, sizeof buf);
		rc = img_source_read(s, off, buf, n, err);
		for (size_t i = 0; i < n; i += 4)
			sum += load_le32(buf + i);
	}
	*ret = sum;
	return rc;
}

static int
patch_grub2(struct img_source **io, uint32_t block, struct img_err *err)
{
	struct img_source *s;
	uint8_t at[8];
	struct img_edit e = { GRUB2_OFF, at, sizeof at };
	int rc;

	store_le64(at, (uint64_t)block * 4 + 5);
	rc = img_patched(*io, &e, 1, &s, err);
	if (rc)
		return rc;
	img_unref(*io);
	*io = s;
	return 0;
}

static int
patch_table(struct img_source **io, uint32_t block, struct img_err *err)
{
	struct img_source *s;
	uint8_t table[TABLE_END - TABLE_OFF] = { 0 };
	struct img_edit e = { TABLE_OFF, table, sizeof table };
	uint32_t sum;
	int rc = sum_words(*io, &sum, err);

	if (rc)
		return rc;
	store_le32(table, ISO_VD_BLOCK);
	store_le32(table + 4, block);
	store_le32(table + 8, (uint32_t)(*io)->size);
	store_le32(table + 12, sum);
	rc = img_patched(*io, &e, 1, &s, err);
	if (rc)
		return rc;
	img_unref(*io);
	*io = s;
	return 0;
}

/* Where the program of an entry is kept. */
static struct img_source **
place_of(struct iso_author *a, const struct iso_boot *b, uint64_t off)
{
	if (b->path)
		return &a->file[making_find(a, b->path)->u.file].content;
	for (size_t i = 0; i < a->n_extra; i++)
		if (a->extra[i].off == off)
			return &a->extra[i].source;
	return NULL;
}

int
making_boot_finish(struct iso_author *a, uint8_t *catalog, struct img_err *err)
{
	struct iso_layout *l = &a->layout;
	int rc = 0;

	l->n_boot = a->o.n_boot;
	for (size_t i = 0; !rc && i < a->o.n_boot; i++) {
		const struct iso_boot *b = &a->o.boot[i];
		struct img_source **s = place_of(a, b, l->boot[i].off);
		uint32_t block = (uint32_t)(l->boot[i].off / BLOCK);

		l->boot[i].platform = b->platform;
		l->boot[i].media = b->media;
		l->boot[i].sectors = load_sectors(b, l->boot[i].len);
		/* first GRUB's, which the sum in the table covers */
		if (b->grub2)
			rc = patch_grub2(s, block, err);
		if (!rc && b->info_table)
			rc = patch_table(s, block, err);
	}
	if (rc)
		return img_note(err, rc, "boot image");
	put_validation(a->o.boot[0].platform, a->o.again, catalog);
	put_entry(&a->o.boot[0], (uint32_t)(l->boot[0].off / BLOCK), l->boot[0].sectors, catalog + ENTRY);
	put_sections(a, catalog + 2 * ENTRY);
	return 0;
}
