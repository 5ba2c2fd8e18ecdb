/*
 * The arena: counting and handing out are the same arithmetic, so that the
 * second run of a layout needs exactly what the first one counted. A size
 * that overflows while counting saturates and fails at arena_reserve.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

#define ALIGNMENT ((size_t)64)

/* bytes rounded up to the alignment; SIZE_MAX when that does not fit. */
static size_t round_up(size_t bytes)
{
	if (bytes > SIZE_MAX - ALIGNMENT)
		return SIZE_MAX;
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *arena_take(struct arena *a, size_t count, size_t size)
{
	size_t bytes, start = a->used;

	bytes = size && count > SIZE_MAX / size ? SIZE_MAX : round_up(count * size);
	if (!a->memory) {
		a->used = bytes > SIZE_MAX - start ? SIZE_MAX : start + bytes;
		return NULL;
	}
	if (bytes > a->size - start)
		BUG("arena: %zu x %zu bytes wanted, %zu of %zu left", count, size, a->size - start, a->size);
	a->used = start + bytes;
	return a->memory + start;
}

int arena_reserve(struct arena *a)
{
	if (a->memory)
		BUG("arena: reserved twice");
	a->memory = mem_new_aligned(a->used, 1);
	if (!a->memory)
		return -1;
	a->size = a->used;
	a->used = 0;
	return 0;
}

void arena_done(struct arena *a)
{
	free(a->memory);
	*a = (struct arena){0};
}
