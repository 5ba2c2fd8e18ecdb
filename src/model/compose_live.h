/*
 * Changes in the midst of a piece: a composer's state is kept at every bar
 * line, and when something is asked for, it goes back to the line where that
 * is to be heard and goes on from there otherwise.
 *
 *	composer_save(c, state)			at each event
 *	composer_restore(c, state)		there
 *	composer_change(c, &changes)		and from here on
 *	composer_not_before(c, ticks)		but the bar that is played stays as it is
 *
 * Only networks that read events one by one can go back; of others a state
 * is NULL.
 */
#ifndef MODEL_COMPOSE_LIVE_H
#define MODEL_COMPOSE_LIVE_H

#include "model/compose.h"

struct composer_state;

/* Room for a state of this composer. NULL: out of memory, or (*cannot) this network's music cannot go back. */
struct composer_state *composer_state_new(const struct composer *c, bool *cannot);
void composer_state_free(struct composer_state *s); /* NULL is allowed */
void composer_save(const struct composer *c, struct composer_state *s);
/* The state must be of this very composer. */
void composer_restore(struct composer *c, const struct composer_state *s);

/* What can be other from here on, and in the pieces that follow. */
struct composer_changes {
	double temperature; /* above 0 */
	struct key
		key; /* tonic -1: stays as it is; else the music is moved there, half an octave at most; a mode is told to the network */
	unsigned scale;      /* 12 bits; 0: all */
	int style;           /* -1: any, in this piece the one that it began with */
	double lean[12];     /* as compose.h's, */
	double knobs[KNOBS]; /* and these; those that the model has not do nothing */
};

void composer_change(struct composer *c, const struct composer_changes *changes);

/* Is an event of the present piece drawn already? */
bool composer_begun(const struct composer *c);

/*
 * The next event comes so many ticks after the last one, or later; where the piece ends sooner its end does.
 * Of a piece that has not begun it is where it is.
 */
void composer_not_before(struct composer *c, int ticks);

/* Other random numbers from here on: take 0 leaves them as they are. */
void composer_redraw(struct composer *c, uint64_t take);

/*
 * One part anew, the others given: the next event is one of that part, true, if the network draws one
 * before `given`, the next event of the others (its shift from the last event
 * that came); else it is that one. The piece has begun. Given END, where nothing more is given, is not read; pitches as they sound.
 */
bool composer_next_of_part(struct composer *c, int part, const struct event *given, struct event *event);

/* Which piece it is, to begin the same one again. */
struct composer_theme {
	uint64_t number; /* from 0 */
	int transposition, margin;
	int tonic; /* told, as struct start's */
};
struct composer_theme composer_theme(const struct composer *c);

/*
 * Leave this piece: the next event is of another, whose first bar begins
 * `ticks` after the last event: with a pickup it is that one's, mostly empty. theme: a piece that was begun
 * before; NULL: piece `number`, new. Its start is known at once.
 */
void composer_leave(struct composer *c, const struct composer_theme *theme, uint64_t number, int ticks);

/* The key it was moved to, else by what was given out of the present piece; tonic -1 when nothing was. */
struct key composer_key(const struct composer *c);

#endif
