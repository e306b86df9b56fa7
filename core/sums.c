/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums:
 *
 *	HEX  NAME	GNU, text mode
 *	HEX *NAME	GNU, binary mode
 *	\HEX  NAME	GNU, with \\ \n \r in the name escaped
 *	SHA256 (NAME) = HEX	BSD, --tag; openssl writes SHA2-256(NAME)= HEX
 *	HEX		nothing else: the file beside which the list lies
 *
 * Digits may be capital, lines may end in CR LF, a list may begin with a byte order mark.  Comments (# and ;) say
 * nothing.  Of OpenPGP armour the signed text counts, the signature is skipped. */
#include "config.h"

#include "core/sums.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "img/source.h"

#define LIST_MAX_BYTES (16 << 20)	/* a mirror's list of everything has 2 MiB */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Number of bytes that the hex digits at @s make, up to @max; they end at *ret_end. */
static size_t
hex_bytes(const char *s, uint8_t *ret, size_t max, char **ret_end)
{
	size_t n = 0;

	for (; n < max && hex_digit(s[0]) >= 0 && hex_digit(s[1]) >= 0; n++, s += 2)
		ret[n] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
	*ret_end = (char *)(uintptr_t)s;
	return hex_digit(*s) >= 0 ? 0 : n;
}

/* GNU lists do not name the algorithm: the list's name does, or else its length. */
static const struct img_digest *
digest_by_size(size_t n, const struct img_digest *hint)
{
	static const char *const names[] = { "md5", "sha1", "sha224", "sha256", "sha384", "sha512" };

	if (hint && hint->size == n)
		return hint;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct img_digest *d = img_digest_by_name(names[i]);

		if (d && d->size == n)
			return d;
	}
	return NULL;
}

const char *
sums_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : *s;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "SHA256 (NAME) = HEX" and openssl's "SHA2-256(NAME)= HEX" */
static bool
bsd_line(char *line, struct sums_entry *ret)
{
	bool escaped = line[0] == '\\';
	char *open = strchr(line + escaped, '('), *close = NULL, *end, *hex;
	const char *algo = line + escaped;
	char word[24];

	for (char *p = open; p && (p = strstr(p, ")")); p++)
		if (p[1] == '=' || !strncmp(p + 1, " =", 2))
			close = p;
	if (!close || open == algo)
		return false;
	hex = strchr(close, '=') + 1;
	hex += strspn(hex, " \t");
	*open = *close = '\0';
	for (char *p = open; p > algo && p[-1] == ' ';)
		*--p = '\0';
	if (!strncasecmp(algo, "sha2-", 5)) {	/* OpenSSL 3 */
		snprintf(word, sizeof word, "sha%s", algo + 5);
		algo = word;
	}
	ret->digest = img_digest_by_name(algo);
	ret->name = open + 1;
	if (!ret->digest || hex_bytes(hex, ret->sum, IMG_DIGEST_MAX, &end) != ret->digest->size || *end)
		return false;
	if (escaped)
		unescape(open + 1);
	return true;
}

static bool
gnu_line(char *line, const struct img_digest *hint, struct sums_entry *ret)
{
	bool escaped = line[0] == '\\';
	char *end;

	ret->digest = digest_by_size(hex_bytes(line + escaped, ret->sum, IMG_DIGEST_MAX, &end), hint);
	ret->name = NULL;
	if (!ret->digest)
		return false;
	if (!end[strspn(end, " \t")])
		return !escaped;
	if (*end != ' ' && *end != '\t')
		return false;
	end++;
	/* the second blank belongs to the format, a third to the name */
	end += *end == ' ' || *end == '*' || *end == '\t';
	if (escaped)
		unescape(end);
	ret->name = strcmp(end, "-") ? end : NULL;	/* made of standard input */
	return *end;
}

bool
sums_line(char *line, const struct img_digest *hint, struct sums_entry *ret)
{
	size_t n = strcspn(line, "\r\n");
	struct sums_entry e = { 0 };

	line[n] = '\0';
	if (!gnu_line(line, hint, &e)) {
		while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
			line[--n] = '\0';
		if (!bsd_line(line, &e))
			return false;
	}
	*ret = e;
	return true;
}

const struct img_digest *
sums_hint(const char *list_name)
{
	static const struct {
		const char *word, *digest;
	} words[] = {
		/* the longer ones first: "sha3-256" holds no other, but "sha512-256" would be "sha512" */
		{ "sha3-256", "sha3-256" }, { "sha3-384", "sha3-384" }, { "sha3-512", "sha3-512" },
		{ "sha512-256", "sha512-256" }, { "sha512", "sha512" }, { "sha384", "sha384" }, { "sha256", "sha256" },
		{ "sha224", "sha224" }, { "sha1", "sha1" }, { "md5", "md5" }, { "blake2s", "blake2s" },
		{ "blake2", "blake2b" }, { "b2sum", "blake2b" },
	};
	const char *base = sums_base(list_name);
	size_t n = strlen(base);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t k = strlen(words[i].word);

		for (size_t at = 0; at + k <= n; at++)
			if (!strncasecmp(base + at, words[i].word, k))
				return img_digest_by_name(words[i].digest);
	}
	if (n > 3 && !strcasecmp(base + n - 3, ".b2"))
		return img_digest_by_name("blake2b");
	return NULL;
}

