/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenPGP signatures, checked by gpgv against the keys the user gives. */
#ifndef INSPECT_OPENPGP_H
#define INSPECT_OPENPGP_H

#include <stddef.h>

#include "img/error.h"

enum openpgp_state {
	OPENPGP_GOOD,
	OPENPGP_BAD,		/* the bytes are not what was signed */
	OPENPGP_NONE,		/* no signature at all */
	OPENPGP_NO_KEY,		/* signed, but by none of the keys given */
	OPENPGP_DOUBTFUL,	/* good, but signature or key have expired, or the key was revoked */
};

struct openpgp {
	enum openpgp_state state;
	char signer[128];	/* the name in the key; "" if not known */
	char key[65];		/* fingerprint, or the key's id; "" if not known */
	char *text;		/* of a clear-signed text exactly what was signed, owned; else NULL */
	size_t text_len;
};

/* Check the signature in the file @signature over @data, a file; NULL: @signature is a clear-signed text.  @keyring: keys,
 * binary or armoured.  IMG_E_UNSUPPORTED where there is no gpgv. */
int openpgp_check(const char *keyring, const char *signature, const char *data, struct openpgp *ret, struct img_err *err);
void openpgp_done(struct openpgp *p);

#endif
