/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums that the user expects of the source, and those left beside the target. */
#include "config.h"

#include "convert/sums.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/sums.h"
#include "core/text.h"
#include "img/check.h"
#include "img/out.h"

#define LINE_MAX_BYTES 8192	/* a hash and the longest name, escaped */

/* Find @name in the list @path; a sum without a name is that of the file, whatever it is called. */
static int
from_list(const char *path, const char *name, struct sums_entry *ret, struct img_err *err)
{
	struct sums_list l = { 0 };
	int rc = sums_read(path, &l, err);
	size_t i = 0;

	if (rc)
		return img_note(err, rc, "--expect");
	while (i < l.n && l.v[i].name && strcmp(sums_base(l.v[i].name), name))
		i++;
	if (i < l.n)
		*ret = l.v[i];
	else
		rc = img_fail(err, IMG_E_USAGE, "--expect: %s has no line for \"%s\"", path, name);
	sums_done(&l);
	ret->name = NULL;
	return rc;
}

/* "sha256:HEX"; 1 if @what is no such thing. */
static int
from_words(const char *what, struct sums_entry *ret, struct img_err *err)
{
	size_t n = strcspn(what, ":");
	char algo[32];

	if (what[n] != ':' || n >= sizeof algo)
		return 1;
	memcpy(algo, what, n);
	algo[n] = '\0';
	ret->digest = img_digest_by_name(algo);
	if (!ret->digest)
		return 1;
	if (!sums_hex(what + n + 1, ret->digest, ret->sum))
		return img_fail(err, IMG_E_USAGE, "--expect: %s has %zu hexadecimal digits", ret->digest->name,
				2 * ret->digest->size);
	return 0;
}

int
sums_expect(const char *what, const char *name, struct img_source *file, struct img_checks *checks, struct img_err *err)
{
	struct img_check c = { .code = "given", .name = "the file", .evidence = "given" };
	struct sums_entry e = { 0 };
	int rc = from_words(what, &e, err);

	if (rc == 1)
		rc = from_list(what, sums_base(name), &e, err);
	if (rc)
		return rc;
	c.digest = e.digest;
	memcpy(c.expect, e.sum, sizeof c.expect);
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
	const char *name = sums_base(dest);
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
sums_write(const char *sidecar, const struct sums_line *lines, size_t n, const struct img_digest *d, int replace,
	   struct img_err *err)
{
	img_autobuf struct img_buf b = img_buf_new(n * LINE_MAX_BYTES);
	struct img_out *out = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = make_line(&b, lines[i].name, d, lines[i].sum, err);
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
