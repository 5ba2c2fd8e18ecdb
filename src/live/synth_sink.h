/*
 * The machine's audio as the sink of a stream: a synthesiser that a ring feeds
 * in the audio driver's own thread. The device thread hands messages over with
 * their moments (live/synth_queue.h), the audio thread plays them where they
 * belong within its blocks (live/pace.h), and neither waits for the other.
 */
#ifndef LIVE_SYNTH_SINK_H
#define LIVE_SYNTH_SINK_H

#include <stdatomic.h>

#include "live/pace.h"
#include "live/stream.h"
#include "live/synth.h"
#include "live/synth_queue.h"

#define SYNTH_SINK_RATE  48000 /* what most audio servers run at */
#define SYNTH_SINK_QUEUE 8192

struct synth_sink {
	const char *soundfont, *driver; /* as asked for; NULL or "": to be found */
	char *name; /* "FluidSynth (alsa, TimGM6mb.sf2)", once it is open; valid until synth_sink_done() */
	struct synth *synth;
	struct synth_audio *audio;
	struct synth_queue queue;
	_Atomic uint64_t blocks; /* that were asked for */
	/* the audio thread's */
	struct pace pace;
	bool lost; /* nobody asks for blocks any more */
	/* the device thread's: how many blocks there were, since when, and when that was last looked at */
	uint64_t seen, since, looked;
};

struct sink synth_sink(struct synth_sink *s, const char *soundfont, const char *driver);
void synth_sink_done(struct synth_sink *s);

/* Render n frames that are asked for at `now`: what the audio thread does. */
void synth_sink_fill(struct synth_sink *s, float *left, float *right, size_t n, uint64_t now);

#endif
