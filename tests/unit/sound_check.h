/* What tests of sound ask of it: a soundfont to play with, how loud a stretch is, which pitch is in it. */
#ifndef TESTS_UNIT_SOUND_CHECK_H
#define TESTS_UNIT_SOUND_CHECK_H

#include <math.h>

#include "base/error.h"
#include "live/soundfont.h"
#include "live/synth.h"
#include "midi/smf.h"

/* The system's, to be freed. Skips the test, and says so, where there is none, or no FluidSynth. */
static inline char *sound_check_font(void)
{
	char *font = soundfont_find(NULL);

	if (!font || !synth_library()) {
		print_message("skipped: %s\n", synth_library() ? error_message() : SYNTH_WITHOUT);
		free(font);
		skip();
	}
	return font;
}

/* Of n frames (n, 2), the root of the mean square. */
static inline double sound_check_rms(const float *frames, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < 2 * n; i++)
		sum += (double)frames[i] * (double)frames[i];
	return sqrt(sum / (double)(2 * n));
}

/* How much of n frames is at a frequency (Goertzel's algorithm, under Hann's window), of the left and right together. */
static inline double sound_check_tone(const float *frames, size_t n, int rate, double hertz)
{
	const double pi = acos(-1), w = 2 * pi * hertz / rate;
	double s1 = 0, s2 = 0;

	for (size_t i = 0; i < n; i++) {
		const double window = 0.5 - 0.5 * cos(2 * pi * (double)i / (double)n);
		const double s0 = window * ((double)frames[2 * i] + (double)frames[2 * i + 1]) + 2 * cos(w) * s1 - s2;

		s2 = s1;
		s1 = s0;
	}
	return sqrt(s1 * s1 + s2 * s2 - 2 * cos(w) * s1 * s2) / (double)n;
}

static inline double sound_check_hertz(int pitch)
{
	return 440 * pow(2, (pitch - 69) / 12.0);
}

#endif
