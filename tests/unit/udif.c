/* SPDX-License-Identifier: BSD-2-Clause */
/* Every file of fixtures/udif against EXPECTED.tsv: decoded bytes by reading and by walking the map, problems, all stored
 * checksums; or the exact error. */
#include "config.h"

#include "formats/udif/udif.h"
#include "img/check.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/report.h"
#include "img/tree.h"
#include "tests/test.h"

struct row {
	char *name, *kind, *a, *b, *c;
};

/* One file, opened in an environment of its own. */
struct opened {
	struct img_env *env;
	struct img_tree *folder;
	struct img_source *file, *s;
	enum img_match match;
	int rc;
	struct img_err err;
};

static char folder_path[4096];

static void
open_file(const char *name, bool with_folder, struct opened *ret)
{
	struct opened o = { 0 };
	struct img_open how = { .name = name };
	char path[8192];

	snprintf(path, sizeof path, "%s/%s", folder_path, name);
	TEST_OK(img_env_new(NULL, &o.env, &o.err), o.err);
	TEST_OK(img_directory(o.env, folder_path, &o.folder, &o.err), o.err);
	TEST_OK(img_file(o.env, path, &o.file, &o.err), o.err);
	how.below = o.file;
	how.env = o.env;
	how.folder = with_folder ? o.folder : NULL;
	o.match = img_format_udif.confirm(&how);
	o.rc = (o.match ? img_format_udif.open : udif_open_displaced)(&how, &o.s, &o.err);
	*ret = o;
}

static void
opened_done(struct opened *o)
{
	img_unref(o->s);
	img_unref(o->file);
	img_tree_unref(o->folder);
	img_env_free(o->env);
}

/* ---- reading ---- */

/* SHA-256 of all of @s, read @step bytes at a time. */
static int
hash(struct img_source *s, const struct img_digest *d, size_t step, uint8_t *ret, struct img_err *err)
{
	uint8_t *buf = malloc(step);
	void *state = d->begin();
	int rc = 0;

	TEST_TRUE(buf && state);
	for (uint64_t off = 0; !rc && off < s->size; off += step) {
		size_t n = s->size - off < step ? (size_t)(s->size - off) : step;

		rc = img_source_read(s, off, buf, n, err);
		if (!rc)
			d->update(state, buf, n);
	}
	if (rc)
		d->abandon(state);
	else
		d->finish(state, ret);
	free(buf);
	return rc;
}

