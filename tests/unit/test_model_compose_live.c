/*
 * A composer that goes back: what it was saved at comes again, event by event,
 * wherever in an endless stream that was; and changes of its mind change what
 * they say and nothing else. Models of random weights.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/compose_live.h"
#include "model_check.h"
#include "model_kinds.h"
#include "model_toy.h"
#include "num/blas.h"

enum { EVENTS = 110, AHEAD = 3, FAR = 60 };

static struct model *noise(unsigned kinds, const struct generator_config *config, bool dynamics)
{
	struct corpus *c = music_corpus(9, kinds, 8, 10, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, config, 0.3, 6);

	corpus_free(c);
	return m;
}

/* Whose pieces do not end by themselves. */
static struct model *endless_noise(unsigned kinds)
{
	struct model *m = noise(kinds, &small_config, true);

	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] -= 100;
	return m;
}

static struct compose_options live_options(uint64_t seed)
{
	struct compose_options o;

	compose_defaults(&o);
	o.seed = seed;
	o.endless = o.live = true;
	/* so that pieces are short, and end in the midst of what is looked at */
	o.bars_max = 8;
	return o;
}

static struct composer *composer(const struct model *m, const struct compose_options *o)
{
	struct composer *c = composer_new(m, o);

	if (!c)
		fail_msg("%s", error_message());
	return c;
}

static struct composer_state *state_of(const struct composer *c)
{
	bool cannot = true;
	struct composer_state *s = composer_state_new(c, &cannot);

	assert_non_null(s);
	assert_false(cannot);
	return s;
}

static void draw(struct composer *c, struct event *events, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(composer_next(c, &events[i]), 1);
}

static void expect_events(struct composer *c, const struct event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct event e;

		assert_int_equal(composer_next(c, &e), 1);
		if (!same_event(&e, &events[i]))
			fail_msg("event %d is another", i);
	}
}

/* The kinds of streams there are: in no key, in one, in a scale and a range, closed by their endings, after a primer. */
enum { STREAMS = 5 };

static struct compose_options stream_options(int stream, struct piece *primer)
{
	struct compose_options o = live_options((uint64_t)stream);

	if (stream == 1)
		o.key = (struct key){9, MODE_MINOR};
	if (stream == 2) {
		o.scale = 0xab5;
		o.low = 40;
		o.high = 90;
	}
	if (stream == 3)
		o.temperature = 0.6;
	if (stream == 4)
		o.primer = primer;
	return o;
}

/* Saved at every event: the next ones come again, and now and then many of them, pieces that begin in between too. */
static void test_exact(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, &small_config, true);
	struct random r = random_stream(3, 0, 0, 0);
	struct piece *primer = music_piece(&r, MUSIC_FOUR, 6, 0, true);

	(void)state;
	for (int stream = 0; stream < STREAMS; stream++) {
		static struct event events[EVENTS + FAR];
		const struct compose_options o = stream_options(stream, primer);
		struct composer *plain = composer(m, &o), *c = composer(m, &o);
		struct composer_state *s = state_of(c), *first = state_of(c);
		struct event scratch[FAR];
		uint64_t pieces;

		draw(plain, events, EVENTS + FAR);
		pieces = composer_theme(plain).number;
		assert_true(pieces >= 2);
		composer_save(c, first);
		for (int i = 0; i < EVENTS; i++) {
			composer_save(c, s);
			draw(c, scratch, i % 60 == 0 ? FAR : AHEAD);
			composer_restore(c, s);
			expect_events(c, &events[i], AHEAD);
			composer_restore(c, s);
			expect_events(c, &events[i], 1);
		}
		/* after all that, from the very beginning */
		composer_restore(c, first);
		assert_int_equal(composer_theme(c).number, 0);
		expect_events(c, events, EVENTS + FAR);
		assert_int_equal(composer_theme(c).number, pieces);
		composer_state_free(s);
		composer_state_free(first);
		composer_free(c);
		composer_free(plain);
	}
	composer_state_free(NULL);
	piece_free(primer);
	model_free(m);
}

/* What comes late enough by itself is what would have come; else it is late enough, or the piece has ended. */
static void test_not_before(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_METRES, &small_config, true);
	struct compose_options o = live_options(5);
	struct composer *c;
	struct composer_state *s;
	int same = 0, later = 0;
	bool begun = false;

	(void)state;
	/* where an end is chosen, what comes late may be of another one */
	o.open_end = true;
	c = composer(m, &o);
	s = state_of(c);
	for (int i = 0; i < 3 * EVENTS; i++) {
		const int ticks = i % 7 * 24;
		const uint64_t piece = composer_theme(c).number;
		struct event would, e;
		bool ends;

		composer_save(c, s);
		draw(c, &would, 1);
		ends = composer_theme(c).number != piece;
		composer_restore(c, s);
		composer_not_before(c, ticks);
		draw(c, &e, 1);
		if (would.shift >= ticks && !ends) {
			assert_true(same_event(&would, &e));
			same++;
		} else if (begun && composer_theme(c).number == piece) {
			assert_true(e.shift >= ticks);
			later++;
		}
		composer_restore(c, s);
		draw(c, &e, 1);
		assert_true(same_event(&would, &e));
		/* the metre before a piece is not of it */
		begun = composer_theme(c).number == piece || e.kind != EVENT_METRE;
	}
	assert_true(same > 50 && later > 50);
	composer_state_free(s);
	composer_free(c);
	model_free(m);
}

