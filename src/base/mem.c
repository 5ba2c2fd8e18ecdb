/*
 * Checked allocation. Every size is a product that is tested for overflow
 * before it reaches the allocator, and every failure leaves a message.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ALIGNMENT      64 /* a cache line, and the widest vector */
#define FIRST_CAPACITY 8

static void *no_memory(size_t count, size_t size)
{
	error("out of memory (%zu x %zu bytes)", count, size);
	return NULL;
}

void *mem_new(size_t count, size_t size)
{
	void *p;

	if (count == 0 || size == 0)
		count = size = 1;
	p = count > PTRDIFF_MAX / size ? NULL : calloc(count, size);
	return p ? p : no_memory(count, size);
}

char *mem_string(const char *s)
{
	return mem_string_n(s, strlen(s));
}

char *mem_string_n(const char *s, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		return no_memory(n, 1);
	copy = malloc(n + 1);
	if (!copy)
		return no_memory(n + 1, 1);
	if (n > 0)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

int mem_grow(void *array, size_t *capacity, size_t need, size_t size)
{
	size_t room = *capacity;
	void *old, *new;

	if (size == 0)
		BUG("an array of elements without size");
	if (need <= room)
		return 0;
	room = room > SIZE_MAX - room / 2 ? need : room + room / 2;
	if (room < FIRST_CAPACITY)
		room = FIRST_CAPACITY;
	if (room < need)
		room = need;
	if (room > PTRDIFF_MAX / size)
		room = need;
	/* array is the address of some pointer: memcpy keeps clear of aliasing rules */
	memcpy(&old, array, sizeof old);
	new = room > PTRDIFF_MAX / size ? NULL : realloc(old, room * size);
	if (!new) {
		no_memory(room, size);
		return -1;
	}
	memcpy(array, &new, sizeof new);
	*capacity = room;
	return 0;
}

void *mem_new_aligned(size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (count == 0 || size == 0)
		count = size = 1;
	if (count > (PTRDIFF_MAX - ALIGNMENT) / size)
		return no_memory(count, size);
	/* aligned_alloc wants a multiple of the alignment */
	bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	p = aligned_alloc(ALIGNMENT, bytes);
	if (!p)
		return no_memory(count, size);
	return memset(p, 0, bytes);
}
