/*
 * The even clock of an audio driver's blocks: drivers that jitter, that ask in
 * bursts, whose crystal is off, that stop and begin anew, by a fake clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/random.h"
#include "live/pace.h"

#define RATE 48000
#define MS   1000000

struct course {        /* how a driver asks */
	size_t frames; /* of a block */
	int burst;
	int64_t jitter; /* ns, at most, late */
	double speed;   /* of its crystal */
};

/*
 * Blocks for ten seconds. A message must be there before the block it is due
 * in is asked for, once the delay is found; and from block to block time must
 * go on evenly: *uneven is the most that it was off by, ns.
 */
static void run(const struct course *c, int64_t *uneven, uint64_t *delay)
{
	struct random r = random_stream(1, c->frames, (uint64_t)c->burst, (uint64_t)c->jitter);
	const int blocks = (int)(10 * RATE / c->frames);
	struct pace p;
	uint64_t last = 0, shown = 0;

	*uneven = 0;
	pace_start(&p, RATE);
	for (int i = 0; i < blocks; i++) {
		/* at the times of a burst's first block */
		const double due = (double)(i / c->burst * c->burst) * (double)c->frames / RATE / c->speed;
		uint64_t now = 1000000000 + (uint64_t)(due * 1e9), begin;

		/* what keeps one back keeps back the next */
		now += c->jitter > 0 ? random_below(&r, (uint32_t)c->jitter) : 0;
		now = now > shown ? now : shown;
		shown = now;
		begin = pace_block(&p, now, c->frames);
		if (i > blocks / 4) {
			const int64_t went = (int64_t)(begin - last), length = (int64_t)pace_frames(&p, c->frames);

			if (llabs(went - length) > *uneven)
				*uneven = llabs(went - length);
			/* the last frame of the block is of a moment that has been */
			assert_true(begin + (uint64_t)length <= now);
		}
		last = begin;
	}
	*delay = p.delay;
}

static void test_courses(void **state)
{
	static const struct course courses[] = {
		{64, 1, 0, 1},        {256, 1, 0, 1},      {1024, 1, 0, 1},      {256, 1, 3 * MS, 1},
		{64, 16, 0, 1},       {64, 16, 2 * MS, 1}, {256, 4, 1 * MS, 1},  {480, 1, 1 * MS, 1.0005},
		{480, 1, MS, 0.9995}, {441, 3, MS, 1},     {64, 1, 5 * MS, 1.0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
		const struct course *c = &courses[i];
		const int64_t block = (int64_t)c->frames * 1000000000 / RATE, burst = block * c->burst;
		int64_t uneven;
		uint64_t delay;

		run(c, &uneven, &delay);
		print_message(
			"blocks of %zu, %d at once, late by up to %.1f ms: uneven by %.3f ms, behind by %.1f ms\n",
			c->frames, c->burst, (double)c->jitter / MS, (double)uneven / MS, (double)delay / MS);
		/* less than a block of the synthesiser's, and nothing where there is nothing to smooth */
		assert_true(uneven < MS);
		if (c->burst == 1 && c->jitter == 0)
			assert_true(uneven < MS / 100);
		/* behind by no more than it takes */
		assert_true((int64_t)delay <= burst + block + c->jitter + 4 * MS);
	}
}

static void test_begins_anew(void **state)
{
	struct pace p;
	uint64_t now = 5000000000u, begin = 0;

	(void)state;
	pace_start(&p, RATE);
	for (int i = 0; i < 100; i++, now += 10 * MS)
		begin = pace_block(&p, now, 480);
	assert_true(now - begin < 40 * MS);
	/* halted for a minute, then on: at once with the clock, not a minute behind */
	now += 60000000000u;
	begin = pace_block(&p, now, 480);
	assert_true(begin <= now && now - begin < 40 * MS);
	/* a driver that asks as fast as it gets is no reason to run away from the clock */
	for (int i = 0; i < 10000; i++) {
		begin = pace_block(&p, now, 480);
		assert_true(llabs((int64_t)(begin - now)) < 300 * MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_courses), cmocka_unit_test(test_begins_anew)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
