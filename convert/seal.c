/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of an encrypted target: drawn once everything else is known to be in order, for deriving them takes a moment and
 * a password may have to be typed. */
#include "config.h"

#include "convert/conversion.h"

#include <stdio.h>
#include <string.h>

#include "core/password.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "img/format.h"

int
conversion_key_rounds(const struct conv_options *o, uint32_t *ret, struct img_err *err)
{
	uint64_t n = ENC_ROUNDS;
	int rc = 0;

	if (o->key_rounds)
		rc = cmd_number("--opt " CONV_KEY_ROUNDS, o->key_rounds, ENC_MAX_ROUNDS, &n, err);
	if (!rc && n < ENC_MIN_ROUNDS)
		rc = img_fail(err, IMG_E_USAGE, "--opt " CONV_KEY_ROUNDS ": at least %d are expected", ENC_MIN_ROUNDS);
	if (!rc)
		*ret = (uint32_t)n;
	return rc;
}

int
conversion_seal(struct conversion *c, struct img_err *err)
{
	struct password own = { .file = c->o->new_password_file, .fd = c->o->new_password_fd, .env = c->env };
	char password[PASSWORD_MAX] = "", what[16];
	uint32_t rounds;
	int rc = conversion_key_rounds(c->o, &rounds, err);

	snprintf(what, sizeof what, "AES-%u", c->o->encrypt);
	if (!rc)
		rc = password_new(&own, &c->t->password, what, password, sizeof password, err);
	if (!rc)
		rc = enc_seal_new(c->env, c->o->encrypt, rounds, password, &c->seal, err);
	explicit_bzero(password, sizeof password);
	if (rc && err)
		err->side = IMG_SIDE_TARGET;
	return rc;
}
