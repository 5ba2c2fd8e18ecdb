/*
 * One block of parameters for a whole network. Layers add tensors to a list
 * while the network is laid out; a plane is an array of params.size reals
 * that holds a value for each of them: the weights, their gradient, an
 * optimiser's moments, the running average. Everything that treats all
 * parameters alike (optimiser, reduction over shards, files) is one loop.
 */
#ifndef NUM_PARAMS_H
#define NUM_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "num/real.h"

#define PARAM_NAME_MAX 64

enum init {
	INIT_ZERO,
	INIT_ONE,
	INIT_CONSTANT, /* scale */
	INIT_UNIFORM,  /* [-scale, scale) */
	INIT_NORMAL,   /* scale x standard normal */
	INIT_LSTM_BIAS /* gates i, f, g, o a quarter each: 0, 1, 0, 0 */
};

struct tensor {
	char name[PARAM_NAME_MAX];
	int rows, cols; /* a vector has one row */
	size_t offset;  /* of its first element in a plane; a multiple of 16 */
	enum init init;
	double scale;
	bool decay; /* takes part in weight decay (matrices, not biases) */
};

struct params {
	struct tensor *tensors;
	size_t n, capacity;
	size_t size; /* reals in a plane */
	bool failed; /* an addition ran out of memory */
};

/* Returns the tensor's offset. After an allocation failure it returns 0 and sets failed: check once, at the end. */
size_t params_add(struct params *p, const char *name, int rows, int cols, enum init init, double scale, bool decay);
/* The same for the tensor "<name>.<part>", which is how layers name theirs. */
size_t params_add_part(struct params *p, const char *name, const char *part, int rows, int cols, enum init init,
                       double scale, bool decay);
void params_done(struct params *p);

const struct tensor *params_find(const struct params *p, const char *name);

/* Number of parameters proper (without the padding between tensors). */
size_t params_count(const struct params *p);

/* A zeroed plane, 64-byte aligned; NULL when out of memory. free() it. */
real *params_plane(const struct params *p);

/* Initial values: the same for a tensor whatever other tensors there are (keyed by seed and name). Padding is 0. */
void params_init(const struct params *p, real *w, uint64_t seed);

#endif
