/*
 * Whole songs performed, where the end is known: the performer's velocities
 * and lengths, the last ritardando, the held last chord; and all of it taken
 * off again.
 *
 * The ritardando is that of Friberg and Sundberg ("Does music performance
 * allude to locomotion? A model of final ritardandi derived from measurements
 * of stopping runners", J. Acoust. Soc. Am. 105, 1999): tempo v at x of the way from
 * its beginning (0) to the last onset (1), as shares of the tempo before,
 *
 *	v(x) = (1 + (w^q - 1) x)^(1/q)
 */
#include "music/perform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

#define MARK        "performed by musegen, "
#define MARK_LEARNT ", learned velocities"
#define MARK_ROUND  ", in a loop"
#define GRID_MAX    480

/* What a song's text says of its performance. A reader may find another pickup in the silence before the first note. */
struct mark {
	int grid, pickup, first; /* ticks a quarter; ticks of the pickup; of the first onset */
	bool learned, round;
};

#define RITARD_W                                                                                                       \
	0.7 /* the tempo of the last onset; 0.5 to 0.6 was measured in baroque recordings, a choir slows less */
#define RITARD_Q 3.0
#define US_MAX   0xFFFFFF

/* ---- the end ---------------------------------------------------------------- */

static int last_onset(const struct song *s)
{
	int last = 0;

	for (size_t k = 0; k < s->n_parts; k++)
		if (s->parts[k].n > 0 && s->parts[k].notes[s->parts[k].n - 1].onset > last)
			last = s->parts[k].notes[s->parts[k].n - 1].onset;
	return last;
}

static int first_onset(const struct song *s)
{
	int first = SONG_TICK_MAX;

	for (size_t k = 0; k < s->n_parts; k++)
		if (s->parts[k].n > 0 && s->parts[k].notes[0].onset < first)
			first = s->parts[k].notes[0].onset;
	return first;
}

/* What sounds when the last note is struck lasts to the bar line. */
static void hold_last_chord(struct song *s)
{
	int last = last_onset(s), line = song_bar_line(s, song_last_note_end(s));

	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++) {
			struct note *n = &s->parts[k].notes[i];

			if (n->onset + n->duration > last)
				n->duration = line - n->onset;
		}
	if (s->end < line)
		s->end = line;
}

/* Over the last bar before the last onset, three quarters at least, but no more than a quarter of the song. */
static int add_ritardando(struct song *s)
{
	int last = last_onset(s), length = last - first_onset(s), us = song_tempo_at(s, last);
	struct metre m = song_metre_at(s, last);
	int span = metre_bar(&m, s->ppq), steps;

	if (span < 3 * s->ppq)
		span = 3 * s->ppq;
	if (span > length / 4)
		span = length / 4;
	steps = (span + s->ppq / 4) / (s->ppq / 2);
	if (steps < 1)
		steps = 1;
	for (int i = 0; i <= steps && span > 0; i++) {
		double x = i < steps ? (i + 0.5) / steps : 1;
		double v = pow(1 + (pow(RITARD_W, RITARD_Q) - 1) * x, 1 / RITARD_Q);

		if (song_add_tempo(s, last - span + (int)((int64_t)span * i / steps),
		                   (int)fmin(round(us / v), US_MAX)) < 0)
			return -1;
	}
	return 0;
}

/* ---- every note ----------------------------------------------------------------- */

/* The next onset of the note's pitch in its part, after its own; SONG_TICK_MAX when it has none before it ends. */
static int struck_again(const struct part *part, size_t note)
{
	const struct note *n = &part->notes[note];

	for (size_t i = note + 1; i < part->n && part->notes[i].onset < n->onset + n->duration; i++)
		if (part->notes[i].pitch == n->pitch && part->notes[i].onset > n->onset)
			return part->notes[i].onset;
	return SONG_TICK_MAX;
}

/* s: on finer ticks; piece: the same notes on the grid. Lengths are kept apart until all are known. */
static void perform_notes(struct song *s, const struct piece *piece, int *lengths, bool learned, bool round)
{
	struct performer p;
	size_t next[SONG_PARTS_MAX] = {0}, first[SONG_PARTS_MAX] = {0};
	int last = round ? SONG_TICK_MAX : last_onset(s);

	for (size_t k = 1; k < s->n_parts; k++)
		first[k] = first[k - 1] + s->parts[k - 1].n;
	performer_start(&p, piece->grid, &piece->start, song_tempo_at(s, 0), learned);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];
		struct performed performed = performer_event(&p, e);
		struct note *n;
		size_t at;
		int again;

		if (e->kind != EVENT_NOTE)
			continue;
		at = next[e->part]++;
		n = &s->parts[e->part].notes[at];
		n->velocity = performed.velocity;
		if (n->onset + n->duration > last)
			performed.length = n->duration; /* the last chord */
		again = struck_again(&s->parts[e->part], at);
		if (again < SONG_TICK_MAX) {
			int most = performer_length(&p, again - n->onset, false);

			if (performed.length > most)
				performed.length = most;
		}
		lengths[first[e->part] + at] = performed.length;
	}
	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++)
			s->parts[k].notes[i].duration = lengths[first[k] + i];
}

/* ---- finer ticks ------------------------------------------------------------------ */

static void refine(struct song *s, int fine)
{
	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++) {
			s->parts[k].notes[i].onset *= fine;
			s->parts[k].notes[i].duration *= fine;
		}
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].tick *= fine;
	for (size_t i = 0; i < s->n_metres; i++)
		s->metres[i].tick *= fine;
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].tick *= fine;
	for (size_t i = 0; i < s->n_markers; i++)
		s->markers[i].tick *= fine;
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].tick *= fine;
	s->pickup *= fine;
	s->silence *= fine;
	s->end *= fine;
	s->ppq *= fine;
}

