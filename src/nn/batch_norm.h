/*
 * Batch normalisation (Ioffe and Szegedy 2015), of each channel over all rows
 * of a batch (positions of all images):
 *
 *	y = gain (x - mean) / sqrt(variance + epsilon) + bias
 *
 * In training mean and variance are the batch's; a running average of both
 * is kept, as tensors of the parameter block, which inference uses. They
 * have no gradient and no decay, so no optimiser moves them; batch_norm_track()
 * does. A batch is whole: statistics of a part of it would be other ones.
 */
#ifndef NN_BATCH_NORM_H
#define NN_BATCH_NORM_H

#include <stdbool.h>
#include "base/arena.h"
#include "num/params.h"

struct batch_norm {
	int channels;
	size_t gain, bias;     /* (channels) */
	size_t mean, variance; /* (channels) running */
};

struct batch_norm_frame {
	bool training;         /* of the last forward pass */
	real *mean, *variance; /* (channels) that were used */
	real *scale;           /* (channels) 1 / sqrt(variance + epsilon) */
	double *sums;          /* (2 channels) of a pass */
};

/* Adds "<name>.gain" (1), "<name>.bias" (0), "<name>.mean" (0), "<name>.variance" (1). */
struct batch_norm batch_norm_layer(struct params *p, const char *name, int channels);

void batch_norm_frame_layout(struct batch_norm_frame *f, struct arena *a, const struct batch_norm *l);

/* y (rows,channels) from x; y may be x only where nothing is to be differentiated. training: by the batch's own statistics; rows >= 2 then. */
void batch_norm_forward(const struct batch_norm *l, const real *w, struct batch_norm_frame *f, real *y, const real *x,
                        size_t rows, bool training);

/* Adds to g unless NULL; writes dx, which may be dy. x is forward's input. */
void batch_norm_backward(const struct batch_norm *l, const real *w, real *g, struct batch_norm_frame *f, real *dx,
                         const real *dy, const real *x, size_t rows);

/* After a training pass of so many rows: running = (1 - share) running + share batch's, the variance without bias. w: the plane that keeps it. */
void batch_norm_track(const struct batch_norm *l, real *w, const struct batch_norm_frame *f, size_t rows, double share);

#endif
