/* SPDX-License-Identifier: BSD-2-Clause */
/* The author's options as keys and values, which is how --opt and the tool's own options bring them.
 *
 *   joliet         yes, no, or the longest name it may have: 64, 103
 *   level 1…4, rock-ridge, udf, pad, dedupe, implant-md5   yes or no
 *   zisofs         yes, no, or words with commas: v2, 32K, 64K, 128K, level:N, marked
 *   xattrs         yes (user. and access control lists), all, no
 *   volume-set, publisher, preparer, application, system-id                text
 *   copyright, abstract, bibliographic                                     a file in the root
 *   weight PATH=N                                                          heavier files lie further in front; or a pattern
 *   hide-iso, hide-joliet, hidden GLOB                                     not shown in a tree; shown as hidden
 *   file-date DATE                                                         the time of every file
 *
 * and what boot_keys.c takes:
 *
 *   boot auto|none, profile NAME
 *   boot-bios PATH, boot-efi PATH|FOLDER|append:N, boot-catalog PATH, esp-size SIZE
 *     and of the boot image before: boot-load-size N, boot-load-segment N, boot-info-table, grub2-boot-info, boot-emulation,
 *     gpt-boot basdat|efi|hfs, apm-boot hfs
 *   hybrid, mbr FILE, mbr-table, grub2-mbr, mbr-bootable, mbr-id HEX8, mbr-iso-type TYPE, gpt, gpt-disk-guid GUID, apm
 *   append-partition N:TYPE:FILE, partition-offset 0|16, system-area FILE, volume-date DATE */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/iso9660/author.h"
#include "formats/iso9660/boot_wish.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

struct reading {
	struct img_tree *tree;
	const struct img_author_options *from;
	struct iso_options o;
	struct iso_weight *weight;		/* owned, with their paths: room for as many as there are keys */
	struct iso_hide *hide;			/* owned; the same */
	struct boot_wish wish;
	struct iso_hybrid hybrid;
};

/* ---- values ---- */

static int
yes_no(const struct img_author_key *k, bool *ret, struct img_err *err)
{
	const char *v = k->value;

	if (!v || !*v || !strcmp(v, "yes") || !strcmp(v, "on") || !strcmp(v, "1"))
		*ret = true;
	else if (!strcmp(v, "no") || !strcmp(v, "off") || !strcmp(v, "0"))
		*ret = false;
	else
		return img_fail(err, IMG_E_USAGE, "%s=%s: yes or no is expected", k->key, v);
	return 0;
}

static int
number(const struct img_author_key *k, const char *v, int64_t min, int64_t max, int64_t *ret, struct img_err *err)
{
	char *end;
	long long n = strtoll(v ? v : "", &end, 0);

	if (!v || !*v || *end || n < min || n > max)
		return img_fail(err, IMG_E_USAGE, "%s=%s: a number from %" PRId64 " to %" PRId64 " is expected", k->key,
				v ? v : "", min, max);
	*ret = n;
	return 0;
}

/* ---- the keys ---- */

static int
add_weight(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	const char *eq = k->value ? strrchr(k->value, '=') : NULL, *path;
	int64_t n;
	int rc;

	if (!eq)
		return img_fail(err, IMG_E_USAGE, "weight: PATH=NUMBER is expected");
	rc = number(k, eq + 1, -1000000000, 1000000000, &n, err);
	if (rc)
		return rc;
	path = strndup(k->value, (size_t)(eq - k->value));
	if (!path)
		return img_fail_nomem(err);
	r->weight[r->o.n_weights++] = (struct iso_weight) { path, (int32_t)n };
	return 0;
}

static int
zisofs_word(struct reading *r, const struct img_author_key *k, const char *w, size_t n, struct img_err *err)
{
	static const char *const sizes[] = { "32K", "64K", "128K" };
	int64_t level;
	char text[16];
	int rc;

	for (uint8_t i = 0; i < 3; i++)
		if (strlen(sizes[i]) == n && !strncasecmp(w, sizes[i], n)) {
			r->o.zisofs_bits = 15 + i;
			return 0;
		}
	snprintf(text, sizeof text, "%.*s", (int)n, w);
	if (!strcmp(text, "yes") || !strcmp(text, "v1")) {
		r->o.zisofs = true;
		return 0;
	}
	if (!strcmp(text, "marked")) {
		r->o.zisofs_marked = true;
		return 0;
	}
	if (!strcmp(text, "v2")) {
		r->o.zisofs_v2 = true;
		return 0;
	}
	if (strncmp(text, "level:", 6))
		return img_fail(err, IMG_E_USAGE, "%s=%s: yes, no, or some of v2, 32K, 64K, 128K, level:N and marked are expected", k->key,
				k->value);
	rc = number(k, text + 6, img_codec_zlib.min_level, img_codec_zlib.max_level, &level, err);
	if (!rc)
		r->o.zisofs_level = (int)level;
	return rc;
}

