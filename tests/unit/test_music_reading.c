/* Ways of reading a song: frame rolls, which events say one to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "midi/smf.h"
#include "music/events.h"
#include "music/reading.h"
#include "music/roll.h"
#include "random_song.h"

#define FRAMES_MAX 32768
#define KEYS       128

/* Which keys sound in which frame, as a table: what roll.c does without. */
struct table {
	int n;
	bool on[FRAMES_MAX][KEYS];
};

static void table_of_song(struct table *t, const struct song *s, int frame)
{
	t->n = 0;
	while (t->n * frame < s->silence + s->end)
		t->n++;
	assert_true(t->n <= FRAMES_MAX);
	memset(t->on, 0, (size_t)t->n * sizeof *t->on);
	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++) {
			const struct note *n = &s->parts[k].notes[i];
			const int onset = s->silence + n->onset;

			for (int f = onset / frame; f < t->n && f * frame < onset + n->duration; f++)
				if (f * frame >= onset)
					t->on[f][n->pitch] = true;
		}
}

static void check_same_table(const struct table *a, const struct table *b)
{
	assert_int_equal(a->n, b->n);
	for (int f = 0; f < a->n; f++)
		assert_memory_equal(a->on[f], b->on[f], KEYS);
}

static void random_table(struct table *t, struct random *r)
{
	const int keys = 1 + below(r, 8), low = below(r, KEYS - keys), stay = below(r, 10);

	t->n = 1 + below(r, 60);
	memset(t->on, 0, (size_t)t->n * sizeof *t->on);
	for (int f = 0; f < t->n; f++) {
		const bool empty = below(r, 6) == 0;

		for (int k = low; k < low + keys && !empty; k++)
			t->on[f][k] = f > 0 && below(r, 10) < stay ? t->on[f - 1][k] : below(r, 3) == 0;
	}
	if (below(r, 2))
		t->on[below(r, t->n)][low] = true;
	else
		t->on[0][low] = true;
}

static struct note frames_note(struct random *r, int pitch, int from, int to, int frame)
{
	/* anywhere from after the frame before to the frame's start */
	const int onset = from > 0 ? from * frame - below(r, frame) : 0, end = to * frame - below(r, frame);

	return (struct note){onset, end - onset, (uint8_t)pitch, (uint8_t)(1 + below(r, 127)), end - onset == 1};
}

/* One of the many songs that a roll is of: runs in pieces, doubled, in any part, off the beat. */
static struct song *song_of_table(const struct table *t, struct random *r, int frame)
{
	struct song *s = song_new(24);
	const int parts = 1 + below(r, 4);

	assert_non_null(s);
	for (int k = 0; k < parts; k++)
		assert_int_equal(song_add_part(s, NULL, k, -1), k);
	for (int key = 0; key < KEYS; key++)
		for (int from = 0, to; from < t->n; from = to) {
			to = from + 1;
			if (!t->on[from][key])
				continue;
			while (to < t->n && t->on[to][key] && below(r, 4))
				to++;
			song_add_note(s, below(r, parts), frames_note(r, key, from, to, frame));
			if (below(r, 4) == 0)
				song_add_note(s, below(r, parts),
				              frames_note(r, key, from + below(r, to - from), to, frame));
		}
	/* what no frame begins in is not heard */
	if (frame > 2)
		song_add_note(s, 0, (struct note){below(r, t->n) * frame + 1, 1 + below(r, frame - 2), 60, 80, false});
	if (below(r, 2))
		put_metres(s, r, 3);
	song_add_tempo(s, 0, 300000 + below(r, 100000));
	song_add_key(s, 0, below(r, 7), false);
	s->end = t->n * frame - below(r, frame);
	song_order(s);
	return s;
}

static struct song *roll_of(const struct song *s, int frame, int strike)
{
	const struct roll_way way = {frame, strike, FRAMES_TOGETHER};
	struct song *roll = roll_song(s, &way);

	if (!roll)
		print_error("%s\n", error_message());
	assert_non_null(roll);
	return roll;
}

