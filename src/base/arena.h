/*
 * One block of memory handed out from the front. A layout is a function that
 * takes its arrays from an arena; it is run twice, first on a counting arena
 * (no memory, all pointers NULL) to learn the size, then on a real one, so
 * that everything a training step or a live step needs is allocated, and
 * checked, once and before it starts.
 *
 *	struct arena a = {0};
 *	layout(&frame, &a);                     counts
 *	if (arena_reserve(&a) < 0) return -1;   allocates, zeroed
 *	layout(&frame, &a);                     hands out
 *	...
 *	arena_done(&a);
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	unsigned char *memory; /* NULL while counting */
	size_t used, size;     /* bytes */
};

/* count elements of size bytes, 64-byte aligned; NULL while counting; BUG past the end. */
void *arena_take(struct arena *a, size_t count, size_t size);
#define ARENA_TAKE(a, pointer, count) ((pointer) = arena_take((a), (count), sizeof *(pointer)))

/* Allocate what was counted (zeroed) and start handing out. 0 or -1. */
int arena_reserve(struct arena *a);

void arena_done(struct arena *a);

#endif
