/*
 * MIDI ports opened, read, lost and found again, and the sink made of them,
 * against the PortMidi of our own that is in tests/live/pmstub.c, here as part of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../live/pmstub.c"
#include "base/clock.h"
#include "base/error.h"
#include "count_allocations.h"
#include "live/guarded.h"
#include "live/stream.h"
#include "midi/device.h"
#include "midi/device_listed.h"

static char folder[] = "/tmp/musegen-ports-XXXXXX";
static char log_path[64], script_paths[2][64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(log_path, sizeof log_path, "%s/log", folder);
	for (int i = 0; i < 2; i++)
		snprintf(script_paths[i], sizeof script_paths[i], "%s/script%d", folder, i);
	return 0;
}

static void remove_files(void)
{
	char ports[80];

	snprintf(ports, sizeof ports, "%s.ports", log_path);
	unlink(ports);
	unlink(log_path);
	for (int i = 0; i < 2; i++)
		unlink(script_paths[i]);
}

static int remove_folder(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

/* The stub as at the beginning of a program, with these ports; NULL: no script. */
static void plug(const char *ports, const char *clock, const char *keys)
{
	const char *texts[2] = {clock, keys};
	char list[256] = "";

	remove_files();
	for (int i = 0; i < n_scripts; i++)
		free(scripts[i].lines);
	memset(scripts, 0, sizeof scripts);
	n_scripts = n_gone = gone = 0;
	written = 0;
	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
	for (int i = 0; i < 2; i++) {
		FILE *file;

		if (!texts[i])
			continue;
		file = fopen(script_paths[i], "w");
		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s:%s;", i == 0 ? "Clock" : "Keys",
		         script_paths[i]);
	}
	setenv("PMSTUB_DEVICES", ports, 1);
	setenv("PMSTUB_LOG", log_path, 1);
	setenv("PMSTUB_SCRIPTS", list, 1);
	unsetenv("PMSTUB_GONE_AFTER");
	unsetenv("PMSTUB_GONE_FOR");
}

/* Lines of the log that end with this. */
static int logged(const char *end)
{
	FILE *file = fopen(log_path, "r");
	char text[200];
	int n = 0;

	assert_non_null(file);
	while (fgets(text, sizeof text, file)) {
		text[strcspn(text, "\n")] = 0;
		n += strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
	}
	fclose(file);
	return n;
}

/* The next message, waited for: two seconds at most. */
static int next(struct device *d, unsigned char message[3])
{
	uint64_t until = clock_now() + 2000000000u;
	int size;

	while ((size = device_read(d, message)) == 0 && clock_now() < until)
		clock_sleep_until(clock_now() + 200000);
	return size;
}

static void expect(struct device *d, int size, unsigned a, unsigned b, unsigned c)
{
	unsigned char message[3];

	assert_int_equal(next(d, message), size);
	assert_int_equal(message[0], a);
	if (size > 1)
		assert_int_equal(message[1], b);
	if (size > 2)
		assert_int_equal(message[2], c);
}

static void test_messages(void **state)
{
	struct device *d;
	unsigned char message[3];
	uint64_t from;

	(void)state;
	/* pieces of system exclusive messages, data that is none, undefined bytes are passed over */
	plug("out:Synth;in:Clock",
	     "0 fa\n0 f8\n0 90 3c 50\n0 f0 7e 7f\n0 09 01 f7\n0 f7\n0 f9\n0 90 bc 50\n0 f4\n0 c3 2a\n0 f1 11\n0 f3 2\n"
	     "0 d2 11\n0 e1 12 34\n0 f2 10 1\n0 f6\n0 ff\n0 fe\n0.05 b0 40 7f\n",
	     NULL);
	d = device_open(DEVICE_INPUT, "clock");
	assert_non_null(d);
	from = clock_now();
	assert_string_equal(device_name(d), "Clock");
	expect(d, 1, 0xfa, 0, 0);
	expect(d, 1, 0xf8, 0, 0);
	expect(d, 3, 0x90, 0x3c, 0x50);
	expect(d, 2, 0xc3, 0x2a, 0);
	expect(d, 2, 0xf1, 0x11, 0);
	expect(d, 2, 0xf3, 0x02, 0);
	expect(d, 2, 0xd2, 0x11, 0);
	expect(d, 3, 0xe1, 0x12, 0x34);
	expect(d, 3, 0xf2, 0x10, 0x01);
	expect(d, 1, 0xf6, 0, 0);
	expect(d, 1, 0xff, 0, 0);
	expect(d, 3, 0xb0, 0x40, 0x7f);
	assert_true(clock_now() - from > 45000000);
	assert_int_equal(device_read(d, message), 0);
	assert_int_equal(device_overflows(d), 0);
	device_close(d);
	assert_int_equal(logged("unlisten Clock"), 1);
}

