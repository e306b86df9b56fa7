/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan cuts a source into units, front to back, from the map alone. */
#ifndef CONVERT_PLAN_H
#define CONVERT_PLAN_H

#include "img/sink.h"

struct plan {
	struct img_source *source;
	const struct img_sink *sink;
	bool may_accept;	/* nobody wants the bytes: plain data may travel as it lies */
	uint64_t off;		/* where the next unit begins */
	uint64_t seq;
};

/* What the plan knows of a unit beside its place. */
struct plan_unit {
	struct img_unit unit;
	bool as_is;		/* one plain run or one whole chunk, accepted by the sink */
	struct img_extent run;	/* then: that run */
	uint64_t memory;	/* bytes the unit needs while it is worked on: decoded and stored */
};

/* The next unit; *ret_end instead when there is none.  Not thread-safe: callers lock. */
int plan_next(struct plan *p, struct plan_unit *ret, bool *ret_end, struct img_err *err);

#endif
