/* Drawing from logits: temperature, top-k, top-p (Holtzman et al., The curious case of neural text degeneration, 2020). */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

#include "base/random.h"
#include "num/real.h"

#define SAMPLE_MAX 2048 /* most logits */

/*
 * An index drawn from softmax(logits / temperature) cut to the top_k most
 * likely (0: all) and then to the fewest that hold top_p of what is left (1:
 * all). -1 when all are -INFINITY or no numbers. temperature > 0. Allocates nothing.
 */
int sample_logits(const real *logits, int n, double temperature, int top_k, double top_p, struct random *random);

/* -ln of the probability of an index at temperature 1; 0 for an index below 0. */
double sample_cost(const real *logits, int n, int chosen);

#endif
