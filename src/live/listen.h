/*
 * Listening to a keyboard: a phrase that is played on it becomes a piece, to
 * go on from; and the chord that is held is known, to be followed.
 *
 * A phrase begins with a note. It is over when a bar has been silent; when
 * nothing has happened for LISTEN_HELD though keys are still down or the
 * pedal is; or at once with a tap of the pedal: pressed while no key is down,
 * and let go within LISTEN_TAP without a note between. What is longer than
 * LISTEN_NOTES loses its beginning.
 *
 * Where music is running, notes are placed in its bars, by their moments, less
 * what the player is early or late by on the whole (40 ms at most). Else
 * tempo and rhythm are those of the phrase itself (music/rhythm.h), and its
 * first note is on the first beat of a bar unless it is off the beat. Onsets
 * within LISTEN_CHORD are struck together. Notes end where the next ones
 * begin, if not much sooner, else on a 16th; the pedal does not lengthen
 * them, as it does not in files. Channel 10 is percussion and not listened to.
 *
 * A note that comes in and is of a pitch that was sent out within
 * LISTEN_ECHO is an echo, on whatever channel: through a through port, or of
 * a keyboard that plays what it gets and says so. It is not heard.
 *
 * Nothing is allocated but by listen_new() and the taking. One thread uses it;
 * times are nanoseconds.
 */
#ifndef LIVE_LISTEN_H
#define LIVE_LISTEN_H

#include "live/held.h"
#include "live/moment.h"
#include "music/events.h"
#include "music/reading.h"

#define LISTEN_NOTES 512
#define LISTEN_HELD  UINT64_C(8000000000)
#define LISTEN_TAP   UINT64_C(500000000)
#define LISTEN_CHORD UINT64_C(50000000)
#define LISTEN_ECHO  UINT64_C(50000000)

/* The music that runs, or, of tempo and bar line, how it would. */
struct listen_music {
	bool runs;          /* messages come with moments */
	uint64_t bar_at;    /* moment of a bar line, */
	int us_per_quarter; /* and the tempo there: both only when it runs */
	uint8_t numerator, denominator_log2;
};

/* What was heard, beside its notes. */
struct heard {
	int notes;
	int us_per_quarter;
	bool timed; /* that is the running music's, not found in the phrase */
	struct key key;
	double velocity, deviation; /* mean, and how far from it as standard deviation */
	uint8_t softest, loudest;
	uint8_t lowest, highest; /* pitches */
	uint64_t from, to;       /* when the first note began and the last one ended */
};

struct listen;

struct listen *listen_new(void); /* 4/4, nothing runs. NULL and error() */
void listen_free(struct listen *l);

/* Whenever it changes. A phrase that music stops or begins in is timed by itself. */
void listen_music(struct listen *l, const struct listen_music *music);

/* A whole message that came in; at: the moment, of no meaning when no music runs. */
void listen_message(struct listen *l, const uint8_t *message, size_t size, uint64_t now, uint64_t at);

/* A note-on of this pitch was sent out, or is about to be. */
void listen_sent(struct listen *l, int pitch, uint64_t now);

/* Notes of the phrase so far. */
int listen_notes(const struct listen *l);

/* Is there a phrase, and is it over? */
bool listen_done(struct listen *l, uint64_t now);

/*
 * The phrase so far, over or not, as a song of RHYTHM_TICKS a quarter, in
 * song_order() and with its pickup found; or as a piece, read as the model
 * reads. Afterwards there is none, and what is still down is no part of the next.
 * NULL without error() when there are no notes, else NULL and error(). heard may be NULL.
 */
struct song *listen_song(struct listen *l, struct heard *heard, uint64_t now);
struct piece *listen_take(struct listen *l, struct heard *heard, const struct reading *reading, uint64_t now);

/* Forget the phrase. */
void listen_forget(struct listen *l);

/* The chord that is held, which changes by held_changed(). */
struct held *listen_held(struct listen *l);

/*
 * The velocity for a note of the answer, so that it is as loud and as lively
 * as what was heard: of one that would have this velocity, where `usual` is
 * what they have on the whole.
 */
uint8_t heard_velocity(const struct heard *h, int velocity, int usual);

#endif
