/*
 * A synthesiser in this process: FluidSynth with a General MIDI soundfont.
 * Messages go in, stereo frames come out, and the same code serves files
 * (live/render.h) and the machine's audio (live/synth_sink.h). It is not
 * locked: one thread has it at a time. Messages and rendering neither print
 * nor touch the disk when it is for live use.
 *
 * Built without FluidSynth (HAVE_FLUIDSYNTH), synth_new() says so.
 */
#ifndef LIVE_SYNTH_H
#define LIVE_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTH_BLOCK        64 /* frames; what is sent is heard from the next block on */
#define SYNTH_CHANNELS_MAX 64
#define SYNTH_WITHOUT      "musegen was built without FluidSynth (libfluidsynth-dev): it has no sound of its own"

struct synth;

struct synth_settings {
	const char *soundfont; /* path */
	int rate;              /* frames a second */
	int channels;          /* rounded up to 16s */
	double gain;           /* of FluidSynth: 0.2 is its own */
	bool live;             /* all of the soundfont is loaded, now; else what is used, when it is first asked for */
};

/* "FluidSynth 2.3.1"; NULL: built without it. */
const char *synth_library(void);

/* NULL with error(): built without, not a soundfont, out of memory. */
struct synth *synth_new(const struct synth_settings *settings);
void synth_free(struct synth *s); /* NULL is allowed */

/* A channel message of 2 or 3 bytes, on `channel`, whatever its first byte says; others are no matter of a synthesiser's. */
void synth_send(struct synth *s, int channel, const uint8_t *message, int size);

/* n frames: left[0], left[stride], ...; the same of right. */
void synth_render(struct synth *s, float *left, float *right, int stride, size_t n);

/* Voices that sound, those that die away among them. */
int synth_voices(struct synth *s);

/*
 * The machine's audio, for a function that renders blocks of a stereo
 * stream: left and right are n frames each. It is called from a thread of the
 * audio driver's, at a rate of `rate` frames a second.
 */
typedef void synth_audio_fill(void *context, float *left, float *right, size_t n);
struct synth_audio;

/*
 * driver: FluidSynth's name of it (alsa, pulseaudio, jack, ...); NULL or "":
 * the first that opens. NULL with error() when none does.
 */
struct synth_audio *synth_audio_open(const char *driver, int rate, synth_audio_fill *fill, void *context);
const char *synth_audio_driver(const struct synth_audio *a);
void synth_audio_close(struct synth_audio *a); /* NULL is allowed; afterwards fill is not called any more */

#endif
