/*
 * An arranger as a stream would play it, without a stream: items are taken as
 * far as is wanted, what is heard follows some bars behind, and what a new
 * epoch cuts off is forgotten. Beside it the same music event by event, from
 * a composer of its own. cmocka.h comes before this; include it in one file
 * of a program.
 */
#ifndef TESTS_UNIT_LIVE_ARRANGED_H
#define TESTS_UNIT_LIVE_ARRANGED_H

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "live/arranger.h"
#include "music/perform.h"

struct arranged {
	struct arranger *arranger;
	struct source *source;
	struct source_item *items; /* those that hold */
	size_t n, room;
	uint32_t epoch;
	uint64_t cut; /* of the newest */
	size_t taken; /* items that were given out */
	bool over;
};

static inline struct arranged arranged_start(const struct arranger_options *o)
{
	struct arranged a = {.arranger = arranger_new(o)};

	if (!a.arranger)
		fail_msg("%s", error_message());
	a.source = arranger_source(a.arranger);
	atomic_store(&a.source->us_per_quarter, 500000);
	return a;
}

static inline void arranged_done(struct arranged *a)
{
	source_free(a->source);
	arranger_free(a->arranger);
	free(a->items);
}

static inline void arranged_take(struct arranged *a, const struct source_item *item)
{
	if (item->epoch != a->epoch) {
		assert_int_equal(item->epoch, a->epoch + 1);
		a->epoch = item->epoch;
		a->cut = item->cut;
		while (a->n > 0 && a->items[a->n - 1].play.at >= item->cut)
			a->n--;
	}
	assert_int_equal(item->cut, a->cut);
	if (item->play.at < a->cut)
		fail_msg("an item of kind %d is before the cut", item->play.kind);
	assert_true(a->n == 0 || item->play.at >= a->items[a->n - 1].play.at);
	assert_int_equal(MEM_GROW(a->items, a->room, a->n + 1), 0);
	a->items[a->n++] = *item;
}

/* One more. False: it is over. */
static inline bool arranged_step(struct arranged *a)
{
	struct source_item item;
	const int got = a->source->next(a->source, &item);

	if (got < 0)
		fail_msg("%s", error_message());
	a->over = got == 0;
	if (a->over)
		return false;
	a->taken++;
	arranged_take(a, &item);
	return true;
}

/* So many bars more. */
static inline void arranged_bars(struct arranged *a, int bars)
{
	for (; bars > 0 && arranged_step(a); bars -= a->items[a->n - 1].play.kind == ITEM_BAR)
		;
}

/* All that is before this moment. */
static inline void arranged_until(struct arranged *a, uint64_t moment)
{
	while ((a->n == 0 || a->items[a->n - 1].play.at < moment) && arranged_step(a))
		;
}

/* The n-th item of a kind, from 0; NULL: there are not so many. */
static inline const struct source_item *arranged_item(const struct arranged *a, enum item_kind kind, size_t n)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].play.kind == kind && n-- == 0)
			return &a->items[i];
	return NULL;
}

static inline size_t arranged_count(const struct arranged *a, enum item_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->items[i].play.kind == kind;
	return n;
}

/* The line of the newest bar but so many. */
static inline uint64_t arranged_line(const struct arranged *a, size_t back)
{
	return arranged_item(a, ITEM_BAR, arranged_count(a, ITEM_BAR) - 1 - back)->play.at;
}

/* It is heard up to the line of the newest bar but so many, and a little into that bar. */
static inline void arranged_hear(struct arranged *a, size_t back)
{
	atomic_store(&a->source->heard, arranged_line(a, back) + QUARTER / 8);
}

/* For who reads a failure. */
static inline void print_notes(const char *title, const struct arranged *a, uint64_t from, uint64_t to)
{
	print_message("%s, epoch %u from %.3f\n", title, a->epoch, (double)a->cut / QUARTER);
	for (size_t i = 0; i < a->n; i++) {
		const struct source_item *item = &a->items[i];

		if (item->play.at < from || item->play.at >= to)
			continue;
		if (item->play.kind == ITEM_BAR)
			print_message("  bar %d at %.3f\n", item->bar, (double)item->play.at / QUARTER);
		if (item->play.kind == ITEM_NOTE)
			print_message("  %.3f-%.3f part %d pitch %d velocity %d\n", (double)item->play.at / QUARTER,
			              (double)item->play.note.off / QUARTER, item->play.note.part,
			              item->play.note.pitch, item->play.note.velocity);
	}
}

static inline bool same_note(const struct source_item *a, const struct source_item *b)
{
	const struct play_note *x = &a->play.note, *y = &b->play.note;

	return a->play.at == b->play.at && x->off == y->off && x->part == y->part && x->channel == y->channel &&
	       x->pitch == y->pitch && x->velocity == y->velocity && x->program == y->program;
}

/* Up to a moment both have the same notes. How many. */
static inline int expect_same_notes(const struct arranged *a, const struct arranged *b, uint64_t from, uint64_t to)
{
	size_t i = 0, j = 0;
	int notes = 0;

	for (;; i++, j++, notes++) {
		while (i < a->n && (a->items[i].play.kind != ITEM_NOTE || a->items[i].play.at < from))
			i++;
		while (j < b->n && (b->items[j].play.kind != ITEM_NOTE || b->items[j].play.at < from))
			j++;
		if (i == a->n || a->items[i].play.at >= to) {
			assert_true(j == b->n || b->items[j].play.at >= to);
			return notes;
		}
		assert_true(j < b->n && b->items[j].play.at < to);
		if (!same_note(&a->items[i], &b->items[j])) {
			print_notes("this", a, from, to);
			print_notes("that", b, from, to);
			fail_msg("note %d is another", notes);
		}
	}
}

/* Notes from a moment on that one of them has and the other has not. */
static inline int count_other_notes(const struct arranged *a, const struct arranged *b, uint64_t from, uint64_t to)
{
	int other = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct source_item *note = &a->items[i];
		bool found = false;

		if (note->play.kind != ITEM_NOTE || note->play.at < from || note->play.at >= to)
			continue;
		for (size_t j = 0; j < b->n && !found; j++)
			found = b->items[j].play.kind == ITEM_NOTE && same_note(note, &b->items[j]);
		other += !found;
	}
	return other;
}

#endif
