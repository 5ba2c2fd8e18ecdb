/* Settings: files and words taken as meant or refused with their line, and nothing kept of a wrong file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/error.h"
#include "base/file.h"
#include "doubles.h"

struct train {
	int batch;
	double rate;
	bool augment;
	int optimiser;
	char device[CONF_TEXT_MAX];
	uint64_t seed;
};

static const struct conf_item train_items[] = {
	{"batch", CONF_INT, offsetof(struct train, batch), 1, 4096, NULL, "16", "pieces in a batch"},
	{"rate", CONF_REAL, offsetof(struct train, rate), 0, 1, NULL, "0.001", "step size"},
	{"augment", CONF_BOOL, offsetof(struct train, augment), 0, 0, NULL, "yes", "transpose"},
	{"optimiser", CONF_CHOICE, offsetof(struct train, optimiser), 0, 0, "adamw|sgd|momentum", "adamw",
         "rule of descent"},
	{"device", CONF_TEXT, offsetof(struct train, device), 0, 0, NULL, "",
         "a name; this help is so long that it has to be broken into several lines, each of which is a comment "
         "of its own, since no line of a file may be longer than two hundred bytes"},
	{"seed", CONF_SEED, offsetof(struct train, seed), 0, 0, NULL, "1", "of all random numbers"},
};

struct play {
	double tempo, low;
};

static const struct conf_item play_items[] = {
	{"tempo", CONF_REAL, offsetof(struct play, tempo), 20, 400, NULL, "100", "quarters a minute"},
	{"low", CONF_REAL, offsetof(struct play, low), -INFINITY, 0, NULL, "-1e-9", "any number below zero"},
};

static struct train train;
static struct play play;

static const struct conf_room rooms[] = {
	{"train", train_items, sizeof train_items / sizeof *train_items, &train, "Learning."},
	{"play", play_items, sizeof play_items / sizeof *play_items, &play, "Playing."},
};
#define ROOMS (sizeof rooms / sizeof *rooms)

static int presets(void **state)
{
	(void)state;
	memset(&train, 0xa5, sizeof train);
	memset(&play, 0xa5, sizeof play);
	for (size_t i = 0; i < ROOMS; i++)
		conf_presets(&rooms[i]);
	error_clear();
	return 0;
}

static int read_text(const char *text)
{
	return conf_read_memory(rooms, ROOMS, "t.ini", text, strlen(text));
}

/* text is refused with this message, and changes nothing. */
static void check_refused(const char *text, const char *message)
{
	struct train train_before = train;
	struct play play_before = play;

	assert_int_equal(read_text(text), -1);
	assert_string_equal(error_message(), message);
	assert_memory_equal(&train, &train_before, sizeof train);
	assert_memory_equal(&play, &play_before, sizeof play);
}

static void test_presets(void **state)
{
	(void)state;
	assert_int_equal(train.batch, 16);
	check_same(train.rate, 0.001);
	assert_true(train.augment);
	assert_int_equal(train.optimiser, 0);
	assert_string_equal(train.device, "");
	assert_true(train.seed == 1);
	check_same(play.low, -1e-9);
}

static void test_read(void **state)
{
	(void)state;
	assert_int_equal(read_text("# a comment\n"
	                           "; another\n"
	                           "[train]   ; of the section\n"
	                           "batch=32\n"
	                           "  rate = 1e-4 ; one of the line\n"
	                           "\taugment = Off\n"
	                           "\n"
	                           "optimiser : momentum\n"
	                           "device = FLUID Synth #2: 1 = one\n"
	                           "[play]\n"
	                           "tempo=88.5\n"
	                           "[train]\n"
	                           "seed = 9223372036854775807"),
	                 0);
	assert_int_equal(train.batch, 32);
	check_same(train.rate, 1e-4);
	assert_false(train.augment);
	assert_int_equal(train.optimiser, 2);
	assert_string_equal(train.device, "FLUID Synth #2: 1 = one");
	assert_true(train.seed == INT64_MAX);
	check_same(play.tempo, 88.5);
	check_same(play.low, -1e-9);
}

static void test_later_wins(void **state)
{
	(void)state;
	assert_int_equal(read_text("[train]\nbatch = 2\nbatch = 3\n[play]\n[train]\nbatch = 4\n"), 0);
	assert_int_equal(train.batch, 4);
}

