/*
 * Measurements. Each repeats what it measures until its seconds are over, and
 * keeps every repetition's figure.
 *
 * Training and SGEMM are measured in turns, so that whatever else the
 * machine does meets both, and a step's share of the peak is told by the
 * products right before and after it.
 */
#include "model/bench.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "midi/smf.h"
#include "model/compose.h"
#include "num/blas.h"

enum {
	SGEMM_SIZE = 1024,
	WARM_STEPS = 8,        /* until the memory's window is full and the caches are warm */
	STEPS_MIN = 3,         /* however slow the machine is */
	GENERATE_EVENTS = 256, /* a measurement */
	SEED = 1,
};
#define SGEMM_EVERY 500000000u /* nanoseconds of training between products */

/* ---- figures ------------------------------------------------------------- */

struct series {
	double *values;
	size_t n, capacity;
};

static int add(struct series *s, double value)
{
	if (MEM_GROW(s->values, s->capacity, s->n + 1) < 0)
		return -1;
	s->values[s->n++] = value;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between the two that are nearest to a share of the way through sorted values. */
static double quantile(const double *sorted, size_t n, double share)
{
	const double at = share * (double)(n - 1);
	const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;

	return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

struct measure measure_of(double *values, size_t n)
{
	if (n == 0)
		BUG("a measure of nothing");
	qsort(values, n, sizeof *values, compare);
	return (struct measure){
		.median = quantile(values, n, 0.5),
		.low = quantile(values, n, 0.25),
		.high = quantile(values, n, 0.75),
		.n = n,
	};
}

/* The series' measure; it is freed. status: of the measuring so far. */
static int finish(struct measure *out, struct series *s, int status)
{
	if (status == 0)
		*out = measure_of(s->values, s->n);
	free(s->values);
	*s = (struct series){0};
	return status;
}

static double seconds_since(uint64_t begin)
{
	return (double)(clock_now() - begin) / 1e9;
}

/* ---- SGEMM --------------------------------------------------------------- */

struct sgemm {
	struct pool *pool;
	int threads;
	real *numbers; /* a, b and c of every thread */
};

static int sgemm_init(struct sgemm *s, struct pool *pool, int threads)
{
	const size_t size = (size_t)SGEMM_SIZE * SGEMM_SIZE, n = 3 * size * (size_t)threads;

	*s = (struct sgemm){.pool = pool, .threads = threads, .numbers = mem_new_aligned(n, sizeof *s->numbers)};
	for (size_t i = 0; s->numbers && i < n; i++)
		s->numbers[i] = (real)(i % 17) / 16 - (real)0.5;
	return s->numbers ? 0 : -1;
}

static int multiply(void *context, int item)
{
	const struct sgemm *s = context;
	const size_t size = (size_t)SGEMM_SIZE * SGEMM_SIZE;
	real *a = s->numbers + 3 * size * (size_t)item;

	gemm(false, false, SGEMM_SIZE, SGEMM_SIZE, SGEMM_SIZE, 1, a, SGEMM_SIZE, a + size, SGEMM_SIZE, 0, a + 2 * size,
	     SGEMM_SIZE);
	return 0;
}

/* GFLOP/s of one product a thread, after one that is not timed; the better of three, for what is asked is the peak. */
static double sgemm_run(struct sgemm *s)
{
	const double flops = 2.0 * SGEMM_SIZE * SGEMM_SIZE * SGEMM_SIZE * s->threads;
	double best = 0;

	for (int i = 0; i < 4; i++) {
		const uint64_t begin = clock_now();
		double rate;

		pool_run(s->pool, multiply, s, s->threads);
		rate = flops / seconds_since(begin) * 1e-9;
		if (i > 0 && rate > best)
			best = rate;
	}
	return best;
}

/* ---- training ------------------------------------------------------------ */

struct step_figures {
	double events, gflops;
	size_t sgemm; /* the SGEMM figure before it; the one after it is the next */
};

struct training_bench {
	struct sgemm sgemm;
	struct series peaks;
	struct step_figures *steps;
	size_t n, capacity;
	double events; /* of a step */
	double seconds;
	uint64_t began, multiplied, left; /* when: the measuring, the last SGEMM, the hook */
	bool failed;
};

static int note_step(struct training_bench *b, const struct train_progress *p, double seconds)
{
	if (MEM_GROW(b->steps, b->capacity, b->n + 1) < 0)
		return -1;
	b->steps[b->n++] = (struct step_figures){
		.events = b->events / seconds,
		.gflops = 2 * p->multiply_adds / seconds * 1e-9,
		.sgemm = b->peaks.n - 1,
	};
	return 0;
}

/* After every step: from when this was left to when it is entered again is one whole step. */
static int on_step(void *context, const struct train_progress *p)
{
	struct training_bench *b = context;
	const double took = seconds_since(b->left);
	bool over = false;

	if (p->step == WARM_STEPS) {
		b->began = clock_now();
		b->failed = add(&b->peaks, sgemm_run(&b->sgemm)) < 0;
		b->multiplied = clock_now();
	} else if (p->step > WARM_STEPS && !p->evaluated) {
		over = seconds_since(b->began) > b->seconds && b->n >= STEPS_MIN;
		b->failed = note_step(b, p, took) < 0;
		if (!b->failed && (over || clock_now() - b->multiplied > SGEMM_EVERY)) {
			b->failed = add(&b->peaks, sgemm_run(&b->sgemm)) < 0;
			b->multiplied = clock_now();
		}
	}
	b->left = clock_now();
	return over || b->failed;
}

static int training_figures(struct bench_training *out, struct training_bench *b)
{
	struct series events = {0}, gflops = {0}, share = {0};
	int status = 0;

	for (size_t i = 0; i < b->n && status == 0; i++) {
		const struct step_figures *s = &b->steps[i];
		const double before = b->peaks.values[s->sgemm], after = b->peaks.values[s->sgemm + 1];

		if (add(&events, s->events) < 0 || add(&gflops, s->gflops) < 0 ||
		    add(&share, s->gflops / ((before + after) / 2)) < 0)
			status = -1;
	}
	status = finish(&out->events, &events, status);
	status = finish(&out->gflops, &gflops, status);
	status = finish(&out->share, &share, status);
	return finish(&out->sgemm, &b->peaks, status);
}

int bench_train(struct bench_training *out, const struct corpus *corpus, const struct generator_config *generator,
                const struct train_config *train, struct pool *pool, double seconds)
{
	struct train_config config = *train;
	struct training_bench b = {.seconds = seconds, .events = (double)train->lanes * train->chunk};
	const struct train_hooks hooks = {.progress = on_step, .context = &b};
	const struct train_job job = {
		.corpus = corpus,
		.generator = generator,
		.train = &config,
		.seed = SEED,
		.pool = pool,
		.hooks = &hooks,
	};
	const char *stopped;
	struct model *m = NULL;
	int status = -1;

	/* without end: the hook ends it */
	config.steps = 100000000;
	config.patience = 0;
	out->threads = pool_threads(pool) < train->shards ? pool_threads(pool) : train->shards;
	if (sgemm_init(&b.sgemm, pool, out->threads) == 0)
		status = train_model(&m, &stopped, &job);
	model_free(m);
	if (b.failed)
		status = -1;
	if (status == 0)
		status = training_figures(out, &b);
	free(b.peaks.values);
	free(b.steps);
	free(b.sgemm.numbers);
	return status;
}

/* ---- generating ---------------------------------------------------------- */

int bench_generate(struct measure *out, const char *model_path, double seconds)
{
	struct model *m = model_load(model_path);
	struct compose_options options;
	struct composer *c;
	struct series rates = {0};
	uint64_t began;
	int status = 0;

	compose_defaults(&options);
	options.seed = SEED;
	options.endless = true;
	c = m ? composer_new(m, &options) : NULL;
	began = clock_now();
	/* the first measurement finds the memory empty and is not kept */
	for (int i = 0; c && status == 0 && (i < 2 || seconds_since(began) < seconds); i++) {
		const uint64_t begin = clock_now();
		struct event event;

		for (int k = 0; k < GENERATE_EVENTS && status == 0; k++)
			status = composer_next(c, &event) < 0 ? -1 : 0;
		if (status == 0 && i > 0)
			status = add(&rates, GENERATE_EVENTS / seconds_since(begin));
	}
	composer_free(c);
	model_free(m);
	return finish(out, &rates, c ? status : -1);
}

/* Milliseconds into *took. 0 or -1. */
static int first_note(double *took, const char *model_path, uint64_t seed)
{
	const uint64_t begin = clock_now();
	struct model *m = model_load(model_path);
	struct event event = {.kind = EVENT_END};
	struct compose_options options;
	struct composer *c;
	int status = -1;

	compose_defaults(&options);
	options.seed = seed;
	options.endless = true;
	c = m ? composer_new(m, &options) : NULL;
	if (c) {
		do
			status = composer_next(c, &event);
		while (status > 0 && event.kind != EVENT_NOTE);
	}
	*took = seconds_since(begin) * 1e3;
	composer_free(c);
	model_free(m);
	return status > 0 ? 0 : -1;
}

int bench_first_note(struct measure *out, const char *model_path, double seconds)
{
	const uint64_t began = clock_now();
	struct series times = {0};
	int status = 0;

	/* the first one brings the file into the system's cache */
	for (uint64_t i = 0; status == 0 && (i < 2 || seconds_since(began) < seconds); i++) {
		double took;

		status = first_note(&took, model_path, SEED + i);
		if (status == 0 && i > 0)
			status = add(&times, took);
	}
	return finish(out, &times, status);
}

/* ---- reading ------------------------------------------------------------- */

struct midi_file {
	unsigned char *data;
	size_t size;
};

struct parsing {
	struct midi_file *files;
	size_t n;
};

static int parsing_init(struct parsing *p, const struct corpus *corpus)
{
	static const struct smf_write_options plainly;
	int status = 0;

	p->n = corpus->n;
	p->files = mem_new(p->n, sizeof *p->files);
	if (!p->files)
		return -1;
	for (size_t i = 0; i < p->n && status == 0; i++) {
		struct song *song = piece_to_song(corpus->pieces[i].piece);

		status = song ? smf_write_memory(&p->files[i].data, &p->files[i].size, song, &plainly) : -1;
		song_free(song);
	}
	return status;
}

static void parsing_done(struct parsing *p)
{
	for (size_t i = 0; p->files && i < p->n; i++)
		free(p->files[i].data);
	free(p->files);
}

/* As the corpus floor does it with a file. */
static int parse_file(void *context, int item)
{
	const struct parsing *p = context;
	struct songs songs;
	int status = 0;

	if (smf_read_memory(&songs, "bench", p->files[item].data, p->files[item].size) < 0)
		return -1;
	for (size_t i = 0; i < songs.n && status == 0; i++) {
		struct song *snapped = grid_snap(songs.songs[i], GRID_DEFAULT, NULL);
		struct piece *piece;

		if (snapped)
			song_find_pickup(snapped);
		piece = snapped ? piece_from_song(snapped) : NULL;
		if (!piece)
			status = -1;
		song_free(snapped);
		piece_free(piece);
	}
	songs_done(&songs);
	return status;
}

int bench_parse(struct measure *out, const struct corpus *corpus, struct pool *pool, double seconds)
{
	const uint64_t began = clock_now();
	struct series rates = {0};
	struct parsing p = {0};
	int status = parsing_init(&p, corpus);

	for (int i = 0; status == 0 && (i < 2 || seconds_since(began) < seconds); i++) {
		const uint64_t begin = clock_now();

		status = pool_run(pool, parse_file, &p, (int)p.n);
		if (status == 0 && i > 0)
			status = add(&rates, (double)p.n / seconds_since(begin));
	}
	parsing_done(&p);
	return finish(out, &rates, status);
}
