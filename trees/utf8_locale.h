/* SPDX-License-Identifier: BSD-2-Clause */
/* libarchive converts names by the locale of the calling thread.  The tools keep the C locale, in which no name beyond
 * ASCII could pass: around its calls the thread has a UTF-8 one. */
#ifndef TREES_UTF8_LOCALE_H
#define TREES_UTF8_LOCALE_H

#include <locale.h>

struct utf8_locale {
	locale_t made, before;
};

static inline struct utf8_locale
utf8_locale_enter(void)
{
	static const char *const names[] = { "C.UTF-8", "C.utf8", "en_US.UTF-8" };
	struct utf8_locale l = { (locale_t)0, (locale_t)0 };

	for (unsigned int i = 0; i < sizeof names / sizeof *names && !l.made; i++)
		l.made = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
	if (l.made)
		l.before = uselocale(l.made);
	return l;
}

static inline void
utf8_locale_leave(struct utf8_locale *l)
{
	if (l->made) {
		uselocale(l->before);
		freelocale(l->made);
	}
}

#endif
