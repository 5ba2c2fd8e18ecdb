/*
 * One stream of notes, whoever reads it: for one seed and one set of options
 * the events of a whole piece (export), of a stream (play), the beginning of
 * music without end (play --live), what musegen.h gives, what a device is sent
 * and what a MIDI file has are the same notes, to the tick and the nanosecond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>
#include "live/arranger.h"
#include "midi/smf.h"
#include "model_check.h"
#include "model_toy.h"
#include "musegen.h"
#include "num/blas.h"

#define SEEDS 5

/* What is asked for, in the words of compose.h and of musegen.h. */
struct wish {
	const char *key, *scale;
	int bars, parts, low, high, top_k, bpm;
	double temperature, top_p;
	bool style, primer;
};

static const struct wish wishes[] = {
	{.bars = 0},
	{.bars = 6, .key = "G minor", .parts = 3, .style = true, .bpm = 96},
	{.bars = 5, .key = "F#", .low = 45, .high = 80},
	{.bars = 4, .scale = "D dorian", .top_k = 9, .top_p = 0.9, .temperature = 0.7},
	{.primer = true},
	{.primer = true, .bars = 90, .key = "Eb major", .bpm = 131},
};

static const unsigned kinds[] = {MUSIC_FOUR | MUSIC_METRES, MUSIC_SIXTEEN, MUSIC_CHORDS};

struct scene {
	struct corpus *corpus;
	struct model *m;
	char path[32];
};

