/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDF reader on fixtures/udf: what is there, what damage is found, what is read in spite of it. */
#include "config.h"

#include "core/bytes.h"
#include "formats/udf/layout.h"
#include "formats/udf/udf.h"
#include "img/format.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/udf_image.h"

enum { BS = 2048, START = 264 };	/* of most fixtures */

static const char *const names[] = {
	"bridge-102", "plain-102", "embedded-201", "blocks-4096", "metadata-250", "virtual-150", "virtual-200",
	"sparable-150", "strategy-4096",
};
#define N_NAMES (sizeof names / sizeof names[0])

static void
same_list(const struct udf_found *f, const char *name)
{
	char file[256], *want;
	size_t len;

	snprintf(file, sizeof file, "%s.list", name);
	want = udf_slurp(file, &len);
	if (strcmp(f->text, want))
		TEST_FAIL_("%s: found\n%s\nwant\n%s", name, f->text, want);
	free(want);
}

static int
verify(const struct udf_found *f, struct img_err *err)
{
	struct img_report *r = img_report_new();
	int rc = f->tree->ops->verify(f->tree, img_report_root(r), err);

	TEST_TRUE(img_report_ok(r));
	img_report_free(r);
	return rc;
}

static void
test_fixtures(void)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		struct img_err err = { 0 };
		struct udf_image im;
		struct udf_found f;
		struct img_open o;

		udf_image_load(names[i], &im);
		udf_find_all(im.bytes, im.size, true, &f);
		TEST_TRUE(f.tree != NULL);
		same_list(&f, names[i]);
		TEST_OK(verify(&f, &err), err);
		o = (struct img_open) { .below = f.volume, .env = f.env };
		TEST_EQ_U(img_format_udf.confirm(&o), IMG_MATCH_STRUCTURE);
		if (strcmp(names[i], "plain-102"))	/* which has a name with a slash */
			TEST_TRUE(!udf_has_problem(&f, NULL));
		else
			TEST_TRUE(udf_has_problem(&f, "udf-name-changed") && !udf_has_problem(&f, "udf-counts"));
		udf_found_done(&f);
		udf_image_done(&im);
	}
}

static void
test_describe(void)
{
	struct img_report *r = img_report_new();
	const struct img_rep *root;
	struct img_err err = { 0 };
	struct udf_image im;
	struct udf_found f;

	udf_image_load("embedded-201", &im);
	udf_find_all(im.bytes, im.size, false, &f);
	root = img_report_root(r);
	TEST_OK(f.tree->ops->describe(f.tree, img_report_root(r), &err), err);
	TEST_STR(img_rep_get_str(root, "label"), "\u30e9\u30d9\u30eb");
	TEST_STR(img_rep_get_str(root, "revision"), "2.01");
	TEST_STR(img_rep_get_str(root, "uuid"), "0123456789abcdef");
	TEST_STR(img_rep_get_str(root, "integrity"), "closed");
	TEST_STR(img_rep_get_str(root, "created"), "2024-02-29T13:14:15Z");
	TEST_STR(img_rep_get_str(root, "contact"), "contact");
	TEST_EQ_U(img_rep_get_uint(root, "block_size", 0), 512);
	TEST_EQ_U(img_rep_get_uint(root, "files", 0), 5);
	TEST_EQ_U(img_rep_get_uint(root, "directories", 0), 3);
	TEST_TRUE(!img_rep_get_bool(root, "bridge"));
	img_report_free(r);
	udf_found_done(&f);
	udf_image_done(&im);
}

