/*
 * Rolls without a table of frames and keys, which would be as long as the
 * song: notes become spans of frames, and spans of a key that touch or
 * overlap become one.
 */
#include "music/roll.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

/* A key sounds in frames from .. to-1. */
struct span {
	int from, to;
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

	if (x->pitch != y->pitch)
		return x->pitch < y->pitch ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

/* The notes that any frame begins in, by key. */
static size_t collect(struct span *spans, const struct song *song, int frame)
{
	size_t n = 0;

	for (size_t k = 0; k < song->n_parts; k++)
		for (size_t i = 0; i < song->parts[k].n; i++) {
			const struct note *note = &song->parts[k].notes[i];
			const int onset = song->silence + note->onset;
			const int from = frame_at(onset, frame), to = frame_at(onset + note->duration, frame);

			if (from < to)
				spans[n++] = (struct span){from, to, note->pitch};
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

		if (!last || last->pitch != spans[i].pitch || last->to < spans[i].from)
			spans[kept++] = spans[i];
		else if (last->to < spans[i].to)
			last->to = spans[i].to;
	}
	return kept;
}

static int fill(struct song *roll, const struct song *song, struct span *spans, int frame)
{
	const size_t n = join(spans, collect(spans, song, frame));
	const int frames = frame_at(song->silence + song->end, frame);

	if (frames > SONG_TICK_MAX / frame)
		return error("longer than %d ticks in frames of %d", SONG_TICK_MAX, frame);
	roll->end = frames * frame;
	if (song_add_metre(roll, 0, 4, 2) < 0 ||
	    song_add_part(roll, NULL, 0, song->n_parts > 0 ? song->parts[0].program : -1) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct note note = {
			.onset = spans[i].from * frame,
			.duration = (spans[i].to - spans[i].from) * frame,
			.pitch = spans[i].pitch,
			.velocity = ROLL_VELOCITY,
			.grace = (spans[i].to - spans[i].from) * frame == 1,
		};

		if (song_add_note(roll, 0, note) < 0)
			return -1;
	}
	song_order(roll);
	return 0;
}

struct song *roll_song(const struct song *song, int frame)
{
	struct span *spans = mem_new(song_notes(song), sizeof *spans);
	struct song *roll = song_new(song->ppq);

	if (frame < 1 || frame > ROLL_FRAME_MAX)
		BUG("frames of %d ticks", frame);
	if (!spans || !roll || fill(roll, song, spans, frame) < 0) {
		song_free(roll);
		roll = NULL;
	}
	free(spans);
	return roll;
}
