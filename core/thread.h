/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads with small stacks, so that a tight address space limit leaves room for the work. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <pthread.h>

/* As pthread_create, whose error it returns; the stack is 512 KiB, or what the system asks for at least. */
int img_thread(pthread_t *ret, void *(*fn)(void *), void *arg);

#endif