/* Content leads into the volume; what was never recorded is zeros, not data. */
static void
test_extents(void)
{
	struct img_extent e;
	struct img_err err = { 0 };
	struct udf_image im;
	struct udf_found f;
	struct img_source *s;
	struct img_node n, other;

	udf_image_load("plain-102", &im);
	udf_find_all(im.bytes, im.size, false, &f);
	TEST_OK(img_tree_root(f.tree, &n, &err), err);
	TEST_TRUE(n.type == IMG_NODE_DIR && n.mode == 0755 && n.mtime.sec == 1709212455 && n.id == IMG_TREE_ROOT);
	TEST_OK(img_tree_find(f.tree, IMG_TREE_ROOT, "sparse", &n, &err), err);
	TEST_OK(img_tree_content(f.tree, n.id, NULL, &s, &err), err);
	TEST_OK(img_source_resolve(s, 0, &e, NULL, &err), err);
	TEST_TRUE(e.kind == IMG_OPAQUE && e.from == f.volume && e.len == BS);
	TEST_TRUE(im.bytes[e.at] == 'A');
	TEST_OK(img_source_resolve(s, 3 * BS, &e, NULL, &err), err);
	TEST_TRUE(e.kind == IMG_ZERO);
	img_unref(s);
	TEST_OK(img_tree_find(f.tree, IMG_TREE_ROOT, "first name", &n, &err), err);
	TEST_OK(img_tree_find(f.tree, IMG_TREE_ROOT, "second name", &other, &err), err);
	TEST_TRUE(n.inode && n.inode == other.inode && n.id == other.id);
	TEST_OK(img_tree_find(f.tree, IMG_TREE_ROOT, "slash_in it", &n, &err), err);
	TEST_EQ_U(n.inode, 0);
	TEST_FAILS(img_tree_find(f.tree, IMG_TREE_ROOT, "deleted", &n, &err), IMG_E_UNKNOWN, err);
	TEST_FAILS(img_tree_content(f.tree, n.id, "no such stream", &s, &err), IMG_E_UNKNOWN, err);
	udf_found_done(&f);
	udf_image_done(&im);
}

/* Damage that another copy makes good: the files are the same, and a problem says so. */
static const struct mended {
	const char *name, *problem;
	size_t off[2], n;	/* bytes that are wiped */
} mended[] = {
	{ "bridge-102", "", { 256 * BS }, 512 },
	{ "bridge-102", "", { 399 * BS }, 512 },
	{ "bridge-102", "udf-main-sequence", { 26 * BS }, 16 },			/* PVD */
	{ "bridge-102", "udf-main-sequence", { 27 * BS + 190 }, 4 },		/* PD: start */
	{ "bridge-102", "udf-main-sequence", { 28 * BS + 248 }, 16 },		/* LVD: file set */
	{ "bridge-102", "udf-integrity", { 64 * BS }, 512 },
	{ "bridge-102", "udf-not-announced", { 32768 + 4096 + 1, 32768 + 6144 + 1 }, 5 },
	{ "metadata-250", "udf-metadata-mirror", { (START + 2) * BS }, 512 },
	{ "metadata-250", "udf-metadata-mirror", { (START + 3) * BS }, 512 },
	{ "metadata-250", "udf-metadata-mirror", { (START + 42) * BS + 56 }, 8 },	/* root entry: size */
	{ "sparable-150", "udf-sparing-table", { 70 * BS }, 512 },
};

static void
test_mended(void)
{
	for (size_t i = 0; i < sizeof mended / sizeof mended[0]; i++) {
		const struct mended *m = &mended[i];
		struct udf_image im;
		struct udf_found f;

		udf_image_load(m->name, &im);
		for (size_t k = 0; k < 2 && m->off[k]; k++)
			memset(im.bytes + m->off[k], 0, m->n);
		udf_find_all(im.bytes, im.size, true, &f);
		if (!f.tree)
			TEST_FAIL_("case %zu: %s", i, f.err.msg);
		same_list(&f, m->name);
		if (*m->problem ? !udf_has_problem(&f, m->problem) : udf_has_problem(&f, NULL))
			TEST_FAIL_("case %zu: problem \"%s\"", i, m->problem);
		udf_found_done(&f);
		udf_image_done(&im);
	}
}