static void
hex(const uint8_t *bytes, size_t n, char *ret)
{
	for (size_t i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

/* The runs of the map follow each other without gap, the same from every offset inside. */
static void
check_map(const char *name, struct img_source *s)
{
	struct img_err err = { 0 };
	struct img_extent e, again;

	for (uint64_t off = 0; off < s->size; off = e.off + e.len) {
		TEST_OK(img_source_map(s, off, &e, &err), err);
		if (e.off != off)
			TEST_FAIL_("%s: run at %" PRIu64 " begins at %" PRIu64, name, off, e.off);
		TEST_OK(img_source_map(s, off + e.len - 1, &again, &err), err);
		TEST_TRUE(again.off == e.off && again.len == e.len && again.at == e.at && again.kind == e.kind);
	}
}

static void
check_sums(const char *name, struct img_source *s, size_t want_at_least)
{
	struct img_checks list = { 0 };
	struct img_err err = { 0 };
	uint8_t sum[IMG_DIGEST_MAX];

	TEST_OK(s->ops->checks(s, &list, &err), err);
	for (size_t i = 0; i < list.n; i++) {
		const struct img_check *c = &list.v[i];

		TEST_TRUE(c->code && c->name[0]);
		TEST_OK(hash(c->over, c->digest, 65536, sum, &err), err);
		if (memcmp(sum, c->expect, c->digest->size) != 0)
			TEST_FAIL_("%s: %s (%s) does not hold", name, c->name, c->code);
	}
	if (list.n < want_at_least)
		TEST_FAIL_("%s: %zu checks, want %zu", name, list.n, want_at_least);
	img_checks_done(&list);
}

static void
check_problems(const char *name, struct img_env *env, const char *want)
{
	const struct img_problem *p;
	char codes[400] = "";
	size_t lost, n = img_problems(env, &p, &lost);

	for (size_t i = 0; i < n; i++) {
		if (i)
			strcat(codes, ",");
		strncat(codes, p[i].code, 60);
	}
	if (strcmp(n ? codes : "-", want) != 0)
		TEST_FAIL_("%s: problems %s, want %s", name, codes, want);
}

static const size_t steps[] = { 1 << 20, 4096, 777 };

static void
check_good(const struct row *r, struct opened *o)
{
	const struct img_digest *sha = img_digest_by_name("sha256");
	struct img_err err = { 0 };
	uint8_t sum[IMG_DIGEST_MAX];
	char found[2 * IMG_DIGEST_MAX + 1];

	if (o->rc)
		TEST_FAIL_("%s: %s", r->name, o->err.msg);
	TEST_EQ_U(o->s->size, strtoull(r->a, NULL, 10));
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		TEST_OK(hash(o->s, sha, steps[i], sum, &err), err);
		hex(sum, 32, found);
		if (strcmp(found, r->b) != 0)
			TEST_FAIL_("%s: decodes to %s (%zu at a time)", r->name, found, steps[i]);
	}
	check_map(r->name, o->s);
	check_problems(r->name, o->env, r->c);
	check_sums(r->name, o->s, strcmp(r->name, "without-map.dmg") == 0 ? 1 : strcmp(r->name, "signed.dmg") == 0 ? 6 : 3);
}

static void
check_bad(const struct row *r, struct opened *o)
{
	int want = strcmp(r->a, "unsupported") == 0 ? IMG_E_UNSUPPORTED : strcmp(r->a, "limit") == 0 ? IMG_E_LIMIT : IMG_E_FORMAT;
	uint8_t sum[IMG_DIGEST_MAX];

	if (!o->rc)
		o->rc = hash(o->s, img_digest_by_name("sha256"), 65536, sum, &o->err);
	if (o->rc != want || strncmp(o->err.msg, r->b, strlen(r->b)) != 0)
		TEST_FAIL_("%s: %d \"%s\", want %d \"%s\"", r->name, o->rc, o->err.msg, want, r->b);
}

static bool
parse_row(char *line, struct row *r)
{
	char **field[] = { &r->name, &r->kind, &r->a, &r->b, &r->c };

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < 5; i++) {
		*field[i] = strsep(&line, "\t");
		if (!*field[i])
			return false;
	}
	return true;
}

static void
test_fixtures(void)
{
	char path[8192], line[2048];
	unsigned int n = 0;
	struct row r;
	FILE *f;

	snprintf(path, sizeof path, "%s/EXPECTED.tsv", folder_path);
	f = fopen(path, "r");
	TEST_TRUE(f);
	while (fgets(line, sizeof line, f)) {
		struct opened o;

		TEST_TRUE(parse_row(line, &r));
		open_file(r.name, true, &o);
		if ((o.match == IMG_MATCH_NONE) != (strcmp(r.kind, "none") == 0))
			TEST_FAIL_("%s: match %d", r.name, (int)o.match);
		if (strcmp(r.kind, "error") == 0)
			check_bad(&r, &o);
		else
			check_good(&r, &o);
		opened_done(&o);
		n++;
	}
	fclose(f);
	TEST_TRUE(n > 40);
}

/* ---- single facts ---- */

static void
test_segments_alone(void)
{
	struct opened o;

	open_file("split.dmg", false, &o);
	TEST_EQ_I(o.rc, IMG_E_FORMAT);
	TEST_STR(o.err.msg, "this is segment 1 of 3, and segment 2 cannot be looked for without a folder");
	opened_done(&o);
}

static void
test_kinds(void)
{
	static const struct {
		uint64_t sector;
		enum img_kind kind;
		const char *codec, *where;
	} want[] = {
		{ 0, IMG_DATA, "zlib", "run 0" }, { 8, IMG_ZERO, NULL, "run 1" },
		{ 16, IMG_DATA, "bzip2", "run 2" }, { 31, IMG_DATA, "xz", "run 4" },	/* run 3 is a comment */
		{ 32, IMG_DATA, "adc", "run 5" }, { 40, IMG_DATA, NULL, "run 6" }, { 44, IMG_DATA, "lzfse", "run 7" },
		{ 63, IMG_HOLE, NULL, "run 8" },
	};
	struct img_err err = { 0 };
	struct opened o;

	open_file("mixed.dmg", true, &o);
	TEST_OK(o.rc, o.err);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct img_extent e;
		char where[200], full[300];

		TEST_OK(img_source_map(o.s, want[i].sector * 512 + 100, &e, &err), err);
		TEST_EQ_U(e.kind, want[i].kind);
		TEST_STR(e.codec ? e.codec->name : "", want[i].codec ? want[i].codec : "");
		o.s->ops->where(o.s, want[i].sector * 512, where, sizeof where);
		snprintf(full, sizeof full, "block table 0 \"whole disk (Apple_HFS : 0)\": %s", want[i].where);
		TEST_STR(where, full);
	}
	opened_done(&o);
}

