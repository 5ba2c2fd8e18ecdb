/*
 * A chunk of music for the generator: `steps` rows of each of `lanes` lanes,
 * row = step * lanes + lane, with everything the network reads and what it is
 * to predict. A lane is an endless tape of pieces one after the other; a row
 * with `reset` is the first of a piece.
 */
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include "base/arena.h"
#include "model/context.h"
#include "model/tokens.h"
#include "nn/relative.h"

/* Items of one bag, filled row by row in order. */
struct batch_bag {
	uint32_t *first; /* (rows + 1) */
	struct bag_item *items;
};

/* What rows predict: -1 where there is nothing to predict. */
struct batch_targets {
	int *symbol;    /* (rows) class */
	double *escape; /* (rows) nats of the universal code, added to the loss */
};

/* What the memory is told in place of a part. */
enum { PART_METRE = 254, PART_START = 255 };

struct batch {
	int steps, lanes, rows;
	struct batch_bag query, chosen, given, next;
	struct references references; /* its arrays are ours to write */
	uint32_t *reference_first;
	struct reference *reference_items;
	int *time;        /* (rows) tick of the row in its piece */
	uint8_t *part;    /* (rows) part of a note; PART_METRE; PART_START, idle rows too */
	uint8_t *reset;   /* (rows) */
	uint8_t *highest; /* (rows) highest possible pitch */
	uint8_t *classes; /* (rows, parts + 2) possible classes of the part head */
	struct batch_targets targets[HEADS];
	real *weight;      /* (rows) of what a row says of its own event: pitch, duration, velocity, metre */
	real *next_weight; /* (rows) of what it says of the next one: shift and part */
	int *notes;        /* (rows) notes that are charged in it */
	/* of networks with a latent */
	int *phrase;            /* (rows) which of the phrases a row is of; -1: its z is 0 */
	struct batch_bag place; /* where in the phrase; nothing where there is none */
	struct phrase_batch phrases;
	/* of networks with knobs */
	double *knobs; /* (rows,KNOBS) codes; NaN: not told */
	bool told;     /* is any? */

	/* Of networks that read tokens, which have none of bags, references, classes and streams. */
	bool tokens;
	int *read[HEADS]; /* (rows) symbols of the token that is read; -1: none */

	/*
	 * The streams: every (piece, part) of a lane is a sequence of its note
	 * rows; sequences are packed, longest first, as nn/lstm.h says.
	 */
	int packed; /* note rows */
	struct packing packing;
	int *packing_batch; /* (steps) */
	int *packed_row;    /* (packed) row of each */
	int *before; /* (rows) packed index of the part's previous note; -1 none; -2 - (lane * parts + part): carried */
	int sequences;
	int *sequence_start; /* (sequences) lane * parts + part of the carried state it goes on from, -1 zeros */
	int *sequence_keep;  /* (sequences) lane * parts + part whose carried state it leaves, -1 none */
	int *sequence_last;  /* (sequences) packed index of its last row */
	int *scratch;
};

/*
 * Events of the phrases that a chunk of so many steps meets, at most: those of
 * the phrases within it have rows there, but for an END; the first and the
 * last of a lane may be elsewhere.
 */
#define BATCH_PHRASE_EVENTS(steps, lanes) ((lanes) * ((steps) + 1 + 2 * PHRASE_EVENTS_MAX))

/* Room for a full chunk. */
void batch_layout(struct batch *b, struct arena *a, const struct generator *g, int steps, int lanes);

/* Begin a chunk of `steps` (at most what was laid out); then add rows in order, and end it. */
void batch_begin(struct batch *b, int steps);

/*
 * Add the next row. context has arrived at it, event is what is there (NOTE
 * or METRE; for a ROW_START anything), next the event after it. Afterwards
 * the context has taken the event. weight, next_weight: of the losses.
 */
void batch_row(struct batch *b, int row, struct context *context, const struct event *event, const struct event *next,
               double weight, double next_weight);
/*
 * The same of a network that reads tokens: `read` (NULL before the first) is
 * what the row reads, `next` what it predicts. reset: states begin with zeros.
 */
void batch_token(struct batch *b, int row, const struct token *read, const struct token *next, bool reset,
                 double weight);
/* After that, of a network with a latent: which of the batch's phrases the row is of, and where in it (PLACE_FIELDS items). */
void batch_phrase(struct batch *b, int row, int phrase, const struct bag_item *place);
/* After that, of a network with knobs: the code that the row is told. */
void batch_knobs(struct batch *b, int row, const double code[KNOBS]);
/* A row of nothing, when a lane has no more music. */
void batch_idle_row(struct batch *b, int row);

/* Find the streams' sequences. */
void batch_end(struct batch *b, const struct generator *g);

#endif
