/* What a phrase's z adds to the decoder. See latent.h. */
#include "model/latent.h"

#include "num/blas.h"

struct latent latent_layers(struct params *p, int width, int inputs, int features)
{
	struct latent l = {.width = width, .inputs = inputs, .features = features};

	l.input = params_add(p, "latent.input", inputs, width, INIT_ZERO, 0, true);
	l.feature = params_add(p, "latent.feature", features, width, INIT_ZERO, 0, true);
	return l;
}

static void add(real *y, int ldy, const real *w, int out, const real *z, int width, int rows)
{
	gemm(false, true, rows, out, width, 1, z, width, w, width, 1, y, ldy);
}

static void back(real *dw, real *dz, const real *dy, int lddy, const real *w, int out, const real *z, int width,
                 int rows)
{
	gemm(true, false, out, width, rows, 1, dy, lddy, z, width, 1, dw, width);
	gemm(false, false, rows, width, out, 1, dy, lddy, w, width, 1, dz, width);
}

void latent_to_input(const struct latent *l, const real *w, real *x, int ldx, const real *z, int rows)
{
	add(x, ldx, w + l->input, l->inputs, z, l->width, rows);
}

void latent_to_features(const struct latent *l, const real *w, real *f, int ldf, const real *z, int rows)
{
	add(f, ldf, w + l->feature, l->features, z, l->width, rows);
}

void latent_from_input(const struct latent *l, const real *w, real *dw, real *dz, const real *dx, int lddx,
                       const real *z, int rows)
{
	back(dw + l->input, dz, dx, lddx, w + l->input, l->inputs, z, l->width, rows);
}

void latent_from_features(const struct latent *l, const real *w, real *dw, real *dz, const real *df, int lddf,
                          const real *z, int rows)
{
	back(dw + l->feature, dz, df, lddf, w + l->feature, l->features, z, l->width, rows);
}
