/*
 * A source that changes its mind while it is played, at random moments and
 * many times in quick succession. Every note says which epoch it is of and
 * which place it has, so that what is heard can be held against what was
 * meant: up to a cut the old notes, from it on the new ones, each once. Short,
 * in real time. Run under the thread sanitizer too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "live/stream_threads.h"

#define UNIT_NS  ((uint32_t)(QUARTER / 1000)) /* us a quarter at which a unit of musical time is a nanosecond */
#define SLACK    (5 * MS)                     /* how well the test knows when the music began */
#define PLACES   8192
#define EPOCHS   8192
#define SENT_MAX 20000

/* ---- notes that say what they are ---------------------------------------------- */

/* The epoch in channel, pitch and velocity: notes of two epochs are no unison. The place is in the moment, which the player tells. */
static struct play_item note_of(uint64_t place, uint32_t epoch, uint64_t gap)
{
	return (struct play_item){.at = place * gap,
	                          .kind = ITEM_NOTE,
	                          .note = {.off = place * gap + gap / 2,
	                                   .channel = (uint8_t)(epoch / 128 % 16),
	                                   .pitch = (uint8_t)(epoch % 128),
	                                   .velocity = (uint8_t)(1 + epoch / 2048),
	                                   .program = 255}};
}

static uint32_t epoch_of(const uint8_t *message)
{
	return (message[2] - 1u) * 2048 + (message[0] & 15u) * 128 + message[1];
}

/* ---- the source ---------------------------------------------------------------- */

struct fickle {
	struct source source;
	struct random random;
	uint32_t margin, reach; /* a cut is at least so far from what is heard, and at most so much farther, ms */
	uint32_t often;         /* one in so many items it changes its mind by itself; 0 never */
	uint64_t place, places; /* of the next note; where it ends */
	uint64_t gap;           /* ns from note to note */
	uint32_t epoch;
	bool lingers; /* it is not over before all is heard */
	bool begun;
	bool given; /* the last item was a note */
	/* what it did, for the test when all is over */
	uint64_t cuts[EPOCHS];      /* place where each epoch begins */
	uint64_t published[EPOCHS]; /* clock when its first item was in the ring */
	bool waits;                 /* the present epoch's is not yet */
	long refused;
};

/* As far as it has given out notes, and far enough from what is heard. */
static void change_mind(struct fickle *f)
{
	const uint64_t heard = atomic_load(&f->source.heard);
	const uint64_t from = (heard + (f->margin + random_below(&f->random, f->reach)) * MS) / f->gap + 1;

	if (from >= f->place || f->epoch + 1 == EPOCHS)
		return;
	f->epoch++;
	f->cuts[f->epoch] = f->place = from;
	f->waits = true;
}

/* All is given out: it may yet change its mind until the end is heard. */
static void linger(struct fickle *f)
{
	while (f->lingers && !atomic_load(&f->source.changed) && atomic_load(&f->source.heard) < f->places * f->gap)
		clock_sleep_until(clock_now() + MS);
}

static int fickle_next(struct source *source, struct source_item *item)
{
	struct fickle *f = (struct fickle *)source;
	bool asked;

	if (source->refused) {
		f->refused++;
		f->place -= f->given;
		f->begun = f->begun && f->given;
	} else if (f->given && f->waits) {
		f->published[f->epoch] = clock_now();
		f->waits = false;
	}
	source->refused = false;
	do {
		if (f->place == f->places)
			linger(f);
		asked = atomic_exchange(&source->changed, false);
		if (asked)
			change_mind(f);
	} while (asked && f->place == f->places);
	if (f->often && random_below(&f->random, f->often) == 0)
		change_mind(f);
	if (f->place == f->places)
		return 0;
	*item = (struct source_item){.play = {.at = f->place * f->gap, .kind = ITEM_TEMPO, .us_per_quarter = UNIT_NS},
	                             .epoch = f->epoch,
	                             .cut = f->cuts[f->epoch] * f->gap};
	f->given = f->begun;
	if (!f->begun) {
		f->begun = true;
		return 1;
	}
	item->play = note_of(f->place++, f->epoch, f->gap);
	return 1;
}

static struct fickle fickle(uint64_t seed, uint64_t round, uint64_t places, uint64_t gap)
{
	return (struct fickle){.source = {.next = fickle_next},
	                       .random = random_stream(seed, round, 0, 0),
	                       .places = places,
	                       .gap = gap};
}

/* ---- the sink ------------------------------------------------------------------- */

struct sent {
	uint64_t clock;
	uint64_t place;
	uint32_t epoch;
};

struct fake {
	struct sent sent[SENT_MAX];
	size_t n;
	int sounding;
	uint64_t gap;
	_Atomic(struct stream *) stream; /* whose messages come */
};

static struct fake fake;

static int fake_open(void *context)
{
	(void)context;
	return 0;
}

