/*
 * A composer: an endless or bounded stream of note events from a model, one
 * at a time. Everything that makes music (play, export) reads from one. It
 * owns its state; the model must outlive it. Equal model, options and seed
 * give the same events, whoever reads them and however fast.
 */
#ifndef MODEL_COMPOSE_H
#define MODEL_COMPOSE_H

#include "model/latent_plan.h"
#include "model/model.h"

struct judge;

struct compose_options {
	uint64_t seed;
	int bars; /* > 0: the piece has so many, from a downbeat (a primer's count too, its pickup does not); 0: until END, bars_max at most */
	int bars_max;       /* 64; counted from a primer's end */
	double temperature; /* scales the model's own; 1 as stored */
	int top_k;          /* 0: all */
	double top_p;       /* 0: the model's own */
	struct key key;     /* tonic -1: whatever comes; mode MODE_UNKNOWN: either */
	int numerator,
		denominator_log2; /* metre, one that pieces of the corpus begin with, kept throughout; numerator 0: any */
	unsigned scale;           /* pitch classes allowed, 12 bits; 0: all */
	int low, high;            /* pitches allowed; 0, 127: all */
	double lean[12];    /* added to the logits of pitches, by the class that sounds: nats towards it; all 0: none */
	int parts;          /* 0: as the model begins pieces */
	int style;          /* index in the model's vocabulary, -1: any */
	int us_per_quarter; /* 0: the start event's tempo, else as usual for style and metre (music/manner.h) */
	bool endless;       /* a new piece begins, a bar after the last one's end, at a bar line, in a related key */
	const _Atomic bool *
		hurry; /* NULL, or: while it is true somebody waits, and how a piece closes is not looked for (model/ending.h) */
	bool live; /* to be steered while it goes on (model/compose_live.h): a key is met from a piece's first bars, not by composing it whole */
	const struct piece
		*primer;     /* NULL, or what to go on from; it is part of the stream. Must outlive the composer. */
	double knobs[KNOBS]; /* what the music is to be like, -1 to 1 (model/knobs.h); NaN: as it comes */
	const struct latent_plan *
		plan; /* NULL (z = 0), or the z of its phrases, how it begins and where it ends, where the plan says; a later piece of an endless stream draws its own. Only its lists must outlive the composer. */
	bool open_end; /* it is to go on, or round: its last bars are not chosen to close it (model/ending.h) */
	bool guard;    /* against endless repetition; on unless testing */
	int best_of; /* > 1: every piece is drawn so often, from one beginning, and the judge's favourite is given out */
	const struct judge *judge; /* whose; must outlive the composer */
};

/* temperature 1, no limits, any key, 64 bars at most, guard on. */
void compose_defaults(struct compose_options *o);

/* Does a plan say how the piece begins and ends? */
static inline bool plan_begins(const struct latent_plan *p)
{
	return p && p->n > 0;
}

/* Can this model meet these options? 0, or -1 (the message says which it cannot, and what it can). */
int compose_check(const struct model *m, const struct compose_options *o);

struct composer;

/* NULL: options the model cannot meet (the message says which and what it can). */
struct composer *composer_new(const struct model *m, const struct compose_options *o);
void composer_free(struct composer *c);

/* How the piece begins: metre, pickup, tempo, parts; of the present piece in an endless stream. */
const struct start *composer_start(const struct composer *c);
int composer_us_per_quarter(const struct composer *c);

/*
 * The next event. 1: *event is set (the last of a bounded stream is END); 0:
 * the stream has ended; -1: error. In an endless stream END is not given:
 * the next piece's first event comes instead, its shift counted from the last
 * event, with an EVENT_METRE before it where the metre changes. Between them is
 * the rest of the bar and a whole one of the next piece's metre, besides what a
 * pickup leaves of its own. Without a key or scale asked for, the next piece's key is a fifth
 * above or below the last one's, or its relative or parallel, by the seed.
 */
int composer_next(struct composer *c, struct event *event);

/* How often the guard stepped in. */
int composer_guarded(const struct composer *c);

/* A whole bounded piece. NULL on error. The caller frees. */
struct piece *compose_piece(const struct model *m, const struct compose_options *o);

#endif