static void test_empty_files(void **state)
{
	(void)state;
	assert_int_equal(conf_read_memory(rooms, ROOMS, "t.ini", NULL, 0), 0);
	assert_int_equal(read_text("\n\n  \n"), 0);
	assert_int_equal(read_text("[train]"), 0);
	assert_int_equal(read_text("\xef\xbb\xbf"), 0);
	assert_int_equal(train.batch, 16);
}

static void test_foreign_line_ends(void **state)
{
	(void)state;
	assert_int_equal(read_text("\xef\xbb\xbf  [train]\r\n  batch = 5  \r\ndevice = x y\r\n\r\n"), 0);
	assert_int_equal(train.batch, 5);
	assert_string_equal(train.device, "x y");
	check_refused("[train]\r\nbatch = 6\r\nbach = 7\r\n",
	              "t.ini:3: unknown key \"bach\" in [train]; did you mean \"batch\"?");
	check_refused("[train]\rbatch = 6\r", "t.ini:1: control character 0x0d: this is not a text file of settings");
}

/* An indented key is a key, not more of the value above. */
static void test_indentation(void **state)
{
	(void)state;
	assert_int_equal(read_text("[train]\ndevice = x\n   batch = 7\n"), 0);
	assert_string_equal(train.device, "x");
	assert_int_equal(train.batch, 7);
	check_refused("[train]\ndevice = x\n   and more of it\n", "t.ini:3: neither [section] nor key = value");
}

static void test_bad_names(void **state)
{
	(void)state;
	check_refused("\n[trian]\n", "t.ini:2: unknown section [trian]; did you mean [train]?");
	check_refused("[harmony]\n", "t.ini:1: unknown section [harmony]");
	check_refused("[]\n", "t.ini:1: unknown section []");
	check_refused("[train]\n# x\n\nrates = 1\n",
	              "t.ini:4: unknown key \"rates\" in [train]; did you mean \"rate\"?");
	check_refused("[train]\ntempo = 90\n", "t.ini:2: unknown key \"tempo\" in [train]; it belongs in [play]");
	check_refused("[train]\nvelocity = 90\n", "t.ini:2: unknown key \"velocity\" in [train]");
	check_refused("[train]\n= 90\n", "t.ini:2: unknown key \"\" in [train]");
	check_refused("batch = 3\n", "t.ini:1: a key before the first [section]");
}

static void test_bad_values(void **state)
{
	(void)state;
	check_refused("[train]\nbatch = 0\n", "t.ini:2: train.batch: \"0\" is not a whole number from 1 to 4096");
	check_refused("[train]\nbatch = 1.5\n", "t.ini:2: train.batch: \"1.5\" is not a whole number from 1 to 4096");
	check_refused("[train]\nbatch =\n", "t.ini:2: train.batch: \"\" is not a whole number from 1 to 4096");
	check_refused("[train]\nrate = 1,5\n", "t.ini:2: train.rate: \"1,5\" is not a number from 0 to 1");
	check_refused("[play]\nlow = 1\n", "t.ini:2: play.low: \"1\" is not a number not above 0");
	check_refused("[train]\naugment = maybe\n", "t.ini:2: train.augment: \"maybe\" is not yes or no");
	check_refused("[train]\noptimiser = adam\n", "t.ini:2: train.optimiser: \"adam\" is not one of "
	                                             "adamw|sgd|momentum; did you mean \"adamw\"?");
	check_refused("[train]\noptimiser = lion\n", "t.ini:2: train.optimiser: \"lion\" is not one of "
	                                             "adamw|sgd|momentum");
	check_refused("[train]\nseed = -1\n", "t.ini:2: train.seed: \"-1\" is not a whole number "
	                                      "from 0 to 9223372036854775807");
	check_refused("[train]\nseed = 9223372036854775808\n", "t.ini:2: train.seed: \"9223372036854775808\" "
	                                                       "is not a whole number from 0 to 9223372036854775807");
	/* what is shown of it cannot command a terminal */
	check_refused("[train]\nbatch = \xc2\x9b"
	              "2J\n",
	              "t.ini:2: train.batch: \"?2J\" is not a whole number from 1 to 4096");
}

