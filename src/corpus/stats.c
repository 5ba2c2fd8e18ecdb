/*
 * Counting a corpus. Each piece goes by once, event by event; a distribution
 * gathers values as they come and puts them in order when it has grown to
 * twice what it was, so that it holds the distinct ones and little more.
 */
#include "corpus/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "music/position.h"

#define MERGE_AT_LEAST 4096
#define US_PER_MINUTE  60e6

/* ---- tallies ------------------------------------------------------------- */

static int compare_items(const void *a, const void *b)
{
	const struct tally_item *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* Every value once, rising. */
static void tally_merge(struct tally *t)
{
	size_t n = 0;

	if (t->n > 0)
		qsort(t->items, t->n, sizeof *t->items, compare_items);
	for (size_t i = 0; i < t->n; i++) {
		if (n > 0 && t->items[n - 1].value == t->items[i].value)
			t->items[n - 1].count += t->items[i].count;
		else
			t->items[n++] = t->items[i];
	}
	t->n = n;
	t->merge_at = 2 * n > MERGE_AT_LEAST ? 2 * n : MERGE_AT_LEAST;
}

static int tally_add(struct tally *t, int value)
{
	if (t->n >= t->merge_at)
		tally_merge(t);
	if (MEM_GROW(t->items, t->capacity, t->n + 1) < 0)
		return -1;
	t->items[t->n++] = (struct tally_item){value, 1};
	return 0;
}

size_t tally_total(const struct tally *t)
{
	size_t total = 0;

	for (size_t i = 0; i < t->n; i++)
		total += t->items[i].count;
	return total;
}

size_t tally_count(const struct tally *t, int value)
{
	const struct tally_item key = {.value = value}, *found = NULL;

	if (t->n > 0)
		found = bsearch(&key, t->items, t->n, sizeof *t->items, compare_items);
	return found ? found->count : 0;
}

int tally_median(const struct tally *t)
{
	const size_t middle = (tally_total(t) + 1) / 2;
	size_t seen = 0;

	for (size_t i = 0; i < t->n; i++) {
		seen += t->items[i].count;
		if (seen >= middle)
			return t->items[i].value;
	}
	BUG("the median of nothing");
}

/* ---- phrases ------------------------------------------------------------- */

/* The phrase that a piece is in. */
struct phrase {
	struct position at;
	double bars; /* since it began */
	bool sounds; /* a note has begun in it */
};

static int end_phrase(struct corpus_stats *s, struct phrase *p)
{
	/* sums of thirds of bars come out a little short of their ties */
	long halves = lround(2 * p->bars + 1e-6);
	bool counts = p->sounds;

	p->bars = 0;
	p->sounds = false;
	return counts ? tally_add(&s->phrases, halves > 0 ? (int)halves : 1) : 0;
}

/* A step no longer than to where the phrase may end: bar lines, and an end that is known. */
static int step_phrase(struct corpus_stats *s, struct phrase *p, int shift)
{
	const int start = p->at.phrase_start, bar = p->at.bar_length;

	position_shift(&p->at, shift);
	p->bars += (double)shift / bar;
	return p->at.phrase_start != start ? end_phrase(s, p) : 0;
}

/* Any step through silence: whatever phrases end in it are none, but the present one may have begun within. */
static void step_silence(struct phrase *p, int shift)
{
	const int start = p->at.phrase_start;

	position_shift(&p->at, shift);
	p->bars += (double)shift / p->at.bar_length;
	if (p->at.phrase_start != start)
		p->bars = (double)(p->at.now - p->at.phrase_start) / p->at.bar_length;
}

/*
 * To the next event. A phrase with notes in it ends within a few bars, so
 * going from bar line to bar line costs little however long the shift is.
 */
static int shift_phrase(struct corpus_stats *s, struct phrase *p, int shift)
{
	while (shift > 0 && p->sounds && p->at.now < POSITION_TICK_MAX) {
		int next = p->at.bar_start + p->at.bar_length, step;

		if (p->at.pending_end > p->at.now && p->at.pending_end < next)
			next = p->at.pending_end;
		step = next - p->at.now < shift ? next - p->at.now : shift;
		if (step_phrase(s, p, step) < 0)
			return -1;
		shift -= step;
	}
	/* also a shift of 0: it tells the position that an event comes */
	step_silence(p, shift);
	return 0;
}

static int take_phrase_event(struct corpus_stats *s, struct phrase *p, const struct event *event)
{
	const int start = p->at.phrase_start;
	int result = 0;

	position_event(&p->at, event);
	if (p->at.phrase_start != start || event->kind == EVENT_END)
		result = end_phrase(s, p);
	if (event->kind == EVENT_NOTE)
		p->sounds = true;
	return result;
}

static int count_phrases(struct corpus_stats *s, const struct piece *piece)
{
	struct phrase p = {.bars = 0};

	position_start(&p.at, piece->grid, &piece->start);
	for (size_t i = 0; i < piece->n; i++)
		if (shift_phrase(s, &p, piece->events[i].shift) < 0 || take_phrase_event(s, &p, &piece->events[i]) < 0)
			return -1;
	return 0;
}

/* ---- notes and pieces ---------------------------------------------------- */

static int count_notes(struct corpus_stats *s, const struct piece *piece, struct stats_style *style)
{
	struct {
		int tick, pitch; /* of the last onset's highest note; tick -1 before any */
	} last[SONG_PARTS_MAX];
	int now = 0;

	for (int k = 0; k < SONG_PARTS_MAX; k++)
		last[k].tick = -1;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		now += event->shift;
		if (event->kind != EVENT_NOTE)
			continue;
		s->notes++;
		style->notes++;
		if (tally_add(&s->pitches, event->pitch) < 0 || tally_add(&s->classes, event->pitch % 12) < 0 ||
		    tally_add(&s->durations, event->duration) < 0)
			return -1;
		/* Of notes struck together the first is the highest. */
		if (last[event->part].tick == now)
			continue;
		if (last[event->part].tick >= 0 && tally_add(&s->intervals, event->pitch - last[event->part].pitch) < 0)
			return -1;
		last[event->part].tick = now;
		last[event->part].pitch = event->pitch;
	}
	return 0;
}

