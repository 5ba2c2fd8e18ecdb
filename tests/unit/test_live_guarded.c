/*
 * The table of open notes wherever its writer is cut off, and what a guardian
 * makes of it: when it acts, when it does not, and that nothing sounds
 * afterwards. The writer is cut off on paper, before and after every message,
 * and in earnest, by SIGKILL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "live/guarded.h"
#include "live/player.h"

#define NOTES 300

struct receiver { /* what sounds, and what it was told */
	bool sounds[16][128];
	int needless; /* note-offs of what did not sound */
	int n, offs, controls;
	uint8_t last[3];
	int kill_at; /* the process is killed instead of this message; -1 never */
	bool after;  /* right after it */
	int fail_at; /* -1 never */
	int opened, closed;
	bool no_open;
};

static void hear(struct receiver *r, const uint8_t *message, int size)
{
	uint8_t channel = message[0] & 15, kind = message[0] & 0xf0;

	r->n++;
	memset(r->last, 0, sizeof r->last);
	memcpy(r->last, message, (size_t)size);
	if (kind == 0x90)
		r->sounds[channel][message[1]] = true;
	if (kind == 0x80) {
		r->needless += !r->sounds[channel][message[1]];
		r->sounds[channel][message[1]] = false;
		r->offs++;
	}
	r->controls += kind == 0xb0;
}

static int count(const struct receiver *r)
{
	int n = 0;

	for (int c = 0; c < 16; c++)
		for (int p = 0; p < 128; p++)
			n += r->sounds[c][p];
	return n;
}

static int receive(void *context, const uint8_t *message, int size)
{
	struct receiver *r = context;

	if (r->fail_at >= 0 && r->n >= r->fail_at)
		return error("the port is gone");
	if (r->n == r->kill_at && !r->after)
		raise(SIGKILL);
	hear(r, message, size);
	if (r->n - 1 == r->kill_at)
		raise(SIGKILL);
	return 0;
}

static int open_fake(void *context)
{
	struct receiver *r = context;

	if (r->no_open)
		return error("there is no such port");
	r->opened++;
	return 0;
}

static void close_fake(void *context)
{
	struct receiver *r = context;

	r->closed++;
}

static struct sink sink_of(struct receiver *r)
{
	r->kill_at = -1;
	r->fail_at = -1;
	return (struct sink){.open = open_fake, .send = receive, .close = close_fake, .context = r};
}

static void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

static size_t make_notes(struct play_item *notes, struct random *r)
{
	size_t n = 1 + random_below(r, NOTES);
	uint64_t on = 0;

	for (size_t k = 0; k < n; k++) {
		on += random_below(r, 4);
		notes[k] = (struct play_item){.at = on,
		                              .kind = ITEM_NOTE,
		                              .note = {.off = on + random_below(r, 60),
		                                       .channel = (uint8_t)random_below(r, 3),
		                                       .pitch = (uint8_t)(60 + random_below(r, 12)),
		                                       .velocity = 80,
		                                       .program = (uint8_t)random_below(r, 256)}};
	}
	return n;
}

static struct player player;

static void play(struct open_notes *open, const struct play_item *notes, size_t n, player_send *send, void *context)
{
	uint64_t now = 0;
	size_t i = 0;
	bool taken, lost;

	player_start(&player, 0, open);
	while (now != PLAYER_NEVER) {
		uint64_t next = player_advance(&player, now, i < n ? &notes[i] : NULL, &taken, send, context, &lost);

		i += taken;
		now = taken ? now : next;
	}
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

struct paper { /* cut off at this message, on paper */
	struct receiver receiver;
	struct open_notes *open;
};

/* Whoever takes over here, with a copy of the table, leaves nothing sounding, and says at most one note-off too many. */
static void take_over(const struct paper *p)
{
	struct open_notes copy;
	struct receiver r = p->receiver;

	memcpy(&copy, p->open, sizeof copy);
	r.kill_at = r.fail_at = -1;
	assert_true(open_notes_loud(&copy));
	assert_int_equal(open_notes_silence(&copy, receive, &r), 0);
	assert_int_equal(count(&r), 0);
	assert_true(r.needless - p->receiver.needless <= 1);
	assert_false(open_notes_loud(&copy));
}

static int receive_on_paper(void *context, const uint8_t *message, int size)
{
	struct paper *p = context;

	take_over(p);
	hear(&p->receiver, message, size);
	take_over(p);
	return 0;
}

static void test_cut_off_anywhere(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 30; round++) {
		struct random random = random_stream(seed, round, 0, 0);
		struct play_item notes[NOTES];
		size_t n = make_notes(notes, &random);
		struct open_notes open = {0};
		struct paper p = {.open = &open};

		assert_false(open_notes_loud(&open));
		play(&open, notes, n, receive_on_paper, &p);
		assert_true(p.receiver.n >= 2);
		assert_int_equal(p.receiver.needless, 0);
	}
}

