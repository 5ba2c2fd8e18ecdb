/*
 * A MIDI file that grows: what is sent is added message by message, and the
 * file can be written whole at any moment. Type 1, 480 ticks a quarter: a
 * conductor track with tempo and metre, and a track for each channel that was
 * used. Tracks are kept as the bytes that they are in the file, seven or eight
 * a note with its end: a day of music is some megabytes, where libsmf would
 * keep two allocations an event and be filled anew for every write. What is
 * written reads back through it (smf_read).
 *
 * The file is well formed whatever is added: a note-on of a pitch that sounds
 * ends it first, a note-off of one that does not is left out, and what sounds
 * when the file is written ends there, in the file.
 */
#ifndef MIDI_SMF_GROW_H
#define MIDI_SMF_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "midi/bytes.h"
#include "music/song.h"

#define SMF_GROW_PPQ      480
#define SMF_GROW_TICK_MAX (SONG_TICK_MAX / 2)
#define SMF_GROW_SIZE_MAX ((size_t)60 << 20) /* bytes of all tracks: smf_read takes 64 MB */

struct grow_track {
	struct bytes bytes;
	int last; /* the tick of the last message */
};

struct smf_grow {
	struct grow_track tracks[16]; /* by channel */
	bool sounds[16][128];
	bool pedal[16];       /* is down */
	struct tempo *tempos; /* each differs from the one before */
	size_t n_tempos, tempos_capacity;
	struct metre *metres; /* each begins a bar, the first at tick 0 */
	int metres_said;      /* how many were told, but for those that said nothing new */
	size_t n_metres, metres_capacity;
	int last; /* the latest tick of all */
	size_t size;
	uint64_t notes;
};

int smf_grow_init(struct smf_grow *g); /* 0 or -1; 4/4 until a metre is said */
void smf_grow_done(struct smf_grow *g);

/*
 * Ticks must ascend. 0, or -1 with error(): out of memory, or the file is full
 * (SMF_GROW_TICK_MAX, SMF_GROW_SIZE_MAX); it stays as it was, and can be
 * written.
 */

/*
 * A channel message of 2 or 3 bytes. Left out is what silences a receiver and
 * says nothing in a file, channel mode messages (CC 120-127) and the lifting of
 * a pedal (CC 64) that is not down, and what is no channel message.
 */
int smf_grow_message(struct smf_grow *g, int tick, const uint8_t *message, int size);

/* From here on; 1 .. 0xFFFFFF, others are left out. */
int smf_grow_tempo(struct smf_grow *g, int tick, int us_per_quarter);

/*
 * A bar begins here, of this metre. Where that is sooner than the last metre
 * says, the bar that was begun gets a short metre of its own, as a pickup has;
 * but for the very first bar when rests before it make it a whole one.
 */
int smf_grow_metre(struct smf_grow *g, int tick, int numerator, int denominator_log2);

/* First tick at or after `tick`, which is not before the last metre, where a bar line stands. */
int smf_grow_line(const struct smf_grow *g, int tick);

/*
 * Write it beside and rename: all until `tick` (at or after the latest), where
 * what sounds ends; the tracks end at the bar line after that. comment: a
 * text at its start, or NULL. 0 or -1, path as it was.
 */
int smf_grow_write(const struct smf_grow *g, const char *path, int tick, const char *comment);

#endif
