/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress; see core/progress.h.  Called by one thread at a time. */
#include "config.h"

#include "core/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "core/json.h"
#include "core/signals.h"
#include "core/text.h"
#include "img/job.h"
#include "img/report.h"
#include "img/source.h"

#define FIRST_BAR 0.5		/* seconds of silence: short jobs show nothing */
#define BAR_EVERY 0.25
#define PLAIN_EVERY 10.0

double
progress_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct img_report *
event_new(const char *event, struct img_rep **ret_root)
{
	struct img_report *r = img_report_new();

	*ret_root = img_report_root(r);
	img_rep_str(*ret_root, "event", event);
	return r;
}

void
event_send(struct tool *t, struct img_report *r)
{
	if (img_report_ok(r) && t->events) {
		json_print(img_report_root(r), true, t->events);
		fflush(t->events);
	}
	img_report_free(r);
}

/* What a terminal and the options make of it. */
static enum progress_mode
mode_of(const struct tool *t)
{
	const char *term = getenv("TERM");
	bool tty = isatty(STDERR_FILENO);
	bool plain_only = !tty || !term || strcmp(term, "dumb") == 0;

	if (t->events)
		return PROGRESS_JSON;
	switch (t->o.progress) {
	case PROGRESS_DEFAULT:
		return t->o.quiet || plain_only || getenv("NO_COLOR") ? PROGRESS_NONE : PROGRESS_BAR;
	case PROGRESS_AUTO:
		return plain_only || getenv("NO_COLOR") ? PROGRESS_PLAIN : PROGRESS_BAR;
	case PROGRESS_BAR:
		return plain_only ? PROGRESS_PLAIN : PROGRESS_BAR;
	default:
		return t->o.progress;
	}
}

static void
put_total(struct img_rep *o, uint64_t total)
{
	if (total == IMG_SIZE_UNKNOWN)
		img_rep_null(o, "total");
	else
		img_rep_uint(o, "total", total);
}

void
progress_begin(struct progress *p, struct tool *t, const char *job, const char *source, const char *target,
	       uint64_t total)
{
	char a[70], b[70];

	*p = (struct progress) { .t = t, .mode = mode_of(t), .phase = "read", .total = total, .began = progress_clock() };
	text_safe(a, sizeof a, source, t->utf8);
	if (target)
		snprintf(p->label, sizeof p->label, "%s -> %s", a, text_safe(b, sizeof b, target, t->utf8));
	else
		snprintf(p->label, sizeof p->label, "%s", a);
	p->next = p->began + (p->mode == PROGRESS_PLAIN ? PLAIN_EVERY : FIRST_BAR);
	t->progress = p;
	if (t->events) {
		struct img_rep *o;
		struct img_report *r = event_new("start", &o);

		img_rep_str(o, "job", job);
		img_rep_str(o, "source", source);
		if (target)
			img_rep_str(o, "target", target);
		put_total(o, total);
		event_send(t, r);
	}
}

/* "App.dmg -> App.img   42%  1.3 of 3.1 GiB  412 MiB/s  0:04 left" */
static int
put_line(const struct progress *p, double now, char *buf, size_t room)
{
	char of[2 * TEXT_SIZE_MAX], rate[TEXT_SIZE_MAX], left[TEXT_SIZE_MAX];
	double spent = now - p->began, speed = spent > 0 ? (double)p->done / spent : 0;
	int percent = p->total ? (int)((double)p->done * 100 / (double)p->total) : 0, n;

	if (p->total == IMG_SIZE_UNKNOWN)
		return snprintf(buf, room, "%s  %s  %s/s", p->label, text_size(of, p->done), text_size(rate, (uint64_t)speed));
	n = snprintf(buf, room, "%s  %3d%%  %s", p->label, percent, text_of(of, p->done, p->total));
	if (n > 0 && (size_t)n < room && speed >= 1 && p->done < p->total)
		n += snprintf(buf + n, room - (size_t)n, "  %s/s  %s left", text_size(rate, (uint64_t)speed),
			      text_clock(left, (double)(p->total - p->done) / speed));
	else if (n > 0 && (size_t)n < room && p->done >= p->total && p->total)
		n += snprintf(buf + n, room - (size_t)n, "  %s", p->phase);
	return n;
}

static unsigned int
columns(void)
{
	struct winsize w;
	const char *c = getenv("COLUMNS");

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return c && atoi(c) > 0 ? (unsigned int)atoi(c) : 80;
}

static void
draw_bar(struct progress *p, double now)
{
	char line[400];
	unsigned int wide = columns();
	int n = put_line(p, now, line, sizeof line);

	/* never into the last column: some terminals wrap there.  Names in UTF-8 count by bytes, which is at worst short */
	if (n < 0 || wide < 20)
		return;
	if ((unsigned int)n > wide - 1) {
		n = (int)wide - 1;
		while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80)
			n--;
	}
	fprintf(stderr, "\r%.*s%*s", n, line, (int)p->drawn > n ? (int)p->drawn - n : 0, "");
	fflush(stderr);
	p->drawn = (unsigned int)n;
}

static void
send_event(struct progress *p, double now)
{
	double spent = now - p->began, speed = spent > 0 ? (double)p->done / spent : 0;
	struct img_rep *o;
	struct img_report *r = event_new("progress", &o);

	img_rep_str(o, "phase", p->phase);
	img_rep_uint(o, "done", p->done);
	put_total(o, p->total);
	img_rep_uint(o, "rate", (uint64_t)speed);
	if (speed >= 1 && p->total != IMG_SIZE_UNKNOWN)
		img_rep_real(o, "eta_s", (double)(p->total - p->done) / speed);
	else
		img_rep_null(o, "eta_s");
	event_send(p->t, r);
}

static void
say_line(struct progress *p, double now)
{
	char line[400];

	put_line(p, now, line, sizeof line);
	progress_wipe(p);
	fprintf(stderr, "%s\n", line);
}

void
progress_step(void *ctx, const struct img_progress *step)
{
	struct progress *p = ctx;
	double now = progress_clock();
	bool asked = signals_asked();

	p->phase = step->phase;
	p->total = step->total;
	p->done = step->done < step->total ? step->done : step->total;
	if (asked && !p->t->wordless)
		say_line(p, now);
	if (now < p->next && !(asked && p->mode == PROGRESS_JSON))
		return;
	p->next = now + (p->mode == PROGRESS_PLAIN ? PLAIN_EVERY : BAR_EVERY);
	if (p->mode == PROGRESS_BAR)
		draw_bar(p, now);
	else if (p->mode == PROGRESS_PLAIN)
		say_line(p, now);
	else if (p->mode == PROGRESS_JSON)
		send_event(p, now);
}

void
progress_wipe(struct progress *p)
{
	if (p->drawn)
		fprintf(stderr, "\r%*s\r", (int)p->drawn, "");
	p->drawn = 0;
}

void
progress_end(struct progress *p)
{
	progress_wipe(p);
	p->t->progress = NULL;
}
