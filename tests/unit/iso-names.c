/* SPDX-License-Identifier: BSD-2-Clause */
/* The mangler of names: in every view no two names of a folder are one, none is longer or holds other characters than the
 * view allows, names that fit stay as they are, and the same tree gets the same names. */
#include "config.h"

#include "tests/test.h"

#include "core/text.h"
#include "formats/iso9660/making.h"
#include "img/env.h"
#include "tests/unit/toy.h"

#define MAX_NAMES 30000

static struct img_env *env;
static struct img_err err;
static struct toy_row *rows;
static size_t n_rows;

/* ---- trees ---- */

static void
begin(void)
{
	for (size_t i = 0; i < n_rows; i++)
		free((char *)rows[i].node.name);
	memset(rows, 0, (MAX_NAMES + 1) * sizeof *rows);
	n_rows = 0;
	img_env_free(env);
	TEST_OK(img_env_new(NULL, &env, &err), err);
	img_env_keep_problems(env, 100000);
}

static void
add(bool folder, const char *name)
{
	TEST_TRUE(n_rows < MAX_NAMES);
	rows[n_rows].node = (struct img_node) {
		.id = n_rows + 1, .type = folder ? IMG_NODE_DIR : IMG_NODE_FILE, .mode = 0644, .name = strdup(name),
	};
	n_rows++;
}

static struct img_source *
make(const struct iso_options *o)
{
	static struct toy t;
	struct img_source *s;

	toy_init(&t, env, rows);
	TEST_OK(iso_author(&t.tree, o, &s, &err), err);
	return s;
}

static size_t
problems(const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost), found = 0;

	TEST_EQ_U(lost, 0);
	for (size_t i = 0; i < n; i++)
		found += !strcmp(p[i].code, code);
	return found;
}

/* ---- names ---- */

struct told {
	uint8_t bytes[MAX_ISO_NAME + 5];
	size_t n;
};

static int
by_bytes(const void *x, const void *y)
{
	const struct told *a = x, *b = y;
	int c = memcmp(a->bytes, b->bytes, a->n < b->n ? a->n : b->n);

	return c ? c : (a->n > b->n) - (a->n < b->n);
}

static bool
is_d(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
			return false;
	return true;
}

/* ECMA-119 7.5, 7.6, 10.1 */
static void
check_plain(const struct told *t, unsigned int level, bool folder)
{
	const uint8_t *dot = memchr(t->bytes, '.', t->n);
	size_t name, ext;

	if (folder) {
		TEST_TRUE(t->n >= 1 && t->n <= (level == 1 ? 8 : 31) && is_d(t->bytes, t->n));
		return;
	}
	TEST_TRUE(dot && t->n > 3 && t->bytes[t->n - 2] == ';' && t->bytes[t->n - 1] == '1');
	name = (size_t)(dot - t->bytes);
	ext = t->n - 2 - name - 1;
	TEST_TRUE(is_d(t->bytes, name) && is_d(dot + 1, ext) && name + ext > 0);
	if (level == 1)
		TEST_TRUE(name <= 8 && ext <= 3);
	else
		TEST_TRUE(name + ext <= 30);
}

static void
check_joliet(const struct told *t, unsigned int max, bool folder)
{
	size_t n = folder ? t->n : t->n - 4;

	TEST_TRUE(n >= 2 && n % 2 == 0 && n <= 2 * max);
	for (size_t i = 0; i < n; i += 2) {
		unsigned int c = (unsigned int)t->bytes[i] << 8 | t->bytes[i + 1];

		TEST_TRUE(c >= 0x20 && (c >= 0x80 || !strchr("*/:;?\\", (int)c)));
		if ((c & 0xfc00) == 0xd800)
			TEST_TRUE(i + 2 < n && (t->bytes[i + 2] & 0xfc) == 0xdc);
		if ((c & 0xfc00) == 0xdc00)
			TEST_TRUE(i && (t->bytes[i - 2] & 0xfc) == 0xd8);
	}
}

