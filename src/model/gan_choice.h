/*
 * The gradient of the logits behind one choice that was drawn with noise:
 * k = argmax(logits + noise) of n classes, p = softmax(logits),
 * y = softmax((logits + noise) / temperature), dx the gradient with respect to
 * what was drawn, taken for that with respect to y:
 *
 *	straight   y (dx - y.dx) / temperature      of y.dx
 *	reinforce  onehot(k) - p                    of log p(k)
 *	entropy    p (log p + H)                    of -H, H = -sum p log p
 *
 * each times its weight, and summed.
 */
#ifndef MODEL_GAN_CHOICE_H
#define MODEL_GAN_CHOICE_H

#include "num/real.h"

struct gan_choice {
	double temperature;
	double straight, reinforce, entropy; /* weights */
};

/* Over the logits (n), which may be -INFINITY for what is impossible: its gradient is 0. scratch: 2 n reals. */
void gan_choice_gradient(const struct gan_choice *c, real *logits, real *scratch, const real *noise, const real *dx,
                         int k, int n);

#endif
