/*
 * A piece cut into phrases, and phrases as the encoder reads them. The rule is
 * music/position.h's, without fermatas: a phrase ends at a long note or a rest
 * of the top part that ends a bar, else every four bars. It is cut once, with
 * the whole piece in view, at ticks: all events of a tick are of one phrase,
 * METRE and END among them. More than PHRASE_EVENTS_MAX events are two phrases
 * (of one tick alone: the encoder reads that many of them).
 *
 * What the encoder is told of an event does not change when the music is
 * transposed: its pitch is measured from the phrase's mean.
 */
#ifndef MODEL_PHRASES_H
#define MODEL_PHRASES_H

#include "base/arena.h"
#include "model/latent.h"
#include "model/vocab.h"
#include "nn/bag.h"

#define PHRASE_EVENTS_MAX 256

enum encoder_field {
	ENCODER_PART, /* or METRE, or END */
	ENCODER_PITCH,
	ENCODER_INTERVAL, /* from the part's last pitch */
	ENCODER_DURATION,
	ENCODER_SHIFT,
	ENCODER_TICK, /* in the quarter */
	ENCODER_QUARTER,
	ENCODER_BAR, /* of the phrase */
	ENCODER_FIELDS
};

#define ENCODER_PITCHES 97 /* -48..48 from the phrase's mean */

struct phrase {
	size_t first, n; /* its events */
	size_t rows; /* of the network that have its z: those of its notes and METREs; the first phrase's have the start row too */
	int bar;     /* number of the bar it begins in */
	int tick;    /* where it begins; the first one: 0 */
	double bars; /* the same, in bars of the piece's first metre */
};

/* One event as the encoder reads it. */
struct phrase_event {
	uint8_t n;
	struct bag_item items[ENCODER_FIELDS];
	struct bag_item place[PLACE_FIELDS];
};

struct phrases {
	struct phrase *list;
	size_t n, capacity;
	size_t events; /* that were cut: of the others none is of a phrase */
	uint32_t *of;  /* (events) the phrase of an event */
	size_t of_capacity;
	struct phrase_event *read; /* (events) */
	size_t read_capacity;
};

/* All zero at first; may be cut again and again. events: only so many of the piece's. 0 or -1. */
int phrases_cut(struct phrases *p, const struct piece *piece, size_t events, const struct vocab *v);
void phrases_done(struct phrases *p);

/* Phrases to be encoded together: those that a chunk meets. */
struct phrase_batch {
	int room, events_room;
	int n;                  /* phrases */
	int *first;             /* (n + 1) the first event of each */
	uint32_t *item_first;   /* (events + 1) */
	struct bag_item *items; /* of all events */
	uint32_t *place_first;  /* (events + 1) */
	struct bag_item *place;
	double *share; /* (n) of its rows that are in the chunk */
	int *style;    /* (n) of its piece, in the model's numbers; -1 unknown */
};

void phrase_batch_layout(struct phrase_batch *b, struct arena *a, int phrases, int events);
void phrase_batch_begin(struct phrase_batch *b);

/* Adds one, with a share of 0; returns its number. BUG where there is no room. */
int phrase_batch_add(struct phrase_batch *b, const struct phrases *p, size_t which, int style);

#endif
