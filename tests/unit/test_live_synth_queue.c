/*
 * The ring to the audio thread: whatever is sent and however little of it is
 * taken, the receiver is left with nothing that sounds once the sender has
 * ended all notes. What the receiver gets is checked message by message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/random.h"
#include "live/synth_queue.h"

struct ear { /* what the other side has been told */
	int sounds[16][128], program[16];
	int ons, offs, controls;
	uint64_t last;
};

static void hear(struct ear *e, const struct synth_item *item)
{
	const uint8_t *m = item->message;
	const int channel = m[0] & 15, kind = m[0] & 0xf0;

	assert_true(item->at >= e->last);
	e->last = item->at;
	if (kind == 0x90 && m[2] > 0) {
		e->sounds[channel][m[1]]++;
		e->ons++;
	} else if (kind == 0x80 || kind == 0x90) {
		/* never the end of what did not begin */
		assert_true(e->sounds[channel][m[1]] > 0);
		e->sounds[channel][m[1]]--;
		e->offs++;
	} else if (kind == 0xc0) {
		assert_int_equal(item->size, 2);
		e->program[channel] = m[1];
	} else {
		e->controls++;
	}
}

static void hear_all(struct ear *e, struct synth_queue *q)
{
	struct synth_item item;

	while (synth_queue_take(q, &item, UINT64_MAX))
		hear(e, &item);
	assert_true(synth_queue_empty(q));
}

static int sounding(const struct ear *e)
{
	int n = 0;

	for (int c = 0; c < 16; c++)
		for (int p = 0; p < 128; p++)
			n += e->sounds[c][p];
	return n;
}

static void send3(struct synth_queue *q, int status, int first, int second, uint64_t at)
{
	const uint8_t message[3] = {(uint8_t)status, (uint8_t)first, (uint8_t)second};

	synth_queue_send(q, message, 3, at);
}

static void send_program(struct synth_queue *q, int channel, int program, uint64_t at)
{
	const uint8_t message[2] = {(uint8_t)(0xc0 | channel), (uint8_t)program};

	synth_queue_send(q, message, 2, at);
}

static void test_in_order_at_their_moments(void **state)
{
	struct synth_queue q;
	struct synth_item item;

	(void)state;
	assert_int_equal(synth_queue_init(&q, 256), 0);
	send_program(&q, 2, 40, 10);
	send3(&q, 0x92, 60, 90, 20);
	send3(&q, 0x82, 60, 64, 30);
	assert_false(synth_queue_take(&q, &item, 9));
	assert_true(synth_queue_take(&q, &item, 10));
	assert_int_equal(item.message[0], 0xc2);
	assert_int_equal(item.message[1], 40);
	assert_int_equal(item.size, 2);
	assert_false(synth_queue_take(&q, &item, 19));
	assert_true(synth_queue_take(&q, &item, 25));
	assert_memory_equal(item.message, ((uint8_t[]){0x92, 60, 90}), 3);
	assert_false(synth_queue_take(&q, &item, 29));
	assert_false(synth_queue_empty(&q));
	assert_true(synth_queue_take(&q, &item, UINT64_MAX));
	assert_int_equal(item.message[0], 0x82);
	assert_false(synth_queue_take(&q, &item, UINT64_MAX));
	assert_true(synth_queue_empty(&q));
	/* the clock is no matter of a synthesiser's */
	synth_queue_send(&q, &(uint8_t){0xf8}, 1, 40);
	assert_true(synth_queue_empty(&q));
	synth_queue_done(&q);
}

static void test_full(void **state)
{
	struct synth_queue q;
	struct ear ear = {0};
	uint64_t at = 0;

	(void)state;
	assert_int_equal(synth_queue_init(&q, 256), 0);
	/* nothing is taken: far more notes than there is room for, all held */
	for (int i = 0; i < 1000; i++)
		send3(&q, 0x90 | i % 16, i / 16 % 128, 80, ++at);
	assert_true(q.left_out > 0);
	/* all end: each of those that were taken has its room */
	for (int i = 0; i < 1000; i++)
		send3(&q, 0x80 | i % 16, i / 16 % 128, 64, ++at);
	/* and so have the controllers of the end */
	for (int c = 0; c < 16; c++) {
		send3(&q, 0xb0 | c, 64, 0, ++at);
		send3(&q, 0xb0 | c, 120, 0, ++at);
		send3(&q, 0xb0 | c, 123, 0, ++at);
	}
	hear_all(&ear, &q);
	assert_int_equal(ear.ons, (256 - SYNTH_QUEUE_RESERVE) / 2);
	assert_int_equal(ear.offs, ear.ons);
	assert_int_equal(ear.controls, 48);
	assert_int_equal(sounding(&ear), 0);
	/* it goes on as if nothing had been */
	send3(&q, 0x90, 1, 80, ++at);
	hear_all(&ear, &q);
	assert_int_equal(sounding(&ear), 1);
	synth_queue_done(&q);
}

