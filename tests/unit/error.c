/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors keep the innermost cause, whatever context is put in front. */
#include "config.h"

#include <errno.h>

#include "tests/test.h"

int
main(void)
{
	struct img_err e = { 0 };

	TEST_EQ_I(img_fail(&e, IMG_E_FORMAT, "chunk %d is bad", 17), IMG_E_FORMAT);
	TEST_STR(e.msg, "chunk 17 is bad");
	TEST_EQ_I(img_note(&e, IMG_E_FORMAT, "block table %d", 3), IMG_E_FORMAT);
	TEST_STR(e.msg, "block table 3: chunk 17 is bad");
	TEST_EQ_I(e.code, IMG_E_FORMAT);

	for (int i = 0; i < 200; i++)
		img_note(&e, e.code, "context %d", i);
	TEST_TRUE(strlen(e.msg) < sizeof e.msg);
	TEST_TRUE(strstr(e.msg, "chunk 17 is bad") != NULL);

	TEST_EQ_I(img_fail_sys(&e, ENOSPC, "cannot write at %d", 5), IMG_E_NOSPACE);
	TEST_TRUE(strstr(e.msg, "cannot write at 5: ") != NULL);
	TEST_EQ_I(e.sys_errno, ENOSPC);
	TEST_EQ_I(img_fail_sys(&e, ENOMEM, "x"), IMG_E_NOMEM);
	TEST_EQ_I(img_fail_sys(&e, EEXIST, "x"), IMG_E_EXISTS);
	TEST_EQ_I(img_fail_sys(&e, EIO, "x"), IMG_E_IO);

	/* nobody listens: the code still comes back */
	TEST_EQ_I(img_fail(NULL, IMG_E_LIMIT, "x"), IMG_E_LIMIT);
	TEST_EQ_I(img_note(NULL, IMG_E_LIMIT, "x"), IMG_E_LIMIT);
	return 0;
}
