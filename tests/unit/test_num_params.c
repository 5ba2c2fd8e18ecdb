/* The list of parameters, planes and initial values; the length of a gradient; the running average. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "num/optim.h"
#include "num/params.h"
#include "doubles.h"
#include "reals.h"

#define TENSORS 3

static void three(struct params *p)
{
	memset(p, 0, sizeof *p);
	params_add(p, "a.weight", 5, 7, INIT_UNIFORM, 0.5, true);
	params_add_part(p, "a", "bias", 1, 7, INIT_ONE, 0, false);
	params_add(p, "b", 9, 3, INIT_NORMAL, 2, true);
	assert_int_equal(p->n, TENSORS);
}

static void test_list(void **state)
{
	struct params p;

	(void)state;
	three(&p);
	assert_int_equal(params_count(&p), 35 + 7 + 27);
	assert_int_equal(p.size, 48 + 16 + 32);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.tensors[i].offset % 16, 0);
	assert_ptr_equal(params_find(&p, "a.bias"), &p.tensors[1]);
	assert_null(params_find(&p, "a"));
	assert_false(p.failed);
	params_done(&p);
}

static void test_init(void **state)
{
	struct params p, q = {0};
	real *w, *v, *other;
	size_t padding = 0;

	(void)state;
	three(&p);
	w = params_plane(&p);
	other = params_plane(&p);
	assert_true(w && other);
	assert_int_equal((uintptr_t)w % 64, 0);
	for (size_t i = 0; i < p.size; i++) {
		assert_true(w[i] == 0);
		w[i] = 99;
	}
	params_init(&p, w, 1);
	params_init(&p, other, 2);
	for (size_t i = 0; i < 35; i++)
		assert_true(w[i] >= (real)-0.5 && w[i] < (real)0.5 && w[i] != other[i]);
	for (size_t i = 0; i < 7; i++)
		assert_true(w[48 + i] == 1);
	for (size_t i = 0; i < p.size; i++)
		padding += w[i] == 0;
	assert_int_equal(padding, p.size - params_count(&p));

	/* A tensor's values do not depend on the others. */
	params_add(&q, "before", 100, 1, INIT_UNIFORM, 1, true);
	params_add(&q, "b", 9, 3, INIT_NORMAL, 2, true);
	v = params_plane(&q);
	assert_non_null(v);
	params_init(&q, v, 1);
	assert_memory_equal(v + q.tensors[1].offset, w + p.tensors[2].offset, 27 * sizeof *w);
	free(v);
	free(w);
	free(other);
	params_done(&p);
	params_done(&q);
}

static void test_init_lstm(void **state)
{
	struct params p = {0};
	real *w;

	(void)state;
	params_add(&p, "bias", 1, 20, INIT_LSTM_BIAS, 0, false);
	w = params_plane(&p);
	assert_non_null(w);
	params_init(&p, w, 1);
	for (int i = 0; i < 20; i++)
		assert_true(w[i] == (i >= 5 && i < 10 ? 1 : 0));
	free(w);
	params_done(&p);
}

static void test_init_spread(void **state)
{
	struct params p = {0};
	const int n = 100000;
	double sum = 0, squares = 0, normal = 0;
	real *w;

	(void)state;
	params_add(&p, "uniform", 1, n, INIT_UNIFORM, 3, false);
	params_add(&p, "normal", 1, n, INIT_NORMAL, 0.5, false);
	w = params_plane(&p);
	assert_non_null(w);
	params_init(&p, w, 5);
	for (int i = 0; i < n; i++) {
		sum += (double)w[i];
		squares += (double)w[i] * (double)w[i];
		normal += (double)w[p.tensors[1].offset + (size_t)i] * (double)w[p.tensors[1].offset + (size_t)i];
	}
	check_near(sum / n, 0, 0.03);
	check_near(squares / n, 3, 0.05);
	check_near(normal / n, 0.25, 0.01);
	free(w);
	params_done(&p);
}

/* ---- the gradient's length, the running average -------------------------- */

static void test_clip(void **state)
{
	(void)state;
	check_same((double)optim_clip(7, 0), 1);
	check_same((double)optim_clip(7, 7), 1);
	check_same((double)optim_clip(7, 3.5), 0.5);
	check_same((double)optim_clip(0, 1), 1);
	check_same((double)optim_clip((double)INFINITY, 1), 1);
	check_same((double)optim_clip((double)NAN, 1), 1);
}

static void test_average(void **state)
{
	struct params p = {0};
	real *w, *average;
	double exact = 1;

	(void)state;
	params_add(&p, "x", 1, 1, INIT_ONE, 0, true);
	w = params_plane(&p);
	average = params_plane(&p);
	assert_true(w && average);
	average[0] = 1;
	for (uint64_t t = 1; t <= 500; t++) {
		const double early = (1 + (double)t) / (10 + (double)t), decay = early < 0.97 ? early : 0.97;

		w[0] = (real)sin((double)t);
		exact = decay * exact + (1 - decay) * (double)w[0];
		optim_average(average, w, p.size, 0.97, t);
		check_near((double)average[0], exact, 1e-5);
	}
	free(w);
	free(average);
	params_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),        cmocka_unit_test(test_init), cmocka_unit_test(test_init_lstm),
		cmocka_unit_test(test_init_spread), cmocka_unit_test(test_clip), cmocka_unit_test(test_average),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
