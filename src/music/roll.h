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

#define ROLL_VELOCITY   80
#define ROLL_FRAME_MAX  1920 /* ticks: a whole note of the finest grid */
#define ROLL_STRIKE_MAX (ROLL_FRAME_MAX * 16)
#define ROLL_NOTES_MAX  (1 << 22) /* struck again and again; a song of more is refused */

/* Which notes make a roll: */
enum frame_parts {
	FRAMES_TOGETHER, /* all of them: one roll, a song of one part */
	FRAMES_APART,    /* those of a part: as many rolls as parts with notes */
	FRAME_PARTS
};

struct roll_way {
	int frame; /* ticks, 1 .. ROLL_FRAME_MAX */
	int strike; /* ticks, a multiple of frame: at multiples of it a key that sounds on is struck anew; 0: it is held */
	enum frame_parts parts;
};

/*
 * A song on a grid, in song_order(), as the one song that says its roll, or a
 * roll for each part: a part in which every longest run of frames that a key
 * sounds in is a note, or so many, 4/4 without a pickup from tick 0 on, no tempo, no key, no text, and the end
 * where its last frame ends, empty or not. Silence that song_find_pickup() cut
 * from the start is there again. So songs of one roll become equal,
 * and their events (piece_from_song) too. Programs are the parts', the
 * one roll's the highest part's.
 * A song that is a roll comes back as it is. NULL on error.
 *
 * Held notes are fewer, and each is said once, with how long it is: before the
 * chords are known through which it goes on. One that is struck in every frame
 * or on every beat is said after what was there before. It tells no roll from
 * another: the runs are the same.
 */
struct song *roll_song(const struct song *song, const struct roll_way *way);

#endif
