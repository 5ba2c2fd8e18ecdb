/* The arranger as a source, and what is asked of it: see arranger.h. */
#include "live/arranger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "live/arranger_bars.h"

#define MARGIN        80000  /* us from what is heard to a line that can still be changed, */
#define MARGIN_ANSWER 250000 /* or where another composer is to begin */
#define CHORD_LEAN    2.5    /* nats for the tones of a chord that is followed */

/* ---- changes ------------------------------------------------------------------------ */

static struct key key_of(double value)
{
	const int key = (int)value;

	return (struct key){key < 0 ? -1 : key % 12, key < 0 ? MODE_UNKNOWN : key < 12 ? MODE_MAJOR : MODE_MINOR};
}

/* The scale that is asked for on the key's tonic, else the one that the music was begun with. */
static unsigned scale_of(const struct arranger *a)
{
	const int index = (int)a->values[CONTROL_SCALE];
	const struct key key = key_of(a->values[CONTROL_KEY]);

	return index > 0 ? control_scale(index, key.tonic < 0 ? 0 : key.tonic) : a->o.compose.scale;
}

/* Below its least value a knob is not told. */
static const enum control knob_controls[KNOBS] = {CONTROL_DENSITY, CONTROL_REGISTER, CONTROL_LEAPS};

static void change_composer(struct arranger *a)
{
	struct composer_changes changes = {
		.temperature = a->values[CONTROL_TEMPERATURE],
		.key = key_of(a->values[CONTROL_KEY]),
		.scale = scale_of(a),
		.style = (int)a->values[CONTROL_STYLE],
	};

	for (int c = 0; c < 12; c++)
		changes.lean[c] = a->chord >> c & 1 ? CHORD_LEAN : 0;
	for (int k = 0; k < KNOBS; k++) {
		const double value = a->values[knob_controls[k]];

		changes.knobs[k] = value >= -1 ? value : NAN;
	}
	composer_change(a->composer, &changes);
}

/* At the line of the next bar. */
static void turn(struct arranger *a, bool back)
{
	const struct start *start;
	const struct composer_theme *theme = NULL;
	int64_t line = a->place.line;

	if (back && a->n_themes > 1)
		theme = &a->themes[--a->n_themes - 1];
	else if (back)
		return;
	while (line < a->place.now) /* where it cannot go back, the event in hand still comes */
		line += a->place.length;
	composer_leave(a->composer, theme, a->newest + 1, (int)(line - a->place.now));
	start = composer_start(a->composer);
	if (start->numerator != a->place.numerator || start->denominator_log2 != a->place.denominator_log2) {
		a->place.numerator = start->numerator;
		a->place.denominator_log2 = start->denominator_log2;
		arrange_new_metre(a);
	}
	/* a new theme is no bar of the old loop */
	a->looping = false;
}

/* Everything that is asked for at one time. */
struct requests {
	double values[CONTROLS];
	unsigned chord;
	struct piece *phrase; /* owned; or NULL */
	struct heard heard;
	struct asked actions[ACTIONS_WAITING];
	int n;
};

/* False: nothing is. */
static bool take_requests(struct arranger *a, struct requests *r)
{
	bool any;

	pthread_mutex_lock(&a->lock);
	atomic_store_explicit(&a->source.changed, false, memory_order_relaxed);
	memcpy(r->values, a->asked, sizeof a->asked);
	memcpy(r->actions, a->actions, sizeof a->actions);
	r->n = a->n_actions;
	r->chord = a->asked_chord;
	r->phrase = a->asked_phrase;
	r->heard = a->asked_heard;
	a->n_actions = 0;
	a->asked_phrase = NULL;
	pthread_mutex_unlock(&a->lock);
	any = r->n > 0 || r->phrase || r->chord != a->chord;
	for (int i = 0; i < CONTROLS; i++)
		any = any || r->values[i] != a->values[i];
	return any;
}

