/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes into ".DS_Store": the records that Finder writes for a folder shown as icons (docs/formats/ds_store.md §3).
 *
 *   .     bwsp	the window: its frame, no tool bar, no side bar
 *   .     icvp	the icons: their size, labels, background, with an alias of the picture
 *   .     pBBk	a bookmark of the same picture, which newer Finders go by
 *   .     vstl, icvl	shown as icons
 *   .     vSrn	version 1 of all this
 *   NAME  Iloc	where the icon is */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/bytes.h"
#include "trees/finder/bplist.h"
#include "trees/finder/dressed.h"
#include "trees/finder/ds_store.h"

#define MAX_ALIAS 3000

static int
add_list(struct ds_store *s, const char *id, const struct bplist_item *items, size_t n, struct img_err *err)
{
	img_autobuf struct img_buf b = img_buf_new(65536);
	int rc = bplist_dict(items, n, &b, err);

	return rc ? rc : ds_store_blob(s, ".", id, b.p, b.len, err);
}

/* Where nothing else is said: the picture's size, or that of hdiutil's habit. */
static int
add_window(struct ds_store *s, const struct dressed *d, struct img_err *err)
{
	const struct finder_options *o = &d->o;
	uint32_t w = o->width != FINDER_UNSET ? (uint32_t)o->width : d->picture.width ? d->picture.width : 640;
	uint32_t h = o->height != FINDER_UNSET ? (uint32_t)o->height : d->picture.height ? d->picture.height : 480;
	char frame[96];
	const struct bplist_item items[] = {
		{ .key = "ContainerShowSidebar", .type = BPLIST_FALSE },
		{ .key = "PreviewPaneVisibility", .type = BPLIST_FALSE },
		{ .key = "ShowPathbar", .type = BPLIST_FALSE },
		{ .key = "ShowSidebar", .type = BPLIST_FALSE },
		{ .key = "ShowStatusBar", .type = BPLIST_FALSE },
		{ .key = "ShowTabView", .type = BPLIST_FALSE },
		{ .key = "ShowToolbar", .type = BPLIST_FALSE },
		{ .key = "SidebarWidth", .type = BPLIST_INT, .integer = 180 },
		{ .key = "WindowBounds", .type = BPLIST_STRING, .string = frame },
	};

	snprintf(frame, sizeof frame, "{{%" PRId32 ", %" PRId32 "}, {%" PRIu32 ", %" PRIu32 "}}",
		 o->x != FINDER_UNSET ? o->x : 200, o->y != FINDER_UNSET ? o->y : 120, w, h);
	return add_list(s, "bwsp", items, sizeof items / sizeof *items, err);
}

static double
part(uint32_t colour, unsigned int shift)
{
	return (double)(colour >> shift & 0xff) / 255;
}

static int
add_view(struct ds_store *s, const struct dressed *d, const struct finder_target *t, struct img_err *err)
{
	const struct finder_options *o = &d->o;
	img_autobuf struct img_buf alias = img_buf_new(MAX_ALIAS);
	uint32_t colour = o->has_colour ? o->colour : 0xffffff;
	int rc = t ? finder_alias(t, &alias, err) : 0;
	const struct bplist_item items[] = {
		{ .key = "arrangeBy", .type = BPLIST_STRING, .string = "none" },
		{ .key = "backgroundColorBlue", .type = BPLIST_REAL, .real = part(colour, 0) },
		{ .key = "backgroundColorGreen", .type = BPLIST_REAL, .real = part(colour, 8) },
		{ .key = "backgroundColorRed", .type = BPLIST_REAL, .real = part(colour, 16) },
		/* 0 white, 1 a colour, 2 a picture */
		{ .key = "backgroundType", .type = BPLIST_INT, .integer = t ? 2 : o->has_colour },
		{ .key = "gridOffsetX", .type = BPLIST_REAL },
		{ .key = "gridOffsetY", .type = BPLIST_REAL },
		{ .key = "gridSpacing", .type = BPLIST_REAL, .real = 100 },
		{ .key = "iconSize", .type = BPLIST_REAL, .real = o->icon_size ? o->icon_size : 128 },
		{ .key = "labelOnBottom", .type = BPLIST_TRUE },
		{ .key = "showIconPreview", .type = BPLIST_TRUE },
		{ .key = "showItemInfo", .type = BPLIST_FALSE },
		{ .key = "textSize", .type = BPLIST_REAL, .real = o->text_size ? o->text_size : 12 },
		{ .key = "viewOptionsVersion", .type = BPLIST_INT, .integer = 1 },
		{ .key = "backgroundImageAlias", .type = BPLIST_DATA, .data = alias.p, .len = alias.len },
	};

	return rc ? rc : add_list(s, "icvp", items, sizeof items / sizeof *items - !t, err);
}

static int
add_bookmark(struct ds_store *s, const struct finder_target *t, struct img_err *err)
{
	img_autobuf struct img_buf b = img_buf_new(MAX_ALIAS);
	int rc = finder_bookmark(t, &b, err);

	return rc ? rc : ds_store_blob(s, ".", "pBBk", b.p, b.len, err);
}

static int
add_place(struct ds_store *s, const struct finder_icon *i, struct img_err *err)
{
	uint8_t b[16] = { 0 };

	store_be32(b, (uint32_t)i->x);
	store_be32(b + 4, (uint32_t)i->y);
	store_be32(b + 8, 0xffffffff);	/* observed */
	store_be32(b + 12, 0xffff0000);
	return ds_store_blob(s, i->name, "Iloc", b, sizeof b, err);
}

static int
add_all(struct ds_store *s, const struct dressed *d, const struct finder_target *t, struct img_err *err)
{
	int rc = add_window(s, d, err);

	if (!rc)
		rc = add_view(s, d, t, err);
	if (!rc && t)
		rc = add_bookmark(s, t, err);
	if (!rc)
		rc = ds_store_type(s, ".", "icvl", "icnv", err);
	if (!rc)
		rc = ds_store_type(s, ".", "vstl", "icnv", err);
	if (!rc)
		rc = ds_store_long(s, ".", "vSrn", 1, err);
	for (size_t i = 0; !rc && i < d->o.n_icons; i++)
		rc = add_place(s, &d->o.icons[i], err);
	return rc;
}

int
finder_settings(const struct dressed *d, const struct finder_target *t, struct img_buf *ret, struct img_err *err)
{
	struct ds_store *s = ds_store_new();
	int rc = s ? add_all(s, d, t, err) : img_fail_nomem(err);

	if (!rc)
		rc = ds_store_emit(s, ret, err);
	ds_store_free(s);
	return rc;
}
