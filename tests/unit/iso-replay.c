/* SPDX-License-Identifier: BSD-2-Clause */
/* Images written again: what is read back is what was asked for, unchanged they are the same bytes, and what is damaged is
 * named.  The changes of a tree, one by one.  Loaders are made up: what counts are the marks they are known by. */
#include "config.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/gpt/layout.h"
#include "formats/iso9660/replay_private.h"
#include "img/env.h"
#include "tests/test.h"
#include "tests/unit/loaders.h"
#include "trees/edited.h"

static struct img_env *env;
static struct img_err err;

static const struct toy_row rows[] = {
	TOY_DIR(0, 1, "EFI"), TOY_DIR(1, 2, "BOOT"), BYTES(2, 3, "BOOTX64.EFI", efi), TOY_DIR(0, 4, "isolinux"),
	BYTES(4, 5, "isolinux.bin", isolinux), BYTES(4, 6, "isohdpfx.bin", isohdpfx), TOY_DIR(0, 7, "grub"),
	BYTES(7, 8, "eltorito.img", eltorito), BYTES(7, 9, "boot_hybrid.img", hybrid),
	TOY_FILE(0, 10, "text", "some text"), TOY_LINK(0, 11, "link", "text"), { 0 }
};

static struct img_source *
make(const char *keys)
{
	struct img_source *s;

	TEST_OK(loaders_image(env, rows, "LABEL", keys, &s, &err), err);
	return s;
}

static char *
where(void *ctx, const char *path)
{
	return edited_where(ctx, path);
}

static bool
is_old(void *ctx, uint64_t id, uint64_t *ret)
{
	return edited_is_base(ctx, id, ret);
}

static struct iso_replay *
opened(struct img_source *s, bool lossy)
{
	const struct iso_replay_options o = { .lossy = lossy };
	struct iso_replay *r;

	TEST_OK(iso_replay_open(s, &o, &r, &err), err);
	return r;
}

static void
same_bytes(struct img_source *a, struct img_source *b)
{
	static uint8_t x[65536], y[65536];

	TEST_EQ_U(b->size, a->size);
	for (uint64_t at = 0; at < a->size; at += sizeof x) {
		size_t n = a->size - at < sizeof x ? (size_t)(a->size - at) : sizeof x;

		TEST_OK(img_source_read(a, at, x, n, &err), err);
		TEST_OK(img_source_read(b, at, y, n, &err), err);
		TEST_MEM(x, y, n);
	}
}

/* ---- what is read back ---- */

static void
same_again(const char *keys)
{
	img_autounref struct img_source *a = make(keys), *b = NULL;
	struct iso_replay_change c = { .where = where, .is_old = is_old };
	struct iso_replay *r = opened(a, false);
	struct edited *e;

	TEST_OK(edited_new(iso_replay_tree(r), &e, &err), err);
	c.ctx = e;
	TEST_OK(iso_replay_author(r, edited_tree(e), &c, &b, &err), err);
	if (b->size != a->size)
		fprintf(stderr, "keys: %s\n", keys);
	same_bytes(a, b);
	img_unref(b);
	b = NULL;
	img_tree_unref(edited_tree(e));
	iso_replay_free(r);
}

