/*
 * The screen with music that is made up, and nothing that sounds: for
 * tests/cli/screen.bats, for looking at it, and for measuring what drawing
 * costs. Another thread composes bars of a few parts ahead of the time that
 * passes, has them judged a little later, and composes anew what has yet to come when
 * it is asked to. What is asked for by key is done as far as there is
 * anything to do, and said in the line of notices.
 *
 *	made_up [bpm=N] [parts=N] [frames=N] [plain] [keys] [warn] [bug] [crash]
 *
 * frames: so many, then the end, with what they cost; plain: keys without a
 * screen; keys: prints those that there are; warn, bug, crash: what happens then, when
 * half a second has gone.
 */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/cli.h"
#include "cli/guardian.h"
#include "cli/keyboard.h"
#include "cli/screen.h"
#include "cli/signals.h"

#define SECOND UINT64_C(1000000000)
#define BAR    (4 * QUARTER)
#define AHEAD  (5 * BAR)
#define PARTS  12
#define THEME  8 /* bars */

static const char *const styles[] = {"hymn", "jig", "a style whose name is \x1b[31mlong and wild"};
static const char *const names[PARTS] = {"soprano", "alto", "ténor", "bass"};

struct band {
	struct score *score;
	struct live_values values;
	_Atomic uint64_t now;
	atomic_bool stop, again; /* again: what has yet to come is composed anew */
	atomic_int parts;
	const char *mishap;
	uint64_t started;
	/* the program's own thread's */
	uint64_t last; /* ns when `now` was set */
	double bpm;
	bool paused, plain;
	int frames, kept;
	char notice[128];
};

/* ---- composing ----------------------------------------------------------- */

static void add_note(struct score_bar *bar, int part, uint64_t on, uint64_t length, int pitch)
{
	if (bar->n < SCORE_NOTES)
		bar->notes[bar->n++] = (struct score_note){.on = bar->at + on,
		                                           .off = bar->at + on + length - length / 12,
		                                           .part = (uint8_t)part,
		                                           .pitch = (uint8_t)pitch,
		                                           .velocity = 80,
		                                           .program = 255};
}

static int by_onset(const void *a, const void *b)
{
	const struct score_note *x = a, *y = b;

	return x->on < y->on ? -1 : x->on > y->on;
}

/* Each part in its own register and rhythm, by steps. */
static void make_bar(struct score_bar *bar, const struct band *b, int number, unsigned take)
{
	static const int notes[] = {8, 4, 4, 2};
	struct random random = random_stream(3, (uint64_t)number, take, 0);

	*bar = (struct score_bar){
		.at = (uint64_t)(number - 1) * BAR,
		.length = BAR,
		.number = (number - 1) % THEME + 1 + (number - 1) / THEME * THEME,
		.piece = 1 + (number - 1) / THEME,
		.numerator = 4,
		.denominator_log2 = 2,
		.us_per_quarter = 500000,
		.tonic = 7,
		.mode = 1,
		.judged = NAN,
		.locked = number % 5 == 0,
		.varied = number % 7 == 0,
	};
	for (int part = 0; part < b->parts; part++) {
		int n = notes[part % 4], pitch = 76 - part * 36 / b->parts;

		for (int i = 0; i < n; i++) {
			pitch += (int)random_below(&random, 5) - 2;
			add_note(bar, part, BAR / (uint64_t)n * (uint64_t)i, BAR / (uint64_t)n, pitch);
		}
	}
	qsort(bar->notes, (size_t)bar->n, sizeof *bar->notes, by_onset);
}

/* Half a second on, in another thread than the screen's. */
static void have_mishap(struct band *b)
{
	const char *mishap = b->mishap;

	if (!mishap || clock_now() < b->started + SECOND / 2)
		return;
	b->mishap = NULL;
	if (strcmp(mishap, "warn") == 0)
		log_warning("the organist has gone home");
	else if (strcmp(mishap, "bug") == 0)
		BUG("a bar of %d beats", 17);
	else if (strcmp(mishap, "crash") == 0)
		raise(SIGSEGV);
}

static void *compose(void *context)
{
	struct band *b = context;
	int number = 1, judged = 0;
	unsigned take = 0;

	while (!b->stop) {
		struct score_bar bar;
		uint64_t now = b->now;

		if (b->again) {
			b->again = false;
			take++;
			number = (int)(now / BAR) + 2;
			judged = number - 1 < judged ? number - 1 : judged;
			score_cut(b->score, (uint64_t)(number - 1) * BAR);
		}
		while ((uint64_t)(number - 1) * BAR < now + AHEAD) {
			make_bar(&bar, b, number++, take);
			score_add(b->score, &bar);
		}
		for (; judged < number - 3; judged++) {
			struct random random = random_stream(4, (uint64_t)judged, 0, 0);

			score_judge(b->score, (uint64_t)judged * BAR, (float)random_below(&random, 101) / 100);
		}
		have_mishap(b);
		clock_sleep_until(clock_now() + SECOND / 20);
	}
	return NULL;
}

/* ---- what is asked for --------------------------------------------------- */

