/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads with small stacks; see core/thread.h. */
#include "config.h"

#include "core/thread.h"

#include <limits.h>
#include <stddef.h>

#define STACK_SIZE ((size_t)512 << 10)

int
img_thread(pthread_t *ret, void *(*fn)(void *), void *arg)
{
	size_t least = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc)
		return rc;
	pthread_attr_setstacksize(&attr, STACK_SIZE < least ? least : STACK_SIZE);
	rc = pthread_create(ret, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return rc;
}
