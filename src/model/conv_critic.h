/*
 * The convolutional discriminator (a critic, where it is trained as one): from
 * the roll of a window to a score.
 *
 *	levels times: convolution 4x4 at stride 2, norm (not the first), activation, dropout
 *	dense, without its bias times a constant -> score
 *
 * With pack > 1 it judges so many windows together (PacGAN: Lin et al. 2018),
 * their features side by side through one hidden layer more: what it makes of
 * them then tells also whether they are too much alike. Rows of x that belong
 * together are consecutive.
 *
 * The constant matters where the slope is bounded (spectral normalisation): a
 * small one keeps scores so near 0 that every loss is all but linear in them,
 * as wgan's is, and none is satisfied by the frequent patterns before the rare
 * ones are there (Qin, Mitra and Wonka, How does Lipschitz regularization
 * influence GAN training?, 2020).
 */
#ifndef MODEL_CONV_CRITIC_H
#define MODEL_CONV_CRITIC_H

#include "model/conv_chain.h"
#include "model/conv_settings.h"
#include "model/roll_window.h"

struct conv_critic {
	struct params params;
	int pack;
	real scale; /* the constant */
	struct conv_chain body, head;
};

struct conv_critic_frame {
	struct conv_chain_frame body, head;
	real *dfeatures;
	real *scores, *dscores;
};

/* 0, or -1: out of memory; conv_critic_done() in either case. The shape's frames and pitches are multiples of 2^levels. */
int conv_critic_init(struct conv_critic *c, const struct conv_config *config, const struct roll_shape *shape);
void conv_critic_done(struct conv_critic *c);

/* batch: most windows, a multiple of pack. */
void conv_critic_frame_layout(struct conv_critic_frame *f, struct arena *a, const struct conv_critic *c, int batch);

/*
 * Scores (windows / pack) of x (windows, roll_size()), which must stay until
 * backward. training: dropout with masks of `random`, and batch norm by the
 * batch. The result is the frame's.
 */
const real *conv_critic_forward(const struct conv_critic *c, const real *w, struct conv_critic_frame *f, const real *x,
                                int windows, bool training, struct random random);

/* dscore (windows / pack). Adds to g unless NULL; writes dx unless NULL. */
void conv_critic_backward(const struct conv_critic *c, const real *w, real *g, struct conv_critic_frame *f, real *dx,
                          const real *dscore);

/* Spectral normalisation, as conv_chain.h has it. */
void conv_critic_weights(const struct conv_critic *c, real *normalised, real *w, struct conv_critic_frame *f);
void conv_critic_gradient(const struct conv_critic *c, real *g, const real *normalised,
                          const struct conv_critic_frame *f);

/* The running statistics of batch norm, after a training pass. */
void conv_critic_track(const struct conv_critic *c, real *w, const struct conv_critic_frame *f, double share);

/* wgan: every weight and bias to within +-limit. Gains of norms are left alone. */
void conv_critic_clip(const struct conv_critic *c, real *w, double limit);

#endif