/* What came before the mistake is not kept either: check_refused compares. */
static void test_nothing_of_a_wrong_file(void **state)
{
	(void)state;
	check_refused("[train]\nbatch = 99\nseed = 3\n[play]\ntempo = 50\ntempo = fast\n",
	              "t.ini:6: play.tempo: \"fast\" is not a number from 20 to 400");
	check_refused("[train]\nbatch = 99\nwhat\nseed = x\n", "t.ini:3: neither [section] nor key = value");
	check_refused("[train]\nbatch = 99\nseed = x\nwhat\n", "t.ini:3: train.seed: \"x\" is not a whole number "
	                                                       "from 0 to 9223372036854775807");
}

static void test_bad_lines(void **state)
{
	static const char nul[] = "[train]\nbatch = 3\0\n";

	(void)state;
	check_refused("[train]\nwhat\n", "t.ini:2: neither [section] nor key = value");
	check_refused("[train\n", "t.ini:1: a section without its ]");
	check_refused("[train] batch = 3\n", "t.ini:1: text after [train]: a key begins a line of its own");
	check_refused("[train]\ndevice = \x1b[2J\n",
	              "t.ini:2: control character 0x1b: this is not a text file of settings");
	assert_int_equal(conf_read_memory(rooms, ROOMS, "t.ini", nul, sizeof nul - 1), -1);
	assert_string_equal(error_message(), "t.ini:2: control character 0x00: this is not a text file of settings");
	assert_int_equal(train.batch, 16);
}

/* inih would cut these, and take the rest for a line of its own. */
static void test_long_lines(void **state)
{
	char text[400], message[100];
	int before;

	(void)state;
	for (int n = 190; n < 260; n++) {
		/* a comment of n bytes */
		before = sprintf(text, "[train]\n");
		memset(text + before, '#', (size_t)n);
		strcpy(text + before + n, "\nbatch = 3\n");
		presets(NULL);
		if (n < 200) {
			assert_int_equal(read_text(text), 0);
			assert_int_equal(train.batch, 3);
		} else {
			sprintf(message, "t.ini:2: a line of %d bytes, at most 199 are taken", n);
			check_refused(text, message);
		}
	}
	sprintf(text, "[%s%050d]\n", "train", 1);
	check_refused(text, "t.ini:1: a section name of 55 bytes, at most 49 are taken");
	sprintf(text, "[train]\n%300s\n", "batch = 12"); /* indentation does not count */
	assert_int_equal(read_text(text), 0);
	assert_int_equal(train.batch, 12);
	sprintf(text, "[train]\ndevice = %0128d\n", 1);
	assert_int_equal(read_text(text), -1);
	assert_non_null(strstr(error_message(), "is not a text of at most 127 bytes"));
	sprintf(text, "[train]\ndevice = %0127d\n", 1);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(strlen(train.device), 127);
}

static void test_set(void **state)
{
	(void)state;
	assert_int_equal(conf_set(rooms, ROOMS, "train.batch=64"), 0);
	assert_int_equal(train.batch, 64);
	assert_int_equal(conf_set(rooms, ROOMS, "train.device=a.b=c"), 0);
	assert_string_equal(train.device, "a.b=c");
	assert_int_equal(conf_set(rooms, ROOMS, "train.device="), 0);
	assert_string_equal(train.device, "");
	assert_int_equal(conf_set(rooms, ROOMS, "play.tempo= 60 "), 0);
	check_same(play.tempo, 60);

	assert_int_equal(conf_set(rooms, ROOMS, "train.batch=many"), -1);
	assert_string_equal(error_message(), "train.batch: \"many\" is not a whole number from 1 to 4096");
	assert_int_equal(conf_set(rooms, ROOMS, "trainbatch"), -1);
	assert_string_equal(error_message(), "\"trainbatch\" is not section.key=value");
	assert_int_equal(conf_set(rooms, ROOMS, "batch=a.b"), -1);
	assert_string_equal(error_message(), "\"batch=a.b\" is not section.key=value");
	assert_int_equal(conf_set(rooms, ROOMS, "trian.batch=3"), -1);
	assert_string_equal(error_message(), "unknown section [trian]; did you mean [train]?");
	assert_int_equal(conf_set(rooms, ROOMS, "train.bacth=3"), -1);
	assert_string_equal(error_message(), "unknown key \"bacth\" in [train]; did you mean \"batch\"?");
	assert_int_equal(conf_set(rooms, ROOMS, "="), -1);
	assert_int_equal(conf_set(rooms, ROOMS, ""), -1);
	assert_int_equal(conf_set(rooms, ROOMS, ".="), -1);
	assert_int_equal(train.batch, 64);
}

