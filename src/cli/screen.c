/*
 * The screen as a whole, see screen.h: what is where, which keys are its own,
 * and warnings, which have a line of it while it is there and are told again
 * when it is gone.
 */
#include "cli/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/screen_inside.h"

#define CONTROL_L 12
#define ESCAPE    27

bool screen_possible(void)
{
	struct stat in, out;

	return terminal_is(stdout) && terminal_is(stdin) && fstat(STDIN_FILENO, &in) == 0 &&
	       fstat(STDOUT_FILENO, &out) == 0 && in.st_rdev == out.st_rdev && terminal_is_ours(stdout);
}

/* ---- warnings ------------------------------------------------------------ */

static void keep_warning(void *context, enum log_level level, const char *message)
{
	struct warnings *w = context;

	(void)level;
	pthread_mutex_lock(&w->lock);
	snprintf(w->text[w->n % WARNINGS], sizeof w->text[0], "%s", message);
	w->n++;
	w->last = clock_now();
	pthread_mutex_unlock(&w->lock);
}

/* Those that were kept, now that there is a place to read them in peace. */
static void tell_warnings(const struct warnings *w)
{
	int first = w->n > WARNINGS ? w->n - WARNINGS : 0;

	if (first > 0)
		log_note("%d warnings before these", first);
	for (int i = first; i < w->n; i++)
		log_warning("%s", w->text[i % WARNINGS]);
}

/* ---- open and close ------------------------------------------------------ */

static void screen_free(struct screen *s)
{
	roll_done(&s->roll);
	pthread_mutex_destroy(&s->warnings.lock);
	free(s->bars);
	free(s);
}

struct screen *screen_open(struct guarded_terminal *terminal)
{
	struct screen *s = mem_new(1, sizeof *s);

	if (!s)
		return NULL;
	pthread_mutex_init(&s->warnings.lock, NULL);
	s->bars = mem_new(SCORE_BARS, sizeof *s->bars);
	keys_start(&s->keys);
	if (s->bars && canvas_open(&s->canvas, terminal) == 0) {
		log_set_sink(keep_warning, &s->warnings);
		return s;
	}
	if (s->bars)
		canvas_close(&s->canvas);
	screen_free(s);
	return NULL;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	canvas_close(&s->canvas);
	print_log_plainly();
	tell_warnings(&s->warnings);
	screen_free(s);
}

void screen_suspend(struct screen *s)
{
	canvas_suspend(&s->canvas);
}

/* ---- drawing ------------------------------------------------------------- */

static void draw_too_small(const struct canvas *c)
{
	canvas_words(c, 0, 0, PLAIN, "%dx%d is too small, %dx%d is needed; the music goes on", c->columns, c->lines,
	             SCREEN_COLUMNS, SCREEN_LINES);
}

/* One line of the head, one of bar numbers, the roll, the judge, the foot. */
static void draw_all(struct screen *s, const struct screen_view *view)
{
	const int lines = s->canvas.lines;

	s->n_bars = view->score ? score_copy(view->score, roll_from(s, view->now), s->bars, SCORE_BARS) : 0;
	status_draw_head(s, view, 0);
	roll_draw(s, view, 1, lines - 3 - STATUS_FOOT);
	status_draw_foot(s, view, lines - STATUS_FOOT);
	if (s->help)
		help_draw(s);
}

void screen_draw(struct screen *s, const struct screen_view *view)
{
	struct canvas *c = &s->canvas;

	keys_told(&s->keys, view->values, view->us_per_quarter, view->n_styles, view->n_parts, clock_now());
	if (!canvas_begin(c))
		return;
	if (c->lines < SCREEN_LINES || c->columns < SCREEN_COLUMNS)
		draw_too_small(c);
	else
		draw_all(s, view);
	canvas_end(c);
}

/* ---- keys ---------------------------------------------------------------- */

bool screen_key(struct screen *s, struct request *out)
{
	int press;

	while ((press = canvas_key(&s->canvas)) >= 0) {
		if (press == '?')
			s->help = !s->help;
		else if (press == ESCAPE)
			s->help = false;
		else if (press == CONTROL_L)
			canvas_anew();
		else if (keys_press(&s->keys, press, clock_now(), out))
			return true;
	}
	return false;
}

int screen_input(const struct screen *s)
{
	return canvas_input(&s->canvas);
}
