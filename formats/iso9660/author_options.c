/* SPDX-License-Identifier: BSD-2-Clause */
/* The author's options as keys and values, which is how --opt and the tool's own options bring them.
 *
 *   level 1…4, joliet, rock-ridge, udf, pad, dedupe, implant-md5   yes or no
 *   zisofs         yes, no, or words with commas: v2, 32K, 64K, 128K, level:0…12
 *   xattrs         yes (user. and access control lists), all, no
 *   volume-set, publisher, preparer, application, system-id                text
 *   copyright, abstract, bibliographic                                     a file in the root
 *   weight PATH=N                                                          heavier files lie further in front
 *   boot-bios, boot-efi PATH, boot-catalog PATH, boot-load-size N, boot-info-table, grub2-boot-info, boot-emulation
 *   partition-offset 16
 *
 * The boot keys that follow a boot image describe it.  What is not said is found out by looking: ISOLINUX and GRUB want
 * their information table and are loaded by four sectors; a floppy's size makes no floppy, that has to be said. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/iso9660/author.h"
#include "formats/iso9660/eltorito.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

#define MAX_WEIGHTS 64

struct reading {
	struct img_tree *tree;
	const struct img_author_options *from;
	struct iso_options o;
	struct iso_boot boot[ISO_MAX_BOOT];
	struct iso_weight weight[MAX_WEIGHTS];
	char *weight_path[MAX_WEIGHTS];		/* owned */
	struct img_source *source[ISO_MAX_BOOT];	/* owned: boot images from outside */
	size_t n_sources;
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

/* ---- boot images ---- */

static bool
find_text(const uint8_t *p, size_t n, const char *text)
{
	size_t k = strlen(text);

	for (size_t i = 0; i + k <= n; i++)
		if (!memcmp(p + i, text, k))
			return true;
	return false;
}

/* Loaders that fetch the rest of themselves want to know where they lie. */
static int
look_at_program(struct iso_boot *b, struct img_source *s, struct img_err *err)
{
	uint8_t p[4096];
	size_t n = s->size < sizeof p ? (size_t)s->size : sizeof p;
	int rc = n ? img_source_read(s, 0, p, n, err) : 0;

	if (rc)
		return rc;
	if (n > 68 && load_be32(p + 64) == UINT32_C(0xfbc07870))	/* isohybrid's mark in isolinux.bin */
		b->info_table = true;
	else if (n > 2556 && (find_text(p, 2048, "isolinux") || find_text(p, 2048, "ISOLINUX")))
		b->info_table = true;
	/* cdboot.img in front of GRUB's core image, which begins with diskboot.img ("loading") */
	else if (n == sizeof p && find_text(p, 2048, "cdrom read fails") && find_text(p + 2048, 512, "loading"))
		b->info_table = b->grub2 = true;
	return 0;
}

static int
add_boot(struct reading *r, const struct img_author_key *k, uint8_t platform, struct img_err *err)
{
	struct iso_boot *b = &r->boot[r->o.n_boot];
	img_autounref struct img_source *s = NULL;
	struct img_node n;
	int rc;

	if (r->o.n_boot == ISO_MAX_BOOT)
		return img_fail(err, IMG_E_LIMIT, "more than %d boot images", ISO_MAX_BOOT);
	if (!k->value || !*k->value)
		return img_fail(err, IMG_E_USAGE, "%s: no file was named", k->key);
	*b = (struct iso_boot) { .platform = platform };
	rc = img_tree_lookup(r->tree, k->value, &n, err);
	if (!rc && n.type == IMG_NODE_FILE) {
		b->path = k->value;
		rc = img_tree_content(r->tree, n.id, NULL, &s, err);
	} else if (rc == IMG_E_UNKNOWN || !rc) {
		rc = img_file(r->tree->env, k->value, &s, err);
		if (rc)
			return img_fail(err, IMG_E_USAGE, "%s: is neither in the source nor beside it", k->value);
		b->source = s;
	}
	if (!rc && platform == ET_X86)
		rc = look_at_program(b, s, err);
	if (rc)
		return img_note(err, rc, "%s", k->value);
	if (b->source)
		r->source[r->n_sources++] = img_steal(&s);
	r->o.n_boot++;
	return 0;
}

