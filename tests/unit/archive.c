/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives written and read: what goes in comes out, the same bytes every time; hostile archives are refused. */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "img/env.h"
#include "img/extract.h"
#include "img/out.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static struct img_env *env;
static struct img_err err;

/* Write @rows as an archive and open it again as a source. */
static struct img_source *
archive_of(const struct toy_row *rows, const char *format, const char *filter, struct img_extract *x)
{
	char name[] = "/tmp/test-archive.XXXXXX";
	struct img_source *s;
	struct img_out *out;
	struct toy t;
	int fd = mkstemp(name);

	TEST_TRUE(fd >= 0);
	unlink(name);
	toy_init(&t, env, rows);
	x->tree = &t.tree;
	x->owner = x->special = true;
	TEST_OK(img_out_fd(fd, &out, &err), err);
	TEST_OK(img_extract_archive(x, out, format, filter, &err), err);
	TEST_OK(img_out_commit(out, &err), err);
	img_out_free(out);
	TEST_OK(img_file_fd(env, fd, "/tmp", &s, NULL, &err), err);
	close(fd);
	return s;
}

static void
expect_node(struct img_tree *t, const char *path, enum img_node_type type, const char *bytes, int64_t sec, uint32_t nsec)
{
	struct img_source *s;
	struct img_node n;
	char got[100];

	TEST_OK(img_tree_lookup(t, path, &n, &err), err);
	TEST_EQ_I(n.type, type);
	TEST_EQ_I(n.mtime.sec, sec);
	TEST_EQ_U(n.mtime.nsec, nsec);
	if (!bytes)
		return;
	TEST_OK(img_tree_content(t, n.id, NULL, &s, &err), err);
	TEST_EQ_U(s->size, strlen(bytes));
	TEST_OK(img_source_read(s, 0, got, (size_t)s->size, &err), err);
	TEST_MEM(got, bytes, (size_t)s->size);
	img_unref(s);
}

static void
test_round_trip(const char *format, const char *filter)
{
	struct toy_row rows[] = {
		TOY_DIR(0, 1, "d"), TOY_FILE(1, 2, "\xc3\xa4", "umlaut"), TOY_FILE(1, 3, "first", "same"),
		TOY_FILE(1, 3, "second", "same"), TOY_LINK(1, 5, "up", "../../x"), TOY_FILE(0, 6, "empty", ""),
		{ .dir = 0, .node = { .id = 7, .type = IMG_NODE_FILE, .mode = 0600, .name = "hole", .size = 1 << 20,
				      .mtime = { 5, 0 } } }, { 0 },
	};
	bool tar = !strcmp(format, "tar");
	struct img_extract x = { 0 };
	struct img_source *a, *b, *s;
	struct img_tree *t;
	struct img_node n, m;
	char value[8];

	rows[1].xattr = "user.mime";
	rows[1].value = "text";
	rows[2].node.inode = rows[3].node.inode = 3;
	a = archive_of(rows, format, filter, &x);
	TEST_EQ_U(x.files, tar ? 4 : 5);
	b = archive_of(rows, format, filter, &x);
	TEST_EQ_U(a->size, b->size);
	for (uint64_t off = 0; off < a->size; off += 512) {
		uint8_t p[512], q[512];
		size_t len = a->size - off < 512 ? (size_t)(a->size - off) : 512;

		TEST_OK(img_source_read(a, off, p, len, &err), err);
		TEST_OK(img_source_read(b, off, q, len, &err), err);
		TEST_MEM(p, q, len);
	}
	if (tar && !filter)
		TEST_TRUE(a->size < 100000);	/* the hole is not in it */
	TEST_OK(img_archive(env, a, "/tmp", &t, &err), err);
	expect_node(t, "d", IMG_NODE_DIR, NULL, 1000000001, tar ? 1 : 0);
	expect_node(t, "d/\xc3\xa4", IMG_NODE_FILE, "umlaut", 1100000002, tar ? 2 : 0);
	expect_node(t, "empty", IMG_NODE_FILE, "", 1100000006, tar ? 6 : 0);
	expect_node(t, "d/second", IMG_NODE_FILE, "same", 1100000003, tar ? 3 : 0);
	TEST_OK(img_tree_lookup(t, "d/first", &n, &err), err);
	TEST_OK(img_tree_lookup(t, "d/second", &m, &err), err);
	TEST_EQ_U(n.inode, m.inode);
	TEST_EQ_U(n.inode != 0, tar);
	TEST_EQ_U(n.mode, 0640);
	TEST_OK(img_tree_lookup(t, "hole", &n, &err), err);
	TEST_OK(img_tree_content(t, n.id, NULL, &s, &err), err);
	TEST_EQ_U(s->size, 1 << 20);
	if (tar) {
		struct img_extent e;

		TEST_OK(img_source_resolve(s, 0, &e, NULL, &err), err);
		TEST_EQ_I(e.kind, IMG_ZERO);
		TEST_EQ_U(e.len, 1 << 20);
		img_unref(s);
		TEST_OK(img_tree_lookup(t, "d/\xc3\xa4", &n, &err), err);
		TEST_OK(img_tree_content(t, n.id, "user.mime", &s, &err), err);
		TEST_EQ_U(s->size, 4);
		TEST_OK(img_source_read(s, 0, value, 4, &err), err);
		TEST_MEM(value, "text", 4);
	}
	img_unref(s);
	img_tree_unref(t);
	img_unref(a);
	img_unref(b);
}

