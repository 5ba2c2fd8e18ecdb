/* Controllers as requests: the map, how values are spread, floods thinned out, buttons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "doubles.h"
#include "live/controllers.h"

#define MS UINT64_C(1000000)

static struct live_config config;
static struct controllers c;

static int start(void **state)
{
	(void)state;
	memset(&config, 0, sizeof config);
	return 0;
}

static void map(enum control control, const char *text)
{
	snprintf(config.cc_controls[control], CONF_TEXT_MAX, "%s", text);
}

static void map_action(enum action action, const char *text)
{
	snprintf(config.cc_actions[action], CONF_TEXT_MAX, "%s", text);
}

static void init(int n_styles)
{
	if (controllers_init(&c, &config, n_styles) < 0)
		fail_msg("%s", error_message());
}

static bool cc(int channel, int number, int value, uint64_t now)
{
	const uint8_t m[3] = {(uint8_t)(0xb0 | channel), (uint8_t)number, (uint8_t)value};

	return controllers_message(&c, m, sizeof m, now);
}

static void check_asks(uint64_t now, enum control control, double value)
{
	struct request r;

	assert_true(controllers_next(&c, now, &r));
	assert_false(r.acts);
	assert_int_equal(r.control, control);
	check_near(r.value, value, 1e-9);
}

static void check_acts(uint64_t now, enum action action, int part)
{
	struct request r;

	assert_true(controllers_next(&c, now, &r));
	assert_true(r.acts);
	assert_int_equal(r.action, action);
	assert_int_equal(r.part, part);
}

static void check_none(uint64_t now)
{
	struct request r;

	assert_false(controllers_next(&c, now, &r));
}

/* ---- the table and the map --------------------------------------------------------- */

/* Every control and action has its key in [live], which sets it and no other. */
static void test_table(void **state)
{
	const struct conf_room room = {"live", live_items, n_live_items, &config, LIVE_CONFIG_HELP};
	char key[LIVE_KEY_MAX];

	(void)state;
	assert_int_equal(n_live_items, ROUTING_PARTS + CONTROLS + ACTIONS);
	memset(&config, 0xa5, sizeof config);
	conf_presets(&room);
	for (int i = 0; i < CONTROLS; i++)
		assert_string_equal(config.cc_controls[i], "");
	for (int i = 0; i < ACTIONS; i++)
		assert_string_equal(config.cc_actions[i], "");
	for (int i = 0; i < CONTROLS + ACTIONS; i++) {
		const bool acts = i >= CONTROLS;
		char number[16];

		if (acts)
			live_action_key(key, (enum action)(i - CONTROLS));
		else
			live_control_key(key, (enum control)i);
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(conf_set_item(&room, key, number), 0);
		assert_string_equal(acts ? config.cc_actions[i - CONTROLS] : config.cc_controls[i], number);
	}
	/* each is its own */
	init(3);
	assert_int_equal(c.n, CONTROLS + ACTIONS);
	for (int i = 0; i < c.n; i++) {
		assert_int_equal(c.list[i].number, i);
		assert_int_equal(
			c.list[i].asks.acts ? CONTROLS + (int)c.list[i].asks.action : (int)c.list[i].asks.control, i);
	}
}

static void check_refused(const char *message)
{
	assert_int_equal(controllers_init(&c, &config, 1), -1);
	if (!strstr(error_message(), message))
		fail_msg("\"%s\" is not in \"%s\"", message, error_message());
}

