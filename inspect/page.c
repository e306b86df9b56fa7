/* SPDX-License-Identifier: BSD-2-Clause */
/* The page as a whole: where it goes, its head and foot, the frame of every image's article; see inspect/page.h. */
#include "config.h"

#include "inspect/page.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "core/tool.h"
#include "img/out.h"
#include "img/report.h"
#include "inspect/inspect.h"

struct page {
	struct html html;
	struct img_out *out;
	struct tool *t;
	const struct info_options *o;
	int n;				/* articles so far */
	struct img_err err;		/* the first of writing */
};

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	"<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	/* nothing of an image could load or run anything, even if it got here as markup */
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\n"
	"<meta name=\"generator\" content=\"imginfo " PACKAGE_VERSION "\"/>\n"
	"<link rel=\"icon\" href=\"data:,\"/>\n";

const char *
page_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void
put_head(struct page *p)
{
	struct html *h = &p->html;

	html_raw(h, head);
	html_raw(h, "<title>");
	if (p->o->n_images > 1)
		html_fmt(h, "%d disk images", p->o->n_images);
	else
		html_plain(h, page_name(p->o->images[0]));
	html_raw(h, " · imginfo report</title>\n<style>\n");
	page_style(h);
	html_raw(h, "</style>\n</head>\n<body>\n<main>\n");
	if (p->o->n_images < 2)
		return;
	html_fmt(h, "<header class=\"all\">\n<p class=\"eyebrow\">imginfo report</p>\n<h1>%d disk images</h1>\n<nav>\n<ol>\n",
		 p->o->n_images);
	for (int i = 0; i < p->o->n_images; i++) {
		html_fmt(h, "<li><a href=\"#image-%d\">", i + 1);
		html_text(h, p->o->images[i]);
		html_raw(h, "</a></li>\n");
	}
	html_raw(h, "</ol>\n</nav>\n</header>\n");
}

/* An image is never replaced by the report about it. */
static int
check_target(const struct info_options *o, struct img_err *err)
{
	bool stream = !strcmp(o->report, "-");
	struct stat out, in;

	if (stream && isatty(STDOUT_FILENO))
		return img_fail(err, IMG_E_USAGE, "is a terminal, no place for a page");
	if (stream ? fstat(STDOUT_FILENO, &out) : stat(o->report, &out))
		return 0;
	for (int i = 0; i < o->n_images; i++)
		if (S_ISREG(out.st_mode) && !stat(o->images[i], &in) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return img_fail(err, IMG_E_EXISTS, "is the image itself");
	return 0;
}

int
page_begin(struct tool *t, const struct info_options *o, struct page **ret, struct img_err *err)
{
	struct page *p = calloc(1, sizeof *p);
	int rc = p ? check_target(o, err) : img_fail_nomem(err);

	if (!rc)
		rc = strcmp(o->report, "-") ? img_out_file(o->report, o->overwrite, &p->out, err)
					    : img_out_fd(STDOUT_FILENO, &p->out, err);
	if (rc) {
		if (err)
			err->side = IMG_SIDE_TARGET;
		page_free(p);
		return rc;
	}
	p->t = t;
	p->o = o;
	p->html.out = p->out;
	p->html.err = &p->err;
	put_head(p);
	*ret = p;
	return 0;
}

void
page_section(const struct article *a, const char *title)
{
	html_fmt(a->h, "<section>\n<h%d>%s</h%d>\n<div>\n", a->of > 1 ? 3 : 2, title, a->of > 1 ? 3 : 2);
}

void
page_section_end(const struct article *a)
{
	html_raw(a->h, "</div>\n</section>\n");
}

void
page_size(struct html *h, uint64_t bytes)
{
	char size[TEXT_SIZE_MAX];

	html_fmt(h, "<span title=\"%llu bytes\">%s</span>", (unsigned long long)bytes, text_size(size, bytes));
}

void
page_image(struct page *p, const struct inspection *in, const struct img_rep *doc)
{
	const struct article a = { .h = &p->html, .in = in, .doc = doc, .number = p->n + 1, .of = p->o->n_images };

	p->n++;
	/* that is no fact about the image, and no page to keep */
	if (in->err.code == IMG_E_NOMEM || !in->pictures || !doc) {
		html_nomem(a.h);
		return;
	}
	html_fmt(a.h, "<article id=\"image-%d\">\n", a.number);
	page_head(&a);
	page_layers(&a);
	page_disk(&a);
	page_blocks(&a);
	page_boot(&a);
	page_files(&a);
	page_checks(&a);
	page_facts(&a);
	html_raw(a.h, "</article>\n");
}

int
page_commit(struct page *p, struct img_err *err)
{
	char size[TEXT_SIZE_MAX];
	struct html *h = &p->html;
	int rc;

	html_raw(h, "</main>\n<footer><p>Made by imginfo " PACKAGE_VERSION " from the images alone; sizes with KiB, MiB, GiB are "
		 "powers of 1024. The same facts for programs: <code>imginfo --json</code>.</p></footer>\n</body>\n</html>\n");
	rc = html_flush(h);
	if (rc && err)
		*err = p->err;
	if (!rc)
		rc = img_out_resize(p->out, h->at, err);
	if (!rc)
		rc = img_out_commit(p->out, err);
	if (!rc && !p->t->o.quiet && strcmp(p->o->report, "-")) {
		text_put(stderr, p->o->report, p->t->utf8);
		fprintf(stderr, ": report of %d image%s, %s\n", p->n, p->n == 1 ? "" : "s", text_size(size, h->at));
	}
	return rc;
}

struct page *
page_free(struct page *p)
{
	if (p)
		img_out_free(p->out);
	free(p);
	return NULL;
}
