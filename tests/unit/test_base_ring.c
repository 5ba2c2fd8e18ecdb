/* The ring: what goes in comes out, in order, also between two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "base/ring.h"

static void test_capacity(void **state)
{
	static const size_t asked[] = {0, 1, 2, 3, 4, 5, 1000};
	static const size_t given[] = {1, 1, 2, 4, 4, 8, 1024};

	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct ring r;

		assert_int_equal(ring_init(&r, asked[i], 12), 0);
		assert_int_equal(ring_room(&r), given[i]);
		assert_int_equal(ring_count(&r), 0);
		assert_null(ring_peek(&r));
		ring_done(&r);
	}
}

static void test_too_large(void **state)
{
	struct ring r;

	(void)state;
	error_clear();
	assert_int_equal(ring_init(&r, SIZE_MAX, 1), -1);
	assert_non_null(strstr(error_message(), "out of memory"));
	assert_int_equal(ring_init(&r, SIZE_MAX / 8, 64), -1);
}

static void test_all_or_none(void **state)
{
	int in[5] = {1, 2, 3, 4, 5}, out[5] = {0};
	struct ring r;

	(void)state;
	assert_int_equal(ring_init(&r, 4, sizeof *in), 0);
	assert_int_equal(ring_write(&r, in, 5), 0);
	assert_int_equal(ring_write(&r, in, 3), 1);
	assert_int_equal(ring_write(&r, in, 2), 0);
	assert_int_equal(ring_room(&r), 1);
	assert_int_equal(ring_count(&r), 3);
	assert_int_equal(ring_read(&r, out, 4), 0);
	assert_int_equal(out[0], 0);
	assert_int_equal(*(const int *)ring_peek(&r), 1);
	assert_int_equal(ring_read(&r, out, 3), 1);
	assert_memory_equal(out, in, 3 * sizeof *in);
	assert_int_equal(ring_read(&r, out, 1), 0);
	assert_int_equal(ring_write(&r, in, 0), 1);
	assert_int_equal(ring_read(&r, out, 0), 1);
	ring_done(&r);
}

/* Every batch size at every place, and across the wrap of the counts themselves. */
static void test_wrap(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);
	uint64_t next_in = 0, next_out = 0, buf[8];
	struct ring r;

	(void)state;
	assert_int_equal(ring_init(&r, 8, sizeof *buf), 0);
	atomic_store(&r.head, SIZE_MAX - 1000);
	atomic_store(&r.tail, SIZE_MAX - 1000);
	for (int i = 0; i < 20000; i++) {
		size_t n = random_below(&random, 9);

		if (random_below(&random, 2)) {
			size_t room = ring_room(&r);

			for (size_t k = 0; k < n && k < 8; k++)
				buf[k] = next_in + k;
			assert_int_equal(ring_write(&r, buf, n), n <= room);
			next_in += n <= room ? n : 0;
		} else {
			size_t count = ring_count(&r);

			assert_int_equal(ring_read(&r, buf, n), n <= count);
			for (size_t k = 0; n <= count && k < n; k++)
				assert_true(buf[k] == next_out++);
		}
		assert_int_equal(ring_count(&r), next_in - next_out);
		assert_int_equal(ring_room(&r), 8 - (next_in - next_out));
	}
	ring_done(&r);
}

struct item {
	uint32_t number;
	uint32_t check[5];
};

#define SENT 200000u

static void *produce(void *argument)
{
	struct ring *r = argument;
	uint32_t sent = 0;

	while (sent < SENT) {
		struct item batch[4];
		uint32_t n = sent % 4 + 1;

		n = n > SENT - sent ? SENT - sent : n;
		for (uint32_t i = 0; i < n; i++) {
			batch[i].number = sent + i;
			for (uint32_t k = 0; k < 5; k++)
				batch[i].check[k] = (sent + i) * (k + 3);
		}
		if (ring_write(r, batch, n))
			sent += n;
		else
			sched_yield();
	}
	return NULL;
}

static int good(const struct item *item, uint32_t number)
{
	for (uint32_t k = 0; k < 5; k++)
		if (item->check[k] != number * (k + 3))
			return 0;
	return item->number == number;
}

static void test_two_threads(void **state)
{
	uint32_t received = 0, bad = 0;
	pthread_t producer;
	struct ring r;

	(void)state;
	assert_int_equal(ring_init(&r, 16, sizeof(struct item)), 0);
	assert_int_equal(pthread_create(&producer, NULL, produce, &r), 0);
	while (received < SENT) {
		const struct item *peeked = ring_peek(&r);
		struct item item;

		if (!peeked) {
			sched_yield();
			continue;
		}
		bad += !good(peeked, received);
		bad += !ring_read(&r, &item, 1) || !good(&item, received);
		received++;
	}
	assert_int_equal(pthread_join(producer, NULL), 0);
	assert_int_equal(bad, 0);
	assert_int_equal(ring_count(&r), 0);
	ring_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capacity), cmocka_unit_test(test_too_large),   cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_wrap),     cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
