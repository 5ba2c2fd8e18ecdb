/* Windows of pieces as rolls. See windows.h. */
#include "corpus/windows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpus/bars.h"
#include "music/key.h"

#define FRAMES_A_QUARTER 4

/* Semitones, -6 .. 5, to C major or A minor; 0 where there is no key. */
static int find_transposition(const struct piece *piece)
{
	struct key_count count;
	struct key key;
	int now = 0, up;

	key_count_start(&count);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		now += event->shift;
		if (event->kind == EVENT_NOTE)
			key_count_note(&count, now, event->pitch, event->duration);
	}
	key = key_count_find(&count);
	if (key.tonic < 0)
		return 0;
	up = ((key.mode == MODE_MINOR ? 9 : 0) - key.tonic + 12) % 12;
	return up < 6 ? up : up - 12;
}

static uint8_t find_column(int pitch)
{
	int column = pitch - WINDOW_LOWEST;

	while (column < 0)
		column += 12;
	while (column >= WINDOW_PITCHES)
		column -= 12;
	return (uint8_t)column;
}

static int collect_notes(struct windows *out, const struct piece *piece)
{
	const int up = find_transposition(piece);
	int now = 0;

	out->notes = mem_new(piece->n, sizeof *out->notes);
	if (!out->notes)
		return -1;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		now += event->shift;
		if (event->kind != EVENT_NOTE)
			continue;
		out->notes[out->n_notes++] = (struct window_note){
			.onset = now,
			.duration = event->duration,
			.column = find_column(event->pitch + up),
		};
	}
	return 0;
}

/* The first note from `tick` on. */
static size_t find_note(const struct windows *w, int tick)
{
	size_t from = 0, to = w->n_notes;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (w->notes[middle].onset < tick)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int list_windows(struct windows *out, const struct bars *bars)
{
	size_t first = 0;

	out->list = mem_new(bars->n, sizeof *out->list);
	if (!out->list)
		return -1;
	for (size_t b = bars->pickups; b + WINDOW_BARS <= bars->n; b++) {
		const int start = bars->list[b].start, end = bars->list[b + WINDOW_BARS - 1].end;

		while (first < out->n_notes && out->notes[first].onset + out->notes[first].duration <= start)
			first++;
		if (find_note(out, start) < find_note(out, end))
			out->list[out->n++] = (struct window){start, end, first};
	}
	return 0;
}

int windows_make(struct windows *out, const struct piece *piece)
{
	struct bars bars;
	int result;

	*out = (struct windows){.grid = piece->grid};
	result = bars_make(&bars, piece);
	if (result == 0)
		result = collect_notes(out, piece);
	if (result == 0)
		result = list_windows(out, &bars);
	bars_done(&bars);
	return result;
}

void windows_done(struct windows *w)
{
	free(w->notes);
	free(w->list);
	*w = (struct windows){.n = 0};
}

/* The frame that is nearest to so many ticks after the window's start, none beyond the roll's. */
static int find_frame(const struct windows *w, int ticks)
{
	const int64_t frame = ((int64_t)ticks * FRAMES_A_QUARTER + w->grid / 2) / w->grid;

	return frame < WINDOW_FRAMES ? (int)frame : WINDOW_FRAMES;
}

static void put_note(uint8_t *roll, const struct windows *w, const struct window *window,
                     const struct window_note *note)
{
	const int limit = window->end - window->start;
	const int onset = note->onset - window->start, end = onset + note->duration;
	const int first = onset > 0 ? find_frame(w, onset) : 0;
	int last = find_frame(w, end < limit ? end : limit);

	last = last > first || first >= WINDOW_FRAMES ? last : first + 1;
	for (int t = first; t < last; t++) {
		uint8_t *cell = roll + ((size_t)t * WINDOW_PITCHES + note->column) * WINDOW_PLANES;

		if (t == first && onset >= 0)
			cell[0] = 1;
		cell[1] = 1;
	}
}

void windows_roll(uint8_t roll[WINDOW_SIZE], const struct windows *w, size_t i)
{
	const struct window *window = &w->list[i];

	memset(roll, 0, WINDOW_SIZE);
	for (size_t k = window->first; k < w->n_notes && w->notes[k].onset < window->end; k++)
		if (w->notes[k].onset + w->notes[k].duration > window->start)
			put_note(roll, w, window, &w->notes[k]);
}
