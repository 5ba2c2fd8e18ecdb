/*
 * The player against a fake clock, with random notes, tempi and requests: what
 * sounds is what the notes say, when another reckoning says, and nothing hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/random.h"
#include "player_received.h"

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

#define NOTES 400

/* Does a note hold this pitch of this channel just after `moment`? */
static bool held(const struct play_item *notes, size_t n, uint64_t moment, int channel, int pitch)
{
	for (size_t i = 0; i < n; i++)
		if (notes[i].note.channel == channel && notes[i].note.pitch == pitch && notes[i].at <= moment &&
		    moment < notes[i].note.off)
			return true;
	return false;
}

/*
 * Random notes, woken at random moments: after each wake the receiver holds
 * exactly the pitches that the notes hold, and messages come in time order
 * with note-offs first.
 */
static void test_property(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 200; round++) {
		struct random r = random_stream(seed, round, 0, 0);
		struct play_item notes[NOTES];
		size_t n = 1 + random_below(&r, NOTES), i = 0;
		uint64_t on = 0, now = 5000, start = 5000 + random_below(&r, 100);
		uint32_t channels = 1 + random_below(&r, 3), pitches = 1 + random_below(&r, 12);
		uint32_t gap = 1 + random_below(&r, 20), length = 1 + random_below(&r, 60),
			 step = 1 + random_below(&r, 60);
		bool lost = false;

		for (size_t k = 0; k < n; k++) {
			on += random_below(&r, gap);
			notes[k] = note(on, on + random_below(&r, length), (uint8_t)random_below(&r, channels),
			                (uint8_t)(60 + random_below(&r, pitches)), (uint8_t)random_below(&r, 128), 255);
		}
		begin(start);
		for (uint64_t next = 0; next != PLAYER_NEVER; now += 1 + random_below(&r, step)) {
			next = run(now, notes, n, &i, &lost);
			assert_false(lost);
			if (now < start)
				continue;
			for (int c = 0; c < 3; c++)
				for (int p = 60; p < 72; p++)
					assert_int_equal(receiver.sounds[c][p], held(notes, n, now - start, c, p));
		}
		assert_int_equal(i, n);
		assert_int_equal(player.n_offs, 0);
		assert_int_equal(receiver.ons, receiver.offs);
		for (size_t k = 1; k < receiver.n; k++)
			assert_true(receiver.log[k].due >= receiver.log[k - 1].due);
	}
}

/* When each moment comes, by another reckoning: exact, and cut off at the end. */
__extension__ typedef unsigned __int128 wide;

struct reckoned {
	uint64_t start;
	wide passed;     /* up to `moment`, QUARTERths of a nanosecond */
	uint64_t moment; /* of the last change */
	uint32_t us;
};

static void change_tempo(struct reckoned *t, uint64_t moment, uint32_t us)
{
	t->passed += (wide)(moment - t->moment) * t->us * 1000;
	t->moment = moment;
	t->us = us;
}

static uint64_t clock_of(const struct reckoned *t, uint64_t moment)
{
	return t->start + (uint64_t)((t->passed + (wide)(moment - t->moment) * t->us * 1000) / QUARTER);
}

/* Notes and changes of tempo, as far apart as the round has it. */
static void random_items(struct play_item *items, size_t n, struct random *r)
{
	const uint32_t gap = 1 + random_below(r, UINT32_C(1) << (10 + random_below(r, 20)));
	uint64_t on = 0;

	for (size_t k = 0; k < n; k++) {
		on += random_below(r, gap);
		items[k] = note(on, on + random_below(r, 4 * gap), (uint8_t)random_below(r, 3),
		                (uint8_t)(60 + random_below(r, 12)), 80, 255);
		if (random_below(r, 4) == 0)
			items[k] = (struct play_item){
				.at = on, .kind = ITEM_TEMPO, .us_per_quarter = 1 + random_below(r, 2000000)};
	}
}

static uint64_t next_moment(const struct play_item *items, size_t n, size_t i)
{
	const uint64_t off = player.n_offs > 0 ? player.offs[0].at : PLAYER_NEVER;

	return i < n && items[i].at < off ? items[i].at : off;
}

