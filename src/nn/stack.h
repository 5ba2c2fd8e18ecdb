/*
 * LSTMs one above the other, with dropout on the output of each (Zaremba et
 * al., Recurrent neural network regularization, 2014), over blocks of `lanes`
 * sequences side by side: row = step * lanes + lane.
 */
#ifndef NN_STACK_H
#define NN_STACK_H

#include "base/random.h"
#include "nn/lstm.h"

#define STACK_MAX 4

struct stack {
	int n;
	struct lstm layers[STACK_MAX];
};

/* What forward leaves for backward. */
struct stack_frame {
	int *equal; /* (steps) the packing: `lanes` rows a step */
	struct lstm_frame lstm[STACK_MAX];
	real *y[STACK_MAX]; /* (rows,hidden) after dropout */
	uint8_t *mask[STACK_MAX];
	uint32_t *random; /* dropout's scratch */
	real *dy, *below; /* backward's */
};

/* n layers, widths[0] .. widths[n - 1], named "<name>0", "<name>1", ...; a single one "<name>". */
struct stack stack_layers(struct params *p, const char *name, int in, const int *widths, int n);

static inline int stack_out(const struct stack *s)
{
	return s->layers[s->n - 1].hidden;
}

void stack_frame_layout(struct stack_frame *f, struct arena *a, const struct stack *s, int steps, int lanes,
                        int backward);

/*
 * x (rows,in; ldx). h[l], c[l] (lanes,hidden of layer l): the states gone on
 * from, and those left. reset (rows): a row with reset starts from zeros.
 * Returns the last layer's output (rows,hidden), which is the frame's.
 */
const real *stack_forward(const struct stack *s, const real *w, struct stack_frame *f, real *const *h, real *const *c,
                          const real *x, int ldx, const uint8_t *reset, double rate, struct random random, int steps,
                          int lanes);

/*
 * f->dy (rows,hidden of the last layer): gradient of the output, which the
 * caller has put there; used up. Adds to g, and to dx (rows,in; lddx) unless NULL.
 */
void stack_backward(const struct stack *s, const real *w, real *g, struct stack_frame *f, real *dx, int lddx,
                    const real *x, int ldx, const uint8_t *reset, double rate, int steps, int lanes);

/* Multiply-adds of a row's matrix products, forward. */
double stack_work(const struct stack *s);

#endif
