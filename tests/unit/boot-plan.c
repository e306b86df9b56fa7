/* SPDX-License-Identifier: BSD-2-Clause */
/* How images start, byte by byte: boot code recognised and patched, partition tables in their three kinds, numbers made
 * from the layout, programs patched in the image only, what cannot be refused.  Loaders are made up here: what counts are
 * the marks they are known by. */
#include "config.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/apm/layout.h"
#include "formats/gpt/layout.h"
#include "formats/iso9660/boot_plan.h"
#include "formats/iso9660/fat.h"
#include "formats/mbr/layout.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/loaders.h"

static struct img_env *env;
static struct img_err err;

static const struct toy_row both[] = {
	TOY_DIR(0, 1, "EFI"), TOY_DIR(1, 2, "BOOT"), BYTES(2, 3, "BOOTX64.EFI", efi), TOY_DIR(0, 4, "isolinux"),
	BYTES(4, 5, "isolinux.bin", isolinux), BYTES(4, 6, "isohdpfx.bin", isohdpfx), TOY_DIR(0, 7, "grub"),
	BYTES(7, 8, "eltorito.img", eltorito), BYTES(7, 9, "boot_hybrid.img", hybrid), BYTES(7, 10, "boot.img", disk_code),
	{ 0 }
};

/* ---- helpers ---- */

static struct img_source *
make(const struct toy_row *rows, const char *keys)
{
	struct img_source *s;

	TEST_OK(loaders_image(env, rows, "LABEL", keys, &s, &err), err);
	return s;
}

static void
refused(const char *keys, const char *says)
{
	struct img_source *s = NULL;

	err.msg[0] = '\0';
	if (loaders_image(env, both, NULL, keys, &s, &err) != IMG_E_USAGE || s || !strstr(err.msg, says))
		TEST_FAIL_("%s: code %d, \"%s\", want \"%s\"", keys, err.code, err.msg, says);
}

static void
read_at(struct img_source *s, uint64_t off, void *buf, size_t n)
{
	TEST_OK(img_source_read(s, off, buf, n, &err), err);
}

static struct mbr
mbr_of(struct img_source *s)
{
	uint8_t sector[MBR_LEN];
	struct img_cursor c = cur_over(sector, sizeof sector);
	struct mbr m;

	read_at(s, 0, sector, sizeof sector);
	TEST_OK(mbr_parse(&c, &m, &err), err);
	return m;
}

static void
is_part(const struct mbr_entry *e, uint8_t status, uint8_t type, uint64_t first, uint64_t count)
{
	TEST_EQ_U(e->status, status);
	TEST_EQ_U(e->type, type);
	TEST_EQ_U(e->first, first);
	TEST_EQ_U(e->count, count);
}

/* A GPT whose sums hold; its entries into @ret. */
static struct gpt_header
gpt_of(struct img_source *s, uint64_t lba, uint8_t entries[128 * GPT_ENTRY_LEN])
{
	uint8_t sector[512];
	struct img_cursor c = cur_over(sector, sizeof sector);
	struct gpt_header h;

	read_at(s, lba * 512, sector, sizeof sector);
	TEST_OK(gpt_header_parse(&c, &h, &err), err);
	TEST_EQ_U(h.crc, gpt_header_crc(sector, GPT_HEADER_LEN));
	TEST_EQ_U(h.my_lba, lba);
	TEST_EQ_U(h.n_entries, 128);
	TEST_EQ_U(h.entry_len, GPT_ENTRY_LEN);
	read_at(s, h.entries_lba * 512, entries, 128 * GPT_ENTRY_LEN);
	TEST_EQ_U(h.entries_crc, gpt_crc(entries, 128 * GPT_ENTRY_LEN));
	return h;
}

static void
is_gpt_part(const uint8_t *entries, size_t i, const uint8_t type[16], uint64_t first, uint64_t n, uint64_t attributes)
{
	struct img_cursor c = cur_over(entries + i * GPT_ENTRY_LEN, GPT_ENTRY_LEN);
	struct gpt_entry e;

	TEST_OK(gpt_entry_parse(&c, &e, &err), err);
	TEST_MEM(e.type, type, 16);
	TEST_EQ_U(e.first_lba, first);
	TEST_EQ_U(e.last_lba, first + n - 1);
	TEST_EQ_U(e.attributes, attributes);
	TEST_TRUE(!gpt_guid_is_zero(e.guid));
	TEST_EQ_U(e.guid[7] >> 4, 8);
}

