/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksum that implantisomd5 writes into the application use field of the primary descriptor, as text:
 *
 *   ISO MD5SUM = <32 hex>;SKIPSECTORS = 15;RHLISOSTATUS=1;FRAGMENT SUMS = <60 hex>;FRAGMENT COUNT = 20;…
 *
 * It covers the volume without its last SKIPSECTORS sectors, the field itself taken as blanks.  The fragment sums are
 * three hex digits of the running sum at every twenty-first of the way, so that a bad download is known early.  One
 * digest makes both in one pass: it meets the descriptor on its way, learns from it what is asked for, and blanks it.
 *
 * The digits: of digest bytes 0, 1 and 2 the first one as printed without a leading zero (observed: isomd5sum). */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/author.h"
#include "formats/iso9660/iso.h"
#include "img/check.h"
#include "img/source.h"

#define BLOCK 32768			/* implantisomd5 reads so much at a time, and looks for fragments then */
#define PVD_AT BLOCK			/* so the descriptor begins the second block */
#define MD5_LEN 16
#define MAX_DIGITS 60			/* of all fragment sums */
#define SUM_LEN (MD5_LEN + MAX_DIGITS / 2)

struct implant {
	uint8_t md5[MD5_LEN];
	uint64_t skip;			/* bytes at the end that are not covered */
	unsigned int n_fragments;	/* 0: no fragment sums */
	unsigned int n_digits;
	uint8_t digits[MAX_DIGITS];	/* values */
};

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Hex digits at @p, at most @max. */
static unsigned int
read_digits(const char *p, unsigned int max, uint8_t *ret)
{
	unsigned int n = 0;

	for (; n < max && hex_value(p[n]) >= 0; n++)
		ret[n] = (uint8_t)hex_value(p[n]);
	return n;
}

static bool
implant_parse(const uint8_t field[ISO_APP_USE_LEN], struct implant *ret)
{
	char text[ISO_APP_USE_LEN + 1];
	struct implant m = { .skip = 15 * ISO_SECTOR };
	uint8_t d[2 * MD5_LEN];
	const char *p;

	memcpy(text, field, ISO_APP_USE_LEN);
	text[ISO_APP_USE_LEN] = '\0';
	p = strstr(text, "ISO MD5SUM = ");
	if (!p || read_digits(p + 13, sizeof d, d) != sizeof d)
		return false;
	for (size_t i = 0; i < MD5_LEN; i++)
		m.md5[i] = (uint8_t)(d[2 * i] << 4 | d[2 * i + 1]);
	p = strstr(text, "SKIPSECTORS = ");
	if (p)
		m.skip = strtoul(p + 14, NULL, 10) * ISO_SECTOR;
	p = strstr(text, "FRAGMENT COUNT = ");
	if (p)
		m.n_fragments = (unsigned int)strtoul(p + 17, NULL, 10);
	p = strstr(text, "FRAGMENT SUMS = ");
	if (p)
		m.n_digits = read_digits(p + 16, MAX_DIGITS, m.digits);
	if (!m.n_fragments || m.n_fragments > MAX_DIGITS || !m.n_digits)
		m.n_fragments = m.n_digits = 0;
	*ret = m;
	return true;
}

bool
iso_has_md5(const struct iso_vd *pvd)
{
	struct implant m;

	return implant_parse(pvd->app_use, &m);
}

/* ---- the digest ---- */

struct sum {
	EVP_MD_CTX *md5;
	uint8_t *block;
	size_t n;		/* bytes in it */
	uint64_t off;		/* of the block */
	uint64_t end;		/* of what is covered, once known */
	bool known;		/* the descriptor has come by: what follows is set */
	struct implant want;
	uint64_t fragment;	/* bytes */
	uint64_t last;		/* fragment seen last */
	unsigned int n_digits;
	uint8_t digits[MAX_DIGITS];
};

static void
sum_abandon(void *state)
{
	struct sum *s = state;

	if (!s)
		return;
	EVP_MD_CTX_free(s->md5);
	free(s->block);
	free(s);
}

static void *
sum_begin(void)
{
	struct sum *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->md5 = EVP_MD_CTX_new();
	s->block = malloc(BLOCK);
	if (s->md5 && s->block && EVP_DigestInit_ex(s->md5, EVP_md5(), NULL))
		return s;
	sum_abandon(s);
	return NULL;
}

/* The descriptor lies in the block: learn, and blank the field. */
static void
meet_descriptor(struct sum *s)
{
	uint8_t *field = s->block + ISO_APP_USE_OFF;
	uint64_t size = (uint64_t)load_be32(s->block + 84) * ISO_SECTOR;

	if (s->n < ISO_SECTOR)
		return;
	s->known = implant_parse(field, &s->want) && size > s->want.skip;
	if (s->known) {
		s->end = size - s->want.skip;
		s->fragment = s->end / (s->want.n_fragments + 1);
	}
	memset(field, ' ', ISO_APP_USE_LEN);
}

