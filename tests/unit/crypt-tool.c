/* SPDX-License-Identifier: BSD-2-Clause */
/* Not a test, but what cli/password.sh works with: encrypts a file with the password "secret".
 *   crypt-tool image IN OUT [OPTION...]
 *   crypt-tool bundle IN FOLDER [OPTION...]	FOLDER and FOLDER/bands are there already
 * OPTION: version=1|2 bits=128|256 block=N rounds=N wrap=aes certificate=1 other=PASSWORD; bundle: band=N across=1 plain=1 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"
#include "tests/unit/crypt.h"

struct work {
	struct crypt_recipe r;
	size_t band;
	bool across, plain;
};

static uint8_t *
load(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *b;
	long n;

	TEST_TRUE(f && !fseek(f, 0, SEEK_END) && (n = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET));
	b = malloc((size_t)n + 1);
	TEST_TRUE(b && fread(b, 1, (size_t)n, f) == (size_t)n);
	fclose(f);
	*ret_len = (size_t)n;
	return b;
}

static void
store(const char *dir, const char *name, const void *b, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s%s%s", dir, name[0] ? "/" : "", name);
	f = fopen(path, "wb");
	TEST_TRUE(f && fwrite(b, 1, n, f) == n && !fclose(f));
}

static void
option(struct work *w, const char *word)
{
	const char *value = strchr(word, '=');
	unsigned long n;

	TEST_TRUE(value);
	n = strtoul(value + 1, NULL, 0);
	if (!strncmp(word, "version=", 8))
		w->r.version = (unsigned int)n;
	else if (!strncmp(word, "bits=", 5))
		w->r.key_bits = (uint32_t)n;
	else if (!strncmp(word, "block=", 6))
		w->r.block_size = (uint32_t)n;
	else if (!strncmp(word, "rounds=", 7))
		w->r.rounds = (uint32_t)n;
	else if (!strncmp(word, "wrap=", 5))
		w->r.wrap_aes = true;
	else if (!strncmp(word, "certificate=", 12))
		w->r.certificate_first = true;
	else if (!strncmp(word, "other=", 6))
		w->r.other = value + 1;
	else if (!strncmp(word, "band=", 5))
		w->band = n;
	else if (!strncmp(word, "across=", 7))
		w->across = true;
	else if (!strncmp(word, "plain=", 6))
		w->plain = true;
	else
		TEST_FAIL_("%s: not understood", word);
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

static void
bundle(const struct work *w, uint8_t *disk, size_t len, const char *dir)
{
	char text[1024];
	size_t n;
	uint8_t *token = crypt_token(&w->r, &n);

	store(dir, "token", token, w->plain ? 0 : n);
	free(token);
	n = (size_t)snprintf(text, sizeof text,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n"
		 "<key>band-size</key><integer>%zu</integer>\n<key>bundle-backingstore-version</key><integer>1</integer>\n"
		 "<key>diskimage-bundle-type</key><string>com.apple.diskimage.sparsebundle</string>\n"
		 "<key>size</key><integer>%zu</integer>\n</dict>\n</plist>\n", w->band, len);
	store(dir, "Info.plist", text, n);
	for (size_t k = 0; k * w->band < len; k++) {
		size_t at = k * w->band, have = len - at < w->band ? len - at : w->band;

		if (is_zero(disk + at, have))
			continue;
		/* what is zero to the end of the band is left off, in whole blocks */
		while (have > w->r.block_size && is_zero(disk + at + have - w->r.block_size, w->r.block_size))
			have -= w->r.block_size;
		if (!w->plain)
			crypt_blocks(&w->r, w->across ? (uint32_t)(at / w->r.block_size) : 0, disk + at, have);
		snprintf(text, sizeof text, "bands/%zx", k);
		store(dir, text, disk + at, have);
	}
}

int
main(int argc, char **argv)
{
	struct work w = { { .version = 2, .key_bits = 256, .block_size = 512, .rounds = 1000, .password = "secret" },
		.band = 65536 };
	uint8_t *b, *image;
	size_t len, n;

	TEST_TRUE(argc >= 4);
	for (int i = 4; i < argc; i++)
		option(&w, argv[i]);
	b = load(argv[2], &len);
	if (!strcmp(argv[1], "bundle")) {
		bundle(&w, b, len, argv[3]);
	} else {
		image = crypt_image(&w.r, b, len, &n);
		store(argv[3], "", image, n);
		free(image);
	}
	free(b);
	return 0;
}
