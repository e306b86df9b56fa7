/* SPDX-License-Identifier: BSD-2-Clause */
/* The resources of a licence, as "hdiutil udifrez" puts them into an image (docs/formats/udif.md §9):
 *
 *   LPic 5000	the region shown by default, and for each language its region, n, whether its characters may take two bytes
 *   STR# 5000 + n	the words of the panel in language n
 *   TEXT or RTF	5000 + n	the licence; with TEXT goes styl 5000 + n, which says how it is drawn
 *
 * All text is in the character set of the region's Macs, with carriage returns between lines. */
#include "config.h"

#include "formats/udif/agreement.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/unicode.h"
#include "formats/udif/resources.h"

#define BASE_ID 5000
#define MAX_LANGUAGES 32
#define MAX_TEXT (4 << 20)
#define N_WORDS 6

struct language_text {
	const struct udif_language *language;
	bool is_rtf;
	struct img_buf text, words;
};

struct udif_agreement {
	size_t n;
	struct language_text v[MAX_LANGUAGES];
	struct img_buf lpic;
	struct img_resource resources[1 + 3 * MAX_LANGUAGES];
};

/* One style for all of it, from byte 0: line height 15, ascent 12, Geneva (3), plain, 12 points, black. */
static const uint8_t style[] = { 0, 1, 0, 0, 0, 0, 0, 15, 0, 12, 0, 3, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0 };

struct udif_agreement *
udif_agreement_new(void)
{
	return calloc(1, sizeof(struct udif_agreement));
}

struct udif_agreement *
udif_agreement_free(struct udif_agreement *a)
{
	for (size_t i = 0; a && i < a->n; i++) {
		img_buf_done(&a->v[i].text);
		img_buf_done(&a->v[i].words);
	}
	if (a)
		img_buf_done(&a->lpic);
	free(a);
	return NULL;
}

/* ---- character sets ---- */

static int
fail_character(const struct udif_language *l, const char *text, size_t at, struct img_err *err)
{
	unsigned int line = 1;
	uint32_t c = 0;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n' || text[i] == '\r';
	text_utf8(text + at, strlen(text + at), &c);
	return img_fail(err, IMG_E_USAGE, "line %u: the character U+%04X is not in %s, the character set of a licence in this "
			"language (%.*s)", line, c, l->charset_title, (int)strcspn(l->codes, " "), l->codes);
}

static int
to_macroman(const struct udif_language *l, const char *text, struct img_buf *ret, struct img_err *err)
{
	size_t left = strlen(text), n;

	for (const char *p = text; left; p += n, left -= n) {
		uint8_t byte;
		uint32_t c;
		int rc;

		n = text_utf8(p, left, &c);
		if (!n || !udif_macroman_byte(c, &byte))
			return fail_character(l, text, (size_t)(p - text), err);
		rc = img_buf_add(ret, &byte, 1, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int
by_iconv(const struct udif_language *l, const char *text, struct img_buf *ret, struct img_err *err)
{
	iconv_t cd = iconv_open(l->charset, "UTF-8");
	size_t left = strlen(text);
	const char *p = text;
	int rc = 0;

	if (cd == (iconv_t)-1)
		return img_fail(err, IMG_E_UNSUPPORTED, "this system cannot write %s; an RTF file needs no such character set",
				l->charset_title);
	while (!rc && left) {
		char out[512], *to = out, *in = (char *)(uintptr_t)p;	/* iconv does not write there */
		size_t room = sizeof out, k = iconv(cd, &in, &left, &to, &room);

		p = in;
		if (k == (size_t)-1 && errno != E2BIG)
			rc = fail_character(l, text, (size_t)(p - text), err);
		else
			rc = img_buf_add(ret, out, sizeof out - room, err);
	}
	iconv_close(cd);
	return rc;
}

static int
encode(const struct udif_language *l, const char *text, struct img_buf *ret, struct img_err *err)
{
	return l->charset ? by_iconv(l, text, ret, err) : to_macroman(l, text, ret, err);
}

/* ---- one language ---- */

/* As UTF-8 with a NUL, from malloc. */
static int
decode(const uint8_t *text, size_t len, char **ret, struct img_err *err)
{
	bool big = len >= 2 && !memcmp(text, "\xfe\xff", 2), little = len >= 2 && !memcmp(text, "\xff\xfe", 2);
	char *p = malloc(3 * len + 4);
	size_t n = 0;

	if (!p)
		return img_fail_nomem(err);
	if (!len)
		text = (const uint8_t *)"";
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (big || little) {
		img_autofree uint16_t *units = malloc(len + 2);

		for (size_t i = 1; units && 2 * i + 2 <= len; i++)
			units[n++] = big ? load_be16(text + 2 * i) : load_le16(text + 2 * i);
		if (units)
			img_utf16_to_utf8(units, n, p, 3 * len + 4);
	} else {
		memcpy(p, text, len);
		p[len] = '\0';
	}
	if (!text_is_utf8(p) || (!big && !little && strlen(p) != len)) {
		free(p);
		return img_fail(err, IMG_E_USAGE, "is neither UTF-8 text nor RTF");
	}
	*ret = p;
	return 0;
}

/* Lines end with a carriage return, however they end in the file. */
static void
classic_lines(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s == '\r' && s[1] == '\n')
			continue;
		else
			*to++ = *s == '\n' ? '\r' : *s;
	*to = '\0';
}

static int
take_text(struct language_text *t, const uint8_t *text, size_t len, struct img_err *err)
{
	char *utf8 = NULL;
	int rc;

	t->is_rtf = len >= 5 && !memcmp(text, "{\\rtf", 5);
	if (t->is_rtf)
		return img_buf_add(&t->text, text, len, err);
	rc = decode(text, len, &utf8, err);
	if (rc)
		return rc;
	if (!*utf8) {
		free(utf8);
		return img_fail(err, IMG_E_USAGE, "is empty");
	}
	classic_lines(utf8);
	rc = encode(t->language, utf8, &t->text, err);
	free(utf8);
	return rc;
}

static int
pack_words(const struct udif_language *l, const char *const *words, struct img_buf *ret, struct img_err *err)
{
	uint8_t count[2];
	int rc;

	store_be16(count, N_WORDS);
	rc = img_buf_add(ret, count, sizeof count, err);
	for (unsigned int i = 0; !rc && i < N_WORDS; i++) {
		img_autobuf struct img_buf one = img_buf_new(4096);
		uint8_t n;

		rc = encode(l, words[i], &one, err);
		if (!rc && one.len > 255)
			rc = img_fail(err, IMG_E_LIMIT, "the words of a panel take more than 255 bytes");
		n = (uint8_t)one.len;
		if (!rc)
			rc = img_buf_add(ret, &n, 1, err);
		if (!rc)
			rc = img_buf_add(ret, one.p, one.len, err);
	}
	return rc;
}

/* In English where the language's own cannot be written. */
static int
take_words(struct language_text *t, struct img_err *err)
{
	if (t->language->words[0] && !pack_words(t->language, t->language->words, &t->words, NULL))
		return 0;
	t->words.len = 0;
	return pack_words(udif_languages, udif_languages->words, &t->words, err);
}

static int
fail_language(const char *language, struct img_err *err)
{
	char list[300] = "";

	for (const struct udif_language *l = udif_languages; l->codes; l++) {
		size_t n = strlen(list);

		snprintf(list + n, sizeof list - n, "%s%.*s", n ? " " : "", (int)strcspn(l->codes, " "), l->codes);
	}
	return img_fail(err, IMG_E_USAGE, "no language \"%.20s\" of licences is known; there is %s", language, list);
}

int
udif_agreement_add(struct udif_agreement *a, const char *language, const uint8_t *text, size_t len, struct img_err *err)
{
	struct language_text *t = &a->v[a->n];
	int rc;

	if (a->n == MAX_LANGUAGES)
		return img_fail(err, IMG_E_LIMIT, "more than %d languages", MAX_LANGUAGES);
	if (len > MAX_TEXT)
		return img_fail(err, IMG_E_LIMIT, "longer than %d MiB", MAX_TEXT >> 20);
	*t = (struct language_text) {
		.language = udif_language_find(language ? language : "en"), .text = img_buf_new(2 * MAX_TEXT), .words = img_buf_new(4096),
	};
	if (!t->language)
		return fail_language(language, err);
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].language->region == t->language->region)
			return img_fail(err, IMG_E_USAGE, "there is a licence in this language already");
	a->n++;
	rc = take_text(t, text, len, err);
	return rc ? rc : take_words(t, err);
}

