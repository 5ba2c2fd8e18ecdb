/* Allocation that checks itself, and layouts run twice over an arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"

static void test_new(void **state)
{
	int *zeroed;
	void *empty;

	(void)state;
	zeroed = mem_new(100, sizeof *zeroed);
	assert_non_null(zeroed);
	for (int i = 0; i < 100; i++)
		assert_int_equal(zeroed[i], 0);
	free(zeroed);
	empty = mem_new(0, 8);
	assert_non_null(empty);
	free(empty);
}

static void test_new_overflow(void **state)
{
	(void)state;
	error_clear();
	assert_null(mem_new(SIZE_MAX / 4, 8));
	assert_non_null(strstr(error_message(), "out of memory"));
	error_clear();
	assert_null(mem_new_aligned(SIZE_MAX / 4, 8));
	assert_non_null(strstr(error_message(), "out of memory"));
	error_clear();
	assert_null(mem_new_aligned(SIZE_MAX, 1));
	assert_non_null(strstr(error_message(), "out of memory"));
}

static void test_strings(void **state)
{
	char *s;

	(void)state;
	s = mem_string("chorale");
	assert_string_equal(s, "chorale");
	free(s);
	s = mem_string_n("chorale", 3);
	assert_string_equal(s, "cho");
	free(s);
	s = mem_string_n("", 0);
	assert_string_equal(s, "");
	free(s);
}

static void test_grow(void **state)
{
	size_t capacity = 0, grown = 0;
	uint16_t *items = NULL;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		size_t before = capacity;

		assert_int_equal(MEM_GROW(items, capacity, i + 1), 0);
		assert_true(capacity > i);
		grown += capacity != before;
		items[i] = (uint16_t)i;
	}
	assert_true(grown < 25);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void test_grow_fails(void **state)
{
	size_t capacity = 0;
	uint64_t *items = NULL, *before;

	(void)state;
	assert_int_equal(MEM_GROW(items, capacity, 3), 0);
	items[2] = 42;
	before = items;
	error_clear();
	assert_int_equal(MEM_GROW(items, capacity, SIZE_MAX / 8), -1);
	assert_int_equal(MEM_GROW(items, capacity, SIZE_MAX), -1);
	assert_non_null(strstr(error_message(), "out of memory"));
	assert_ptr_equal(items, before);
	assert_true(capacity >= 3 && capacity < 100);
	assert_int_equal(items[2], 42);
	free(items);
}

static void test_aligned(void **state)
{
	(void)state;
	for (size_t n = 0; n < 200; n += 7) {
		unsigned char *p = mem_new_aligned(n, 1);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 64, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		free(p);
	}
}

struct frame {
	float *a;
	unsigned char *b, *none;
	double *c;
};

static void layout(struct frame *f, struct arena *arena)
{
	ARENA_TAKE(arena, f->a, 17);
	ARENA_TAKE(arena, f->b, 1);
	ARENA_TAKE(arena, f->none, 0);
	ARENA_TAKE(arena, f->c, 1000);
}

static void test_arena(void **state)
{
	struct arena arena = {0};
	struct frame f;
	size_t counted;

	(void)state;
	layout(&f, &arena);
	assert_null(f.a);
	assert_null(f.c);
	counted = arena.used;
	assert_int_equal(arena_reserve(&arena), 0);
	layout(&f, &arena);
	assert_int_equal(arena.used, counted);
	assert_int_equal((uintptr_t)f.a % 64, 0);
	assert_int_equal((uintptr_t)f.b % 64, 0);
	assert_int_equal((uintptr_t)f.c % 64, 0);
	assert_true((unsigned char *)(f.a + 17) <= f.b);
	assert_true(f.b + 1 <= (unsigned char *)f.c);
	for (int i = 0; i < 1000; i++)
		assert_true(f.c[i] == 0);
	f.c[999] = 1; /* the last byte is ours: a sanitizer looks */
	arena_done(&arena);
	assert_null(arena.memory);
	arena_done(&arena);
}

static void test_arena_of_nothing(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_int_equal(arena_reserve(&arena), 0);
	assert_non_null(arena.memory);
	arena_done(&arena);
}

/* A size that overflows while counting is found when memory is asked for. */
static void test_arena_overflow(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_take(&arena, SIZE_MAX / 2, 4);
	arena_take(&arena, 100, 4);
	error_clear();
	assert_int_equal(arena_reserve(&arena), -1);
	assert_non_null(strstr(error_message(), "out of memory"));
	arena_done(&arena);

	for (int i = 0; i < 5; i++)
		arena_take(&arena, SIZE_MAX / 4, 1);
	assert_int_equal(arena_reserve(&arena), -1);
	arena_done(&arena);
}

static void test_arena_past_end_is_bug(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct arena arena = {0};
		struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		arena_take(&arena, 10, 4);
		if (arena_reserve(&arena) < 0)
			_exit(1);
		arena_take(&arena, 10, 4);
		arena_take(&arena, 1, 1);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_new_overflow),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_grow_fails),
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_of_nothing),
		cmocka_unit_test(test_arena_overflow),
		cmocka_unit_test(test_arena_past_end_is_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