static struct piece *piece_of(const struct song *s)
{
	struct piece *p = piece_from_song(s);

	assert_non_null(p);
	return p;
}

static void check_same_events(const struct piece *a, const struct piece *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct event *x = &a->events[i], *y = &b->events[i];

		assert_true(x->shift == y->shift && x->duration == y->duration && x->kind == y->kind &&
		            x->part == y->part && x->pitch == y->pitch && x->velocity == y->velocity);
	}
	assert_true(a->start.parts == b->start.parts && a->start.pickup == b->start.pickup &&
	            a->start.tempo == b->start.tempo && a->start.mode == b->start.mode);
	assert_int_equal(a->start.numerator, b->start.numerator);
	assert_int_equal(a->start.denominator_log2, b->start.denominator_log2);
}

/*
 * What the events of a roll are: one part of whole frames in which no key is
 * struck where it sounds or, held, where it ended; or, struck, of single frames.
 */
static void check_neutral(const struct piece *p, int frame, int strike)
{
	int ends[KEYS], now = 0;

	for (int k = 0; k < KEYS; k++)
		ends[k] = -1;
	assert_true(p->start.parts == 1);
	assert_int_equal(p->start.pickup, 0);
	assert_int_equal(p->start.tempo, 0);
	assert_int_equal(p->start.numerator, 4);
	assert_int_equal(p->start.denominator_log2, 2);
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		now += e->shift;
		assert_int_equal(e->shift % frame, 0);
		assert_int_equal(e->kind, i + 1 < p->n ? EVENT_NOTE : EVENT_END);
		if (e->kind == EVENT_END)
			continue;
		assert_int_equal(e->duration % frame, 0);
		/* no further than to the next multiple */
		if (strike > 0)
			assert_true(now % strike + e->duration <= strike);
		assert_int_equal(e->velocity, ROLL_VELOCITY);
		assert_true(now > ends[e->pitch] || (strike > 0 && now % strike == 0 && now == ends[e->pitch]));
		ends[e->pitch] = now + e->duration;
	}
}

static void test_rolls_and_events(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 11, 0, 0);
	static struct table table, again;

	for (int round = 0; round < 1000; round++) {
		const int frame = below(&r, 2) ? 12 << below(&r, 2) : 1 + below(&r, 50);
		const int strike = below(&r, 4) * frame;
		struct song *one, *other, *rolls[3];
		struct piece *pieces[2];

		random_table(&table, &r);
		one = song_of_table(&table, &r, frame);
		other = song_of_table(&table, &r, frame);
		rolls[0] = roll_of(one, frame, strike);
		rolls[1] = roll_of(other, frame, strike);
		check_same_music(rolls[0], rolls[1]);
		pieces[0] = piece_of(rolls[0]);
		pieces[1] = piece_of(rolls[1]);
		check_same_events(pieces[0], pieces[1]);
		check_neutral(pieces[0], frame, strike);
		/* events -> roll */
		rolls[2] = piece_to_song(pieces[0]);
		assert_non_null(rolls[2]);
		assert_int_equal(rolls[2]->end, table.n * frame);
		table_of_song(&again, rolls[2], frame);
		check_same_table(&table, &again);
		/* a roll is its own */
		song_free(rolls[1]);
		rolls[1] = roll_of(rolls[2], frame, strike);
		check_same_music(rolls[0], rolls[1]);
		for (int i = 0; i < 3; i++)
			song_free(rolls[i]);
		piece_free(pieces[0]);
		piece_free(pieces[1]);
		song_free(one);
		song_free(other);
	}
}

/* The song that a file with this song in it is read as. */
static struct song *through_file(const struct song *s)
{
	const struct smf_write_options options = {0};
	unsigned char *data = NULL;
	struct songs songs;
	struct song *copy;
	size_t size;

	assert_int_equal(smf_write_memory(&data, &size, s, &options), 0);
	assert_int_equal(smf_read_memory(&songs, "roll", data, size), 0);
	copy = song_copy(songs.songs[0]);
	assert_non_null(copy);
	songs_done(&songs);
	free(data);
	return copy;
}