static void test_many_at_once(void **state)
{
	static char text[100 * 12 + 1];
	struct device *d;
	unsigned char message[3];
	long before;

	(void)state;
	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "0 90 %02x 40\n", i);
	plug("in:Clock", text, NULL);
	d = device_open(DEVICE_INPUT, NULL);
	assert_non_null(d);
	before = allocations;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(device_read(d, message), 3);
		assert_int_equal(message[1], i);
	}
	assert_int_equal(device_read(d, message), 0);
	assert_int_equal(allocations, before);
	device_close(d);
}

static void test_overflow(void **state)
{
	struct device *d;
	unsigned char message[3];

	(void)state;
	plug("in:Clock", "0 f8\n0 overflow\n0 fa\n0 overflow\n0 overflow\n0 fc\n", NULL);
	d = device_open(DEVICE_INPUT, NULL);
	assert_non_null(d);
	expect(d, 1, 0xf8, 0, 0);
	expect(d, 1, 0xfa, 0, 0);
	expect(d, 1, 0xfc, 0, 0);
	assert_int_equal(device_overflows(d), 3);
	assert_int_equal(device_read(d, message), 0);
	device_close(d);
}

static void test_one_that_is_open(void **state)
{
	struct device *d, *second;

	(void)state;
	plug("out:Synth;in:Clock", NULL, NULL);
	d = device_open(DEVICE_INPUT, "Clock");
	assert_non_null(d);
	second = device_open(DEVICE_INPUT, "Clock");
	assert_null(second);
	assert_non_null(strstr(error_message(), "the MIDI input port \"Clock\" does not open"));
	assert_null(device_open(DEVICE_INPUT, "Synth"));
	assert_string_equal(error_message(), "no MIDI input port is like \"Synth\": 1 \"Clock\"");
	device_close(d);
}

