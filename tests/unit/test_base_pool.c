/* The thread pool: every item once, the lowest failure wins, signals stay with the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/pool.h"

#define ITEMS 1000

struct tally {
	int runs[ITEMS]; /* each written by the one thread that has the item */
	int fail_from;   /* items from here on fail, in steps of 7 */
};

static int count_item(void *context, int item)
{
	struct tally *tally = context;

	tally->runs[item]++;
	if (item >= tally->fail_from && (item - tally->fail_from) % 7 == 0)
		return error("item %d failed", item);
	return 0;
}

static void run_and_check(struct pool *pool, int items, int fail_from, int expected)
{
	struct tally tally = {.fail_from = fail_from};

	error("from before");
	assert_int_equal(pool_run(pool, count_item, &tally, items), expected);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(tally.runs[i], i < items);
}

static void test_every_item_once(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 5; threads++) {
		struct pool *pool = pool_new(threads);

		assert_non_null(pool);
		assert_int_equal(pool_threads(pool), threads);
		for (int items = 0; items < 40; items++)
			run_and_check(pool, items, ITEMS, 0);
		run_and_check(pool, ITEMS, ITEMS, 0);
		pool_free(pool);
	}
}

static void test_no_pool(void **state)
{
	(void)state;
	assert_int_equal(pool_threads(NULL), 1);
	run_and_check(NULL, 10, ITEMS, 0);
	run_and_check(NULL, ITEMS, 300, -1);
	assert_string_equal(error_message(), "item 300 failed");
	pool_free(NULL);
}

/* Whichever item fails first in time, the lowest is reported, and the rest is done all the same. */
static void test_lowest_failure(void **state)
{
	struct pool *pool = pool_new(4);

	(void)state;
	assert_non_null(pool);
	for (int i = 0; i < 200; i++) {
		run_and_check(pool, ITEMS, i, -1);
		assert_int_equal(atoi(error_message() + strlen("item ")), i);
	}
	/* and a failure is forgotten by the next run */
	run_and_check(pool, ITEMS, ITEMS, 0);
	pool_free(pool);
}

struct meeting {
	pthread_barrier_t barrier;
	pthread_t caller;
	atomic_int others, open_signals;
};

/* As many items as threads, each of which waits for all: every thread has one. */
static int meet(void *context, int item)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD, SIGWINCH};
	struct meeting *m = context;
	sigset_t blocked;

	(void)item;
	pthread_barrier_wait(&m->barrier);
	if (pthread_equal(pthread_self(), m->caller))
		return 0;
	atomic_fetch_add(&m->others, 1);
	if (pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0)
		return error("no mask");
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!sigismember(&blocked, wanted[i]))
			atomic_fetch_add(&m->open_signals, 1);
	return 0;
}

static void test_all_threads_work_with_signals_blocked(void **state)
{
	struct meeting m = {.caller = pthread_self()};
	struct pool *pool;
	sigset_t mine, before, after;

	(void)state;
	/* the caller's own mask, whatever it was, is as before when the threads are started */
	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &mine, &before), 0);
	pool = pool_new(4);
	assert_non_null(pool);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
	assert_int_equal(sigismember(&after, SIGUSR2), 1);
	assert_int_equal(sigismember(&after, SIGINT), 0);
	assert_int_equal(sigismember(&after, SIGTERM), 0);
	assert_int_equal(pthread_barrier_init(&m.barrier, NULL, 4), 0);
	assert_int_equal(pool_run(pool, meet, &m, 4), 0);
	assert_int_equal(atomic_load(&m.others), 3);
	assert_int_equal(atomic_load(&m.open_signals), 0);
	pthread_barrier_destroy(&m.barrier);
	pool_free(pool);
}

struct sums {
	uint64_t of_item[64];
	uint64_t seed;
};

static int sum_item(void *context, int item)
{
	struct sums *s = context;
	uint64_t x = s->seed + (uint64_t)item;

	for (int i = 0; i < 100; i++)
		x = x * 6364136223846793005u + 1442695040888963407u;
	s->of_item[item] = x;
	return 0;
}

/* What the items wrote is visible to the caller, run after run. */
static void test_many_runs(void **state)
{
	struct pool *pool = pool_new(3);

	(void)state;
	assert_non_null(pool);
	for (uint64_t run = 0; run < 2000; run++) {
		struct sums with = {.seed = run}, without = {.seed = run};

		assert_int_equal(pool_run(pool, sum_item, &with, 64), 0);
		assert_int_equal(pool_run(NULL, sum_item, &without, 64), 0);
		assert_memory_equal(&with, &without, sizeof with);
	}
	pool_free(pool);
}

static void test_numbers_of_threads(void **state)
{
	struct pool *pool;

	(void)state;
	pool = pool_new(0);
	assert_non_null(pool);
	assert_true(pool_threads(pool) >= 1);
	pool_free(pool);
	error_clear();
	assert_null(pool_new(-1));
	assert_string_not_equal(error_message(), "");
	assert_null(pool_new(1000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_item_once), cmocka_unit_test(test_no_pool),
		cmocka_unit_test(test_lowest_failure),  cmocka_unit_test(test_all_threads_work_with_signals_blocked),
		cmocka_unit_test(test_many_runs),       cmocka_unit_test(test_numbers_of_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
