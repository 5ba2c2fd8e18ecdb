/*
 * Snapping to the grid: a copy of the song whose tick is a grid tick. Notes
 * first, part by part, then the maps; what the grid cannot say is counted.
 */
#include "music/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "music/perform.h"

#define CHORD_US 15000 /* notes within this of the first are struck together */

struct snapping {
	const struct song *song;
	int ppq, grid;
	struct grid_report *report;
};

/* The nearest grid tick, halves up. */
static int snap(const struct snapping *g, int tick)
{
	return (int)(((int64_t)2 * tick * g->grid + g->ppq) / (2 * (int64_t)g->ppq));
}

static bool on_grid(const struct snapping *g, int tick)
{
	return (int64_t)tick * g->grid % g->ppq == 0;
}

/* How far a note struck at file tick `tick` is from where it went. */
static double moved_ms(const struct snapping *g, int tick, int snapped)
{
	int64_t parts = (int64_t)snapped * g->ppq - (int64_t)tick * g->grid;
	double quarters = (double)llabs(parts) / ((double)g->ppq * g->grid);

	return quarters * song_tempo_at(g->song, tick) * 1e-3;
}

/*
 * A chord being gathered. Its first note decides where it stands; a pitch
 * struck again is a repeated note however fast it comes.
 */
struct chord {
	int first; /* file tick of the first note, -1 before any */
	int snapped;
	uint64_t pitches[2];
};

static bool holds_pitch(const struct chord *c, int pitch)
{
	return c->pitches[pitch >> 6] >> (pitch & 63) & 1;
}

/* Is the note at `tick` struck with the chord? Two notes that both stand exactly on the grid are where they were put. */
static bool belongs(const struct snapping *g, const struct chord *c, int tick, int pitch)
{
	double us;

	if (c->first < 0 || holds_pitch(c, pitch))
		return false;
	if (tick != c->first && on_grid(g, tick) && on_grid(g, c->first))
		return false;
	us = (double)(tick - c->first) / g->ppq * song_tempo_at(g->song, c->first);
	return us <= CHORD_US;
}

static int snap_onset(const struct snapping *g, struct chord *c, int tick, int pitch)
{
	int snapped = snap(g, tick);

	if (belongs(g, c, tick, pitch)) {
		g->report->chords_gathered += snapped != c->snapped;
		snapped = c->snapped;
	} else {
		*c = (struct chord){.first = tick, .snapped = snapped};
	}
	c->pitches[pitch >> 6] |= UINT64_C(1) << (pitch & 63);
	return snapped;
}

static void snap_note(const struct snapping *g, struct chord *c, struct note *note)
{
	struct grid_report *r = g->report;
	int onset = note->onset, end = onset + note->duration;
	int length = note->duration;
	double ms;

	note->onset = snap_onset(g, c, onset, note->pitch);
	note->duration = snap(g, end) - note->onset;
	r->notes++;
	r->onsets_moved += !on_grid(g, onset);
	r->ends_moved += !on_grid(g, end);
	if (note->duration < 1 || (int64_t)length * 2 * g->grid < g->ppq) {
		note->duration = 1;
		r->graces++;
	}
	note->grace = note->duration == 1;
	ms = moved_ms(g, onset, note->onset);
	if (ms > r->worst_ms)
		r->worst_ms = ms;
}

/* Notes of one part that became one: the loudest stays (it comes first). */
static void drop_doubles(struct part *part, struct grid_report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < part->n; i++) {
		const struct note *a = &part->notes[i];
		const struct note *b = kept > 0 ? &part->notes[kept - 1] : NULL;

		if (b && a->onset == b->onset && a->pitch == b->pitch && a->duration == b->duration) {
			report->doubles_dropped++;
			continue;
		}
		part->notes[kept++] = *a;
	}
	part->n = kept;
}

static void snap_parts(const struct snapping *g, struct song *s)
{
	for (size_t k = 0; k < s->n_parts; k++) {
		struct part *part = &s->parts[k];
		struct chord chord = {.first = -1};

		for (size_t i = 0; i < part->n; i++)
			snap_note(g, &chord, &part->notes[i]);
		song_order_notes(part);
		drop_doubles(part, g->report);
	}
}

static void snap_markers(const struct snapping *g, struct marker *markers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		markers[i].tick = snap(g, markers[i].tick);
}

static void snap_maps(const struct snapping *g, struct song *s)
{
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].tick = snap(g, s->tempos[i].tick);
	for (size_t i = 0; i < s->n_metres; i++)
		s->metres[i].tick = snap(g, s->metres[i].tick);
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].tick = snap(g, s->keys[i].tick);
	snap_markers(g, s->markers, s->n_markers);
	snap_markers(g, s->texts, s->n_texts);
	s->end = snap(g, s->end);
	s->pickup = snap(g, s->pickup);
	s->silence = snap(g, s->silence);
}

/* The song is in order and on the grid: state a metre at 0, drop those past the end, count the bent. */
static int check_metres(struct song *s, struct grid_report *report)
{
	if (s->n_metres == 0 || s->metres[0].tick > 0) {
		if (song_add_metre(s, 0, 4, 2) < 0)
			return -1;
		song_order(s);
	}
	while (s->n_metres > 1 && s->metres[s->n_metres - 1].tick >= s->end)
		s->n_metres--;
	s->pickup %= metre_bar(&s->metres[0], s->ppq);
	for (size_t i = 0; i < s->n_metres; i++) {
		const struct metre *m = &s->metres[i];
		bool whole = m->numerator * 4 * s->ppq % (1 << m->denominator_log2) == 0;
		bool between = false;

		if (i > 0) {
			const struct metre *before = m - 1;
			int start = before->tick > 0 ? before->tick : s->pickup;

			between = (m->tick - start) % metre_bar(before, s->ppq) != 0;
		}
		report->metres_bent += between || !whole;
	}
	return 0;
}

struct song *grid_snap(const struct song *song, int grid, struct grid_report *report)
{
	struct grid_report own;
	struct snapping g = {NULL, song->ppq, grid, report ? report : &own};
	struct song *s;

	if (grid < 1 || song->ppq < 1)
		BUG("a grid of %d for %d ticks a quarter", grid, song->ppq);
	memset(g.report, 0, sizeof *g.report);
	s = song_copy(song);
	if (!s)
		return NULL;
	song_order(s);
	if (song_unperform(s) < 0) {
		song_free(s);
		return NULL;
	}
	if ((int64_t)s->end * grid / s->ppq >= SONG_TICK_MAX) {
		error("longer than %d quarter notes", SONG_TICK_MAX / grid);
		song_free(s);
		return NULL;
	}
	g.song = s; /* its tempo map stays in file ticks until the notes are done */
	snap_parts(&g, s);
	snap_maps(&g, s);
	s->ppq = grid;
	song_order(s);
	s->end = song_music_end(s);
	if (check_metres(s, g.report) < 0) {
		song_free(s);
		return NULL;
	}
	return s;
}
