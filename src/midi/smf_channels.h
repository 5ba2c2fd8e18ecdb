/* Which channel each part of a song gets in a file. */
#ifndef MIDI_SMF_CHANNELS_H
#define MIDI_SMF_CHANNELS_H

#include <stdint.h>
#include "music/song.h"

/*
 * channels[i] is part i's, never 9 (percussion). Up to 15 parts have one
 * each, their own where they can. More share: parts of the same program
 * first, and of these those whose ranges overlap least, since on a shared
 * channel the end of one part's note silences the same pitch of another.
 */
void smf_channels(uint8_t channels[SONG_PARTS_MAX], const struct song *song);

#endif
