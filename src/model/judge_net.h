/*
 * The judge's network: how real does music look, over a window of bars and at
 * each of them? Rows (judge_rows.h) go through an LSTM in either direction
 * (Schuster and Paliwal, Bidirectional recurrent neural networks, 1997), so a
 * bar is seen with what comes before and after it in the window:
 *
 *	h_r = [ forward LSTM | backward LSTM ] of embedded rows
 *	p_b = mean of h_r over the rows of bar b
 *	u_b = tanh(W p_b + c),           bar logit    = a . u_b + c'
 *	v = tanh(V mean of u_b + d),     window logit = e . v + d'
 *
 * A logit above 0 says real. Its loss is the cross-entropy of the windows and,
 * with a weight, that of the bars.
 */
#ifndef MODEL_JUDGE_NET_H
#define MODEL_JUDGE_NET_H

#include "base/conf.h"
#include "model/judge_rows.h"
#include "nn/linear.h"
#include "nn/lstm.h"

struct judge_shape {
	int hidden; /* of each LSTM */
	int dense;  /* of u and v */
	int bars;   /* of a window, at most */
};

#define JUDGE_HIDDEN_MAX 1024
#define JUDGE_BARS_MAX   64

struct judge_net {
	struct judge_shape shape;
	const struct vocab *vocab; /* not owned */
	struct params params;
	struct bag bag;
	struct lstm forth, back;
	struct linear bar_hidden, bar, window_hidden, window;
};

/* Lay a judge out for a vocabulary, which must outlive it. 0 or -1. */
int judge_net_init(struct judge_net *n, const struct judge_shape *shape, const struct vocab *vocab);
void judge_net_done(struct judge_net *n);

/* Bars of a piece in a row; at least one, at most shape.bars. */
struct judge_window {
	const struct judge_rows *rows;
	uint32_t bar, bars;
};

/* Rows of a window. */
static inline size_t judge_window_rows(const struct judge_window *x)
{
	return x->rows->bar[x->bar + x->bars] - x->rows->bar[x->bar];
}

/* What a pass over some windows needs and leaves. */
struct judge_frame {
	struct arena arena;
	bool backward;
	size_t room_rows, room_items, room_bars;
	int room_windows;
	/* of the last pass */
	const struct judge_window *windows; /* the caller's */
	int n;
	size_t rows, bars;
	/* sequences packed, longest first, as nn/lstm.h says */
	int *order, *rank; /* (n) window at a place; place of a window */
	int *batch;        /* (rows) the packing: rows of a step */
	uint32_t *step;    /* (rows + 1) first packed row of a step */
	int steps;
	uint32_t *first; /* (rows + 1) */
	struct bag_item *items;
	real *x, *x_back; /* (rows, bag.width) forwards; each window from its last row to its first */
	struct lstm_frame forth, back;
	real *pooled;         /* (bars, 2 hidden), after dropout */
	real *u;              /* (bars, dense) */
	real *mean, *v;       /* (n, dense) */
	real *bar_logit;      /* (bars) of the windows one after the other */
	real *window_logit;   /* (n) */
	real *dbar, *dwindow; /* gradients of those: who goes backward sets them */
	uint8_t *x_mask, *pool_mask;
	uint32_t *scratch;                                         /* dropout's */
	real *dx, *dh_forth, *dh_back, *dpooled, *du, *dmean, *dv; /* backward's */
};

/* Room for these windows, or for no fewer than before. 0 or -1; judge_frame_done() in either case. A zeroed frame has none. */
int judge_frame_fit(struct judge_frame *f, const struct judge_net *n, const struct judge_window *windows, int n_windows,
                    bool backward);
void judge_frame_done(struct judge_frame *f);

/* Logits of the windows the frame was made to fit. rate: dropout of rows and of pooled bars; 0: none, and random is not looked at. */
void judge_forward(const struct judge_net *n, const real *w, struct judge_frame *f, const struct judge_window *windows,
                   int n_windows, double rate, struct random random);

/*
 * The loss of that pass, and f->dbar, f->dwindow: scale (sum over windows of
 * -log p(label) + bar_weight mean over its bars of -log p(label)), labels 1 (real) or 0.
 * window_labels (n), bar_labels (bars; below 0: says nothing).
 */
double judge_loss(struct judge_frame *f, const real *window_labels, const real *bar_labels, double bar_weight,
                  double scale);

/* Adds to g. */
void judge_backward(const struct judge_net *n, const real *w, real *g, struct judge_frame *f, double rate);

#endif