/*
 * Another key: the same notes, all moved by one distance, to the tonic asked
 * for; half an octave at most, unless that would add up over several changes.
 */
static void test_key(void **state)
{
	struct model *m = endless_noise(MUSIC_FOUR);
	const size_t pitches = m->generator.pitch.b;
	struct compose_options o = live_options(8);
	struct composer *c;
	struct composer_state *s;
	int alike = 0;

	(void)state;
	o.bars_max = 400;
	o.open_end = true;
	/* every key has room for what is drawn */
	for (size_t p = 0; p < 128; p++)
		m->w[pitches + p] -= p < 30 || p > 90 ? 1000 : 0;
	c = composer(m, &o);
	s = state_of(c);
	for (int i = 0; i < 24; i++) {
		struct event would[20], e;
		const int tonic = i * 7 % 12;
		const struct composer_changes changes = {.temperature = 1, .key = {tonic, MODE_UNKNOWN}, .style = -1};
		const int before = composer_theme(c).transposition;
		struct key from;
		int moved, after;

		draw(c, would, 20);
		from = composer_key(c);
		assert_true(from.tonic >= 0);
		composer_save(c, s);
		draw(c, would, 20);
		composer_restore(c, s);
		composer_change(c, &changes);
		assert_int_equal(composer_key(c).tonic, tonic);
		after = composer_theme(c).transposition;
		moved = after - before;
		assert_int_equal((moved - (tonic - from.tonic) + 48) % 12, 0);
		assert_true(after >= -6 && after < 6);
		assert_true((moved >= -6 && moved <= 6) || before + (moved < 0 ? 12 : -12) + moved < -6 ||
		            before + (moved < 0 ? 12 : -12) + moved >= 6);
		/* note for note */
		for (int k = 0; k < 20; k++) {
			draw(c, &e, 1);
			assert_int_equal(e.pitch, would[k].pitch + (e.kind == EVENT_NOTE ? moved : 0));
			assert_int_equal(e.shift, would[k].shift);
			assert_int_equal(e.part, would[k].part);
			assert_int_equal(e.duration, would[k].duration);
			alike++;
		}
		assert_int_equal(composer_key(c).tonic, tonic);
		/* the same again is no change */
		composer_save(c, s);
		draw(c, would, 5);
		composer_restore(c, s);
		composer_change(c, &changes);
		expect_events(c, would, 5);
	}
	assert_true(alike > 24);
	composer_state_free(s);
	composer_free(c);
	model_free(m);
}

/* Of what is changed: a scale holds from the next note on, in this piece and the next ones; and no change is none. */
static void test_changes(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_CHORDS, &small_config, true);
	struct compose_options o = live_options(11);
	struct composer *c = composer(m, &o);
	struct composer_state *s = state_of(c);
	struct composer_changes changes = {.temperature = 1, .key = {-1, MODE_UNKNOWN}, .style = -1};
	struct event events[EVENTS];
	int differ = 0;

	(void)state;
	draw(c, events, 30);
	composer_save(c, s);
	draw(c, events, EVENTS);
	composer_restore(c, s);
	composer_change(c, &changes);
	expect_events(c, events, EVENTS);
	composer_restore(c, s);
	changes.scale = 0x091; /* C E G */
	composer_change(c, &changes);
	{
		const uint64_t piece = composer_theme(c).number;
		bool later = false;

		for (int i = 0; i < EVENTS; i++) {
			struct event e;

			draw(c, &e, 1);
			later = later || composer_theme(c).number > piece;
			if (e.kind == EVENT_NOTE)
				assert_true(0x091 >> e.pitch % 12 & 1);
		}
		assert_true(later);
	}
	/* style and temperature are heard */
	composer_restore(c, s);
	changes.scale = 0;
	for (int k = 0; k < 2; k++) {
		changes.temperature = k ? 3 : 1;
		changes.style = k ? -1 : 1;
		composer_restore(c, s);
		composer_change(c, &changes);
		for (int i = 0; i < EVENTS; i++) {
			struct event e;

			draw(c, &e, 1);
			if (!same_event(&e, &events[i])) {
				differ++;
				break;
			}
		}
	}
	assert_int_equal(differ, 2);
	/* other random numbers: other music; take 0 is the same; the same take is the same */
	for (uint64_t take = 0; take < 4; take++) {
		struct event once[40];

		composer_restore(c, s);
		composer_redraw(c, take);
		draw(c, once, 40);
		composer_restore(c, s);
		composer_redraw(c, take);
		expect_events(c, once, 40);
		differ = 0;
		for (int i = 0; i < 40; i++)
			differ += !same_event(&once[i], &events[i]);
		assert_true(take ? differ > 0 : differ == 0);
	}
	composer_state_free(s);
	composer_free(c);
	model_free(m);
}

