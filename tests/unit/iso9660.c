/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading ISO 9660: the images of fixtures/mkiso.py as they are, and with one thing wrong at a time. */
#include "config.h"

#include "core/bytes.h"
#include "formats/iso9660/iso9660.h"
#include "formats/iso9660/layout.h"
#include "img/check.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"

#define SYSTEM_AREA 32768
#define ROOM (2 << 20)

static uint8_t image[ROOM];
static size_t image_len;
static struct img_env *env;
static struct img_source *volume;
static struct img_tree *tree;
static struct img_err err;

static void
load(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[1000];
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/fuzz/iso9660/%s", top ? top : ".", name);
	f = fopen(path, "rb");
	TEST_TRUE(f != NULL);
	memset(image, 0, sizeof image);
	image_len = SYSTEM_AREA + fread(image + SYSTEM_AREA, 1, sizeof image - SYSTEM_AREA, f);
	TEST_TRUE(image_len > SYSTEM_AREA && image_len <= ROOM / 2);
	fclose(f);
}

static int
open_view(const char *view, unsigned int session)
{
	struct img_tree_open o = { .view = view, .session = session };

	memset(&err, 0, sizeof err);
	TEST_OK(img_env_new(NULL, &env, &err), err);
	TEST_OK(img_memory(env, image, image_len, false, &volume, &err), err);
	o.volume = volume;
	return img_format_iso9660.tree(&o, &tree, &err);
}

static void
done(void)
{
	tree = img_tree_unref(tree);
	volume = img_unref(volume);
	env = img_env_free(env);
}

/* Every node of the tree on a line: path, type, mode, size, link target or the first bytes of the data. */
static int
list_all(char *out, size_t room)
{
	const struct img_node *n = NULL;
	struct img_walk *w;
	const char *path;
	size_t k = 0;
	int rc;

	out[0] = '\0';
	TEST_OK(img_walk_new(tree, &w, &err), err);
	while (!(rc = img_walk_next(w, &n, &path, &err)) && n) {
		struct img_source *s;
		char data[9] = "";

		if (n->type == IMG_NODE_FILE) {
			rc = img_tree_content(tree, n->id, NULL, &s, &err);
			if (rc)
				break;
			TEST_EQ_U(s->size, n->size);
			rc = img_source_read(s, 0, data, s->size < 8 ? (size_t)s->size : 8, &err);
			img_unref(s);
			if (rc)
				break;
		}
		k += (size_t)snprintf(out + k, room - k, "%s %c %o %d %s\n", *path ? path : ".", "?fdlcbps"[n->type], n->mode,
				      (int)n->size, n->link ? n->link : data);
		TEST_TRUE(k < room);
	}
	img_walk_free(w);
	return rc;
}

static bool
has_problem(const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(p[i].code, code))
			return true;
	return false;
}

static void
expect_list(const char *view, unsigned int session, const char *want)
{
	char out[8192];

	TEST_OK(open_view(view, session), err);
	TEST_OK(list_all(out, sizeof out), err);
	TEST_STR(out, want);
	done();
}


#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

static void
test_rock_ridge(void)
{
	load("rr");
	expect_list(NULL, 0,
		    ". d 755 0 \n"
		    "Hello.txt f 4750 12 hello wo\n"
		    "NONAME.TXT f 644 12 hello wo\n"
		    "a-name-that-continues-in-another-area-" X50 X50 X50 " f 644 12 hello wo\n"
		    "dev c 660 0 \n"
		    "empty f 644 0 \n"
		    "hard1 f 644 12 hello wo\n"
		    "hard2 f 644 12 hello wo\n"
		    "link l 777 0 /usr/../halfway/.\n"
		    "many f 644 2058 11111111\n"
		    "moved d 711 0 \n"
		    "moved/deep f 644 12 hello wo\n"
		    "packed f 644 65539 zisofs z\n"
		    "sub d 1777 0 \n"
		    "sub/inner f 644 12 hello wo\n");
	TEST_OK(open_view(NULL, 0), err);
	TEST_TRUE(iso_is_placeholder(tree) == false);
	done();
	TEST_FAILS(open_view("joliet", 0), IMG_E_USAGE, err);
	TEST_TRUE(strstr(err.msg, "rr, iso"));
	done();
	TEST_FAILS(open_view(NULL, 2), IMG_E_USAGE, err);
	done();
}

