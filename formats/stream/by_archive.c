/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams that libarchive's filters decode: lz4 frames and compress(1).  Filters for which libarchive would start another
 * program are not used. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "core/memory.h"
#include "formats/stream/stream.h"

#define STEP ((size_t)256 << 10)

struct feed {
	struct stream_in *in;
	uint8_t head[5];	/* of the stream */
	uint8_t *buf;
	struct img_err *err;
	int rc;
};

static la_ssize_t
feed_read(struct archive *a, void *ctx, const void **ret)
{
	struct feed *f = ctx;
	size_t n = 0;

	bool first = !f->in->at;

	f->rc = stream_in_read(f->in, f->buf, STEP, &n, f->err);
	if (first && !f->rc)
		memcpy(f->head, f->buf, n < sizeof f->head ? n : sizeof f->head);
	if (f->rc) {
		archive_set_error(a, ARCHIVE_FATAL, "reading");
		return -1;
	}
	*ret = f->buf;
	return (la_ssize_t)n;
}

static bool
lz4_begins(const uint8_t *p, size_t n)
{
	return n >= 4 && p[0] == 4 && p[1] == 0x22 && p[2] == 0x4d && p[3] == 0x18;
}

static bool
compress_begins(const uint8_t *p, size_t n)
{
	/* bits: 9 to 16, 0x80 for blocks, nothing else */
	return n >= 3 && p[0] == 0x1f && p[1] == 0x9d && (p[2] & 31) >= 9 && (p[2] & 31) <= 16 && !(p[2] & 0x60);
}

static int
failed(struct archive *a, const struct stream_kind *k, struct feed *f)
{
	const char *why = archive_error_string(a);

	return f->rc ? f->rc : img_fail(f->err, IMG_E_FORMAT, "the %s stream is damaged or ends early (%s)", k->name,
					why ? why : "libarchive");
}

static int
run(struct archive *a, const struct stream_kind *k, struct feed *f, struct stream_out *out)
{
	struct archive_entry *entry;
	const void *p;
	la_int64_t off;
	size_t n;
	int rc = archive_read_open(a, f, NULL, feed_read, NULL);

	if (rc == ARCHIVE_OK)
		rc = archive_read_next_header(a, &entry);
	while (rc == ARCHIVE_OK) {
		rc = archive_read_data_block(a, &p, &n, &off);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc == ARCHIVE_OK && (rc = stream_out_give(out, p, n, f->err)))
			return rc < 0 ? rc : 0;
	}
	return failed(a, k, f);
}

static int
by_archive(const struct stream_kind *k, struct stream_in *in, struct stream_out *out, struct stream_facts *facts,
	   struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(STEP);
	struct feed f = { .in = in, .buf = buf, .err = err };
	struct archive *a = archive_read_new();
	int rc;

	if (!a || !buf) {
		archive_read_free(a);
		return img_fail_nomem(err);
	}
	rc = k == &stream_lz4 ? archive_read_support_filter_lz4(a) : archive_read_support_filter_compress(a);
	if (rc == ARCHIVE_OK)
		rc = archive_read_support_format_raw(a);
	rc = rc == ARCHIVE_OK ? run(a, k, &f, out) :
	     img_fail(err, IMG_E_UNSUPPORTED, "libarchive was built without %s", k->name);
	archive_read_free(a);
	facts->n_streams = 1;
	/* libarchive tests the content checksum of a frame that has one; flag of the format's 1.6.x.  Frames that follow are
	 * not looked at: as a rule they are all of one maker. */
	if (k == &stream_lz4 && lz4_begins(f.head, 4) && (f.head[4] & 4)) {
		facts->n_sums = 1;
		facts->sum = "xxh32";
	}
	return rc;
}

const struct stream_kind stream_lz4 = { .name = "lz4", .codec = "lz4", .begins = lz4_begins, .all = by_archive };
const struct stream_kind stream_compress = {
	.name = "compress", .codec = "lzw", .begins = compress_begins, .like_chunk = true, .all = by_archive,
};
