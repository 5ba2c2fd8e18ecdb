/* Half precision: all 65536 values both ways, and rounding against a search for the nearest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include "base/random.h"
#include "num/tensorfile.h"

/* The value of a finite half by its definition. */
static double value(uint16_t h)
{
	const int exponent = h >> 10 & 31, mantissa = h & 1023;
	const double x = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);

	return h & 0x8000 ? -x : x;
}

static void test_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		const uint16_t h = (uint16_t)i;
		const float x = float_from_half(h);

		assert_int_equal(signbit(x) != 0, h >> 15);
		if ((h & 0x7c00) != 0x7c00) {
			assert_true((double)x == value(h));
			assert_int_equal(half_from_float(x), h);
		} else if (h & 0x3ff) {
			assert_true(isnan(x));
			assert_true((half_from_float(x) & 0x7c00) == 0x7c00 && (half_from_float(x) & 0x3ff) != 0);
		} else {
			assert_true(isinf(x));
			assert_int_equal(half_from_float(x), h);
		}
	}
}

/* Around every half: the middle to the next is a tie and goes to the even one, a float to either side of it to the nearer. */
static void test_ties(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 0x7c00; i++) {
		const uint16_t low = (uint16_t)i, high = (uint16_t)(i + 1);
		const float above = high == 0x7c00 ? 65536.0f : float_from_half(high);
		const float middle = float_from_half(low) + (above - float_from_half(low)) / 2;

		for (int sign = 0; sign < 2; sign++) {
			const uint16_t s = sign ? 0x8000 : 0;
			const float x = sign ? -middle : middle;

			assert_int_equal(half_from_float(x), s | (low & 1 ? high : low));
			assert_int_equal(half_from_float(nextafterf(x, 0)), s | low);
			assert_int_equal(half_from_float(nextafterf(x, sign ? -INFINITY : INFINITY)), s | high);
		}
	}
}

/* Any float: no half is nearer. */
static void test_nearest(void **state)
{
	struct random random = random_stream(1, 2, 3, 4);

	(void)state;
	for (int i = 0; i < 2000000; i++) {
		const uint32_t bits = (uint32_t)random_bits(&random);
		uint16_t h;
		double apart;
		float x;

		memcpy(&x, &bits, sizeof x);
		h = half_from_float(x);
		if (isnan(x)) {
			assert_true((h & 0x7fff) > 0x7c00);
			continue;
		}
		assert_int_equal(signbit(x) != 0, h >> 15);
		if (fabsf(x) >= 65520.0f) {
			assert_int_equal(h & 0x7fff, 0x7c00);
			continue;
		}
		apart = fabs((double)x - value(h));
		if (h & 0x7fff)
			assert_true(apart <= fabs((double)x - value((uint16_t)(h - 1))));
		if ((h & 0x7fff) < 0x7bff)
			assert_true(apart <= fabs((double)x - value((uint16_t)(h + 1))));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
