/*
 * MIDI clock beside the notes of a source: 24 pulses a quarter, from where the
 * clock is started. Music is a row of stretches of one tempo each, and a pulse
 * has its moment in its stretch to the nanosecond: reckoned from where the
 * stretch begins, not from the pulse before, so that nothing adds up.
 *
 * Places are counted in units of a (24 ppq)th of a quarter, of which a tick has
 * 24 and a pulse comes every ppq: both are whole whatever the ppq is.
 */
#ifndef LIVE_PULSES_H
#define LIVE_PULSES_H

#include <stdbool.h>
#include <stdint.h>

#define PULSES_A_QUARTER 24

/* From MIDI_START to the first pulse, at which receivers begin: the standard gives them 1 ms, and a start may be late. */
#define PULSES_LEAD 10000000u /* ns */

enum { MIDI_CLOCK = 0xf8, MIDI_START = 0xfa, MIDI_CONTINUE = 0xfb, MIDI_STOP = 0xfc };

struct pulses {
	int ppq;
	/* the stretch: its first moment (ns, and units' share of one), tempo, length in units */
	uint64_t time, rest, length;
	uint32_t us_per_quarter;
	uint64_t next; /* pulse, in units from where the stretch begins */
};

/* The first pulse is where the first stretch begins. */
void pulses_start(struct pulses *p, int ppq);

/*
 * The stretch that follows, so many ticks long, at most SONG_TICK_MAX. rest: what the moment of its
 * beginning has beyond whole nanoseconds, in (24 ppq)ths of one; half of one rounds instead of cutting off.
 */
void pulses_stretch(struct pulses *p, uint64_t time, uint64_t rest, int us_per_quarter, int ticks);

/* Is there a pulse in the stretch (with_end: or where it ends), and when? It stays the next one. */
bool pulses_peek(const struct pulses *p, bool with_end, uint64_t *at);

/* The next one. */
void pulses_pass(struct pulses *p);

#endif
