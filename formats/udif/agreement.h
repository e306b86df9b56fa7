/* SPDX-License-Identifier: BSD-2-Clause */
/* A licence to agree to before an image opens, as resources to be written into it. */
#ifndef FORMATS_UDIF_AGREEMENT_H
#define FORMATS_UDIF_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/sink.h"

struct udif_agreement;

struct udif_agreement *udif_agreement_new(void);	/* NULL: out of memory */
struct udif_agreement *udif_agreement_free(struct udif_agreement *a);	/* NULL accepted; returns NULL */

/* Add the text in one language: UTF-8 (or UTF-16 with a mark), or RTF.  @language: "en", "de", "pt_BR"; NULL: English.  The
 * first one added is the default.  IMG_E_USAGE for a language nobody knows or that was there, and for text that the characters
 * of the language cannot hold; IMG_E_UNSUPPORTED where this system does not know them. */
int udif_agreement_add(struct udif_agreement *a, const char *language, const uint8_t *text, size_t len, struct img_err *err);

/* The resources; valid until the next call about @a.  NULL: out of memory. */
const struct img_resource *udif_agreement_resources(struct udif_agreement *a, size_t *ret_n, struct img_err *err);

/* ---- languages.c ---- */

struct udif_language {
	const char *codes;		/* "pt_BR pt-br": the first is shown */
	unsigned int region;		/* Apple's Script.h */
	const char *charset;		/* of that region's Macs, for iconv; NULL: this program knows MacRoman itself */
	const char *charset_title;
	unsigned int two_bytes;		/* 1: of a script with characters of two bytes */
	const char *words[6];		/* name of the language, agree, disagree, print, save, what to do; UTF-8 */
};
const struct udif_language *udif_language_find(const char *code);	/* NULL: nobody knows it */
extern const struct udif_language udif_languages[];			/* ends with NULL codes */

#endif
