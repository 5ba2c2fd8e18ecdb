/* Windows of music as rolls. See roll_window.h. */
#include "model/roll_window.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"

/* Quarters of a bar; frames of a quarter. */
enum { BAR_QUARTERS = 4, QUARTER_FRAMES = 4 };

int roll_shape_of(struct roll_shape *shape, const struct vocab *v, int bars, int multiple)
{
	int low = 127, high = 0, most;

	*shape = (struct roll_shape){.frame = v->grid / QUARTER_FRAMES,
	                             .frames = bars * BAR_QUARTERS * QUARTER_FRAMES,
	                             .bars = bars,
	                             .parts = v->parts};
	if (v->grid % QUARTER_FRAMES != 0)
		return error("a grid of %d ticks a quarter has no 16ths, the frames of a convolutional network's roll",
		             v->grid);
	if (v->parts > ROLL_WINDOW_PARTS)
		return error("convolutional networks learn music of one to %d parts; this has up to %d (corpus.parts "
		             "leaves out pieces of more)",
		             ROLL_WINDOW_PARTS, v->parts);
	for (int k = 0; k < v->parts; k++) {
		shape->part_low[k] = v->low[k];
		shape->part_high[k] = v->high[k];
		if (v->low[k] > v->high[k])
			continue; /* no note of it was seen */
		low = v->low[k] < low ? v->low[k] : low;
		high = v->high[k] > high ? v->high[k] : high;
	}
	if (low > high)
		low = high = 60;
	most = 128 / multiple * multiple;
	shape->pitches = (high - low + multiple) / multiple * multiple;
	if (shape->pitches > most)
		shape->pitches = most;
	/* the room beside the music's own is on either side */
	shape->low = low - (shape->pitches - (high - low + 1)) / 2;
	if (shape->low + shape->pitches > 128)
		shape->low = 128 - shape->pitches;
	if (shape->low < 0)
		shape->low = 0;
	return 0;
}

size_t roll_size(const struct roll_shape *s)
{
	return (size_t)s->frames * (size_t)s->pitches * 2 * (size_t)s->parts;
}

/* ---- windows of a piece -------------------------------------------------------- */

/* Music between metre changes, of bars of one length from `start` on. */
struct stretch {
	int start, end;
	bool fits; /* four quarters a bar */
	bool last;
};

static bool fits_metre(int numerator, int denominator_log2)
{
	return numerator * 4 == BAR_QUARTERS << denominator_log2;
}

static int add_note(struct roll_windows *w, int now, const struct event *e)
{
	if (MEM_GROW(w->notes, w->notes_capacity, w->n_notes + 1) < 0)
		return -1;
	w->notes[w->n_notes++] = (struct roll_note){now, e->duration, e->part, e->pitch};
	return 0;
}

/*
 * The window at `start`, unless a bar of it has no onset. *first: of the
 * piece's notes, up to which they are too long ago for this and all later windows.
 */
static int add_window(struct roll_windows *w, const struct roll_shape *s, size_t *first, int start)
{
	const int bar = s->frame * s->frames / s->bars, end = start + bar * s->bars;
	struct roll_window window = {.start = start, .first = w->n_notes};
	unsigned bars = 0;

	while (*first < w->n_notes && w->notes[*first].onset < start - bar * s->bars)
		++*first;
	for (size_t i = *first; i < w->n_notes; i++) {
		const struct roll_note *n = &w->notes[i];

		if (n->onset >= end)
			break;
		if (n->onset + n->duration <= start)
			continue;
		if (window.first > i)
			window.first = i;
		window.n = i - window.first + 1;
		if (n->onset >= start)
			bars |= 1u << (n->onset - start) / bar;
	}
	if (bars != (1u << s->bars) - 1)
		return 0;
	if (MEM_GROW(w->list, w->capacity, w->n + 1) < 0)
		return -1;
	w->list[w->n++] = window;
	return 0;
}

static int add_stretch(struct roll_windows *w, const struct roll_shape *s, size_t first, const struct stretch *stretch,
                       int from, int to)
{
	const int bar = s->frame * s->frames / s->bars;

	if (!stretch->fits)
		return 0;
	for (int start = stretch->start; start + bar * s->bars <= stretch->end + (stretch->last ? bar - 1 : 0);
	     start += bar) {
		if (start < from || start + bar * s->bars > to)
			continue;
		if (add_window(w, s, &first, start) < 0)
			return -1;
	}
	return 0;
}

