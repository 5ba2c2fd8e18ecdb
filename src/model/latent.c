/* What a phrase's z adds to the decoder. See latent.h. */
#include "model/latent.h"

#include <string.h>
#include "base/arena.h"
#include "num/blas.h"

static int clamp(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

struct latent latent_layers(struct params *p, int width, int classes, int inputs, int features)
{
	struct latent l = {.width = width, .inputs = inputs, .features = features};

	l.input = params_add(p, "latent.input", inputs, 2 * width, INIT_ZERO, 0, true);
	l.feature = params_add(p, "latent.feature", features, 2 * width, INIT_ZERO, 0, true);
	bag_field(&l.place, p, "latent.moment", LATENT_BARS * LATENT_EIGHTH, width);
	bag_field(&l.place, p, "latent.part", classes, width);
	return l;
}

void latent_frame_layout(struct latent_frame *f, struct arena *a, const struct latent *l, int rows, int backward)
{
	const size_t n = (size_t)rows * (size_t)l->width;

	ARENA_TAKE(a, f->z, n);
	ARENA_TAKE(a, f->code, 2 * n);
	ARENA_TAKE(a, f->u, 2 * n);
	if (!backward)
		return;
	ARENA_TAKE(a, f->dz, n);
	ARENA_TAKE(a, f->dcode, 2 * n);
	ARENA_TAKE(a, f->du, 2 * n);
}

void latent_place(struct bag_item items[PLACE_FIELDS], int bar, int in_bar, int grid, int part)
{
	const int eighth = clamp(2 * in_bar / grid, 0, LATENT_EIGHTH - 1);

	items[0] = bag_item_of(PLACE_MOMENT, clamp(bar, 0, LATENT_BARS - 1) * LATENT_EIGHTH + eighth);
	items[1] = bag_item_of(PLACE_PART, part);
}

void latent_bind(const struct latent *l, const real *w, struct latent_frame *f, const struct bag_input *place, int rows)
{
	const size_t n = (size_t)l->width;

	bag_forward(&l->place, w, f->code, l->place.width, place, rows);
	for (size_t r = 0; r < (size_t)rows; r++) {
		const real *z = f->z + r * n, *code = f->code + r * 2 * n;
		real *u = f->u + r * 2 * n;

		for (size_t i = 0; i < n; i++) {
			u[i] = z[i] * code[i] * code[n + i];
			u[n + i] = z[i];
		}
	}
}

static void add(real *y, int ldy, const real *w, int out, const struct latent *l, const real *u, int rows)
{
	gemm(false, true, rows, out, 2 * l->width, 1, u, 2 * l->width, w, 2 * l->width, 1, y, ldy);
}

void latent_to_input(const struct latent *l, const real *w, real *x, int ldx, const struct latent_frame *f, int rows)
{
	add(x, ldx, w + l->input, l->inputs, l, f->u, rows);
}

void latent_to_features(const struct latent *l, const real *w, real *y, int ldy, const struct latent_frame *f, int rows)
{
	add(y, ldy, w + l->feature, l->features, l, f->u, rows);
}

static void back(real *dw, real *du, const real *dy, int lddy, const real *w, int out, const struct latent *l,
                 const real *u, int rows)
{
	const int n = 2 * l->width;

	gemm(true, false, out, n, rows, 1, dy, lddy, u, n, 1, dw, n);
	gemm(false, false, rows, n, out, 1, dy, lddy, w, n, 1, du, n);
}

void latent_backward(const struct latent *l, const real *w, real *dw, struct latent_frame *f, const real *dx, int lddx,
                     const real *dy, int lddy, const struct bag_input *place, int rows)
{
	const size_t n = (size_t)l->width;

	memset(f->du, 0, (size_t)rows * 2 * n * sizeof(real));
	back(dw + l->feature, f->du, dy, lddy, w + l->feature, l->features, l, f->u, rows);
	back(dw + l->input, f->du, dx, lddx, w + l->input, l->inputs, l, f->u, rows);
	for (size_t r = 0; r < (size_t)rows; r++) {
		const real *z = f->z + r * n, *code = f->code + r * 2 * n, *du = f->du + r * 2 * n;
		real *dz = f->dz + r * n, *dcode = f->dcode + r * 2 * n;

		for (size_t i = 0; i < n; i++) {
			dz[i] = du[i] * code[i] * code[n + i] + du[n + i];
			dcode[i] = du[i] * z[i] * code[n + i];
			dcode[n + i] = du[i] * z[i] * code[i];
		}
	}
	bag_backward(&l->place, dw, f->dcode, l->place.width, place, rows);
}
