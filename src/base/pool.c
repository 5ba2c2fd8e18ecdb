/*
 * The thread pool. A run is a function, a count, and two numbers under one
 * lock: the next item to hand out and how many are done. Threads sleep while
 * there is nothing to hand out; a thread that wakes too late for a run finds
 * nothing and sleeps again, nobody waits for it. The caller works like
 * the others and then waits for the last item. Items are meant to be coarse
 * (a shard, a block of rows): one lock and unlock each is nothing beside them.
 */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define THREADS_MAX 1024

/* What went wrong in the lowest failing item so far; item < 0 while nothing did. */
struct failure {
	int item;
	char message[ERROR_MAX];
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work; /* there are items, or it is time to quit */
	pthread_cond_t done; /* the last item is done */
	bool quit, running;

	int (*fn)(void *context, int item);
	void *context;
	int items, next, finished;
	struct failure failure;

	int threads; /* with the caller */
	int started; /* without it */
	pthread_t thread[];
};

/* Keep the message this thread has just left, when no lower item has failed yet. */
static void note_failure(struct failure *f, int item)
{
	const char *message = error_message();

	if (f->item >= 0 && f->item < item)
		return;
	f->item = item;
	memcpy(f->message, message, strlen(message) + 1);
}

/* Run items until none is left to hand out. The lock is held on entry and exit. */
static void run_items(struct pool *pool)
{
	while (pool->next < pool->items) {
		int item = pool->next++;
		int status;

		pthread_mutex_unlock(&pool->lock);
		status = pool->fn(pool->context, item);
		pthread_mutex_lock(&pool->lock);
		if (status < 0)
			note_failure(&pool->failure, item);
		if (++pool->finished == pool->items)
			pthread_cond_signal(&pool->done);
	}
}

static void *worker(void *argument)
{
	struct pool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	while (!pool->quit) {
		if (pool->next < pool->items)
			run_items(pool);
		else
			pthread_cond_wait(&pool->work, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The processors this process may run on, which a container makes fewer than there are. */
static int processors(void)
{
	cpu_set_t set;
	long n;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = CPU_COUNT(&set);
	else
		n = sysconf(_SC_NPROCESSORS_ONLN); /* more than a cpu_set_t holds */
	if (n < 1)
		return 1;
	return n > THREADS_MAX ? THREADS_MAX : (int)n;
}

/*
 * All signals but those that a thread brings on itself by a fault: the kernel
 * delivers these to the thread at fault, and blocked ones would end the
 * program without its crash handler (or the sanitizer's) being called.
 */
static void signals_to_block(sigset_t *set)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

	sigfillset(set);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigdelset(set, faults[i]);
}

/* Threads inherit the mask of the one that starts them. */
static int start_threads(struct pool *pool)
{
	sigset_t block, before;
	int status;

	signals_to_block(&block);
	status = pthread_sigmask(SIG_SETMASK, &block, &before);
	if (status)
		return error("cannot block signals: %s", strerror(status));
	while (!status && pool->started < pool->threads - 1) {
		status = pthread_create(&pool->thread[pool->started], NULL, worker, pool);
		if (!status)
			pool->started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status)
		return error("cannot start thread %d of %d: %s", pool->started + 2, pool->threads, strerror(status));
	return 0;
}

struct pool *pool_new(int threads)
{
	struct pool *pool;

	if (threads == 0)
		threads = processors();
	if (threads < 0 || threads > THREADS_MAX) {
		error("%d threads: 1 to %d can be had", threads, THREADS_MAX);
		return NULL;
	}
	pool = mem_new(1, sizeof *pool + (size_t)threads * sizeof *pool->thread);
	if (!pool)
		return NULL;
	pool->threads = threads;
	/* with default attributes these three cannot fail on Linux */
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	if (start_threads(pool) < 0) {
		pool_free(pool);
		return NULL;
	}
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->quit = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->started; i++)
		pthread_join(pool->thread[i], NULL);
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

int pool_threads(const struct pool *pool)
{
	return pool ? pool->threads : 1;
}

static int run_alone(int (*fn)(void *context, int item), void *context, int items)
{
	struct failure failure;

	failure.item = -1;
	for (int i = 0; i < items; i++)
		if (fn(context, i) < 0)
			note_failure(&failure, i);
	return failure.item < 0 ? 0 : error("%s", failure.message);
}

int pool_run(struct pool *pool, int (*fn)(void *context, int item), void *context, int items)
{
	int failed;

	if (items <= 0)
		return 0;
	if (!pool)
		return run_alone(fn, context, items);

	pthread_mutex_lock(&pool->lock);
	if (pool->running)
		BUG("pool_run inside pool_run");
	pool->running = true;
	pool->fn = fn;
	pool->context = context;
	pool->next = pool->finished = 0;
	pool->items = items;
	pool->failure.item = -1;
	if (items > 1 && pool->started > 0)
		pthread_cond_broadcast(&pool->work);
	run_items(pool);
	while (pool->finished < items)
		pthread_cond_wait(&pool->done, &pool->lock);
	failed = pool->failure.item;
	pool->running = false;
	pthread_mutex_unlock(&pool->lock);
	/* nobody but the next run writes there */
	return failed < 0 ? 0 : error("%s", pool->failure.message);
}
