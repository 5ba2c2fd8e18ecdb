/*
 * The keys of live music: every control goes down and up and comes back, what
 * is pressed twice before it holds counts twice, what goes round goes round,
 * and every key of the help is one that does something.
 */
#include "cli/keys.c" /* first: cmocka makes `fail` a macro */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "doubles.h"

#define SECOND UINT64_C(1000000000)

static struct keys keys_of(int n_styles, int n_parts)
{
	struct live_values values;
	struct keys k;

	keys_start(&k);
	live_values_start(&values);
	keys_told(&k, &values, 600000, n_styles, n_parts, 0);
	return k;
}

static double press_value(struct keys *k, int press, enum control c, uint64_t now)
{
	struct request r;

	assert_true(keys_press(k, press, now, &r));
	assert_false(r.acts);
	assert_int_equal(r.control, c);
	return r.value;
}

/* As the program answers: the value holds. */
static void hold(struct keys *k, enum control c, double value, uint64_t now)
{
	struct live_values values = k->told;

	values.values[c] = value;
	keys_told(k, &values, k->us_per_quarter, k->n_styles, k->n_parts, now);
}

static void test_steps(void **state)
{
	(void)state;
	for (int c = 0; c < CONTROLS; c++) {
		struct keys k = keys_of(5, 4);
		const char *pair = keys_of_control((enum control)c);
		double middle, up;

		/* from where there is room on both sides */
		middle = press_value(&k, pair[1], (enum control)c, SECOND);
		hold(&k, (enum control)c, middle, SECOND);
		up = press_value(&k, pair[1], (enum control)c, SECOND);
		assert_true(up > middle);
		hold(&k, (enum control)c, up, SECOND);
		check_near(press_value(&k, pair[0], (enum control)c, SECOND), middle, 1e-9);
	}
}

static void test_tempo(void **state)
{
	struct keys k = keys_of(0, 1);

	(void)state;
	/* the music's own is 100 */
	check_near(press_value(&k, '+', CONTROL_TEMPO, SECOND), 102, 1e-9);
	check_near(press_value(&k, '=', CONTROL_TEMPO, SECOND), 104, 1e-9);
	check_near(press_value(&k, '_', CONTROL_TEMPO, SECOND), 102, 1e-9);
	k = keys_of(0, 1);
	check_near(press_value(&k, '-', CONTROL_TEMPO, SECOND), 98, 1e-9);
}

/* Twice before the bar line is two steps; an answer that is older does not take one back. */
static void test_waits(void **state)
{
	struct keys k = keys_of(0, 1);
	bool waits;

	(void)state;
	keys_value(&k, CONTROL_SWING, &waits);
	assert_false(waits);
	press_value(&k, 'W', CONTROL_SWING, SECOND);
	check_near(press_value(&k, 'W', CONTROL_SWING, SECOND), 0.2, 1e-9);
	hold(&k, CONTROL_SWING, 0.1, 2 * SECOND);
	check_near(keys_value(&k, CONTROL_SWING, &waits), 0.2, 1e-9);
	assert_true(waits);
	check_near(press_value(&k, 'W', CONTROL_SWING, 2 * SECOND), 0.3, 1e-9);
	hold(&k, CONTROL_SWING, 0.3, 3 * SECOND);
	check_near(keys_value(&k, CONTROL_SWING, &waits), 0.3, 1e-9);
	assert_false(waits);
	/* somebody else has another opinion: after a while that is it */
	press_value(&k, 'W', CONTROL_SWING, 3 * SECOND);
	hold(&k, CONTROL_SWING, 0.9, 4 * SECOND);
	check_near(keys_value(&k, CONTROL_SWING, &waits), 0.4, 1e-9);
	hold(&k, CONTROL_SWING, 0.9, 3 * SECOND + PATIENCE + 1);
	check_near(keys_value(&k, CONTROL_SWING, &waits), 0.9, 1e-9);
	assert_false(waits);
}

static void test_round(void **state)
{
	struct keys k = keys_of(3, 1);
	static const double styles[] = {0, 1, 2, -1, 0};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		check_near(press_value(&k, 'S', CONTROL_STYLE, SECOND), styles[i], 1e-9);
	check_near(press_value(&k, 's', CONTROL_STYLE, SECOND), -1, 1e-9);
	check_near(press_value(&k, 's', CONTROL_STYLE, SECOND), 2, 1e-9);
	check_near(press_value(&k, 'y', CONTROL_KEY, SECOND), 23, 1e-9);
	check_near(press_value(&k, 'Y', CONTROL_KEY, SECOND), -1, 1e-9);
	/* a page does not jump over the ends */
	while (k.chosen != CONTROL_KEY) {
		struct request r;

		assert_false(keys_press(&k, PRESS_RIGHT, SECOND, &r));
	}
	check_near(press_value(&k, PRESS_PAGE_DOWN, CONTROL_KEY, SECOND), 23, 1e-9);
	check_near(press_value(&k, PRESS_PAGE_DOWN, CONTROL_KEY, SECOND), 18, 1e-9);
	check_near(press_value(&k, PRESS_PAGE_UP, CONTROL_KEY, SECOND), 23, 1e-9);
	/* no style to choose: any */
	k = keys_of(0, 1);
	check_near(press_value(&k, 'S', CONTROL_STYLE, SECOND), -1, 1e-9);
	check_near(press_value(&k, 's', CONTROL_STYLE, SECOND), -1, 1e-9);
	/* others stay at their ends */
	k = keys_of(0, 1);
	for (int i = 0; i < 30; i++)
		press_value(&k, 'L', CONTROL_LOCK, SECOND);
	check_near(press_value(&k, 'L', CONTROL_LOCK, SECOND), 1, 1e-9);
}

