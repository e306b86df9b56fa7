/* SPDX-License-Identifier: BSD-2-Clause */
/* A main for fuzz targets without libFuzzer: give every file named, or lying in a folder named, to the target.  Without
 * arguments fuzz-NAME replays $top_srcdir/fixtures/fuzz/NAME, which must hold something. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16 << 20)

static unsigned int n_replayed;

static void
die(const char *path)
{
	perror(path);
	exit(1);
}

static void
replay_file(const char *path)
{
	uint8_t *buf = malloc(INPUT_MAX), *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!buf || !f)
		die(path);
	n = fread(buf, 1, INPUT_MAX, f);
	fclose(f);
	/* of exactly that length, so that AddressSanitizer sees the end */
	exact = malloc(n ? n : 1);
	if (!exact)
		die(path);
	memcpy(exact, buf, n);
	free(buf);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	n_replayed++;
}

static void
replay(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *d;

	if (stat(path, &st))
		die(path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	d = opendir(path);
	if (!d)
		die(path);
	while ((e = readdir(d))) {
		char below[4096];

		if (e->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(below, sizeof below, "%s/%s", path, e->d_name) < sizeof below)
			replay(below);
	}
	closedir(d);
}

static void
replay_own(const char *argv0)
{
	const char *top = getenv("top_srcdir"), *name = strstr(argv0, "fuzz-");
	char path[4096];

	/* the last one: folders above may be called anything */
	for (const char *p = name; p; p = strstr(p + 1, "fuzz-"))
		name = p;
	if (!name) {
		fprintf(stderr, "usage: %s FILE-OR-FOLDER…\n", argv0);
		exit(2);
	}
	snprintf(path, sizeof path, "%s/fixtures/fuzz/%s", top ? top : ".", name + strlen("fuzz-"));
	replay(path);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc < 2)
		replay_own(argv[0]);
	printf("%u inputs replayed\n", n_replayed);
	return n_replayed ? 0 : 1;
}