int roll_windows_add(struct roll_windows *w, const struct piece *piece, const struct roll_shape *s, int from, int to)
{
	const size_t first = w->n_notes;
	struct stretch stretch = {.start = piece->start.pickup,
	                          .fits = fits_metre(piece->start.numerator, piece->start.denominator_log2)};
	int now = 0;

	if (piece->start.parts >> s->parts != 0)
		return 0;
	/* notes first: a window has those that come before its metre changes too */
	for (size_t i = 0; i < piece->n; i++) {
		now += piece->events[i].shift;
		if (piece->events[i].kind == EVENT_NOTE && add_note(w, now, &piece->events[i]) < 0)
			return -1;
	}
	stretch.last = true;
	now = 0;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];

		now += e->shift;
		if (e->kind != EVENT_METRE)
			continue;
		stretch.end = now;
		stretch.last = false;
		if (add_stretch(w, s, first, &stretch, from, to) < 0)
			return -1;
		stretch = (struct stretch){
			.start = now, .fits = fits_metre(e->numerator, e->denominator_log2), .last = true};
	}
	stretch.end = now;
	return add_stretch(w, s, first, &stretch, from, to);
}

void roll_windows_done(struct roll_windows *w)
{
	free(w->notes);
	free(w->list);
	*w = (struct roll_windows){0};
}

/* ---- a window as a roll ----------------------------------------------------------- */

/* Frames of a note in a window, *from up to *to - 1. false: none. */
static bool frames_of(int *from, int *to, const struct roll_note *n, const struct roll_shape *s, int start)
{
	/* rounded to the nearest, in numbers that are not below 0 */
	const int far = INT_MAX / 4 / s->frame * s->frame, half = far + s->frame / 2;
	const int begin = (n->onset - start + half) / s->frame - far / s->frame;
	const int end = (n->onset + n->duration - start + half) / s->frame - far / s->frame;

	*from = begin > 0 ? begin : 0;
	*to = end > begin ? end : begin + 1;
	*to = *to < s->frames ? *to : s->frames;
	return *from < *to;
}

void roll_window_room(int *down, int *up, const struct roll_windows *w, const struct roll_shape *s, size_t i, int limit)
{
	const struct roll_window *window = &w->list[i];

	*down = -limit;
	*up = limit;
	for (size_t k = window->first; k < window->first + window->n; k++) {
		const struct roll_note *n = &w->notes[k];
		const int below = s->part_low[n->part] - n->pitch, above = s->part_high[n->part] - n->pitch;

		*down = *down > below ? *down : below;
		*up = *up < above ? *up : above;
	}
	*down = *down < 0 ? *down : 0;
	*up = *up > 0 ? *up : 0;
}

void roll_window_fill(real *x, const struct roll_windows *w, const struct roll_shape *s, size_t i, int transpose)
{
	const struct roll_window *window = &w->list[i];
	const size_t size = roll_size(s), planes = 2 * (size_t)s->parts, row = (size_t)s->pitches * planes;

	for (size_t k = 0; k < size; k++)
		x[k] = -1;
	for (size_t k = window->first; k < window->first + window->n; k++) {
		const struct roll_note *n = &w->notes[k];
		const int pitch = n->pitch + transpose - s->low;
		int from, to;
		real *at;

		if (pitch < 0 || pitch >= s->pitches || n->part >= s->parts ||
		    !frames_of(&from, &to, n, s, window->start))
			continue;
		at = x + (size_t)from * row + (size_t)pitch * planes + 2 * n->part;
		at[0] = 1;
		for (int f = from; f < to; f++, at += row)
			at[1] = 1;
	}
}

/* ---- and back --------------------------------------------------------------------- */

/* Frames that the note which begins at frame f lasts. at: its plane of beginnings there. */
static int lasts(const real *at, const struct roll_shape *s, int f)
{
	const size_t row = (size_t)s->pitches * 2 * (size_t)s->parts;
	int n = 1;

	for (at += row; f + n < s->frames && at[1] > 0 && !(at[0] > 0); at += row)
		n++;
	return n;
}

int roll_to_events(struct piece *out, const real *x, const struct roll_shape *s, int velocity)
{
	const size_t planes = 2 * (size_t)s->parts;
	int before = 0;

	for (int f = 0; f < s->frames; f++)
		for (int part = 0; part < s->parts; part++)
			for (int p = s->pitches - 1; p >= 0; p--) {
				const real *at = x + ((size_t)f * (size_t)s->pitches + (size_t)p) * planes + 2 * part;
				struct event e = {.kind = EVENT_NOTE};

				if (!(at[0] > 0))
					continue;
				e.shift = f * s->frame - before;
				e.part = (uint8_t)part;
				e.pitch = (uint8_t)(s->low + p);
				e.duration = lasts(at, s, f) * s->frame;
				e.velocity = (uint8_t)velocity;
				before = f * s->frame;
				if (piece_add(out, e) < 0)
					return -1;
			}
	return piece_add(out, (struct event){.kind = EVENT_END, .shift = s->frames * s->frame - before});
}

struct piece *roll_to_piece(const real *x, const struct roll_shape *s, int grid)
{
	struct piece *p = piece_new(grid);

	if (!p)
		return NULL;
	p->start.style = -1;
	p->start.numerator = BAR_QUARTERS;
	p->start.denominator_log2 = 2;
	p->start.parts = ((uint64_t)1 << s->parts) - 1;
	if (roll_to_events(p, x, s, 80) < 0) {
		piece_free(p);
		return NULL;
	}
	return p;
}