/* ---- archives made by hand ---- */

static char tar[16384];
static size_t n_tar;

static void
entry(const char *name, char type, const char *link, const char *data)
{
	char *h = tar + n_tar;
	unsigned int sum = 0;

	memset(h, 0, 1024);
	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "0000644");
	snprintf(h + 108, 8, "0000000");
	snprintf(h + 116, 8, "0000000");
	snprintf(h + 124, 12, "%011o", (unsigned int)strlen(data));
	snprintf(h + 136, 12, "00000000001");
	memset(h + 148, ' ', 8);
	h[156] = type;
	snprintf(h + 157, 100, "%s", link);
	memcpy(h + 257, "ustar\0" "00", 8);
	for (unsigned int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	memcpy(h + 512, data, strlen(data));
	n_tar += *data ? 1024 : 512;
}

static int
open_tar(struct img_tree **ret)
{
	struct img_source *s;
	int rc;

	memset(tar + n_tar, 0, 1024);
	TEST_OK(img_memory(env, tar, n_tar + 1024, true, &s, &err), err);
	rc = img_archive(env, s, "/tmp", ret, &err);
	img_unref(s);
	n_tar = 0;
	return rc;
}

static void
test_paths(void)
{
	struct img_tree *t;

	entry("/abs//a/./f", '0', "", "1");
	entry("./", '5', "", "");
	entry("abs/a/f", '0', "", "22");
	entry("abs/", '5', "", "");
	TEST_OK(open_tar(&t), err);
	expect_node(t, "abs/a/f", IMG_NODE_FILE, "22", 1, 0);
	expect_node(t, "abs", IMG_NODE_DIR, NULL, 1, 0);
	expect_node(t, "abs/a", IMG_NODE_DIR, NULL, IMG_NO_TIME, 0);
	img_tree_unref(t);
}

static void
test_hostile(void)
{
	static const struct {
		const char *name, *link;
		char type;
		const char *says;
	} bad[] = {
		{ "../x", "", '0', "../x: a path with \"..\"" }, { "a/../../x", "", '0', "a/../../x: a path with \"..\"" },
		{ "link/x", "", '0', "link/x: lies below something that is no folder" },
		{ "file/x", "", '0', "file/x: lies below something that is no folder" },
		{ "h", "none", '1', "h: is a hard link to \"none\", which did not come before" },
		{ "h", "../none", '1', "../none: a path with \"..\"" },
		{ "h", "d", '1', "h: is a hard link to the folder \"d\"" },
		{ "d", "", '0', "d: is a folder and a file" }, { ".", "", '0', ".: is a folder and a file" },
	};
	struct img_tree *t;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		entry("link", '2', "/tmp", "");
		entry("file", '0', "", "x");
		entry("d/in", '0', "", "x");
		entry(bad[i].name, bad[i].type, bad[i].link, bad[i].type == '0' ? "y" : "");
		TEST_FAILS(open_tar(&t), IMG_E_FORMAT, err);
		TEST_STR(err.msg, bad[i].says);
	}
	memset(tar, 'x', 4096);
	n_tar = 4096;
	TEST_FAILS(open_tar(&t), IMG_E_UNKNOWN, err);
}

static void
test_suffix(void)
{
	const char *format, *filter;

	TEST_TRUE(img_archive_suffix("a/b.TAR.zst", &format, &filter));
	TEST_STR(format, "tar");
	TEST_STR(filter, "zst");
	TEST_TRUE(!img_archive_suffix(".tar", &format, &filter));
	TEST_TRUE(!img_archive_suffix("a.img.gz", &format, &filter));
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_round_trip("tar", NULL);
	test_round_trip("tar", "gz");
	test_round_trip("tar", "zst");
	test_round_trip("zip", NULL);
	test_paths();
	test_hostile();
	test_suffix();
	img_env_free(env);
	return 0;
}
