/* What a training was asked for. See train_asked.h. */
#include "cli/train_asked.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/stages.h"

/* The setting that decides how music is read, not which. */
#define CACHE_SETTING "corpus.cache="

static char *cleaned(char *text)
{
	char *clean = text ? text_clean(text, strlen(text)) : NULL;

	free(text);
	return clean;
}

char *train_corpus_words(const struct train_asked *a)
{
	return cleaned(command_line(a->n_corpora, a->corpora));
}

char *train_command(const struct train_asked *a)
{
	const size_t room = 21 + 2 * a->sets.n + a->n_corpora;
	const char **words = mem_new(room, sizeof *words);
	char minutes[32], epochs[32], steps[32], seed[32], *line;
	size_t n = 0;

	if (!words)
		return NULL;
	words[n++] = "musegen";
	words[n++] = "train";
	if (a->preset)
		words[n++] = "--preset", words[n++] = a->preset;
	if (a->config)
		words[n++] = "--config", words[n++] = a->config;
	if (a->base)
		words[n++] = "--base", words[n++] = a->base;
	if (a->scratch)
		words[n++] = "--scratch";
	for (size_t i = 0; i < a->sets.n; i++)
		if (strncmp(a->sets.values[i], CACHE_SETTING, strlen(CACHE_SETTING)) != 0)
			words[n++] = "--set", words[n++] = a->sets.values[i];
	if (a->stages)
		words[n++] = "--stages", words[n++] = a->stages;
	if (a->minutes > 0) {
		text_from_real(minutes, sizeof minutes, a->minutes);
		words[n++] = "--minutes", words[n++] = minutes;
	}
	if (a->epochs > 0) {
		snprintf(epochs, sizeof epochs, "%d", a->epochs);
		words[n++] = "--epochs", words[n++] = epochs;
	}
	if (a->steps > 0) {
		snprintf(steps, sizeof steps, "%d", a->steps);
		words[n++] = "--steps", words[n++] = steps;
	}
	if (a->seed.given) {
		snprintf(seed, sizeof seed, "%" PRIu64, a->seed.value);
		words[n++] = "--seed", words[n++] = seed;
	}
	for (size_t i = 0; i < a->n_corpora; i++)
		words[n++] = a->corpora[i];
	line = command_line(n, words);
	free(words);
	return cleaned(line);
}

/* What only a new training can be told. */
static bool has_wishes(const struct train_asked *a)
{
	return a->preset || a->base || a->scratch || a->minutes > 0 || a->epochs > 0 || a->steps > 0 || a->seed.given ||
	       a->force || a->stages;
}

/* What no stage after likelihood can be told. */
static bool only_for_likelihood(const struct train_asked *a)
{
	return a->resume || a->preset || a->base || a->scratch || a->minutes > 0 || a->epochs > 0 || a->force ||
	       a->sample_every > 0;
}

int train_asked_check(const struct train_asked *a)
{
	unsigned set = 1u << STAGE_LIKELIHOOD;

	if (a->resume && a->n_corpora == 0 && !a->name)
		fail_usage("train: which one? (`musegen train --resume -m NAME`)");
	else if (a->choose && (a->resume || a->sample_every > 0 || has_wishes(a)))
		fail_usage("train: --choose trains nothing: only -m, -j, --config, --set and CORPUS go with it");
	else if (a->stages && stages_parse(&set, a->stages) < 0)
		fail_usage("train: --stages: %s", error_message());
	else if (!(set >> STAGE_LIKELIHOOD & 1) && only_for_likelihood(a))
		fail_usage("train: --stages without likelihood go on with a model that is there: only -m, -j, --steps, "
		           "--seed, --config, --set and CORPUS go with them");
	else if (a->resume && (has_wishes(a) || a->config || a->sets.n > 0))
		fail_usage(
			"train: --resume goes on as it was begun: only -m, -j, --sample-every and CORPUS go with it");
	else if (!a->resume && a->n_corpora == 0)
		fail_usage("train: which files or folders? (`musegen train corpus/bach/`)");
	else if (a->base && a->scratch)
		fail_usage("train: --base and --scratch say two things: give one of them");
	else if ((a->minutes > 0) + (a->epochs > 0) + (a->steps > 0) > 1)
		fail_usage("train: --minutes, --epochs and --steps all say how long: give one of them");
	else
		return 0;
	return -1;
}
