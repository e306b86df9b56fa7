/* SPDX-License-Identifier: BSD-2-Clause */
/* Property lists: what is heard of a sound one, and what a hostile one gets. */
#include "config.h"

#include <stdarg.h>

#include "core/base64.h"
#include "core/xml.h"
#include "img/env.h"
#include "img/source.h"
#include "tests/test.h"

static struct img_env *env;
static struct img_err err;

/* Everything heard, as one line of text. */
struct heard {
	char text[4096];
	size_t n;
	uint64_t data_bytes;
};

static void __attribute__((format(printf, 2, 3)))
hear(struct heard *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	h->n += (size_t)vsnprintf(h->text + h->n, sizeof h->text - h->n, fmt, ap);
	va_end(ap);
	TEST_TRUE(h->n < sizeof h->text);
}

static void
hear_place(struct heard *h, const struct img_plist_at *at)
{
	for (unsigned int i = 1; i <= at->depth; i++) {
		if (at->key[i])
			hear(h, "/%s", at->key[i]);
		else
			hear(h, "/%u", (unsigned int)at->index[i]);
	}
}

static int
on_begin(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *e)
{
	hear_place(ctx, at);
	hear(ctx, type == IMG_PLIST_DICT ? "{" : "[");
	return 0;
}

static int
on_end(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *e)
{
	hear(ctx, type == IMG_PLIST_DICT ? "}" : "]");
	return 0;
}

static int
on_value(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_buf *value, struct img_err *e)
{
	struct heard *h = ctx;

	TEST_EQ_U(value->p[value->len], 0);
	hear_place(h, at);
	if (type == IMG_PLIST_DATA && value->len > 64) {
		h->data_bytes += value->len;
		return 0;
	}
	hear(h, "=%d:%.*s;", (int)type, (int)value->len, (const char *)value->p);
	if (strcmp((const char *)value->p, "stop") == 0)
		return img_fail(e, IMG_E_USAGE, "heard enough");
	return 0;
}

static const struct img_plist_ops ops = { .begin = on_begin, .end = on_end, .value = on_value };

static int
read_text(const char *text, size_t len, struct heard *h)
{
	struct img_source *s;
	int rc;

	*h = (struct heard) { 0 };
	err = (struct img_err) { 0 };
	TEST_OK(img_memory(env, text, len, false, &s, &err), err);
	rc = img_plist_read(s, 0, len, &ops, h, &err);
	img_unref(s);
	return rc;
}

static void
good(const char *text, const char *want)
{
	struct heard h;

	TEST_OK(read_text(text, strlen(text), &h), err);
	TEST_STR(h.text, want);
}