/* Silence at the start is frames, though readers take it for what is before a pickup. */
static void test_files(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 12, 0, 0);
	static struct table table;

	for (int round = 0; round < 300; round++) {
		const struct reading reading = {.grid = 24, .frame = 12 << below(&r, 2), .strike = 48 * below(&r, 3)};
		struct song *s, *roll, *file, *again;

		random_table(&table, &r);
		s = song_of_table(&table, &r, reading.frame);
		roll = roll_of(s, reading.frame, reading.strike);
		file = through_file(roll);
		again = reading_song(file, &reading, NULL);
		assert_non_null(again);
		/* our files end at a bar line after the last note */
		check_same_notes(roll, again);
		assert_int_equal(again->pickup, 0);
		assert_int_equal(again->end, song_bar_line(roll, song_last_note_end(roll)));
		song_free(s);
		song_free(roll);
		song_free(file);
		song_free(again);
	}
}

static void test_any_song(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 13, 0, 0);
	static struct table table, again;

	for (int round = 0; round < 1000; round++) {
		const int frame = 6 + below(&r, 40);
		const struct reading reading = {.grid = below(&r, 4) ? 24 : 1 + below(&r, 48),
		                                .take = below(&r, TAKES),
		                                .frame = frame,
		                                .strike = below(&r, 4) * frame};
		const struct reading whole = {.grid = reading.grid, .take = reading.take};
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS)), *s, *read, *back;
		struct piece *p, *q;

		s = reading_song(raw, &whole, NULL);
		read = reading_song(raw, &reading, NULL);
		assert_non_null(s);
		assert_non_null(read);
		table_of_song(&table, s, reading.frame);
		table_of_song(&again, read, reading.frame);
		check_same_table(&table, &again);
		if (song_notes(read) == 0) {
			assert_null(piece_from_song(read));
			assert_string_equal(error_message(), "no notes");
		} else {
			p = piece_of(read);
			check_neutral(p, reading.frame, reading.strike);
			back = piece_to_song(p);
			assert_non_null(back);
			table_of_song(&again, back, reading.frame);
			check_same_table(&table, &again);
			song_free(read);
			read = roll_of(back, reading.frame, reading.strike);
			q = piece_of(read);
			check_same_events(p, q);
			song_free(back);
			piece_free(p);
			piece_free(q);
		}
		song_free(raw);
		song_free(s);
		song_free(read);
	}
}

/* A number for the notes of a part, whatever their order. */
static uint64_t sum_of_part(const struct part *part)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < part->n; i++) {
		const struct note *n = &part->notes[i];

		sum += random_mix(random_mix(((uint64_t)n->onset << 8) + n->pitch) + (uint64_t)n->duration);
	}
	return sum;
}

static int by_sum(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The roll of a song's part alone; 0: no frame begins in any of its notes. */
static uint64_t sum_of_roll(const struct song *song, size_t k, const struct roll_way *way)
{
	const struct part *part = &song->parts[k];
	struct song *one = song_new(song->ppq), *roll;
	uint64_t sum = 0;

	assert_non_null(one);
	one->silence = song->silence;
	one->end = song->end;
	song_add_part(one, NULL, 0, 0);
	for (size_t i = 0; i < part->n; i++)
		song_add_note(one, 0, part->notes[i]);
	song_order(one);
	roll = roll_song(one, way);
	assert_non_null(roll);
	if (roll->n_parts > 0)
		sum = sum_of_part(&roll->parts[0]);
	song_free(one);
	song_free(roll);
	return sum;
}

/* Parts apart are rolls of their own, and what is read of them reads so again. */
static void test_apart(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 14, 0, 0);

	for (int round = 0; round < 1000; round++) {
		const int frame = 6 + below(&r, 40);
		const struct reading reading = {
			.grid = 24, .frame = frame, .strike = below(&r, 4) * frame, .frame_parts = FRAMES_APART};
		const struct reading whole = {.grid = 24};
		const struct roll_way way = {reading.frame, reading.strike, FRAMES_APART};
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS));
		struct song *s = reading_song(raw, &whole, NULL), *read = reading_song(raw, &reading, NULL), *again;
		uint64_t sums[2][SONG_PARTS_MAX];
		size_t n = 0;

		assert_non_null(s);
		assert_non_null(read);
		again = roll_song(read, &way);
		assert_non_null(again);
		check_same_music(read, again);
		assert_true(s->n_parts <= SONG_PARTS_MAX);
		for (size_t k = 0; k < s->n_parts; k++) {
			sums[0][n] = sum_of_roll(s, k, &way);
			n += sums[0][n] != 0;
		}
		assert_int_equal(read->n_parts, n);
		for (size_t k = 0; k < n; k++)
			sums[1][k] = sum_of_part(&read->parts[k]);
		qsort(sums[0], n, sizeof **sums, by_sum);
		qsort(sums[1], n, sizeof **sums, by_sum);
		assert_memory_equal(sums[0], sums[1], n * sizeof **sums);
		song_free(raw);
		song_free(s);
		song_free(read);
		song_free(again);
	}
}

