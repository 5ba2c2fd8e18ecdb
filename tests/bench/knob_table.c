/*
 * What the knobs of a model change: each measure's mean over pieces of the
 * seeds 0, 1, ..., of 16 bars each, and half of its 95 % interval, with a knob at
 * -1 and at 1 and with none told; and what being told a knob is worth on
 * music that is held out.
 *
 *	knob_table MODEL PIECES [CORPUS...]		PIECES 0: what the stage measured, as the file has it
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/error.h"
#include "corpus/corpus.h"
#include "model/knob_effect.h"
#include "num/blas.h"

static void put_row(const char *name, const double *values, const double *half)
{
	printf("| %-12s ", name);
	for (int k = 0; k < KNOBS; k++) {
		const double unit = k == KNOB_LEAPS ? 100 : 1;

		printf("| %6.2f", unit * values[k]);
		if (half)
			printf(" (%.2f) ", unit * half[k]);
	}
	printf("|\n");
}

static void put_table(const struct knob_figures *f)
{
	printf("| %d pieces ", f->pieces);
	for (int k = 0; k < KNOBS; k++)
		printf("| %s ", knob_units[k]);
	printf("|\n|---|---|---|---|\n");
	put_row("untold", f->untold, NULL);
	for (int k = 0; k < KNOBS; k++)
		for (int turn = 0; turn < KNOB_TURNS; turn++) {
			char name[32];

			snprintf(name, sizeof name, "%s %d", knob_names[k], turn ? 1 : -1);
			put_row(name, f->turned[k][turn], f->half[k][turn]);
		}
}

static int put_nats(const struct model *m, const char *const *paths, size_t n, struct pool *pool)
{
	const struct corpus_options options = {.reading = vocab_reading(m->vocab), .parts_max = SONG_PARTS_MAX};
	const unsigned all = (1u << KNOBS) - 1;
	struct corpus *corpus = corpus_load(paths, n, &options, pool);
	int status = corpus ? 0 : -1;

	for (unsigned told = 0; status == 0 && told <= all; told++) {
		double nats;

		if (told != 0 && told != all && (told & (told - 1)) != 0)
			continue;
		status = knob_nats(&nats, &m->generator, m->w, &m->knob_scale, corpus, all & ~told, pool);
		printf("%.4f nats a note, told%s", nats, told ? "" : " nothing");
		for (int k = 0; k < KNOBS; k++)
			if (told >> k & 1)
				printf(" %s", knob_names[k]);
		putchar('\n');
	}
	corpus_free(corpus);
	return status;
}

static int run(const struct model *m, int pieces, const char *const *paths, size_t n, struct pool *pool)
{
	struct knob_figures f = {.pieces = 0};

	if (m->generator.config.knobs == 0)
		return error("the model has no knobs");
	for (int k = 0; k < KNOBS; k++)
		printf("%s: phrases have %.3f, standard deviation %.3f\n", knob_names[k], m->knob_scale.middle[k],
		       m->knob_scale.spread[k]);
	if (n > 0 && put_nats(m, paths, n, pool) < 0)
		return -1;
	if (n == 0)
		printf("%.4f nats a note untold, %.4f told all; %.4f told density, %.4f register, %.4f leaps\n",
		       m->figures.nats_per_note, m->knobs.nats, m->knobs.nats_alone[KNOB_DENSITY],
		       m->knobs.nats_alone[KNOB_REGISTER], m->knobs.nats_alone[KNOB_LEAPS]);
	if (pieces > 0 && knob_effect(&f, m, pieces, pool) < 0)
		return -1;
	put_table(pieces > 0 ? &f : &m->knobs);
	return 0;
}

int main(int argc, char **argv)
{
	const int pieces = argc > 2 ? atoi(argv[2]) : -1;
	struct pool *pool;
	struct model *m;
	int status = -1;

	blas_init();
	if (pieces < 0) {
		fprintf(stderr, "knob_table: MODEL PIECES [CORPUS...]\n");
		return 2;
	}
	pool = pool_new(0);
	m = pool ? model_load(argv[1]) : NULL;
	if (m)
		status = run(m, pieces, (const char *const *)argv + 3, (size_t)argc - 3, pool);
	if (status < 0)
		fprintf(stderr, "knob_table: %s\n", error_message());
	model_free(m);
	pool_free(pool);
	return status < 0;
}