static bool
is_utf8(const void *bytes, size_t n)
{
	uint32_t c;

	for (size_t at = 0, step; at < n; at += step) {
		step = text_utf8((const char *)bytes + at, n - at, &c);
		if (!step)
			return false;
	}
	return true;
}

static void
check_enhanced(const struct told *t, const char *name)
{
	TEST_TRUE(t->n >= 1 && t->n <= MAX_ISO_NAME);
	TEST_EQ_U(is_utf8(t->bytes, t->n), is_utf8(name, strlen(name)));
}

/* All names of the root in one view are what they may be, and differ. */
static void
check(const struct img_source *s, enum kind kind, const struct iso_options *o)
{
	const struct iso_author *a = (const struct iso_author *)s;
	const struct mdir *d = &a->dir[0];
	struct told *t = calloc(d->n, sizeof *t);

	TEST_TRUE(t != NULL);
	TEST_EQ_U(d->n, n_rows);
	for (uint32_t i = 0; i < d->n; i++) {
		uint32_t node = a->shape[kind].order[d->first + i];
		bool folder = a->node[node].type == IMG_NODE_DIR;

		t[i].n = making_name(a, kind, node, t[i].bytes);
		if (kind == KIND_PRIMARY)
			check_plain(&t[i], o->level, folder);
		else if (kind == KIND_JOLIET)
			check_joliet(&t[i], o->joliet_units ? o->joliet_units : 103, folder);
		else
			check_enhanced(&t[i], a->node[node].name);
	}
	qsort(t, d->n, sizeof *t, by_bytes);
	for (uint32_t i = 1; i < d->n; i++)
		if (!by_bytes(&t[i - 1], &t[i]))
			TEST_FAIL_("view %d: two names are %.*s", (int)kind, (int)t[i].n, (const char *)t[i].bytes);
	free(t);
}

static void
check_all(void)
{
	for (unsigned int level = 1; level <= 4; level++)
		for (unsigned int units = 64; units <= 103; units += 39) {
			struct iso_options o;
			struct img_source *s;

			iso_options_default(&o);
			o.level = level;
			o.joliet_units = units;
			s = make(&o);
			check(s, KIND_PRIMARY, &o);
			check(s, KIND_JOLIET, &o);
			if (level == 4)
				check(s, KIND_ENHANCED, &o);
			img_unref(s);
		}
}

/* The name of the node @name as text. */
static const char *
called(const struct img_source *s, enum kind kind, const char *name)
{
	static char text[1024];
	const struct iso_author *a = (const struct iso_author *)s;
	uint8_t bytes[MAX_ISO_NAME + 5];
	size_t n;

	for (uint32_t i = 1; i < a->n_nodes; i++)
		if (!strcmp(a->node[i].name, name)) {
			n = making_name(a, kind, i, bytes);
			if (kind == KIND_JOLIET)
				joliet_to_utf8(bytes, n, text, sizeof text);
			else
				snprintf(text, sizeof text, "%.*s", (int)n, (const char *)bytes);
			return text;
		}
	TEST_FAIL_("there is no %s", name);
}

/* ---- cases ---- */

static void
test_single(void)
{
	struct iso_options o;
	struct img_source *s;

	begin();
	add(false, "README");
	add(false, "readme.txt");
	add(false, "a+b.c+d");
	add(false, ".hidden");
	add(false, "two.dots.tar");
	add(false, "na\xc3\xafve:1.txt");
	add(true, "folder.d");
	add(false, "bad\xff");
	iso_options_default(&o);
	o.level = 2;
	s = make(&o);
	TEST_STR(called(s, KIND_PRIMARY, "README"), "README.;1");
	TEST_STR(called(s, KIND_PRIMARY, "readme.txt"), "README.TXT;1");
	TEST_STR(called(s, KIND_PRIMARY, "a+b.c+d"), "A_B.C_D;1");
	TEST_STR(called(s, KIND_PRIMARY, ".hidden"), "_HIDDEN.;1");
	TEST_STR(called(s, KIND_PRIMARY, "two.dots.tar"), "TWO_DOTS.TAR;1");
	TEST_STR(called(s, KIND_PRIMARY, "folder.d"), "FOLDER_D");
	TEST_STR(called(s, KIND_JOLIET, "README"), "README;1");
	TEST_STR(called(s, KIND_JOLIET, "na\xc3\xafve:1.txt"), "na\xc3\xafve_1.txt;1");
	TEST_STR(called(s, KIND_JOLIET, "bad\xff"), "bad_;1");
	TEST_EQ_U(problems("joliet-name"), 2);
	TEST_EQ_U(problems("joliet-case"), 0);
	img_unref(s);
	check_all();
}

