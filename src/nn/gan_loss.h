/*
 * What a discriminator and a generator are trained for, from the
 * discriminator's scores (one a case, of any size). With D the score,
 * s the logistic function, means over the cases:
 *
 *	         discriminator                                generator
 *	bce      -log s(D(real)) - log(1 - s(D(made)))        -log s(D(made))
 *	lsgan    (D(real) - 1)^2 / 2 + D(made)^2 / 2          (D(made) - 1)^2 / 2
 *	hinge    max(0, 1 - D(real)) + max(0, 1 + D(made))    -D(made)
 *	wgan     D(made) - D(real)                            -D(made)
 *	wgan-gp  the same, and nn/gradient_penalty.h's        -D(made)
 *
 * bce in the form that does not saturate (Goodfellow et al. 2014); lsgan: Mao
 * et al. 2017; hinge: Lim and Ye 2017; wgan, whose discriminator's weights are
 * held within a clip: Arjovsky et al. 2017; wgan-gp: Gulrajani et al. 2017.
 */
#ifndef NN_GAN_LOSS_H
#define NN_GAN_LOSS_H

#include <stdbool.h>
#include "num/real.h"

enum gan_loss { GAN_BCE, GAN_LSGAN, GAN_HINGE, GAN_WGAN, GAN_WGAN_GP, GAN_LOSSES };
/* In the order of the enum. */
#define GAN_LOSS_NAMES "bce|lsgan|hinge|wgan|wgan-gp"

/* "bce", ... */
const char *gan_loss_name(enum gan_loss loss);

/* Its discriminator's scores mean nothing by themselves, only against each other: wgan, wgan-gp. */
bool gan_loss_is_critic(enum gan_loss loss);

/*
 * The discriminator's mean loss (of either side, added). dreal (n_real), dmade (n_made): its
 * gradient with respect to each score, written over what was there; each may be the scores themselves.
 * A side without cases counts as 0.
 */
double gan_loss_discriminator(enum gan_loss loss, real *dreal, real *dmade, const real *real_score, int n_real,
                              const real *made_score, int n_made);

/* The generator's, from the scores of what it made; dmade may be made_score. */
double gan_loss_generator(enum gan_loss loss, real *dmade, const real *made_score, int n);

/*
 * The score above which a discriminator takes a case for real: 0, 1/2, 0; a
 * critic's is halfway between the mean scores of real and of made cases, as
 * they were on other cases than those to be told apart.
 */
double gan_loss_boundary(enum gan_loss loss, double mean_real, double mean_made);

/* Share of cases that scores tell right at a boundary, either side counting half; a score right on it is half right. */
double gan_accuracy(const real *real_score, int n_real, const real *made_score, int n_made, double boundary);

#endif
