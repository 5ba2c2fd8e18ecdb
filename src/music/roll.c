/*
 * Rolls without a table of frames and keys, which would be as long as the
 * song: notes become spans of frames, and spans of a key that touch or
 * overlap become one.
 */
#include "music/roll.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

/* A key of a roll sounds in frames from .. to-1. */
struct span {
	int from, to;
	uint32_t roll;
	uint8_t pitch;
};

/* The first frame that begins at or after a tick. */
static int frame_at(int tick, int frame)
{
	return tick / frame + (tick % frame > 0);
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->roll != y->roll)
		return x->roll < y->roll ? -1 : 1;
	if (x->pitch != y->pitch)
		return x->pitch < y->pitch ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

/* The notes that any frame begins in, by roll and key. */
static size_t collect(struct span *spans, const struct song *song, const struct roll_way *way)
{
	const int frame = way->frame;
	size_t n = 0;

	for (size_t k = 0; k < song->n_parts; k++)
		for (size_t i = 0; i < song->parts[k].n; i++) {
			const struct note *note = &song->parts[k].notes[i];
			const int onset = song->silence + note->onset;
			const int from = frame_at(onset, frame), to = frame_at(onset + note->duration, frame);

			if (from < to)
				spans[n++] = (struct span){from, to, way->parts == FRAMES_APART ? (uint32_t)k : 0,
				                           note->pitch};
		}
	if (n > 0)
		qsort(spans, n, sizeof *spans, compare_spans);
	return n;
}

static size_t join(struct span *spans, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct span *last = kept > 0 ? &spans[kept - 1] : NULL;

		if (!last || last->roll != spans[i].roll || last->pitch != spans[i].pitch || last->to < spans[i].from)
			spans[kept++] = spans[i];
		else if (last->to < spans[i].to)
			last->to = spans[i].to;
	}
	return kept;
}

static int add_note(struct song *roll, const struct span *span, int from, int to, int frame)
{
	const struct note note = {
		.onset = from * frame,
		.duration = (to - from) * frame,
		.pitch = span->pitch,
		.velocity = ROLL_VELOCITY,
		.grace = (to - from) * frame == 1,
	};

	return song_add_note(roll, (int)span->roll, note);
}

/* The frame in which a key that sounds from `at` to `to` is struck anew, or ends. */
static int next_strike(int at, int to, const struct roll_way *way)
{
	const int every = way->strike / way->frame;
	const int next = every > 0 ? (at / every + 1) * every : to;

	return next < to ? next : to;
}

static int add_spans(struct song *roll, const struct span *spans, size_t n, const struct roll_way *way)
{
	long long notes = 0;

	for (size_t i = 0; i < n; i++) {
		for (int at = spans[i].from, next; at < spans[i].to; at = next) {
			next = next_strike(at, spans[i].to, way);
			if (++notes > ROLL_NOTES_MAX && way->strike > 0)
				return error("more than %d notes, struck every %d ticks", ROLL_NOTES_MAX, way->strike);
			if (add_note(roll, &spans[i], at, next, way->frame) < 0)
				return -1;
		}
	}
	return 0;
}

/* One part, or as many as the song has. */
static int add_parts(struct song *roll, const struct song *song, const struct roll_way *way)
{
	const size_t n = way->parts == FRAMES_APART ? song->n_parts : 1;

	for (size_t k = 0; k < n || k == 0; k++) {
		const int channel = k < song->n_parts && way->parts == FRAMES_APART ? song->parts[k].channel : 0;

		if (song_add_part(roll, NULL, channel, k < song->n_parts ? song->parts[k].program : -1) < 0)
			return -1;
	}
	return 0;
}

static int fill(struct song *roll, const struct song *song, struct span *spans, const struct roll_way *way)
{
	const size_t n = join(spans, collect(spans, song, way));
	const int frames = frame_at(song->silence + song->end, way->frame);

	if (frames > SONG_TICK_MAX / way->frame)
		return error("longer than %d ticks in frames of %d", SONG_TICK_MAX, way->frame);
	roll->end = frames * way->frame;
	if (song_add_metre(roll, 0, 4, 2) < 0 || add_parts(roll, song, way) < 0 || add_spans(roll, spans, n, way) < 0)
		return -1;
	song_order(roll);
	return 0;
}

struct song *roll_song(const struct song *song, const struct roll_way *way)
{
	struct span *spans = mem_new(song_notes(song), sizeof *spans);
	struct song *roll = song_new(song->ppq);

	if (way->frame < 1 || way->frame > ROLL_FRAME_MAX || way->strike < 0 || way->strike % way->frame != 0)
		BUG("frames of %d ticks, struck every %d", way->frame, way->strike);
	if (!spans || !roll || fill(roll, song, spans, way) < 0) {
		song_free(roll);
		roll = NULL;
	}
	free(spans);
	return roll;
}
