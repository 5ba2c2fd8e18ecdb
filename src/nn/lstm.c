/*
 * Long short-term memory over packed sequences. What does not depend on the
 * step before is done for all rows at once: the input's product forward, the
 * gradients of both weight matrices and of the input backward. Per step there
 * remain the recurrent product and the gates, which are worked out in one
 * pass over the hidden units.
 *
 * Backward, with dh the whole gradient of h_t, dc that of c_t from later steps:
 *
 *	dc += dh o (1 - tanh(c)^2)
 *	di = dc g i (1 - i),  df = dc c' f (1 - f),  dg = dc i (1 - g^2),
 *	do = dh tanh(c) o (1 - o)
 *	dh' += [di df dg do] Wh,  dc' = dc f
 *
 * A row that was reset passes neither dh' nor dc' on.
 */
#include "nn/lstm.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "num/blas.h"
#include "num/packed.h"
#include "num/scalar.h"
#include "num/vec.h"

/* From so many steps on, packing the recurrent weights pays. One row goes through the matrix-vector product. */
#define PACK_STEPS 4

struct lstm lstm_layer(struct params *p, const char *name, int in, int hidden)
{
	struct lstm l = {.in = in, .hidden = hidden};

	l.wx = params_add_part(p, name, "wx", 4 * hidden, in, INIT_UNIFORM, sqrt(6.0 / (in + hidden)), true);
	l.wh = params_add_part(p, name, "wh", 4 * hidden, hidden, INIT_UNIFORM, 1 / sqrt(hidden), true);
	l.b = params_add_part(p, name, "bias", 1, 4 * hidden, INIT_LSTM_BIAS, 0, false);
	return l;
}

void lstm_frame_layout(struct lstm_frame *f, struct arena *a, const struct lstm *l, int rows, int batch, int backward)
{
	const size_t n = (size_t)rows, h = (size_t)l->hidden;
	const size_t before = backward ? n : (size_t)batch;
	const size_t forth = packed_size(4 * l->hidden, l->hidden), back = packed_size(l->hidden, 4 * l->hidden);

	memset(f, 0, sizeof *f);
	f->backward = backward != 0;
	ARENA_TAKE(a, f->gates, n * 4 * h);
	ARENA_TAKE(a, f->c, n * h);
	ARENA_TAKE(a, f->h, n * h);
	ARENA_TAKE(a, f->h_before, before * h);
	ARENA_TAKE(a, f->c_before, before * h);
	if (batch > 1 && rows >= PACK_STEPS * batch)
		ARENA_TAKE(a, f->packed, forth > back ? forth : back);
	if (!backward)
		return;
	ARENA_TAKE(a, f->tanh_c, n * h);
	ARENA_TAKE(a, f->dgates, n * 4 * h);
	ARENA_TAKE(a, f->dc, (size_t)batch * h);
}

static size_t packing_rows(const struct packing *pack)
{
	size_t rows = 0;

	for (int t = 0; t < pack->steps; t++) {
		if (pack->batch[t] <= 0 || (t > 0 && pack->batch[t] > pack->batch[t - 1]))
			BUG("lstm: step %d has %d rows", t, pack->batch[t]);
		rows += (size_t)pack->batch[t];
	}
	return rows;
}

/* The state that rows 0..n-1 of a step start from: zeros where there is none or it is reset. */
static void state_before(real *to, const real *from, const uint8_t *reset, int n, size_t width)
{
	if (!from) {
		memset(to, 0, (size_t)n * width * sizeof *to);
		return;
	}
	memcpy(to, from, (size_t)n * width * sizeof *to);
	for (int b = 0; reset && b < n; b++)
		if (reset[b])
			memset(to + (size_t)b * width, 0, width * sizeof *to);
}

/* One row: gates hold the sums and become what they are after activation. tanh_c NULL: not kept. */
static void cell_forward(real *restrict gates, real *restrict c, real *restrict h, real *restrict tanh_c,
                         const real *restrict c_before, size_t n)
{
	real *restrict gi = gates, *restrict gf = gates + n, *restrict gg = gates + 2 * n, *restrict go = gates + 3 * n;

	INDEPENDENT
	for (size_t j = 0; j < n; j++) {
		gi[j] = real_sigmoid(gi[j]);
		gf[j] = real_sigmoid(gf[j]);
		gg[j] = real_tanh(gg[j]);
		go[j] = real_sigmoid(go[j]);
		c[j] = real_madd(gf[j], c_before[j], gi[j] * gg[j]);
		h[j] = real_tanh(c[j]);
	}
	if (tanh_c)
		memcpy(tanh_c, h, n * sizeof *h);
	for (size_t j = 0; j < n; j++)
		h[j] *= go[j];
}

