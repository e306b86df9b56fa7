/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16 and doubtful bytes become UTF-8; nothing runs over its buffer or breaks a character. */
#include "config.h"

#include "core/unicode.h"
#include "tests/test.h"

static void
utf16(void)
{
	static const uint16_t plain[] = { 'a', 0xe4, 0x20ac, 0xd83d, 0xde00, 0, 'x' };
	static const uint16_t lone[] = { 0xd800, 'a', 0xdc00, 0xd83d };
	char s[64];

	TEST_EQ_U(img_utf16_to_utf8(plain, 7, s, sizeof s), 0);
	TEST_STR(s, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	TEST_EQ_U(img_utf16_to_utf8(lone, 4, s, sizeof s), 3);
	TEST_STR(s, "\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd");
	/* whole characters only */
	TEST_EQ_U(img_utf16_to_utf8(plain, 7, s, 6), 0);
	TEST_STR(s, "a\xc3\xa4");
	img_utf16_to_utf8(plain, 7, s, 7);
	TEST_STR(s, "a\xc3\xa4\xe2\x82\xac");
	img_utf16_to_utf8(plain, 7, s, 1);
	TEST_STR(s, "");
}

static void
utf8(void)
{
	char s[64];

	TEST_EQ_U(img_bytes_to_utf8("ok\xc3\xa4\0no", 7, s, sizeof s), 0);
	TEST_STR(s, "ok\xc3\xa4");
	/* overlong, surrogate, too large, cut: every byte by itself */
	TEST_EQ_U(img_bytes_to_utf8("\xc0\xaf", 2, s, sizeof s), 2);
	TEST_EQ_U(img_bytes_to_utf8("\xed\xa0\x80", 3, s, sizeof s), 3);
	TEST_EQ_U(img_bytes_to_utf8("\xf4\x90\x80\x80", 4, s, sizeof s), 4);
	TEST_EQ_U(img_bytes_to_utf8("a\xe2\x82", 3, s, sizeof s), 2);
	TEST_STR(s, "a\xef\xbf\xbd\xef\xbf\xbd");
}

int
main(void)
{
	utf16();
	utf8();
	return 0;
}
