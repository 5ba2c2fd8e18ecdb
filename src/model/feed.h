/*
 * Lanes of music for training and scoring. For training, a lane is an endless
 * tape of pieces in an order shuffled anew every epoch, each visit transposed
 * and with some of the start event unknown, all of it a function of (seed,
 * lane, visit) alone. For scoring, every piece comes once, as it is.
 */
#ifndef MODEL_FEED_H
#define MODEL_FEED_H

#include "model/batch.h"
#include "model/knobs.h"

/* Lane by lane: the major keys, from C, then the minor ones. */
#define KEYS 24

struct feed_options {
	uint64_t seed;
	bool training; /* endless, shuffled, transposed; else every piece of `split` once */
	enum split split;
	bool whole;     /* every event is charged, whatever is held out */
	bool apart;     /* every piece begins with a chunk: the rest of that in which the one before ended is idle */
	bool keys;      /* scoring: all lanes of a feed have the same piece, each told another key: KEYS lanes */
	double unknown; /* share of visits with bars left, place in phrase unknown; a third of it for style, tempo */
	double unknown_key; /* share of visits with the key unknown */
	int transpose;      /* semitones up and down at most */
	bool phrases;       /* rows are told their phrases; of networks with a latent */
	double unled;       /* phrases: share of visits whose rows are told none */
	const struct knob_scale
		*knobs;  /* rows are told their phrases' codes by this; of networks with knobs. Not owned; NULL: none */
	unsigned untold; /* knobs: bit k: never of knob k */
	double untold_share; /* knobs: share of phrases, knob by knob, that are told none */
	double knob_noise;   /* knobs: standard deviation of what is added to codes */
	int lanes_in_all;    /* over all shards; with keys the lanes of a feed count as one */
};

struct lane {
	uint64_t visit;                   /* pieces begun */
	const struct corpus_piece *piece; /* NULL: no more music */
	const struct piece *music;        /* of the piece, with its events: the reader's or the corpus's */
	struct corpus_reader reader;
	struct tokens tokens; /* of the piece; a network of events has none */
	size_t row;           /* next row of the piece: 0 is its start */
	int transpose;
	struct context context;
	struct phrases phrases; /* of the piece */
	bool unled;             /* its rows are told none */
	int slot;               /* number in the batch of the last row's phrase, -1: none yet, */
	size_t slot_phrase;     /* and in the piece */
	double *knobs;          /* (phrases,KNOBS) what its rows are told */
	size_t knobs_capacity;
};

struct feed {
	const struct generator *g;
	const struct corpus *corpus;
	struct feed_options options;
	const uint32_t *order; /* corpus pieces of the split */
	size_t n;
	int first_lane, n_lanes; /* this shard's */
	struct lane *lanes;
	int *styles; /* (corpus->n_styles) the model's number of each of the corpus's styles, -1: it has none of that name */
};

/* Can the vocabulary say the piece? Not one on another grid, or of more parts. */
bool feed_fits(const struct piece *p, const struct vocab *v);

/*
 * Rows of an epoch of such pieces, or as good as: events, or tokens, which
 * have to be counted. -1: one cannot be read.
 */
long feed_rows(const struct corpus *corpus, const struct generator *g, const uint32_t *order, size_t n);

/*
 * Numbers of the pieces that belong to a split's feed, in corpus order; *n of
 * them. Pieces the vocabulary cannot say (more parts, another grid) are left
 * out. NULL: out of memory. The caller frees.
 */
uint32_t *feed_pieces(const struct corpus *corpus, const struct vocab *v, enum split split, size_t *n);

/*
 * order is not copied. The corpus may be another than the model's: its styles
 * are known by their names. 0 or -1.
 */
int feed_init(struct feed *f, const struct generator *g, const struct corpus *corpus,
              const struct feed_options *options, const uint32_t *order, size_t n, int first_lane, int n_lanes);
void feed_done(struct feed *f);

/*
 * Put a lane's next piece on before a chunk asks for it; *rows: how many it
 * has. 0, or -1: there is no more, or it cannot be read.
 */
int feed_next(struct feed *f, int lane, size_t *rows);

/* Of the piece that a lane stands in: is an event charged; and which event the row before `row` looks ahead to. */
bool feed_charges(const struct feed *f, int lane, size_t event);
size_t feed_event(const struct feed *f, int lane, size_t row);

/*
 * With options.apart, before a chunk: put the next piece on every lane whose
 * piece is over, so that lanes stand where the chunk will begin; feed_chunk()
 * does the same. 0, or -1: music cannot be read.
 */
int feed_turn(struct feed *f);

/* Fill a chunk: 1; 0 when no lane has any music left (then nothing was filled); -1 when music cannot be read. */
int feed_chunk(struct feed *f, struct batch *b, int steps);

/*
 * Put a lane where it was after `row` rows of its `visit`th piece (0: before
 * its first): the same rows are fed again, into a scratch batch. *time: the
 * tick of the last of them. -1: there is no such place.
 */
int feed_restore(struct feed *f, int lane, uint64_t visit, size_t row, struct batch *scratch, int *time);

/* A permutation of 0 .. n-1 by number: element `index` of the one that `key` names. */
uint32_t shuffled(uint64_t key, uint32_t index, uint32_t n);

#endif
