/* Controllers assigned by moving them. See learn_controllers.h. */
#include "cli/learn_controllers.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "live/midi_learn.h"
#include "midi/device.h"

#define LOOK 2 /* ms between looks at the port */

enum { LEARN_NAMES = CONTROLS + ACTIONS }; /* in a list; a longer one is cut */

enum typed { TYPED_NOTHING, TYPED_ENTER, TYPED_END };

/* A line that was typed, of which only its first letter counts. Waits for LOOK at most. */
static enum typed look_at_keys(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	enum typed key = TYPED_ENTER;
	char c;

	if (poll(&p, 1, LOOK) <= 0)
		return TYPED_NOTHING;
	for (;;) {
		const ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return TYPED_END;
		if (c == '\n')
			return key;
		if (c == 'q')
			key = TYPED_END;
	}
}

/* All that has come. 0, or -1: the input is lost. */
static int take_messages(const struct learn_controllers *how, struct midi_learn *m)
{
	unsigned char message[3];
	int size;

	while ((size = how->read(how->context, message)) > 0)
		midi_learn_message(m, message, (size_t)size, how->now());
	return size;
}

/* One question, until it is answered or passed over. 1: it goes on; 0: that was all; -1: the input is lost. */
static int ask(const struct learn_controllers *how, struct midi_learn *m)
{
	const char *question = midi_learn_question(m), *answer;

	if (!question)
		return 0;
	fprintf(how->out, "%s\n", question);
	fflush(how->out);
	for (;;) {
		const enum typed key = look_at_keys(how->keys);

		if (key == TYPED_END)
			return 0;
		if (take_messages(how, m) < 0)
			return -1;
		if (key == TYPED_ENTER) {
			midi_learn_skip(m, how->now());
			return 1;
		}
		answer = midi_learn_answer(m, how->now());
		if (answer) {
			fprintf(how->out, "  %s\n", answer);
			return 1;
		}
	}
}

static int save(const struct learn_controllers *how, const struct midi_learn *m)
{
	const int n = midi_learn_answers(m);

	if (midi_learn_save(m, how->path) < 0)
		return fail();
	if (n == 0) {
		fprintf(how->out, "nothing was changed\n");
	} else {
		put_clean(how->out, how->path);
		fprintf(how->out, ": %d controller%s written to [live]\n", n, n == 1 ? "" : "s");
	}
	return EXIT_OK;
}

int learn_controllers(const struct learn_controllers *how, const char *const *names, size_t n)
{
	struct midi_learn *m = mem_new(1, sizeof *m);
	int more = 1, code;

	if (!m || midi_learn_start(m, names, n, how->now()) < 0) {
		free(m);
		return fail();
	}
	fprintf(how->out, "listening to \"");
	put_clean(how->out, how->input);
	fprintf(how->out, "\"; q and Enter ends the questions\n");
	while (more > 0)
		more = ask(how, m);
	/* what was answered before a port was lost is kept */
	code = save(how, m);
	if (more < 0 && code == EXIT_OK)
		code = fail();
	free(m);
	return code;
}

static int read_device(void *context, unsigned char message[3])
{
	return device_read(context, message);
}

/* The names in a list, which is cut at its commas. How many. */
static size_t cut_names(const char *names[LEARN_NAMES], char *list)
{
	size_t n = 0;

	for (char *rest = list, *name; n < LEARN_NAMES && (name = strsep(&rest, ",")) != NULL;)
		names[n++] = name;
	return n;
}

static int check_names(const char *const *names, size_t n)
{
	struct midi_learn *m = mem_new(1, sizeof *m);
	const int status = m ? midi_learn_start(m, names, n, 0) : -1;

	free(m);
	return status;
}

/* names: of what is asked for; place: the file. */
static int learn_of_device(const char *input, const char *const *names, size_t n, const char *place)
{
	struct device *device = device_open(DEVICE_INPUT, input);
	struct learn_controllers how = {.read = read_device,
	                                .context = device,
	                                .keys = STDIN_FILENO,
	                                .out = stdout,
	                                .path = place,
	                                .now = clock_now};
	int code;

	if (!device)
		return fail();
	how.input = device_name(device);
	code = learn_controllers(&how, names, n);
	device_close(device);
	return code;
}

int learn_controllers_of(const char *input, const char *what, const char *config)
{
	char *list = mem_string(what), *place = config ? mem_string(config) : settings_place();
	const char *names[LEARN_NAMES];
	size_t n = 0;
	int code;

	if (list && strcmp(list, "all") != 0)
		n = cut_names(names, list);
	if (!list || !place)
		code = fail();
	else if (check_names(names, n) < 0)
		code = fail_usage("play: --midi-learn: %s", error_message());
	else
		code = learn_of_device(input, names, n, place);
	free(place);
	free(list);
	return code;
}
