/*
 * Does z tell the style? A fresh classifier, a hidden layer of tanh, learns to
 * read the style of a phrase's piece from z, drawn from the posterior as the
 * critic sees it, of training music, and is tried on held-out music, phrase by phrase: near the share of the commonest style is
 * wanted, which is what one gets who reads nothing.
 */
#ifndef MODEL_STYLE_PROBE_H
#define MODEL_STYLE_PROBE_H

#include "corpus/corpus.h"
#include "model/model.h"

/* Shares of the held-out phrases. NaN where there are not two styles on both sides. 0 or -1. */
int style_probe(double *accuracy, double *chance, const struct model *m, const struct corpus *corpus, uint64_t seed);

#endif
