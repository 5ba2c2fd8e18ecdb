/*
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gates, Gers
 * et al. 2000), one bias a gate:
 *
 *	i, f, o = sigmoid(Wx x + Wh h' + b), g = tanh(...)
 *	c = f c' + i g,   h = o tanh(c)
 *
 * over packed sequences: step t has batch[t] rows, batch never grows, and row
 * b of step t goes on from row b of step t - 1. Rows are step after step, so
 * the row of (t,b) is batch[0] + ... + batch[t-1] + b. With equal batches
 * this is a (T,B) block; with falling ones, sequences of different lengths.
 */
#ifndef NN_LSTM_H
#define NN_LSTM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "num/params.h"

struct lstm {
	int in, hidden;
	size_t wx, wh, b; /* (4H,in), (4H,H), (4H): gates i, f, g, o */
};

struct packing {
	int steps;
	const int *batch; /* batch[t] >= batch[t + 1] > 0 */
};

/* What forward leaves for backward; room for `rows` rows. */
struct lstm_frame {
	bool backward;    /* laid out for it */
	real *gates;      /* (rows,4H) activated */
	real *c, *tanh_c; /* (rows,H) */
	real *h_before,
		*c_before; /* (rows,H): the state each row started from, after resets; without backward (batch[0],H) */
	real *h;           /* (rows,H): the output */
	real *dgates;      /* (rows,4H) backward's */
	real *dc;          /* (batch[0],H) backward's */
	real *packed;      /* the recurrent weights as num/packed.h wants them; NULL for few steps */
};

/* Adds "<name>.wx" (uniform +-sqrt(6/(in+H))), "<name>.wh" (uniform +-1/sqrt(H)), "<name>.bias" (forget gate 1). */
struct lstm lstm_layer(struct params *p, const char *name, int in, int hidden);

/* backward: false leaves out what only backward needs. */
void lstm_frame_layout(struct lstm_frame *f, struct arena *a, const struct lstm *l, int rows, int batch, int backward);

/*
 * x (rows,in; ldx). h0, c0 (batch[0],H), or NULL for zeros: the carried
 * state (no gradient flows into it); f->h and f->c themselves will do when the
 * frame's last call had one step. reset (rows) or NULL: a row with reset starts
 * from zeros whatever came before. The final state of sequence b is in its
 * last row of f->h, f->c.
 */
void lstm_forward(const struct lstm *l, const real *w, struct lstm_frame *f, const real *x, int ldx,
                  const struct packing *pack, const real *h0, const real *c0, const uint8_t *reset);

/*
 * dh (rows,H): gradient of the output; used up (overwritten). Adds to g and to
 * dx (rows,in; lddx) unless NULL.
 */
void lstm_backward(const struct lstm *l, const real *w, real *g, struct lstm_frame *f, real *dx, int lddx, real *dh,
                   const real *x, int ldx, const struct packing *pack, const uint8_t *reset);

#endif
