/*
 * Knobs of random weights, to test with what trained ones do:
 *
 *	random_knobs MODEL OUT WIDTH SEED
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/model.h"
#include "num/blas.h"

/* What they do is noise, but they do it; one, of leaps, is taken out. */
static int random_knobs(struct model *m, const char *path, int width, uint64_t seed)
{
	struct model grown = *m;
	struct random random = random_stream(seed, 0, 0, 0);
	const struct generator *g = &grown.generator;

	grown.generator.config.knobs = width;
	if (model_grow(&grown, m, seed) < 0)
		return -1;
	for (size_t i = g->knobs.input; i < g->params.size; i++)
		grown.w[i] = (real)random_normal(&random);
	model_take_over(m, &grown);
	m->knob_scale = (struct knob_scale){.middle = {1.5, 0, 0.2}, .spread = {0.5, 3, 0}};
	m->knobs = (struct knob_figures){.nats = 1.75, .pieces = 5, .untold = {1.5, 0.25, NAN}};
	for (int k = 0; k < KNOBS; k++) {
		m->knobs.turned[k][0][k] = -1;
		m->knobs.turned[k][1][k] = 2;
	}
	return model_save(m, path);
}

int main(int argc, char **argv)
{
	struct model *m = NULL;
	int status = -1;

	blas_init();
	if (argc != 5) {
		fprintf(stderr, "random_knobs: MODEL OUT WIDTH SEED\n");
		return 2;
	}
	m = model_load(argv[1]);
	if (m)
		status = random_knobs(m, argv[2], atoi(argv[3]), strtoull(argv[4], NULL, 10));
	if (status < 0)
		fprintf(stderr, "random_knobs: %s\n", error_message());
	model_free(m);
	return status < 0;
}
