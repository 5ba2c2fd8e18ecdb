/*
 * A phrase as it was played becomes a song: onsets gathered and snapped, ends
 * between them, bars. See listen.h.
 */
#include "live/listen_parts.h"

#include <math.h>
#include <string.h>

#include "music/rhythm.h"

/* A note that ends this many ticks before or after an onset ends with it; */
#define NEAR 4
/* or within this share of its way to the next one, which is how far apart notes are in plain playing. */
#define DETACHED        0.35
#define EIGHTH_TICKS    (RHYTHM_TICKS / 2)
#define SIXTEENTH_TICKS (RHYTHM_TICKS / 4)
#define LATE            0.04 /* s */
enum { DURATION_BARS = 4 };

/* ---- Onsets ---------------------------------------------------------------------- */

/* When a note begins or ends, from the first note on: in quarters of running music, else in seconds. */
static double time_of(const struct listen *l, uint64_t ns, uint64_t at)
{
	const struct listen_note *first = &l->notes[0];

	return l->timed ? (double)(int64_t)(at - first->on_at) / (double)QUARTER : (double)(ns - first->on) * 1e-9;
}

/* Moments that go back are of music that began anew: the phrase is then timed by itself. */
static bool moments_ascend(const struct listen *l)
{
	for (int i = 1; i < l->n; i++)
		if (l->notes[i].on_at < l->notes[i - 1].on_at)
			return false;
	return true;
}

/* Was this pitch struck since note `first`? */
static bool struck_since(const struct listen *l, int first, int i)
{
	for (int j = first; j < i; j++)
		if (l->notes[j].pitch == l->notes[i].pitch)
			return true;
	return false;
}

void listen_gather(struct listen *l)
{
	int first = 0;

	l->timed = l->timed && moments_ascend(l);
	l->n_onsets = 0;
	for (int i = 0; i < l->n; i++) {
		const struct listen_note *note = &l->notes[i];
		const double time = time_of(l, note->on, note->on_at);

		if (i == 0 || note->on - l->notes[first].on > LISTEN_CHORD || struck_since(l, first, i)) {
			first = i;
			l->times[l->n_onsets++] = time;
		} else { /* the mean of the chord */
			double *mean = &l->times[l->n_onsets - 1];

			*mean += (time - *mean) / (i - first + 1);
		}
		l->onset_of[i] = (int16_t)(l->n_onsets - 1);
	}
	/* those that came at once, one after the other */
	for (int k = 1; k < l->n_onsets; k++)
		l->times[k] = fmax(l->times[k], l->times[k - 1] + 1e-6);
}

/* ---- Bars ------------------------------------------------------------------------ */

static int floor_to(int tick, int length)
{
	return tick >= 0 ? tick / length * length : -((-tick + length - 1) / length * length);
}

/* Quarters from the line of the running music's bar to the first note. */
static double place_in_bar(const struct listen *l, int bar)
{
	const double quarters = (double)(int64_t)(l->notes[0].on_at - l->music.bar_at) / (double)QUARTER;
	const double length = (double)bar / RHYTHM_TICKS;

	return quarters - floor(quarters / length) * length;
}

/* The line of the bar that begins with the next beat, or of bars before it, at or before a tick. */
static int line_before_beat(int tick, int bar)
{
	const int beat = floor_to(tick, RHYTHM_TICKS) + RHYTHM_TICKS;

	return beat - (beat - tick + bar - 1) / bar * bar;
}

/*
 * Quarters by which a player is late on the whole (early: below 0), since sound takes its time and people
 * anticipate: the circular mean of onsets among 16ths (Fisher, Statistical analysis of circular data, 1993), LATE at most.
 */
static double lateness(const struct listen *l)
{
	const double turns = 2 * M_PI * RHYTHM_TICKS / SIXTEENTH_TICKS, most = LATE / (l->music.us_per_quarter * 1e-6);
	double x = 0, y = 0;

	for (int k = 0; k < l->n_onsets; k++) {
		x += cos(turns * l->quarters[k]);
		y += sin(turns * l->quarters[k]);
	}
	/* few, or all over the place: nothing is known */
	if (l->n_onsets < 4 || hypot(x, y) < 0.5 * l->n_onsets)
		return 0;
	return fmax(-most, fmin(most, atan2(y, x) / turns));
}

