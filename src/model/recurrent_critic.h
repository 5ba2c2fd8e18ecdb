/*
 * A discriminator of music in note events: LSTMs over windows of rows, in
 * both directions, since it judges windows that are whole. A row is what the
 * generator's heads chose there, a vector over the classes of each head
 * (pitch, duration, velocity, the next event's shift and part) one after the
 * other: one-hot for real music, for made music one-hot too, with a gradient
 * that says which other choice would look more real.
 *
 *	e = row W                               embeddings, summed over the heads
 *	a = LSTMs over e, b = LSTMs over e from the end
 *	u = activation([ a | b ] U + bias)
 *	p = mean of u over the rows of the window
 *	score = p S + bias,   style = p C + bias
 *
 * Every window has its own score: no case knows of another. Styles are those
 * of the auxiliary classifier (Odena et al., AC-GAN, 2017), where there are
 * any. With spectral normalisation (nn/spectral.h) all of its matrices are
 * divided by their largest singular value.
 */
#ifndef MODEL_RECURRENT_CRITIC_H
#define MODEL_RECURRENT_CRITIC_H

#include "model/network.h"
#include "nn/activation.h"
#include "nn/linear.h"
#include "nn/spectral.h"
#include "nn/stack.h"

struct recurrent_critic_config {
	int width;      /* of embeddings, of the LSTMs, and of u before its activation */
	int layers;     /* LSTMs of a direction, 1-STACK_MAX */
	int activation; /* enum activation_kind */
	int styles;     /* of the classifier; 0: there is none */
	bool spectral;
};

#define RECURRENT_CRITIC_NORMS (4 * STACK_MAX + 4)

struct recurrent_critic {
	struct recurrent_critic_config config;
	int in;             /* width of a row */
	int classes[HEADS]; /* 0: a head that it does not see */
	int place[HEADS];   /* a head's first column */
	struct params params;
	struct linear embed;
	struct stack forth, back;
	struct linear row, score, style;
	struct activation activation;
	int n_norms; /* matrices that are normalised */
	struct spectral norms[RECURRENT_CRITIC_NORMS];
};

/* For what a generator of events chooses. 0 or -1. */
int recurrent_critic_init(struct recurrent_critic *c, const struct recurrent_critic_config *config,
                          const struct generator *g);
void recurrent_critic_done(struct recurrent_critic *c);

/* Rows as they are in a batch: one-hot where something is predicted, else 0. x (rows,in). */
void recurrent_critic_read(const struct recurrent_critic *c, real *x, const struct batch *b);

/* The weights that passes are to be given: w itself, or normalised ones, which change with w. */
struct recurrent_critic_norm {
	real *w; /* (params.size) */
	struct spectral_frame frames[RECURRENT_CRITIC_NORMS];
	struct arena arena;
};

/* 0 or -1; recurrent_critic_norm_done() in either case. */
int recurrent_critic_norm_init(struct recurrent_critic_norm *n, const struct recurrent_critic *c);
void recurrent_critic_norm_done(struct recurrent_critic_norm *n);
/* To pass with; a step of power iteration on, which w remembers. */
const real *recurrent_critic_norm_forward(struct recurrent_critic_norm *n, const struct recurrent_critic *c, real *w);
/* The gradient of those becomes that of w, in place: once, when all passes have added to it. */
void recurrent_critic_norm_backward(const struct recurrent_critic_norm *n, const struct recurrent_critic *c, real *dw);

/* What forward leaves for backward; steps x lanes at most. */
struct recurrent_critic_frame {
	int steps, lanes;
	real *e, *e_back;                  /* (rows,width) */
	real *ab, *z, *u;                  /* (rows,2 width), (rows,width), (rows,activation.out) */
	real *pool;                        /* (lanes,activation.out) */
	real *score;                       /* (lanes) */
	real *style;                       /* (lanes,styles) logits */
	uint8_t *reset_forth, *reset_back; /* (rows) */
	real *h[STACK_MAX], *c[STACK_MAX]; /* (lanes,width) states to begin with, never read */
	struct stack_frame forth, back;
	real *de, *de_back, *dab, *dz, *du, *dpool;
	real *unused; /* (params.size) where gradients go that nobody asked for */
};

void recurrent_critic_frame_layout(struct recurrent_critic_frame *f, struct arena *a, const struct recurrent_critic *c,
                                   int steps, int lanes);

/*
 * x (steps * lanes,in), row = step * lanes + lane; the first length[lane] rows
 * of a lane are its window, 1 at least. Scores and style logits are left in the frame.
 */
void recurrent_critic_forward(const struct recurrent_critic *c, const real *w, struct recurrent_critic_frame *f,
                              const real *x, const int *length, int steps);

/*
 * dscore (lanes), dstyle (lanes,styles) or NULL. Adds to the gradient plane dw
 * unless NULL; dx (steps * lanes,in) is written, unless NULL: 0 past a window.
 */
void recurrent_critic_backward(const struct recurrent_critic *c, const real *w, real *dw,
                               struct recurrent_critic_frame *f, real *dx, const real *dscore, const real *dstyle,
                               const real *x, const int *length, int steps);

#endif