/* All that is open is unplugged in the midst of it, and comes back under other numbers. */
static void test_lost_and_found(void **state)
{
	const unsigned char on[3] = {0x90, 60, 80};
	struct device *all[3] = {0};
	unsigned char message[3];
	int tries = 0, r;
	long before;

	(void)state;
	plug("out:Organ;in:Clock;out:Synth;in:Keys", "0 f8\n0.01 fa\n0.02 fa\n0.3 fc\n", NULL);
	setenv("PMSTUB_GONE_AFTER", "2", 1);
	setenv("PMSTUB_GONE_FOR", "0.1", 1);
	all[0] = device_open(DEVICE_OUTPUT, "Synth");
	all[2] = device_open(DEVICE_INPUT, "Clock");
	assert_non_null(all[0]);
	assert_non_null(all[2]);
	assert_int_equal(device_number(all[0]), 2);
	expect(all[2], 1, 0xf8, 0, 0);
	before = allocations;
	assert_int_equal(device_write(all[0], on, 3), 0);
	assert_int_equal(device_write(all[0], on, 3), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(device_write(all[0], on, 3), -1);
	assert_int_equal(allocations, before);
	assert_string_equal(error_message(), "the MIDI output port \"Synth\" is lost");
	while ((r = device_reopen(all, 3)) == 1) {
		tries++;
		assert_false(device_is_there(all[0]));
		assert_int_equal(device_write(all[0], on, 3), -1);
		assert_int_equal(device_read(all[2], message), 0);
		clock_sleep_until(clock_now() + 10000000);
	}
	assert_int_equal(r, 0);
	assert_true(tries > 2);
	assert_true(device_is_there(all[0]) && device_is_there(all[2]));
	assert_int_equal(device_write(all[0], on, 3), 0);
	/* what was sent meanwhile nobody heard; what comes afterwards is there */
	expect(all[2], 1, 0xfc, 0, 0);
	/* with nothing lost nothing is done */
	assert_int_equal(logged("open Synth"), 2);
	assert_int_equal(device_reopen(all, 3), 0);
	assert_int_equal(device_write(all[0], on, 3), 0);
	assert_int_equal(logged("open Synth"), 2);
	for (int i = 0; i < 3; i++)
		device_close(all[i]);
	assert_int_equal(logged("90 3c 50"), 4);
	assert_int_equal(logged("gone"), 1);
	assert_int_equal(begun, 0);
}

/* A port that never comes back keeps the others from nothing. */
static void test_one_missing(void **state)
{
	const unsigned char on[3] = {0x90, 60, 80};
	struct device *all[2];

	(void)state;
	plug("out:Synth;in:Clock", NULL, NULL);
	setenv("PMSTUB_GONE_AFTER", "0", 1);
	all[0] = device_open(DEVICE_OUTPUT, NULL);
	all[1] = device_open(DEVICE_INPUT, NULL);
	assert_int_equal(device_write(all[0], on, 3), -1);
	setenv("PMSTUB_DEVICES", "in:Keys;out:Synth", 1);
	assert_int_equal(device_reopen(all, 2), 1);
	assert_true(device_is_there(all[0]));
	assert_int_equal(device_number(all[0]), 1);
	assert_false(device_is_there(all[1]));
	assert_int_equal(device_write(all[0], on, 3), 0);
	setenv("PMSTUB_DEVICES", "in:Clock;out:Synth", 1);
	assert_int_equal(device_reopen(all, 2), 0);
	assert_true(device_is_there(all[1]));
	device_close(all[1]);
	device_close(all[0]);
}

/* ---- the sink ---- */

static int next_of(const struct sink *sink, int *input, uint8_t message[3])
{
	uint64_t until = clock_now() + 2000000000u;
	int size;

	while ((size = sink->read(sink->context, input, message)) == 0 && clock_now() < until)
		clock_sleep_until(clock_now() + 200000);
	return size;
}

static void test_sink_two_inputs(void **state)
{
	struct device_sink d;
	struct sink sink = device_sink(&d, "synth", NULL);
	int input, clocks = 0, keys = 0;
	uint8_t message[3];

	(void)state;
	plug("out:Synth;in:Clock;in:Keys", "0 f8\n0 f8\n0 f8\n0 90 01 01\n", "0 90 3c 50\n0 f8\n");
	d.input_names[INPUT_CLOCK] = "clo";
	d.input_names[INPUT_KEYS] = "Keys";
	assert_int_equal(sink.open(sink.context), 0);
	assert_string_equal(d.inputs_opened[INPUT_CLOCK], "Clock");
	assert_string_equal(d.inputs_opened[INPUT_KEYS], "Keys");
	for (int i = 0; i < 6; i++) {
		assert_true(next_of(&sink, &input, message) > 0);
		/* in turns: the one with more to say does not keep the other waiting */
		assert_int_equal(input, i == 1 || i == 3 ? INPUT_KEYS : INPUT_CLOCK);
		clocks += input == INPUT_CLOCK;
		keys += input == INPUT_KEYS;
	}
	assert_int_equal(clocks, 4);
	assert_int_equal(keys, 2);
	assert_int_equal(sink.read(sink.context, &input, message), 0);
	sink.close(sink.context);
	device_sink_done(&d);
	assert_int_equal(begun, 0);
}

static void test_sink_one_port(void **state)
{
	static const int wanted[] = {INPUT_CLOCK, INPUT_KEYS,  INPUT_CLOCK, INPUT_CLOCK,
	                             INPUT_CLOCK, INPUT_CLOCK, INPUT_KEYS};
	struct device_sink d;
	struct sink sink = device_sink(&d, NULL, NULL);
	uint8_t message[3];
	int input;

	(void)state;
	plug("out:Synth;in:Clock", "0 f8\n0 90 3c 50\n0 f2 1 1\n0 fa\n0 fb\n0 fc\n0 b0 1 1\n", NULL);
	d.input_names[INPUT_CLOCK] = "Clock";
	d.input_names[INPUT_KEYS] = "";
	assert_int_equal(sink.open(sink.context), 0);
	assert_string_equal(d.inputs_opened[INPUT_KEYS], "Clock");
	for (int i = 0; i < 7; i++) {
		assert_true(next_of(&sink, &input, message) > 0);
		assert_int_equal(input, wanted[i]);
	}
	sink.close(sink.context);
	device_sink_done(&d);
	/* what does not open leaves nothing open */
	d.input_names[INPUT_KEYS] = "organ";
	assert_int_equal(sink.open(sink.context), -1);
	assert_string_equal(error_message(), "no MIDI input port is like \"organ\": 1 \"Clock\"");
	assert_null(d.opened);
	assert_int_equal(begun, 0);
}

static void test_sink_lost(void **state)
{
	const uint8_t on[3] = {0x90, 60, 80};
	struct guarded *guarded = guarded_new();
	struct device_sink d;
	struct sink sink = device_sink(&d, "synth", guarded);
	uint8_t message[3];
	int input;

	(void)state;
	plug("in:Clock;in:Keys;out:Synth", NULL, "0 90 3c 50\n0.05 90 3d 50\n");
	setenv("PMSTUB_GONE_AFTER", "0", 1);
	d.input_names[INPUT_CLOCK] = "Clock";
	d.input_names[INPUT_KEYS] = "Keys";
	assert_int_equal(sink.open(sink.context), 0);
	assert_int_equal(guarded->number, 2);
	assert_int_equal(sink.send(sink.context, on, 3), -1);
	setenv("PMSTUB_DEVICES", "in:Keys;in:Clock", 1);
	assert_int_equal(sink.reopen(sink.context), 1);
	assert_int_equal(sink.send(sink.context, on, 3), -1);
	setenv("PMSTUB_DEVICES", "in:Keys;out:Synth", 1);
	assert_int_equal(sink.reopen(sink.context), 0);
	assert_int_equal(guarded->number, 1);
	assert_int_equal(sink.send(sink.context, on, 3), 0);
	/* the clock is missing: that is said once, and the keyboard is read all the same */
	assert_int_equal(next_of(&sink, &input, message), -1);
	assert_int_equal(input, INPUT_CLOCK);
	assert_string_equal(error_message(), "the MIDI input port \"Clock\" is gone");
	assert_int_equal(next_of(&sink, &input, message), 3);
	assert_int_equal(input, INPUT_KEYS);
	assert_int_equal(message[1], 0x3d);
	assert_int_equal(sink.read(sink.context, &input, message), 0);
	setenv("PMSTUB_DEVICES", "in:Keys;in:Clock;out:Synth", 1);
	assert_int_equal(sink.reopen(sink.context), 0);
	assert_int_equal(sink.read(sink.context, &input, message), 0);
	assert_int_equal(guarded->number, 2);
	sink.close(sink.context);
	device_sink_done(&d);
	guarded_free(guarded);
	assert_int_equal(begun, 0);
}

/* ---- the kernel's list ---- */

static void test_listed(void **state)
{
	static const char text[] = "Client info\n  cur  clients : 3\n\nClient   0 : \"System\" [Kernel Legacy]\n"
				   "  Port   0 : \"Timer\" (Rwe-)\n  Port   1 : \"Announce\" (R-e-)\n"
				   "    Connecting To: 15:0\n"
				   "Client  16 : \"Keys\" [Kernel Legacy]\n  Port   0 : \"Virtual Keys\" (RWeX)\n"
				   "  Port  10 : \"a \"quoted\" one\" (-We-)\n  Port 1";
	FILE *file = fopen(script_paths[0], "w");
	const char *path = script_paths[0];

	(void)state;
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(device_listed(path, "Virtual Keys", DEVICE_INPUT), 1);
	assert_int_equal(device_listed(path, "Virtual Keys", DEVICE_OUTPUT), 1);
	assert_int_equal(device_listed(path, "a \"quoted\" one", DEVICE_OUTPUT), 1);
	assert_int_equal(device_listed(path, "a \"quoted\" one", DEVICE_INPUT), 0);
	assert_int_equal(device_listed(path, "Announce", DEVICE_INPUT), 1);
	assert_int_equal(device_listed(path, "Announce", DEVICE_OUTPUT), 0);
	/* others may not write to it without being asked */
	assert_int_equal(device_listed(path, "Timer", DEVICE_OUTPUT), 0);
	/* a client is no port; nor is a part of a name */
	assert_int_equal(device_listed(path, "Keys", DEVICE_INPUT), 0);
	assert_int_equal(device_listed(path, "Virtual", DEVICE_INPUT), 0);
	assert_int_equal(device_listed(path, "Virtual Keys and more than there is room for in any line of this list",
	                               DEVICE_INPUT),
	                 0);
	/* not as the kernel has it; no list */
	assert_int_equal(device_listed(path, "Virtual?Keys", DEVICE_INPUT), -1);
	assert_int_equal(device_listed("/nowhere/clients", "Keys", DEVICE_INPUT), -1);
	/* too long to be read whole: what is not found may be in the rest */
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		fprintf(file, "  Port %3d : \"Port %d\" (RWe-)\n", i, i);
	fclose(file);
	assert_int_equal(device_listed(path, "Port 7", DEVICE_INPUT), 1);
	assert_int_equal(device_listed(path, "Port 1999", DEVICE_INPUT), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),        cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_overflow),        cmocka_unit_test(test_one_that_is_open),
		cmocka_unit_test(test_lost_and_found),  cmocka_unit_test(test_one_missing),
		cmocka_unit_test(test_sink_two_inputs), cmocka_unit_test(test_sink_one_port),
		cmocka_unit_test(test_sink_lost),       cmocka_unit_test(test_listed),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
