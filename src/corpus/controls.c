/* Controls. See controls.h. */
#include "corpus/controls.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "music/reading.h"
#include "corpus/bars.h"
#include "corpus/lines.h"

#define ORDER   3
#define REDRAWN 16 /* times, for a note within the part's range */

/* The piece as a song without its notes (and so without fermatas); metres stay where `metres` is set. */
static struct song *empty_song(const struct piece *piece, bool metres)
{
	struct song *song = piece_to_song(piece);

	if (!song)
		return NULL;
	for (size_t k = 0; k < song->n_parts; k++)
		song->parts[k].n = 0;
	if (!metres)
		song->n_metres = 0;
	return song;
}

/* The song as a piece of the other's style and parts; frees it. */
static struct piece *take_song(struct song *song, const struct piece *like)
{
	struct piece *piece = NULL;

	if (!song)
		return NULL;
	for (size_t k = 0; k < song->n_parts; k++)
		song_order_notes(&song->parts[k]);
	piece = piece_from_song(song);
	if (piece) {
		for (size_t i = 0; i < piece->n; i++)
			piece->events[i].fermata = false;
		piece->start.style = like->start.style;
		piece->start.parts |= like->start.parts;
	}
	song_free(song);
	return piece;
}

/* ---- the highest line ------------------------------------------------------ */

struct piece *control_line(const struct piece *piece)
{
	struct song *song = piece_to_song(piece);
	struct piece *line = NULL;

	if (song) {
		song_take_top(song);
		line = piece_from_song(song);
	}
	song_free(song);
	return line;
}

/* ---- bars shuffled ------------------------------------------------------- */

/* Where each bar begins in the new order; metres are stated where they change. 0 or -1. */
static int place_bars(struct song *song, int *starts, const struct bars *bars, const uint32_t *order)
{
	const struct bar *last = NULL;
	int now = bars->pickups < bars->n ? bars->list[bars->pickups].start : 0;
	bool cut = false;

	if (bars->pickups > 0)
		last = &bars->list[0];
	if (last && song_add_metre(song, 0, last->numerator, last->denominator_log2) < 0)
		return -1;
	for (size_t i = 0; i < bars->n - bars->pickups; i++) {
		const struct bar *bar = &bars->list[bars->pickups + order[i]];
		const struct metre metre = {0, bar->numerator, bar->denominator_log2};

		/* a metre stated at a tick is a bar line there, though it cut a bar short */
		if ((!last || cut || bar->numerator != last->numerator ||
		     bar->denominator_log2 != last->denominator_log2) &&
		    song_add_metre(song, now, bar->numerator, bar->denominator_log2) < 0)
			return -1;
		starts[bars->pickups + order[i]] = now;
		now += bar->end - bar->start;
		cut = bar->end - bar->start != metre_bar(&metre, song->ppq);
		last = bar;
	}
	song->end = now;
	return 0;
}

static int place_notes(struct song *song, const struct piece *piece, const struct bars *bars, const int *starts)
{
	int now = 0;

	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];
		size_t b;
		int onset;

		now += event->shift;
		b = bars_at(bars, now);
		if (event->kind != EVENT_NOTE || b >= bars->n)
			continue;
		onset = starts[b] + now - bars->list[b].start;
		if (song_add_note(song, event->part,
		                  (struct note){.onset = onset,
		                                .duration = event->duration < song->end - onset ? event->duration
		                                                                                : song->end - onset,
		                                .pitch = event->pitch,
		                                .velocity = event->velocity}) < 0)
			return -1;
	}
	return 0;
}

static struct song *shuffle(const struct piece *piece, const struct bars *bars, struct random *random)
{
	const size_t n = bars->n - bars->pickups;
	struct song *song = empty_song(piece, false);
	uint32_t *order = mem_new(n, sizeof *order);
	int *starts = mem_new(bars->n, sizeof *starts);
	int result = -1;

