/* SPDX-License-Identifier: BSD-2-Clause */
/* An image in several files (docs/formats/udif.md §8): each holds its share of the data fork and a trailer; the first one also
 * the property list.  That is known last, so room for it is kept: a bound on its length follows from the source's map. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "formats/udif/udif.h"
#include "formats/udif/write.h"
#include "img/check.h"
#include "img/out.h"
#include "img/sink.h"
#include "img/source.h"

#define LINE_BYTES 33		/* of data, that become a line of the next many characters */
#define LINE_LEN 49
#define LIST_FIXED 4096		/* what is not in tables and licences */
#define ENTRY_FIXED 512		/* keys of a resource */
#define LEAST_DATA 4096

char *
udif_part_name(const char *path, size_t i)
{
	size_t n = strlen(path);
	char *name = malloc(n + 24);

	if (name && i && n > 4 && strcasecmp(path + n - 4, ".dmg") == 0)
		n -= 4;
	if (name)
		memcpy(name, path, n + 1);
	if (name && i)
		snprintf(name + n, 24, ".%03zu.dmgpart", i + 1);
	return name;
}

static uint64_t
data_len(uint64_t bytes)
{
	return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_LEN;
}

/* No property list of @k is longer. */
static uint64_t
list_bound(const struct img_sink *k, const struct udif_regions *regions, const struct img_sink_job *job)
{
	uint64_t n = LIST_FIXED + 32 * LINE_LEN, runs = 0;

	for (uint64_t off = 0; off < job->source->size; off = k->ops->cut(k, off))
		runs++;
	for (size_t i = 0; i < regions->n; i++)		/* names twice, "&" as "&amp;"; each table rounds up a line */
		n += ENTRY_FIXED + 12 * strlen(regions->v[i].name) + data_len(MISH_SIZE + 2 * RUN_SIZE) + LINE_LEN;
	for (size_t i = 0; i < job->n_resources; i++)
		n += ENTRY_FIXED + data_len(job->resources[i].len);
	return n + data_len(runs * RUN_SIZE);
}

int
udif_parts_begin(const struct img_sink *k, const struct udif_regions *regions, const struct img_sink_job *job,
		 struct img_err *err)
{
	uint64_t keep = list_bound(k, regions, job) + KOLY_SIZE;
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	if (keep + LEAST_DATA > job->split)
		return img_fail(err, IMG_E_USAGE, "--split: the first file must hold the block tables, up to %s here, which is more than "
				"%s", text_size(a, keep + LEAST_DATA), text_size(b, job->split));
	img_out_parts_cut(k->out, job->split - keep, job->split - KOLY_SIZE);
	return 0;
}

/* The stored bytes @bytes come next: sum them for the files they go to. */
int
udif_parts_sum(struct udif_part_sums *s, const struct img_out *out, uint64_t off, const uint8_t *bytes, size_t len,
	       struct img_err *err)
{
	while (len) {
		uint64_t left;
		size_t i = img_out_parts_at(out, off, &left), n = left < len ? (size_t)left : len;

		if (i >= s->n) {
			uint32_t *v = realloc(s->v, (i + 1) * sizeof *v);

			if (!v)
				return img_fail_nomem(err);
			memset(v + s->n, 0, (i + 1 - s->n) * sizeof *v);
			s->v = v;
			s->n = i + 1;
		}
		s->v[i] = (uint32_t)img_digest_crc32.combine(s->v[i], img_digest_crc32.piece(bytes, n), n);
		bytes += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* The trailers: @koly has what all share, and the property list's place in the first file. */
int
udif_parts_finish(const struct udif_part_sums *s, struct img_out *out, const struct koly *koly, struct img_err *err)
{
	uint64_t running = 0, len;
	struct img_out *file;
	size_t n = 0;
	int rc = 0;

	while (img_out_parts_file(out, n, &len))
		n++;
	for (size_t i = 0; !rc && (file = img_out_parts_file(out, i, &len)); i++) {
		struct koly k = *koly;
		uint8_t bytes[KOLY_SIZE];
		uint64_t end = i ? len : koly->xml_off + koly->xml_len;

		k.running_off = running;
		k.data_len = len;
		k.segment = (uint32_t)i + 1;
		k.n_segments = (uint32_t)n;
		if (i)
			k.xml_off = k.xml_len = 0;
		memset(k.data_sum.value, 0, sizeof k.data_sum.value);
		store_be32(k.data_sum.value, i < s->n ? s->v[i] : 0);
		koly_emit(&k, bytes);
		rc = img_out_write(file, end, bytes, sizeof bytes, err);
		if (!rc)
			rc = img_out_resize(file, end + sizeof bytes, err);
		running += len;
	}
	return rc;
}
