/*
 * The encoder of phrases: what music a phrase is, in one vector. Its events
 * (model/phrases.h) are embedded and read by an LSTM from either end,
 *
 *	p = [ last state, mean state ] of both
 *	mu = W p + b + sum over events of (V [ states | event ] o g) / sqrt n,  log sigma^2 = W' p + b'
 *
 * with g the code of the event's place that the decoder has too (latent.h),
 * of the posterior N(mu, sigma^2) of the phrase's z (Kingma and Welling,
 * Auto-encoding variational Bayes, 2014; for sequences Bowman et al.,
 * Generating sentences from a continuous space, 2016). It sees no key and no
 * style, and of pitches only what transposition leaves.
 */
#ifndef MODEL_ENCODER_H
#define MODEL_ENCODER_H

#include "model/phrases.h"
#include "nn/linear.h"
#include "nn/lstm.h"

struct encoder {
	int hidden, latent;
	struct bag place;   /* the decoder's */
	struct linear bind; /* [ states from the beginning, from the end, event ] -> z's width */
	struct bag bag;
	struct lstm lstm[2]; /* from the beginning, from the end */
	struct linear mu, log_sigma2;
};

/* For up to `room` phrases of `events_room` events together. */
struct encoder_frame {
	int room, events_room, events;
	int *order; /* (phrases) the longest first */
	int *batch; /* (PHRASE_EVENTS_MAX) */
	struct packing packing;
	int *event[2]; /* (events) which event a packed row is, read from either end */
	int *phrase;   /* (events) and of which phrase */
	int *last;     /* (phrases) the packed row of its last state */
	real *x;       /* (events,bag) */
	real *in[2];   /* (events,bag) packed */
	struct lstm_frame lstm[2];
	real *read;            /* (events,2 hidden + bag): what is bound */
	real *bound;           /* (events,latent) */
	real *code;            /* (events,2 latent) of places */
	real *pooled;          /* (phrases,4 hidden): last states, then mean states */
	real *mu, *log_sigma2; /* (phrases,latent) */
	/* backward's */
	real *dmu, *dlog_sigma2; /* (phrases,latent): for the caller to fill in */
	real *dpooled, *dh, *din, *dx;
	real *dread, *dbound, *dcode;
};

/* Layers named "encoder...". */
struct encoder encoder_layers(struct params *p, const struct vocab *v, int hidden, const struct latent *latent);

void encoder_frame_layout(struct encoder_frame *f, struct arena *a, const struct encoder *e, int phrases, int events,
                          int backward);

/* mu and log sigma^2 of every phrase. */
void encoder_forward(const struct encoder *e, const real *w, struct encoder_frame *f, const struct phrase_batch *b);

/* From dmu and dlog_sigma2. Adds to the gradient plane dw. */
void encoder_backward(const struct encoder *e, const real *w, real *dw, struct encoder_frame *f,
                      const struct phrase_batch *b);

#endif