static void scene_init(struct scene *s, unsigned kind)
{
	int fd;

	s->corpus = music_corpus(31, kind, 8, 8, true, SPLIT_BY_HASH);
	s->m = toy_random(s->corpus, &small_config, 0.6, 32);
	strcpy(s->path, "/tmp/musegen-test-XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(model_save(s->m, s->path), 0);
}

static void scene_done(struct scene *s)
{
	unlink(s->path);
	model_free(s->m);
	corpus_free(s->corpus);
}

static struct compose_options options_of(const struct scene *s, const struct wish *w, uint64_t seed)
{
	struct compose_options o;

	compose_defaults(&o);
	o.seed = seed;
	o.bars = w->bars;
	o.parts = w->parts;
	o.top_k = w->top_k;
	o.top_p = w->top_p;
	o.low = w->low;
	o.high = w->high ? w->high : 127;
	o.temperature = w->temperature > 0 ? w->temperature : 1;
	o.style = w->style ? 1 : -1;
	o.us_per_quarter = w->bpm > 0 ? (int)lround(60e6 / w->bpm) : 0;
	if (w->key)
		assert_int_equal(key_parse(&o.key, w->key), 0);
	if (w->scale)
		assert_int_not_equal(o.scale = scale_parse(w->scale), 0);
	if (w->primer)
		o.primer = s->corpus->pieces[0].piece;
	return o;
}

static bool possible(const struct scene *s, const struct wish *w)
{
	return w->parts <= s->m->vocab->parts;
}

static struct composer *composer_of(const struct scene *s, const struct compose_options *o)
{
	struct composer *c = composer_new(s->m, o);

	if (!c)
		fail_msg("%s", error_message());
	return c;
}

/* What the n-th event of a stream is must be what the piece has there. */
static void check_stream(const struct scene *s, const struct compose_options *o, const struct piece *whole)
{
	struct composer *c = composer_of(s, o);
	struct event e;
	size_t n = 0;

	assert_int_equal(composer_start(c)->pickup, whole->start.pickup);
	assert_int_equal(composer_start(c)->parts, whole->start.parts);
	assert_int_equal(composer_us_per_quarter(c), whole->us_per_quarter);
	while (composer_next(c, &e) == 1) {
		assert_true(n < whole->n);
		assert_true(same_event(&e, &whole->events[n]));
		n++;
		/* Another stream of the model between two events changes nothing. */
		if (n == 3) {
			struct piece *other = compose_piece(s->m, o);

			assert_non_null(other);
			piece_free(other);
		}
	}
	assert_int_equal(n, whole->n);
	composer_free(c);
}

/* Music without end begins with the piece; where that ends, the next begins. */
static void check_endless(const struct scene *s, const struct compose_options *o, const struct piece *whole)
{
	struct compose_options endless = *o;
	struct composer *c;
	struct event e;

	endless.endless = true;
	c = composer_of(s, &endless);
	for (size_t n = 0; n + 1 < whole->n; n++) {
		assert_int_equal(composer_next(c, &e), 1);
		assert_true(same_event(&e, &whole->events[n]));
	}
	assert_int_equal(composer_next(c, &e), 1);
	assert_int_not_equal(e.kind, EVENT_END);
	composer_free(c);
}

/* The next item that is a note; false: there is none. */
static bool next_note(struct source *source, struct source_item *got)
{
	int status;

	while ((status = source->next(source, got)) == 1)
		if (got->play.kind == ITEM_NOTE)
			return true;
	assert_int_equal(status, 0);
	return false;
}

/* A device's moments are ticks, on the grid of the piece. */
static void check_played(const struct scene *s, const struct compose_options *o, const struct piece *whole)
{
	struct arranger *a =
		arranger_new(&(struct arranger_options){.model = s->m, .compose = *o, .playing = PLAY_PLAIN});
	const uint64_t tick = QUARTER / (uint64_t)whole->grid;
	struct metre metre = {0, whole->start.numerator, whole->start.denominator_log2};
	const int bar = metre_bar(&metre, whole->grid);
	uint64_t now = (uint64_t)((bar - whole->start.pickup % bar) % bar);
	struct source_item got;

	assert_non_null(a);
	for (size_t n = 0; n < whole->n; n++) {
		const struct event *e = &whole->events[n];

		now += (uint64_t)e->shift;
		if (e->kind != EVENT_NOTE)
			continue;
		assert_true(next_note(arranger_source(a), &got));
		assert_int_equal(got.play.at, now * tick);
		assert_int_equal(got.play.note.off, (now + (uint64_t)e->duration) * tick);
		assert_int_equal(got.play.note.part, e->part);
		assert_int_equal(got.play.note.pitch, e->pitch);
		assert_int_equal(got.play.note.velocity, e->velocity);
	}
	assert_false(next_note(arranger_source(a), &got));
	arranger_free(a);
}

static int rising(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/*
 * One pitch of one part: when it begins and ends, apart, each in order. A file
 * does not say which of two notes that sound at once a note-off is for.
 */
static int moments(int *on, int *off, const struct part *p, int pitch, int scale, int from)
{
	int n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct note *note = &p->notes[i];

		if (note->pitch != pitch)
			continue;
		on[n] = (note->onset - from) * scale;
		off[n++] = (note->onset - from + note->duration) * scale;
	}
	qsort(on, (size_t)n, sizeof *on, rising);
	qsort(off, (size_t)n, sizeof *off, rising);
	return n;
}

static const struct part *part_named(const struct song *song, const char *name)
{
	for (size_t k = 0; k < song->n_parts; k++)
		if (song->parts[k].name && strcmp(song->parts[k].name, name) == 0)
			return &song->parts[k];
	return NULL;
}

static int first_onset(const struct song *song)
{
	int first = SONG_TICK_MAX;

	for (size_t k = 0; k < song->n_parts; k++)
		for (size_t i = 0; i < song->parts[k].n; i++)
			if (song->parts[k].notes[i].onset < first)
				first = song->parts[k].notes[i].onset;
	return first;
}

static void check_part(const struct part *want, const struct part *got, int scale, int want_from, int got_from)
{
	const size_t room = want->n + 1;
	int *m = calloc(4 * room, sizeof *m);

	assert_non_null(m);
	assert_int_equal(want->n, got->n);
	for (int pitch = 0; pitch < 128; pitch++) {
		int n = moments(m, m + room, want, pitch, scale, want_from);

		assert_int_equal(n, moments(m + 2 * room, m + 3 * room, got, pitch, 1, got_from));
		assert_memory_equal(m, m + 2 * room, (size_t)n * sizeof *m);
		assert_memory_equal(m + room, m + 3 * room, (size_t)n * sizeof *m);
	}
	free(m);
}

/* The file, written and read again. A pickup is padded there, so times are counted from the first note. */
static void check_file(const struct piece *whole)
{
	const struct smf_write_options plain = {.comment = NULL};
	struct song *song = piece_to_song(whole), *got;
	unsigned char *data;
	struct songs songs;
	size_t size;

	assert_non_null(song);
	assert_int_equal(smf_write_memory(&data, &size, song, &plain), 0);
	if (smf_read_memory(&songs, "piece.mid", data, size) < 0)
		fail_msg("%s", error_message());
	assert_int_equal(songs.n, 1);
	assert_int_equal(songs.mended, 0);
	got = songs.songs[0];
	assert_int_equal(got->ppq % song->ppq, 0);
	assert_int_equal(song_notes(got), song_notes(song));
	for (size_t k = 0; k < song->n_parts; k++) {
		const struct part *part = part_named(got, song->parts[k].name);

		if (song->parts[k].n == 0)
			continue;
		assert_non_null(part);
		check_part(&song->parts[k], part, got->ppq / song->ppq, first_onset(song), first_onset(got));
	}
	assert_int_equal(got->tempos[0].us_per_quarter, whole->us_per_quarter);
	songs_done(&songs);
	free(data);
	song_free(song);
}

/* Through musegen.h, from the model's file. It has no primers. */
static void check_embedded(const struct scene *s, const struct wish *w, uint64_t seed, const struct piece *whole)
{
	struct musegen_model *m = musegen_open(s->path);
	struct musegen_composer *c;
	struct musegen_options o;
	struct musegen_note got;
	int64_t now = 0;

	assert_non_null(m);
	musegen_defaults(&o);
	o.seed = seed;
	o.bars = w->bars;
	o.parts = w->parts;
	o.top_k = w->top_k;
	o.top_p = w->top_p;
	o.low = w->low;
	o.high = w->high ? w->high : o.high;
	o.temperature = w->temperature > 0 ? w->temperature : o.temperature;
	o.style = w->style ? musegen_style(m, 1) : NULL;
	o.tempo = w->bpm;
	o.key = w->key;
	o.scale = w->scale;
	c = musegen_composer_new(m, &o);
	if (!c)
		fail_msg("%s", musegen_error());
	for (size_t n = 0; n < whole->n; n++) {
		const struct event *e = &whole->events[n];

		now += e->shift;
		if (e->kind != EVENT_NOTE)
			continue;
		assert_int_equal(musegen_next(c, &got), 1);
		assert_int_equal(got.onset, now);
		assert_int_equal(got.duration, e->duration);
		assert_int_equal(got.part, e->part);
		assert_int_equal(got.pitch, e->pitch);
		assert_int_equal(got.velocity, e->velocity);
	}
	assert_int_equal(musegen_next(c, &got), 0);
	assert_int_equal(musegen_position(c), now);
	musegen_composer_free(c);
	musegen_close(m);
}

static void check_wish(const struct scene *s, const struct wish *w)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct compose_options o = options_of(s, w, seed);
		struct piece *whole = compose_piece(s->m, &o);

		if (!whole)
			fail_msg("%s", error_message());
		check_stream(s, &o, whole);
		check_endless(s, &o, whole);
		check_played(s, &o, whole);
		check_file(whole);
		if (!w->primer)
			check_embedded(s, w, seed, whole);
		piece_free(whole);
	}
}

static void test_sinks(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct scene s;
		int tried = 0;

		scene_init(&s, kinds[k]);
		for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
			if (!possible(&s, &wishes[i]))
				continue;
			check_wish(&s, &wishes[i]);
			tried++;
		}
		assert_true(tried >= 5);
		scene_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sinks)};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
