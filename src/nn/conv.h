/*
 * A 2-D convolution with stride and zero padding over (batch, height, width,
 * channels), channels last: every position of the output is a case of a
 * dense layer that reads the kernel's positions of the input, one after the
 * other. So it is a product of matrices (im2col; Chellapilla et al., High
 * performance convolutional neural networks for document processing, 2006),
 * and a kernel of 1x1 at stride 1 is a dense layer over positions:
 *
 *	y[o] = b + sum over (i,j) of W[.,i,j] x[stride o + (i,j) - pad],  zero outside of x
 *
 * The positions are gathered some images at a time, so that memory does not
 * grow with the batch.
 */
#ifndef NN_CONV_H
#define NN_CONV_H

#include "base/arena.h"
#include "num/params.h"

struct conv_shape {
	int height, width, channels; /* of the input */
	int out;                     /* channels of the output */
	int kernel[2], stride[2];    /* (height, width) */
	int pad[2];                  /* zeros on either side */
};

struct conv {
	struct conv_shape shape;
	int out_height, out_width;
	size_t w, b; /* (out, kernel height x kernel width x channels), (out) */
};

struct conv_frame {
	int images;               /* gathered at a time */
	real *columns, *dcolumns; /* (images x positions, kernel height x kernel width x channels) */
};

/*
 * Adds "<name>.weight" (uniform +-1/sqrt(what an output reads)) and "<name>.bias" (zero). gain: of the weights; 1 as usual.
 * BUG: a shape without output.
 */
struct conv conv_layer(struct params *p, const char *name, const struct conv_shape *shape, double gain);

/* Reals of an image: input, output. */
size_t conv_in(const struct conv *l);
size_t conv_out(const struct conv *l);

/* For any number of images. backward: false leaves out what only backward needs. */
void conv_frame_layout(struct conv_frame *f, struct arena *a, const struct conv *l, int backward);

/* y (batch, out_height, out_width, out) from x (batch, height, width, channels). */
void conv_forward(const struct conv *l, const real *w, struct conv_frame *f, real *y, const real *x, int batch);

/* Adds to g unless NULL; writes dx, unless NULL. */
void conv_backward(const struct conv *l, const real *w, real *g, struct conv_frame *f, real *dx, const real *dy,
                   const real *x, int batch);

/* Multiply-adds of an image, forward. */
double conv_work(const struct conv *l);

#endif
