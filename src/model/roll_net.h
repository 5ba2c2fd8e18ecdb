/*
 * A small convolutional network that tells two kinds of rolls apart
 * (corpus/windows.h): the fresh classifier of a two-sample test. It has
 * nothing in common with networks that read events one after the other.
 *
 * The first filters are four frames long and two octaves tall and stand an
 * octave apart: music in one key has the same degrees in each of these places.
 * The second see all places at once; the rest goes on in time, each layer
 * with half the frames. The mean and the highest of the last layer over time
 * go through a dense layer to a logit.
 *
 *	x (frames, pitches, planes) -> conv (4,24) by (2,12) -> conv (4, all) by (2,1)
 *	    -> conv (4,1) by (2,1), as often as there are layers -> [ mean | max ] over time -> dense -> logit
 *
 * Leaky rectifiers in between; dropout on what is pooled. With layers of 24,
 * 48, 48, 64 channels on a window of eight bars it has 65,329 weights.
 */
#ifndef MODEL_ROLL_NET_H
#define MODEL_ROLL_NET_H

#include "base/arena.h"
#include "base/random.h"
#include "nn/activation.h"
#include "nn/conv.h"
#include "nn/linear.h"

#define ROLL_NET_LAYERS 4

struct roll_net {
	struct conv layers[ROLL_NET_LAYERS];
	struct activation activations[ROLL_NET_LAYERS];
	struct linear score;
};

struct roll_net_frame {
	int batch;
	real *x;                                       /* (batch, frames, pitches, planes): the caller's to fill */
	real *y[ROLL_NET_LAYERS], *a[ROLL_NET_LAYERS]; /* (batch, height, width, channels): of a layer, activated */
	real *pooled;                                  /* (batch, 2 channels): means, then the highest */
	int *highest;                                  /* (batch, channels): in which place */
	uint8_t *mask;                                 /* (batch, 2 channels): of dropout */
	uint32_t *scratch;
	real *logits;                        /* (batch) */
	real *dy[ROLL_NET_LAYERS], *dpooled; /* backward's */
	struct conv_frame conv[ROLL_NET_LAYERS];
};

/* channels: of each layer. pitches: 24 or a multiple of 12 above. BUG where so few frames leave nothing. */
struct roll_net roll_net_layers(struct params *p, int frames, int pitches, int planes,
                                const int channels[ROLL_NET_LAYERS]);

/* Room for up to `batch` rolls; backward: 0 leaves out what only backward needs. */
void roll_net_frame_layout(struct roll_net_frame *f, struct arena *a, const struct roll_net *net, int batch,
                           int backward);

/* f->logits of the first n rolls of f->x; rate: of dropout, 0 where nothing is trained. */
void roll_net_forward(const struct roll_net *net, const real *w, struct roll_net_frame *f, int n, double rate,
                      struct random random);

/* dlogits (n). Adds to the gradient plane g; dx (as f->x) is written unless NULL. */
void roll_net_backward(const struct roll_net *net, const real *w, real *g, struct roll_net_frame *f, real *dx,
                       const real *dlogits, int n, double rate);

#endif
