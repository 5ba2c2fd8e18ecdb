/*
 * A song as sound: played through the synthesiser (live/synth.h) as fast as
 * that goes, from tick 0 on. A part has a channel, so that one part's
 * note-off never silences another; notes of one part that share a pitch are
 * counted as live/player.h does it.
 *
 * A song ends when its last sound has died away, after RENDER_TAIL_MAX
 * seconds at most, over the last of which it is faded out.
 *
 * A loop is as long as the song to the frame, and what sounds on after its
 * end is added to its beginning: what then is heard when it goes round is what
 * would be heard if the music were played again and again. Its first time
 * round has in its beginning what the last one left.
 *
 * The greatest amplitude is RENDER_PEAK, whatever the music: so none is cut off.
 */
#ifndef LIVE_RENDER_H
#define LIVE_RENDER_H

#include "live/sound.h"
#include "music/song.h"

#define RENDER_RATE        44100
#define RENDER_SECONDS_MAX 3600       /* of music; 1.3 GB of memory */
#define RENDER_TAIL_MAX    12         /* seconds */
#define RENDER_PEAK        0.8912509f /* -1 dB of full scale; Ogg may overshoot a little */

/* 0, or -1 with error(). */
int render_song(struct sound *out, const struct song *song, const char *soundfont, bool loop);

#endif