static void test_arrows(void **state)
{
	struct keys k = keys_of(3, 1);
	struct request r;

	(void)state;
	check_near(press_value(&k, PRESS_UP, CONTROL_TEMPO, SECOND), 102, 1e-9);
	for (int c = 1; c <= CONTROLS; c++) {
		assert_false(keys_press(&k, PRESS_RIGHT, SECOND, &r));
		assert_int_equal(k.chosen, c % CONTROLS);
		press_value(&k, PRESS_UP, (enum control)(c % CONTROLS), SECOND);
		check_near(press_value(&k, '0', (enum control)(c % CONTROLS), SECOND),
		           control_info((enum control)(c % CONTROLS))->start, 1e-9);
	}
	assert_false(keys_press(&k, PRESS_LEFT, SECOND, &r));
	assert_int_equal(k.chosen, CONTROLS - 1);
	k = keys_of(3, 1);
	assert_false(keys_press(&k, PRESS_LEFT, SECOND, &r));
	assert_int_equal(k.chosen, CONTROLS - 1);
}

static void expect_action(struct keys *k, int press, enum action action, int part)
{
	struct request r;

	assert_true(keys_press(k, press, SECOND, &r));
	assert_true(r.acts);
	assert_int_equal(r.action, action);
	assert_int_equal(r.part, part);
}

static void test_actions(void **state)
{
	static const char digits[] = "123456789", shift[] = "!@#$%^&*(";
	struct keys k = keys_of(3, 9);
	struct request r;

	(void)state;
	expect_action(&k, ' ', ACTION_PAUSE, 0);
	expect_action(&k, 'n', ACTION_NEW_THEME, 0);
	expect_action(&k, 'b', ACTION_BACK, 0);
	expect_action(&k, 'f', ACTION_FREEZE, 0);
	expect_action(&k, 'p', ACTION_PANIC, 0);
	expect_action(&k, 'K', ACTION_KEEP, 0);
	expect_action(&k, 'q', ACTION_QUIT, 0);
	for (int i = 0; i < 9; i++) {
		expect_action(&k, digits[i], ACTION_MUTE, i);
		expect_action(&k, shift[i], ACTION_REWRITE, i);
		expect_action(&k, PRESS_F1 + i, ACTION_REWRITE, i);
	}
	/* parts that there are not, and keys that are none */
	k = keys_of(3, 2);
	expect_action(&k, '2', ACTION_MUTE, 1);
	assert_false(keys_press(&k, '3', SECOND, &r));
	assert_false(keys_press(&k, '#', SECOND, &r));
	assert_false(keys_press(&k, PRESS_F1 + 2, SECOND, &r));
	assert_false(keys_press(&k, PRESS_F1 + 9, SECOND, &r));
	for (int press = -1; press < 300; press++)
		if (press < 32 || press > 126)
			assert_false(keys_press(&k, press, SECOND, &r));
}

/* No key asks for two things; every single character that the help names asks for one, but for the screen's own. */
static void test_help(void **state)
{
	int named[128] = {0};

	(void)state;
	for (size_t i = 0; keys_help(i); i++) {
		const char *text = keys_help(i)->keys;
		struct request r;

		/* two columns of 40 */
		assert_true(strlen(text) <= 7);
		assert_true(strlen(keys_help(i)->what) <= 30);
		for (const char *p = text; strlen(text) == 1 || (strlen(text) == 3 && text[1] == ' '); p += 2) {
			struct keys k = keys_of(3, 9);

			named[(unsigned char)*p]++;
			assert_int_equal(keys_press(&k, *p, SECOND, &r), *p != '?');
			if (!p[1])
				break;
		}
	}
	for (int press = 33; press < 127; press++) {
		struct keys k = keys_of(3, 9);
		struct request r;

		assert_true(named[press] <= 1);
		if (keys_press(&k, press, SECOND, &r) && !strchr("123456789=_", press) && !strchr(shifted, press))
			assert_int_equal(named[press], 1);
	}
	for (int c = 0; c < CONTROLS; c++) {
		assert_int_equal(named[(unsigned char)keys_of_control((enum control)c)[0]], 1);
		assert_int_equal(named[(unsigned char)keys_of_control((enum control)c)[1]], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps), cmocka_unit_test(test_tempo),  cmocka_unit_test(test_waits),
		cmocka_unit_test(test_round), cmocka_unit_test(test_arrows), cmocka_unit_test(test_actions),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
