/*
 * The network of the other system that musegen grew out of: a token at a
 * time, each a pitch or a chord, through three LSTMs and a dense layer to the
 * next one.
 *
 *	embeddings of the token's symbols -> LSTM n, three times, dropout after each
 *	-> dense (linear, as Keras's is unless told otherwise) -> a head for every symbol
 *
 * n is generator.trunk (512), the LSTMs generator.layers (3), the dense layer
 * generator.hidden (256). The original read its window of 100 tokens as
 * numbers from 0 to 1, predicted the one after it, and moved on by one; here
 * tokens have embeddings, every token of a window is predicted from those
 * before it, and the next window begins where it ends, from zeros
 * (model/net_tokens.h).
 */
#ifndef MODEL_NET_COMPOSER_H
#define MODEL_NET_COMPOSER_H

#include "nn/bag.h"
#include "nn/linear.h"
#include "nn/stack.h"

#define COMPOSER_SYMBOLS 4 /* of a token, at most */

struct net_composer {
	int symbols;
	int classes[COMPOSER_SYMBOLS];
	struct bag read;
	struct stack stack;
	struct linear dense, heads[COMPOSER_SYMBOLS];
};

struct composer_frame {
	uint32_t *first; /* (rows + 1) of the items */
	struct bag_item *items;
	real *x; /* (rows,read) */
	struct stack_frame stack;
	real *dense;       /* (rows,hidden) */
	real *dx, *ddense; /* backward's */
};

/* names, classes (symbols): of a token's symbols; the first is the chord. */
struct net_composer net_composer_layers(struct params *p, const char *const *names, const int *classes, int symbols,
                                        int n, int layers, int hidden);

void composer_frame_layout(struct composer_frame *f, struct arena *a, const struct net_composer *net, int steps,
                           int lanes, int backward);

/* logits[i] (rows,classes[i]); read[i] (rows): symbol i of the token that is read, -1: none. h, c: a state a layer. */
void composer_forward(const struct net_composer *net, const real *w, struct composer_frame *f, real *const *logits,
                      const int *const *read, real *const *h, real *const *c, const uint8_t *reset, double rate,
                      struct random random, int steps, int lanes);

/* dlogits as logits. Adds to the gradient plane dw. */
void composer_backward(const struct net_composer *net, const real *w, real *dw, struct composer_frame *f,
                       const real *const *dlogits, const uint8_t *reset, double rate, int steps, int lanes);

/* Multiply-adds of a row's matrix products, forward. */
double composer_work(const struct net_composer *net);

#endif