static void
describe(const char *name, struct opened *o, struct img_report **ret)
{
	struct img_report *r = img_report_new();
	struct img_err err = { 0 };

	open_file(name, true, o);
	TEST_OK(o->rc, o->err);
	TEST_OK(o->s->ops->describe(o->s, img_report_root(r), &err), err);
	TEST_TRUE(img_report_ok(r));
	*ret = r;
}

static void
test_reports(void)
{
	static const struct {
		const char *name, *variant, *since;
	} want[] = {
		{ "udzo.dmg", "udzo", "macOS 10.2" }, { "udbz.dmg", "udbz", "macOS 10.4" },
		{ "ulfo.dmg", "ulfo", "macOS 10.11" }, { "ulmo.dmg", "ulmo", "macOS 10.15" },
		{ "udco.dmg", "udco", "macOS 10.0" }, { "udro.dmg", "udro", "macOS 10.0" },
		{ "without-map.dmg", "udrw", "macOS 10.0" }, { "macos11.dmg", "udzo", "macOS 10.2" },
	};
	struct img_report *r;
	struct opened o;

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const struct img_rep *rep;

		describe(want[i].name, &o, &r);
		rep = img_report_root(r);
		TEST_STR(img_rep_get_str(rep, "format"), "dmg");
		TEST_STR(img_rep_get_str(rep, "variant"), want[i].variant);
		TEST_STR(img_rep_get_str(rep, "opens_since"), want[i].since);
		TEST_TRUE(!img_rep_get_bool(rep, "license") && !img_rep_get_bool(rep, "code_signature"));
		TEST_EQ_U(img_rep_get_uint(rep, "segments", 0), 1);
		img_report_free(r);
		opened_done(&o);
	}

	describe("licence.dmg", &o, &r);
	TEST_TRUE(img_rep_get_bool(img_report_root(r), "license"));
	TEST_EQ_U(img_rep_get_uint(img_report_root(r), "license_languages", 0), 2);
	TEST_STR(img_rep_get_str(img_report_root(r), "license_text"),
		 "Caf\xc3\xa9 licence \xe2\x80\x94 \xe2\x80\x9c" "as is\xe2\x80\x9d.\nSecond line.\n");
	img_report_free(r);
	opened_done(&o);

	describe("signed.dmg", &o, &r);
	const struct img_rep *sig = img_rep_get(img_report_root(r), "signature");
	TEST_TRUE(img_rep_get_bool(img_report_root(r), "code_signature") && sig);
	TEST_STR(img_rep_get_str(sig, "identifier"), "org.example.fixture");
	TEST_STR(img_rep_get_str(sig, "team"), "ABCDE12345");
	TEST_STR(img_rep_get_str(sig, "hash"), "sha256");
	TEST_TRUE(img_rep_get_bool(sig, "ad_hoc") && !img_rep_get_bool(sig, "cms"));
	img_report_free(r);
	opened_done(&o);

	describe("split.dmg", &o, &r);
	TEST_EQ_U(img_rep_get_uint(img_report_root(r), "segments", 0), 3);
	img_report_free(r);
	opened_done(&o);
}

/* Opening costs the property list, and little else. */
static void
test_budget(void)
{
	struct opened o;
	struct img_open how = { 0 };
	struct img_source *s;
	struct img_err err = { 0 };

	open_file("macos11.dmg", false, &o);
	how.below = o.file;
	how.env = o.env;
	img_env_set_budget(o.env, 8029 + 3 * 512 + 4095 + 2048);
	TEST_TRUE(img_format_udif.confirm(&how) == IMG_MATCH_STRUCTURE);
	img_env_set_budget(o.env, (int64_t)o.file->size);
	TEST_OK(img_format_udif.open(&how, &s, &err), err);
	img_unref(s);
	opened_done(&o);
}

int
main(void)
{
	const char *top = getenv("top_srcdir");

	snprintf(folder_path, sizeof folder_path, "%s/fixtures/udif", top ? top : ".");
	test_fixtures();
	test_segments_alone();
	test_kinds();
	test_reports();
	test_budget();
	return 0;
}
