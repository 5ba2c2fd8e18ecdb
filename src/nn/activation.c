/* Activations. A NaN stays one, so that it is not hidden from who looks for it. See activation.h. */
#include "nn/activation.h"

#include <string.h>
#include "base/error.h"
#include "num/scalar.h"
#include "num/vec.h"

#define LEAK        ((real)0.2)
#define SELU_SCALE  ((real)1.0507009873554804934193349852946)
#define SELU_ALPHA  ((real)1.6732632423543772848170429916717)
#define PRELU_FIRST 0.25

static const char *const names[ACTIVATIONS] = {"relu",  "leaky", "prelu", "elu",   "selu",
                                               "crelu", "relu6", "tanh",  "linear"};

const char *activation_name(int kind)
{
	return names[kind];
}

int activation_find(const char *name)
{
	for (int i = 0; i < ACTIVATIONS; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

struct activation activation_layer(struct params *p, const char *name, int kind, int channels)
{
	struct activation a = {.kind = kind, .channels = channels, .out = channels};

	if (kind < 0 || kind >= ACTIVATIONS)
		BUG("activation %d", kind);
	if (kind == ACTIVATION_PRELU)
		a.slope = params_add_part(p, name, "slope", 1, channels, INIT_CONSTANT, PRELU_FIRST, false);
	if (kind == ACTIVATION_CRELU)
		a.out = 2 * channels;
	return a;
}

void relu_forward(real *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = x[i] < 0 ? 0 : x[i];
}

void relu_backward(real *dx, const real *y, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] == 0 ? 0 : dx[i];
}

/* x, below 0 alpha (exp(x) - 1), all times scale. */
static void elu_forward(real *y, const real *x, size_t n, real scale, real alpha)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++) {
		const real below = alpha * (real_exp(x[i] > 0 ? 0 : x[i]) - 1);

		y[i] = scale * (x[i] > 0 ? x[i] : below);
	}
}

static void elu_backward(real *dx, const real *dy, const real *x, size_t n, real scale, real alpha)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++) {
		const real below = alpha * real_exp(x[i] > 0 ? 0 : x[i]);

		dx[i] = scale * dy[i] * (x[i] > 0 ? 1 : below);
	}
}

static void prelu_forward(real *y, const real *x, const real *slope, int channels, size_t rows)
{
	for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
		INDEPENDENT
		for (int c = 0; c < channels; c++)
			y[c] = x[c] > 0 ? x[c] : slope[c] * x[c];
	}
}

static void prelu_backward(real *dx, real *dslope, const real *dy, const real *x, const real *slope, int channels,
                           size_t rows)
{
	for (size_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
		for (int c = 0; dslope && c < channels; c++)
			dslope[c] += x[c] > 0 ? 0 : dy[c] * x[c];
		INDEPENDENT
		for (int c = 0; c < channels; c++)
			dx[c] = x[c] > 0 ? dy[c] : slope[c] * dy[c];
	}
}

static void crelu_forward(real *y, const real *x, int channels, size_t rows)
{
	for (size_t r = 0; r < rows; r++, x += channels, y += 2 * channels)
		for (int c = 0; c < channels; c++) {
			y[c] = x[c] < 0 ? 0 : x[c];
			y[channels + c] = x[c] > 0 ? 0 : -x[c];
		}
}

static void crelu_backward(real *dx, const real *dy, const real *x, int channels, size_t rows)
{
	for (size_t r = 0; r < rows; r++, x += channels, dy += 2 * channels, dx += channels)
		for (int c = 0; c < channels; c++)
			dx[c] = x[c] > 0 ? dy[c] : -dy[channels + c];
}

void activation_forward(const struct activation *a, const real *w, real *y, const real *x, size_t rows)
{
	const size_t n = rows * (size_t)a->channels;

	switch ((enum activation_kind)a->kind) {
	case ACTIVATION_RELU:
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] < 0 ? 0 : x[i];
		break;
	case ACTIVATION_LEAKY:
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] > 0 ? x[i] : LEAK * x[i];
		break;
	case ACTIVATION_PRELU:
		prelu_forward(y, x, w + a->slope, a->channels, rows);
		break;
	case ACTIVATION_ELU:
		elu_forward(y, x, n, 1, 1);
		break;
	case ACTIVATION_SELU:
		elu_forward(y, x, n, SELU_SCALE, SELU_ALPHA);
		break;
	case ACTIVATION_CRELU:
		crelu_forward(y, x, a->channels, rows);
		break;
	case ACTIVATION_RELU6:
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] < 0 ? 0 : x[i] > 6 ? 6 : x[i];
		break;
	case ACTIVATION_TANH:
		vec_tanh(y, x, n);
		break;
	case ACTIVATION_LINEAR:
	case ACTIVATIONS:
		if (y != x)
			memcpy(y, x, n * sizeof *y);
		break;
	}
}

void activation_backward(const struct activation *a, const real *w, real *g, real *dx, const real *dy, const real *x,
                         size_t rows)
{
	const size_t n = rows * (size_t)a->channels;

	switch ((enum activation_kind)a->kind) {
	case ACTIVATION_RELU:
		for (size_t i = 0; i < n; i++)
			dx[i] = x[i] > 0 ? dy[i] : 0;
		break;
	case ACTIVATION_LEAKY:
		for (size_t i = 0; i < n; i++)
			dx[i] = x[i] > 0 ? dy[i] : LEAK * dy[i];
		break;
	case ACTIVATION_PRELU:
		prelu_backward(dx, g ? g + a->slope : NULL, dy, x, w + a->slope, a->channels, rows);
		break;
	case ACTIVATION_ELU:
		elu_backward(dx, dy, x, n, 1, 1);
		break;
	case ACTIVATION_SELU:
		elu_backward(dx, dy, x, n, SELU_SCALE, SELU_ALPHA);
		break;
	case ACTIVATION_CRELU:
		crelu_backward(dx, dy, x, a->channels, rows);
		break;
	case ACTIVATION_RELU6:
		for (size_t i = 0; i < n; i++)
			dx[i] = x[i] > 0 && x[i] <= 6 ? dy[i] : 0;
		break;
	case ACTIVATION_TANH:
		for (size_t i = 0; i < n; i++) {
			const real y = real_tanh(x[i]);

			dx[i] = dy[i] * (1 - y * y);
		}
		break;
	case ACTIVATION_LINEAR:
	case ACTIVATIONS:
		if (dx != dy)
			memcpy(dx, dy, n * sizeof *dx);
		break;
	}
}