static int
zisofs_key(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	const char *w = k->value ? k->value : "";
	int rc = 0;

	if (!strcmp(w, "no")) {
		r->o.zisofs = r->o.zisofs_marked = false;
		return 0;
	}
	/* "marked" alone compresses nothing; all other words do */
	r->o.zisofs = strcmp(w, "marked") != 0;
	while (!rc && *w) {
		size_t n = strcspn(w, ",");

		rc = zisofs_word(r, k, w, n, err);
		w += n + (w[n] == ',');
	}
	return rc;
}

static int
xattrs_key(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	bool yes = false;
	int rc = k->value && !strcmp(k->value, "all") ? 0 : yes_no(k, &yes, err);

	if (!rc)
		r->o.xattrs = k->value && !strcmp(k->value, "all") ? ISO_XATTRS_ALL : yes ? ISO_XATTRS_USER : ISO_XATTRS_NONE;
	return rc;
}

static int
text_key(struct reading *r, const struct img_author_key *k, bool *ret_known)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "volume-set", &r->o.volume_set }, { "publisher", &r->o.publisher }, { "preparer", &r->o.preparer },
		{ "application", &r->o.application }, { "system-id", &r->o.system_id }, { "copyright", &r->o.copyright },
		{ "abstract", &r->o.abstract }, { "bibliographic", &r->o.bibliographic },
	};

	*ret_known = false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(k->key, texts[i].key)) {
			*texts[i].to = k->value;
			*ret_known = true;
		}
	return 0;
}

static int
choice_key(struct reading *r, const struct img_author_key *k, bool *ret_known, struct img_err *err)
{
	const struct {
		const char *key;
		enum iso_choice *to;
	} choices[] = {
		{ "joliet", &r->o.joliet }, { "rock-ridge", &r->o.rock_ridge }, { "udf", &r->o.udf }, { "pad", &r->o.pad },
	};
	const struct {
		const char *key;
		bool *to;
	} switches[] = {
		{ "dedupe", &r->o.dedupe }, { "implant-md5", &r->o.implant_md5 },
	};
	bool yes = false;
	int rc;

	*ret_known = true;
	if (!strcmp(k->key, "joliet") && k->value && (!strcmp(k->value, "64") || !strcmp(k->value, "103"))) {
		r->o.joliet = ISO_YES;
		r->o.joliet_units = k->value[0] == '6' ? 64 : 103;
		return 0;
	}
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		if (!strcmp(k->key, choices[i].key)) {
			rc = yes_no(k, &yes, err);
			*choices[i].to = yes ? ISO_YES : ISO_NO;
			return rc;
		}
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		if (!strcmp(k->key, switches[i].key))
			return yes_no(k, switches[i].to, err);
	*ret_known = false;
	return 0;
}

static int
read_key(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	static const struct {
		const char *key;
		uint8_t in;
	} hides[] = {
		{ "hide-iso", ISO_HIDE_ISO }, { "hide-joliet", ISO_HIDE_JOLIET }, { "hidden", ISO_HIDE_SHOWN },
	};
	bool known;
	int64_t v;
	int rc = text_key(r, k, &known);

	if (!rc && !known)
		rc = choice_key(r, k, &known, err);
	if (rc || known)
		return rc;
	if (!strcmp(k->key, "weight"))
		return add_weight(r, k, err);
	for (size_t i = 0; i < sizeof hides / sizeof *hides; i++)
		if (!strcmp(k->key, hides[i].key)) {
			r->hide[r->o.n_hides++] = (struct iso_hide) { k->value ? k->value : "", hides[i].in };
			return 0;
		}
	if (!strcmp(k->key, "zisofs"))
		return zisofs_key(r, k, err);
	if (!strcmp(k->key, "xattrs"))
		return xattrs_key(r, k, err);
	if (!strcmp(k->key, "level")) {
		rc = number(k, k->value, 1, 4, &v, err);
		if (!rc)
			r->o.level = (unsigned int)v;
		return rc;
	}
	if (!strcmp(k->key, "file-date")) {
		rc = boot_wish_date(k->key, k->value, &r->o.file_date, err);
		r->o.has_file_date = !rc;
		return rc;
	}
	rc = boot_wish_key(&r->wish, k->key, k->value, &known, err);
	return rc || known ? rc : img_fail(err, IMG_E_USAGE, "ISO 9660 has no option \"%s\"", k->key);
}