/* Of the keys that describe a boot image. */
static bool
is_boot_key(const char *key)
{
	static const char *const keys[] = {
		"boot-info-table", "grub2-boot-info", "boot-load-size", "boot-load-segment", "boot-emulation",
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static int
boot_key(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	static const char *const media[] = { "none", "floppy-1200k", "floppy-1440k", "floppy-2880k", "hard-disk" };
	struct iso_boot *b = r->o.n_boot ? &r->boot[r->o.n_boot - 1] : NULL;
	int64_t v;
	int rc;

	if (!strcmp(k->key, "boot-bios"))
		return add_boot(r, k, ET_X86, err);
	if (!strcmp(k->key, "boot-efi"))
		return add_boot(r, k, ET_UEFI, err);
	if (!strcmp(k->key, "boot-catalog")) {
		r->o.catalog = k->value;
		return 0;
	}
	if (!is_boot_key(k->key))
		return img_fail(err, IMG_E_USAGE, "ISO 9660 has no option \"%s\"", k->key);
	if (!b)
		return img_fail(err, IMG_E_USAGE, "%s describes a boot image, but none was named before it", k->key);
	if (!strcmp(k->key, "boot-info-table"))
		return yes_no(k, &b->info_table, err);
	if (!strcmp(k->key, "grub2-boot-info"))
		return yes_no(k, &b->grub2, err);
	if (!strcmp(k->key, "boot-load-size")) {
		rc = number(k, k->value, 0, 65535, &v, err);
		if (!rc)
			b->sectors = (uint32_t)v;
		return rc;
	}
	if (!strcmp(k->key, "boot-load-segment")) {
		rc = number(k, k->value, 0, 65535, &v, err);
		if (!rc)
			b->segment = (uint16_t)v;
		return rc;
	}
	for (uint8_t i = 0; i < 5; i++)
		if (k->value && !strcmp(k->value, media[i])) {
			b->media = i;
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "%s: none, floppy-1200k, floppy-1440k, floppy-2880k or hard-disk is expected", k->key);
}

/* ---- the keys ---- */

static int
add_weight(struct reading *r, const struct img_author_key *k, struct img_err *err)
{
	const char *eq = k->value ? strrchr(k->value, '=') : NULL;
	int64_t n;
	int rc;

	if (!eq)
		return img_fail(err, IMG_E_USAGE, "weight: PATH=NUMBER is expected");
	if (r->o.n_weights == MAX_WEIGHTS)
		return img_fail(err, IMG_E_LIMIT, "more than %d weights", MAX_WEIGHTS);
	rc = number(k, eq + 1, -1000000000, 1000000000, &n, err);
	if (rc)
		return rc;
	r->weight_path[r->o.n_weights] = strndup(k->value, (size_t)(eq - k->value));
	if (!r->weight_path[r->o.n_weights])
		return img_fail_nomem(err);
	r->weight[r->o.n_weights] = (struct iso_weight) { r->weight_path[r->o.n_weights], (int32_t)n };
	r->o.n_weights++;
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
	if (!strcmp(text, "yes") || !strcmp(text, "v1"))
		return 0;
	if (!strcmp(text, "v2")) {
		r->o.zisofs_v2 = true;
		return 0;
	}
	if (strncmp(text, "level:", 6))
		return img_fail(err, IMG_E_USAGE, "%s=%s: yes, no, or some of v2, 32K, 64K, 128K and level:N are expected", k->key,
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

	r->o.zisofs = strcmp(w, "no") != 0;
	while (!rc && r->o.zisofs && *w) {
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
	bool known;
	int64_t v;
	int rc = text_key(r, k, &known);

	if (!rc && !known)
		rc = choice_key(r, k, &known, err);
	if (rc || known)
		return rc;
	if (!strcmp(k->key, "weight"))
		return add_weight(r, k, err);
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
	if (!strcmp(k->key, "partition-offset")) {
		rc = number(k, k->value, 0, 16, &v, err);
		if (!rc)
			r->o.partition_offset = (uint32_t)v;
		return rc;
	}
	return boot_key(r, k, err);
}

int
iso_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err)
{
	struct reading r = { .tree = tree, .from = o };
	int rc = 0;

	iso_options_default(&r.o);
	r.o.label = o->label;
	r.o.epoch = o->epoch;
	r.o.has_date = o->has_date;
	r.o.date = o->date;
	r.o.owner = o->owner;
	r.o.uid = o->uid;
	r.o.gid = o->gid;
	r.o.mode = o->mode;
	r.o.file_mode = o->file_mode;
	r.o.dir_mode = o->dir_mode;
	r.o.work_dir = o->work_dir;
	r.o.threads = o->threads;
	r.o.boot = r.boot;
	r.o.weights = r.weight;
	for (size_t i = 0; !rc && i < o->n_keys; i++)
		rc = read_key(&r, &o->keys[i], err);
	if (!rc)
		rc = iso_author(tree, &r.o, ret, err);
	for (size_t i = 0; i < r.n_sources; i++)
		img_unref(r.source[i]);
	for (size_t i = 0; i < r.o.n_weights; i++)
		free(r.weight_path[i]);
	return rc;
}
