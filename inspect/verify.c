/* SPDX-License-Identifier: BSD-2-Clause */
/* --verify and --hash: the image is converted into nothing, its checks and the hashes run over the bytes that pass. */
#include "config.h"

#include <string.h>

#include "core/verdict.h"
#include "img/out.h"
#include "img/sink.h"
#include "inspect/codesign.h"
#include "inspect/inspect.h"
#include "inspect/passes.h"
#include "inspect/volumes.h"

/* Does somebody whose key the user trusts say that the file is so? */
static bool
is_authentic(const struct inspection *in)
{
	for (size_t i = 0; i < in->checks.n; i++)
		if (in->checks.v[i].vouched && in->checks.result[i].state == IMG_CHECK_OK)
			return true;
	return in->authentic;
}

/* Does the image carry the proof that --require asks for? */
static int
required(const struct inspection *in, struct img_err *err)
{
	struct verdict v = verdict_of(&in->checks);

	if (in->o->require_checksum && v.ok == 0)
		return img_fail(err, IMG_E_UNPROVEN, "carries no checksum");
	if (in->o->require_signature && !is_authentic(in))
		return img_fail(err, IMG_E_UNPROVEN, "no signature vouches for it%s", in->o->keyring || in->o->trust ? "" :
				"; --keyring names keys, --trust the roots of code signatures");
	return 0;
}

/* Files that cannot be reached are damage, whatever the reason. */
static int
judge_structure(const struct inspection *in, struct img_err *err)
{
	const struct info_volume *bad = volumes_bad(in);

	return bad ? img_fail(err, IMG_E_FORMAT, "%s", bad->why.msg) : required(in, err);
}

/* What the checks proved, as an error. */
static int
judge(struct inspection *in, struct img_err *err)
{
	struct verdict v = verdict_of(&in->checks);

	if (in->bad_signature[0])
		return img_fail(err, IMG_E_FORMAT, "the signature of %s is bad: it is not what was signed", in->bad_signature);
	if (in->bad_codesign[0] && !v.bad)
		return img_fail(err, IMG_E_FORMAT, "%s", in->bad_codesign);
	if (!v.bad && !(v.advisory && in->t->o.strict))
		return judge_structure(in, err);
	for (size_t i = 0; i < in->checks.n; i++) {
		if (in->checks.result[i].state != IMG_CHECK_BAD)
			continue;
		img_fail(err, IMG_E_CHECKSUM, "checksum");
		verdict_text(&in->checks.v[i], &in->checks.result[i], err->msg, sizeof err->msg);
		break;
	}
	return IMG_E_CHECKSUM;
}

int
inspect_verify(struct inspection *in, struct img_err *err)
{
	const struct img_sink_job sink_job = { .source = in->arg.sectors, .level = -1 };
	struct img_sink *sink = NULL;
	struct img_out *out = NULL;
	int rc;

	for (size_t i = 0; i < in->o->n_hashes; i++)
		in->tap[i].digest = in->o->hash[i];
	rc = img_out_null(&out, err);
	if (!rc)
		rc = img_sink_null.begin(&sink_job, out, &sink, err);
	if (!rc)
		rc = passes_run(in, sink, err);
	if (sink)
		sink->ops->destroy(sink);
	img_out_free(out);
	if (rc)
		return rc;
	in->hashed = !in->o->quick;
	if (in->o->verify)
		rc = volumes_verify(in, err);
	if (rc)
		return rc;
	in->checked = in->o->verify;
	rc = in->o->verify ? codesign_judge(in, err) : 0;
	return !rc && in->o->verify ? judge(in, err) : rc;
}
