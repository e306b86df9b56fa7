/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder appears under its name whole or not at all, with and without the call that exchanges two names; what is spooled
 * comes out in order. */
#include "config.h"

#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/out.h"
#include "img/env.h"
#include "img/out.h"

static struct img_err err;
static struct img_env *env;

/* In place of the C library's: a system without it, or one that fails. */
static int no_call;

int
renameat2(int from_at, const char *from, int to_at, const char *to, unsigned int flags)
{
	if (no_call) {
		errno = no_call;
		return -1;
	}
#ifdef SYS_renameat2
	return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
#else
	errno = ENOSYS;
	return -1;
#endif
}

static unsigned int
entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned int n = 0;

	TEST_TRUE(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void
has(const char *name, const char *text)
{
	char buf[100] = "";
	int fd = open(name, O_RDONLY);

	TEST_TRUE(fd >= 0);
	TEST_EQ_I(read(fd, buf, sizeof buf - 1), (int64_t)strlen(text));
	close(fd);
	TEST_STR(buf, text);
}

static void
put(struct img_out *dir, const char *name, const char *text)
{
	struct img_out *o;

	TEST_OK(img_out_child(dir, name, &o, &err), err);
	TEST_OK(img_out_write(o, 0, text, strlen(text), &err), err);
	TEST_OK(img_out_resize(o, strlen(text), &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
}

static void
make(const char *name, bool replace, const char *text)
{
	struct img_out *d;

	TEST_OK(img_out_dir(name, replace, &d, &err), err);
	put(d, "a/b/deep", text);
	put(d, "a/other", "x");
	put(d, "top", text);
	TEST_OK(img_out_commit(d, &err), err);
	TEST_EQ_U((d->flags & IMG_OUT_SWAPPED) != 0, replace && no_call != 0);
	img_out_free(d);
}

static void
test_names(void)
{
	struct img_out *d, *o;
	struct stat st;

	make("new", false, "one");
	has("new/a/b/deep", "one");
	has("new/top", "one");
	TEST_EQ_U(entries("."), 1);
	TEST_EQ_I(stat("new", &st), 0);
	TEST_EQ_U(st.st_mode & 0777, 0755);

	TEST_FAILS(img_out_dir("new", false, &d, &err), IMG_E_EXISTS, err);
	TEST_EQ_I(err.side, IMG_SIDE_TARGET);

	/* the old one stays as it is until the last moment, and when there is none */
	TEST_EQ_I(chmod("new", 0750), 0);
	TEST_OK(img_out_dir("new", true, &d, &err), err);
	put(d, "top", "gone");
	has("new/top", "one");
	img_out_free(d);
	has("new/top", "one");
	TEST_EQ_U(entries("."), 1);
	make("new", true, "two");
	has("new/top", "two");
	TEST_EQ_U(entries("."), 1);
	TEST_EQ_I(stat("new", &st), 0);
	TEST_EQ_U(st.st_mode & 0777, 0750);

	/* a file that is in the way, a child that is there already, no folder at all */
	TEST_OK(img_out_dir("late", false, &d, &err), err);
	put(d, "x", "x");
	TEST_FAILS(img_out_child(d, "x", &o, &err), IMG_E_EXISTS, err);
	TEST_FAILS(img_out_write(d, 0, "x", 1, &err), IMG_E_USAGE, err);
	TEST_EQ_I(mkdir("late", 0755), 0);
	TEST_FAILS(img_out_commit(d, &err), IMG_E_EXISTS, err);
	img_out_free(d);
	TEST_EQ_U(entries("late"), 0);
	TEST_EQ_I(rmdir("late"), 0);
	TEST_FAILS(img_out_dir("no/such", false, &d, &err), IMG_E_IO, err);
	TEST_EQ_U(entries("."), 1);

	/* what a link leads to is replaced, not the link */
	TEST_EQ_I(symlink("new", "link"), 0);
	make("link", true, "three");
	TEST_EQ_I(lstat("link", &st), 0);
	TEST_TRUE(S_ISLNK(st.st_mode));
	has("new/top", "three");
	TEST_EQ_I(unlink("link"), 0);
	TEST_EQ_U(entries("."), 1);

	TEST_OK(img_out_file("file", false, &o, &err), err);
	TEST_FAILS(img_out_child(o, "x", &d, &err), IMG_E_USAGE, err);
	img_out_free(o);
}

/* An old folder goes with all that is in it, links not followed; one that cannot go is no failure. */
static void
test_old(void)
{
	struct img_out *d;
	int fd;

	TEST_EQ_I(mkdir("safe", 0755), 0);
	TEST_EQ_I(mkdir("new/a/more", 0755), 0);
	TEST_EQ_I(symlink("../../safe", "new/a/away"), 0);
	fd = open("safe/kept", O_CREAT | O_WRONLY, 0600);
	close(fd);
	make("new", true, "four");
	TEST_EQ_U(entries("safe"), 1);
	TEST_EQ_U(entries("."), 2);

	/* a file gives way to a folder too */
	fd = open("was-file", O_CREAT | O_WRONLY, 0600);
	close(fd);
	make("was-file", true, "five");
	has("was-file/top", "five");
	TEST_EQ_U(entries("."), 3);

	/* a call that fails for a reason: nothing changes */
	no_call = EIO;
	TEST_OK(img_out_dir("new", true, &d, &err), err);
	put(d, "top", "lost");
	TEST_FAILS(img_out_commit(d, &err), IMG_E_IO, err);
	img_out_free(d);
	no_call = 0;
	has("new/top", "four");
	TEST_EQ_U(entries("."), 3);
}

static void
test_without_exchange(void)
{
	struct img_out *d;

	no_call = ENOSYS;
	make("new", true, "six");
	has("new/top", "six");
	make("second", false, "seven");
	has("second/top", "seven");
	TEST_OK(img_out_dir("third", false, &d, &err), err);
	TEST_EQ_I(mkdir("third", 0755), 0);
	TEST_FAILS(img_out_commit(d, &err), IMG_E_EXISTS, err);
	img_out_free(d);
	TEST_EQ_I(rmdir("third"), 0);
	TEST_EQ_U(entries("."), 4);
	no_call = 0;
}

static void
test_spooled(void)
{
	struct img_out *below, *o;
	char got[11] = "";
	int fd;

	TEST_OK(img_env_set_work_dir(env, ".", &err), err);
	TEST_OK(img_out_file("spooled", false, &below, &err), err);
	TEST_OK(img_out_spooled(below, true, env, &o, &err), err);
	TEST_OK(img_out_write(o, 8, "it", 2, &err), err);
	TEST_OK(img_out_write(o, 0, "there", 5, &err), err);
	TEST_OK(img_out_zero(o, 5, 3, &err), err);
	TEST_OK(img_out_resize(o, 10, &err), err);
	TEST_EQ_U(below->expect, 10);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
	fd = open("spooled", O_RDONLY);
	TEST_EQ_I(read(fd, got, 11), 10);
	close(fd);
	TEST_MEM(got, "there\0\0\0it", 10);
}

int
main(void)
{
	char dir[] = "/tmp/imgtest.XXXXXX", cmd[64];

	umask(022);
	TEST_TRUE(mkdtemp(dir) != NULL && chdir(dir) == 0);
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_names();
	test_old();
	test_without_exchange();
	test_spooled();
	img_env_free(env);
	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	return system(cmd) != 0;
}
