/* What there is of the synthesiser without FluidSynth: the answer that there is none. See synth.h. */
#include "live/synth.h"

#include "base/error.h"

#ifndef HAVE_FLUIDSYNTH

const char *synth_library(void)
{
	return NULL;
}

struct synth *synth_new(const struct synth_settings *settings)
{
	(void)settings;
	error(SYNTH_WITHOUT);
	return NULL;
}

struct synth_audio *synth_audio_open(const char *driver, int rate, synth_audio_fill *fill, void *context)
{
	(void)driver;
	(void)rate;
	(void)fill;
	(void)context;
	error(SYNTH_WITHOUT);
	return NULL;
}

/* There is nothing that these could be asked of. */

void synth_free(struct synth *s)
{
	(void)s;
}

void synth_send(struct synth *s, int channel, const uint8_t *message, int size)
{
	(void)s;
	(void)channel;
	(void)message;
	(void)size;
}

void synth_render(struct synth *s, float *left, float *right, int stride, size_t n)
{
	(void)s;
	(void)left;
	(void)right;
	(void)stride;
	(void)n;
}

int synth_voices(struct synth *s)
{
	(void)s;
	return 0;
}

const char *synth_audio_driver(const struct synth_audio *a)
{
	(void)a;
	return "";
}

void synth_audio_close(struct synth_audio *a)
{
	(void)a;
}

#endif
