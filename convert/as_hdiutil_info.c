/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of hdiutil that only look.  What they tell is imginfo's report; -plist puts the main facts under hdiutil's keys. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "convert/as_hdiutil.h"
#include "core/text.h"
#include "core/tool.h"
#include "img/check.h"
#include "img/report.h"
#include "inspect/inspect.h"

static void
done(struct hd *h, int status)
{
	h->call->done = true;
	h->call->status = status;
}

static int
one_image(struct hd *h, const char **ret, struct img_err *err)
{
	int rc = h->n_names == 1 ? 0 : img_fail(err, IMG_E_USAGE, "hdiutil %s: one image is expected", h->verb);

	if (!rc)
		*ret = h->name[0];
	/* what -stdinpass, -partitionID and the like became */
	return rc ? rc : as_words_common(&h->words, h->t, err);
}

/* The document about @path, printed by nobody; *ret_status as imginfo would end. */
static struct img_report *
look(struct hd *h, const struct info_options *o, const char *path, int *ret_status)
{
	struct img_report *doc = NULL;

	h->t->o.json = true;
	*ret_status = inspect_image(h->t, o, path, &doc);
	h->t->o.json = false;
	return doc;
}

/* The container among the layers; NULL: there is none. */
static const struct img_rep *
container(const struct img_rep *root)
{
	const struct img_rep *layers = img_rep_get(root, "layers");

	for (const struct img_rep *l = layers ? layers->first : NULL; l; l = l->next) {
		const char *kind = img_rep_get_str(l, "kind");

		if (kind && !strcmp(kind, "container") && img_rep_get_str(l, "variant"))
			return l;
	}
	return NULL;
}

bool
hd_variant(struct hd *h, const char *path, char *ret, size_t room)
{
	const struct info_options o = { 0 };
	int status;
	struct img_report *doc = look(h, &o, path, &status);
	const struct img_rep *c = doc ? container(img_report_root(doc)) : NULL;
	const char *word = c ? img_rep_get_str(c, "variant") : NULL;

	if (word)
		text_upper(ret, room, word);
	img_report_free(doc);
	return word != NULL;
}

/* ---- property lists ---- */

static void
put_text(const char *s)
{
	for (; *s; s++)
		if (*s == '&')
			fputs("&amp;", stdout);
		else if (*s == '<')
			fputs("&lt;", stdout);
		else
			putchar((unsigned char)*s < 0x20 ? '?' : *s);
}

static void
put_indent(unsigned int depth)
{
	while (depth--)
		putchar('\t');
}

static void
put_key(unsigned int depth, const char *key)
{
	put_indent(depth);
	fputs("<key>", stdout);
	put_text(key);
	fputs("</key>\n", stdout);
}

static void
put_string(unsigned int depth, const char *key, const char *value)
{
	put_key(depth, key);
	put_indent(depth);
	fputs("<string>", stdout);
	put_text(value ? value : "");
	fputs("</string>\n", stdout);
}

static void
put_uint(unsigned int depth, const char *key, uint64_t value)
{
	put_key(depth, key);
	put_indent(depth);
	printf("<integer>%" PRIu64 "</integer>\n", value);
}

static void
put_bool(unsigned int depth, const char *key, bool value)
{
	put_key(depth, key);
	put_indent(depth);
	puts(value ? "<true/>" : "<false/>");
}

static void
open_dict(unsigned int depth, const char *key)
{
	if (key)
		put_key(depth, key);
	put_indent(depth);
	puts("<dict>");
}

static void
close_dict(unsigned int depth)
{
	put_indent(depth);
	puts("</dict>");
}

static void
put_partitions(const struct img_rep *root)
{
	const struct img_rep *layers = img_rep_get(root, "layers"), *list = NULL, *table = NULL;

	for (const struct img_rep *l = layers ? layers->first : NULL; l && !list; l = l->next) {
		list = img_rep_get(l, "partitions");
		table = l;
	}
	open_dict(1, "partitions");
	put_string(2, "partition-scheme", list ? img_rep_get_str(table, "format") : "none");
	put_key(2, "partitions");
	puts("\t\t<array>");
	for (const struct img_rep *p = list ? list->first : NULL; p; p = p->next) {
		open_dict(3, NULL);
		put_string(4, "partition-hint", img_rep_get_str(p, "type"));
		put_uint(4, "partition-length", img_rep_get_uint(p, "size", 0) / 512);
		put_string(4, "partition-name", img_rep_get_str(p, "name"));
		put_uint(4, "partition-number", img_rep_get_uint(p, "index", 0));
		put_uint(4, "partition-start", img_rep_get_uint(p, "offset", 0) / 512);
		close_dict(3);
	}
	puts("\t\t</array>");
	close_dict(1);
}

static const char *
description_of(const char *format)
{
	static const char *const known[][2] = {
		{ "UDZO", "UDIF read-only compressed (zlib)" }, { "UDBZ", "UDIF read-only compressed (bzip2)" },
		{ "ULFO", "UDIF read-only compressed (lzfse)" }, { "ULMO", "UDIF read-only compressed (lzma)" },
		{ "UDCO", "UDIF read-only compressed (ADC)" }, { "UDRO", "UDIF read-only" }, { "UDRW", "raw read/write" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i][0], format))
			return known[i][1];
	return "";
}