static void test_program_that_found_no_room(void **state)
{
	struct synth_queue q;
	struct ear ear = {0};

	(void)state;
	assert_int_equal(synth_queue_init(&q, 128), 0);
	for (int i = 0; i < 200; i++)
		send3(&q, 0xb0, 7, i % 128, 1);
	send_program(&q, 3, 17, 2);
	send_program(&q, 3, 18, 2);
	hear_all(&ear, &q);
	assert_int_equal(ear.program[3], 0);
	send3(&q, 0x93, 60, 80, 3);
	hear_all(&ear, &q);
	assert_int_equal(ear.program[3], 18);
	assert_int_equal(ear.sounds[3][60], 1);
	synth_queue_done(&q);
}

/* Any messages, taken now and then, from rings of several sizes. */
static void test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct random r = random_stream(seed, 1, 2, 3);
		struct synth_queue q;
		struct ear ear = {0};
		static int held[16][128];
		uint64_t at = 0;
		int programs[16];

		memset(held, 0, sizeof held);
		memset(programs, 0, sizeof programs);
		assert_int_equal(synth_queue_init(&q, 80u << seed % 5), 0);
		for (int i = 0; i < 4000; i++) {
			int c = (int)random_below(&r, 4), p = 60 + (int)random_below(&r, 20);

			at += random_below(&r, 5);
			switch (random_below(&r, 8)) {
			case 0:
				programs[c] = (int)random_below(&r, 128);
				send_program(&q, c, programs[c], at);
				break;
			case 1:
				send3(&q, 0xb0 | c, 64, 127, at);
				break;
			case 2:
			case 3:
			case 4:
				send3(&q, 0x90 | c, p, 1 + (int)random_below(&r, 127), at);
				held[c][p]++;
				break;
			case 5:
			case 6:
				/* either form of a note-off */
				if (held[c][p] > 0) {
					send3(&q, (random_below(&r, 2) ? 0x80 : 0x90) | c, p, 0, at);
					held[c][p]--;
				}
				break;
			default:
				if (random_below(&r, 50) == 0)
					hear_all(&ear, &q);
			}
		}
		for (int c = 0; c < 16; c++)
			for (int p = 0; p < 128; p++)
				for (; held[c][p] > 0; held[c][p]--)
					send3(&q, 0x80 | c, p, 64, at);
		hear_all(&ear, &q);
		assert_int_equal(sounding(&ear), 0);
		assert_true(ear.ons > 20);
		assert_int_equal(ear.ons, ear.offs);
		/* what is heard next has the program that holds */
		for (int c = 0; c < 4; c++) {
			send3(&q, 0x90 | c, 1, 80, at);
			hear_all(&ear, &q);
			assert_int_equal(ear.program[c], programs[c]);
		}
		synth_queue_done(&q);
	}
}

/* The other side is another one: it hears of no note's end that it did not begin, and of programs again. */
static void test_restart(void **state)
{
	struct synth_queue q;
	struct ear ear = {0}, other = {0};

	(void)state;
	assert_int_equal(synth_queue_init(&q, 128), 0);
	send_program(&q, 5, 33, 1);
	send3(&q, 0x95, 60, 80, 1);
	hear_all(&ear, &q);
	send3(&q, 0x95, 62, 80, 2);
	synth_queue_restart(&q);
	assert_true(synth_queue_empty(&q));
	send3(&q, 0x85, 60, 0, 3);
	send3(&q, 0x85, 62, 0, 3);
	send3(&q, 0x95, 64, 80, 4);
	hear_all(&other, &q);
	assert_int_equal(other.offs, 0);
	assert_int_equal(other.ons, 1);
	assert_int_equal(other.program[5], 33);
	synth_queue_done(&q);
}

struct sender {
	struct synth_queue q;
	_Atomic bool done;
};

static void *send_much(void *context)
{
	struct sender *s = context;

	for (int i = 0; i < 200000; i++) {
		send3(&s->q, (i & 1 ? 0x80 : 0x90) | i / 2 % 16, i / 32 % 128, 70, (uint64_t)i);
		/* for the ring to be now empty, now full */
		if (i % 100 == 0)
			sched_yield();
	}
	atomic_store(&s->done, true);
	return NULL;
}

/* Two threads: nothing is torn, nothing sounds at the end. */
static void test_two_threads(void **state)
{
	static struct sender s;
	struct ear ear = {0};
	struct synth_item item;
	pthread_t thread;

	(void)state;
	assert_int_equal(synth_queue_init(&s.q, 256), 0);
	assert_int_equal(pthread_create(&thread, NULL, send_much, &s), 0);
	while (!atomic_load(&s.done)) {
		if (synth_queue_take(&s.q, &item, UINT64_MAX))
			hear(&ear, &item);
		else
			sched_yield();
	}
	pthread_join(thread, NULL);
	hear_all(&ear, &s.q);
	assert_int_equal(sounding(&ear), 0);
	assert_int_equal(ear.ons, ear.offs);
	assert_true(ear.ons > 1000);
	synth_queue_done(&s.q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order_at_their_moments),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_program_that_found_no_room),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