/* Everything that is asked for, at the line of the next bar: the composer is there. */
static int meet_requests(struct arranger *a, struct requests *r)
{
	int64_t line;

	memcpy(a->values, r->values, sizeof a->values);
	a->chord = r->chord;
	/* a phrase that the model cannot go on from is no reason to stop */
	if (r->phrase && arrange_answer(a, r->phrase, &r->heard) < 0)
		atomic_fetch_add_explicit(&a->unanswered, 1, memory_order_relaxed);
	change_composer(a);
	for (int i = 0; i < r->n; i++) {
		if (r->actions[i].action == ACTION_NEW_THEME)
			turn(a, false);
		else if (r->actions[i].action == ACTION_BACK)
			turn(a, true);
		else if (r->actions[i].action == ACTION_REWRITE && arrange_rewrite(a, r->actions[i].part) < 0)
			return -1;
	}
	a->choose = true;
	line = a->place.line;
	for (int i = 0; i < a->n_ready; i++)
		line += a->ready[i].length;
	composer_not_before(a->composer, (int)(line - a->place.now));
	return 0;
}

/* The tick that is heard in so many microseconds from now. */
static int64_t tick_in(const struct arranger *a, uint64_t us)
{
	const uint64_t heard = atomic_load_explicit(&a->source.heard, memory_order_acquire);
	const uint32_t tempo = atomic_load_explicit(&a->source.us_per_quarter, memory_order_relaxed);
	const uint64_t moment = heard + (tempo ? us * (QUARTER / 1000) / tempo * 1000 : 0);

	return (int64_t)(moment / (QUARTER / (uint64_t)a->o.model->vocab->grid)) + 1;
}

/*
 * Something was asked for. Where the line at which it can be heard has been
 * given out already, a new epoch begins there; else it is met by the bar that
 * comes next anyway.
 */
static int change(struct arranger *a)
{
	struct requests r;
	const struct saved *line;
	int64_t given;

	if (!take_requests(a, &r))
		return 0;
	line = arrange_find(a, tick_in(a, r.phrase ? MARGIN_ANSWER : MARGIN));
	if (!line) {
		/* where a network cannot go back, the event in hand stays */
		arrange_drop_hand(a);
		return meet_requests(a, &r);
	}
	given = a->item == a->n_items ? a->bar.line + a->bar.length : a->bar.line;
	arrange_go_back(a, line);
	a->epoch++;
	if (meet_requests(a, &r) < 0 || arrange_bar(a) < 0)
		return -1;
	/* that took longer than was thought: then it is heard a bar later, where the old bar is there, all of it */
	while (!a->bar.last && a->bar.line < tick_in(a, MARGIN / 8) && a->bar.line + a->bar.length <= given)
		if (arrange_bar(a) < 0)
			return -1;
	a->cut = arranger_moment(a, a->bar.line);
	if (a->o.score)
		score_cut(a->o.score, a->cut);
	return play_bar(a);
}

/* It is met: there is time again, unless something else was asked for meanwhile. */
static void met(struct arranger *a)
{
	pthread_mutex_lock(&a->lock);
	if (!atomic_load_explicit(&a->source.changed, memory_order_relaxed))
		atomic_store_explicit(&a->hurry, false, memory_order_release);
	pthread_mutex_unlock(&a->lock);
}

/* ---- the source ------------------------------------------------------------------------ */

/* The bar that was given out, as the judge sees it: there is time now. */
static int tell_opinion(struct arranger *a)
{
	double judged;

	if (arrange_opinion(a, &judged) < 0)
		return -1;
	if (!isnan(judged))
		score_judge(a->o.score, arranger_moment(a, a->bar.line), (float)judged);
	return 0;
}

static int arranger_next(struct source *source, struct source_item *item)
{
	struct arranger *a = (struct arranger *)source;

	if (a->source.refused && a->item > 0)
		a->item--;
	a->source.refused = false;
	if (atomic_load_explicit(&a->source.changed, memory_order_acquire)) {
		if (change(a) < 0)
			return -1;
		met(a);
	}
	while (a->item == a->n_items) {
		if (a->bar.last)
			return 0;
		if (a->n_items > 0 && a->o.score && tell_opinion(a) < 0)
			return -1;
		if (arrange_bar(a) < 0 || play_bar(a) < 0)
			return -1;
	}
	*item = a->items[a->item++];
	return 1;
}

