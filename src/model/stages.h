/*
 * The stages of a training, by name, in the order in which they follow each
 * other, and how they share its time: by fixed parts, so that how long each
 * is depends on which there are and on nothing measured.
 */
#ifndef MODEL_STAGES_H
#define MODEL_STAGES_H

enum stage {
	STAGE_LIKELIHOOD,
	STAGE_LATENT,
	STAGE_CRITIC,
	STAGE_KNOBS,
	STAGE_DISCRIMINATOR,
	STAGE_ADVERSARIAL,
	STAGES
};

extern const char *const stage_names[STAGES];

/* "likelihood,latent": bit s of *set for each stage named. -1: no such stage, one twice or before its turn, or none at all. */
int stages_parse(unsigned *set, const char *text);

/* The part of a training's time that a stage of a set has: in (0,1], all together 1; 0 for one that is not in it. */
double stage_share(unsigned set, enum stage s);

/*
 * Steps of a stage beside so many of likelihood, were that in the set: as many
 * as take its part of the time, where a step takes as much longer as it
 * typically does. At least a few.
 */
long stage_steps(unsigned set, enum stage s, long likelihood_steps);

#endif
