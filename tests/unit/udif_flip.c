/* SPDX-License-Identifier: BSD-2-Clause */
/* One damaged byte, anywhere in an image: the bytes decoded are right, or somebody says what is wrong.  Never neither. */
#include "config.h"

#include "formats/udif/udif.h"
#include "img/check.h"
#include "img/env.h"
#include "tests/test.h"

struct image {
	uint8_t *bytes;
	size_t len;
	uint8_t *disk;		/* decoded */
	size_t disk_len;
};

static void
load(const char *name, struct image *ret)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/udif/%s", top ? top : ".", name);
	f = fopen(path, "rb");
	TEST_TRUE(f);
	ret->bytes = malloc(1 << 20);
	TEST_TRUE(ret->bytes);
	ret->len = fread(ret->bytes, 1, 1 << 20, f);
	fclose(f);
	TEST_TRUE(ret->len > 512);
}

/* All checks of @s hold. */
static bool
checks_hold(struct img_source *s)
{
	struct img_checks list = { 0 };
	struct img_err err = { 0 };
	bool hold = true;

	TEST_OK(s->ops->checks(s, &list, &err), err);
	for (size_t i = 0; i < list.n && hold; i++) {
		const struct img_check *c = &list.v[i];
		uint8_t buf[4096], sum[IMG_DIGEST_MAX];
		void *state = c->digest->begin();

		for (uint64_t off = 0; hold && off < c->over->size; off += sizeof buf) {
			size_t n = c->over->size - off < sizeof buf ? (size_t)(c->over->size - off) : sizeof buf;

			hold = !img_source_read(c->over, off, buf, n, &err);
			c->digest->update(state, buf, n);
		}
		c->digest->finish(state, sum);
		hold = hold && memcmp(sum, c->expect, c->digest->size) == 0;
	}
	img_checks_done(&list);
	return hold;
}

/* Open and read @im.  True when nobody complains; *ret then says whether the bytes are those of im->disk. */
static bool
read_quietly(struct image *im, bool keep, bool *ret_same)
{
	struct img_env *env;
	struct img_source *file, *s = NULL;
	struct img_err err = { 0 };
	struct img_open how = { 0 };
	const struct img_problem *p;
	bool quiet;
	size_t lost;
	int rc;

	TEST_OK(img_env_new(NULL, &env, &err), err);
	TEST_OK(img_memory(env, im->bytes, im->len, false, &file, &err), err);
	how.below = file;
	how.env = env;
	rc = img_format_udif.confirm(&how) ? img_format_udif.open(&how, &s, &err) : IMG_E_UNKNOWN;
	if (!rc && s->size > 16 << 20) {
		/* too long to read here, and longer than it was: that must have been noted */
		*ret_same = false;
	} else if (!rc) {
		uint8_t *disk = malloc((size_t)s->size);

		TEST_TRUE(disk);
		rc = img_source_read(s, 0, disk, (size_t)s->size, &err);
		if (!rc && keep) {
			im->disk = disk;
			im->disk_len = (size_t)s->size;
			disk = NULL;
		}
		*ret_same = !rc && s->size == im->disk_len && (keep || memcmp(disk, im->disk, im->disk_len) == 0);
		free(disk);
	}
	if (rc && rc != IMG_E_UNKNOWN)
		TEST_TRUE(err.msg[0]);
	quiet = !rc && !img_problems(env, &p, &lost) && (*ret_same || s->size > 16 << 20 || checks_hold(s));
	img_unref(s);
	img_unref(file);
	img_env_free(env);
	return quiet;
}

static void
flip_all(const char *name, size_t step)
{
	struct image im = { 0 };
	size_t silent = 0, harmless = 0;
	bool same;

	load(name, &im);
	TEST_TRUE(read_quietly(&im, true, &same));
	for (size_t i = 0; i < im.len; i += step) {
		uint8_t old = im.bytes[i];

		im.bytes[i] ^= (uint8_t)(1u << (i * 5 % 8));
		if (read_quietly(&im, false, &same)) {
			if (!same)
				fprintf(stderr, "%s: byte %zu: wrong bytes, and nobody complains\n", name, i);
			silent += !same;
			harmless += same;
		}
		im.bytes[i] = old;
	}
	TEST_EQ_U(silent, 0);
	TEST_TRUE(harmless < im.len / step);	/* the test can see damage */
	free(im.bytes);
	free(im.disk);
}

int
main(void)
{
	flip_all("udzo.dmg", 3);
	flip_all("rsrc.dmg", 1);
	flip_all("head.dmg", 3);
	flip_all("sums.dmg", 7);
	flip_all("macos11.dmg", 31);
	flip_all("osx102.dmg", 13);
	flip_all("mixed.dmg", 11);
	return 0;
}
