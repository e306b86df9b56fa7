/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "formats/faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "img/env.h"
#include "img/report.h"

static void __attribute__((format(printf, 4, 0)))
add(struct img_faults *f, enum img_severity severity, const char *code, const char *fmt, va_list ap)
{
	char text[sizeof f->first.msg];

	vsnprintf(text, sizeof text, fmt, ap);
	img_problem(f->env, severity, code, "%s%s", f->where, text);
	if (severity == IMG_WARNING)
		f->n_odd++;
	else if (!f->n_bad++)
		img_fail(&f->first, IMG_E_FORMAT, "%s%s", f->where, text);
}

void
img_bad(struct img_faults *f, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, IMG_ERROR, code, fmt, ap);
	va_end(ap);
}

void
img_odd(struct img_faults *f, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, IMG_WARNING, code, fmt, ap);
	va_end(ap);
}

int
img_faults_report(const struct img_faults *f, const char *fs, struct img_rep *rep, struct img_err *err)
{
	img_rep_uint(rep, "oddities", f->n_odd);
	img_rep_uint(rep, "faults", f->n_bad);
	if (!f->n_bad)
		return 0;
	return img_fail(err, IMG_E_FORMAT, "the %s structure has %" PRIu64 " fault%s; the first: %s", fs, f->n_bad,
			f->n_bad == 1 ? "" : "s", f->first.msg);
}