/* ---- all of it ---- */

static int
pack_list(struct udif_agreement *a, struct img_err *err)
{
	uint8_t b[6];
	int rc;

	img_buf_done(&a->lpic);
	a->lpic = img_buf_new(4096);
	store_be16(b, a->n ? (uint16_t)a->v[0].language->region : 0);
	store_be16(b + 2, (uint16_t)a->n);
	rc = img_buf_add(&a->lpic, b, 4, err);
	for (size_t i = 0; !rc && i < a->n; i++) {
		store_be16(b, (uint16_t)a->v[i].language->region);
		store_be16(b + 2, (uint16_t)i);
		store_be16(b + 4, (uint16_t)a->v[i].language->two_bytes);
		rc = img_buf_add(&a->lpic, b, 6, err);
	}
	return rc;
}

static void
add(struct udif_agreement *a, size_t *n, const char *type, size_t id, const char *name, const void *data, size_t len)
{
	struct img_resource *r = &a->resources[(*n)++];

	*r = (struct img_resource) { .id = BASE_ID + (int32_t)id, .name = name, .data = data, .len = len };
	memcpy(r->type, type, 5);
}

/* What names a language in ASCII: its words may not be. */
static const char *
name_of(const struct language_text *t)
{
	const char *name = t->language->words[0];

	for (const char *p = name ? name : "\x80"; *p; p++)
		if (*p & 0x80)
			return "";
	return name;
}

const struct img_resource *
udif_agreement_resources(struct udif_agreement *a, size_t *ret_n, struct img_err *err)
{
	static const char *const types[] = { "RTF ", "STR#", "TEXT", "styl" };
	size_t n = 0;

	if (pack_list(a, err))
		return NULL;
	add(a, &n, "LPic", 0, "", a->lpic.p, a->lpic.len);
	for (size_t k = 0; k < sizeof types / sizeof *types; k++)	/* by type, as the writer wants them */
		for (size_t i = 0; i < a->n; i++) {
			const struct language_text *t = &a->v[i];

			if (k == 1)
				add(a, &n, types[k], i, name_of(t), t->words.p, t->words.len);
			else if (k == 3 && !t->is_rtf)
				add(a, &n, types[k], i, name_of(t), style, sizeof style);
			else if (k == (t->is_rtf ? 0 : 2))
				add(a, &n, types[k], i, name_of(t), t->text.p, t->text.len);
		}
	*ret_n = n;
	return a->resources;
}
