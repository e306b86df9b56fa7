/* SPDX-License-Identifier: BSD-2-Clause */
/* The licence an image asks to agree to: "LPic" lists the languages and the default, "TEXT" or "RTF " with id 5000 + n hold
 * the text of language n.  Text is shown only where its characters are known: in the languages of MacRoman. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "formats/udif/reader.h"

#define BASE_ID 5000
#define MAX_TEXT (256 << 10)

/* Region codes (Apple's Script.h) of western Europe, the Americas and Australia, whose text is MacRoman.  Iceland, Turkey,
 * Croatia and others have sets of their own. */
static bool
is_roman(unsigned int region)
{
	static const uint8_t roman[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 17, 18, 19, 26, 27, 28, 29, 30, 31, 32, 36, 37, 50, 70, 71, 73, 82,
		86, 91, 92, 98, 100, 101, 102,
	};

	for (size_t i = 0; i < sizeof roman; i++)
		if (roman[i] == region)
			return true;
	return false;
}

/* The entry of the default language, else the first: its region and resource id. */
static bool
pick_language(const struct udif_resource *lpic, struct udif_licence *l, unsigned int *ret_region, int32_t *ret_id)
{
	struct img_cursor c = cur_over(lpic->data ? lpic->data : (const uint8_t *)"", lpic->len);
	unsigned int wanted = cur_be16(&c), n = cur_be16(&c);
	bool found = false;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int region = cur_be16(&c);
		int32_t id = BASE_ID + cur_be16(&c);

		cur_skip(&c, 2);	/* 1: a two-byte script */
		if (!cur_ok(&c))
			break;
		l->n_languages++;
		if (!found || region == wanted) {
			*ret_region = region;
			*ret_id = id;
			found = true;
			if (region == wanted)
				wanted = UINT32_MAX;
		}
	}
	return found;
}

int
udif_licence_read(const struct udif_resources *list, struct udif_licence *ret, struct img_err *err)
{
	const struct udif_resource *lpic = udif_resources_find(list, "LPic", BASE_ID), *text;
	struct udif_licence l = { .present = lpic != NULL };
	unsigned int region = 0;
	int32_t id = BASE_ID;

	if (lpic && pick_language(lpic, &l, &region, &id) && is_roman(region)) {
		text = udif_resources_find(list, "TEXT", id);
		if (!text) {
			text = udif_resources_find(list, "RTF ", id);
			l.rtf = text != NULL;
		}
		if (text && text->data) {
			l.text = udif_macroman(text->data, text->len < MAX_TEXT ? text->len : MAX_TEXT);
			if (!l.text)
				return img_fail_nomem(err);
		}
	}
	*ret = l;
	return 0;
}