/* Damage that must be told: where it strikes, and with which code. */
static const struct broken {
	const char *name;
	size_t off[2], n;
	uint8_t with;
	int code;
	bool opens;
} broken[] = {
	{ "bridge-102", { 256 * BS, 399 * BS }, 512, 0, IMG_E_FORMAT, false },
	{ "bridge-102", { 28 * BS, 44 * BS }, 16, 0, IMG_E_FORMAT, false },		/* both LVDs */
	{ "bridge-102", { 28 * BS + 100, 44 * BS + 100 }, 1, 1, IMG_E_CHECKSUM, false },
	{ "bridge-102", { START * BS + 401 }, 1, 9, IMG_E_CHECKSUM, false },		/* file set: root */
	{ "bridge-102", { START * BS }, 16, 0, IMG_E_FORMAT, false },
	{ "bridge-102", { (START + 4) * BS + 44 }, 1, 0x77, IMG_E_CHECKSUM, true },	/* root entry: permissions */
	{ "bridge-102", { (START + 4) * BS }, 2, 0, IMG_E_FORMAT, true },
	{ "strategy-4096", { (START + 4) * BS + 300 }, 1, 1, 0, true },			/* behind the CRC: nobody reads it */
};

static void
test_broken(void)
{
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		const struct broken *b = &broken[i];
		struct img_err err = { 0 };
		struct udf_image im;
		struct udf_found f;

		udf_image_load(b->name, &im);
		for (size_t k = 0; k < 2 && b->off[k]; k++)
			memset(im.bytes + b->off[k], b->with, b->n);
		udf_find_all(im.bytes, im.size, true, &f);
		if (f.rc != b->code || !!f.tree != b->opens)
			TEST_FAIL_("case %zu: %d (%s), want %d", i, f.rc, f.err.msg, b->code);
		if (f.tree)
			TEST_FAILS(verify(&f, &err), b->code, err);
		udf_found_done(&f);
		udf_image_done(&im);
	}
}

/* A file cut anywhere: no crash, and nothing missing in silence. */
static void
test_cut(void)
{
	struct udf_image im;

	udf_image_load("bridge-102", &im);
	for (size_t size = 0; size < im.size; size += size < 260 * BS ? 20011 : 1021) {
		struct udf_found f;

		udf_find_all(im.bytes, size, true, &f);
		if (f.tree && !f.rc) {
			same_list(&f, "bridge-102");
			TEST_TRUE(size >= 385 * BS || udf_has_problem(&f, "udf-truncated"));
		}
		udf_found_done(&f);
	}
	udf_image_done(&im);
}

/* One bit wrong anywhere in what is recorded: either the same names are found, or something is said. */
static void
test_flips(const char *name, size_t step)
{
	struct udf_image im;
	struct udf_found good;
	size_t at = 8, said = 0, n = 0;

	udf_image_load(name, &im);
	udf_find_all(im.bytes, im.size, false, &good);
	while (at + 12 <= im.n_packed) {
		uint64_t off = load_le64(im.packed + at);
		uint32_t len = load_le32(im.packed + at + 8);

		for (uint32_t i = 0; i < len; i += (uint32_t)step, n++) {
			struct udf_found f;
			bool told;

			im.bytes[off + i] ^= (uint8_t)(1U << i % 8);
			udf_find_all(im.bytes, im.size, false, &f);
			told = f.rc || udf_has_problem(&f, NULL);
			if (!told && strcmp(f.text, good.text))
				TEST_FAIL_("%s: bit %u of byte %" PRIu64 " changes what is found in silence:\n%s", name, i % 8,
					   off + i, f.text);
			said += told;
			udf_found_done(&f);
			im.bytes[off + i] ^= (uint8_t)(1U << i % 8);
		}
		at += 12 + len;
	}
	TEST_TRUE(said * 5 > n);	/* a good part of all bytes is under a CRC that is looked at */
	udf_found_done(&good);
	udf_image_done(&im);
}

int
main(void)
{
	test_fixtures();
	test_describe();
	test_extents();
	test_mended();
	test_broken();
	test_cut();
	test_flips("bridge-102", 5);
	test_flips("metadata-250", 7);
	test_flips("virtual-200", 7);
	return 0;
}
