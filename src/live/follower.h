/*
 * Following a MIDI clock: a pure function of the messages that came and when,
 * which says at which musical moment we are and when a moment will come. No
 * threads, no allocation, nothing sleeps.
 *
 * Position is counted in clocks, as MIDI has it: the first clock after Start
 * is 0, after Song Position n (then Continue) 6 n, after Continue the one after
 * the last; so nothing adds up, however long it goes on. When a clock
 * comes is known only as well as it is sent and read, a millisecond or so; so
 * the time of the last clocks is the line of least squares through those that
 * came, as many (4 to FOLLOWER_WINDOW) as lie on one line as far as their own
 * noise lets one tell: long in steady tempo, short where tempo changes
 * (docs/performance.md has what else was tried). Late ones are cut off at what
 * noise explains.
 *
 * A clock that is lost on the way, comes twice, or comes in a bunch with
 * others because nobody read them, is told by its phase: what comes soon after
 * another is that one again, and after a gap comes the last one that was due.
 * When that happens again and again the clocks are real, and it is their times
 * that are coarse (Bluetooth has units of 7.5 ms and more): they are all counted.
 * Some intervals in a row (three, eight in much noise) that are alike but not
 * the tempo's are another tempo, from the first of them on, each a clock. What
 * is then seen to have been counted too much is waited for: music does not
 * step backwards (unless by more than a quarter, then it is a jump).
 *
 * A clock that stops coming (for four of its periods, a quarter of a second at least)
 * is LOST: music goes on in the last tempo, and when clocks come again the
 * first is taken for the last one that was due meanwhile: who listens hears no
 * jump, and a master that wants another place sends it.
 */
#ifndef LIVE_FOLLOWER_H
#define LIVE_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "live/moment.h"

#define FOLLOWER_NEVER  UINT64_MAX
#define FOLLOWER_WINDOW 96 /* clocks: a bar of 4/4 */
#define FOLLOWER_RECENT 9

enum follower_state {
	FOLLOWER_WAITING, /* for a start, or for the first clock after it */
	FOLLOWER_RUNNING,
	FOLLOWER_STOPPED, /* by the master */
	FOLLOWER_LOST     /* started, but clocks have stopped coming: on in the last tempo */
};

struct follower {
	enum follower_state state; /* but LOST, which is a matter of when one asks */
	uint64_t now;              /* of the last message */
	uint64_t last;             /* when the last clock came */

	/* clocks that came, the newest first, in clocks since any beginning */
	struct follower_seen {
		uint64_t at;
		int64_t place;
	} seen[FOLLOWER_WINDOW];
	int n, width; /* how many there are; how many lie on the line */
	double noise; /* variance of their times, ns^2 */
	int measured; /* how often */

	/* the line: the time of clock `place`, and from one to the next; 0 not known yet */
	int64_t place;
	uint64_t at;
	double period;

	bool going;     /* started, or continued */
	int64_t origin; /* place of position 0 */
	int64_t next;   /* the position that the next clock has, once going; -1: the one after the last */
	uint64_t floor; /* moment: it was as late already; where it stands when it does not run */

	/* what may be a change of tempo */
	uint64_t recent[FOLLOWER_RECENT]; /* when clocks came, each of them, the newest first */
	int n_recent;
	int64_t good_place; /* of the last clock that was as expected */
	double good_period;
	int since_good, good; /* clocks that came since; as expected, in a row */

	/* clocks that were not counted as one: too many of them, and they are, see above */
	bool coarse;   /* it was so */
	double heat;   /* how many lately */
	int64_t owed;  /* clocks that came and were not counted, less those counted that did not come */
	int64_t ahead; /* those just counted that did not come: what comes at once makes up for them */
	bool silence;  /* before them, so that they are no part of the account */

	unsigned jumps;  /* how often the position became another than by going on */
	unsigned mended; /* how often a clock was not counted as one */
};

/* Nothing has come yet. */
void follower_start(struct follower *f);

/*
 * A message came at this time (ns, of a clock that does not go back). Other
 * messages than clock, start, continue, stop and song position are passed over.
 */
void follower_message(struct follower *f, const uint8_t *message, int size, uint64_t now);

enum follower_state follower_state(const struct follower *f, uint64_t now);

/* The moment it is; never less than before, unless f->jumps has changed. now: not before the last message. */
uint64_t follower_moment(const struct follower *f, uint64_t now);

/* When the moment comes, or came; FOLLOWER_NEVER when waiting, stopped, or not known yet. Another after every message. */
uint64_t follower_clock(const struct follower *f, uint64_t moment);

/* Quarters a minute; 0 not known yet. Known also before a start, when the master sends clocks then. */
double follower_bpm(const struct follower *f);

#endif
