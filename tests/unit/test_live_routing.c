/* Routing: which channel, program, pitch and velocity a part's notes have, and the texts that ask for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "live/live_config.h"
#include "live/routing.h"

static struct routing_rules rules;
static struct routing routing;

static int start(void **state)
{
	(void)state;
	routing_rules_start(&rules, false);
	return 0;
}

/* The channels of the first parts, counted from 1, as "1 2 1". */
static void check_channels(int n_parts, const char *wanted)
{
	char got[400] = "";

	for (int k = 0; k < n_parts; k++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%d", k ? " " : "",
		         routing.routes[k].channel + 1);
	assert_string_equal(got, wanted);
}

static void ask(int part, const char *text)
{
	if (route_parse(&rules.parts[part - 1], text) < 0)
		fail_msg("%s: %s", text, error_message());
}

static void test_programs_share_channels(void **state)
{
	const int choir[SONG_PARTS_MAX] = {19, 19, 19, 19}, trio[SONG_PARTS_MAX] = {73, 0, 73, -1, 0, -1};

	(void)state;
	routing_defaults(&routing, choir, 4, false);
	check_channels(4, "1 1 1 1");
	assert_int_equal(routing.routes[3].program, 19);
	routing_defaults(&routing, trio, 6, false);
	check_channels(6, "1 2 1 3 2 3");
	assert_int_equal(routing.routes[3].program, ROUTE_NONE);
	routing_defaults(&routing, trio, 0, false);
	check_channels(3, "1 1 1");
}

/* A part that a piece does not have has its last one's program, and takes no channel from anybody. */
static void test_parts_to_come(void **state)
{
	const int duo[SONG_PARTS_MAX] = {40, 42};

	(void)state;
	routing_defaults(&routing, duo, 2, false);
	check_channels(4, "1 2 2 2");
	assert_int_equal(routing.routes[63].program, 42);
}

static void test_split(void **state)
{
	int programs[SONG_PARTS_MAX] = {0};

	(void)state;
	routing_defaults(&routing, programs, 18, true);
	check_channels(18, "1 2 3 4 5 6 7 8 9 11 12 13 14 15 16 1 2 3");
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		assert_int_equal(routing.routes[k].channel, k % 15 < 9 ? k % 15 : k % 15 + 1);
}

/* More programs than channels: shared, and the percussion channel is nobody's. */
static void test_many_programs(void **state)
{
	int programs[SONG_PARTS_MAX];

	(void)state;
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		programs[k] = 2 * k;
	routing_defaults(&routing, programs, SONG_PARTS_MAX, false);
	check_channels(17, "1 2 3 4 5 6 7 8 9 11 12 13 14 15 16 1 2");
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		assert_int_not_equal(routing.routes[k].channel, 9);
}

static void test_wishes(void **state)
{
	const int programs[SONG_PARTS_MAX] = {19, 19, 48, 19};

	(void)state;
	ask(2, "channel 1, program 40");
	ask(4, "program none");
	routing_make(&routing, &rules, programs, 4);
	/* part 2 has channel 1 to itself, part 4 differs from part 1 now */
	check_channels(4, "2 1 3 4");
	assert_int_equal(routing.routes[1].program, 40);
	assert_int_equal(routing.routes[3].program, ROUTE_NONE);
	rules.split = true;
	routing_make(&routing, &rules, programs, 4);
	check_channels(4, "2 1 3 4");
	/* a part that is not there takes nothing */
	ask(9, "channel 2");
	routing_make(&routing, &rules, programs, 4);
	check_channels(4, "2 1 3 4");
	/* percussion when it is asked for */
	ask(1, "channel 10");
	routing_make(&routing, &rules, programs, 4);
	check_channels(4, "10 1 2 3");
}

static void check_wish(const char *text, int channel, int program, int transpose, int low, int high)
{
	struct route_wish w = {0};

	if (route_parse(&w, text) < 0)
		fail_msg("\"%s\": %s", text, error_message());
	assert_int_equal(w.channel, channel);
	assert_int_equal(w.program, program);
	assert_int_equal(w.transpose, transpose);
	assert_int_equal(w.low, low);
	assert_int_equal(w.high, high);
}

static void test_texts(void **state)
{
	(void)state;
	check_wish("", -1, -1, 0, 1, 127);
	check_wish("  ", -1, -1, 0, 1, 127);
	check_wish("channel 2, program 19, transpose -12, velocity 40-100", 1, 19, -12, 40, 100);
	check_wish(" velocity\t80 ,transpose +7,program none ,  channel 16", 15, ROUTE_NONE, 7, 80, 80);
	check_wish("velocity 1 - 127", -1, -1, 0, 1, 127);
	check_wish("program 0", -1, 0, 0, 1, 127);
}

static void check_refused(const char *text, const char *message)
{
	struct route_wish w = {3, 4, 5, 6, 7}, before = w;

	error_clear();
	assert_int_equal(route_parse(&w, text), -1);
	assert_string_equal(error_message(), message);
	assert_memory_equal(&w, &before, sizeof w);
}

