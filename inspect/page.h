/* SPDX-License-Identifier: BSD-2-Clause */
/* --report: one page of HTML about one or several images.  It needs no network and no script, its bytes depend on the images
 * and the options alone, and it is well-formed whatever the images hold.
 *
 * The words come from the same report tree that the text and JSON show, so that a new fact of a format appears by itself;
 * the pictures of blocks and files are made from the image while it is open (struct pictures). */
#ifndef INSPECT_PAGE_H
#define INSPECT_PAGE_H

#include "inspect/blocks.h"
#include "inspect/file_tree.h"
#include "inspect/html.h"
#include "inspect/map.h"

struct img_rep;
struct info_options;
struct inspection;
struct tool;

#define PAGE_MAX_TREES 8	/* volumes whose files are drawn */

/* What is drawn of an image beside its report. */
struct pictures {
	struct block_map blocks;		/* n == 0: no map */
	const struct img_volume *volume[MAP_MAX_VOLUMES];	/* range i + 1 is of volume[i] */
	size_t n_trees;
	struct { const struct img_volume *volume; struct file_tree files; } tree[PAGE_MAX_TREES];
};

struct page;

/* Open the page at o->report: errors are the target's. */
int page_begin(struct tool *t, const struct info_options *o, struct page **ret, struct img_err *err);
/* Before the report of @in is made, since damage found on the way belongs in it: fill in->pictures. */
int page_look(struct inspection *in, struct img_err *err);
void page_looked(struct inspection *in);
/* Add what there is to say of @in (@doc NULL: there was no memory for it); errors of writing are kept for the end. */
void page_image(struct page *p, const struct inspection *in, const struct img_rep *doc);
/* The end: gives the page its name, and says so.  NULL: nothing. */
int page_commit(struct page *p, struct img_err *err);
/* Uncommitted, nothing is left. */
struct page *page_free(struct page *p);

/* ---- parts of an image's article, each in a file of its own ---- */

struct article {
	struct html *h;
	const struct inspection *in;
	const struct img_rep *doc;
	int number, of;		/* images on the page, from 1 */
};

/* <section> with a heading, and its end. */
void page_section(const struct article *a, const char *title);
void page_section_end(const struct article *a);
/* The name of an image without its folders; a bundle's may end in a slash. */
const char *page_name(const char *path);
/* "1.2 MiB" as an element that has the bytes as its title. */
void page_size(struct html *h, uint64_t bytes);
/* Rows of a table over this number are folded away, but there. */
#define PAGE_ROWS 64

void page_style(struct html *h);			/* page_style.c */
void page_head(const struct article *a);		/* page_head.c: name, what it is, result, key figures, problems */
void page_layers(const struct article *a);		/* page_layers.c */
void page_disk(const struct article *a);		/* page_disk.c: partitions to scale */
void page_blocks(const struct article *a);		/* page_blocks.c: what the disk is made of */
/* A strip of what range @r is made of, @title for those who do not see it. */
void page_strip(struct html *h, const struct block_range *r, const char *css_class, const char *title);
void page_boot(const struct article *a);		/* page_boot.c */
void page_files(const struct article *a);		/* page_files.c */
void page_checks(const struct article *a);		/* page_checks.c */
void page_facts(const struct article *a);		/* page_facts.c: everything else the layers say */
/* A fact of any shape, as the content of an element. */
void page_value(struct html *h, const struct img_rep *v);

#endif
