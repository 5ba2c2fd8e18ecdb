/* A bar as it is played: performed, swung, and in the score. See arranger_bars.h. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "live/arranger_bars.h"

uint64_t arranger_moment(const struct arranger *a, int64_t tick)
{
	const uint64_t grid = (uint64_t)a->o.model->vocab->grid, ticks = (uint64_t)(tick > 0 ? tick : 0);
	const uint64_t moment = ticks / grid * QUARTER + ticks % grid * QUARTER / grid;

	return moment < MOMENT_MAX ? moment : MOMENT_MAX;
}

/* Off-beat eighths come later, what is between in proportion: [0, 1/2] of a beat is stretched, [1/2, 1] is squeezed. */
static uint64_t swung(const struct arranger *a, const struct bar *b, uint64_t line, uint64_t moment)
{
	const double swing = a->values[CONTROL_SWING];
	const uint64_t half = QUARTER / 2, middle = half + (uint64_t)(swing * (double)QUARTER / 6);
	const uint64_t since = moment - line, beat = since / QUARTER * QUARTER, in = since % QUARTER;

	/* what is counted in eighths has no eighths off the beat */
	if (swing <= 0 || b->denominator_log2 > 2)
		return moment;
	if (in <= half)
		return line + beat + (uint64_t)((double)in * (double)middle / (double)half);
	return line + beat + middle + (uint64_t)((double)(in - half) * (double)(QUARTER - middle) / (double)half);
}

static int add(struct arranger *a, const struct source_item *item)
{
	if (MEM_GROW(a->items, a->items_room, a->n_items + 1) < 0)
		return -1;
	a->items[a->n_items] = *item;
	a->items[a->n_items].epoch = a->epoch;
	a->items[a->n_items++].cut = a->cut;
	return 0;
}

/* How it is performed: units that it sounds, and its velocity. */
static void perform(struct arranger *a, struct play_note *note, const struct bar *b, const struct bar_event *be)
{
	const uint64_t fine = (uint64_t)a->performer.fine * (uint64_t)a->o.model->vocab->grid;
	const int64_t tick = b->line + be->tick;
	struct event e = be->event;
	struct performed performed;

	e.shift = (int)(tick - a->performed);
	a->performed = tick;
	a->performer.us_per_quarter = b->us_per_quarter;
	performed = performer_event(&a->performer, &e);
	if (e.kind != EVENT_NOTE)
		return;
	/* at most 2^30 ticks of ten */
	note->off = (uint64_t)performed.length / fine * QUARTER + (uint64_t)performed.length % fine * QUARTER / fine;
	note->velocity = performed.velocity;
}

static int add_note(struct arranger *a, const struct bar_event *be, uint64_t line, struct score_bar *shown)
{
	const struct bar *b = &a->bar;
	const struct event *e = &be->event;
	const uint64_t at = arranger_moment(a, b->line + be->tick);
	struct source_item item = {.play = {.at = swung(a, b, line, at),
	                                    .kind = ITEM_NOTE,
	                                    .note = {.part = e->part, .pitch = e->pitch, .velocity = e->velocity}}};
	struct play_note *note = &item.play.note;

	note->off = arranger_moment(a, b->line + be->tick + e->duration) - at;
	if (a->o.playing != PLAY_PLAIN)
		perform(a, note, b, be);
	if (e->kind != EVENT_NOTE || !routing_apply(&a->routing, e->part % SONG_PARTS_MAX, note))
		return 0;
	if (a->phrase)
		note->velocity = heard_velocity(&a->heard, note->velocity, a->o.model->vocab->velocity);
	note->off += at;
	/* an end within the bar is swung as well; over the line it is as good where it is */
	if (note->off < line + (uint64_t)b->length * (QUARTER / (uint64_t)a->o.model->vocab->grid))
		note->off = swung(a, b, line, note->off);
	if (shown->n < SCORE_NOTES)
		shown->notes[shown->n++] = (struct score_note){item.play.at, note->off,      note->part,
		                                               note->pitch,  note->velocity, note->program};
	return add(a, &item);
}

static int add_tempo(struct arranger *a, uint64_t at)
{
	const struct source_item item = {
		.play = {.at = at, .kind = ITEM_TEMPO, .us_per_quarter = (uint32_t)a->bar.us_per_quarter}};

	return add(a, &item);
}

/* What comes with the line itself. Where no clock has to have its whole bar, a pickup does not wait for the rest of it. */
static int add_line(struct arranger *a, uint64_t line, uint64_t length)
{
	const uint64_t begin = a->begun || a->o.clock || a->o.follows ? line : arranger_moment(a, a->performed);
	struct source_item item = {.play = {.at = line, .kind = ITEM_START}};

	if (!a->begun && a->o.clock && add(a, &item) < 0)
		return -1;
	if (a->bar.tempo_tick == 0 && add_tempo(a, begin) < 0)
		return -1;
	a->begun = true;
	item = (struct source_item){.play = {.at = begin, .kind = ITEM_BAR},
	                            .bar = a->bar.number,
	                            .parts = __builtin_popcountll(composer_start(a->composer)->parts),
	                            .numerator = a->bar.numerator,
	                            .denominator_log2 = a->bar.denominator_log2,
	                            .length = a->o.compose.endless ? line + length - begin : 0};
	return add(a, &item);
}

static int add_stop(struct arranger *a)
{
	const struct source_item item = {
		.play = {.at = arranger_moment(a, a->hand.full ? a->hand.tick : a->place.now), .kind = ITEM_STOP}};

	if (!a->o.clock || a->stopped)
		return 0;
	a->stopped = true;
	return add(a, &item);
}

int play_bar(struct arranger *a)
{
	const struct bar *b = &a->bar;
	const uint64_t line = arranger_moment(a, b->line);
	const uint64_t length = arranger_moment(a, b->line + b->length) - line;
	struct score_bar shown = {.at = line,
	                          .length = length,
	                          .number = b->number,
	                          .piece = (int)b->piece + 1,
	                          .numerator = b->numerator,
	                          .denominator_log2 = b->denominator_log2,
	                          .us_per_quarter = b->us_per_quarter,
	                          .tonic = (int8_t)b->key.tonic,
	                          .mode = (int8_t)b->key.mode,
	                          .judged = NAN,
	                          .locked = b->locked};

	a->n_items = a->item = 0;
	if (add_line(a, line, length) < 0)
		return -1;
	for (int i = 0; i < b->n; i++) {
		const struct bar_event *be = &b->events[i];

		if (be->tick == b->tempo_tick && be->tick > 0 && (i == 0 || b->events[i - 1].tick < be->tick) &&
		    add_tempo(a, arranger_moment(a, b->line + be->tick)) < 0)
			return -1;
		if (add_note(a, be, line, &shown) < 0)
			return -1;
	}
	if (b->last && add_stop(a) < 0)
		return -1;
	if (a->o.score)
		score_add(a->o.score, &shown);
	return 0;
}
