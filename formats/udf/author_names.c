/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and targets of links as UDF stores them. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/unicode.h"
#include "formats/udf/author.h"
#include "formats/udf/names.h"

size_t
udf_name_make(const char *name, uint32_t number, uint8_t ret[256], bool *ret_changed)
{
	size_t n = strlen(name), len;
	char text[4 * 256 + 16], tail[16];
	bool cut;

	if (n > 255)
		n = 255;
	*ret_changed = img_bytes_to_utf8(name, n, text, sizeof text) > 0 || strlen(name) > 255;
	len = udf_cs0_encode(text, ret, 255, &cut);
	if (!cut && !*ret_changed)
		return len;
	/* what had to be changed may now be as another name is */
	*ret_changed = true;
	n = (size_t)snprintf(tail, sizeof tail, "~%" PRIu32, number);
	if (ret[0] == 8) {
		if (len + n > 255)
			len = 255 - n;
		memcpy(ret + len, tail, n);
		return len + n;
	}
	if (len + 2 * n > 255)
		len = (255 - 2 * n) | 1;
	while (len + 2 * n > 255)
		len -= 2;
	if (len > 2 && (ret[len - 2] & 0xfc) == 0xd8)	/* half a pair */
		len -= 2;
	for (size_t i = 0; i < n; i++) {
		ret[len++] = 0;
		ret[len++] = (uint8_t)tail[i];
	}
	return len;
}

size_t
udf_link_make(const char *link, uint8_t *b, size_t room)
{
	size_t at = 0;

	if (*link == '/') {
		if (room < 4)
			return 0;
		b[0] = 2;
		memset(b + 1, 0, 3);
		at = 4;
	}
	while (*(link += strspn(link, "/"))) {
		size_t n = strcspn(link, "/"), len = 0;
		char part[1024];
		bool cut = false;

		if (n >= sizeof part || room - at < 4)
			return 0;
		memcpy(part, link, n);
		part[n] = '\0';
		b[at] = !strcmp(part, "..") ? 3 : !strcmp(part, ".") ? 4 : 5;
		if (b[at] == 5)
			len = udf_cs0_encode(part, b + at + 4, room - at - 4 < 255 ? room - at - 4 : 255, &cut);
		if (cut || (b[at] == 5 && !len))
			return 0;
		b[at + 1] = (uint8_t)len;
		b[at + 2] = b[at + 3] = 0;
		at += 4 + len;
		link += n;
	}
	return at;
}
