/*
 * Whole training steps of the built-in settings on one thread, in seconds of
 * that thread's own work, so that other programs disturb less than they do
 * `musegen bench`: milliseconds a step, GFLOP/s of its matrix products, and
 * the share of a large SGEMM done between the steps. For comparing two builds,
 * run in turns. Unset OPENBLAS_* first.
 *
 *	bench_steps [steps [section.key=value...]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/bench.h"
#include "num/blas.h"

enum { SIZE = 1024, WARM = 8, SGEMM_EVERY = 4, PIECES = 96 };

struct run {
	long steps;
	real *a, *b, *c;
	double left; /* when the hook was last left */
	double *seconds, *gflops, *sgemm, *share;
	size_t n, n_sgemm;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double multiply(const struct run *r)
{
	double begin;

	gemm(false, false, SIZE, SIZE, SIZE, 1, r->a, SIZE, r->b, SIZE, 0, r->c, SIZE);
	begin = now();
	gemm(false, false, SIZE, SIZE, SIZE, 1, r->a, SIZE, r->b, SIZE, 0, r->c, SIZE);
	return 2e-9 * SIZE * SIZE * SIZE / (now() - begin);
}

static int on_step(void *context, const struct train_progress *p)
{
	struct run *r = context;
	const double took = now() - r->left;

	if (p->step > WARM && !p->evaluated) {
		r->seconds[r->n] = took;
		r->gflops[r->n] = 2e-9 * p->multiply_adds / took;
		r->share[r->n] = r->gflops[r->n] / r->sgemm[r->n_sgemm - 1];
		r->n++;
	}
	if (p->step >= WARM && p->step % SGEMM_EVERY == 0)
		r->sgemm[r->n_sgemm++] = multiply(r);
	r->left = now();
	return (long)r->n == r->steps;
}

static void preset(void *to, const char *room, const struct conf_item *items, size_t n, int argc, char **argv)
{
	struct conf_room one = {room, items, n, to, ""};

	conf_presets(&one);
	for (int i = 2; i < argc; i++)
		if (strncmp(argv[i], room, strlen(room)) == 0 && conf_set(&one, 1, argv[i]) < 0) {
			fprintf(stderr, "%s\n", error_message());
			exit(1);
		}
}

static void report(const char *name, double scale, double *values, size_t n)
{
	const struct measure m = measure_of(values, n);

	printf("%-10s %8.3f  %8.3f .. %8.3f\n", name, scale * m.median, scale * m.low, scale * m.high);
}

int main(int argc, char **argv)
{
	struct run r = {.steps = argc > 1 && atol(argv[1]) > 0 ? atol(argv[1]) : 40};
	const size_t room = (size_t)r.steps + 16, square = (size_t)SIZE * SIZE;
	const struct train_hooks hooks = {.progress = on_step, .context = &r};
	struct generator_config generator;
	struct train_config train;
	struct train_job job = {.generator = &generator, .train = &train, .seed = 1, .hooks = &hooks};
	struct corpus *corpus = bench_corpus(PIECES);
	struct model *m;
	const char *stopped;

	blas_init();
	preset(&generator, "generator", generator_items, n_generator_items, argc, argv);
	preset(&train, "train", train_items, n_train_items, argc, argv);
	train.steps = 1000000;
	job.corpus = corpus;
	r.a = mem_new_aligned(square, sizeof *r.a);
	r.b = mem_new_aligned(square, sizeof *r.b);
	r.c = mem_new_aligned(square, sizeof *r.c);
	r.seconds = mem_new(4 * room, sizeof *r.seconds);
	if (!corpus || !r.a || !r.b || !r.c || !r.seconds)
		return 1;
	r.gflops = r.seconds + room;
	r.sgemm = r.gflops + room;
	r.share = r.sgemm + room;
	if (train_model(&m, &stopped, &job) < 0) {
		fprintf(stderr, "%s\n", error_message());
		return 1;
	}
	report("ms a step", 1e3, r.seconds, r.n);
	report("GFLOP/s", 1, r.gflops, r.n);
	report("sgemm", 1, r.sgemm, r.n_sgemm);
	report("share", 1, r.share, r.n);
	printf("nats       %8.5f held out\n", m->figures.nats_per_note);
	model_free(m);
	free(r.a);
	free(r.b);
	free(r.c);
	free(r.seconds);
	corpus_free(corpus);
	return 0;
}