/* A process that plays, and is killed at its k-th message. */
static void test_killed(void **state)
{
	struct random random = random_stream(seed_of_run(), 0, 1, 0);
	struct play_item notes[NOTES];
	size_t n = make_notes(notes, &random);
	struct receiver *r = shared(sizeof *r);

	(void)state;
	for (int k = 0; k < 60; k++) {
		struct guarded *g = guarded_new();
		struct sink sink;
		int ends[2], status;
		pid_t pid;

		assert_non_null(g);
		memset(r, 0, sizeof *r);
		sink = sink_of(r);
		r->kill_at = k / 2;
		r->after = k % 2;
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(ends[0]);
			if (guarded_port(g, "Synth", 3) < 0)
				_exit(1);
			play(&g->notes, notes, n, receive, r);
			player_silence(&player, receive, r);
			_exit(write(ends[1], "G", 1) == 1 ? 0 : 1);
		}
		close(ends[1]);
		if (guarded_wait(ends[0])) {
			/* it had fewer messages than that, and ended well */
			assert_false(guarded_abandoned(g));
		} else {
			assert_true(guarded_abandoned(g));
			assert_string_equal(g->name, "Synth");
			assert_int_equal(g->number, 3);
			r->kill_at = -1;
			r->needless = 0;
			assert_int_equal(guarded_silence(g, &sink), 0);
			assert_int_equal(r->opened, 1);
			assert_int_equal(r->closed, 1);
			assert_true(r->needless <= 1);
			assert_true(r->controls >= 3);
		}
		assert_int_equal(count(r), 0);
		/* and never twice */
		assert_false(guarded_abandoned(g));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		close(ends[0]);
		guarded_free(g);
	}
	munmap(r, sizeof *r);
}

static void test_goodbye(void **state)
{
	const char *said[] = {"", "x", "G", "xG", "Gx"};
	const bool good[] = {false, false, true, true, false};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_int_equal(write(ends[1], said[i], strlen(said[i])), (int)strlen(said[i]));
		close(ends[1]);
		assert_int_equal(guarded_wait(ends[0]), good[i]);
		close(ends[0]);
	}
	assert_false(guarded_wait(-1));
}

static void test_when_to_act(void **state)
{
	struct guarded *g = guarded_new();
	char long_name[GUARDED_NAME + 1];
	struct receiver r = {0};
	struct sink sink = sink_of(&r);

	(void)state;
	assert_non_null(g);
	assert_false(guarded_abandoned(g));
	/* a port, and nothing played */
	assert_int_equal(guarded_port(g, "Synth", 0), 0);
	assert_false(guarded_abandoned(g));
	open_notes_begin(&g->notes, 2, 60);
	open_notes_begin(&g->notes, 2, 60);
	open_notes_begin(&g->notes, 15, 127);
	assert_true(guarded_abandoned(g));
	/* all its notes have ended: the pedal may still hold them */
	open_notes_end(&g->notes, 15, 127);
	assert_true(guarded_abandoned(g));
	/* the port is not there, or goes away in the midst of it */
	r.no_open = true;
	assert_int_equal(guarded_silence(g, &sink), -1);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.closed, 0);
	r.no_open = false;
	r.fail_at = 1;
	assert_int_equal(guarded_silence(g, &sink), -1);
	assert_int_equal(r.closed, 1);
	assert_true(open_notes_loud(&g->notes));
	/* two notes of one pitch: one note-off */
	open_notes_begin(&g->notes, 2, 60);
	open_notes_begin(&g->notes, 2, 60);
	r = (struct receiver){.kill_at = -1, .fail_at = -1};
	assert_int_equal(guarded_silence(g, &sink), 0);
	assert_int_equal(r.offs, 1);
	assert_int_equal(r.controls, 6);
	assert_int_equal(r.n, 7);
	assert_int_equal(r.last[0], 0xbf);
	assert_int_equal(r.last[1], 123);
	assert_false(guarded_abandoned(g));
	/* no note, but a clock that runs: it is stopped, after all else */
	open_notes_run(&g->notes, true);
	assert_true(guarded_abandoned(g));
	assert_int_equal(guarded_silence(g, &sink), 0);
	assert_int_equal(r.n, 7 + 7);
	assert_int_equal(r.last[0], 0xfc);
	assert_false(guarded_abandoned(g));
	assert_false(g->notes.running);
	/* one that was stopped is not stopped again */
	open_notes_run(&g->notes, true);
	open_notes_run(&g->notes, false);
	assert_int_equal(guarded_silence(g, &sink), 0);
	assert_int_not_equal(r.last[0], 0xfc);
	/* a port that cannot be found again */
	memset(long_name, 'a', sizeof long_name);
	long_name[GUARDED_NAME] = 0;
	open_notes_begin(&g->notes, 2, 60);
	assert_int_equal(guarded_port(g, long_name, 0), -1);
	assert_false(guarded_abandoned(g));
	assert_int_equal(guarded_port(g, long_name + 1, 0), 0);
	assert_true(guarded_abandoned(g));
	guarded_free(g);
	guarded_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_off_anywhere),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_goodbye),
		cmocka_unit_test(test_when_to_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
