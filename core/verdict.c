/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stored checksums proved; see core/verdict.h. */
#include "config.h"

#include "core/verdict.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/text.h"
#include "core/tool.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

#define SAY_MAX 10	/* damaged images can fail hundreds: the rest is a number */

struct verdict
verdict_of(const struct img_checks *checks)
{
	struct verdict v = { 0 };

	for (size_t i = 0; i < checks->n; i++) {
		enum img_check_state s = checks->result[i].state;

		v.ok += s == IMG_CHECK_OK;
		v.not_run += s == IMG_CHECK_NOT_RUN;
		v.bad += s == IMG_CHECK_BAD && !checks->v[i].advisory;
		v.advisory += s == IMG_CHECK_BAD && checks->v[i].advisory;
	}
	return v;
}

void
verdict_drop_requested(struct img_checks *checks)
{
	size_t kept = 0;

	for (size_t i = 0; i < checks->n; i++) {
		if (checks->v[i].on_request)
			img_unref(checks->v[i].over);
		else
			checks->v[kept++] = checks->v[i];
	}
	checks->n = kept;
}

const char *
digest_title(const struct img_digest *d, char *buf, size_t room)
{
	size_t at = 0;

	/* crc32 → CRC-32 */
	for (const char *p = d->name; *p && at + 2 < room; p++) {
		if (p > d->name && isdigit((unsigned char)*p) && !isdigit((unsigned char)p[-1]) && p[-1] != '-' &&
		    !strstr(d->name, "md5"))
			buf[at++] = '-';
		buf[at++] = (char)toupper((unsigned char)*p);
	}
	buf[at] = '\0';
	return buf;
}

void
verdict_text(const struct img_check *c, const struct img_check_result *r, char *buf, size_t room)
{
	char stored[2 * IMG_DIGEST_MAX + 1], found[2 * IMG_DIGEST_MAX + 1], title[32];

	text_hex(stored, c->expect, c->digest->size);
	text_hex(found, r->found, c->digest->size);
	digest_title(c->digest, title, sizeof title);
	if (c->counts)
		snprintf(buf, room, "%s: %" PRIu32 " of %" PRIu64 " %s fail their %s", c->name, load_be32(r->found), c->over->size,
			 c->counts, title);
	else if (!c->evidence[0])
		snprintf(buf, room, "%s fails its %s (stored %s, found %s)", c->name, title, stored, found);
	else if (!strcmp(c->evidence, "given"))
		snprintf(buf, room, "%s does not have the given %s (given %s, found %s)", c->name, title, stored, found);
	else
		snprintf(buf, room, "%s does not have the %s that %s lists (listed %s, found %s)", c->name, title,
			 c->evidence, stored, found);
}

static const char *
hint_for(const struct img_check *c)
{
	return c->counts && !img_env_repairs(c->over->env) ?
	       "--repair corrects what their ECC can; --ignore-errors takes them as they are" : NULL;
}

void
verdict_say(struct tool *t, const struct img_checks *checks, const char *file, int excused)
{
	struct img_err err = { 0 };
	size_t said = 0, more = 0;

	for (size_t i = 0; i < checks->n; i++) {
		if (checks->result[i].state != IMG_CHECK_BAD)
			continue;
		if (++said > SAY_MAX) {
			more++;
			continue;
		}
		img_fail(&err, IMG_E_CHECKSUM, "%s", "");
		verdict_text(&checks->v[i], &checks->result[i], err.msg, sizeof err.msg);
		if (excused || checks->v[i].advisory)
			tool_say(t, TONE_WARNING, checks->v[i].code, file, NULL, "%s", err.msg);
		else
			tool_fail(t, &err, file, hint_for(&checks->v[i]));
	}
	if (more)
		tool_say(t, TONE_WARNING, "more-checks", file, NULL, "%zu more checks fail", more);
}

void
verdict_report(const struct img_checks *checks, struct img_rep *list)
{
	static const char *const states[] = { "not-run", "ok", "bad" };
	char hex[2 * IMG_DIGEST_MAX + 1];

	for (size_t i = 0; i < checks->n; i++) {
		const struct img_check *c = &checks->v[i];
		const struct img_check_result *r = &checks->result[i];
		struct img_rep *o = img_rep_obj(list, NULL);

		img_rep_str(o, "name", c->code);
		img_rep_str(o, "what", c->name);
		img_rep_str(o, "algorithm", c->digest->name);
		img_rep_str(o, "state", states[r->state]);
		if (c->evidence[0])
			img_rep_str(o, "evidence", c->evidence);
		if (c->advisory)
			img_rep_bool(o, "advisory", true);
		if (!c->digest->size)		/* tested where it lies, by the decoder */
			continue;
		img_rep_str(o, "stored", text_hex(hex, c->expect, c->digest->size));
		if (r->state != IMG_CHECK_NOT_RUN)
			img_rep_str(o, "found", text_hex(hex, r->found, c->digest->size));
	}
}