static int key_value(struct key key)
{
	return key.tonic >= 0 && key.mode != MODE_UNKNOWN ? key.tonic * MODES + (int)key.mode : STATS_KEY_NONE;
}

struct key stats_key(int value)
{
	if (value == STATS_KEY_NONE)
		return (struct key){-1, MODE_UNKNOWN};
	return (struct key){value / MODES, (enum mode)(value % MODES)};
}

static int metre_value(const struct start *start)
{
	return start->numerator << 8 | start->denominator_log2;
}

void stats_metre(int *numerator, int *denominator, int value)
{
	*numerator = value >> 8;
	*denominator = 1 << (value & 0xff);
}

static bool changes_metre(const struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		if (piece->events[i].kind == EVENT_METRE)
			return true;
	return false;
}

static int count_piece(struct corpus_stats *s, const struct corpus_piece *cp)
{
	const struct piece *piece = cp->piece;
	const struct start *start = &piece->start;
	const int found = key_value(piece->key), stated = key_value(cp->stated_key);
	struct stats_style *style = &s->styles[start->style];
	int tempo = 0;

	s->pieces++;
	style->pieces++;
	s->seconds += cp->seconds;
	s->percussion_notes += (size_t)cp->percussion_notes;
	s->grid = piece->grid;
	s->keys_agree += found != STATS_KEY_NONE && found == stated;
	s->metre_changes += changes_metre(piece);
	if (piece->us_per_quarter > 0)
		tempo = (int)lround(US_PER_MINUTE / piece->us_per_quarter);
	if (tally_add(&s->keys_found, found) < 0 || tally_add(&s->keys_stated, stated) < 0 ||
	    tally_add(&s->metres, metre_value(start)) < 0 || tally_add(&s->tempos, tempo) < 0 ||
	    tally_add(&s->tempo_classes, start->tempo) < 0 || tally_add(&s->parts, start_part_count(start)) < 0)
		return -1;
	return count_notes(s, piece, style) < 0 ? -1 : count_phrases(s, piece);
}

static int name_styles(struct corpus_stats *s, const struct corpus *corpus)
{
	s->styles = mem_new(corpus->n_styles, sizeof *s->styles);
	if (!s->styles)
		return -1;
	for (size_t i = 0; i < corpus->n_styles; i++) {
		s->styles[i].name = mem_string(corpus->styles[i]);
		if (!s->styles[i].name)
			return -1;
		s->n_styles++;
	}
	return 0;
}

/* ---- all of it ----------------------------------------------------------- */

#define TALLIES 11

static void list_tallies(struct tally *list[TALLIES], struct corpus_stats *s)
{
	struct tally *const all[TALLIES] = {
		&s->pitches,     &s->classes, &s->durations, &s->intervals,     &s->phrases, &s->keys_found,
		&s->keys_stated, &s->metres,  &s->tempos,    &s->tempo_classes, &s->parts,
	};

	memcpy(list, all, sizeof all);
}

int corpus_stats_make(struct corpus_stats *out, const struct corpus *corpus)
{
	struct tally *tallies[TALLIES];

	*out = (struct corpus_stats){.files = corpus->files, .duplicates = corpus->duplicates};
	list_tallies(tallies, out);
	for (size_t i = 0; i < TALLIES; i++)
		tally_merge(tallies[i]);
	if (name_styles(out, corpus) < 0 || corpus_stats_skips(out, corpus) < 0)
		return -1;
	for (size_t i = 0; i < corpus->n; i++)
		if (count_piece(out, &corpus->pieces[i]) < 0)
			return -1;
	for (size_t i = 0; i < TALLIES; i++)
		tally_merge(tallies[i]);
	return 0;
}

void corpus_stats_done(struct corpus_stats *s)
{
	struct tally *tallies[TALLIES];

	list_tallies(tallies, s);
	for (size_t i = 0; i < TALLIES; i++)
		free(tallies[i]->items);
	for (size_t i = 0; i < s->n_styles; i++)
		free(s->styles[i].name);
	free(s->styles);
	for (size_t i = 0; i < s->n_reasons; i++) {
		free(s->reasons[i].text);
		free(s->reasons[i].example);
	}
	free(s->reasons);
	*s = (struct corpus_stats){0};
}