/*
 * One part anew: all that is given comes, in its order and at its ticks, and
 * what comes between is of that part, where events of it may be.
 */
static void test_part(void **state)
{
	struct model *m = endless_noise(MUSIC_FOUR);
	struct compose_options o = live_options(2);
	long made = 0;

	(void)state;
	o.bars_max = 400;
	o.open_end = true;
	for (o.seed = 0; o.seed < 12; o.seed++) {
		enum { GIVEN = 60 };
		struct composer *c = composer(m, &o);
		struct composer_state *s = state_of(c);
		const int part = (int)(o.seed % 4);
		struct event events[GIVEN], e;
		int64_t now = 0, tick = 0;
		int at = 0;

		draw(c, events, 10);
		if (o.seed % 3 == 0)
			composer_change(
				c, &(struct composer_changes){.temperature = 1, .key = {5, MODE_UNKNOWN}, .style = -1});
		composer_save(c, s);
		draw(c, events, GIVEN);
		composer_restore(c, s);
		composer_redraw(c, 1);
		for (int left = 2000; left > 0; left--) {
			struct event given = {.kind = EVENT_END};

			/* what the others have, and nothing at the end */
			while (at < GIVEN && events[at].part == part)
				tick += events[at++].shift;
			if (at < GIVEN)
				given = events[at];
			given.shift = (int)(tick + given.shift - now);
			if (composer_next_of_part(c, part, &given, &e)) {
				assert_int_equal(e.kind, EVENT_NOTE);
				assert_int_equal(e.part, part);
				assert_in_range(e.shift, 0, given.shift);
				now += e.shift;
				/* events of a tick come by part */
				if (e.shift == given.shift && given.kind == EVENT_NOTE)
					assert_true(part < given.part);
				made++;
				continue;
			}
			if (given.kind == EVENT_END)
				break;
			assert_true(same_event(&e, &given));
			tick += events[at++].shift;
			now = tick;
		}
		assert_int_equal(at, GIVEN);
		/* and the music goes on from there */
		draw(c, events, 10);
		composer_state_free(s);
		composer_free(c);
	}
	assert_true(made > 12);
	model_free(m);
}

/* Another piece, at the bar line; and the first one again, in the key it had, note for note. */
static void test_leave(void **state)
{
	struct model *m = endless_noise(MUSIC_FOUR);
	struct compose_options o = live_options(21);

	(void)state;
	o.bars_max = 400;
	o.open_end = true;
	for (o.seed = 0; o.seed < 8; o.seed++) {
		struct composer *c = composer(m, &o), *again;
		struct composer_theme themes[3];
		struct event first[3][24], e[24];
		const int bar = metre_bar(
			&(struct metre){0, composer_start(c)->numerator, composer_start(c)->denominator_log2}, GRID);

		draw(c, first[0], 24);
		themes[0] = composer_theme(c);
		for (uint64_t k = 1; k < 3; k++) {
			const struct start *start;
			int length;

			composer_leave(c, NULL, k, 13);
			start = composer_start(c);
			length = metre_bar(&(struct metre){0, start->numerator, start->denominator_log2}, GRID);
			draw(c, first[k], 24);
			themes[k] = composer_theme(c);
			assert_int_equal(themes[k].number, k);
			/* in its first bar: which a pickup leaves mostly empty */
			assert_true(first[k][0].shift >= 13 + (length - start->pickup % length) % length);
			assert_true(first[k][0].shift < 13 + 2 * length);
		}
		for (size_t k = 0; k < 3; k++) {
			composer_leave(c, &themes[k], 99, 2 * bar);
			draw(c, e, 24);
			for (int i = 0; i < 24; i++) {
				e[i].shift = i ? e[i].shift : first[k][i].shift;
				assert_true(same_event(&e[i], &first[k][i]));
			}
			assert_int_equal(composer_theme(c).number, k);
		}
		/* left before it has begun: it begins as ever, later */
		again = composer(m, &o);
		composer_leave(again, &themes[0], 0, 5);
		draw(again, e, 24);
		for (int i = 1; i < 24; i++)
			assert_true(same_event(&e[i], &first[0][i]));
		composer_free(again);
		composer_free(c);
	}
	model_free(m);
}

/* Networks that read tokens do not go back; and say so. */
static void test_cannot(void **state)
{
	(void)state;
	for (size_t i = 0; i < NETWORKS; i++) {
		struct model *m = noise(networks[i].music & (MUSIC_FOUR | MUSIC_CHORDS | MUSIC_MELODY),
		                        networks[i].config, networks[i].dynamics);
		const struct compose_options o = live_options(1);
		struct composer *c = composer(m, &o);
		bool cannot = false;
		struct event events[20];

		assert_null(composer_state_new(c, &cannot));
		assert_true(cannot);
		draw(c, events, 20);
		composer_free(c);
		model_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),   cmocka_unit_test(test_not_before), cmocka_unit_test(test_key),
		cmocka_unit_test(test_changes), cmocka_unit_test(test_part),       cmocka_unit_test(test_leave),
		cmocka_unit_test(test_cannot),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
