/*
 * The composer thread of a stream: it keeps AHEAD of music in the ring, no
 * more, and a bar or two of slow music. When its source changes its mind, what
 * it has in hand is dropped, and what was given out is cut off where the new
 * epoch begins: the cut is published once its first item is there to follow.
 */
#include <string.h>

#include "base/clock.h"
#include "live/stream_threads.h"

#define AHEAD          8000000ull /* us: four bars of 4/4 at 120 */
#define AHEAD_QUARTERS 8          /* at least */
#define EPOCHS_MOST    (CUTS - 4) /* in the ring */

/* Near enough to what is heard? */
static bool near(const struct stream *s, uint64_t moment)
{
	const uint64_t heard = atomic_load_explicit(&s->source->heard, memory_order_acquire);
	const uint32_t us = atomic_load_explicit(&s->source->us_per_quarter, memory_order_relaxed);
	const uint64_t quarters = us ? AHEAD / us : 0;

	return moment <= heard + QUARTER * (quarters > AHEAD_QUARTERS ? quarters : AHEAD_QUARTERS);
}

/* A new epoch's first item: what comes at its cut or later is of it. Epochs of which no item was taken cut nothing. */
static void publish_cut(struct stream *s, const struct source_item *item)
{
	const uint32_t epoch = atomic_load_explicit(&s->epoch, memory_order_relaxed);

	for (uint32_t e = epoch + 1; e != item->epoch; e++)
		atomic_store_explicit(&s->cuts[e % CUTS], UINT64_MAX, memory_order_relaxed);
	atomic_store_explicit(&s->cuts[item->epoch % CUTS], item->cut, memory_order_relaxed);
	atomic_store_explicit(&s->epoch, item->epoch, memory_order_release);
}

static bool put(struct stream *s, const struct source_item *item)
{
	const uint32_t epoch = atomic_load_explicit(&s->epoch, memory_order_relaxed);
	const uint32_t taken = atomic_load_explicit(&s->taken_epoch, memory_order_acquire);

	if (!near(s, item->play.at) || item->epoch - taken > EPOCHS_MOST)
		return false;
	if (item->epoch != epoch) {
		if (ring_room(&s->ring) == 0)
			return false;
		publish_cut(s, item);
	}
	if (!ring_write(&s->ring, item, 1))
		return false;
	atomic_store_explicit(&s->written, item->play.at + (item->play.kind == ITEM_BAR ? item->length : 0),
	                      memory_order_release);
	return true;
}

/* False: the source has changed its mind, or all is to stop. */
static bool put_in_time(struct stream *s, const struct source_item *item)
{
	while (!put(s, item)) {
		if (wish_of(s) == STOP || atomic_load_explicit(&s->source->changed, memory_order_acquire))
			return false;
		clock_sleep_until(clock_now() + POLL);
	}
	return true;
}

void *stream_compose(void *context)
{
	struct stream *s = context;
	struct source_item item;
	int got = 0;

	while (wish_of(s) != STOP && (got = s->source->next(s->source, &item)) == 1)
		s->source->refused = !put_in_time(s, &item);
	if (got < 0) {
		memcpy(s->composer_error, error_message(), strlen(error_message()) + 1);
		s->composer_failed = true;
	}
	atomic_store_explicit(&s->composed, true, memory_order_release);
	return NULL;
}