static void
lookup(const char *path, struct img_node *ret)
{
	TEST_OK(img_tree_lookup(tree, path, ret, &err), err);
}

static void
expect_stream(const struct img_node *n, const char *name, const void *want, size_t len)
{
	struct img_source *s;
	uint8_t buf[4096];

	TEST_OK(img_tree_content(tree, n->id, name, &s, &err), err);
	TEST_EQ_U(s->size, len);
	TEST_OK(img_source_read(s, 0, buf, len, &err), err);
	TEST_MEM(buf, want, len);
	img_unref(s);
}

static void
test_details(void)
{
	static const uint8_t acl[] = {
		2, 0, 0, 0,
		1, 0, 6, 0, 255, 255, 255, 255,		/* user_obj rw- */
		2, 0, 4, 0, 0xd2, 4, 0, 0,		/* user 1234 r-- */
		4, 0, 4, 0, 255, 255, 255, 255,
		16, 0, 4, 0, 255, 255, 255, 255,
		32, 0, 4, 0, 255, 255, 255, 255,
	};
	struct img_node a, b;
	struct img_source *s;

	load("rr");
	TEST_OK(open_view("rr", 0), err);
	lookup("hard1", &a);
	lookup("hard2", &b);
	TEST_TRUE(a.inode && a.inode == b.inode && a.id != b.id);
	TEST_EQ_U(a.nlink, 2);
	TEST_EQ_U(a.uid, 1);
	TEST_EQ_U(a.gid, 2);
	lookup("dev", &a);
	TEST_EQ_U(a.dev_major, 8);
	TEST_EQ_U(a.dev_minor, 17);
	TEST_EQ_U(a.inode, 0);
	lookup("Hello.txt", &a);
	TEST_EQ_I(a.mtime.sec, 1709206496);
	TEST_EQ_I(a.atime.sec, 946684800);
	TEST_EQ_I(a.btime.sec, IMG_NO_TIME);
	expect_stream(&a, IMG_STREAM_RSRC, "fork!", 5);
	lookup("empty", &a);
	expect_stream(&a, "user.mime", "text/plain", 10);
	expect_stream(&a, "system.posix_acl_access", acl, sizeof acl);
	TEST_FAILS(img_tree_content(tree, a.id, "user.none", &s, &err), IMG_E_UNKNOWN, err);
	TEST_FAILS(img_tree_content(tree, a.id, IMG_STREAM_RSRC, &s, &err), IMG_E_UNKNOWN, err);
	lookup("sub", &a);
	expect_stream(&a, "user.note", "folder", 6);
	TEST_FAILS(img_tree_content(tree, a.id, NULL, &s, &err), IMG_E_USAGE, err);
	done();
}

/* The data of a compressed file are chunks of the volume, and zeros. */
static void
test_zisofs(void)
{
	struct img_extent e;
	struct img_node n;
	struct img_source *s;
	uint8_t buf[3];

	load("rr");
	TEST_OK(open_view(NULL, 0), err);
	lookup("packed", &n);
	TEST_OK(img_tree_content(tree, n.id, NULL, &s, &err), err);
	TEST_OK(img_source_resolve(s, 0, &e, NULL, &err), err);
	TEST_EQ_I(e.kind, IMG_DATA);
	TEST_STR(e.codec->name, "zlib");
	TEST_EQ_U(e.whole, 32768);
	TEST_OK(img_source_read(s, 65536, buf, 3, &err), err);
	TEST_MEM(buf, "end", 3);
	img_unref(s);
	done();
}

static void
test_joliet(void)
{
	load("joliet");
	expect_list(NULL, 0, ". d 755 0 \nNEW.TXT f 644 6 sixer\n\n");
	expect_list(NULL, 1, ". d 755 0 \nfünf.txt f 644 5 five\n\nsmile \xf0\x9f\x98\x80.txt f 644 5 five\n\n");
	expect_list("iso", 1, ". d 755 0 \nFILE f 644 5 five\n\nFILE.TXT f 644 6 sixer\n\nFILE.TXT;1 f 644 5 five\n\n");
}

