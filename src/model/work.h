/*
 * How much arithmetic a pass is: the multiply-adds of its matrix products,
 * counted from the layers and from what a batch holds. Sums, gates, softmax
 * and the optimiser are not counted.
 */
#ifndef MODEL_WORK_H
#define MODEL_WORK_H

#include "model/generator.h"

/* What decides it, of one batch or many. */
struct work {
	double rows;   /* events */
	double packed; /* of them, those that run through the stream: the notes */
	double pairs;  /* (event, earlier event) that the memory compares, all lanes; struct memory_frame counts them */
};

/*
 * Multiply-adds of a forward pass. A backward pass is counted as two of it,
 * since every product has a gradient for either factor; so a training
 * step is three of these, and six times as many floating-point operations.
 */
double work_forward(const struct generator *g, const struct work *w);

#endif