/*
 * Ticks of the onsets, from the line of the bar that the first is in. Of a
 * phrase that is timed by itself the first note has the downbeat, or comes
 * before the beat that has. *quarter: seconds.
 */
static void place_onsets(struct listen *l, int bar, double *quarter)
{
	double place, late;
	int line;

	listen_gather(l);
	if (l->timed) {
		place = place_in_bar(l, bar);
		for (int k = 0; k < l->n_onsets; k++)
			l->quarters[k] = place + l->times[k];
		late = lateness(l);
		for (int k = 0; k < l->n_onsets; k++)
			l->quarters[k] -= late;
		*quarter = l->music.us_per_quarter * 1e-6;
	} else {
		*quarter = rhythm_track(l->quarters, l->times, (size_t)l->n_onsets);
	}
	rhythm_snap(l->ticks, l->quarters, (size_t)l->n_onsets);
	if (l->timed)
		line = floor_to(l->ticks[0], bar);
	else
		line = l->ticks[0] % RHYTHM_TICKS == 0 ? l->ticks[0] : line_before_beat(l->ticks[0], bar);
	for (int k = 0; k < l->n_onsets; k++)
		l->ticks[k] -= line;
}

/* ---- Ends ------------------------------------------------------------------------ */

/* The tick of a time: between onsets as they were played, after the last at the tempo. */
static double tick_of(const struct listen *l, double time, double a_tick)
{
	int k = l->n_onsets - 1;

	while (k > 0 && l->times[k] > time)
		k--;
	if (k == l->n_onsets - 1)
		return l->ticks[k] + fmax(0, time - l->times[k]) / a_tick;
	return l->ticks[k] +
	       fmax(0, time - l->times[k]) / (l->times[k + 1] - l->times[k]) * (l->ticks[k + 1] - l->ticks[k]);
}

/* Where a note ends that was let go at `played`; k: its onset. */
static int end_of(const struct listen *l, int k, double played)
{
	const int onset = l->ticks[k], next = k + 1 < l->n_onsets ? l->ticks[k + 1] : -1;
	int end, nearest = -1;

	for (int j = k + 1; j < l->n_onsets; j++)
		if (fabs(played - l->ticks[j]) <= NEAR &&
		    (nearest < 0 || fabs(played - l->ticks[j]) < fabs(played - nearest)))
			nearest = l->ticks[j];
	if (nearest >= 0)
		return nearest;
	if (next >= 0 && played < next && next - played <= DETACHED * (next - onset))
		return next;
	/* the last notes, and those before a rest, go to the end of their eighth if they come near it, else they are 16ths */
	end = (int)ceil(played / EIGHTH_TICKS) * EIGHTH_TICKS;
	if (end <= onset || end - played > DETACHED * (end - onset))
		end = (int)nearbyint(played / SIXTEENTH_TICKS) * SIXTEENTH_TICKS;
	end = end > onset ? end : floor_to(onset, SIXTEENTH_TICKS) + SIXTEENTH_TICKS;
	return next >= 0 && played < next && end > next ? next : end;
}

/* When a note was let go; one that is still down is, after a bar at most. */
static double let_go(const struct listen *l, const struct listen_note *note, uint64_t now, double quarter, int bar)
{
	const double begun = time_of(l, note->on, note->on_at), unit = l->timed ? quarter : 1;
	const double held = now > note->on ? (double)(now - note->on) * 1e-9 : 0;

	if (!note->open)
		return time_of(l, note->off, note->off_at);
	return begun + fmin(held, quarter * bar / RHYTHM_TICKS) / unit;
}

/* ---- Songs ----------------------------------------------------------------------- */

/* Of one pitch in two channels, the earlier note ends where the later one begins. */
static void part_unisons(struct part *part)
{
	for (size_t i = 0; i < part->n; i++) {
		struct note *a = &part->notes[i];

		for (size_t j = i + 1; j < part->n && part->notes[j].onset < a->onset + a->duration; j++)
			if (part->notes[j].pitch == a->pitch && part->notes[j].onset > a->onset)
				a->duration = part->notes[j].onset - a->onset;
	}
}

