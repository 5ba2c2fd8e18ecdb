/*
 * The note generator: what it is made of (settings), laid out over one
 * parameter block. Rows are events; at a row the network knows when the event
 * comes and in which part (the previous row predicted that) and predicts, in
 * turn, its pitch, duration given pitch, velocity, then the next event's
 * shift, then the next event's part, or METRE, or END.
 *
 *	x = [ bag of what is known | stream state of the part ]
 *	h = LSTM layers over all rows (the coupling trunk)
 *	m = memory(query h; keys and values from [ h | chosen ] of earlier rows)
 *	f = [ h | m | stream state ]       what every head reads
 *
 * and each part's own events run through the stream LSTM, whose state is kept
 * a part, with weights shared by all parts.
 *
 * With `harmony` the bag has the key, where it is known, and pitches are also
 * measured from the tonic and from where a part would go that moved in
 * parallel with one that has just moved. With `form` it has what was played so
 * many bars ago (lookback.h), from which pitches are measured too, how long the
 * pickup is and, in the last two bars, how much time is left.
 *
 * With a `latent` every phrase may have a vector z, which an encoder
 * (encoder.h) makes of the phrase and which is added to x and f (latent.h);
 * without one, z = 0, the network is as if there were no latent. With `knobs`
 * every phrase may be told a code of what it is like (knob_layer.h), which
 * changes x and f; untold, the network is as if there were no knobs.
 */
#ifndef MODEL_GENERATOR_H
#define MODEL_GENERATOR_H

#include "base/conf.h"
#include "model/conv_generator.h"
#include "model/encoder.h"
#include "model/knob_layer.h"
#include "model/latent.h"
#include "model/vocab.h"
#include "nn/bag.h"
#include "nn/linear.h"
#include "nn/lstm.h"
#include "model/net_composer.h"
#include "model/net_seed.h"
#include "nn/memory.h"
#include "num/params.h"

#define TRUNK_LAYERS_MAX 4
#define SLOTS_MAX        8

/*
 * What kind of network it is. `events` is the one above; the others are the
 * two systems that musegen grew out of, on the same music by the same
 * training: they read tokens (model/tokens.h), and are model/net_seed.h's and
 * model/net_composer.h's. Of the settings they have trunk; composers also
 * layers, window and hidden. `conv` is model/conv_generator.h's, with settings
 * of its own: it makes windows of some bars from noise, reads nothing, and
 * says of no music how likely it is.
 */
#define GENERATOR_KINDS "events|seed|composer|composer+|conv"
enum generator_kind { KIND_EVENTS, KIND_SEED, KIND_COMPOSER, KIND_COMPOSER_PLUS, KIND_CONV };

struct generator_config {
	int kind;   /* enum generator_kind */
	int stream; /* width of the stream LSTM */
	int trunk;  /* width of each trunk LSTM */
	int layers; /* trunk LSTMs, 1-TRUNK_LAYERS_MAX */
	int memory; /* width of the memory; 0: none */
	int heads;  /* of the memory */
	int window; /* events the memory looks back over */
	int slots;  /* parts with a slot of their own in the context; at most the corpus's parts */
	int hidden; /* width of the hidden layers of the heads */
	int nearby; /* 1: durations and velocities see the place in the bar and what sounds directly, not only through the states */
	int harmony; /* 1: the key, where it is known, and parallel motion */
	int form;    /* 1: what was played some bars ago, how long the pickup is and how far the end */
	/* no settings, but what a stage of training has added (model/latent_train.h); only networks of events have them */
	int latent;              /* width of a phrase's z; 0: none */
	int encoder;             /* width of each of the encoder's two LSTMs */
	int knobs;               /* width of what a phrase's knobs become; 0: it has none (model/knob_train.h) */
	struct conv_config conv; /* of KIND_CONV */
};

extern const struct conf_item generator_items[];
extern const size_t n_generator_items;

/* Fields of the bags; the query bag goes on with those of harmony, of lookbacks and slots * 3 (struct generator says where). */
enum query_field {
	QUERY_SHIFT,
	QUERY_PART,
	QUERY_BEFORE_KIND,
	QUERY_BEFORE_PITCH,
	QUERY_BEFORE_DURATION,
	QUERY_BEFORE_VELOCITY,
	QUERY_TICK,
	QUERY_QUARTER,
	QUERY_METRE,
	QUERY_PHRASE,
	QUERY_BARS_LEFT,
	QUERY_STYLE,
	QUERY_MODE,
	QUERY_TEMPO,
	QUERY_PICKUP,
	QUERY_PARTS,
	QUERY_LAST_PITCH,
	QUERY_LAST_INTERVAL,
	QUERY_LAST_DURATION,
	QUERY_SET_PITCH,
	QUERY_SET_INTERVAL,
	QUERY_SET_LEFT,
	QUERY_SET_SAME,
	QUERY_FIELDS
};
enum chosen_field {
	CHOSEN_KIND,
	CHOSEN_PITCH,
	CHOSEN_INTERVAL,
	CHOSEN_DURATION,
	CHOSEN_VELOCITY,
	CHOSEN_TICK,
	CHOSEN_QUARTER,
	CHOSEN_SINCE,
	CHOSEN_FIELDS
};
/* After GIVEN_INTERVAL only with config.nearby; then those of lookbacks, then, with nearby, slots * 2. */
enum given_field {
	GIVEN_PITCH,
	GIVEN_INTERVAL,
	GIVEN_TICK,
	GIVEN_QUARTER,
	GIVEN_METRE,
	GIVEN_LAST_DURATION,
	GIVEN_SET_INTERVAL,
	GIVEN_SET_LEFT,
	GIVEN_FIELDS
};

