/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of a raw sector and its error detection code.
 *
 *	 0  synchronisation: 00, ten times FF, 00
 *	12  minute, second, frame (BCD; sector 0 is 00:02:00), mode
 *	16  mode 1: 2048 user bytes; 2064 EDC; 8 zeros; 2076 P; 2248 Q
 *	    mode 2: 8 bytes of subheader (4, twice), then
 *	    form 1: 24 user bytes; 2072 EDC; 2076 P; 2248 Q		form 2: 24 2324 user bytes; 2348 EDC, or 0
 *
 * The EDC is a reflected CRC-32 of the polynomial (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1) that begins with 0 and is
 * stored as it is (ECMA-130 14.3): so the code of zeros is zero.  Sixteen bytes go in one step, by tables. */
#include "config.h"

#include "formats/cd/sector.h"

#include <pthread.h>
#include <string.h>

#include "core/bytes.h"

#define POLYNOMIAL UINT32_C(0xd8018001)
#define SLICES 16

const uint8_t cd_sync[12] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };

static uint32_t slice[SLICES][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
		slice[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < SLICES; k++)
			slice[k][i] = slice[k - 1][i] >> 8 ^ slice[0][slice[k - 1][i] & 0xff];
}

/* Four bytes that have @k more bytes of their step behind them. */
static inline uint32_t
four(uint32_t w, int k)
{
	return slice[k + 3][w & 0xff] ^ slice[k + 2][w >> 8 & 0xff] ^ slice[k + 1][w >> 16 & 0xff] ^ slice[k][w >> 24];
}

uint32_t
cd_edc(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t c = 0;

	pthread_once(&once, make_tables);
	for (; len >= SLICES; p += SLICES, len -= SLICES)
		c = four(c ^ load_le32(p), 12) ^ four(load_le32(p + 4), 8) ^ four(load_le32(p + 8), 4) ^ four(load_le32(p + 12), 0);
	while (len--)
		c = c >> 8 ^ slice[0][(c ^ *p++) & 0xff];
	return c;
}

/* ---- headers ---- */

static bool
from_bcd(uint8_t b, unsigned int *ret)
{
	*ret = (b >> 4) * 10u + (b & 15);
	return (b & 15) < 10 && b < 0xa0;
}

static uint8_t
to_bcd(uint32_t n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

bool
cd_address(const uint8_t *s, int64_t *ret)
{
	unsigned int m, sec, f;

	if (memcmp(s, cd_sync, sizeof cd_sync) || !from_bcd(s[12], &m) || !from_bcd(s[13], &sec) || !from_bcd(s[14], &f) ||
	    sec > 59 || f >= CD_FRAMES)
		return false;
	*ret = (int64_t)(m * 60 + sec) * CD_FRAMES + f - CD_LEAD;
	return true;
}

/* The subheader stands there twice, so that one of them may be damaged: bit 5 of its third byte says form 2. */
enum cd_form
cd_form_of_xa(const uint8_t *s)
{
	if (memcmp(s, s + 4, 4) && (s[2] ^ s[6]) & 0x20)
		return cd_edc(s, 2056) == load_le32(s + 2056) ? CD_FORM1 : CD_MODE2;
	return s[2] & 0x20 ? CD_FORM2 : CD_FORM1;
}

enum cd_form
cd_form_of(const uint8_t *s, unsigned int mode)
{
	if (!memcmp(s, cd_sync, sizeof cd_sync) && s[15] <= 2)
		mode = s[15];
	return mode == 0 ? CD_MODE0 : mode == 1 ? CD_MODE1 : cd_form_of_xa(s + CD_HEAD);
}

bool
cd_sector_ok(const uint8_t *s, enum cd_form form)
{
	switch (form) {
	case CD_MODE1:
		return cd_edc(s, 2064) == load_le32(s + 2064);
	case CD_FORM1:
		return cd_edc(s + 16, 2056) == load_le32(s + 2072);
	case CD_FORM2:
		return !load_le32(s + 2348) || cd_edc(s + 16, 2332) == load_le32(s + 2348);
	case CD_MODE0:
	case CD_MODE2:
		break;
	}
	return true;
}

void
cd_make(uint8_t *ret, uint32_t lba, const uint8_t *user)
{
	uint32_t at = lba + CD_LEAD;

	memcpy(ret, cd_sync, sizeof cd_sync);
	ret[12] = to_bcd(at / CD_FRAMES / 60);
	ret[13] = to_bcd(at / CD_FRAMES % 60);
	ret[14] = to_bcd(at % CD_FRAMES);
	ret[15] = 1;
	if (user)
		memcpy(ret + CD_HEAD, user, CD_USER);
	else
		memset(ret + CD_HEAD, 0, CD_USER);
	store_le32(ret + 2064, cd_edc(ret, 2064));
	memset(ret + 2068, 0, 8);
	cd_ecc(ret, CD_MODE1);
}