static void
test_small_blocks(void)
{
	struct img_node n;
	struct img_source *s;
	struct img_nodes list;

	load("small");
	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(img_tree_list(tree, IMG_TREE_ROOT, &list, &err), err);
	TEST_EQ_U(list.n, 62);
	img_nodes_done(&list);
	lookup("XAR", &n);
	expect_stream(&n, NULL, "abc", 3);
	lookup("F59-----------.TXT", &n);
	expect_stream(&n, NULL, "abc", 3);
	lookup("MIXED", &n);
	TEST_FAILS(img_tree_content(tree, n.id, NULL, &s, &err), IMG_E_UNSUPPORTED, err);
	done();
}

/* ---- one thing wrong ---- */

/* The record whose identifier is @name. */
static uint8_t *
record_of(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = SYSTEM_AREA; i + n < image_len; i++)
		if (image[i - 1] == n && !memcmp(image + i, name, n))
			return image + i - 33;
	TEST_FAIL_("no record %s", name);
}

static void
set_both32(uint8_t *p, uint32_t v)
{
	store_le32(p, v);
	store_be32(p + 4, v);
}

/* An entry of the record @r. */
static uint8_t *
entry_of(uint8_t *r, const char *sig)
{
	for (uint8_t *p = r + 33 + r[32] + (r[32] % 2 == 0); p + 4 <= r + *r && p[2]; p += p[2])
		if (!memcmp(p, sig, 2))
			return p;
	TEST_FAIL_("no entry %s", sig);
}

/* Listing and reading everything must fail with @words. */
static void
expect_failure(int code, const char *words)
{
	char out[8192];
	int rc = open_view(NULL, 0);

	if (!rc)
		rc = list_all(out, sizeof out);
	TEST_EQ_I(rc, code);
	if (!strstr(err.msg, words))
		TEST_FAIL_("\"%s\" lacks \"%s\"", err.msg, words);
	done();
}

static void
expect_problem(const char *code)
{
	char out[8192];

	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(list_all(out, sizeof out), err);
	if (!has_problem(code))
		TEST_FAIL_("no problem %s", code);
	done();
}

static void
test_circles(void)
{
	uint8_t *p;

	/* a folder that is the root, by its own record and by a link to a moved one */
	load("rr");
	set_both32(record_of("SUB") + 2, 21);
	expect_failure(IMG_E_FORMAT, "sub: this folder contains itself");
	load("rr");
	set_both32(entry_of(record_of("MOVED.;1"), "CL") + 4, 21);
	expect_failure(IMG_E_FORMAT, "moved: this folder contains itself");
	load("rr");
	set_both32(entry_of(record_of("MOVED.;1"), "CL") + 4, 22);
	expect_failure(IMG_E_FORMAT, "sub: this folder is in two places");
	/* a continuation area that continues in itself */
	load("rr");
	p = entry_of(record_of("LONGNAME.;1"), "CE");
	memcpy(image + 25 * ISO_SECTOR + 1024, p, 28);
	set_both32(p + 20, 28);
	expect_failure(IMG_E_FORMAT, "\"LONGNAME.;1\" (directory record at");
	TEST_TRUE(strstr(err.msg, "continuation areas run in a circle"));
}

static void
test_lost(void)
{
	load("rr");
	set_both32(entry_of(record_of("LONGNAME.;1"), "CE") + 4, 1 << 30);
	expect_failure(IMG_E_FORMAT, "lies past the end");
	load("rr");
	set_both32(entry_of(record_of("MOVED.;1"), "CL") + 4, 1 << 30);
	expect_failure(IMG_E_FORMAT, "\"moved\", a directory moved for its depth");
	load("rr");
	set_both32(record_of("HARD1.;1") + 10, 1 << 30);
	expect_failure(IMG_E_FORMAT, "its data, 1073741824 bytes at 57344, lie past the end (73728)");
	load("rr");
	record_of("MANY.;1")[25] = 0x80;
	record_of("MANY.;1")[record_of("MANY.;1")[0] + 25] = 0x80;
	expect_failure(IMG_E_FORMAT, "section 3 of the file is missing");
	load("rr");
	image_len = 21 * ISO_SECTOR;
	expect_failure(IMG_E_FORMAT, "the root directory (iso) at 43008 lies past the end (43008)");
	load("rr");
	image[16 * ISO_SECTOR] = 3;
	expect_failure(IMG_E_FORMAT, "none of the 3 volume descriptors is the primary one");
}

