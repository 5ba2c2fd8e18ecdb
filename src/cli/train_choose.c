/* Choosing temperatures and top-p from the command line. See train_choose.h. */
#include "cli/train_choose.h"

#include "base/error.h"

struct choosing {
	struct train_screen *screen;
	int (*stop)(void);
};

static int on_progress(void *context, size_t done, size_t total)
{
	struct choosing *c = context;

	train_screen_choosing(c->screen, done, total);
	return c->stop && c->stop();
}

int train_choose(struct choice *out, struct model *m, const struct corpus *corpus, int pieces,
                 struct train_screen *screen, int (*stop)(void), struct pool *pool)
{
	struct choosing c = {screen, stop};
	const struct choose_options options = {pieces, on_progress, &c};

	const int status = choose_sampling(out, m, corpus, &options, pool);

	train_screen_clear(screen, false);
	if (status == 0)
		m->sampling = out->sampling;
	return status;
}

/* ---- what is said -------------------------------------------------------- */

static void put_table(const struct choice *c)
{
	puts("       pitch            duration");
	puts(" temperature top-p  temperature top-p  nearness    gain   error");
	for (size_t i = 0; i < c->n_tries; i++) {
		const struct choose_try *t = &c->tries[i];
		const struct sampling *s = &t->sampling;

		printf("%12.3g %5.3g %12.3g %5.3g %9.4f %+7.4f %7.4f\n", s->pitch_temperature, s->pitch_top_p,
		       s->duration_temperature, s->duration_top_p, t->nearness, t->gain, t->error);
	}
}

void train_choose_report(const struct choice *c, bool table)
{
	const struct sampling *s = &c->sampling;

	if (c->stopped)
		puts("choosing temperatures and top-p was interrupted: all are 1");
	if (c->n_tries == 0 || c->stopped)
		return;
	if (table)
		put_table(c);
	printf("drawn at: pitch temperature %.3g, top-p %.3g; duration temperature %.3g, top-p %.3g\n",
	       s->pitch_temperature, s->pitch_top_p, s->duration_temperature, s->duration_top_p);
	printf("  by %zu pieces at each of %zu settings, against %zu %s\n", c->made, c->n_tries, c->pieces,
	       c->everything ? "of the corpus" : "held out");
}

/* ---- a model that is there ----------------------------------------------- */

static int choose_anew(void *context, const struct train_there_room *room)
{
	const int pieces = room->settings->train.choose;
	struct choice choice;

	(void)context;
	if (generator_is_conv(&room->model->generator))
		return error("%s makes music from noise: it has no temperatures of pitches and durations to choose",
		             room->path);
	if (train_choose(&choice, room->model, room->corpus, pieces, room->screen, NULL, room->pool) < 0)
		return -1;
	if (choice.n_tries == 0)
		return error("nothing to choose by: %zu held-out pieces, train.choose is %d; %d are the fewest",
		             choice.held_out, pieces, CHOOSE_LEAST);
	if (model_save(room->model, room->path) < 0)
		return -1;
	train_choose_report(&choice, true);
	return 0;
}

int train_choose_run(const struct train_there *there)
{
	return train_there(there, choose_anew, NULL);
}
