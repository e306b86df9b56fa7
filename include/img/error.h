/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors are values: a code that decides the exit status and one line that says what was wrong, where, and what was
 * expected. */
#ifndef IMG_ERROR_H
#define IMG_ERROR_H

#include <stdarg.h>
#include <stdint.h>

/* Every function that can fail returns 0 or one of these, and takes a struct img_err last. */
enum img_code {
	IMG_OK = 0,
	IMG_E_IO = -1,		/* the system refused a read or write; sys_errno says why */
	IMG_E_NOMEM = -2,
	IMG_E_UNKNOWN = -3,	/* nobody claims the bytes */
	IMG_E_FORMAT = -4,	/* damaged: contradicts itself or its format */
	IMG_E_UNSUPPORTED = -5,	/* valid, but more than this build can do */
	IMG_E_LIMIT = -6,	/* over one of the limits of core/limits.h */
	IMG_E_CHECKSUM = -7,	/* a stored proof does not hold */
	IMG_E_KEY = -8,		/* a password is needed, or is wrong */
	IMG_E_USAGE = -9,	/* the caller asked for something that makes no sense */
	IMG_E_CANCELLED = -10,	/* somebody called img_env_cancel */
	IMG_E_EXISTS = -11,	/* the target is there, or is the source */
	IMG_E_NOSPACE = -12,	/* the target is too small or full */
	IMG_E_UNPROVEN = -13,	/* proof was demanded that the image does not carry */
};

/* Which file a message talks about: tools prefix it with that file's name. */
enum img_side { IMG_SIDE_SOURCE, IMG_SIDE_TARGET };

/* A plain value owned by the caller: no allocation on the failure path, nothing thread-local, safe to copy from a worker
 * to the engine.  Zero-initialise it. */
struct img_err {
	enum img_code code;
	enum img_side side;
	int sys_errno;		/* 0 if the system had no part in it */
	char msg[480];		/* lower case, no full stop, no function names, no file name */
};

/* Record a failure and return @code.  @err may be NULL. */
int img_fail(struct img_err *err, enum img_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Record a failed system call: like img_fail, with ": " and the text of @sys_errno appended.  ENOMEM becomes
 * IMG_E_NOMEM, ENOSPC, EDQUOT and EFBIG IMG_E_NOSPACE, EEXIST IMG_E_EXISTS, all else IMG_E_IO. */
int img_fail_sys(struct img_err *err, int sys_errno, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Record that memory ran out. */
int img_fail_nomem(struct img_err *err);

/* Put context in front of the message of @err and return @rc.  The innermost cause survives when the line grows too
 * long: then the outermost context is cut. */
int img_note(struct img_err *err, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