/* Three digits of the sum so far. */
static void
end_fragment(struct sum *s)
{
	unsigned int each = MAX_DIGITS / s->want.n_fragments;
	uint8_t now[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	if (copy && EVP_MD_CTX_copy_ex(copy, s->md5) && EVP_DigestFinal_ex(copy, now, NULL))
		for (unsigned int i = 0; i < each && i < MD5_LEN && s->n_digits < MAX_DIGITS; i++)
			s->digits[s->n_digits++] = now[i] < 16 ? now[i] : now[i] >> 4;
	EVP_MD_CTX_free(copy);
}

static void
end_block(struct sum *s)
{
	uint64_t k;

	if (s->off == PVD_AT)
		meet_descriptor(s);
	EVP_DigestUpdate(s->md5, s->block, s->n);
	if (s->known && s->want.n_fragments && s->fragment) {
		k = s->off / s->fragment;
		if (k != s->last)
			end_fragment(s);
		s->last = k;
	}
	s->off += s->n;
	s->n = 0;
}

static void
sum_update(void *state, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	struct sum *s = state;

	while (len) {
		size_t n = BLOCK - s->n < len ? BLOCK - s->n : len;

		/* whoever sums a whole image gives more than is covered */
		if (s->known && s->end - s->off - s->n < n)
			n = (size_t)(s->end - s->off - s->n);
		if (!n)
			return;

		memcpy(s->block + s->n, p, n);
		s->n += n;
		p += n;
		len -= n;
		if (s->n == BLOCK)
			end_block(s);
	}
}

/* MD5, then the digits of the fragments two in a byte; as many as are stored. */
static void
store(const uint8_t md5[MD5_LEN], const uint8_t *digits, unsigned int n, uint8_t *ret)
{
	memset(ret, 0, SUM_LEN);
	memcpy(ret, md5, MD5_LEN);
	for (unsigned int i = 0; i < n; i++)
		ret[MD5_LEN + i / 2] |= (uint8_t)(digits[i] << (i % 2 ? 0 : 4));
}

static void
sum_finish(void *state, uint8_t *ret)
{
	uint8_t md5[EVP_MAX_MD_SIZE] = { 0 };
	struct sum *s = state;

	if (s->n)
		end_block(s);
	EVP_DigestFinal_ex(s->md5, md5, NULL);
	store(md5, s->digits, s->n_digits < s->want.n_digits ? s->n_digits : s->want.n_digits, ret);
	sum_abandon(s);
}

const struct img_digest iso_implant_digest = {
	.name = "isomd5sum", .size = SUM_LEN, .begin = sum_begin, .update = sum_update, .finish = sum_finish,
	.abandon = sum_abandon,
};

/* ---- implanting ---- */

/* So many fragments that each has a block of its own at least: with fewer, digits would be missing, and checkisomd5 fails
 * (rhinstaller/isomd5sum#18).  Counts divide the digits, and need no more than the sum has bytes. */
static unsigned int
fragments_for(uint64_t covered)
{
	static const uint8_t counts[] = { 20, 15, 12, 10, 6, 5, 4 };

	for (size_t i = 0; i < sizeof counts; i++)
		if (covered / (counts[i] + 1u) >= BLOCK)
			return counts[i];
	return 0;
}

void
iso_implant_field(uint64_t volume, const uint8_t *sum, uint8_t ret[ISO_APP_USE_LEN])
{
	static const uint8_t none[SUM_LEN];
	unsigned int n = fragments_for(volume > 15 * ISO_SECTOR ? volume - 15 * ISO_SECTOR : 0);
	char text[ISO_APP_USE_LEN + 1], hex[2 * SUM_LEN + 1];
	size_t len;

	if (!sum)
		sum = none;
	for (size_t i = 0; i < SUM_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	len = (size_t)snprintf(text, sizeof text, "ISO MD5SUM = %.32s;SKIPSECTORS = 15;RHLISOSTATUS=0;", hex);
	if (n)
		len += (size_t)snprintf(text + len, sizeof text - len, "FRAGMENT SUMS = %.60s;FRAGMENT COUNT = %u;", hex + 32, n);
	len += (size_t)snprintf(text + len, sizeof text - len, "THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!");
	memset(ret, ' ', ISO_APP_USE_LEN);
	memcpy(ret, text, len);
}

int
iso_checks(struct img_tree *t, struct img_checks *ret, struct img_err *err)
{
	struct iso *iso = iso_of(t);
	const struct iso_vd *pvd = &iso->set.pvd;
	struct img_check c = { .name = "implanted MD5", .code = "implanted-md5", .digest = &iso_implant_digest };
	uint64_t size = (uint64_t)pvd->blocks * ISO_SECTOR;
	struct implant m;
	int rc;

	/* written for whole discs only */
	if (iso->block != ISO_SECTOR || iso->set.session || !implant_parse(pvd->app_use, &m))
		return 0;
	if (size <= m.skip)
		return img_fail(err, IMG_E_FORMAT, "the implanted MD5 leaves out the whole volume");
	size -= m.skip;
	if (size > iso->volume->size)
		size = iso->volume->size;	/* truncated: the sum will not fit, which is what it is for */
	rc = img_slice(iso->volume, 0, size, &c.over, err);
	if (rc)
		return rc;
	store(m.md5, m.digits, m.n_digits, c.expect);
	rc = img_checks_add(ret, &c, err);
	if (rc)
		img_unref(c.over);
	return rc;
}
