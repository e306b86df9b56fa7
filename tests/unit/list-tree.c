/* SPDX-License-Identifier: BSD-2-Clause */
/* list-tree IMAGE [VIEW [SESSION]]: every node of a volume on a line of its own, for comparing with other tools:
 * path, type, mode, owner, size, modification time, link target or SHA-256 of the data, separated by tabs.  "-" as view:
 * the tool's own choice.  With QUIET set in the environment only the number of nodes is printed, no data is read.
 * With REPORT set the report follows, and the checks.  Problems go to standard error, a line each; status 1 when something failed. */
#include "config.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/check.h"
#include "img/env.h"
#include "img/format.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

#define PIECE (1 << 20)

static int
hash(struct img_source *s, char *hex, struct img_err *err)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	static uint8_t buf[PIECE];
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	int rc = 0;

	if (!c || !EVP_DigestInit_ex(c, EVP_sha256(), NULL))
		abort();
	for (uint64_t at = 0; !rc && at < s->size; at += PIECE) {
		size_t len = s->size - at < PIECE ? (size_t)(s->size - at) : PIECE;

		rc = img_source_read(s, at, buf, len, err);
		if (!rc)
			EVP_DigestUpdate(c, buf, len);
	}
	EVP_DigestFinal_ex(c, sum, &n);
	for (unsigned int i = 0; i < n; i++)
		sprintf(hex + 2 * (size_t)i, "%02x", sum[i]);
	EVP_MD_CTX_free(c);
	return rc;
}

static int
print_data(struct img_tree *t, const struct img_node *n, const char *stream, struct img_err *err)
{
	struct img_source *s;
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	int rc = img_tree_content(t, n->id, stream, &s, err);

	if (rc)
		return rc;
	rc = hash(s, hex, err);
	if (!rc)
		printf("\t%s", hex);
	if (!rc && !stream && s->size != n->size)
		rc = img_fail(err, IMG_E_FORMAT, "listed with %" PRIu64 " bytes, has %" PRIu64, n->size, s->size);
	img_unref(s);
	return rc;
}

static int
print_node(struct img_tree *t, const struct img_node *n, const char *path, struct img_err *err)
{
	struct img_nodes streams;
	int rc = 0;

	printf("%s\t%c\t%04o\t%u:%u\t%" PRIu64 "\t", *path ? path : ".", "?fdlcbps"[n->type], n->mode, n->uid, n->gid, n->size);
	if (n->mtime.sec == IMG_NO_TIME)
		printf("-");
	else
		printf("%" PRId64, n->mtime.sec);
	if (n->link)
		printf("\t%s", n->link);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK)
		printf("\t%u,%u", n->dev_major, n->dev_minor);
	if (n->type == IMG_NODE_FILE)
		rc = print_data(t, n, NULL, err);
	putchar('\n');
	if (!rc)
		rc = img_tree_streams(t, n->id, &streams, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < streams.n; i++) {
		printf("%s\tstream\t%s\t%" PRIu64, *path ? path : ".", streams.v[i].name, streams.v[i].size);
		rc = print_data(t, n, streams.v[i].name, err);
		putchar('\n');
	}
	img_nodes_done(&streams);
	return rc;
}

static int
list(struct img_tree *t, struct img_err *err)
{
	bool quiet = getenv("QUIET") != NULL, failed = false;
	const struct img_node *n;
	struct img_walk *w;
	size_t count = 0;
	const char *path;
	int rc = img_walk_new(t, &w, err);

	if (rc)
		return rc;
	while (!(rc = img_walk_next(w, &n, &path, err)) && n) {
		count++;
		if (!quiet && print_node(t, n, path, err)) {
			fprintf(stderr, "error: %s: %s\n", path, err->msg);
			failed = true;
		}
	}
	img_walk_free(w);
	if (quiet)
		printf("%zu\n", count);
	return rc ? rc : failed ? err->code : 0;
}

static void
print_value(const struct img_rep *v, int depth)
{
	printf("%*s%s", 2 * depth, "", v->key ? v->key : "-");
	if (v->type == IMG_REP_STR)
		printf(": %s", v->v.s);
	else if (v->type == IMG_REP_UINT)
		printf(": %" PRIu64, v->v.u);
	else if (v->type == IMG_REP_BOOL)
		printf(": %s", v->v.b ? "true" : "false");
	putchar('\n');
	for (v = v->first; v; v = v->next)
		print_value(v, depth + 1);
}

/* Sum up one check; the engine does it better, but moves an image. */
static int
run_check(const struct img_check *c, struct img_err *err)
{
	uint8_t buf[65536], found[IMG_DIGEST_MAX];
	void *state = c->digest->begin();
	int rc = 0;

	for (uint64_t at = 0; !rc && at < c->over->size; at += sizeof buf) {
		size_t len = c->over->size - at < sizeof buf ? (size_t)(c->over->size - at) : sizeof buf;

		rc = img_source_read(c->over, at, buf, len, err);
		c->digest->update(state, buf, len);
	}
	c->digest->finish(state, found);
	printf("check %s: %s\n", c->code, memcmp(found, c->expect, c->digest->size) ? "BAD" : "ok");
	return rc;
}

/* With REPORT set: what describe says, then the checks and the structure. */
static int
report(struct img_tree *t, struct img_err *err)
{
	struct img_report *r = img_report_new();
	struct img_checks checks = { 0 };
	int rc = t->ops->describe(t, img_report_root(r), err);

	print_value(img_report_root(r), 0);
	if (!rc && t->ops->checks)
		rc = t->ops->checks(t, &checks, err);
	for (size_t i = 0; !rc && i < checks.n; i++)
		rc = run_check(&checks.v[i], err);
	if (!rc && t->ops->verify)
		rc = t->ops->verify(t, img_report_root(r), err);
	img_checks_done(&checks);
	img_report_free(r);
	return rc;
}

int
main(int argc, char **argv)
{
	const struct img_problem *problems;
	struct img_err err = { 0 };
	struct img_image im = { 0 };
	struct img_source *file;
	struct img_env *env = NULL;
	struct img_tree *t;
	size_t lost, n;
	int rc = img_env_new(NULL, &env, &err);

	if (argc < 2)
		return 2;
	if (!rc)
		rc = img_file(env, argv[1], &file, &err);
	if (!rc)
		rc = img_image_open(file, NULL, NULL, NULL, &im, &err);
	if (!rc) {
		struct img_tree_open o = {
			.volume = im.top, .view = argc > 2 && strcmp(argv[2], "-") ? argv[2] : NULL,
			.session = argc > 3 ? (unsigned int)atoi(argv[3]) : 0,
		};

		rc = img_volume_tree(&o, &t, &err);
	}
	if (!rc) {
		rc = list(t, &err);
		if (!rc && getenv("REPORT"))
			rc = report(t, &err);
		img_tree_unref(t);
	}
	if (rc)
		fprintf(stderr, "error: %s\n", err.msg);
	n = img_problems(env, &problems, &lost);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "problem: %s: %s\n", problems[i].code, problems[i].message);
	img_image_done(&im);
	img_env_free(env);
	return rc != 0;
}