static void
test_odd(void)
{
	load("rr");
	image[18 * ISO_SECTOR] = 3;
	expect_problem("iso-no-terminator");
	load("rr");
	record_of("HARD1.;1")[9] ^= 1;
	expect_problem("iso-both-endian");
	load("rr");
	entry_of(record_of("HARD1.;1"), "PX")[2] = 3;
	expect_problem("iso-bad-susp");
	load("rr");
	entry_of(record_of("HARD1.;1"), "NM")[2] = 200;
	expect_problem("iso-bad-susp");
	load("rr");
	entry_of(record_of("HARD1.;1"), "NM")[6] = 0;
	expect_problem("iso-bad-susp");
	load("rr");
	set_both32(image + 16 * ISO_SECTOR + 80, 1000);
	expect_problem("iso-truncated");
	/* with block sizes beyond the standard nothing can be found */
	load("rr");
	store_le16(image + 16 * ISO_SECTOR + 128, 4096);
	expect_failure(IMG_E_FORMAT, "the logical block size is 4096; 512, 1024 or 2048 expected");
}

static void
test_bad_zisofs(void)
{
	uint8_t *z;

	load("rr");
	z = image + 33 * ISO_SECTOR;
	z[13] = 60;
	expect_failure(IMG_E_FORMAT, "blocks of 2^60 bytes");
	z[13] = 15;
	store_le32(z + 20, 8);
	expect_failure(IMG_E_FORMAT, "zisofs: block 1 begins at 8");
	load("rr");
	store_le32(z + 8, 1 << 30);
	set_both32(entry_of(record_of("PACKED.;1"), "ZF") + 8, 1 << 30);
	expect_failure(IMG_E_FORMAT, "the table of 32769 block pointers does not fit");
	load("rr");
	store_le32(z + 8, 65538);
	expect_failure(IMG_E_FORMAT, "header says 65538 bytes, its directory record 65539");
	load("rr");
	z[40] ^= 0xff;
	expect_failure(IMG_E_FORMAT, "zlib stream is damaged");
}

/* ---- reports and checks ---- */

static struct img_report *
describe(void)
{
	struct img_report *r = img_report_new();

	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(tree->ops->describe(tree, img_report_root(r), &err), err);
	TEST_TRUE(img_report_ok(r));
	return r;
}

static void
test_describe(void)
{
	const struct img_rep *rep, *e;
	struct img_report *r;

	load("rr");
	r = describe();
	rep = img_report_root(r);
	TEST_STR(img_rep_get_str(rep, "label"), "ROCKRIDGE");
	TEST_STR(img_rep_get_str(rep, "uuid"), "2024-02-29-12-34-56-78");
	TEST_STR(img_rep_get_str(rep, "created"), "2024-02-29T11:34:56Z");
	TEST_EQ_U(img_rep_get_uint(rep, "size", 0), 36 * ISO_SECTOR);
	TEST_EQ_U(img_rep_get_uint(rep, "files", 0), 10);
	TEST_EQ_U(img_rep_get_uint(rep, "directories", 0), 2);
	TEST_TRUE(img_rep_get_bool(rep, "boot_bios") && img_rep_get_bool(rep, "boot_uefi"));
	e = img_rep_get(img_rep_get(rep, "el_torito"), "entries")->first;
	TEST_STR(img_rep_get_str(e, "boot_info_table"), "valid");
	TEST_STR(img_rep_get_str(e->next, "platform"), "uefi");
	TEST_TRUE(has_problem("boot-efi-no-fat") && !has_problem("iso-trees-differ"));
	img_report_free(r);
	done();

	load("rr");
	image[27 * ISO_SECTOR + 100] ^= 1;		/* of the boot file */
	image[26 * ISO_SECTOR + 5] ^= 1;		/* of the catalog */
	image_len -= 3 * ISO_SECTOR;			/* "packed" is cut */
	r = describe();
	TEST_TRUE(has_problem("boot-info-table") && has_problem("boot-catalog-checksum") && has_problem("iso-files-cut"));
	TEST_TRUE(img_rep_get_bool(img_report_root(r), "truncated"));
	TEST_STR(img_rep_get(img_report_root(r), "cut_files")->first->v.s, "packed");
	img_report_free(r);
	done();

	load("joliet");
	image[43 * ISO_SECTOR + 1] = 'X';		/* the second session is gone */
	r = describe();
	TEST_STR(img_rep_get_str(img_report_root(r), "label"), "Joliet");
	TEST_TRUE(has_problem("iso-trees-differ") && has_problem("iso-roots-differ"));
	img_report_free(r);
	done();
}

