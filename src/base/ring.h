/*
 * A ring of fixed-size items between one producer thread and one consumer
 * thread, without locks: each side owns its index and publishes it with
 * release, the other reads it with acquire (C11 atomics).
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>

struct ring {
	unsigned char *items;
	size_t item_size, mask; /* capacity - 1; capacity is a power of two */
	_Atomic size_t head;    /* next to write: the producer's */
	_Atomic size_t tail;    /* next to read: the consumer's */
};

/* capacity is rounded up to a power of two. 0 or -1. */
int ring_init(struct ring *r, size_t capacity, size_t item_size);
void ring_done(struct ring *r);

/* Items that can be written / read just now. */
size_t ring_room(const struct ring *r);
size_t ring_count(const struct ring *r);

/* All n items or none: 1 when done, 0 when there was no room / not enough. */
int ring_write(struct ring *r, const void *items, size_t n);
int ring_read(struct ring *r, void *items, size_t n);

/* The oldest item without taking it; NULL when empty. Consumer only. */
const void *ring_peek(const struct ring *r);

#endif