static int add_mark(struct song *s, const struct mark *m)
{
	char text[sizeof MARK + sizeof MARK_LEARNT + sizeof MARK_ROUND + 80];

	snprintf(text, sizeof text, MARK "grid %d, pickup %d, from %d%s%s", m->grid, m->pickup, m->first,
	         m->learned ? MARK_LEARNT : "", m->round ? MARK_ROUND : "");
	return song_add_text(s, 0, text);
}

static int perform(struct song *s, bool learned, bool round)
{
	const struct mark mark = {s->ppq, s->pickup, first_onset(s), learned, round};
	const int fine = perform_fine(mark.grid);
	struct piece *piece;
	int *lengths;
	int status = -1;

	if ((int64_t)song_bar_line(s, s->end) * fine >= SONG_TICK_MAX)
		return error("too long to be performed: %d quarter notes", s->end / mark.grid);
	if (!round)
		hold_last_chord(s);
	piece = piece_from_song(s);
	lengths = mem_new(song_notes(s), sizeof *lengths);
	if (piece && lengths) {
		refine(s, fine);
		perform_notes(s, piece, lengths, learned, round);
		status = (!round && add_ritardando(s) < 0) || add_mark(s, &mark) < 0 ? -1 : 0;
	}
	free(lengths);
	piece_free(piece);
	song_order(s);
	return status;
}

struct song *song_perform(const struct song *plain, bool learned, bool round)
{
	struct song *s = song_copy(plain);

	if (!s)
		return NULL;
	song_order(s);
	if (song_notes(s) > 0 && perform(s, learned, round) < 0) {
		song_free(s);
		return NULL;
	}
	return s;
}

/* ---- and back ------------------------------------------------------------------------ */

/* What the song's text says; the text is taken away. False when it has none that can be. */
static bool take_mark(struct mark *m, struct song *s)
{
	bool found = false;

	for (size_t i = 0; i < s->n_texts && !found; i++) {
		char *text = s->texts[i].text;

		if (strncmp(text, MARK, strlen(MARK)) != 0)
			continue;
		found = sscanf(text + strlen(MARK), "grid %9d, pickup %9d, from %9d", &m->grid, &m->pickup,
		               &m->first) == 3;
		m->learned = strstr(text, MARK_LEARNT) != NULL;
		m->round = strstr(text, MARK_ROUND) != NULL;
		free(text);
		memmove(s->texts + i, s->texts + i + 1, (--s->n_texts - i) * sizeof *s->texts);
		break;
	}
	return found && m->grid > 0 && m->grid <= GRID_MAX && m->pickup >= 0 && m->first >= 0 &&
	       m->first < SONG_TICK_MAX / perform_fine(m->grid);
}

/*
 * The duration that is performed as `length` ticks. Where there is none, the
 * nearest, and *found is false.
 */
static int duration_of(const struct performer *p, struct event e, int length, bool *found)
{
	const int least = (length + p->fine - 1) / p->fine, nearest = (length + p->fine / 2) / p->fine;

	*found = true;
	for (e.duration = least + p->grid / 2 + 1; e.duration >= least; e.duration--) {
		struct performer copy = *p;

		if (performer_event(&copy, &e).length == length)
			return e.duration;
	}
	*found = false;
	return nearest > 1 ? nearest : 1;
}

/* events: of the song as it is, with shifts on the grid. */
static void unperform_notes(struct song *s, const struct piece *piece, struct performer *p, bool round)
{
	size_t next[SONG_PARTS_MAX] = {0};
	int last = round ? SONG_TICK_MAX : last_onset(s);

	for (size_t i = 0; i < piece->n; i++) {
		struct event e = piece->events[i];
		struct note *n = NULL;
		struct performed performed;
		bool found = false;
		int velocity;

		if (e.kind == EVENT_NOTE) {
			n = &s->parts[e.part].notes[next[e.part]++];
			if (n->onset + n->duration > last && n->duration % p->fine == 0)
				e.duration = n->duration / p->fine; /* the last chord */
			else
				e.duration = duration_of(p, e, n->duration, &found);
		}
		performed = performer_event(p, &e);
		if (!n)
			continue;
		if (found)
			n->duration = e.duration * p->fine;
		velocity = n->velocity - performed.added;
		n->velocity = (uint8_t)(velocity < 1 ? 1 : velocity > 127 ? 127 : velocity);
	}
}

/* The piece as it was composed, but for durations: on its grid, from where it began. False when a shift is between ticks. */
static bool to_grid(struct piece *piece, const struct mark *m, int fine)
{
	if (piece->events[0].kind == EVENT_NOTE)
		piece->events[0].shift = m->first * fine;
	for (size_t i = 0; i < piece->n; i++) {
		if (piece->events[i].shift % fine != 0 && piece->events[i].kind != EVENT_END)
			return false;
		piece->events[i].shift /= fine;
	}
	piece->start.pickup = m->pickup;
	piece->grid = m->grid;
	return true;
}

int song_unperform(struct song *song)
{
	struct mark mark = {0};
	struct performer p;
	struct piece *piece;
	int fine;

	if (!take_mark(&mark, song) || song->ppq % mark.grid != 0 || song_notes(song) == 0 ||
	    song->n_parts > SONG_PARTS_MAX)
		return 0;
	fine = song->ppq / mark.grid;
	if (fine != perform_fine(mark.grid))
		return 0;
	piece = piece_from_song(song);
	if (!piece)
		return -1;
	if (to_grid(piece, &mark, fine)) {
		performer_start(&p, mark.grid, &piece->start, song_tempo_at(song, 0), mark.learned);
		unperform_notes(song, piece, &p, mark.round);
		song_order(song);
	}
	piece_free(piece);
	return 0;
}
