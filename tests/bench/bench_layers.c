/*
 * What the layers cost at the sizes that matter, on one thread: GFLOP/s of
 * the matrix products they stand for, forward, backward and both, and their
 * share of the processor's own large SGEMM in the same run. Best of several
 * repetitions. Unset OPENBLAS_* first: an exported core type can halve it all.
 *
 *	bench_layers [repetitions [product|lstm|memory|elements]]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"
#include "base/random.h"
#include "nn/linear.h"
#include "nn/lstm.h"
#include "nn/memory.h"
#include "num/blas.h"
#include "num/optim.h"
#include "num/packed.h"
#include "num/vec.h"

static int repetitions = 20;
static double peak; /* GFLOP/s */

static real *numbers(size_t n, double scale)
{
	real *x = mem_new_aligned(n, sizeof *x);
	struct random random = random_stream(n, 0, 0, 0);

	if (!x)
		abort();
	for (size_t i = 0; i < n; i++)
		x[i] = (real)(scale * (2 * random_unit(&random) - 1));
	return x;
}

/* Seconds of this thread's own work, so that other programs disturb less. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Best seconds of `repetitions` calls. */
static double best(void (*run)(void *), void *context)
{
	double least = 1e9;

	for (int i = 0; i < repetitions; i++) {
		const double begin = now();
		double took;

		run(context);
		took = now() - begin;
		least = took < least ? took : least;
	}
	return least;
}

static void report(const char *name, double flops, double forward, double backward)
{
	const double both = 3 * flops / (forward + backward) * 1e-9;

	printf("%-34s %8.3f %8.3f ms  %7.1f %7.1f %7.1f GFLOP/s  %5.1f %%\n", name, forward * 1e3, backward * 1e3,
	       flops / forward * 1e-9, 2 * flops / backward * 1e-9, both, 100 * both / peak);
}

/* ---- products ------------------------------------------------------------ */

struct product {
	int m, n, k;
	bool tb;
	real *a, *b, *c;
};

static void run_product(void *context)
{
	const struct product *p = context;

	gemm(false, p->tb, p->m, p->n, p->k, 1, p->a, p->k, p->b, p->tb ? p->k : p->n, 0, p->c, p->n);
}

static double bench_product(int m, int n, int k, bool tb)
{
	struct product p = {m,
	                    n,
	                    k,
	                    tb,
	                    numbers((size_t)m * (size_t)k, 1),
	                    numbers((size_t)n * (size_t)k, 1),
	                    numbers((size_t)m * (size_t)n, 1)};
	const double gflops = 2e-9 * m * n * k / best(run_product, &p);

	free(p.a);
	free(p.b);
	free(p.c);
	return gflops;
}

static void run_packed(void *context)
{
	const struct product *p = context;

	packed_multiply(p->m, p->n, p->k, p->a, p->k, p->b, p->k, true, p->c, p->n);
}

static double bench_packed(int m, int n, int k)
{
	struct product p = {m,
	                    n,
	                    k,
	                    false,
	                    numbers((size_t)m * (size_t)k, 1),
	                    numbers(packed_size(n, k), 1),
	                    numbers((size_t)m * (size_t)n, 1)};
	const double gflops = 2e-9 * m * n * k / best(run_packed, &p);

	free(p.a);
	free(p.b);
	free(p.c);
	return gflops;
}

/* ---- lstm ---------------------------------------------------------------- */

struct lstm_bench {
	struct params p;
	struct lstm l;
	struct arena a;
	struct lstm_frame f;
	real *w, *g, *x, *dx, *dh;
	int steps;
	int batch[1024];
	struct packing pack;
};

static void lstm_run_forward(void *context)
{
	struct lstm_bench *b = context;

	lstm_forward(&b->l, b->w, &b->f, b->x, b->l.in, &b->pack, NULL, NULL, NULL);
}

static void lstm_run_backward(void *context)
{
	struct lstm_bench *b = context;

	lstm_backward(&b->l, b->w, b->g, &b->f, b->dx, b->l.in, b->dh, b->x, b->l.in, &b->pack, NULL);
}