static void
test_same(void)
{
	static const char *const keys[] = {
		"", "joliet=no", "rock-ridge=no", "level=1", "level=4", "udf=yes", "implant-md5=yes", "pad=no", "weight=grub=7",
		"volume-set=SET publisher=P application=A system-id=S copyright=text", "boot-bios=isolinux/isolinux.bin",
		"boot-bios=isolinux/isolinux.bin boot-catalog=isolinux/boot.cat boot-efi=EFI", "boot-efi=EFI",
		"boot-bios=text boot-load-segment=0x1000 boot-load-size=9", "hybrid=yes", "hybrid=yes apm=yes",
		"hybrid=yes gpt=no", "hybrid=isohybrid", "hybrid=yes udf=yes implant-md5=yes", "hybrid=yes esp=inside",
		"hybrid=yes mbr-id=12345678 gpt-disk-guid=12345678-1234-1234-1234-123456789abc",
		"hybrid=yes append-partition=3:linux:text",
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		same_again(keys[i]);
}

static void
test_isohybrid(void)
{
	img_autounref struct img_source *s = make("hybrid=isohybrid boot-catalog=isolinux/boot.cat");
	struct iso_replay *r = opened(s, false);
	const struct boot_plan *p = r->plan;

	TEST_EQ_U(p->n_boot, 2);
	TEST_EQ_U(p->boot[0].platform, ET_X86);
	TEST_TRUE(p->boot[0].info_table && !p->boot[0].grub2);
	TEST_EQ_U(p->boot[0].sectors, 4);
	TEST_STR(r->boot[0].name[0], "isolinux/isolinux.bin");
	TEST_STR(r->catalog_spot.name[0], "isolinux/boot.cat");
	TEST_EQ_U(p->boot[1].platform, ET_UEFI);
	TEST_EQ_U(p->code, PLAN_ISOLINUX);
	TEST_EQ_U(p->code_boot, 0);
	TEST_TRUE(p->has_mbr && p->has_gpt && p->cylinders && !p->partition_offset);
	TEST_EQ_U(p->heads, 64);
	TEST_EQ_U(p->track, 32);
	TEST_EQ_U(p->mbr[0].what, PLAN_IMAGE);
	TEST_TRUE(p->mbr[0].active);
	TEST_EQ_U(p->mbr[1].what, PLAN_BOOT);
	TEST_EQ_U(p->mbr[1].index, 1);
	TEST_EQ_U(p->gpt[0].what, PLAN_IMAGE);
	TEST_EQ_U(p->gpt[1].what, PLAN_BOOT);
	/* the tables are not left in what is kept of the system area, the code is */
	TEST_TRUE(!memcmp(p->head + 2, isohdpfx + 2, 400) && !p->head[446] && !p->head[510] && !p->head[512] && !p->head[1024]);
	iso_replay_free(r);
}

static void
test_valid_gpt(void)
{
	img_autounref struct img_source *s = make("hybrid=yes grub2-mbr=yes boot-bios=grub/eltorito.img boot-efi=EFI mbr=grub/boot_hybrid.img");
	struct iso_replay *r = opened(s, false);
	const struct boot_plan *p = r->plan;

	TEST_EQ_U(p->code, PLAN_GRUB2);
	TEST_TRUE(p->boot[0].info_table && p->boot[0].grub2);
	TEST_EQ_U(p->n_append, 1);
	TEST_EQ_U(p->boot[1].append, 1);
	TEST_EQ_U(p->partition_offset, 16);
	TEST_EQ_U(p->mbr[0].what, PLAN_PROTECT);
	TEST_EQ_U(p->gpt[0].what, PLAN_VOLUME);
	TEST_EQ_U(p->gpt[1].what, PLAN_APPEND);
	TEST_MEM(p->gpt[1].guid_type, boot_guid_esp, 16);
	TEST_TRUE(p->has_disk_guid && !gpt_guid_is_zero(p->disk_guid));
	iso_replay_free(r);
}

/* @n bytes at @off are others: the image is refused, saying so, and accepted by who takes losses. */
static void
spoilt(const char *keys, uint64_t off, const void *bytes, size_t n, const char *says)
{
	img_autounref struct img_source *s = make(keys), *bad = NULL;
	const struct iso_replay_options o = { 0 };
	struct img_edit e = { off, bytes, n };
	struct iso_replay *r = NULL;

	TEST_OK(img_patched(s, &e, 1, &bad, &err), err);
	TEST_FAILS(iso_replay_open(bad, &o, &r, &err), IMG_E_UNSUPPORTED, err);
	if (!strstr(err.msg, says))
		TEST_FAIL_("\"%s\" lacks \"%s\"", err.msg, says);
	r = opened(bad, true);
	TEST_EQ_U(iso_replay_n_lost(r), 1);
	iso_replay_free(r);
}

static void
test_damage(void)
{
	static const uint8_t part[16] = { 0, 0, 0, 0, 0x83, 0, 0, 0, 70, 0, 0, 0, 3, 0, 0, 0 };

	spoilt("hybrid=yes", 520, "\xff", 1, "the GPT is damaged: its header fails its CRC-32");
	spoilt("hybrid=yes", 1030, "\xff", 1, "the GPT is damaged: its table");
	spoilt("hybrid=yes", 446 + 32, part, 16, "MBR partition 3, 1536 bytes at 35840");
	spoilt("hybrid=yes apm=yes", 2048, "XX", 2, "Apple partition map");
	spoilt("", 0, "\x0b\xe5\xa9\x41", 4, "MIPS");
}

static void
test_boot_file_gone(void)
{
	img_autounref struct img_source *s = make("boot-bios=isolinux/isolinux.bin"), *b = NULL;
	struct iso_replay_change c = { .where = where, .is_old = is_old };
	struct iso_replay *r = opened(s, false);
	struct edited *e;

	TEST_OK(edited_new(iso_replay_tree(r), &e, &err), err);
	c.ctx = e;
	TEST_OK(edited_remove(e, "isolinux", &err), err);
	TEST_FAILS(iso_replay_author(r, edited_tree(e), &c, &b, &err), IMG_E_USAGE, err);
	TEST_TRUE(strstr(err.msg, "/isolinux/isolinux.bin: the image starts by this file (bios)"));
	img_tree_unref(edited_tree(e));
	iso_replay_free(r);
}

/* ---- changes of a tree ---- */

static void
listed(struct edited *e, const char *want)
{
	char got[512] = "";
	const struct img_node *n;
	struct img_walk *w;
	const char *path;

	TEST_OK(img_walk_new(edited_tree(e), &w, &err), err);
	for (;;) {
		TEST_OK(img_walk_next(w, &n, &path, &err), err);
		if (!n)
			break;
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s ", path, n->type == IMG_NODE_DIR ? "/" : "");
	}
	img_walk_free(w);
	TEST_STR(got, want);
}

static void
as_root(void *ctx, struct img_node *n)
{
	n->uid = 77;
}

static void
test_edited(void)
{
	static const struct toy_row base_rows[] = {
		TOY_DIR(0, 1, "a"), TOY_FILE(1, 2, "x", "x"), TOY_DIR(1, 3, "b"), TOY_FILE(3, 4, "y", "yy"), TOY_FILE(0, 5, "z", "z"), { 0 }
	}, more_rows[] = { TOY_FILE(0, 1, "new", "new"), TOY_DIR(0, 2, "a"), TOY_FILE(2, 3, "w", "w"), { 0 } };
	struct toy base, more;
	struct img_node root, n;
	struct edited *e;
	uint64_t old;
	char *path;

	toy_init(&base, env, base_rows);
	toy_init(&more, env, more_rows);
	TEST_OK(edited_new(&base.tree, &e, &err), err);
	TEST_OK(img_tree_root(&more.tree, &root, &err), err);
	TEST_OK(edited_move(e, "/a/b/y", "c", &err), err);
	TEST_OK(edited_move(e, "a", "d/", &err), err);
	TEST_OK(edited_remove(e, "d/a/x", &err), err);
	TEST_OK(edited_mkdir(e, "//d/./m/n/", &err), err);
	TEST_OK(edited_add(e, "/d", &more.tree, &root, "", as_root, NULL, &err), err);
	TEST_FAILS(edited_add(e, "/d", &more.tree, &root, "", as_root, NULL, &err), IMG_E_EXISTS, err);
	TEST_FAILS(edited_remove(e, "a", &err), IMG_E_USAGE, err);
	TEST_FAILS(edited_remove(e, "/", &err), IMG_E_USAGE, err);
	TEST_FAILS(edited_remove(e, "d/../z", &err), IMG_E_USAGE, err);
	TEST_FAILS(edited_move(e, "d", "d/a/q", &err), IMG_E_USAGE, err);
	TEST_FAILS(edited_move(e, "z", "c", &err), IMG_E_EXISTS, err);
	TEST_FAILS(edited_mkdir(e, "z/q", &err), IMG_E_USAGE, err);
	listed(e, "/ c d/ d/a/ d/a/b/ d/a/w d/m/ d/m/n/ d/new z ");
	listed(e, "/ c d/ d/a/ d/a/b/ d/a/w d/m/ d/m/n/ d/new z ");
	TEST_OK(img_tree_lookup(edited_tree(e), "d/new", &n, &err), err);
	TEST_EQ_U(n.uid, 77);
	TEST_TRUE(!edited_is_base(e, n.id, &old));
	TEST_OK(img_tree_lookup(edited_tree(e), "c", &n, &err), err);
	TEST_TRUE(edited_is_base(e, n.id, &old));
	TEST_EQ_U(old, 4);
	TEST_EQ_U(n.size, 2);
	path = edited_where(e, "a/b/y");
	TEST_STR(path, "c");
	free(path);
	path = edited_where(e, "/a/b/other");
	TEST_STR(path, "d/a/b/other");
	free(path);
	TEST_EQ_U(edited_counts(e)->moved, 2);
	img_tree_unref(edited_tree(e));
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	make_loaders();
	test_edited();
	test_same();
	test_isohybrid();
	test_valid_gpt();
	test_damage();
	test_boot_file_gone();
	img_env_free(env);
	return 0;
}
