/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in the cryptographic message syntax (RFC 5652), as Apple's code signatures have them: one signer, his
 * certificates, and what was signed beside it.  Nobody is trusted here but whom the user names. */
#ifndef CORE_CMS_H
#define CORE_CMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_rep;

#define CMS_MAX_CHAIN 8
#define CMS_NAME 256

/* What the signature says of itself; nothing of it is checked. */
struct cms_facts {
	size_t n_chain;
	char chain[CMS_MAX_CHAIN][CMS_NAME];	/* common names, the signer's first, as far up as there are certificates */
	char team[64];			/* organisational unit of the signer; "": none */
	int64_t signed_at;		/* since 1970, by the signer's own word; INT64_MIN: not said */
	bool stamped;			/* an authority's word for the time is there */
};
/* IMG_E_FORMAT: it is no such signature, or cut short. */
int cms_read(const void *bytes, size_t n, struct cms_facts *ret, struct img_err *err);
/* "authorities", "signed_at", "timestamp" of the report. */
void cms_describe(const struct cms_facts *f, struct img_rep *rep);

enum cms_trust {
	CMS_UNCHECKED,		/* no roots were given */
	CMS_UNTRUSTED,		/* the chain does not lead to them; @why */
	CMS_TRUSTED,
};
struct cms_verdict {
	bool holds;		/* it is the signer's signature over the content; else @why */
	enum cms_trust trust;
	int64_t stamped_at;	/* the time by an authority that leads to the roots too; INT64_MIN: none */
	char why[200];
};
/* Is it a signature over @content, and does the signer's chain lead to a certificate in the file @roots (PEM, one or more,
 * or DER)?  NULL: unchecked.  Certificates must be good at the time of the stamp, without one today, and the signer's meant
 * for code.  IMG_E_USAGE, IMG_E_IO: @roots cannot be read. */
int cms_check(const void *bytes, size_t n, const void *content, size_t n_content, const char *roots, struct cms_verdict *ret,
	      struct img_err *err);

/* The hashes of code directories among the signed attributes, one call each: @digest NULL: of any kind, cut to @n bytes.
 * False from @fn: that is none of them, and the walk ends with false.  An attribute that cannot be read is none as well. */
typedef bool cms_hash_fn(void *ctx, const char *digest, const uint8_t *sum, size_t n);
bool cms_code_hashes(const void *bytes, size_t n, cms_hash_fn *fn, void *ctx);

#endif
