/*
 * Chords by name, from the pitch classes that sound: triads, suspensions,
 * sixths, sevenths, ninths, and what stands for them when a fifth or the third is
 * left out.
 */
#ifndef MUSIC_CHORD_H
#define MUSIC_CHORD_H

#include <stdbool.h>
#include <stddef.h>

#define CHORD_NAME_MAX 40

/*
 * "Gm7", "C/E", "Dsus4", "F5": classes are 12 bits, bit 0 = C; bass is the
 * lowest one's class, or -1. The bass is the root where that gives a chord (C
 * E G A on C is C6, on A Am7), else it is named after a stroke. Roots are
 * spelled as their keys are. False, and the notes one by one from the bass up
 * ("C C# D"), for what has no name; "" for nothing at all.
 */
bool chord_name(char *buf, size_t size, unsigned classes, int bass);

#endif
