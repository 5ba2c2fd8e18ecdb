/*
 * Measuring: how fast the machine multiplies, and how fast training,
 * generating and reading are on it. Nothing but a model file is needed: the
 * music to train on and to read is made here, the same on every machine.
 *
 * Times vary, so each figure is the median of many measurements, with the
 * quartiles beside it.
 */
#ifndef MODEL_BENCH_H
#define MODEL_BENCH_H

#include "corpus/corpus.h"
#include "model/train.h"

struct measure {
	double median, low, high; /* low, high: the quartiles */
	size_t n;                 /* measurements */
};

/* Of values in any order, which are sorted. n >= 1. */
struct measure measure_of(double *values, size_t n);

/* Four-part music, `pieces` of them (8 to 64 bars each); every sixteenth is held out. NULL on error; corpus_free(). */
struct corpus *bench_corpus(int pieces);

struct bench_training {
	struct measure sgemm;  /* GFLOP/s of large matrix products, on as many threads as training uses */
	struct measure events; /* a second, over whole training steps */
	struct measure gflops; /* of the matrix products (two a multiply-add), over whole training steps */
	struct measure share;  /* gflops as a share of the SGEMM measured right before and after the step */
	int threads;           /* that training uses: the pool's, but no more than there are shards */
};

/*
 * Whole steps of train_model(), everything but evaluations and checkpoints,
 * with a large product between any two, for about `seconds` altogether. 0 or -1.
 */
int bench_train(struct bench_training *out, const struct corpus *corpus, const struct generator_config *generator,
                const struct train_config *train, struct pool *pool, double seconds);

/* Events a second that one thread composes with a model, as a live stream does. 0 or -1. */
int bench_generate(struct measure *out, const char *model_path, double seconds);

/* Milliseconds from opening the model's file (in the system's cache) to the first note composed. 0 or -1. */
int bench_first_note(struct measure *out, const char *model_path, double seconds);

/* MIDI files a second from bytes in memory to pieces of events, by the pool, as a corpus is read. 0 or -1. */
int bench_parse(struct measure *out, const struct corpus *corpus, struct pool *pool, double seconds);

#endif
