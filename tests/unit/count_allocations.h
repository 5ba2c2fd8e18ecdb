/*
 * Counts every allocation of the program and its bytes, those freed again at
 * once too: for tests of code that must not allocate. Include in one file of a program.
 * Sanitizers bring an allocator of their own; with them nothing is counted.
 */
#ifndef TESTS_UNIT_COUNT_ALLOCATIONS_H
#define TESTS_UNIT_COUNT_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdlib.h>

static atomic_long allocations __attribute__((unused)), allocated __attribute__((unused)); /* how often; bytes */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ALLOCATIONS_COUNTED 1

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count_allocation(size_t bytes)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&allocated, (long)bytes, memory_order_relaxed);
}

void *malloc(size_t size)
{
	count_allocation(size);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	count_allocation(count * size);
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	count_allocation(size);
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count_allocation(size);
	return __libc_memalign(alignment, size);
}

#else
#define ALLOCATIONS_COUNTED 0
#endif

#endif
