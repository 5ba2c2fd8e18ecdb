/*
 * A chain of convolutional blocks, which both networks of a convolutional GAN
 * are. A block is
 *
 *	x -upsampled-> -convolution-> -norm-> -activation-> -dropout-> y
 *
 * any of which but the convolution may be missing. A dense layer is a block
 * over an image of one position; what follows may take its output as an image
 * of several positions, and its norm may see it so already.
 *
 * With spectral normalisation the chain runs on a plane of its own, in which
 * the weights are normalised: conv_chain_weights() fills it before a step's
 * passes, and conv_chain_gradient() brings their gradient back after them.
 */
#ifndef MODEL_CONV_CHAIN_H
#define MODEL_CONV_CHAIN_H

#include <stdbool.h>
#include "base/random.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv.h"
#include "nn/layer_norm.h"
#include "nn/spectral.h"

#define CONV_BLOCKS_MAX 10

enum conv_norm { CONV_NORM_NONE, CONV_NORM_BATCH, CONV_NORM_LAYER, CONV_NORMS };
/* In the order of the enum. */
#define CONV_NORM_NAMES "none|batch|layer"

const char *conv_norm_name(int norm);
int conv_norm_find(const char *name); /* -1: there is none */

/* What a block is made of. */
struct conv_plan {
	int up;                  /* upsampling before, on both axes; 1: none */
	struct conv_shape shape; /* of the convolution, after upsampling */
	int channels;            /* of what the norm and the activation see; a divisor of shape.out, usually that */
	int norm;                /* enum conv_norm */
	int activation;          /* enum activation_kind */
	double dropout;          /* 0: none */
	bool spectral;
	double gain; /* of the first weights; 1 as usual */
};

struct conv_block {
	int up;
	struct conv conv;
	int norm;
	struct batch_norm batch;
	struct layer_norm layer;
	struct activation activation;
	double dropout;
	bool spectral;
	struct spectral spectrum;
	int positions; /* of what the norm and the activation see, an image */
};

struct conv_chain {
	int n;
	struct conv_block blocks[CONV_BLOCKS_MAX];
};

struct conv_block_frame {
	struct conv_frame conv;
	struct batch_norm_frame batch;
	struct layer_norm_frame layer;
	struct spectral_frame spectrum;
	const real *x;            /* what came in: the block's before, or the chain's */
	real *upsampled;          /* x itself where there is none */
	real *convolved, *normed; /* normed: convolved itself where there is no norm */
	real *y;
	uint8_t *mask;
	real *dy;         /* backward's: y's gradient */
	real *dconvolved; /* backward's */
	real *dupsampled; /* backward's */
};

struct conv_chain_frame {
	int batch; /* most images */
	bool backward;
	bool training;    /* of the last pass */
	int images;       /* of the last pass */
	uint32_t *random; /* room for dropout */
	struct conv_block_frame blocks[CONV_BLOCKS_MAX];
};

/* Adds a block, with tensors "<name>.weight", ... BUG past CONV_BLOCKS_MAX. */
void conv_chain_add(struct conv_chain *c, struct params *p, const char *name, const struct conv_plan *plan);

/* Reals of an image: what goes in, what comes out. */
size_t conv_chain_in(const struct conv_chain *c);
size_t conv_chain_out(const struct conv_chain *c);

void conv_chain_frame_layout(struct conv_chain_frame *f, struct arena *a, const struct conv_chain *c, int batch,
                             bool backward);

/*
 * y (images, out) of x (images, in), which must stay until backward. training:
 * batch norm by the batch's statistics, and dropout with masks of `random`.
 * The result is the frame's.
 */
const real *conv_chain_forward(const struct conv_chain *c, const real *w, struct conv_chain_frame *f, const real *x,
                               int images, bool training, struct random random);

/* dy (images, out). Adds to g unless NULL; writes dx (images, in) unless NULL. Of the last forward pass. */
void conv_chain_backward(const struct conv_chain *c, const real *w, real *g, struct conv_chain_frame *f, real *dx,
                         const real *dy);

/* The running statistics of batch norm, after a training pass. */
void conv_chain_track(const struct conv_chain *c, real *w, const struct conv_chain_frame *f, double share);

/* ---- spectral normalisation -------------------------------------------------- */

bool conv_chain_is_spectral(const struct conv_chain *c);

/* Into `normalised`, a copy of w: weights normalised by one step of the power iteration, which w keeps. */
void conv_chain_weights(const struct conv_chain *c, real *normalised, real *w, struct conv_chain_frame *f);

/* The gradient to the normalised weights, in place that to the weights. */
void conv_chain_gradient(const struct conv_chain *c, real *g, const real *normalised, const struct conv_chain_frame *f);

/* Multiply-adds of an image, forward. */
double conv_chain_work(const struct conv_chain *c);

#endif
