/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals and descriptors of a tool's process; see core/signals.h.  A handler can only reach statics. */
#include "config.h"

#include "core/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "img/env.h"

static volatile sig_atomic_t caught, asked;
static struct img_env *volatile cancels;

static void
on_end(int sig)
{
	struct img_env *env = cancels;

	if (!caught)
		caught = sig;
	if (env)
		img_env_cancel(env);
}

static void
on_question(int sig)
{
	asked = 1;
}

/* The wrong direction on purpose: whoever reads or writes gets EBADF instead of silence. */
static void
take_descriptors(void)
{
	static const int mode[] = { O_WRONLY, O_RDONLY, O_RDWR };

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", mode[fd]) < 0)
			return;
}

void
signals_start(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, question = { .sa_handler = on_question };

	take_descriptors();
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	question.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &question, NULL);
#ifdef SIGINFO
	sigaction(SIGINFO, &question, NULL);
#endif
}

void
signals_cancel(struct img_env *env)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction end = { .sa_handler = on_end }, old;

	cancels = env;
	if (env && caught)
		img_env_cancel(env);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(ends[i], &end, NULL);
}

int
signals_caught(void)
{
	return caught;
}

bool
signals_asked(void)
{
	bool yes = asked;

	asked = 0;
	return yes;
}
