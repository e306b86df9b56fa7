/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and texts.  Joliet is UCS-2, big-endian; what today's writers put there is UTF-16, so surrogate pairs count as
 * the one character they are.  Plain names are bytes: nobody says which character set. */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/iso9660/iso.h"

static size_t
put_utf8(char *out, uint32_t u)
{
	if (u < 0x80) {
		out[0] = (char)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (char)(0xc0 | u >> 6);
		out[1] = (char)(0x80 | (u & 0x3f));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (char)(0xe0 | u >> 12);
		out[1] = (char)(0x80 | (u >> 6 & 0x3f));
		out[2] = (char)(0x80 | (u & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | u >> 18);
	out[1] = (char)(0x80 | (u >> 12 & 0x3f));
	out[2] = (char)(0x80 | (u >> 6 & 0x3f));
	out[3] = (char)(0x80 | (u & 0x3f));
	return 4;
}

size_t
iso_utf16_to_utf8(const uint8_t *p, size_t n, char *out, bool *ret_odd)
{
	bool odd = n % 2;
	size_t k = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t u = load_be16(p + i);

		if (u >= 0xd800 && u < 0xdc00 && i + 3 < n && load_be16(p + i + 2) >> 10 == 0x37) {
			u = 0x10000 + ((u - 0xd800) << 10) + (load_be16(p + i + 2) - 0xdc00u);
			i += 2;
		} else if (!u || (u >= 0xd800 && u < 0xe000)) {
			u = 0xfffd;
			odd = true;
		}
		k += put_utf8(out + k, u);
	}
	out[k] = '\0';
	*ret_odd = odd;
	return k;
}

size_t
iso_text(const uint8_t *p, size_t n, bool wide, char *out)
{
	bool odd;
	size_t k;

	if (wide) {
		/* a field of 37 bytes ends in one byte of padding; NUL is padding too */
		for (n &= ~(size_t)1; n && !p[n - 2] && (p[n - 1] == ' ' || !p[n - 1]); )
			n -= 2;
		return iso_utf16_to_utf8(p, n, out, &odd);
	}
	while (n && (p[n - 1] == ' ' || !p[n - 1]))
		n--;
	for (k = 0; k < n; k++)
		out[k] = p[k] ? (char)p[k] : ' ';
	out[k] = '\0';
	return k;
}

/* Length of @name without ";" and digits at its end. */
static size_t
without_version(const char *name, size_t n)
{
	size_t k = n;

	while (k && name[k - 1] >= '0' && name[k - 1] <= '9')
		k--;
	return k > 1 && k < n && name[k - 1] == ';' ? k - 1 : n;
}

size_t
iso_plain_name(const struct iso *iso, const struct iso_record *r, bool keep_version, char *out)
{
	bool odd = false;
	size_t n = 0;

	if (iso->view == ISO_JOLIET) {
		n = iso_utf16_to_utf8(r->name, r->n_name, out, &odd);
	} else {
		for (; n < r->n_name; n++) {
			out[n] = r->name[n] ? (char)r->name[n] : '_';
			odd |= !r->name[n];
		}
	}
	if (odd)
		iso_warn(iso, "iso-bad-name", "a name is no proper text; it is shown as \"%.*s\"", (int)n, out);
	if (!(r->flags & ISO_DIRECTORY)) {
		if (!keep_version)
			n = without_version(out, n);
		/* "README." is how a name without an extension is spelt where the dot is mandatory (ECMA-119 7.5.1) */
		if (!keep_version && n > 1 && out[n - 1] == '.' && iso->view != ISO_JOLIET && iso->view != ISO_ENHANCED)
			n--;
	}
	out[n] = '\0';
	return n;
}