/* Frames are sounding keys at their starts: nothing of a note between two of them. */
static void test_where_frames_look(void **state)
{
	struct song *s = song_new(24), *roll;
	const struct note *n;

	(void)state;
	song_add_part(s, NULL, 0, 19);
	song_add_part(s, NULL, 1, 42);
	put_note(s, 0, 24, 24, 72, 100); /* frame 1 */
	put_note(s, 0, 48, 1, 72, 100);  /* struck again in frame 2: one run */
	put_note(s, 1, 25, 23, 60, 50);  /* between 1 and 2: not heard */
	put_note(s, 1, 25, 24, 62, 50);  /* frame 2 */
	put_note(s, 1, 71, 50, 62, 50);  /* frames 3 to 5: joins it */
	s->end = 145;                    /* in frame 6 */
	song_order(s);
	roll = roll_of(s, 24, 0);
	assert_int_equal(roll->n_parts, 1);
	assert_int_equal(roll->parts[0].program, 19);
	assert_int_equal(roll->parts[0].n, 2);
	n = roll->parts[0].notes;
	assert_true(n[0].pitch == 72 && n[0].onset == 24 && n[0].duration == 48);
	assert_true(n[1].pitch == 62 && n[1].onset == 48 && n[1].duration == 96);
	assert_int_equal(roll->end, 7 * 24);
	song_free(roll);
	roll = roll_of(s, 24, 24);
	assert_int_equal(roll->end, 7 * 24);
	assert_int_equal(roll->parts[0].n, 6);
	for (int i = 0; i < 6; i++) {
		/* 72 in frames 1 and 2, 62 in 2 to 5; in a frame the highest first */
		static const int frames[] = {1, 2, 2, 3, 4, 5}, pitches[] = {72, 72, 62, 62, 62, 62};

		n = &roll->parts[0].notes[i];
		assert_true(n->pitch == pitches[i] && n->onset == 24 * frames[i] && n->duration == 24);
	}
	song_free(roll);
	/* no table of its frames is made */
	put_note(s, 1, SONG_TICK_MAX - 2, 2, 50, 80);
	song_order(s);
	roll = roll_of(s, 1, 0);
	assert_int_equal(roll->end, SONG_TICK_MAX);
	song_free(roll);
	assert_null(roll_song(s, &(struct roll_way){1920, 0, FRAMES_TOGETHER}));
	assert_non_null(strstr(error_message(), "in frames of 1920"));
	/* nor are there more notes than anybody could use */
	put_note(s, 1, 0, SONG_TICK_MAX / 2, 51, 80);
	song_order(s);
	assert_null(roll_song(s, &(struct roll_way){1, 1, FRAMES_TOGETHER}));
	assert_non_null(strstr(error_message(), "struck every 1 ticks"));
	song_free(s);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_rolls_and_events, &seed),
		cmocka_unit_test_prestate(test_files, &seed),
		cmocka_unit_test_prestate(test_any_song, &seed),
		cmocka_unit_test_prestate(test_apart, &seed),
		cmocka_unit_test(test_where_frames_look),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
