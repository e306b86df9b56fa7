/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as JSON, the only user of jansson; see core/json.h. */
#include "config.h"

#include "core/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "img/report.h"

struct printer {
	bool escape;	/* some string holds what must not reach a terminal as it is */
};

static json_t *value_of(struct printer *p, const struct img_rep *rep);

/* Does valid UTF-8 @s hold a character that drives or misleads a terminal?  JSON escapes those below U+0020 itself. */
static bool
has_unsafe(const char *s)
{
	size_t n = strlen(s), len;
	uint32_t code;

	for (; n; s += len, n -= len) {
		len = text_utf8(s, n, &code);
		if (!len)
			len = 1;
		else if (code >= 0x7f && text_unsafe(code))
			return true;
	}
	return false;
}

/* @s with U+FFFD for every byte that is not UTF-8. */
static json_t *
repaired(const char *s)
{
	size_t n = strlen(s), at = 0, len;
	char *buf = malloc(3 * n + 1);
	json_t *v;
	uint32_t code;

	if (!buf)
		return NULL;
	for (; n; s += len, n -= len) {
		len = text_utf8(s, n, &code);
		if (len) {
			memcpy(buf + at, s, len);
			at += len;
		} else {
			memcpy(buf + at, "\xef\xbf\xbd", 3);
			at += 3;
			len = 1;
		}
	}
	v = json_stringn_nocheck(buf, at);
	free(buf);
	return v;
}

/* RFC 4648 */
static json_t *
base64(const char *s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = strlen(s), at = 0;
	char *buf = malloc(n / 3 * 4 + 5);
	json_t *v;

	if (!buf)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t w = (uint32_t)(unsigned char)s[i] << 16;

		if (left > 1)
			w |= (uint32_t)(unsigned char)s[i + 1] << 8;
		if (left > 2)
			w |= (unsigned char)s[i + 2];
		buf[at++] = digits[w >> 18];
		buf[at++] = digits[w >> 12 & 63];
		buf[at++] = left > 1 ? digits[w >> 6 & 63] : '=';
		buf[at++] = left > 2 ? digits[w & 63] : '=';
	}
	v = json_stringn_nocheck(buf, at);
	free(buf);
	return v;
}

static json_t *
string_of(struct printer *p, const char *s)
{
	if (!text_is_utf8(s))
		return repaired(s);
	p->escape = p->escape || has_unsafe(s);
	return json_string_nocheck(s);
}

/* The bytes of a name that is no UTF-8, beside it. */
static bool
add_bytes(json_t *o, const struct img_rep *n)
{
	size_t len = strlen(n->key);
	char *key = malloc(len + 5);
	bool ok;

	if (!key)
		return false;
	memcpy(key, n->key, len);
	memcpy(key + len, "_b64", 5);
	ok = json_object_set_new_nocheck(o, key, base64(n->v.s)) == 0;
	free(key);
	return ok;
}

static json_t *
object_of(struct printer *p, const struct img_rep *rep)
{
	json_t *o = json_object();

	for (const struct img_rep *n = rep->first; o && n; n = n->next) {
		if (json_object_set_new_nocheck(o, n->key, value_of(p, n)) != 0 ||
		    (n->type == IMG_REP_STR && !text_is_utf8(n->v.s) && !add_bytes(o, n))) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static json_t *
array_of(struct printer *p, const struct img_rep *rep)
{
	json_t *a = json_array();

	for (const struct img_rep *n = rep->first; a && n; n = n->next) {
		if (json_array_append_new(a, value_of(p, n)) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

/* A new reference, or NULL when out of memory; the jansson calls above fail on NULL. */
static json_t *
value_of(struct printer *p, const struct img_rep *rep)
{
	switch (rep->type) {
	case IMG_REP_NULL:
		return json_null();
	case IMG_REP_BOOL:
		return json_boolean(rep->v.b);
	case IMG_REP_UINT:
		/* JSON's integers are signed here; sizes end at 2^60 */
		return json_integer(rep->v.u > INT64_MAX ? INT64_MAX : (json_int_t)rep->v.u);
	case IMG_REP_INT:
		return json_integer(rep->v.i);
	case IMG_REP_REAL:
		return json_real(rep->v.r);
	case IMG_REP_STR:
		return string_of(p, rep->v.s);
	case IMG_REP_OBJ:
		return object_of(p, rep);
	case IMG_REP_ARR:
		return array_of(p, rep);
	}
	return NULL;
}

bool
json_print(const struct img_rep *rep, bool compact, FILE *f)
{
	struct printer p = { 0 };
	json_t *v = value_of(&p, rep);
	char *text;

	if (!v)
		return false;
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6) | (compact ? JSON_COMPACT : JSON_INDENT(2)) |
			  (p.escape ? JSON_ENSURE_ASCII : 0));
	json_decref(v);
	if (!text)
		return false;
	fputs(text, f);
	fputc('\n', f);
	free(text);
	return true;
}
