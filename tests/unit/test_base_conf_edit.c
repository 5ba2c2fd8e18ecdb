/* A setting changed in a file that people write: its line changes, and not a byte besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/conf_edit.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"

static char *edit(const char *text, const char *section, const char *key, const char *value)
{
	const struct conf_change change = {key, value};
	size_t size = strlen(text);
	char *out = conf_edit(text, &size, section, &change);

	if (!out)
		fail_msg("%s", error_message());
	assert_int_equal(strlen(out), size);
	return out;
}

static void check_edit(const char *text, const char *key, const char *value, const char *want)
{
	char *out = edit(text, "live", key, value);

	assert_string_equal(out, want);
	free(out);
}

static void test_changed(void **state)
{
	(void)state;
	check_edit("[live]\na = 1\n", "a", "2", "[live]\na = 2\n");
	check_edit("[live]\na=1\n", "a", "22 on 3", "[live]\na=22 on 3\n");
	check_edit("[live]\n\t a  :  1 \t\nb = 3", "a", "2", "[live]\n\t a  :  2 \t\nb = 3");
	check_edit("[live]\na = 1 ; my knob\n", "a", "2", "[live]\na = 2 ; my knob\n");
	check_edit("[live]\na = x;y\n", "a", "2", "[live]\na = 2\n");
	/* empty before, or after */
	check_edit("[live]\na =\n", "a", "2", "[live]\na = 2\n");
	check_edit("[live]\na=\n", "a", "2", "[live]\na=2\n");
	check_edit("[live]\na = ; none\n", "a", "2", "[live]\na = 2 ; none\n");
	check_edit("[live]\na = 1\n", "a", "", "[live]\na =\n");
	check_edit("[live]\na = 1 ; x\n", "a", "", "[live]\na = ; x\n");
	check_edit("[live]\na =", "a", "2", "[live]\na = 2");
}

/* Of several the last, which is what is read; of another section or a comment none. */
static void test_which(void **state)
{
	(void)state;
	check_edit("[live]\na = 1\na = 2\n[play]\na = 3\n[live]\nb = 4\n", "a", "9",
	           "[live]\na = 1\na = 9\n[play]\na = 3\n[live]\nb = 4\n");
	check_edit("a = 0\n[live]\n; a = 1\n# a = 2\nab = 3\n", "a", "9",
	           "a = 0\n[live]\n; a = 1\n# a = 2\nab = 3\na = 9\n");
	check_edit("[lively]\na = 1\n[Live]\na = 1\n", "a", "2", "[lively]\na = 1\n[Live]\na = 1\n\n[live]\na = 2\n");
	check_edit("  [live]  ; here\n  a = 1\n", "a", "2", "  [live]  ; here\n  a = 2\n");
}

static void test_new(void **state)
{
	(void)state;
	check_edit("", "a", "1", "[live]\na = 1\n");
	check_edit("[live]", "a", "1", "[live]\na = 1\n");
	check_edit("# mine\n", "a", "1", "# mine\n\n[live]\na = 1\n");
	check_edit("# mine", "a", "1", "# mine\n\n[live]\na = 1\n");
	/* what stands before the next section is about that */
	check_edit("[live]\n# of b\nb = 1\n\n# Which model.\n[models]\nm = 2\n", "a", "",
	           "[live]\n# of b\nb = 1\na =\n\n# Which model.\n[models]\nm = 2\n");
	check_edit("[live]\n\n# Which model.\n[models]\nm = 2\n", "a", "1",
	           "[live]\na = 1\n\n# Which model.\n[models]\nm = 2\n");
}

static void test_line_ends(void **state)
{
	(void)state;
	check_edit("\xef\xbb\xbf[live]\r\na = 1\r\nb = 2", "a", "3", "\xef\xbb\xbf[live]\r\na = 3\r\nb = 2");
	check_edit("\xef\xbb\xbf[live]\r\nb = 2", "a", "3", "\xef\xbb\xbf[live]\r\nb = 2\r\na = 3\r\n");
	check_edit("[play]\r\n", "a", "3", "[play]\r\n\r\n[live]\r\na = 3\r\n");
}

static void test_refused(void **state)
{
	const char *const wrong[] = {"1;2", "1\n[play]", " 1", "1\t", "\r"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const struct conf_change change = {"a", wrong[i]};
		size_t size = 0;

		assert_null(conf_edit("", &size, "live", &change));
		assert_true(strstr(error_message(), "cannot be written") != NULL);
	}
}

/* What is written is what is read, whatever the file was, and the rest of it is read as before. */
static void test_read_back(void **state)
{
	static const char *const lines[] = {"[live]\n", "[play]\n", "a = 1\n",   "a=2\n",          " b: 3 ; c\n",
	                                    "# x\n",    "\n",       "\tb =\r\n", "[live] ; y\r\n", "a = ;z\n"};
	struct values {
		char a[CONF_TEXT_MAX], b[CONF_TEXT_MAX];
	} live, play, live_after, play_after;
	const struct conf_item items[] = {
		{"a", CONF_TEXT, offsetof(struct values, a), 0, 0, NULL, "", ""},
		{"b", CONF_TEXT, offsetof(struct values, b), 0, 0, NULL, "", ""},
	};
	const struct conf_room before[] = {{"live", items, 2, &live, NULL}, {"play", items, 2, &play, NULL}};
	const struct conf_room after[] = {{"live", items, 2, &live_after, NULL}, {"play", items, 2, &play_after, NULL}};
	struct random random = random_stream(5, 0, 0, 0);

	(void)state;
	for (int trial = 0; trial < 2000; trial++) {
		char text[1024] = "[play]\n", *out;
		const int n = (int)random_below(&random, 12);

		for (int i = 0; i < n; i++)
			strcat(text, lines[random_below(&random, sizeof lines / sizeof *lines)]);
		for (int i = 0; i < 2; i++) {
			conf_presets(&before[i]);
			conf_presets(&after[i]);
		}
		assert_int_equal(conf_read_memory(before, 2, "t", text, strlen(text)), 0);
		out = edit(text, "live", "a", trial % 5 ? "16 on 2" : "");
		if (conf_read_memory(after, 2, "t", out, strlen(out)) < 0)
			fail_msg("%s of \"%s\"", error_message(), out);
		assert_string_equal(live_after.a, trial % 5 ? "16 on 2" : "");
		assert_string_equal(live_after.b, live.b);
		assert_string_equal(play_after.a, play.a);
		assert_string_equal(play_after.b, play.b);
		free(out);
	}
}

static void test_file(void **state)
{
	char folder[] = "/tmp/musegen-edit-XXXXXX", path[64];
	const struct conf_change changes[] = {{"a", "1"}, {"b", "2 on 3"}, {"a", "4"}};
	unsigned char *data;
	size_t size;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/config.ini", folder);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(conf_edit_file(path, "live", changes, 3), 0);
		assert_int_equal(file_read(path, 1000, &data, &size), 0);
		assert_string_equal((char *)data, "[live]\na = 4\nb = 2 on 3\n");
		free(data);
	}
	assert_int_equal(remove(path), 0);
	assert_int_equal(rmdir(folder), 0); /* nothing beside it is left */
	assert_int_equal(conf_edit_file(path, "live", changes, 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changed),   cmocka_unit_test(test_which),   cmocka_unit_test(test_new),
		cmocka_unit_test(test_line_ends), cmocka_unit_test(test_refused), cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
