/*
 * The stages of the latent (with critic: that of its critic), by hand, for measuring:
 *
 *	stage_latent MODEL OUT [critic:]STEPS SEED [latent.key=value...] CORPUS...
 *
 * Reads the model, trains, prints a line an evaluation and what came of it,
 * and writes OUT where it was kept. Unset OPENBLAS_* first. With 0 steps OUT
 * gets a latent of random weights, for tests.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/error.h"
#include "base/mem.h"
#include "model/critic_train.h"
#include "model/latent_train.h"
#include "num/blas.h"

struct settings {
	struct latent_config latent;
	struct train_config train;
};

static int on_progress(void *context, const struct stage_progress *p)
{
	(void)context;
	if (p->evaluated) {
		printf("%s %ld/%ld: %s\n", p->stage, p->step, p->steps, p->figures);
		fflush(stdout);
	}
	return 0;
}

/* What z says is noise, but it says it. */
static int random_latent(struct model *m, const char *path, const struct latent_config *config, uint64_t seed)
{
	struct generator_config grown = m->generator.config;
	struct generator g;
	struct random random = random_stream(seed, 0, 0, 0);
	real *w;

	grown.latent = config->width;
	grown.encoder = config->encoder;
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

static int run(int argc, char **argv)
{
	struct settings s = {.latent = {0}};
	struct conf_room rooms[] = {
		{"latent", latent_items, n_latent_items, &s.latent, ""},
		{"train", train_items, n_train_items, &s.train, ""},
	};
	struct model *m = model_load(argv[1]);
	struct corpus *corpus;
	struct reading reading;
	struct corpus_options options = {.parts_max = SONG_PARTS_MAX};
	struct pool *pool = pool_new(1);
	struct stage_result result;
	const bool critic = strncmp(argv[3], "critic:", 7) == 0;
	const long steps = atol(argv[3] + (critic ? 7 : 0));
	int at = 5;

	if (!m || !pool)
		return -1;
	for (size_t i = 0; i < 2; i++)
		conf_presets(&rooms[i]);
	for (; at < argc && strchr(argv[at], '='); at++)
		if (conf_set(rooms, 2, argv[at]) < 0)
			return -1;
	if (steps == 0)
		return random_latent(m, argv[2], &s.latent, (uint64_t)atoll(argv[4]));
	reading = vocab_reading(m->vocab);
	options.reading = reading;
	corpus = corpus_load((const char *const *)argv + at, (size_t)(argc - at), &options, pool);
	if (!corpus)
		return -1;
	struct stage_job job = {.corpus = corpus,
	                        .train = &s.train,
	                        .seed = (uint64_t)atoll(argv[4]),
	                        .pool = pool,
	                        .steps = steps,
	                        .progress = on_progress};

	if ((critic ? critic_train : latent_train)(m, &s.latent, &job, &result) < 0)
		return -1;
	printf("%s\n%s\n", result.kept ? "kept" : "not kept", result.words);
	return result.kept ? model_save(m, argv[2]) : 0;
}

int main(int argc, char **argv)
{
	blas_init();
	if (argc < 5 || run(argc, argv) < 0) {
		fprintf(stderr, "stage_latent: %s\n",
		        argc < 5 ? "MODEL OUT STEPS SEED [key=value...] CORPUS..." : error_message());
		return 1;
	}
	return 0;
}
