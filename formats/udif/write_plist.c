/* SPDX-License-Identifier: BSD-2-Clause */
/* The property list, written as a stream: neither its text nor a whole block table ever stands in memory.  The form is
 * that of Core Foundation's writer, which macOS compares nothing against but other readers grew up with: one tab a level,
 * keys in order, Base64 in lines of 76 characters less 8 for each tab in front (observed: every sample). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/udif/write.h"
#include "img/out.h"
#include "img/sink.h"

#define INDENT "\t\t\t\t"	/* of the keys of a resource, and of its data */
#define LINE_BYTES 33		/* 44 characters: 76 - 4 * 8 */

#define PLST_SIZE 1032		/* a constant; what it says is not known (observed: hdiutil) */

struct writer {
	struct img_out *out;
	uint64_t off, len;
	struct img_err *err;
	int rc;			/* sticky */
	size_t n;		/* in buf */
	uint8_t line[LINE_BYTES];	/* of data */
	size_t n_line;
	char buf[16384];
};

static void
flush(struct writer *w)
{
	if (!w->rc && w->n)
		w->rc = img_out_write(w->out, w->off + w->len, w->buf, w->n, w->err);
	w->len += w->n;
	w->n = 0;
}

static void
put(struct writer *w, const char *s, size_t len)
{
	if (w->n + len > sizeof w->buf)
		flush(w);
	memcpy(w->buf + w->n, s, len);
	w->n += len;
}

static void
put_str(struct writer *w, const char *s)
{
	put(w, s, strlen(s));
}

/* Bytes that XML cannot hold become "?". */
static void
put_text(struct writer *w, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '&')
			put_str(w, "&amp;");
		else if (c == '<')
			put_str(w, "&lt;");
		else if (c == '>')
			put_str(w, "&gt;");
		else if (c < 0x20 || c == 0x7f)
			put_str(w, "?");
		else if (strncmp(s, "\xef\xbf\xbe", 3) == 0 || strncmp(s, "\xef\xbf\xbf", 3) == 0) {
			put_str(w, "?");	/* U+FFFE, U+FFFF */
			s += 2;
		} else
			put(w, s, 1);
	}
}

/* ---- data ---- */

static void
put_line(struct writer *w)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[LINE_BYTES / 3 * 4 + 1];
	size_t n = 0;

	for (size_t i = 0; i < w->n_line; i += 3) {
		size_t have = w->n_line - i < 3 ? w->n_line - i : 3;
		uint32_t v = (uint32_t)w->line[i] << 16 | (have > 1 ? (uint32_t)w->line[i + 1] << 8 : 0) |
			     (have > 2 ? w->line[i + 2] : 0);

		text[n++] = digits[v >> 18];
		text[n++] = digits[v >> 12 & 63];
		text[n++] = have > 1 ? digits[v >> 6 & 63] : '=';
		text[n++] = have > 2 ? digits[v & 63] : '=';
	}
	text[n++] = '\n';
	put_str(w, INDENT);
	put(w, text, n);
	w->n_line = 0;
}

static void
put_data(struct writer *w, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n = LINE_BYTES - w->n_line < len ? LINE_BYTES - w->n_line : len;

		memcpy(w->line + w->n_line, p, n);
		w->n_line += n;
		p += n;
		len -= n;
		if (w->n_line == LINE_BYTES)
			put_line(w);
	}
}

static void
data_begin(struct writer *w)
{
	put_str(w, INDENT "<key>Data</key>\n" INDENT "<data>\n");
}

static void
data_end(struct writer *w)
{
	if (w->n_line)
		put_line(w);
	put_str(w, INDENT "</data>\n");
}

static void
put_key(struct writer *w, const char *key, const char *value)
{
	put_str(w, INDENT "<key>");
	put_str(w, key);
	put_str(w, "</key>\n" INDENT "<string>");
	put_text(w, value);
	put_str(w, "</string>\n");
}

static void
put_id(struct writer *w, int32_t id)
{
	char text[16];

	snprintf(text, sizeof text, "%" PRId32, id);
	put_key(w, "ID", text);
}

/* ---- block tables ---- */

static const uint32_t plain_types[] = { UDIF_RUN_ZERO, UDIF_RUN_RAW, UDIF_RUN_IGNORE };

/* Observed: zlib takes 8 sectors beside the chunk, ADC one, the others what their longest run takes; a table without
 * compressed runs none. */
static uint32_t
buffers_of(const struct udif_region *r, uint32_t type)
{
	const uint32_t chunk = 2048;

	if (!r->most)
		return 0;
	if (type == UDIF_RUN_ZLIB)
		return chunk + 8;
	if (type == UDIF_RUN_ADC)
		return chunk + 1;
	return chunk + (r->most + UDIF_SECTOR - 1) / UDIF_SECTOR;
}

static void
put_run(struct writer *w, const struct udif_run *run)
{
	uint8_t bytes[RUN_SIZE];

	run_emit(run, bytes);
	put_data(w, bytes, sizeof bytes);
}