static int
profile_key(void *ctx, const char *key, const char *value, struct img_err *err)
{
	const struct img_author_key k = { key, value };

	return read_key(ctx, &k, err);
}

/* A profile first: what was said beside it wins. */
static int
read_keys(struct reading *r, struct img_err *err)
{
	const struct img_author_options *o = r->from;
	int rc = 0;

	for (size_t i = 0; !rc && i < o->n_keys; i++)
		if (!strcmp(o->keys[i].key, "profile"))
			rc = boot_wish_profile(&r->wish, o->keys[i].value, profile_key, r, err);
	for (size_t i = 0; !rc && i < o->n_keys; i++)
		if (strcmp(o->keys[i].key, "profile"))
			rc = read_key(r, &o->keys[i], err);
	if (!rc && !r->o.label)
		r->o.label = r->wish.profile_label;
	return rc;
}

/* ---- how it starts ---- */

static void
put_salt(const struct reading *r, struct boot_plan *p)
{
	snprintf(p->salt, sizeof p->salt, "%.40s\n%.80s", r->o.label ? r->o.label : "", r->o.volume_set ? r->o.volume_set : "");
}

/* @plan of somebody else, or what the keys wish for; *io_plan is taken once the image has it. */
static int
settle_plan(struct reading *r, struct boot_plan **io_plan, struct img_err *err)
{
	int rc = 0;

	if (*io_plan) {
		if (!boot_wish_empty(&r->wish))
			return img_fail(err, IMG_E_USAGE, "how the image starts is taken over; options that say it anew contradict that");
	} else {
		rc = boot_wish_grant(&r->wish, err);
		if (rc)
			return rc;
		*io_plan = img_steal(&r->wish.plan);
	}
	put_salt(r, *io_plan);
	rc = boot_plan_apply(*io_plan, &r->o, &r->hybrid, err);
	return rc;
}

static void
take_options(struct reading *r)
{
	const struct img_author_options *o = r->from;

	iso_options_default(&r->o);
	r->o.label = o->label;
	r->o.epoch = o->epoch;
	r->o.has_date = o->has_date;
	r->o.date = o->date;
	r->o.owner = o->owner;
	r->o.uid = o->uid;
	r->o.gid = o->gid;
	r->o.mode = o->mode;
	r->o.file_mode = o->file_mode;
	r->o.dir_mode = o->dir_mode;
	r->o.xattrs = o->xattrs ? ISO_XATTRS_USER : ISO_XATTRS_NONE;
	r->o.work_dir = o->work_dir;
	r->o.threads = o->threads;
	r->o.progress = o->progress;
	r->o.progress_ctx = o->progress_ctx;
	r->o.weights = r->weight;
	r->o.hides = r->hide;
}

int
iso_author_planned(struct img_tree *tree, const struct img_author_options *o, struct boot_plan *plan,
		   struct img_source **ret, struct img_err *err)
{
	struct reading r = { .tree = tree, .from = o };
	struct boot_plan *made = plan;
	int rc = boot_plan_new(&r.wish.plan, err);

	if (rc)
		return rc;
	r.weight = calloc(o->n_keys + 1, sizeof *r.weight);
	r.hide = calloc(o->n_keys + 1, sizeof *r.hide);
	if (!r.weight || !r.hide) {
		free(r.weight);
		free(r.hide);
		boot_wish_done(&r.wish);
		return img_fail_nomem(err);
	}
	r.wish.tree = tree;
	r.wish.env = tree->env;
	r.wish.epoch = o->epoch;
	take_options(&r);
	rc = read_keys(&r, err);
	if (!rc)
		rc = settle_plan(&r, &made, err);
	if (!rc)
		rc = iso_author(tree, &r.o, ret, err);
	/* with a hybrid the image has the plan now */
	if (rc ? made != plan : !r.o.hybrid)
		boot_plan_free(made);
	boot_wish_done(&r.wish);
	for (size_t i = 0; i < r.o.n_weights; i++)
		free((char *)r.weight[i].path);
	free(r.weight);
	free(r.hide);
	return rc;
}

int
iso_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err)
{
	return iso_author_planned(tree, o, NULL, ret, err);
}
