/* Controllers learned by moving them: the knob that is meant, among others that move; and what is written of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "live/midi_learn.h"

#define MS UINT64_C(1000000)

static struct learn l;
static struct midi_learn m;
static uint64_t now;

static int start(void **state)
{
	(void)state;
	learn_start(&l);
	now = 1000 * MS;
	return 0;
}

static void cc(int channel, int number, int value)
{
	const uint8_t message[3] = {(uint8_t)(0xb0 | channel), (uint8_t)number, (uint8_t)value};

	learn_message(&l, message, sizeof message, now);
	midi_learn_message(&m, message, sizeof message, now);
}

static void pass(uint64_t ms)
{
	now += ms * MS;
}

static void ask(void)
{
	learn_ask(&l, now);
	pass(400);
}

static void check_answer(int want_number, int want_channel)
{
	int number = -1, channel = -1;

	assert_true(learn_answer(&l, now, &number, &channel));
	assert_int_equal(number, want_number);
	assert_int_equal(channel, want_channel);
}

static void check_none(void)
{
	int number, channel;

	assert_false(learn_answer(&l, now, &number, &channel));
}

static void turn(int channel, int number, int from, int to, uint64_t ms)
{
	const int step = to > from ? 1 : -1, n = abs(to - from);

	for (int i = 0; i <= n; i++) {
		cc(channel, number, from + i * step);
		now += ms * MS / (uint64_t)(n + 1);
	}
}

static void test_knob(void **state)
{
	(void)state;
	ask();
	check_none();
	turn(2, 16, 40, 46, 300);
	check_none(); /* hardly moved */
	turn(2, 16, 46, 90, 300);
	check_none(); /* it may be that another is moved further */
	pass(500);
	check_answer(16, 2);
	/* it stays so until another question */
	pass(5000);
	check_answer(16, 2);
	ask();
	check_none();
	turn(0, 20, 90, 10, 200);
	pass(500);
	check_answer(20, 0);
}

/* The one that is moved most, whatever else moves a little on the way. */
static void test_most(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);

	(void)state;
	ask();
	for (int i = 0; i < 100; i++) {
		cc(0, 30 + (i & 1), 60 + (int)random_below(&random, 4)); /* tremble */
		cc(0, 7, 20 + i / 4);
		cc(1, 9, 20 + i);
		pass(4);
	}
	pass(500);
	check_answer(9, 1);
}

static void test_button(void **state)
{
	(void)state;
	/* pressed and kept down */
	ask();
	cc(0, 80, 127);
	pass(499);
	check_none();
	pass(1);
	check_answer(80, 0);
	/* let go: it was known by then */
	ask();
	cc(0, 81, 127);
	pass(100);
	cc(0, 81, 0);
	pass(500);
	check_answer(81, 0);
	/* one that toggles, from its second press on known */
	ask();
	cc(0, 81, 127);
	pass(600);
	check_answer(81, 0);
	ask();
	cc(0, 81, 0);
	pass(600);
	check_answer(81, 0);
}

/* What sends by itself, the same value or a wave, before the question and on; and what begins to repeat itself after. */
static void test_floods(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		cc(0, 1, 100);
		cc(0, 2, (i * 7) % 128);
		pass(10);
	}
	learn_ask(&l, now);
	for (int i = 0; i < 300; i++) {
		cc(0, 1, 100);
		cc(0, 2, (i * 7) % 128);
		if (i > 50)
			cc(0, 3, 127);
		pass(10);
		check_none();
	}
	for (int i = 0; i < 50; i++) {
		cc(0, 1, 100);
		cc(0, 2, (i * 7) % 128);
		cc(0, 3, 127);
		cc(0, 4, i);
		pass(10);
	}
	check_none();
	pass(300);
	check_answer(4, 0);
	/* once it is quiet it can be meant */
	pass(1000);
	ask();
	turn(0, 2, 0, 127, 300);
	pass(500);
	check_answer(2, 0);
}

/* Still being turned for the last question. */
static void test_still_turning(void **state)
{
	(void)state;
	ask();
	turn(0, 5, 0, 60, 500);
	pass(100);
	check_answer(5, 0);
	learn_ask(&l, now);
	turn(0, 5, 60, 127, 600);
	pass(600);
	check_none();
	turn(0, 6, 20, 100, 300);
	pass(500);
	check_answer(6, 0);
}

/* The low seven bits of a pair run through all their values many times. */
static void test_pair(void **state)
{
	(void)state;
	ask();
	for (int v = 1000; v < 4000; v += 13) {
		cc(3, 33, v & 127);
		cc(3, 1, v >> 7);
		pass(2);
	}
	pass(500);
	check_answer(1, 3);
	/* alone it is a controller like others */
	ask();
	turn(3, 34, 0, 100, 300);
	pass(500);
	check_answer(34, 3);
}

static void test_not_knobs(void **state)
{
	const uint8_t note[3] = {0x90, 16, 127}, mode[3] = {0xb0, 123, 0};

	(void)state;
	ask();
	learn_message(&l, note, 3, now);
	learn_message(&l, mode, 3, now);
	learn_message(&l, note, 1, now);
	for (int v = 0; v < 128; v++) {
		cc(0, 98 + v % 4, v);
		cc(0, 6, 64 + v % 2);
	}
	pass(600);
	check_none();
}

/* ---- the dialogue ------------------------------------------------------------------- */

static void check_question(const char *want)
{
	const char *question = midi_learn_question(&m);

	if (!want)
		assert_null(question);
	else
		assert_string_equal(question, want);
}

