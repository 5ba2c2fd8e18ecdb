/*
 * The rhythm of music that was played by hand: its tempo, and which 16ths and
 * triplets the notes were meant for.
 *
 * The tempo is the likeliest under a model of rhythm like Temperley's (Music
 * and Probability, 2007, chapter 3): in every beat a note begins with a
 * probability that depends on where in the beat, on it, halfway, on the 16ths
 * between, on the thirds; it is played early or late by an amount from a
 * normal distribution. Beats of about 0.6 s are likeliest (Parncutt, A
 * perceptual model of pulse salience and metrical accent in musical rhythms,
 * Music Perception 11, 1994). All tempi are tried; along the way each follows
 * the player by correcting its phase and period a little at every onset, as
 * beat trackers do (Large and Kolen, Resonance and the perception of musical
 * meter, Connection Science 6, 1994).
 */
#ifndef MUSIC_RHYTHM_H
#define MUSIC_RHYTHM_H

#include <stddef.h>

#define RHYTHM_TICKS 24 /* a quarter */

/* Quarters between these, in seconds: 200 and 45 a minute. */
#define RHYTHM_FASTEST 0.3
#define RHYTHM_SLOWEST (60.0 / 45)

/*
 * Where onsets stand: quarters (n) from seconds (n), ascending, each once.
 * The first is in the first beat, which begins at 0. Returns the seconds of a quarter,
 * on the whole. A single onset is on the beat, at 0.6 s.
 */
double rhythm_track(double *quarters, const double *seconds, size_t n);

/*
 * The grid of each beat, 16ths or the thirds where those are nearer: ticks
 * (n) from quarters (n), ascending. What is faster than that stays apart,
 * as near as ticks allow: no two onsets become one.
 */
void rhythm_snap(int *ticks, const double *quarters, size_t n);

#endif