static void
test_verify(void)
{
	load("rr");
	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(tree->ops->verify(tree, NULL, &err), err);
	TEST_TRUE(!has_problem("iso-path-table") && !has_problem("iso-files-cut"));
	done();
	load("rr");
	store_be32(image + 20 * ISO_SECTOR + 10 + 2, 30);	/* RR_MOVED in table M */
	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(tree->ops->verify(tree, NULL, &err), err);
	TEST_TRUE(has_problem("iso-path-table"));
	done();
}

/* The digest of the only check, as it is stored. */
static bool
md5_holds(void)
{
	struct img_checks checks = { 0 };
	uint8_t found[IMG_DIGEST_MAX], buf[7777];
	void *state;
	bool same;

	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(tree->ops->checks(tree, &checks, &err), err);
	TEST_EQ_U(checks.n, 1);
	state = checks.v[0].digest->begin();
	for (uint64_t at = 0; at < checks.v[0].over->size; at += sizeof buf) {
		uint64_t left = checks.v[0].over->size - at;
		size_t n = left < sizeof buf ? (size_t)left : sizeof buf;

		TEST_OK(img_source_read(checks.v[0].over, at, buf, n, &err), err);
		checks.v[0].digest->update(state, buf, n);
	}
	checks.v[0].digest->finish(state, found);
	same = !memcmp(found, checks.v[0].expect, checks.v[0].digest->size);
	img_checks_done(&checks);
	done();
	return same;
}

/* Bytes made by implantisomd5 1.2.3 for this image: rr with zeros behind it, up to 2 MiB. */
static void
make_implanted(void)
{
	static const char implant[] =
		"ISO MD5SUM = ba4ebaf93c0136704cf987a839c58493;SKIPSECTORS = 15;RHLISOSTATUS=0;FRAGMENT SUMS = "
		"7bb8acf9185a1362a268e8b583e58ce43e9212f1ebe87cdceaaf9d5f5243;FRAGMENT COUNT = 20;"
		"THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!";

	load("rr");
	image_len = ROOM;
	set_both32(image + 16 * ISO_SECTOR + 80, ROOM / ISO_SECTOR);
	memcpy(image + 0x90000, "test", 4);
	memcpy(image + 16 * ISO_SECTOR + ISO_APP_USE_OFF, implant, strlen(implant));
}

static void
test_md5(void)
{
	struct img_checks checks = { 0 };

	load("rr");
	TEST_OK(open_view(NULL, 0), err);
	TEST_OK(tree->ops->checks(tree, &checks, &err), err);
	TEST_EQ_U(checks.n, 0);
	done();
	make_implanted();
	TEST_TRUE(md5_holds());
	image[0x90001] ^= 1;
	TEST_TRUE(!md5_holds());
	make_implanted();
	image[ROOM - 1] ^= 1;		/* in the sectors that are not covered */
	TEST_TRUE(md5_holds());
	make_implanted();
	image[16 * ISO_SECTOR + ISO_APP_USE_OFF + 95] ^= 1;	/* the second fragment digit */
	TEST_TRUE(!md5_holds());
	make_implanted();
	image_len -= 20 * ISO_SECTOR;
	TEST_TRUE(!md5_holds());
}

int
main(void)
{
	test_rock_ridge();
	test_details();
	test_zisofs();
	test_joliet();
	test_small_blocks();
	test_circles();
	test_lost();
	test_odd();
	test_bad_zisofs();
	test_describe();
	test_verify();
	test_md5();
	return 0;
}
