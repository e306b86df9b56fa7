/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords from files, descriptors and terminals; see core/password.h.  From the moment there is one no core file is
 * written. */
#include "config.h"

#include "core/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "img/env.h"

/* 1, not 0: Linux takes 0 as "no file" but still feeds a core to a program, and 1 as "neither". */
static void
forbid_core(void)
{
	struct rlimit old, none = { 1, 1 };

	if (getrlimit(RLIMIT_CORE, &old) == 0 && old.rlim_max > 1)
		setrlimit(RLIMIT_CORE, &none);
}

static bool
cancelled(const struct password *p)
{
	return p->env && img_env_cancelled(p->env);
}

/* A line end is no part of the password: one is cut. */
static int
finish(char *buf, size_t n, const char *from, struct img_err *err)
{
	if (n == PASSWORD_MAX) {
		explicit_bzero(buf, PASSWORD_MAX);
		return img_fail(err, IMG_E_KEY, "the password from %s is longer than %d bytes", from, PASSWORD_MAX - 1);
	}
	if (n && (buf[n - 1] == '\n' || !buf[n - 1]))	/* NUL: as hdiutil's -stdinpass has it */
		n--;
	buf[n] = '\0';
	if (strlen(buf) == n)
		return 0;
	explicit_bzero(buf, PASSWORD_MAX);
	return img_fail(err, IMG_E_KEY, "the password from %s has a zero byte in it", from);
}

/* Read to the end; with @line to the end of the line. */
static int
read_fd(const struct password *p, int fd, bool line, const char *from, char *buf, struct img_err *err)
{
	size_t n = 0;

	while (n < PASSWORD_MAX && !(line && n && buf[n - 1] == '\n')) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t k;

		/* a signal may come before poll or in it */
		if (cancelled(p))
			return img_fail(err, IMG_E_CANCELLED, "cancelled");
		if (poll(&ready, 1, 200) <= 0)
			continue;
		k = read(fd, buf + n, line ? 1 : PASSWORD_MAX - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return img_fail_sys(err, errno, "cannot read the password from %s", from);
		if (k == 0)
			break;
		n += (size_t)k;
	}
	return finish(buf, n, from, err);
}

static int
read_file(const struct password *p, const char *file, char *buf, struct img_err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open the password file %s", file);
	rc = read_fd(p, fd, false, "the password file", buf, err);
	close(fd);
	return rc;
}

static bool
can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* @prompt: what is asked for; @what: in parentheses behind it, or NULL. */
static int
ask(const struct password *p, const char *prompt, const char *what, char *buf, struct img_err *err)
{
	struct termios old, quiet;
	bool hidden;
	int rc;

	hidden = tcgetattr(STDIN_FILENO, &old) == 0;
	if (!hidden)
		return img_fail_sys(err, errno, "cannot hide what is typed");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	fprintf(stderr, what ? "%s (%s): " : "%s: ", prompt, what);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	rc = read_fd(p, STDIN_FILENO, true, "the terminal", buf, err);
	tcsetattr(STDIN_FILENO, TCSANOW, &old);
	if (rc == IMG_E_CANCELLED)
		fputc('\n', stderr);
	return rc;
}

/* The file it comes from, given by option or by the environment; NULL: none. */
static const char *
file_of(const struct password *p)
{
	const char *file = p->file || p->fd >= 0 ? p->file : getenv("IMGCONV_PASSWORD_FILE");

	return file && *file ? file : NULL;
}

int
password_get(void *ctx, const char *what, char *buf, size_t len, struct img_err *err)
{
	struct password *p = ctx;
	const char *file = file_of(p);
	int rc = 0;

	forbid_core();
	if (!p->known && !p->typed) {
		if (file)
			rc = read_file(p, file, p->text, err);
		else if (p->fd >= 0)
			rc = read_fd(p, p->fd, false, "--password-fd", p->text, err);
		else if (!can_ask())
			rc = img_fail(err, IMG_E_KEY, "encrypted (%s); a password is needed and there is no terminal to ask "
				      "on", what);
		else
			rc = ask(p, "password", what, p->text, err);
		p->known = !rc && (file || p->fd >= 0);
		p->typed = !rc && !p->known;
	}
	if (!rc && strlen(p->text) >= len)
		rc = img_fail(err, IMG_E_KEY, "the password is longer than %zu bytes", len - 1);
	if (!rc)
		memcpy(buf, p->text, strlen(p->text) + 1);
	if (!p->known && !p->typed)
		explicit_bzero(p->text, sizeof p->text);
	return rc;
}

void
password_run(struct password *p, struct img_env *env)
{
	if (!p->known)
		password_done(p);
	p->env = env;
}

/* What is typed for a password nobody knows yet is typed twice. */
static int
ask_twice(struct password *p, const char *what, struct img_err *err)
{
	char again[PASSWORD_MAX] = "";
	int rc;

	if (!can_ask())
		return img_fail(err, IMG_E_KEY, "a new password is needed, and there is no terminal to ask on");
	rc = ask(p, "new password", what, p->text, err);
	if (!rc)
		rc = ask(p, "the same again", NULL, again, err);
	if (!rc && strcmp(p->text, again))
		rc = img_fail(err, IMG_E_KEY, "the two passwords differ");
	explicit_bzero(again, sizeof again);
	return rc;
}

int
password_new(struct password *p, struct password *other, const char *what, char *buf, size_t len, struct img_err *err)
{
	bool own = p->file || p->fd >= 0;
	int rc = 0;

	forbid_core();
	if (!own && !file_of(other) && other->fd < 0) {
		rc = ask_twice(p, what, err);
		own = p->typed = !rc;
	}
	if (!rc)
		rc = password_get(own ? p : other, what, buf, len, err);
	if (!rc && !*buf)
		rc = img_fail(err, IMG_E_KEY, "the new password is empty");
	password_done(p);
	return rc;
}

void
password_done(struct password *p)
{
	explicit_bzero(p->text, sizeof p->text);
	p->known = p->typed = false;
}
