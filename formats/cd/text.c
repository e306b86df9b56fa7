/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, one after another.  Texts come from all systems and times: a mark in front, lines that end in CR and LF or either,
 * any character set; what is quoted may hold blanks. */
#include "config.h"

#include "formats/cd/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/cd/sector.h"
#include "img/source.h"

static bool
is_text(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 && !strchr("\t\r\n\f\032", p[i] ? p[i] : 1))
			return false;
	return n > 0;
}

static const char *
behind_mark(const char *p)
{
	return strncmp(p, "\xef\xbb\xbf", 3) ? p : p + 3;
}

bool
cd_text_head(struct img_source *s, char *buf, size_t room, struct cd_text *ret)
{
	size_t n = s->size < room - 1 ? (size_t)s->size : room - 1;

	if (s->size > CD_TEXT_MAX || !n || img_source_read(s, 0, buf, n, NULL) || !is_text(buf, n))
		return false;
	buf[n] = '\0';
	*ret = (struct cd_text) { .p = behind_mark(buf), .line = 1 };
	return true;
}

int
cd_text_read(struct img_source *s, struct cd_text *ret, struct img_err *err)
{
	char *p;
	int rc;

	if (s->size > CD_TEXT_MAX)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes are too many for a list of tracks", s->size);
	p = malloc((size_t)s->size + 1);
	if (!p)
		return img_fail_nomem(err);
	rc = img_source_read(s, 0, p, (size_t)s->size, err);
	if (!rc && !is_text(p, (size_t)s->size))
		rc = img_fail(err, IMG_E_FORMAT, "this is no text");
	if (rc) {
		free(p);
		return rc;
	}
	p[s->size] = '\0';
	*ret = (struct cd_text) { .bytes = p, .p = behind_mark(p), .line = 1 };
	return 0;
}

void
cd_text_done(struct cd_text *t)
{
	free(t->bytes);
	t->bytes = NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\032';
}

static bool
is_end(char c)
{
	return c == '\n' || c == '\r' || !c;
}

/* Over the end of the line, where @t stands. */
static bool
over_end(struct cd_text *t)
{
	if (!*t->p)
		return false;
	t->p += t->p[0] == '\r' && t->p[1] == '\n' ? 2 : 1;
	t->line++;
	return true;
}

bool
cd_text_next_line(struct cd_text *t)
{
	while (!is_end(*t->p))
		t->p++;
	return over_end(t) && *t->p;
}

static void
put(char *ret, size_t *n, char c)
{
	if (*n < CD_WORD - 1)
		ret[(*n)++] = c;
}

/* \" and \\, \ooo */
static char
escaped(struct cd_text *t)
{
	unsigned int c = 0, digits = 0;

	while (digits < 3 && *t->p >= '0' && *t->p <= '7') {
		c = c * 8 + (unsigned int)(*t->p++ - '0');
		digits++;
	}
	return digits ? (char)c : *t->p ? *t->p++ : '\0';
}

static void
quoted(struct cd_text *t, char *ret, size_t *n)
{
	for (t->p++; !is_end(*t->p) && *t->p != '"';) {
		char c = *t->p++;

		put(ret, n, t->escapes && c == '\\' && !is_end(*t->p) ? escaped(t) : c);
	}
	t->p += *t->p == '"';
}

bool
cd_text_word(struct cd_text *t, bool same_line, char ret[CD_WORD])
{
	size_t n = 0;

	while (is_blank(*t->p) || (!same_line && (*t->p == '\n' || *t->p == '\r')))
		if (is_blank(*t->p))
			t->p++;
		else
			over_end(t);
	if (is_end(*t->p))
		return false;
	if (*t->p == '"')
		quoted(t, ret, &n);
	else
		while (!is_end(*t->p) && !is_blank(*t->p))
			put(ret, &n, *t->p++);
	ret[n] = '\0';
	return true;
}

/* Digits at *io_p, moved behind them. */
static bool
digits(const char **io_p, uint64_t max, uint64_t *ret)
{
	const char *p = *io_p;
	uint64_t n = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > max)
			return false;
	}
	if (p == *io_p)
		return false;
	*io_p = p;
	*ret = n;
	return true;
}

bool
cd_text_number(const char *word, uint64_t max, uint64_t *ret)
{
	uint64_t n;

	if (!digits(&word, max, &n) || *word)
		return false;
	*ret = n;
	return true;
}

bool
cd_text_time(const char *word, uint64_t *ret)
{
	uint64_t m, s, f;

	if (!digits(&word, 100000, &m) || *word++ != ':' || !digits(&word, 59, &s) || *word++ != ':' ||
	    !digits(&word, CD_FRAMES - 1, &f) || *word)
		return false;
	*ret = (m * 60 + s) * CD_FRAMES + f;
	return true;
}