	if (song && order && starts) {
		for (size_t i = 0; i < n; i++)
			order[i] = (uint32_t)i;
		for (size_t i = 0; i < bars->pickups; i++)
			starts[i] = bars->list[i].start;
		random_shuffle(random, order, n);
		result = place_bars(song, starts, bars, order);
		if (result == 0)
			result = place_notes(song, piece, bars, starts);
	}
	free(order);
	free(starts);
	if (result < 0) {
		song_free(song);
		return NULL;
	}
	return song;
}

struct piece *control_shuffled(const struct piece *piece, struct random *random)
{
	struct bars bars;
	struct piece *out = NULL;

	if (bars_make(&bars, piece) == 0)
		out = take_song(shuffle(piece, &bars, random), piece);
	bars_done(&bars);
	return out;
}

/* ---- the Markov chain ---------------------------------------------------- */

/* How a line comes to a note, and how long it stays. */
struct token {
	int interval;       /* from the note before; 0 at the start */
	int duration, step; /* ticks; to the next onset */
};

/* All tokens of a part, line after line; before each line ORDER of no step, which is none. */
struct chain {
	struct token *tokens;
	size_t n, capacity;
	uint32_t *order; /* tokens of a step, by the one before, the one before that, ... */
	size_t n_order;
	int low, high; /* pitches */
};

struct markov {
	struct chain chains[SONG_PARTS_MAX];
};

struct markov *markov_new(void)
{
	struct markov *m = mem_new(1, sizeof *m);

	for (int k = 0; m && k < SONG_PARTS_MAX; k++)
		m->chains[k].low = 127;
	return m;
}

void markov_free(struct markov *m)
{
	for (int k = 0; m && k < SONG_PARTS_MAX; k++) {
		free(m->chains[k].tokens);
		free(m->chains[k].order);
	}
	free(m);
}

static int add_token(struct chain *c, struct token token)
{
	if (c->n >= UINT32_MAX)
		return error("more notes than a chain can learn from");
	if (MEM_GROW(c->tokens, c->capacity, c->n + 1) < 0)
		return -1;
	c->tokens[c->n++] = token;
	return 0;
}

static int add_line(struct chain *c, const struct line_note *notes, size_t n)
{
	for (int i = 0; i < ORDER; i++)
		if (add_token(c, (struct token){.step = 0}) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) {
		const struct token token = {
			.interval = i > 0 ? notes[i].pitch - notes[i - 1].pitch : 0,
			.duration = notes[i].duration,
			/* after the last note what would come is not known: as if it came at once */
			.step = i + 1 < n ? notes[i + 1].onset - notes[i].onset : notes[i].duration,
		};

		if (add_token(c, token) < 0)
			return -1;
		c->low = notes[i].pitch < c->low ? notes[i].pitch : c->low;
		c->high = notes[i].pitch > c->high ? notes[i].pitch : c->high;
	}
	return 0;
}

int markov_add(struct markov *m, const struct piece *piece, size_t n)
{
	struct piece first = *piece;
	struct lines lines;
	int result;

	first.n = n < piece->n ? n : piece->n;
	result = lines_make(&lines, &first);
	for (int k = 0; k < lines.parts && result == 0; k++)
		if (lines_length(&lines, k) > 0)
			result = add_line(&m->chains[k], lines.notes + lines.first[k], lines_length(&lines, k));
	lines_done(&lines);
	return result;
}

static int compare_ints(int a, int b)
{
	return a < b ? -1 : a > b;
}

static int compare_tokens(const struct token *a, const struct token *b)
{
	int result = compare_ints(a->interval, b->interval);

	if (result == 0)
		result = compare_ints(a->duration, b->duration);
	return result ? result : compare_ints(a->step, b->step);
}

/* By the `order` tokens before two, the nearest first. */
static int compare_pasts(const struct token *a, const struct token *b, int order)
{
	int result = 0;

	for (int i = 1; i <= order && result == 0; i++)
		result = compare_tokens(a - i, b - i);
	return result;
}

static int compare_places(const void *a, const void *b, void *context)
{
	const struct token *tokens = context;
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const int result = compare_pasts(&tokens[x], &tokens[y], ORDER);

	return result ? result : x < y ? -1 : x > y;
}

