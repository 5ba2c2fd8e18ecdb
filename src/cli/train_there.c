/* A model that is there. See train_there.h. */
#include "cli/train_there.h"

#include "base/log.h"
#include "cli/train_corpus.h"
#include "cli/train_place.h"

struct task {
	int (*work)(void *context, const struct train_there_room *room);
	void *context;
};

static int work_with(const struct train_there *t, const struct task *task, struct settings *settings,
                     struct train_place *place, struct train_screen *screen, struct pool *pool)
{
	struct model *m = model_load(place->model);
	struct corpus *corpus = NULL;
	struct reading reading;
	int status = -1;

	if (m && train_place_lock(place) == 0) {
		reading = vocab_reading(m->vocab);
		corpus = train_corpus_load(t->corpora, t->n_corpora, settings, &reading, screen, pool);
	}
	if (corpus) {
		const struct train_there_room room = {m, place->model, corpus, settings, screen, pool};

		if (corpus->fingerprint != m->provenance.corpus_fingerprint)
			log_warning("%s was trained on other music: what is held out here it may have learned",
			            place->model);
		status = task->work(task->context, &room);
	}
	corpus_free(corpus);
	model_free(m);
	return status;
}

int train_there(const struct train_there *t, int (*work)(void *context, const struct train_there_room *room),
                void *context)
{
	const struct task task = {work, context};
	struct train_place place = {.lock = {.fd = -1}};
	struct train_screen screen;
	struct settings settings;
	struct pool *pool = NULL;
	int status = -1;

	if (settings_load(&settings, t->config, t->sets) == 0 && train_place_find(&place, t->name, t->corpora[0]) == 0)
		pool = pool_new(t->threads);
	if (pool && train_screen_begin(&screen, 0, NULL) == 0) {
		status = work_with(t, &task, &settings, &place, &screen, pool);
		train_screen_end(&screen);
	}
	pool_free(pool);
	train_place_done(&place);
	return status;
}