/* Freed with the arranger. */
static void leave(struct source *source)
{
	(void)source;
}

struct arranger *arranger_new(const struct arranger_options *o)
{
	struct arranger *a = mem_new(1, sizeof *a);
	struct compose_options composed = o->compose;
	int programs[SONG_PARTS_MAX];

	if (!a)
		return NULL;
	a->source.next = arranger_next;
	a->source.free = leave;
	a->o = *o;
	if (o->compose.live)
		composed.best_of = 0;
	a->o.compose.hurry = composed.hurry = &a->hurry;
	pthread_mutex_init(&a->lock, NULL);
	a->composer = composer_new(o->model, &composed);
	if (!a->composer || arrange_start(a) < 0) {
		arranger_free(a);
		return NULL;
	}
	performer_start(&a->performer, o->model->vocab->grid, composer_start(a->composer),
	                composer_us_per_quarter(a->composer), o->playing == PLAY_LEARNED);
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		programs[k] = -1;
	routing_defaults(&a->routing, programs, SONG_PARTS_MAX, false);
	arranger_values(a, a->values);
	memcpy(a->asked, a->values, sizeof a->asked);
	return a;
}

void arranger_free(struct arranger *a)
{
	if (!a)
		return;
	arrange_done(a);
	composer_free(a->composer);
	piece_free(a->phrase);
	piece_free(a->asked_phrase);
	free(a->items);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

struct source *arranger_source(struct arranger *a)
{
	return &a->source;
}

const struct start *arranger_start(const struct arranger *a)
{
	return composer_start(a->composer);
}

void arranger_route(struct arranger *a, const struct routing *routing)
{
	a->routing = *routing;
}

void arranger_values(const struct arranger *a, double values[CONTROLS])
{
	const struct compose_options *o = &a->o.compose;

	for (int i = 0; i < CONTROLS; i++)
		values[i] = control_info((enum control)i)->start;
	values[CONTROL_TEMPERATURE] = o->temperature;
	values[CONTROL_BEST_OF] = o->best_of > 1 ? o->best_of : 1;
	values[CONTROL_KEY] = o->key.tonic < 0 ? -1 : o->key.tonic + (o->key.mode == MODE_MINOR ? 12 : 0);
	values[CONTROL_STYLE] = o->style;
	for (int k = 0; k < KNOBS; k++)
		if (!isnan(o->knobs[k]))
			values[knob_controls[k]] = o->knobs[k];
}

/* ---- requests --------------------------------------------------------------------------- */

static void ask(struct arranger *a)
{
	atomic_store_explicit(&a->hurry, true, memory_order_release);
	atomic_store_explicit(&a->source.changed, true, memory_order_release);
}

void arranger_set(struct arranger *a, const double values[CONTROLS])
{
	pthread_mutex_lock(&a->lock);
	memcpy(a->asked, values, sizeof a->asked);
	ask(a);
	pthread_mutex_unlock(&a->lock);
}

void arranger_follow(struct arranger *a, unsigned chord)
{
	pthread_mutex_lock(&a->lock);
	a->asked_chord = chord;
	ask(a);
	pthread_mutex_unlock(&a->lock);
}

void arranger_answer(struct arranger *a, struct piece *phrase, const struct heard *heard)
{
	pthread_mutex_lock(&a->lock);
	piece_free(a->asked_phrase);
	a->asked_phrase = phrase;
	a->asked_heard = *heard;
	ask(a);
	pthread_mutex_unlock(&a->lock);
}

unsigned arranger_unanswered(const struct arranger *a)
{
	return atomic_load_explicit(&a->unanswered, memory_order_relaxed);
}

void arranger_act(struct arranger *a, enum action action, int part)
{
	if (action != ACTION_NEW_THEME && action != ACTION_BACK && action != ACTION_REWRITE)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->n_actions < ACTIONS_WAITING)
		a->actions[a->n_actions++] = (struct asked){action, part};
	ask(a);
	pthread_mutex_unlock(&a->lock);
}