int markov_ready(struct markov *m)
{
	bool any = false;

	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		struct chain *c = &m->chains[k];

		if (c->n == 0)
			continue;
		any = true;
		free(c->order);
		c->n_order = 0;
		c->order = mem_new(c->n, sizeof *c->order);
		if (!c->order)
			return -1;
		for (size_t i = 0; i < c->n; i++)
			if (c->tokens[i].step > 0)
				c->order[c->n_order++] = (uint32_t)i;
		qsort_r(c->order, c->n_order, sizeof *c->order, compare_places, c->tokens);
	}
	return any ? 0 : error("no music for a chain to learn from");
}

/* First place in the order whose past is not below that of `now` (`after`: above it). */
static size_t find_past(const struct chain *c, const struct token *now, int order, bool after)
{
	size_t from = 0, to = c->n_order;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;
		const int result = compare_pasts(&c->tokens[c->order[middle]], now, order);

		if (result < 0 || (after && result == 0))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* What comes at past[ORDER], after past[0 .. ORDER-1]: by as many of them as ever stood together. */
static const struct token *draw(const struct chain *c, const struct token *past, struct random *random)
{
	for (int order = ORDER;; order--) {
		const size_t from = find_past(c, past + ORDER, order, false),
			     to = find_past(c, past + ORDER, order, true);

		if (to > from)
			return &c->tokens[c->order[from + random_below(random, (uint32_t)(to - from))]];
		if (order == 0)
			BUG("a chain without tokens");
	}
}

/* The chain of a part, or of the nearest above that has one, or below. */
static const struct chain *chain_of(const struct markov *m, int part)
{
	for (int k = part; k >= 0; k--)
		if (m->chains[k].n_order > 0)
			return &m->chains[k];
	for (int k = part; k < SONG_PARTS_MAX; k++)
		if (m->chains[k].n_order > 0)
			return &m->chains[k];
	BUG("a chain that has learned nothing");
}

/* A pitch in the part's range, an octave or more away where it must. */
static int fold(int pitch, int low, int high)
{
	while (pitch > high && pitch - 12 >= low)
		pitch -= 12;
	while (pitch < low && pitch + 12 <= high)
		pitch += 12;
	return pitch < low ? low : pitch > high ? high : pitch;
}

static int add_part(struct song *song, int part, const struct chain *c, const struct line_note *first,
                    struct random *random)
{
	struct token past[ORDER + 1] = {{.step = 0}};
	int now = first->onset, pitch = first->pitch;
	const int low = pitch < c->low ? pitch : c->low, high = pitch > c->high ? pitch : c->high;

	while (now < song->end) {
		const struct token *token = draw(c, past, random);
		int duration;

		for (int i = 0; i < REDRAWN && (pitch + token->interval < low || pitch + token->interval > high); i++)
			token = draw(c, past, random);
		pitch = fold(pitch + token->interval, low, high);
		duration = token->duration < song->end - now ? token->duration : song->end - now;
		if (song_add_note(
			    song, part,
			    (struct note){
				    .onset = now, .duration = duration, .pitch = (uint8_t)pitch, .velocity = 80}) < 0)
			return -1;
		memmove(past, past + 1, (ORDER - 1) * sizeof *past);
		past[ORDER - 1] = *token;
		if (token->step >= song->end - now)
			break;
		now += token->step;
	}
	return 0;
}

struct piece *control_markov(const struct markov *m, const struct piece *like, struct random *random)
{
	struct song *song = empty_song(like, true);
	struct lines lines;
	int result = lines_make(&lines, like);

	for (int k = 0; song && k < lines.parts && result == 0; k++)
		if (lines_length(&lines, k) > 0)
			result = add_part(song, k, chain_of(m, k), &lines.notes[lines.first[k]], random);
	lines_done(&lines);
	if (result < 0) {
		song_free(song);
		return NULL;
	}
	return take_song(song, like);
}
