/*
 * Music that is none, made to see what a comparison hears: the bars of a real
 * piece in another order, and an order-3 Markov chain. A feature by which
 * these pass for real music is blind to what they lack.
 */
#ifndef CORPUS_CONTROLS_H
#define CORPUS_CONTROLS_H

#include "base/random.h"
#include "music/events.h"

/*
 * The bars of a piece in a random order, each whole: the notes that begin in
 * it at their places, as long as they were (but nothing sounds beyond the
 * end); with its metre. A pickup stays at the start. NULL on error.
 */
struct piece *control_shuffled(const struct piece *piece, struct random *random);

/* The highest line of a piece, as a piece of one part: song_take_top() says which. NULL on error. */
struct piece *control_line(const struct piece *piece);

/*
 * A Markov chain of order 3 for each part, of lines (corpus/lines.h): a token
 * is an interval, a duration and the time to the next onset. Where it comes to
 * what never stood there, the chain goes by two tokens, one, or none.
 */
struct markov;

struct markov *markov_new(void); /* NULL on error */
void markov_free(struct markov *m);

/* Learn from the first n events of a piece. 0 or -1. */
int markov_add(struct markov *m, const struct piece *piece, size_t n);

/* What was learned is put in order; before the first piece is made. 0, or -1: there was nothing to learn from. */
int markov_ready(struct markov *m);

/*
 * A piece of the chain's, as long as `like`: with its parts, which begin where
 * and on the note that those do, its metres, pickup and tempo. Notes stay
 * within what the chain's parts had. NULL on error.
 */
struct piece *control_markov(const struct markov *m, const struct piece *like, struct random *random);

#endif
