/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: every way to write an option, typos, other tools' habits. */
#include "config.h"

#include "core/cmdline.h"
#include "tests/test.h"

enum { FROM = CMD_FIRST, OUT, FORCE, PROGRESS, QUIET, LATER, VOLNAME };

static const struct cmd_option table[] = {
	{ FROM, 'f', "from", "FORMAT", 0, "Everyday", "source format" },
	{ OUT, 'o', "output", "DEST", 0, NULL, "target" },
	{ FORCE, 'y', "overwrite", NULL, 0, NULL, "replace" },
	{ PROGRESS, 'p', "progress", "HOW", CMD_MAYBE, NULL, "show progress" },
	{ QUIET, 'q', "quiet", NULL, 0, NULL, "less" },
	{ LATER, 0, "encrypt", "HOW", CMD_MAYBE | CMD_LATER, NULL, "encrypt" },
	{ VOLNAME, 0, "volume-icon", "FILE", CMD_LATER, NULL, "set icons" },
	{ VOLNAME, 'V', "volname", "NAME", CMD_LATER, NULL, "set labels" },
	{ 0 }
};
static const struct cmd_option *const tables[] = { table, NULL };

/* Parse words up to the first failure; every step is written as "id:value " */
static const char *
trace(char **argv, struct cmdline *c, struct img_err *err)
{
	static char buf[400];
	int argc = 0, id;

	while (argv[argc])
		argc++;
	cmd_start(c, "imgconv", tables, argc, argv);
	buf[0] = '\0';
	while ((id = cmd_next(c, err)) > 0) {
		size_t n = strlen(buf);

		snprintf(buf + n, sizeof buf - n, "%d:%s ", id, c->value ? c->value : "-");
	}
	if (id < 0)
		strcat(buf, "!");
	return buf;
}

#define ARGS(...) ((char *[]) { (char *)"imgconv", __VA_ARGS__, NULL })
#define S(x) (char *)(x)

static void
test_forms(void)
{
	struct img_err err = { 0 };
	struct cmdline c;

	TEST_STR(trace(ARGS(S("-f"), S("raw"), S("a"), S("b")), &c, &err), "2:raw 1:a 1:b ");
	TEST_STR(trace(ARGS(S("-fraw"), S("a"), S("-yq"), S("b")), &c, &err), "2:raw 1:a 4:- 6:- 1:b ");
	TEST_STR(trace(ARGS(S("--from=raw"), S("--from"), S("x")), &c, &err), "2:raw 2:x ");
	TEST_STR(trace(ARGS(S("-p"), S("bar"), S("--progress=json"), S("--progress"), S("x")), &c, &err),
		 "5:- 1:bar 5:json 5:- 1:x ");
	TEST_STR(trace(ARGS(S("-qyo"), S("out"), S("-")), &c, &err), "6:- 4:- 3:out 1:- ");
	TEST_STR(trace(ARGS(S("a"), S("--"), S("-f"), S("--")), &c, &err), "1:a 1:-f 1:-- ");
	TEST_STR(trace(ARGS(S("--from=")), &c, &err), "2: ");
}

static void
refused(char **argv, const char *says)
{
	struct img_err err = { 0 };
	struct cmdline c;
	const char *t = trace(argv, &c, &err);

	if (t[strlen(t) - 1] != '!' || strcmp(err.msg, says) != 0)
		TEST_FAIL_("\"%s\" (%s), want \"%s\"", err.msg, t, says);
	TEST_EQ_I(err.code, IMG_E_USAGE);
}

static void
test_refused(void)
{
	refused(ARGS(S("--voluem")), "unknown option --voluem; did you mean --volume-icon or --volname?");
	refused(ARGS(S("--form=raw")), "unknown option --form; did you mean --from?");
	refused(ARGS(S("--fro")), "unknown option --fro; did you mean --from?");
	refused(ARGS(S("--xyzzy")), "unknown option --xyzzy");
	refused(ARGS(S("-yZ")), "unknown option -Z");
	refused(ARGS(S("--from")), "--from needs a value (FORMAT)");
	refused(ARGS(S("-f")), "-f needs a value (FORMAT)");
	refused(ARGS(S("--quiet=1")), "--quiet takes no value");
	refused(ARGS(S("--encrypt=aes-256")), "--encrypt: this build cannot encrypt yet");
	refused(ARGS(S("-V"), S("x")), "-V: this build cannot set labels yet");
	refused(ARGS(S("-format"), S("UDZO")), "-format: options have two dashes here: -O UDZO or --format UDZO");
	refused(ARGS(S("-format"), S("-ov")), "-format: options have two dashes here: -O FORMAT or --format FORMAT");
	refused(ARGS(S("-ov")), "-ov: options have two dashes here: -y or --overwrite");
	refused(ARGS(S("-srcfolder"), S("d")), "-srcfolder is hdiutil's; here, give the folder as SOURCE: imgconv d DEST");
	refused(ARGS(S("-quiet")), "-quiet: options have two dashes here: -q or --quiet");
	refused(ARGS(S("-from=raw")), "-from=raw: options have two dashes here: --from=raw");
	refused(ARGS(S("-o"), S("compat=1.1")),
		"-o compat=1.1: -o names the target here; format details are --opt compat=1.1");
	refused(ARGS(S("-passphrase"), S("secret")), "-passphrase: options have two dashes here: --password-file FILE");
}

static void
test_values(void)
{
	static const struct {
		const char *text;
		uint64_t want;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "64K", 65536 }, { "64k", 65536 }, { "1KiB", 1024 }, { "1KB", 1000 },
		{ "2M", 2 << 20 }, { "100MB", 100000000 }, { "3G", UINT64_C(3) << 30 }, { "1T", UINT64_C(1) << 40 },
		{ "7B", 7 }, { "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = { "", "K", "1X", "-1", "1.5G", "1 K", "18446744073709551616", "16777216T" };
	static const char *const words[] = { "auto", "always", "never", NULL };
	struct img_err err = { 0 };
	unsigned int w = 9;
	uint64_t v = 77;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		TEST_OK(cmd_size("-S", good[i].text, &v, &err), err);
		TEST_EQ_U(v, good[i].want);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		v = 77;
		TEST_FAILS(cmd_size("-S", bad[i], &v, &err), IMG_E_USAGE, err);
		TEST_EQ_U(v, 77);
	}
	TEST_OK(cmd_number("-T", "8", 1024, &v, &err), err);
	TEST_EQ_U(v, 8);
	TEST_FAILS(cmd_number("-T", "2000", 1024, &v, &err), IMG_E_USAGE, err);
	TEST_FAILS(cmd_number("-T", "8x", 1024, &v, &err), IMG_E_USAGE, err);
	TEST_FAILS(cmd_number("-T", "99999999999999999999", 1024, &v, &err), IMG_E_USAGE, err);
	TEST_OK(cmd_word("--color", "never", words, &w, &err), err);
	TEST_EQ_U(w, 2);
	TEST_FAILS(cmd_word("--color", "pink", words, &w, &err), IMG_E_USAGE, err);
	TEST_STR(err.msg, "--color: \"pink\" is none of auto, always, never");
}

static void
test_distance(void)
{
	TEST_EQ_U(cmd_distance("voluem", 6, "volume", 6), 1);
	TEST_EQ_U(cmd_distance("", 0, "abc", 3), 3);
	TEST_EQ_U(cmd_distance("abc", 3, "abc", 3), 0);
	TEST_EQ_U(cmd_distance("kitten", 6, "sitting", 7), 3);
}

int
main(void)
{
	test_forms();
	test_refused();
	test_values();
	test_distance();
	return 0;
}
