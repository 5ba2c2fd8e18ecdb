/* The seed as a control. See seed_control.h. */
#include "model/seed_control.h"

#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "corpus/bars.h"
#include "corpus/controls.h"
#include "model/compose.h"
#include "model/train.h"

/* Of the training; its seed is every line's beginning too. */
enum { STEPS = 500, SEED = 20181 };

struct seed_control {
	struct model *model;
};

struct reporting {
	void (*progress)(void *context, size_t done, size_t total);
	void *context;
};

static int on_step(void *context, const struct train_progress *p)
{
	const struct reporting *r = context;

	if (r->progress)
		r->progress(r->context, (size_t)p->step, (size_t)p->steps);
	return 0;
}

/* The highest line of what is for training in a piece. */
static struct piece *training_line(const struct corpus_piece *cp)
{
	struct piece first = *cp->piece;

	first.n = cp->train_events < first.n ? cp->train_events : first.n;
	return control_line(&first);
}

static void lines_free(struct corpus *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		piece_free(lines->pieces[i].piece);
	free(lines->pieces);
}

/* 0 or -1; lines_free() in either case. */
static int collect_lines(struct corpus *lines, const struct corpus *music)
{
	*lines = (struct corpus){.rule = SPLIT_BY_FOLDER, .pieces = mem_new(music->n, sizeof *lines->pieces)};
	if (!lines->pieces)
		return -1;
	for (size_t i = 0; i < music->n; i++) {
		struct corpus_piece *cp = &lines->pieces[lines->n];

		if (music->pieces[i].split != SPLIT_TRAIN)
			continue;
		/* what is for training of a short piece may be silent */
		cp->piece = training_line(&music->pieces[i]);
		if (!cp->piece)
			continue;
		cp->split = SPLIT_TRAIN;
		cp->train_events = cp->piece->n;
		lines->n++;
	}
	return lines->n > 0 ? 0 : error("there are no training pieces");
}

static struct model *train(const struct corpus *lines, struct pool *pool, struct reporting *reporting)
{
	const struct generator_config generator = {.kind = KIND_SEED, .trunk = 128};
	const struct train_hooks hooks = {.progress = on_step, .context = reporting};
	struct train_config config;
	const struct conf_room room = {"train", train_items, n_train_items, &config, ""};
	const struct train_job job = {
		.corpus = lines,
		.generator = &generator,
		.train = &config,
		.seed = SEED,
		.pool = pool,
		.hooks = &hooks,
	};
	const char *stopped;
	struct model *m = NULL;

	/* as the preset has it but that what z says is free, for so many steps; nothing is held out, so the last weights are kept */
	conf_presets(&room);
	config.steps = STEPS;
	config.chunk = 32;
	config.dropout = 0;
	config.patience = 0;
	return train_model(&m, &stopped, &job) < 0 ? NULL : m;
}

struct seed_control *seed_control_new(const struct corpus *music, struct pool *pool,
                                      void (*progress)(void *context, size_t done, size_t total),
                                      void *progress_context)
{
	struct reporting reporting = {progress, progress_context};
	struct seed_control *s = mem_new(1, sizeof *s);
	struct corpus lines;

	if (s && collect_lines(&lines, music) == 0)
		s->model = train(&lines, pool, &reporting);
	if (s)
		lines_free(&lines);
	if (s && !s->model) {
		free(s);
		s = NULL;
	}
	return s;
}

void seed_control_free(struct seed_control *s)
{
	if (s)
		model_free(s->model);
	free(s);
}

struct piece *seed_control_make(const struct seed_control *s, const struct piece *like, size_t number)
{
	struct compose_options options;
	struct bars bars;
	int result = bars_make(&bars, like);

	compose_defaults(&options);
	options.seed = SEED + number;
	options.bars = bars_count(&bars) > 0 ? (int)bars_count(&bars) : 1;
	bars_done(&bars);
	return result < 0 ? NULL : compose_piece(s->model, &options);
}
