/* Which stages, and how long. See stages.h. */
#include "model/stages.h"

#include <math.h>
#include <string.h>
#include "base/error.h"

const char *const stage_names[STAGES] = {"likelihood", "latent", "critic", "knobs", "discriminator", "adversarial"};

/* A schedule of fewer is none. */
#define STEPS_LEAST 16

/* Parts of the time, and what a step takes, roughly, in steps of likelihood. */
static const struct {
	double part, cost;
} plan[STAGES] = {{60, 1}, {20, 1.5}, {5, 1.5}, {5, 1.2}, {5, 0.25}, {10, 4}};

static int find(const char *name, size_t n)
{
	for (int s = 0; s < STAGES; s++)
		if (strlen(stage_names[s]) == n && strncmp(stage_names[s], name, n) == 0)
			return s;
	return -1;
}

int stages_parse(unsigned *set, const char *text)
{
	*set = 0;
	for (const char *word = text; *word;) {
		const size_t n = strcspn(word, ",");
		const int s = find(word, n);

		if (s < 0)
			return error(
				"\"%.*s\" is no stage: likelihood, latent, critic, knobs, discriminator, adversarial",
				(int)n, word);
		if (*set >> s)
			return error("stages follow each other as likelihood, latent, critic, knobs, discriminator, "
			             "adversarial, each once");
		*set |= 1u << s;
		word += n + (word[n] == ',');
	}
	return *set ? 0 : error("which stages? likelihood, latent, critic, knobs, discriminator, adversarial");
}

double stage_share(unsigned set, enum stage s)
{
	double sum = 0;

	for (int i = 0; i < STAGES; i++)
		if (set >> i & 1)
			sum += plan[i].part;
	return set >> s & 1 ? plan[s].part / sum : 0;
}

long stage_steps(unsigned set, enum stage s, long likelihood_steps)
{
	const double ratio = stage_share(set | 1u << STAGE_LIKELIHOOD, s) /
	                     stage_share(set | 1u << STAGE_LIKELIHOOD, STAGE_LIKELIHOOD);

	return lrint(fmax(STEPS_LEAST, (double)likelihood_steps * ratio / plan[s].cost));
}