bool
sums_hex(const char *text, const struct img_digest *d, uint8_t *ret)
{
	char *end;

	return hex_bytes(text, ret, IMG_DIGEST_MAX, &end) == d->size && !*end;
}

/* ---- whole lists ---- */

static bool
is_comment(const char *line)
{
	line += strspn(line, " \t");
	return !*line || *line == '\r' || *line == '#' || *line == ';';
}

/* Where in OpenPGP's armour a line lies: the headers behind "BEGIN", which end with an empty line, and the signature. */
enum armour { PLAIN, HEADERS, SIGNATURE };

static bool
skip_armour(const char *line, enum armour *state, bool *seen)
{
	if (!strncmp(line, "-----BEGIN PGP ", 15)) {
		*state = strncmp(line + 15, "SIGNED MESSAGE", 14) ? SIGNATURE : HEADERS;
		*seen = true;
		return true;
	}
	if (!strncmp(line, "-----END PGP ", 13)) {
		*state = PLAIN;
		return true;
	}
	if (*state == HEADERS && !line[strspn(line, " \t\r")])
		*state = PLAIN;
	return *state != PLAIN;
}

static int
add_entry(struct sums_list *l, size_t *room, const struct sums_entry *e, struct img_err *err)
{
	if (l->n == *room) {
		size_t more = *room ? *room * 2 : 16;
		struct sums_entry *v = realloc(l->v, more * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		l->v = v;
		*room = more;
	}
	l->v[l->n++] = *e;
	return 0;
}

int
sums_parse(char *text, size_t len, const struct img_digest *hint, struct sums_list *ret, struct img_err *err)
{
	struct sums_list l = { 0 };
	enum armour armour = PLAIN;
	size_t room = 0;
	char *p = text, *stop = text + len;

	if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < stop) {
		char *end = memchr(p, '\n', (size_t)(stop - p));
		struct sums_entry e;

		if (!end)
			end = stop;
		*end = '\0';	/* @text has room for one more byte */
		if (!skip_armour(p, &armour, &l.armoured) && !is_comment(p)) {
			if (!strncmp(p, "- ", 2))	/* dash escapes of clear-signed text, RFC 4880 7.1 */
				p += 2;
			if (!sums_line(p, hint, &e)) {
				l.n_strange++;
			} else if (add_entry(&l, &room, &e, err)) {
				free(l.v);
				return IMG_E_NOMEM;
			}
		}
		p = end + 1;
	}
	l.text = text;
	*ret = l;
	return 0;
}

int
sums_read(const char *path, struct sums_list *ret, struct img_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	img_autofree char *text = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t got;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st))
		rc = img_fail_sys(err, errno, "cannot open the list %s", path);
	else if (!S_ISREG(st.st_mode))
		rc = img_fail(err, IMG_E_FORMAT, "%s is no ordinary file", path);
	else if (st.st_size > LIST_MAX_BYTES)
		rc = img_fail(err, IMG_E_LIMIT, "%s is too large for a list of checksums", path);
	else if (!(text = malloc((size_t)st.st_size + 1)))
		rc = img_fail_nomem(err);
	while (!rc && n < (size_t)st.st_size && (got = read(fd, text + n, (size_t)st.st_size - n))) {
		if (got > 0)
			n += (size_t)got;
		else if (errno != EINTR)
			rc = img_fail_sys(err, errno, "cannot read the list %s", path);
	}
	if (fd >= 0)
		close(fd);
	if (!rc)
		rc = sums_parse(text, n, sums_hint(path), ret, err);
	if (!rc)
		text = NULL;
	return rc;
}

void
sums_done(struct sums_list *l)
{
	free(l->v);
	free(l->text);
	*l = (struct sums_list) { 0 };
}

int
sums_of_file(struct img_env *env, const char *path, const struct img_digest *d, uint8_t *ret, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(1 << 18);
	img_autounref struct img_source *s = NULL;
	int rc = buf ? img_file(env, path, &s, err) : img_fail_nomem(err);
	void *state = rc ? NULL : d->begin();

	if (!rc && !state)
		rc = img_fail_nomem(err);
	for (uint64_t off = 0; !rc && off < s->size; off += 1 << 18) {
		size_t n = s->size - off < 1 << 18 ? (size_t)(s->size - off) : 1 << 18;

		rc = img_source_read(s, off, buf, n, err);
		if (!rc)
			d->update(state, buf, n);
	}
	if (!rc)
		d->finish(state, ret);
	else if (state)
		d->abandon(state);
	return rc;
}
