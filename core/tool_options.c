/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that both tools have; see core/tool.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/tool.h"

#define MAX_THREADS 1024	/* more than any machine gains from; keeps stacks within reason */

#define INTO(member) CMD_INTO(struct tool, member)

/* --json and its letter stand in the tools' own tables. */
const struct cmd_option tool_option_table[] = {
	{ TOOL_STORE, 'f', "from", "FORMAT", 0, "In both tools", "source format; else it is recognised",
	  .into = INTO(o.from) },
	{ TOOL_STORE, 'P', "partition", "N|NAME", 0, NULL, "only this partition, by number, name or type",
	  .into = INTO(o.partition) },
	{ TOOL_STORE, 0, "volume", "N|NAME", 0, NULL, "of several volumes in one container (APFS), by number or name",
	  .into = INTO(o.fs_volume) },
	{ TOOL_STORE, 0, "snapshot", "N|NAME", 0, NULL, "the files as a snapshot has them (APFS)",
	  .into = INTO(o.snapshot) },
	{ TOOL_NAMES, 0, "names", "FORM", 0, NULL, "names of HFS+ and APFS as nfc (HFS+'s default), nfd, or raw: as stored" },
	{ TOOL_THREADS, 'T', "threads", "N", 0, NULL, "threads, 0 for all processors (default)" },
	{ TOOL_PROGRESS, 'p', "progress", "HOW", CMD_MAYBE, NULL,
	  "show progress: auto, bar, plain, json (one object a line) or none" },
	{ TOOL_PROGRESS_FD, 0, "progress-fd", "N", 0, NULL, "write progress objects to descriptor N" },
	{ TOOL_QUIET, 'q', "quiet", NULL, 0, NULL, "no notes; twice: no warnings either" },
	{ TOOL_VERBOSE, 'v', "verbose", NULL, 0, NULL, "say more" },
	{ TOOL_STORE, 0, "strict", NULL, 0, NULL, "warnings are failures", .into = INTO(o.strict) },
	{ TOOL_COLOR, 0, "color", "WHEN", 0, NULL, "auto, always or never" },
	{ TOOL_MAX_CHUNK, 0, "max-chunk", "SIZE", 0, NULL, "largest compressed chunk to accept (default 512M)" },
	{ TOOL_STORE, 0, "repair", NULL, 0, NULL, "correct damaged sectors of raw CD images by their own ECC",
	  .into = INTO(o.repair) },
	{ TOOL_STORE, 0, "password-file", "FILE", 0, NULL, "password of an encrypted image, from a file",
	  .into = INTO(password.file) },
	{ TOOL_PASSWORD_FD, 0, "password-fd", "N", 0, NULL, "the same, from an open descriptor" },
	{ TOOL_STORE, 0, "list-formats", NULL, 0, NULL, "what this build reads and writes",
	  .into = INTO(o.list_formats) },
	{ TOOL_STORE, 0, "version", NULL, 0, NULL, "version and codecs built in", .into = INTO(o.version) },
	{ TOOL_HELP, 'h', "help", "TOPIC", CMD_MAYBE, NULL, "this text, or help on a topic or an option" },
	{ 0 }
};

static int
set_progress(struct tool *t, const struct cmdline *c, struct img_err *err)
{
	static const char *const words[] = { "auto", "bar", "plain", "json", "none", NULL };
	unsigned int w = 0;
	int rc = c->value ? cmd_word(c->shown, c->value, words, &w, err) : 0;

	if (!rc)
		t->o.progress = (enum progress_mode)(PROGRESS_AUTO + w);
	return rc;
}

static int
set_number(const struct cmdline *c, uint64_t max, uint64_t *ret, struct img_err *err)
{
	return cmd_number(c->shown, c->value, max, ret, err);
}

static int
set_color(struct tool *t, const struct cmdline *c, struct img_err *err)
{
	static const char *const words[] = { "auto", "always", "never", NULL };

	return cmd_word(c->shown, c->value, words, &t->o.color, err);
}

static int
set_names(struct tool *t, const struct cmdline *c, struct img_err *err)
{
	static const char *const words[] = { "nfc", "nfd", "raw", NULL };
	int rc = cmd_word(c->shown, c->value, words, &t->o.names, err);

	t->o.names++;		/* as in enum img_names */
	return rc;
}

static int
set_max_chunk(struct tool *t, const struct cmdline *c, struct img_err *err)
{
	int rc = cmd_size(c->shown, c->value, &t->o.max_chunk, err);

	if (!rc && t->o.max_chunk == 0)
		return img_fail(err, IMG_E_USAGE, "%s: no chunk has a size of 0", c->shown);
	return rc;
}

int
tool_option(struct tool *t, int id, const struct cmdline *c, struct img_err *err)
{
	uint64_t n = 0;
	int rc = 0;

	switch (id) {
	case TOOL_STORE:
		cmd_store(c, t);
		break;
	case TOOL_NAMES:
		return set_names(t, c, err);
	case TOOL_THREADS:
		rc = set_number(c, MAX_THREADS, &n, err);
		t->o.threads = (unsigned int)n;
		break;
	case TOOL_PROGRESS:
		return set_progress(t, c, err);
	case TOOL_PROGRESS_FD:
		rc = set_number(c, 65535, &n, err);
		t->o.progress_fd = (int)n;
		break;
	case TOOL_QUIET:
		t->o.quiet++;
		break;
	case TOOL_VERBOSE:
		t->o.verbose++;
		break;
	case TOOL_COLOR:
		return set_color(t, c, err);
	case TOOL_MAX_CHUNK:
		return set_max_chunk(t, c, err);
	case TOOL_PASSWORD_FD:
		rc = set_number(c, 65535, &n, err);
		t->password.fd = (int)n;
		break;
	case TOOL_HELP:
		t->o.help = true;
		t->o.topic = c->value;
		break;
	default:
		return 1;
	}
	return rc;
}

int
tool_ready(struct tool *t, struct img_err *err)
{
	int fd = t->o.progress_fd;

	if (fd >= 0 && t->o.progress != PROGRESS_DEFAULT && t->o.progress != PROGRESS_JSON)
		return img_fail(err, IMG_E_USAGE, "--progress-fd goes with --progress=json only");
	if (fd < 0 && t->o.progress != PROGRESS_JSON)
		return 0;
	if (fd < 0 || fd == STDERR_FILENO) {
		t->events = stderr;
		t->wordless = true;
		return 0;
	}
	if (fcntl(fd, F_GETFD) < 0)
		return img_fail(err, IMG_E_USAGE, "--progress-fd: descriptor %d is not open", fd);
	t->events = fdopen(fd, "w");
	if (!t->events)
		return img_fail_sys(err, errno, "--progress-fd: cannot use descriptor %d", fd);
	return 0;
}
