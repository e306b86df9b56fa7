/* SPDX-License-Identifier: BSD-2-Clause */
/* Extraction: everything as it was, whatever the threads; nothing outside, over what is there, or through a link; nothing
 * left behind by a failure. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/folders.h"
#include "img/env.h"
#include "img/extract.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static struct img_env *env;
static struct img_err err;
static char base[] = "/tmp/test-extract.XXXXXX";

static const char *
at(const char *name)
{
	static char buf[4][400];
	static unsigned int i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof buf[i], "%s/%s", base, name);
	return buf[i];
}

static int
extract(const struct toy_row *rows, const char *target, struct img_extract *x)
{
	struct toy t;

	toy_init(&t, env, rows);
	x->tree = &t.tree;
	memset(&err, 0, sizeof err);
	return img_extract_folder(x, target, &err);
}

static void
wipe(const char *name)
{
	char cmd[600];

	snprintf(cmd, sizeof cmd, "chmod -R u+rwx '%s' 2>/dev/null; rm -rf '%s'", at(name), at(name));
	TEST_EQ_I(system(cmd), 0);
}

static void
expect_bytes(const char *name, const char *want)
{
	char got[200] = "";
	int fd = open(at(name), O_RDONLY | O_NOFOLLOW);

	TEST_TRUE(fd >= 0);
	TEST_EQ_I(read(fd, got, sizeof got - 1), (int64_t)strlen(want));
	close(fd);
	TEST_STR(got, want);
}

static size_t
entries(const char *name)
{
	DIR *d = opendir(at(name));
	size_t n = 0;

	TEST_TRUE(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static bool
has_problem(const char *code)
{
	const struct img_problem *p;
	size_t n = img_problems(env, &p, NULL);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(p[i].code, code))
			return true;
	return false;
}

static const struct toy_row ordinary[] = {
	TOY_DIR(0, 1, "a"), TOY_FILE(1, 2, "one", "1"), TOY_FILE(1, 3, "empty", ""), TOY_DIR(1, 4, "b"),
	TOY_LINK(4, 5, "abs", "/etc/passwd"), TOY_LINK(4, 6, "up", "../../../.."), TOY_FILE(4, 7, "two", "22"),
	{ .dir = 0, .node = { .id = 8, .type = IMG_NODE_FILE, .mode = 0444, .name = "zeros", .size = 3 << 20,
			      .mtime = { 1, 999999999 } } },
	{ 0 },
};

static void
test_ordinary(unsigned int threads)
{
	struct img_extract x = { .threads = threads, .sparse = 4096 };
	struct stat st;
	char link[100] = "";

	TEST_OK(extract(ordinary, at("out"), &x), err);
	TEST_EQ_U(x.files, 4);
	TEST_EQ_U(x.folders, 2);
	TEST_EQ_U(x.links, 2);
	TEST_EQ_U(x.skipped, 0);
	expect_bytes("out/a/one", "1");
	expect_bytes("out/a/b/two", "22");
	TEST_EQ_I(stat(at("out/a/b"), &st), 0);
	TEST_EQ_I(st.st_mtim.tv_sec, 1000000004);
	TEST_EQ_I(st.st_mtim.tv_nsec, 4);
	TEST_EQ_I(stat(at("out/a/one"), &st), 0);
	TEST_EQ_U(st.st_mode & 07777, 0640);
	TEST_EQ_I(st.st_mtim.tv_sec, 1100000002);
	TEST_EQ_I(lstat(at("out/a/b/up"), &st), 0);
	TEST_EQ_I(st.st_mtim.tv_sec, 1200000006);
	TEST_EQ_I(readlink(at("out/a/b/abs"), link, sizeof link - 1), 11);
	TEST_STR(link, "/etc/passwd");
	TEST_EQ_I(stat(at("out/zeros"), &st), 0);
	TEST_EQ_U(st.st_size, 3 << 20);
	TEST_EQ_U(st.st_blocks, 0);
	TEST_EQ_U(entries("."), 1);
	wipe("out");
}

static void
test_existing(void)
{
	struct img_extract x = { 0 };
	struct stat st;

	TEST_EQ_I(mkdir(at("out"), 0750), 0);
	TEST_EQ_I(mkdir(at("out/a"), 0700), 0);
	TEST_EQ_I(symlink(at("victim"), at("out/a/one")), 0);
	TEST_FAILS(extract(ordinary, at("out"), &x), IMG_E_EXISTS, err);
	TEST_STR(err.msg, "a/one: already exists");
	TEST_EQ_I(err.side, IMG_SIDE_TARGET);
	TEST_EQ_I(access(at("victim"), F_OK), -1);
	x = (struct img_extract) { .overwrite = true };
	TEST_OK(extract(ordinary, at("out"), &x), err);
	TEST_EQ_I(access(at("victim"), F_OK), -1);	/* replaced, not written through */
	expect_bytes("out/a/one", "1");
	TEST_EQ_I(stat(at("out/a"), &st), 0);
	TEST_EQ_U(st.st_mode & 07777, 0700);		/* what was there keeps its mode */
	wipe("out");
}

