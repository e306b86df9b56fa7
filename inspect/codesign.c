/* SPDX-License-Identifier: BSD-2-Clause */
/* The code signature of a disk image, judged in three steps: the hashes of its code directories are checks like others and
 * run with them; the CMS signature must hold over the first directory, and speak of the others if it speaks of any; and the
 * signer's certificates must lead to those of --trust, or all that can be said is that somebody signed.  Only the three
 * together, over the whole image, vouch for it. */
#include "config.h"

#include "inspect/codesign.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/cms.h"
#include "core/memory.h"
#include "core/text.h"
#include "formats/udif/codesign.h"
#include "formats/udif/udif.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "inspect/inspect.h"

/* What --verify found out of one signature. */
struct finding {
	struct codesign cs;
	struct udif_signed of;
	struct cms_facts facts;
	struct cms_verdict verdict;
	bool cms;			/* a CMS signature is there, and could be read */
};

/* ---- the judgement ---- */

static bool
fits_directory(const struct codesign_directory *d, const char *digest, const uint8_t *sum, size_t n)
{
	uint8_t own[64];

	if (!codesign_sum(d, own))
		return false;
	if (!digest)
		return n == CODESIGN_CDHASH && !memcmp(own, sum, n);
	return !strcmp(digest, d->digest->name) && n == d->digest->size && !memcmp(own, sum, n);
}

/* A hash among the signed attributes is that of some directory; one of a kind that none has proves nothing. */
static bool
is_of_directory(void *ctx, const char *digest, const uint8_t *sum, size_t n)
{
	const struct codesign *cs = ctx;
	bool known = false;

	for (size_t i = 0; i < cs->n_dirs; i++) {
		if (fits_directory(&cs->dir[i], digest, sum, n))
			return true;
		known = known || !digest || (cs->dir[i].digest && !strcmp(cs->dir[i].digest->name, digest));
	}
	return !known;
}

/* The CMS signature of @f over its first directory. */
static int
check_cms(const struct inspection *in, struct finding *f, struct img_err *err)
{
	const struct codesign_directory *d = &f->cs.dir[0];
	img_autofree uint8_t *bytes = NULL;
	size_t len;
	int rc = codesign_cms(f->of.file, &f->cs, &bytes, &len, err);

	if (rc || !bytes)
		return rc;
	rc = cms_read(bytes, len, &f->facts, err);
	if (!rc)
		rc = cms_check(bytes, len, d->bytes, d->len, in->o->trust, &f->verdict, err);
	if (rc)
		return rc;
	f->cms = true;
	if (f->verdict.holds && !cms_code_hashes(bytes, len, is_of_directory, &f->cs)) {
		f->verdict.holds = false;
		snprintf(f->verdict.why, sizeof f->verdict.why, "it lists other code directories");
	}
	return 0;
}

/* Were the hashes of all directories tested, and do they hold?  verify.c judges those that do not. */
static bool
hashes_hold(const struct inspection *in)
{
	bool any = false;

	for (size_t i = 0; i < in->checks.n; i++) {
		if (!in->checks.v[i].code || strncmp(in->checks.v[i].code, "codesign-", 9))
			continue;
		if (in->checks.result[i].state != IMG_CHECK_OK)
			return false;
		any = true;
	}
	return any;
}

/* ---- the row ---- */

static const char *
trust_word(const struct finding *f)
{
	return f->verdict.trust == CMS_TRUSTED ? "trusted" : f->verdict.trust == CMS_UNTRUSTED ? "untrusted" : "not-checked";
}

static int
add_row(struct inspection *in, const struct finding *f, bool good, struct img_err *err)
{
	const struct codesign_directory *d = &f->cs.dir[0];
	struct img_rep *o = inspect_row(in, "code-signature", "code signature");

	if (!o)
		return img_fail_nomem(err);
	img_rep_str(o, "state", !f->verdict.holds ? "bad" : good ? "ok" : "not-run");
	img_rep_str(o, "signer", f->facts.n_chain ? f->facts.chain[0] : NULL);
	img_rep_str(o, "identifier", codesign_string(d, d->ident_off));
	img_rep_str(o, "team", codesign_string(d, d->team_off));
	cms_describe(&f->facts, o);
	img_rep_str(o, "chain", trust_word(f));
	img_rep_bool(o, "ticket", codesign_find(&f->cs, CODESIGN_TICKET));
	if (f->verdict.why[0])
		img_rep_str(o, "why", f->verdict.why);
	return 0;
}

void
codesign_put_row(const struct inspection *in, const struct img_rep *row)
{
	const char *signer = img_rep_get_str(row, "signer"), *chain = img_rep_get_str(row, "chain");
	const char *why = img_rep_get_str(row, "why");

	fputs("code signature by ", stdout);
	text_put(stdout, signer ? signer : "somebody unknown", in->t->utf8);
	if (!strcmp(chain, "not-checked"))
		fputs("; signed, chain not checked (--trust names roots)", stdout);
	else if (!strcmp(chain, "untrusted"))
		fputs("; the chain does not lead to the certificates of --trust", stdout);
	if (why) {
		fputs(": ", stdout);
		text_put(stdout, why, in->t->utf8);
	}
	putchar('\n');
}

/* ---- the layers ---- */

static int
damaged(struct inspection *in, const struct img_err *why)
{
	snprintf(in->bad_codesign, sizeof in->bad_codesign, "the code signature is damaged: %.200s", why->msg);
	return 0;
}

static int
judge(struct inspection *in, struct finding *f, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = check_cms(in, f, &why);
	bool good;

	if (rc == IMG_E_FORMAT)
		return damaged(in, &why);
	if (rc) {
		*err = why;
		return rc;
	}
	if (!f->cms)
		return 0;	/* ad hoc: its hashes are all there is */
	good = f->verdict.holds && f->verdict.trust == CMS_TRUSTED && f->of.whole && hashes_hold(in);
	in->authentic = in->authentic || good;
	if (!f->verdict.holds)
		snprintf(in->bad_codesign, sizeof in->bad_codesign, "the code signature is bad: %s", f->verdict.why);
	else if (f->verdict.trust == CMS_UNTRUSTED)
		img_problem(in->env, IMG_WARNING, "codesign-untrusted", "the code signature's chain does not lead to the "
			    "certificates of --trust: %s", f->verdict.why);
	else if (!f->of.whole)
		img_problem(in->env, IMG_WARNING, "codesign-part", "the code signature does not cover all of the image");
	return add_row(in, f, good, err);
}

int
codesign_judge(struct inspection *in, struct img_err *err)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < in->arg.image.n; i++) {
		struct img_source *s = in->arg.image.layer[i].source;
		struct finding f = { 0 };
		struct img_err why = { 0 };
		bool found = false;

		if (in->arg.image.layer[i].format != &img_format_udif)
			continue;
		rc = udif_codesign(s, &f.cs, &found, &f.of, &why);
		if (!rc && found)
			rc = judge(in, &f, err);
		else if (rc == IMG_E_FORMAT)
			rc = damaged(in, &why);
		else if (rc)
			*err = why;
		codesign_done(&f.cs);
	}
	return rc;
}
