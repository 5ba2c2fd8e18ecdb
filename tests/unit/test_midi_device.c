/* Which port is meant, and what is said when none is. Real ports are tested live (tests/live). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "midi/device.h"

/* libportmidi keeps what it has read of its own settings. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libportmidi\n";
}

#define OUT(number, name)                                                                                              \
	{                                                                                                              \
		number, (char *)(uintptr_t)(name), false, true, false                                                  \
	}
#define IN(number, name)                                                                                               \
	{                                                                                                              \
		number, (char *)(uintptr_t)(name), true, false, false                                                  \
	}
#define THROUGH(number)                                                                                                \
	{                                                                                                              \
		number, (char *)(uintptr_t) "Midi Through Port-0", false, true, true                                   \
	}
#define LIST(...)                                                                                                      \
	(&(struct device_list){(struct device_info[]){__VA_ARGS__},                                                    \
	                       sizeof((struct device_info[]){__VA_ARGS__}) / sizeof(struct device_info)})

static void check_error(const struct device_list *list, const char *name, const char *want)
{
	error_clear();
	assert_int_equal(device_choose(list, DEVICE_OUTPUT, name), -1);
	assert_string_equal(error_message(), want);
}

static void test_the_only_one(void **state)
{
	(void)state;
	assert_int_equal(device_choose(LIST(OUT(0, "Synth")), DEVICE_OUTPUT, NULL), 0);
	assert_int_equal(device_choose(LIST(THROUGH(0), IN(1, "Keys"), OUT(4, "Synth")), DEVICE_OUTPUT, ""), 2);
}

static void test_none(void **state)
{
	const struct device_list empty = {NULL, 0};

	(void)state;
	check_error(&empty, NULL, "no MIDI output port: the system has none");
	check_error(&empty, "synth", "no MIDI output port: the system has none");
	check_error(LIST(IN(0, "Keys")), NULL, "no MIDI output port: the system has none");
	check_error(LIST(THROUGH(0), IN(1, "Keys")), NULL,
	            "no MIDI output port but such as go nowhere unless named: 0 \"Midi Through Port-0\"");
	check_error(LIST(THROUGH(0), OUT(3, "Synth")), "organ",
	            "no MIDI output port is like \"organ\": 0 \"Midi Through Port-0\", 3 \"Synth\"");
	/* what was typed is not sent raw to the terminal */
	check_error(LIST(OUT(3, "Synth")), "\x1B[2J", "no MIDI output port is like \"?[2J\": 3 \"Synth\"");
}

static void test_several(void **state)
{
	(void)state;
	check_error(LIST(OUT(1, "Synth A"), IN(2, "Synth A"), OUT(3, "Synth B")), NULL,
	            "several MIDI output ports, choose one by name or number: 1 \"Synth A\", 3 \"Synth B\"");
	check_error(LIST(OUT(1, "Synth A"), OUT(3, "Synth B"), OUT(4, "Organ")), "synth",
	            "several MIDI output ports are like \"synth\": 1 \"Synth A\", 3 \"Synth B\", 4 \"Organ\"");
}

static void test_by_number(void **state)
{
	(void)state;
	assert_int_equal(device_choose(LIST(OUT(1, "Synth 3"), OUT(3, "Organ")), DEVICE_OUTPUT, "3"), 1);
	assert_int_equal(device_choose(LIST(THROUGH(0), OUT(3, "Organ")), DEVICE_OUTPUT, "0"), 0);
	/* no such number: part of a name */
	assert_int_equal(device_choose(LIST(OUT(1, "Synth 7"), OUT(3, "Organ")), DEVICE_OUTPUT, "7"), 0);
	/* an input is no output */
	check_error(LIST(IN(1, "Keys"), OUT(3, "Organ")), "1", "no MIDI output port is like \"1\": 3 \"Organ\"");
}

static void test_by_name(void **state)
{
	const struct device_list *list = LIST(OUT(0, "Synth"), OUT(1, "Synth Two"), IN(2, "Synth"), THROUGH(5));

	(void)state;
	assert_int_equal(device_choose(list, DEVICE_OUTPUT, "Synth"), 0); /* exactly, though the second contains it */
	assert_int_equal(device_choose(list, DEVICE_OUTPUT, "tWO"), 1);
	assert_int_equal(device_choose(list, DEVICE_OUTPUT, "through"), 3); /* when it is named */
	/* of two with one name the first: a lost port is found again by its name */
	assert_int_equal(device_choose(LIST(OUT(1, "Same"), OUT(2, "Same")), DEVICE_OUTPUT, "Same"), 0);
}

