/* SPDX-License-Identifier: BSD-2-Clause */
/* What each codec makes of a file: ratio and speed of one thread, chunk by chunk, as an image would be written.
 *
 *     bench/codec FILE [-c CHUNK-KIB] [-m MIB] [CODEC[:LEVEL]]…
 *
 * Chunks of zeros are left out and chunks that do not shrink count as they are, as in a UDIF.  Time is the thread's own,
 * so other work on the machine moves it little.  Every chunk is decoded again, and compared, outside the encoder's time. */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "img/codec.h"

struct input {
	const uint8_t *p;
	size_t len, chunk;
};

struct figures {
	uint64_t raw, stored;
	double encode, decode;		/* seconds */
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
thread_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

struct bench {
	const struct img_codec *codec;
	int level;
	void *encoder, *decoder;
	uint8_t *enc, *dec;
};

static void
run_chunk(const struct bench *b, const uint8_t *src, size_t n, struct figures *f)
{
	struct img_err err = { 0 };
	size_t room = n - 1;
	double t0 = thread_seconds(), t1;
	int rc = b->codec->encode(b->encoder, b->level, src, n, b->enc, &room, &err);

	t1 = thread_seconds();
	f->raw += n;
	f->encode += t1 - t0;
	if (rc == IMG_E_LIMIT) {
		f->stored += n;
		return;
	}
	if (!rc)
		rc = b->codec->decode(b->decoder, b->enc, room, b->dec, n, &err);
	f->decode += thread_seconds() - t1;
	f->stored += room;
	if (rc || memcmp(b->dec, src, n)) {
		fprintf(stderr, "%s: %s\n", b->codec->name, rc ? err.msg : "the bytes do not come back");
		exit(1);
	}
}

static void
run(const struct img_codec *c, int level, const struct input *in)
{
	struct bench b = { .codec = c, .level = level, .enc = malloc(in->chunk), .dec = malloc(in->chunk) };
	struct figures f = { 0 };

	if (!c->encode)
		return;
	b.encoder = c->encoder_new ? c->encoder_new() : NULL;
	b.decoder = c->state_new ? c->state_new(0) : NULL;
	if (!b.enc || !b.dec || (c->encoder_new && !b.encoder) || (c->state_new && !b.decoder))
		die("memory");
	for (size_t at = 0, n; at < in->len; at += n) {
		n = in->len - at < in->chunk ? in->len - at : in->chunk;
		if (!all_zero(in->p + at, n))
			run_chunk(&b, in->p + at, n, &f);
	}
	printf("%-6s %5d  ratio %.4f  encode %7.1f MB/s  decode %7.1f MB/s\n", c->name, level,
	       (double)f.stored / (double)(f.raw ? f.raw : 1), 1e-6 * (double)f.raw / f.encode,
	       1e-6 * (double)f.raw / f.decode);
	fflush(stdout);
	if (c->encoder_free)
		c->encoder_free(b.encoder);
	if (c->state_free)
		c->state_free(b.decoder);
	free(b.enc);
	free(b.dec);
}

/* "zlib", "zlib:6" */
static void
run_named(const char *arg, const struct input *in)
{
	size_t n = strcspn(arg, ":");

	for (size_t i = 0; img_codecs[i]; i++) {
		if (strlen(img_codecs[i]->name) == n && !strncmp(img_codecs[i]->name, arg, n)) {
			run(img_codecs[i], arg[n] ? (int)strtol(arg + n + 1, NULL, 10) : -1, in);
			return;
		}
	}
	fprintf(stderr, "no codec is called %s\n", arg);
	exit(2);
}

static struct input
open_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		die(path);
	return (struct input) { .p = p, .len = (size_t)st.st_size, .chunk = 1 << 20 };
}

int
main(int argc, char **argv)
{
	struct input in;
	int i = 2;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE [-c CHUNK-KIB] [-m MIB] [CODEC[:LEVEL]]...\n", argv[0]);
		return 2;
	}
	in = open_input(argv[1]);
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		size_t v = strtoul(argv[i + 1], NULL, 10);

		if (argv[i][1] == 'c')
			in.chunk = v << 10;
		else if (v << 20 < in.len)
			in.len = v << 20;
	}
	if (!in.chunk)
		return 2;
	for (int k = i; k < argc; k++)
		run_named(argv[k], &in);
	for (size_t k = 0; i == argc && img_codecs[k]; k++)
		run(img_codecs[k], -1, &in);
	return 0;
}
