/* SPDX-License-Identifier: BSD-2-Clause */
/* Write-back on a thread of its own.  The kernel takes the bytes of a window at once only while the disk keeps up; then
 * sync_file_range waits, and a worker that called it would decode nothing meanwhile (measured: 75 ms of a conversion of
 * 512 MiB).  Windows are large, because one range costs far less than many small ones, and the two at hand are left alone:
 * workers write out of order.  All of it is a hint: what was not started is written by the sync at the end. */
#include "config.h"

#include "core/write_back.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/thread.h"

#define WINDOW (UINT64_C(8) << 20)

struct write_back {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	_Atomic uint64_t ready;		/* windows that may go */
	bool stop;
};

#ifdef HAVE_SYNC_FILE_RANGE
static void *
write_back_main(void *arg)
{
	struct write_back *w = arg;
	uint64_t done = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		uint64_t ready = atomic_load(&w->ready);

		if (ready == done) {
			pthread_cond_wait(&w->moved, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		sync_file_range(w->fd, (off_t)(done * WINDOW), (off_t)((ready - done) * WINDOW), SYNC_FILE_RANGE_WRITE);
		done = ready;
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct write_back *
write_back_new(int fd)
{
	struct write_back *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->fd = fd;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->moved, NULL);
	if (img_thread(&w->thread, write_back_main, w)) {
		pthread_mutex_destroy(&w->lock);
		pthread_cond_destroy(&w->moved);
		free(w);
		return NULL;
	}
	return w;
}
#else
struct write_back *
write_back_new(int fd)
{
	return NULL;
}
#endif

void
write_back_reached(struct write_back *w, uint64_t off)
{
	uint64_t now = off / WINDOW, ready;

	if (!w || now < 2)
		return;
	ready = atomic_load_explicit(&w->ready, memory_order_relaxed);
	if (now - 1 <= ready || !atomic_compare_exchange_strong(&w->ready, &ready, now - 1))
		return;
	pthread_mutex_lock(&w->lock);
	pthread_cond_signal(&w->moved);
	pthread_mutex_unlock(&w->lock);
}

struct write_back *
write_back_free(struct write_back *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->moved);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->moved);
	free(w);
	return NULL;
}
