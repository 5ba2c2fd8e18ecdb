/*
 * Networks that read tokens, seed and composers, as network.h, frame.c and
 * feed.h ask for them: rows are tokens, a row reads one and predicts the
 * next (head_looks_ahead() of all heads). Lanes carry the states of the LSTMs
 * from chunk to chunk. A composer's begin with zeros every generator.window
 * tokens of a piece, at the same tokens in training, scoring and making music.
 */
#ifndef MODEL_NET_TOKENS_H
#define MODEL_NET_TOKENS_H

#include "model/network.h"

/* The layers. 0, or -1: the vocabulary does not fit the kind; the message says how. */
int net_tokens_lay(struct generator *g);

/* Does row `row` of a piece begin with zeros? */
bool net_tokens_resets(const struct generator *g, size_t row);

/* Widths of the LSTMs; widths has STATES_MAX entries. Returns how many. */
int net_tokens_states(const struct generator *g, int *widths);

void net_tokens_frame(struct frame *f, struct arena *a, const struct generator *g);

/* Into f->logits; the carry is moved on. rates NULL: no dropout. */
void net_tokens_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                        struct carry *carry, const struct dropout_rates *rates, struct random random);

/* From f->logits, which are their gradient now. */
void net_tokens_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                         const struct dropout_rates *rates);

/* Multiply-adds of a row's matrix products, forward. */
double net_tokens_work(const struct generator *g);

#endif
