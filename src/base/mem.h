/*
 * Allocation that checks itself: sizes are count x size with overflow found,
 * a failure leaves an error message, and arrays grow by half.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* count zeroed elements (never NULL for count 0); NULL and error() when out of memory. */
void *mem_new(size_t count, size_t size);

/* A copy of a string (or of its first n bytes); NULL and error() when out of memory. */
char *mem_string(const char *s);
char *mem_string_n(const char *s, size_t n);

/*
 * Make room for at least `need` elements of `size` bytes in *array, whose
 * capacity is *capacity; contents are kept, new room is not cleared.
 * Returns 0, or -1 with the array as it was. Call it through MEM_GROW.
 */
int mem_grow(void *array, size_t *capacity, size_t need, size_t size);
#define MEM_GROW(array, capacity, need) mem_grow((void *)&(array), &(capacity), (need), sizeof *(array))

/* 64-byte aligned, zeroed; free with free(). */
void *mem_new_aligned(size_t count, size_t size);

#endif