#define READ_ONLY (UINT64_C(1) << 60 | 1)

/* ---- what is what ---- */

static void
codes(void)
{
	static uint8_t zeros[512];
	uint8_t p[512] = { 0 };

	TEST_EQ_U(boot_code_look(isohdpfx, sizeof isohdpfx), PLAN_ISOLINUX);
	TEST_EQ_U(boot_code_look(hybrid, sizeof hybrid), PLAN_GRUB2);
	TEST_EQ_U(boot_code_look(disk_code, sizeof disk_code), PLAN_OTHER_CODE);
	TEST_EQ_U(boot_code_look(zeros, sizeof zeros), PLAN_NO_CODE);
	/* cut from images: an Apple map over the first bytes, an address at 432 */
	memcpy(p, isohdpfx, sizeof isohdpfx);
	memcpy(p, "ER\x08\0\0\0\x90\x90", 8);
	store_le64(p + 432, 4252);
	TEST_EQ_U(boot_code_look(p, sizeof p), PLAN_ISOLINUX);
	memcpy(p, hybrid, sizeof hybrid);
	store_le64(p + 432, 288);
	TEST_EQ_U(boot_code_look(p, sizeof p), PLAN_GRUB2);
	/* the rest of a disk's sector is no code */
	memset(p, 0, sizeof p);
	memcpy(p + 510, "\x55\xaa", 2);
	TEST_EQ_U(boot_code_look(p, sizeof p), PLAN_NO_CODE);
}

/* ---- the valid way ---- */

static void
valid(void)
{
	img_autounref struct img_source *s = make(both, "boot-bios=grub/eltorito.img boot-efi=EFI hybrid=yes");
	const struct iso_layout *l = iso_layout_of(s);
	uint64_t sectors = s->size / 512, esp = l->append[0].off / 512;
	uint8_t one[128 * GPT_ENTRY_LEN], two[128 * GPT_ENTRY_LEN], head[512], program[sizeof eltorito], want[sizeof eltorito];
	struct mbr m = mbr_of(s);
	struct gpt_header h = gpt_of(s, 1, one), b = gpt_of(s, sectors - 1, two);
	uint32_t sum = 0;

	/* UEFI 2.10, 5.2.3: one entry guards everything, from sector 1 on; the other is there to be active */
	is_part(&m.entry[0], 0, 0xee, 1, sectors - 1);
	TEST_MEM(m.entry[0].chs_first, "\x00\x02\x00", 3);
	is_part(&m.entry[1], 0x80, 0, 0, 1);
	TEST_TRUE(m.signature != 0);
	read_at(s, 0, head, sizeof head);
	TEST_MEM(head, hybrid, 432);
	TEST_EQ_U(load_le64(head + 432), l->boot[0].off / 512 + 4);

	TEST_EQ_U(h.entries_lba, 2);
	TEST_EQ_U(h.first_usable_lba, 34);
	TEST_EQ_U(h.last_usable_lba, sectors - 37);
	TEST_EQ_U(h.alternate_lba, sectors - 1);
	TEST_EQ_U(b.alternate_lba, 1);
	TEST_EQ_U(b.entries_lba, sectors - 33);
	TEST_MEM(h.guid, b.guid, 16);
	TEST_MEM(one, two, sizeof one);
	is_gpt_part(one, 0, boot_guid_data, 64, esp - 64, READ_ONLY);
	is_gpt_part(one, 1, boot_guid_esp, esp, l->append[0].len / 512, 0);
	TEST_TRUE(gpt_guid_is_zero(one + 2 * GPT_ENTRY_LEN));
	/* El Torito starts the same bytes */
	TEST_EQ_U(l->boot[1].off, l->append[0].off);

	/* the program has its addresses, in the image; what was read is as it was */
	read_at(s, l->boot[0].off, program, sizeof program);
	memcpy(want, eltorito, sizeof want);
	store_le64(want + 2548, l->boot[0].off / 512 + 5);
	for (size_t i = 64; i < sizeof want; i += 4)
		for (size_t k = 0; k < 4 && i + k < sizeof want; k++)
			sum += (uint32_t)want[i + k] << 8 * k;
	memset(want + 8, 0, 56);
	store_le32(want + 8, 16);
	store_le32(want + 12, (uint32_t)(l->boot[0].off / 2048));
	store_le32(want + 16, sizeof want);
	store_le32(want + 20, sum);
	TEST_MEM(program, want, sizeof want);
	TEST_EQ_U(eltorito[8], 8 * 5 + 1);
}

