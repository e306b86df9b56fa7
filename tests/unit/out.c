/* SPDX-License-Identifier: BSD-2-Clause */
/* A file appears under its name whole or not at all, several of them together; the raw sink leaves holes for zeros. */
#include "config.h"

#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/host.h"
#include "img/env.h"
#include "img/job.h"
#include "img/out.h"

static struct img_err err;
static struct img_env *env;

static unsigned int
entries(void)
{
	DIR *d = opendir(".");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	fputs(text, f);
	fclose(f);
}

static void
has(const char *name, const char *text)
{
	char buf[100] = "";
	FILE *f = fopen(name, "r");

	TEST_TRUE(f != NULL);
	TEST_TRUE(fread(buf, 1, sizeof buf - 1, f) > 0);
	fclose(f);
	TEST_STR(buf, text);
}

static void
test_names(void)
{
	struct img_out *o;

	TEST_OK(img_out_file("a", false, &o, &err), err);
	TEST_TRUE(access("a", F_OK) != 0);
	TEST_OK(img_out_write(o, 0, "hello", 5, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
	has("a", "hello");
	TEST_EQ_U(entries(), 1);

	TEST_FAILS(img_out_file("a", false, &o, &err), IMG_E_EXISTS, err);
	TEST_EQ_I(err.side, IMG_SIDE_TARGET);
	TEST_OK(img_out_file("a", true, &o, &err), err);
	TEST_OK(img_out_write(o, 0, "gone", 4, &err), err);
	img_out_free(o);		/* abandoned: the old one stays */
	has("a", "hello");
	TEST_EQ_U(entries(), 1);
	TEST_EQ_I(chmod("a", 0640), 0);
	TEST_OK(img_out_file("a", true, &o, &err), err);
	TEST_OK(img_out_write(o, 0, "second", 6, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
	has("a", "second");

	struct stat st;

	TEST_EQ_I(stat("a", &st), 0);
	TEST_EQ_U(st.st_mode & 0777, 0640);

	/* somebody was faster: their file stays, ours goes */
	TEST_OK(img_out_file("b", false, &o, &err), err);
	put("b", "theirs");
	TEST_FAILS(img_out_commit(o, &err), IMG_E_EXISTS, err);
	img_out_free(o);
	has("b", "theirs");
	TEST_EQ_U(entries(), 2);

	TEST_EQ_I(symlink("a", "link"), 0);
	TEST_FAILS(img_out_file("link", false, &o, &err), IMG_E_EXISTS, err);
	TEST_OK(img_out_file("link", true, &o, &err), err);
	TEST_OK(img_out_write(o, 0, "third", 5, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
	has("a", "third");
	TEST_EQ_I(lstat("link", &st), 0);
	TEST_TRUE(S_ISLNK(st.st_mode));
	TEST_EQ_I(symlink("loop", "loop"), 0);
	TEST_FAILS(img_out_file("loop", true, &o, &err), IMG_E_EXISTS, err);
	TEST_FAILS(img_out_file("no/such", false, &o, &err), IMG_E_IO, err);
	TEST_FAILS(img_out_file(".", false, &o, &err), IMG_E_EXISTS, err);
	TEST_FAILS(img_out_file("x/", false, &o, &err), IMG_E_USAGE, err);

	char name[256];		/* as long as a name may be */

	memset(name, 'n', 255);
	name[255] = '\0';
	TEST_OK(img_out_file(name, false, &o, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	img_out_free(o);
	TEST_EQ_I(access(name, F_OK), 0);
}

static void
convert(struct img_source *s, const char *name, uint32_t sparse)
{
	struct img_sink_job sj = { .source = s, .sparse = sparse };
	struct img_job j = { .source = s, .threads = 2 };
	struct img_out *o;

	TEST_OK(img_out_file(name, true, &o, &err), err);
	TEST_OK(img_sink_raw.begin(&sj, o, &j.sink, &err), err);
	TEST_OK(img_job_run(&j, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	j.sink->ops->destroy(j.sink);
	img_out_free(o);
}

/* Data with blocks of zeros inside, odd ends, holes in the source file. */
static void
test_sparse(void)
{
	const size_t size = (5 << 20) + 777;
	uint8_t *bytes = calloc(1, size), *got = malloc(size);
	struct img_source *s;
	struct stat st;
	int fd;

	for (size_t i = 0; i < size; i++)
		if (i / 8192 % 4 == 1 || i > size - 100)
			bytes[i] = (uint8_t)(i * 7 | 1);
	fd = open("src", O_RDWR | O_CREAT, 0600);
	TEST_EQ_I(ftruncate(fd, (off_t)size), 0);
	TEST_EQ_I(pwrite(fd, bytes, 3 << 20, 0), 3 << 20);
	TEST_EQ_I(pwrite(fd, bytes + (4 << 20), size - (4 << 20), 4 << 20), (int64_t)(size - (4 << 20)));
	memset(bytes + (3 << 20), 0, 1 << 20);
	close(fd);

	TEST_OK(img_file(env, "src", &s, &err), err);
	for (int sparse = 0; sparse < 2; sparse++) {
		convert(s, "dst", sparse ? 4096 : 0);
		fd = open("dst", O_RDONLY);
		TEST_EQ_I(read(fd, got, size), (int64_t)size);
		TEST_MEM(got, bytes, size);
		TEST_EQ_I(fstat(fd, &st), 0);
		TEST_EQ_U(st.st_size, size);
		if (sparse)
			TEST_TRUE(st.st_blocks * 512 <= (off_t)(size / 4 + 65536));
		close(fd);
	}
	img_unref(s);
	free(bytes);
	free(got);
}

/* A source that changes under our hands is an error, not garbage. */
static void
test_changed(void)
{
	struct img_source *s;
	char buf[8];

	put("c", "12345678");
	TEST_OK(img_file(env, "c", &s, &err), err);
	TEST_OK(img_source_read(s, 0, buf, 8, &err), err);
	TEST_EQ_I(truncate("c", 4), 0);
	TEST_FAILS(img_source_read(s, 0, buf, 8, &err), IMG_E_IO, err);
	img_unref(s);
	put("c", "12345678");
	TEST_OK(img_file_at(env, ".", "c", &s, &err), err);
	put("c", "1234567890");
	TEST_FAILS(img_source_read(s, 0, buf, 8, &err), IMG_E_IO, err);
	img_unref(s);
}

/* ---- several names at once ---- */

static struct img_out *
unnamed(const char *name, bool replace)
{
	struct img_out *o;

	TEST_OK(img_out_file(name, replace, &o, &err), err);
	o->unnamed = true;
	TEST_OK(img_out_write(o, 0, name, 1, &err), err);
	TEST_OK(img_out_resize(o, 1, &err), err);
	TEST_OK(img_out_commit(o, &err), err);
	TEST_TRUE(replace || access(name, F_OK) != 0);
	return o;
}

static void
test_together(void)
{
	struct img_out *v[3] = { unnamed("p", false), unnamed("q", false), unnamed("r", false) };
	size_t named;

	put("q", "in the way");
	TEST_FAILS(img_out_name(v, 3, &named, &err), IMG_E_EXISTS, err);
	TEST_EQ_U(named, 1);
	TEST_EQ_U(err.side, IMG_SIDE_TARGET);
	has("p", "p");
	has("q", "in the way");
	TEST_TRUE(access("r", F_OK) != 0);
	for (size_t i = 0; i < 3; i++)
		img_out_free(v[i]);
	v[0] = unnamed("p", true);
	v[1] = unnamed("q", true);
	TEST_OK(img_out_name(v, 2, &named, &err), err);
	TEST_EQ_U(named, 2);
	has("q", "q");
	img_out_free(v[0]);
	img_out_free(v[1]);
	unlink("p");
	unlink("q");
}

struct pipes {
	int begun[2], go[2], done[2];
};

static void
slow(void *ctx)
{
	struct pipes *p = ctx;
	char c = 'x';

	if (write(p->begun[1], &c, 1) == 1 && read(p->go[0], &c, 1) == 1 && write(p->done[1], &c, 1) != 1)
		_exit(1);
}

/* What runs apart goes on when the process that began it is killed. */
static void
test_apart(void)
{
	struct pipes p;
	pid_t victim;
	char c = 0;

	TEST_TRUE(!pipe(p.begun) && !pipe(p.go) && !pipe(p.done));
	victim = fork();
	if (!victim) {
		host_apart(slow, &p, sizeof p);
		_exit(0);
	}
	close(p.done[1]);
	TEST_EQ_I(read(p.begun[0], &c, 1), 1);
	kill(victim, SIGKILL);
	TEST_EQ_I(waitpid(victim, NULL, 0), victim);
	TEST_EQ_I(write(p.go[1], "y", 1), 1);
	TEST_EQ_I(read(p.done[0], &c, 1), 1);
	TEST_EQ_I(c, 'y');
}

int
main(void)
{
	char dir[] = "/tmp/imgtest.XXXXXX", cmd[64];

	umask(022);
	TEST_TRUE(mkdtemp(dir) != NULL && chdir(dir) == 0);
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_names();
	test_together();
	test_apart();
	test_sparse();
	test_changed();
	img_env_free(env);
	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	return system(cmd) != 0;
}
