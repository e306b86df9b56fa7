/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums, as sha256sum and its family write them:
 *
 *	HEX  NAME	GNU, text mode
 *	HEX *NAME	GNU, binary mode
 *	\HEX  NAME	GNU, with \\ \n \r in the name escaped
 *	SHA256 (NAME) = HEX	BSD, --tag
 *
 * Lines may end in CR LF.  Folders in NAME are ignored.  What is neither (comments, OpenPGP armour) is skipped. */
#include "config.h"

#include "convert/sums.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "img/check.h"
#include "img/out.h"

#define LINE_MAX_BYTES 8192	/* a hash and the longest name, escaped */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Number of bytes that the hex digits at @s make, up to @max; they end at *ret_end. */
static size_t
hex_bytes(const char *s, uint8_t *ret, size_t max, const char **ret_end)
{
	size_t n = 0;

	for (; n < max && hex_digit(s[0]) >= 0 && hex_digit(s[1]) >= 0; n++, s += 2)
		ret[n] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
	*ret_end = s;
	return hex_digit(*s) >= 0 ? 0 : n;
}

/* GNU lists do not name the algorithm: its length does. */
static const struct img_digest *
digest_by_size(size_t n)
{
	switch (n) {
	case 16:
		return img_digest_by_name("md5");
	case 20:
		return img_digest_by_name("sha1");
	case 28:
		return img_digest_by_name("sha224");
	case 32:
		return img_digest_by_name("sha256");
	case 48:
		return img_digest_by_name("sha384");
	case 64:
		return img_digest_by_name("sha512");
	default:
		return NULL;
	}
}

static const char *
base_name(const char *path)
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

/* "SHA256 (NAME) = HEX" */
static bool
bsd_line(char *line, const char *name, const struct img_digest **ret_digest, uint8_t *sum)
{
	char *open = strstr(line, " ("), *close = NULL;
	const struct img_digest *d;
	const char *end;

	for (char *p = open; p && (p = strstr(p, ") = ")); p++)
		close = p;
	if (!close)
		return false;
	*open = *close = '\0';
	d = img_digest_by_name(line);
	if (!d || strcmp(base_name(open + 2), name) != 0 ||
	    hex_bytes(close + 4, sum, IMG_DIGEST_MAX, &end) != d->size || *end)
		return false;
	*ret_digest = d;
	return true;
}

static bool
gnu_line(char *line, const char *name, const struct img_digest **ret_digest, uint8_t *sum)
{
	bool escaped = line[0] == '\\';
	const struct img_digest *d;
	const char *end;
	char *file;

	d = digest_by_size(hex_bytes(line + escaped, sum, IMG_DIGEST_MAX, &end));
	if (!d || end[0] != ' ' || (end[1] != ' ' && end[1] != '*'))
		return false;
	file = line + (end - line) + 2;
	if (escaped)
		unescape(file);
	if (strcmp(base_name(file), name) != 0)
		return false;
	*ret_digest = d;
	return true;
}

int
sums_line(char *line, const char *name, const struct img_digest **ret_digest, uint8_t *ret_sum)
{
	line[strcspn(line, "\r\n")] = '\0';
	return gnu_line(line, name, ret_digest, ret_sum) || bsd_line(line, name, ret_digest, ret_sum);
}

/* Find @name in the list @path. */
static int
from_list(const char *path, const char *name, const struct img_digest **ret_digest, uint8_t *sum, struct img_err *err)
{
	FILE *f = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	bool found = false;

	if (!f)
		return img_fail_sys(err, errno, "--expect: cannot open %s", path);
	while (!found && fgets(line, sizeof line, f))
		found = sums_line(line, name, ret_digest, sum);
	if (ferror(f)) {
		fclose(f);
		return img_fail(err, IMG_E_IO, "--expect: cannot read %s", path);
	}
	fclose(f);
	if (!found)
		return img_fail(err, IMG_E_USAGE, "--expect: %s has no line for \"%s\"", path, name);
	return 0;
}

/* "sha256:HEX"; 1 if @what is no such thing. */
static int
from_words(const char *what, const struct img_digest **ret_digest, uint8_t *sum, struct img_err *err)
{
	size_t n = strcspn(what, ":");
	const struct img_digest *d;
	const char *end;
	char algo[32];

	if (what[n] != ':' || n >= sizeof algo)
		return 1;
	memcpy(algo, what, n);
	algo[n] = '\0';
	d = img_digest_by_name(algo);
	if (!d)
		return 1;
	if (hex_bytes(what + n + 1, sum, IMG_DIGEST_MAX, &end) != d->size || *end)
		return img_fail(err, IMG_E_USAGE, "--expect: %s has %zu hexadecimal digits", d->name, 2 * d->size);
	*ret_digest = d;
	return 0;
}

int
sums_expect(const char *what, const char *name, struct img_source *file, struct img_checks *checks, struct img_err *err)
{
	struct img_check c = { .code = "given" };
	int rc = from_words(what, &c.digest, c.expect, err);

	if (rc == 1)
		rc = from_list(what, base_name(name), &c.digest, c.expect, err);
	if (rc)
		return rc;
	snprintf(c.name, sizeof c.name, "the file");
	c.over = img_ref(file);
	rc = img_checks_add(checks, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}

char *
sums_sidecar(const char *dest, const struct img_digest *d)
{
	char *name = NULL;

	return asprintf(&name, "%s.%s", dest, d->name) < 0 ? NULL : name;
}

/* "HEX  NAME\n", escaped as GNU tools do it. */
static int
make_line(struct img_buf *b, const char *dest, const struct img_digest *d, const uint8_t *sum, struct img_err *err)
{
	char hex[2 * IMG_DIGEST_MAX + 1];
	const char *name = base_name(dest);
	int rc = strpbrk(name, "\\\n\r") ? img_buf_add(b, "\\", 1, err) : 0;

	text_hex(hex, sum, d->size);
	if (!rc)
		rc = img_buf_add(b, hex, 2 * d->size, err);
	if (!rc)
		rc = img_buf_add(b, "  ", 2, err);
	for (; !rc && *name; name++) {
		if (*name == '\\' || *name == '\n' || *name == '\r')
			rc = img_buf_add(b, *name == '\\' ? "\\\\" : *name == '\n' ? "\\n" : "\\r", 2, err);
		else
			rc = img_buf_add(b, name, 1, err);
	}
	return rc ? rc : img_buf_add(b, "\n", 1, err);
}

int
sums_write(const char *sidecar, const char *dest, const struct img_digest *d, const uint8_t *sum, int replace,
	   struct img_err *err)
{
	img_autobuf struct img_buf b = img_buf_new(LINE_MAX_BYTES);
	struct img_out *out = NULL;
	int rc = make_line(&b, dest, d, sum, err);

	if (!rc)
		rc = img_out_file(sidecar, replace, &out, err);
	if (!rc)
		rc = img_out_write(out, 0, b.p, b.len, err);
	if (!rc)
		rc = img_out_resize(out, b.len, err);
	if (!rc)
		rc = img_out_commit(out, err);
	img_out_free(out);
	return rc;
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
