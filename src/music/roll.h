/*
 * Frame rolls: which keys sound in each frame of so many ticks, and nothing
 * else: what models of piano-roll frames are given (Boulanger-Lewandowski et
 * al., Modeling temporal dependencies in high-dimensional sequences, ICML
 * 2012). Key p sounds in frame t when a note of it has onset <= t * frame <
 * onset + duration.
 */
#ifndef MUSIC_ROLL_H
#define MUSIC_ROLL_H

#include "music/song.h"

#define ROLL_VELOCITY  80
#define ROLL_FRAME_MAX 1920 /* ticks: a whole note of the finest grid */

/*
 * A song on a grid, in song_order(), as the one song that says its roll: a
 * part in which every longest run of frames that a key sounds in is a note,
 * 4/4 without a pickup from tick 0 on, no tempo, no key, no text, and the end
 * where its last frame ends, empty or not. Silence that song_find_pickup() cut
 * from the start is there again. So songs of one roll become equal,
 * and their events (piece_from_song) too. The program is the highest part's.
 * A song that is a roll comes back as it is. frame: 1 .. ROLL_FRAME_MAX. NULL
 * on error.
 */
struct song *roll_song(const struct song *song, int frame);

#endif
