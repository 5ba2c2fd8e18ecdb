/* A song through the synthesiser into memory, see render.h. */
#include "live/render.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "live/synth.h"
#include "midi/message.h"

#define GAIN       0.2   /* FluidSynth's own; the peak is set afterwards */
#define DIED_AWAY  1e-4f /* of the peak: 80 dB below it */
#define LAST_BLOCK 4096  /* frames, a multiple of SYNTH_BLOCK: how long it is that quiet before it is over */
#define OFF_SPEED  64    /* release velocity where there is none */

struct cue { /* a note's begin or end */
	size_t frame;
	uint8_t on, part, pitch, velocity;
};

struct rendering {
	struct synth *synth;
	struct sound *out;
	size_t at, room; /* frames rendered; that out has room for */
	/* notes of a part that hold a pitch, and when it was struck */
	uint16_t held[SONG_PARTS_MAX][128];
	size_t struck[SONG_PARTS_MAX][128];
};

static size_t frame_of(const struct song *song, int tick)
{
	return (size_t)llround(song_seconds(song, tick) * RENDER_RATE);
}

/* The nearest block. */
static size_t block_of(const struct song *song, int tick)
{
	return (frame_of(song, tick) + SYNTH_BLOCK / 2) / SYNTH_BLOCK * SYNTH_BLOCK;
}

static int by_moment(const void *a, const void *b)
{
	const struct cue *x = a, *y = b;

	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	if (x->on != y->on)
		return x->on - y->on;
	if (x->part != y->part)
		return x->part - y->part;
	if (x->pitch != y->pitch)
		return x->pitch - y->pitch;
	/* of one pitch the loudest is the one that is struck */
	return y->velocity - x->velocity;
}

/* All of a song's, in order; the caller frees. NULL on error. */
static struct cue *cues_of(const struct song *song, size_t *n)
{
	struct cue *cues = mem_new(2 * song_notes(song), sizeof *cues);
	size_t k = 0;

	if (!cues)
		return NULL;
	for (size_t p = 0; p < song->n_parts; p++)
		for (size_t i = 0; i < song->parts[p].n; i++) {
			const struct note *note = &song->parts[p].notes[i];
			const size_t on = block_of(song, note->onset);
			size_t off = block_of(song, note->onset + note->duration);

			/* a note has a block at least */
			off = off > on ? off : on + SYNTH_BLOCK;
			cues[k++] = (struct cue){on, 1, (uint8_t)p, note->pitch, note->velocity};
			cues[k++] = (struct cue){off, 0, (uint8_t)p, note->pitch, 0};
		}
	qsort(cues, k, sizeof *cues, by_moment);
	*n = k;
	return cues;
}

static void render_to(struct rendering *r, size_t frame)
{
	float *from = r->out->frames + 2 * r->at;

	if (frame > r->room)
		BUG("a rendering of %zu frames in room for %zu", frame, r->room);
	if (frame <= r->at)
		return;
	synth_render(r->synth, from, from + 1, 2, frame - r->at);
	r->at = frame;
}

static void strike(struct rendering *r, const struct cue *c, bool on)
{
	const uint8_t message[3] = {on ? MIDI_NOTE_ON : MIDI_NOTE_OFF, c->pitch, on ? c->velocity : OFF_SPEED};

	synth_send(r->synth, c->part, message, 3);
}

static void play(struct rendering *r, const struct cue *c)
{
	uint16_t *held = &r->held[c->part][c->pitch];
	size_t *struck = &r->struck[c->part][c->pitch];

	if (!c->on) {
		if (--*held == 0)
			strike(r, c, false);
		return;
	}
	if ((*held)++ > 0) {
		if (*struck == c->frame)
			return;
		strike(r, c, false);
	}
	*struck = c->frame;
	strike(r, c, true);
}

/* What sounds on, until it has died away; true when it has. */
static bool render_tail(struct rendering *r, float peak)
{
	while (r->at + LAST_BLOCK <= r->room) {
		const float *last = r->out->frames + 2 * r->at;

		render_to(r, r->at + LAST_BLOCK);
		if (synth_voices(r->synth) == 0 && sound_peak(last, LAST_BLOCK) <= DIED_AWAY * peak)
			return true;
	}
	return false;
}

static void fade_out(struct sound *s)
{
	const size_t n = s->n < RENDER_RATE ? s->n : RENDER_RATE;

	for (size_t i = 0; i < n; i++) {
		float *frame = s->frames + 2 * (s->n - 1 - i), share = (float)i / (float)n;

		frame[0] *= share;
		frame[1] *= share;
	}
}

/* What is beyond n frames comes round, as often as it takes. */
static void fold(struct sound *s, size_t n)
{
	for (size_t i = n; i < s->n; i++) {
		s->frames[2 * (i % n)] += s->frames[2 * i];
		s->frames[2 * (i % n) + 1] += s->frames[2 * i + 1];
	}
	s->n = n;
}

static int set_peak(struct sound *s)
{
	const float peak = sound_peak(s->frames, s->n);

	if (!(peak > 0) || !isfinite(peak))
		return error("the soundfont has no sound for these notes");
	for (size_t i = 0; i < 2 * s->n; i++)
		s->frames[i] *= RENDER_PEAK / peak;
	return 0;
}

/* length: of the music, frames. */
static int render(struct rendering *r, const struct song *song, size_t length, bool loop)
{
	size_t n;
	struct cue *cues = cues_of(song, &n);
	bool over;

	if (!cues)
		return -1;
	for (size_t p = 0; p < song->n_parts; p++) {
		const uint8_t program[2] = {MIDI_PROGRAM,
		                            (uint8_t)(song->parts[p].program < 0 ? 0 : song->parts[p].program)};

		synth_send(r->synth, (int)p, program, 2);
	}
	for (size_t i = 0; i < n; i++) {
		render_to(r, cues[i].frame);
		play(r, &cues[i]);
	}
	free(cues);
	if (loop)
		render_to(r, length);
	over = render_tail(r, sound_peak(r->out->frames, r->at));
	r->out->n = r->at;
	if (!over)
		fade_out(r->out);
	if (loop)
		fold(r->out, length);
	return set_peak(r->out);
}

int render_song(struct sound *out, const struct song *song, const char *soundfont, bool loop)
{
	const struct synth_settings settings = {soundfont, RENDER_RATE, (int)song->n_parts, GAIN, false};
	const double seconds = song_seconds(song, song->end);
	struct rendering *r;
	size_t length;
	int status = -1;

	*out = (struct sound){.rate = RENDER_RATE, .loop = loop};
	if (song->n_parts == 0 || seconds <= 0)
		return error("there is nothing to make sound of");
	if (!(seconds <= RENDER_SECONDS_MAX))
		return error("the music lasts %.0f minutes: a sound file has %d at most", seconds / 60,
		             RENDER_SECONDS_MAX / 60);
	length = frame_of(song, song->end);
	r = mem_new(1, sizeof *r);
	if (!r)
		return -1;
	r->out = out;
	/* the end of a last note may be a block later */
	r->room = length + SYNTH_BLOCK * 2 + (size_t)RENDER_TAIL_MAX * RENDER_RATE;
	out->frames = mem_new(r->room, 2 * sizeof *out->frames);
	r->synth = out->frames ? synth_new(&settings) : NULL;
	if (r->synth)
		status = render(r, song, length, loop);
	synth_free(r->synth);
	free(r);
	if (status < 0)
		sound_done(out);
	return status;
}
