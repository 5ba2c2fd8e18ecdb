/*
 * A latent of random weights, to test with what a trained one does:
 *
 *	random_latent MODEL OUT WIDTH ENCODER SEED
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/model.h"
#include "num/blas.h"

/* What z says is noise, but it says it. */
static int random_latent(struct model *m, const char *path, int width, int encoder, uint64_t seed)
{
	struct generator_config grown = m->generator.config;
	struct generator g;
	struct random random = random_stream(seed, 0, 0, 0);
	real *w;

	grown.latent = width;
	grown.encoder = encoder;
	if (generator_init(&g, &grown, m->vocab) < 0 || !(w = params_plane(&g.params)))
		return -1;
	params_init(&g.params, w, seed);
	memcpy(w, m->w, m->generator.params.size * sizeof *w);
	for (size_t i = g.latent.input; i < g.latent.place.fields[0].table; i++)
		w[i] = (real)random_normal(&random);
	generator_done(&m->generator);
	free(m->w);
	m->generator = g;
	m->w = w;
	m->latent = (struct latent_figures){.without = 2,
	                                    .mean = 1.5,
	                                    .other = 2.5,
	                                    .drawn = 1.75,
	                                    .kl = 0.5,
	                                    .pitches = 0.5,
	                                    .pitches_without = 0.25};
	m->latent.style = m->latent.chance = NAN;
	return model_save(m, path);
}

int main(int argc, char **argv)
{
	struct model *m = NULL;
	int status = -1;

	blas_init();
	if (argc != 6) {
		fprintf(stderr, "random_latent: MODEL OUT WIDTH ENCODER SEED\n");
		return 2;
	}
	m = model_load(argv[1]);
	if (m)
		status = random_latent(m, argv[2], atoi(argv[3]), atoi(argv[4]), strtoull(argv[5], NULL, 10));
	if (status < 0)
		fprintf(stderr, "random_latent: %s\n", error_message());
	model_free(m);
	return status < 0;
}