static void test_many_ports(void **state)
{
	struct device_info many[200];
	const struct device_list list = {many, 200};

	(void)state;
	for (int i = 0; i < 200; i++)
		many[i] = (struct device_info)OUT(i, "A port with a rather long name");
	assert_int_equal(device_choose(&list, DEVICE_OUTPUT, NULL), -1);
	assert_true(strlen(error_message()) < ERROR_MAX - 1);
	assert_non_null(strstr(error_message(), "0 \"A port with a rather long name\", 1 "));
}

/* Whatever ports this machine has: listing them works, twice, and nothing is written to stderr. */
static void test_this_machine(void **state)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO), results[2];
	struct device_list list;
	size_t n[2];

	(void)state;
	assert_non_null(file);
	assert_true(saved >= 0);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	for (int i = 0; i < 2; i++) {
		results[i] = device_list(&list);
		n[i] = list.n;
		device_list_done(&list);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	assert_int_equal(n[0], n[1]);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
	fclose(file);
	assert_null(device_open(DEVICE_OUTPUT, "no port has this name, I am sure"));
	assert_non_null(strstr(error_message(), "no MIDI output port"));
}

/* By name above all: numbers go stale when something is plugged in or out. */
static void test_again(void **state)
{
	const struct device_list *list =
		LIST(THROUGH(0), IN(1, "Synth"), OUT(2, "Synth"), OUT(3, "Organ"), OUT(4, "Synth"), OUT(5, "2"));

	(void)state;
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Synth", 2), 2);
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Synth", 4), 4);
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Synth", 3), 2);
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Synth", 1), 2);
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Organ", 9), 3);
	/* a name that is a number is a name */
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "2", 0), 5);
	/* nothing like it will do */
	error_clear();
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "synth", 2), -1);
	assert_string_equal(error_message(), "the MIDI output port \"synth\" is gone");
	assert_int_equal(device_choose_again(list, DEVICE_OUTPUT, "Syn", 2), -1);
}

/* An input is chosen as an output is, among inputs. */
static void test_inputs(void **state)
{
	const struct device_list *list = LIST(OUT(0, "Synth"), IN(1, "Keys"), IN(2, "Clock"), OUT(3, "Clock"));

	(void)state;
	assert_int_equal(device_choose(list, DEVICE_INPUT, "Clock"), 2);
	assert_int_equal(device_choose(list, DEVICE_INPUT, "2"), 2);
	assert_int_equal(device_choose(list, DEVICE_INPUT, "ke"), 1);
	assert_int_equal(device_choose(LIST(OUT(0, "Synth"), IN(1, "Keys")), DEVICE_INPUT, NULL), 1);
	assert_int_equal(device_choose_again(list, DEVICE_INPUT, "Clock", 3), 2);
	error_clear();
	assert_int_equal(device_choose(list, DEVICE_INPUT, "3"), -1);
	assert_string_equal(error_message(), "no MIDI input port is like \"3\": 1 \"Keys\", 2 \"Clock\"");
	assert_int_equal(device_choose(list, DEVICE_INPUT, ""), -1);
	assert_string_equal(error_message(),
	                    "several MIDI input ports, choose one by name or number: 1 \"Keys\", 2 \"Clock\"");
	assert_int_equal(device_choose(LIST(OUT(0, "Synth")), DEVICE_INPUT, "keys"), -1);
	assert_string_equal(error_message(), "no MIDI input port: the system has none");
	assert_int_equal(device_choose_again(list, DEVICE_INPUT, "Synth", 0), -1);
	assert_string_equal(error_message(), "the MIDI input port \"Synth\" is gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_only_one), cmocka_unit_test(test_none),
		cmocka_unit_test(test_several),      cmocka_unit_test(test_by_number),
		cmocka_unit_test(test_by_name),      cmocka_unit_test(test_many_ports),
		cmocka_unit_test(test_again),        cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