/* The listener asks for a tempo, or no more, between what was played last and what comes next. */
static void ask_tempo(struct reckoned *time, struct random *r, uint64_t clock, uint32_t own, uint32_t *asked)
{
	const uint64_t here = transport_moment(&player.transport, clock);

	if (here < time->moment)
		return;
	*asked = random_below(r, 3) ? 1 + random_below(r, 2000000) : 0;
	transport_ask(&player.transport, here, *asked);
	change_tempo(time, here, *asked ? *asked : own);
}

/*
 * Random notes between random changes of tempo, the music's and the
 * listener's: whatever already waits moves with them, to the nanosecond, and
 * the strict receiver has nothing to say.
 */
static void test_property_tempo(void **state)
{
	uint64_t seed = seed_of_run();
	long moved = 0;

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 300; round++) {
		struct random r = random_stream(seed, round, 2, 0);
		struct play_item items[NOTES];
		const size_t n = 1 + random_below(&r, NOTES);
		const uint32_t asks = random_below(&r, 4);
		struct reckoned time = {.start = 5000, .us = TRANSPORT_US};
		uint64_t now = 5000, last = 0;
		uint32_t own = TRANSPORT_US, asked = 0;
		size_t i = 0;
		bool lost;

		random_items(items, n, &r);
		begin(5000);
		transport_start(&player.transport, 5000, 0);
		while (i < n || player.n_offs > 0) {
			const uint64_t moment = next_moment(items, n, i);
			const uint64_t due = clock_of(&time, moment);
			const size_t sent = receiver.n;
			bool taken;

			assert_true(moment >= last);
			last = moment;
			/* at that nanosecond, and not before */
			if (due > now) {
				assert_int_equal(player_advance(&player, due - 1, i < n ? &items[i] : NULL, &taken,
				                                receive, &receiver, &lost),
				                 due);
				assert_false(taken);
				assert_int_equal(receiver.n, sent);
				now = due;
			}
			do {
				player_advance(&player, now, i < n ? &items[i] : NULL, &taken, receive, &receiver,
				               &lost);
				assert_false(lost);
				if (taken && items[i].kind == ITEM_TEMPO) {
					own = items[i].us_per_quarter;
					if (!asked)
						change_tempo(&time, items[i].at, own);
					moved += player.n_offs;
				}
				i += taken;
			} while (taken && i < n && items[i].at == moment);
			/* between this and what comes next */
			if (random_below(&r, 8) < asks && (i < n || player.n_offs > 0)) {
				const uint64_t next = clock_of(&time, next_moment(items, n, i));

				if (next > now)
					ask_tempo(&time, &r, now + (next - now) / (1 + random_below(&r, 4)), own,
					          &asked);
			}
		}
		assert_int_equal(receiver.ons, receiver.offs);
	}
	assert_true(moved > 1000);
}

/* Stopped anywhere, nothing goes on sounding. */
static void test_property_stop(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 500; round++) {
		struct random r = random_stream(seed, round, 1, 0);
		struct play_item notes[NOTES];
		size_t n = 1 + random_below(&r, NOTES), i = 0;
		uint64_t on = 0;
		bool lost;

		for (size_t k = 0; k < n; k++) {
			on += random_below(&r, 4);
			notes[k] = note(on, on + random_below(&r, 100), (uint8_t)random_below(&r, 16),
			                (uint8_t)random_below(&r, 128), 80, (uint8_t)random_below(&r, 256));
		}
		begin(0);
		run(random_below(&r, (uint32_t)on + 1), notes, n, &i, &lost);
		assert_int_equal(player_silence(&player, receive, &receiver), 0);
		assert_int_equal(receiver.ons, receiver.offs);
		for (int c = 0; c < 16; c++)
			for (int p = 0; p < 128; p++)
				assert_false(receiver.sounds[c][p]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_property),
		cmocka_unit_test(test_property_stop),
		cmocka_unit_test(test_property_tempo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
