/*
 * Keys: finding one in the notes, and their names. Scales and pitches by
 * name are in scale.c.
 */
#include "music/key.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

/* Krumhansl and Kessler's probe-tone ratings, from the tonic up (Krumhansl 1990, table 2.1). */
static const double profiles[MODES][12] = {
	[MODE_MAJOR] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88},
	[MODE_MINOR] = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17},
};

#define NEAR_TIE 0.05

static double mean(const double x[12])
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += x[i];
	return sum / 12;
}

/* Pearson's correlation of the weights, heard from the tonic, with a mode's profile; NaN when all weights are equal. */
static double correlation(const double weights[12], int tonic, enum mode mode)
{
	const double *profile = profiles[mode];
	double mean_w = mean(weights), mean_p = mean(profile);
	double wp = 0, ww = 0, pp = 0;

	for (int i = 0; i < 12; i++) {
		double w = weights[(tonic + i) % 12] - mean_w, p = profile[i] - mean_p;

		wp += w * p;
		ww += w * w;
		pp += p * p;
	}
	return wp / sqrt(ww * pp);
}

struct key key_find_weights(const double weights[12], int bass)
{
	struct key best = {-1, MODE_UNKNOWN}, on_bass = best;
	double best_r = -2, on_bass_r = -2;

	for (int tonic = 0; tonic < 12; tonic++)
		for (enum mode mode = MODE_MAJOR; mode < MODES; mode++) {
			double r = correlation(weights, tonic, mode);

			if (r > best_r) {
				best = (struct key){tonic, mode};
				best_r = r;
			}
			if (tonic == bass && r > on_bass_r) {
				on_bass = (struct key){tonic, mode};
				on_bass_r = r;
			}
		}
	return on_bass.tonic >= 0 && on_bass_r >= best_r - NEAR_TIE ? on_bass : best;
}

/* The lowest note that sounds when the last one is struck: mostly the bass of the last chord. */
static int last_bass(const struct song *s)
{
	int last = -1, bass = 128;

	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++)
			if (s->parts[k].notes[i].onset > last)
				last = s->parts[k].notes[i].onset;
	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++) {
			const struct note *note = &s->parts[k].notes[i];

			if (note->onset + note->duration > last && note->pitch < bass)
				bass = note->pitch;
		}
	return bass < 128 ? bass % 12 : -1;
}

struct key key_find(const struct song *s)
{
	double weights[12] = {0};

	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++)
			weights[s->parts[k].notes[i].pitch % 12] += s->parts[k].notes[i].duration;
	return key_find_weights(weights, last_bass(s));
}

void key_count_start(struct key_count *k)
{
	*k = (struct key_count){.bass = -1};
}

void key_count_note(struct key_count *k, int onset, int pitch, int duration)
{
	k->weights[pitch % 12] += duration;
	if (k->bass < 0 || k->bass_end <= onset || pitch <= k->bass) {
		k->bass = pitch;
		k->bass_end = onset + duration;
	}
}

struct key key_count_find(const struct key_count *k)
{
	return k->bass < 0 ? (struct key){-1, MODE_UNKNOWN} : key_find_weights(k->weights, k->bass % 12);
}

/* Names and signatures by tonic, with the fewer accidentals; of six each, F# major and Eb minor. */
static const struct {
	const char *name[MODES];
	int fifths[MODES];
} keys[12] = {
	{{"C", "C major", "C minor"}, {0, 0, -3}},     {{"C#", "Db major", "C# minor"}, {0, -5, 4}},
	{{"D", "D major", "D minor"}, {0, 2, -1}},     {{"Eb", "Eb major", "Eb minor"}, {0, -3, -6}},
	{{"E", "E major", "E minor"}, {0, 4, 1}},      {{"F", "F major", "F minor"}, {0, -1, -4}},
	{{"F#", "F# major", "F# minor"}, {0, 6, 3}},   {{"G", "G major", "G minor"}, {0, 1, -2}},
	{{"G#", "Ab major", "G# minor"}, {0, -4, 5}},  {{"A", "A major", "A minor"}, {0, 3, 0}},
	{{"Bb", "Bb major", "Bb minor"}, {0, -2, -5}}, {{"B", "B major", "B minor"}, {0, 5, 2}},
};

static bool key_known(struct key key)
{
	return key.tonic >= 0 && key.tonic < 12 && key.mode >= MODE_UNKNOWN && key.mode < MODES;
}

const char *key_name(struct key key)
{
	return key_known(key) ? keys[key.tonic].name[key.mode] : "unknown";
}

int key_fifths(struct key key)
{
	return key_known(key) ? keys[key.tonic].fifths[key.mode] : 0;
}

/* Major on the fifth f of the circle has its tonic 7 f semitones up; its relative minor lies 3 below. */
struct key key_stated(const struct keysig *signature)
{
	const int major = ((signature->fifths * 7) % 12 + 12) % 12;

	return (struct key){signature->minor ? (major + 9) % 12 : major, signature->minor ? MODE_MINOR : MODE_MAJOR};
}

struct key key_related(struct key from, enum mode mode, unsigned which)
{
	int up = which & 1 ? 7 : 5;

	if (from.tonic < 0 || from.mode == MODE_UNKNOWN || mode == MODE_UNKNOWN)
		return from;
	if (mode != from.mode)
		up = which & 1 ? (from.mode == MODE_MAJOR ? 9 : 3) : 0;
	return (struct key){(from.tonic + up) % 12, mode};
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(word, words[i]) == 0)
			return true;
	return false;
}

/* What follows the tonic's name: "" is `unsaid`; "m" and "M" are told apart. */
static enum mode mode_parse(const char *text, enum mode unsaid)
{
	static const char *const major[] = {"major", "maj", "dur"};
	static const char *const minor[] = {"minor", "min", "moll"};

	while (*text == ' ' || *text == '-' || *text == '_')
		text++;
	if (*text == '\0')
		return unsaid;
	if (strcmp(text, "m") == 0 || is_one_of(text, minor, sizeof minor / sizeof *minor))
		return MODE_MINOR;
	if (strcmp(text, "M") == 0 || is_one_of(text, major, sizeof major / sizeof *major))
		return MODE_MAJOR;
	return MODE_UNKNOWN;
}

int key_parse(struct key *key, const char *text)
{
	const char *rest = text;
	enum mode unsaid, mode;
	int tonic;

	while (*rest == ' ')
		rest++;
	unsaid = islower((unsigned char)*rest) ? MODE_MINOR : MODE_MAJOR;
	tonic = note_parse(&rest);
	mode = tonic < 0 ? MODE_UNKNOWN : mode_parse(rest, unsaid);
	if (mode == MODE_UNKNOWN)
		return error("'%s' is no key: say it like G, Gm, \"G minor\" or F#", text);
	*key = (struct key){tonic, mode};
	return 0;
}