static void test_set_item(void **state)
{
	static const char *const unsayable[] = {"; x", "x ; y", ";x", "a\nb", "\x1b[2J", "a\tb"};
	char long_value[1000];

	(void)state;
	assert_int_equal(conf_set_item(&rooms[0], "augment", "0"), 0);
	assert_false(train.augment);
	assert_int_equal(conf_set_item(&rooms[0], "augment", "TRUE"), 0);
	assert_true(train.augment);
	assert_int_equal(conf_set_item(&rooms[0], "device", "a;b"), 0);
	for (size_t i = 0; i < sizeof unsayable / sizeof *unsayable; i++)
		assert_int_equal(conf_set_item(&rooms[0], "device", unsayable[i]), -1);
	assert_string_equal(train.device, "a;b");
	memset(long_value, '0', sizeof long_value - 1);
	long_value[sizeof long_value - 1] = '\0';
	assert_int_equal(conf_set_item(&rooms[0], "batch", long_value), -1);
	assert_non_null(strstr(error_message(), "999 bytes"));
	assert_int_equal(conf_set_item(&rooms[0], "tempo", "60"), -1);
}

/* What is written reads back as what was there. */
static void test_write_and_read_back(void **state)
{
	static const char *const assignments[] = {
		"train.batch=77",
		"train.rate=0.30000000000000004",
		"train.augment=no",
		"train.optimiser=momentum",
		"train.device=# [x] \"a;b\" = c: d",
		"train.seed=12345678901234567",
		"play.tempo=66.6",
		"play.low=-1e300",
	};
	struct train train_before;
	struct play play_before;
	char *text, *again;

	(void)state;
	for (size_t i = 0; i < sizeof assignments / sizeof *assignments; i++)
		assert_int_equal(conf_set(rooms, ROOMS, assignments[i]), 0);
	train_before = train;
	play_before = play;
	text = conf_write(rooms, ROOMS);
	assert_non_null(text);
	assert_non_null(strstr(text, "# Learning.\n[train]\n"));
	assert_non_null(
		strstr(text, "# pieces in a batch (a whole number from 1 to 4096; built in: 16)\nbatch = 77\n"));
	presets(NULL);
	assert_int_equal(train.batch, 16);
	assert_int_equal(read_text(text), 0);
	assert_memory_equal(&train, &train_before, sizeof train);
	assert_memory_equal(&play, &play_before, sizeof play);
	again = conf_write(rooms, ROOMS);
	assert_string_equal(again, text);
	free(again);
	free(text);
}

static void test_files(void **state)
{
	char path[] = "/tmp/musegen-test-XXXXXX";
	char message[100];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(file_write(path, "[train]\nbatch = 8\n", 18), 0);
	assert_int_equal(conf_read(rooms, ROOMS, path), 0);
	assert_int_equal(train.batch, 8);
	assert_int_equal(file_write(path, "[train]\nbatch = 8888\n", 21), 0);
	assert_int_equal(conf_read(rooms, ROOMS, path), -1);
	snprintf(message, sizeof message, "%s:2: train.batch: \"8888\" is not a whole number from 1 to 4096", path);
	assert_string_equal(error_message(), message);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(conf_read(rooms, ROOMS, path), -1);
	snprintf(message, sizeof message, "%s: cannot open: No such file or directory", path);
	assert_string_equal(error_message(), message);
}

#define TEST(name) cmocka_unit_test_setup(name, presets)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_presets),
		TEST(test_read),
		TEST(test_later_wins),
		TEST(test_empty_files),
		TEST(test_foreign_line_ends),
		TEST(test_indentation),
		TEST(test_bad_names),
		TEST(test_bad_values),
		TEST(test_nothing_of_a_wrong_file),
		TEST(test_bad_lines),
		TEST(test_long_lines),
		TEST(test_set),
		TEST(test_set_item),
		TEST(test_write_and_read_back),
		TEST(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
