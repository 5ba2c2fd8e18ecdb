/*
 * A recording of what is played live (play --record FILE): everything that is
 * sent, at its musical moment, in a MIDI file that is complete whenever the
 * program dies. The device thread puts what it sends into a ring, which never
 * makes it wait; the program's own thread takes it out and writes the whole
 * file beside and renames it when a phrase is over: four bars, or eight
 * seconds. A file that is there is replaced by the first such write.
 *
 * A long recording is written less often, so that it costs at most a fiftieth
 * of the time and RECORD_RATE bytes a second: after ten million bytes, a
 * million notes, every forty seconds.
 *
 * The file has the music's bar lines, tempo and metres, a track for each
 * channel (midi/smf_grow.h), and no clock.
 */
#ifndef LIVE_RECORD_H
#define LIVE_RECORD_H

#include <stdint.h>

#include "live/moment.h"

#define RECORD_RATE 250000 /* bytes a second, on average */

/*
 * What is sent, or what holds from here on. Moments ascend. Where the music
 * leaps back by more than a sixteenth (a master that was set back), the
 * recording goes on from where it is; the metre is said anew then. A metre
 * begins a bar: it is said at the first bar line, at each change, and where a
 * bar begins sooner than the last metre says (after a pickup).
 */
struct played {
	uint64_t at;                         /* a moment */
	uint32_t us_per_quarter;             /* 0, or a tempo that begins here */
	uint8_t numerator, denominator_log2; /* numerator 0, or a metre that begins here */
	uint8_t size, message[3];            /* size 0: no message */
};

struct record;

/*
 * comment: a text at the start of the file, or NULL. NULL, with error(), when
 * no file can be written there. Nothing is, as yet.
 */
struct record *record_new(const char *path, const char *comment);
void record_free(struct record *r); /* NULL is allowed; nobody calls record_played() any more */

/* The device thread's: never waits, locks, allocates or calls the system. What finds the ring full is counted. */
void record_played(struct record *r, const struct played *p);

/*
 * The program's own thread's, some times a second: take what there is, write
 * the file when it is time. now: clock_now(). -1 with error(): something to
 * be told, once, since the recording goes on: the file could not be written
 * (it is tried again), is full, or messages were lost.
 */
int record_drain(struct record *r, uint64_t now);

/*
 * Take what there is and write the file, unless no note was ever played. 0,
 * or -1 with error(). It may be called while the device thread hangs, and
 * again.
 */
int record_finish(struct record *r);

uint64_t record_notes(const struct record *r); /* that were taken so far */
uint64_t record_lost(const struct record *r);  /* messages that found the ring full */

#endif
