/* The seed system's network. See net_seed.h. */
#include "model/net_seed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "num/vec.h"

/* What random numbers are for. */
enum { FOR_NOISE, FOR_STREAM = 2, FOR_JOINT = 4 };

static const char *const names[2] = {"pitch", "duration"};

static struct random stream_of(struct random r, uint64_t purpose)
{
	return random_stream(r.key, purpose, 0, 0);
}

static struct linear dense_layer(struct params *p, const char *stream, const char *what, int in, int out)
{
	char name[PARAM_NAME_MAX];

	snprintf(name, sizeof name, "%s.%s", stream, what);
	return linear_layer_glorot(p, name, in, out);
}

/* Noise is small at first: a sigma of e^-2. With one of 1 the network learns nothing from it for hundreds of steps. */
static struct linear log_sigma2_layer(struct params *p, const char *stream, int in, int out)
{
	struct linear l = {.in = in, .out = out};
	char name[PARAM_NAME_MAX];

	snprintf(name, sizeof name, "%s.log_sigma2", stream);
	l.w = params_add_part(p, name, "weight", out, in, INIT_UNIFORM, sqrt(6.0 / (in + out)), true);
	l.b = params_add_part(p, name, "bias", 1, out, INIT_CONSTANT, -4, false);
	return l;
}

struct net_seed net_seed_layers(struct params *p, int pitches, int durations, int n)
{
	struct net_seed net = {.classes = {pitches, durations}};
	const int both = pitches + durations;

	for (int i = 0; i < 2; i++) {
		const int narrow = i == 0 ? n : n / 2, widths[SEED_LAYERS] = {narrow, 2 * narrow, narrow};
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "%s.lstm", names[i]);
		net.streams[i] = stack_layers(p, name, net.classes[i], widths, SEED_LAYERS);
		net.latents[i].mu = dense_layer(p, names[i], "mu", narrow, 2 * narrow);
		net.latents[i].log_sigma2 = log_sigma2_layer(p, names[i], narrow, 2 * narrow);
		net.latents[i].out = dense_layer(p, names[i], "decoder", 2 * narrow, net.classes[i]);
	}
	net.dense = linear_layer_glorot(p, "dense", both, both);
	net.joint = stack_layers(p, "joint", both, &n, 1);
	for (int i = 0; i < 2; i++)
		net.heads[i] = dense_layer(p, names[i], "head", n, net.classes[i]);
	return net;
}

void net_seed_states(const struct net_seed *net, int *widths)
{
	int n = 0;

	for (int i = 0; i < 2; i++)
		for (int l = 0; l < SEED_LAYERS; l++)
			widths[n++] = net->streams[i].layers[l].hidden;
	widths[n] = net->joint.layers[0].hidden;
}

void seed_frame_layout(struct seed_frame *f, struct arena *a, const struct net_seed *net, int steps, int lanes,
                       int backward)
{
	const size_t rows = (size_t)steps * (size_t)lanes, both = (size_t)net->dense.in;

	ARENA_TAKE(a, f->kl, rows);
	for (int i = 0; i < 2; i++) {
		const size_t latent = (size_t)net->latents[i].mu.out;
		struct seed_latent_frame *l = &f->latents[i];

		ARENA_TAKE(a, f->x[i], rows * (size_t)net->classes[i]);
		stack_frame_layout(&f->streams[i], a, &net->streams[i], steps, lanes, backward);
		ARENA_TAKE(a, l->z, rows * latent);
		ARENA_TAKE(a, l->log_sigma2, rows * latent);
		ARENA_TAKE(a, l->noise, rows * latent);
		if (backward)
			ARENA_TAKE(a, l->dz, rows * latent);
	}
	stack_frame_layout(&f->joint, a, &net->joint, steps, lanes, backward);
	ARENA_TAKE(a, f->both, rows * both);
	ARENA_TAKE(a, f->dense, rows * both);
	if (backward) {
		ARENA_TAKE(a, f->dboth, rows * both);
		ARENA_TAKE(a, f->ddense, rows * both);
	}
}

static void one_hot(real *x, const int *classes, int n, int rows)
{
	memset(x, 0, (size_t)rows * (size_t)n * sizeof *x);
	for (int r = 0; r < rows; r++)
		if (classes[r] >= 0)
			x[(size_t)r * (size_t)n + (size_t)classes[r]] = 1;
}

/* KL(N(mu, sigma^2) || N(0, 1)) = 1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2), of a row. */
static double divergence(const real *mu, const real *sigma, const real *log_sigma2, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const double m = (double)mu[i], s = (double)sigma[i];

		sum += 0.5 * (m * m + s * s - 1 - (double)log_sigma2[i]);
	}
	return sum;
}

/* z = mu + exp(log sigma^2 / 2) x normal; the rows' KL is added to kl. */
static void draw_latent(struct seed_latent_frame *f, double *kl, const struct seed_latent *l, const real *w,
                        const real *x, struct random random, int rows)
{
	const int in = l->mu.in, width = l->mu.out;
	const size_t n = (size_t)rows * (size_t)width;

	linear_forward(&l->log_sigma2, w, f->log_sigma2, width, x, in, rows);
	for (size_t i = 0; i < n; i++)
		f->noise[i] = f->log_sigma2[i] / 2;
	vec_exp(f->noise, f->noise, n);
	for (int r = 0; r < rows; r++) {
		const size_t at = (size_t)r * (size_t)width;

		kl[r] += divergence(f->z + at, f->noise + at, f->log_sigma2 + at, (size_t)width);
	}
	for (size_t i = 0; i < n; i++)
		f->noise[i] *= (real)random_normal(&random);
	vec_add(f->z, f->noise, n);
}

