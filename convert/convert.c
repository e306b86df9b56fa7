/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's job, from names to closing line:
 *
 *	look	what may be refused without reading: format, target, sidecar	(convert/look.c)
 *	open	the source down to its sectors, its checks, the outside sums	(convert/open.c)
 *	size	what has to be written, and whether it fits			(convert/move.c)
 *	move	the engine; then what the checks proved				(convert/move.c)
 *	keep	commit the target and its sidecar				(convert/move.c)
 *
 * Whatever fails before keep leaves nothing behind. */
#include "config.h"

#include "convert/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/conversion.h"
#include "convert/dress.h"
#include "convert/edit.h"
#include "core/progress.h"
#include "core/text.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "formats/udif/agreement.h"
#include "img/env.h"
#include "img/out.h"

void
conversion_hint(struct conversion *c, const char *text)
{
	snprintf(c->hint, sizeof c->hint, "%.*s", (int)sizeof c->hint - 1, text);
}

int
conversion_strict(struct conversion *c, enum img_code code, const char *what, struct img_err *err)
{
	return c->t->o.strict ? img_fail(err, code, "%s, and --strict was given", what) : 0;
}

/* Warnings so far; under --strict they end the job. */
static int
problems(struct conversion *c, struct img_err *err)
{
	if (tool_new_problems(c->t, c->env, c->o->source, &c->told) == 0)
		return 0;
	return conversion_strict(c, IMG_E_FORMAT, "there were warnings", err);
}

static int
convert(struct conversion *c, bool *ret_said, struct img_err *err)
{
	int rc = conversion_look(c, err);

	if (!rc)
		rc = tool_env(c->t, &c->env, err);
	c->outcome.env = c->env;
	if (!rc)
		img_env_set_keep_damaged(c->env, true);
	if (!rc)
		rc = conversion_open(c, err);
	if (!rc && !c->built)
		rc = dress_needless(c->o, err);
	if (!rc)
		rc = problems(c, err);
	if (!rc)
		rc = conversion_measure(c, err);
	if (!rc && c->o->dry_run)
		return 0;
	if (rc)
		return rc;
	rc = c->o->encrypt ? conversion_seal(c, err) : 0;
	if (!rc)
		rc = conversion_move(c, err);
	*ret_said = rc == IMG_E_CHECKSUM;
	/* what only the way told */
	if (rc)
		tool_new_problems(c->t, c->env, c->o->source, &c->told);
	else
		rc = problems(c, err);
	return rc ? rc : conversion_keep(c, err);
}

static void
clean_up(struct conversion *c)
{
	img_job_done(&c->job);
	if (c->sink)
		c->sink->ops->destroy(c->sink);
	img_out_free(conversion_front(c));
	enc_seal_free(c->seal);
	img_checks_done(&c->checks);
	img_volumes_done(&c->volumes);
	img_unref(c->outcome.built);
	img_unref(c->built);
	edit_free(c->edit);
	udif_agreement_free(c->agreement);
	forward_done(&c->forward);
	image_arg_done(&c->source);
	target_done(&c->target);
	parts_done(&c->parts);
	free(c->sidecar);
	free(c->map_in);
	free(c->map_out);
	tool_env_free(c->env);
}

/* The file that a failure is about; NULL when the message begins with it, as those about one of several sources do. */
static const char *
blamed(const struct conv_options *o, const struct img_err *err)
{
	size_t n = strlen(o->source);

	if (err->side == IMG_SIDE_TARGET)
		return conversion_dest(o);
	return o->build && !strncmp(err->msg, o->source, n) && err->msg[n] == ':' ? NULL : o->source;
}

int
convert_run(struct tool *t, const struct conv_options *o)
{
	struct conversion c = { .t = t, .o = o, .target = { .fd = -1 } };
	struct img_err err = { 0 };
	char size[TEXT_SIZE_MAX], need[TEXT_SIZE_MAX];
	double began = progress_clock();
	bool said = false;
	int rc = convert(&c, &said, &err), status;

	c.outcome.elapsed = progress_clock() - began;
	if (rc == IMG_E_NOSPACE && !c.hint[0] && c.outcome.format)
		snprintf(c.hint, sizeof c.hint, "the image in %.90s holds %s, %s of it data", o->source,
			 text_size(size, c.outcome.size), text_size(need, c.outcome.need));
	if (rc) {
		c.outcome.err = &err;
		c.outcome.status = said ? status_of(rc) : tool_fail(t, &err, blamed(o, &err), c.hint[0] ? c.hint : NULL);
	}
	status = outcome_tell(t, o, &c.outcome);
	clean_up(&c);
	return status;
}