static void
bad(const char *text, int code, const char *message)
{
	struct heard h;

	TEST_FAILS(read_text(text, strlen(text), &h), code, err);
	TEST_STR(err.msg, message);
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" " \
	"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
#define DATA_HEAD "<plist><dict><key>a</key><data>"
#define DATA_TAIL "</data></dict></plist>"
#define LIST(body) HEAD "<plist version=\"1.0\">" body "</plist>"

static void
test_good(void)
{
	good(LIST("<dict><key>a</key><string>x &amp; &#x41;<![CDATA[<]]></string></dict>"), "{/a=2:x & A<;}");
	good(LIST("<dict>\n <key>b</key>\n <array><integer>1</integer><true/><dict/><real>1.5</real></array>"
		  "<key>c</key><false/><key>d</key><date>2001-01-01T00:00:00Z</date></dict>\n") "\n garbage <",
	     "{/b[/b/0=3:1;/b/1=6:true;/b/2{}/b/3=4:1.5;]/c=6:false;/d=5:2001-01-01T00:00:00Z;}");
	good(LIST("<dict><key>e</key><data>\n\t aGVs\t\nbG8= \n</data><key>f</key><data/><key>g</key><data>aGVsbG8</data></dict>"),
	     "{/e=7:hello;/f=7:;/g=7:hello;}");
	good(LIST("<!-- a comment --><dict><key></key><string/></dict>"), "{/=2:;}");
	good("<plist><string>bare</string></plist>", "=2:bare;");
}

static void
test_bad(void)
{
	bad(LIST("<dict><key>a</key></dict>"), IMG_E_FORMAT, "line 3: a key without a value");
	bad(LIST("<dict><string>a</string></dict>"), IMG_E_FORMAT, "line 3: a value without a key");
	bad(LIST("<dict><key>a</key><key>b</key></dict>"), IMG_E_FORMAT, "line 3: misplaced key");
	bad(LIST("<array><key>a</key></array>"), IMG_E_FORMAT, "line 3: misplaced key");
	bad(LIST("<dict>text</dict>"), IMG_E_FORMAT, "line 3: text between the elements");
	bad(LIST("<dict><blob/></dict>"), IMG_E_FORMAT, "line 3: unexpected element <blob>");
	bad(LIST("<string>a<dict/></string>"), IMG_E_FORMAT, "line 3: unexpected element <dict>");
	bad(LIST("<string>a</string><string>b</string>"), IMG_E_FORMAT, "line 3: a second value after the first");
	bad(LIST(""), IMG_E_FORMAT, "line 3: the list is empty");
	bad(LIST("<dict a='1'/>"), IMG_E_FORMAT, "line 3: element <dict> has attributes");
	bad("<dict/>", IMG_E_FORMAT, "line 1: unexpected element <dict>");
	bad(LIST("<data>aGV?</data>"), IMG_E_FORMAT, "line 3: '?' is not a Base64 character");
	bad(LIST("<data>a</data>"), IMG_E_FORMAT, "line 3: element <data>: Base64 ends inside a byte");
	bad(LIST("<data>aGU=aGVs</data>"), IMG_E_FORMAT, "line 3: Base64 goes on after its padding");
	bad(LIST("<data>=</data>"), IMG_E_FORMAT, "line 3: misplaced Base64 padding");
	bad("bplist00\xd1\x01\x02", IMG_E_UNSUPPORTED, "a binary property list; only the XML form is in use here");
	bad("", IMG_E_FORMAT, "the property list is empty");
	bad(HEAD "<plist version=\"1.0\"><dict><key>a", IMG_E_FORMAT,
	    "the list is cut: it ends in line 3, before its outermost element does");
	bad(LIST("<string>stop</string>"), IMG_E_USAGE, "heard enough");
}

static void
test_entities(void)
{
	const char *refused = "line 1: the document type declares entities or elements of its own, which no property list does";

	bad("<!DOCTYPE plist [<!ENTITY a \"haha\">]><plist><string>&a;</string></plist>", IMG_E_FORMAT, refused);
	bad("<!DOCTYPE plist [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><plist><string>&a;</string></plist>", IMG_E_FORMAT, refused);
	bad("<!DOCTYPE plist [<!ENTITY % a SYSTEM \"http://127.0.0.1:9/\"> %a;]><plist><string>x</string></plist>", IMG_E_FORMAT,
	    refused);
	bad("<!DOCTYPE plist [<!ELEMENT plist (dict)>]><plist><string>x</string></plist>", IMG_E_FORMAT, refused);
	bad("<!DOCTYPE plist [<!ATTLIST plist a CDATA \"x\">]><plist><string>x</string></plist>", IMG_E_FORMAT, refused);
	bad(LIST("<string>&nbsp;</string>"), IMG_E_FORMAT, "line 3: reference to the unknown entity \"nbsp\"");
}

/* ---- sizes ---- */

static char *
repeat(const char *head, const char *piece, size_t n, const char *tail, size_t *ret_len)
{
	size_t h = strlen(head), p = strlen(piece), t = strlen(tail);
	char *text = malloc(h + n * p + t + 1), *at = text;

	TEST_TRUE(text);
	memcpy(at, head, h);
	at += h;
	for (size_t i = 0; i < n; i++, at += p)
		memcpy(at, piece, p);
	memcpy(at, tail, t + 1);
	*ret_len = h + n * p + t;
	return text;
}

static void
repeated(const char *head, const char *piece, size_t n, const char *tail, int code, uint64_t data_bytes)
{
	struct heard h;
	size_t len;
	char *text = repeat(head, piece, n, tail, &len);
	int rc = read_text(text, len, &h);

	if (rc != code)
		TEST_FAIL_("%zu times \"%s\" gives %d (%s), want %d", n, piece, rc, err.msg, code);
	if (!rc)
		TEST_EQ_U(h.data_bytes, data_bytes);
	free(text);
}

static void
test_sizes(void)
{
	/* over libxml2's own limit of 10 MB for one text */
	repeated(DATA_HEAD, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 300000, DATA_TAIL, 0, 300000 * 33);
	repeated(DATA_HEAD, "                                ", 131072, "aGVs" DATA_TAIL, 0, 0);
	repeated("<plist>", "<array>", 33, "", IMG_E_LIMIT, 0);
	repeated("<plist><dict><key>a</key>", "<array>", 200000, "", IMG_E_LIMIT, 0);
	/* what libxml2 would hold back */
	repeated("<plist><dict ", "a='b' ", 200000, "/></plist>", IMG_E_LIMIT, 0);
	repeated("<plist><!--", "xxxxxxxxxxxxxxxx", 100000, "--><string>a</string></plist>", IMG_E_LIMIT, 0);
	repeated("<plist><string>", "xxxxxxxxxxxxxxxx", 100000, "</string></plist>", IMG_E_LIMIT, 0);
}

static void
test_limit(void)
{
	struct img_limits limits;
	struct img_env *small;
	struct img_source *s;
	struct heard h = { 0 };

	img_limits_default(&limits);
	limits.max_plist = 40;
	TEST_OK(img_env_new(&limits, &small, &err), err);
	TEST_OK(img_memory(small, LIST("<dict/>"), sizeof LIST("<dict/>") - 1, true, &s, &err), err);
	TEST_FAILS(img_plist_read(s, 0, s->size, &ops, &h, &err), IMG_E_LIMIT, err);
	img_unref(s);
	img_env_free(small);
}

int
main(void)
{
	TEST_OK(img_env_new(NULL, &env, &err), err);
	test_good();
	test_bad();
	test_entities();
	test_sizes();
	test_limit();
	img_env_free(env);
	return 0;
}