static void answer(int channel, int number, const char *want)
{
	const char *line;

	pass(900);
	turn(channel, number, 0, 127, 200);
	assert_null(midi_learn_answer(&m, now));
	pass(400);
	line = midi_learn_answer(&m, now);
	assert_non_null(line);
	assert_string_equal(line, want);
}

static void test_dialogue(void **state)
{
	static const char *const names[] = {"tempo", "mute", "best-of", "panic", "tempo"};
	static const char before[] = "# mine\n[live]\ncc-tempo = 5 ; the wheel\n; end\n";
	char folder[] = "/tmp/musegen-learn-XXXXXX", path[64];
	unsigned char *data;
	size_t size;

	(void)state;
	assert_int_equal(midi_learn_start(&m, names, 5, now), 0);
	assert_int_equal(m.n, 3 + MIDI_LEARN_PARTS);
	check_question("tempo: move a knob, or press Enter: as it is");
	answer(0, 16, "tempo: controller 16 on channel 1");
	check_question("mute, part 1: press a button, or Enter: no more parts");
	answer(0, 16, "controller 16 on channel 1 is that of tempo: take another");
	check_question("mute, part 1: press a button, or Enter: no more parts");
	answer(1, 80, "mute: controller 80 on channel 2");
	answer(1, 81, "mute: controller 81 on channel 2");
	check_question("mute, part 3: press a button, or Enter: no more parts");
	midi_learn_skip(&m, now);
	check_question("best-of: move a knob, or press Enter: as it is");
	midi_learn_skip(&m, now);
	check_question("panic: press a button, or press Enter: as it is");
	answer(15, 119, "panic: controller 119 on channel 16");
	check_question(NULL);
	assert_null(midi_learn_answer(&m, now));
	midi_learn_skip(&m, now);
	check_question(NULL);
	assert_int_equal(midi_learn_answers(&m), 4);

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/config.ini", folder);
	assert_int_equal(file_write(path, before, strlen(before)), 0);
	assert_int_equal(midi_learn_save(&m, path), 0);
	assert_int_equal(file_read(path, 1000, &data, &size), 0);
	assert_string_equal((char *)data, "# mine\n[live]\ncc-tempo = 16 on 1 ; the wheel\n"
	                                  "cc-mute = 80 on 2, 81 on 2\ncc-panic = 119 on 16\n; end\n");
	free(data);
	assert_int_equal(remove(path), 0);
	/* nothing learned, nothing written */
	assert_int_equal(midi_learn_start(&m, names, 1, now), 0);
	assert_int_equal(midi_learn_save(&m, path), 0);
	assert_false(file_exists(path));
	assert_int_equal(rmdir(folder), 0);
}

/* All of them, learned, saved, read and used: each controller does what it was asked for. */
static void test_all(void **state)
{
	struct live_config config;
	const struct conf_room room = {"live", live_items, n_live_items, &config, NULL};
	struct controllers used;
	char folder[] = "/tmp/musegen-learn-XXXXXX", path[64];
	int n = 0;

	(void)state;
	assert_int_equal(midi_learn_start(&m, NULL, 0, now), 0);
	while (midi_learn_question(&m)) {
		pass(900);
		turn(n / 10, 60 + n % 10, 0, 127, 100);
		pass(500);
		assert_non_null(midi_learn_answer(&m, now));
		n++;
	}
	assert_int_equal(n, CONTROLS + ACTIONS - 2 + 2 * MIDI_LEARN_PARTS);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/config.ini", folder);
	assert_int_equal(midi_learn_save(&m, path), 0);
	conf_presets(&room);
	if (conf_read(&room, 1, path) < 0)
		fail_msg("%s", error_message());
	if (controllers_init(&used, &config, 1) < 0)
		fail_msg("%s", error_message());
	assert_int_equal(used.n, n);
	for (int i = 0; i < n; i++) {
		const struct controller *k = &used.list[i];
		const struct midi_question *q = &m.questions[i];

		assert_int_equal(k->number, 60 + i % 10);
		assert_int_equal(k->channel, i / 10);
		assert_int_equal(k->asks.acts, q->asks.acts);
		assert_int_equal(k->asks.acts ? (int)k->asks.action : (int)k->asks.control,
		                 q->asks.acts ? (int)q->asks.action : (int)q->asks.control);
		assert_int_equal(k->asks.part, q->asks.part);
	}
	assert_int_equal(remove(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void test_unknown(void **state)
{
	static const char *const names[] = {"tempo", "tempp"}, *const far[] = {"loudness"};

	(void)state;
	assert_int_equal(midi_learn_start(&m, names, 2, now), -1);
	assert_string_equal(error_message(), "\"tempp\" is nothing that a controller can do; did you mean \"tempo\"?");
	assert_int_equal(midi_learn_start(&m, far, 1, now), -1);
	assert_string_equal(error_message(), "\"loudness\" is nothing that a controller can do");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_knob, start),          cmocka_unit_test_setup(test_most, start),
		cmocka_unit_test_setup(test_button, start),        cmocka_unit_test_setup(test_floods, start),
		cmocka_unit_test_setup(test_still_turning, start), cmocka_unit_test_setup(test_pair, start),
		cmocka_unit_test_setup(test_not_knobs, start),     cmocka_unit_test_setup(test_dialogue, start),
		cmocka_unit_test_setup(test_all, start),           cmocka_unit_test_setup(test_unknown, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