enum harmony_field { HARMONY_TONIC, HARMONY_LAST_DEGREE, HARMONY_SET_DEGREE, HARMONY_FIELDS };
/* Fields of each lookback. */
enum query_back_field { QUERY_BACK_INTERVAL, QUERY_BACK_SAME, QUERY_BACK_FIELDS };
enum next_field { NEXT_SHIFT, NEXT_END };
enum given_back_field { GIVEN_BACK_PITCH, GIVEN_BACK_DURATION, GIVEN_BACK_SHIFT, GIVEN_BACK_PART, GIVEN_BACK_FIELDS };

/*
 * Kinds of pitch reference: the part's last pitch, its last but one, sounding
 * notes of the set by same or other part; then those of harmony: the tonic
 * next to the part's last pitch, the same again in the last two bars and in the
 * last one, where these are known, and where the part would go in parallel with
 * another one at the octave or unison, at the fifth, at any other interval;
 * then a kind a lookback, then a kind a slot.
 */
enum reference_kind { REFERENCE_LAST, REFERENCE_BEFORE, REFERENCE_SAME, REFERENCE_OTHER, REFERENCE_KINDS };
enum harmony_kind {
	HARMONY_AT_TONIC,
	HARMONY_AT_TONIC_LATE,
	HARMONY_AT_TONIC_LAST,
	HARMONY_OCTAVE,
	HARMONY_FIFTH,
	HARMONY_PARALLEL,
	HARMONY_KINDS
};

#define INTERVAL_ROWS  50 /* -24..24 clamped, 49: no pitch to measure from */
#define LEFT_ROWS      44 /* buckets of time left or passed */
#define PHRASE_ROWS    9
#define BARS_LEFT_ROWS 5
#define QUARTER_ROWS   16
#define SAME_ROWS      6 /* buckets of notes in a row like those so many bars ago */

enum head { HEAD_PITCH, HEAD_DURATION, HEAD_VELOCITY, HEAD_METRE, HEAD_SHIFT, HEAD_PART, HEADS };
extern const char *const head_names[HEADS];

struct generator {
	struct generator_config config;
	const struct vocab *vocab; /* not owned */
	struct params params;
	struct bag query, chosen, given,
		next; /* next: the coming shift and whether it comes to the end, for the part head */
	struct lstm stream, trunk[TRUNK_LAYERS_MAX];
	struct memory memory;
	int features;                                           /* width of f */
	int query_harmony, query_back, query_left, query_slots; /* their first fields */
	int given_back, given_left, given_slots;
	int kinds;                                  /* of pitch references */
	int kinds_harmony, kinds_back, kinds_slots; /* their first ones */
	struct linear pitch, relative;              /* f -> 128, f -> kinds * RELATIVE_WIDTH */
	struct linear duration_hidden, duration;    /* [f | given] -> hidden -> symbols + escape */
	struct linear velocity_hidden, velocity;    /* [f | given] -> ..; only with dynamics */
	struct linear metre;                        /* f -> metres + escape */
	struct linear next_hidden, shift;           /* [f | given | chosen] -> hidden -> shifts + escape */
	struct linear part_hidden, part;            /* [next hidden | next shift] -> parts + METRE + END */
	struct latent latent;                       /* with config.latent, */
	struct encoder encoder;                     /* and so has this */
	struct knob_layer knobs;                    /* with config.knobs; its tensors are the last ones */
	struct net_seed seed;                       /* of KIND_SEED */
	struct net_composer composer;               /* of the composers' kinds */
	struct conv_generator conv;                 /* of KIND_CONV */
};

static inline bool generator_reads_tokens(const struct generator *g)
{
	return g->config.kind != KIND_EVENTS && g->config.kind != KIND_CONV;
}

/* From noise, without likelihood. */
static inline bool generator_is_conv(const struct generator *g)
{
	return g->config.kind == KIND_CONV;
}

static inline bool generator_sees_key(const struct generator *g)
{
	return g->config.kind == KIND_EVENTS && g->config.harmony;
}

/* The name of its kind: "events", ...; and the kind of a name, -1: there is none. */
const char *generator_kind_name(const struct generator *g);
int generator_kind_find(const char *name);

/* What its figures leave out, in words; "" where they are of all that there is. */
const char *generator_left_out(const struct generator *g);

/* Classes of the part head after the parts themselves. */
static inline int class_metre(const struct generator *g)
{
	return g->vocab->parts;
}
static inline int class_end(const struct generator *g)
{
	return g->vocab->parts + 1;
}

/* Lay out a generator for a vocabulary, which must outlive it. 0 or -1. */
int generator_init(struct generator *g, const struct generator_config *config, const struct vocab *vocab);
void generator_done(struct generator *g);

#endif
