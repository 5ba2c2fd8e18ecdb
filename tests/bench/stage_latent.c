/*
 * The stage that adds a latent, by hand, for measuring:
 *
 *	stage_latent MODEL OUT STEPS SEED [latent.key=value...] CORPUS...
 *
 * Reads the model, trains, prints a line an evaluation and what came of it,
 * and writes OUT where it was kept. Unset OPENBLAS_* first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/error.h"
#include "base/mem.h"
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
	int at = 5;

	if (!m || !pool)
		return -1;
	for (size_t i = 0; i < 2; i++)
		conf_presets(&rooms[i]);
	for (; at < argc && strchr(argv[at], '='); at++)
		if (conf_set(rooms, 2, argv[at]) < 0)
			return -1;
	reading = vocab_reading(m->vocab);
	options.reading = reading;
	corpus = corpus_load((const char *const *)argv + at, (size_t)(argc - at), &options, pool);
	if (!corpus)
		return -1;
	struct stage_job job = {.corpus = corpus,
	                        .train = &s.train,
	                        .seed = (uint64_t)atoll(argv[4]),
	                        .pool = pool,
	                        .steps = atol(argv[3]),
	                        .progress = on_progress};

	if (latent_train(m, &s.latent, &job, &result) < 0)
		return -1;
	printf("%s\n%s\n", result.kept ? "kept" : "not kept", result.words);
	return result.kept ? model_save(m, argv[2]) : 0;
}

int main(int argc, char **argv)
{
	blas_init();
	if (argc < 6 || run(argc, argv) < 0) {
		fprintf(stderr, "stage_latent: %s\n",
		        argc < 6 ? "MODEL OUT STEPS SEED [key=value...] CORPUS..." : error_message());
		return 1;
	}
	return 0;
}