void seed_forward(const struct net_seed *net, const real *w, struct seed_frame *f, real *const logits[2],
                  const int *const classes[2], real *const *h, real *const *c, const uint8_t *reset, double rate,
                  struct random random, int steps, int lanes)
{
	const int rows = steps * lanes, both = net->dense.in;
	const real *y;
	int place = 0;

	memset(f->kl, 0, (size_t)rows * sizeof *f->kl);
	for (int i = 0; i < 2; i++) {
		const struct seed_latent *l = &net->latents[i];
		const int own = i * SEED_LAYERS;

		one_hot(f->x[i], classes[i], net->classes[i], rows);
		y = stack_forward(&net->streams[i], w, &f->streams[i], h + own, c + own, f->x[i], net->classes[i],
		                  reset, rate, stream_of(random, (uint64_t)(FOR_STREAM + i)), steps, lanes);
		linear_forward(&l->mu, w, f->latents[i].z, l->mu.out, y, l->mu.in, rows);
		if (f->drawn)
			draw_latent(&f->latents[i], f->kl, l, w, y,
			            random_stream(random.key, FOR_NOISE, (uint64_t)i, 0), rows);
		linear_forward(&l->out, w, f->both + place, both, f->latents[i].z, l->out.in, rows);
		place += net->classes[i];
	}
	linear_forward(&net->dense, w, f->dense, both, f->both, both, rows);
	y = stack_forward(&net->joint, w, &f->joint, h + 2 * SEED_LAYERS, c + 2 * SEED_LAYERS, f->dense, both, reset,
	                  rate, stream_of(random, FOR_JOINT), steps, lanes);
	for (int i = 0; i < 2; i++)
		linear_forward(&net->heads[i], w, logits[i], net->classes[i], y, net->heads[i].in, rows);
}

/* dz becomes the gradient of mu, log_sigma2 its own: of what was drawn, and of the row's KL. */
static void drawn_backward(struct seed_latent_frame *f, double price, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++) {
		const double l = (double)f->log_sigma2[i], d = (double)f->dz[i], noise = (double)f->noise[i];

		f->log_sigma2[i] = (real)(d * noise / 2 + price * (exp(l) - 1) / 2);
		f->dz[i] = (real)(d + price * ((double)f->z[i] - noise));
	}
}

/* From dz into the gradient of the stream's output, dy. */
static void latent_backward(const struct seed_latent *l, const real *w, real *dw, struct seed_frame *f, int which,
                            real *dy, const real *y, const real *weight, int rows)
{
	const int in = l->mu.in, width = l->mu.out;
	struct seed_latent_frame *lf = &f->latents[which];

	for (int r = 0; f->drawn && r < rows; r++) {
		const double price = f->kl[r] > f->free_kl ? f->price * (double)weight[r] : 0;

		drawn_backward(lf, price, (size_t)r * (size_t)width, (size_t)width);
	}
	linear_backward(&l->mu, w, dw, dy, in, lf->dz, width, y, in, rows);
	if (f->drawn)
		linear_backward(&l->log_sigma2, w, dw, dy, in, lf->log_sigma2, width, y, in, rows);
}

void seed_backward(const struct net_seed *net, const real *w, real *dw, struct seed_frame *f,
                   const real *const dlogits[2], const real *weight, const uint8_t *reset, double rate, int steps,
                   int lanes)
{
	const int rows = steps * lanes, both = net->dense.in;
	const size_t n = (size_t)rows;
	int place = 0;

	memset(f->joint.dy, 0, n * (size_t)stack_out(&net->joint) * sizeof(real));
	for (int i = 0; i < 2; i++)
		linear_backward(&net->heads[i], w, dw, f->joint.dy, net->heads[i].in, dlogits[i], net->classes[i],
		                f->joint.y[0], net->heads[i].in, rows);
	memset(f->ddense, 0, n * (size_t)both * sizeof(real));
	stack_backward(&net->joint, w, dw, &f->joint, f->ddense, both, f->dense, both, reset, rate, steps, lanes);
	memset(f->dboth, 0, n * (size_t)both * sizeof(real));
	linear_backward(&net->dense, w, dw, f->dboth, both, f->ddense, both, f->both, both, rows);
	for (int i = 0; i < 2; i++) {
		const struct seed_latent *l = &net->latents[i];
		struct seed_latent_frame *lf = &f->latents[i];
		struct stack_frame *sf = &f->streams[i];

		memset(lf->dz, 0, n * (size_t)l->mu.out * sizeof(real));
		linear_backward(&l->out, w, dw, lf->dz, l->out.in, f->dboth + place, both, lf->z, l->out.in, rows);
		memset(sf->dy, 0, n * (size_t)l->mu.in * sizeof(real));
		latent_backward(l, w, dw, f, i, sf->dy, sf->y[SEED_LAYERS - 1], weight, rows);
		stack_backward(&net->streams[i], w, dw, sf, NULL, 0, f->x[i], net->classes[i], reset, rate, steps,
		               lanes);
		place += net->classes[i];
	}
}

static double dense_work(const struct linear *l)
{
	return (double)l->in * l->out;
}

double seed_work(const struct net_seed *net)
{
	double n = dense_work(&net->dense) + stack_work(&net->joint);

	for (int i = 0; i < 2; i++) {
		const struct seed_latent *l = &net->latents[i];

		n += stack_work(&net->streams[i]) + dense_work(&l->mu) + dense_work(&l->log_sigma2) +
		     dense_work(&l->out) + dense_work(&net->heads[i]);
	}
	return n;
}
