/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that nobody claims is still something: say what, so that the user knows what went wrong.  Disk images of kinds
 * that this build cannot read are told from files that are no disk images at all. */
#include "config.h"

#include "formats/guess.h"

#include <inttypes.h>
#include <string.h>

#include "core/text.h"
#include "formats/split/split.h"
#include "formats/udif/udif.h"
#include "img/source.h"

#define HEAD 1024

enum verdict { NOT_AN_IMAGE, NOT_READABLE };

static const struct sign {
	uint16_t off;
	uint8_t n;
	enum verdict verdict;
	const char *bytes, *what;
} signs[] = {
#ifndef HAVE_ZSTD
	{ 0, 4, NOT_READABLE, "\x28\xb5\x2f\xfd", "a zstd stream" },
#endif
	{ 0, 4, NOT_AN_IMAGE, "\0\5\x16\7", "an AppleDouble file, which keeps what goes with another file" },
	{ 0, 4, NOT_AN_IMAGE, "\0\5\x16\0", "an AppleSingle file" },
	{ 0, 4, NOT_AN_IMAGE, "PK\3\4", "a zip archive" },
	{ 0, 6, NOT_AN_IMAGE, "7z\xbc\xaf\x27\x1c", "a 7z archive" },
	{ 257, 5, NOT_AN_IMAGE, "ustar", "a tar archive" },
	{ 0, 4, NOT_AN_IMAGE, "Rar!", "a rar archive" },
	{ 0, 4, NOT_AN_IMAGE, "xar!", "a xar archive (an installer package)" },
	{ 0, 3, NOT_AN_IMAGE, "\xff\xd8\xff", "a JPEG picture" },
	{ 0, 8, NOT_AN_IMAGE, "\x89PNG\r\n\x1a\n", "a PNG picture" },
	{ 0, 4, NOT_AN_IMAGE, "GIF8", "a GIF picture" },
	{ 0, 5, NOT_AN_IMAGE, "%PDF-", "a PDF document" },
	{ 0, 4, NOT_AN_IMAGE, "\x7f" "ELF", "an ELF program" },
	{ 0, 4, NOT_AN_IMAGE, "\xcf\xfa\xed\xfe", "a Mach-O program" },
	{ 0, 2, NOT_AN_IMAGE, "MZ", "a Windows program" },
	{ 0, 8, NOT_AN_IMAGE, "bplist00", "a binary property list" },
};

static const struct sign *
find_sign(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		const struct sign *g = &signs[i];

		if ((size_t)g->off + g->n <= n && !memcmp(head + g->off, g->bytes, g->n))
			return g;
	}
	return NULL;
}

/* Does the text begin with @word, whatever the case? */
static bool
begins(const uint8_t *p, size_t n, const char *word)
{
	for (; *word; word++, p++, n--)
		if (!n || (*p | 0x20) != (*word | 0x20))
			return false;
	return true;
}

static const char *
text_kind(const uint8_t *p, size_t n)
{
	size_t odd = 0;

	for (size_t i = 0; i < n; i++)
		odd += p[i] == 0x7f || (p[i] < 0x20 && !strchr("\t\n\r\f\b", p[i] ? p[i] : 1));
	if (!n || odd)
		return NULL;
	while (n && strchr(" \t\r\n", *p))
		p++, n--;
	if (begins(p, n, "<!doctype html") || begins(p, n, "<html"))
		return "a web page";
	return begins(p, n, "<?xml") ? "an XML document" : "plain text";
}

static bool
all_same(const uint8_t *p, size_t n)
{
	return n && !memcmp(p, p + 1, n - 1);
}

static int
say(const struct img_open *o, const uint8_t *head, size_t n, uint64_t size, struct img_err *err)
{
	const struct sign *g = find_sign(head, n);
	char orphan[300];
	const char *text;

	if (!size)
		return img_fail(err, IMG_E_UNKNOWN, "not a disk image: the file is empty");
	if (g && g->verdict == NOT_READABLE)
		return img_fail(err, IMG_E_UNSUPPORTED, "%s, which this build cannot read", g->what);
	if (g)
		return img_fail(err, IMG_E_UNKNOWN, "not a disk image (looks like %s)", g->what);
	if (o && split_orphan(o, orphan, sizeof orphan))
		return img_fail(err, IMG_E_UNKNOWN, "not a disk image we know; %s", orphan);
	text = text_kind(head, n);
	if (text)
		return img_fail(err, IMG_E_UNKNOWN, "not a disk image (looks like %s)", text);
	if (all_same(head, n))
		return img_fail(err, IMG_E_UNKNOWN, "not a disk image we know: it begins with nothing but %02x bytes, and "
				"holds no partition table and no file system (-f raw takes it as it is)", head[0]);
	return img_fail(err, IMG_E_UNKNOWN, "not a disk image we know: no container, no partition table and no file system "
			"(-f raw takes it as it is)");
}

/* A disk image whose trailer is not where it belongs. */
static int
open_displaced(struct img_image *im, struct img_err *err)
{
	const struct img_open o = { .below = im->file, .env = im->env };
	struct img_source *s;
	int rc = udif_open_displaced(&o, &s, err);

	if (rc)
		return rc;
	im->layer[im->n].format = &img_format_udif;
	im->layer[im->n++].source = s;
	im->top = s;
	return 0;
}

static int
say_cut(const struct img_open *o, uint64_t size, struct img_err *err)
{
	char orphan[300], here[TEXT_SIZE_MAX];

	if (o && split_orphan(o, orphan, sizeof orphan))
		return img_fail(err, IMG_E_FORMAT, "the trailer that ends every compressed DMG is missing: %s", orphan);
	return img_fail(err, IMG_E_FORMAT, "the trailer that ends every compressed DMG is missing; the download probably stopped "
			"early (%s here)", text_size_exact(here, size));
}

int
img_guess(struct img_image *im, const struct img_open *o, struct img_err *err)
{
	struct img_source *s = im->top;
	uint8_t head[HEAD];
	size_t n = s->size < HEAD ? (size_t)s->size : HEAD;
	int rc = im->n ? IMG_E_UNKNOWN : open_displaced(im, err);

	if (rc != IMG_E_UNKNOWN)
		return rc;
	rc = img_source_read(s, 0, head, n, err);
	if (rc)
		return rc;
	if (!(s->flags & IMG_HEAD_ONLY) && udif_looks_cut(s))
		return say_cut(im->n ? NULL : o, s->size, err);
	rc = say(im->n ? NULL : o, head, n, s->size, err);
	return im->n && rc == IMG_E_UNKNOWN ? img_note(err, rc, "%s", im->layer[im->n - 1].format->title) : rc;
}
