/*
 * Keys: names, scales, and the key of a song found by correlating its
 * pitch-class durations with the profiles of Krumhansl and Kessler
 * (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4).
 */
#ifndef MUSIC_KEY_H
#define MUSIC_KEY_H

#include <stddef.h>
#include <stdint.h>
#include "music/song.h"

enum mode { MODE_UNKNOWN, MODE_MAJOR, MODE_MINOR, MODES };

struct key {
	int tonic; /* pitch class 0-11, C = 0; -1 unknown */
	enum mode mode;
};

/* Krumhansl-Schmuckler over the whole song; the last bass note decides between near ties (correlations within 0.05). */
struct key key_find(const struct song *s);

/* The same from 12 weights (durations by pitch class); bass is a pitch class or -1. */
struct key key_find_weights(const double weights[12], int bass);

/* The same of notes as they come, by onset; the bass is the lowest note known to sound at the last onset. */
struct key_count {
	double weights[12];
	int bass, bass_end; /* -1 before any; where it ends */
};
void key_count_start(struct key_count *k);
void key_count_note(struct key_count *k, int onset, int pitch, int duration);
struct key key_count_find(const struct key_count *k); /* tonic -1 without notes */

/*
 * A key next to `from`: in the same mode the fifth above or below, in the
 * other one the relative or the parallel key; which: an odd number or an even
 * one. `from` itself where either is unknown.
 */
struct key key_related(struct key from, enum mode mode, unsigned which);

/* "Gm", "G minor", "F#", "Bb major", "c minor"; -1 and error() otherwise. A mode not said is major ("G"), or minor for a lower-case letter ("g"). */
int key_parse(struct key *key, const char *text);

/* "G minor", "F# major"; spelled with the usual number of accidentals; a static string. */
const char *key_name(struct key key);

/* Number of sharps (flats negative) of the key's signature. */
int key_fifths(struct key key);

/* The key that a signature in the file states. */
struct key key_stated(const struct keysig *signature);

/* A note name ("C", "f#", "Bb", with the Unicode signs too) at *text, which moves past it: its pitch class, else -1 and *text stays. */
int note_parse(const char **text);

/* Pitch classes as 12 bits, bit 0 = C. "C D Eb F G A Bb", or a name with a tonic:
 * "C major", "A minor", "D dorian", phrygian, lydian, mixolydian, locrian, "harmonic minor",
 * "pentatonic", "minor pentatonic", blues, whole-tone, chromatic. 0 and error() when it is none. */
unsigned scale_parse(const char *text);

/* "C4" = 60, "F#3", "Bb5" or a number 0-127; -1 and error() otherwise. */
int pitch_parse(const char *text);
/* "C4"; buf of 8 bytes at least. */
void pitch_name(char *buf, size_t size, int pitch);

#endif