static void act(struct band *b, const struct request *r)
{
	switch (r->action) {
	case ACTION_PAUSE:
		b->paused = !b->paused;
		break;
	case ACTION_MUTE:
		b->values.muted ^= 1ull << r->part;
		break;
	case ACTION_NEW_THEME:
	case ACTION_REWRITE:
		b->again = true;
		break;
	case ACTION_KEEP:
		snprintf(b->notice, sizeof b->notice, "kept in take-%d.mid", ++b->kept);
		return;
	case ACTION_QUIT:
		b->stop = true;
		break;
	default:
		break;
	}
	snprintf(b->notice, sizeof b->notice, "%s %d", action_name(r->action), r->part + 1);
}

static void answer(struct band *b, const struct request *r)
{
	char value[64];

	if (r->acts) {
		act(b, r);
	} else {
		b->values.values[r->control] = r->value;
		control_text(value, sizeof value, r->control, r->value, styles, 3);
		snprintf(b->notice, sizeof b->notice, "%s is %s", control_info(r->control)->name, value);
	}
	if (b->plain) {
		puts(b->notice);
		fflush(stdout);
	}
}

/* ---- time, and the screen ------------------------------------------------ */

static int us_per_quarter(const struct band *b)
{
	double bpm = b->values.values[CONTROL_TEMPO] > 0 ? b->values.values[CONTROL_TEMPO] : b->bpm;

	return (int)(60e6 / bpm);
}

static void pass_time(struct band *b)
{
	uint64_t now = clock_now(), passed = now - b->last;

	if (!b->paused)
		b->now += (uint64_t)((double)passed / (1000.0 * us_per_quarter(b)) * (double)QUARTER);
	b->last = now;
}

static void draw(struct band *b, struct screen *screen, const struct stream_status *status)
{
	struct screen_view view = {
		.score = b->score,
		.now = b->now,
		.us_per_quarter = us_per_quarter(b),
		.status = status,
		.values = &b->values,
		.styles = styles,
		.n_styles = 3,
		.parts = names,
		.n_parts = b->parts,
		.what = "/home/of/made up.safetensors",
		.port = "nobody \x1b[2J at all",
		.clock = "own",
		.notice = b->notice,
		.queue = (double)AHEAD / (double)QUARTER * us_per_quarter(b) * 1e-6,
	};

	screen_draw(screen, &view);
}

/* As a command that plays follows its stream. */
static void follow(struct band *b, struct screen *screen, struct keyboard *keyboard)
{
	struct stream_status status = {.late_p50 = 0.04, .late_max = 1.25, .shifts = 3};

	for (int frame = 0; !b->stop && !signals_stopped() && (b->frames == 0 || frame < b->frames); frame++) {
		struct request r;

		pass_time(b);
		status.state = b->paused ? STREAM_PAUSED : STREAM_PLAYING;
		status.seconds = (double)b->now / (double)QUARTER * 0.5;
		if (screen)
			draw(b, screen, &status);
		keys_told(&keyboard->keys, &b->values, us_per_quarter(b), 3, b->parts, clock_now());
		while (screen ? screen_key(screen, &r) : keyboard_key(keyboard, &r))
			answer(b, &r);
		if (signals_wait_input(SCREEN_FRAME, screen ? screen_input(screen) : keyboard_input(keyboard)) ==
		    SIGTSTP) {
			if (screen)
				screen_suspend(screen);
			else
				keyboard_suspend(keyboard);
			kill(getpid(), SIGSTOP);
		}
	}
}

static double used_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_THREAD, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static int run(struct band *b, struct guarded_terminal *terminal)
{
	struct screen *screen = !b->plain && screen_possible() ? screen_open(terminal) : NULL;
	struct keyboard keyboard;
	pthread_t composer;
	double before;

	if (!b->plain && !screen && screen_possible())
		log_warning("no screen: %s", error_message());
	b->plain = !screen;
	keyboard_open(&keyboard, terminal);
	b->started = b->last = clock_now();
	if (pthread_create(&composer, NULL, compose, b) != 0)
		return EXIT_FAILED;
	before = used_seconds();
	follow(b, screen, &keyboard);
	before = used_seconds() - before;
	b->stop = true;
	pthread_join(composer, NULL);
	if (screen)
		screen_close(screen);
	else
		keyboard_close(&keyboard);
	if (b->frames > 0)
		printf("%d frames, %.3f ms of processor each\n", b->frames, 1000 * before / b->frames);
	return EXIT_OK;
}

static int print_keys(void)
{
	for (size_t i = 0; keys_help(i); i++)
		puts(keys_help(i)->keys);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	static struct band b = {.bpm = 120};
	struct guardian guardian;
	int code;

	b.parts = 4;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "bpm=", 4) == 0)
			b.bpm = atof(argv[i] + 4);
		else if (strncmp(argv[i], "parts=", 6) == 0)
			b.parts = atoi(argv[i] + 6);
		else if (strncmp(argv[i], "frames=", 7) == 0)
			b.frames = atoi(argv[i] + 7);
		else if (strcmp(argv[i], "plain") == 0)
			b.plain = true;
		else if (strcmp(argv[i], "keys") == 0)
			return print_keys();
		else
			b.mishap = argv[i];
	}
	print_log_plainly();
	live_values_start(&b.values);
	if (guardian_start(&guardian) < 0)
		return fail();
	b.score = score_new();
	if (!b.score || signals_catch(NULL) < 0)
		return fail();
	code = run(&b, &guardian.guarded->terminal);
	signals_release();
	score_free(b.score);
	guardian_end(&guardian);
	return code;
}
