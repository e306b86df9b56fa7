/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as values; see img/error.h. */
#include "config.h"

#include "img/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
img_fail(struct img_err *err, enum img_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	err->sys_errno = 0;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	return code;
}

static enum img_code
code_of_errno(int e)
{
	switch (e) {
	case ENOMEM:
		return IMG_E_NOMEM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return IMG_E_NOSPACE;
	case EEXIST:
		return IMG_E_EXISTS;
	default:
		return IMG_E_IO;
	}
}

static const char *
text_of_errno(int e, char *buf, size_t len)
{
#ifdef STRERROR_R_CHAR_P
	return strerror_r(e, buf, len);
#else
	return strerror_r(e, buf, len) ? "unknown error" : buf;
#endif
}

int
img_fail_sys(struct img_err *err, int sys_errno, const char *fmt, ...)
{
	enum img_code code = code_of_errno(sys_errno);
	char why[128];
	size_t n;
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	err->sys_errno = sys_errno;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	snprintf(err->msg + n, sizeof err->msg - n, ": %s", text_of_errno(sys_errno, why, sizeof why));
	return code;
}

int
img_fail_nomem(struct img_err *err)
{
	return img_fail(err, IMG_E_NOMEM, "out of memory");
}

int
img_note(struct img_err *err, int rc, const char *fmt, ...)
{
	char context[sizeof err->msg];
	size_t n, have;
	va_list ap;

	if (!err)
		return rc;
	va_start(ap, fmt);
	vsnprintf(context, sizeof context - 2, fmt, ap);
	va_end(ap);
	have = strlen(err->msg);
	n = strlen(context);
	memcpy(context + n, ": ", 3);
	n += 2;
	/* the outermost context is cut, never the cause */
	if (n > sizeof err->msg - 1 - have)
		n = sizeof err->msg - 1 - have;
	memmove(err->msg + n, err->msg, have + 1);
	memcpy(err->msg, context, n);
	return rc;
}