/* A link where a folder of the image should be, leading outside. */
static void
test_through_link(bool overwrite)
{
	struct img_extract x = { .overwrite = overwrite };
	struct stat st;

	TEST_EQ_I(mkdir(at("out"), 0755), 0);
	TEST_EQ_I(mkdir(at("outside"), 0755), 0);
	TEST_EQ_I(symlink("../outside", at("out/a")), 0);
	if (overwrite) {
		TEST_OK(extract(ordinary, at("out"), &x), err);
		TEST_EQ_I(lstat(at("out/a"), &st), 0);
		TEST_TRUE(S_ISDIR(st.st_mode));
	} else {
		TEST_FAILS(extract(ordinary, at("out"), &x), IMG_E_EXISTS, err);
	}
	TEST_EQ_U(entries("outside"), 0);
	wipe("out");
	wipe("outside");
}

static void
test_failure_leaves_nothing(void)
{
	static const struct toy_row loop[] = {
		TOY_DIR(0, 1, "a"), TOY_FILE(1, 2, "one", "1"), TOY_DIR(1, 3, "b"), TOY_FILE(3, 4, "two", "2"),
		TOY_LINK(3, 6, "l", "/"), TOY_DIR(3, 1, "loop"), { 0 },
	};
	struct img_extract x = { 0 };

	TEST_FAILS(extract(loop, at("out"), &x), IMG_E_FORMAT, err);
	TEST_STR(err.msg, "a/b/loop: this folder contains itself");
	TEST_EQ_U(entries("."), 0);
	x = (struct img_extract) { .ignore_errors = true };
	TEST_OK(extract(loop, at("out"), &x), err);
	TEST_EQ_U(x.skipped, 1);
	expect_bytes("out/a/b/two", "2");
	wipe("out");
}

/* ---- a source that cannot be read ---- */

static int
bad_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *e)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
bad_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *e)
{
	if (off < 512)
		return img_fail(e, IMG_E_IO, "the disk is scratched");
	memset(buf, 'x', len);
	return 0;
}

static void
bad_destroy(struct img_source *s)
{
}

static const struct img_source_ops bad_ops = { .map = bad_map, .read = bad_read, .destroy = bad_destroy };

static void
test_damage(unsigned int threads)
{
	struct img_source bad;
	struct toy_row rows[] = {
		TOY_DIR(0, 1, "d"), TOY_FILE(1, 2, "good", "g"), TOY_FILE(1, 3, "torn", ""), TOY_FILE(1, 4, "z", "zz"), { 0 },
	};
	struct img_extract x = { .threads = threads };

	img_source_init(&bad, &bad_ops, env, "bad", 1000, 512);
	rows[2].source = &bad;
	TEST_FAILS(extract(rows, at("out"), &x), IMG_E_IO, err);
	TEST_STR(err.msg, "d/torn: the disk is scratched");
	TEST_EQ_I(err.side, IMG_SIDE_SOURCE);
	TEST_EQ_U(entries("."), 0);
	TEST_EQ_I(mkdir(at("out"), 0755), 0);
	TEST_FAILS(extract(rows, at("out"), &x), IMG_E_IO, err);
	TEST_EQ_I(access(at("out/d/torn"), F_OK), -1);
	wipe("out");
	x = (struct img_extract) { .threads = threads, .ignore_errors = true };
	TEST_OK(extract(rows, at("out"), &x), err);
	TEST_EQ_U(x.lost, 512);
	TEST_TRUE(has_problem("zero-filled"));
	expect_bytes("out/d/z", "zz");
	wipe("out");
}

static void
test_patterns(void)
{
	static const char *const some[] = { "a/b/", "*/on?" }, *const none[] = { "nothing*" };
	struct img_extract x = { .patterns = some, .n_patterns = 2, .strip = 1 };

	TEST_OK(extract(ordinary, at("out"), &x), err);
	TEST_EQ_U(x.files, 2);
	expect_bytes("out/one", "1");
	expect_bytes("out/b/two", "22");
	TEST_EQ_U(entries("out"), 2);
	wipe("out");
	x = (struct img_extract) { .patterns = none, .n_patterns = 1 };
	TEST_OK(extract(ordinary, at("out"), &x), err);
	TEST_EQ_U(x.skipped, 1);
	TEST_TRUE(has_problem("not-found"));
	wipe("out");
}

static void
test_hard_links(void)
{
	struct toy_row rows[] = {
		TOY_FILE(0, 1, "first", "same"), TOY_DIR(0, 2, "d"), TOY_FILE(2, 1, "second", "same"),
		TOY_FILE(2, 3, "other", "own"), { 0 },
	};
	struct img_extract x = { 0 };
	struct stat a, b;

	rows[0].node.inode = rows[2].node.inode = 77;
	TEST_OK(extract(rows, at("out"), &x), err);
	TEST_EQ_U(x.files, 2);
	TEST_EQ_U(x.links, 1);
	TEST_EQ_I(stat(at("out/first"), &a), 0);
	TEST_EQ_I(stat(at("out/d/second"), &b), 0);
	TEST_EQ_U(a.st_ino, b.st_ino);
	wipe("out");
}