static void
put_plist(const struct img_rep *root, const char *format)
{
	const struct img_rep *c = container(root), *file = img_rep_get(root, "file");
	uint64_t size = img_rep_get_uint(root, "virtual_size", 0);
	const struct img_rep *list = NULL, *layers = img_rep_get(root, "layers");

	for (const struct img_rep *l = layers ? layers->first : NULL; l && !list; l = l->next)
		list = img_rep_get(l, "partitions");
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	     "<plist version=\"1.0\">\n<dict>");
	put_string(1, "Format", format);
	put_string(1, "Format Description", description_of(format));
	open_dict(1, "Properties");
	put_bool(2, "Checksummed", c != NULL);
	put_bool(2, "Compressed", c && strcmp(format, "UDRO") && strcmp(format, "UDRW"));
	put_bool(2, "Encrypted", img_rep_get_bool(layers ? layers->first : NULL, "encrypted"));
	put_bool(2, "Partitioned", list != NULL);
	put_bool(2, "Software License Agreement", img_rep_get_bool(c, "license"));
	close_dict(1);
	put_uint(1, "Segment Count", img_rep_get_uint(c, "segments", 1));
	open_dict(1, "Size Information");
	put_uint(2, "Compressed Bytes", img_rep_get_uint(file, "size", 0));
	put_uint(2, "Sector Count", size / 512);
	put_uint(2, "Total Bytes", size);
	close_dict(1);
	put_partitions(root);
	puts("</dict>\n</plist>");
}

/* ---- the verbs ---- */

int
hd_imageinfo(struct hd *h, struct img_err *err)
{
	const struct info_options o = { 0 };
	char format[16] = "UDRW";
	const char *path = NULL;
	struct img_report *doc;
	int status, rc = one_image(h, &path, err);

	if (rc)
		return rc;
	if (!h->plist && !h->only_format && !h->only_checksum) {
		done(h, inspect_image(h->t, &o, path, &doc));
		img_report_free(doc);
		return 0;
	}
	if (h->only_checksum) {
		h->checksum_type = "CRC32";
		return hd_checksum(h, err);
	}
	hd_variant(h, path, format, sizeof format);
	doc = look(h, &o, path, &status);
	if (doc && !status && h->plist)
		put_plist(img_report_root(doc), format);
	else if (doc && !status)
		puts(format);
	img_report_free(doc);
	done(h, status);
	return 0;
}

int
hd_verify(struct hd *h, struct img_err *err)
{
	const struct info_options o = { .verify = true };
	const char *path = NULL;
	struct img_report *doc;
	int status, rc = one_image(h, &path, err);

	if (rc)
		return rc;
	doc = look(h, &o, path, &status);
	img_report_free(doc);
	if (!status && !h->quiet)
		printf("hdiutil: verify: checksum of \"%s\" is VALID\n", path);
	else if (status == STATUS_DAMAGED)
		fprintf(stderr, "hdiutil: verify: checksum of \"%s\" is INVALID\n", path);
	done(h, status);
	return 0;
}

/* "CRC32: $..." */
int
hd_checksum(struct hd *h, struct img_err *err)
{
	static const char *const known[][2] = {
		{ "CRC32", "crc32" }, { "UDIF-CRC32", "crc32" }, { "MD5", "md5" }, { "UDIF-MD5", "md5" }, { "SHA", "sha1" }, { "SHA1", "sha1" },
		{ "SHA256", "sha256" }, { "SHA384", "sha384" }, { "SHA512", "sha512" },
	};
	const char *path = NULL, *name = NULL, *hex;
	struct info_options o = { .n_hashes = 1 };
	const struct img_rep *hashes;
	struct img_report *doc;
	int status, rc = one_image(h, &path, err);

	for (size_t i = 0; h->checksum_type && i < sizeof known / sizeof *known; i++)
		if (!strcasecmp(h->checksum_type, known[i][0]))
			name = known[i][1];
	if (!rc && !name)
		rc = img_fail(err, IMG_E_USAGE, "hdiutil checksum: -type CRC32, MD5, SHA, SHA256, SHA384 or SHA512 is expected");
	o.hash[0] = name ? img_digest_by_name(name) : NULL;
	if (!rc && !o.hash[0])
		rc = img_fail(err, IMG_E_UNSUPPORTED, "this build does not know %s", name);
	if (rc)
		return rc;
	doc = look(h, &o, path, &status);
	hashes = doc ? img_rep_get(img_report_root(doc), "hashes") : NULL;
	hex = hashes ? img_rep_get_str(hashes, name) : NULL;
	if (hex)
		printf("%s: $%s\n", h->checksum_type, hex);
	img_report_free(doc);
	done(h, status);
	return 0;
}

int
hd_pmap(struct hd *h, struct img_err *err)
{
	const struct info_options o = { .partitions = true };
	const char *path = NULL;
	struct img_report *doc;
	int rc = one_image(h, &path, err);

	if (rc)
		return rc;
	done(h, inspect_image(h->t, &o, path, &doc));
	img_report_free(doc);
	return 0;
}
