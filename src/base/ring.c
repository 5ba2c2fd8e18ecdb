/*
 * The ring. head and tail only ever count up and wrap with size_t; head - tail
 * is what is in the ring, and an index into items is a count under the mask.
 * The producer may write where the consumer has been: its acquire of tail
 * pairs with the consumer's release, and the other way round for head.
 */
#include "base/ring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

int ring_init(struct ring *r, size_t capacity, size_t item_size)
{
	size_t size = 1;

	if (item_size == 0)
		BUG("a ring of items without size");
	r->items = NULL;
	if (capacity > SIZE_MAX / 4)
		return error("out of memory (a ring of %zu items)", capacity);
	while (size < capacity)
		size *= 2;
	r->items = mem_new(size, item_size);
	if (!r->items)
		return -1;
	r->item_size = item_size;
	r->mask = size - 1;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	return 0;
}

void ring_done(struct ring *r)
{
	free(r->items);
	r->items = NULL;
}

/*
 * Either side may ask either question. The tail is read first: then the head
 * cannot seem to be behind it, whoever asks.
 */
size_t ring_count(const struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t count = head - tail;

	/* a third thread may be stopped between the two loads; a count is never more than all */
	return count > r->mask + 1 ? r->mask + 1 : count;
}

size_t ring_room(const struct ring *r)
{
	return r->mask + 1 - ring_count(r);
}

int ring_write(struct ring *r, const void *items, size_t n)
{
	const unsigned char *from = items;
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t at = head & r->mask, first = r->mask + 1 - at;

	if (n > r->mask + 1 - (head - tail))
		return 0;
	if (first > n)
		first = n;
	if (first > 0)
		memcpy(r->items + at * r->item_size, from, first * r->item_size);
	if (n > first)
		memcpy(r->items, from + first * r->item_size, (n - first) * r->item_size);
	atomic_store_explicit(&r->head, head + n, memory_order_release);
	return 1;
}

int ring_read(struct ring *r, void *items, size_t n)
{
	unsigned char *to = items;
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t at = tail & r->mask, first = r->mask + 1 - at;

	if (n > head - tail)
		return 0;
	if (first > n)
		first = n;
	if (first > 0)
		memcpy(to, r->items + at * r->item_size, first * r->item_size);
	if (n > first)
		memcpy(to + first * r->item_size, r->items, (n - first) * r->item_size);
	atomic_store_explicit(&r->tail, tail + n, memory_order_release);
	return 1;
}

const void *ring_peek(const struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);

	return head == tail ? NULL : r->items + (tail & r->mask) * r->item_size;
}