static void
test_special(void)
{
	struct toy_row rows[] = { TOY_FILE(0, 1, "suid", "x"), TOY_FILE(0, 2, "fifo", ""), TOY_FILE(0, 3, "sock", ""), { 0 } };
	struct img_extract x = { 0 };
	struct stat st;

	rows[0].node.mode = 04755;
	rows[1].node.type = IMG_NODE_FIFO;
	rows[2].node.type = IMG_NODE_SOCKET;
	TEST_OK(extract(rows, at("out"), &x), err);
	TEST_EQ_U(x.skipped, 3);
	TEST_EQ_I(stat(at("out/suid"), &st), 0);
	TEST_EQ_U(st.st_mode & 07777, 0755);
	TEST_EQ_U(entries("out"), 1);
	wipe("out");
}

static void
test_double(void)
{
	struct toy_row rows[] = { TOY_FILE(0, 1, "f", "x"), { 0 } };
	struct img_extract x = { .xattrs = IMG_XATTRS_APPLEDOUBLE };
	struct stat st;

	rows[0].xattr = "com.apple.quarantine";
	rows[0].value = "value";
	TEST_OK(extract(rows, at("out"), &x), err);
	TEST_EQ_I(stat(at("out/._f"), &st), 0);
	TEST_EQ_U(st.st_size, 50 + 32 + 2 + 36 + 32 + 5);
	wipe("out");
}

/* Somebody replaces a folder that was closed meanwhile: by a link, by another folder. */
static void
test_race(void)
{
	struct img_node n = { .type = IMG_NODE_DIR, .mode = 0755, .name = "d" };
	struct folders f;
	uint32_t d;
	int fd, root;

	TEST_EQ_I(mkdir(at("out"), 0755), 0);
	TEST_EQ_I(mkdir(at("out/d"), 0755), 0);
	TEST_EQ_I(mkdir(at("out/other"), 0755), 0);
	TEST_OK(folders_init(&f, &err), err);
	root = open(at("out"), O_RDONLY | O_DIRECTORY);
	TEST_OK(folders_root(&f, root, &err), err);
	TEST_OK(folders_add(&f, 0, root, &n, true, &d, &err), err);
	TEST_TRUE(folders_spare(&f));
	TEST_OK(folders_get(&f, d, &fd, &err), err);
	folders_put(&f, d);
	TEST_TRUE(folders_spare(&f));
	TEST_EQ_I(rename(at("out/d"), at("out/gone")), 0);
	TEST_EQ_I(symlink("other", at("out/d")), 0);
	TEST_FAILS(folders_get(&f, d, &fd, &err), IMG_E_IO, err);
	TEST_EQ_I(unlink(at("out/d")), 0);
	TEST_EQ_I(rename(at("out/other"), at("out/d")), 0);
	TEST_FAILS(folders_get(&f, d, &fd, &err), IMG_E_IO, err);
	folders_done(&f);
	wipe("out");
}

/* Enough files for many batches and both kinds of cells, the same whatever the threads. */
static void
test_many(unsigned int threads)
{
	enum { N = 500 };
	static struct toy_row rows[N + 2];
	static char names[N][8], text[N][3000];
	struct img_extract x = { .threads = threads };
	char name[40];

	rows[0] = (struct toy_row) TOY_DIR(0, 1, "d");
	for (size_t i = 0; i < N; i++) {
		size_t len = i * 7 % 2500;

		snprintf(names[i], sizeof names[i], "%zu", i);
		memset(text[i], 'a' + (int)(i % 26), len);
		rows[i + 1] = (struct toy_row) {
			.dir = i % 2, .bytes = text[i], .node = { .id = i + 2, .type = IMG_NODE_FILE, .mode = 0644,
			.name = names[i], .size = len },
		};
	}
	TEST_OK(extract(rows, at("out"), &x), err);
	TEST_EQ_U(x.files, N);
	for (size_t i = 0; i < N; i++) {
		char got[3000];
		int fd;

		snprintf(name, sizeof name, i % 2 ? "out/d/%zu" : "out/%zu", i);
		fd = open(at(name), O_RDONLY);
		TEST_TRUE(fd >= 0);
		TEST_EQ_I(read(fd, got, sizeof got), rows[i + 1].node.size);
		TEST_MEM(got, text[i], (size_t)rows[i + 1].node.size);
		close(fd);
	}
	wipe("out");
}

int
main(void)
{
	umask(022);
	TEST_TRUE(mkdtemp(base) != NULL);
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_ordinary(1);
	test_ordinary(3);
	test_existing();
	test_through_link(false);
	test_through_link(true);
	test_failure_leaves_nothing();
	test_damage(1);
	test_damage(4);
	test_patterns();
	test_hard_links();
	test_special();
	test_double();
	test_race();
	test_many(1);
	test_many(4);
	img_env_free(env);
	TEST_EQ_I(rmdir(base), 0);
	return 0;
}