/* ---- isohybrid ---- */

static void
isohybrid(void)
{
	img_autounref struct img_source *s = make(both, "profile=debian mbr-id=12345678");
	const struct iso_layout *l = iso_layout_of(s);
	uint64_t sectors = s->size / 512, esp = l->boot[1].off / 512, n = l->boot[1].len / 512;
	uint8_t one[128 * GPT_ENTRY_LEN], two[128 * GPT_ENTRY_LEN], head[ISO_SYSTEM_AREA];
	struct mbr m = mbr_of(s);
	struct gpt_header h = gpt_of(s, 1, one);
	struct img_cursor c;
	struct apm_entry e;

	TEST_EQ_U(s->size % (1 << 20), 0);
	TEST_EQ_U(m.signature, 0x12345678);
	is_part(&m.entry[0], 0x80, 0, 0, sectors);
	/* 64 heads, 32 sectors: ends at the last sector of the last head of the last cylinder */
	TEST_MEM(m.entry[0].chs_first, "\x00\x01\x00", 3);
	TEST_EQ_U(m.entry[0].chs_last[0], 63);
	TEST_EQ_U(m.entry[0].chs_last[1], 32);
	TEST_EQ_U(m.entry[0].chs_last[2], (s->size >> 20) - 1);
	is_part(&m.entry[1], 0, 0xef, esp, n);
	gpt_of(s, sectors - 1, two);
	TEST_MEM(one, two, sizeof one);
	TEST_EQ_U(h.entries_lba, 12);
	TEST_EQ_U(h.first_usable_lba, 44);
	is_gpt_part(one, 0, boot_guid_data, 0, sectors - 36, READ_ONLY);
	is_gpt_part(one, 1, boot_guid_data, esp, n, READ_ONLY);
	TEST_STR("I", (const char *)one + 56);

	read_at(s, 0, head, sizeof head);
	TEST_MEM(head, "ER\x08\0\0\0\x90\x90\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	TEST_MEM(head + 32, isohdpfx + 32, 400);
	TEST_EQ_U(load_le64(head + 432), l->boot[0].off / 512);
	c = cur_over(head + 2048, 512);
	TEST_OK(apm_entry_parse(&c, &e, &err), err);
	TEST_EQ_U(e.n_entries, 2);
	TEST_EQ_U(e.start, 1);
	TEST_EQ_U(e.count, 2);
	TEST_STR(e.type, "Apple_partition_map");
	c = cur_over(head + 4096, 512);
	TEST_OK(apm_entry_parse(&c, &e, &err), err);
	TEST_EQ_U(e.start, l->boot[1].off / 2048);
	TEST_EQ_U(e.count, (l->boot[1].len + 2047) / 2048);
	TEST_EQ_U(e.status, 0x40000013);
	TEST_STR(e.name, "EFI");
	TEST_STR(e.type, "Apple_HFS");
}

/* How much firmware loads. */
static void
loads(void)
{
	static const struct {
		const char *keys;
		unsigned int sectors;
	} rows[] = {
		{ "boot-bios=isolinux/isolinux.bin", 4 }, { "boot-bios=isolinux/isolinux.bin boot-load-size=full", 12 },
		{ "boot-bios=grub/boot_hybrid.img", 4 }, { "boot-bios=grub/eltorito.img boot-load-size=2", 2 },
		{ "boot-bios=EFI/BOOT/BOOTX64.EFI", 4 }, { "boot-bios=grub/eltorito.img boot-info-table=no grub2-boot-info=no", 12 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		img_autounref struct img_source *s = make(both, rows[i].keys);

		TEST_EQ_U(iso_layout_of(s)->boot[0].sectors, rows[i].sectors);
	}
}

/* From the partition offset on, with what UEFI starts behind the volume, at a cylinder. */
static void
arch(void)
{
	img_autounref struct img_source *s = make(both, "profile=arch");
	const struct iso_layout *l = iso_layout_of(s);
	uint64_t esp = l->append[0].off / 512;
	uint8_t one[128 * GPT_ENTRY_LEN];
	struct mbr m = mbr_of(s);

	TEST_EQ_U(esp % 2048, 0);
	is_part(&m.entry[0], 0x80, 0, 64, esp - 64);
	is_part(&m.entry[1], 0, 0xef, esp, l->append[0].len / 512);
	gpt_of(s, 1, one);
	is_gpt_part(one, 0, boot_guid_data, 64, esp - 64, READ_ONLY);
	is_gpt_part(one, 1, boot_guid_data, esp, l->append[0].len / 512, READ_ONLY);
}

/* mbr alone, as mkisofs habits have it: nothing is added that was not asked for. */
static void
mbr_only(void)
{
	img_autounref struct img_source *s = make(both, "boot-bios=isolinux/isolinux.bin mbr=isolinux/isohdpfx.bin");
	struct mbr m = mbr_of(s);
	uint8_t sector[512];

	is_part(&m.entry[0], 0x80, 0x17, 0, s->size / 512);
	TEST_EQ_U(m.entry[1].type | m.entry[1].count, 0);
	read_at(s, 512, sector, sizeof sector);
	TEST_TRUE(memcmp(sector, "EFI PART", 8) != 0);
	img_unref(s);
	s = make(both, "boot-bios=grub/eltorito.img mbr=grub/boot_hybrid.img");
	m = mbr_of(s);
	is_part(&m.entry[0], 0x80, 0xcd, 1, s->size / 512 - 1);
}

/* ---- sizes that tables cannot say ---- */

static void
large(void)
{
	struct toy_row rows[sizeof both / sizeof *both + 1];
	uint8_t one[128 * GPT_ENTRY_LEN];
	struct img_source *s;
	struct mbr m;

	memcpy(rows, both, sizeof both);
	rows[10] = (struct toy_row) { .dir = 0, .node = { .id = 50, .type = IMG_NODE_FILE, .mode = 0644, .name = "large",
		.size = UINT64_C(1100) << 20 } };
	rows[11] = (struct toy_row) { 0 };
	/* over 1024 cylinders: no addresses by cylinder, and no reason for whole ones */
	s = make(rows, "profile=debian pad=no");
	m = mbr_of(s);
	TEST_TRUE(s->size % (1 << 20));
	is_part(&m.entry[0], 0x80, 0, 0, s->size / 512);
	TEST_MEM(m.entry[0].chs_last, "\xfe\xff\xff", 3);
	gpt_of(s, s->size / 512 - 1, one);
	img_unref(s);
	/* over 2 TiB: the MBR says all it can, the GPT everything */
	rows[10].node.size = UINT64_C(3) << 40;
	s = make(rows, "profile=fedora udf=no");
	m = mbr_of(s);
	is_part(&m.entry[0], 0, 0xee, 1, UINT32_MAX);
	TEST_EQ_U(m.entry[1].count, 0);
	gpt_of(s, s->size / 512 - 1, one);
	is_gpt_part(one, 1, boot_guid_esp, iso_layout_of(s)->append[0].off / 512, iso_layout_of(s)->append[0].len / 512, 0);
	img_unref(s);
}

/* ---- numbers ---- */

static void
guids(struct img_source *s, uint8_t ret[48])
{
	uint8_t entries[128 * GPT_ENTRY_LEN];
	struct gpt_header h = gpt_of(s, 1, entries);

	memcpy(ret, h.guid, 16);
	memcpy(ret + 16, entries + 16, 16);
	memcpy(ret + 32, entries + GPT_ENTRY_LEN + 16, 16);
}

static void
ids(void)
{
	static const char keys[] = "profile=fedora";
	uint8_t a[48], b[48], want[16];
	struct img_source *s = make(both, keys);
	uint32_t disk = mbr_of(s).signature;

	guids(s, a);
	TEST_TRUE(memcmp(a, a + 16, 16) && memcmp(a, a + 32, 16) && memcmp(a + 16, a + 32, 16));
	img_unref(s);
	s = make(both, keys);
	guids(s, b);
	TEST_MEM(a, b, sizeof a);
	TEST_EQ_U(disk, mbr_of(s).signature);
	img_unref(s);
	TEST_OK(loaders_image(env, both, "OTHER", keys, &s, &err), err);
	guids(s, b);
	TEST_TRUE(memcmp(a, b, 16) && memcmp(a + 16, b + 16, 16) && memcmp(a + 32, b + 32, 16));
	TEST_TRUE(disk != mbr_of(s).signature);
	img_unref(s);
	s = make(both, "profile=fedora gpt-disk-guid=00112233-4455-6677-8899-aabbccddeeff mbr-id=0xcafef00d");
	guids(s, b);
	TEST_TRUE(gpt_guid_parse("00112233-4455-6677-8899-aabbccddeeff", want));
	TEST_MEM(b, want, 16);
	TEST_EQ_U(mbr_of(s).signature, 0xcafef00d);
	img_unref(s);
}

/* ---- FAT of a folder ---- */

static void
esp(void)
{
	static const struct {
		const char *keys;
		uint64_t size;
	} sizes[] = {
		{ "boot-efi=EFI esp-size=1M", 1 << 20 }, { "boot-efi=EFI/BOOT esp-size=32M", 32 << 20 },
		{ "boot-efi=EFI esp-size=300M", 300 << 20 }, { "boot=auto esp-size=2880K", 2880 << 10 },
	};
	char loaders[128];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		img_autounref struct img_source *s = make(both, sizes[i].keys);
		const struct iso_layout *l = iso_layout_of(s);
		size_t k = l->n_boot - 1;
		uint64_t size;

		TEST_EQ_U(l->boot[k].platform, 0xef);
		TEST_TRUE(fat_probe(s, l->boot[k].off, &size));
		TEST_EQ_U(size, sizes[i].size);
		TEST_EQ_U(l->boot[k].len, size);
		/* what does not fit the field is 0: to the end */
		TEST_EQ_U(l->boot[k].sectors, size / 512 > 65535 ? 0 : size / 512);
		fat_loaders(s, l->boot[k].off, loaders, sizeof loaders);
		TEST_STR(loaders, "BOOTX64.EFI (x86-64)");
	}
	refused("boot-efi=EFI esp-size=2K", "too small");
	refused("boot-efi=isolinux", "has EFI/BOOT/BOOT*.EFI, this has not");
}

/* A file of the source that becomes a partition is stored there only, and still is a file. */
static void
shared(void)
{
	img_autounref struct img_source *s = make(both, "append-partition=3:linux:isolinux/isolinux.bin gpt=yes partition-offset=0");
	const struct iso_layout *l = iso_layout_of(s);
	uint8_t one[128 * GPT_ENTRY_LEN], bytes[sizeof isolinux];
	uint64_t off, len;

	TEST_OK(iso_layout_find(l, "isolinux/isolinux.bin", &off, &len, &err), err);
	TEST_EQ_U(off, l->append[0].off);
	read_at(s, off, bytes, sizeof bytes);
	TEST_MEM(bytes, isolinux, sizeof bytes);
	gpt_of(s, 1, one);
	is_gpt_part(one, 2, boot_guid_linux, off / 512, 12, 0);
}

/* ---- plans of others ---- */

static void
plans(void)
{
	const struct img_author_key key = { "boot", "auto" };
	struct img_author_options o = { .epoch = IMG_NO_TIME };
	struct boot_plan *p;
	struct img_source *s = NULL;
	struct img_report *rep;
	const struct img_rep *r;
	struct toy t;
	struct mbr m;

	toy_init(&t, env, both);
	TEST_OK(boot_plan_new(&p, &err), err);
	TEST_TRUE(boot_plan_empty(p));
	p->n_boot = 1;
	p->boot[0] = (struct iso_boot) { .path = "grub/eltorito.img", .sectors = 4 };
	p->has_mbr = true;
	p->mbr[3] = (struct plan_part) { .what = PLAN_BOOT, .index = 1, .mbr_type = 0x41, .active = true };
	TEST_FAILS(iso_author_planned(&t.tree, &o, p, &s, &err), IMG_E_USAGE, err);
	p->mbr[3].index = 0;
	o.keys = &key;
	o.n_keys = 1;
	TEST_FAILS(iso_author_planned(&t.tree, &o, p, &s, &err), IMG_E_USAGE, err);
	o.n_keys = 0;
	p->code = PLAN_GRUB2;
	p->code_boot = 1;
	TEST_FAILS(iso_author_planned(&t.tree, &o, p, &s, &err), IMG_E_USAGE, err);
	p->code = PLAN_NO_CODE;
	TEST_OK(iso_author_planned(&t.tree, &o, p, &s, &err), err);
	m = mbr_of(s);
	is_part(&m.entry[3], 0x80, 0x41, iso_layout_of(s)->boot[0].off / 512, (sizeof eltorito + 511) / 512);
	rep = img_report_new();
	TEST_OK(s->ops->describe(s, img_report_root(rep), &err), err);
	r = img_rep_get(img_rep_get(img_report_root(rep), "boot"), "firmware");
	TEST_STR(img_rep_get_str(r, "bios_cd"), "grub/eltorito.img");
	TEST_TRUE(!img_rep_get_str(r, "uefi_cd") && !img_rep_get_str(r, "uefi_usb") && !img_rep_get_str(r, "bios_usb"));
	img_report_free(rep);
	img_unref(s);

	/* nothing to do: the plan is gone with the call */
	TEST_OK(boot_plan_new(&p, &err), err);
	p->has_date = true;
	p->date = 86400;
	TEST_OK(iso_author_planned(&t.tree, &o, p, &s, &err), err);
	TEST_EQ_I(iso_layout_of(s)->date, 86400);
	img_unref(s);
}

/* ---- what cannot be ---- */

static void
nonsense(void)
{
	refused("boot=maybe", "auto, none");
	refused("boot=none boot-bios=grub/eltorito.img", "contradict");
	refused("boot-bios=", "no file");
	refused("boot-bios=nowhere", "neither in the source nor beside it");
	refused("boot-load-size=4", "none was named before");
	refused("boot-bios=grub/eltorito.img boot-load-size=70000", "up to 65535");
	refused("boot-bios=grub/eltorito.img boot-emulation=zip", "floppy-1440k");
	refused("boot-bios=grub/eltorito.img boot-emulation=floppy-1440k", "1474560");
	refused("boot-efi=isolinux/isolinux.bin", "no FAT");
	refused("boot-efi=append:2", "no such appended partition");
	refused("append-partition=2:efi", "N:TYPE:FILE");
	refused("append-partition=0:efi:grub/boot.img", "from 1 to 8");
	refused("append-partition=2:123:grub/boot.img", "two hexadecimal digits");
	refused("append-partition=2:83:grub/boot.img append-partition=2:83:grub/boot.img", "given before");
	refused("append-partition=5:83:grub/boot.img", "four partitions");
	refused("append-partition=1:83:grub/boot.img mbr-bootable=yes", "twice");
	refused("append-partition=1:83:grub/boot.img gpt=yes hybrid=no", "hybrid=no");
	refused("mbr=isolinux/isohdpfx.bin", "no boot image for BIOS");
	refused("mbr=isolinux/isohdpfx.bin boot-bios=grub/eltorito.img", "is none");
	refused("mbr=grub/boot_hybrid.img boot-bios=isolinux/isolinux.bin", "is none");
	refused("mbr=grub/boot.img boot-bios=grub/eltorito.img", "boot_hybrid.img");
	refused("mbr=isolinux/isolinux.bin boot-bios=isolinux/isolinux.bin", "432 to 512");
	refused("mbr-id=1234", "eight");
	refused("mbr-id=12345678", "does nothing");
	refused("gpt-disk-guid=1 hybrid=yes", "a GUID");
	refused("hybrid=yes gpt=no gpt-disk-guid=00112233-4455-6677-8899-aabbccddeeff", "does nothing");
	refused("apm=yes", "does nothing");
	refused("cylinders=yes", "does nothing");
	refused("grub2-mbr=yes", "does nothing");
	refused("mbr-iso-type=efi", "does nothing");
	refused("esp=append boot-efi=EFI", "does nothing");
	refused("esp-size=1M", "does nothing");
	refused("esp-size=many boot-efi=EFI", "a size like 64M");
	refused("partition-offset=8", "16 is the one");
	refused("volume-date=20261332000000", "YYYYMMDDhhmmsscc");
	refused("boot-catalog=boot.cat", "nothing to boot");
	refused("profile=gentoo", "debian, alpine, arch, ubuntu, fedora, windows, cloud-init");
	refused("profile=cloud-init", "meta-data");
	refused("hybrid=yes system-area=grub/boot.img", "contradict");
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	make_loaders();
	codes();
	valid();
	isohybrid();
	arch();
	loads();
	mbr_only();
	large();
	ids();
	esp();
	shared();
	plans();
	nonsense();
	img_env_free(env);
	return 0;
}
