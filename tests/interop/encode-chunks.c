/* SPDX-License-Identifier: BSD-2-Clause */
/* No test: encode-chunks CODEC LEVEL BYTES encodes standard input in chunks of that many bytes; each is written with its
 * length before it, as 32 bits little-endian.  0 stands for a chunk that does not shrink. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/codec.h"

static const struct img_codec *
codec_named(const char *name)
{
	for (size_t i = 0; img_codecs[i]; i++) {
		if (!strcmp(img_codecs[i]->name, name) && img_codecs[i]->encode)
			return img_codecs[i];
	}
	return NULL;
}

static int
put(const uint8_t *enc, size_t len)
{
	uint8_t head[4];

	store_le32(head, (uint32_t)len);
	return fwrite(head, 1, 4, stdout) == 4 && fwrite(enc, 1, len, stdout) == len ? 0 : -1;
}

int
main(int argc, char **argv)
{
	const struct img_codec *c = argc == 4 ? codec_named(argv[1]) : NULL;
	size_t chunk = argc == 4 ? strtoul(argv[3], NULL, 10) : 0, n, room;
	uint8_t *src = malloc(chunk), *enc = malloc(chunk);
	void *encoder = c && c->encoder_new ? c->encoder_new() : NULL;
	int rc = 0;

	if (!c || !chunk || !src || !enc)
		return 2;
	while (!rc && (n = fread(src, 1, chunk, stdin)) > 0) {
		struct img_err err = { 0 };

		room = n - 1;
		rc = c->encode(encoder, (int)strtol(argv[2], NULL, 10), src, n, enc, &room, &err);
		if (rc && rc != IMG_E_LIMIT)
			fprintf(stderr, "%s\n", err.msg);
		else
			rc = put(enc, rc ? 0 : room);
	}
	if (c->encoder_free)
		c->encoder_free(encoder);
	free(src);
	free(enc);
	return rc || fflush(stdout) ? 1 : 0;
}
