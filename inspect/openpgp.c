/* SPDX-License-Identifier: BSD-2-Clause */
/* gpgv does the work; what it finds is read from its status lines (GnuPG's doc/DETAILS).  Of a clear-signed text only what
 * gpgv gives back counts: such a file may hold words outside of what was signed. */
#include "config.h"

#include "inspect/openpgp.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base64.h"
#include "core/memory.h"
#include "core/sums.h"

#define MAX_KEYRING (64 << 20)	/* a distribution's has 5 MiB */
#define MAX_TEXT (16 << 20)
#define STATUS_FD 3

extern char **environ;

/* ---- files ---- */

/* What was written to @fd, from its start, with a NUL behind. */
static int
read_back(int fd, size_t max, struct img_buf *ret, struct img_err *err)
{
	char buf[8192];
	ssize_t n = 0;
	int rc = 0;

	*ret = img_buf_new(max + 1);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return img_fail_sys(err, errno, "cannot read a work file");
	while (!rc && (n = read(fd, buf, sizeof buf)) > 0)
		rc = img_buf_add(ret, buf, (size_t)n, err);
	if (!rc && n < 0)
		rc = img_fail_sys(err, errno, "cannot read a work file");
	return rc ? rc : img_buf_add(ret, "", 1, err);
}

/* A work file; where @ret_path is not NULL it has a name, from malloc. */
static int
work_file(char **ret_path, struct img_err *err)
{
	const char *tmp = getenv("TMPDIR");
	img_autofree char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/imginfo.XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0) {
		path = NULL;
		return img_fail_nomem(err);
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return img_fail_sys(err, errno, "cannot make a work file");
	if (ret_path)
		*ret_path = img_steal(&path);
	else
		unlink(path);
	return fd;
}

/* ---- keys ---- */

/* The bytes of every armoured block of @text (RFC 4880 6.2). */
static int
dearmour(char *text, struct img_buf *out, struct img_err *err)
{
	struct img_base64 b = { 0 };
	enum { OUTSIDE, HEADERS, BODY } where = OUTSIDE;
	char *save = NULL;
	int rc = 0;

	for (char *l = strtok_r(text, "\n", &save); !rc && l; l = strtok_r(NULL, "\n", &save)) {
		bool begins = !strncmp(l, "-----BEGIN PGP ", 15);

		if (begins || !strncmp(l, "-----END PGP ", 13) || (where == BODY && *l == '=')) {
			if (where == BODY)
				rc = img_base64_end(&b, out, err);
			b = (struct img_base64) { 0 };
			where = begins ? HEADERS : OUTSIDE;
		} else if (where == HEADERS && strchr(l, ':')) {
			continue;
		} else if (where != OUTSIDE) {
			where = BODY;
			rc = img_base64_add(&b, l, strcspn(l, "\r"), out, err);
		}
	}
	return rc;
}

/* gpgv wants keys in binary; @ret_path is a work file, or NULL where @keyring will do. */
static int
binary_keys(const char *keyring, char **ret_path, struct img_err *err)
{
	img_autobuf struct img_buf text = { 0 }, keys = img_buf_new(MAX_KEYRING);
	img_autofree char *path = NULL;
	int fd = open(keyring, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return img_fail_sys(err, errno, "--keyring: cannot open %s", keyring);
	rc = read_back(fd, MAX_KEYRING, &text, err);
	close(fd);
	if (rc || !strstr((char *)text.p, "-----BEGIN PGP "))
		return rc;
	rc = dearmour((char *)text.p, &keys, err);
	if (rc)
		return img_note(err, rc, "--keyring: %s", keyring);
	fd = work_file(&path, err);
	if (fd < 0)
		return fd;
	*ret_path = img_steal(&path);
	if (write(fd, keys.p, keys.len) != (ssize_t)keys.len)
		rc = img_fail_sys(err, errno, "cannot write a work file");
	close(fd);
	return rc;
}

/* ---- gpgv ---- */

static int
run(const char *keys, const char *signature, const char *data, int text_fd, int status_fd, struct img_err *err)
{
	img_autofree char *real = realpath(keys, NULL);		/* names without a slash are looked up elsewhere */
	const char *clear[] = {
		"gpgv", "--keyring", real, "--status-fd", "3", "--output", "-", "--", signature, NULL,
	};
	const char *detached[] = { "gpgv", "--keyring", real, "--status-fd", "3", "--", signature, data, NULL };
	const char **argv = data ? detached : clear;
	posix_spawn_file_actions_t act;
	pid_t pid;
	int rc;

	if (!real)
		return img_fail_sys(err, errno, "--keyring: cannot open %s", keys);
	posix_spawn_file_actions_init(&act);
	posix_spawn_file_actions_addopen(&act, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&act, text_fd, 1);
	posix_spawn_file_actions_addopen(&act, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&act, status_fd, STATUS_FD);
	rc = posix_spawnp(&pid, "gpgv", &act, NULL, (char **)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&act);
	if (rc)
		return img_fail(err, IMG_E_UNSUPPORTED, "--keyring: signatures are checked by gpgv, which is not installed");
	while (waitpid(pid, &rc, 0) < 0)
		if (errno != EINTR)
			return img_fail_sys(err, errno, "waiting for gpgv");
	return WIFEXITED(rc) && WEXITSTATUS(rc) != 127 ? 0 :
	       img_fail(err, IMG_E_UNSUPPORTED, "--keyring: signatures are checked by gpgv, which is not installed");
}

/* "GOODSIG KEYID NAME": what stands behind @word, or NULL. */
static const char *
behind(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, "[GNUPG:] ", 9) || strncmp(line + 9, word, n) || (line[9 + n] && line[9 + n] != ' ') ? NULL :
	       line + 9 + n + (line[9 + n] == ' ');
}

