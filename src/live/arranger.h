/*
 * The arranger: a composer's events as bars that are performed, and the source
 * of a stream. It composes a bar at a time and keeps the composer's state at
 * every bar line, so that what is asked of it is heard at the next line that
 * is far enough away to be met: it goes back there, and what was given out
 * beyond is cut off (live/source.h). Where a network's music cannot go back
 * (model/compose_live.h), it is heard after what was already composed.
 *
 * Requests come from the program's own thread; all else is the composer
 * thread's. Without requests the events are the composer's, one by one.
 *
 * The loop: the last LOOP_BARS bars that sounded. With CONTROL_LOCK at p each
 * coming bar is the loop's with probability p, else it is a new one and takes
 * its place in the loop. Swing delays what begins between two eighths of
 * metres in quarters or halves.
 */
#ifndef LIVE_ARRANGER_H
#define LIVE_ARRANGER_H

#include "live/request.h"
#include "live/score.h"
#include "live/source.h"
#include "model/compose.h"

#define LOOP_BARS   4
#define PHRASE_TAKE 4 /* bars that CONTROL_BEST_OF chooses at a time */

/* How notes are played: as they are, or performed (music/perform.h) without or with learned velocities. */
enum playing { PLAY_PLAIN, PLAY_PERFORMED, PLAY_LEARNED };

struct arranger_options {
	const struct model *model;
	struct compose_options compose; /* best_of is left to CONTROL_BEST_OF where `live` is set */
	enum playing playing;
	bool clock;                /* MIDI clock's start and stop among the items */
	bool answers;              /* it rests until there is a phrase to answer */
	bool follows;              /* a clock: the music begins with its first bar's line, not with a pickup */
	const struct judge *judge; /* or NULL; must outlive it */
	struct score *score;       /* or NULL; likewise */
};

struct arranger;

/* The model, and what the options point to, must outlive it. NULL: as composer_new(), or out of memory. */
struct arranger *arranger_new(const struct arranger_options *o);
void arranger_free(struct arranger *a); /* not while a stream plays it */

/* Its items; freed with it. */
struct source *arranger_source(struct arranger *a);

/* What begins the first piece. */
const struct start *arranger_start(const struct arranger *a);

/* Where its parts go; before a stream plays it. Without: routing_defaults() of no programs. */
void arranger_route(struct arranger *a, const struct routing *routing);

/* What the controls are at first: what the options say. */
void arranger_values(const struct arranger *a, double values[CONTROLS]);

/* ---- requests, from one other thread ---------------------------------------------- */

/* The values of these controls from the next bar line on; CONTROL_TEMPO is the stream's. */
void arranger_set(struct arranger *a, const double values[CONTROLS]);

/* The music leans to these pitch classes (12 bits, bit 0 = C) from the next bar on; 0: to none. */
void arranger_follow(struct arranger *a, unsigned chord);

/*
 * Go on from a phrase, read on the model's grid, in its tempo and as loud as it is, from the next bar
 * line that can be met: as many bars as it has, two at least, and then rest until another comes. The
 * phrase is taken over. One that waits gives way to it.
 */
struct heard;
void arranger_answer(struct arranger *a, struct piece *phrase, const struct heard *heard);

/* How many phrases could not be answered: a model that knows no such metre, say. */
unsigned arranger_unanswered(const struct arranger *a);

/* ACTION_NEW_THEME, ACTION_BACK, ACTION_REWRITE (part): others do nothing. More than 16 that wait: the newest is dropped. */
void arranger_act(struct arranger *a, enum action action, int part);

#endif
