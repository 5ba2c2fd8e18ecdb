/* What can be asked of live music: names, ranges, steps and values as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"
#include "live/request.h"
#include "music/key.h"

static void test_names(void **state)
{
	(void)state;
	for (int c = 0; c < CONTROLS; c++) {
		assert_non_null(control_info((enum control)c)->name);
		assert_int_equal(control_find(control_info((enum control)c)->name), c);
		assert_int_equal(action_find(control_info((enum control)c)->name), -1);
	}
	for (int a = 0; a < ACTIONS; a++)
		assert_int_equal(action_find(action_name((enum action)a)), a);
	assert_string_equal(control_info(CONTROL_BEST_OF)->name, "best-of");
	assert_string_equal(action_name(ACTION_NEW_THEME), "new-theme");
	assert_int_equal(control_find("temp"), -1);
	assert_int_equal(control_find(""), -1);
	assert_int_equal(action_find("tempo"), -1);
}

/* What a control starts with and what lies in its range are values it can have, and nothing else. */
static void test_clamp(void **state)
{
	static const struct {
		enum control c;
		double v, want;
	} rows[] = {
		{CONTROL_TEMPO, 96.5, 96.5},
		{CONTROL_TEMPO, 4.9, 0},
		{CONTROL_TEMPO, 5.1, 10},
		{CONTROL_TEMPO, 1001, 1000},
		{CONTROL_TEMPO, -3, 0},
		{CONTROL_TEMPERATURE, 0, 0.1},
		{CONTROL_TEMPERATURE, 1.037, 1.037},
		{CONTROL_TEMPERATURE, INFINITY, 3},
		{CONTROL_BEST_OF, 0, 1},
		{CONTROL_BEST_OF, 3.4, 3},
		{CONTROL_BEST_OF, 1e300, 16},
		{CONTROL_DENSITY, -1.4, -1},
		{CONTROL_DENSITY, -1.6, -2},
		{CONTROL_REGISTER, 2, 1},
		{CONTROL_LEAPS, 0.25, 0.25},
		{CONTROL_KEY, -7, -1},
		{CONTROL_KEY, 24, 23},
		{CONTROL_STYLE, 300, 255},
		{CONTROL_STYLE, -INFINITY, -1},
		{CONTROL_SCALE, 99, 12},
		{CONTROL_SCALE, -1, 0},
		{CONTROL_SWING, 1.5, 1},
		{CONTROL_LOCK, -0.1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_same(control_clamp(rows[i].c, rows[i].v), rows[i].want);
	for (int i = 0; i < CONTROLS; i++) {
		const enum control c = (enum control)i;
		const struct control_info *info = control_info(c);

		check_same(control_clamp(c, info->start), info->start);
		check_same(control_clamp(c, info->least), info->least);
		check_same(control_clamp(c, info->most), info->most);
		check_same(control_clamp(c, NAN), info->start);
		assert_true(info->step > 0 && info->least < info->most);
	}
}

/* Up and down again is where it was, wherever in the range, for a thousand steps. */
static void test_steps(void **state)
{
	(void)state;
	for (int i = 0; i < CONTROLS; i++) {
		const enum control c = (enum control)i;
		const struct control_info *info = control_info(c);
		double v = info->least;
		int steps = 0;

		while (v < info->most && steps++ < 2000) {
			double up = control_step(c, v, 1);

			check_near(up - v, info->step, 1e-9);
			check_same(control_step(c, up, -1), v);
			check_same(control_clamp(c, up), up);
			v = up;
		}
		check_same(v, info->most);
		check_same(control_step(c, v, 1), v);
	}
	check_same(control_step(CONTROL_DENSITY, -2, 1), 0);
	check_same(control_step(CONTROL_DENSITY, -2, -1), 0);
	check_same(control_step(CONTROL_DENSITY, -2, 3), 0.2);
	check_same(control_step(CONTROL_DENSITY, -1, -1), -2);
	check_same(control_step(CONTROL_TEMPO, 97.4, 1), 99);
	check_same(control_step(CONTROL_TEMPO, 10, -1), 10);
	check_same(control_step(CONTROL_KEY, 0, -1), -1);
	check_same(control_step(CONTROL_TEMPERATURE, 1, -2), 0.9);
}

static void test_scales(void **state)
{
	const int scales = (int)control_info(CONTROL_SCALE)->most;
	char name[32], text[48];

	(void)state;
	assert_int_equal(scales, 12);
	for (int tonic = 0; tonic < 12; tonic++)
		for (int i = 1; i <= scales; i++) {
			unsigned set = control_scale(i, tonic);

			control_text(name, sizeof name, CONTROL_SCALE, i, NULL, 0);
			snprintf(text, sizeof text, "%s %s", key_name((struct key){tonic, MODE_UNKNOWN}), name);
			assert_int_equal(set, scale_parse(text));
			assert_true(set >> tonic & 1);
			assert_true(__builtin_popcount(set) >= 5 && __builtin_popcount(set) <= 7);
			/* each is another one */
			for (int j = 1; j < i; j++)
				assert_int_not_equal(set, control_scale(j, tonic));
		}
	assert_int_equal(control_scale(0, 4), 0);
	assert_int_equal(control_scale(13, 4), 0);
	assert_int_equal(control_scale(-1, 4), 0);
	assert_int_equal(control_scale(1, -1), 0xab5);
	assert_int_equal(control_scale(4, 2), 0xab5); /* D dorian is on the white keys */
}

static void check_text(enum control c, double value, const char *want)
{
	static const char *const styles[] = {"bach", "folk"};
	char buf[32];

	control_text(buf, sizeof buf, c, value, styles, 2);
	assert_string_equal(buf, want);
}

static void test_texts(void **state)
{
	char buf[8];

	(void)state;
	check_text(CONTROL_TEMPO, 0, "own");
	check_text(CONTROL_TEMPO, 96, "96 bpm");
	check_text(CONTROL_TEMPO, 96.48, "96.48 bpm");
	check_text(CONTROL_TEMPO, 1000, "1000 bpm");
	check_text(CONTROL_TEMPERATURE, 1.05, "1.05");
	check_text(CONTROL_BEST_OF, 4, "4");
	check_text(CONTROL_DENSITY, -2, "any");
	check_text(CONTROL_DENSITY, 0.3, "+0.3");
	check_text(CONTROL_DENSITY, -0.01, "+0.0");
	check_text(CONTROL_LEAPS, -1, "-1.0");
	check_text(CONTROL_KEY, -1, "any");
	check_text(CONTROL_KEY, 3, "Eb major");
	check_text(CONTROL_KEY, 19, "G minor");
	check_text(CONTROL_STYLE, -1, "any");
	check_text(CONTROL_STYLE, 1, "folk");
	check_text(CONTROL_STYLE, 2, "2");
	check_text(CONTROL_SCALE, 0, "all");
	check_text(CONTROL_SCALE, 3, "harmonic minor");
	check_text(CONTROL_SWING, 0.3, "30 %");
	check_text(CONTROL_LOCK, 1, "100 %");
	control_text(buf, sizeof buf, CONTROL_SCALE, 10, NULL, 0);
	assert_string_equal(buf, "minor p");
}

static void test_start(void **state)
{
	struct live_values v;

	(void)state;
	memset(&v, 0xa5, sizeof v);
	live_values_start(&v);
	assert_true(v.muted == 0);
	for (int c = 0; c < CONTROLS; c++)
		check_same(v.values[c], control_info((enum control)c)->start);
	check_same(v.values[CONTROL_TEMPO], 0);
	check_same(v.values[CONTROL_TEMPERATURE], 1);
	assert_true(v.values[CONTROL_DENSITY] < -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),  cmocka_unit_test(test_clamp), cmocka_unit_test(test_steps),
		cmocka_unit_test(test_scales), cmocka_unit_test(test_texts), cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
