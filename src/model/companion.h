/*
 * Networks that a model carries beside its generator, in the same file: a
 * judge, say. A companion's tensors are "NAME/TENSOR" there, and what it says
 * of itself is the metadata key "musegen.NAME", one JSON object. The file says
 * what shapes they have; whoever uses a companion lays its network out from
 * what it says of itself (and trusts no number of that), then fills it.
 */
#ifndef MODEL_COMPANION_H
#define MODEL_COMPANION_H

#include "num/params.h"

#define COMPANION_NAME_MAX 16
#define COMPANIONS_MAX     8

struct model;
struct tensorfile;

struct companion {
	char name[COMPANION_NAME_MAX]; /* lower-case letters and hyphens */
	char *about;                   /* a JSON object; owned */
	struct params params;          /* its tensors, by their names without the prefix; owned */
	real *w;                       /* (params.size); owned */
};

/* A model's companion of that name; NULL: it has none. */
const struct companion *model_companion(const struct model *m, const char *name);

/*
 * Takes what *c owns over (on failure too), in the place of one of its name;
 * its weights are rounded to what a file holds. 0 or -1: too large a weight,
 * one companion too many, no memory.
 */
int model_set_companion(struct model *m, struct companion *c);
void model_drop_companion(struct model *m, const char *name);
void companion_done(struct companion *c);

/* A network's weights (p.size) from a companion: as many tensors, each of its name and shape, or -1. */
int companion_fill(real *w, const struct params *p, const struct companion *c);

/* ---- for model.c ----------------------------------------------------------- */

/* Those of a file, into a model that has none yet; what is not a tensor of theirs is the generator's. 0 or -1. */
int companions_read(struct model *m, const struct tensorfile *file);
/* Of all of them together. */
size_t companions_tensors(const struct model *m);
/* The metadata key of one. */
#define COMPANION_KEY_MAX (COMPANION_NAME_MAX + 16)
void companion_key(char key[COMPANION_KEY_MAX], const struct companion *c);

#endif