static void test_bad_texts(void **state)
{
	(void)state;
	check_refused("chanel 2", "\"chanel\" is not known; did you mean \"channel\"?");
	check_refused("2", "\"2\" is none of channel, program, transpose, velocity");
	check_refused("channel 2,", "\"\" is none of channel, program, transpose, velocity");
	check_refused("channel 2, channel 3", "channel is said twice");
	check_refused("channel 0", "channel: \"0\" is not a channel from 1 to 16");
	check_refused("channel 17", "channel: \"17\" is not a channel from 1 to 16");
	check_refused("channel", "channel: \"\" is not a channel from 1 to 16");
	check_refused("channel 2 program 3", "channel: \"2 program 3\" is not a channel from 1 to 16");
	check_refused("program 128", "program: \"128\" is not a program from 0 to 127, or none");
	check_refused("transpose 1.5", "transpose: \"1.5\" is not a number of semitones from -127 to 127");
	check_refused("velocity 100-40", "velocity: \"100-40\" is not a velocity from 1 to 127, or two with - between "
	                                 "them, the lower first");
	check_refused("velocity 0-40", "velocity: \"0-40\" is not a velocity from 1 to 127, or two with - between "
	                               "them, the lower first");
	check_refused("velocity 40-", "velocity: \"40-\" is not a velocity from 1 to 127, or two with - between "
	                              "them, the lower first");
	check_refused("\x1b[31m", "\"?[31m\" is none of channel, program, transpose, velocity");
}

static void test_settings(void **state)
{
	struct live_config config;
	const struct conf_room room = {"live", live_items, n_live_items, &config, NULL};

	(void)state;
	conf_presets(&room);
	assert_int_equal(live_config_routing(&rules, &config, true), 0);
	assert_true(rules.split);
	for (int k = 0; k < ROUTING_PARTS; k++) {
		char key[16], value[32];

		assert_int_equal(rules.parts[k].channel, -1);
		snprintf(key, sizeof key, "part%d", k + 1);
		snprintf(value, sizeof value, "channel %d", 16 - k);
		assert_int_equal(conf_set_item(&room, key, value), 0);
	}
	assert_int_equal(live_config_routing(&rules, &config, false), 0);
	for (int k = 0; k < ROUTING_PARTS; k++)
		assert_int_equal(rules.parts[k].channel, 15 - k);
	assert_int_equal(conf_set_item(&room, "part3", "velocity loud"), 0);
	assert_int_equal(live_config_routing(&rules, &config, false), -1);
	assert_string_equal(error_message(), "live.part3: velocity: \"loud\" is not a velocity from 1 to 127, or two "
	                                     "with - between them, the lower first");
}

static void test_notes(void **state)
{
	const int programs[SONG_PARTS_MAX] = {5, 5};
	struct play_note note = {.off = 9, .channel = 3, .pitch = 60, .velocity = 64, .program = 1}, before;

	(void)state;
	ask(2, "channel 4, transpose -12, velocity 40-100");
	routing_make(&routing, &rules, programs, 2);
	assert_true(routing_apply(&routing, 0, &note));
	assert_int_equal(note.channel, 0);
	assert_int_equal(note.pitch, 60);
	assert_int_equal(note.velocity, 64);
	assert_int_equal(note.program, 5);
	assert_true(routing_apply(&routing, 1, &note));
	assert_int_equal(note.channel, 3);
	assert_int_equal(note.pitch, 48);
	assert_int_equal(note.velocity, 70);
	assert_true(note.off == 9);
	/* what would leave 0-127 is left out */
	note.pitch = 11;
	before = note;
	assert_false(routing_apply(&routing, 1, &note));
	assert_memory_equal(&note, &before, sizeof note);
	note.pitch = 12;
	assert_true(routing_apply(&routing, 1, &note));
	assert_int_equal(note.pitch, 0);
}

/* Loudness keeps its order and its ends, whatever the range; without one nothing changes. */
static void test_velocities(void **state)
{
	const int programs[SONG_PARTS_MAX] = {0};

	(void)state;
	for (int low = 1; low <= 127; low++)
		for (int high = low; high <= 127; high++) {
			int last = low;

			rules.parts[0].low = low;
			rules.parts[0].high = high;
			routing_make(&routing, &rules, programs, 1);
			for (int v = 1; v <= 127; v++) {
				struct play_note note = {.pitch = 60, .velocity = (uint8_t)v};

				assert_true(routing_apply(&routing, 0, &note));
				assert_true(note.velocity >= last && note.velocity <= high);
				if (v == 1)
					assert_int_equal(note.velocity, low);
				if (v == 127)
					assert_int_equal(note.velocity, high);
				if (low == 1 && high == 127)
					assert_int_equal(note.velocity, v);
				last = note.velocity;
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_programs_share_channels, start),
		cmocka_unit_test_setup(test_parts_to_come, start),
		cmocka_unit_test_setup(test_split, start),
		cmocka_unit_test_setup(test_many_programs, start),
		cmocka_unit_test_setup(test_wishes, start),
		cmocka_unit_test_setup(test_texts, start),
		cmocka_unit_test_setup(test_bad_texts, start),
		cmocka_unit_test_setup(test_settings, start),
		cmocka_unit_test_setup(test_notes, start),
		cmocka_unit_test_setup(test_velocities, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