static void
take_signer(struct openpgp *p, const char *rest)
{
	size_t n = strcspn(rest, " ");

	snprintf(p->key, sizeof p->key, "%.*s", (int)(n < 64 ? n : 64), rest);
	snprintf(p->signer, sizeof p->signer, "%s", rest[n] ? rest + n + 1 : "");
}

/* One good signature will do, whatever else stands there; a bad one spoils all. */
static void
read_status(char *text, struct openpgp *p)
{
	static const char *const doubtful[] = { "EXPSIG", "EXPKEYSIG", "REVKEYSIG" };
	char *save = NULL;
	const char *rest;

	p->state = OPENPGP_NONE;
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if ((rest = behind(l, "BADSIG"))) {
			p->state = OPENPGP_BAD;
			take_signer(p, rest);
			return;
		}
		if ((rest = behind(l, "GOODSIG"))) {
			p->state = OPENPGP_GOOD;
			take_signer(p, rest);
		} else if ((rest = behind(l, "VALIDSIG")) && p->state == OPENPGP_GOOD) {
			snprintf(p->key, sizeof p->key, "%.*s", (int)strcspn(rest, " "), rest);
		} else if ((rest = behind(l, "NO_PUBKEY")) && p->state == OPENPGP_NONE) {
			p->state = OPENPGP_NO_KEY;
			take_signer(p, rest);
		}
		for (size_t i = 0; i < 3; i++) {
			if ((rest = behind(l, doubtful[i])) && p->state != OPENPGP_GOOD) {
				p->state = OPENPGP_DOUBTFUL;
				take_signer(p, rest);
			}
		}
	}
}

int
openpgp_check(const char *keyring, const char *signature, const char *data, struct openpgp *ret, struct img_err *err)
{
	img_autobuf struct img_buf text = { 0 }, status = { 0 };
	img_autofree char *keys = NULL;
	struct openpgp p = { 0 };
	int text_fd, status_fd, rc = binary_keys(keyring, &keys, err);

	text_fd = rc ? rc : work_file(NULL, err);
	status_fd = text_fd < 0 ? text_fd : work_file(NULL, err);
	rc = status_fd < 0 ? status_fd : run(keys ? keys : keyring, signature, data, text_fd, status_fd, err);
	if (!rc)
		rc = read_back(status_fd, MAX_TEXT, &status, err);
	if (!rc && !data)
		rc = read_back(text_fd, MAX_TEXT, &text, err);
	if (keys)
		unlink(keys);
	if (text_fd >= 0)
		close(text_fd);
	if (status_fd >= 0)
		close(status_fd);
	if (rc)
		return rc;
	read_status((char *)status.p, &p);
	if (!data) {
		p.text_len = text.len - 1;
		p.text = (char *)img_steal(&text.p);
	}
	*ret = p;
	return 0;
}

void
openpgp_done(struct openpgp *p)
{
	free(p->text);
	p->text = NULL;
}