static void test_map_refused(void **state)
{
	static const char *const wrong[] = {"120",
	                                    "x",
	                                    "16 on",
	                                    "16 on 0",
	                                    "16 on 17",
	                                    "16on2",
	                                    "-1",
	                                    "16, 17",
	                                    "16 2",
	                                    "16 on 2 3",
	                                    "99999999999999999999",
	                                    "16,",
	                                    "on 2",
	                                    "1.5",
	                                    "16 ON 2"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		map(CONTROL_TEMPO, wrong[i]);
		check_refused("live.cc-tempo: ");
		check_refused(wrong[i]);
	}
	map(CONTROL_TEMPO, "");
	map_action(ACTION_PANIC, "1, 2");
	check_refused("live.cc-panic: \"1, 2\" is no controller");
	map_action(ACTION_PANIC, "");
	map_action(ACTION_MUTE, "1,,2");
	check_refused("live.cc-mute: \"1,,2\" is no list of controllers");
	map_action(ACTION_MUTE, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17");
	check_refused("at most");
	map_action(ACTION_MUTE, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16");
	map_action(ACTION_REWRITE, "1 on 16,2,3,4,5,6,7,8,9,10,11,12,13,14,15,\t16 ");
	init(1);
	assert_int_equal(c.n, 32);
	assert_int_equal(c.list[31].asks.part, 15);
}

static void test_channels(void **state)
{
	struct request r;

	(void)state;
	map(CONTROL_TEMPO, "1");
	map(CONTROL_LOCK, " 16  on 2 ");
	init(1);
	assert_true(cc(9, 1, 64, 0));
	check_asks(0, CONTROL_TEMPO, 120);
	assert_false(cc(0, 16, 127, 0));
	assert_true(cc(1, 16, 127, 0));
	check_asks(0, CONTROL_LOCK, 1);
	assert_false(cc(1, 17, 127, 0));
	/* what is no controller's */
	assert_false(controllers_message(&c, (const uint8_t[]){0x90, 1, 64}, 3, 0));
	assert_false(controllers_message(&c, (const uint8_t[]){0xb0, 1}, 2, 0));
	assert_false(controllers_message(&c, (const uint8_t[]){0xb0, 1, 200}, 3, 0));
	assert_false(controllers_message(&c, (const uint8_t[]){0xf8}, 1, 0));
	assert_false(controllers_next(&c, 1000 * MS, &r));
}

/* ---- values ------------------------------------------------------------------------- */

static void test_values(void **state)
{
	(void)state;
	check_same(controllers_value(CONTROL_TEMPO, 0, 1), 40);
	check_same(controllers_value(CONTROL_TEMPO, 64, 1), 120);
	check_same(controllers_value(CONTROL_TEMPO, 127, 1), 240);
	check_same(controllers_value(CONTROL_TEMPERATURE, 0, 1), 0.1);
	check_same(controllers_value(CONTROL_TEMPERATURE, 64, 1), 1);
	check_same(controllers_value(CONTROL_TEMPERATURE, 127, 1), 3);
	check_same(controllers_value(CONTROL_REGISTER, 64, 1), 0);
	check_same(controllers_value(CONTROL_LOCK, 127, 1), 1);
	check_same(controllers_value(CONTROL_STYLE, 127, 0), -1);
	check_same(controllers_value(CONTROL_STYLE, 127, 2), 1);
	check_same(controllers_value(CONTROL_STYLE, 127, 256), 255);
	check_same(controllers_value(CONTROL_STYLE, 63, 1), -1);
	check_same(controllers_value(CONTROL_STYLE, 64, 1), 0);
	/* all of it, upwards, and values that there are */
	for (int i = 0; i < CONTROLS; i++) {
		const enum control control = (enum control)i;
		const struct control_info *info = control_info(control);
		int seen = 1;

		for (int v = 0; v < 128; v++) {
			double value = controllers_value(control, v, 256),
			       before = v > 0 ? controllers_value(control, v - 1, 256) : value;

			check_same(control_clamp(control, value), value);
			assert_true(value >= before);
			seen += value > before;
		}
		if (control != CONTROL_TEMPO) {
			check_same(controllers_value(control, 0, 256), info->least);
			check_same(controllers_value(control, 127, 256), info->most);
		}
		/* nothing is out of reach that the wheel can tell apart */
		assert_int_equal(seen, info->step == 1 && info->most - info->least < 127
		                               ? (int)(info->most - info->least) + 1
		                               : 128);
	}
}

/* ---- floods -------------------------------------------------------------------------- */

/* Two knobs turned at random, a thousand messages a second each; whoever listens wakes when something is due. */
static void test_flood(void **state)
{
	struct random random = random_stream(4, 0, 0, 0);
	uint64_t asked[CONTROLS] = {0}, now = 5 * MS;
	double last[CONTROLS] = {0};
	int requests = 0;

	(void)state;
	map(CONTROL_TEMPO, "1");
	map(CONTROL_LOCK, "2");
	init(1);
	for (int i = 0; i < 4000; i++, now += MS / 2) {
		const int number = 1 + i % 2;
		struct request r;

		assert_true(cc(0, number, (int)random_below(&random, 128), now));
		last[number == 1 ? CONTROL_TEMPO : CONTROL_LOCK] =
			controllers_value(number == 1 ? CONTROL_TEMPO : CONTROL_LOCK, c.list[number - 1].value, 1);
		while (controllers_next(&c, now, &r)) {
			assert_false(r.acts);
			assert_true(asked[r.control] == 0 || now - asked[r.control] >= CONTROLLERS_PAUSE);
			check_same(r.value, last[r.control]); /* the newest */
			asked[r.control] = now;
			requests++;
		}
	}
	assert_in_range(requests, 190, 204);
	/* both have a last value, which is due within the pause, no sooner */
	while (controllers_due(&c) != CONTROLLERS_NEVER) {
		const uint64_t due = controllers_due(&c);
		struct request r;

		assert_true(due <= now + CONTROLLERS_PAUSE);
		check_none(due - 1);
		assert_true(controllers_next(&c, due, &r));
		check_same(r.value, last[r.control]);
		last[r.control] = -1;
	}
	check_none(now + 1000 * MS);
}

/* A single turn is heard at once, and a knob that comes back is heard again. */
static void test_single(void **state)
{
	(void)state;
	map(CONTROL_TEMPO, "1");
	init(1);
	assert_true(controllers_due(&c) == CONTROLLERS_NEVER);
	cc(0, 1, 0, 0);
	assert_true(controllers_due(&c) == 0);
	check_asks(0, CONTROL_TEMPO, 40);
	check_none(0);
	cc(0, 1, 127, MS);
	check_none(MS);
	assert_true(controllers_due(&c) == 20 * MS);
	cc(0, 1, 0, 2 * MS);
	check_asks(20 * MS, CONTROL_TEMPO, 40);
	cc(0, 1, 0, 60 * MS);
	check_asks(60 * MS, CONTROL_TEMPO, 40);
	assert_true(controllers_due(&c) == CONTROLLERS_NEVER);
}

/* One controller for two things does both. */
static void test_two_of_one(void **state)
{
	(void)state;
	map(CONTROL_DENSITY, "5");
	map(CONTROL_LEAPS, "5");
	map_action(ACTION_KEEP, "5");
	init(1);
	cc(0, 5, 127, 0);
	check_acts(0, ACTION_KEEP, 0);
	check_asks(0, CONTROL_DENSITY, 1);
	check_asks(0, CONTROL_LEAPS, 1);
	check_none(0);
}

/* ---- buttons ------------------------------------------------------------------------- */

static void test_buttons(void **state)
{
	(void)state;
	map_action(ACTION_NEW_THEME, "20");
	map_action(ACTION_MUTE, "80, 81 on 3");
	init(1);
	/* down and up, twice */
	for (uint64_t t = 0; t < 2; t++) {
		cc(0, 20, 127, t * 500 * MS);
		check_acts(t * 500 * MS, ACTION_NEW_THEME, 0);
		cc(0, 20, 0, t * 500 * MS + 100 * MS);
		check_none(t * 500 * MS + 100 * MS);
	}
	/* a knob that is turned through the middle: once on the way up */
	for (int v = 0; v < 256; v++)
		cc(0, 20, v < 128 ? v : 255 - v, 2000 * MS + (uint64_t)v * MS);
	check_acts(3000 * MS, ACTION_NEW_THEME, 0);
	check_none(3000 * MS);
	/* a contact that bounces */
	for (uint64_t t = 0; t < 10; t++)
		cc(0, 20, t % 2 ? 0 : 64, 4000 * MS + t * MS);
	check_acts(4010 * MS, ACTION_NEW_THEME, 0);
	check_none(4010 * MS);
	/* two presses that nobody has looked at yet are two */
	cc(0, 20, 0, 5000 * MS);
	cc(0, 20, 127, 5000 * MS);
	cc(0, 20, 0, 5050 * MS);
	cc(0, 20, 127, 5100 * MS);
	assert_true(controllers_due(&c) == 0);
	check_acts(5100 * MS, ACTION_NEW_THEME, 0);
	check_acts(5100 * MS, ACTION_NEW_THEME, 0);
	check_none(5100 * MS);
	/* parts, each its own */
	cc(0, 80, 127, 6000 * MS);
	check_acts(6000 * MS, ACTION_MUTE, 0);
	assert_false(cc(0, 81, 127, 6000 * MS));
	cc(2, 81, 127, 6000 * MS);
	check_acts(6000 * MS, ACTION_MUTE, 1);
	check_none(6000 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_table, start),      cmocka_unit_test_setup(test_map_refused, start),
		cmocka_unit_test_setup(test_channels, start),   cmocka_unit_test_setup(test_values, start),
		cmocka_unit_test_setup(test_flood, start),      cmocka_unit_test_setup(test_single, start),
		cmocka_unit_test_setup(test_two_of_one, start), cmocka_unit_test_setup(test_buttons, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