static int fake_send(void *context, const uint8_t *message, int size)
{
	struct fake *f = context;
	const uint8_t kind = message[0] & 0xf0;

	(void)size;
	while (!f->stream)
		clock_sleep_until(clock_now() + MS / 10);
	if (kind == 0x80)
		f->sounding--;
	if (kind != 0x90)
		return 0;
	f->sounding++;
	assert_true(f->n < SENT_MAX);
	f->sent[f->n++] = (struct sent){clock_now(), f->stream->player.moment / f->gap, epoch_of(message)};
	return 0;
}

static void fake_close(void *context)
{
	(void)context;
}

static const struct sink sink = {.open = fake_open, .send = fake_send, .close = fake_close, .context = &fake};

/* ---- what was heard -------------------------------------------------------------- */

/* The epoch of a place in the end: the last that begins at it or before. */
static uint32_t last_epoch(const struct fickle *f, uint64_t place)
{
	for (uint32_t e = f->epoch; e > 0; e--)
		if (f->cuts[e] <= place)
			return e;
	return 0;
}

/*
 * Every place is heard in its last epoch, once; in an older one only where
 * that was due before the newer one was there.
 */
static void check(const struct fickle *f, const struct stream_status *status)
{
	static int heard[PLACES];
	uint64_t began = UINT64_MAX;
	long early = 0;

	memset(heard, 0, sizeof heard);
	assert_int_equal(fake.sounding, 0);
	for (size_t i = 0; i < fake.n; i++) {
		const uint64_t since = fake.sent[i].clock - fake.sent[i].place * f->gap;

		began = since < began ? since : began;
	}
	for (size_t i = 0; i < fake.n; i++) {
		const struct sent *s = &fake.sent[i];
		const uint32_t last = last_epoch(f, s->place);

		assert_true(s->place < f->places && s->place < PLACES);
		if (s->epoch == last) {
			heard[s->place]++;
			continue;
		}
		/* an older one: then every newer one came too late for it */
		assert_true(s->epoch < last);
		early++;
		for (uint32_t e = s->epoch + 1; e <= last; e++)
			if (f->cuts[e] <= s->place && f->published[e])
				assert_true(began + s->place * f->gap < f->published[e] + SLACK);
	}
	for (uint64_t k = 0; k < f->places; k++)
		if (heard[k] != 1)
			fail_msg("place %llu: heard %d times in epoch %u", (unsigned long long)k, heard[k],
			         last_epoch(f, k));
	assert_int_equal(status->notes, fake.n);
	print_message("%u epochs, %ld items refused, %ld notes came before their cut was there\n", f->epoch, f->refused,
	              early);
}

static void play(struct fickle *f, uint64_t asks, uint64_t most)
{
	struct random r = random_stream(asks, 1, 0, 0);
	struct stream_status status;
	struct stream *s;

	memset(&fake, 0, sizeof fake);
	fake.gap = f->gap;
	s = stream_start(&f->source, &sink, NULL);
	assert_non_null(s);
	fake.stream = s;
	for (;;) {
		stream_status(s, &status);
		if (!status.busy || status.state == STREAM_ENDED)
			break;
		if (most)
			atomic_store(&f->source.changed, true);
		clock_sleep_until(clock_now() + (most ? random_below(&r, (uint32_t)most) + 1 : 10 * MS));
	}
	assert_int_equal(stream_finish(s, &status), 0);
	assert_false(status.busy);
	check(f, &status);
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");
	const uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);

	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* Asked at random moments, far enough ahead for all to be heard in time, or so near that it is a race. */
static void test_asked(void **state)
{
	const uint64_t seed = seed_of_run();

	(void)state;
	for (uint64_t round = 0; round < 2; round++) {
		static struct fickle f;

		f = fickle(seed, round, 150, 2 * MS);
		f.margin = round ? 0 : 40;
		f.reach = 60;
		f.lingers = true;
		play(&f, seed, round ? 3 * MS : 20 * MS);
		assert_true(f.epoch > 2);
	}
}

/* Minds change faster than anything is played: more epochs than a ring may hold at once. */
static void test_quick_succession(void **state)
{
	const uint64_t seed = seed_of_run();

	(void)state;
	for (uint64_t round = 0; round < 3; round++) {
		static struct fickle f;

		f = fickle(seed, round, 150, 2 * MS);
		f.margin = 10;
		f.reach = 100;
		f.often = round == 0 ? 12 : 2;
		/* in the end by asking, too: so that epochs end of which nothing was taken */
		f.lingers = round == 2;
		play(&f, seed, round == 2 ? MS / 10 : 0);
		assert_true(f.epoch > 100);
		assert_true(round < 2 || f.refused > 0);
	}
}

/* The ring is full: what was in hand when minds changed was not taken, and comes once. */
static void test_refused(void **state)
{
	const uint64_t seed = seed_of_run();
	static struct fickle f;

	(void)state;
	f = fickle(seed, 0, PLACES - 1, MS / 50);
	/* no line is so far away that a cut could be there: nothing but refusals */
	f.margin = 20000;
	f.reach = 1;
	play(&f, seed, MS / 2);
	assert_int_equal(f.epoch, 0);
	assert_true(f.refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_quick_succession),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
