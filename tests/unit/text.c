/* SPDX-License-Identifier: BSD-2-Clause */
/* Names cannot drive a terminal; sizes and times read as the manual shows them. */
#include "config.h"

#include "core/text.h"
#include "tests/test.h"

static void
safe(const char *in, bool utf8, const char *want)
{
	char buf[200];

	TEST_STR(text_safe(buf, sizeof buf, in, utf8), want);
}

static void
test_safe(void)
{
	char small[6];

	safe("plain name.dmg", true, "plain name.dmg");
	safe("a\033[31mb\r\n\a\x7f", true, "a\\x1b[31mb\\x0d\\x0a\\x07\\x7f");
	safe("Gr\xc3\xb6\xc3\x9f" "e", true, "Gr\xc3\xb6\xc3\x9f" "e");
	safe("Gr\xc3\xb6", false, "Gr\\u{f6}");
	safe("\xc2\x9b" "31m", true, "\\u{9b}31m");			/* C1 as UTF-8 */
	safe("\x9b" "31m", true, "\\x9b31m");				/* C1 as a byte */
	safe("a\xe2\x80\xae" "gmd", true, "a\\u{202e}gmd");		/* right-to-left override */
	safe("\xe2\x81\xa6x", true, "\\u{2066}x");
	safe("\xc0\xaf", true, "\\xc0\\xaf");				/* overlong */
	safe("\xed\xa0\x80", true, "\\xed\\xa0\\x80");			/* surrogate */
	safe("\xf4\x90\x80\x80", true, "\\xf4\\x90\\x80\\x80");		/* past U+10FFFF */
	safe("\xe2\x80", true, "\\xe2\\x80");				/* cut short */
	safe("\xf0\x9f\x92\xbf", true, "\xf0\x9f\x92\xbf");
	/* cut at a whole character */
	TEST_STR(text_safe(small, sizeof small, "abc\033x", true), "abc");
	TEST_STR(text_safe(small, sizeof small, "abcd\xc3\xb6", true), "abcd");
	TEST_TRUE(text_is_utf8("Gr\xc3\xb6\xc3\x9f" "e"));
	TEST_TRUE(!text_is_utf8("\xff"));
}

static void
test_sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *two, *three;
	} t[] = {
		{ 0, "0 bytes", "0 bytes" }, { 1, "1 byte", "1 byte" }, { 512, "512 bytes", "512 bytes" },
		{ 262144, "256 KiB", "256 KiB" }, { 4 << 20, "4 MiB", "4 MiB" },
		{ 2254857830, "2.1 GiB", "2.10 GiB" }, { 3328599654, "3.1 GiB", "3.10 GiB" },
		{ 432013312, "412 MiB", "412 MiB" }, { 4666163, "4.4 MiB", "4.45 MiB" },
		{ 32715571, "31 MiB", "31.2 MiB" }, { 48213504, "46 MiB", "46.0 MiB" },
		{ 120586240, "115 MiB", "115 MiB" }, { 1047552, "1023 KiB", "1023 KiB" },
		{ 1048575, "1.0 MiB", "1.00 MiB" }, { 10444800, "10 MiB", "9.96 MiB" },
		{ UINT64_MAX, "16 EiB", "16.0 EiB" },
	};
	char buf[TEXT_SIZE_MAX], two[2 * TEXT_SIZE_MAX];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		TEST_STR(text_size(buf, t[i].bytes), t[i].two);
		TEST_STR(text_size_exact(buf, t[i].bytes), t[i].three);
	}
	TEST_STR(text_of(two, 1395864371, 3328599654), "1.3 of 3.1 GiB");
	TEST_STR(text_of(two, 0, 4 << 20), "0 of 4 MiB");
}

static void
test_times(void)
{
	char buf[TEXT_SIZE_MAX];

	TEST_STR(text_seconds(buf, 0.044), "0.04 s");
	TEST_STR(text_seconds(buf, 8.14), "8.1 s");
	TEST_STR(text_seconds(buf, 125), "2:05");
	TEST_STR(text_clock(buf, 4.4), "0:04");
	TEST_STR(text_clock(buf, 3725), "1:02:05");
	TEST_STR(text_clock(buf, -3), "0:00");
}

static void
test_hex(void)
{
	char buf[9];

	TEST_STR(text_hex(buf, (const uint8_t *)"\x00\xff\x1a\x80", 4), "00ff1a80");
}

static void
test_locale(void)
{
	unsetenv("LC_CTYPE");
	setenv("LANG", "de_DE.UTF-8", 1);
	unsetenv("LC_ALL");
	TEST_TRUE(text_locale_utf8());
	setenv("LC_ALL", "C", 1);
	TEST_TRUE(!text_locale_utf8());
	setenv("LC_ALL", "C.utf8", 1);
	TEST_TRUE(text_locale_utf8());
	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "en_US.ISO-8859-1", 1);
	TEST_TRUE(!text_locale_utf8());
}

int
main(void)
{
	test_safe();
	test_sizes();
	test_times();
	test_hex();
	test_locale();
	return 0;
}
