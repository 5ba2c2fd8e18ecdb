/* Choosing the model a training begins with. See train_base.h. */
#include "cli/train_base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/transfer.h"

#define BASE_NAME  "base"
#define RATE_SHARE 0.2

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* The shipped base, if there is one that can be begun with. No model: *why says what is the matter with it. */
static struct model *shipped_base(char **path, const struct settings *s, const char *target, const char **why)
{
	struct model *m = NULL;
	char *reason = NULL;

	*why = "there is no base model to begin with";
	if (find_model(path, &reason, BASE_NAME, s) == 0) {
		if (same_file(*path, target))
			*why = "the base model cannot begin with itself";
		else if (!(m = model_load(*path)))
			*why = "the base model cannot be read";
	}
	free(reason);
	if (m && (m->vocab->grid != s->corpus.reading.grid || !transfer_fits(&s->generator, &m->generator.config))) {
		model_free(m);
		m = NULL;
		*why = "the base model is of another grid or network";
	}
	return m;
}

int train_base_choose(struct model **base, const struct corpus *corpus, struct settings *settings, const char *name,
                      bool scratch, const char *target)
{
	const long notes = train_notes(corpus);
	char *path = NULL, *reason = NULL;
	const char *why = "";

	*base = NULL;
	if (scratch)
		return 0;
	/* the networks for comparison begin with nothing */
	if (settings->generator.kind != KIND_EVENTS)
		return name ? error("--base: only networks of the kind \"events\" begin with another's weights") : 0;
	if (name) {
		if (find_model(&path, &reason, name, settings) == 0)
			*base = model_load(path);
		free(reason);
		if (*base && (*base)->generator.config.kind != KIND_EVENTS) {
			error("--base: %s is of the kind \"%s\": only networks of events begin with another's weights",
			      (*base)->name, generator_kind_name(&(*base)->generator));
			model_free(*base);
			*base = NULL;
		}
	} else if (notes < TRAIN_NOTES_ENOUGH) {
		*base = shipped_base(&path, settings, target, &why);
		if (!*base)
			printf("%ld notes are few to learn music from, and %s\n", notes, why);
	}
	if (*base) {
		settings->generator = (*base)->generator.config;
		/* a stage may add one anew: likelihood alone would leave the base's to itself */
		settings->generator.latent = settings->generator.encoder = settings->generator.knobs = 0;
		settings->train.learning_rate *= RATE_SHARE;
		fputs("beginning with the weights of ", stdout);
		put_clean(stdout, path);
		printf(", at a fifth of the learning rate%s\n",
		       name ? "" : " (few notes to learn from; --scratch begins with nothing)");
	}
	free(path);
	return name && !*base ? -1 : 0;
}