static void bench_lstm(int in, int hidden, int steps, int batch)
{
	static struct lstm_bench b;
	const int rows = steps * batch;
	char name[64];

	memset(&b, 0, sizeof b);
	b.l = lstm_layer(&b.p, "lstm", in, hidden);
	b.w = params_plane(&b.p);
	b.g = params_plane(&b.p);
	b.x = numbers((size_t)rows * (size_t)in, 1);
	b.dx = numbers((size_t)rows * (size_t)in, 1);
	b.dh = numbers((size_t)rows * (size_t)hidden, 1e-3);
	for (int t = 0; t < steps; t++)
		b.batch[t] = batch;
	b.pack = (struct packing){steps, b.batch};
	lstm_frame_layout(&b.f, &b.a, &b.l, rows, batch, 1);
	if (!b.w || !b.g || arena_reserve(&b.a) < 0)
		abort();
	lstm_frame_layout(&b.f, &b.a, &b.l, rows, batch, 1);
	params_init(&b.p, b.w, 1);
	snprintf(name, sizeof name, "lstm %d -> %d, %d x %d", in, hidden, steps, batch);
	{
		const double forward = best(lstm_run_forward, &b), backward = best(lstm_run_backward, &b);

		report(name, 2.0 * rows * 4 * hidden * (in + hidden), forward, backward);
	}
	free(b.w);
	free(b.g);
	free(b.x);
	free(b.dx);
	free(b.dh);
	arena_done(&b.a);
	params_done(&b.p);
}

/* ---- memory -------------------------------------------------------------- */

struct memory_bench {
	struct params p;
	struct memory l;
	struct arena a;
	struct memory_frame f;
	struct memory_carry c;
	real *w, *g, *query, *key, *dquery, *dkey, *dm;
	int *time;
	uint8_t *part;
	int steps, lanes;
};

static void memory_run_forward(void *context)
{
	struct memory_bench *b = context;

	/* Times of every call are the same: each begins a new piece's clock, with the window full of the last one's. */
	for (int lane = 0; lane < b->lanes; lane++)
		for (int j = 0; j < b->c.n[lane]; j++)
			b->c.time[lane * b->c.capacity + j] = 0;
	memory_forward(&b->l, b->w, &b->f, &b->c, b->query, b->l.query_in, b->key, b->l.key_in, b->time, b->part, NULL,
	               b->steps);
}

static void memory_run_backward(void *context)
{
	struct memory_bench *b = context;

	memory_backward(&b->l, b->w, b->g, &b->f, &b->c, b->dquery, b->l.query_in, b->dkey, b->l.key_in, b->dm,
	                b->query, b->l.query_in, b->key, b->l.key_in, b->time, b->part, NULL, b->steps);
}

static void bench_memory(int in, int width, int heads, int window, int steps, int lanes)
{
	static struct memory_bench b;
	const int rows = steps * lanes;
	const double projections = 2.0 * rows * width * 3 * in;
	const double attention = 2.0 * 2 * rows * (double)window * width;
	double forward, backward;
	char name[64];

	memset(&b, 0, sizeof b);
	b.steps = steps;
	b.lanes = lanes;
	b.l = memory_layer(&b.p, "memory", in, in, width, heads, window, 6);
	b.w = params_plane(&b.p);
	b.g = params_plane(&b.p);
	b.query = numbers((size_t)rows * (size_t)in, 1);
	b.key = numbers((size_t)rows * (size_t)in, 1);
	b.dquery = numbers((size_t)rows * (size_t)in, 1);
	b.dkey = numbers((size_t)rows * (size_t)in, 1);
	b.dm = numbers((size_t)rows * (size_t)width, 1e-3);
	b.time = mem_new((size_t)rows, sizeof *b.time);
	b.part = mem_new((size_t)rows, sizeof *b.part);
	if (!b.w || !b.g || !b.time || !b.part)
		abort();
	for (int row = 0; row < rows; row++) {
		b.time[row] = row / lanes / 3 * 6;
		b.part[row] = (uint8_t)(row / lanes % 4);
	}
	for (int pass = 0; pass < 2; pass++) {
		memory_frame_layout(&b.f, &b.a, &b.l, steps, lanes, 1);
		memory_carry_layout(&b.c, &b.a, &b.l, lanes, steps);
		if (pass == 0 && arena_reserve(&b.a) < 0)
			abort();
	}
	params_init(&b.p, b.w, 1);
	for (int n = 0; n < window; n += steps)
		memory_run_forward(&b);
	snprintf(name, sizeof name, "memory %d, %d heads of %d, %d x %d", width, heads, window, steps, lanes);
	forward = best(memory_run_forward, &b);
	backward = best(memory_run_backward, &b);
	report(name, projections + attention, forward, backward);
	free(b.w);
	free(b.g);
	free(b.query);
	free(b.key);
	free(b.dquery);
	free(b.dkey);
	free(b.dm);
	free(b.time);
	free(b.part);
	arena_done(&b.a);
	params_done(&b.p);
}

