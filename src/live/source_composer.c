/*
 * A composer as a source of notes: events with shifts in grid ticks become
 * notes with moments, performed as they come. Nothing here grows with the
 * length of the music.
 */
#include "live/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "live/pulses.h"
#include "music/perform.h"

#define US_UNKNOWN 500000

struct composer_source {
	struct source source;
	struct composer *composer;
	int grid;
	int programs[SONG_PARTS_MAX];
	uint64_t time, rest;         /* of the last event: nanoseconds, and grid-ths of one */
	uint32_t us_per_quarter;     /* since the last event */
	int bar, in_bar, bar_length; /* the last event's bar, the ticks since its line */
	enum playing playing;
	struct performer performer;
	struct stream_note hand; /* the event's note, when it is one, to be given after the pulses before it */
	bool taken, in_hand;     /* the first event was; a note is */
	/* MIDI clock: pulses until the event in hand, and at its moment unless it ends the music */
	bool clock, started, stopped, ending;
	int lead; /* ticks from the start of the clock to the first event's place */
	struct pulses pulses;
};

/* ticks later, at the present tempo. Grid-ths of a nanosecond fit 64 bits: 2^30 ticks of 2^24 us. */
static uint64_t later(const struct composer_source *s, int ticks, uint64_t *rest)
{
	uint64_t parts = (uint64_t)(ticks > 0 ? ticks : 0) * s->us_per_quarter * 1000;
	uint64_t time = s->time + parts / (uint64_t)s->grid;
	uint64_t left = parts % (uint64_t)s->grid + s->rest;

	time += left / (uint64_t)s->grid;
	if (rest)
		*rest = left % (uint64_t)s->grid;
	return time < SOURCE_TIME_MAX ? time : SOURCE_TIME_MAX;
}

static void take_tempo(struct composer_source *s)
{
	int us = composer_us_per_quarter(s->composer);

	s->us_per_quarter = us > 0 && us <= 0xffffff ? (uint32_t)us : US_UNKNOWN;
}

static int bar_of(int numerator, int denominator_log2, int grid)
{
	struct metre m = {0, (uint8_t)numerator, (uint8_t)denominator_log2};

	return metre_bar(&m, grid);
}

/*
 * The event is `shift` after the last one, at the tempo that held until now:
 * where a new piece begins in an endless stream, with a tempo of its own, the
 * time until then is still the old one's.
 */
static void move(struct composer_source *s, const struct event *e)
{
	int ticks = e->shift + s->lead;

	s->lead = 0;
	if (s->clock)
		pulses_stretch(&s->pulses, s->time, s->rest * PULSES_A_QUARTER, (int)s->us_per_quarter, ticks);
	s->time = later(s, ticks, &s->rest);
	s->in_bar += e->shift;
	s->bar += s->in_bar / s->bar_length;
	s->in_bar %= s->bar_length;
	take_tempo(s);
	if (e->kind == EVENT_METRE) {
		s->bar += s->in_bar > 0;
		s->in_bar = 0;
		s->bar_length = bar_of(e->numerator, e->denominator_log2, s->grid);
	}
}

/* As long and as loud as it is performed. */
static void perform(struct composer_source *s, struct play_note *note, const struct event *e)
{
	struct performed performed;
	uint64_t ticks, time;

	s->performer.us_per_quarter = (int)s->us_per_quarter;
	performed = performer_event(&s->performer, e);
	if (e->kind != EVENT_NOTE)
		return;
	/* at most 2^30 ticks of 2^24 us */
	ticks = (uint64_t)performed.length * s->us_per_quarter * 1000;
	time = s->time + ticks / ((uint64_t)s->grid * (uint64_t)s->performer.fine);
	note->off = time < SOURCE_TIME_MAX ? time : SOURCE_TIME_MAX;
	note->velocity = performed.velocity;
}

/* The next event; a note is in hand then. As composer_next(). */
static int take_event(struct composer_source *s)
{
	struct play_note played = {0};
	struct event e;
	int program, got = composer_next(s->composer, &e);

	if (got != 1)
		return got;
	move(s, &e);
	s->ending = e.kind == EVENT_END;
	if (s->playing != PLAY_PLAIN)
		perform(s, &played, &e);
	s->in_hand = e.kind == EVENT_NOTE;
	if (!s->in_hand)
		return 1;
	program = s->programs[e.part % SONG_PARTS_MAX];
	s->hand = (struct stream_note){
		.note =
			{
				.on = s->time,
				.off = later(s, e.duration, NULL),
				.channel = (uint8_t)source_channel(e.part),
				.pitch = e.pitch,
				.velocity = e.velocity,
				.program = program >= 0 && program < 128 ? (uint8_t)program : 255,
			},
		.bar = s->bar,
		.us_per_quarter = (int32_t)s->us_per_quarter,
		.parts = __builtin_popcountll(composer_start(s->composer)->parts),
	};
	if (s->playing != PLAY_PLAIN) {
		s->hand.note.off = played.off;
		s->hand.note.velocity = played.velocity;
	}
	return 1;
}

/* What the clock has to say before the event in hand. */
static bool take_pulse(struct composer_source *s, struct stream_note *out)
{
	uint64_t at;

	if (!s->started) {
		s->started = true;
		*out = source_realtime(MIDI_START, 0);
		return true;
	}
	if (!pulses_peek(&s->pulses, !s->ending, &at))
		return false;
	pulses_pass(&s->pulses);
	*out = source_realtime(MIDI_CLOCK, at);
	return true;
}

static int composer_source_next(struct source *source, struct stream_note *out)
{
	struct composer_source *s = (struct composer_source *)source;
	int got;

	for (;;) {
		/* an event first: the clock is not started before there is music */
		if (s->clock && s->taken && take_pulse(s, out))
			return 1;
		if (s->in_hand) {
			s->in_hand = false;
			*out = s->hand;
			return 1;
		}
		got = take_event(s);
		if (got != 1)
			break;
		s->taken = true;
	}
	if (got == 0 && s->started && !s->stopped) {
		s->stopped = true;
		*out = source_realtime(MIDI_STOP, s->time);
		return 1;
	}
	return got;
}

static void composer_source_free(struct source *source)
{
	free(source);
}

struct source *source_of_composer(struct composer *composer, int grid, const int programs[SONG_PARTS_MAX],
                                  enum playing playing, bool clock)
{
	const struct start *start = composer_start(composer);
	struct composer_source *s = mem_new(1, sizeof *s);

	if (!s)
		return NULL;
	s->source = (struct source){composer_source_next, composer_source_free};
	s->composer = composer;
	s->grid = grid;
	memcpy(s->programs, programs, sizeof s->programs);
	s->bar_length = bar_of(start->numerator, start->denominator_log2, grid);
	s->bar = start->pickup > 0 ? 0 : 1;
	s->in_bar = start->pickup > 0 ? s->bar_length - start->pickup % s->bar_length : 0;
	s->clock = clock;
	if (clock) {
		s->lead = s->in_bar;
		s->time = PULSES_LEAD;
		pulses_start(&s->pulses, grid);
	}
	take_tempo(s);
	s->playing = playing;
	performer_start(&s->performer, grid, start, (int)s->us_per_quarter, playing == PLAY_LEARNED);
	return &s->source;
}
