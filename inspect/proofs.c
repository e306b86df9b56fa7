/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks and hashes as text. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/verdict.h"
#include "img/report.h"
#include "inspect/codesign.h"
#include "inspect/inspect.h"
#include "inspect/text.h"
#include "inspect/volumes.h"

#define LIST_MAX 12	/* more checks that hold are a number, unless -v */

static void
put_state(const struct inspection *in, enum img_check_state state)
{
	static const char *const words[] = { "not run", "ok", "BAD" };
	bool red = state == IMG_CHECK_BAD && tool_color(in->t, stdout);

	printf("  %s%-8s%s", red ? "\033[31m" : "", words[state], red ? "\033[0m" : "");
}

static void
put_check(const struct inspection *in, const struct img_check *c, enum img_check_state state)
{
	char title[32];

	put_state(in, state);
	text_put(stdout, c->name, in->t->utf8);
	printf(", %s%s", digest_title(c->digest, title, sizeof title), c->advisory ? " (advisory)" : "");
	if (c->evidence[0]) {
		fputs(" of ", stdout);
		text_put(stdout, c->evidence, in->t->utf8);
	}
	putchar('\n');
}

/* A signature: who signed what. */
static void
put_signature(const struct inspection *in, const struct img_rep *row)
{
	const char *state = img_rep_get_str(row, "state"), *signer = img_rep_get_str(row, "signer");

	put_state(in, !strcmp(state, "ok") ? IMG_CHECK_OK : !strcmp(state, "bad") ? IMG_CHECK_BAD : IMG_CHECK_NOT_RUN);
	if (!strcmp(img_rep_get_str(row, "name"), "code-signature")) {
		codesign_put_row(in, row);
		return;
	}
	text_put(stdout, img_rep_get_str(row, "what"), in->t->utf8);
	fputs(", OpenPGP signature", stdout);
	if (signer) {
		fputs(" by ", stdout);
		text_put(stdout, signer, in->t->utf8);
	}
	printf(" (key %s)\n", img_rep_get_str(row, "key"));
}

static void
put_results(const struct inspection *in)
{
	const struct info_volume *bad = volumes_bad(in);
	struct verdict v = verdict_of(&in->checks);
	bool all = in->checks.n <= LIST_MAX || in->t->o.verbose;

	for (size_t i = 0; i < in->checks.n; i++)
		if (all || in->checks.result[i].state == IMG_CHECK_BAD)
			put_check(in, &in->checks.v[i], in->checks.result[i].state);
	if (bad) {
		put_state(in, IMG_CHECK_BAD);
		fputs("structure, ", stdout);
		text_put(stdout, bad->why.msg, in->t->utf8);
		putchar('\n');
	} else if (in->n_vol && in->checks.n) {
		put_state(in, IMG_CHECK_OK);
		puts("structure");
	}
	for (const struct img_rep *r = in->rows ? img_report_root(in->rows)->first : NULL; r; r = r->next)
		put_signature(in, r);
	if (in->checks.n == 0)
		puts("  structure only: the image carries no checksum");
	else if (!all)
		printf("  %zu of %zu checksums hold\n", v.ok, in->checks.n);
	if (v.not_run && (!all || in->o->quick))
		printf("  %zu %s not run: %s\n", v.not_run, v.not_run == 1 ? "was" : "were",
		       in->o->quick ? "--quick leaves the data alone" : "they cover more than was read");
}

void
text_checks(const struct inspection *in, const struct img_rep *doc)
{
	if (in->checked) {
		text_heading(in, "Checks");
		put_results(in);
	} else if (in->checks.n) {
		text_heading(in, "Checks");
		printf("  %zu checksum%s inside, not tested (--verify does)\n", in->checks.n,
		       in->checks.n == 1 ? "" : "s");
	}
	if (in->hashed && in->o->n_hashes) {
		text_heading(in, "Hashes");
		for (const struct img_rep *h = img_rep_get(doc, "hashes")->first; h; h = h->next)
			printf("  %-8s %s\n", h->key, h->v.s);
	}
}

void
text_hashes(const struct inspection *in, const struct img_rep *doc)
{
	const struct img_rep *hashes = img_rep_get(doc, "hashes");

	for (const struct img_rep *h = hashes ? hashes->first : NULL; h; h = h->next) {
		printf("%s  ", h->v.s);
		text_put(stdout, in->path, in->t->utf8);
		putchar('\n');
	}
}