static int add_notes(struct song *s, const struct listen *l, uint64_t now, double quarter, int bar)
{
	const double a_tick = (l->timed ? 1 : quarter) / RHYTHM_TICKS;

	for (int i = 0; i < l->n; i++) {
		const struct listen_note *from = &l->notes[i];
		const int k = l->onset_of[i], onset = l->ticks[k];
		int end = end_of(l, k, tick_of(l, let_go(l, from, now, quarter, bar), a_tick));
		struct note note = {.onset = onset, .pitch = from->pitch, .velocity = from->velocity};

		end = end < onset + DURATION_BARS * bar ? end : onset + DURATION_BARS * bar;
		note.duration = end > onset ? end - onset : 1;
		if (song_add_note(s, 0, note) < 0)
			return -1;
		s->end = onset + note.duration > s->end ? onset + note.duration : s->end;
	}
	song_order(s);
	part_unisons(&s->parts[0]);
	return 0;
}

static struct song *make_song(struct listen *l, uint64_t now, int *us_per_quarter)
{
	const struct metre metre = {0, l->music.numerator, l->music.denominator_log2};
	const int bar = metre_bar(&metre, RHYTHM_TICKS);
	struct song *s = song_new(RHYTHM_TICKS);
	double quarter;

	if (!s)
		return NULL;
	place_onsets(l, bar, &quarter);
	*us_per_quarter = (int)nearbyint(quarter * 1e6);
	if (song_add_part(s, NULL, 0, -1) < 0 || song_add_tempo(s, 0, *us_per_quarter) < 0 ||
	    song_add_metre(s, 0, metre.numerator, metre.denominator_log2) < 0 ||
	    add_notes(s, l, now, quarter, bar) < 0) {
		song_free(s);
		return NULL;
	}
	song_find_pickup(s);
	return s;
}

static void describe(struct heard *h, const struct listen *l, const struct song *s, int us_per_quarter, uint64_t now)
{
	double squares = 0;

	*h = (struct heard){.notes = l->n,
	                    .us_per_quarter = us_per_quarter,
	                    .timed = l->timed,
	                    .key = key_find(s),
	                    .softest = 127,
	                    .lowest = 127,
	                    .from = l->notes[0].on,
	                    .to = l->n_open > 0 ? now : l->notes[0].on};
	for (int i = 0; i < l->n; i++) {
		const struct listen_note *n = &l->notes[i];

		h->velocity += n->velocity / (double)l->n;
		h->softest = n->velocity < h->softest ? n->velocity : h->softest;
		h->loudest = n->velocity > h->loudest ? n->velocity : h->loudest;
		h->lowest = n->pitch < h->lowest ? n->pitch : h->lowest;
		h->highest = n->pitch > h->highest ? n->pitch : h->highest;
		h->to = !n->open && n->off > h->to ? n->off : h->to;
	}
	for (int i = 0; i < l->n; i++)
		squares += (l->notes[i].velocity - h->velocity) * (l->notes[i].velocity - h->velocity);
	h->deviation = sqrt(squares / l->n);
}

struct song *listen_song(struct listen *l, struct heard *heard, uint64_t now)
{
	int us_per_quarter;
	struct song *s;

	if (l->n == 0)
		return NULL;
	s = make_song(l, now, &us_per_quarter);
	if (s && heard)
		describe(heard, l, s, us_per_quarter, now);
	listen_forget(l);
	return s;
}

struct piece *listen_take(struct listen *l, struct heard *heard, const struct reading *reading, uint64_t now)
{
	struct song *s = listen_song(l, heard, now), *read = s ? reading_song(s, reading, NULL) : NULL;
	struct piece *p = read ? piece_from_song(read) : NULL;

	song_free(read);
	song_free(s);
	return p;
}

/* A performance of ours (music/perform.h) has about this deviation of velocities. */
#define USUAL_DEVIATION 6.0

uint8_t heard_velocity(const struct heard *h, int velocity, int usual)
{
	const double lively = fmax(0.5, fmin(2.5, h->deviation / USUAL_DEVIATION));
	const double v = nearbyint(h->velocity + (velocity - usual) * lively);

	return (uint8_t)fmax(1, fmin(127, v));
}
