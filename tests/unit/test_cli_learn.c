/* The questions of --midi-learn, from a port that is a script and keys that are a pipe, to the file. */
#include "cli/learn_controllers.c" /* first: cmocka makes `fail` a macro */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"

/* Of the program's own floor. */
int(fail)(void)
{
	return EXIT_FAILED;
}

int fail_usage(const char *fmt, ...)
{
	(void)fmt;
	return EXIT_USAGE;
}

char *settings_place(void)
{
	return NULL;
}

void put_clean(FILE *out, const char *text)
{
	fputs(text, out);
}

static uint64_t now = 1000000000;

static uint64_t script_now(void)
{
	return now;
}

/* A port on which controller 20, 21 ... moves, the next one whenever the last has been answered for; then Enter, then "q". */
struct script {
	const char *moves; /* 'k' a knob, 'e' Enter, 'q' the end, 'x' the port is lost */
	uint64_t from;     /* when this move began */
	int number, sent;
	int keys; /* the pipe's other end */
};

static int from_script(void *context, unsigned char message[3])
{
	struct script *s = context;
	const uint64_t past = now - s->from;

	now += UINT64_C(20000000);
	if (*s->moves == 'x')
		return error("the input is lost");
	if (past < UINT64_C(310000000)) /* what comes at once was there before */
		return 0;
	if (*s->moves == 'k' && s->sent < 2) {
		message[0] = 0xb4;
		message[1] = (unsigned char)s->number;
		message[2] = s->sent++ ? 0 : 127;
		return 3;
	}
	if (*s->moves == 'k' && past < UINT64_C(830000000))
		return 0;
	if (*s->moves == 'e' && write(s->keys, "\n", 1) != 1)
		return error("the pipe is gone");
	if (*s->moves == 'q' && write(s->keys, "q\n", 2) != 2)
		return error("the pipe is gone");
	s->number += *s->moves == 'k';
	s->moves += *s->moves != '\0';
	s->sent = 0;
	s->from = now;
	return 0;
}

static int run(char **said, const char *path, const char *moves, const char *const *names, size_t n)
{
	struct script script = {.moves = moves, .number = 20, .from = now};
	struct learn_controllers how = {
		.read = from_script, .context = &script, .input = "Box of knobs", .path = path, .now = script_now};
	size_t size;
	int ends[2], code;

	assert_int_equal(pipe(ends), 0);
	how.keys = ends[0];
	script.keys = ends[1];
	how.out = open_memstream(said, &size);
	assert_non_null(how.out);
	code = learn_controllers(&how, names, n);
	fclose(how.out);
	close(ends[0]);
	close(ends[1]);
	return code;
}

static void check_file(const char *path, const char *want)
{
	unsigned char *data;
	size_t size;

	assert_int_equal(file_read(path, 1000, &data, &size), 0);
	assert_string_equal((char *)data, want);
	free(data);
}

static void test_dialogue(void **state)
{
	static const char *const names[] = {"tempo", "temperature", "panic", "keep"};
	char folder[] = "/tmp/musegen-learn-XXXXXX", path[64], *said, *want;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/config.ini", folder);
	assert_int_equal(run(&said, path, "kekq", names, 4), EXIT_OK);
	assert_true(asprintf(&want,
	                     "listening to \"Box of knobs\"; q and Enter ends the questions\n"
	                     "tempo: move a knob, or press Enter: as it is\n"
	                     "  tempo: controller 20 on channel 5\n"
	                     "temperature: move a knob, or press Enter: as it is\n"
	                     "panic: press a button, or press Enter: as it is\n"
	                     "  panic: controller 21 on channel 5\n"
	                     "keep: press a button, or press Enter: as it is\n"
	                     "%s: 2 controllers written to [live]\n",
	                     path) > 0);
	assert_string_equal(said, want);
	check_file(path, "[live]\ncc-tempo = 20 on 5\ncc-panic = 21 on 5\n");
	free(want);
	free(said);
	/* skipped: as it was */
	assert_int_equal(run(&said, path, "e", names, 1), EXIT_OK);
	assert_true(strstr(said, "nothing was changed\n") != NULL);
	check_file(path, "[live]\ncc-tempo = 20 on 5\ncc-panic = 21 on 5\n");
	free(said);
	/* the port is lost: what was answered is kept, and it is said */
	assert_int_equal(run(&said, path, "kx", names + 1, 3), EXIT_FAILED);
	assert_string_equal(error_message(), "the input is lost");
	check_file(path, "[live]\ncc-tempo = 20 on 5\ncc-panic = 21 on 5\ncc-temperature = 20 on 5\n");
	free(said);
	assert_int_equal(remove(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void test_no_such_name(void **state)
{
	static const char *const names[] = {"tempos"};
	char *said;

	(void)state;
	assert_int_equal(run(&said, "/nowhere/config.ini", "", names, 1), EXIT_FAILED);
	assert_true(strstr(error_message(), "did you mean \"tempo\"?") != NULL);
	assert_string_equal(said, "");
	free(said);
}

static void test_list(void **state)
{
	char list[] = "tempo,mute,,keep";
	const char *names[LEARN_NAMES];

	(void)state;
	assert_int_equal(cut_names(names, list), 4);
	assert_string_equal(names[0], "tempo");
	assert_string_equal(names[2], "");
	assert_string_equal(names[3], "keep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_dialogue), cmocka_unit_test(test_no_such_name),
	                                   cmocka_unit_test(test_list)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
