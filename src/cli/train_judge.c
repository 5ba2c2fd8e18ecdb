/* A judge from the command line. See train_judge.h. */
#include "cli/train_judge.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/judge_train.h"

#define DRAW_EVERY 200000000u /* nanoseconds */

/* ---- while it runs ---------------------------------------------------------- */

struct judge_screen {
	struct train_screen *screen;
	uint64_t drawn;
};

/* One line that is written over on a terminal, a line an evaluation elsewhere. */
static int on_progress(void *context, const struct stage_progress *p)
{
	struct judge_screen *s = context;
	const uint64_t now = clock_now();

	if (!s->screen->live && p->evaluated) {
		printf("judge, step %ld of %ld: %s\n", p->step, p->steps, p->figures);
		fflush(stdout);
	}
	if (!s->screen->live || now - s->drawn < DRAW_EVERY)
		return 0;
	s->drawn = now;
	train_screen_clear(s->screen, false);
	flockfile(stdout);
	snprintf(s->screen->line, sizeof s->screen->line, "judge, step %ld of %ld: %s", p->step, p->steps, p->figures);
	printf("%.*s", terminal_columns(stdout) - 1, s->screen->line);
	fflush(stdout);
	s->screen->shown = true;
	funlockfile(stdout);
	return 0;
}

/* ---- what is said ------------------------------------------------------------ */

static void put_kinds(const struct judge_figures *f)
{
	puts("held out          windows  told right  pieces  looks real, on the mean");
	for (int k = 0; k < JUDGE_KINDS; k++) {
		const struct estimate *e = &f->kinds[k].piece;

		if (f->kinds[k].windows == 0)
			continue;
		printf("%-16s %8ld  %8.1f %%  %6ld  %.3f", judge_kind_names[k], f->kinds[k].windows,
		       100 * f->kinds[k].accuracy, f->kinds[k].pieces, e->value);
		if (isfinite(e->low))
			printf(" (%.3f to %.3f)", e->low, e->high);
		putchar('\n');
	}
}

static void put_reliability(const struct judge_figures *f)
{
	puts("says          windows   mean  are real");
	for (int b = 0; b < JUDGE_BINS; b++) {
		printf("%.1f to %.1f %10ld", (double)b / JUDGE_BINS, (double)(b + 1) / JUDGE_BINS, f->bins[b].windows);
		if (f->bins[b].windows > 0)
			printf("  %.3f     %.3f", f->bins[b].said, f->bins[b].real);
		putchar('\n');
	}
	printf("expected calibration error %.3f (%.3f before calibration)\n", f->calibration_error,
	       f->uncalibrated_error);
}

void train_judge_report(const struct judge_figures *f)
{
	put_kinds(f);
	putchar('\n');
	put_reliability(f);
}

/* ---- a model that is there ---------------------------------------------------- */

static int judge_anew(void *context, const struct train_there_room *room)
{
	struct judge_screen screen = {.screen = room->screen};
	const struct stage_job job = {
		.corpus = room->corpus,
		.train = &room->settings->train,
		.seed = room->model->provenance.seed,
		.pool = room->pool,
		.steps = room->settings->judge.steps,
		.progress = on_progress,
		.context = &screen,
	};
	struct stage_result result;
	struct judge_about about;

	(void)context;
	if (judge_train_measured(room->model, &room->settings->judge, &job, &result, &about) < 0)
		return -1;
	train_screen_clear(room->screen, false);
	if (result.kept && model_save(room->model, room->path) < 0)
		return -1;
	if (about.steps > 0) {
		train_judge_report(&about.figures);
		putchar('\n');
	}
	printf("judge: %s\n", result.words);
	return 0;
}

int train_judge_run(const struct train_there *there)
{
	return train_there(there, judge_anew, NULL);
}
