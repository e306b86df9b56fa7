/* SPDX-License-Identifier: BSD-2-Clause */
/* What the phases of a conversion share; only convert/convert.c and the phases include it. */
#ifndef CONVERT_CONVERSION_H
#define CONVERT_CONVERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "convert/filesystem.h"
#include "convert/forward.h"
#include "convert/names.h"
#include "convert/options.h"
#include "convert/outcome.h"
#include "convert/parts.h"
#include "convert/target.h"
#include "core/image_arg.h"
#include "core/tool.h"
#include "img/job.h"
#include "img/sink.h"

struct edit;
struct enc_seal;
struct udif_agreement;

struct conversion {
	struct tool *t;
	const struct conv_options *o;
	struct img_env *env;
	struct target_format format;
	struct target target;
	struct parts parts;		/* of a target that is split */
	char *sidecar;			/* DEST.sha256, or NULL */
	char *map_in, *map_out;		/* block maps: of the source, of the target (DEST.bmap); NULL: none */
	struct image_arg source;
	struct forward forward;
	struct img_source *built;	/* the image, where files are put into one; else NULL */
	struct edit *edit;		/* how, where one is changed; else NULL */
	bool md5;			/* a checksum is put into the image */
	struct filesystem fs;		/* then: which */
	struct img_checks checks;
	struct img_volumes volumes;	/* of the sectors, where the sink asks for them */
	struct udif_agreement *agreement;	/* NULL: none */
	const struct img_resource *resources;	/* of it */
	size_t n_resources;
	struct img_out *out;
	struct img_out *packed;		/* in front of it, and its owner, where the target is compressed; NULL: it is not */
	struct enc_seal *seal;		/* keys of an encrypted target; NULL: it is not */
	struct img_out *sealed;		/* in front of both where it encrypts; NULL: nothing is, or the sink does it */
	struct img_sink *sink;
	struct img_job job;
	struct outcome outcome;
	size_t told;			/* problems of the environment that were said */
	char hint[160];			/* second line for the message of a failure */
};

/* What is written. */
static inline struct img_source *
conversion_sectors(const struct conversion *c)
{
	return c->built ? c->built : c->forward.sectors ? c->forward.sectors : c->source.sectors;
}

static inline const char *
conversion_dest(const struct conv_options *o)
{
	return strcmp(o->dest, "-") == 0 ? "standard output" : o->dest;
}

/* May what stands under the target's name be replaced? */
static inline bool
conversion_replaces(const struct conversion *c)
{
	return c->o->overwrite || c->o->in_place;
}

/* Is the target's file the decoded stream itself? */
static inline bool
conversion_is_stream(const struct conversion *c)
{
	return c->format.format->sink == &img_sink_raw && !c->format.pack && !c->o->encrypt;
}

/* The out that the sink writes to, which owns those behind it. */
static inline struct img_out *
conversion_front(const struct conversion *c)
{
	return c->sealed ? c->sealed : c->packed ? c->packed : c->out;
}

/* The second line for the message of a failure. */
void conversion_hint(struct conversion *c, const char *text);
/* IMG_E_*@code under --strict, 0 without. */
int conversion_strict(struct conversion *c, enum img_code code, const char *what, struct img_err *err);

/* ---- convert/look.c ---- */

/* What may be refused without reading: format, target, sidecar, options. */
int conversion_look(struct conversion *c, struct img_err *err);
/* Is --compress about the stream around the image, not about the image? */
bool conversion_packs(const struct conversion *c);
/* What the sink is told; source and volumes are there once they are known. */
struct img_sink_job conversion_sink_job(const struct conversion *c);

/* ---- convert/seal.c ---- */

/* Rounds of the key derivation of an encrypted target. */
int conversion_key_rounds(const struct conv_options *o, uint32_t *ret, struct img_err *err);

/* The keys of an encrypted target: asks for its password. */
int conversion_seal(struct conversion *c, struct img_err *err);

/* ---- convert/open.c ---- */

/* The source down to its sectors, its checks, the outside sums; or the image that is built. */
int conversion_open(struct conversion *c, struct img_err *err);
/* Do the sectors hold the kind of disc that the name of the target asks for? */
bool conversion_holds_disc(struct conversion *c);
/* A download that stopped early: its copy would look like a whole disc.  Whoever wants it all the same says so. */
int conversion_check_whole(struct conversion *c, struct img_source *sectors, struct img_err *err);
/* What was opened to be moved in one pass is opened to be read anywhere. */
int conversion_reopen(struct conversion *c, struct img_err *err);

/* ---- convert/move.c ---- */

/* What has to be written, and whether it fits. */
int conversion_measure(struct conversion *c, struct img_err *err);
/* The engine; then what the checks proved. */
int conversion_move(struct conversion *c, struct img_err *err);
/* Commit the target and its sidecar. */
int conversion_keep(struct conversion *c, struct img_err *err);

#endif
