/*
 * Losses of a generator and a discriminator. See gan_loss.h. A loss of one
 * case is a function of its score x; what differs between the losses is
 *
 *	real case   bce log(1 + e^-x)   lsgan (x - 1)^2 / 2   hinge max(0, 1 - x)   wgan -x
 *	made case   bce log(1 + e^x)    lsgan x^2 / 2         hinge max(0, 1 + x)   wgan  x
 *
 * and the generator's: the real case's, but -x for hinge.
 */
#include "nn/gan_loss.h"

#include "base/error.h"
#include "nn/loss.h"

static const char *const names[GAN_LOSSES] = {"bce", "lsgan", "hinge", "wgan", "wgan-gp"};

const char *gan_loss_name(enum gan_loss loss)
{
	return names[loss];
}

bool gan_loss_is_critic(enum gan_loss loss)
{
	return loss == GAN_WGAN || loss == GAN_WGAN_GP;
}

/* max(0, 1 + x): at the kink, 0. */
static double hinge(double x, double *d)
{
	*d = x > -1 ? 1 : 0;
	return x > -1 ? 1 + x : 0;
}

/* A case that is to score high; *d: the derivative. */
static double case_high(enum gan_loss loss, double x, double *d)
{
	double value;

	switch (loss) {
	case GAN_BCE:
		value = softplus(-x, d);
		*d = -*d;
		return value;
	case GAN_LSGAN:
		*d = x - 1;
		return (x - 1) * (x - 1) / 2;
	case GAN_HINGE:
		value = hinge(-x, d);
		*d = -*d;
		return value;
	case GAN_WGAN:
	case GAN_WGAN_GP:
		*d = -1;
		return -x;
	case GAN_LOSSES:
		break;
	}
	BUG("loss %d", (int)loss);
}

static double case_low(enum gan_loss loss, double x, double *d)
{
	switch (loss) {
	case GAN_BCE:
		return softplus(x, d);
	case GAN_LSGAN:
		*d = x;
		return x * x / 2;
	case GAN_HINGE:
		return hinge(x, d);
	case GAN_WGAN:
	case GAN_WGAN_GP:
		*d = 1;
		return x;
	case GAN_LOSSES:
		break;
	}
	BUG("loss %d", (int)loss);
}

static double mean_loss(enum gan_loss loss, double (*of)(enum gan_loss, double, double *), real *dscore,
                        const real *score, int n)
{
	double sum = 0, d;

	for (int i = 0; i < n; i++) {
		sum += of(loss, (double)score[i], &d);
		dscore[i] = (real)(d / n);
	}
	return n > 0 ? sum / n : 0;
}

double gan_loss_discriminator(enum gan_loss loss, real *dreal, real *dmade, const real *real_score, int n_real,
                              const real *made_score, int n_made)
{
	const double high = mean_loss(loss, case_high, dreal, real_score, n_real);

	return high + mean_loss(loss, case_low, dmade, made_score, n_made);
}

double gan_loss_generator(enum gan_loss loss, real *dmade, const real *made_score, int n)
{
	return mean_loss(loss == GAN_HINGE ? GAN_WGAN : loss, case_high, dmade, made_score, n);
}

double gan_loss_boundary(enum gan_loss loss, double mean_real, double mean_made)
{
	if (gan_loss_is_critic(loss))
		return (mean_real + mean_made) / 2;
	return loss == GAN_LSGAN ? 0.5 : 0;
}

/* Share of scores above the boundary. */
static double share_above(const real *score, int n, double boundary)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)score[i] > boundary ? 1 : (double)score[i] < boundary ? 0 : 0.5;
	return n > 0 ? sum / n : 0.5;
}

double gan_accuracy(const real *real_score, int n_real, const real *made_score, int n_made, double boundary)
{
	return (share_above(real_score, n_real, boundary) + 1 - share_above(made_score, n_made, boundary)) / 2;
}