static void
put_runs(struct writer *w, const struct udif_tables *t, const struct udif_region *r)
{
	struct udif_run run = { .off = r->payload };

	for (uint64_t i = r->first; i < r->first + r->n; i++) {
		const struct udif_packed *p = &t->runs[i];
		enum packed_kind kind = packed_kind(p);

		run.type = kind == PACKED_CODED ? t->type : plain_types[kind];
		run.n_sectors = packed_sectors(p);
		run.len = p->stored;
		while (!run.len && i + 1 < r->first + r->n && packed_kind(p + 1) == kind) {	/* too long for one packed run */
			i++;
			p++;
			run.n_sectors += packed_sectors(p);
		}
		put_run(w, &run);
		run.start_sector += run.n_sectors;
		run.off += run.len;
	}
	run = (struct udif_run) { .type = UDIF_RUN_END, .start_sector = run.start_sector, .off = run.off };
	put_run(w, &run);
}

static bool
is_ascii(const char *s)
{
	while (*s && !(*s & 0x80))
		s++;
	return !*s;
}

static void
put_table(struct writer *w, const struct udif_tables *t, size_t i)
{
	const struct udif_region *r = &t->regions->v[i];
	struct mish m = {
		.version = 1, .first_sector = r->off / UDIF_SECTOR, .n_sectors = (r->len + UDIF_SECTOR - 1) / UDIF_SECTOR,
		.buffers = buffers_of(r, t->type), .index = t->regions->first_index + (uint32_t)i,
		.sum = { .type = UDIF_SUM_CRC32, .bits = 32 }, .n_runs = r->n_runs + 1,
	};
	uint8_t bytes[MISH_SIZE];

	store_be32(m.sum.value, r->crc);
	mish_emit(&m, bytes);
	put_str(w, "\t\t\t<dict>\n");
	put_key(w, "Attributes", "0x0050");
	put_key(w, "CFName", r->name);
	data_begin(w);
	put_data(w, bytes, sizeof bytes);
	put_runs(w, t, r);
	data_end(w);
	put_id(w, t->regions->first_id + (int32_t)i);
	put_key(w, "Name", is_ascii(r->name) ? r->name : "");	/* MacRoman; observed: empty where CFName is not ASCII */
	put_str(w, "\t\t\t</dict>\n");
}

static void
put_plst(struct writer *w)
{
	uint8_t bytes[PLST_SIZE] = { [517] = 1, [519] = 1 };

	put_str(w, "\t\t\t<dict>\n");
	put_key(w, "Attributes", "0x0050");
	data_begin(w);
	put_data(w, bytes, sizeof bytes);
	data_end(w);
	put_id(w, 0);
	put_key(w, "Name", "");
	put_str(w, "\t\t\t</dict>\n");
}

static void
put_resource(struct writer *w, const struct img_resource *r)
{
	put_str(w, "\t\t\t<dict>\n");
	put_key(w, "Attributes", "0x0000");
	data_begin(w);
	put_data(w, r->data, r->len);
	data_end(w);
	put_id(w, r->id);
	put_key(w, "Name", r->name);
	put_str(w, "\t\t\t</dict>\n");
}

static void
array_begin(struct writer *w, const char *type)
{
	put_str(w, "\t\t<key>");
	put_str(w, type);
	put_str(w, "</key>\n\t\t<array>\n");
}

static void
array_end(struct writer *w)
{
	put_str(w, "\t\t</array>\n");
}

/* Those whose types sort before @type, or else those after it. */
static void
put_resources(struct writer *w, const struct udif_tables *t, const char *type, bool before)
{
	const struct img_resource *last = NULL;

	for (size_t i = 0; i < t->n_resources; i++) {
		const struct img_resource *r = &t->resources[i];

		if ((strcmp(r->type, type) < 0) != before)
			continue;
		if (!last || strcmp(last->type, r->type)) {
			if (last)
				array_end(w);
			array_begin(w, r->type);
		}
		put_resource(w, r);
		last = r;
	}
	if (last)
		array_end(w);
}

int
udif_plist_write(const struct udif_tables *t, struct img_out *out, uint64_t off, uint64_t *ret_len, struct img_err *err)
{
	struct writer w = { .out = out, .off = off, .err = err };

	put_str(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		    "<plist version=\"1.0\">\n<dict>\n\t<key>resource-fork</key>\n\t<dict>\n");
	put_resources(&w, t, "blkx", true);
	array_begin(&w, "blkx");
	for (size_t i = 0; !w.rc && i < t->regions->n; i++)
		put_table(&w, t, i);
	array_end(&w);
	array_begin(&w, "plst");
	put_plst(&w);
	array_end(&w);
	put_resources(&w, t, "blkx", false);
	put_str(&w, "\t</dict>\n</dict>\n</plist>\n");
	flush(&w);
	if (!w.rc)
		*ret_len = w.len;
	return w.rc;
}