void lstm_forward(const struct lstm *l, const real *w, struct lstm_frame *f, const real *x, int ldx,
                  const struct packing *pack, const real *h0, const real *c0, const uint8_t *reset)
{
	const int hidden = l->hidden;
	const size_t n = (size_t)hidden, rows = packing_rows(pack);
	const real *h = h0, *c = c0;
	const bool packed = f->packed && pack->steps >= PACK_STEPS;
	size_t first = 0;

	if (packed)
		packed_make(f->packed, true, 4 * hidden, hidden, w + l->wh, hidden);
	for (size_t r = 0; r < rows; r++)
		memcpy(f->gates + r * 4 * n, w + l->b, 4 * n * sizeof(real));
	gemm(false, true, (int)rows, 4 * hidden, l->in, 1, x, ldx, w + l->wx, l->in, 1, f->gates, 4 * hidden);
	for (int t = 0; t < pack->steps; t++) {
		const int batch = pack->batch[t];
		const size_t before = f->backward ? first : 0;
		real *hb = f->h_before + before * n, *cb = f->c_before + before * n;

		state_before(hb, h, reset ? reset + first : NULL, batch, n);
		state_before(cb, c, reset ? reset + first : NULL, batch, n);
		if (packed)
			packed_multiply(batch, 4 * hidden, hidden, hb, hidden, f->packed, hidden, true,
			                f->gates + first * 4 * n, 4 * hidden);
		else
			gemm(false, true, batch, 4 * hidden, hidden, 1, hb, hidden, w + l->wh, hidden, 1,
			     f->gates + first * 4 * n, 4 * hidden);
		for (size_t b = 0; b < (size_t)batch; b++) {
			const size_t r = first + b;

			cell_forward(f->gates + r * 4 * n, f->c + r * n, f->h + r * n,
			             f->tanh_c ? f->tanh_c + r * n : NULL, cb + b * n, n);
		}
		h = f->h + first * n;
		c = f->c + first * n;
		first += (size_t)batch;
	}
}

/* One row; dc comes in as the gradient from later steps and leaves as that for the step before. */
static void cell_backward(real *restrict dgates, real *restrict dc, const real *restrict dh, const real *restrict gates,
                          const real *restrict tanh_c, const real *restrict c_before, size_t n)
{
	real *restrict di = dgates, *restrict df = dgates + n, *restrict dg = dgates + 2 * n,
		       *restrict dout = dgates + 3 * n;

	for (size_t j = 0; j < n; j++) {
		const real i = gates[j], fg = gates[n + j], g = gates[2 * n + j], o = gates[3 * n + j];
		const real d = dc[j] + dh[j] * o * (1 - tanh_c[j] * tanh_c[j]);

		di[j] = d * g * i * (1 - i);
		df[j] = d * c_before[j] * fg * (1 - fg);
		dg[j] = d * i * (1 - g * g);
		dout[j] = dh[j] * tanh_c[j] * o * (1 - o);
		dc[j] = d * fg;
	}
}

/* dh' += dgates Wh for the rows of a step that were not reset, in runs of neighbours. */
static void pass_back(const struct lstm *l, const real *w, const real *packed, real *dh, const real *dgates,
                      const uint8_t *reset, int batch)
{
	const int hidden = l->hidden;

	for (int from = 0, to; from < batch; from = to + 1) {
		const real *d = dgates + (size_t)from * 4 * (size_t)hidden;
		real *h = dh + (size_t)from * (size_t)hidden;

		for (to = from; to < batch && !(reset && reset[to]); to++)
			;
		if (packed)
			packed_multiply(to - from, hidden, 4 * hidden, d, 4 * hidden, packed, 4 * hidden, true, h,
			                hidden);
		else
			gemm(false, false, to - from, hidden, 4 * hidden, 1, d, 4 * hidden, w + l->wh, hidden, 1, h,
			     hidden);
	}
}

void lstm_backward(const struct lstm *l, const real *w, real *g, struct lstm_frame *f, real *dx, int lddx, real *dh,
                   const real *x, int ldx, const struct packing *pack, const uint8_t *reset)
{
	const int hidden = l->hidden;
	const size_t n = (size_t)hidden, rows = packing_rows(pack);
	const bool packed = f->packed && pack->steps >= PACK_STEPS;
	size_t first = rows;

	if (!f->backward)
		BUG("lstm: backward through a frame without room for it");
	if (rows == 0)
		return;
	if (packed)
		packed_make(f->packed, false, hidden, 4 * hidden, w + l->wh, hidden);
	memset(f->dc, 0, (size_t)pack->batch[0] * n * sizeof *f->dc);
	for (int t = pack->steps - 1; t >= 0; t--) {
		const int batch = pack->batch[t];

		first -= (size_t)batch;
		for (size_t b = 0; b < (size_t)batch; b++) {
			const size_t r = first + b;

			cell_backward(f->dgates + r * 4 * n, f->dc + b * n, dh + r * n, f->gates + r * 4 * n,
			              f->tanh_c + r * n, f->c_before + r * n, n);
			if (reset && reset[r])
				memset(f->dc + b * n, 0, n * sizeof *f->dc);
		}
		if (t > 0)
			pass_back(l, w, packed ? f->packed : NULL, dh + (first - (size_t)pack->batch[t - 1]) * n,
			          f->dgates + first * 4 * n, reset ? reset + first : NULL, batch);
	}
	gemm(true, false, 4 * hidden, l->in, (int)rows, 1, f->dgates, 4 * hidden, x, ldx, 1, g + l->wx, l->in);
	gemm(true, false, 4 * hidden, hidden, (int)rows, 1, f->dgates, 4 * hidden, f->h_before, hidden, 1, g + l->wh,
	     hidden);
	for (size_t r = 0; r < rows; r++)
		vec_add(g + l->b, f->dgates + r * 4 * n, 4 * n);
	if (dx)
		gemm(false, false, (int)rows, l->in, 4 * hidden, 1, f->dgates, 4 * hidden, w + l->wx, l->in, 1, dx,
		     lddx);
}