/* A name that fits keeps itself, whatever would become it; the others get the smallest numbers in byte order. */
static void
test_collisions(void)
{
	struct iso_options o;
	struct img_source *s;

	begin();
	add(false, "A-B.TXT");
	add(false, "A+B.TXT");
	add(false, "A_B.TXT");
	add(false, "a_b.txt");
	add(false, "A_B0.TXT");
	iso_options_default(&o);
	s = make(&o);
	TEST_STR(called(s, KIND_PRIMARY, "A_B.TXT"), "A_B.TXT;1");
	TEST_STR(called(s, KIND_PRIMARY, "A_B0.TXT"), "A_B0.TXT;1");
	TEST_STR(called(s, KIND_PRIMARY, "A+B.TXT"), "A_B1.TXT;1");
	TEST_STR(called(s, KIND_PRIMARY, "A-B.TXT"), "A_B2.TXT;1");
	TEST_STR(called(s, KIND_PRIMARY, "a_b.txt"), "A_B3.TXT;1");
	TEST_STR(called(s, KIND_JOLIET, "a_b.txt"), "a_b.txt;1");
	TEST_EQ_U(problems("joliet-name"), 0);
	TEST_EQ_U(problems("joliet-case"), 1);
	TEST_EQ_U(problems("iso-name"), 1);	/* one note: Rock Ridge has them whole */
	img_unref(s);
	begin();
	add(false, "A-B.TXT");
	add(false, "A+B.TXT");
	o.rock_ridge = ISO_NO;
	o.level = 2;
	s = make(&o);
	TEST_EQ_U(problems("iso-name"), 2);	/* nobody has them whole */
	TEST_EQ_U(iso_layout_of(s)->n_renamed[0], 2);
	img_unref(s);
	begin();
	add(false, "\xc3\x84rger");
	add(false, "\xc3\xa4RGER");
	add(true, "x");
	add(false, "X");
	iso_options_default(&o);
	s = make(&o);
	TEST_EQ_U(problems("joliet-case"), 2);
	img_unref(s);
	check_all();
}

/* Thousands that become one, with extensions of every length, in characters of one to four bytes. */
static void
test_many(void)
{
	char name[300];

	begin();
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "a name that is the same for more than one hundred and three characters, which is all "
			 "that Joliet can hold, %05u.text", i);
		add(i % 2, name);
	}
	for (unsigned int i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "x.%0230u", i);
		add(false, name);
		snprintf(name, sizeof name, "%0240u.e", i);
		add(false, name);
	}
	for (unsigned int i = 0; i < 500; i++) {
		size_t n = 0;

		while (n < 240)
			n += (size_t)snprintf(name + n, sizeof name - n, "\xf0\x9f\x98\x80\xe6\x97\xa5\xc3\xbc%s",
					      n < i % 7 ? "." : "");
		snprintf(name + n, sizeof name - n, "%u", i);
		add(i % 3 == 0, name);
	}
	for (unsigned int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "%c+%u", "*?:"[i % 3], i / 3);
		add(false, name);
	}
	check_all();
	begin();
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "%0200u", i);
		add(false, name);
	}
	check_all();
	TEST_TRUE(problems("joliet-name") >= 9999);
}

int
main(void)
{
	rows = calloc(MAX_NAMES + 1, sizeof *rows);
	TEST_TRUE(rows != NULL);
	test_single();
	test_collisions();
	test_many();
	begin();
	img_env_free(env);
	free(rows);
	return 0;
}
