/* Tempo and programs by style, metre and parts: the table's rows, and what is not in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "music/manner.h"

static int quarters(const char *style, int numerator, int denominator_log2)
{
	struct metre m = {0, (uint8_t)numerator, (uint8_t)denominator_log2};
	int us = manner_tempo(style, &m);

	assert_in_range(us, 100000, 2000000);
	return (60000000 + us / 2) / us;
}

static void test_tempo(void **state)
{
	(void)state;
	assert_int_equal(quarters("bach-chorales", 4, 2), 72);
	assert_int_equal(quarters("Choralsaetze", 3, 2), 72);
	assert_int_equal(quarters("reels", 4, 2), 2 * 96);
	assert_int_equal(quarters("Reels", 2, 1), 2 * 96);
	assert_int_equal(quarters("JIGS", 6, 3), 168); /* dotted quarter = 112 */
	assert_int_equal(quarters("slip-jigs", 9, 3), 168);
	/* by the metre, where the name says nothing of tempo or there is none */
	assert_int_equal(quarters(NULL, 6, 3), 168);
	assert_int_equal(quarters("piano", 12, 3), 168);
	assert_int_equal(quarters("ireland", 2, 1), 2 * 96);
	assert_int_equal(quarters("ireland", 4, 2), 84);
	assert_int_equal(quarters("", 3, 2), 84);
	assert_int_equal(quarters("airs", 3, 3), 84);
	assert_int_equal(quarters(NULL, 255, 7), 84);
	assert_true(manner_knows_tempo("bach-chorales") && manner_knows_tempo("Slip Jigs"));
	assert_false(manner_knows_tempo("piano") || manner_knows_tempo("ireland") || manner_knows_tempo(NULL));
}

static void test_programs(void **state)
{
	(void)state;
	for (int part = 0; part < 4; part++) {
		assert_int_equal(manner_program("chorales", part, 4), 19);
		assert_int_equal(manner_program(NULL, part, 4), 19);
		assert_int_equal(manner_program("keyboard", part, 4), 0);
		assert_int_equal(manner_program("Piano Sonatas", part, 1), 0);
		assert_int_equal(manner_program(NULL, part, 2), 0);
	}
	assert_int_equal(manner_program("jigs", 0, 1), 73);
	assert_int_equal(manner_program("jigs", 0, 2), 73);
	assert_int_equal(manner_program("jigs", 1, 2), 0);
	assert_int_equal(manner_program(NULL, 0, 1), 73);
	assert_int_equal(manner_program("hymns", 0, 1), 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_tempo), cmocka_unit_test(test_programs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
