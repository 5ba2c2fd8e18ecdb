/* Monotonic time, deadlines, and signals that cut a sleep short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "base/clock.h"

#define MS 1000000u

static void test_forward(void **state)
{
	uint64_t before = clock_now();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_now();

		assert_true(now >= before);
		before = now;
	}
}

static void test_sleeps_until_deadline(void **state)
{
	uint64_t deadline = clock_now() + 20 * MS;

	(void)state;
	assert_int_equal(clock_sleep_until(deadline), 0);
	assert_true(clock_now() >= deadline);
	assert_true(clock_now() < deadline + 2000 * MS);
}

static void test_past_deadline(void **state)
{
	uint64_t start = clock_now();

	(void)state;
	assert_int_equal(clock_sleep_until(start - 1), 0);
	assert_int_equal(clock_sleep_until(0), 0);
	assert_true(clock_now() < start + 1000 * MS);
}

static void nothing(int signal)
{
	(void)signal;
}

static void test_signal_wakes(void **state)
{
	/* again and again, in case the first comes before the sleep */
	struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
	struct sigaction action, before;
	uint64_t start = clock_now();

	(void)state;
	memset(&action, 0, sizeof action);
	action.sa_handler = nothing;
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(clock_sleep_until(start + 20000u * (uint64_t)MS), 1);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_true(clock_now() < start + 10000u * (uint64_t)MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_sleeps_until_deadline),
		cmocka_unit_test(test_past_deadline),
		cmocka_unit_test(test_signal_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