/* ---- elements ------------------------------------------------------------ */

#define ELEMENTS 8192 /* in the first-level cache, as an LSTM's gates are */

struct elements {
	void (*function)(real *, const real *, size_t);
	real *x, *y;
};

static void run_elements(void *context)
{
	const struct elements *e = context;

	for (int i = 0; i < 100; i++)
		e->function(e->y, e->x, ELEMENTS);
}

static void bench_elements(const char *name, void (*function)(real *, const real *, size_t))
{
	struct elements e = {function, numbers(ELEMENTS, 4), numbers(ELEMENTS, 1)};

	printf("%-34s %8.3f ns an element\n", name, best(run_elements, &e) / (100 * ELEMENTS) * 1e9);
	free(e.x);
	free(e.y);
}

static void softmax_rows(real *y, const real *x, size_t n)
{
	memcpy(y, x, n * sizeof *y);
	for (size_t i = 0; i < n; i += 512)
		vec_softmax(y + i, 512);
}

struct optim_bench {
	struct params p;
	real *w, *g, *state[OPTIM_PLANES_MAX];
};

static void run_adamw(void *context)
{
	const struct optim_options o = {.kind = OPTIM_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
	struct optim_bench *b = context;

	optim_step(&o, &b->p, b->w, b->state, b->g, 1e-3, 100, 0, b->p.size);
}

static void bench_adamw(int n)
{
	struct optim_bench b = {0};

	params_add(&b.p, "x", 1, n, INIT_UNIFORM, 1, true);
	b.w = numbers((size_t)n, 1);
	b.g = numbers((size_t)n, 1);
	b.state[0] = numbers((size_t)n, 1);
	b.state[1] = params_plane(&b.p);
	if (!b.state[1])
		abort();
	printf("%-34s %8.3f ns an element\n", "adamw, 2 million", best(run_adamw, &b) / n * 1e9);
	free(b.w);
	free(b.g);
	free(b.state[0]);
	free(b.state[1]);
	params_done(&b.p);
}

static void bench_products(void)
{
	static const int batches[] = {1, 2, 4, 8, 16, 32, 64};

	for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
		printf("recurrent product %2d x 1024 x 256: %6.1f GFLOP/s forward, %6.1f backward; packed %6.1f, "
		       "%6.1f\n",
		       batches[i], bench_product(batches[i], 1024, 256, true),
		       bench_product(batches[i], 256, 1024, false), bench_packed(batches[i], 1024, 256),
		       bench_packed(batches[i], 256, 1024));
}

static bool wanted(int argc, char **argv, const char *what)
{
	return argc < 3 || strcmp(argv[2], what) == 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		repetitions = atoi(argv[1]) > 0 ? atoi(argv[1]) : 1;
	blas_init();
	printf("OpenBLAS core %s, one thread%s\n", blas_core(),
	       getenv("OPENBLAS_CORETYPE") ? "; OPENBLAS_CORETYPE IS SET" : "");
	peak = bench_product(1024, 1024, 1024, false);
	printf("large product 1024^3: %.1f GFLOP/s\n", peak);
	if (wanted(argc, argv, "product"))
		bench_products();
	printf("%-34s  forward backward      forward backward  both           of peak\n", "");
	if (wanted(argc, argv, "lstm")) {
		bench_lstm(600, 256, 128, 8);
		bench_lstm(600, 256, 128, 16);
		bench_lstm(256, 256, 128, 8);
		bench_lstm(200, 128, 128, 32);
		bench_lstm(600, 256, 1, 1);
	}
	if (wanted(argc, argv, "memory")) {
		bench_memory(256, 256, 4, 512, 128, 8);
		bench_memory(256, 256, 4, 256, 128, 8);
		bench_memory(512, 256, 4, 512, 64, 4);
	}
	if (wanted(argc, argv, "elements")) {
		bench_elements("exp", vec_exp);
		bench_elements("tanh", vec_tanh);
		bench_elements("sigmoid", vec_sigmoid);
		bench_elements("softmax of 512", softmax_rows);
		bench_adamw(2000000);
	}
	return 0;
}
